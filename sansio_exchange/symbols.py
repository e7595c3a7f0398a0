"""One form of symbol on every venue: base and quote joined, upper case (BTCUSDT).

Answers and streams use it. Requests may use the venue's own form as well (BTC-USDT-SWAP, BTC_USDT).
"""

from collections.abc import Iterable, Iterator

from sansio_exchange.errors import UnknownSymbol
from sansio_exchange.market import SymbolRules


class SymbolTable:
    """What is tradable now, found by either form."""

    def __init__(self, rules: Iterable[SymbolRules] = ()) -> None:
        self._by_name: dict[str, SymbolRules] = {}
        self._by_venue_name: dict[str, SymbolRules] = {}
        self.replace(rules)

    def replace(self, rules: Iterable[SymbolRules]) -> None:
        """Make `rules` all there is."""
        listed = list(rules)
        self._by_name = {each.symbol: each for each in listed}
        self._by_venue_name = {each.venue_symbol: each for each in listed}

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[SymbolRules]:
        return iter(self._by_name.values())

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._by_name

    def names(self) -> tuple[str, ...]:
        """Canonical names, sorted."""
        return tuple(sorted(self._by_name))

    def find(self, text: str, field: str = "symbol") -> SymbolRules:
        """The rules of the symbol that a user named, in either form and any case.

        Raises UnknownSymbol, naming `field`.
        """
        found = self._by_name.get(text) or self._by_venue_name.get(text)
        if found is None:
            upper = text.upper()
            found = self._by_name.get(upper) or self._by_venue_name.get(upper)
        if found is None:
            if not text:
                raise UnknownSymbol(field, "must not be empty")
            raise UnknownSymbol(field, f"{text[:40]!r} is not a symbol that is tradable now; GetSymbols lists those")
        return found

    def of_venue(self, venue_symbol: str) -> SymbolRules | None:
        """The rules of what the venue calls `venue_symbol`, or None for another product."""
        return self._by_venue_name.get(venue_symbol)
