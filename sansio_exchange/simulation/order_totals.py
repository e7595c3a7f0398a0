"""What the fills of each order add up to, for venues that tell it with every order."""

from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill

MAX_ORDERS = 100_000
"""So many orders with fills are remembered; then the oldest is forgotten."""


class Total:
    """Of one order's fills: fees paid, profit realised, what they are worth in quote coin, and the newest of them."""

    __slots__ = ("fee", "last", "pnl", "value")

    def __init__(self) -> None:
        self.fee = ZERO
        self.pnl = ZERO
        self.value = ZERO
        self.last: Fill | None = None


NOTHING = Total()


class OrderTotals:
    """By order id; it is unique within a simulated exchange."""

    def __init__(self) -> None:
        self._totals: dict[int, Total] = {}

    def add(self, fill: Fill) -> None:
        total = self._totals.get(fill.order_id)
        if total is None:
            total = self._totals[fill.order_id] = Total()
            if len(self._totals) > MAX_ORDERS:
                del self._totals[next(iter(self._totals))]
        total.fee += fill.fee
        total.pnl += fill.realized_pnl
        total.value += fill.price * fill.quantity
        total.last = fill

    def of(self, order_id: int) -> Total:
        """An order without fills has paid nothing."""
        return self._totals.get(order_id, NOTHING)
