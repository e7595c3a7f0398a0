from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import INTERVALS_MS
from sansio_exchange.simulation.bars import DAY, Bar, group, open_of
from sansio_exchange.simulation.candles import MAX_CANDLES, MINUTE, Candles
from sansio_exchange.simulation.history import History
from tests.sansio_exchange.simulation.bare import START_MS, SYMBOL, D

MORNING_MS = START_MS + 10 * 3_600_000 + 1_234


def candles(start_ms: int = MORNING_MS) -> Candles:
    past = History(SYMBOL, 5, start_ms, 10_000, 0.03, 1_000_000.0, 50_000.0)
    return Candles(SYMBOL, D("0.01"), D("0.001"), start_ms, 10_000, past)


def run(kept: Candles, minutes: int, *, start_ms: int = MORNING_MS) -> None:
    """Two trades a minute, but none in every fifth."""
    first = start_ms // MINUTE * MINUTE
    for minute in range(minutes):
        if minute:
            kept.turn(first + minute * MINUTE)
        if minute % 5:
            kept.trade(10_000 + minute % 17, 3)
            kept.trade(10_000 - minute % 13, 2)


@pytest.mark.parametrize("interval", INTERVALS_MS)
@pytest.mark.parametrize("limit", [1, 2, 500, 1500])
def test_every_interval_gives_as_many_candles_as_asked_without_gaps(interval: str, limit: int) -> None:
    kept = candles()
    run(kept, 3)
    bars = kept.bars(interval, limit)
    assert len(bars) == limit
    assert all(after.open_ms - before.open_ms == INTERVALS_MS[interval] for before, after in pairwise(bars))
    assert all(bar.open_ms == open_of(interval, bar.open_ms) for bar in bars)
    assert bars[-1].open_ms == open_of(interval, MORNING_MS + 2 * MINUTE)
    assert bars[-1].close == kept.last_ticks
    assert all(bar.low <= min(bar.open, bar.close) and bar.high >= max(bar.open, bar.close) for bar in bars)


@pytest.mark.parametrize("interval", ["3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h"])
def test_longer_candles_are_made_of_the_minutes(interval: str) -> None:
    """Across the start: history, the morning of the start, and live trades."""
    kept = candles()
    run(kept, 200)
    first = open_of(interval, MORNING_MS - 20 * 3_600_000)
    minutes = kept.bars("1m", 1500)
    first = open_of(interval, minutes[0].open_ms + INTERVALS_MS[interval] - 1)
    expected = list(group([bar for bar in minutes if bar.open_ms >= first], interval))
    assert kept.bars(interval, len(expected)) == expected


def test_the_day_is_made_of_its_minutes() -> None:
    kept = candles()
    run(kept, 100)
    today = [bar for bar in kept.bars("1m", 1500) if bar.open_ms >= START_MS]
    assert kept.bars("1d", 1) == list(group(today, "1d"))
    week = kept.bars("1w", 1)[0]
    days = [bar for bar in kept.bars("1d", 8) if bar.open_ms >= week.open_ms]
    assert [week] == list(group(days, "1w"))


def test_start_and_end_bound_the_open_times() -> None:
    kept = candles()
    run(kept, 30)
    first = MORNING_MS // MINUTE * MINUTE

    def opens(limit: int, start_ms: int = 0, end_ms: int = 0) -> list[int]:
        return [(bar.open_ms - first) // MINUTE for bar in kept.bars("1m", limit, start_ms, end_ms)]

    assert opens(3) == [27, 28, 29]
    assert opens(3, start_ms=first + 5 * MINUTE) == [5, 6, 7]
    assert opens(3, start_ms=first + 5 * MINUTE + 1) == [6, 7, 8]
    assert opens(3, end_ms=first + 5 * MINUTE) == [3, 4, 5]
    assert opens(9, first + 5 * MINUTE, first + 7 * MINUTE + 30_000) == [5, 6, 7]
    assert opens(9, first + 28 * MINUTE) == [28, 29]
    assert opens(9, first + 5 * MINUTE, first + 4 * MINUTE) == []
    assert opens(0) == []
    assert opens(2, end_ms=first - MINUTE) == [-2, -1]


def test_never_more_than_the_most() -> None:
    assert len(candles().bars("1m", 10_000)) == MAX_CANDLES


def test_an_unknown_interval_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        candles().bars("7m", 1)
    with pytest.raises(InvalidRequest):
        candles().watch("7m")


def test_the_running_candle_is_open_and_those_before_are_closed() -> None:
    kept = candles()
    run(kept, 7)
    assert [candle.is_closed for candle, _, _ in kept.told("5m", 3, 0, 0)] == [True, True, False]


def test_nobody_watches_nothing_is_told() -> None:
    kept = candles()
    kept.trade(10_001, 1)
    assert kept.changes() == []
    assert kept.turn(MORNING_MS // MINUTE * MINUTE + MINUTE) == []


def test_a_watched_candle_is_told_when_it_moves_and_once_when_it_closes() -> None:
    kept = candles(START_MS)
    kept.watch("1m")
    kept.watch("3m")
    kept.trade(10_001, 1)
    kept.trade(10_004, 1)
    assert [(each.candle.interval, each.candle.high) for each in kept.changes()] == [
        ("1m", D("100.04")),
        ("3m", D("100.04")),
    ]
    assert kept.changes() == []
    closed = [
        (each.candle.interval, each.candle.open_ms, each.candle.is_closed)
        for minute in range(1, 4)
        for each in kept.turn(START_MS + minute * MINUTE)
    ]
    assert closed == [
        ("1m", START_MS, True),
        ("1m", START_MS + MINUTE, True),
        ("1m", START_MS + 2 * MINUTE, True),
        ("3m", START_MS, True),
    ]


def test_watching_is_counted() -> None:
    kept = candles()
    kept.watch("1m")
    kept.watch("1m")
    kept.unwatch("1m")
    kept.trade(10_001, 1)
    assert len(kept.changes()) == 1
    kept.unwatch("1m")
    kept.unwatch("1m")
    kept.trade(10_001, 1)
    assert kept.changes() == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(9_900, 10_100), st.integers(1, 9)), max_size=60))
def test_what_was_told_is_what_is_listed(trades: list[tuple[int, int, int]]) -> None:
    """A watcher from the middle of a candle on hears the same candles as one who asks afterwards."""
    kept = candles(START_MS)
    kept.trade(10_050, 1)
    for interval in ("1m", "5m"):
        kept.watch(interval)
    told: dict[tuple[str, int], Bar | object] = {}
    now_ms = START_MS
    for quiet, ticks, steps in trades:
        for _ in range(quiet):
            now_ms += MINUTE
            for change in kept.turn(now_ms):
                told[change.candle.interval, change.candle.open_ms] = (change.candle, change.trades)
        kept.trade(ticks, steps)
        for change in kept.changes():
            told[change.candle.interval, change.candle.open_ms] = (change.candle, change.trades)
    for (interval, open_ms), heard in told.items():
        candle, count, _ = kept.told(interval, 1, open_ms, 0)[0]
        assert (candle, count) == heard


def test_memory_is_bounded() -> None:
    kept = candles(START_MS)
    for minute in range(1, 12 * 1440):
        kept.turn(START_MS + minute * MINUTE)
    assert len(kept._tiers[0].closed) == 5 * MAX_CANDLES
    assert len(kept.bars("5m", 1500)) == 1500
    assert len(kept.bars("1d", 30)) == 30
    assert kept.bars("1m", 5, START_MS - DAY) == [], "minutes that far back are forgotten"
