"""Numbered order books: what ties a snapshot of a book to the stream of its changes.

Every change of a book has a number. What a stream says next spans the numbers from the one after its last event to the
book's newest; a client takes a snapshot, drops the events that are older than it and goes on from there. The exchange
below gives whole books, so changes are found by comparing; whoever asks for a number makes the comparison happen, and
so no snapshot can be newer than its number.
"""

from collections.abc import Hashable
from decimal import Decimal

from sansio_exchange.simulation.exchange import SimulatedExchange

LEVELS = 1000
FIRST_ID = 1_000_000_000

Side = dict[Decimal, Decimal]


class DepthChange:
    """One depth event: levels with their new quantity, 0 where a level is gone."""

    __slots__ = ("asks", "bids", "first_id", "last_id", "previous_id")

    def __init__(
        self,
        first_id: int,
        last_id: int,
        previous_id: int,
        bids: list[tuple[Decimal, Decimal]],
        asks: list[tuple[Decimal, Decimal]],
    ) -> None:
        self.first_id = first_id
        self.last_id = last_id
        self.previous_id = previous_id
        self.bids = bids
        self.asks = asks


class _Follower:
    """What one diff stream has not said yet."""

    __slots__ = ("asks", "bids", "last_id")

    def __init__(self, last_id: int) -> None:
        self.last_id = last_id
        self.bids: set[Decimal] = set()
        self.asks: set[Decimal] = set()


class _Book:
    def __init__(self) -> None:
        self.update_id = FIRST_ID
        self.bids: Side = {}
        self.asks: Side = {}
        self.followers: dict[Hashable, _Follower] = {}

    def compare(self, bids: Side, asks: Side) -> None:
        """Take a newer state in."""
        changed_bids, changed_asks = _changed(self.bids, bids), _changed(self.asks, asks)
        self.bids, self.asks = bids, asks
        if not changed_bids and not changed_asks:
            return
        self.update_id += 1
        for follower in self.followers.values():
            follower.bids |= changed_bids
            follower.asks |= changed_asks


class Books:
    """The numbered books of all symbols."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self._exchange = exchange
        self._books = {symbol: _Book() for symbol in exchange.rules}

    def bump(self, symbol: str) -> int:
        """The number of a change of the best prices; book tickers carry it."""
        book = self._books[symbol]
        book.update_id += 1
        return book.update_id

    def current_id(self, symbol: str) -> int:
        """The number of the book as it is now."""
        book = self._books[symbol]
        if book.followers:
            self._refresh(symbol, book)
        else:
            book.update_id += 1
        return book.update_id

    def follow(self, symbol: str, stream: Hashable) -> None:
        """Begin to collect changes for a diff stream."""
        book = self._books[symbol]
        self._refresh(symbol, book)
        book.followers[stream] = _Follower(book.update_id)

    def unfollow(self, symbol: str, stream: Hashable) -> None:
        self._books[symbol].followers.pop(stream, None)

    def changes(self, symbol: str, stream: Hashable) -> DepthChange | None:
        """What changed since the stream's last event; None where nothing did."""
        book = self._books[symbol]
        self._refresh(symbol, book)
        follower = book.followers[stream]
        if not follower.bids and not follower.asks:
            return None
        previous, follower.last_id = follower.last_id, book.update_id
        change = DepthChange(
            previous + 1,
            book.update_id,
            previous,
            [(price, book.bids.get(price, Decimal(0))) for price in sorted(follower.bids, reverse=True)],
            [(price, book.asks.get(price, Decimal(0))) for price in sorted(follower.asks)],
        )
        follower.bids.clear()
        follower.asks.clear()
        return change

    def said(self, symbol: str, stream: Hashable) -> int:
        """The number that a diff stream has come to; a snapshot with this number fits what it says next."""
        return self._books[symbol].followers[stream].last_id

    def _refresh(self, symbol: str, book: _Book) -> None:
        bids, asks = self._exchange.depth(symbol, LEVELS)
        book.compare(dict(bids), dict(asks))


def _changed(before: Side, after: Side) -> set[Decimal]:
    """Prices whose quantity is not what it was."""
    return {price for price, _ in before.items() ^ after.items()}
