"""Whether the private stream keeps from us what it should tell.

A socket that answers pings and carries nothing looks like an account on which nothing happens, and what was lost on the
way to a socket that lives looks like nothing at all. So once a minute the open orders and positions are compared with
what is known. On a busy account they always differ; what still differs in the same way a little later was not told. A
socket on which nothing was heard meanwhile is dead; else what was missed is asked for.

And where it is still to be found out what became of an order, the venue is asked again.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from sansio_exchange.account import Position
from sansio_exchange.commands import GetOpenOrders, GetPositions
from sansio_exchange.errors import ExchangeError
from sansio_exchange.orders import Order
from sansio_exchange.session.account_book import AccountBook
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.order_ledger import Key, OrderLedger
from sansio_exchange.session.run import Run, Timer
from sansio_exchange.venue import Recipe, Venue

LOOK_AFTER = 60.0
"""Seconds between two looks, and for which a look may take."""
TELLS_WITHIN = 10.0
"""Seconds that the stream has to tell of what was seen: no venue's lists are later or earlier than that."""

Listed = dict[Key | str, Decimal]
"""How much each open order has executed, and the size of each position by its symbol."""
Difference = tuple[Key | str, Decimal | None, Decimal | None]
"""Of what, as it is known and as it is listed; None where it is not."""


class Silence:
    """Of one session. `dead()` is called where the private socket is found to carry nothing, `doubt()` where it kept
    something back, `owed(within)` once a minute while nobody knows what became of an order, which may be asked for so
    many seconds."""

    def __init__(
        self, venue: Venue, calls: Calls, ledger: OrderLedger, book: AccountBook, doubt: Callable[[], None]
    ) -> None:
        self.dead: Callable[[], None] = lambda: None
        self.owed: Callable[[float], None] = lambda _within: None
        self._doubt = doubt
        self._venue = venue
        self._calls = calls
        self._ledger = ledger
        self._book = book
        self._is_heard = False
        self._contradictions: set[Difference] = set()
        """What was asked for and differs all the same: there it is the venue's lists that are wrong."""
        self._timer: Timer | None = None
        self._run: Run | None = None

    def heard(self) -> None:
        """The stream told something of an order."""
        self._is_heard = True

    def watch(self) -> None:
        """All that is known has been told: what changes from now on is the stream's to tell."""
        self.stop()
        self._look_after(LOOK_AFTER, set())

    def stop(self) -> None:
        """The stream is interrupted, or what it did not tell is being asked for anyway."""
        if self._timer is not None:
            self._calls.cancel(self._timer)
            self._timer = None
        if self._run is not None:
            self._run.drop()
            self._run = None

    def _look_after(self, seconds: float, before: set[Difference]) -> None:
        self._timer = self._calls.at(self._calls.now.mono + seconds, lambda: self._look(before))

    def _look(self, before: set[Difference]) -> None:
        """`before` are the differences of the look just before."""
        self._timer = None
        if not before and self._ledger.open_questions():
            self.owed(LOOK_AFTER)

        def seen(listed: Any, error: ExchangeError | None) -> None:
            self._run = None
            if error is not None:
                self._look_after(LOOK_AFTER, set())
            else:
                self._compare(listed, before)

        run = self._calls.start(self._ask(), seen, deadline=self._calls.now.mono + LOOK_AFTER)
        if not run.over:
            self._run = run

    def _ask(self) -> Recipe[Listed]:
        orders: tuple[Order, ...] = yield from self._venue.recipe(GetOpenOrders())
        positions: tuple[Position, ...] = yield from self._venue.recipe(GetPositions())
        return _listed(orders, positions)

    def _compare(self, listed: Listed, before: set[Difference]) -> None:
        known = _listed(self._ledger.working(), self._book.positions())
        differ = {
            (each, known.get(each), listed.get(each))
            for each in known.keys() | listed.keys()
            if known.get(each) != listed.get(each)
        }
        self._contradictions &= differ
        differ -= self._contradictions
        untold = differ & before
        if not differ or (before and not untold):
            self._look_after(LOOK_AFTER, set())
        elif not before:
            self._is_heard = False
            self._look_after(TELLS_WITHIN, differ)
        else:
            self._contradictions |= untold
            self._look_after(LOOK_AFTER, set())
            if self._is_heard:
                self._doubt()
            else:
                self.dead()


def _listed(orders: Iterable[Order], positions: Iterable[Position]) -> Listed:
    listed: Listed = {(order.symbol, order.order_id): order.executed_qty for order in orders}
    listed.update((position.symbol, position.size) for position in positions if position.size)
    return listed
