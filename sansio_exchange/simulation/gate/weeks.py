"""Candles of 7d, made of those of days.

Source: Gate API v4, "Futures market K-line chart", read in November 2026: 7d is every seven days since the Unix epoch,
so it opens on Thursdays; a natural week, 1w, is not among the enumerated values.
"""

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby

from sansio_exchange.market import INTERVALS_MS, Candle

DAY_MS = INTERVALS_MS["1d"]
WEEK_MS = 7 * DAY_MS
INTERVAL = "7d"

Quoted = tuple[Candle, Decimal]
"""A candle with its volume in quote coin."""


def week_of(time_ms: int) -> int:
    """When the week of `time_ms` opened."""
    return time_ms - time_ms % WEEK_MS


def weeks(days: Iterable[Quoted]) -> list[Quoted]:
    """`days` must be in order and without gaps; a week that begins before them is told as far as they go."""
    return [_join(list(found)) for _, found in groupby(days, key=lambda day: week_of(day[0].open_ms))]


def _join(days: list[Quoted]) -> Quoted:
    candles = [candle for candle, _ in days]
    first, last = candles[0], candles[-1]
    week = Candle(
        symbol=first.symbol,
        interval=INTERVAL,
        open_ms=week_of(first.open_ms),
        open=first.open,
        high=max(each.high for each in candles),
        low=min(each.low for each in candles),
        close=last.close,
        volume=sum((each.volume for each in candles), Decimal(0)),
        is_closed=last.is_closed and week_of(last.open_ms + DAY_MS) != week_of(last.open_ms),
    )
    return week, sum((quote for _, quote in days), Decimal(0))
