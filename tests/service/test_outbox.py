"""Slow clients block nobody and lose nothing that counts; frames are exactly h2's."""

from decimal import Decimal

import anyio
import anyio.lowlevel
import pytest
from grpclib.const import Status
from h2.errors import ErrorCodes
from h2.events import DataReceived, ResponseReceived, StreamReset

from sansio_exchange import commands
from sansio_exchange.market import Candle, PriceChange
from sansio_exchange.orders import Order, OrderStatus, OrderType, OrderUpdate, Side
from service import encode, outbox
from service.outbox import Counters, Flusher, Outbox
from service.stubs.google.type import Decimal as Dec
from service.stubs.opensqt.market_maker import v1
from tests.service.raw_client import RawClient, connected
from tests.service.serving import FakeDriver, Served, serving
from tests.service.wire import wire

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


@pytest.fixture
def driver() -> FakeDriver:
    driver = FakeDriver()
    driver.answers[commands.GetLatestPrice] = Decimal(1)
    return driver


def price(value: int, symbol: str = "BTCUSDT") -> PriceChange:
    return PriceChange(symbol, Decimal(value), time_ms=1)


def candle(open_ms: int, close: int, *, is_closed: bool = False) -> Candle:
    return Candle("BTCUSDT", "1m", open_ms, *(Decimal(close),) * 5, is_closed=is_closed)


def update(number: int) -> OrderUpdate:
    return OrderUpdate(Order(number, "c", "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(1), OrderStatus.NEW))


async def test_a_client_that_keeps_up_gets_every_message(driver: FakeDriver) -> None:
    async with serving(driver) as served, connected(served.port, window=1 << 20) as client:
        stream = client.call("SubscribePrice", v1.SubscribePriceRequest(["BTCUSDT"]))
        await client.messages_until(stream, v1.PriceChange, 1)
        for burst in range(10):
            for each in range(30):
                served.hub.publish(price(burst * 30 + each))
            await client.messages_until(stream, v1.PriceChange, 31 + burst * 30)
        got = client.messages(stream, v1.PriceChange)
        assert [each.price.value for each in got[1:]] == [str(each) for each in range(300)]
        assert served.hub.counters["price"].conflated == 0


async def test_a_slow_client_gets_the_newest_price_of_each_symbol(driver: FakeDriver) -> None:
    async with serving(driver) as served, connected(served.port, window=200) as client:
        stream = client.call("SubscribePrice", v1.SubscribePriceRequest(["BTCUSDT", "ETHUSDT"]))
        await client.messages_until(stream, v1.PriceChange, 2)
        for each in range(1000):
            served.hub.publish(price(each))
            served.hub.publish(price(10_000 + each, "ETHUSDT"))
            await anyio.lowlevel.checkpoint()
        client.grant(100_000, stream)
        got: list[v1.PriceChange] = []
        while _last_prices(got) != {"BTCUSDT": "999", "ETHUSDT": "10999"}:
            got = await client.messages_until(stream, v1.PriceChange, len(got) + 1)
        assert len(got) < 50
        counters = served.hub.counters["price"]
        assert counters.conflated > 1900
        assert counters.overflowed == 0
        served.hub.publish(price(5))
        got = await client.messages_until(stream, v1.PriceChange, len(got) + 1)
        assert got[-1].price == Dec("5")  # caught up: every message again


async def test_a_slow_client_never_misses_a_closed_candle(driver: FakeDriver) -> None:
    async with serving(driver) as served, connected(served.port, window=0) as client:
        stream = client.call("SubscribeKlines", v1.SubscribeKlinesRequest(["BTCUSDT"], "1m"))
        await client.until(ResponseReceived, stream)
        for minute in range(20):
            for close in range(10):
                served.hub.publish(candle(minute * 60_000, close + 1))
                await anyio.lowlevel.checkpoint()
            served.hub.publish(candle(minute * 60_000, 99, is_closed=True))
        served.hub.publish(candle(20 * 60_000, 7))
        client.grant(100_000, stream)
        got = await client.messages_until(stream, v1.Candle, 21)
        assert [each.timestamp for each in got if each.is_closed] == [minute * 60_000 for minute in range(20)]
        assert (got[-1].timestamp, got[-1].is_closed) == (20 * 60_000, False)
        assert len(got) < 30


async def flooded(served: Served, client: RawClient, number: int) -> int:
    """A stream of orders, and more told of them than it has read."""
    stream = client.call("SubscribeOrders", v1.SubscribeOrdersRequest())
    await client.until(ResponseReceived, stream)
    for each in range(1, number + 1):
        served.hub.publish(update(each))
        await anyio.lowlevel.checkpoint()
    return stream


async def test_a_slow_client_of_orders_loses_nothing_up_to_the_bound(driver: FakeDriver) -> None:
    async with serving(driver, backlog=500) as served, connected(served.port, window=100) as client:
        stream = await flooded(served, client, 400)
        client.grant(1_000_000, stream)
        got = await client.messages_until(stream, v1.OrderUpdate, 400)
        assert [each.order_id for each in got] == list(range(1, 401))
        assert served.hub.counters["orders"].conflated == 0


@pytest.mark.parametrize("window", [700, 65_535])
async def test_a_burst_beyond_the_bound_ends_no_stream_of_a_client_that_reads_on(
    driver: FakeDriver, window: int
) -> None:
    """What a reconciliation has missed is published in one go, in which nobody can read."""
    async with serving(driver, backlog=50) as served, connected(served.port, window=window) as client:
        stream = client.call("SubscribeOrders", v1.SubscribeOrdersRequest())
        await client.until(ResponseReceived, stream)
        for burst in range(3):
            for each in range(1, 401):
                served.hub.publish(update(burst * 400 + each))
            while len(client.messages(stream, v1.OrderUpdate)) < 400 * (burst + 1):
                client.grant(700, stream)
                await client.read()
            (orders,) = served.hub._outboxes
            assert orders._patient_until is None
        got = client.messages(stream, v1.OrderUpdate)
        assert [each.order_id for each in got] == list(range(1, 1201))
        assert served.hub.counters["orders"].overflowed == 0


async def test_a_stream_may_begin_with_as_much_as_its_bound_and_go_on() -> None:
    """After a restart, what was missed."""
    counters = Counters()
    with Outbox(wire(), Flusher(), counters, limit=50) as outbox:  # type: ignore[arg-type]
        outbox.open([(each, b"", True) for each in range(50)])
        outbox.offer((50, b"", True))
        assert (len(outbox._held), counters.overflowed) == (51, 0)


async def test_who_is_behind_by_more_than_the_bound_for_long_is_too_slow(
    driver: FakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PATIENCE", 0.0)
    async with serving(driver, backlog=50) as served, connected(served.port, window=100) as client:
        stream = await flooded(served, client, 60)
        assert served.hub.counters["orders"].overflowed == 1
        assert (await client.status(stream))[0] == Status.RESOURCE_EXHAUSTED.value


async def test_past_the_bound_the_stream_of_orders_ends_and_says_so(driver: FakeDriver) -> None:
    async with serving(driver, backlog=5) as served:
        async with connected(served.port, window=100) as slow, connected(served.port) as quick:
            stream = slow.call("SubscribeOrders", v1.SubscribeOrdersRequest())
            other = quick.call("SubscribeOrders", v1.SubscribeOrdersRequest())
            await slow.until(ResponseReceived, stream)
            await quick.until(ResponseReceived, other)
            for each in range(1, 201):
                served.hub.publish(update(each))
                if not each % 10:
                    await quick.messages_until(other, v1.OrderUpdate, each)
            code, message = await slow.status(stream)
            assert code == Status.RESOURCE_EXHAUSTED.value
            assert "reads%20too%20slowly" in message or "reads too slowly" in message
            assert len(quick.messages(other, v1.OrderUpdate)) == 200  # nobody else noticed
            whole = slow.messages(stream, v1.OrderUpdate)
            assert [each.order_id for each in whole] == list(range(1, len(whole) + 1))
        assert served.hub.counters["orders"].overflowed == 1


async def test_a_client_whose_socket_is_full_blocks_nobody(driver: FakeDriver) -> None:
    """The HTTP/2 windows are wide open, but the client does not read from its socket."""
    count = 80_000
    async with (
        serving(driver, backlog=count) as served,
        connected(served.port, window=1 << 30, buffer=4096) as stuck,
        connected(served.port) as quick,
    ):
        stuck.h2.increment_flow_control_window(1 << 30)
        stream = stuck.call("SubscribeOrders", v1.SubscribeOrdersRequest())
        other = quick.call("SubscribePrice", v1.SubscribePriceRequest(["BTCUSDT"]))
        await stuck.until(ResponseReceived, stream)
        await quick.messages_until(other, v1.PriceChange, 1)
        stuck.writer.transport.pause_reading()  # type: ignore[attr-defined]
        for each in range(1, count + 1):
            served.hub.publish(update(each))
            if not each % 1000:
                await anyio.lowlevel.checkpoint()
        served.hub.publish(price(5))
        assert (await quick.messages_until(other, v1.PriceChange, 2))[-1].price.value == "5"
        assert served.hub.counters["orders"].sent < count
        stuck.writer.transport.resume_reading()  # type: ignore[attr-defined]
        size = sum(len(encode.order_update(update(each), "sim")) + 5 for each in range(1, count + 1))
        got = 0
        while got < size:
            assert await stuck.read()
            got += sum(len(each.data or b"") for each in stuck.events if isinstance(each, DataReceived))
            stuck.events.clear()
        assert got == size
        assert served.hub.counters["orders"].sent == count


def _last_prices(messages: list[v1.PriceChange]) -> dict[str, str]:
    return {each.symbol: each.price.value for each in messages if each.price is not None}


async def overflowing(served: Served, client: RawClient) -> int:
    """A stream of orders that has overflown after its client took one message and a part of the next."""
    stream = client.call("SubscribeOrders", v1.SubscribeOrdersRequest())
    await client.until(ResponseReceived, stream)
    for each in range(1, 101):
        served.hub.publish(update(each))
        await anyio.lowlevel.checkpoint()
    await client.until(DataReceived, stream)
    assert served.hub.counters["orders"].overflowed == 1
    return stream


async def test_an_error_comes_after_a_whole_message_never_within_one(driver: FakeDriver) -> None:
    window = len(encode.framed(encode.order_update(update(1), "sim"))) + 10
    async with serving(driver, backlog=5) as served, connected(served.port, window=window) as client:
        stream = await overflowing(served, client)
        client.grant(1_000_000, stream)
        code, _ = await client.status(stream)
        assert code == Status.RESOURCE_EXHAUSTED.value
        whole = b"".join(encode.framed(encode.order_update(update(each), "sim")) for each in (1, 2))
        assert client.data(stream) == whole


async def test_who_does_not_take_the_rest_of_a_message_is_reset_with_a_code_that_says_why(
    driver: FakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PATIENCE", 0.01)
    window = len(encode.framed(encode.order_update(update(1), "sim"))) + 10
    async with serving(driver, backlog=5) as served, connected(served.port, window=window) as client:
        stream = await overflowing(served, client)
        reset = await client.until(StreamReset, stream)
        assert reset.error_code == ErrorCodes.ENHANCE_YOUR_CALM


async def test_the_connections_window_binds_all_its_streams_together(driver: FakeDriver) -> None:
    async with serving(driver, backlog=10_000) as served, connected(served.port, window=1 << 20) as client:
        streams = [client.call("SubscribeOrders", v1.SubscribeOrdersRequest()) for _ in range(4)]
        for stream in streams:
            await client.until(ResponseReceived, stream)
        for each in range(1, 501):
            served.hub.publish(update(each))
            await anyio.lowlevel.checkpoint()
        served.hub._flusher.flush()
        smallest = len(encode.order_update(update(1), "sim")) + 5
        assert 0 < served.hub.counters["orders"].sent * smallest <= 65_535
        client.h2.increment_flow_control_window(1 << 20)
        client.flush()
        for stream in streams:
            got = await client.messages_until(stream, v1.OrderUpdate, 500)
            assert [each.order_id for each in got] == list(range(1, 501))


async def test_a_message_larger_than_the_window_goes_out_in_pieces(driver: FakeDriver) -> None:
    async with serving(driver) as served, connected(served.port, window=7) as client:
        stream = client.call("SubscribePrice", v1.SubscribePriceRequest(["BTCUSDT"]))
        await client.until(ResponseReceived, stream)
        with anyio.fail_after(5):
            while not client.messages(stream, v1.PriceChange):
                client.grant(7, stream)
                await client.read()
        assert client.messages(stream, v1.PriceChange)[0].price.value == "1"


async def test_frames_and_windows_are_exactly_what_h2_would_make_of_them() -> None:
    for sizes in ([1], [100, 200, 300], [16_379], [16_380], [9_000, 9_000], [20_000, 20_000]):
        ours, theirs = wire(), wire()
        items = [(str(size), b"\x00" + size.to_bytes(4) + b"x" * size, False) for size in sizes]
        outbox = Outbox(ours, Flusher(), Counters(), limit=1000)  # type: ignore[arg-type]
        with outbox:
            outbox.open()
            outbox._is_holding = False
            for item in items:
                outbox.offer(item)
            written = outbox.take()
        data = b"".join(frame for _, frame, _ in items)
        h2 = theirs._stream._h2_connection
        for at in range(0, len(data), h2.max_outbound_frame_size):
            h2.send_data(1, data[at : at + h2.max_outbound_frame_size])
        assert written == h2.data_to_send()
        mine = ours._stream._h2_connection
        assert mine.outbound_flow_control_window == h2.outbound_flow_control_window
        assert mine.local_flow_control_window(1) == h2.local_flow_control_window(1)
