"""What each subscription sends, from the first message to the last, over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from typing import Any

import anyio
import pytest
from grpclib.client import Stream
from grpclib.const import Cardinality, Status
from grpclib.exceptions import GRPCError
from h2.events import ResponseReceived

from sansio_exchange import commands, errors
from sansio_exchange.account import Account, Position
from sansio_exchange.commands import Subscribe, Topic, Unsubscribe
from sansio_exchange.market import Candle, FundingRate, PriceChange
from sansio_exchange.orders import Order, OrderStatus, OrderType, OrderUpdate, Side
from service.exchange_service import NAME
from service.outbox import MOST
from service.status import refusal
from service.stubs.google.type import Decimal as Dec
from service.stubs.opensqt.market_maker import v1
from tests.service.raw_client import connected
from tests.service.serving import FakeDriver, Served, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


def price(value: int, symbol: str = "BTCUSDT") -> PriceChange:
    return PriceChange(symbol, Decimal(value), time_ms=1_700_000_000_000 + value)


def candle(open_ms: int, close: int, *, is_closed: bool = False) -> Candle:
    one = Decimal(1)
    return Candle("BTCUSDT", "1m", open_ms, one, one, one, Decimal(close), one, is_closed)


def update(number: int, symbol: str = "BTCUSDT") -> OrderUpdate:
    return OrderUpdate(
        Order(number, f"c{number}", symbol, Side.BUY, OrderType.LIMIT, Decimal(1), OrderStatus.NEW, Decimal(2))
    )


def account(balance: int) -> Account:
    return Account(Decimal(balance), Decimal(balance), Decimal(balance))


@asynccontextmanager
async def subscribed(
    served: Served, method: str, request: Any, reply: type, **options: Any
) -> AsyncIterator[Stream[Any, Any]]:
    """An open stream whose response headers have come."""
    path = f"/{NAME}/{method}"
    stream: Stream[Any, Any] = served.channel.request(path, Cardinality.UNARY_STREAM, type(request), reply, **options)
    async with stream:
        await stream.send_message(request, end=True)
        with anyio.fail_after(5):
            await stream.recv_initial_metadata()
        yield stream
        await stream.cancel()


async def next_of(stream: Stream[Any, Any], count: int = 1) -> list[Any]:
    """The next messages. Raises GRPCError where the stream ends before."""
    got: list[Any] = []
    with anyio.fail_after(5):
        while len(got) < count:
            message = await stream.recv_message()
            if message is None:
                await stream.recv_trailing_metadata()
            got.append(message)
    return got


async def refused(served: Served, method: str, request: Any, reply: type) -> GRPCError:
    with pytest.raises(GRPCError) as caught:
        async with subscribed(served, method, request, reply) as stream:
            await next_of(stream)
    return caught.value


def prices(*symbols: str) -> tuple[str, Any, type]:
    return "SubscribePrice", v1.SubscribePriceRequest(list(symbols)), v1.PriceChange


ORDERS = ("SubscribeOrders", v1.SubscribeOrdersRequest(), v1.OrderUpdate)
ACCOUNT = ("SubscribeAccount", v1.SubscribeAccountRequest(), v1.Account)
POSITIONS = ("SubscribePositions", v1.SubscribePositionsRequest(), v1.Position)


# --- prices ---------------------------------------------------------------------------------------------------


async def test_prices_begin_with_the_last_known_one_and_go_on_with_each_trade() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetLatestPrice] = Decimal("7.50")
        async with subscribed(served, *prices("BTCUSDT")) as stream:
            (first,) = await next_of(stream)
            assert first == v1.PriceChange(exchange="sim", symbol="BTCUSDT", price=Dec("7.50"))
            served.hub.publish(price(8))
            served.hub.publish(price(8))
            served.hub.publish(price(9))
            assert [each.price.value for each in await next_of(stream, 3)] == ["8", "8", "9"]


async def test_a_later_client_gets_the_last_published_price_without_asking() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetLatestPrice] = Decimal(1)
        async with subscribed(served, *prices("BTCUSDT")) as one:
            await next_of(one)
            served.hub.publish(price(5))
            async with subscribed(served, *prices("BTCUSDT")) as two:
                assert [each.price.value for each in await next_of(two)] == ["5"]
        assert len(served.driver.of(commands.GetLatestPrice)) == 1
        assert served.driver.of(Subscribe) == [Subscribe(Topic("price", "BTCUSDT"))]


async def test_a_trade_that_comes_while_the_last_price_is_asked_for_counts_more() -> None:
    async with serving() as served:

        def trade_meanwhile(_: Any) -> Decimal:
            served.hub.publish(price(9))
            return Decimal(1)

        served.driver.answers[commands.GetLatestPrice] = trade_meanwhile
        async with subscribed(served, *prices("BTCUSDT")) as stream:
            assert [each.price.value for each in await next_of(stream)] == ["9"]
            served.hub.publish(price(10))
            assert [each.price.value for each in await next_of(stream)] == ["10"]


async def test_prices_go_on_where_the_last_one_cannot_be_had() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetLatestPrice] = errors.RateLimited("slow down")
        async with subscribed(served, *prices("BTCUSDT")) as stream:
            served.hub.publish(price(3))
            assert [each.price.value for each in await next_of(stream)] == ["3"]


async def test_symbols_are_canonical_and_count_once() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetLatestPrice] = Decimal(1)
        async with subscribed(served, *prices("BTC-USDT-SWAP", "BTCUSDT", "ETHUSDT", "BTC-USDT-SWAP")) as stream:
            assert {each.symbol for each in await next_of(stream, 2)} == {"BTCUSDT", "ETHUSDT"}
            served.hub.publish(price(2))
            served.hub.publish(price(3, "SOLUSDT"))
            served.hub.publish(price(4, "ETHUSDT"))
            assert [each.symbol for each in await next_of(stream, 2)] == ["BTCUSDT", "ETHUSDT"]
        assert [each.topic.symbol for each in served.driver.of(Subscribe)] == ["BTCUSDT", "ETHUSDT"]


@pytest.mark.parametrize(
    ("method", "request_", "reply", "field"),
    [
        (*prices(), "symbols"),
        (*prices(""), "symbols[0]"),
        (*prices("NOPE"), "symbols[0]"),
        (*prices("BTCUSDT", "BTCUSDT", "NOPE"), "symbols[2]"),
        ("SubscribeKlines", v1.SubscribeKlinesRequest([], "1m"), v1.Candle, "symbols"),
        ("SubscribeKlines", v1.SubscribeKlinesRequest(["BTCUSDT"]), v1.Candle, "interval"),
        ("SubscribeKlines", v1.SubscribeKlinesRequest(["BTCUSDT"], "7m"), v1.Candle, "interval"),
        ("SubscribeFundingRate", v1.SubscribeFundingRateRequest(), v1.FundingUpdate, "symbol"),
        ("SubscribePositions", v1.SubscribePositionsRequest("NOPE"), v1.Position, "symbol"),
    ],
)
async def test_a_subscription_that_breaks_a_rule_is_refused_by_field(
    method: str, request_: Any, reply: type, field: str
) -> None:
    async with serving() as served:
        error = await refused(served, method, request_, reply)
        assert error.status is Status.INVALID_ARGUMENT
        assert (error.message or "").startswith(f"{field}: ")
        assert served.driver.of(Subscribe) == []
        assert served.hub.streams() == 0


# --- candles, funding -----------------------------------------------------------------------------------------


async def test_klines_are_the_running_candle_and_each_closed_one_once() -> None:
    async with serving() as served:
        request = v1.SubscribeKlinesRequest(["BTCUSDT", "BTCUSDT"], "1m")
        async with subscribed(served, "SubscribeKlines", request, v1.Candle) as stream:
            for each in (
                candle(60_000, 1),
                candle(60_000, 2),
                candle(60_000, 3, is_closed=True),
                candle(60_000, 3, is_closed=True),  # told again, as after a reconnect
                candle(60_000, 2),  # late
                candle(120_000, 4),
            ):
                served.hub.publish(each)
            got = await next_of(stream, 4)
            assert [(each.timestamp, each.close.value, each.is_closed) for each in got] == [
                (60_000, "1", False),
                (60_000, "2", False),
                (60_000, "3", True),
                (120_000, "4", False),
            ]
            async with subscribed(served, "SubscribeKlines", request, v1.Candle) as late:
                assert [each.timestamp for each in await next_of(late)] == [120_000]
        assert served.driver.of(Subscribe) == [Subscribe(Topic("kline", "BTCUSDT", "1m"))]


async def test_another_interval_is_another_topic() -> None:
    request = v1.SubscribeKlinesRequest(["BTCUSDT"], "5m")
    async with serving() as served, subscribed(served, "SubscribeKlines", request, v1.Candle) as stream:
        served.hub.publish(candle(60_000, 1))
        served.hub.publish(Candle("BTCUSDT", "5m", 0, *(Decimal(2),) * 5, is_closed=False))
        assert [each.close.value for each in await next_of(stream)] == ["2"]


async def test_funding_begins_with_the_present_rate() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetFundingRate] = FundingRate("BTCUSDT", Decimal("0.0001"), 1)
        request = v1.SubscribeFundingRateRequest("BTC-USDT-SWAP")
        async with subscribed(served, "SubscribeFundingRate", request, v1.FundingUpdate) as stream:
            served.hub.publish(FundingRate("BTCUSDT", Decimal("0.0002"), 2, next_funding_ms=9))
            first, second = await next_of(stream, 2)
            assert (first.exchange, first.rate.value) == ("sim", "0.0001")
            assert (second.rate.value, second.next_funding_time) == ("0.0002", 9)


# --- orders, account, positions -------------------------------------------------------------------------------


async def test_orders_come_from_the_moment_the_headers_came() -> None:
    async with serving() as served:
        served.hub.publish(update(0))
        async with subscribed(served, *ORDERS) as stream:
            for number in range(1, 501):
                served.hub.publish(update(number))
            got = await next_of(stream, 500)
            assert [each.order_id for each in got] == list(range(1, 501))
            assert {each.exchange for each in got} == {"sim"}
        assert served.driver.asked == []  # orders are published without a subscription upstream


async def test_what_happened_to_orders_while_no_process_ran_is_told_to_each_who_comes_soon() -> None:
    async with serving(found_at_start=[update(1), update(2)]) as served:
        for _ in range(2):
            async with subscribed(served, *ORDERS) as stream:
                assert [each.order_id for each in await next_of(stream, 2)] == [1, 2]
        served.hub.publish(update(3))  # nobody listens: those that did are on their way back
        async with subscribed(served, *ORDERS) as stream:
            served.hub.publish(update(4))
            assert [each.order_id for each in await next_of(stream, 4)] == [1, 2, 3, 4]


async def test_of_that_a_stream_is_told_as_much_as_may_wait_for_it_at_once() -> None:
    missed = [update(number) for number in range(1, 26)]
    async with serving(found_at_start=missed, backlog=2) as served, subscribed(served, *ORDERS) as stream:
        served.hub.publish(update(26))
        assert [each.order_id for each in await next_of(stream, 2 * MOST + 1)] == list(range(6, 27))


async def test_what_happens_while_the_headers_go_out_is_told_once() -> None:
    async with serving(found_at_start=[update(1)]) as served:
        told = asyncio.get_running_loop().create_future()
        register = served.hub.outbox

        def publish() -> None:
            served.hub.publish(update(2))
            told.set_result(None)

        @contextmanager
        def registered(*args: Any) -> Iterator[Any]:
            with register(*args) as outbox:
                asyncio.get_running_loop().call_soon(publish)
                yield outbox

        served.hub.outbox = registered  # type: ignore[method-assign,assignment]  # to publish right after it
        async with subscribed(served, *ORDERS) as stream:
            await told
            served.hub.publish(update(3))
            assert [each.order_id for each in await next_of(stream, 3)] == [1, 2, 3]


async def test_a_first_start_has_no_past_to_be_told() -> None:
    async with serving() as served:
        served.hub.publish(update(1))
        async with subscribed(served, *ORDERS) as stream:
            served.hub.publish(update(2))
            assert [each.order_id for each in await next_of(stream, 1)] == [2]


async def test_the_account_begins_with_its_present_state() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetAccount] = account(1)
        async with subscribed(served, *ACCOUNT) as stream:
            (first,) = await next_of(stream)
            served.hub.publish(account(2))
            served.hub.publish(account(2))
            got = [first, *await next_of(stream, 2)]
            assert [each.total_wallet_balance.value for each in got] == ["1", "2", "2"]


async def test_the_account_begins_with_what_others_were_told_lately_and_after_that_with_the_venues_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as served:
        served.hub.publish(account(2))
        served.driver.answers[commands.GetAccount] = account(1)
        async with subscribed(served, *ACCOUNT) as stream:
            assert [each.total_wallet_balance.value for each in await next_of(stream)] == ["2"]
        monkeypatch.setattr("service.hub.TOLD_LATELY", 0.0)
        async with subscribed(served, *ACCOUNT) as stream:
            assert [each.total_wallet_balance.value for each in await next_of(stream)] == ["1"]


async def test_an_account_change_during_the_question_counts_more_than_the_answer() -> None:
    async with serving() as served:

        def change_meanwhile(_: Any) -> Account:
            served.hub.publish(account(2))
            return account(1)

        served.driver.answers[commands.GetAccount] = change_meanwhile
        async with subscribed(served, *ACCOUNT) as stream:
            served.hub.publish(account(3))
            assert [each.total_wallet_balance.value for each in await next_of(stream, 2)] == ["2", "3"]


async def test_positions_begin_with_the_open_ones_and_a_closed_one_is_sent_with_size_0() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetPositions] = (
            Position("BTCUSDT", Decimal(1)),
            Position("ETHUSDT", Decimal(-2)),
        )
        request = v1.SubscribePositionsRequest()
        async with subscribed(served, "SubscribePositions", request, v1.Position) as stream:
            got = await next_of(stream, 2)
            served.hub.publish(Position("ETHUSDT", Decimal(0)))
            got += await next_of(stream)
            assert [(each.symbol, each.size.value) for each in got] == [
                ("BTCUSDT", "1"),
                ("ETHUSDT", "-2"),
                ("ETHUSDT", "0"),
            ]


def sizes(positions: list[Any]) -> list[tuple[str, str]]:
    return [(each.symbol, each.size.value) for each in positions]


async def test_positions_begin_with_what_others_were_told_where_the_venues_list_is_late() -> None:
    async with serving() as served:
        served.hub.publish(Position("BTCUSDT", Decimal(1)))
        served.hub.publish(Position("ETHUSDT", Decimal(5)))
        served.hub.publish(Position("ETHUSDT", Decimal(4)))
        served.hub.publish(Position("SOLUSDT", Decimal(0)))
        served.driver.answers[commands.GetPositions] = lambda asked: [
            Position(symbol, Decimal(late))
            for symbol, late in {"ETHUSDT": 5, "SOLUSDT": 7}.items()
            if asked.symbol in ("", symbol)
        ]
        async with subscribed(served, *POSITIONS) as stream:
            served.hub.publish(Position("SOLUSDT", Decimal(2)))
            assert sorted(sizes(await next_of(stream, 3))) == [("BTCUSDT", "1"), ("ETHUSDT", "4"), ("SOLUSDT", "2")]
        request = v1.SubscribePositionsRequest("ETHUSDT")
        async with subscribed(served, "SubscribePositions", request, v1.Position) as stream:
            served.hub.publish(Position("ETHUSDT", Decimal(3)))
            assert sizes(await next_of(stream, 2)) == [("ETHUSDT", "4"), ("ETHUSDT", "3")]


async def test_positions_begin_with_the_venues_answer_where_that_is_newer_or_what_was_told_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as served:
        served.hub.publish(Position("BTCUSDT", Decimal(1), update_ms=1))
        served.driver.answers[commands.GetPositions] = (Position("BTCUSDT", Decimal(5), update_ms=2),)
        async with subscribed(served, *POSITIONS) as stream:
            assert sizes(await next_of(stream)) == [("BTCUSDT", "5")]
        served.driver.answers[commands.GetPositions] = (Position("BTCUSDT", Decimal(5)),)
        monkeypatch.setattr("service.hub.TOLD_LATELY", 0.0)
        async with subscribed(served, *POSITIONS) as stream:
            assert sizes(await next_of(stream)) == [("BTCUSDT", "5")]


async def test_positions_begin_with_the_mark_price_of_now() -> None:
    async with serving() as served:
        served.hub.publish(Position("BTCUSDT", Decimal(1), Decimal(100), mark_price=Decimal(100)))
        served.driver.answers[commands.GetPositions] = (
            Position("BTCUSDT", Decimal(1), Decimal(100), mark_price=Decimal(130), unrealized_pnl=Decimal(30)),
        )
        async with subscribed(served, *POSITIONS) as stream:
            (first,) = await next_of(stream)
            assert (first.mark_price.value, first.unrealized_pnl.value) == ("130", "30")


async def test_positions_can_be_of_one_symbol() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetPositions] = ()
        request = v1.SubscribePositionsRequest("BTC-USDT-SWAP")
        async with subscribed(served, "SubscribePositions", request, v1.Position) as stream:
            served.hub.publish(Position("ETHUSDT", Decimal(1)))
            served.hub.publish(Position("BTCUSDT", Decimal(2)))
            assert [each.symbol for each in await next_of(stream)] == ["BTCUSDT"]
        assert served.driver.of(commands.GetPositions) == [commands.GetPositions("BTCUSDT")]


async def test_a_stream_whose_first_state_cannot_be_had_ends_with_the_reason() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetAccount] = errors.NotConnected("no connection")
        assert (await refused(served, *ACCOUNT)).status is Status.UNAVAILABLE
        assert served.hub.streams() == 0


# --- coming and going -----------------------------------------------------------------------------------------


async def _cancel(served: Served) -> None:
    async with subscribed(served, *prices("BTCUSDT")) as stream:
        await next_of(stream)


async def _deadline(served: Served) -> None:
    with pytest.raises((GRPCError, TimeoutError)):
        async with subscribed(served, *prices("BTCUSDT"), timeout=0.2) as stream:
            await next_of(stream, 2)


async def _lost(served: Served) -> None:
    async with connected(served.port) as client:
        stream = client.call("SubscribePrice", v1.SubscribePriceRequest(["BTCUSDT"]))
        await client.messages_until(stream, v1.PriceChange, 1)


@pytest.mark.parametrize("leave", [_cancel, _deadline, _lost])
async def test_the_last_subscribers_leaving_unsubscribes_upstream(leave: Callable[[Served], Any]) -> None:
    """Whether the client cancels, its deadline passes or its connection is lost."""
    driver = FakeDriver()
    driver.answers[commands.GetLatestPrice] = Decimal(1)
    async with serving(driver) as served:
        await leave(served)
        await driver.until(lambda: bool(driver.of(Unsubscribe)))
        assert driver.of(Unsubscribe) == [Unsubscribe(Topic("price", "BTCUSDT"))]
        assert served.hub.streams() == 0


async def _forever(_: Any) -> None:
    await anyio.sleep_forever()


async def _cancel_call(served: Served) -> None:
    with anyio.move_on_after(0.05):
        await served.stub.get_symbols(v1.GetSymbolsRequest())


async def _deadline_of_call(served: Served) -> None:
    with pytest.raises((GRPCError, TimeoutError)):
        await served.stub.get_symbols(v1.GetSymbolsRequest(), timeout=0.05)


async def _lost_call(served: Served) -> None:
    async with connected(served.port) as client:
        client.call("GetSymbols", v1.GetSymbolsRequest())
        await served.driver.until(lambda: bool(served.driver.asked))


@pytest.mark.parametrize("leave", [_cancel_call, _deadline_of_call, _lost_call])
async def test_a_call_that_nobody_waits_for_is_abandoned(leave: Callable[[Served], Any]) -> None:
    async with serving() as served:
        served.driver.answers[commands.GetSymbols] = _forever
        await leave(served)
        await served.driver.until(lambda: served.driver.cancelled == [commands.GetSymbols()])


async def test_an_error_is_held_back_so_that_clients_do_not_spin() -> None:
    async with serving(hold=0.3) as served:
        began = anyio.current_time()
        await refused(served, *prices("NOPE"))
        assert anyio.current_time() - began >= 0.3
        with pytest.raises(GRPCError):  # a unary call fails at once
            await served.stub.get_latest_price(v1.GetLatestPriceRequest(), timeout=0.2)


async def test_streams_end_with_unavailable_when_the_process_stops() -> None:
    async with serving(hold=60) as served:
        async with connected(served.port) as client:
            stream = client.call("SubscribeOrders", v1.SubscribeOrdersRequest())
            await client.until(ResponseReceived, stream)
            served.hub.publish(update(1))
            served.interceptor.close()
            served.hub.close(refusal(Status.UNAVAILABLE, "SHUTTING_DOWN", "bye"))
            assert await client.status(stream) == (Status.UNAVAILABLE.value, "bye")
            assert [each.order_id for each in client.messages(stream, v1.OrderUpdate)] == [1]  # pending is not lost
        await served.interceptor.wait_idle()
