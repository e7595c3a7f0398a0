"""Each fill told once, with what has been executed by then, out of two topics that say one half each.

The order topic counts (cumExecQty) and knows the state; the execution topic names: price, quantity, fee, trade id. They
come apart, in either order. An order that counts more than was named would look like a lost fill, and a fill without
its count like less than has happened. So:

- a state that counts unnamed executions is held until they are named; until then each fill is told with the state as it
  was right after it;
- an execution of an order of which no state is known is held until the first state comes, which says what kind of order
  it is.

What has been executed after a fill is the sum of the executions named, for an order made after the login: all of them
come by this socket. For an older one it is orderQty - leavesQty of the execution ("the remaining qty not executed"),
which is plain for an order that rests; one that is filled at once is never older. It is never more than an order that
has ended counts: too little is found out by the session, too much could never be taken back.

What is held for PATIENCE_MS is let go at the next message, a pong at the latest: the state as it stands, whereupon the
session's ledger asks for the fills that it lacks, or a complaint, whereupon the session asks for everything.
"""

from collections import OrderedDict
from decimal import Decimal

from msgspec import structs

from sansio_exchange.machine import Unreadable
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderUpdate
from sansio_exchange.venue import Decoded, Ignored

PATIENCE_MS = 3_000
"""By the venue's clock. The topics come within milliseconds of each other. Not found in documentation."""
LOGIN_MARGIN_MS = 1_000
"""An order must be made that long after the login to count as made after it: our idea of the venue's clock errs."""
REMEMBERED = 20_000
"""Orders, the newest heard of."""

WAITING: Decoded = Ignored("a state that counts executions which are still to be named")
NO_STATE_YET: Decoded = Ignored("an execution that is told with the first state of its order")
REPEATED: Decoded = Ignored("an execution that was named before")


class _Known:
    """An order: its last state, and the executions named."""

    __slots__ = ("held", "is_new", "named", "order", "spent", "trade_ids")

    def __init__(self) -> None:
        self.order: Order | None = None
        self.is_new = False
        self.named = ZERO
        self.spent = ZERO
        self.trade_ids: set[str] = set()
        self.held: list[tuple[Fill, Decimal]] = []


class Executions:
    """The orders of one private socket."""

    def __init__(self) -> None:
        self._orders: OrderedDict[int, _Known] = OrderedDict()
        self._held: dict[int, int] = {}
        self._new_from_ms = 0

    def begin(self, venue_ms: int) -> None:
        """A socket is logged in at that time of the venue: what an earlier one said may lack something."""
        self._orders.clear()
        self._held.clear()
        self._new_from_ms = venue_ms + LOGIN_MARGIN_MS

    def adopt(self, order: Order) -> None:
        """The venue lists this order as working: where the socket has not spoken of it, here is what it counts."""
        if order.order_id not in self._orders:
            self._first_state(self._remember(order.order_id), order)

    def distrust(self) -> None:
        """A message of the socket could not be read: what was named may not be all that there was."""
        for known in self._orders.values():
            known.is_new = False

    def on_order(self, order: Order, time_ms: int) -> list[Decoded]:
        """What a state says, at that time of the venue."""
        known = self._remember(order.order_id)
        said: list[Decoded] = []
        if known.order is None:
            self._first_state(known, order)
            held, known.held = known.held, []
            said += [self._name(known, order, fill, counted) for fill, counted in held]
        elif order.executed_qty >= known.order.executed_qty and not known.order.status.is_final:
            known.order = order
        if order.executed_qty > known.named:
            self._held.setdefault(order.order_id, time_ms)
            return said or [WAITING]
        self._held.pop(order.order_id, None)
        return said or [OrderUpdate(_as_named(order, known))]

    def on_fill(self, fill: Fill, counted: Decimal, time_ms: int) -> list[Decoded]:
        """What an execution says; `counted` is orderQty - leavesQty."""
        known = self._remember(fill.order_id)
        if fill.trade_id in known.trade_ids:
            return [REPEATED]
        known.trade_ids.add(fill.trade_id)
        if known.order is None:
            known.held.append((fill, counted))
            self._held.setdefault(fill.order_id, time_ms)
            return [NO_STATE_YET]
        return [self._name(known, known.order, fill, counted)]

    def release(self, time_ms: int) -> list[Decoded]:
        """What was held too long, at that time of the venue."""
        said: list[Decoded] = []
        while self._held:
            order_id, since_ms = next(iter(self._held.items()))
            if abs(time_ms - since_ms) < PATIENCE_MS:
                break
            del self._held[order_id]
            known = self._orders[order_id]
            if known.order is None:
                known.held.clear()
                said.append(Unreadable("private", f"executions of order {order_id}, of which no state is told", ""))
            else:
                known.is_new = False
                known.named, known.spent = known.order.executed_qty, _spent(known.order)
                said.append(OrderUpdate(known.order))
        return said

    def _remember(self, order_id: int) -> _Known:
        known = self._orders.get(order_id)
        if known is None:
            known = self._orders[order_id] = _Known()
            if len(self._orders) > REMEMBERED:
                forgotten, gone = self._orders.popitem(last=False)
                self._held.pop(forgotten, None)
                if gone.order is not None and not gone.order.status.is_final:
                    # Should it be heard of again, what was filled of it before is not known any more.
                    self._new_from_ms = max(self._new_from_ms, gone.order.created_ms + 1)
        else:
            self._orders.move_to_end(order_id)
        return known

    def _first_state(self, known: _Known, order: Order) -> None:
        known.order = order
        known.is_new = order.created_ms >= self._new_from_ms
        if not known.is_new:
            if known.held:
                fill, counted = known.held[0]
                known.named = max(ZERO, counted - fill.quantity)
                among = [held for held, counted in known.held if counted <= order.executed_qty]
                known.spent = _spent(order) - sum((each.quantity * each.price for each in among), ZERO)
            else:
                known.named, known.spent = order.executed_qty, _spent(order)

    def _name(self, known: _Known, order: Order, fill: Fill, counted: Decimal) -> OrderUpdate:
        """The fill with the state right after it."""
        named = known.named + fill.quantity if known.is_new else max(known.named, counted)
        if order.status.is_final:
            named = max(known.named, min(named, order.executed_qty))
        known.spent += (named - known.named) * fill.price
        known.named = named
        if named >= order.executed_qty:
            self._held.pop(order.order_id, None)
        if named == order.executed_qty:
            return OrderUpdate(order, fill)
        state = _as_named(order, known)
        return OrderUpdate(structs.replace(state, update_ms=max(state.update_ms, fill.time_ms)), fill)


def _spent(order: Order) -> Decimal:
    return order.executed_qty * order.avg_price


def _as_named(order: Order, known: _Known) -> Order:
    """`order` with the executions named instead of those that it counts."""
    named = known.named
    if named == order.executed_qty:
        return order
    status, reason = order.status, order.reason
    if named < order.executed_qty:
        status, reason = OrderStatus.PARTIALLY_FILLED, ""
    elif status is OrderStatus.REJECTED:
        status = OrderStatus.CANCELED
    elif not status.is_final:
        status = OrderStatus.FILLED if named >= order.quantity else OrderStatus.PARTIALLY_FILLED
    return structs.replace(
        order, executed_qty=named, avg_price=known.spent / named if named else ZERO, status=status, reason=reason
    )
