"""Fills and states of orders, out of the two channels that Gate tells them in.

futures.orders says how an order stands: how much is left of it, and whether it has finished; not by which trades.
futures.usertrades says the trades: price, size, fee; not what became of the order. Which of the two comes first is not
found in documentation. A fill is told once, with the order as it stands right after it; a state that counts more than
the trades told so far waits for them, a trade of an order of which nothing has been told waits for the order. So the
executed quantity of an order and its fills agree at every moment, and the session has no gap to look into.

Nobody waits forever: what its other half does not follow within PATIENCE_MS is told as it is, at the next message (a
pong, if nothing else). The session sees the gap then and asks for the fills by REST. From then on nothing is worked out
of that order: its states are told as they come, and its trades with the state that stands.

The same goes for an order that is older than the socket: it may have been filled in part before, and how much of what
it counts is still to be named is not known here. The session, which knows what it was told before, sees what is
missing.
"""

from collections import OrderedDict

from msgspec import structs

from sansio_exchange.machine import Unreadable
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderUpdate

PATIENCE_MS = 2_000
"""Both channels come on one socket, within milliseconds of each other."""
REMEMBERED = 10_000
"""Orders, the latest told: for repetitions, and for what comes late."""

LONELY = Unreadable("private", "a fill of an order that the orders channel does not tell of", "")
Told = OrderUpdate | Unreadable


class _Known:
    """One order: as last told by its channel, how much of it has been told with its fills, and their trade ids.

    `spent` is what the fills told cost. `is_plain`: nothing is worked out of it.
    """

    __slots__ = ("fills", "is_plain", "order", "spent", "told", "trade_ids")

    def __init__(self) -> None:
        self.order: Order | None = None
        self.told = ZERO
        self.spent = ZERO
        self.is_plain = False
        self.fills: list[Fill] = []
        """Those that came before the order."""
        self.trade_ids: set[str] = set()


class Executions:
    """What was heard on the present private socket. Bounded."""

    def __init__(self) -> None:
        self._orders: OrderedDict[int, _Known] = OrderedDict()
        self._waiting: dict[int, int] = {}
        """Orders of which one half is missing, and since when (ms), the oldest first."""
        self._began_ms = 0

    def begin_anew(self) -> None:
        """Another socket: what was missed in between the session finds out."""
        self._orders.clear()
        self._waiting.clear()
        self._began_ms = 0

    def at(self, time_ms: int) -> list[Told]:
        """The venue's time, as of each message: what has waited too long."""
        if not self._began_ms:
            self._began_ms = time_ms
        said: list[Told] = []
        while self._waiting:
            order_id, since_ms = next(iter(self._waiting.items()))
            if time_ms - since_ms <= PATIENCE_MS:
                break
            del self._waiting[order_id]
            known = self._orders.get(order_id)
            if known is None or known.order is None:
                self._orders.pop(order_id, None)
                said.append(LONELY)
            else:
                known.is_plain = True
                said.append(OrderUpdate(known.order))
        return said

    def on_order(self, order: Order, time_ms: int) -> list[Told]:
        """The orders channel told how an order stands."""
        known = self._known(order.order_id)
        if known.order is None:
            known.is_plain = order.created_ms < self._began_ms
        if known.order is None or not _is_older(order, known.order):
            known.order = order
        said = self._tell_waiting(known)
        if not known.is_plain and known.told < order.executed_qty:
            self._waiting.setdefault(order.order_id, time_ms)
            return said
        self._settle(known)
        if not said or said[-1] != OrderUpdate(order, _fill_of(said[-1])):
            said.append(OrderUpdate(order))
        return said

    def on_fill(self, fill: Fill, time_ms: int) -> list[Told]:
        """The usertrades channel told a fill."""
        known = self._known(fill.order_id)
        if fill.trade_id in known.trade_ids:
            return []
        known.trade_ids.add(fill.trade_id)
        if known.order is None:
            known.fills.append(fill)
            self._waiting.setdefault(fill.order_id, time_ms)
            return []
        told: list[Told] = [self._tell(known, known.order, fill)]
        self._settle(known)
        return told

    def _known(self, order_id: int) -> _Known:
        known = self._orders.get(order_id)
        if known is not None:
            self._orders.move_to_end(order_id)
            return known
        known = self._orders[order_id] = _Known()
        if len(self._orders) > REMEMBERED:
            gone, _ = self._orders.popitem(last=False)
            self._waiting.pop(gone, None)
        return known

    def _tell_waiting(self, known: _Known) -> list[Told]:
        fills, known.fills = known.fills, []
        assert known.order is not None
        return [self._tell(known, known.order, fill) for fill in fills]

    def _tell(self, known: _Known, order: Order, fill: Fill) -> OrderUpdate:
        """The order right after `fill`."""
        if known.is_plain or (order.status.is_final and known.told == order.executed_qty):
            return OrderUpdate(order, fill)
        known.told += fill.quantity
        known.spent += fill.quantity * fill.price
        if known.told == order.executed_qty:
            return OrderUpdate(order, fill)
        after = structs.replace(
            order,
            executed_qty=known.told,
            avg_price=known.spent / known.told,
            status=OrderStatus.FILLED if known.told >= order.quantity else OrderStatus.PARTIALLY_FILLED,
            update_ms=fill.time_ms,
            reason="",
        )
        if known.told > order.executed_qty and not order.status.is_final:
            known.order = after
        return OrderUpdate(after, fill)

    def _settle(self, known: _Known) -> None:
        """Nothing is missing any more, if nothing is."""
        if known.order is not None and (known.is_plain or known.told >= known.order.executed_qty):
            self._waiting.pop(known.order.order_id, None)


def _is_older(told: Order, known: Order) -> bool:
    """Whether it overtook: executed quantities never shrink, and what has finished stays so."""
    if told.executed_qty != known.executed_qty:
        return told.executed_qty < known.executed_qty
    return known.status.is_final and not told.status.is_final


def _fill_of(told: Told) -> Fill | None:
    return told.fill if isinstance(told, OrderUpdate) else None
