"""Placing: what is asked, with its costs, and what is made of the answers."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.commands import (
    PlaceOrder,
    PlaceOrders,
)
from sansio_exchange.errors import (
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
)
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.gate.payloads import (
    BUY,
    FUTURES,
    do,
    gate,
    order,
    order_with,
)
from tests.sansio_exchange.recipes import body


def test_an_order_is_placed_in_contracts_and_returned_as_it_was_accepted() -> None:
    placed, (asked,) = do(PlaceOrder(BUY), body(order()))
    assert asked == Request(
        "POST",
        f"{FUTURES}/orders",
        {"contract": "BTC_USDT", "size": "20", "price": "37000.1", "tif": "gtc", "text": "t-mine1"},
        Access.SIGNED,
        {"placing": 1, "everything": 1},
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


def test_where_the_reply_leaves_the_time_in_force_out_it_is_as_it_was_asked_for() -> None:
    reply = {name: value for name, value in order().items() if name != "tif"}
    placed, _ = do(PlaceOrder(order_with(post_only=True, time_in_force=TimeInForce.GTC)), body(reply))
    assert placed.time_in_force is TimeInForce.GTX


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
    assert [each.costs for each in asked] == [{"placing": 10, "everything": 10}, {"placing": 2, "everything": 2}]
    assert {(each.path, each.ws_method) for each in asked} == {
        (f"{FUTURES}/batch_orders", "futures.order_batch_place"),
    }


def test_one_order_goes_alone() -> None:
    outcomes, (asked,) = do(PlaceOrders((BUY,)), [body(order())])
    assert asked.path == f"{FUTURES}/orders"
    assert outcomes[0].order_id == 15675394
    (refused,), _ = do(PlaceOrders((BUY,)), [InsufficientFunds("no")])
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


def test_a_row_that_was_too_much_holds_placements_back_and_nothing_else() -> None:
    orders = batch(2)
    rows: list[Any] = accepted(orders)
    rows[1] = {"succeeded": False, "label": "TOO_MANY_REQUESTS", "detail": "Request Rate limit Exceeded (311)"}
    (placed, refused), _ = do(PlaceOrders(orders), [body(rows)])
    assert isinstance(placed, Order)
    assert isinstance(refused, RateLimited)
    assert refused.budgets == ("placing",)


def test_an_order_is_told_by_the_canonical_symbol_whichever_name_was_asked_for() -> None:
    placed, _ = do(PlaceOrder(order_with(symbol="BTC_USDT")), body(order()))
    assert placed.symbol == "BTCUSDT"
