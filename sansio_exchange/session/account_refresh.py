"""Keeps the account book true: the stream names balances and positions, a request the rest."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import structs

from sansio_exchange.account import Account, Position
from sansio_exchange.commands import GetAccount
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import Publish
from sansio_exchange.numbers import ZERO
from sansio_exchange.session.account_book import AccountBook, News
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.run import Run, Timer
from sansio_exchange.venue import AccountChange, LeverageChange, Venue

REFRESH_AFTER = 1.0
"""Seconds from a change of the account to a whole statement of it: the stream does not name available balance."""
REFRESH_SPACING = 5.0
"""Seconds between two whole statements, however busy the account."""
LATE = 3.5
"""Seconds by which a statement may be older than it looks: lists lag behind the stream."""
PATIENCE = 10.0
"""Seconds for which a whole statement may wait for room in the rate budget."""


class AccountRefresh:
    """While it is not `is_true`, reconciliation is about to bring a whole statement, and changes are let go.
    `overtaken(positions)` is called with the first ones that are newer than that statement."""

    def __init__(
        self, venue: Venue, calls: Calls, book: AccountBook, overtaken: Callable[[Iterable[Position]], None]
    ) -> None:
        self._venue = venue
        self._calls = calls
        self._book = book
        self._overtaken = overtaken
        self._is_true = False
        self._is_overtaken = False
        self._due: Timer | None = None
        self._recent: list[tuple[float, AccountChange]] = []
        """When (mono) the stream told what, since the last statement was asked for and shortly before: that statement
        may be older. While it is not `is_true`, shortly before the interruption."""
        self._asked_at = -REFRESH_SPACING
        self._run: Run | None = None

    def on_change(self, change: AccountChange) -> None:
        if self._may_apply():
            known = self._book.account
            if known is not None and change.time_ms < known.update_ms:
                change = structs.replace(change, balances=())  # older than what is known, and than any later statement
            self._publish(self._book.apply(change))
            self._recent.append((self._calls.now.mono, change))

    def on_leverage(self, change: LeverageChange) -> None:
        if self._may_apply():
            self._publish(self._book.set_leverage(change))
            self._drop()  # which of them is newer, no date says

    def interrupted(self) -> None:
        """From now on changes are being missed, or overtaken by the statement that reconciliation asks for."""
        self._is_true = False
        self._forget_old()
        self._drop()
        if self._due is not None:
            self._calls.cancel(self._due)
            self._due = None

    def forget(self) -> None:
        """It is another account from now on."""
        self._recent.clear()
        self._book.forget()

    def take(self, account: Account, missed: Mapping[str, Decimal]) -> None:
        """Reconciliation's statement; `missed` is by symbol what the fills that were missed have moved its position by.
        It is believed that a position is closed that the stream told of shortly before, where these closed it. It may
        be older than it looks, also than what nobody heard: another follows that cannot be."""
        told = [change for _, change in self._recent]
        if missed:
            closed = {each.symbol for each in self._book.positions() if each.size + missed.get(each.symbol, ZERO) == 0}
            told = [
                structs.replace(
                    change, balances=(), positions=tuple(each for each in change.positions if each.symbol not in closed)
                )
                for change in told
            ]
        self._publish(self._book.replace(account, told))
        self._is_true, self._is_overtaken = True, False
        self._refresh_after(LATE)

    def _may_apply(self) -> bool:
        if self._is_true:
            self._refresh_after(REFRESH_AFTER)
        return self._is_true

    def _refresh_after(self, seconds: float) -> None:
        if self._due is None:
            at = max(self._calls.now.mono + seconds, self._asked_at + REFRESH_SPACING)
            self._due = self._calls.at(at, self._refresh)

    def _refresh(self) -> None:
        self._due = None
        if self._run is not None:
            self._refresh_after(REFRESH_AFTER)  # what is on its way may be late
            return
        self._asked_at = self._calls.now.mono
        self._forget_old()

        def done(account: Any, error: ExchangeError | None) -> None:
            self._run = None
            if error is None:
                self._publish(self._book.replace(account, [change for _, change in self._recent]))
                if self._recent:
                    self._refresh_after(REFRESH_AFTER)
                if not self._is_overtaken:
                    self._is_overtaken = True
                    self._overtaken(account.positions)
            else:
                self._refresh_after(REFRESH_AFTER)

        recipe = self._venue.recipe(GetAccount())
        run = self._calls.start(recipe, done, deadline=self._calls.now.mono + PATIENCE)
        if not run.over:
            self._run = run

    def _forget_old(self) -> None:
        """What a statement that is asked for from now on must know."""
        self._recent = [each for each in self._recent if each[0] > self._calls.now.mono - LATE]

    def _drop(self) -> None:
        if self._run is not None:
            self._run.drop()
            self._run = None

    def _publish(self, news: News) -> None:
        self._calls.out.extend(Publish(each) for each in news)
