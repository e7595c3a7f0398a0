"""Signatures: Base64 of HMAC-SHA256 ("REST Authentication", Signature, 2026-07-04; "WebSocket", Login, 2026-07-09).

REST signs timestamp, method, path with query, and body; the login signs its timestamp as if it asked for
/users/self/verify. The timestamps differ: ISO 8601 with milliseconds there, whole seconds since the epoch here.
"""

import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime

from sansio_exchange.commands import Credentials

EXPIRY = 5_000
"""Milliseconds after which OKX discards a placement that it has not processed (`expTime`, "Transaction Timeouts",
2026-07-03): "the request will not be processed if the current system time of the server is after the expTime". The
timestamp alone would be good for 30 seconds."""


def signature(secret: str, payload: str) -> str:
    """Base64 of the HMAC-SHA256 of `payload`."""
    return b64encode(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()).decode()


def iso_time(venue_ms: int) -> str:
    """2020-12-08T09:08:57.715Z."""
    whole = datetime.fromtimestamp(venue_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{venue_ms % 1000:03d}Z"


def rest_headers(credentials: Credentials, venue_ms: int, method: str, target: str, body: str) -> dict[str, str]:
    """What a signed request carries. `target` is the path with the query as it goes out."""
    timestamp = iso_time(venue_ms)
    return {
        "OK-ACCESS-KEY": credentials.key,
        "OK-ACCESS-SIGN": signature(credentials.secret, f"{timestamp}{method}{target}{body}"),
        "OK-ACCESS-TIMESTAMP": timestamp,
        "OK-ACCESS-PASSPHRASE": credentials.passphrase,
    }


def login_args(credentials: Credentials, venue_ms: int) -> dict[str, str]:
    """The one argument of the login."""
    timestamp = str(venue_ms // 1000)
    return {
        "apiKey": credentials.key,
        "passphrase": credentials.passphrase,
        "timestamp": timestamp,
        "sign": signature(credentials.secret, f"{timestamp}GET/users/self/verify"),
    }
