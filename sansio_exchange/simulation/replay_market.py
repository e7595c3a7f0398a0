"""A market that replays recorded trades: each happens again, at its time relative to the start.

The house quotes around each recorded price and then takes as the recorded taker did. Users' orders that stand in the
way trade by price and time; a recorded trade that nobody else meets is a trade of the house with itself. After the last
one the market stands still.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import inf

from msgspec import Struct

from sansio_exchange.orders import Side
from sansio_exchange.simulation.engine import Engine
from sansio_exchange.simulation.house import House
from sansio_exchange.simulation.listing import Listing
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.symbols import Character


class CapturedTrade(Struct, frozen=True, gc=False):
    """One trade of a recorded session. `taker` is the side of the order that took."""

    symbol: str
    price: Decimal
    quantity: Decimal
    taker: Side
    time_ms: int


class ReplayMarket:
    """`trades` are those of one symbol in order of time; the trade of `first_ms` would happen at the start."""

    def __init__(
        self,
        engine: Engine,
        listing: Listing,
        nature: Character,
        trades: Sequence[CapturedTrade],
        *,
        start_ms: int,
        first_ms: int,
    ) -> None:
        self._engine = engine
        self._listing = listing
        self._trades = sorted(trades, key=lambda trade: trade.time_ms)
        self._place = 0
        self._shift = start_ms - first_ms
        self.index = float(nature.price / listing.tick)
        price, step = float(nature.price), float(listing.step)
        top = max(1.0, nature.top_notional / price / step)
        gap = max(0.2, 0.00003 * price / float(listing.tick))
        self.interest = round(top * 1_000)
        self.house = House(engine, listing, Prng("house", listing.symbol), top, gap)
        self._quote(self._trades[0], start_ms)
        self.next_ms = self._next()

    def step(self, now_ms: int) -> None:
        trade = self._trades[self._place]
        self._place += 1
        self._quote(trade, now_ms)
        steps = max(1, round(trade.quantity / self._listing.step))
        ticks = self._ticks(trade)
        key, opposite = (ticks, Side.SELL) if trade.taker is Side.BUY else (-ticks, Side.BUY)
        self.house.show(opposite, -key, steps)
        self._engine.take(self._listing, trade.taker, steps, key, now_ms)
        self.index = float(ticks)
        self.next_ms = self._next()

    def _ticks(self, trade: CapturedTrade) -> int:
        return max(1, round(trade.price / self._listing.tick))

    def _quote(self, trade: CapturedTrade, now_ms: int) -> None:
        """A buyer found the best ask at the recorded price, a seller the best bid."""
        ticks = self._ticks(trade)
        bid = max(1, ticks - 1 if trade.taker is Side.BUY else ticks)
        self.house.follow(bid, bid + 1, now_ms)

    def _next(self) -> float:
        if self._place >= len(self._trades):
            return inf
        return float(self._trades[self._place].time_ms + self._shift)
