"""The quotes of the house in one symbol: a ladder of levels on each side that follows a price.

The ladder's bottom stays where it is while its top comes and goes, as in a real book. What a user's order leaves in
the way of the house's quotes, the house takes.
"""

from sansio_exchange.orders import Side
from sansio_exchange.simulation.engine import Engine
from sansio_exchange.simulation.listing import Listing
from sansio_exchange.simulation.prng import Prng

LEVELS = 26
"""Levels kept on each side at least."""
SPARE = 14
"""So many more may stand before the worst are taken away."""
ARBITRAGE = 3.0
"""How many top-of-book sizes the house takes at once from an order that stands on the wrong side of its price."""


class House:
    """`top` is the usual size of the best level in steps, `gap` the usual distance of levels in ticks."""

    def __init__(self, engine: Engine, listing: Listing, draw: Prng, top: float, gap: float) -> None:
        self._engine = engine
        self._listing = listing
        self._draw = draw
        self._top = top
        self._gap = gap
        self._bids: list[int] = []
        """Keys that the house quotes, worst first; `_asks` likewise."""
        self._asks: list[int] = []

    def follow(self, bid: int, ask: int, now_ms: int) -> None:
        """Quote around a new best bid and ask, in ticks."""
        self._withdraw(Side.BUY, self._bids, bid)
        self._withdraw(Side.SELL, self._asks, -ask)
        book = self._listing.book
        steps = max(1, int(self._top * ARBITRAGE))
        if book.bids.keys and book.bids.keys[-1] >= ask:
            self._engine.take(self._listing, Side.SELL, steps, -ask, now_ms)
            if book.bids.keys and book.bids.keys[-1] >= ask:
                ask = book.bids.keys[-1] + 1
        if book.asks.keys and -book.asks.keys[-1] <= bid:
            self._engine.take(self._listing, Side.BUY, steps, bid, now_ms)
            if book.asks.keys and -book.asks.keys[-1] <= bid:
                bid = -book.asks.keys[-1] - 1
        self._fill(Side.BUY, self._bids, bid)
        self._fill(Side.SELL, self._asks, -ask)

    def flicker(self) -> None:
        """Somebody changes the size of a level near the top."""
        bits = self._draw.below(16)
        side, keys = (Side.BUY, self._bids) if bits & 8 else (Side.SELL, self._asks)
        depth = bits & 7
        if depth < len(keys):
            self._engine.quote(self._listing, side, keys[-1 - depth], self._size(depth))

    def show(self, side: Side, key: int, steps: int) -> None:
        """See to it that at least `steps` of the house stand at `key`, unless an order of a user is in the way."""
        book = self._listing.book
        if book.side(side).house_at(key) < steps and not book.would_take(side, key):
            self._engine.quote(self._listing, side, key, steps)

    def _withdraw(self, side: Side, keys: list[int], best: int) -> None:
        while keys and keys[-1] > best:
            self._engine.quote(self._listing, side, keys.pop(), 0)

    def _fill(self, side: Side, keys: list[int], best: int) -> None:
        """Quote from `best` down to what stands there already, at least LEVELS in all."""
        quote, listing = self._engine.quote, self._listing
        self._withdraw(side, keys, best)
        fresh: list[int] = []
        key, floor = best, keys[-1] if keys else None
        while floor is None or key > floor:
            if _off_grid(side, key):
                break
            quote(listing, side, key, self._size(len(fresh)))
            fresh.append(key)
            if len(fresh) >= LEVELS:
                break
            key -= self._distance(len(fresh))
        if floor is not None and len(fresh) >= LEVELS:
            self._withdraw(side, keys, keys[0] - 1)
        fresh.reverse()
        keys += fresh
        levels = listing.book.side(side).levels
        for place, each in enumerate(keys):
            if each not in levels:
                quote(listing, side, each, self._size(len(keys) - place - 1))
        while len(keys) < LEVELS:
            key = keys[0] - self._distance(len(keys))
            if _off_grid(side, key):
                break
            quote(listing, side, key, self._size(len(keys)))
            keys.insert(0, key)
        if len(keys) > LEVELS + SPARE:
            surplus = len(keys) - LEVELS
            for each in keys[:surplus]:
                quote(listing, side, each, 0)
            del keys[:surplus]

    def _size(self, depth: int) -> int:
        """Deeper levels hold more."""
        return max(1, int(self._top * (0.3 + 0.12 * depth) * (0.25 + self._draw.exponential())))

    def _distance(self, depth: int) -> int:
        """Ticks to the next level: closer together near the top."""
        return 1 + int(self._draw.exponential() * self._gap * min(1.0, 0.25 + depth * 0.08))


def _off_grid(side: Side, key: int) -> bool:
    """A bid below one tick; asks have no end."""
    return side is Side.BUY and key < 1
