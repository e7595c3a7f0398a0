"""Mark price, premium and funding rate of one symbol.

After Binance's support articles "Mark Price in USDⓈ-Margined Futures" and "Introduction to Binance Futures Funding
Rates" (2025):

    mark price = median(index x (1 + rate x time to funding / 8 h), index + mean basis, last price)
    rate       = mean premium + clamp(interest - mean premium, -0.05 %, 0.05 %), within ±0.3 %
"""

from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cached_property, partial

from sansio_exchange.market import FundingRate
from sansio_exchange.simulation.bars import DAY
from sansio_exchange.simulation.history import History
from sansio_exchange.simulation.prng import Prng

PERIOD_MS = 8 * 3_600_000
"""Funding is settled at 00:00, 08:00 and 16:00 UTC."""
INTEREST = 0.0001
CLAMP = 0.0005
MOST = 0.003
BASIS_SECONDS = 30.0
MAX_HISTORY = 1_000
"""As many as Binance's GET /fapi/v1/fundingRate gives (Binance Open Platform, Get Funding Rate History, 2025)."""
DAYS = 180
"""So many days of settled rates are there at the start."""
RATE = Decimal("0.00000001")
FINENESS = 100
"""Mark and index price are told in hundredths of a tick."""


def next_funding_ms(now_ms: int) -> int:
    """The first settlement after `now_ms`."""
    return (now_ms // PERIOD_MS + 1) * PERIOD_MS


class Funding:
    """`update` once a second; `settle` at each settlement. Prices are in ticks."""

    def __init__(self, symbol: str, seed: int, tick: Decimal, start_ms: int, index: float, past: History) -> None:
        self.symbol = symbol
        self._grain = tick / FINENESS
        self.mark_price = self.index_price = self._decimal(index)
        self.next_ms = next_funding_ms(start_ms)
        self._basis = 0.0
        self._premiums = 0.0
        self._weights = 0.0
        self.rate = Decimal("0.00010000")
        self._invent = partial(_invent, symbol, seed, past, start_ms, self._decimal, self.mark_price)

    @cached_property
    def history(self) -> deque[FundingRate]:
        """What was settled, the newest last; the past is made up when somebody asks for it first."""
        return deque(self._invent(), maxlen=MAX_HISTORY)

    def update(self, now_ms: int, index: float, middle: float, last: float) -> None:
        """A second has passed."""
        self._basis += (middle - index - self._basis) / BASIS_SECONDS
        self._premiums += (middle - index) / index
        self._weights += 1.0
        self.rate = _rate(self._premiums / self._weights)
        ahead = index * (1.0 + float(self.rate) * (self.next_ms - now_ms) / PERIOD_MS)
        self.index_price = self._decimal(index)
        self.mark_price = self._decimal(sorted((ahead, index + self._basis, last))[1])

    def settle(self, now_ms: int) -> Decimal:
        """The rate that is settled now; the next period begins."""
        rate = self.rate
        self.history.append(FundingRate(self.symbol, rate, now_ms, mark_price=self.mark_price))
        self.next_ms = next_funding_ms(now_ms)
        self._premiums = self._weights = 0.0
        return rate

    def _decimal(self, ticks: float) -> Decimal:
        return self._grain * round(ticks * FINENESS)


def _invent(
    symbol: str, seed: int, past: History, start_ms: int, price: Callable[[float], Decimal], mark_price: Decimal
) -> Iterator[FundingRate]:
    """Rates of half a year before the start, at prices of the past, and those of the day of the start."""
    draw = Prng("funding", symbol, seed)
    drift = 0.0
    for day in past.bars(DAY, past.today_ms - DAYS * DAY, past.today_ms):
        for third in range(3):
            drift = 0.8 * drift + 0.0002 * draw.normal()
            mark = price(day.open + (day.close - day.open) * third / 3)
            yield FundingRate(symbol, _rate(drift), day.open_ms + third * PERIOD_MS, mark_price=mark)
    for time_ms in range(past.today_ms, start_ms + 1, PERIOD_MS):
        yield FundingRate(symbol, _rate(drift), time_ms, mark_price=mark_price)


def _rate(premium: float) -> Decimal:
    rate = premium + max(-CLAMP, min(CLAMP, INTEREST - premium))
    return Decimal(round(max(-MOST, min(MOST, rate)) * 1e8)) * RATE
