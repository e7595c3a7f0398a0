"""Symbols that a venue does not list any more: each refuses questions about them in words of its own, so its list tells
whether that is why."""

from sansio_exchange.errors import OrderRejected, RequestRejected, UnknownSymbol
from sansio_exchange.venue import Venue

REFUSALS = (UnknownSymbol, RequestRejected, OrderRejected)


def is_delisted(symbol: str, outcome: object, venue: Venue) -> bool:
    """Whether this answer to a question about `symbol` is a refusal, and the symbol was not listed when the venue's
    list was last read."""
    return isinstance(outcome, REFUSALS) and symbol not in venue.symbols
