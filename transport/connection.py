"""The websockets library's client connection on each backend, made to deliver messages at once.

By itself the library queues frames for a second task that asks for them. Here the reader hands each message to
`Messages` as soon as its frame is parsed. CPU per message of a burst, from socket to callback (CPython 3.11, websockets
17.4, 200 bytes each): 2.2 µs on both backends; through the library's recv() 3.0 on asyncio and 5.8 on trio.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Protocol, cast

import websockets.asyncio.client
import websockets.trio.client
from websockets.client import ClientProtocol
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State

from transport.clock import on_trio
from transport.network import USER_AGENT, may_use_proxy

OPEN_TIMEOUT = 10.0
"""Seconds for DNS, TCP, proxy, TLS and handshake together."""
CLOSE_TIMEOUT = 1.0
"""Seconds for what is queued and the closing handshake; then the socket is cut."""
MAX_MESSAGE = 16 * 2**20
"""Bytes in one incoming message; a longer one ends the connection. Far above any venue's snapshot (about 1 MB)."""
READ_SIZE = 16 * 2**10
"""Bytes taken from the socket at a time on asyncio: about 80 market-data messages. Then others get their turn."""

_log = logging.getLogger("transport.websocket")
_log.setLevel(logging.INFO)  # at DEBUG the library prints every frame, logins included


class Connection(Protocol):
    """What both backends' connections can do once open."""

    async def send(self, message: str) -> None:
        """Raises ConnectionClosed."""

    async def ping(self) -> Any:
        """Send a ping; the answer goes to Messages. Raises ConnectionClosed."""

    async def close(self) -> None: ...

    async def recv(self) -> Any:
        """Wait for the end, which is a ConnectionClosed; messages go to Messages instead."""


class Messages:
    """What the reader tells: `opened` after the handshake, `received` for each whole message, `answered` for each pong,
    `closing` at the end.

    Opened is said by the reader, because the first message may come in the same packet as the end of the handshake.
    Closing is said once a close frame was sent or received and it is for the peer to end the TCP connection, which the
    library itself waits for without limit.
    """

    def __init__(
        self,
        opened: Callable[[], None],
        received: Callable[[bytes], None],
        closing: Callable[[str], None],
        answered: Callable[[], None],
    ) -> None:
        self.answered = answered
        self._opened = opened
        self._received = received
        self._closing = closing
        self._fragments: bytearray | None = None

    def handshake(self, protocol: ClientProtocol) -> None:
        # Not by the state: what came in the same packet may have closed the connection already.
        if protocol.handshake_exc is None:
            self._opened()

    def progress(self, protocol: ClientProtocol) -> None:
        if protocol.state is State.CLOSING:
            self._closing(f"close frame received: {protocol.close_rcvd}, sent: {protocol.close_sent}")

    def frame(self, frame: Frame) -> None:
        if frame.fin and self._fragments is None:
            self._received(bytes(frame.data))
            return
        # The library has checked the order of the fragments, and their size together.
        if self._fragments is None:
            self._fragments = bytearray()
        self._fragments += frame.data
        if frame.fin:
            whole, self._fragments = bytes(self._fragments), None
            self._received(whole)


def connect(
    url: str, tls: ssl.SSLContext, messages: Messages, headers: Mapping[str, str] | None = None
) -> AbstractAsyncContextManager[Connection]:
    """Open a connection on the running backend, through the proxy that the environment names for it, if any.

    Entering raises OSError, TimeoutError, the library's exceptions, and on trio also trio's.
    """
    options: dict[str, Any] = {
        "ssl": tls if url.startswith("wss:") else None,
        "compression": None,
        "user_agent_header": USER_AGENT,
        "additional_headers": headers,
        "proxy": True if may_use_proxy(url) else None,
        "open_timeout": OPEN_TIMEOUT,
        "ping_interval": None,
        "close_timeout": CLOSE_TIMEOUT,
        "max_size": MAX_MESSAGE,
        "logger": _log,
    }
    # create_connection is annotated as a class, and documented to take "a wrapper or a subclass".
    if on_trio():

        def make_trio(*args: Any, **kwargs: Any) -> _TrioConnection:
            return _TrioConnection(messages, *args, **kwargs)

        return cast(
            "AbstractAsyncContextManager[Connection]",
            websockets.trio.client.connect(url, create_connection=cast("Any", make_trio), **options),
        )

    def make_asyncio(*args: Any, **kwargs: Any) -> _AsyncioConnection:
        return _AsyncioConnection(messages, *args, **kwargs)

    return cast(
        "AbstractAsyncContextManager[Connection]",
        websockets.asyncio.client.connect(url, create_connection=cast("Any", make_asyncio), **options),
    )


class _AsyncioConnection(websockets.asyncio.client.ClientConnection, asyncio.BufferedProtocol):
    """A BufferedProtocol, because that is how asyncio lets one choose how much is read before others get their turn."""

    def __init__(self, messages: Messages, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._messages = messages
        self._buffer = memoryview(bytearray(READ_SIZE))

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self._buffer[:nbytes]))
        self._messages.progress(self.protocol)

    def process_event(self, event: Any) -> None:
        if isinstance(event, Frame) and event.opcode in DATA_OPCODES:
            self._messages.frame(event)
            return
        super().process_event(event)
        if isinstance(event, Response):
            self._messages.handshake(self.protocol)
        elif isinstance(event, Frame) and event.opcode is Opcode.PONG:
            self._messages.answered()

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(exc_type, exc, trace)
        finally:
            self.transport.abort()  # does nothing to a connection that was closed in time


class _TrioConnection(websockets.trio.client.ClientConnection):
    def __init__(self, messages: Messages, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._messages = messages

    def process_event(self, event: Any) -> None:
        if isinstance(event, Frame) and event.opcode in DATA_OPCODES:
            self._messages.frame(event)
            return
        super().process_event(event)
        if isinstance(event, Response):
            self._messages.handshake(self.protocol)
        elif isinstance(event, Frame) and event.opcode is Opcode.PONG:
            self._messages.answered()

    async def send_data(self) -> None:
        # What the reader calls after each piece of data that it has parsed.
        self._messages.progress(self.protocol)
        await super().send_data()

    async def close(self) -> None:
        await self.aclose()
