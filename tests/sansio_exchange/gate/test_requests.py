"""What each command asks, with its costs, and what it makes of the answers."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Account, Balance, MarginMode, Position
from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    FetchExchangeInfo,
    GetAccount,
    GetBalance,
    GetFills,
    GetFundingRate,
    GetFundingRates,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    GetTickers,
    PlaceOrder,
    PlaceOrders,
    Start,
)
from sansio_exchange.errors import (
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    RequestRejected,
    UnexpectedReply,
    UnknownSymbol,
    VenueUnavailable,
)
from sansio_exchange.gate.requests import PAGE
from sansio_exchange.market import FundingRate
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.gate.payloads import (
    CONTRACTS,
    NOW_MS,
    account,
    contract,
    fill,
    gate,
    order,
    position,
    unified,
)
from tests.sansio_exchange.recipes import body, run

TIME = body({"server_time": NOW_MS})
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.002"), Decimal("37000.1"), client_order_id="mine1")
FUTURES = "/api/v4/futures/usdt"


def do(action: Action, *answers: Any) -> tuple[Any, list[Request]]:
    return run(gate().recipe(action), *answers)


def order_with(**changes: Any) -> NewOrder:
    return NewOrder(**{name: changes.get(name, getattr(BUY, name)) for name in NewOrder.__struct_fields__})


# --- placing ----------------------------------------------------------------------------------------------------


def test_an_order_is_placed_in_contracts_and_returned_as_it_was_accepted() -> None:
    placed, (asked,) = do(PlaceOrder(BUY), body(order()))
    assert asked == Request(
        "POST",
        f"{FUTURES}/orders",
        {"contract": "BTC_USDT", "size": "20", "price": "37000.1", "tif": "gtc", "text": "t-mine1"},
        Access.SIGNED,
        {"orders": 1},
        Priority.PLACE,
        "futures.order_place",
    )
    assert placed == Order(
        order_id=15675394,
        client_order_id="mine1",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.002"),
        status=OrderStatus.NEW,
        price=Decimal("37000.1"),
        time_in_force=TimeInForce.GTC,
        created_ms=1700000000123,
        update_ms=1700000000124,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"side": Side.SELL}, {"size": "-20"}),
        ({"time_in_force": TimeInForce.IOC}, {"tif": "ioc", "price": "37000.1"}),
        ({"time_in_force": TimeInForce.FOK}, {"tif": "fok"}),
        ({"time_in_force": TimeInForce.GTX}, {"tif": "poc"}),
        ({"post_only": True}, {"tif": "poc"}),
        ({"post_only": True, "time_in_force": TimeInForce.GTC}, {"tif": "poc"}),
        ({"type": OrderType.MARKET, "price": None}, {"tif": "ioc", "price": "0"}),
        ({"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.IOC}, {"tif": "ioc", "price": "0"}),
        ({"reduce_only": True}, {"reduce_only": True}),
        ({"price": Decimal("1E-7")}, {"price": "0.0000001"}),
        ({"quantity": Decimal("1E+2")}, {"size": "1000000"}),
        ({"client_order_id": "t-A.b_c-9"}, {"text": "t-t-A.b_c-9"}),
        ({"symbol": "ETHUSDT", "quantity": Decimal("0.05")}, {"contract": "ETH_USDT", "size": "5"}),
    ],
)
def test_what_a_trader_asks_for_is_what_goes_out(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    asked = order_with(**changes)
    reply = order(text=f"t-{asked.client_order_id}", contract=f"{asked.symbol[:3]}_USDT")
    placed, (sent,) = do(PlaceOrder(asked), body(reply))
    assert expected.items() <= sent.params.items()
    assert ("reduce_only" in sent.params) == asked.reduce_only
    assert placed.client_order_id == asked.client_order_id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "a" * 29}, "client_order_id"),
        ({"client_order_id": "with space"}, "client_order_id"),
        ({"client_order_id": "ünïcode"}, "client_order_id"),
        ({"client_order_id": "a/b"}, "client_order_id"),
        ({"price": None}, "price"),
        ({"quantity": Decimal("0.00015")}, "quantity"),
        ({"type": OrderType.OTHER}, "type"),
        ({"post_only": True, "time_in_force": TimeInForce.IOC}, "post_only"),
        ({"type": OrderType.MARKET, "price": None, "post_only": True}, "post_only"),
        ({"symbol": "GONEUSDT"}, "symbol"),
    ],
)
def test_what_cannot_be_said_is_refused_before_anything_is_sent(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest, match=f"^{field}: ") as refused:
        gate().recipe(PlaceOrder(order_with(**changes)))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("reply", "status", "executed"),
    [
        (order(status="finished", finish_as="filled", left="0", fill_price="37000"), OrderStatus.FILLED, "0.002"),
        (order(status="finished", finish_as="ioc", left="15", fill_price="37000"), OrderStatus.EXPIRED, "0.0005"),
        (order(status="finished", finish_as="poc"), OrderStatus.EXPIRED, "0"),
        (order(status="open", left="15", fill_price="37000"), OrderStatus.PARTIALLY_FILLED, "0.0005"),
        (order(status="finished", finish_as="filled", left=None), OrderStatus.FILLED, "0.002"),
        (order(status="finished", finish_as="ioc", left=None), OrderStatus.NEW, "0"),
    ],
)
def test_what_became_of_an_order_at_once_is_told(reply: Any, status: OrderStatus, executed: str) -> None:
    placed, _ = do(PlaceOrder(BUY), body({name: value for name, value in reply.items() if value is not None}))
    assert (placed.status, placed.executed_qty) == (status, Decimal(executed))


@pytest.mark.parametrize(
    "answer",
    [
        OutcomeUnknown("no answer in time"),
        b"",
        b"<html>",
        body([]),
        body({"id": 5}),
        body(order(text="t-another")),
        body(order(text="web")),
        body(order(contract="ETH_USDT")),
        body(order(size="0")),
        body(order(id=0)),
        body(order(status="ready")),
    ],
)
def test_an_answer_that_does_not_tell_leaves_the_outcome_open(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown) as unknown:
        do(PlaceOrder(BUY), answer)
    assert unknown.value.client_order_id == "mine1"


def test_a_refusal_is_a_refusal() -> None:
    with pytest.raises(InsufficientFunds):
        do(PlaceOrder(BUY), InsufficientFunds("no"))


def batch(number: int) -> tuple[NewOrder, ...]:
    return tuple(order_with(client_order_id=f"m{each}") for each in range(number))


def accepted(orders: tuple[NewOrder, ...]) -> list[dict[str, Any]]:
    return [
        {"succeeded": True, **order(id=100 + at, text=f"t-{each.client_order_id}")} for at, each in enumerate(orders)
    ]


def test_orders_go_in_batches_of_ten() -> None:
    orders = batch(12)
    rows = accepted(orders)
    outcomes, asked = do(PlaceOrders(orders), [body(rows[:10]), body(rows[10:])])
    assert [each.order_id for each in outcomes] == list(range(100, 112))
    assert [len(each.params["rows"]) for each in asked] == [10, 2]
    assert [each.costs for each in asked] == [{"orders": 10}, {"orders": 2}]
    assert {(each.path, each.ws_method) for each in asked} == {
        (f"{FUTURES}/batch_orders", "futures.order_batch_place"),
    }


def test_one_order_goes_alone() -> None:
    outcomes, (asked,) = do(PlaceOrders((BUY,)), body(order()))
    assert asked.path == f"{FUTURES}/orders"
    assert outcomes[0].order_id == 15675394
    (refused,), _ = do(PlaceOrders((BUY,)), InsufficientFunds("no"))
    assert isinstance(refused, InsufficientFunds)


def test_each_row_of_a_batch_has_its_own_outcome() -> None:
    orders = (*batch(6), order_with(client_order_id="not ours"))
    rows: list[Any] = accepted(orders[:6])
    rows[1] = {"succeeded": False, "label": "INSUFFICIENT_AVAILABLE", "detail": "no", "text": "t-m1"}
    rows[2] = {"succeeded": False, "label": "TOO_BUSY"}
    rows[3] = {"succeeded": False, "label": "SIZE_TOO_LARGE", "text": "t-other"}
    rows[4] = {"succeeded": True, "id": 5}
    outcomes, _ = do(PlaceOrders(orders), [body(rows[:5])])
    assert [type(each) for each in outcomes] == [
        Order,
        InsufficientFunds,
        *[OutcomeUnknown] * 4,
        InvalidRequest,
    ]
    assert [each.client_order_id for each in outcomes[2:6]] == ["m2", "m3", "m4", "m5"]


def test_a_batch_that_fails_marks_its_own_rows_and_places_nothing_again() -> None:
    orders = batch(12)
    outcomes, asked = do(PlaceOrders(orders), [OutcomeUnknown("lost"), body(accepted(orders)[10:])])
    assert [type(each) for each in outcomes] == [OutcomeUnknown] * 10 + [Order] * 2
    assert [each.client_order_id for each in outcomes] == [each.client_order_id for each in orders]
    assert len(asked) == 2
    outcomes, _ = do(PlaceOrders(batch(2)), [RequestRejected("INVALID_PARAM_VALUE")])
    assert [type(each) for each in outcomes] == [RequestRejected] * 2


# --- cancelling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (CancelOrder("BTCUSDT", 7), "7"),
        (CancelOrder("BTCUSDT", 0, "mine"), "t-mine"),
        (CancelOrder("BTCUSDT", 7, "x"), "7"),
    ],
)
def test_an_order_is_cancelled_by_either_id(action: CancelOrder, name: str) -> None:
    result, (asked,) = do(action, body(order(status="finished", finish_as="cancelled")))
    assert result is None
    assert (asked.method, asked.path, asked.params) == ("DELETE", f"{FUTURES}/orders/{{order_id}}", {"order_id": name})
    assert (asked.priority, asked.ws_method) == (Priority.CANCEL, "futures.order_cancel")


def test_a_cancel_that_was_not_answered_is_open() -> None:
    for answer in (OutcomeUnknown("lost"), b"<html>"):
        with pytest.raises(OutcomeUnknown) as unknown:
            do(CancelOrder("BTCUSDT", 0, "mine"), answer)
        assert unknown.value.client_order_id == "mine"
    with pytest.raises(OrderNotFound):
        do(CancelOrder("BTCUSDT", 7), OrderNotFound("no"))
    with pytest.raises(InvalidRequest, match="client_order_id"):
        gate().recipe(CancelOrder("BTCUSDT", 0, "not ours"))
    with pytest.raises(InvalidRequest, match="order_id"):
        gate().recipe(CancelOrder("BTCUSDT"))


def test_orders_are_cancelled_in_batches_of_twenty() -> None:
    ids = tuple(range(1, 23))
    first = [{"id": str(each), "succeeded": True, "message": ""} for each in ids[:20]]
    first[3] = {"id": "4", "succeeded": False, "message": "ORDER_NOT_FOUND"}
    first[4] = {"id": "5", "succeeded": False, "message": "INTERNAL"}
    first[5] = {"id": "6", "succeeded": False, "message": ""}
    second = [{"id": 22, "user_id": 5, "succeeded": True}]
    outcomes, asked = do(CancelOrders("BTCUSDT", ids), [body(first), body(second)])
    assert [len(each.params["rows"]) for each in asked] == [20, 2]
    failed = {at + 1: type(each) for at, each in enumerate(outcomes) if each is not None}
    assert failed == {4: OrderNotFound, 5: OutcomeUnknown, 6: OutcomeUnknown, 21: OutcomeUnknown}
    assert do(CancelOrders("BTCUSDT", ())) == ((), [])


def test_all_orders_are_cancelled_by_one_request() -> None:
    result, (asked,) = do(CancelAllOrders("BTCUSDT"), body([order()]))
    assert result is None
    assert (asked.method, asked.path, asked.params) == ("DELETE", f"{FUTURES}/orders", {"contract": "BTC_USDT"})
    assert asked.ws_method == "futures.order_cancel_cp"
    _, (every,) = do(CancelAllOrders(), body([]))
    assert (every.params, every.ws_method) == ({}, ""), "the socket wants a contract"
    with pytest.raises(OutcomeUnknown):
        do(CancelAllOrders(), b"<html>")


# --- orders and fills -------------------------------------------------------------------------------------------


def test_an_order_is_looked_up_by_either_id() -> None:
    found, (asked,) = do(GetOrder("BTCUSDT", 15675394), body(order(left=15, size=20, fill_price="37000")))
    assert (asked.method, asked.path, asked.params) == (
        "GET",
        f"{FUTURES}/orders/{{order_id}}",
        {"order_id": "15675394"},
    )
    assert (found.status, found.executed_qty, found.avg_price) == (
        OrderStatus.PARTIALLY_FILLED,
        Decimal("0.0005"),
        Decimal(37000),
    )
    _, (asked,) = do(GetOrder("BTCUSDT", 0, "mine1"), body(order()))
    assert asked.params == {"order_id": "t-mine1"}


def test_an_order_that_gate_has_forgotten_the_name_of_is_found_by_its_trades() -> None:
    gone = OrderNotFound("no such order")
    trades = [
        {"contract": "BTC_USDT", "order_id": "7", "size": "1", "price": "37000", "trade_id": "1", "text": "t-other"},
        {"contract": "BTC_USDT", "order_id": "8", "size": "1", "price": "37000", "trade_id": "2", "text": "t-mine1"},
    ]
    found, asked = do(GetOrder("BTCUSDT", 0, "mine1"), gone, TIME, body(trades), body(order()))
    assert found.order_id == 15675394
    assert asked[2].path == f"{FUTURES}/my_trades_timerange"
    assert (asked[2].params["from"], asked[2].params["to"]) == (NOW_MS // 1000 - 1_200, NOW_MS // 1000 + 60)
    assert asked[3].params == {"order_id": "8"}


def test_an_order_that_is_neither_found_nor_traded_is_not_there() -> None:
    gone = OrderNotFound("no such order")
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", 0, "mine1"), gone, TIME, body([]))
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", 7), gone)


@pytest.mark.parametrize("changes", [{"contract": "ETH_USDT"}, {"contract": "BTC_USD"}, {"size": "0", "left": "0"}])
def test_an_order_of_another_contract_is_not_the_one(changes: dict[str, Any]) -> None:
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", 15675394), body(order(**changes)))


def test_a_question_that_got_no_answer_may_be_asked_again() -> None:
    with pytest.raises(VenueUnavailable):
        do(GetOrder("BTCUSDT", 1), OutcomeUnknown("HTTP 502"))


def test_open_orders_are_read_page_by_page() -> None:
    rows = [order(id=1000 - each, text=f"t-a{each}") for each in range(PAGE + 3)]
    rows[2] = order(id=998, contract="BTC_USD")
    rows[3] = order(id=997, size="0", left="0")
    orders, asked = do(GetOpenOrders(), body(rows[:PAGE]), body(rows[PAGE:]))
    assert len(orders) == PAGE + 1
    assert [each.params for each in asked] == [
        {"status": "open", "limit": PAGE},
        {"status": "open", "limit": PAGE, "last_id": str(1000 - PAGE + 1)},
    ]
    _, again = do(GetOpenOrders("BTCUSDT"), body(rows[:PAGE]), body(rows[:PAGE]))
    assert again[0].params["contract"] == "BTC_USDT", "and a venue that repeats itself does not keep us"


def test_the_fills_of_an_order() -> None:
    fills, (asked,) = do(GetFills("BTCUSDT", 1699999999999, 15675394), body([fill(id=2), fill(id=1, create_time=5)]))
    assert (asked.path, asked.params) == (
        f"{FUTURES}/my_trades",
        {"contract": "BTC_USDT", "order": 15675394, "limit": PAGE, "offset": 0},
    )
    assert fills == (
        Fill(
            trade_id="2",
            order_id=15675394,
            symbol="BTCUSDT",
            side=Side.BUY,
            price=Decimal("37000.1"),
            quantity=Decimal("0.0005"),
            fee=Decimal("0.01"),
            fee_asset="USDT",
            realized_pnl=Decimal(0),
            time_ms=1700000001321,
        ),
    )


def test_the_fills_since_a_moment_oldest_first_page_by_page() -> None:
    rows = [fill(trade_id=str(1000 - each), id=0, create_time=1700001000 - each) for each in range(PAGE + 2)]
    moved = rows[PAGE - 1 :]
    fills, (_, *asked) = do(GetFills("BTCUSDT", 1700000000999), TIME, body(rows[:PAGE]), body(moved))
    span = {"contract": "BTC_USDT", "from": 1700000000, "to": NOW_MS // 1000 + 60}
    assert [each.params for each in asked] == [{**span, "limit": PAGE, "offset": offset} for offset in (0, PAGE)]
    assert {each.path for each in asked} == {f"{FUTURES}/my_trades_timerange"}
    assert [each.trade_id for each in fills] == [str(each) for each in range(1000 - PAGE - 1, 1001)]
    _, (latest,) = do(GetFills("BTCUSDT"), body([]))
    assert latest.path == f"{FUTURES}/my_trades"


# --- account ----------------------------------------------------------------------------------------------------


def test_a_classic_account() -> None:
    said, asked = do(GetAccount(), TIME, body([position()]), body(account()))
    assert [each.path for each in asked] == ["/api/v4/spot/time", f"{FUTURES}/positions", f"{FUTURES}/accounts"]
    assert said == Account(
        wallet_balance=Decimal("9707.80"),
        margin_balance=Decimal("13079.00"),
        available_balance=Decimal("9650.5"),
        maintenance_margin=Decimal("68.2"),
        adjusted_equity=Decimal("13079.00"),
        balances=(Balance("USDT", Decimal("9707.80"), Decimal("9650.5")),),
        positions=(
            Position(
                symbol="BTCUSDT",
                size=Decimal("-0.9440"),
                entry_price=Decimal("37795.5"),
                mark_price=Decimal("37803.2"),
                unrealized_pnl=Decimal("-7.26"),
                leverage=10,
                liquidation_price=Decimal(99999999),
                update_ms=1700000000000,
            ),
        ),
        update_ms=NOW_MS,
    )


def test_an_account_of_the_older_kind_has_one_available_balance() -> None:
    said, _ = do(GetAccount(), TIME, body([]), body(account(cross_available="", maintenance_margin="", user="6333333")))
    assert (said.available_balance, said.maintenance_margin) == (Decimal("9669.09"), 0)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (1, ("110", "5000", "4000", "205", MarginMode.UNIFIED)),
        (2, ("110", "5000", "4000", "205", MarginMode.PORTFOLIO)),
        (3, ("110", "115", "80", "2", MarginMode.UNIFIED)),
    ],
)
def test_a_unified_account(mode: int, expected: tuple[Any, ...]) -> None:
    said, asked = do(GetAccount(), TIME, body([]), body(account(margin_mode=mode)), body(unified()))
    assert asked[-1].path == "/api/v4/unified/accounts"
    wallet, margin, available, maintenance, kind = expected
    assert said.is_unified
    assert (said.wallet_balance, said.margin_balance, said.available_balance, said.maintenance_margin) == tuple(
        map(Decimal, (wallet, margin, available, maintenance))
    )
    assert said.margin_mode is kind
    assert said.balances == (
        Balance("ETH", Decimal(1015), Decimal(1)),
        Balance("USDT", Decimal(110), Decimal(90)),
    )


def test_a_balance_of_one_asset() -> None:
    assert do(GetBalance("usdt"), body(account()))[0] == Decimal("9707.80")
    assert do(GetBalance("ETH"), body(account()))[0] == 0
    assert do(GetBalance("ETH"), body(account(enable_credit=True)), body(unified()))[0] == 1015
    assert do(GetBalance("XRP"), body(account(margin_mode=2)), body(unified()))[0] == 0
    with pytest.raises(InvalidRequest, match="asset"):
        do(GetBalance("U/S"))


def test_positions() -> None:
    rows = [position(), position(contract="ETH_USDT", size=5), position(contract="BTC_USD"), position(size="0")]
    positions, (asked,) = do(GetPositions(), body(rows))
    assert asked.params == {"holding": "true", "limit": PAGE, "offset": 0}
    assert [(each.symbol, each.size) for each in positions] == [
        ("BTCUSDT", Decimal("-0.944")),
        ("ETHUSDT", Decimal("0.05")),
    ]
    assert [each.symbol for each in do(GetPositions("ETHUSDT"), body(rows))[0]] == ["ETHUSDT"]
    with pytest.raises(PermissionDenied, match="hedge mode"):
        do(GetPositions(), body([position(mode="dual_long")]))
    isolated, _ = do(GetPositions(), body([position(pos_margin_mode="isolated", lever="30")]))
    assert (isolated[0].margin_type, isolated[0].leverage, isolated[0].isolated_margin) == (
        "isolated",
        30,
        Decimal("4.43"),
    )


@pytest.mark.parametrize("changes", [{"in_dual_mode": True}, {"position_mode": "dual"}, {"position_mode": "dual_plus"}])
def test_hedge_mode_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(PermissionDenied, match="hedge mode"):
        run(gate().check(), body(account(**changes)))


def test_a_key_that_may_trade_is_told_that_there_is_no_such_order() -> None:
    venue = gate()
    for answer in (OrderNotFound("no"), RequestRejected("no"), body(order())):
        _, asked = run(venue.check(), body(account()), answer)
        assert [(each.method, each.path) for each in asked] == [
            ("GET", f"{FUTURES}/accounts"),
            ("DELETE", f"{FUTURES}/orders/{{order_id}}"),
        ]
        assert asked[1].params == {"order_id": "1"}
    assert not venue.is_unified_margin
    with pytest.raises(PermissionDenied):
        run(venue.check(), body(account(margin_mode=1)), PermissionDenied("read only"))
    assert not venue.is_unified_margin, "a refused key changes nothing"


# --- market -----------------------------------------------------------------------------------------------------


def test_the_latest_price() -> None:
    price, (asked,) = do(GetLatestPrice("BTCUSDT"), body([{"contract": "BTC_USDT", "last": "37000.5"}]))
    assert (price, asked.access, asked.params) == (Decimal("37000.5"), Access.PUBLIC, {"contract": "BTC_USDT"})
    for rows in ([], [{"contract": "BTC_USDT", "last": ""}], [{"contract": "ETH_USDT", "last": "5"}]):
        with pytest.raises(UnexpectedReply):
            do(GetLatestPrice("BTCUSDT"), body(rows))


def test_tickers() -> None:
    row = {"contract": "BTC_USDT", "last": "110", "change_percentage": "10", "total_size": "5000"}
    row |= {"volume_24h_base": "7", "volume_24h_quote": "700"}
    (ticker, other), _ = do(
        GetTickers(),
        [
            body([row, {**row, "contract": "BTC_USD"}, {**row, "contract": "ETH_USDT", "change_price": "-3"}]),
            TIME,
        ],
    )
    assert (ticker.price_change, ticker.price_change_percent, ticker.open_interest, ticker.time_ms) == (
        Decimal(10),
        Decimal(10),
        Decimal("0.5"),
        NOW_MS,
    )
    assert (ticker.volume, ticker.quote_volume, other.price_change) == (Decimal(7), Decimal(700), Decimal(-3))


def test_open_interest_is_the_newest_statistic_in_coins() -> None:
    rows = [{"time": 5, "open_interest": 7}, {"time": "9", "open_interest": "124724"}, {"time": 7, "open_interest": 1}]
    amount, (asked,) = do(GetOpenInterest("BTCUSDT"), body(rows))
    assert (amount, asked.path) == (Decimal("12.4724"), f"{FUTURES}/contract_stats")
    with pytest.raises(UnexpectedReply):
        do(GetOpenInterest("BTCUSDT"), body([]))


def test_candles_are_closed_that_had_ended_before_they_were_asked_for() -> None:
    open_s = NOW_MS // 1000 // 60 * 60
    row = {"o": "1", "h": "3", "l": "0.5", "c": "2", "v": "97151", "sum": "3580"}
    candles, asked = do(
        GetHistoricalKlines("BTCUSDT", "1m", 3),
        TIME,
        body([{**row, "t": open_s}, {**row, "t": open_s - 60}, {**row, "t": open_s - 120}]),
    )
    assert [(each.open_ms, each.is_closed) for each in candles] == [
        ((open_s - 120) * 1000, True),
        ((open_s - 60) * 1000, True),
        (open_s * 1000, False),
    ]
    assert candles[0].volume == Decimal("9.7151")
    assert [each.path for each in asked] == ["/api/v4/spot/time", f"{FUTURES}/candlesticks"]
    assert asked[1].params == {"contract": "BTC_USDT", "interval": "1m", "limit": 3}
    for wrong in (GetHistoricalKlines("BTCUSDT", "3m", 5), GetHistoricalKlines("BTCUSDT", "1m", 2_001)):
        with pytest.raises(InvalidRequest):
            gate().recipe(wrong)


def test_funding() -> None:
    expected = FundingRate(
        "BTCUSDT", Decimal("0.002053"), NOW_MS, Decimal("0.002053"), 1700006400000, Decimal("37985.6")
    )
    rate, asked = do(GetFundingRate("BTCUSDT"), [body(contract()), TIME])
    assert rate == expected
    assert asked[0].path == f"{FUTURES}/contracts/{{contract}}"
    rates, _ = do(GetFundingRates(), [CONTRACTS, TIME])
    assert [each.symbol for each in rates] == ["BTCUSDT", "ETHUSDT"]
    assert rates[0] == expected
    with pytest.raises(UnexpectedReply):
        do(GetFundingRate("ETHUSDT"), [body(contract()), TIME])


def test_settled_funding_oldest_first_page_by_page() -> None:
    rows = [{"t": 1700000000 - 28800 * each, "r": "0.0001"} for each in range(150)]
    rates, asked = do(GetHistoricalFundingRates("BTCUSDT", 150), body(rows[:100]), body(rows[100:]))
    assert len(rates) == 150
    assert rates[-1] == FundingRate("BTCUSDT", Decimal("0.0001"), 1700000000000)
    assert [each.params.get("to") for each in asked] == [None, rows[99]["t"] - 1]  # type: ignore[operator]  # a number
    for end in (body([]), RequestRejected("from time exceeds 180-day limit")):
        rates, _ = do(GetHistoricalFundingRates("BTCUSDT", 150), body(rows[:30]), end)
        assert len(rates) == 30
    with pytest.raises(RequestRejected):
        do(GetHistoricalFundingRates("BTCUSDT", 150), RequestRejected("no"))


# --- session ----------------------------------------------------------------------------------------------------


def test_the_clock() -> None:
    assert run(gate().server_time(), TIME)[0] == NOW_MS
    for wrong in (body({"server_time": 0}), body({"server_time": 10**17}), b"<html>"):
        with pytest.raises(UnexpectedReply):
            run(gate().server_time(), wrong)


def test_symbols_are_read_anew() -> None:
    venue = gate()
    run(venue.recipe(FetchExchangeInfo("ETHUSDT")), CONTRACTS)
    with pytest.raises(UnknownSymbol):
        run(venue.recipe(FetchExchangeInfo("OLDUSDT")), CONTRACTS)


def test_what_the_session_answers_is_not_asked_of_the_venue() -> None:
    with pytest.raises(TypeError, match="Start is answered by the session"):
        gate().recipe(Start())


ANSWERS: list[tuple[Action, int]] = [
    (GetOrder("BTCUSDT", 1), 1),
    (GetOpenOrders(), 1),
    (GetFills("BTCUSDT", 5), 1),
    (GetAccount(), 1),
    (GetPositions(), 1),
    (GetBalance("USDT"), 1),
    (GetLatestPrice("BTCUSDT"), 1),
    (GetOpenInterest("BTCUSDT"), 1),
    (GetHistoricalFundingRates("BTCUSDT", 5), 1),
    (FetchExchangeInfo(), 1),
]


@pytest.mark.parametrize("answer", [b"", b"<html>", b"5", b"null", b'"x"', b'[{"x":1}]', b"[" * 100_000])
@pytest.mark.parametrize(("action", "steps"), ANSWERS)
def test_nonsense_is_an_unexpected_reply(action: Action, steps: int, answer: bytes) -> None:
    with pytest.raises(ExchangeError):
        do(action, *[answer] * steps)
