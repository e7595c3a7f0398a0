from typing import Any

import pytest

from sansio_exchange.commands import Action, CancelOrder, CancelOrders, GetOrder, PlaceOrders
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.venues import make_venue
from service.asked import asked_for

UUID = "c6f055d9-7f21-4079-913d-e6523a9cfffa"


def asked(name: str, payload: Any, exchange: str = "bybit", **fields: str) -> Action:
    return asked_for(make_venue(exchange), name, payload, fields)


def test_an_order_is_asked_for_by_the_id_that_the_reply_names() -> None:
    number = OrderIds().number(UUID)
    payload = {"result": {"symbol": "ETHUSDT", "orderId": UUID, "orderLinkId": "mine"}}
    assert asked("cancel_order", payload) == CancelOrder("ETHUSDT", number)
    assert asked("get_order", payload) == GetOrder("ETHUSDT", number)
    assert asked("batch_cancel_orders", [payload, {"orderId": 7}]) == CancelOrders("ETHUSDT", (number, 7))


def test_the_id_of_a_frame_is_not_that_of_an_order() -> None:
    assert asked("cancel_order", {"id": "5", "data": [{"ordId": "7"}]}) == CancelOrder("BTCUSDT", 7)
    assert asked("cancel_order", {"id": 7, "contract": "BTC_USDT"}, "gate") == CancelOrder("BTC_USDT", 7)
    assert asked("cancel_order", {"id": "a", "error": {}}, "binance") == CancelOrder(
        "BTCUSDT", client_order_id="sample"
    )


def test_an_order_that_is_named_without_an_id_is_asked_for_by_its_name() -> None:
    payload = {"orderId": "", "orderLinkId": "mine"}
    assert asked("cancel_order", payload) == CancelOrder("BTCUSDT", client_order_id="mine")
    assert asked("cancel_order", payload, order_id="7") == CancelOrder("BTCUSDT", 7)


def test_gates_mark_is_no_part_of_the_name() -> None:
    action = asked("batch_place_orders", [{"text": "t-a"}, {"text": "t-b"}], "gate")
    assert isinstance(action, PlaceOrders)
    assert [order.client_order_id for order in action.orders] == ["a", "b"]


def test_what_is_given_stands() -> None:
    assert asked("get_order", {"orderId": "7"}, client_order_id="mine") == GetOrder("BTCUSDT", client_order_id="mine")
    assert asked("get_order", {"orderId": "7"}, order_id="8", symbol="ETHUSDT") == GetOrder("ETHUSDT", 8)
    with pytest.raises(InvalidRequest, match="colour"):
        asked("get_order", None, colour="red")
