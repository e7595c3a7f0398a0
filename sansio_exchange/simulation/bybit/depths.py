"""Order books of a chosen depth: what each topic said last, and what it has to say next.

Source: Bybit V5 API, "Orderbook" (docs/v5/websocket/public/orderbook), read in November 2026. A topic knows its best
so many levels only, so a level that falls behind them is told as gone and comes back with its quantity.
"""

from decimal import Decimal

from sansio_exchange.simulation.bybit.listing import Listing
from sansio_exchange.simulation.exchange import SimulatedExchange

LEVELS = (1, 50, 200, 1000)
"""Depths that a linear topic may have."""
FIRST_ID = 1_000_000
"""Far from 1, which would mean that the service was restarted."""

Side = dict[Decimal, Decimal]


class Depths:
    """Books as the topics have told them. Update ids count a topic's messages, sequence numbers grow with time."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self._exchange = exchange
        self._said: dict[tuple[str, int], tuple[Side, Side]] = {}
        self._ids: dict[tuple[str, int], int] = {}
        self._sequence = exchange.now_ms * 1_000

    def follow(self, listing: Listing, levels: int) -> None:
        """Begin to tell a topic."""
        self._said[listing.symbol, levels] = self._now(listing, levels)

    def unfollow(self, listing: Listing, levels: int) -> None:
        self._said.pop((listing.symbol, levels), None)

    def snapshot(self, listing: Listing, levels: int) -> dict[str, object]:
        """The book as a topic that is followed has told it."""
        bids, asks = self._said[listing.symbol, levels]
        return self._row(listing, levels, list(bids.items()), list(asks.items()))

    def changes(self, listing: Listing, levels: int) -> dict[str, object] | None:
        """What became different since the topic's last message; None where nothing did."""
        before, after = self._said[listing.symbol, levels], self._now(listing, levels)
        bids, asks = _changed(before[0], after[0]), _changed(before[1], after[1])
        if not bids and not asks:
            return None
        key = listing.symbol, levels
        self._said[key] = after
        self._ids[key] = self._ids.get(key, FIRST_ID) + 1
        return self._row(listing, levels, sorted(bids, reverse=True), sorted(asks))

    def book(self, listing: Listing, levels: int) -> dict[str, object]:
        """The book as it is now. Its update id is that of the deepest topic."""
        bids, asks = self._exchange.depth(listing.symbol, levels)
        return self._row(listing, LEVELS[-1], bids, asks)

    def _now(self, listing: Listing, levels: int) -> tuple[Side, Side]:
        bids, asks = self._exchange.depth(listing.symbol, levels)
        return dict(bids), dict(asks)

    def _row(
        self,
        listing: Listing,
        levels: int,
        bids: list[tuple[Decimal, Decimal]],
        asks: list[tuple[Decimal, Decimal]],
    ) -> dict[str, object]:
        self._sequence += 1
        return {
            "s": listing.symbol,
            "b": listing.levels(bids),
            "a": listing.levels(asks),
            "u": self._ids.get((listing.symbol, levels), FIRST_ID),
            "seq": self._sequence,
        }


def _changed(before: Side, after: Side) -> list[tuple[Decimal, Decimal]]:
    """Levels whose quantity is not what it was, 0 where they are gone."""
    return [(price, after.get(price, Decimal(0))) for price in {price for price, _ in before.items() ^ after.items()}]
