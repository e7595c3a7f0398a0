"""What is placed and answered by bytes that were spoiled on the way: an order, a refusal, or that nobody knows."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.commands import PlaceOrder, PlaceOrders
from sansio_exchange.errors import ExchangeError, OutcomeUnknown, UnexpectedReply
from sansio_exchange.machine import HttpReply
from sansio_exchange.orders import NewOrder, Order
from sansio_exchange.venue import Request
from sansio_exchange.venues import NETWORKS
from tests.sansio_exchange.both_sides import BothSides
from tests.sansio_exchange.spoiling import spoil

NONSENSE: tuple[Any, ...] = (
    *("NaN", "sNaN", "-Infinity", "1e999999", "1e-999999", "", "x", " 1", "1_0", "0x1", "\u0663", "9" * 400),
    *(None, -1, 0, 1.5, 10**40, True, [], {}),
)
"""What no venue says in any field, or not in most."""
Place = tuple[str | int, ...]


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Every field and row in it, by the way to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*here, key)
        yield from places(each, (*here, key))


def with_value(body: bytes, place: Place, value: Any) -> bytes:
    parsed = around = json.loads(body)
    for key in place[:-1]:
        around = around[key]
    around[place[-1]] = value
    return json.dumps(parsed).encode()


@cache
def placed(name: str, count: int) -> tuple[BothSides, tuple[NewOrder, ...], HttpReply]:
    """What the local venue replied to so many orders in one request."""
    sides = BothSides(name)
    orders = tuple(sides.limit(f"mine{number}") for number in range(count))
    before = len(sides.replies)
    sides.do(PlaceOrder(orders[0]) if count == 1 else PlaceOrders(orders))
    (reply,) = sides.replies[before:]
    return sides, orders, reply


def outcome(sides: BothSides, action: Any, reply: HttpReply) -> Any:
    """What the action comes to where every request gets this reply."""

    def answer() -> bytes | ExchangeError:
        try:
            return sides.venue.read(reply)
        except ExchangeError as error:
            return error

    recipe = sides.venue.recipe(action)
    try:
        step: Any = next(recipe)
        while True:
            said = answer()
            if isinstance(step, Request):
                step = recipe.throw(said) if isinstance(said, ExchangeError) else recipe.send(said)
            else:
                step = recipe.send([said for _ in step])
    except StopIteration as stop:
        return stop.value
    except ExchangeError as error:
        return error


def check(outcomes: Sequence[Any], orders: Sequence[NewOrder]) -> None:
    assert len(outcomes) == len(orders)
    for each, sent in zip(outcomes, orders, strict=True):
        assert isinstance(each, Order | ExchangeError)
        assert not isinstance(each, UnexpectedReply), "it says nothing about what was done"
        if isinstance(each, Order):
            assert 0 < each.order_id < 2**63
            assert each.client_order_id == sent.client_order_id
            assert abs(each.created_ms) < 2**63
            assert abs(each.update_ms) < 2**63
        if isinstance(each, OutcomeUnknown):
            assert each.client_order_id == sent.client_order_id


@pytest.mark.parametrize("name", NETWORKS)
def test_what_was_not_spoiled_is_an_order_each(name: str) -> None:
    sides, orders, reply = placed(name, 1)
    assert type(outcome(sides, PlaceOrder(orders[0]), reply)) is Order
    sides, orders, reply = placed(name, 3)
    assert [type(each) for each in outcome(sides, PlaceOrders(orders), reply)] == [Order] * 3


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", NETWORKS)
def test_nonsense_in_no_field_of_a_reply_passes_for_something_else(name: str, count: int) -> None:
    sides, orders, reply = placed(name, count)
    action = PlaceOrder(orders[0]) if count == 1 else PlaceOrders(orders)
    for place in places(msgspec.json.decode(reply.body)):
        for value in NONSENSE:
            spoiled = structs.replace(reply, body=with_value(reply.body, place, value))
            said = outcome(sides, action, spoiled)
            check([said] if count == 1 else said, orders)


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_spoiled_reply_to_a_placement_never_passes_for_something_else(name: str, data: st.DataObject) -> None:
    sides, orders, reply = placed(name, 1)
    spoiled = structs.replace(reply, body=spoil(data, reply.body))
    check([outcome(sides, PlaceOrder(orders[0]), spoiled)], orders)


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_spoiled_reply_to_a_batch_has_an_outcome_for_each_order(name: str, data: st.DataObject) -> None:
    sides, orders, reply = placed(name, 3)
    spoiled = structs.replace(reply, body=spoil(data, reply.body))
    check(outcome(sides, PlaceOrders(orders), spoiled), orders)
