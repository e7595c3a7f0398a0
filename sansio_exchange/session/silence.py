"""Whether the private stream keeps from us what it should tell.

A socket that answers pings and carries nothing looks like an account on which nothing happens, and what was lost on the
way to a socket that lives looks like nothing at all. So once a minute the open orders are compared with what is known,
and the positions with the fills that were told. On a busy account they always differ; what still differs in the same
way a little later was not told. A socket on which nothing was heard meanwhile is dead; else what was missed is asked
for.

And where it is still to be found out what became of an order, the venue is asked again.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from sansio_exchange.account import Position
from sansio_exchange.commands import GetOpenOrders, GetPositions
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import Publish, Unreadable
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order, Side
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.order_ledger import Key, OrderLedger
from sansio_exchange.session.run import Run, Timer
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.venue import Recipe, Venue

LOOK_AFTER = 60.0
"""Seconds between two looks, and for which a look may take."""
TELLS_WITHIN = 10.0
"""Seconds that the stream has to tell of what was seen: no venue's lists are later or earlier than that."""

Stand = dict[Key | str, Decimal]
"""How much each open order has executed; and by symbol what of a position did not come from fills that were told: its
size before them, as long as none was missed. Where one is on its way, the two are not of the same moment: what is the
same at two looks is believed."""
Difference = tuple[Key | str, Decimal | None, Decimal | None]
"""Of what, as it is known and as it is listed; None where it is not."""


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
        """When nothing was missing for the last time, in ms of the venue."""
        self._doubt = doubt
        self._venue = venue
        self._calls = calls
        self._clock = clock
        self._ledger = ledger
        self._is_heard = False
        self._traded: dict[str, Decimal] = {}
        """By symbol, bought less sold by the fills that were told."""
        self._before: dict[str, Decimal] = {}
        """By symbol, the size of the position before these."""
        self._supposed: dict[str, Decimal] = {}
        """By symbol, what was last listed as that size and is not believed yet."""
        self._has_looked = False
        """Whether positions were ever listed."""
        self._next: tuple[float, set[Difference]] = (0.0, set())
        """When (mono) to look next, and how what is known and listed differed at the look just before."""
        self._contradictions: set[Difference] = set()
        """What was asked for and differs all the same: there it is the venue's lists that are wrong."""
        self._timer: Timer | None = None
        self._run: Run | None = None

    def heard(self) -> None:
        """The stream told something of an order."""
        self._is_heard = True

    def told(self, fill: Fill) -> None:
        """Subscribers were told of it."""
        quantity = fill.quantity if fill.side is Side.BUY else -fill.quantity
        self._traded[fill.symbol] = self._traded.get(fill.symbol, ZERO) + quantity

    def forget(self) -> None:
        """Another account is traded on."""
        self._traded.clear()
        self._before.clear()
        self._supposed.clear()
        self._has_looked = False
        self._contradictions.clear()
        self.suspects.clear()
        self._next = 0.0, set()

    def watch(self) -> None:
        """All that is known has been told: what changes from now on is the stream's to tell."""
        self.stop()
        if not self._has_looked:
            self.agreed_ms = self._clock.ms(self._calls.now)
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

    def _look_after(self, seconds: float, before: set[Difference]) -> None:
        self._next = self._calls.now.mono + seconds, before
        self._wait()

    def _wait(self) -> None:
        at, before = self._next
        self._timer = self._calls.at(max(at, self._calls.now.mono), lambda: self._look(before))

    def _look(self, before: set[Difference]) -> None:
        """`before` are the differences of the look just before."""
        self._timer = None
        if not before and self._ledger.open_questions():
            self.owed(LOOK_AFTER)

        asked_ms = self._clock.ms(self._calls.now)

        def seen(listed: Any, error: ExchangeError | None) -> None:
            self._run = None
            if error is not None:
                self._look_after(LOOK_AFTER, set())
            else:
                orders, positions = listed
                if isinstance(positions, ExchangeError):
                    self._calls.out.append(Publish(Unreadable("positions", positions.message, "")))
                self._compare(orders, positions, before, asked_ms)

        run = self._calls.start(self._ask(), seen, deadline=self._calls.now.mono + LOOK_AFTER)
        if not run.over:
            self._run = run

    def _ask(self) -> Recipe[tuple[tuple[Order, ...], tuple[Position, ...] | ExchangeError]]:
        orders: tuple[Order, ...] = yield from self._venue.recipe(GetOpenOrders())
        try:
            positions: tuple[Position, ...] = yield from self._venue.recipe(GetPositions())
        except ExchangeError as error:
            return orders, error  # OKX's cannot be read while one is isolated: the orders can be compared all the same
        return orders, positions

    def _not_traded(self, positions: Iterable[Position]) -> dict[str, Decimal]:
        sizes = {position.symbol: position.size for position in positions}
        before = {
            each: sizes.get(each, ZERO) - self._traded.get(each, ZERO) for each in sizes.keys() | self._traded.keys()
        }
        return {symbol: size for symbol, size in before.items() if size}

    def _compare(
        self,
        orders: Iterable[Order],
        positions: Iterable[Position] | ExchangeError,
        before: set[Difference],
        asked_ms: int,
    ) -> None:
        known: Stand = {_key(order): order.executed_qty for order in self._ledger.working()}
        listed: Stand = {_key(order): order.executed_qty for order in orders}
        is_whole = not isinstance(positions, ExchangeError)
        if not isinstance(positions, ExchangeError):
            sizes = self._not_traded(positions)
            self._suppose(sizes)
            for symbol in (self._before.keys() | sizes.keys()) - self._supposed.keys():
                known[symbol], listed[symbol] = self._before.get(symbol, ZERO), sizes.get(symbol, ZERO)
        differ = {
            (each, known.get(each), listed.get(each))
            for each in known.keys() | listed.keys()
            if known.get(each) != listed.get(each)
        }
        self._contradictions &= differ
        differ -= self._contradictions
        untold = differ & before
        if untold:
            self._suspect(untold)
        elif differ and not before:
            self._is_heard = False
            self._look_after(TELLS_WITHIN, differ)
        else:
            is_agreed = is_whole and not self._supposed
            if is_agreed and not {each for each, _, _ in differ} & {each for each, _, _ in before}:
                self.agreed_ms = asked_ms if not differ else asked_ms - int(TELLS_WITHIN * 1000)
            self._look_after(TELLS_WITHIN if is_whole and self._supposed else LOOK_AFTER, set())

    def _suppose(self, sizes: dict[str, Decimal]) -> None:
        """These are listed as the sizes before the fills that were told: so it is where they were before."""
        if not self._has_looked:
            self._has_looked = True
            self._supposed.update(sizes)
            return
        for symbol, supposed in list(self._supposed.items()):
            size = sizes.get(symbol, ZERO)
            if size in (supposed, self._before.get(symbol)):
                self._before[symbol] = size
                del self._supposed[symbol]
            else:
                self._supposed[symbol] = size

    def _suspect(self, untold: set[Difference]) -> None:
        """Have it asked for; what is listed all the same is taken as it stands."""
        self._contradictions |= untold
        for each, known, listed in untold:
            if isinstance(each, str):
                self._before[each], self._supposed[each] = known or ZERO, listed or ZERO
        self.suspects |= {each if isinstance(each, str) else each[0] for each, _, _ in untold}
        self._look_after(LOOK_AFTER, set())
        if self._is_heard:
            self._doubt()
        else:
            self.dead()


def _key(order: Order) -> Key:
    return order.symbol, order.order_id
