"""How a session starts: the venue's clock, its symbols, whether it accepts the credentials; then the sockets follow."""

import math
from collections.abc import Callable
from typing import Any

from sansio_exchange.commands import FetchExchangeInfo
from sansio_exchange.errors import ExchangeError
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.owner import REMEMBERED
from sansio_exchange.session.placing import Placing
from sansio_exchange.session.rate_budget import RateBudget
from sansio_exchange.session.remembering import Remembering
from sansio_exchange.session.run import Run
from sansio_exchange.venue import Recipe, Venue


class Starting:
    """`started()` is called once, when the sockets may be opened; `complete(command_id, error)` for each command that
    waits for the session to be live: when it is, or cannot be."""

    def __init__(
        self,
        venue: Venue,
        calls: Calls,
        budget: RateBudget,
        placing: Placing,
        remembering: Remembering,
        *,
        started: Callable[[], None],
        complete: Callable[[int, ExchangeError | None], None],
    ) -> None:
        self.is_done = False
        """Whether `started` has been called."""
        self._venue = venue
        self._calls = calls
        self._budget = budget
        self._placing = placing
        self._remembering = remembering
        self._started = started
        self._complete = complete
        self._run: Run | None = None
        self._waiting: list[int] = []
        self._lacks = "not started"

    def lacks(self) -> str:
        """What keeps it from being done."""
        return self._lacks + (": the rate limit leaves no room yet" if self._calls.held_back else "")

    def ask(self, command_id: int) -> None:
        """Start, unless that is under way or done. The command is completed later."""
        self._waiting.append(command_id)
        if self.is_done or self._run is not None:
            return
        self._placing.start()
        self._remembering.start()

        def done(_: Any, error: ExchangeError | None) -> None:
            self._run = None
            if error is not None:
                self._lacks = f"not started: {error.message}"
                self.complete(error)
                return
            self.is_done = True
            self._placing.resume()
            self._started()

        run = self._calls.start(self._load(), done, deadline=math.inf)
        if not run.over:
            self._run = run

    def leave(self, command_id: int) -> None:
        """Nobody waits for that command any more. What nobody waits for is given up."""
        self._waiting.remove(command_id)
        if self._run is not None and not self._waiting:
            self._run.drop()
            self._run = None
            self._lacks = "not started"

    def complete(self, error: ExchangeError | None) -> None:
        """The session is live, or cannot be."""
        waiting, self._waiting = self._waiting, []
        for command_id in waiting:
            self._complete(command_id, error)

    def _load(self) -> Recipe[None]:
        self._lacks = "waiting for the venue's clock"
        yield from self._calls.measure_clock()
        self._lacks = "waiting for the venue's symbols"
        yield from self._venue.recipe(FetchExchangeInfo())
        self._budget.replace(self._venue.budgets())
        self._lacks = "waiting for the venue to accept the credentials"
        yield from self._venue.check()
        is_same = yield from self._remembering.is_of(self._calls.credentials, self._venue, REMEMBERED)
        self._remembering.belongs_to(self._calls.credentials, anew=not is_same)
