"""Candles from before the exchange started: made up, but lasting.

Days are walked backwards from the price at the start; a day is split into shorter bars on demand, always the same way,
so that the parts add up to the whole exactly: same open, high, low, close, volume and trade count at every interval.
Every minute of the past has a trade.
"""

from math import exp, log, sqrt

from sansio_exchange.market import INTERVALS_MS
from sansio_exchange.simulation.bars import DAY, Bar
from sansio_exchange.simulation.prng import Prng

SPLITS: tuple[tuple[int, int], ...] = (
    (INTERVALS_MS["2h"], 12),
    (INTERVALS_MS["15m"], 8),
    (INTERVALS_MS["1m"], 15),
)
"""How a day is split, and each part again: into so many bars of this length."""

MAX_DAYS = 11_000
"""1,500 weeks and the days around them. Before that there is nothing."""

MINUTE = INTERVALS_MS["1m"]

PULL = 0.002
"""Share by which a day's walk is drawn back to the first price, so that thirty years stay on the price grid."""


class History:
    """The past of one symbol up to `start_ms`, where its price is `ticks`.

    `volatility` is the standard deviation of a day's return, `volume` what usually trades in a day, in steps, and
    `trades` in how many trades.
    """

    def __init__(
        self, symbol: str, seed: int, start_ms: int, ticks: int, volatility: float, volume: float, trades: float
    ) -> None:
        self._symbol = symbol
        self._seed = seed
        self._volatility = volatility
        self._volume = volume
        self._trades = trades
        self._ticks = ticks
        self.today_ms = start_ms // DAY * DAY
        self.today = self._today(start_ms // MINUTE * MINUTE)
        """The minutes of the day of the start, as far as they are over."""
        self._walk = Prng("history", symbol, seed)
        self._days: list[Bar] = []
        """Whole days before that, newest first, as far back as somebody asked."""
        self._kept: tuple[int, int, list[Bar]] = (-1, 0, [])

    def bars(self, length_ms: int, from_ms: int, to_ms: int) -> list[Bar]:
        """Bars of a day, two hours, 15 minutes or one minute that open within [from_ms, to_ms), oldest first.

        `to_ms` is at most the day of the start.
        """
        found: list[Bar] = []
        first = max(from_ms, self.today_ms - MAX_DAYS * DAY) // DAY * DAY
        for day_ms in range(first, min(to_ms, self.today_ms), DAY):
            found += self._bars_of(day_ms, length_ms)
        return [bar for bar in found if from_ms <= bar.open_ms < to_ms]

    def _bars_of(self, day_ms: int, length_ms: int) -> list[Bar]:
        """One day's. Those of the last day asked for are kept: tickers ask for yesterday's minutes all the time."""
        if self._kept[:2] == (day_ms, length_ms):
            return self._kept[2]
        bars = [self._day((self.today_ms - day_ms) // DAY - 1)]
        for length, parts in SPLITS:
            if length < length_ms:
                break
            bars = [part for bar in bars for part in self._split(bar, length, parts)]
        self._kept = day_ms, length_ms, bars
        return bars

    def _day(self, back: int) -> Bar:
        """The day that ended `back` days before the day of the start."""
        days = self._days
        while len(days) <= back:
            following = days[-1].open if days else self.today[0].open if self.today else self._ticks
            days.append(self._earlier(self._walk, following, self.today_ms - (len(days) + 1) * DAY, DAY))
        return days[back]

    def _today(self, until_ms: int) -> list[Bar]:
        draw = Prng("today", self._symbol, self._seed)
        minutes: list[Bar] = []
        following = self._ticks
        for open_ms in range(until_ms - MINUTE, self.today_ms - 1, -MINUTE):
            minutes.append(self._earlier(draw, following, open_ms, MINUTE))
            following = minutes[-1].open
        minutes.reverse()
        return minutes

    def _earlier(self, draw: Prng, close: int, open_ms: int, length: int) -> Bar:
        """A bar that ends at `close`."""
        share = length / DAY
        sigma = self._volatility * sqrt(share) * (0.6 + 0.8 * draw.uniform())
        pull = PULL * share * log(close / self._ticks)
        open_ = max(1, round(close * exp(-pull - sigma * draw.normal())))
        reach = 0.6 * sigma * close
        high = max(open_, close) + round(reach * draw.exponential() * 0.5)
        low = max(1, min(open_, close) - round(reach * draw.exponential() * 0.5))
        least = length // MINUTE
        volume = max(least, round(self._volume * share * (0.4 + draw.exponential() * 0.6)))
        trades = max(least, round(self._trades * share * (0.5 + draw.uniform())))
        return Bar(open_ms, open_, high, low, close, volume, volume * ((high + low + close) // 3), trades)

    def _split(self, bar: Bar, length: int, parts: int) -> list[Bar]:
        """`bar` as `parts` bars of `length` that add up to it."""
        draw = Prng("split", self._symbol, self._seed, bar.open_ms, length)
        spread = bar.high - bar.low
        step = spread / 1.6 / sqrt(parts)
        steps = [step * draw.normal() for _ in range(parts)]
        slope = (bar.close - bar.open - sum(steps)) / parts
        path, at = [bar.open], float(bar.open)
        for move in steps:
            at += move + slope
            path.append(min(bar.high, max(bar.low, round(at))))
        path[-1] = bar.close
        found = []
        for place in range(parts):
            start, end = path[place], path[place + 1]
            high = min(bar.high, max(start, end) + round(step * 0.3 * draw.exponential()))
            low = max(bar.low, min(start, end) - round(step * 0.3 * draw.exponential()))
            found.append(Bar(bar.open_ms + place * length, start, high, low, end))
        max(found, key=lambda each: each.high).high = bar.high
        min(found, key=lambda each: each.low).low = bar.low
        weights = [0.3 + draw.exponential() for _ in range(parts)]
        least = length // MINUTE
        volumes, trades = _shares(bar.volume, weights, least), _shares(bar.trades, weights, least)
        worth = [float(volume * (each.high + each.low)) for volume, each in zip(volumes, found, strict=True)]
        quotes = _shares(bar.quote, worth, 0)
        for each, volume, count, quote in zip(found, volumes, trades, quotes, strict=True):
            each.volume, each.trades, each.quote = volume, count, quote
        return found


def _shares(whole: int, weights: list[float], least: int) -> list[int]:
    """`whole` in parts of at least `least`, beyond that close to the weights, adding up to it exactly."""
    whole -= least * len(weights)
    total, running, given = sum(weights), 0.0, 0
    shares = []
    for place, weight in enumerate(weights):
        running += weight
        upto = whole if place == len(weights) - 1 else int(whole * (running / total))
        shares.append(least + upto - given)
        given = upto
    return shares
