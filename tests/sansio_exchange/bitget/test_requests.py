"""What each command asks, with its costs, and what it makes of the answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Account, Balance, MarginMode
from sansio_exchange.bitget.requests import BATCH_ROWS, CANDLES_PAGE, FUNDING_PAGE, KEPT_MS, PAGE
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
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.bitget.payloads import (
    CONTRACTS,
    KEY,
    NOW,
    RATE,
    SETTINGS,
    account,
    ack,
    batch,
    bitget,
    contract,
    fill,
    fills,
    order,
    orders,
    position,
    refusal,
    reply,
    ticker,
)
from tests.sansio_exchange.recipes import run

TIME = reply({"serverTime": str(NOW)})
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal("51858.1"), client_order_id="mine1")
LONG_ID = "13333333333333333333"
LONG_NUMBER = OrderIds().number(LONG_ID)
"""An order whose id does not fit into 64 bits."""


def do(action: Action, *answers: Any) -> tuple[Any, list[Request]]:
    return run(bitget().recipe(action), *answers)


def order_with(**changes: Any) -> NewOrder:
    return NewOrder(**{name: changes.get(name, getattr(BUY, name)) for name in NewOrder.__struct_fields__})


# --- placing ----------------------------------------------------------------------------------------------------


def test_an_order_is_placed_and_returned_as_it_was_accepted() -> None:
    placed, (asked,) = do(PlaceOrder(BUY), reply(ack()))
    assert asked == Request(
        "POST",
        "/api/v2/mix/order/place-order",
        {
            "symbol": "BTCUSDT",
            "productType": "USDT-FUTURES",
            "marginMode": "crossed",
            "marginCoin": "USDT",
            "size": "0.2",
            "side": "buy",
            "orderType": "limit",
            "clientOid": "mine1",
            "price": "51858.1",
            "force": "gtc",
        },
        Access.SIGNED,
        {"place": 1, "everything": 1},
        Priority.PLACE,
        "place-order",
    )
    assert placed == Order(
        order_id=1111465253393825792,
        client_order_id="mine1",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.2"),
        status=OrderStatus.NEW,
        price=Decimal("51858.1"),
        time_in_force=TimeInForce.GTC,
        created_ms=NOW,
        update_ms=NOW,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"time_in_force": TimeInForce.GTC}, {"force": "gtc", "price": "51858.1"}),
        ({"time_in_force": TimeInForce.IOC}, {"force": "ioc", "price": "51858.1"}),
        ({"time_in_force": TimeInForce.FOK}, {"force": "fok", "price": "51858.1"}),
        ({"time_in_force": TimeInForce.GTX}, {"force": "post_only", "price": "51858.1"}),
        ({"post_only": True}, {"force": "post_only", "price": "51858.1"}),
        ({"post_only": True, "time_in_force": TimeInForce.GTC}, {"force": "post_only"}),
        ({"type": OrderType.MARKET, "price": None}, {"orderType": "market"}),
        ({"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.IOC}, {"orderType": "market"}),
        ({"reduce_only": True}, {"reduceOnly": "YES"}),
        ({"side": Side.SELL}, {"side": "sell"}),
        ({"price": Decimal("1E-7")}, {"price": "0.0000001"}),
        ({"quantity": Decimal("1E+2")}, {"size": "100"}),
    ],
)
def test_what_a_trader_asks_for_is_what_goes_out(changes: dict[str, Any], expected: Mapping[str, Any]) -> None:
    _, (asked,) = do(PlaceOrder(order_with(**changes)), reply(ack()))
    assert expected.items() <= asked.params.items()
    is_market = changes.get("type") is OrderType.MARKET
    assert ("price" in asked.params, "force" in asked.params) == (not is_market, not is_market)
    assert ("reduceOnly" in asked.params) == changes.get("reduce_only", False)
    assert "tradeSide" not in asked.params, "a matter of hedge mode"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_order_id": "with space"}, "client_order_id"),
        ({"client_order_id": "with:colon"}, "client_order_id"),
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "a" * 33}, "client_order_id"),
        ({"client_order_id": "ünïcode"}, "client_order_id"),
        ({"client_order_id": "newline\n"}, "client_order_id"),
        ({"price": None}, "price"),
        ({"type": OrderType.OTHER}, "type"),
        ({"type": OrderType.MARKET, "price": None, "post_only": True}, "post_only"),
        ({"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.GTX}, "post_only"),
        ({"post_only": True, "time_in_force": TimeInForce.IOC}, "post_only"),
        ({"symbol": "NEWUSDT"}, "symbol"),
    ],
)
def test_what_bitget_cannot_be_asked_names_the_field_and_sends_nothing(changes: dict[str, Any], field: str) -> None:
    venue = bitget()
    with pytest.raises(InvalidRequest) as refused:
        venue.recipe(PlaceOrder(order_with(**changes)))
    assert refused.value.field == field


@pytest.mark.parametrize("client_order_id", ["a", "A-1_b#2+c", "x" * 32])
def test_client_order_ids_of_the_documented_form_go_out(client_order_id: str) -> None:
    placed, (asked,) = do(
        PlaceOrder(order_with(client_order_id=client_order_id)), reply(ack(clientOid=client_order_id))
    )
    assert (asked.params["clientOid"], placed.client_order_id) == (client_order_id, client_order_id)


@pytest.mark.parametrize(
    "answer",
    [
        OutcomeUnknown("no reply in time"),
        UnexpectedReply("reply: not JSON"),
        b"{",
        reply(None),
        reply({}),
        reply([]),
        reply(ack(orderId="")),
        reply(ack(orderId=None)),
        reply(ack(orderId="f00")),
        reply(ack(orderId="-1")),
        reply(ack(orderId="0")),
        reply(ack(clientOid="another", orderId="1")),
        reply(ack(), request_ms="soon"),
    ],
    ids=str,
)
def test_an_ambiguous_reply_to_a_placement_leaves_its_outcome_unknown(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        do(PlaceOrder(BUY), answer)
    assert raised.value.client_order_id == "mine1"


@pytest.mark.parametrize("answer", [InsufficientFunds("no"), RateLimited("slower"), RequestRejected("?")])
def test_a_certain_refusal_stays_one(answer: Any) -> None:
    with pytest.raises(ExchangeError) as raised:
        do(PlaceOrder(BUY), answer)
    assert not isinstance(raised.value, OutcomeUnknown)


def test_a_longer_id_is_accepted_and_has_a_number() -> None:
    placed, _ = do(PlaceOrder(BUY), reply(ack(orderId=LONG_ID)))
    assert placed.order_id == LONG_NUMBER


def test_orders_go_in_batches_and_each_row_has_its_outcome() -> None:
    asked_for = tuple(order_with(client_order_id=f"mine{n}") for n in range(BATCH_ROWS + 2))
    rows = [ack(clientOid=f"mine{n}", orderId=str(100 + n)) for n in range(BATCH_ROWS + 2)]
    refused = [refusal("43012", clientOid="mine1"), refusal("40010", clientOid="mine2")]
    first = batch([row for n, row in enumerate(rows[:BATCH_ROWS]) if n not in (1, 2)], refused)
    outcomes, asked = do(PlaceOrders(asked_for), [first, batch(rows[BATCH_ROWS:])])
    assert [request.path for request in asked] == ["/api/v2/mix/order/batch-place-order"] * 2
    assert {request.priority for request in asked} == {Priority.PLACE}
    assert asked[0].costs == {"place_batch": 1, "everything": 1}
    assert [len(request.params["orderList"]) for request in asked] == [BATCH_ROWS, 2]
    assert [type(each) for each in outcomes[:4]] == [Order, InsufficientFunds, OutcomeUnknown, Order]
    assert outcomes[2].client_order_id == "mine2"
    assert [each.order_id for each in outcomes[3:]] == list(range(103, 122))


def test_a_batch_names_its_symbol_once_and_symbols_go_apart() -> None:
    orders_asked = (
        BUY,
        order_with(symbol="ETHUSDT", client_order_id="mine2", type=OrderType.MARKET, price=None),
        order_with(client_order_id="mine3", reduce_only=True, side=Side.SELL),
    )
    both = batch([ack(clientOid="mine3", orderId="3"), ack(orderId="1")])
    outcomes, asked = do(PlaceOrders(orders_asked), [both, reply(ack(clientOid="mine2", orderId="2"))])
    assert asked[0].params == {
        "symbol": "BTCUSDT",
        "productType": "USDT-FUTURES",
        "marginMode": "crossed",
        "marginCoin": "USDT",
        "orderList": (
            {
                "size": "0.2",
                "side": "buy",
                "orderType": "limit",
                "clientOid": "mine1",
                "price": "51858.1",
                "force": "gtc",
            },
            {
                "size": "0.2",
                "side": "sell",
                "orderType": "limit",
                "clientOid": "mine3",
                "price": "51858.1",
                "force": "gtc",
                "reduceOnly": "YES",
            },
        ),
    }
    assert asked[1].path == "/api/v2/mix/order/place-order", "one order alone goes as one"
    assert [each.order_id for each in outcomes] == [1, 2, 3]


@pytest.mark.parametrize(
    "reply_to_batch",
    [
        batch([ack()]),
        batch([ack(), ack(clientOid="another", orderId="9")]),
        batch([ack(), ack(clientOid="mine2", orderId="")]),
        batch([ack()], [refusal("", clientOid="mine2")]),
        batch([ack()], [{"orderId": "", "clientOid": "mine2", "errorMsg": "?"}]),
        batch([ack(), ack(clientOid="mine2", orderId="9")], [refusal("43012", clientOid="mine2")]),
    ],
)
def test_a_row_of_which_the_reply_does_not_tell_has_an_unknown_outcome(reply_to_batch: bytes) -> None:
    (first, second), _ = do(PlaceOrders((BUY, order_with(client_order_id="mine2"))), [reply_to_batch])
    assert isinstance(first, Order)
    assert isinstance(second, OutcomeUnknown)
    assert second.client_order_id == "mine2"


def test_a_row_that_breaks_a_rule_is_not_sent_and_fails_alone() -> None:
    asked_for = (BUY, order_with(client_order_id="no good"), order_with(symbol="NEWUSDT"))
    outcomes, (asked,) = do(PlaceOrders(asked_for), [reply(ack())])
    assert asked.path == "/api/v2/mix/order/place-order"
    assert [type(each) for each in outcomes] == [Order, InvalidRequest, UnknownSymbol]
    assert do(PlaceOrders(()))[0] == ()


def test_a_failed_batch_marks_its_own_rows() -> None:
    asked_for = tuple(order_with(client_order_id=f"mine{n}") for n in range(BATCH_ROWS + 2))
    accepted = batch([ack(clientOid=f"mine{n}", orderId=str(n + 1)) for n in range(BATCH_ROWS)])
    for failure, kind in (
        (OutcomeUnknown("lost"), OutcomeUnknown),
        (b"{", OutcomeUnknown),
        (reply(None), OutcomeUnknown),
        (RateLimited("no"), RateLimited),
    ):
        outcomes, _ = do(PlaceOrders(asked_for), [accepted, failure])
        assert [type(each) for each in outcomes] == [Order] * BATCH_ROWS + [kind] * 2


def test_a_single_order_of_a_batch_that_is_refused_fails_alone() -> None:
    for failure in (DuplicateClientOrderId("used"), OutcomeUnknown("lost")):
        outcomes, _ = do(PlaceOrders((BUY,)), [failure])
        assert [type(each) for each in outcomes] == [type(failure)]


# --- cancelling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "which"),
    [
        (CancelOrder("BTCUSDT", order_id=7), {"orderId": "7"}),
        (CancelOrder("BTCUSDT", client_order_id="mine1"), {"clientOid": "mine1"}),
        (CancelOrder("BTCUSDT", order_id=7, client_order_id="mine1"), {"orderId": "7"}),
        (CancelOrder("BTCUSDT", client_order_id="web:" + "x" * 36), {"clientOid": "web:" + "x" * 36}),
    ],
)
@pytest.mark.parametrize("said", [{}, {"orderId": "7", "clientOid": ""}], ids=["both", "one"])
def test_an_order_is_cancelled_by_either_id(action: CancelOrder, which: dict[str, str], said: dict[str, str]) -> None:
    answer = said or {"orderId": "7", "clientOid": which.get("clientOid", "mine1")}
    result, (asked,) = do(action, reply(answer))
    assert result is None
    assert asked == Request(
        "POST",
        "/api/v2/mix/order/cancel-order",
        {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", **which},
        Access.SIGNED,
        {"cancel": 1, "everything": 1},
        Priority.CANCEL,
        "cancel-order",
    )


def test_a_cancel_without_an_id_or_with_a_bad_one_is_refused() -> None:
    for action, field in (
        (CancelOrder("BTCUSDT"), "order_id"),
        (CancelOrder("BTCUSDT", client_order_id="a b"), "client_order_id"),
        (CancelOrder("BTCUSDT", client_order_id="a" * 65), "client_order_id"),
        (CancelOrder("GONEUSDT", order_id=7), "symbol"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            bitget().recipe(action)
        assert refused.value.field == field


def test_a_cancel_says_what_happened() -> None:
    with pytest.raises(OrderNotFound):
        do(CancelOrder("BTCUSDT", order_id=7), OrderNotFound("gone"))
    for answer in (reply(None), reply({}), reply({"orderId": "8", "clientOid": ""}), reply(ack(clientOid="other"))):
        with pytest.raises(OutcomeUnknown) as raised:
            do(CancelOrder("BTCUSDT", 7, "mine1") if b'"8"' in answer else cancel_mine(), answer)
        assert raised.value.client_order_id in ("mine1", "")


def cancel_mine() -> CancelOrder:
    return CancelOrder("BTCUSDT", client_order_id="mine1")


def test_cancels_go_in_batches_of_objects_with_an_outcome_each() -> None:
    ids = tuple(range(1, BATCH_ROWS + 3))
    done = [ack(orderId=str(n), clientOid=f"c{n}") for n in ids[:BATCH_ROWS] if n != 2]
    first = batch(done, [refusal("22001", orderId="2", clientOid="")])
    outcomes, asked = do(CancelOrders("BTCUSDT", ids), [first, OutcomeUnknown("lost")])
    assert asked[0].path == "/api/v2/mix/order/batch-cancel-orders"
    assert asked[0].params["orderIdList"][:2] == ({"orderId": "1"}, {"orderId": "2"})
    assert (asked[0].params["symbol"], asked[0].params["marginCoin"]) == ("BTCUSDT", "USDT")
    assert asked[0].costs == {"cancel_batch": 1, "everything": 1}
    assert asked[0].priority is Priority.CANCEL
    assert [type(each) for each in outcomes[:3]] == [type(None), OrderNotFound, type(None)]
    assert [type(each) for each in outcomes[-2:]] == [OutcomeUnknown] * 2
    assert do(CancelOrders("BTCUSDT", ()))[0] == ()


def test_a_failure_to_cancel_without_a_code_is_none_that_is_certain() -> None:
    """As in the documentation's example."""
    said = batch([ack(orderId="1")], [{"orderId": "2", "clientOid": "321342", "errorMsg": "notExistend"}])
    outcomes, _ = do(CancelOrders("BTCUSDT", (1, 2)), [said])
    assert [type(each) for each in outcomes] == [type(None), OutcomeUnknown]


@pytest.mark.parametrize(
    ("symbol", "path", "params"),
    [
        ("BTCUSDT", "batch-cancel-orders", {"productType": "USDT-FUTURES", "marginCoin": "USDT", "symbol": "BTCUSDT"}),
        ("", "cancel-all-orders", {"productType": "USDT-FUTURES", "marginCoin": "USDT"}),
    ],
)
def test_all_orders_are_cancelled_at_once(symbol: str, path: str, params: dict[str, str]) -> None:
    gone = batch([ack()], [refusal("22001", orderId="2")])
    for answer in (batch([ack()]), batch([]), gone, OrderNotFound("22001")):
        result, (asked,) = do(CancelAllOrders(symbol), answer)
        assert (result, asked.path, asked.params) == (None, f"/api/v2/mix/order/{path}", params)
        assert asked.priority is Priority.CANCEL


def test_what_could_not_be_cancelled_is_raised() -> None:
    for answer, kind in (
        (batch([], [refusal("22001"), refusal("45056", orderId="3")]), OrderRejected),
        (batch([], [refusal("40010", orderId="3")]), OutcomeUnknown),
        (OutcomeUnknown("lost"), OutcomeUnknown),
        (b"{", OutcomeUnknown),
        (RateLimited("no"), RateLimited),
    ):
        with pytest.raises(kind):
            do(CancelAllOrders(), answer)


# --- looking up -------------------------------------------------------------------------------------------------


def detail(**changes: Any) -> bytes:
    row = order(**changes)
    return reply({"state": row.pop("status"), **row})


def test_an_order_is_looked_up() -> None:
    found, (asked,) = do(GetOrder("BTCUSDT", client_order_id="mine1"), detail())
    assert asked == Request(
        "GET",
        "/api/v2/mix/order/detail",
        {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "clientOid": "mine1"},
        Access.SIGNED,
        {"order": 1, "everything": 1},
    )
    assert (found.order_id, found.quantity, found.status) == (1111465253393825792, Decimal("0.2"), OrderStatus.NEW)
    filled = detail(status="filled", baseVolume="0.2", priceAvg="51858.1", reduceOnly="yes")
    found, (asked,) = do(GetOrder("BTCUSDT", order_id=1111465253393825792), filled)
    assert asked.params["orderId"] == "1111465253393825792"
    assert (found.executed_qty, found.avg_price, found.reduce_only) == (Decimal("0.2"), Decimal("51858.1"), True)
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", order_id=1), OrderNotFound("40109"))


def test_an_order_that_cannot_be_read_is_not_taken_for_none() -> None:
    for answer in (reply(None), detail(orderId="b0f3"), detail(status=""), detail(symbol="BTCUSDM24"), b"{"):
        with pytest.raises(UnexpectedReply, match="order"):
            do(GetOrder("BTCUSDT", order_id=1), answer)


def test_a_question_without_an_answer_may_be_asked_again() -> None:
    with pytest.raises(VenueUnavailable):
        do(GetOrder("BTCUSDT", order_id=1), OutcomeUnknown("40010"))


def numbered(*ids: int) -> bytes:
    return orders(*(order(orderId=str(number)) for number in ids))


def test_open_orders_come_page_by_page_and_partly_filled_ones_as_well() -> None:
    first, second = numbered(*range(1000, 1000 - PAGE, -1)), numbered(901, 5)
    partly = orders(order(orderId="4", status="partially_filled", baseVolume="0.1"), order(orderId="5"))
    found, asked = do(GetOpenOrders("BTCUSDT"), first, second, partly)
    assert asked[0].params == {"productType": "USDT-FUTURES", "symbol": "BTCUSDT", "limit": "100"}
    assert [request.params.get("idLessThan") for request in asked] == [None, "901", None]
    assert [request.params.get("status") for request in asked] == [None, None, "partially_filled"]
    assert asked[0].costs == {"orders_pending": 1, "everything": 1}
    assert len(found) == PAGE + 2, "what is on two pages is told once"
    assert found[-1].status is OrderStatus.PARTIALLY_FILLED


def test_no_open_orders() -> None:
    found, asked = do(GetOpenOrders(), orders(), orders())
    assert (found, asked[0].params) == ((), {"productType": "USDT-FUTURES", "limit": "100"})


def test_orders_of_other_products_are_left_out() -> None:
    found, _ = do(GetOpenOrders(), orders(order(), order(symbol="ETHUSDM24", orderId="2")), orders())
    assert [each.symbol for each in found] == ["BTCUSDT"]


def test_a_list_that_does_not_go_on_is_not_taken_for_complete() -> None:
    page = numbered(*range(1000, 1000 - PAGE, -1))
    other = numbered(*range(900, 900 - PAGE, -1))
    for pages in ((page, page), (page, other, page)):
        with pytest.raises(UnexpectedReply, match="goes on"):
            do(GetOpenOrders(), *pages)


def test_an_order_of_hedge_mode_is_refused() -> None:
    with pytest.raises(PermissionDenied, match="one-way mode"):
        do(GetOpenOrders(), orders(order(posMode="hedge_mode")))
    with pytest.raises(PermissionDenied, match="one-way mode"):
        do(GetOrder("BTCUSDT", order_id=1), detail(posMode="hedge_mode"))


# --- an order whose id at the venue is not known any more ---------------------------------------------------------


def test_it_is_found_among_the_open_ones() -> None:
    found, asked = do(GetOrder("BTCUSDT", order_id=LONG_NUMBER), orders(order(), order(orderId=LONG_ID)), orders())
    assert found.order_id == LONG_NUMBER
    assert [request.path.rpartition("/")[2] for request in asked] == ["orders-pending"] * 2


def test_it_is_found_among_those_that_ended() -> None:
    history = orders(order(orderId="1", status="canceled"), order(orderId=LONG_ID, status="filled"))
    found, asked = do(GetOrder("BTCUSDT", order_id=LONG_NUMBER), orders(), orders(), history)
    assert (found.order_id, found.status) == (LONG_NUMBER, OrderStatus.FILLED)
    assert (asked[-1].path, asked[-1].params["symbol"]) == ("/api/v2/mix/order/orders-history", "BTCUSDT")
    assert asked[-1].costs == {"orders_history": 1, "everything": 1}


def test_it_is_not_found_anywhere() -> None:
    for action in (GetOrder("BTCUSDT", LONG_NUMBER), CancelOrder("BTCUSDT", LONG_NUMBER)):
        with pytest.raises(OrderNotFound):
            do(action, orders(), orders(), orders())


def test_it_is_cancelled_once_it_is_found() -> None:
    open_ones = (orders(order(orderId=LONG_ID)), orders())
    result, asked = do(CancelOrder("BTCUSDT", LONG_NUMBER), *open_ones, reply(ack(orderId=LONG_ID)))
    assert (result, asked[-1].params["orderId"]) == (None, LONG_ID)
    outcomes, asked = do(CancelOrders("BTCUSDT", (7, LONG_NUMBER)), *open_ones, [batch([ack(orderId=LONG_ID)])])
    assert asked[-1].params["orderIdList"] == ({"orderId": "7"}, {"orderId": LONG_ID})
    assert [type(each) for each in outcomes] == [OutcomeUnknown, type(None)]
    nothing = (orders(), orders(), orders())
    outcomes, _ = do(CancelOrders("BTCUSDT", (7, LONG_NUMBER)), *nothing, [batch([ack(orderId="7")])])
    assert [type(each) for each in outcomes] == [type(None), OrderNotFound]


def test_its_fills_are_asked_for_once_it_is_found() -> None:
    of_order = fills(fill(orderId=LONG_ID))
    found, asked = do(GetFills("BTCUSDT", order_id=LONG_NUMBER), orders(order(orderId=LONG_ID)), orders(), of_order)
    assert asked[-1].params["orderId"] == LONG_ID
    assert [each.order_id for each in found] == [LONG_NUMBER]


def test_once_it_was_heard_of_it_is_asked_for_by_its_id() -> None:
    venue = bitget()
    run(venue.recipe(GetOpenOrders()), orders(order(orderId=LONG_ID)), orders())
    _, (asked,) = run(venue.recipe(GetOrder("BTCUSDT", LONG_NUMBER)), detail(orderId=LONG_ID))
    assert asked.params["orderId"] == LONG_ID


# --- fills ------------------------------------------------------------------------------------------------------


def test_fills_come_page_by_page_oldest_first_and_once() -> None:
    since = NOW - 1_000_000
    rows = [fill(tradeId=str(500 - n), cTime=str(NOW - n)) for n in range(PAGE + 2)]
    found, asked = do(
        GetFills("BTCUSDT", since_ms=since), TIME, fills(*rows[:PAGE]), fills(rows[PAGE - 1], *rows[PAGE:])
    )
    assert [request.path for request in asked] == ["/api/v2/public/time", *["/api/v2/mix/order/fills"] * 2]
    assert asked[1].params == {
        "productType": "USDT-FUTURES",
        "symbol": "BTCUSDT",
        "startTime": str(since),
        "limit": "100",
    }
    assert asked[2].params["idLessThan"] == "401"
    assert asked[1].costs == {"fills": 1, "everything": 1}
    assert [each.trade_id for each in found] == [str(n) for n in range(399, 501)]


def test_fills_are_told_as_far_back_as_the_venue_goes() -> None:
    _, asked = do(GetFills("BTCUSDT", since_ms=1), TIME, fills())
    assert asked[1].params["startTime"] == str(NOW - KEPT_MS)


def test_a_fill_from_before_is_not_told_and_another_symbols_or_orders_neither() -> None:
    rows = [
        fill(cTime=str(NOW)),
        fill(tradeId="9", cTime=str(NOW - 9)),
        fill(tradeId="8", symbol="ETHUSDT"),
        fill(tradeId="7", cTime=str(NOW), orderId="5"),
    ]
    found, _ = do(GetFills("BTCUSDT", NOW - 5, 1111465253393825792), TIME, fills(*rows))
    assert [each.trade_id for each in found] == ["1111465255553892353"]


def test_the_fills_of_an_order() -> None:
    found, (asked,) = do(GetFills("BTCUSDT", order_id=7), fills(fill(orderId="7")))
    assert asked.params["orderId"] == "7"
    assert found == (
        Fill(
            trade_id="1111465255553892353",
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


@pytest.mark.parametrize(
    ("details", "fee", "asset"),
    [
        ([{"feeCoin": "USDT", "totalFee": "0.02"}], "-0.02", "USDT"),
        ([{"deduction": "yes", "feeCoin": "BGB", "totalFee": "-0.017"}], "0.017", "BGB"),
        ([{"feeCoin": "BGB", "totalFee": "-1"}, {"feeCoin": "BGB", "totalFee": "-2"}], "3", "BGB"),
        ([{"feeCoin": "", "totalFee": ""}], "0", ""),
        ([], "0", ""),
        (None, "0", ""),
    ],
)
def test_fees(details: Any, fee: str, asset: str) -> None:
    (found,), _ = do(GetFills("BTCUSDT"), fills(fill(feeDetail=details, tradeScope="maker")))
    assert (found.fee, found.fee_asset, found.is_maker) == (Decimal(fee), asset, True)


def test_fills_that_do_not_go_on_are_not_taken_for_complete() -> None:
    page = fills(*(fill(tradeId=str(500 - n)) for n in range(PAGE)))
    with pytest.raises(UnexpectedReply, match="goes on"):
        do(GetFills("BTCUSDT"), page, page)


@pytest.mark.parametrize("changes", [{"tradeId": ""}, {"price": "x"}, {"side": "?"}, {"orderId": ""}])
def test_a_fill_that_makes_no_sense_is_unreadable(changes: dict[str, str]) -> None:
    with pytest.raises(UnexpectedReply):
        do(GetFills("BTCUSDT"), fills(fill(**changes)))


# --- account ----------------------------------------------------------------------------------------------------


def test_the_account_with_its_positions() -> None:
    found, asked = do(GetAccount(), [reply([account()]), reply([position(), position(symbol="BTCUSDM24")])])
    assert [(request.path, request.costs) for request in asked] == [
        ("/api/v2/mix/account/accounts", {"accounts": 1, "everything": 1}),
        ("/api/v2/mix/position/all-position", {"positions": 1, "everything": 1}),
    ]
    assert isinstance(found, Account)
    assert (found.wallet_balance, found.margin_balance) == (Decimal("1000.5"), Decimal(1003))
    assert (found.available_balance, found.maintenance_margin) == (Decimal(977), Decimal("7.5225"))
    assert (found.is_unified, found.margin_mode) == (False, MarginMode.REGULAR)
    assert found.balances == (Balance("USDT", Decimal("1000.5"), Decimal(977)),)
    assert [each.size for each in found.positions] == [Decimal("-0.03")]
    assert found.update_ms == NOW


def test_an_account_of_many_assets() -> None:
    union = account(
        assetMode="union",
        unionTotalMargin="5000",
        unionAvailable="4000",
        unionMm="15",
        assetList=[{"coin": "BTC", "balance": "1.2", "available": "1.1"}, {"coin": "USDT", "balance": "9"}],
    )
    found, _ = do(GetAccount(), [reply([union]), reply(None)])
    assert (found.wallet_balance, found.margin_balance, found.available_balance) == (Decimal("1000.5"), 5000, 4000)
    assert (found.maintenance_margin, found.is_unified, found.margin_mode) == (15, True, MarginMode.UNIFIED)
    assert found.balances[1:] == (Balance("BTC", Decimal("1.2"), Decimal("1.1")),)


@pytest.mark.parametrize(
    ("changes", "wallet"),
    [
        ({"unrealizedPL": "", "crossedUnrealizedPL": "3", "isolatedUnrealizedPL": "-1"}, "1001"),
        ({"unrealizedPL": "", "crossedUnrealizedPL": None, "isolatedUnrealizedPL": None}, "1003"),
        ({"unrealizedPL": "-2.5"}, "1005.5"),
    ],
)
def test_the_unrealised_profit_is_told_in_one_field_or_two(changes: dict[str, Any], wallet: str) -> None:
    assert do(GetBalance("USDT"), reply([account(**changes)]))[0] == Decimal(wallet)


def test_an_account_that_holds_nothing_or_says_nothing() -> None:
    found, _ = do(GetAccount(), [reply([]), reply([])])
    assert (found.wallet_balance, found.margin_balance, found.positions) == (0, 0, ())
    with pytest.raises(UnexpectedReply, match="equity"):
        do(GetAccount(), [reply([account(accountEquity="")]), reply([])])
    with pytest.raises(RateLimited):
        do(GetAccount(), [reply([account()]), RateLimited("no")])


def test_positions_of_one_symbol_and_of_all() -> None:
    (found,), (asked,) = do(GetPositions("BTCUSDT"), reply([position(), position(total="0")]))
    assert asked.path == "/api/v2/mix/position/single-position"
    assert asked.params == {"productType": "USDT-FUTURES", "symbol": "BTCUSDT", "marginCoin": "USDT"}
    assert (found.size, found.leverage, found.entry_price) == (Decimal("-0.03"), 20, Decimal(52000))
    assert do(GetPositions(), reply([position()]))[1][0].path == "/api/v2/mix/position/all-position"
    with pytest.raises(PermissionDenied):
        do(GetPositions(), reply([position(posMode="hedge_mode")]))


def test_a_balance() -> None:
    amount, (asked,) = do(GetBalance("usdt"), reply([account()]))
    assert (amount, asked.params) == (Decimal("1000.5"), {"productType": "USDT-FUTURES"})
    assert do(GetBalance("XYZ"), reply([account()]))[0] == 0
    for asset in ("", "U,S", "U&T"):
        with pytest.raises(InvalidRequest):
            do(GetBalance(asset))


def test_the_check_passes_for_a_key_that_may_trade_in_one_way_mode() -> None:
    result, asked = run(bitget().check(), [reply(SETTINGS), reply(KEY)])
    assert result is None
    assert [(request.path, request.costs) for request in asked] == [
        ("/api/v2/mix/account/account", {"account": 1, "everything": 1}),
        ("/api/v2/spot/account/info", {"account_info": 1, "everything": 1}),
    ]
    assert asked[0].params == {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}
    assert run(bitget().check(), [reply(SETTINGS), reply({**KEY, "authorities": ["trade", "readonly"]})])[0] is None


def test_a_key_for_futures_alone_cannot_ask_what_it_may_do() -> None:
    assert run(bitget().check(), [reply(SETTINGS), PermissionDenied("40014")])[0] is None


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ((reply(SETTINGS), reply({**KEY, "authorities": ["coor", "cpor"]})), PermissionDenied, "may not trade"),
        ((reply(SETTINGS), reply({**KEY, "authorities": ["readonly"]})), PermissionDenied, "readonly"),
        ((reply(SETTINGS), reply({**KEY, "authorities": None})), PermissionDenied, "nothing"),
        ((reply({**SETTINGS, "posMode": "hedge_mode"}), reply(KEY)), PermissionDenied, "one-way mode"),
        ((PermissionDenied("40014"), reply(KEY)), PermissionDenied, "40014"),
        ((reply(SETTINGS), RateLimited("slower")), RateLimited, "slower"),
        ((reply(None), reply(KEY)), UnexpectedReply, "account"),
    ],
)
def test_the_check_says_what_is_wrong(answers: tuple[Any, Any], kind: type[ExchangeError], words: str) -> None:
    with pytest.raises(kind, match=words):
        run(bitget().check(), [*answers])


# --- market -----------------------------------------------------------------------------------------------------


def test_the_latest_price() -> None:
    price, (asked,) = do(GetLatestPrice("BTCUSDT"), reply([ticker()]))
    assert (price, asked.path, asked.access) == (Decimal(52000), "/api/v2/mix/market/ticker", Access.PUBLIC)
    assert asked.params == {"productType": "USDT-FUTURES", "symbol": "BTCUSDT"}
    for answer in (reply([ticker(lastPr="")]), reply([]), reply([ticker(lastPr="0")])):
        with pytest.raises(UnexpectedReply):
            do(GetLatestPrice("BTCUSDT"), answer)


def test_tickers_with_open_interest() -> None:
    rows = [ticker(), ticker(symbol="ETHUSDT", open24h="", change24h="0.015"), ticker(symbol="BTCUSDM24")]
    (btc, eth), (asked,) = do(GetTickers(), reply(rows))
    assert asked.params == {"productType": "USDT-FUTURES"}
    assert (btc.symbol, btc.price_change, btc.price_change_percent) == ("BTCUSDT", Decimal(2000), Decimal(4))
    assert (btc.volume, btc.quote_volume, btc.open_interest) == (2000, 104_000_000, Decimal("50.5"))
    assert (eth.symbol, eth.price_change_percent, eth.time_ms) == ("ETHUSDT", Decimal("1.5"), 1708600000001)


def test_open_interest() -> None:
    interest = {"openInterestList": [{"symbol": "BTCUSDT", "size": "52234.134"}], "ts": "1"}
    amount, (asked,) = do(GetOpenInterest("BTCUSDT"), reply(interest))
    assert (amount, asked.costs) == (Decimal("52234.134"), {"open_interest": 1, "everything": 1})
    with pytest.raises(UnexpectedReply):
        do(GetOpenInterest("ETHUSDT"), reply(interest))


def rows(newest: int, count: int) -> list[list[str]]:
    """Candles by the minute as Bitget lists them, oldest first."""
    return [[str((newest - n) * 60_000), "1", "2", "0.5", "1.5", "100", "150"] for n in range(count)][::-1]


def test_candles_are_told_oldest_first_with_the_running_one_marked() -> None:
    listed = reply(rows(10_000, 3)[::-1], request_ms=10_000 * 60_000 + 59_999)
    found, (asked,) = do(GetHistoricalKlines("BTCUSDT", "1m", 3), listed)
    assert asked.params == {"productType": "USDT-FUTURES", "symbol": "BTCUSDT", "granularity": "1m", "limit": "3"}
    assert [each.open_ms // 60_000 for each in found] == [9_998, 9_999, 10_000]
    assert [each.is_closed for each in found] == [True, True, False]
    assert {each.volume for each in found} == {100}


@pytest.mark.parametrize("request_ms", [10_001 * 60_000, str(10_001 * 60_000)])
def test_a_candle_whose_time_is_over_is_closed_though_none_follows(request_ms: Any) -> None:
    found, _ = do(GetHistoricalKlines("BTCUSDT", "1m", 2), reply(rows(10_000, 2), request_ms=request_ms))
    assert [each.is_closed for each in found] == [True, True]


def test_more_candles_than_a_page_are_read_page_by_page() -> None:
    pages = [reply(rows(10_000, CANDLES_PAGE)), reply(rows(10_000 - CANDLES_PAGE + 1, 501))]
    found, asked = do(GetHistoricalKlines("BTCUSDT", "1m", 1500), *pages)
    oldest = (10_000 - CANDLES_PAGE + 1) * 60_000
    assert (asked[1].params["endTime"], asked[1].params["limit"]) == (str(oldest), "501"), "the seam may come again"
    assert [each.open_ms // 60_000 for each in found] == list(range(8_501, 10_001))


def test_where_one_list_ends_the_other_goes_on() -> None:
    found, asked = do(
        GetHistoricalKlines("BTCUSDT", "1d", 120),
        reply([[str(n * 86_400_000), "1", "1", "1", "1", "1", "1"] for n in range(1000, 1090)]),
        reply([]),
        reply([[str(n * 86_400_000), "1", "1", "1", "1", "1", "1"] for n in range(980, 1000)]),
        reply([]),
    )
    assert [request.path.rpartition("/")[2] for request in asked] == ["candles"] * 2 + ["history-candles"] * 2
    assert [request.costs for request in asked[1:3]] == [
        {"candles": 1, "everything": 1},
        {"history_candles": 1, "everything": 1},
    ]
    assert [each.open_ms // 86_400_000 for each in found] == list(range(980, 1090))


@pytest.mark.parametrize(
    ("interval", "limit", "field"),
    [("8h", 10, "interval"), ("2m", 10, "interval"), ("1m", 0, "limit"), ("1m", 1501, "limit")],
)
def test_candles_that_cannot_be_had(interval: str, limit: int, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        do(GetHistoricalKlines("BTCUSDT", interval, limit))
    assert refused.value.field == field


def test_the_funding_rate_with_the_mark_price() -> None:
    rate, asked = do(GetFundingRate("BTCUSDT"), [reply([RATE]), reply([ticker()])])
    assert [request.path.rpartition("/")[2] for request in asked] == ["current-fund-rate", "ticker"]
    assert (rate.rate, rate.predicted_rate, rate.next_funding_ms) == (
        Decimal("0.0001"),
        Decimal("0.0001"),
        1708617600000,
    )
    assert (rate.mark_price, rate.time_ms) == (Decimal("52000.5"), NOW)
    with pytest.raises(UnexpectedReply):
        do(GetFundingRate("BTCUSDT"), [reply([]), reply([ticker()])])


def test_all_funding_rates_are_asked_for_at_once() -> None:
    said = reply([RATE, {**RATE, "symbol": "ETHUSDT"}, {**RATE, "symbol": "BTCUSDM24"}])
    rates, asked = do(GetFundingRates(), [said, reply([ticker()])])
    assert [request.params for request in asked] == [{"productType": "USDT-FUTURES"}] * 2
    assert [(rate.symbol, rate.mark_price) for rate in rates] == [("BTCUSDT", Decimal("52000.5")), ("ETHUSDT", 0)]


def settled(number: int) -> dict[str, str]:
    return {"symbol": "BTCUSDT", "fundingRate": "0.0005", "fundingTime": str(number * 28_800_000)}


def test_settled_rates_come_page_by_page_oldest_first() -> None:
    pages = [reply([settled(n) for n in range(500, 500 - FUNDING_PAGE, -1)]), reply([settled(401), settled(400)])]
    rates, asked = do(GetHistoricalFundingRates("BTCUSDT", 101), *pages)
    assert [request.params["pageNo"] for request in asked] == ["1", "2"]
    assert asked[0].params["pageSize"] == "100"
    assert [rate.time_ms // 28_800_000 for rate in rates] == list(range(400, 501))
    assert {(rate.rate, rate.next_funding_ms) for rate in rates} == {(Decimal("0.0005"), 0)}
    for limit in (0, 1001):
        with pytest.raises(InvalidRequest):
            do(GetHistoricalFundingRates("BTCUSDT", limit))


def test_contracts_are_read_anew() -> None:
    venue = bitget()
    run(venue.recipe(FetchExchangeInfo("ethusdt")), CONTRACTS)
    assert venue.symbols.names() == ("BTCUSDT", "ETHUSDT")
    with pytest.raises(UnknownSymbol):
        run(venue.recipe(FetchExchangeInfo("BTCUSDT")), reply([contract("ETH")]))
    assert venue.symbols.names() == ("ETHUSDT",)


def test_the_servers_time() -> None:
    ms, (asked,) = run(bitget().server_time(), TIME)
    assert (ms, asked.path, asked.params) == (NOW, "/api/v2/public/time", {})
    for answer in (reply({"serverTime": "0"}), reply({"serverTime": "soon"}), reply({"serverTime": "9" * 18}), b"{"):
        with pytest.raises(UnexpectedReply):
            run(bitget().server_time(), answer)


def test_what_the_session_answers_is_not_asked_of_the_venue() -> None:
    with pytest.raises(TypeError):
        bitget().recipe(Start())
