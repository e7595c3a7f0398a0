"""What each command asks of Bybit, and what it makes of the answers."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Balance, MarginMode
from sansio_exchange.bybit import Bybit
from sansio_exchange.commands import (
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
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
)
from sansio_exchange.errors import (
    DuplicateClientOrderId,
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    NotConnected,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    UnexpectedReply,
    VenueUnavailable,
)
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.bybit.payloads import (
    ACCOUNT_INFO,
    KEY,
    OTHER_UUID,
    TIME_MS,
    UUID,
    batch,
    bybit,
    coin,
    execution,
    listed,
    order,
    position,
    reply,
    ticker,
    wallet,
)
from tests.sansio_exchange.recipes import run

NUMBER, OTHER_NUMBER = OrderIds().number(UUID), OrderIds().number(OTHER_UUID)
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal("51858.1"), client_order_id="mine-1")
SELL = NewOrder("ETHUSDT", Side.SELL, OrderType.MARKET, Decimal("0.3"), client_order_id="mine-2")
ACK = {"orderId": UUID, "orderLinkId": "mine-1"}
LOST = OutcomeUnknown("no answer")
TIME = reply({"timeSecond": "1700000000", "timeNano": "1700000000500000000"})
DAY_MS = 86_400_000


@pytest.fixture
def venue() -> Bybit:
    return bybit()


def knowing() -> Bybit:
    """A venue that has heard of two orders."""
    made = bybit()
    run(made.recipe(GetOpenOrders()), listed(order(), order(orderId=OTHER_UUID, orderLinkId="mine-2")))
    return made


def changed(new: NewOrder, **changes: Any) -> NewOrder:
    from msgspec import structs

    return structs.replace(new, **changes)


# --- placing ----------------------------------------------------------------------------------------------------


def test_a_placed_order_is_new_whatever_becomes_of_it(venue: Bybit) -> None:
    """The reply says that the request was accepted, no more: the order topic tells the rest."""
    placed, (request,) = run(venue.recipe(PlaceOrder(BUY)), reply(ACK))
    assert placed == Order(
        order_id=NUMBER,
        client_order_id="mine-1",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.2"),
        status=OrderStatus.NEW,
        price=Decimal("51858.1"),
        time_in_force=TimeInForce.GTC,
        created_ms=TIME_MS,
        update_ms=TIME_MS,
    )
    assert request == Request(
        "POST",
        "/v5/order/create",
        {
            "category": "linear",
            "symbol": "BTCUSDT",
            "side": "Buy",
            "orderType": "Limit",
            "qty": "0.2",
            "positionIdx": 0,
            "orderLinkId": "mine-1",
            "price": "51858.1",
            "timeInForce": "GTC",
        },
        Access.SIGNED,
        {"place": 1, "everything": 1},
        Priority.PLACE,
        "order.create",
    )


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (changed(BUY, post_only=True), {"timeInForce": "PostOnly"}),
        (changed(BUY, time_in_force=TimeInForce.GTX), {"timeInForce": "PostOnly"}),
        (changed(BUY, post_only=True, time_in_force=TimeInForce.GTC), {"timeInForce": "PostOnly"}),
        (changed(BUY, time_in_force=TimeInForce.IOC), {"timeInForce": "IOC"}),
        (changed(BUY, time_in_force=TimeInForce.FOK), {"timeInForce": "FOK"}),
        (changed(BUY, reduce_only=True), {"reduceOnly": True}),
        (changed(BUY, side=Side.SELL), {"side": "Sell"}),
        (changed(BUY, price=Decimal("1E-7"), quantity=Decimal("1E+3")), {"price": "0.0000001", "qty": "1000"}),
        (SELL, {"orderType": "Market"}),
        (changed(SELL, time_in_force=TimeInForce.IOC), {"orderType": "Market"}),
    ],
)
def test_what_an_order_asks_for_is_said_in_bybits_words(venue: Bybit, new: NewOrder, words: dict[str, Any]) -> None:
    request: Any = next(venue.recipe(PlaceOrder(new)))
    assert words.items() <= request.params.items()
    assert ("price" in request.params) == ("timeInForce" in request.params) == (new.type is OrderType.LIMIT)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (changed(BUY, post_only=True), TimeInForce.GTX),
        (changed(BUY, time_in_force=TimeInForce.IOC), TimeInForce.IOC),
        (SELL, TimeInForce.UNSPECIFIED),
    ],
)
def test_a_placed_order_says_of_its_time_in_force_what_the_venue_will(
    venue: Bybit, new: NewOrder, told: TimeInForce
) -> None:
    placed, _ = run(venue.recipe(PlaceOrder(new)), reply({**ACK, "orderLinkId": new.client_order_id}))
    assert placed.time_in_force is told


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (changed(BUY, client_order_id=""), "client_order_id"),
        (changed(BUY, client_order_id="a" * 37), "client_order_id"),
        (changed(BUY, client_order_id="a.b"), "client_order_id"),
        (changed(BUY, client_order_id="é"), "client_order_id"),
        (changed(BUY, price=None), "price"),
        (changed(BUY, type=OrderType.OTHER), "type"),
        (changed(BUY, post_only=True, time_in_force=TimeInForce.IOC), "post_only"),
        (changed(SELL, post_only=True), "post_only"),
        (changed(SELL, time_in_force=TimeInForce.GTX), "post_only"),
    ],
)
def test_what_bybits_form_cannot_say_is_refused_before_anything_is_sent(
    venue: Bybit, new: NewOrder, field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        venue.recipe(PlaceOrder(new))
    assert refused.value.field == field


@pytest.mark.parametrize("client_order_id", ["a" * 36, "A-b_9", "0"])
def test_client_order_ids_of_the_venues_form(venue: Bybit, client_order_id: str) -> None:
    venue.recipe(PlaceOrder(changed(BUY, client_order_id=client_order_id)))


@pytest.mark.parametrize(
    "answer",
    [
        *(LOST, reply({}), reply({"orderId": ""}), reply({"orderId": 5}), b"<html>", b'{"retCode":0}'),
        *(
            reply({"orderId": OTHER_UUID, "orderLinkId": "mine-2"}),
            reply({"orderId": UUID}),
            reply({**ACK, "orderId": ""}),
        ),
    ],
)
def test_an_answer_that_says_nothing_of_the_order_leaves_it_unknown(venue: Bybit, answer: Any) -> None:
    with pytest.raises(OutcomeUnknown) as unknown:
        run(venue.recipe(PlaceOrder(BUY)), answer)
    assert unknown.value.client_order_id == "mine-1"


@pytest.mark.parametrize("refusal", [InsufficientFunds("no"), DuplicateClientOrderId("twice"), NotConnected("never")])
def test_a_refusal_stays_one(venue: Bybit, refusal: ExchangeError) -> None:
    with pytest.raises(type(refusal)):
        run(venue.recipe(PlaceOrder(BUY)), refusal)


def test_a_batch_has_an_outcome_for_each_row(venue: Bybit) -> None:
    third = changed(BUY, client_order_id="mine-3")
    rows = (
        ({"orderId": UUID, "orderLinkId": "mine-1"}, 0),
        ({"orderId": "", "orderLinkId": "mine-2"}, 110007),
        ({"orderId": OTHER_UUID, "orderLinkId": "mine-3"}, 0),
    )
    outcomes, (request,) = run(venue.recipe(PlaceOrders((BUY, SELL, third))), [batch(*rows)])
    assert (request.path, request.ws_method, request.costs) == (
        *("/v5/order/create-batch", "order.create-batch", {"place_batch": 3, "everything": 1}),
    )
    assert request.params["category"] == "linear"
    assert [row["orderLinkId"] for row in request.params["request"]] == ["mine-1", "mine-2", "mine-3"]
    assert [getattr(outcome, "order_id", type(outcome)) for outcome in outcomes] == [
        NUMBER,
        InsufficientFunds,
        OTHER_NUMBER,
    ]
    assert outcomes[0].created_ms == TIME_MS


def test_rows_in_another_order_are_told_apart_by_their_ids(venue: Bybit) -> None:
    rows = (({"orderId": OTHER_UUID, "orderLinkId": "mine-2"}, 0), ({"orderId": UUID, "orderLinkId": "mine-1"}, 0))
    outcomes, _ = run(venue.recipe(PlaceOrders((BUY, SELL))), [batch(*rows)])
    assert [outcome.order_id for outcome in outcomes] == [NUMBER, OTHER_NUMBER]


@pytest.mark.parametrize(
    "answer",
    [
        LOST,
        batch(({"orderId": UUID, "orderLinkId": "another"}, 0), ({"orderId": UUID, "orderLinkId": "more"}, 0)),
        batch(),
        reply({"list": [ACK, ACK]}),
        reply({"list": [ACK, ACK]}, ext=""),
        reply({"list": [ACK, ACK]}, ext={"list": [{"code": 0, "msg": "OK"}]}),
        batch(({"orderId": "", "orderLinkId": "mine-1"}, 0), ({"orderId": "", "orderLinkId": "mine-2"}, 0)),
        b"<html>",
    ],
)
def test_a_batch_that_says_nothing_of_a_row_leaves_it_unknown(venue: Bybit, answer: Any) -> None:
    outcomes, _ = run(venue.recipe(PlaceOrders((BUY, SELL))), [answer])
    assert [(type(outcome), outcome.client_order_id) for outcome in outcomes] == [
        (OutcomeUnknown, "mine-1"),
        (OutcomeUnknown, "mine-2"),
    ]


def test_a_refused_batch_refuses_its_own_rows_alone(venue: Bybit) -> None:
    orders = tuple(changed(BUY, client_order_id=f"m{number}") for number in range(13))
    good = batch(*(({"orderId": f"u{number}", "orderLinkId": f"m{number}"}, 0) for number in range(10)))
    outcomes, requests = run(venue.recipe(PlaceOrders(orders)), [good, RateLimited("later")])
    assert [len(request.params["request"]) for request in requests] == [10, 3]
    assert [type(outcome) for outcome in outcomes] == [Order] * 10 + [RateLimited] * 3


def test_a_row_that_breaks_a_rule_is_not_sent_and_one_that_is_left_goes_alone(venue: Bybit) -> None:
    outcomes, (request,) = run(venue.recipe(PlaceOrders((changed(SELL, client_order_id="!"), BUY))), reply(ACK))
    assert request.path == "/v5/order/create"
    assert isinstance(outcomes[0], InvalidRequest)
    assert outcomes[1].order_id == NUMBER
    outcomes, _ = run(venue.recipe(PlaceOrders((BUY,))), OrderRejected("no"))
    assert isinstance(outcomes[0], OrderRejected)
    assert run(venue.recipe(PlaceOrders(())))[0] == ()


# --- cancelling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (CancelOrder("BTCUSDT", order_id=NUMBER), {"orderId": UUID}),
        (CancelOrder("BTCUSDT", client_order_id="mine-1"), {"orderLinkId": "mine-1"}),
        (CancelOrder("BTCUSDT", order_id=NUMBER, client_order_id="other"), {"orderId": UUID}),
    ],
)
def test_an_order_is_cancelled_by_either_id(action: CancelOrder, name: dict[str, str]) -> None:
    done, (request,) = run(knowing().recipe(action), reply(ACK))
    assert done is None
    assert (request.path, request.ws_method, request.priority) == ("/v5/order/cancel", "order.cancel", Priority.CANCEL)
    assert request.params == {"category": "linear", "symbol": "BTCUSDT", **name}


def test_an_order_of_an_earlier_process_is_found_before_it_is_cancelled(venue: Bybit) -> None:
    _, requests = run(venue.recipe(CancelOrder("BTCUSDT", order_id=NUMBER)), listed(order()), reply(ACK))
    assert [request.path for request in requests] == ["/v5/order/realtime", "/v5/order/cancel"]
    assert requests[1].params["orderId"] == UUID


def test_an_order_that_is_not_working_is_not_found(venue: Bybit) -> None:
    with pytest.raises(OrderNotFound):
        run(venue.recipe(CancelOrder("BTCUSDT", order_id=NUMBER)), listed(order(orderId=OTHER_UUID)))


@pytest.mark.parametrize("action", [CancelOrder("BTCUSDT"), GetOrder("BTCUSDT")])
def test_an_order_must_be_named(venue: Bybit, action: Any) -> None:
    with pytest.raises(InvalidRequest):
        venue.recipe(action)


@pytest.mark.parametrize(
    "answer", [LOST, b"<html>", b'{"retCode":0}', reply({"orderId": OTHER_UUID, "orderLinkId": "mine-2"})]
)
def test_a_cancel_without_an_answer_is_unknown(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown) as unknown:
        run(knowing().recipe(CancelOrder("BTCUSDT", client_order_id="mine-1")), answer)
    assert unknown.value.client_order_id == "mine-1"


def test_many_are_cancelled_by_batches() -> None:
    venue = knowing()
    rows = (({"orderId": UUID}, 0), ({"orderId": OTHER_UUID}, 110001))
    outcomes, (request,) = run(venue.recipe(CancelOrders("BTCUSDT", (NUMBER, OTHER_NUMBER))), [batch(*rows)])
    assert [type(outcome) for outcome in outcomes] == [type(None), OrderNotFound]
    assert (request.path, request.costs) == ("/v5/order/cancel-batch", {"cancel_batch": 2, "everything": 1})
    assert request.params["request"] == (
        {"symbol": "BTCUSDT", "orderId": UUID},
        {"symbol": "BTCUSDT", "orderId": OTHER_UUID},
    )


def test_of_many_those_that_are_not_known_are_looked_for_once(venue: Bybit) -> None:
    action = CancelOrders("BTCUSDT", (OTHER_NUMBER, NUMBER))
    outcomes, requests = run(venue.recipe(action), listed(order()), [batch(({"orderId": UUID}, 0))])
    assert [type(outcome) for outcome in outcomes] == [OrderNotFound, type(None)]
    assert [request.path for request in requests] == ["/v5/order/realtime", "/v5/order/cancel-batch"]
    outcomes, requests = run(bybit().recipe(action), listed())
    assert [type(outcome) for outcome in outcomes] == [OrderNotFound, OrderNotFound]


def test_a_failed_batch_of_cancels_marks_its_own_rows() -> None:
    outcomes, _ = run(knowing().recipe(CancelOrders("BTCUSDT", (NUMBER, OTHER_NUMBER))), [LOST])
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown, OutcomeUnknown]


def test_all_orders_of_a_symbol_are_cancelled_by_one_call_but_not_its_stops(venue: Bybit) -> None:
    done, (request,) = run(venue.recipe(CancelAllOrders("BTCUSDT")), [reply({"list": [ACK]})])
    assert done is None
    assert (request.path, request.params) == (
        *("/v5/order/cancel-all", {"category": "linear", "symbol": "BTCUSDT", "orderFilter": "Order"}),
    )


def test_all_orders_are_cancelled_symbol_by_symbol(venue: Bybit) -> None:
    """By their settlement coin those of dated futures would be cancelled, too."""
    working = listed(order(), order(orderId=OTHER_UUID, symbol="ETHUSDT"), order(orderId="x", symbol="BTCUSDT-26DEC25"))
    with pytest.raises(RateLimited):
        run(venue.recipe(CancelAllOrders()), working, [RateLimited("later"), reply()])
    _, requests = run(venue.recipe(CancelAllOrders()), working, [reply(), reply()])
    assert [request.params.get("symbol") for request in requests] == [None, "BTCUSDT", "ETHUSDT"]
    assert run(venue.recipe(CancelAllOrders()), listed())[0] is None


# --- looking up -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (GetOrder("BTCUSDT", order_id=NUMBER), {"orderId": UUID}),
        (GetOrder("BTCUSDT", client_order_id="mine-1"), {"orderLinkId": "mine-1"}),
    ],
)
def test_an_order_is_looked_for_among_recent_ones_then_in_the_history(action: GetOrder, name: dict[str, str]) -> None:
    found, (request,) = run(knowing().recipe(action), listed(order(orderStatus="Filled", cumExecQty="2.000")))
    assert (found.order_id, found.status, found.executed_qty) == (NUMBER, OrderStatus.FILLED, Decimal(2))
    assert (request.path, request.params) == (
        *("/v5/order/realtime", {"category": "linear", "symbol": "BTCUSDT", **name}),
    )
    found, requests = run(knowing().recipe(action), listed(), listed(order(orderStatus="Cancelled")))
    assert (found.order_id, [request.path for request in requests]) == (
        *(NUMBER, ["/v5/order/realtime", "/v5/order/history"]),
    )


NAMELESS = order(orderLinkId="")
CALLED_BY_NUMBER = GetOrder("BTCUSDT", client_order_id=str(NUMBER))


def test_an_order_without_a_client_order_id_is_found_by_the_number_that_it_is_told_with(venue: Bybit) -> None:
    (told,), _ = run(venue.recipe(GetOpenOrders()), listed(NAMELESS))
    found, (request,) = run(venue.recipe(GetOrder("BTCUSDT", client_order_id=told.client_order_id)), listed(NAMELESS))
    assert (found, request.params["orderId"]) == (told, UUID)
    done, (request,) = run(venue.recipe(CancelOrder("BTCUSDT", client_order_id=told.client_order_id)), reply(ACK))
    assert (done, request.params["orderId"]) == (None, UUID)


def test_it_is_found_by_a_process_that_has_not_heard_of_it_as_well(venue: Bybit) -> None:
    found, requests = run(venue.recipe(CALLED_BY_NUMBER), listed(), listed(), listed(NAMELESS), listed(NAMELESS))
    assert (found.order_id, found.client_order_id) == (NUMBER, str(NUMBER))
    assert [request.params.get("orderLinkId", request.params.get("orderId", "")) for request in requests] == [
        *(str(NUMBER), str(NUMBER), "", UUID),
    ]
    action = CancelOrder("BTCUSDT", client_order_id=str(NUMBER))
    _, requests = run(bybit().recipe(action), listed(NAMELESS), reply(ACK))
    assert (requests[0].path, requests[1].params["orderId"]) == ("/v5/order/realtime", UUID)


def test_a_callers_own_id_that_looks_like_a_number_is_taken_for_what_it_is(venue: Bybit) -> None:
    own = order(orderId=OTHER_UUID, orderLinkId=str(NUMBER))
    found, (request,) = run(venue.recipe(CALLED_BY_NUMBER), listed(own))
    assert (found.order_id, request.params["orderLinkId"]) == (OTHER_NUMBER, str(NUMBER))
    action = CancelOrder("BTCUSDT", client_order_id=str(NUMBER))
    _, requests = run(venue.recipe(action), listed(own), reply({"orderId": OTHER_UUID, "orderLinkId": str(NUMBER)}))
    assert requests[1].params["orderLinkId"] == str(NUMBER)
    with pytest.raises(OrderNotFound):
        run(venue.recipe(CALLED_BY_NUMBER), listed(), listed(), listed(), listed(), listed())


def test_an_order_with_a_client_order_id_of_its_own_is_not_found_by_its_number_in_that_place(venue: Bybit) -> None:
    with pytest.raises(OrderNotFound):
        run(venue.recipe(CALLED_BY_NUMBER), listed(), listed(), listed(order()), listed(order()))


@pytest.mark.parametrize("name", ["7", "1700000000000000000", "9999999999999999999", "04611686018427387904"])
def test_a_number_that_no_order_of_bybits_has_is_a_name_like_any_other(venue: Bybit, name: str) -> None:
    _, (request,) = run(venue.recipe(CancelOrder("BTCUSDT", client_order_id=name)), reply({}))
    assert request.params["orderLinkId"] == name


def test_an_order_that_neither_lists_is_not_found(venue: Bybit) -> None:
    with pytest.raises(OrderNotFound):
        run(venue.recipe(GetOrder("BTCUSDT", client_order_id="mine-1")), listed(), listed())


def test_an_order_of_another_symbol_is_not_the_one(venue: Bybit) -> None:
    """Bybit looks at the id first and at the symbol not at all."""
    with pytest.raises(OrderNotFound):
        run(venue.recipe(GetOrder("ETHUSDT", client_order_id="mine-1")), listed(order()), listed())


@pytest.mark.parametrize(
    ("answers", "where"),
    [
        ([listed(order()), listed(order())], ["realtime", "realtime"]),
        ([listed(), listed(order()), listed(order())], ["realtime", "realtime 1", "realtime"]),
        ([listed(), listed(), listed(order()), listed(order())], ["realtime", "realtime 1", "history", "realtime"]),
    ],
)
def test_an_order_of_an_earlier_process_is_found_wherever_the_venue_lists_it(
    venue: Bybit, answers: list[bytes], where: list[str]
) -> None:
    found, requests = run(venue.recipe(GetOrder("BTCUSDT", order_id=NUMBER)), *answers)
    assert found.order_id == NUMBER
    assert [
        f"{request.path.rpartition('/')[2]} {request.params.get('openOnly', '')}".strip() for request in requests
    ] == where
    assert requests[-1].params["orderId"] == UUID


def test_pages_are_turned_until_it_is_found(venue: Bybit) -> None:
    full = [order(orderId=f"u{number}") for number in range(50)]
    answers = [listed(*full, cursor="a"), listed(*full[1:], order(), cursor="b"), listed(order())]
    _, requests = run(venue.recipe(GetOrder("BTCUSDT", order_id=NUMBER)), *answers)
    assert [request.params.get("cursor") for request in requests] == [None, "a", None]


def test_an_order_that_the_venue_does_not_list_is_not_found(venue: Bybit) -> None:
    with pytest.raises(OrderNotFound, match=str(NUMBER)):
        run(venue.recipe(GetOrder("BTCUSDT", order_id=NUMBER)), listed(), listed(), listed())


def test_an_id_of_another_venue_is_asked_for_and_not_found(venue: Bybit) -> None:
    with pytest.raises(OrderNotFound):
        run(venue.recipe(GetOrder("BTCUSDT", order_id=7)), listed(), listed())


def test_working_orders_are_those_of_ours_on_all_pages(venue: Bybit) -> None:
    full = [order(orderId=f"u{number}") for number in range(49)]
    strange = [order(orderId="f", symbol="BTCUSDT-26DEC25"), order(orderId="s", orderStatus="Untriggered")]
    orders, requests = run(
        venue.recipe(GetOpenOrders()), listed(*full, strange[0], cursor="a%3D1"), listed(strange[1], order())
    )
    assert len(orders) == 50
    assert [request.params.get("cursor") for request in requests] == [None, "a%3D1"]
    assert requests[0].params == {"category": "linear", "settleCoin": "USDT", "orderFilter": "Order", "limit": 50}
    _, (request,) = run(venue.recipe(GetOpenOrders("BTCUSDT")), listed())
    assert "settleCoin" not in request.params
    assert request.params["symbol"] == "BTCUSDT"


@pytest.mark.parametrize("status", ["New", "PartiallyFilled", "Tomorrow"])
def test_an_order_of_hedge_mode_is_refused(venue: Bybit, status: str) -> None:
    with pytest.raises(PermissionDenied, match="hedge mode"):
        run(venue.recipe(GetOpenOrders()), listed(order(positionIdx=1, orderStatus=status)))


@pytest.mark.parametrize("status", ["Filled", "Cancelled", "Rejected", "PartiallyFilledCanceled"])
def test_past_orders_of_hedge_mode_are_no_hindrance_to_finding_others(venue: Bybit, status: str) -> None:
    """The account may have been in hedge mode a day ago."""
    past = order(orderId=OTHER_UUID, positionIdx=1, orderStatus=status)
    ended = order(orderStatus="Filled", cumExecQty="2.000")
    found, _ = run(
        venue.recipe(GetOrder("BTCUSDT", order_id=NUMBER)), listed(), listed(past), listed(past, ended), listed(ended)
    )
    assert found.order_id == NUMBER
    action = GetFills("BTCUSDT", order_id=NUMBER)
    fills, _ = run(bybit().recipe(action), listed(), listed(past), listed(past, ended), listed(execution()))
    assert [fill.order_id for fill in fills] == [NUMBER]
    with pytest.raises(OrderNotFound):
        run(venue.recipe(GetOrder("BTCUSDT", client_order_id="mine-1")), listed(past), listed(past))


def test_a_question_that_got_no_answer_may_be_asked_again(venue: Bybit) -> None:
    with pytest.raises(VenueUnavailable):
        run(venue.recipe(GetOpenOrders()), LOST)


# --- fills ------------------------------------------------------------------------------------------------------


def test_fills_of_an_order() -> None:
    fee = execution(execType="Funding", execId="f")
    rows = [execution(execId="b", execTime="1700000000300"), execution(execId="a"), fee]
    fills, (request,) = run(knowing().recipe(GetFills("BTCUSDT", order_id=NUMBER)), listed(*rows))
    assert [fill.trade_id for fill in fills] == ["a", "b"]
    assert request.params == {"category": "linear", "symbol": "BTCUSDT", "orderId": UUID, "limit": 100}


def test_fills_of_an_order_of_an_earlier_process(venue: Bybit) -> None:
    action = GetFills("BTCUSDT", order_id=NUMBER)
    fills, requests = run(venue.recipe(action), listed(order()), listed(execution()))
    assert [fill.order_id for fill in fills] == [NUMBER]
    assert [request.path for request in requests] == ["/v5/order/realtime", "/v5/execution/list"]


def test_fills_of_a_symbol_are_asked_for_in_windows_of_seven_days(venue: Bybit) -> None:
    since = TIME_MS - 10 * DAY_MS
    early = execution(execId="e", execTime=str(since - 1))
    first, second = listed(execution(execId="a", execTime=str(since)), early), listed(execution(execId="b"))
    fills, requests = run(venue.recipe(GetFills("BTCUSDT", since)), TIME, first, second)
    assert [fill.trade_id for fill in fills] == ["a", "b"]
    assert [(request.params["startTime"], request.params["endTime"]) for request in requests[1:]] == [
        (since, since + 7 * DAY_MS),
        (since + 7 * DAY_MS, since + 14 * DAY_MS),
    ]


def test_fills_older_than_two_years_are_not_asked_for(venue: Bybit) -> None:
    _, requests = run(venue.recipe(GetFills("BTCUSDT", 1)), TIME, *[listed()] * 105)
    assert requests[1].params["startTime"] == TIME_MS - 730 * DAY_MS


def test_fills_without_a_time_are_those_of_the_last_days_on_all_pages(venue: Bybit) -> None:
    full = [execution(execId=f"e{number}") for number in range(100)]
    answers = [listed(*full, cursor="a"), listed(full[99], execution(execId="x", symbol="ETHUSDT"), cursor="b")]
    fills, requests = run(venue.recipe(GetFills("BTCUSDT")), *answers)
    assert len(fills) == 100
    assert [request.params.get("cursor") for request in requests] == [None, "a"]
    assert "startTime" not in requests[0].params


@pytest.mark.parametrize("changes", [{"execId": ""}, {"execQty": "0"}, {"side": "None"}, {"execPrice": "NaN"}])
def test_nonsense_among_fills_is_unexpected(venue: Bybit, changes: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedReply):
        run(venue.recipe(GetFills("BTCUSDT")), listed(execution(**changes)))


# --- account ----------------------------------------------------------------------------------------------------


def test_the_account_is_told_as_unified(venue: Bybit) -> None:
    account, requests = run(venue.recipe(GetAccount()), [reply({"list": [wallet()]}), listed(position())])
    assert (account.wallet_balance, account.margin_balance, account.available_balance) == (
        *(Decimal("1000.5"), Decimal(1030), Decimal(870)),
    )
    assert (account.maintenance_margin, account.adjusted_equity) == (Decimal("7.5"), Decimal(1031))
    assert (account.is_unified, account.margin_mode, account.update_ms) == (True, MarginMode.UNIFIED, TIME_MS)
    assert account.balances[0] == Balance("USDT", Decimal("1000.5"), Decimal(870))
    assert [each.size for each in account.positions] == [Decimal("-0.3")]
    assert [(request.path, dict(request.params)) for request in requests] == [
        ("/v5/account/wallet-balance", {"accountType": "UNIFIED"}),
        ("/v5/position/list", {"category": "linear", "settleCoin": "USDT", "limit": 200}),
    ]


def test_positions_are_read_page_by_page(venue: Bybit) -> None:
    full = [position(symbol=f"C{number}USDT") for number in range(200)]
    positions, requests = run(venue.recipe(GetPositions()), listed(*full, cursor="a"), listed(position()))
    assert (len(positions), len(requests)) == (201, 2)
    account, _ = run(
        venue.recipe(GetAccount()),
        [reply({"list": [wallet()]}), listed(*full, cursor="a")],
        listed(*full, cursor="a"),
        listed(position()),
    )
    assert len(account.positions) == 201


def test_positions_of_a_symbol(venue: Bybit) -> None:
    empty = position(side="", size="0")
    positions, (request,) = run(venue.recipe(GetPositions("BTCUSDT")), listed(empty, position(symbol="BTCPERP")))
    assert positions == ()
    assert request.params["symbol"] == "BTCUSDT"
    (long,), _ = run(venue.recipe(GetPositions("BTCUSDT")), listed(position(side="Buy", leverage="2.5", liqPrice="9")))
    assert (long.size, long.leverage, long.liquidation_price, long.margin_type) == (
        *(Decimal("0.3"), 2, Decimal(9), "cross"),
    )
    (isolated,), _ = run(venue.recipe(GetPositions("BTCUSDT")), listed(position(tradeMode=1)))
    assert (isolated.margin_type, isolated.isolated_margin) == ("isolated", Decimal(1560))


def test_a_balance(venue: Bybit) -> None:
    answer = reply({"list": [wallet(coin(), coin(coin="BTC", walletBalance="0.5"))]})
    assert run(venue.recipe(GetBalance("btc")), answer)[0] == Decimal("0.5")
    assert run(venue.recipe(GetBalance("ETH")), answer)[0] == 0
    with pytest.raises(InvalidRequest):
        venue.recipe(GetBalance(""))


@pytest.mark.parametrize(
    "wallets", [[], [wallet(), wallet()], [wallet(coin(walletBalance=""))], [wallet(totalMarginBalance="")]]
)
def test_a_wallet_that_does_not_say_enough_is_unexpected(venue: Bybit, wallets: list[Any]) -> None:
    with pytest.raises(UnexpectedReply):
        run(venue.recipe(GetAccount()), [reply({"list": wallets}), listed()])


def checked(key: Any = None, info: Any = None, rows: Any = (), open_rows: Any = ()) -> list[Request]:
    answers = [
        reply({**KEY, **(key or {})}),
        reply({**ACCOUNT_INFO, **(info or {})}),
        listed(*rows),
        listed(*open_rows),
    ]
    return run(bybit().check(), answers)[1]


def test_a_key_that_may_trade_passes() -> None:
    requests = checked(rows=[position(side="", size="0")], open_rows=[position()])
    assert [request.path for request in requests] == [
        *("/v5/user/query-api", "/v5/account/info", "/v5/position/list", "/v5/position/list"),
    ]
    checked(info={"marginMode": "PORTFOLIO_MARGIN", "unifiedMarginStatus": 3})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"key": {"readOnly": 1}}, "may not place orders"),
        ({"key": {"permissions": {"ContractTrade": ["Position"]}}}, "may not place orders"),
        ({"key": {"permissions": {"ContractTrade": None, "Spot": ["SpotTrade"]}}}, "may not place orders"),
        ({"info": {"unifiedMarginStatus": 1}}, "unified trading account"),
        ({"info": {"marginMode": "ISOLATED_MARGIN"}}, "isolated margin"),
        ({"rows": [position(side="", size="0", positionIdx=1)]}, "hedge mode"),
        ({"open_rows": [position(symbol="ETHUSDT", positionIdx=2)]}, "hedge mode"),
    ],
)
def test_what_keeps_an_account_from_trading_is_said(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(PermissionDenied, match=words):
        checked(**wrong)


# --- market -----------------------------------------------------------------------------------------------------


def test_prices(venue: Bybit) -> None:
    price, (request,) = run(venue.recipe(GetLatestPrice("BTCUSDT")), listed(ticker()))
    assert price == 52000
    assert (request.path, request.params, request.access) == (
        *("/v5/market/tickers", {"category": "linear", "symbol": "BTCUSDT"}, Access.PUBLIC),
    )
    assert run(venue.recipe(GetOpenInterest("BTCUSDT")), listed(ticker()))[0] == Decimal("68744.761")
    for answer in (listed(), listed(ticker(lastPrice="")), listed(ticker(symbol="ETHUSDT"))):
        with pytest.raises(UnexpectedReply):
            run(venue.recipe(GetLatestPrice("BTCUSDT")), answer)


def test_tickers(venue: Bybit) -> None:
    tickers, (request,) = run(venue.recipe(GetTickers()), listed(ticker(), ticker(symbol="BTCPERP")))
    assert tickers == (
        Ticker(
            "BTCUSDT",
            Decimal(52000),
            Decimal(2000),
            Decimal("4.00"),
            Decimal(2000),
            Decimal(104000000),
            TIME_MS,
            Decimal("68744.761"),
        ),
    )
    assert request.params == {"category": "linear"}


def test_funding_rates(venue: Bybit) -> None:
    rate = Decimal("0.0001")
    told = FundingRate("BTCUSDT", rate, TIME_MS, rate, 1_700_006_400_000, Decimal("51999.5"))
    assert run(venue.recipe(GetFundingRate("BTCUSDT")), listed(ticker()))[0] == told
    without = ticker(symbol="ETHUSDT", fundingRate="")
    assert run(venue.recipe(GetFundingRates()), listed(ticker(), without))[0] == (told,)
    with pytest.raises(UnexpectedReply):
        run(venue.recipe(GetFundingRate("ETHUSDT")), listed(without))


def settled(time_ms: int, symbol: str = "BTCUSDT") -> dict[str, str]:
    return {"symbol": symbol, "fundingRate": "0.0001", "fundingRateTimestamp": str(time_ms)}


def test_settled_rates_are_read_back_page_by_page(venue: Bybit) -> None:
    full = [settled(1_000 - number) for number in range(200)]
    rates, requests = run(
        venue.recipe(GetHistoricalFundingRates("BTCUSDT", 201)), listed(*full), listed(settled(800), settled(7, "X"))
    )
    assert [rate.time_ms for rate in rates] == list(range(800, 1_001))
    assert [(request.params["limit"], request.params.get("endTime")) for request in requests] == [
        (200, None),
        (1, 800),
    ]
    assert run(venue.recipe(GetHistoricalFundingRates("BTCUSDT", 5)), listed())[0] == ()


def bar(open_ms: int) -> list[str]:
    return [str(open_ms), "1", "3", "0.5", "2", "10", "20"]


def test_candles_are_closed_once_their_time_is_over(venue: Bybit) -> None:
    """The list has no flag that says so."""
    running, over = TIME_MS - 59_999, TIME_MS - 60_000
    candles, (request,) = run(venue.recipe(GetHistoricalKlines("BTCUSDT", "1m", 2)), listed(bar(running), bar(over)))
    prices = (Decimal(1), Decimal(3), Decimal("0.5"), Decimal(2), Decimal(10))
    assert candles == (
        Candle("BTCUSDT", "1m", over, *prices, is_closed=True),
        Candle("BTCUSDT", "1m", running, *prices, is_closed=False),
    )
    assert (request.path, request.params["interval"], request.params["limit"]) == ("/v5/market/kline", "1", 2)


def test_candles_are_read_back_page_by_page(venue: Bybit) -> None:
    start = TIME_MS - 2_000 * 60_000
    pages = [[bar(start + at * 60_000) for at in span] for span in (range(999, -1, -1), range(-1, -201, -1))]
    action = GetHistoricalKlines("BTCUSDT", "1m", 1_500)
    candles, requests = run(venue.recipe(action), listed(*pages[0]), listed(*pages[1]), listed(*pages[1]))
    assert len(candles) == 1_200
    assert [candle.open_ms for candle in candles] == sorted(candle.open_ms for candle in candles)
    assert [(request.params["limit"], request.params.get("end")) for request in requests] == [
        (1_000, None),
        (500, start - 1),
        (300, start - 200 * 60_000 - 1),
    ]


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (GetHistoricalKlines("BTCUSDT", "8h", 1), "interval"),
        (GetHistoricalKlines("BTCUSDT", "1m", 0), "limit"),
        (GetHistoricalKlines("BTCUSDT", "1m", 1_501), "limit"),
        (GetHistoricalFundingRates("BTCUSDT", 1_001), "limit"),
    ],
)
def test_what_cannot_be_asked_for_names_the_field(venue: Bybit, action: Any, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        venue.recipe(action)
    assert refused.value.field == field


def test_a_candle_without_the_venues_time_cannot_be_told_closed(venue: Bybit) -> None:
    with pytest.raises(UnexpectedReply):
        run(venue.recipe(GetHistoricalKlines("BTCUSDT", "1m", 1)), reply({"list": [bar(1)]}, time=0))


def test_the_venues_time(venue: Bybit) -> None:
    assert run(venue.server_time(), TIME)[0] == 1_700_000_000_500
    for nano in ("0", "-1", "x", "9" * 30):
        with pytest.raises(UnexpectedReply):
            run(venue.server_time(), reply({"timeSecond": "1", "timeNano": nano}))
