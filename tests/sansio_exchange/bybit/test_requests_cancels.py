"""What cancelling orders asks of Bybit, and what it makes of the answers."""

from typing import Any

import pytest

from sansio_exchange.bybit import Bybit
from sansio_exchange.commands import CancelAllOrders, CancelOrder, CancelOrders, GetOrder
from sansio_exchange.errors import InvalidRequest, OrderNotFound, OutcomeUnknown, RateLimited
from sansio_exchange.venue import Priority
from tests.sansio_exchange.bybit.asking import ACK, LOST, NUMBER, OTHER_NUMBER, knowing
from tests.sansio_exchange.bybit.payloads import OTHER_UUID, UUID, batch, bybit, listed, order, reply
from tests.sansio_exchange.recipes import run


@pytest.fixture
def venue() -> Bybit:
    return bybit()


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
    _, requests = run(venue.recipe(CancelAllOrders("", (("SOLUSDT", 7),))), working, [reply(), reply(), reply()])
    assert [request.params.get("symbol") for request in requests][1:] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert run(venue.recipe(CancelAllOrders()), listed())[0] is None
