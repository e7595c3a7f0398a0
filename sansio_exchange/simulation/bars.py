"""Candles in whole ticks and steps, as the tape keeps them."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from sansio_exchange.market import INTERVALS_MS, Candle
from sansio_exchange.simulation.happenings import CandleChanged

DAY = INTERVALS_MS["1d"]
MONDAY = 4 * DAY
"""The Unix epoch was a Thursday; weeks open on Mondays (Binance Open Platform, Kline/Candlestick Data, 2025)."""


class Bar(Struct, gc=False):
    """Prices in ticks, `volume` in steps, `quote` in ticks x steps."""

    open_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    quote: int = 0
    trades: int = 0

    def trade(self, ticks: int, steps: int) -> None:
        """Count one trade in. The first one of a bar sets its open price."""
        if self.trades == 0:
            self.open = self.high = self.low = ticks
        elif ticks > self.high:
            self.high = ticks
        elif ticks < self.low:
            self.low = ticks
        self.close = ticks
        self.volume += steps
        self.quote += ticks * steps
        self.trades += 1

    def join(self, later: "Bar") -> None:
        """Let this bar reach over the one that follows it."""
        if self.trades == 0:
            self.open, self.high, self.low = later.open, later.high, later.low
        elif later.high > self.high:
            self.high = later.high
        if later.low < self.low:
            self.low = later.low
        self.close = later.close
        self.volume += later.volume
        self.quote += later.quote
        self.trades += later.trades

    def moved_to(self, open_ms: int) -> "Bar":
        """A copy that opens at `open_ms`."""
        return Bar(open_ms, self.open, self.high, self.low, self.close, self.volume, self.quote, self.trades)

    def told(self, symbol: str, interval: str, tick: Decimal, step: Decimal, *, is_closed: bool) -> CandleChanged:
        """The bar as users know it."""
        candle = Candle(
            symbol=symbol,
            interval=interval,
            open_ms=self.open_ms,
            open=tick * self.open,
            high=tick * self.high,
            low=tick * self.low,
            close=tick * self.close,
            volume=step * self.volume,
            is_closed=is_closed,
        )
        return CandleChanged(candle, self.trades, tick * step * self.quote)


def flat(open_ms: int, ticks: int) -> Bar:
    """A bar without trades: all its prices are the last close, as venues print it."""
    return Bar(open_ms, ticks, ticks, ticks, ticks)


def open_of(interval: str, time_ms: int) -> int:
    """When the candle that `time_ms` falls into opened."""
    length = INTERVALS_MS[interval]
    offset = MONDAY if interval == "1w" else 0
    return (time_ms - offset) // length * length + offset


def group(bars: Iterable[Bar], interval: str) -> Iterator[Bar]:
    """Consecutive bars joined into those of a longer interval. The given bars stay as they are."""
    current: Bar | None = None
    for bar in bars:
        open_ms = open_of(interval, bar.open_ms)
        if current is None or current.open_ms != open_ms:
            if current is not None:
                yield current
            current = bar.moved_to(open_ms)
        else:
            current.join(bar)
    if current is not None:
        yield current
