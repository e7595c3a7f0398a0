"""Cancelling: what is asked, and what is made of the answers."""

import pytest

from sansio_exchange.commands import (
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
)
from sansio_exchange.errors import (
    InvalidRequest,
    OrderNotFound,
    OutcomeUnknown,
)
from sansio_exchange.venue import Priority
from tests.sansio_exchange.gate.payloads import (
    FUTURES,
    do,
    gate,
    order,
)
from tests.sansio_exchange.recipes import body


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
