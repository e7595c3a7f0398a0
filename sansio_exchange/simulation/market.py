"""The seeded market of one symbol: a fair price, quotes that follow it, and takers who come in bursts.

The fair price is a walk without drift in the long run. Its volatility clusters (the logarithm of its scale reverts to
its mean within a quarter of an hour) and trends come and go (every ten minutes or so another drift). Events arrive as a
Hawkes process: each makes the next more likely for a while. Everything about price and arrival is drawn from one
stream of numbers and everything about the book from another, so that what users do to the book does not change the
path of the price: a strategy can be run again on the same market.
"""

from math import exp, floor, inf, log, sqrt
from typing import Protocol

from sansio_exchange.orders import Side
from sansio_exchange.simulation.engine import Engine
from sansio_exchange.simulation.house import House
from sansio_exchange.simulation.listing import Listing
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.symbols import Character

DAY_S = 86_400.0
VOLATILITY_MEMORY_S = 900.0
VOLATILITY_OF_VOLATILITY = 0.5
"""Standard deviation of the logarithm of the volatility's scale."""
TREND_S = 600.0
"""Mean length of a trend."""
TREND = 0.04
"""Standard deviation of a trend's drift per second, in units of the volatility of one second."""
PULL_S = 5 * DAY_S
"""How slowly the price is drawn back to where it began: it keeps long runs on the price grid."""
PREMIUM_S = 3_600.0
PREMIUM_MEAN = 0.00005
PREMIUM_DEVIATION = 0.0003
OFFSPRING = 0.5
"""How many further events each event sets off, on average."""
TAKERS = 0.35
"""Share of the events that are trades."""
FASTEST = 50.0
"""Never more than so many times the pace, however the bursts add up."""


class Market(Protocol):
    """What drives one symbol. Prices are in ticks, not rounded."""

    next_ms: float
    """When `step` is due."""
    index: float
    """The index price: what the coin costs elsewhere."""
    interest: int
    """Open interest of people outside the simulation, in steps."""

    def step(self, now_ms: int) -> None:
        """Live through the event that is due."""
        ...


class SeededMarket:
    """`pace` is the mean number of events per second; at 0 the market stands still."""

    def __init__(
        self, engine: Engine, listing: Listing, nature: Character, *, seed: int, start_ms: int, pace: float
    ) -> None:
        self._engine = engine
        self._listing = listing
        self._draw = Prng("flow", listing.symbol, seed)
        self._pace = pace
        self._start = self.fair = float(nature.price / listing.tick)
        self.index = self.fair
        price = float(nature.price)
        tick, step = float(listing.tick), float(listing.step)
        top = max(1.0, nature.top_notional / price / step)
        gap = max(0.2, 0.00003 * price / tick)
        self.house = House(engine, listing, Prng("house", listing.symbol, seed), top, gap)
        self._taker_steps = nature.taker_notional / price / step
        self.interest = round(top * 1_000)
        self._interest_floor = self.interest // 2
        self._reach = int(gap * 40) + 20
        self._sigma = 0.75 * nature.daily_volatility / sqrt(DAY_S)
        self._volatility = 0.0
        """Logarithm of the scale of the volatility."""
        self._trend = 0.0
        self._trend_ends = 0.0
        self._premium = PREMIUM_MEAN
        self._excitement = 0.0
        self._last_ms = self.next_ms = float(start_ms)
        self._quote(start_ms)
        self.next_ms = self._arrival()

    def step(self, now_ms: int) -> None:
        seconds = (self.next_ms - self._last_ms) / 1000.0
        self._last_ms = self.next_ms
        self._walk(seconds)
        self._quote(now_ms)
        taker, buys, size = self._draw.uniform(), self._draw.uniform(), self._draw.normal()
        if taker < TAKERS:
            lean = max(-0.35, min(0.35, self._trend * 6.0))
            self._take(Side.BUY if buys < 0.5 + lean else Side.SELL, size, now_ms)
        else:
            self.house.flicker()
        self._excitement += OFFSPRING * self._decay
        self.next_ms = self._arrival()

    @property
    def _decay(self) -> float:
        """How fast excitement fades, per second: over about ten events."""
        return self._pace * 0.1

    def _walk(self, seconds: float) -> None:
        draw = self._draw
        if self._last_ms >= self._trend_ends:
            self._trend = TREND * draw.normal()
            self._trend_ends = self._last_ms + 1000.0 * TREND_S * draw.exponential()
        share = min(1.0, seconds / VOLATILITY_MEMORY_S)
        self._volatility += -share * self._volatility + VOLATILITY_OF_VOLATILITY * sqrt(2 * share) * draw.normal()
        sigma = self._sigma * exp(min(2.0, self._volatility))
        move = sigma * (sqrt(seconds) * draw.normal() + self._trend * seconds)
        move -= log(self.fair / self._start) * min(1.0, seconds / PULL_S)
        self.fair = max(self._start * 0.01, self.fair * (1.0 + max(-0.2, min(0.2, move))))
        share = min(1.0, seconds / PREMIUM_S)
        self._premium += share * (PREMIUM_MEAN - self._premium) + PREMIUM_DEVIATION * sqrt(2 * share) * draw.normal()
        self.index = self.fair / (1.0 + self._premium)

    def _quote(self, now_ms: int) -> None:
        spread = 1 + int(self._draw.exponential() * 0.5 * exp(min(2.0, self._volatility)))
        bid = max(1, floor(self.fair - (spread - 1) / 2.0))
        self.house.follow(bid, bid + spread, now_ms)

    def _take(self, side: Side, size: float, now_ms: int) -> None:
        """Somebody takes, but not at any price."""
        best = self._listing.book.opposite(side).best
        if best is not None:
            steps = max(1, int(self._taker_steps * exp(1.2 * size)))
            self._engine.take(self._listing, side, steps, -best + self._reach, now_ms)
            self.interest = max(self._interest_floor, self.interest + (self._draw.below(3) - 1) * steps)

    def _arrival(self) -> float:
        """The next event's time, by Ogata's thinning."""
        if not self._pace:
            return inf
        at = self._last_ms
        base = self._pace * (1.0 - OFFSPRING)
        while True:
            most = min(base + self._excitement, FASTEST * self._pace)
            gap = self._draw.exponential() / most
            at += gap * 1000.0
            self._excitement *= exp(-self._decay * gap)
            if self._draw.uniform() * most <= base + self._excitement:
                return at
