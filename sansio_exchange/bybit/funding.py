"""The funding topic, out of the ticker: a snapshot, then what changed ("Ticker", WebSocket, 2025-09: "If a response
param is not found in the message, then its value has not changed")."""

from decimal import Decimal

from sansio_exchange.market import FundingRate

SPACING_MS = 1_000
"""Between two statements that only the mark price makes: once a second, as on other venues."""


class Funding:
    """What was last heard of each symbol. Bounded by the number of symbols."""

    def __init__(self) -> None:
        self._told: dict[str, FundingRate] = {}
        self._heard: dict[str, tuple[Decimal, int, Decimal]] = {}

    def on_ticker(
        self,
        symbol: str,
        rate: Decimal | None,
        next_funding_ms: int | None,
        mark_price: Decimal | None,
        time_ms: int,
        *,
        is_snapshot: bool,
    ) -> FundingRate | None:
        """None where it says nothing that can be told: no snapshot yet, no change, or too soon.

        Bybit forecasts the rate of the coming settlement: it is current and predicted rate alike.
        """
        if is_snapshot:
            if rate is None or next_funding_ms is None or mark_price is None:
                return None
            heard = rate, next_funding_ms, mark_price
        else:
            last = self._heard.get(symbol)
            if last is None:
                return None
            heard = (
                last[0] if rate is None else rate,
                last[1] if next_funding_ms is None else next_funding_ms,
                last[2] if mark_price is None else mark_price,
            )
        self._heard[symbol] = heard
        told = self._told.get(symbol)
        is_same_rate = told is not None and not is_snapshot and (told.rate, told.next_funding_ms) == heard[:2]
        if told is not None and is_same_rate and (told.mark_price == heard[2] or time_ms < told.time_ms + SPACING_MS):
            return None
        now = self._told[symbol] = FundingRate(symbol, heard[0], time_ms, heard[0], heard[1], heard[2])
        return now
