"""Placing and cancelling against replies of the documentation's shape: what is asked, and what comes of it."""

import json
from typing import Any

import pytest
from msgspec import structs

from sansio_exchange.binance import requests
from sansio_exchange.binance.symbols import Product
from sansio_exchange.errors import (
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    UnexpectedReply,
    WouldTake,
)
from sansio_exchange.orders import OrderStatus, OrderType, TimeInForce
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.binance.payloads import (
    LIMIT,
    MARKET,
    numbered,
    order,
)
from tests.sansio_exchange.recipes import body, run

PRODUCT = Product()

# --- placing ----------------------------------------------------------------------------------------------------


def test_a_limit_order() -> None:
    placed, asked = run(requests.place_order(LIMIT), body(order()))
    assert asked == [
        Request(
            "POST",
            "/fapi/v1/order",
            {
                "symbol": "BTCUSDT",
                "side": "BUY",
                "type": "LIMIT",
                "quantity": "0.100",
                "price": "42088.10",
                "timeInForce": "GTC",
                "newClientOrderId": "mine-1",
                "newOrderRespType": "RESULT",
            },
            Access.SIGNED,
            {"orders_10s": 1, "orders_1m": 1},
            Priority.PLACE,
            "order.place",
        )
    ]
    assert (placed.order_id, placed.client_order_id, placed.status) == (22542179, "mine-1", OrderStatus.NEW)


def test_a_market_order_has_neither_price_nor_time_in_force_and_no_exponent() -> None:
    assert requests.order_params(MARKET) == {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "MARKET",
        "quantity": "0.001",
        "newClientOrderId": "mine-2",
        "newOrderRespType": "RESULT",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"post_only": True}, {"timeInForce": "GTX"}),
        ({"time_in_force": TimeInForce.GTX}, {"timeInForce": "GTX"}),
        ({"time_in_force": TimeInForce.GTC, "post_only": True}, {"timeInForce": "GTX"}),
        ({"time_in_force": TimeInForce.IOC}, {"timeInForce": "IOC"}),
        ({"time_in_force": TimeInForce.FOK}, {"timeInForce": "FOK"}),
        ({"reduce_only": True}, {"reduceOnly": "true"}),
        ({"client_order_id": "a.B:c/9_-"}, {"newClientOrderId": "a.B:c/9_-"}),
    ],
)
def test_what_an_order_may_ask_for_besides(changes: dict[str, Any], expected: dict[str, str]) -> None:
    plain = requests.order_params(LIMIT)
    assert requests.order_params(structs.replace(LIMIT, **changes)) == plain | expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "x" * 37}, "client_order_id"),
        ({"client_order_id": "with space"}, "client_order_id"),
        ({"client_order_id": "ü"}, "client_order_id"),
        ({"client_order_id": "a\n"}, "client_order_id"),
        ({"post_only": True, "time_in_force": TimeInForce.IOC}, "post_only"),
        ({"post_only": True, "time_in_force": TimeInForce.FOK}, "post_only"),
        ({"price": None}, "price"),
        ({"type": OrderType.OTHER}, "type"),
        ({"type": OrderType.MARKET, "price": None, "post_only": True}, "post_only"),
        ({"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.GTX}, "post_only"),
    ],
)
def test_what_cannot_be_said_to_the_venue_is_refused_before_anything_is_sent(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        requests.place_order(structs.replace(LIMIT, **changes))
    assert refused.value.field == field


def test_a_refused_order_is_refused() -> None:
    with pytest.raises(WouldTake):
        run(requests.place_order(LIMIT), WouldTake("no", code="-5022"))


@pytest.mark.parametrize("answer", [OutcomeUnknown("timeout"), b"<html>", b"{}", b""])
def test_an_order_of_which_nobody_can_tell_is_told_by_its_client_id(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown) as unknown:
        run(requests.place_order(LIMIT), answer)
    assert unknown.value.client_order_id == "mine-1"


def test_a_reply_about_another_order_says_nothing_of_ours() -> None:
    with pytest.raises(OutcomeUnknown, match="another order") as unknown:
        run(requests.place_order(LIMIT), body(order(clientOrderId="another")))
    assert unknown.value.client_order_id == "mine-1"


# --- placing many -----------------------------------------------------------------------------------------------


def test_seven_orders_go_in_two_batches_side_by_side() -> None:
    orders = [numbered(number) for number in range(7)]
    rows = [order(orderId=100 + number, clientOrderId=f"mine-{number}") for number in range(7)]
    recipe = requests.place_orders(orders)
    step = next(recipe)
    assert isinstance(step, tuple)
    assert [request.costs for request in step] == [{"weight_1m": 5, "orders_10s": 5, "orders_1m": 1}] * 2
    assert {(each.method, each.path, each.access, each.priority, each.ws_method) for each in step} == {
        ("POST", "/fapi/v1/batchOrders", Access.SIGNED, Priority.PLACE, "")
    }
    sent = [json.loads(request.params["batchOrders"]) for request in step]
    assert [len(each) for each in sent] == [5, 2]
    assert sent[1][1] == requests.order_params(orders[6])
    with pytest.raises(StopIteration) as stop:
        recipe.send([body(rows[:5]), body(rows[5:])])
    assert [placed.order_id for placed in stop.value.value] == list(range(100, 107))


def test_one_row_that_fails_fails_alone() -> None:
    rows = [
        order(clientOrderId="mine-1"),
        {"code": -2019, "msg": "Margin is insufficient."},
        order(clientOrderId="mine-3", orderId=3),
    ]
    outcomes, _ = run(requests.place_orders([numbered(1), numbered(2), numbered(3)]), [body(rows)])
    assert [type(each).__name__ for each in outcomes] == ["Order", "InsufficientFunds", "Order"]


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"code":200}', b'[{"orderId":"x"}]'])
def test_rows_that_a_reply_does_not_tell_of_may_or_may_not_stand(answer: bytes) -> None:
    outcomes, _ = run(requests.place_orders([numbered(1), numbered(2)]), [answer])
    assert [each.client_order_id for each in outcomes if isinstance(each, OutcomeUnknown)] == ["mine-1", "mine-2"]


def test_a_single_order_takes_the_faster_way() -> None:
    outcomes, asked = run(requests.place_orders([LIMIT]), [body(order())])
    assert asked[0].ws_method == "order.place"
    assert outcomes[0].order_id == 22542179
    outcomes, _ = run(requests.place_orders([LIMIT]), [InsufficientFunds("no")])
    assert isinstance(outcomes[0], InsufficientFunds)


# --- cancelling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order_id", "client_order_id", "which"),
    [
        (7, "", {"orderId": 7}),
        (7, "mine-1", {"orderId": 7}),
        (0, "mine-1", {"origClientOrderId": "mine-1"}),
    ],
)
def test_one_order_by_either_id(order_id: int, client_order_id: str, which: dict[str, Any]) -> None:
    result, asked = run(
        requests.cancel_order("BTCUSDT", order_id, client_order_id), body(order(status="CANCELED", orderId=7))
    )
    assert result is None
    assert asked == [
        Request(
            "DELETE",
            "/fapi/v1/order",
            {"symbol": "BTCUSDT", **which},
            Access.SIGNED,
            {"weight_1m": 1},
            Priority.CANCEL,
            "order.cancel",
        )
    ]
    found, asked = run(requests.get_order("BTCUSDT", order_id, client_order_id), body(order(time=5)))
    assert (found.order_id, found.created_ms) == (22542179, 5)
    assert asked == [
        Request(
            "GET",
            "/fapi/v1/order",
            {"symbol": "BTCUSDT", **which},
            Access.SIGNED,
            {"weight_1m": 1},
            ws_method="order.status",
        )
    ]


def test_an_order_without_any_id_cannot_be_found() -> None:
    for recipe in (requests.cancel_order, requests.get_order):
        with pytest.raises(InvalidRequest, match=r"^order_id: "):
            recipe("BTCUSDT", 0, "")
        with pytest.raises(InvalidRequest, match=r"^client_order_id: "):
            recipe("BTCUSDT", 0, "not this")


def test_an_order_that_does_not_work_any_more_is_not_found() -> None:
    with pytest.raises(OrderNotFound):
        run(requests.cancel_order("BTCUSDT", 7, ""), OrderNotFound("Unknown order sent.", code="-2011"))


def test_many_orders_are_cancelled_by_tens() -> None:
    rows = [order(orderId=number, status="CANCELED") for number in range(1, 13)]
    rows[3] = {"code": -2011, "msg": "Unknown order sent."}
    outcomes, asked = run(
        requests.cancel_orders("BTCUSDT", tuple(range(1, 13))), [body(rows[:10]), RateLimited("later", retry_after=1)]
    )
    assert [request.params for request in asked] == [
        {"symbol": "BTCUSDT", "orderIdList": "[1,2,3,4,5,6,7,8,9,10]"},
        {"symbol": "BTCUSDT", "orderIdList": "[11,12]"},
    ]
    assert {(each.method, each.path, each.priority) for each in asked} == {
        ("DELETE", "/fapi/v1/batchOrders", Priority.CANCEL)
    }
    assert [type(each) for each in outcomes] == [
        *[type(None)] * 3,
        OrderNotFound,
        *[type(None)] * 6,
        RateLimited,
        RateLimited,
    ]


def test_ids_that_a_reply_does_not_tell_of_may_or_may_not_be_cancelled() -> None:
    outcomes, _ = run(requests.cancel_orders("BTCUSDT", (1, 2)), [body([order()])])
    assert outcomes[0] is None
    assert isinstance(outcomes[1], OutcomeUnknown)
    outcomes, _ = run(requests.cancel_orders("BTCUSDT", (1, 2)), [b"<html>"])
    assert all(isinstance(each, OutcomeUnknown) for each in outcomes)
    assert run(requests.cancel_orders("BTCUSDT", ())) == ((), [])


def test_all_orders_of_a_symbol() -> None:
    result, asked = run(requests.cancel_all_orders("BTCUSDT", (), PRODUCT), [b'{"code":200,"msg":"done"}'])
    assert result is None
    assert asked == [
        Request(
            "DELETE",
            "/fapi/v1/allOpenOrders",
            {"symbol": "BTCUSDT"},
            Access.SIGNED,
            {"weight_1m": 1},
            Priority.CANCEL,
        )
    ]


def test_all_orders_of_all_symbols_are_looked_up_first() -> None:
    working = [order(), order(symbol="ETHUSDT"), order(orderId=3), order(symbol="BTCUSD_PERP")]
    _, asked = run(requests.cancel_all_orders("", (), PRODUCT), body(working), [b'{"code":200}'] * 2)
    assert asked[0].costs == {"weight_1m": 40}
    assert [request.params for request in asked[1:]] == [{"symbol": "BTCUSDT"}, {"symbol": "ETHUSDT"}]
    assert run(requests.cancel_all_orders("", (), PRODUCT), b"[]")[1] == asked[:1]
    _, with_known = run(
        requests.cancel_all_orders("", (("SOLUSDT", 7),), PRODUCT), body(working), [b'{"code":200}'] * 3
    )
    assert [each.params["symbol"] for each in with_known[1:]][-1] == "SOLUSDT"


@pytest.mark.parametrize("answer", [b"<html>", b"{}", b'{"code":500}', b"[]"])
def test_orders_are_not_taken_for_cancelled_unless_the_venue_says_so(answer: bytes) -> None:
    with pytest.raises(UnexpectedReply, match="allOpenOrders"):
        run(requests.cancel_all_orders("BTCUSDT", (), PRODUCT), [answer])


def test_every_symbol_is_tried_before_the_first_error_is_told() -> None:
    working = [order(), order(symbol="ETHUSDT")]
    with pytest.raises(RateLimited):
        run(requests.cancel_all_orders("", (), PRODUCT), body(working), [RateLimited("later"), b'{"code":200}'])
