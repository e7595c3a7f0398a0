"""Cancelling: what is asked, and what is made of the answers."""

from typing import Any

import pytest

from sansio_exchange.commands import (
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    GetOpenOrders,
    GetOrder,
    PlaceOrder,
    PlaceOrders,
)
from sansio_exchange.errors import (
    InvalidRequest,
    OrderNotFound,
    OutcomeUnknown,
    VenueUnavailable,
)
from sansio_exchange.venue import Priority
from tests.sansio_exchange.gate.payloads import (
    FUTURES,
    do,
    gate,
    gate_with_orders,
    order,
    order_push,
    order_with,
    push,
)
from tests.sansio_exchange.recipes import body, run

CANCELLED = body(order(status="finished", finish_as="cancelled"))
GONE = OrderNotFound("no such order")


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (CancelOrder("BTCUSDT", 7), "7"),
        (CancelOrder("BTCUSDT", 0, "mine1"), "t-mine1"),
        (CancelOrder("BTCUSDT", 7, "x"), "7"),
    ],
)
def test_an_order_is_cancelled_by_either_id(action: CancelOrder, name: str) -> None:
    result, (asked,) = run(gate_with_orders(7).recipe(action), CANCELLED)
    assert result is None
    assert (asked.method, asked.path, asked.params) == ("DELETE", f"{FUTURES}/orders/{{order_id}}", {"order_id": name})
    assert (asked.priority, asked.ws_method) == (Priority.CANCEL, "futures.order_cancel")


def test_orders_are_known_as_soon_as_they_are_sent_answered_looked_up_or_told() -> None:
    venue = gate_with_orders()
    next(venue.recipe(PlaceOrder(order_with(client_order_id="m1"))))
    assert len(run(venue.recipe(CancelOrder("BTCUSDT", 0, "m1")), CANCELLED)[1]) == 1, "before it is answered"
    run(venue.recipe(PlaceOrders((order_with(client_order_id="m2"),))), [body(order(id=5, text="t-m2"))])
    run(venue.recipe(GetOrder("BTCUSDT", 6)), body(order(id=6)))
    venue.decode("private", push("futures.orders", order_push(id=8, size=1, left=1)))
    for order_id in (5, 6, 8):
        assert len(run(venue.recipe(CancelOrder("BTCUSDT", order_id)), CANCELLED)[1]) == 1


def test_an_order_that_nobody_has_heard_of_is_asked_for_before_it_is_cancelled() -> None:
    venue = gate_with_orders()
    _, (asked, cancelled) = run(venue.recipe(CancelOrder("BTCUSDT", 9)), body(order(id=9)), CANCELLED)
    assert (asked.method, asked.params, asked.priority) == ("GET", {"order_id": "9"}, Priority.CANCEL)
    assert (cancelled.method, cancelled.params) == ("DELETE", {"order_id": "9"})
    _, (cancelled,) = run(venue.recipe(CancelOrder("BTCUSDT", 9)), CANCELLED)
    assert cancelled.method == "DELETE", "once"


def test_an_order_of_another_symbol_is_not_cancelled() -> None:
    """The venue itself would take the id alone."""
    venue = gate_with_orders(7)
    of_btc = body(order(id=7))
    for action in (CancelOrder("ETHUSDT", 7), CancelOrder("ETHUSDT", 0, "mine1")):
        recipe = venue.recipe(action)
        asked: Any = next(recipe)
        assert asked.method == "GET"
        with pytest.raises(OrderNotFound, match="BTC_USDT, not of ETHUSDT"):
            recipe.send(of_btc)
    outcomes, requests = run(venue.recipe(CancelOrders("ETHUSDT", (7,))), [of_btc])
    assert [type(each) for each in outcomes] == [OrderNotFound]
    assert [each.method for each in requests] == ["GET"]


def test_an_order_that_cannot_be_asked_for_is_not_cancelled() -> None:
    with pytest.raises(VenueUnavailable):
        run(gate_with_orders().recipe(CancelOrder("BTCUSDT", 7)), VenueUnavailable("maintenance"))
    with pytest.raises(OutcomeUnknown):
        run(gate_with_orders().recipe(CancelOrder("BTCUSDT", 7)), b"<html>")


def test_an_order_that_closes_a_position_is_cancelled_whatever_its_size() -> None:
    recipe = gate_with_orders().recipe(CancelOrder("BTCUSDT", 7))
    assert len(run(recipe, body(order(id=7, size="0", left="0")), CANCELLED)[1]) == 2


@pytest.mark.parametrize("text", ["web", "-", "api", "", None])
def test_an_order_without_a_name_is_cancelled_by_the_one_that_it_is_told_with(text: str | None) -> None:
    recipe = gate_with_orders().recipe(CancelOrder("BTCUSDT", 0, "15675394"))
    _, asked = run(recipe, GONE, body(order(text=text)), CANCELLED)
    assert [(each.method, each.params["order_id"]) for each in asked] == [
        ("GET", "t-15675394"),
        ("GET", "15675394"),
        ("DELETE", "15675394"),
    ]


def test_a_number_that_is_anothers_id_cancels_nothing() -> None:
    recipe = gate_with_orders().recipe(CancelOrder("BTCUSDT", 0, "15675394"))
    next(recipe)
    recipe.throw(GONE)
    with pytest.raises(OrderNotFound):
        recipe.send(body(order(text="t-anothers")))


def test_before_the_open_orders_are_listed_a_cancel_goes_out_as_it_is_asked_for() -> None:
    """Who starts anew to stop what is running waits for nothing; what is sent can be shown without asking."""
    venue = gate()
    for action in (CancelOrder("BTCUSDT", 9), CancelOrder("BTCUSDT", 0, "any")):
        assert [each.method for each in run(venue.recipe(action), CANCELLED)[1]] == ["DELETE"]
    run(venue.recipe(GetOpenOrders("BTCUSDT")), body([]))
    assert len(run(venue.recipe(CancelOrder("BTCUSDT", 9)), CANCELLED)[1]) == 1, "those of one symbol are not all"
    run(venue.recipe(GetOpenOrders("BTCUSDT")), body([order(id=9)]))
    recipe = venue.recipe(CancelOrder("ETHUSDT", 9))
    asked: Any = next(recipe)
    assert asked.method == "GET", "of this one it is known"


def test_a_cancel_that_was_not_answered_is_open() -> None:
    venue = gate_with_orders(7)
    for answer in (OutcomeUnknown("lost"), b"<html>"):
        with pytest.raises(OutcomeUnknown) as unknown:
            run(venue.recipe(CancelOrder("BTCUSDT", 0, "mine1")), answer)
        assert unknown.value.client_order_id == "mine1"
    with pytest.raises(OrderNotFound):
        run(venue.recipe(CancelOrder("BTCUSDT", 7)), GONE)
    with pytest.raises(InvalidRequest, match="client_order_id"):
        venue.recipe(CancelOrder("BTCUSDT", 0, "not ours"))
    with pytest.raises(InvalidRequest, match="order_id"):
        venue.recipe(CancelOrder("BTCUSDT"))


def test_orders_are_cancelled_in_batches_of_twenty() -> None:
    ids = tuple(range(1, 23))
    first = [{"id": str(each), "succeeded": True, "message": ""} for each in ids[:20]]
    first[3] = {"id": "4", "succeeded": False, "message": "ORDER_NOT_FOUND"}
    first[4] = {"id": "5", "succeeded": False, "message": "INTERNAL"}
    first[5] = {"id": "6", "succeeded": False, "message": ""}
    second = [{"id": 22, "user_id": 5, "succeeded": True}]
    recipe = gate_with_orders(*ids).recipe(CancelOrders("BTCUSDT", ids))
    outcomes, asked = run(recipe, [body(first), body(second)])
    assert [len(each.params["rows"]) for each in asked] == [20, 2]
    assert [each.costs["cancelling"] for each in asked] == [20, 2]
    failed = {at + 1: type(each) for at, each in enumerate(outcomes) if each is not None}
    assert failed == {4: OrderNotFound, 5: OutcomeUnknown, 6: OutcomeUnknown, 21: OutcomeUnknown}
    assert do(CancelOrders("BTCUSDT", ())) == ((), [])


def test_those_of_a_batch_that_nobody_has_heard_of_are_asked_for_side_by_side() -> None:
    ids = (1, 2, 3, 4, 5)
    answers = [GONE, body(order(id=4, contract="ETH_USDT")), body(order(id=5))]
    done = [{"id": str(each), "succeeded": True} for each in (1, 2, 5)]
    outcomes, asked = run(gate_with_orders(1, 2).recipe(CancelOrders("BTCUSDT", ids)), answers, [body(done)])
    assert [each.params for each in asked[:3]] == [{"order_id": "3"}, {"order_id": "4"}, {"order_id": "5"}]
    assert asked[3].params["rows"] == ("1", "2", "5")
    assert [type(each) for each in outcomes] == [type(None), type(None), OrderNotFound, OrderNotFound, type(None)]


def test_all_orders_are_cancelled_by_one_request() -> None:
    result, (asked,) = do(CancelAllOrders("BTCUSDT"), body([order()]))
    assert result is None
    assert (asked.method, asked.path, asked.params) == ("DELETE", f"{FUTURES}/orders", {"contract": "BTC_USDT"})
    assert asked.ws_method == "futures.order_cancel_cp"
    _, (every,) = do(CancelAllOrders(), body([]))
    assert (every.params, every.ws_method) == ({}, ""), "the socket wants a contract"
    with pytest.raises(OutcomeUnknown):
        do(CancelAllOrders(), b"<html>")
