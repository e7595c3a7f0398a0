"""The public record of one symbol: its newest trades and the candles made of all of them."""

from collections import deque
from decimal import Decimal

from sansio_exchange.orders import Side
from sansio_exchange.simulation.candles import Candles
from sansio_exchange.simulation.happenings import Traded

MAX_TRADES = 1_000
"""As many as Binance's GET /fapi/v1/trades gives (Binance Open Platform, Recent Trades List, 2025)."""


class Tape:
    """Trades of one symbol, numbered upwards from `first_id`."""

    def __init__(self, symbol: str, tick: Decimal, step: Decimal, first_id: int, candles: Candles) -> None:
        self.candles = candles
        self._symbol = symbol
        self._tick = tick
        self._step = step
        self._next_id = first_id
        self._trades: deque[Traded] = deque(maxlen=MAX_TRADES)

    def number(self) -> int:
        """The id of the next trade; taken at once."""
        number = self._next_id
        self._next_id += 1
        return number

    def print(self, ticks: int, steps: int, taker: Side, now_ms: int) -> Traded:
        """Record one trade."""
        trade = Traded(
            symbol=self._symbol,
            trade_id=self.number(),
            price=self._tick * ticks,
            quantity=self._step * steps,
            taker=taker,
            time_ms=now_ms,
        )
        self._trades.append(trade)
        self.candles.trade(ticks, steps)
        return trade

    def recent(self, limit: int) -> list[Traded]:
        """The newest `limit` trades, oldest first."""
        trades = list(self._trades)
        return trades[-limit:] if limit > 0 else []
