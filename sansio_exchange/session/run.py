"""One recipe under way, and each of its requests."""

from collections.abc import Callable
from math import inf
from typing import Any

from sansio_exchange.commands import Credentials
from sansio_exchange.errors import ExchangeError
from sansio_exchange.venue import Priority, Recipe, Request


class Timer:
    """Something to be done at `mono`, unless it is cancelled before."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action


class Run:
    """One recipe under way. `done(result, error)` is called once, unless it is dropped before."""

    __slots__ = (
        "acted", "alone", "client", "credentials", "deadline", "done", "is_let_go", "missing", "over", "parent",
        "recipe", "sent", "slots"
    )  # fmt: skip

    def __init__(
        self,
        recipe: Recipe[Any],
        done: Callable[[Any, ExchangeError | None], None],
        deadline: float,
        credentials: Credentials | None,
        client: str,
        parent: "Run | None" = None,
    ) -> None:
        self.client = client
        self.recipe = recipe
        self.done = done
        self.deadline = deadline
        self.credentials = credentials
        self.parent = parent
        self.slots: list[Any] = []
        self.missing = 0
        self.alone = True
        self.sent = False
        """Whether any request has left."""
        self.acted = False
        """Whether one has left that changes orders."""
        self.over = False
        self.is_let_go = False

    def drop(self) -> None:
        """Nobody wants it any more: requests not yet sent never are, replies are ignored."""
        self.over = True
        self.recipe.close()

    def let_go(self, mono: float) -> None:
        """Nobody waits any more, but what has left must be cleared up: it may still ask, and change nothing more."""
        self.deadline = min(self.deadline, mono)
        self.is_let_go = True

    def latest(self, priority: Priority) -> float:
        """Until when (mono) a request of this priority may leave."""
        root = self
        while root.parent is not None:
            root = root.parent
        return inf if root.is_let_go and priority is Priority.QUERY else root.deadline

    def mark_sent(self, priority: Priority) -> None:
        run: Run | None = self
        while run is not None:
            run.sent = True
            run.acted = run.acted or priority is not Priority.QUERY
            run = run.parent

    @property
    def is_dropped(self) -> bool:
        run: Run | None = self
        while run is not None:
            if run.over:
                return True
            run = run.parent
        return False


class Ticket:
    """One request of one run."""

    __slots__ = ("conn", "left_at", "refusals", "request", "retried", "run", "slot", "timer")

    def __init__(self, run: Run, slot: int, request: Request) -> None:
        self.run = run
        self.slot = slot
        self.request = request
        self.retried = False
        self.refusals = 0
        """How often it was refused for the rate."""
        self.left_at = 0.0
        self.conn = ""
        self.timer: Timer | None = None
