"""The last 24 hours of one symbol, as every venue's ticker tells them."""

from decimal import Decimal

from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import Traded

DAY_HOURS = 24


class Day:
    """Quantities are in base coin. Highs and lows are those of the hourly candles."""

    def __init__(self, exchange: SimulatedExchange, symbol: str, now_ms: int) -> None:
        self.now_ms = now_ms
        self.ticker = exchange.ticker(symbol)
        hours = exchange.candles(symbol, "1h", DAY_HOURS)
        last = self.ticker.last_price
        self.open = last - self.ticker.price_change
        self.high = max([last, self.open, *(candle.high for candle, _, _ in hours)])
        self.low = min([last, self.open, *(candle.low for candle, _, _ in hours)])
        self.trades = sum(trades for _, trades, _ in hours)
        newest = exchange.recent_trades(symbol, 1)
        self.last_trade: Traded | None = newest[-1] if newest else None
        volume = self.ticker.volume
        self.average = self.ticker.quote_volume / volume if volume else last

    @property
    def last_quantity(self) -> Decimal:
        return self.last_trade.quantity if self.last_trade else Decimal(0)

    @property
    def open_ms(self) -> int:
        return self.now_ms - DAY_HOURS * 3_600_000

    @property
    def last_id(self) -> int:
        return self.last_trade.trade_id if self.last_trade else 0

    @property
    def first_id(self) -> int:
        return max(0, self.last_id - self.trades + 1)
