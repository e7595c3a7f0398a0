"""On every venue: an order that is asked for again is the same one, whoever tells of it and whatever is told."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from sansio_exchange.commands import Credentials, GetLatestPrice, PlaceOrder, Start
from sansio_exchange.errors import DuplicateClientOrderId, OutcomeUnknown
from sansio_exchange.orders import NewOrder, OrderType, Side, TimeInForce
from sansio_exchange.session import Connector
from sansio_exchange.simulation.faults import BlackHole, Fault, Latency
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venues import NETWORKS, make_venue

REPLIES_LOST = BlackHole(30.0, 5.0, ways=("response", "in"))
WAYS_TO_ASK: list[dict[str, Any]] = [
    {},
    {"time_in_force": TimeInForce.GTC},
    {"time_in_force": TimeInForce.GTX},
    {"post_only": True},
    {"time_in_force": TimeInForce.IOC},
    {"time_in_force": TimeInForce.FOK},
    {"type": OrderType.MARKET},
]


def connector(name: str, session: str) -> Connector:
    credentials = Credentials("demo", "demo", "demo")
    return Connector(make_venue(name), credentials, session=session, seed=1, past_is_known=session == "s1")


def started(name: str, *faults: Fault) -> World:
    venue = make_local_venue(name, seed=7, start_ms=START_MS)
    world = World(connector(name, "s1"), venue, seed=7, faults=[Latency(0.01, 0.01), *faults])
    world.ask(Start(), timeout=30)
    return world


def order(world: World, how: dict[str, Any]) -> NewOrder:
    """One that rests, or trades at once where that is what it is for."""
    price = world.ask(GetLatestPrice("BTCUSDT"))
    rests = how.get("time_in_force") not in (TimeInForce.IOC, TimeInForce.FOK)
    price = (price * Decimal("0.97" if rests else "1.01")).quantize(Decimal(1))
    asked = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.01"), price, client_order_id="mine1")
    asked = structs.replace(asked, **how)
    return asked if asked.type is OrderType.LIMIT else structs.replace(asked, price=None)


@pytest.mark.parametrize("how", WAYS_TO_ASK, ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_whose_reply_came(name: str, how: dict[str, Any]) -> None:
    world = started(name)
    placed = world.ask(PlaceOrder(asked := order(world, how)))
    world.run_until(world.now + 3)
    assert world.ask(PlaceOrder(asked)).order_id == placed.order_id


@pytest.mark.parametrize("how", WAYS_TO_ASK, ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_whose_reply_was_lost(name: str, how: dict[str, Any]) -> None:
    world = started(name, REPLIES_LOST)
    asked = order(world, how)
    world.run_until(REPLIES_LOST.start + 1)
    with pytest.raises(OutcomeUnknown):
        world.ask(PlaceOrder(asked), timeout=2)
    found = world.ask(PlaceOrder(asked), timeout=40)
    assert found.created_ms < START_MS + (REPLIES_LOST.start + 2) * 1000, "it is the one that was asked for first"
    world.run_until(world.now + 5)
    assert world.ask(PlaceOrder(asked)).order_id == found.order_id


@pytest.mark.parametrize("how", WAYS_TO_ASK, ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_that_a_process_before_had_placed(name: str, how: dict[str, Any]) -> None:
    world = started(name)
    placed = world.ask(PlaceOrder(asked := order(world, how)))
    world.kill(0, lambda _: world.boot(connector(name, "s2")))
    world.run_until(world.now + 5)
    world.ask(Start(), timeout=30)
    assert world.ask(PlaceOrder(asked), timeout=60).order_id == placed.order_id


@pytest.mark.parametrize("name", NETWORKS)
def test_one_that_is_to_rest_is_not_taken_for_one_that_is_to_trade_at_once(name: str) -> None:
    world = started(name)
    world.ask(PlaceOrder(asked := order(world, {})))
    for how in (TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX):
        with pytest.raises(DuplicateClientOrderId):
            world.ask(PlaceOrder(structs.replace(asked, time_in_force=how)))
