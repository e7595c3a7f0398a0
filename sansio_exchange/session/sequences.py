"""Prices that a venue counts: whether all of them came.

Few venues number their trades one after the other (`PriceChange.sequence`). Where one is missing the topic is
subscribed anew, because whatever swallowed it may have swallowed more; at most once in a while, because a venue that
skips numbers must not keep us busy.
"""

from sansio_exchange.market import PriceChange

RENEW_SPACING = 60.0
"""Seconds between two subscriptions of one topic for a gap."""


class Sequences:
    """The last number of each symbol on its present subscription."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._renew_from: dict[str, float] = {}

    def missing(self, price: PriceChange) -> int:
        """How many came before this one and were not heard: 0 where it is in order, counts nothing, or is the first."""
        number, last = price.sequence, self._last.get(price.symbol)
        if not number or (last is not None and number <= last):
            return 0
        self._last[price.symbol] = number
        return 0 if last is None else number - last - 1

    def may_renew(self, symbol: str, mono: float) -> bool:
        """Whether to subscribe anew for a gap now; counts as done."""
        if mono < self._renew_from.get(symbol, 0.0):
            return False
        self._renew_from[symbol] = mono + RENEW_SPACING
        return True

    def forget(self, symbol: str | None = None) -> None:
        """Another subscription: what is told next is the first. None is all symbols."""
        if symbol is None:
            self._last.clear()
        else:
            self._last.pop(symbol, None)
