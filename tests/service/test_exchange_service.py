"""Every unary method: what it asks of the core, and what it makes of the answer."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from sansio_exchange import commands, errors
from sansio_exchange.account import Account, Position
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from service.exchange_service import NAME, ExchangeService
from service.streams import Streams
from service.stubs.google.type import Decimal as Dec
from service.stubs.opensqt.market_maker import v1
from tests.service.serving import serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


def order(number: int = 1, client_order_id: str = "mine", **changes: Any) -> Order:
    return Order(
        order_id=number,
        client_order_id=client_order_id,
        symbol="BTCUSDT",
        side=Side.SELL,
        type=OrderType.LIMIT,
        quantity=Decimal("0.010"),
        status=OrderStatus.NEW,
        price=Decimal("100000.10"),
        **changes,
    )


def limit_order(**changes: Any) -> v1.PlaceOrderRequest:
    asked: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "side": v1.OrderSide.SELL,
        "type": v1.OrderType.LIMIT,
        "quantity": Dec(value="0.01"),
        "price": Dec(value="100000.1"),
    }
    return v1.PlaceOrderRequest(**(asked | changes))


FILL = Fill(
    trade_id="t1",
    order_id=1,
    symbol="BTCUSDT",
    side=Side.SELL,
    price=Decimal("100000.10"),
    quantity=Decimal("0.004"),
    fee=Decimal("0.0000001"),
    fee_asset="USDT",
    realized_pnl=Decimal("-1.5"),
    time_ms=1_700_000_000_123,
)
ACCOUNT = Account(
    wallet_balance=Decimal("1E+3"),
    margin_balance=Decimal(1010),
    available_balance=Decimal(900),
    maintenance_margin=Decimal("10.1"),
    positions=(Position("BTCUSDT", Decimal("-0.5")),),
)
FUNDING = FundingRate("BTCUSDT", Decimal("0.0001"), time_ms=5, predicted_rate=Decimal("1E-7"), next_funding_ms=8)
TICKER = Ticker(
    "BTCUSDT", Decimal(100), Decimal(1), Decimal("1.01"), volume=Decimal(5), quote_volume=Decimal(500), time_ms=7
)
CANDLE = Candle("BTCUSDT", "1m", 60_000, Decimal(1), Decimal(2), Decimal("0.5"), Decimal("1.5"), Decimal(9), True)

R = v1
SIMPLE: Sequence[tuple[str, Any, Any, Any, Any]] = [
    # method, request, what is asked, what the core answers, what the client gets
    ("cancel_order", R.CancelOrderRequest("BTCUSDT", 7), commands.CancelOrder("BTCUSDT", 7), None,
     R.CancelOrderResponse()),
    ("cancel_all_orders", R.CancelAllOrdersRequest("BTCUSDT"), commands.CancelAllOrders("BTCUSDT"), None,
     R.CancelAllOrdersResponse()),
    ("cancel_all_orders", R.CancelAllOrdersRequest(), commands.CancelAllOrders(""), None, R.CancelAllOrdersResponse()),
    ("get_positions", R.GetPositionsRequest("BTCUSDT"), commands.GetPositions("BTCUSDT"), (), R.GetPositionsResponse()),
    ("get_balance", R.GetBalanceRequest("usdt"), commands.GetBalance("USDT"), Decimal("1E-8"),
     R.GetBalanceResponse(Dec("0.00000001"))),
    ("get_latest_price", R.GetLatestPriceRequest("BTC-USDT-SWAP"), commands.GetLatestPrice("BTC-USDT-SWAP"),
     Decimal("1.10"), R.GetLatestPriceResponse(Dec("1.10"))),
    ("get_open_interest", R.GetOpenInterestRequest("BTCUSDT"), commands.GetOpenInterest("BTCUSDT"), Decimal(5),
     R.GetOpenInterestResponse(Dec("5"))),
    ("fetch_exchange_info", R.FetchExchangeInfoRequest(), commands.FetchExchangeInfo(""), None,
     R.FetchExchangeInfoResponse()),
    ("get_symbols", R.GetSymbolsRequest(), commands.GetSymbols(), ("BTCUSDT", "ETHUSDT"),
     R.GetSymbolsResponse(["BTCUSDT", "ETHUSDT"])),
    ("get_open_orders", R.GetOpenOrdersRequest(), commands.GetOpenOrders(""), (), R.GetOpenOrdersResponse()),
]  # fmt: skip


@pytest.mark.parametrize(("method", "request_", "asked", "answer", "expected"), SIMPLE)
async def test_a_method_asks_the_core_and_converts_its_answer(
    method: str, request_: Any, asked: Any, answer: Any, expected: Any
) -> None:
    async with serving() as served:
        served.driver.answers[type(asked)] = answer
        assert await getattr(served.stub, method)(request_) == expected
        assert served.driver.asked == [asked]


async def test_all_28_methods_of_the_contract_are_served_and_none_is_a_stub() -> None:
    async with serving() as served:
        methods = [path for path in served.listener._mapping if path.startswith(f"/{NAME}/")]
        assert len(methods) == 28
        for name, method in vars(v1.ExchangeServiceBase).items():
            if not name.startswith("_"):
                owner = Streams if name.startswith("subscribe_") else ExchangeService
                assert vars(owner)[name] is not method


async def test_name_and_type_are_told_without_asking_anybody() -> None:
    async with serving() as served:
        assert (await served.stub.get_name(v1.GetNameRequest())).name == "sim"
        said = await served.stub.get_type(v1.GetTypeRequest())
        assert said == v1.GetTypeResponse(type=v1.ExchangeType.FUTURES, is_unified_margin=False)
        assert served.driver.asked == []


async def test_place_order_passes_every_field_on() -> None:
    async with serving() as served:
        served.driver.answers[commands.PlaceOrder] = order(created_ms=1_700_000_000_000, update_ms=5)
        placed = await served.stub.place_order(
            limit_order(time_in_force=v1.TimeInForce.GTX, reduce_only=True, post_only=True, client_order_id="mine")
        )
        assert served.driver.asked == [
            commands.PlaceOrder(
                NewOrder(
                    symbol="BTCUSDT",
                    side=Side.SELL,
                    type=OrderType.LIMIT,
                    quantity=Decimal("0.01"),
                    price=Decimal("100000.1"),
                    time_in_force=TimeInForce.GTX,
                    reduce_only=True,
                    post_only=True,
                    client_order_id="mine",
                )
            )
        ]
        assert placed.order_id == 1
        assert placed.price == Dec("100000.10")
        assert placed.executed_qty == Dec("0")
        assert placed.status is v1.OrderStatus.NEW
        assert placed.created_at is not None
        assert placed.created_at.timestamp() == 1_700_000_000


async def test_an_order_that_is_looked_up_carries_its_fills() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetOrder] = order(fills=(FILL,))
        found = await served.stub.get_order(v1.GetOrderRequest(symbol="BTCUSDT", client_order_id="mine"))
        assert served.driver.asked == [commands.GetOrder("BTCUSDT", 0, "mine")]
        (trade,) = found.trades
        assert (trade.trade_id, trade.fee, trade.realized_pnl) == ("t1", Dec("0.0000001"), Dec("-1.5"))


async def test_account_positions_and_orders_are_converted() -> None:
    async with serving() as served:
        served.driver.answers |= {
            commands.GetAccount: ACCOUNT,
            commands.GetPositions: ACCOUNT.positions,
            commands.GetOpenOrders: (order(1), order(2)),
        }
        account = await served.stub.get_account(v1.GetAccountRequest())
        assert account.total_wallet_balance == Dec("1000")
        assert account.health_score == Dec("0.9900")
        assert account.margin_mode is v1.MarginMode.REGULAR
        (position,) = (await served.stub.get_positions(v1.GetPositionsRequest())).positions
        assert (position.symbol, position.size) == ("BTCUSDT", Dec("-0.5"))
        assert position == account.positions[0]
        found = await served.stub.get_open_orders(v1.GetOpenOrdersRequest("BTCUSDT"))
        assert [each.order_id for each in found.orders] == [1, 2]


async def test_market_data_is_converted() -> None:
    async with serving() as served:
        served.driver.answers |= {
            commands.GetTickers: (TICKER,),
            commands.GetHistoricalKlines: (CANDLE,),
            commands.GetFundingRate: FUNDING,
            commands.GetFundingRates: (FUNDING,),
            commands.GetHistoricalFundingRates: (FUNDING,),
        }
        stub = served.stub
        (ticker,) = (await stub.get_tickers(v1.GetTickersRequest())).tickers
        assert (ticker.price_change_percent, ticker.timestamp) == (Dec("1.01"), 7)
        (candle,) = (await stub.get_historical_klines(v1.GetHistoricalKlinesRequest("BTCUSDT", "1m", 10))).candles
        assert (candle.timestamp, candle.high, candle.is_closed) == (60_000, Dec("2"), True)
        rate = await stub.get_funding_rate(v1.GetFundingRateRequest("BTCUSDT"))
        assert (rate.exchange, rate.predicted_rate, rate.next_funding_time) == ("sim", Dec("0.0000001"), 8)
        assert (await stub.get_funding_rates(v1.GetFundingRatesRequest())).rates == [rate]
        past = await stub.get_historical_funding_rates(v1.GetHistoricalFundingRatesRequest("BTCUSDT", 3))
        assert past.rates == [rate]
        info = await stub.get_symbol_info(v1.GetSymbolInfoRequest("BTC-USDT-SWAP"))
        assert (info.symbol, info.tick_size, info.min_notional) == ("BTCUSDT", Dec("0.10"), Dec("100"))
        assert commands.GetHistoricalKlines("BTCUSDT", "1m", 10) in served.driver.asked
        assert commands.GetHistoricalFundingRates("BTCUSDT", 3) in served.driver.asked


REFUSED: Sequence[tuple[str, Any, str]] = [
    ("cancel_order", R.CancelOrderRequest("", 7), "symbol"),
    ("cancel_order", R.CancelOrderRequest("BTCUSDT"), "order_id"),
    ("cancel_order", R.CancelOrderRequest("BTCUSDT", -1), "order_id"),
    ("cancel_order", R.CancelOrderRequest("BTCUSDT", 1, use_margin=True), "use_margin"),
    ("batch_cancel_orders", R.BatchCancelOrdersRequest("BTCUSDT"), "order_ids"),
    ("batch_cancel_orders", R.BatchCancelOrdersRequest("BTCUSDT", list(range(1, 502))), "order_ids"),
    ("batch_cancel_orders", R.BatchCancelOrdersRequest("", [1]), "symbol"),
    ("batch_cancel_orders", R.BatchCancelOrdersRequest("BTCUSDT", [1], use_margin=True), "use_margin"),
    ("batch_place_orders", R.BatchPlaceOrdersRequest(), "orders"),
    ("batch_place_orders", R.BatchPlaceOrdersRequest([R.PlaceOrderRequest()] * 501), "orders"),
    ("cancel_all_orders", R.CancelAllOrdersRequest(use_margin=True), "use_margin"),
    ("get_order", R.GetOrderRequest("BTCUSDT"), "order_id"),
    ("get_order", R.GetOrderRequest("BTCUSDT", 1, "a"), "order_id"),
    ("get_order", R.GetOrderRequest("BTCUSDT", 0, "a" * 65), "client_order_id"),
    ("get_order", R.GetOrderRequest("", 1), "symbol"),
    ("get_order", R.GetOrderRequest("BTCUSDT", 1, use_margin=True), "use_margin"),
    ("get_open_orders", R.GetOpenOrdersRequest(use_margin=True), "use_margin"),
    ("get_balance", R.GetBalanceRequest(), "asset"),
    ("get_latest_price", R.GetLatestPriceRequest(), "symbol"),
    ("get_latest_price", R.GetLatestPriceRequest("X" * 65), "symbol"),
    ("get_open_interest", R.GetOpenInterestRequest(), "symbol"),
    ("get_symbol_info", R.GetSymbolInfoRequest(), "symbol"),
    ("get_funding_rate", R.GetFundingRateRequest(), "symbol"),
    ("get_historical_klines", R.GetHistoricalKlinesRequest("BTCUSDT", "1m", 0), "limit"),
    ("get_historical_klines", R.GetHistoricalKlinesRequest("BTCUSDT", "1m", -5), "limit"),
    ("get_historical_klines", R.GetHistoricalKlinesRequest("BTCUSDT", "1m", 1501), "limit"),
    ("get_historical_klines", R.GetHistoricalKlinesRequest("BTCUSDT", "7m", 5), "interval"),
    ("get_historical_funding_rates", R.GetHistoricalFundingRatesRequest("BTCUSDT", 1001), "limit"),
    ("place_order", limit_order(quantity=Dec("NaN")), "quantity"),
]


@pytest.mark.parametrize(("method", "request_", "field"), REFUSED)
async def test_a_field_that_breaks_a_rule_is_named_and_nothing_is_asked(method: str, request_: Any, field: str) -> None:
    async with serving() as served:
        with pytest.raises(GRPCError) as caught:
            await getattr(served.stub, method)(request_)
        assert caught.value.status is Status.INVALID_ARGUMENT
        assert (caught.value.message or "").startswith(f"{field}: ")
        details = caught.value.details
        (violation,) = next(each for each in details if isinstance(each, BadRequest)).field_violations
        assert violation.field == field
        info = next(each for each in details if isinstance(each, ErrorInfo))
        assert (info.reason, info.domain, info.metadata["field"]) == ("INVALID_REQUEST", "exchange-connector", field)
        assert served.driver.asked == []


async def test_a_batch_answers_for_each_order() -> None:
    """Batch resilience: one failure neither aborts nor hides the others, and errors keep the request's index."""
    orders = [
        limit_order(client_order_id="a"),
        limit_order(quantity=Dec("-1"), client_order_id="b"),
        limit_order(client_order_id="c"),
        limit_order(client_order_id="a"),
        limit_order(),
        limit_order(client_order_id="f"),
    ]
    outcomes = [
        order(1, "a"),
        errors.InsufficientFunds("margin does not suffice", code="-2019"),
        errors.OutcomeUnknown("no reply", client_order_id="made-up"),
        order(6, "f"),
    ]
    async with serving() as served:
        served.driver.answers[commands.PlaceOrders] = tuple(outcomes)
        said = await served.stub.batch_place_orders(v1.BatchPlaceOrdersRequest(orders))
        (asked,) = served.driver.of(commands.PlaceOrders)
    assert [each.client_order_id for each in asked.orders] == ["a", "c", "", "f"]
    assert [each.order_id for each in said.orders] == [1, 6]
    assert said.all_success is False
    assert [(each.index, each.client_order_id, each.code) for each in said.errors] == [
        (1, "b", Status.INVALID_ARGUMENT.value),
        (2, "c", Status.RESOURCE_EXHAUSTED.value),
        (3, "a", Status.INVALID_ARGUMENT.value),
        (4, "made-up", Status.DEADLINE_EXCEEDED.value),
    ]
    assert said.errors[0].error_message == "quantity: must be above 0, got -1"
    assert said.errors[2].error_message == "client_order_id: 'a' is used twice in this batch"
    assert said.errors[3].error_message.startswith("outcome unknown")


async def test_all_success_says_that_there_is_no_error() -> None:
    async with serving() as served:
        served.driver.answers[commands.PlaceOrders] = (order(1), order(2))
        said = await served.stub.batch_place_orders(v1.BatchPlaceOrdersRequest([limit_order(), limit_order()]))
        assert said.all_success is True
        assert said.errors == []
        assert [each.order_id for each in said.orders] == [1, 2]


async def test_a_batch_without_a_valid_order_asks_nothing() -> None:
    async with serving() as served:
        said = await served.stub.batch_place_orders(v1.BatchPlaceOrdersRequest([limit_order(symbol="")]))
        assert served.driver.asked == []
        assert [each.index for each in said.errors] == [0]
        assert said.all_success is False


async def test_a_batch_that_never_left_fails_as_a_whole() -> None:
    async with serving() as served:
        served.driver.answers[commands.PlaceOrders] = errors.NotConnected("no connection")
        with pytest.raises(GRPCError) as caught:
            await served.stub.batch_place_orders(v1.BatchPlaceOrdersRequest([limit_order()]))
        assert caught.value.status is Status.UNAVAILABLE


async def test_batch_cancel_tells_only_of_what_failed() -> None:
    async with serving() as served:
        served.driver.answers[commands.CancelOrders] = (None, errors.OrderNotFound("no such order"), None)
        said = await served.stub.batch_cancel_orders(v1.BatchCancelOrdersRequest("BTCUSDT", [5, -6, 7, 8]))
        assert served.driver.asked == [commands.CancelOrders("BTCUSDT", (5, 7, 8))]
        assert [(each.index, each.code) for each in said.errors] == [
            (1, Status.INVALID_ARGUMENT.value),
            (2, Status.NOT_FOUND.value),
        ]


async def test_the_clients_deadline_goes_to_the_core() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetSymbols] = ()
        await served.stub.get_symbols(v1.GetSymbolsRequest(), timeout=3)
        await served.stub.get_symbols(v1.GetSymbolsRequest(), timeout=3600)
        await served.stub.get_symbols(v1.GetSymbolsRequest(), metadata={"x-client-id": "maker-1"})
        timed, capped, default = served.driver.timeouts
        assert 2 < timed <= 3
        assert capped == 60
        assert default == 10
        assert served.driver.clients[2] == "maker-1"
        assert served.driver.clients[0].startswith("127.0.0.1:")
