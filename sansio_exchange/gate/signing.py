"""Signatures: hex of HMAC-SHA512 ("APIv4 signed request requirements", WebSocket "Authentication" and "Login";
2026-05-27).

Three forms: a REST request with its path, query and the SHA512 of its body, also of none; a subscription with its
channel, event and time; the login of the order-entry socket. All times are whole seconds.
"""

import hashlib
import hmac

from sansio_exchange.commands import Credentials

EXPIRY = 5_000
"""Milliseconds after which Gate refuses a placement (`x-gate-exptime`): "if the GATE receives the request time greater
than the expiration time, the request will be rejected". The timestamp alone would be good for 60 seconds."""
EXPIRY_HEADER = "x-gate-exptime"
LOGIN = "futures.login"


def signature(secret: str, payload: str) -> str:
    """Hex of the HMAC-SHA512 of `payload`."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha512).hexdigest()


def rest_headers(
    credentials: Credentials, venue_ms: int, method: str, path: str, query: str, body: str
) -> dict[str, str]:
    """What a signed request carries. `query` is without its question mark, and not percent-encoded."""
    timestamp = str(venue_ms // 1000)
    digest = hashlib.sha512(body.encode()).hexdigest()
    return {
        "KEY": credentials.key,
        "Timestamp": timestamp,
        "SIGN": signature(credentials.secret, f"{method}\n{path}\n{query}\n{digest}\n{timestamp}"),
    }


def subscription_auth(credentials: Credentials, seconds: int, channel: str, event: str) -> dict[str, str]:
    """The `auth` of a subscription to a private channel, which says the same time."""
    sign = signature(credentials.secret, f"channel={channel}&event={event}&time={seconds}")
    return {"method": "api_key", "KEY": credentials.key, "SIGN": sign}


def login_payload(credentials: Credentials, seconds: int) -> dict[str, str]:
    """The login says no parameters, and signs that it says none."""
    return {
        "req_id": LOGIN,
        "api_key": credentials.key,
        "signature": signature(credentials.secret, f"api\n{LOGIN}\n\n{seconds}"),
        "timestamp": str(seconds),
    }
