"""Some seeds of the whole system in bad weather; `python -m tests.simulation` runs many more."""

import pytest

from tests.simulation.episode import Episode

SEEDS = range(1, 31)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_doubled_or_told_wrongly(seed: int) -> None:
    Episode(seed).run()


@pytest.mark.parametrize("seed", [3, 8])
def test_the_same_seed_tells_the_same_to_the_byte(seed: int) -> None:
    assert Episode(seed).run() == Episode(seed).run()


def test_episodes_trade() -> None:
    """Else the others would prove nothing."""
    episode = Episode(1)
    episode.run()
    assert len(episode.witness.orders) > 100
    assert len(episode.witness.fills) > 50
