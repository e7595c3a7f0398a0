"""Where nothing breaks, nothing is given up and nobody is told that it was."""

import pytest

from sansio_exchange.machine import ConnectionLost, Event, SessionState
from sansio_exchange.simulation.faults import Latency, Straggle
from tests.simulation.episode import Episode
from tests.simulation.sites import SITES
from tests.simulation.weather import Trouble

LATE = (
    Trouble(0.0, "latency", (Latency(0.05, 0.05, 0.05),)),
    Trouble(0.0, "straggle", (Straggle(0.0, 3600.0, 3.0, ways=("in",), target="private"),)),
)
"""The stream tells up to three seconds later what the venue lists by then."""


@pytest.mark.parametrize("venue", SITES)
def test_a_session_that_nothing_disturbs_stays_live(venue: str) -> None:
    episode = Episode(1, venue, trades_for=300.0, troubles=LATE)
    told: list[Event] = []
    episode.lives.listeners.append(told.append)
    episode.run()
    states = [event for event in told if isinstance(event, SessionState)]
    assert [state.live for state in states].count(True) == 1
    assert states[-1].live
    assert [event for event in told if isinstance(event, ConnectionLost)] == []
