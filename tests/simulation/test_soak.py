"""Some seeds of the whole system in bad weather; `python -m tests.simulation` runs many more."""

import pytest

from tests.simulation.episode import Episode
from tests.simulation.sites import SITES

SEEDS = range(1, 3)


@pytest.mark.parametrize("venue", SITES)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_doubled_or_told_wrongly(seed: int, venue: str) -> None:
    episode = Episode(seed, venue)
    episode.run()
    witnesses = episode.lives.witnesses
    assert sum(len(witness.orders) for witness in witnesses) > 50  # else silence would say nothing
    assert sum(len(witness.fills) for witness in witnesses) > 30
