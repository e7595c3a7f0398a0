"""What of each position no fill explains that was told.

The size of a position, less what was traded by the fills that were told, is its size before them: always the same, as
long as none was missed. But what is listed and what was told are never of the same moment: where a fill is on its way,
it looks as if one was missed. So a base is believed once it was listed twice, or nothing was told in between; and
another one once it was asked for in vain, twice where fills were told meanwhile.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from sansio_exchange.account import Position
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill


class Told(NamedTuple):
    """The fills of a symbol that were told: bought less sold, and how many."""

    traded: Decimal
    number: int


NONE_TOLD = Told(ZERO, 0)


class PositionBase:
    """Of one account. Sizes are signed, in base coin."""

    def __init__(self) -> None:
        self.has_compared = False
        self._told: dict[str, Told] = {}
        self._base: dict[str, Decimal] = {}
        self._supposed: dict[str, tuple[Decimal, Told]] = {}
        """What was last listed as the base and is not believed yet, and what had been told when that was asked for."""
        self._unexplained: dict[str, Decimal] = {}
        """What was suspected, asked for and differs all the same: another fill may have been missed meanwhile."""

    @property
    def is_settled(self) -> bool:
        """Whether the base of each symbol is believed."""
        return not self._supposed

    def tell(self, fill: Fill) -> None:
        """Subscribers were told of it."""
        traded, number = self.told(fill.symbol)
        self._told[fill.symbol] = Told(traded + fill.moved, number + 1)

    def told(self, symbol: str) -> Told:
        return self._told.get(symbol, NONE_TOLD)

    def all_told(self) -> Mapping[str, Told]:
        """By symbol, as it is now."""
        return dict(self._told)

    def compare(self, positions: Iterable[Position], asked: Mapping[str, Told]) -> dict[str, tuple[Decimal, Decimal]]:
        """By symbol the base, and what these positions say it is; without symbols whose base is not believed yet.
        `asked` is what had been told when they were asked for."""
        listed = self._listed(positions)
        if not self.has_compared:
            self.has_compared = True
            self._supposed = {each: (size, asked.get(each, NONE_TOLD)) for each, size in listed.items() if size}
        else:
            for symbol in list(self._supposed):
                self._settle(symbol, listed.get(symbol, ZERO), asked.get(symbol, NONE_TOLD))
        return self._bases(listed)

    def unexplained(self, positions: Iterable[Position]) -> set[str]:
        """Symbols of which fills seem to have been missed: one that is on its way looks the same."""
        bases = self._bases(self._listed(positions)) if self.has_compared else {}
        return {symbol for symbol, (base, listed) in bases.items() if base != listed}

    def _listed(self, positions: Iterable[Position]) -> dict[str, Decimal]:
        sizes = {position.symbol: position.size for position in positions}
        return {each: sizes.get(each, ZERO) - self.told(each).traded for each in sizes.keys() | self._told.keys()}

    def _bases(self, listed: Mapping[str, Decimal]) -> dict[str, tuple[Decimal, Decimal]]:
        symbols = (self._base.keys() | listed.keys()) - self._supposed.keys()
        return {each: (self._base.get(each, ZERO), listed.get(each, ZERO)) for each in symbols}

    def suspect(self, symbol: str, listed: Decimal) -> None:
        """What explains the difference is being asked for. If nothing does, this is the base from now on."""
        self._base.setdefault(symbol, ZERO)
        self._supposed[symbol] = listed, self.told(symbol)

    def _settle(self, symbol: str, listed: Decimal, asked: Told) -> None:
        base, told = self._base.get(symbol), self.told(symbol)
        supposed, then = self._supposed.pop(symbol)
        if base is not None and (listed == base or told.traded - then.traded == supposed - base):
            self._unexplained.pop(symbol, None)
            return  # what was asked for has been told; where it differs all the same, more was missed
        if told == then or (listed == supposed and (base is None or self._unexplained.get(symbol) == supposed)):
            self._base[symbol] = supposed
            self._unexplained.pop(symbol, None)
        elif base is not None:
            self._unexplained[symbol] = supposed  # it is asked for once more before it is believed
        else:
            self._supposed[symbol] = listed, asked
