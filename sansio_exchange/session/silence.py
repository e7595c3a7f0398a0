"""Whether the stream of orders keeps from us what it should tell.

A socket that answers pings and carries nothing looks like an account on which nothing happens. While nothing is told
of any order, the open orders and positions are looked at once a minute: where they are not what is known, and the
stream goes on saying nothing, the socket is dead. And where it is still to be found out what became of an order, the
venue is asked again.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from sansio_exchange.account import Position
from sansio_exchange.commands import GetOpenOrders, GetPositions
from sansio_exchange.errors import ExchangeError
from sansio_exchange.orders import Order
from sansio_exchange.session.account_book import AccountBook
from sansio_exchange.session.calls import Calls, Run, Timer
from sansio_exchange.session.order_ledger import Key, OrderLedger
from sansio_exchange.venue import Recipe, Venue

LOOK_AFTER = 60.0
"""Seconds of silence before each look, and for which a look may take: no venue's list of open orders is that late."""
TELLS_WITHIN = 10.0
"""Seconds that the stream then has to tell of the change."""

Listed = tuple[dict[Key, Decimal], dict[str, Decimal]]
"""How much each open order has executed, and the size of each position by its symbol."""


class Silence:
    """Of one session. `dead()` is called where the private socket is found to carry nothing, `owed(within)` once a
    minute while nobody knows what became of an order, which may be asked for so many seconds."""

    def __init__(self, venue: Venue, calls: Calls, ledger: OrderLedger, book: AccountBook) -> None:
        self.dead: Callable[[], None] = lambda: None
        self.owed: Callable[[float], None] = lambda _within: None
        self._venue = venue
        self._calls = calls
        self._ledger = ledger
        self._book = book
        self._heard_at = 0.0
        self._accused_by: Listed | None = None
        """What the venue listed when the socket was found dead, until something is heard: where another one does not
        bring it about either, it is the lists that are wrong."""
        self._timer: Timer | None = None
        self._run: Run | None = None

    def heard(self) -> None:
        """The stream told something of an order."""
        self._heard_at = self._calls.now.mono
        self._accused_by = None

    def watch(self) -> None:
        """All that is known has been told: what changes from now on is the stream's to tell."""
        self.stop()
        self._heard_at = self._calls.now.mono
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
        if self._run is None:
            asked_at = self._heard_at

            def seen(listed: Any, error: ExchangeError | None) -> None:
                self._run = None
                known = _listed(self._ledger.working(), self._book.positions())
                if error is None and self._heard_at == asked_at and listed not in (known, self._accused_by):
                    self.stop()
                    self._accused_by = listed
                    self._timer = self._calls.at(self._calls.now.mono + TELLS_WITHIN, lambda: self._judge(asked_at))

            run = self._calls.start(self._ask(), seen, deadline=now + LOOK_AFTER)
            if not run.over:
                self._run = run

    def _ask(self) -> Recipe[Listed]:
        orders: tuple[Order, ...] = yield from self._venue.recipe(GetOpenOrders())
        positions: tuple[Position, ...] = yield from self._venue.recipe(GetPositions())
        return _listed(orders, positions)

    def _judge(self, asked_at: float) -> None:
        if self._heard_at == asked_at:
            self._timer = None
            self.dead()
        else:
            self._look_at(self._heard_at + LOOK_AFTER)


def _listed(orders: Iterable[Order], positions: Iterable[Position]) -> Listed:
    executed = {(order.symbol, order.order_id): order.executed_qty for order in orders}
    return executed, {position.symbol: position.size for position in positions if position.size}
