"""HTTP: one pool of connections, one request at a time made of a SendHttp, one input made of its outcome.

No redirects (a signed request goes where the core sent it), no cookies, no retries: a request is sent once. Proxies
and certificate authorities come from the environment.
"""

import logging
import resource
import ssl
import zlib
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import anyio
import httpx

from sansio_exchange.machine import HttpFailed, HttpReply, SendHttp
from transport.network import LOOPBACK_NAMES, USER_AGENT

MAX_BODY = 64 * 2**20
"""Bytes in one response, unpacked. The largest true one, Binance's exchange info, has about 1 MB."""
MAX_CONNECTIONS = 600
"""A cancel must not wait for a connection behind orders that a slow venue has not answered. A request is given up after
5 s (session/calls.py), in which the budgets let 600 requests leave on Bybit, and of orders and cancels 500 on Gate, 300
on Binance, 75 orders on Bitget, on OKX 180 of each symbol and 3,000 of all. Those would take more than three symbols at
their limits and no order-entry socket; and httpcore looks at all connections for each request: 1,000 take it 2 s."""
MAX_IDLE = 100
IDLE_SECONDS = 15.0
"""How long an idle connection is kept: short of any venue's own limit, so that it is not closed under a request."""

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it prints every URL, signature and listen key included


def most_connections() -> int:
    """At once; half of the files that the process may open (1,024 by default on Linux, 256 on macOS) are left to
    sockets, clients and the journal."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if files == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, files // 2)


class HttpPool:
    """The connections. Use it as an asynchronous context manager."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._client = httpx.AsyncClient(
            verify=tls,
            headers={"user-agent": USER_AGENT, "accept-encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            limits=httpx.Limits(
                max_connections=most_connections(),
                max_keepalive_connections=MAX_IDLE,
                keepalive_expiry=IDLE_SECONDS,
            ),
            mounts={f"all://{name}": None for name in LOOPBACK_NAMES},
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self._client.__aexit__(exc_type, exc, trace)

    def call(self, request: SendHttp) -> "HttpCall":
        """The request, ready to `run`."""
        return HttpCall(self._client, request)


class HttpCall:
    """One request on its way."""

    def __init__(self, client: httpx.AsyncClient, request: SendHttp) -> None:
        self._client = client
        self._request = request
        self._maybe_sent = False
        self._is_expired = False
        self._scope: anyio.CancelScope | None = None

    def expire(self) -> None:
        """Time is up: `run` returns HttpFailed."""
        self._is_expired = True
        if self._scope is not None:
            self._scope.cancel()

    async def run(self) -> HttpReply | HttpFailed:
        """Send the request and read the whole response. Whatever goes wrong becomes HttpFailed.

        `maybe_sent` is False only as long as not one byte of the request was written: while resolving, connecting,
        shaking hands (with a proxy, too) or waiting for a free connection.
        """
        if self._is_expired:
            return self._failed("timed out before it was sent")
        with anyio.CancelScope() as self._scope:
            try:
                return await self._exchange()
            except Exception as failure:  # whatever a venue, proxy, resolver or TLS library comes up with
                return self._failed(_explain(failure))
        if self._maybe_sent:
            return self._failed(f"no reply within {self._request.timeout:g} s")
        return self._failed(f"could not be sent within {self._request.timeout:g} s")

    def _failed(self, reason: str) -> HttpFailed:
        return HttpFailed(self._request.request_id, self._maybe_sent, reason)

    async def _exchange(self) -> HttpReply | HttpFailed:
        asked = self._request
        async with self._client.stream(
            asked.method,
            asked.url,
            headers=asked.headers,
            content=asked.body,
            # httpcore closes a socket that times out while connecting, but not on trio one that is cancelled there.
            timeout=httpx.Timeout(None, connect=asked.timeout),
            extensions={"trace": self._trace},
        ) as response:
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MAX_BODY:
                    raise _Unreadable(f"the response has more than {MAX_BODY} bytes")
            headers = dict(response.headers.items())
            return HttpReply(asked.request_id, response.status_code, headers, _unpacked(body, headers))

    async def _trace(self, name: str, info: dict[str, Any]) -> None:
        # "Started" comes before the first byte is written. What a proxy is told (CONNECT) is not the request.
        if name == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self._maybe_sent = True


class _Unreadable(Exception):
    """The response has come and cannot be used."""


def _unpacked(body: bytearray, headers: dict[str, str]) -> bytes:
    """`body` without its content encoding. Here and not by httpx, which would unpack a bomb before one can count."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity" or not body:
        return bytes(body)
    if encoding != "gzip":
        raise _Unreadable(f"the response is encoded as {encoding[:20]!r}, which was not asked for")
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(body, MAX_BODY)
    except zlib.error as failure:
        raise _Unreadable(f"the response cannot be unpacked: {failure}") from failure
    if unpacker.unconsumed_tail:
        raise _Unreadable(f"the response has more than {MAX_BODY} bytes")
    if not unpacker.eof:
        raise _Unreadable("the response cannot be unpacked: its end is missing")
    return unpacked


def _explain(failure: Exception) -> str:
    """What went wrong, in one line; never the URL, which may carry a signature."""
    if isinstance(failure, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return f"{type(failure).__name__}: not an HTTP address"
    if isinstance(failure, _Unreadable):
        return str(failure)
    return f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
