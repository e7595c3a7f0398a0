"""Where nothing breaks, nothing is given up and nobody is told that it was."""

import pytest

from sansio_exchange.machine import ConnectionLost, Event, SessionState
from sansio_exchange.simulation.faults import Latency
from tests.simulation.episode import Episode
from tests.simulation.sites import SITES
from tests.simulation.weather import Trouble

ON_THE_WAY = (Trouble(0.0, "latency", (Latency(0.2, 0.2, 0.1),)),)
"""What is listed and what is told are never of the same moment."""


@pytest.mark.parametrize("venue", SITES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_session_that_nothing_disturbs_stays_live(venue: str, seed: int) -> None:
    episode = Episode(seed, venue, troubles=ON_THE_WAY)
    told: list[Event] = []
    episode.lives.listeners.append(told.append)
    episode.run()
    states = [event for event in told if isinstance(event, SessionState)]
    assert [state.live for state in states].count(True) == 1
    assert states[-1].live
    assert [event for event in told if isinstance(event, ConnectionLost)] == []
