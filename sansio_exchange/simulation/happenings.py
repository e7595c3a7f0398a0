"""What happens inside a simulated exchange, in order: the raw material of every venue's streams."""

from decimal import Decimal

from msgspec import Struct

from sansio_exchange.market import Candle
from sansio_exchange.orders import Fill, Order, Side


class Traded(Struct, frozen=True):
    """Two orders met. `taker` is the side of the order that took."""

    symbol: str
    trade_id: int
    price: Decimal
    quantity: Decimal
    taker: Side
    time_ms: int


class BookChanged(Struct, frozen=True):
    """Best bid or ask changed, in price or quantity. A side without orders has price and quantity 0."""

    symbol: str
    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal
    time_ms: int


class OrderChanged(Struct, frozen=True):
    """An order of an account was accepted, filled, cancelled, expired, amended or liquidated.

    `execution` is one of NEW, TRADE, CANCELED, EXPIRED, AMENDMENT, CALCULATED (liquidation).
    """

    account: str
    order: Order
    fill: Fill | None
    execution: str


class AccountChanged(Struct, frozen=True):
    """Balance or positions of an account changed. `reason` is ORDER or FUNDING_FEE; `symbols` whose positions."""

    account: str
    reason: str
    symbols: tuple[str, ...]
    time_ms: int


class LeverageChanged(Struct, frozen=True):
    """An account set its leverage for a symbol."""

    account: str
    symbol: str
    leverage: int
    time_ms: int


class MarkChanged(Struct, frozen=True):
    """Mark price and funding rate, once a second per symbol."""

    symbol: str
    mark_price: Decimal
    index_price: Decimal
    funding_rate: Decimal
    next_funding_ms: int
    time_ms: int


class CandleChanged(Struct, frozen=True):
    """A candle moved or closed. `trades` counts the trades in it; `quote_volume` is in quote coin."""

    candle: Candle
    trades: int
    quote_volume: Decimal


Happening = Traded | BookChanged | OrderChanged | AccountChanged | LeverageChanged | MarkChanged | CandleChanged
