"""How orders and fills are looked up at Bybit."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.bybit import Bybit
from sansio_exchange.commands import CancelOrder, GetFills, GetOpenOrders, GetOrder
from sansio_exchange.errors import OrderNotFound, PermissionDenied, UnexpectedReply, VenueUnavailable
from sansio_exchange.orders import OrderStatus
from tests.sansio_exchange.bybit.asking import ACK, DAY_MS, LOST, NUMBER, OTHER_NUMBER, TIME, knowing
from tests.sansio_exchange.bybit.payloads import OTHER_UUID, TIME_MS, UUID, bybit, execution, listed, order, reply
from tests.sansio_exchange.recipes import run


@pytest.fixture
def venue() -> Bybit:
    return bybit()


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
