"""Signatures: HMAC-SHA256 over what is sent ("General Info", SIGNED Endpoint Security; "WebSocket API General Info").

REST signs the query string exactly as it goes out, percent-encoded. The order-entry socket signs all parameters, the
API key included, sorted by name and joined unencoded.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from sansio_exchange.commands import Credentials
from sansio_exchange.query_string import query_string

RECEIVE_WINDOW = 5_000
"""Milliseconds after its timestamp in which the venue accepts a signed request; the matching engine checks again."""


def signature(secret: str, payload: str) -> str:
    """Lower-case hexadecimal HMAC-SHA256 of `payload`."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def signed_query(params: Mapping[str, Any], secret: str, venue_ms: int) -> str:
    """The query string of a signed request; the signature comes last."""
    payload = query_string({**params, "recvWindow": RECEIVE_WINDOW, "timestamp": venue_ms})
    return f"{payload}&signature={signature(secret, payload)}"


def signed_params(params: Mapping[str, Any], credentials: Credentials, venue_ms: int) -> dict[str, Any]:
    """The parameters of a signed request on the order-entry socket, sorted by name."""
    full = {**params, "apiKey": credentials.key, "recvWindow": RECEIVE_WINDOW, "timestamp": venue_ms}
    ordered = dict(sorted(full.items()))
    payload = "&".join(f"{name}={value}" for name, value in ordered.items())
    return {**ordered, "signature": signature(credentials.secret, payload)}
