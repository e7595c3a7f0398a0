"""Signatures: HMAC-SHA256 in hexadecimal ("Integration Guidance", Authentication; "Connect", Authentication; 2025-09).

REST signs timestamp, key, receive window, and the query (GET) or the body (POST) as it goes out; the login of a socket
signs `GET/realtime` and the time at which it expires, a number in milliseconds. Frames of the order-entry socket are
not signed: its login stands for them.
"""

import hashlib
import hmac
from typing import Any

from sansio_exchange.commands import Credentials

RECEIVE_WINDOW = 5_000
"""Milliseconds for which a request is good: "server_time - recv_window <= timestamp < server_time + 1000". It holds for
frames of the order-entry socket as well (X-BAPI-RECV-WINDOW in their header)."""
LOGIN_EXPIRES = 10_000
"""Milliseconds from the login's making to its expiry, which must lie ahead of the venue's clock."""


def signature(secret: str, payload: str) -> str:
    """Hexadecimal HMAC-SHA256 of `payload`."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def rest_headers(credentials: Credentials, venue_ms: int, payload: str) -> dict[str, str]:
    """What a signed request carries. `payload` is its query or its body, as it goes out."""
    signed = f"{venue_ms}{credentials.key}{RECEIVE_WINDOW}{payload}"
    return {
        "X-BAPI-API-KEY": credentials.key,
        "X-BAPI-SIGN": signature(credentials.secret, signed),
        "X-BAPI-TIMESTAMP": str(venue_ms),
        "X-BAPI-RECV-WINDOW": str(RECEIVE_WINDOW),
    }


def login_args(credentials: Credentials, expires_ms: int) -> list[Any]:
    """Key, expiry (a number, not text) and signature."""
    return [credentials.key, expires_ms, signature(credentials.secret, f"GET/realtime{expires_ms}")]
