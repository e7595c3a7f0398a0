"""Garbage costs its sender only: what is no HTTP/2, no gRPC, too large, cut off or compressed."""

import asyncio

import anyio
import pytest
from grpclib.const import Status
from h2.events import ConnectionTerminated, RemoteSettingsChanged, ResponseReceived
from h2.settings import SettingCodes

from sansio_exchange import commands
from service import listener
from service.listener import MAX_STREAMS
from service.stubs.opensqt.market_maker import v1
from tests.service.raw_client import connected
from tests.service.serving import Served, eventually, serving

pytestmark = pytest.mark.anyio

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


async def still_serves(served: Served) -> None:
    served.driver.answers[commands.GetSymbols] = ("BTCUSDT",)
    assert (await served.stub.get_symbols(v1.GetSymbolsRequest(), timeout=5)).symbols == ["BTCUSDT"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x00" * 100,
        b"\xff" * 5000,
        PREFACE + b"\xff" * 200,
        PREFACE + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00" + b"\x00\x00\x05\x01\x05\x00\x00\x00\x01" + b"\xff" * 5,
        PREFACE + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00" + b"\x00\x00\x04\x2a\x00\x00\x00\x00\x00" + b"abcd",
        PREFACE[:10],
    ],
    ids=["http1", "zeros", "ones", "frames", "headers", "unknown frame", "half a preface"],
)
async def test_what_is_no_http2_harms_nobody_else(garbage: bytes) -> None:
    async with serving() as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(garbage)
        writer.write_eof()
        with anyio.fail_after(5):
            while await reader.read(65536):
                pass
        writer.transport.abort()
        await still_serves(served)


async def test_a_request_of_10_mb_is_refused_and_the_connection_survives() -> None:
    async with serving() as served, connected(served.port) as client:
        large = client.open("PlaceOrder")
        client.send(large, b"\x00" + (10_000_000).to_bytes(4) + b"x" * 1000, end=False)
        code, message = await client.status(large)
        assert code == Status.RESOURCE_EXHAUSTED.value
        assert "10000000 bytes is larger than the limit of 4194304 bytes" in message
        served.driver.answers[commands.GetSymbols] = ("BTCUSDT",)
        small = client.call("GetSymbols", v1.GetSymbolsRequest())
        assert await client.messages_until(small, v1.GetSymbolsResponse, 1) == [v1.GetSymbolsResponse(["BTCUSDT"])]
        await still_serves(served)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"", Status.INVALID_ARGUMENT, "must be sent before the stream is ended"),
        (b"\x00\x00", Status.INVALID_ARGUMENT, "ends in the middle of a message"),
        (b"\x00\x00\x00\x00\x09\x0a\x07BTC", Status.INVALID_ARGUMENT, "ends in the middle of a message"),
        (b"\x00\x00\x00\x00\x03\x0a\x07B", Status.INVALID_ARGUMENT, "GetLatestPriceRequest: is malformed"),
        (b"\x01\x00\x00\x00\x00", Status.UNIMPLEMENTED, "compressed requests are not supported"),
    ],
    ids=["nothing", "half a head", "half a message", "malformed", "compressed"],
)
async def test_a_request_that_is_cut_off_or_malformed_says_so(body: bytes, code: Status, said: str) -> None:
    async with serving() as served, connected(served.port) as client:
        stream = client.open("GetLatestPrice")
        client.send(stream, body)
        got, message = await client.status(stream)
        assert got == code.value
        assert said in message
        assert served.driver.asked == []
        await still_serves(served)


async def test_a_method_that_does_not_exist_is_unimplemented() -> None:
    async with serving() as served, connected(served.port) as client:
        stream = client.call("Withdraw", v1.GetSymbolsRequest())
        assert (await client.status(stream))[0] == Status.UNIMPLEMENTED.value


async def test_a_connection_may_have_many_streams() -> None:
    async with serving() as served, connected(served.port) as client:
        streams = [client.call("SubscribeOrders", v1.SubscribeOrdersRequest()) for _ in range(300)]
        with anyio.fail_after(5):
            while served.hub.streams() < len(streams):
                assert await client.read()
        settings = [each for each in client.events if isinstance(each, RemoteSettingsChanged)]
        values = [
            each.changed_settings[SettingCodes.MAX_CONCURRENT_STREAMS].new_value
            for each in settings
            if SettingCodes.MAX_CONCURRENT_STREAMS in each.changed_settings
        ]
        assert values[-1] == MAX_STREAMS


async def test_calls_that_ended_are_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "ENDED_CALLS", 10)
    async with serving() as served:
        for _ in range(30):
            await still_serves(served)
        (connection,) = served.listener._connections
        assert len(connection.connection._connection._closed_streams) <= 10


async def test_goodbye_lets_calls_under_way_finish() -> None:
    release = anyio.Event()

    async def slowly(_: object) -> tuple[str, ...]:
        await release.wait()
        return ("BTCUSDT",)

    async with serving() as served, connected(served.port) as client:
        served.driver.answers[commands.GetSymbols] = slowly
        client.call("GetSymbols", v1.GetSymbolsRequest())
        await served.driver.until(lambda: bool(served.driver.asked))
        served.listener.stop_accepting()
        served.listener.go_away()
        with anyio.fail_after(5):
            while not any(isinstance(each, ConnectionTerminated) for each in client.events):
                data = await client.reader.read(65536)
                assert data
                if data.count(b"\x07\x00\x00\x00\x00\x00"):  # h2's client forbids itself to go on after a GOAWAY
                    break
        release.set()
        with anyio.fail_after(5):
            while b"BTCUSDT" not in data:
                data += await client.reader.read(65536)
        with pytest.raises(OSError, match=r"refused|Connect"):
            await asyncio.open_connection("127.0.0.1", served.port)


async def test_an_unknown_method_is_unimplemented_and_makes_no_new_metric() -> None:
    async with serving() as served, connected(served.port) as client:
        stream = client.call("/opensqt.market_maker.v1.ExchangeService/Nonesuch", v1.GetSymbolsRequest())
        assert await client.status(stream) == (Status.UNIMPLEMENTED.value, "there is no such method")
        (response,) = [each for each in client.events if isinstance(each, ResponseReceived)]
        assert ("content-type", "application/grpc+proto") in [(str(key), str(value)) for key, value in response.headers]
        await eventually(lambda: served.interceptor._in_flight == 0)
        labels = {"method": "unknown", "status": "UNIMPLEMENTED"}
        assert served.metrics.registry.get_sample_value("grpc_requests_total", labels) == 1
