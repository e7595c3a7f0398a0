"""What an account remembers of one symbol: every order by both ids, and its fills.

Memory is bounded: of finished orders and of fills the newest MAX_FINISHED and MAX_FILLS per account and symbol are
kept, of funding payments MAX_FUNDING. Working orders are never dropped.
"""

from collections import deque
from decimal import Decimal

from sansio_exchange.orders import Fill
from sansio_exchange.simulation.matching import WorkingOrder

MAX_FINISHED = 50_000
MAX_FILLS = 50_000
MAX_FUNDING = 1_000


class Records:
    """Orders and fills of one account in one symbol."""

    def __init__(self) -> None:
        self.orders: dict[int, WorkingOrder] = {}
        """Every remembered order by its id, oldest first."""
        self.working: dict[int, WorkingOrder] = {}
        self.reducers: dict[int, WorkingOrder] = {}
        """Those of the working orders that are reduce-only."""
        self.fills: deque[Fill] = deque(maxlen=MAX_FILLS)
        self.funding: deque[tuple[int, Decimal]] = deque(maxlen=MAX_FUNDING)
        """(time_ms, amount received) of each funding settlement."""
        self._by_client_id: dict[str, WorkingOrder] = {}
        self._finished: deque[WorkingOrder] = deque()

    def accept(self, order: WorkingOrder) -> None:
        """Remember a new order, which works from now on."""
        self.orders[order.order_id] = order
        self.working[order.order_id] = order
        if order.reduce_only:
            self.reducers[order.order_id] = order
        self._by_client_id[order.client_order_id] = order

    def finish(self, order: WorkingOrder) -> None:
        """An order works no longer; the oldest finished one may be forgotten for it."""
        del self.working[order.order_id]
        self.reducers.pop(order.order_id, None)
        self._finished.append(order)
        if len(self._finished) > MAX_FINISHED:
            oldest = self._finished.popleft()
            del self.orders[oldest.order_id]
            if self._by_client_id.get(oldest.client_order_id) is oldest:
                del self._by_client_id[oldest.client_order_id]

    def find(self, order_id: int, client_order_id: str) -> WorkingOrder | None:
        """By order id where one is given, else the newest order of that client id."""
        return self.orders.get(order_id) if order_id else self._by_client_id.get(client_order_id)

    def duplicate(self, client_order_id: str) -> bool:
        """Whether a working order carries this client id."""
        found = self._by_client_id.get(client_order_id)
        return found is not None and found.order_id in self.working
