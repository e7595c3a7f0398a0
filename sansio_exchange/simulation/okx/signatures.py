"""Who asks: API key, passphrase, HMAC-SHA256 signature in base64, and a timestamp within 30 seconds.

Source: OKX API guide, "REST Authentication" and "WebSocket" / "Login", read in November 2026. REST signs timestamp (ISO
8601, milliseconds), method, path with query, and body; the login signs timestamp (seconds), GET and a fixed path.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from sansio_exchange.simulation.okx.errors import Refused
from sansio_exchange.simulation.okx.parameters import Parameters
from sansio_exchange.simulation.wire import HttpRequest

WINDOW_MS = 30_000
LOGIN_PATH = "/users/self/verify"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_iso = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


class Secrets(Struct, frozen=True):
    """What belongs to an API key."""

    secret: str
    passphrase: str


class Signatures:
    """The venue's keys. A key is also the name of its account."""

    def __init__(self, secrets: Mapping[str, Secrets]) -> None:
        self._secrets = dict(secrets)

    def check_request(self, request: HttpRequest, now_ms: int) -> str:
        """The account of a signed request. Raises Refused (50102 to 50113)."""
        headers = request.headers
        key = self._header(headers, "KEY", 50103)
        passphrase = self._header(headers, "PASSPHRASE", 50104)
        sign = self._header(headers, "SIGN", 50106)
        timestamp = self._header(headers, "TIMESTAMP", 50107)
        secrets = self._secrets.get(key)
        if secrets is None:
            raise Refused(50111, "Invalid OK-ACCESS-KEY", status=401)
        if abs(_milliseconds(timestamp) - now_ms) > WINDOW_MS:
            raise Refused(50102, "Timestamp request expired", status=401)
        if passphrase != secrets.passphrase:
            raise Refused(50105, 'Request header "OK-ACCESS-PASSPHRASE" incorrect', status=401)
        path = f"{request.path}?{request.query}" if request.query else request.path
        payload = f"{timestamp}{request.method}{path}".encode() + request.body
        if not _is_signed(payload, sign, secrets.secret):
            raise Refused(50113, "Invalid Sign", status=401)
        return key

    def check_login(self, login: Parameters, now_ms: int) -> str:
        """The account that logs in on a socket. Raises Refused (60004 to 60024)."""
        secrets = self._secrets.get(login.optional("apiKey"))
        if secrets is None:
            raise Refused(60005, "Invalid apiKey")
        timestamp = login.optional("timestamp")
        try:
            sent_ms = round(float(timestamp) * 1000) if timestamp.isascii() and len(timestamp) < 32 else None
        except (ValueError, OverflowError):
            sent_ms = None
        if sent_ms is None:
            raise Refused(60004, "Invalid timestamp")
        if abs(sent_ms - now_ms) > WINDOW_MS:
            raise Refused(60006, "Timestamp request expired")
        if login.optional("passphrase") != secrets.passphrase:
            raise Refused(60024, "Wrong passphrase")
        payload = f"{timestamp}GET{LOGIN_PATH}".encode()
        if not _is_signed(payload, login.optional("sign"), secrets.secret):
            raise Refused(60007, "Invalid sign")
        return login.optional("apiKey")

    def _header(self, headers: Mapping[str, str], name: str, code: int) -> str:
        value = headers.get(f"ok-access-{name.lower()}", "")
        if not value:
            raise Refused(code, f'Request header "OK-ACCESS-{name}" can not be empty', status=401)
        return value


def _is_signed(payload: bytes, sign: str, secret: str) -> bool:
    expected = b64encode(hmac.new(secret.encode(), payload, "sha256").digest())
    return hmac.compare_digest(expected, sign.encode())


def _milliseconds(timestamp: str) -> int:
    try:
        if not _iso.fullmatch(timestamp):
            raise ValueError("not in the documented form")
        return (datetime.fromisoformat(timestamp) - EPOCH) // timedelta(milliseconds=1)
    except ValueError:
        raise Refused(50112, "Invalid OK-ACCESS-TIMESTAMP", status=401) from None
