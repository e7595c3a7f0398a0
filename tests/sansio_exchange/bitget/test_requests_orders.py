"""Placing orders, one by one and many at once."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.bitget.requests import BATCH_ROWS
from sansio_exchange.commands import PlaceOrder, PlaceOrders
from sansio_exchange.errors import (
    DuplicateClientOrderId,
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    UnexpectedReply,
    UnknownSymbol,
)
from sansio_exchange.orders import Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.bitget.asking import BUY, LONG_ID, LONG_NUMBER, do, order_with
from tests.sansio_exchange.bitget.payloads import NOW, ack, batch, bitget, refusal, reply


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
