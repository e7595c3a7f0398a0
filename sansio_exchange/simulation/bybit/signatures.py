"""Who asks: API key and HMAC-SHA256 signature in hex, and a timestamp that is neither old nor ahead.

Source: Bybit V5 API, "Integration Guidance" (docs/v5/guide) and "Connect" (docs/v5/ws/connect), read in November 2026.
REST signs timestamp, key, window and query or body; a request counts while server time - window <= timestamp < server
time + 1000. A socket's login signs a fixed path and the time until which it counts, in milliseconds.
"""

import hmac
from collections.abc import Mapping, Sequence

from sansio_exchange.simulation.bybit.errors import Refused, wrong
from sansio_exchange.simulation.wire import HttpRequest

DEFAULT_WINDOW_MS = "5000"
AHEAD_MS = 1_000
LOGIN_PATH = "GET/realtime"
MAX_DIGITS = 19


class Signatures:
    """The venue's keys with their secrets. A key is also the name of its account."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def check_request(self, request: HttpRequest, now_ms: int) -> str:
        """The account of a signed request. Raises Refused (10001 to 10004)."""
        headers = request.headers
        key, timestamp, sign = (headers.get(f"x-bapi-{name}", "") for name in ("api-key", "timestamp", "sign"))
        if not (key and timestamp and sign):
            # "401: Need to put authentication params in the request header" ("Error Codes"); the body is not documented
            raise Refused(10001, "authentication params are missing", status=401)
        window = headers.get("x-bapi-recv-window", "") or DEFAULT_WINDOW_MS
        secret = self._secret(key)
        check_time(timestamp, window, now_ms)
        payload = f"{timestamp}{key}{window}".encode()
        payload += request.query.encode() if request.method == "GET" else request.body
        if not _is_signed(payload, sign, secret):
            raise Refused(10004, "error sign! please check your signature generation algorithm.")
        return key

    def check_login(self, args: Sequence[str], now_ms: int) -> str:
        """The account that logs in on a socket with key, expiry and signature. Raises Refused."""
        if len(args) != 3:
            raise wrong("args invalid")
        key, expires, sign = args
        secret = self._secret(key)
        expires_ms = _milliseconds(expires)
        if expires_ms is None or expires_ms <= now_ms:
            raise wrong("expires invalid")
        if not _is_signed(f"{LOGIN_PATH}{expires}".encode(), sign, secret):
            raise Refused(10004, "Invalid sign")
        return key

    def _secret(self, key: str) -> str:
        secret = self._secrets.get(key)
        if secret is None:
            raise Refused(10003, "API key is invalid.")
        return secret


def check_time(timestamp: str, window: str, now_ms: int) -> None:
    """Whether a request counts now. Raises Refused (10001, 10002)."""
    sent_ms, window_ms = _milliseconds(timestamp), _milliseconds(window)
    if sent_ms is None or window_ms is None:
        raise wrong("timestamp or recv_window invalid")
    if not now_ms - window_ms <= sent_ms < now_ms + AHEAD_MS:
        raise Refused(
            10002,
            "invalid request, please check your server timestamp or recv_window param. "
            f"req_timestamp[{sent_ms}],server_timestamp[{now_ms}],recv_window[{window_ms}]",
        )


def _is_signed(payload: bytes, sign: str, secret: str) -> bool:
    expected = hmac.new(secret.encode(), payload, "sha256").hexdigest()
    return hmac.compare_digest(expected.encode(), sign.encode())


def _milliseconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None
