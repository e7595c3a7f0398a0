"""Servers on 127.0.0.1 for tests: raw TCP, HTTP as bytes, and the server side of a WebSocket."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from anyio.abc import ByteStream, SocketAttribute, SocketStream
from anyio.streams.stapled import MultiListener
from anyio.streams.tls import TLSListener
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)
Serve = Callable[[ByteStream], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A TCP server; gives its port. A client that goes away ends only its own connection."""

    async def handle(stream: ByteStream) -> None:
        async with stream:
            try:
                await serve(stream)
            except GONE:
                return

    plain = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = _port(plain)
    listener = TLSListener(plain, tls, standard_compatible=False) if tls else plain
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, handle)
        yield port
        tasks.cancel_scope.cancel()


async def unused_port() -> int:
    """A port on which nobody listens."""
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        return _port(listener)


def _port(listener: MultiListener[SocketStream]) -> int:
    return listener.extra(SocketAttribute.local_port)  # noqa: S610 - not a database


async def read_request(stream: ByteStream) -> bytes:
    """One HTTP request, head and body as announced."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += await stream.receive()
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            while len(body) < int(value):
                body += await stream.receive()
    return head + b"\r\n\r\n" + body


def answering(*responses: bytes, seen: list[bytes] | None = None) -> Serve:
    """An HTTP server that sends these bytes, one response to each request, and then closes the connection."""

    async def serve(stream: ByteStream) -> None:
        for response in responses:
            request = await read_request(stream)
            if seen is not None:
                seen.append(request)
            await stream.send(response)

    return serve


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def silent(stream: ByteStream) -> None:
    """Accepts, reads and never says anything."""
    while True:
        await stream.receive()


class Peer:
    """The server side of one WebSocket."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.protocol = ServerProtocol(max_size=None)
        self.request: Request | None = None
        self._frames: list[Frame] = []

    async def accept(self, *, also: bytes = b"") -> None:
        """Shake hands; `also` goes out in the same packet."""
        while self.request is None:
            for event in await self._events():
                assert isinstance(event, Request)
                self.request = event
        self.protocol.send_response(self.protocol.accept(self.request))
        await self.stream.send(b"".join(self.protocol.data_to_send()) + also)

    async def send(self, *texts: str) -> None:
        """Each as a text message, all in one write."""
        for text in texts:
            self.protocol.send_text(text.encode())
        await self.flush()

    async def flush(self) -> None:
        data = b"".join(self.protocol.data_to_send())
        if data:
            await self.stream.send(data)

    async def frame(self) -> Frame:
        """The next frame of any kind; control frames are answered as a server must."""
        while not self._frames:
            self._frames += [event for event in await self._events() if isinstance(event, Frame)]
        return self._frames.pop(0)

    async def recv(self) -> str:
        """The next text; EndOfStream when the client closes."""
        frame = await self.frame()
        while frame.opcode is Opcode.PING:
            frame = await self.frame()
        if frame.opcode is Opcode.CLOSE:
            raise anyio.EndOfStream
        return bytes(frame.data).decode()

    async def _events(self) -> list[object]:
        self.protocol.receive_data(await self.stream.receive())
        events = self.protocol.events_received()
        await self.flush()
        return list(events)


def talking(talk: Callable[[Peer], Awaitable[None]]) -> Serve:
    """A WebSocket server: shakes hands, then does `talk`, then drops the TCP connection."""

    async def serve(stream: ByteStream) -> None:
        peer = Peer(stream)
        await peer.accept()
        await talk(peer)

    return serve


async def listen_on(peer: Peer) -> None:
    """Read until the client closes."""
    while True:
        await peer.recv()


def proxy(to: int, seen: list[bytes], refuse: bool = False) -> Serve:
    """An HTTP proxy: CONNECT to whatever host leads to port `to` here; other requests are answered by itself."""

    async def serve(stream: ByteStream) -> None:
        request = await read_request(stream)
        seen.append(request)
        if refuse:
            await stream.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        elif not request.startswith(b"CONNECT "):
            await stream.send(response(b"from the proxy"))
        else:
            async with await anyio.connect_tcp("127.0.0.1", to) as upstream, anyio.create_task_group() as tasks:
                await stream.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
                tasks.start_soon(_copy, stream, upstream)
                await _copy(upstream, stream)
                tasks.cancel_scope.cancel()

    return serve


async def _copy(source: ByteStream, target: ByteStream) -> None:
    try:
        async for data in source:
            await target.send(data)
    except GONE:
        return
