"""Random plays with requests that share the venue's rate limits, of several clients, priorities and deadlines.

Some are answered, some refused for having been too many, some never reach the venue. Whatever happens:

- no window ever holds more than the venue allows, and nothing leaves while the venue wants silence;
- a request leaves at most once, and only before its deadline;
- none overtakes an earlier one of the same client and priority that draws on the same budget;
- every recipe ends exactly once: with its answer, or with an error that says that nothing was sent;
- a Tick does what is due, and afterwards the next deadline lies ahead.
"""

from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.clock import Now
from sansio_exchange.errors import DeadlineExceeded, ExchangeError, RateLimited
from sansio_exchange.machine import HttpFailed, HttpReply, SendHttp
from sansio_exchange.session.calls import Calls
from sansio_exchange.session.rate_budget import NOBODY, RateBudget
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.venue import Budget, Priority, Recipe, Request
from tests.sansio_exchange.session.fake_venue import CREDENTIALS, START_MS, Body, FakeVenue
from tests.sansio_exchange.session.plays import Dice, seeds

STEPS = 120
CLIENTS = ("", "a", "b", "c")
ANSWERED_WITHIN = 3.0
OK = b'{"ok":1}'
ROUNDING = 1e-9
"""Seconds; what floating point makes of the end of a window."""


class Asked(Struct, eq=False):
    """One request, and what became of it."""

    number: int
    client: str
    priority: Priority
    costs: dict[str, int]
    deadline: float
    has_left: bool = False
    is_refused: bool = False
    """Whether the venue refused it, or it never reached it."""
    waits_again: bool = False
    """Whether it was refused for the rate, and is the session's own question."""
    outcome: Any = None


class Play:
    def __init__(self, seed: int) -> None:
        self.dice = dice = Dice("calls", seed)
        self.budgets = [Budget(f"b{number}", dice.choice([5, 10, 50]), dice.choice([1.0, 5.0])) for number in range(3)]
        self.mono = 100.0
        self.calls = Calls(FakeVenue(trade=False), CREDENTIALS, RateBudget(self.budgets), VenueClock())
        self.asked: list[Asked] = []
        self.spent: dict[str, list[tuple[float, int]]] = {budget.name: [] for budget in self.budgets}
        self.silent_until = 0.0
        self.last_left: dict[tuple[str, Priority, str], int] = {}
        """By client, priority and budget: the number of the request that left last."""
        self.replies: list[tuple[float, int, Asked]] = []
        """When each comes back, by the id of the request."""

    def run(self) -> None:
        for _ in range(STEPS):
            for _ in range(self.dice.below(4)):
                self._ask()
            self._go_on(self.dice.choice([0, 0.01, 0.3]))
        self._go_on(60)
        self._check_the_end()

    # --- what happens -----------------------------------------------------------------------------------------

    def _ask(self) -> None:
        names = [budget.name for budget in self.budgets]
        self.dice.shuffle(names)
        costs = {name: self.dice.choice([1, 1, 2, 5]) for name in names[: self.dice.between(1, 2)]}
        deadline = self.mono + self.dice.choice([2, 30])
        asked = Asked(len(self.asked), self.dice.choice(CLIENTS), self.dice.choice(list(Priority)), costs, deadline)
        self.asked.append(asked)

        def done(result: Any, error: ExchangeError | None) -> None:
            assert asked.outcome is None, "a recipe ends once"
            asked.outcome = result if error is None else error
            if isinstance(error, DeadlineExceeded):
                assert self.mono >= deadline, "there was time left"

        self._set_clock()
        self.calls.start(recipe(asked), done, deadline=deadline, client=asked.client)
        self._send()

    def _go_on(self, seconds: float) -> None:
        until = self.mono + seconds
        while True:
            tick, reply = self.calls.deadline(), min((at for at, *_ in self.replies), default=None)
            due = min((at for at in (tick, reply) if at is not None), default=until)
            if due > until:
                break
            self.mono = max(due, self.mono)
            self._set_clock()
            if due == reply:
                self._come_back()
            elif due == tick:
                self.calls.tick()
                deadline = self.calls.deadline()
                assert deadline is None or deadline > self.mono, "after a Tick the deadline lies ahead"
            self._send()
            if due == until:
                break
        self.mono = until
        self._set_clock()

    def _set_clock(self) -> None:
        self.calls.now = Now(self.mono, START_MS + int(self.mono * 1000))

    def _come_back(self) -> None:
        back = min(self.replies, key=lambda each: each[:2])
        self.replies.remove(back)
        _, request_id, asked = back
        fate = self.dice.below(40)
        asked.is_refused = fate < 4
        if fate == 0:
            seconds = self.dice.choice([0.2, 3.0])
            self.silent_until = max(self.silent_until, self.mono + seconds)
            if asked.client == NOBODY and asked.priority is Priority.QUERY:
                asked.has_left, asked.is_refused, asked.waits_again = False, False, True
            refusal = msgspec.json.encode(Body(error="RateLimited", message="too many", retry_after=seconds))
            self.calls.on_http_reply(HttpReply(request_id, 429, {}, refusal))
        elif fate < 4:
            self.calls.on_http_failed(HttpFailed(request_id, fate == 1, "connection reset"))
        else:
            self.calls.on_http_reply(HttpReply(request_id, 200, {}, OK))

    def _send(self) -> None:
        """What the session sends now leaves."""
        out, self.calls.out = self.calls.out, []
        for effect in out:
            assert isinstance(effect, SendHttp)
            asked = self.asked[int(effect.url.rsplit("/", 1)[1])]
            self._check_leaving(asked)
            asked.has_left = True
            back_at = self.mono + ANSWERED_WITHIN * self.dice.below(100) / 100
            self.replies.append((back_at, effect.request_id, asked))

        assert self.calls.deadline() is not None or not self.calls.held_back, "somebody waits and is never woken"

    # --- what must hold ---------------------------------------------------------------------------------------

    def _check_leaving(self, asked: Asked) -> None:
        assert not asked.has_left, "it left twice"
        assert asked.outcome is None, "it left though it had ended"
        assert self.mono < asked.deadline, "it left too late"
        assert self.mono >= self.silent_until, "it left while the venue wanted silence"
        for budget in self.budgets:
            if cost := asked.costs.get(budget.name, 0):
                spent = self.spent[budget.name]
                spent.append((self.mono, cost))
                used = sum(each for at, each in spent if at > self.mono - budget.window + ROUNDING)
                assert used <= budget.limit, f"{used} of {budget}"
                if not asked.waits_again:
                    last = self.last_left.get((asked.client, asked.priority, budget.name), -1)
                    assert asked.number > last, f"request {asked.number} was overtaken by {last}"
                    self.last_left[asked.client, asked.priority, budget.name] = asked.number

    def _check_the_end(self) -> None:
        assert self.calls.pending() == 0
        assert self.calls.deadline() is None
        for asked in self.asked:
            if not asked.has_left:
                assert isinstance(asked.outcome, RateLimited | DeadlineExceeded), asked
            elif asked.is_refused:
                assert isinstance(asked.outcome, ExchangeError), asked
            else:
                assert asked.outcome == b"1", asked


def recipe(asked: Asked) -> Recipe[bytes]:
    request = Request("POST", f"/{asked.number}", {}, costs=asked.costs, priority=asked.priority)
    body: bytes = yield request
    return body


@seeds(40)
def test_limits_are_kept_and_everybody_gets_an_answer(seed: int) -> None:
    Play(seed).run()
