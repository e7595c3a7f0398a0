"""A client that asks far too much gets what is left; the others do not notice."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.commands import CancelOrders, Credentials, GetLatestPrice, GetSymbolInfo, PlaceOrder, Start
from sansio_exchange.machine import Complete
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.session import Connector
from sansio_exchange.session.run import Run
from sansio_exchange.simulation.faults import Latency
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venues import make_venue
from tests.simulation.desk import FLOODER
from tests.simulation.episode import Episode
from tests.simulation.weather import Flood, Trouble


def refused(venue: str) -> dict[str, int]:
    """How often each client was told that it asks too much, where one asks 600 things within ten seconds."""
    flood = Trouble(70.0, "flood", (Flood(70.0, 10.0, 60.0),))
    episode = Episode(3, venue, trades_for=30.0, troubles=[flood])
    episode.run()
    return dict(episode.traders.refused)


@pytest.mark.parametrize("venue", ["binance", "bybit", "bitget", "gate"])
def test_a_flood_hurts_only_who_makes_it(venue: str) -> None:
    by_client = refused(venue)
    assert by_client.pop(FLOODER) > 0
    assert set(by_client.values()) == {0}


def test_it_hurts_everybody_where_nobody_asks_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Run.__init__

    def nameless(self: Run, recipe: Any, done: Any, deadline: Any, credentials: Any, client: str, *parent: Any) -> None:
        begin(self, recipe, done, deadline, credentials, "", *parent)

    monkeypatch.setattr(Run, "__init__", nameless)
    by_client = refused("bitget")
    del by_client[FLOODER]
    assert sum(by_client.values()) > 0


@pytest.mark.parametrize(("rows", "who"), [(20, "careful"), (10, "flood")])
def test_a_batch_of_cancels_is_answered_at_once_whoever_floods_with_orders(rows: int, who: str) -> None:
    """On Gate all of order entry draws on one limit, a batch with each of its rows."""
    connector = Connector(make_venue("gate"), Credentials("demo", "demo"), session="s1", seed=1, past_is_known=True)
    world = World(connector, make_local_venue("gate", seed=7, start_ms=START_MS), seed=7, faults=[Latency(0.01, 0.01)])
    world.ask(Start(), timeout=30)
    world.run_until(5)
    price, rules = world.ask(GetLatestPrice("BTCUSDT")), world.ask(GetSymbolInfo("BTCUSDT"))
    low = (price * Decimal("0.95") // rules.tick_size) * rules.tick_size
    order = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, rules.min_quantity, low)
    standing = [world.ask(PlaceOrder(order), client="careful").order_id for _ in range(rows)]
    world.run_until(10)
    flood: Counter[bool] = Counter()

    def answered(answer: Complete) -> None:
        flood[answer.error is None] += 1

    def place() -> None:
        if world.now < 14:
            world.begin(PlaceOrder(order), answered, timeout=3.0, client="flood")
            world.at(world.now + 0.005, place)

    place()
    world.run_until(12)
    assert world.ask(CancelOrders("BTCUSDT", tuple(standing)), timeout=10, client=who) == (None,) * rows
    assert world.now < 12.2
    world.run_until(20)
    assert flood[True] > 10
