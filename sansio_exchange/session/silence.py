"""Whether the private stream keeps from us what it should tell.

A socket that answers pings and carries nothing looks like an account on which nothing happens, and what was lost on the
way to a socket that lives looks like nothing at all. So once a minute, and where a statement after a reconciliation
shows what nothing explains, the open orders are compared with what is known, and the positions with the fills that were
told. On a busy account they always differ. What still differs in the same way a little later was not told, nor was what
moved a position of which nothing was told meanwhile; where something was, it takes a third look. A socket on which
nothing was heard at all is dead; else what was missed is asked for.

And where it is still to be found out what became of an order, the venue is asked again.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from sansio_exchange.account import Position
from sansio_exchange.commands import GetOpenOrders, GetPositions
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import Publish, Unreadable
from sansio_exchange.orders import Fill, Order
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.order_ledger import Key, OrderLedger
from sansio_exchange.session.position_base import NONE_TOLD, PositionBase, Told
from sansio_exchange.session.run import Run, Timer
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.venue import Recipe, Venue

LOOK_AFTER = 60.0
"""Seconds between two looks, and for which a look may take."""
TELLS_WITHIN = 10.0
"""Seconds that the stream has to tell of what was seen: no venue's lists are later or earlier than that."""
LOOKS_AT_BUSY = 3
"""Looks at which a position of which something is told has to differ in the same way: where all fills are of one size,
it does so by chance when one was on its way each time."""

Difference = tuple[Key | str, Decimal | None, Decimal | None]
"""Of how much an order has executed, or of a position's base by symbol: as it is known and as it is listed; None where
the order is not."""


class _Look(Struct, frozen=True):
    """How what is known and listed differed, at how many looks in a row, and what had been told by the last of them."""

    differ: frozenset[Difference] = frozenset()
    told: Mapping[str, Told] = {}
    number: int = 0


NOTHING_SEEN = _Look()


class Silence:
    """Of one session. `dead()` is called where the private socket is found to carry nothing, `doubt()` where it kept
    something back, `owed(within)` once a minute while nobody knows what became of an order, which may be asked for so
    many seconds."""

    def __init__(
        self,
        venue: Venue,
        calls: Calls,
        clock: VenueClock,
        ledger: OrderLedger,
        doubt: Callable[[], None],
    ) -> None:
        self.dead: Callable[[], None] = lambda: None
        self.owed: Callable[[float], None] = lambda _within: None
        self.suspects: set[str] = set()
        """Symbols of what was not told, until that has been asked for."""
        self.agreed_ms = 0
        """When nothing was missing, in ms of the venue: by the last look but one, as a fill on its way can hide a lost
        one."""
        self._seemed_ms = 0
        """When nothing seemed to be missing for the last time."""
        self._doubt = doubt
        self._venue = venue
        self._calls = calls
        self._clock = clock
        self._ledger = ledger
        self._is_heard = False
        self._is_new = True
        """Whether the venue has not listed positions since what they were at first was taken down."""
        self._base = PositionBase()
        self._contradictions: set[Difference] = set()
        """Of orders, what was asked for and differs all the same: there it is the venue's lists that are wrong."""
        self._next_at = 0.0
        """When (mono) to look next."""
        self._before = NOTHING_SEEN
        """The look just before, where that has to be confirmed."""
        self._owed_at = 0.0
        """When (mono) it may be asked again what became of orders."""
        self._timer: Timer | None = None
        self._run: Run | None = None

    def heard(self) -> None:
        """The stream told something of an order."""
        self._is_heard = True

    def told(self, fill: Fill) -> None:
        """Subscribers were told of it."""
        self._base.tell(fill)

    def suspected(self, positions: Iterable[Position]) -> set[str]:
        """Symbols of which something was not told, by these positions too, which are all."""
        return self.suspects | self._base.unexplained(positions)

    def forget(self) -> None:
        """Another account is traded on."""
        self._base = PositionBase()
        self._contradictions.clear()
        self.suspects.clear()
        self._next_at, self._before = 0.0, NOTHING_SEEN

    def watch(self, positions: Iterable[Position]) -> None:
        """All that is known has been told, and these were the positions: what changes is the stream's to tell."""
        self.stop()
        if not self._base.has_compared:
            self.agreed_ms = self._seemed_ms = self._clock.ms(self._calls.now)
            self._base.compare(positions, {})
            self._is_new = True
        self.suspects.clear()
        self._is_heard = True  # whether it is, a new socket has had no time to show
        self._wait()

    def stop(self) -> None:
        """The stream is interrupted, or what it did not tell is being asked for anyway."""
        if self._timer is not None:
            self._calls.cancel(self._timer)
            self._timer = None
        if self._run is not None:
            self._run.drop()
            self._run = None

    def look_now(self) -> None:
        """Something seems to be missing."""
        if self._timer is not None and not self._before.number:
            self._calls.cancel(self._timer)
            self._look_after(0.0)

    def _look_after(self, seconds: float, before: _Look = NOTHING_SEEN) -> None:
        self._next_at, self._before = self._calls.now.mono + seconds, before
        self._wait()

    def _wait(self) -> None:
        self._timer = self._calls.at(max(self._next_at, self._calls.now.mono), self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._calls.now
        if now.mono >= self._owed_at and self._ledger.open_questions():
            self._owed_at = now.mono + LOOK_AFTER
            self.owed(LOOK_AFTER)

        asked_ms, told = self._clock.ms(now), self._base.all_told()

        def seen(listed: Any, error: ExchangeError | None) -> None:
            self._run = None
            if error is not None:
                self._look_after(LOOK_AFTER)
            else:
                orders, positions = listed
                self._compare(orders, positions, told, asked_ms)

        run = self._calls.start(self._ask(), seen, deadline=now.mono + LOOK_AFTER)
        if not run.over:
            self._run = run

    def _ask(self) -> Recipe[tuple[tuple[Order, ...], tuple[Position, ...] | ExchangeError]]:
        orders: tuple[Order, ...] = yield from self._venue.recipe(GetOpenOrders())
        try:
            positions: tuple[Position, ...] = yield from self._venue.recipe(GetPositions())
        except ExchangeError as error:
            return orders, error  # OKX's cannot be read while one is isolated: the orders can be compared all the same
        return orders, positions

    def _compare(
        self,
        orders: Iterable[Order],
        positions: Iterable[Position] | ExchangeError,
        told: Mapping[str, Told],
        asked_ms: int,
    ) -> None:
        differ = self._of_orders(orders)
        is_whole, is_first = not isinstance(positions, ExchangeError), self._is_new
        if isinstance(positions, ExchangeError):
            self._calls.out.append(Publish(Unreadable("positions", positions.message, "")))
        else:
            self._is_new = False
            bases = self._base.compare(positions, told)
            differ |= {(symbol, base, listed) for symbol, (base, listed) in bases.items() if base != listed}
        before = self._before
        still = differ & before.differ
        untold = {each for each in differ if self._is_untold(each, before)}
        if untold:
            self._suspect(untold)
        elif still or (differ and not before.number):
            self._is_heard = self._is_heard and before.number > 0
            self._look_after(TELLS_WITHIN, _Look(frozenset(still or differ), told, before.number + 1))
        else:
            if is_whole and not {each for each, _, _ in differ} & {each for each, _, _ in before.differ}:
                self.agreed_ms = self._seemed_ms
                self._seemed_ms = asked_ms if not differ else asked_ms - int(TELLS_WITHIN * 1000)
            self._look_after(TELLS_WITHIN if is_first and not self._base.is_settled else LOOK_AFTER)

    def _of_orders(self, orders: Iterable[Order]) -> set[Difference]:
        known = {_key(order): order.executed_qty for order in self._ledger.working()}
        listed = {_key(order): order.executed_qty for order in orders}
        differ: set[Difference] = {
            (key, known.get(key), listed.get(key))
            for key in known.keys() | listed.keys()
            if known.get(key) != listed.get(key)
        }
        self._contradictions &= differ
        return differ - self._contradictions

    def _is_untold(self, difference: Difference, before: _Look) -> bool:
        each = difference[0]
        if not isinstance(each, str):
            return difference in before.differ
        if difference in before.differ and before.number >= LOOKS_AT_BUSY - 1:
            return True
        differed = any(each == other for other, _, _ in before.differ)
        return differed and self._base.told(each) == before.told.get(each, NONE_TOLD)

    def _suspect(self, untold: set[Difference]) -> None:
        """Have it asked for; what is listed all the same is taken as it stands."""
        for each, known, listed in untold:
            if isinstance(each, str):
                assert listed is not None, "it is a position's"
                self._base.suspect(each, listed)
                self.suspects.add(each)
            else:
                self._contradictions.add((each, known, listed))
                self.suspects.add(each[0])
        self._look_after(LOOK_AFTER)
        if self._is_heard:
            self._doubt()
        else:
            self.dead()


def _key(order: Order) -> Key:
    return order.symbol, order.order_id
