"""Who asks: API key, passphrase, HMAC-SHA256 signature in base64, and a timestamp within 30 seconds.

Source: Bitget API, "Signature" and "Websocket API" / "Login" (bitget.com/api-doc/common), of November 2025. REST
signs timestamp (milliseconds), method, path with query, and body; the login signs timestamp (seconds), GET and a fixed
path. That REST requests expire after 30 seconds, too, is what the documentation of v1 says.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote_plus

from msgspec import Struct

from sansio_exchange.simulation.bitget.errors import Refused, unauthorized
from sansio_exchange.simulation.bitget.parameters import Parameters
from sansio_exchange.simulation.wire import HttpRequest

WINDOW_MS = 30_000
LOGIN_PATH = "/user/verify"


class Secrets(Struct, frozen=True):
    """What belongs to an API key."""

    secret: str
    passphrase: str


class Signatures:
    """The venue's keys. A key is also the name of its account."""

    def __init__(self, secrets: Mapping[str, Secrets]) -> None:
        self._secrets = dict(secrets)

    def check_request(self, request: HttpRequest, now_ms: int) -> str:
        """The account of a signed request. Raises Refused (40001 to 40012)."""
        headers = request.headers
        key = _header(headers, "KEY", 40001)
        sign = _header(headers, "SIGN", 40002)
        timestamp = _header(headers, "TIMESTAMP", 40003)
        passphrase = _header(headers, "PASSPHRASE", 40011)
        secrets = self._secrets.get(key)
        if secrets is None:
            raise unauthorized(40006, "Invalid ACCESS_KEY")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
            raise unauthorized(40005, "Invalid ACCESS_TIMESTAMP")
        if abs(int(timestamp) - now_ms) > WINDOW_MS:
            raise unauthorized(40008, "Request timestamp expired")
        # A query may be signed as it stands in the URL or as it reads: of this the documentation has no example.
        queries = dict.fromkeys((request.query, unquote_plus(request.query)))
        if not any(_is_signed(_payload(request, query, timestamp), sign, secrets.secret) for query in queries):
            raise unauthorized(40009, "sign signature error")
        if passphrase != secrets.passphrase:
            raise unauthorized(40012, "apikey/password is incorrect")
        return key

    def check_login(self, login: Parameters, now_ms: int) -> str:
        """The account that logs in on a socket. Raises Refused (30011 to 30015)."""
        key = login.optional("apiKey")
        secrets = self._secrets.get(key)
        if secrets is None:
            raise Refused(30011, "Invalid ACCESS_KEY")
        timestamp = login.optional("timestamp")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
            raise Refused(30013, "Invalid ACCESS_TIMESTAMP")
        if abs(int(timestamp) * 1000 - now_ms) > WINDOW_MS:
            raise Refused(30014, "Request timestamp expired")
        if login.optional("passphrase") != secrets.passphrase:
            raise Refused(30012, "Invalid ACCESS_PASSPHRASE")
        if not _is_signed(f"{timestamp}GET{LOGIN_PATH}".encode(), login.optional("sign"), secrets.secret):
            raise Refused(30015, "Invalid sign")
        return key


def _payload(request: HttpRequest, query: str, timestamp: str) -> bytes:
    path = f"{request.path}?{query}" if query else request.path
    return f"{timestamp}{request.method}{path}".encode() + request.body


def _header(headers: Mapping[str, str], name: str, code: int) -> str:
    value = headers.get(f"access-{name.lower()}", "")
    if not value:
        raise unauthorized(code, f'The request header "ACCESS_{name}" cannot be empty')
    return value


def _is_signed(payload: bytes, sign: str, secret: str) -> bool:
    expected = b64encode(hmac.new(secret.encode(), payload, "sha256").digest())
    return hmac.compare_digest(expected, sign.encode())
