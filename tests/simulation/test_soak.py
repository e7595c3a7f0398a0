"""Some seeds of the whole system in bad weather; `python -m tests.simulation` runs many more."""

import pytest

from tests.simulation.episode import Episode
from tests.simulation.sites import SITES

SEEDS = range(1, 4)

pytestmark = pytest.mark.parametrize("venue", SITES)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_doubled_or_told_wrongly(seed: int, venue: str) -> None:
    Episode(seed, venue).run()


def test_the_same_seed_tells_the_same_to_the_byte(venue: str) -> None:
    assert Episode(3, venue).run() == Episode(3, venue).run()


def test_episodes_trade(venue: str) -> None:
    """Else the others would prove nothing."""
    episode = Episode(4, venue)
    episode.run()
    assert sum(len(witness.orders) for witness in episode.lives.witnesses) > 100
    assert sum(len(witness.fills) for witness in episode.lives.witnesses) > 50
