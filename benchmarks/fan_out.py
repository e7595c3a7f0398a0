"""Server CPU per delivered PriceChange, at 1, 10 and 100 streams, beside grpcio.aio with protobuf on the same contract.

Each server runs in a process of its own and publishes price changes at a steady rate, as they come from a venue's
socket (all that a wake-up brings at once), to streams on a few connections: 50,000 deliveries a second in all three
cases, for both servers. The client, here, does nothing but read its sockets and count. CPU time is the server process's
whole time while the client counted, publishing included.

    python -m benchmarks.fan_out            needs grpcio and grpcio-tools for the peer
"""

import asyncio
import contextlib
import importlib
import select
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes

from benchmarks.processes import Process
from benchmarks.rows import Row, report
from sansio_exchange.market import PriceChange
from service import encode

SECONDS = 4.0
WARM_UP = 1.0
TARGET_US = 3.0
TARGET_RATIO = 5.0
PROTO = Path(__file__).resolve().parent.parent / "proto"
METHOD = "/opensqt.market_maker.v1.ExchangeService/SubscribePrice"
EVENT = PriceChange("BTCUSDT", Decimal("64123.40"), time_ms=1_700_000_000_123)
MESSAGE_BYTES = len(encode.framed(encode.price_change(EVENT, "sim")))


@dataclass(frozen=True)
class Load:
    """`events` price changes every `tick` seconds to each of `streams`, which share `connections`."""

    streams: int
    connections: int
    events: int
    tick: float


LOADS = (Load(1, 1, 50, 0.001), Load(10, 2, 5, 0.001), Load(100, 4, 1, 0.002))


# --- the servers, each in a process of its own ----------------------------------------------------------------------


async def publish(load: Load, deliver: Any) -> None:
    """Call `deliver` at the rate of `load`, for ever, and catch up where that was late."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due += load.tick
        for _ in range(load.events):
            deliver()
        await asyncio.sleep(max(0.0, due - loop.time()))


async def serve_ours(load: Load) -> None:
    """The connector's server around a core that knows one symbol."""
    from sansio_exchange.commands import Action, GetSymbolInfo
    from sansio_exchange.market import SymbolRules
    from service.auth import Auth
    from service.exchange_service import ExchangeService
    from service.hub import Hub
    from service.interceptor import Interceptor
    from service.listener import Listener
    from service.metrics import Metrics
    from service.streams import Streams

    one = Decimal(1)
    rules = SymbolRules("BTCUSDT", "BTCUSDT", "BTC", "USDT", one, one, one)

    async def ask(action: Action, *, timeout: float = 0, client: str = "") -> Any:  # noqa: ASYNC109
        return rules if isinstance(action, GetSymbolInfo) else one

    async with anyio.create_task_group() as tasks:
        hub = Hub(ask, tasks, exchange="sim", backlog=10_000, conflated_backlog=1_000)
        service = ExchangeService(ask, Streams(ask, hub), exchange="sim", is_unified_margin=lambda: False)
        listener = Listener([service])
        Interceptor(Auth(""), Metrics(), exchange="sim").listen(listener)
        await listener.start("127.0.0.1", 0)
        print(listener.port, flush=True)
        await publish(load, lambda: hub.publish(EVENT))


async def serve_grpcio(load: Load, generated: str) -> None:
    """grpcio.aio as its documentation shows it: a queue for each stream, messages by C++ protobuf."""
    import grpc  # type: ignore[import-untyped]  # the peer ships no types

    sys.path.insert(0, generated)
    exchange_grpc: Any = importlib.import_module("opensqt.market_maker.v1.exchange_pb2_grpc")
    events: Any = importlib.import_module("opensqt.market_maker.v1.events_pb2")
    queues: set[asyncio.Queue[Any]] = set()

    class Servicer(exchange_grpc.ExchangeServiceServicer):  # type: ignore[misc]
        async def SubscribePrice(self, request: Any, context: Any) -> None:  # noqa: N802
            queue: asyncio.Queue[Any] = asyncio.Queue(1000)
            queues.add(queue)
            try:
                while True:
                    await context.write(await queue.get())
            finally:
                queues.discard(queue)

    def deliver() -> None:
        message = events.PriceChange(exchange="sim", symbol=EVENT.symbol)
        message.price.value = format(EVENT.price, "f")
        message.timestamp.FromMilliseconds(EVENT.time_ms)
        for queue in queues:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(message)

    server = grpc.aio.server()
    exchange_grpc.add_ExchangeServiceServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await publish(load, deliver)


def generate_peer(folder: str) -> None:
    """The contract for protobuf and grpcio, into `folder`."""
    files = [str(path.relative_to(PROTO)) for path in sorted(PROTO.rglob("*.proto"))]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO}", f"--python_out={folder}"]
    subprocess.run([*command, f"--grpc_python_out={folder}", *files], check=True)  # noqa: S603 - our own command


# --- the client ---------------------------------------------------------------------------------------------------


class Client:
    """One connection with many streams and windows that never close; counts the bytes of DATA frames."""

    def __init__(self, port: int, streams: int) -> None:
        self.received = 0
        self._rest = b""
        self.socket = socket.create_connection(("127.0.0.1", port))
        h2 = H2Connection(H2Configuration(client_side=True))
        h2.initiate_connection()
        h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 2**31 - 1})
        h2.increment_flow_control_window(2**31 - 1 - 65535)
        headers = [(":method", "POST"), (":scheme", "http"), (":path", METHOD), (":authority", "localhost")]
        headers += [("te", "trailers"), ("content-type", "application/grpc")]
        for _ in range(streams):
            stream = h2.get_next_available_stream_id()
            h2.send_headers(stream, headers)
            h2.send_data(stream, b"\x00\x00\x00\x00\x09\x0a\x07BTCUSDT", end_stream=True)
        self.socket.sendall(h2.data_to_send())

    def read(self) -> None:
        data = self._rest + self.socket.recv(1 << 18)
        at, end = 0, len(data)
        while at + 9 <= end:
            size = int.from_bytes(data[at : at + 3])
            if at + 9 + size > end:
                break
            if data[at + 3] == 0:
                self.received += size
            elif data[at + 3] == 4 and not data[at + 4] & 1:
                self.socket.sendall(b"\x00\x00\x00\x04\x01\x00\x00\x00\x00")  # acknowledge settings
            elif data[at + 3] == 6 and not data[at + 4] & 1:
                self.socket.sendall(b"\x00\x00\x08\x06\x01\x00\x00\x00\x00" + data[at + 9 : at + 17])  # pong
            at += 9 + size
        self._rest = data[at:]


def measure(kind: str, load: Load, generated: str) -> tuple[float, float]:
    """(server CPU microseconds per delivered message, deliveries a second)."""
    command = [sys.executable, "-m", "benchmarks.fan_out", kind, str(LOADS.index(load)), generated]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    try:
        assert server.stdout is not None
        process = Process(server.pid, f"127.0.0.1:{server.stdout.readline().strip()}")
        port = int(process.address.rpartition(":")[2])
        clients = [Client(port, load.streams // load.connections) for _ in range(load.connections)]
        _read_for(clients, WARM_UP)
        before, bytes_before, began = process.cpu_seconds(), sum(each.received for each in clients), time.monotonic()
        _read_for(clients, SECONDS)
        spent = process.cpu_seconds() - before
        delivered = (sum(each.received for each in clients) - bytes_before) / MESSAGE_BYTES
        return spent / delivered * 1e6, delivered / (time.monotonic() - began)
    finally:
        server.kill()
        server.wait()


def _read_for(clients: list[Client], seconds: float) -> None:
    by_socket = {each.socket: each for each in clients}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for ready in select.select(list(by_socket), [], [], 0.1)[0]:
            by_socket[ready].read()


def main() -> None:
    with tempfile.TemporaryDirectory() as generated:
        generate_peer(generated)
        for load in LOADS:
            ours, rate = measure("ours", load, generated)
            theirs, their_rate = measure("grpcio", load, generated)
            name = f"{load.streams} streams" if load.streams > 1 else "1 stream"
            what = f"server CPU per delivered PriceChange, {name}"
            peer = f"grpcio.aio: {theirs:.1f} us at {their_rate:,.0f}/s"
            report(Row("fan_out", f"{what} at {rate:,.0f}/s", ours, "us", TARGET_US, peer=peer))
            report(Row("fan_out", f"{what}, grpcio.aio's over ours", theirs / ours, "x", TARGET_RATIO, True))


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        asyncio.run(serve_ours(LOADS[int(sys.argv[2])]))
    elif sys.argv[1:2] == ["grpcio"]:
        asyncio.run(serve_grpcio(LOADS[int(sys.argv[2])], sys.argv[3]))
    else:
        main()
