"""Keeps what is told of orders complete: what the stream could not tell, the venue is asked for.

    interrupted -> reconciling -> reconciled
         ^              ^             |
         +-- lost ------+-- doubt ----+

While it is not reconciled, live updates are held; then the truth is told (reconcile.py), then what was held. Doubts
are: an update that counts more executions than were named, fills of an order that nobody told of, an end that the venue
has answered and the stream does not tell, what silence.py finds, and a private message that could not be read.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sansio_exchange.account import Position
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import Publish, Unreadable
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import OrderUpdate
from sansio_exchange.session.account_book import AccountBook
from sansio_exchange.session.account_refresh import AccountRefresh
from sansio_exchange.session.backoff import Backoff
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.joining import Joining
from sansio_exchange.session.memory import Began, Untold
from sansio_exchange.session.order_ledger import Key, OrderLedger
from sansio_exchange.session.placing import SEEN_ON_STREAM_WITHIN
from sansio_exchange.session.reconcile import Truth, adopt, ask_for_first_truth, ask_for_truth, missed
from sansio_exchange.session.run import Run, Timer
from sansio_exchange.session.silence import Silence
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.venue import LoneFill, OrderState, Recipe, Venue

OrderNews = OrderUpdate | OrderState | LoneFill
OVERLAP_MS = 10_000
"""How far before the last news the fills are asked for again; what is known already is not news."""
DOUBT_SPACING = 5.0
"""Seconds between two reconciliations for doubt: a venue that keeps sending what cannot be read must not stop us."""
LOOKS_FOR_FILLS = 5
"""Reconciliations after which executions that the venue counted and never listed are written off."""
HELD_AT_MOST = 10_000
"""Updates held while the venue is being asked; beyond, the private socket begins anew, and with it the asking."""
NO_END = float("inf")


class Recovery:
    """The orders of one session. `is_reconciled`: everything up to now has been told."""

    def __init__(self, venue: Venue, calls: Calls, clock: VenueClock, ledger: OrderLedger, seed: int) -> None:
        self.account = AccountRefresh(venue, calls, book := AccountBook(), self._check)
        self.is_reconciled = False
        self.was_reconciled = False
        """Whether it ever was."""
        self._venue = venue
        self._calls = calls
        self._clock = clock
        self._ledger = ledger
        self._book = book
        self._joining = Joining(ledger)
        self.silence = Silence(venue, calls, clock, ledger, self.doubt)
        self._release: Timer | None = None
        self._backoff = Backoff("reconcile", seed)
        self._run: Run | None = None
        self._again: Timer | None = None
        self._begun_at = -DOUBT_SPACING
        self._held: list[OrderNews] = []
        self._news_ms = 0
        self.begun_ms = 0
        """When the session began (the venue's time), 0 before: what was before that is not news."""
        self.untold_since_ms = 0
        """Since when something may not have been told though something later was, 0 where that cannot be."""
        self._looks = 0

    def remember(self, begun_ms: int, untold_since_ms: int) -> None:
        """An earlier process began then, and the ledger knows what it told: what was missed since is news. Where it was
        killed while it told what it had missed since `untold_since_ms`, that is."""
        self.begun_ms, self.untold_since_ms = begun_ms, untold_since_ms
        self._news_ms = untold_since_ms or self._ledger.newest_ms()

    def forget(self) -> None:
        """Another account is traded on from now on: what is known is not its past. The next truth is its first; how
        the account stands is told by what differs, so that nobody keeps positions of the one before."""
        self.interrupted()
        self.account.forget()
        self._held.clear()
        self.silence.forget()
        self.was_reconciled = False
        self.begun_ms = self.untold_since_ms = self._news_ms = self._looks = 0

    def interrupted(self) -> None:
        """The private socket is gone."""
        self._stop()
        self.silence.stop()
        self._tell(self._joining.release(NO_END))
        self.is_reconciled = False
        self.account.interrupted()

    def begin(self) -> None:
        """The private socket is live, from now on nothing is missed: ask for what was."""
        self.interrupted()
        self._begun_at = self._calls.now.mono
        if not self._has_past:
            self._news_ms = self._clock.ms(self._calls.now)
        run = self._calls.start(self._ask(), self._asked, deadline=NO_END)
        if not run.over:
            self._run = run

    def hear(self, said: OrderNews) -> bool:
        """Tell what is news, or hold it. Returns whether that is all that follows from it."""
        if not self.is_reconciled:
            self._held.append(said)
            return not self.is_overfull
        self.silence.heard()
        if isinstance(said, OrderUpdate):
            news = self._ledger.apply(said)
            if news is not None:
                self._publish(news)
            return not self._doubts_a_gap()
        mono = self._calls.now.mono
        heard = self._joining
        self._tell(
            heard.hear_state(said.order, mono) if isinstance(said, OrderState) else heard.hear_fill(said.fill, mono)
        )
        return not self._doubts_a_gap() and not self._waits_for_halves()

    def _waits_for_halves(self) -> bool:
        """Be woken when something has waited for its other half too long. Whether that is new."""
        deadline = self._joining.deadline()
        if deadline is None or self._release is not None:
            return False
        self._release = self._calls.at(deadline, self._release_halves)
        return True

    def _release_halves(self) -> None:
        self._release = None
        self._tell(self._joining.release(self._calls.now.mono))
        self._doubts_a_gap()
        self._waits_for_halves()

    def _doubts_a_gap(self) -> bool:
        if self._ledger.has_gap:
            self.doubt()
            return True
        return False

    @property
    def is_overfull(self) -> bool:
        """Whether more is held than should be."""
        return len(self._held) > HELD_AT_MOST

    def forget_held(self) -> None:
        """The venue will be asked for that, too."""
        self._held.clear()

    def doubt(self) -> None:
        """Something may have been missed though the socket stands."""
        self._ledger.has_gap = False
        if self._again is None:
            soonest = self._calls.now.mono if self._run is None else self._calls.now.mono + DOUBT_SPACING
            self._begin_at(max(soonest, self._begun_at + DOUBT_SPACING))

    def _begin_at(self, mono: float) -> None:
        if mono <= self._calls.now.mono:
            self.begin()
        else:
            self._again = self._calls.at(mono, self._begin_again)

    def _begin_again(self) -> None:
        self._again = None
        if self._run is None:
            self.begin()
        else:
            self.doubt()

    def _stop(self) -> None:
        if self._run is not None:
            self._run.drop()
            self._run = None
        if self._again is not None:
            self._calls.cancel(self._again)
            self._again = None

    @property
    def _has_past(self) -> bool:
        """Whether something may have been missed: before the first truth, nothing has been told."""
        return self.begun_ms > 0

    def _ask(self) -> Recipe[Truth]:
        if not self._has_past:
            return ask_for_first_truth(self._venue)
        missed_ms = min(self._news_ms, self.silence.agreed_ms) if self.silence.suspects else self._news_ms
        since_ms = max(self.begun_ms, missed_ms - OVERLAP_MS)
        return ask_for_truth(
            self._venue,
            self._ledger,
            self._book,
            since_ms,
            self.begun_ms,
            lambda: self._calls.now.mono,
            _told_whole(self._held),
            self.silence.suspected,
        )

    def _asked(self, truth: Any, error: ExchangeError | None) -> None:
        self._run = None
        if error is not None:
            self._calls.out.append(Publish(Unreadable("reconcile", error.message, "")))
            self._begin_at(self._calls.now.mono + self._backoff.failed())
            return
        self._backoff.succeeded()
        self._take(truth)

    def _take(self, truth: Truth) -> None:
        self.untold_since_ms = self.untold_since_ms or self._news_ms
        self._ledger.note(Untold(self.untold_since_ms))
        moved: dict[str, Decimal] = {}
        if self._has_past:
            for update in missed(self._ledger, truth):
                self._publish(update)
                if update.fill is not None:
                    symbol = update.fill.symbol
                    moved[symbol] = moved.get(symbol, ZERO) + update.fill.moved
        else:
            self.begun_ms = self._news_ms
            adopt(self._ledger, truth)
            self._ledger.note(Began(self.begun_ms))  # last: killed before it, the next process begins anew
        self._ledger.has_gap = False
        self.is_reconciled = self.was_reconciled = True
        self._ledger.await_anew(self._calls.now.mono + SEEN_ON_STREAM_WITHIN)
        self.account.take(truth.account, moved)
        held, self._held = self._held, []
        for said in held:
            self.hear(said)
        if self.is_reconciled:
            self.untold_since_ms = 0
            self._ledger.note(Untold(0))
            self.silence.watch(truth.account.positions)
        self._look_for_fills_again()

    def _check(self, positions: Iterable[Position]) -> None:
        """These are newer than the reconciliation, whose lists may have been late: what it missed moved them. So did
        what is on its way."""
        if self.silence.suspected(positions):
            self.silence.look_now()

    def _look_for_fills_again(self) -> None:
        owed = [fill for fill in self._ledger.withheld if not self._ledger.has_fill(fill)]
        if not owed and not self._ledger.short():
            self._looks = 0
            return
        self._looks += 1
        if self._looks < LOOKS_FOR_FILLS:
            self.doubt()
            return
        self._looks = 0
        for fill in owed:
            reason = (
                f"fill {fill.trade_id} of {fill.symbol} would complete order {fill.order_id}, which is said to work"
            )
            self._calls.out.append(Publish(Unreadable("reconcile", reason, "")))
        for symbol, order_id in self._ledger.write_off():
            reason = f"order {order_id} of {symbol} has executions that the venue does not list"
            self._calls.out.append(Publish(Unreadable("reconcile", reason, "")))

    def _tell(self, news: Iterable[OrderUpdate]) -> None:
        for update in news:
            self._publish(update)

    def _publish(self, update: OrderUpdate) -> None:
        self._news_ms = max(self._news_ms, update.order.update_ms)
        if update.fill is not None:
            self.silence.told(update.fill)
        self._calls.out.append(Publish(update))


def _told_whole(held: Iterable[OrderNews]) -> set[Key]:
    """The orders of which these tell the end and every fill."""
    ended: dict[Key, Decimal] = {}
    fills: dict[Key, dict[str, Decimal]] = {}
    for said in held:
        if not isinstance(said, LoneFill) and said.order.status.is_final:
            ended[said.order.symbol, said.order.order_id] = said.order.executed_qty
        fill = None if isinstance(said, OrderState) else said.fill
        if fill is not None:
            fills.setdefault((fill.symbol, fill.order_id), {})[fill.trade_id] = fill.quantity
    return {key for key, executed in ended.items() if sum(fills.get(key, {}).values()) == executed}
