"""What we know of every order, and so what of a venue's message is news.

Venues repeat themselves, after a reconnect most of all, and sockets, replies and lists overtake each other. The ledger
lets each change through once and in order:

- a fill is news once, by its trade id;
- the executed quantity never shrinks, a status never goes back, a final order stays as it ended.
"""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal

from msgspec import structs

from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderUpdate

FINAL_KEPT = 20_000
"""Ended orders remembered, for late repetitions: about half an hour at ten orders a second."""

Key = tuple[str, int]
"""(symbol, order id): Binance's order ids are unique per symbol only."""


class _Entry:
    """One order as last published, and the fills that were."""

    __slots__ = ("order", "trade_ids")

    def __init__(self, order: Order) -> None:
        self.order = order
        self.trade_ids: set[str] = set()


class OrderLedger:
    """Orders by (symbol, order id)."""

    def __init__(self) -> None:
        self._entries: dict[Key, _Entry] = {}
        self._by_client_id: dict[str, Key] = {}
        self._ended: deque[Key] = deque()
        self._awaited: dict[Key, float] = {}
        self._unresolved: dict[str, NewOrder] = {}
        self.has_gap = False
        """Whether an update told of more executions than it and its predecessors named; the owner resets it."""

    def __len__(self) -> int:
        return len(self._entries)

    # --- what is known ----------------------------------------------------------------------------------------

    def find(self, symbol: str, order_id: int) -> Order | None:
        """The order as last published."""
        entry = self._entries.get((symbol, order_id))
        return entry.order if entry else None

    def find_client(self, client_order_id: str) -> Order | None:
        key = self._by_client_id.get(client_order_id)
        return self.find(*key) if key else None

    def working(self) -> Iterator[Order]:
        """Orders last seen working."""
        return (entry.order for entry in self._entries.values() if not entry.order.status.is_final)

    def has_fill(self, fill: Fill) -> bool:
        entry = self._entries.get((fill.symbol, fill.order_id))
        return entry is not None and fill.trade_id in entry.trade_ids

    # --- what a reply told --------------------------------------------------------------------------------------

    def expect(self, order: Order, by: float) -> None:
        """The venue accepted `order` by reply; the stream must speak of it until `by` (mono), or it is not alive."""
        key = order.symbol, order.order_id
        if key not in self._entries:
            self._awaited.setdefault(key, by)

    def overdue(self, mono: float) -> list[Key]:
        """Accepted orders of which the stream has said nothing in time."""
        return [key for key, by in self._awaited.items() if by <= mono]

    def next_overdue(self) -> float | None:
        """When the first accepted order will be overdue on the stream."""
        return min(self._awaited.values(), default=None)

    def awaited(self) -> list[Key]:
        """Accepted orders of which the stream has said nothing yet."""
        return list(self._awaited)

    def stop_awaiting(self, key: Key) -> None:
        self._awaited.pop(key, None)

    def unresolved(self, order: NewOrder) -> None:
        """Nobody knows what became of this order; reconciliation asks for it until it does."""
        self._unresolved[order.client_order_id] = order

    def resolved(self, client_order_id: str) -> None:
        self._unresolved.pop(client_order_id, None)

    def open_questions(self) -> list[NewOrder]:
        return list(self._unresolved.values())

    # --- what is news -------------------------------------------------------------------------------------------

    def adopt(self, order: Order, fills: tuple[Fill, ...] = ()) -> None:
        """Know an order from before our time: its past is not news."""
        entry = self._remember(order)
        entry.trade_ids.update(fill.trade_id for fill in fills)

    def apply(self, update: OrderUpdate) -> OrderUpdate | None:
        """What of `update` is news, or None. Cumulative figures never go back."""
        order, fill = update.order, update.fill
        key = order.symbol, order.order_id
        self._awaited.pop(key, None)
        self._unresolved.pop(order.client_order_id, None)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._remember(order)
            if fill is not None:
                entry.trade_ids.add(fill.trade_id)
            self._look_for_gap(ZERO, order, fill)
            return update
        known = entry.order
        if fill is not None:
            if fill.trade_id in entry.trade_ids:
                fill = None
            else:
                entry.trade_ids.add(fill.trade_id)
        merged = _later_of(known, order)
        if fill is None and _same_state(merged, known):
            return None
        self._look_for_gap(known.executed_qty, merged, fill)
        entry.order = merged
        if merged.status.is_final and not known.status.is_final:
            self._end(key)
        return OrderUpdate(merged, fill)

    def _look_for_gap(self, executed_before: Decimal, order: Order, fill: Fill | None) -> None:
        if order.executed_qty - executed_before > (fill.quantity if fill else ZERO):
            self.has_gap = True

    def _remember(self, order: Order) -> _Entry:
        key = order.symbol, order.order_id
        entry = self._entries[key] = _Entry(order)
        if order.client_order_id:
            self._by_client_id[order.client_order_id] = key
        if order.status.is_final:
            self._end(key)
        return entry

    def _end(self, key: Key) -> None:
        self._ended.append(key)
        if len(self._ended) > FINAL_KEPT:
            oldest = self._ended.popleft()
            entry = self._entries.pop(oldest, None)
            if entry is not None and self._by_client_id.get(entry.order.client_order_id) == oldest:
                del self._by_client_id[entry.order.client_order_id]


def _later_of(known: Order, told: Order) -> Order:
    """The state that lies further on; an amended price or quantity is taken over while the order works."""
    if known.status.is_final:
        if told.executed_qty > known.executed_qty:
            return structs.replace(
                known, executed_qty=told.executed_qty, avg_price=told.avg_price, update_ms=told.update_ms
            )
        return known
    if told.executed_qty < known.executed_qty:
        if told.status.is_final:
            return structs.replace(known, status=told.status, update_ms=told.update_ms, reason=told.reason)
        return known
    if told.status < known.status:
        return structs.replace(told, status=known.status)
    return told


def _same_state(one: Order, other: Order) -> bool:
    return (
        one.status is other.status
        and one.executed_qty == other.executed_qty
        and one.price == other.price
        and one.quantity == other.quantity
    )


def with_fill(order: Order, fill: Fill) -> Order:
    """`order` after `fill`, before anything else that became of it: how a missed execution is told."""
    executed = order.executed_qty + fill.quantity
    spent = order.avg_price * order.executed_qty + fill.price * fill.quantity
    return structs.replace(
        order,
        executed_qty=executed,
        avg_price=spent / executed,
        status=OrderStatus.FILLED if executed >= order.quantity else OrderStatus.PARTIALLY_FILLED,
        update_ms=fill.time_ms,
    )
