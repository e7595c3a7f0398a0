"""A client that asks far too much gets what is left; the others do not notice."""

from typing import Any

import pytest

from sansio_exchange.session.run import Run
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
