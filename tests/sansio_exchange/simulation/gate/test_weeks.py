"""Weeks counted from the epoch."""

from decimal import Decimal

from sansio_exchange.market import Candle
from sansio_exchange.simulation.gate.weeks import DAY_MS, WEEK_MS, week_of, weeks


def day(number: int, price: int, *, is_closed: bool = True) -> tuple[Candle, Decimal]:
    """The day that is `number` days after the epoch."""
    one = Decimal(price)
    candle = Candle("BTCUSDT", "1d", number * DAY_MS, one, one + 5, one - 5, one + 1, Decimal(number), is_closed)
    return candle, Decimal(10)


def test_a_week_opens_on_a_thursday() -> None:
    assert week_of(0) == 0
    assert week_of(WEEK_MS - 1) == 0
    assert week_of(WEEK_MS) == WEEK_MS


def test_a_week_spans_its_days() -> None:
    (first, quote), (second, _) = weeks([day(number, 100 + number) for number in range(5, 14)])
    assert (first.open_ms, first.open, first.close, first.is_closed) == (0, Decimal(105), Decimal(107), True)
    assert (first.high, first.low, first.volume, quote) == tuple(map(Decimal, (111, 100, 11, 20)))
    assert (second.open_ms, second.interval, second.is_closed) == (WEEK_MS, "7d", True)


def test_a_week_is_closed_with_its_last_day() -> None:
    assert [week.is_closed for week, _ in weeks([day(12, 1)])] == [False]
    assert [week.is_closed for week, _ in weeks([day(13, 1, is_closed=False)])] == [False]
    assert [week.is_closed for week, _ in weeks([day(13, 1)])] == [True]
