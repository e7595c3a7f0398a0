"""What one subscriber of orders was told: every update passes here once, and what must never be told is noted."""

from decimal import Decimal

from msgspec import Struct

from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import OrderStatus, OrderUpdate

Key = tuple[str, int]
"""(symbol, order id)."""
FillKey = tuple[str, int, str]
"""(symbol, order id, trade id)."""


class Told(Struct, frozen=True, gc=False, tag=True):
    """One update of one order. `trade_id` is "" where no fill caused it; `price` and `quantity` are the fill's.

    `subscriber` is the place of whoever got it among those who listen.
    """

    subscriber: int
    symbol: str
    order_id: int
    client_order_id: str
    side: int
    status: OrderStatus
    executed: Decimal
    average: Decimal
    trade_id: str = ""
    price: Decimal = ZERO
    quantity: Decimal = ZERO

    @property
    def key(self) -> Key:
        return self.symbol, self.order_id


def told(update: OrderUpdate, subscriber: int = 0) -> Told:
    """`update` as the core publishes it."""
    order, fill = update.order, update.fill
    return Told(
        subscriber, order.symbol, order.order_id, order.client_order_id, order.side, order.status,
        order.executed_qty, order.avg_price, *((fill.trade_id, fill.price, fill.quantity) if fill else ()),
    )  # fmt: skip


class Subscriber:
    """`orders` are the last updates, `fills` every fill's price and quantity, `wrong` what was wrong by itself."""

    def __init__(self) -> None:
        self.orders: dict[Key, Told] = {}
        self.fills: dict[FillKey, tuple[Decimal, Decimal]] = {}
        self.wrong: list[str] = []
        self._filled: dict[Key, Decimal] = {}

    def hear(self, update: Told) -> None:
        key = update.key
        before = self.orders.get(key)
        if before is not None:
            if update.executed < before.executed:
                self.wrong.append(f"executed quantity went back: {before} -> {update}")
            if update.status < before.status:
                self.wrong.append(f"status went back: {before} -> {update}")
            if before.status.is_final and update.status is not before.status:
                self.wrong.append(f"a final order changed: {before} -> {update}")
            if not update.trade_id and (update.status, update.executed) == (before.status, before.executed):
                self.wrong.append(f"told twice: {update}")
        self.orders[key] = update
        if not update.trade_id:
            return
        fill = (*key, update.trade_id)
        if fill in self.fills:
            self.wrong.append(f"fill told twice: {update}")
            return
        self.fills[fill] = update.price, update.quantity
        filled = self._filled[key] = self._filled.get(key, ZERO) + update.quantity
        if filled > update.executed:
            self.wrong.append(f"more fills were told than executed: {filled}, {update}")
