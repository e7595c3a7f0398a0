"""The funding topic, out of the two channels that OKX tells it in.

funding-rate has the rate and the settlement, every 30 to 90 seconds; mark-price has the mark price, up to five times a
second. Each says its own and takes the other's latest along, as other venues say both in one message.
"""

from decimal import Decimal

from sansio_exchange.market import FundingRate
from sansio_exchange.numbers import ZERO

SPACING_MS = 1_000
"""Between two statements that only the mark price makes: once a second, as on other venues."""


class Funding:
    """What was last heard of each symbol. Bounded by the number of symbols."""

    def __init__(self) -> None:
        self._told: dict[str, FundingRate] = {}
        self._marks: dict[str, Decimal] = {}

    def begin_anew(self) -> None:
        """The socket is another: what was heard on the one before says nothing of now."""
        self._told.clear()
        self._marks.clear()

    def forget(self, symbol: str) -> None:
        """The symbol is subscribed to anew: what was heard of it before is old by now."""
        self._told.pop(symbol, None)
        self._marks.pop(symbol, None)

    def on_rate(self, symbol: str, rate: Decimal, next_funding_ms: int, time_ms: int) -> FundingRate:
        """OKX forecasts the rate of the coming settlement: it is current and predicted rate alike."""
        mark_price = self._marks.get(symbol, ZERO)
        told = self._told[symbol] = FundingRate(symbol, rate, time_ms, rate, next_funding_ms, mark_price)
        return told

    def on_mark_price(self, symbol: str, mark_price: Decimal, time_ms: int) -> FundingRate | None:
        """None where it says nothing that can be told: no rate yet, one that was settled since, or too soon."""
        self._marks[symbol] = mark_price
        last = self._told.get(symbol)
        if last is None or time_ms < last.time_ms + SPACING_MS or time_ms >= last.next_funding_ms:
            return None
        told = self._told[symbol] = FundingRate(symbol, last.rate, time_ms, last.rate, last.next_funding_ms, mark_price)
        return told
