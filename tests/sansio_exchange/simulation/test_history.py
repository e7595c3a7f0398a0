from itertools import pairwise

import pytest

from sansio_exchange.market import INTERVALS_MS
from sansio_exchange.simulation.bars import DAY, Bar
from sansio_exchange.simulation.history import MAX_DAYS, History
from tests.sansio_exchange.simulation.bare import START_MS

NOON_MS = START_MS + DAY // 2 + 12_345
LENGTHS = [INTERVALS_MS[each] for each in ("1m", "15m", "2h", "1d")]


def history(*, volume: float = 1_000_000.0, trades: float = 50_000.0) -> History:
    return History("COINUSDT", 5, NOON_MS, 10_000, 0.03, volume, trades)


@pytest.mark.parametrize(("short", "long"), list(pairwise(LENGTHS)))
def test_shorter_bars_add_up_to_longer_ones_exactly(short: int, long: int) -> None:
    past = history()
    from_ms, to_ms = START_MS - 3 * DAY, START_MS
    parts = past.bars(short, from_ms, to_ms)
    for whole in past.bars(long, from_ms, to_ms):
        inside = [bar for bar in parts if whole.open_ms <= bar.open_ms < whole.open_ms + long]
        assert len(inside) == long // short
        joined = inside[0].moved_to(whole.open_ms)
        for bar in inside[1:]:
            joined.join(bar)
        assert joined == whole


@pytest.mark.parametrize("trades", [50_000.0, 3.0])
@pytest.mark.parametrize("length", LENGTHS)
def test_bars_are_sound_and_without_gaps(length: int, trades: float) -> None:
    bars = history(volume=trades, trades=trades).bars(length, START_MS - 5 * DAY, START_MS)
    assert [bar.open_ms for bar in bars] == list(range(START_MS - 5 * DAY, START_MS, length))
    for bar in bars:
        assert 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert bar.volume > 0
        assert bar.trades > 0
    for before, after in pairwise(bars):
        assert before.close == after.open


def test_the_past_leads_to_the_price_at_the_start() -> None:
    past = history()
    assert len(past.today) == 12 * 60
    assert past.today[-1].close == 10_000
    assert past.bars(DAY, START_MS - DAY, START_MS)[0].close == past.today[0].open


def test_the_past_is_the_same_however_one_asks() -> None:
    def asked(*spans: tuple[int, int]) -> list[list[Bar]]:
        past = history()
        return [past.bars(60_000, START_MS - back * DAY, START_MS - upto * DAY) for back, upto in spans]

    first = asked((3, 2), (1, 0))
    assert first == list(reversed(asked((1, 0), (3, 2))))


def test_the_past_ends_somewhere() -> None:
    past = history()
    bars = past.bars(DAY, START_MS - 40_000 * DAY, START_MS - (MAX_DAYS - 10) * DAY)
    assert len(bars) == 10
    assert all(10 < bar.close < 10_000_000 for bar in bars)
