"""The local venue on real sockets. asyncio only, as uvicorn is."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketClosed,
    SocketEnd,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueEffect,
    VenueInput,
    VenueMachine,
)
from service.local_venue import MAX_WAITING, PortInUse, local_venue

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _until_closed(client: ClientConnection) -> AsyncIterator[str | bytes]:
    with contextlib.suppress(ConnectionClosed):
        while True:
            yield await client.recv()


def binance() -> VenueMachine:
    return make_local_venue("binance", seed=1, start_ms=time.time_ns() // 1_000_000)


class Scripted:
    """Answers every request with its path, every message with an echo, and ticks when told."""

    def __init__(self) -> None:
        self.inputs: list[VenueInput] = []
        self.due: float | None = None
        self.on_tick: list[VenueEffect] = []
        self.on_open: list[VenueEffect] = []
        self.closed = asyncio.Event()

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        self.inputs.append(item)
        match item:
            case HttpRequest():
                return [HttpResponse(item.request_id, 201, {"X-Path": item.path}, item.body)]
            case SocketMessage():
                return [SocketSend(item.conn, item.data)]
            case SocketOpened():
                return self.on_open
            case SocketClosed():
                self.closed.set()
                return []
            case Tick():
                self.due = None
                return self.on_tick

    def deadline(self) -> float | None:
        return self.due


async def test_rest_answers_on_the_port_that_it_names() -> None:
    async with local_venue(binance()) as endpoints, httpx.AsyncClient() as client:
        reply = await client.get(f"{endpoints.rest}/fapi/v1/time")
        assert abs(reply.json()["serverTime"] - time.time() * 1000) < 5000
        assert reply.headers["x-mbx-used-weight-1m"] == "1"
        assert (await client.get(f"{endpoints.rest}/nothing")).status_code == 404


async def test_streams_and_order_entry_share_the_port() -> None:
    async with (
        local_venue(binance()) as endpoints,
        connect(f"{endpoints.public}/market/ws/btcusdt@markPrice@1s") as public,
        connect(f"{endpoints.trade}/ws-fapi/v1") as trade,
    ):
        await trade.send(json.dumps({"id": 1, "method": "ticker.price", "params": {"symbol": "BTCUSDT"}}))
        assert json.loads(await trade.recv())["status"] == 200
        async with asyncio.timeout(3):
            assert json.loads(await public.recv())["e"] == "markPriceUpdate"


async def test_requests_reach_the_machine_as_they_were_sent() -> None:
    machine = Scripted()
    async with local_venue(machine) as endpoints, httpx.AsyncClient() as client:
        reply = await client.put(f"{endpoints.rest}/a/b?x=%31&y=", content=b"q=1", headers={"X-MBX-APIKEY": "k"})
    assert (reply.status_code, reply.headers["x-path"], reply.content) == (201, "/a/b", b"q=1")
    (request,) = [each for each in machine.inputs if isinstance(each, HttpRequest)]
    assert (request.method, request.query, request.headers["x-mbx-apikey"]) == ("PUT", "x=%31&y=", "k")


async def test_handshakes_reach_the_machine_with_their_headers() -> None:
    machine = Scripted()
    async with (
        local_venue(machine) as endpoints,
        connect(f"{endpoints.public}/ws?x=%31", additional_headers={"X-Sizes": "text"}),
    ):
        pass
    (opened,) = [each for each in machine.inputs if isinstance(each, SocketOpened)]
    assert (opened.path, opened.query, opened.headers["x-sizes"]) == ("/ws", "x=%31", "text")


async def test_the_machine_is_ticked_at_its_deadline() -> None:
    machine = Scripted()
    async with local_venue(machine) as endpoints, connect(f"{endpoints.public}/ws") as client:
        (opened,) = [each for each in machine.inputs if isinstance(each, SocketOpened)]
        machine.on_tick = [SocketSend(opened.conn, b"tick")]
        machine.due = asyncio.get_running_loop().time() + 0.01
        await client.send("go")
        assert await client.recv() == "go"
        async with asyncio.timeout(3):
            assert await client.recv() == "tick"


async def test_messages_keep_their_order_up_to_the_end() -> None:
    machine = Scripted()
    machine.on_open = [SocketSend(1, str(number).encode()) for number in range(100)]
    async with local_venue(machine) as endpoints, connect(f"{endpoints.public}/ws") as client:
        machine.on_tick = [SocketEnd(1, 4001, "enough")]
        machine.due = asyncio.get_running_loop().time()
        await client.send("last")
        received = [message async for message in _until_closed(client)]
    assert received == [str(number) for number in range(100)] + ["last"]
    assert (client.close_code, client.close_reason) == (4001, "enough")


async def test_a_path_that_the_venue_ends_at_once_is_refused() -> None:
    async with local_venue(binance()) as endpoints:
        with pytest.raises(InvalidStatus):
            await connect(f"{endpoints.public}/nothing")


async def test_the_machine_hears_of_clients_that_go() -> None:
    machine = Scripted()
    async with local_venue(machine) as endpoints:
        async with connect(f"{endpoints.public}/ws"):
            pass
        async with asyncio.timeout(3):
            await machine.closed.wait()


async def test_a_client_that_does_not_read_is_dropped_and_others_are_not() -> None:
    machine = Scripted()
    async with (
        local_venue(machine) as endpoints,
        connect(f"{endpoints.public}/ws") as good,
        connect(f"{endpoints.public}/ws", max_queue=1) as slow,
    ):
        _, second = [each.conn for each in machine.inputs if isinstance(each, SocketOpened)]
        machine.on_tick = [SocketSend(second, b"x" * 1000)] * (MAX_WAITING + 1)
        machine.due = asyncio.get_running_loop().time()
        await good.send("still here")
        assert await good.recv() == "still here"
        async with asyncio.timeout(3):
            await machine.closed.wait()
        assert len([message async for message in _until_closed(slow)]) < MAX_WAITING
        await good.send("and now")
        assert await good.recv() == "and now"


async def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} on 127.0.0.1 is in use"):
            async with local_venue(binance(), "127.0.0.1", port):
                pass


async def test_the_port_is_free_afterwards_though_clients_were_connected() -> None:
    async with local_venue(binance()) as endpoints:
        port = int(endpoints.rest.rpartition(":")[2])
        client = await connect(f"{endpoints.public}/ws")
    with pytest.raises(ConnectionClosed):
        await client.recv()
    async with local_venue(binance(), port=port) as endpoints:
        assert endpoints.rest == f"http://127.0.0.1:{port}"
