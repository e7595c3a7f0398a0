"""Who asks: API key and HMAC-SHA512 signature in hexadecimal, with a timestamp within 60 seconds.

Sources: Gate API v4, "Authentication" / "API Signature string generation"; Gate futures WebSocket v4, "Authentication"
and "Login"; read in November 2026. REST signs method, path, query, the body's SHA512 and the timestamp, line by line;
a subscription signs channel, event and time; a login signs event, channel, req_param and timestamp, line by line.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha512
from urllib.parse import unquote_plus

from sansio_exchange.simulation.gate.errors import Refused
from sansio_exchange.simulation.wire import HttpRequest

WINDOW_MS = 60_000


class Signatures:
    """The venue's keys. A key is also the name of its account."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def check_request(self, request: HttpRequest, now_ms: int) -> str:
        """The account of a signed request. Raises Refused.

        The query is signed "as it is in the request url" and "without URL encode": either form is taken.
        """
        headers = request.headers
        key, sign, timestamp = (self._header(headers, name) for name in ("KEY", "SIGN", "Timestamp"))
        secret = self._secret(key)
        _check_time(timestamp, now_ms)
        for query in dict.fromkeys((request.query, unquote_plus(request.query))):
            lines = (request.method, request.path, query, sha512(request.body).hexdigest(), timestamp)
            if _is_signed("\n".join(lines), sign, secret):
                return key
        raise _mismatch()

    def check_subscription(self, channel: str, event: str, time: int, auth: Mapping[str, str], now_ms: int) -> str:
        """The account that subscribes. Raises Refused."""
        key = auth.get("KEY", "")
        secret = self._secret(key)
        _check_time(str(time), now_ms)
        if not _is_signed(f"channel={channel}&event={event}&time={time}", auth.get("SIGN", ""), secret):
            raise _mismatch()
        return key

    def check_login(self, channel: str, key: str, signature: str, timestamp: str, req_param: str, now_ms: int) -> str:
        """The account that logs in on a socket. Raises Refused.

        A login has no req_param, so "" is signed; a client that sends one signs that.
        """
        secret = self._secret(key)
        _check_time(timestamp, now_ms)
        if not any(_is_signed(f"api\n{channel}\n{each}\n{timestamp}", signature, secret) for each in ("", req_param)):
            raise _mismatch()
        return key

    def _secret(self, key: str) -> str:
        secret = self._secrets.get(key)
        if secret is None:
            raise Refused("INVALID_KEY", "Invalid key provided", status=401)
        return secret

    def _header(self, headers: Mapping[str, str], name: str) -> str:
        value = headers.get(name.lower(), "")
        if not value:
            raise Refused("MISSING_REQUIRED_HEADER", f"Missing required header: {name}", status=401)
        return value


def _is_signed(payload: str, sign: str, secret: str) -> bool:
    expected = hmac.new(secret.encode(), payload.encode(), "sha512").hexdigest()
    return hmac.compare_digest(expected.encode(), sign.encode())


def _mismatch() -> Refused:
    return Refused("INVALID_SIGNATURE", "Signature mismatch", status=401)


def _check_time(timestamp: str, now_ms: int) -> None:
    """The documentation's own example signs a fraction of a second."""
    try:
        if not timestamp.isascii() or len(timestamp) > 32:
            raise ValueError("not a number of seconds")
        sent_ms = round(float(timestamp) * 1000)
    except (ValueError, OverflowError):
        raise Refused("REQUEST_EXPIRED", "invalid Timestamp", status=401) from None
    if abs(sent_ms - now_ms) > WINDOW_MS:
        raise Refused("REQUEST_EXPIRED", "gap between request Timestamp and server time exceeds 60", status=401)
