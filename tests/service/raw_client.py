"""A client of raw HTTP/2: reads as slowly as a test wants, and sends what no gRPC library would."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import betterproto2
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, StreamReset
from h2.settings import SettingCodes

SERVICE = "/opensqt.market_maker.v1.ExchangeService/"


class RawClient:
    """One connection. Nothing that is received opens a flow-control window again, unless `grant` is called."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, window: int) -> None:
        self.reader = reader
        self.writer = writer
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="ascii"))
        self.h2.initiate_connection()
        self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.events: list[Event] = []
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.h2.data_to_send())

    def open(self, method: str, headers: Iterable[tuple[str, str]] = ()) -> int:
        """Begin a call; returns its stream."""
        stream = self.h2.get_next_available_stream_id()
        path = method if method.startswith("/") else SERVICE + method
        fixed = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", path),
            (":authority", "test"),
            ("te", "trailers"),
            ("content-type", "application/grpc+proto"),
        ]
        self.h2.send_headers(stream, [*fixed, *headers])
        self.flush()
        return stream

    def send(self, stream: int, data: bytes, *, end: bool = True) -> None:
        self.h2.send_data(stream, data, end_stream=end)
        self.flush()

    def call(self, method: str, request: betterproto2.Message, headers: Iterable[tuple[str, str]] = ()) -> int:
        stream = self.open(method, headers)
        body = bytes(request)
        self.send(stream, b"\x00" + len(body).to_bytes(4) + body)
        return stream

    def grant(self, size: int, stream: int) -> None:
        self.h2.increment_flow_control_window(size)
        self.h2.increment_flow_control_window(size, stream)
        self.flush()

    async def read(self) -> bool:
        """Take in what arrives next; False at the end of the connection."""
        await anyio.lowlevel.checkpoint()
        data = await self.reader.read(65536)
        if data:
            self.events += self.h2.receive_data(data)
            self.flush()
        return bool(data)

    async def until(self, kind: type[Any], stream: int) -> Any:
        """The first event of `kind` on `stream`."""
        with anyio.fail_after(5):
            while True:
                for event in self.events:
                    if isinstance(event, kind) and event.stream_id == stream:
                        return event
                if not await self.read():
                    raise ConnectionResetError

    async def status(self, stream: int) -> tuple[int, str]:
        """The gRPC status and message that the call ends with."""
        with anyio.fail_after(5):
            while True:
                for event in self.events:
                    if getattr(event, "stream_id", None) == stream and not isinstance(event, StreamReset):
                        headers = dict(getattr(event, "headers", None) or ())
                        if "grpc-status" in headers:
                            return int(headers["grpc-status"]), headers.get("grpc-message", "")
                if not await self.read():
                    raise ConnectionResetError

    def headers_in(self, data: bytes) -> list[tuple[str, str]]:
        """The headers in whole frames that were read past h2, as after a GOAWAY."""
        found: list[tuple[str, str]] = []
        while len(data) >= 9:
            size = int.from_bytes(data[:3])
            if data[3] == 1:
                for name, value in self.h2.decoder.decode(data[9 : 9 + size], raw=False):
                    found.append((str(name), str(value)))
            data = data[9 + size :]
        return found

    def data(self, stream: int) -> bytes:
        """All that arrived on `stream` so far."""
        return b"".join(
            event.data or b"" for event in self.events if isinstance(event, DataReceived) and event.stream_id == stream
        )

    def messages(self, stream: int, kind: type[betterproto2.Message]) -> list[Any]:
        """The whole messages that arrived on `stream` so far."""
        data, found = self.data(stream), []
        while len(data) >= 5:
            size = int.from_bytes(data[1:5])
            if len(data) < 5 + size:
                break
            found.append(kind.parse(data[5 : 5 + size]))
            data = data[5 + size :]
        return found

    async def messages_until(self, stream: int, kind: type[betterproto2.Message], count: int) -> list[Any]:
        with anyio.fail_after(5):
            while len(self.messages(stream, kind)) < count:
                if not await self.read():
                    raise ConnectionResetError
        return self.messages(stream, kind)


@asynccontextmanager
async def connected(port: int, *, window: int = 65535, buffer: int = 0) -> AsyncIterator[RawClient]:
    """`window` is each stream's; `buffer` the size of the socket's receive buffer, 0 for the system's choice."""
    sock = socket.socket()
    if buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock)
    try:
        yield RawClient(reader, writer, window)
    finally:
        writer.transport.abort()
