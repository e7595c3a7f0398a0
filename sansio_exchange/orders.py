"""Orders and fills as every venue is made to speak of them.

Quantities are in base coin (never in contracts), prices in quote coin, times in milliseconds since the
Unix epoch. `order_id` is an int64 on every venue; `client_order_id` is always set.
"""

from decimal import Decimal
from enum import IntEnum

from msgspec import Struct

from sansio_exchange.numbers import ZERO


class Side(IntEnum):
    """Numbers are those of the gRPC contract's OrderSide."""

    BUY = 1
    SELL = 2


class OrderType(IntEnum):
    """Numbers are those of the gRPC contract's OrderType. OTHER: conditional orders placed elsewhere."""

    OTHER = 0
    LIMIT = 1
    MARKET = 2


class TimeInForce(IntEnum):
    """Numbers are those of the gRPC contract's TimeInForce. GTX is post-only: it never takes."""

    UNSPECIFIED = 0
    GTC = 1
    IOC = 2
    FOK = 3
    GTX = 4


class OrderStatus(IntEnum):
    """Numbers are those of the gRPC contract's OrderStatus."""

    NEW = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 4
    REJECTED = 5
    EXPIRED = 6

    @property
    def is_final(self) -> bool:
        """Whether no later update can change an order in this state."""
        return self >= OrderStatus.FILLED


class NewOrder(Struct, frozen=True, gc=False):
    """What a trader asks for. `price` is None exactly for market orders.

    `post_only` and `time_in_force=GTX` say the same thing; either is enough.
    """

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.UNSPECIFIED
    reduce_only: bool = False
    post_only: bool = False
    client_order_id: str = ""


class Fill(Struct, frozen=True, gc=False):
    """One execution of one order. `trade_id` is unique per symbol on the venue.

    `fee` is what was paid: positive is a cost, negative a rebate, in `fee_asset`.
    """

    trade_id: str
    order_id: int
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    realized_pnl: Decimal
    time_ms: int
    is_maker: bool = False

    @property
    def moved(self) -> Decimal:
        """What it moves the position by: the quantity, negative where it was sold."""
        return self.quantity if self.side is Side.BUY else -self.quantity


class Order(Struct, frozen=True, gc=False):
    """The state of one order. `price` is 0 for market orders, `avg_price` 0 before the first fill.

    `fills` are given where an order was looked up by id, oldest first; elsewhere they are empty.
    """

    order_id: int
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    status: OrderStatus
    price: Decimal = ZERO
    executed_qty: Decimal = ZERO
    avg_price: Decimal = ZERO
    time_in_force: TimeInForce = TimeInForce.UNSPECIFIED
    reduce_only: bool = False
    created_ms: int = 0
    update_ms: int = 0
    reason: str = ""
    fills: tuple[Fill, ...] = ()


class OrderUpdate(Struct, frozen=True, gc=False, tag=True):
    """One change of one order, with the fill that caused it where one did."""

    order: Order
    fill: Fill | None = None
