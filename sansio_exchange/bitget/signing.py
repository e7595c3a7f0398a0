"""Signatures: Base64 of HMAC-SHA256 ("Signature" and "Websocket API", Login, of the classic account's Quick Start;
2026-09-28).

REST signs timestamp, method, path with query, and body; the login signs its timestamp as if it asked for /user/verify.
The timestamps differ: milliseconds there; whole seconds here, by the example on the wire and the Java sample, though a
sentence beside them says milliseconds.
"""

import hashlib
import hmac
from base64 import b64encode

from sansio_exchange.commands import Credentials

LIFETIME = 30_000
"""Milliseconds for which a signed request can be accepted: "The timestamp of the request must be within 30 seconds of
the API server time". Orders of futures have no parameter that would make it less. Frames of the private socket have no
such bound, so none of them places an order."""


def signature(secret: str, payload: str) -> str:
    """Base64 of the HMAC-SHA256 of `payload`."""
    return b64encode(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()).decode()


def rest_headers(credentials: Credentials, venue_ms: int, method: str, target: str, body: str) -> dict[str, str]:
    """What a signed request carries. `target` is the path with the query as it goes out."""
    timestamp = str(venue_ms)
    return {
        "ACCESS-KEY": credentials.key,
        "ACCESS-SIGN": signature(credentials.secret, f"{timestamp}{method}{target}{body}"),
        "ACCESS-TIMESTAMP": timestamp,
        "ACCESS-PASSPHRASE": credentials.passphrase,
    }


def login_args(credentials: Credentials, venue_ms: int) -> dict[str, str]:
    """The one argument of the login."""
    timestamp = str(venue_ms // 1000)
    return {
        "apiKey": credentials.key,
        "passphrase": credentials.passphrase,
        "timestamp": timestamp,
        "sign": signature(credentials.secret, f"{timestamp}GET/user/verify"),
    }
