"""What placing orders asks of Bybit, and what it makes of the answers."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.bybit import Bybit
from sansio_exchange.commands import PlaceOrder, PlaceOrders
from sansio_exchange.errors import (
    DuplicateClientOrderId,
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    NotConnected,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
)
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.bybit.asking import ACK, BUY, LOST, NUMBER, OTHER_NUMBER, SELL, changed
from tests.sansio_exchange.bybit.payloads import OTHER_UUID, TIME_MS, UUID, batch, bybit, reply
from tests.sansio_exchange.recipes import run


@pytest.fixture
def venue() -> Bybit:
    return bybit()


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
    outcomes, (request,) = run(venue.recipe(PlaceOrders((changed(SELL, client_order_id="!"), BUY))), [reply(ACK)])
    assert request.path == "/v5/order/create"
    assert isinstance(outcomes[0], InvalidRequest)
    assert outcomes[1].order_id == NUMBER
    outcomes, _ = run(venue.recipe(PlaceOrders((BUY,))), [OrderRejected("no")])
    assert isinstance(outcomes[0], OrderRejected)
    assert run(venue.recipe(PlaceOrders(())))[0] == ()
