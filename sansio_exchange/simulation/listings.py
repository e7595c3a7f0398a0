"""All that a venue lists, by our symbols and by its own names."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Listing = TypeVar("Listing")


class Listings(Generic[Listing]):
    """`unknown` makes the refusal of a name that is not listed."""

    def __init__(
        self,
        by_symbol: Mapping[str, Listing],
        unknown: Callable[[str], Exception],
        by_name: Mapping[str, Listing] | None = None,
    ) -> None:
        """Without `by_name` the venue's names are our symbols."""
        self._by_symbol = by_symbol
        self._by_name = by_symbol if by_name is None else by_name
        self._unknown = unknown

    def __iter__(self) -> Iterator[Listing]:
        return iter(self._by_symbol.values())

    def of(self, symbol: str) -> Listing:
        """By our symbol, which must be listed."""
        return self._by_symbol[symbol]

    def get(self, name: str) -> Listing | None:
        return self._by_name.get(name)

    def find(self, name: str) -> Listing:
        """Raises the venue's refusal."""
        listing = self._by_name.get(name)
        if listing is None:
            raise self._unknown(name)
        return listing
