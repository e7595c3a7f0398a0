"""Whether the stream of orders keeps from us what it should tell.

A socket that answers pings and carries nothing looks like an account on which nothing happens. While orders work and
nothing is told of any, the open orders are looked at once a minute: where one is gone or has executed more, and the
stream goes on saying nothing, the socket is dead. And where it is still to be found out what became of an order, the
venue is asked again.
"""

from collections.abc import Callable
from typing import Any

from sansio_exchange.commands import GetOpenOrders
from sansio_exchange.errors import ExchangeError
from sansio_exchange.orders import Order
from sansio_exchange.session.calls import Calls, Run, Timer
from sansio_exchange.session.order_ledger import Key, OrderLedger
from sansio_exchange.venue import Venue

LOOK_AFTER = 60.0
"""Seconds of silence before each look, and for which a look may take: no venue's list of open orders is that late."""
TELLS_WITHIN = 10.0
"""Seconds that the stream then has to tell of the change."""


class Silence:
    """Of one session. `dead()` is called where the private socket is found to carry nothing, `owed(within)` once a
    minute while nobody knows what became of an order, which may be asked for so many seconds."""

    def __init__(self, venue: Venue, calls: Calls, ledger: OrderLedger) -> None:
        self.dead: Callable[[], None] = lambda: None
        self.owed: Callable[[float], None] = lambda _within: None
        self._venue = venue
        self._calls = calls
        self._ledger = ledger
        self._heard_at = 0.0
        self._timer: Timer | None = None
        self._run: Run | None = None

    def heard(self) -> None:
        """The stream told something of an order."""
        self._heard_at = self._calls.now.mono

    def watch(self) -> None:
        """All that is known has been told: what changes from now on is the stream's to tell."""
        self.stop()
        self.heard()
        self._look_at(self._heard_at + LOOK_AFTER)

    def stop(self) -> None:
        """The stream is interrupted, or what it did not tell is being asked for anyway."""
        if self._timer is not None:
            self._calls.cancel(self._timer)
            self._timer = None
        if self._run is not None:
            self._run.drop()
            self._run = None

    def _look_at(self, mono: float) -> None:
        self._timer = self._calls.at(mono, self._look)

    def _look(self) -> None:
        now = self._calls.now.mono
        if self._ledger.open_questions():
            self.owed(LOOK_AFTER)
        if now < self._heard_at + LOOK_AFTER:
            self._look_at(self._heard_at + LOOK_AFTER)
            return
        self._look_at(now + LOOK_AFTER)
        known = {(order.symbol, order.order_id): order for order in self._ledger.working()}
        if known and self._run is None:
            asked_at = self._heard_at

            def seen(listed: Any, error: ExchangeError | None) -> None:
                self._run = None
                if error is None and self._heard_at == asked_at and _has_changed(known, listed):
                    self.stop()
                    self._timer = self._calls.at(self._calls.now.mono + TELLS_WITHIN, lambda: self._judge(asked_at))

            run = self._calls.start(self._venue.recipe(GetOpenOrders()), seen, deadline=now + LOOK_AFTER)
            if not run.over:
                self._run = run

    def _judge(self, asked_at: float) -> None:
        if self._heard_at == asked_at:
            self._timer = None
            self.dead()
        else:
            self._look_at(self._heard_at + LOOK_AFTER)


def _has_changed(known: dict[Key, Order], listed: tuple[Order, ...]) -> bool:
    """Whether one that works, as far as is known, is not listed any more, or has executed something else."""
    executed = {(order.symbol, order.order_id): order.executed_qty for order in listed}
    return any(executed.get(key) != order.executed_qty for key, order in known.items())
