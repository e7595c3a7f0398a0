"""Fills and states of orders that a venue tells apart, joined again (OrderState and LoneFill of venue.py).

One channel says how an order stands, another one by which trades; which of the two comes first is not promised. A fill
is told once, with the order as it stands right after it, and a state that counts more than was named waits for the
fills that name it. So what an order has executed and its fills agree at every moment.

    a state that counts no more than was named   is told at once
    a state that counts more                     waits for its fills; each is told with the state right after it
    a fill of an order that is known             is told at once, with what the ledger knows of the order
    a fill of an order that is not known         waits for the order
    a fill that would complete an order          waits for the state that says so: the order may have been enlarged

Nobody waits forever: after PATIENCE a state is told as it is, whereupon the ledger has a gap, and an order of which
there are fills alone is looked for.
"""

from sansio_exchange.orders import Fill, Order, OrderUpdate
from sansio_exchange.session.order_ledger import Key, OrderLedger, later_of

PATIENCE = 3.0
"""Seconds. Both halves come on one socket, within milliseconds of each other."""


class _Apart:
    """The halves of one order that are here: a state whose fills are awaited, fills whose state is."""

    __slots__ = ("fills", "since", "state")

    def __init__(self, since: float) -> None:
        self.since = since
        self.state: Order | None = None
        self.fills: list[Fill] = []


class Joining:
    """What waits for its other half. Each method returns what is news now; the ledger knows it already."""

    def __init__(self, ledger: OrderLedger) -> None:
        self._ledger = ledger
        self._apart: dict[Key, _Apart] = {}

    def hear_state(self, order: Order, mono: float) -> list[OrderUpdate]:
        """The venue told how an order stands."""
        key = order.symbol, order.order_id
        if key not in self._apart and order.executed_qty <= self._ledger.named(key):
            return _news(self._ledger.apply(OrderUpdate(order)))
        apart = self._apart.setdefault(key, _Apart(mono))
        apart.state = order if apart.state is None else later_of(apart.state, order)
        return self._join(key, apart, mono)

    def hear_fill(self, fill: Fill, mono: float) -> list[OrderUpdate]:
        """The venue told a fill."""
        key = fill.symbol, fill.order_id
        apart = self._apart.setdefault(key, _Apart(mono))
        if all(fill.trade_id != each.trade_id for each in apart.fills):
            apart.fills.append(fill)
        return self._join(key, apart, mono)

    def deadline(self) -> float | None:
        """When (mono) something will have waited too long."""
        return next((apart.since + PATIENCE for apart in self._apart.values()), None)

    def release(self, mono: float) -> list[OrderUpdate]:
        """What has waited too long at `mono`; at infinity, everything."""
        told: list[OrderUpdate] = []
        while self._apart:
            key, apart = next(iter(self._apart.items()))
            if mono < apart.since + PATIENCE:
                break
            del self._apart[key]
            if apart.state is not None:
                told += _news(self._ledger.apply(OrderUpdate(apart.state)))
            if apart.fills:
                self._ledger.look_for(key)
        return told

    def _join(self, key: Key, apart: _Apart, mono: float) -> list[OrderUpdate]:
        told: list[OrderUpdate] = []
        while apart.fills:
            fill, ledger = apart.fills[0], self._ledger
            order = apart.state or ledger.find(*key)
            if not ledger.has_fill(fill):
                if order is None:
                    break
                after = ledger.after(order, fill)
                if after.status.is_final and not order.status.is_final:
                    break
                told += _news(ledger.apply(OrderUpdate(after, fill)))
            del apart.fills[0]
        if apart.state is not None and apart.state.executed_qty <= self._ledger.named(key):
            told += _news(self._ledger.apply(OrderUpdate(apart.state)))
            apart.state = None
        if apart.state is None and not apart.fills:
            del self._apart[key]
        elif told:  # what still waits has only begun to
            del self._apart[key]
            self._apart[key] = apart
            apart.since = mono
        return told


def _news(update: OrderUpdate | None) -> list[OrderUpdate]:
    return [] if update is None else [update]
