"""What each command asks, with its costs, and what it makes of the answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Account, MarginMode
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
    DuplicateClientOrderId,
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    RequestRejected,
    UnexpectedReply,
    UnknownSymbol,
    VenueUnavailable,
)
from sansio_exchange.okx.requests import BATCH_ROWS, CANDLES_PAGE, FILLS_KEPT_MS, PAGE
from sansio_exchange.okx.symbols import read_instruments
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.okx.payloads import (
    CONFIG,
    INSTRUMENTS,
    MARK,
    RATE,
    ack,
    balance,
    fill,
    okx,
    order,
    position,
    reply,
    ticker,
)
from tests.sansio_exchange.recipes import run

NOW = 1_708_600_000_000
TIME = reply({"ts": str(NOW)})
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal("51858.1"), client_order_id="mine1")


def do(action: Action, *answers: Any) -> tuple[Any, list[Request]]:
    return run(okx().recipe(action), *answers)


def order_with(**changes: Any) -> NewOrder:
    return NewOrder(**{name: changes.get(name, getattr(BUY, name)) for name in NewOrder.__struct_fields__})


# --- placing ----------------------------------------------------------------------------------------------------


def test_an_order_is_placed_in_contracts_and_returned_as_it_was_accepted() -> None:
    placed, (asked,) = do(PlaceOrder(BUY), reply(ack()))
    assert asked == Request(
        "POST",
        "/api/v5/trade/order",
        {
            "instId": "BTC-USDT-SWAP",
            "tdMode": "cross",
            "clOrdId": "mine1",
            "side": "buy",
            "posSide": "net",
            "ordType": "limit",
            "sz": "20",
            "px": "51858.1",
        },
        Access.SIGNED,
        {"place BTC-USDT-SWAP": 1, "new_orders": 1},
        Priority.PLACE,
        "order",
    )
    assert placed == Order(
        order_id=312269865356374016,
        client_order_id="mine1",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.2"),
        status=OrderStatus.NEW,
        price=Decimal("51858.1"),
        time_in_force=TimeInForce.GTC,
        created_ms=1695190491421,
        update_ms=1695190491421,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"time_in_force": TimeInForce.GTC}, {"ordType": "limit", "px": "51858.1"}),
        ({"time_in_force": TimeInForce.IOC}, {"ordType": "ioc", "px": "51858.1"}),
        ({"time_in_force": TimeInForce.FOK}, {"ordType": "fok", "px": "51858.1"}),
        ({"time_in_force": TimeInForce.GTX}, {"ordType": "post_only", "px": "51858.1"}),
        ({"post_only": True}, {"ordType": "post_only", "px": "51858.1"}),
        ({"post_only": True, "time_in_force": TimeInForce.GTC}, {"ordType": "post_only"}),
        ({"type": OrderType.MARKET, "price": None}, {"ordType": "market"}),
        ({"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.IOC}, {"ordType": "market"}),
        ({"reduce_only": True}, {"reduceOnly": True}),
        ({"side": Side.SELL}, {"side": "sell"}),
        ({"price": Decimal("1E-7")}, {"px": "0.0000001"}),
        ({"quantity": Decimal("1E+2")}, {"sz": "10000"}),
    ],
)
def test_what_a_trader_asks_for_is_what_goes_out(changes: dict[str, Any], expected: Mapping[str, Any]) -> None:
    _, (asked,) = do(PlaceOrder(order_with(**changes)), reply(ack()))
    assert expected.items() <= asked.params.items()
    assert ("px" in asked.params) == (changes.get("type") is not OrderType.MARKET)
    assert ("reduceOnly" in asked.params) == changes.get("reduce_only", False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_order_id": "with-hyphen"}, "client_order_id"),
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "a" * 33}, "client_order_id"),
        ({"client_order_id": "ünïcode"}, "client_order_id"),
        ({"price": None}, "price"),
        ({"type": OrderType.OTHER}, "type"),
        ({"type": OrderType.MARKET, "price": None, "post_only": True}, "post_only"),
        ({"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.GTX}, "post_only"),
        ({"post_only": True, "time_in_force": TimeInForce.IOC}, "post_only"),
        ({"quantity": Decimal("0.0123456789012")}, "quantity"),
        ({"symbol": "NEWUSDT"}, "symbol"),
    ],
)
def test_what_okx_cannot_be_asked_names_the_field_and_sends_nothing(changes: dict[str, Any], field: str) -> None:
    venue = okx()
    with pytest.raises(InvalidRequest) as refused:
        venue.recipe(PlaceOrder(order_with(**changes)))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "answer",
    [
        OutcomeUnknown("no reply in time"),
        UnexpectedReply("reply: not JSON"),
        b"{",
        reply(),
        reply(ack(ordId="")),
        reply(ack(ordId="92233720368547758080")),
        reply(ack(ordId="f00")),
        reply(ack(ordId="-1")),
        reply(ack(ordId="0")),
        reply(ack(sCode="", ordId="")),
        reply(ack(clOrdId="another", ordId="1"), ack(clOrdId="one", ordId="2")),
        reply(ack(clOrdId="another", ordId="1")),
        reply(ack(sCode="51149")),
    ],
    ids=str,
)
def test_an_ambiguous_reply_to_a_placement_leaves_its_outcome_unknown(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        do(PlaceOrder(BUY), answer)
    assert raised.value.client_order_id == "mine1"


@pytest.mark.parametrize(
    "answer", [InsufficientFunds("no"), RateLimited("slower"), RequestRejected("?"), reply(ack(sCode="51008"))]
)
def test_a_certain_refusal_stays_one(answer: Any) -> None:
    with pytest.raises(ExchangeError) as raised:
        do(PlaceOrder(BUY), answer)
    assert not isinstance(raised.value, OutcomeUnknown)


def test_orders_go_in_batches_and_each_row_has_its_outcome() -> None:
    orders = tuple(order_with(client_order_id=f"mine{n}") for n in range(BATCH_ROWS + 2))
    rows = [ack(clOrdId=f"mine{n}", ordId=str(100 + n)) for n in range(BATCH_ROWS + 2)]
    rows[1] = ack(clOrdId="mine1", ordId="", sCode="51008", sMsg="no money")
    rows[2] = ack(clOrdId="mine2", ordId="", sCode="51149", sMsg="timed out")
    outcomes, asked = do(
        PlaceOrders(orders), [reply(*rows[:BATCH_ROWS], code="2"), reply(*rows[BATCH_ROWS:], code="0")]
    )
    assert [request.path for request in asked] == ["/api/v5/trade/batch-orders"] * 2
    assert [request.ws_method for request in asked] == ["batch-orders"] * 2
    assert asked[0].costs == {"place_batch BTC-USDT-SWAP": BATCH_ROWS, "new_orders": BATCH_ROWS}
    assert asked[1].costs == {"place_batch BTC-USDT-SWAP": 2, "new_orders": 2}
    assert [type(each) for each in outcomes[:4]] == [Order, InsufficientFunds, OutcomeUnknown, Order]
    assert outcomes[2].client_order_id == "mine2"
    assert [each.order_id for each in outcomes[3:]] == list(range(103, 122))


def test_rows_are_found_by_their_ids_where_the_reply_is_short_or_in_another_order() -> None:
    orders = tuple(order_with(client_order_id=f"mine{n}") for n in range(3))
    swapped = reply(*(ack(clOrdId=f"mine{n}", ordId=str(100 + n)) for n in (2, 0, 1)))
    outcomes, _ = do(PlaceOrders(orders), [swapped])
    assert [each.order_id for each in outcomes] == [100, 101, 102]
    short = reply(*(ack(clOrdId=f"mine{n}", ordId=str(100 + n)) for n in (2, 0)), code="2")
    outcomes, _ = do(PlaceOrders(orders), [short])
    assert [type(each) for each in outcomes] == [Order, OutcomeUnknown, Order]
    assert outcomes[1].client_order_id == "mine1"


def test_a_row_that_breaks_a_rule_is_not_sent_and_fails_alone() -> None:
    orders = (BUY, order_with(client_order_id="no good"), order_with(symbol="NEWUSDT"))
    outcomes, (asked,) = do(PlaceOrders(orders), reply(ack()))
    assert asked.path == "/api/v5/trade/order", "one row alone goes as one"
    assert [type(each) for each in outcomes] == [Order, InvalidRequest, UnknownSymbol]


def test_a_failed_batch_marks_its_own_rows() -> None:
    orders = tuple(order_with(client_order_id=f"mine{n}") for n in range(BATCH_ROWS + 2))
    accepted = reply(*(ack(clOrdId=f"mine{n}", ordId=str(n + 1)) for n in range(BATCH_ROWS)))
    for failure, kind in (
        (OutcomeUnknown("lost"), OutcomeUnknown),
        (b"{", OutcomeUnknown),
        (RateLimited("no"), RateLimited),
    ):
        outcomes, _ = do(PlaceOrders(orders), [accepted, failure])
        assert [type(each) for each in outcomes] == [Order] * BATCH_ROWS + [kind] * 2
    assert outcomes[-1] is not None


def test_a_single_order_of_a_batch_that_is_refused_fails_alone() -> None:
    outcomes, _ = do(PlaceOrders((BUY,)), DuplicateClientOrderId("used"))
    assert [type(each) for each in outcomes] == [DuplicateClientOrderId]
    assert do(PlaceOrders(()))[0] == ()


# --- cancelling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "which"),
    [
        (CancelOrder("BTCUSDT", order_id=7), {"ordId": "7"}),
        (CancelOrder("BTCUSDT", client_order_id="mine1"), {"clOrdId": "mine1"}),
        (CancelOrder("BTCUSDT", order_id=7, client_order_id="mine1"), {"ordId": "7"}),
    ],
)
def test_an_order_is_cancelled_by_either_id(action: CancelOrder, which: dict[str, str]) -> None:
    result, (asked,) = do(action, reply(ack(ordId="7")))
    assert result is None
    assert asked == Request(
        "POST",
        "/api/v5/trade/cancel-order",
        {"instId": "BTC-USDT-SWAP", **which},
        Access.SIGNED,
        {"cancel BTC-USDT-SWAP": 1},
        Priority.CANCEL,
        "cancel-order",
    )


def test_a_cancel_without_an_id_or_with_a_bad_one_is_refused() -> None:
    for action, field in (
        (CancelOrder("BTCUSDT"), "order_id"),
        (CancelOrder("BTCUSDT", client_order_id="a-b"), "client_order_id"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            okx().recipe(action)
        assert refused.value.field == field


def test_a_cancel_says_what_happened() -> None:
    with pytest.raises(OrderNotFound):
        do(CancelOrder("BTCUSDT", order_id=7), OrderNotFound("gone"))
    with pytest.raises(OutcomeUnknown) as raised:
        do(CancelOrder("BTCUSDT", client_order_id="mine1"), reply())
    assert raised.value.client_order_id == "mine1"


def test_cancels_go_in_batches_with_an_outcome_each() -> None:
    ids = tuple(range(1, BATCH_ROWS + 3))
    first = reply(
        *(ack(clOrdId="", ordId=str(n), sCode="51400" if n == 2 else "0") for n in ids[:BATCH_ROWS]), code="2"
    )
    outcomes, asked = do(CancelOrders("BTCUSDT", ids), [first, OutcomeUnknown("lost")])
    assert asked[0].path == "/api/v5/trade/cancel-batch-orders"
    assert asked[0].costs == {"cancel_batch BTC-USDT-SWAP": BATCH_ROWS}
    assert asked[0].priority is Priority.CANCEL
    assert [type(each) for each in outcomes[:3]] == [type(None), OrderNotFound, type(None)]
    assert [type(each) for each in outcomes[-2:]] == [OutcomeUnknown] * 2
    assert do(CancelOrders("BTCUSDT", ()))[0] == ()


def test_all_orders_are_listed_and_cancelled_and_what_is_gone_is_no_failure() -> None:
    listed = reply(order(ordId="1"), order(ordId="2", instId="ETH-USDT-SWAP"), order(ordId="3", instId="BTC-USDT"))
    done = reply(ack(clOrdId="", ordId="1"), ack(clOrdId="", ordId="2", sCode="51400"), code="2")
    result, asked = do(CancelAllOrders(), listed, [done])
    assert result is None
    assert asked[0].params == {"instType": "SWAP", "limit": PAGE}
    assert asked[1].params["rows"] == (
        {"instId": "BTC-USDT-SWAP", "ordId": "1"},
        {"instId": "ETH-USDT-SWAP", "ordId": "2"},
    )
    assert asked[1].costs == {"cancel_batch BTC-USDT-SWAP": 1, "cancel_batch ETH-USDT-SWAP": 1}


def test_cancelling_nothing_asks_no_more_and_a_failure_is_raised() -> None:
    result, asked = do(CancelAllOrders("BTCUSDT"), reply())
    assert (result, len(asked)) == (None, 1)
    assert asked[0].params["instId"] == "BTC-USDT-SWAP"
    refused = reply(ack(clOrdId="", ordId="680800019749904384", sCode="51410"), ack(), code="2")
    with pytest.raises(OrderRejected):
        do(CancelAllOrders("BTCUSDT"), reply(order()), [refused])
    with pytest.raises(OutcomeUnknown):
        do(CancelAllOrders("BTCUSDT"), reply(order()), [OutcomeUnknown("lost")])


# --- looking up -------------------------------------------------------------------------------------------------


def test_an_order_is_looked_up() -> None:
    found, (asked,) = do(GetOrder("BTCUSDT", client_order_id="mine1"), reply(order()))
    assert asked == Request(
        "GET",
        "/api/v5/trade/order",
        {"instId": "BTC-USDT-SWAP", "clOrdId": "mine1"},
        Access.SIGNED,
        {"order BTC-USDT-SWAP": 1},
    )
    assert (found.order_id, found.quantity) == (680800019749904384, Decimal("0.20"))
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", order_id=1), OrderNotFound("51603"))


def test_an_order_with_too_long_an_id_is_said_to_be_unreadable() -> None:
    for ord_id in ("92233720368547758080", "b0f3"):
        with pytest.raises(UnexpectedReply, match="order"):
            do(GetOrder("BTCUSDT", order_id=1), reply(order(ordId=ord_id)))


def test_a_question_without_an_answer_may_be_asked_again() -> None:
    with pytest.raises(VenueUnavailable):
        do(GetOrder("BTCUSDT", order_id=1), OutcomeUnknown("50001"))


def test_open_orders_come_page_by_page() -> None:
    first = reply(*(order(ordId=str(1000 - n)) for n in range(PAGE)))
    second = reply(order(ordId="901"), order(ordId="5"))
    orders, asked = do(GetOpenOrders("BTCUSDT"), first, second)
    assert [request.params.get("after") for request in asked] == [None, "901"]
    assert len(orders) == PAGE + 1, "the order that is on both pages is told once"
    assert asked[0].costs == {"orders_pending": 1}


def test_pages_that_go_in_circles_end() -> None:
    rounds = [reply(*(order(ordId=str(start - n)) for n in range(PAGE))) for start in (1000, 900, 1000)]
    orders, asked = do(GetOpenOrders(), *rounds)
    assert (len(orders), len(asked)) == (2 * PAGE, 3)
    bills = [reply(*(fill(billId=str(start - n), tradeId=str(start - n)) for n in range(PAGE))) for start in (9, 5, 9)]
    _, asked = do(GetFills("BTCUSDT"), *bills)
    assert len(asked) == 3


def test_an_order_of_hedge_mode_is_refused() -> None:
    for action in (GetOpenOrders(), GetOrder("BTCUSDT", order_id=1)):
        with pytest.raises(PermissionDenied, match="net mode"):
            do(action, reply(order(posSide="long")))


# --- fills ------------------------------------------------------------------------------------------------------


def test_recent_fills_come_page_by_page_oldest_first_and_once() -> None:
    since = NOW - 1_000_000
    rows = [fill(tradeId=str(500 - n), billId=str(500 - n), fillTime=str(NOW - n)) for n in range(PAGE + 2)]
    fills, asked = do(
        GetFills("BTCUSDT", since_ms=since), TIME, reply(*rows[:PAGE]), reply(rows[PAGE - 1], *rows[PAGE:])
    )
    assert [request.path for request in asked] == ["/api/v5/public/time", *["/api/v5/trade/fills"] * 2]
    assert asked[1].params == {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "begin": since, "limit": PAGE}
    assert asked[2].params["after"] == "401"
    assert asked[1].costs == {"fills": 1}
    assert [each.trade_id for each in fills] == [str(n) for n in range(399, 501)]


def test_old_fills_are_in_another_list() -> None:
    _, asked = do(GetFills("BTCUSDT", since_ms=NOW - FILLS_KEPT_MS), TIME, reply())
    assert asked[1].path == "/api/v5/trade/fills-history"
    assert asked[1].costs == {"fills_history": 1}


def test_a_fill_from_before_is_not_told_and_another_instruments_neither() -> None:
    rows = [fill(fillTime=str(NOW)), fill(tradeId="9", fillTime=str(NOW - 9)), fill(tradeId="8", instId="BTC-USDT")]
    fills, _ = do(GetFills("BTCUSDT", since_ms=NOW - 5), TIME, reply(*rows))
    assert [each.trade_id for each in fills] == ["744876980"]


def test_a_block_trade_has_no_order_and_is_none_of_ours() -> None:
    fills, _ = do(GetFills("BTCUSDT"), reply(fill(), fill(ordId="", tradeId="9")))
    assert [each.trade_id for each in fills] == ["744876980"]


def test_the_fills_of_an_order_are_looked_for_in_both_lists() -> None:
    fills, asked = do(GetFills("BTCUSDT", order_id=7), reply(), reply(fill(ordId="7")))
    assert [request.path for request in asked] == ["/api/v5/trade/fills", "/api/v5/trade/fills-history"]
    assert asked[0].params["ordId"] == "7"
    assert fills == (
        Fill(
            trade_id="744876980",
            order_id=7,
            symbol="BTCUSDT",
            side=Side.SELL,
            price=Decimal(51858),
            quantity=Decimal("0.03"),
            fee=Decimal("0.0777870"),
            fee_asset="USDT",
            realized_pnl=Decimal("1.5"),
            time_ms=1708587373361,
        ),
    )


def test_a_rebate_is_a_negative_fee() -> None:
    (rebated,), _ = do(GetFills("BTCUSDT"), reply(fill(fee="0.02", execType="M")))
    assert (rebated.fee, rebated.is_maker) == (Decimal("-0.02"), True)


# --- account ----------------------------------------------------------------------------------------------------


def test_the_account_with_its_positions() -> None:
    account, asked = do(GetAccount(), [reply(balance()), reply(position(), position(instId="BTC-USD-SWAP"))])
    assert [(request.path, request.costs) for request in asked] == [
        ("/api/v5/account/balance", {"balance": 1}),
        ("/api/v5/account/positions", {"positions": 1}),
    ]
    assert isinstance(account, Account)
    assert (account.wallet_balance, account.margin_balance) == (Decimal("1000.5"), Decimal(1003))
    assert (account.available_balance, account.maintenance_margin) == (Decimal(977), Decimal("7.5"))
    assert (account.is_unified, account.margin_mode) == (True, MarginMode.UNIFIED)
    assert [position.size for position in account.positions] == [Decimal("-0.03")]
    assert account.update_ms == 1705474164160


def test_positions_of_one_symbol() -> None:
    (found,), (asked,) = do(GetPositions("BTCUSDT"), reply(position(), position(pos="0")))
    assert asked.params == {"instType": "SWAP", "instId": "BTC-USDT-SWAP"}
    assert (found.size, found.leverage, found.entry_price) == (Decimal("-0.03"), 5, Decimal(52000))
    with pytest.raises(PermissionDenied):
        do(GetPositions(), reply(position(posSide="short")))


def test_a_balance() -> None:
    amount, (asked,) = do(GetBalance("usdt"), reply(balance()))
    assert (amount, asked.params) == (Decimal("1000.5"), {"ccy": "USDT"})
    assert do(GetBalance("XYZ"), reply(balance()))[0] == 0
    for asset in ("", "U,S", "U&T"):
        with pytest.raises(InvalidRequest):
            do(GetBalance(asset))


def test_the_check_passes_for_a_key_that_may_trade_in_one_way_mode() -> None:
    result, (asked,) = run(okx().check(), reply(CONFIG))
    assert (result, asked.path, asked.costs) == (None, "/api/v5/account/config", {"account_config": 1})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"perm": "read_only"}, "may not trade"),
        ({"perm": ""}, "nothing"),
        ({"perm": "read_only,trader"}, "may not trade"),
        ({"acctLv": "1"}, "spot mode"),
        ({"posMode": "long_short_mode"}, "net mode"),
    ],
)
def test_the_check_says_what_is_wrong(changes: dict[str, str], words: str) -> None:
    with pytest.raises(PermissionDenied, match=words):
        run(okx().check(), reply({**CONFIG, **changes}))


# --- market -----------------------------------------------------------------------------------------------------


def test_the_latest_price() -> None:
    price, (asked,) = do(GetLatestPrice("BTCUSDT"), reply(ticker()))
    assert (price, asked.params, asked.access) == (Decimal(52000), {"instId": "BTC-USDT-SWAP"}, Access.PUBLIC)
    with pytest.raises(UnexpectedReply):
        do(GetLatestPrice("BTCUSDT"), reply(ticker(last="")))


def test_tickers_with_open_interest() -> None:
    interests = reply({"instId": "BTC-USDT-SWAP", "oi": "5000", "oiCcy": "50.5"})
    rows = (ticker(), ticker(instId="ETH-USDT-SWAP", open24h=""), ticker(instId="BTC-USD-SWAP"))
    (btc, eth), _ = do(GetTickers(), [reply(*rows), interests])
    assert (btc.symbol, btc.price_change, btc.price_change_percent) == ("BTCUSDT", Decimal(2000), Decimal(4))
    assert (btc.volume, btc.quote_volume, btc.open_interest) == (2000, 104_000_000, Decimal("50.5"))
    assert (eth.symbol, eth.price_change_percent, eth.open_interest) == ("ETHUSDT", 0, 0)


def test_open_interest_in_coins_also_where_only_contracts_are_told() -> None:
    assert do(GetOpenInterest("BTCUSDT"), reply({"instId": "BTC-USDT-SWAP", "oi": "5000", "oiCcy": "50.5"}))[
        0
    ] == Decimal("50.5")
    assert do(GetOpenInterest("BTCUSDT"), reply({"instId": "BTC-USDT-SWAP", "oi": "5000", "oiCcy": ""}))[0] == 50
    with pytest.raises(UnexpectedReply):
        do(GetOpenInterest("BTCUSDT"), reply())


def candles(newest: int, count: int, confirm: str = "1") -> list[list[str]]:
    """Rows as OKX lists them, newest first; only the newest may be running."""
    return [
        [str((newest - n) * 60_000), "1", "2", "0.5", "1.5", "100", "1", "1.5", confirm if n == 0 else "1"]
        for n in range(count)
    ]


def test_candles_are_told_oldest_first_with_the_running_one_marked() -> None:
    found, (asked,) = do(GetHistoricalKlines("BTCUSDT", "1m", 3), reply(*candles(10_000, 3, "0")))
    assert asked.params == {"instId": "BTC-USDT-SWAP", "bar": "1m", "limit": 3}
    assert [each.open_ms // 60_000 for each in found] == [9_998, 9_999, 10_000]
    assert [each.is_closed for each in found] == [True, True, False]
    assert {each.volume for each in found} == {1}, "in coins, not in contracts"


def test_more_candles_than_a_page_are_read_page_by_page_and_old_ones_elsewhere() -> None:
    pages = [reply(*candles(10_000 - CANDLES_PAGE * n, CANDLES_PAGE)) for n in range(5)]
    found, asked = do(GetHistoricalKlines("BTCUSDT", "1m", 1500), *pages)
    assert [request.path.rpartition("/")[2] for request in asked] == ["candles"] * 4 + ["history-candles"]
    assert [request.costs for request in asked[3:]] == [{"candles": 1}, {"history_candles": 1}]
    assert asked[1].params["after"] == (10_000 - CANDLES_PAGE + 1) * 60_000
    assert [each.open_ms // 60_000 for each in found] == list(range(8_501, 10_001))


def test_candles_end_where_the_venue_has_no_more() -> None:
    found, asked = do(GetHistoricalKlines("BTCUSDT", "1m", 500), reply(*candles(100, 50)), reply())
    assert (len(found), len(asked)) == (50, 2)


@pytest.mark.parametrize(
    ("interval", "limit", "field"),
    [("8h", 10, "interval"), ("2m", 10, "interval"), ("1m", 0, "limit"), ("1m", 1501, "limit")],
)
def test_candles_that_cannot_be_had(interval: str, limit: int, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        do(GetHistoricalKlines("BTCUSDT", interval, limit))
    assert refused.value.field == field


def test_funding_of_one_and_of_all() -> None:
    rate, asked = do(GetFundingRate("BTCUSDT"), [reply(RATE), reply(MARK)])
    assert (rate.rate, rate.predicted_rate, rate.next_funding_ms) == (
        Decimal("0.0001"),
        Decimal("0.0001"),
        1700726400000,
    )
    assert (rate.mark_price, rate.time_ms) == (Decimal("42000.5"), 1700724675402)
    assert asked[0].costs == {"funding_rate BTC-USDT-SWAP": 1}
    rates, asked = do(
        GetFundingRates(),
        [reply(RATE, {**RATE, "instId": "BTC-USD-SWAP"}, {**RATE, "instId": "ETH-USDT-SWAP"}), reply(MARK)],
    )
    assert asked[0].params == {"instId": "ANY"}
    assert [(each.symbol, each.mark_price) for each in rates] == [("BTCUSDT", Decimal("42000.5")), ("ETHUSDT", 0)]
    with pytest.raises(UnexpectedReply):
        do(GetFundingRate("BTCUSDT"), [reply(), reply(MARK)])


def settled(time_ms: int) -> dict[str, str]:
    return {"instId": "BTC-USDT-SWAP", "fundingTime": str(time_ms), "fundingRate": "0.9", "realizedRate": "0.0003"}


def test_settled_rates_oldest_first_and_page_by_page() -> None:
    first = reply(*(settled(1_000_000 - n) for n in range(400)))
    rates, asked = do(GetHistoricalFundingRates("BTCUSDT", 402), first, reply(settled(999_600), settled(999_599)))
    assert [request.params["limit"] for request in asked] == [400, 2]
    assert asked[1].params["after"] == 999_601
    assert asked[0].costs == {"funding_history BTC-USDT-SWAP": 1}
    assert [each.time_ms for each in rates] == list(range(999_599, 1_000_001))
    assert {each.rate for each in rates} == {Decimal("0.0003")}
    assert {each.next_funding_ms for each in rates} == {0}
    assert do(GetHistoricalFundingRates("BTCUSDT", 5), reply(settled(1)), reply())[0][0].time_ms == 1
    with pytest.raises(InvalidRequest):
        do(GetHistoricalFundingRates("BTCUSDT", 1001))


# --- the rest ---------------------------------------------------------------------------------------------------


def test_the_listing_is_read_anew_with_its_budgets() -> None:
    venue = okx()
    assert any(budget.name == "place ETH-USDT-SWAP" for budget in venue.budgets())
    smaller = reply(*[row for row in _rows(INSTRUMENTS) if row["instId"] == "BTC-USDT-SWAP"])
    _, (asked,) = run(venue.recipe(FetchExchangeInfo("BTCUSDT")), smaller)
    assert (asked.params, asked.costs) == ({"instType": "SWAP"}, {"instruments": 1})
    assert venue.symbols.names() == ("BTCUSDT",)
    assert not any(budget.name == "place ETH-USDT-SWAP" for budget in venue.budgets())
    with pytest.raises(UnknownSymbol):
        run(venue.recipe(FetchExchangeInfo("ETHUSDT")), smaller)


def _rows(listing: bytes) -> list[dict[str, Any]]:
    import json

    assert read_instruments(listing)
    rows: list[dict[str, Any]] = json.loads(listing)["data"]
    return rows


def test_the_venues_time() -> None:
    assert run(okx().server_time(), TIME)[0] == NOW
    for nonsense in ("0", "-5", "253402300799001", "99999999999999999999", "noon"):
        with pytest.raises(UnexpectedReply, match="time"):
            run(okx().server_time(), reply({"ts": nonsense}))


def test_what_the_session_answers_itself_is_not_asked_of_the_venue() -> None:
    with pytest.raises(TypeError):
        do(Start())


@pytest.mark.parametrize(
    "action",
    [
        GetOrder("BTCUSDT", order_id=1),
        GetOpenOrders(),
        GetFills("BTCUSDT"),
        GetPositions(),
        GetBalance("USDT"),
        GetLatestPrice("BTCUSDT"),
        GetOpenInterest("BTCUSDT"),
        GetHistoricalKlines("BTCUSDT", "1m", 5),
        GetHistoricalFundingRates("BTCUSDT", 5),
        FetchExchangeInfo(),
    ],
    ids=lambda action: type(action).__name__,
)
@pytest.mark.parametrize("nonsense", [b"", b"{}", b'{"data":5}', b'{"data":[5]}', b"<html>", b"\xff", b'{"data":[[]]}'])
def test_a_reply_that_cannot_be_read_is_said_to_be(action: Action, nonsense: bytes) -> None:
    with pytest.raises(UnexpectedReply):
        do(action, nonsense)
