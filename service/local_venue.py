"""A local venue on a real socket: REST and every WebSocket path on one port.

    async with local_venue(machine, "127.0.0.1", 0) as endpoints:
        ...

One thread, one event loop: every request, message and timer calls the machine, which answers at once. Its messages wait
in a bounded queue for each socket; a client too slow to read them is dropped, so that it cannot hold the others up.
"""

import asyncio
import contextlib
import errno
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketClosed,
    SocketEnd,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueInput,
    VenueMachine,
)
from sansio_exchange.venue import Endpoints

MAX_WAITING = 10_000
"""Messages that may wait for one socket; some seconds of everything that a venue says."""
MAX_FRAME = 1 << 20
PING_SECONDS = 180.0
"""Binance pings every three minutes and gives up after ten (WebSocket Market Streams, November 2025)."""
PONG_SECONDS = 600.0
METHODS = ["GET", "POST", "PUT", "DELETE"]


_GONE = (asyncio.CancelledError, WebSocketDisconnect)
"""What reading or writing ends with when the client goes."""


class PortInUse(OSError):
    """Another process listens on the address."""


class _Client:
    """One WebSocket: what waits to be sent, and why it is to be closed, once it is."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.waiting: deque[bytes] = deque()
        self.ending: SocketEnd | None = None
        self.woken = asyncio.Event()

    def send(self, data: bytes) -> None:
        self.waiting.append(data)
        self.woken.set()

    def end(self, end: SocketEnd) -> None:
        self.ending = end
        self.woken.set()

    async def write(self) -> None:
        """Send what waits, in order, until the end."""
        while True:
            while self.waiting:
                await self.websocket.send_text(self.waiting.popleft().decode())
            if self.ending is not None:
                await self.websocket.close(self.ending.code, self.ending.reason)
                return
            self.woken.clear()
            await self.woken.wait()


class _Host:
    """Carries inputs to the machine and its effects to the clients, and ticks it at its deadline."""

    def __init__(self, machine: VenueMachine) -> None:
        self._machine = machine
        self._loop = asyncio.get_running_loop()
        self._clients: dict[int, _Client] = {}
        self._numbers = 0
        self._timer: asyncio.TimerHandle | None = None
        self._feed(Tick())

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/{path:path}", self._http, methods=METHODS),
                WebSocketRoute("/{path:path}", self._socket),
            ]
        )

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _feed(self, item: VenueInput) -> HttpResponse | None:
        """The machine's answer, if `item` is a request; its messages are queued, its end of sockets noted."""
        response = None
        for effect in self._machine.handle(item, Now(self._loop.time(), time.time_ns() // 1_000_000)):
            match effect:
                case SocketSend():
                    client = self._clients.get(effect.conn)
                    if client is None or client.ending is not None:
                        continue
                    client.send(effect.data)
                    if len(client.waiting) > MAX_WAITING:
                        client.waiting.clear()
                        client.end(SocketEnd(effect.conn, 1008, "too slow"))
                case HttpResponse():
                    response = effect
                case SocketEnd():
                    client = self._clients.get(effect.conn)
                    if client is not None:
                        client.end(effect)
        self._plan()
        return response

    def _plan(self) -> None:
        """Have the machine ticked at its deadline."""
        due = self._machine.deadline()
        if self._timer is not None:
            if due == self._timer.when():
                return
            self._timer.cancel()
        self._timer = None if due is None else self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._feed(Tick())

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    async def _http(self, request: Request) -> Response:
        number = self._number()
        body = await request.body()
        query = request.scope["query_string"].decode("latin-1")
        item = HttpRequest(number, request.method, request.url.path, query, dict(request.headers), body)
        answer = self._feed(item)
        if answer is None or answer.request_id != number:
            raise AssertionError("the venue machine must answer every request at once")
        return Response(answer.body, answer.status, answer.headers)

    async def _socket(self, websocket: WebSocket) -> None:
        conn = self._number()
        client = self._clients[conn] = _Client(websocket)
        try:
            query = websocket.scope["query_string"].decode("latin-1")
            self._feed(SocketOpened(conn, websocket.url.path, query, dict(websocket.headers)))
            if client.ending is not None:
                await websocket.close(client.ending.code, client.ending.reason)  # before accept: refused with 403
                return
            await websocket.accept()
            await self._serve(conn, client)
        finally:
            del self._clients[conn]
            self._feed(SocketClosed(conn))

    async def _serve(self, conn: int, client: _Client) -> None:
        """Read until the client goes or the venue ends the socket."""
        writer = asyncio.create_task(client.write())
        reader = asyncio.create_task(self._read(conn, client.websocket))
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reader, writer):
                task.cancel()
            for outcome in await asyncio.gather(reader, writer, return_exceptions=True):
                if isinstance(outcome, BaseException) and not isinstance(outcome, _GONE):
                    raise outcome

    async def _read(self, conn: int, websocket: WebSocket) -> None:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            self._feed(SocketMessage(conn, text.encode() if text is not None else message["bytes"]))


class _Server(uvicorn.Server):
    """Leaves signals to the program that it is a part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def local_venue(machine: VenueMachine, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Endpoints]:
    """Serve `machine` while inside; gives where it listens. Port 0 takes a free one.

    asyncio only. Raises PortInUse where somebody else listens there.
    """
    listener = _listen(host, port)
    with listener:
        hosting = _Host(machine)
        config = uvicorn.Config(
            hosting.app(),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=MAX_FRAME,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PONG_SECONDS,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await _started(server, serving)
            yield _endpoints(host, listener.getsockname()[1])
        finally:
            hosting.stop()
            server.should_exit = True
            with anyio.CancelScope(shield=True):  # a cancelled program, too, leaves no socket behind
                await serving


async def _started(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    while not server.started:
        if serving.done():
            await serving
            raise RuntimeError("the local venue did not start")
        await asyncio.sleep(0.001)


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(errno.EADDRINUSE, f"port {port} on {host} is in use; choose another") from None
        raise
    return listener


def _endpoints(host: str, port: int) -> Endpoints:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Endpoints(
        rest=f"http://{address}",
        public=f"ws://{address}",
        private=f"ws://{address}",
        trade=f"ws://{address}",
    )
