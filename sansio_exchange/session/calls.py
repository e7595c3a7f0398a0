"""Recipes under way: what each waits for, what has left for the venue, what waits for room in the rate budget.

A request is signed in the moment in which it leaves, not when it was asked for: a timestamp that ages in a queue is a
rejected order. It leaves over the order-entry socket where that is live and knows the call, else over HTTP.
"""

from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from typing import Any

from sansio_exchange.clock import Now
from sansio_exchange.commands import Credentials
from sansio_exchange.errors import (
    OF_REQUEST,
    ClockSkew,
    DeadlineExceeded,
    ExchangeError,
    NotConnected,
    OutcomeUnknown,
    RateLimited,
    UnexpectedReply,
)
from sansio_exchange.machine import Effect, HttpFailed, HttpReply, SendHttp, SendText
from sansio_exchange.session.rate_budget import NOBODY, RateBudget
from sansio_exchange.session.run import Run, Ticket, Timer
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.session.waiting import Queue
from sansio_exchange.statuses import retry_after
from sansio_exchange.venue import EVERYTHING, TRADE_MESSAGES, Priority, Recipe, Request, Sleep, Together, Venue, WsReply

LONGEST_REPLY = 5.0
"""Seconds that one request may go unanswered. Half of the time left is taken if that is less: the other half is for
finding out what became of it."""
STILL_WANTED_EVERY = 5.0
"""Seconds after which whoever waits for room and is no request is asked whether it is still wanted: what waits for the
end of a ban may long be over, and begun anew many times."""
_ONE_FRAME = {TRADE_MESSAGES: 1}
GIVEN_UP_KEPT = 1_000
REFUSALS_WAITED_OUT = 3
"""How often a question of the session's own waits where it was one too many; then whoever asked hears of it."""
BAN_UNTOLD = 10.0
"""Seconds of silence after a rate-limit refusal that does not say how long."""


class Calls:
    """Runs recipes. Appends effects to `out`, which its owner empties, and takes the time from `now`, which its
    owner sets before every call."""

    def __init__(self, venue: Venue, credentials: Credentials, budget: RateBudget, clock: VenueClock) -> None:
        self.out: list[Effect] = []
        self.now = Now(0.0, 0)
        self.credentials = credentials
        self._trade_conn = ""
        """Names the live order-entry socket."""
        self.frames_unanswered = 0
        """How many frames in a row the present order-entry socket left unanswered for LONGEST_REPLY."""
        self.on_ban: Callable[[float, tuple[str, ...]], None] = _nobody_notes
        """Called with the seconds and budgets of each refusal for the rate, () for all."""
        self._venue = venue
        self._budget = budget
        self._clock = clock
        self._ids = count(1)
        self._order = count()
        self._http: dict[int, Ticket] = {}
        self._frames: dict[str, Ticket] = {}
        self._given_up: dict[str, tuple[str, ...]] = {}
        """What frames drew on whose reply may still come: it may say that nothing more is to be asked."""
        self._queues = {priority: Queue() for priority in sorted(Priority)}
        self._timers: list[tuple[float, int, Timer]] = []
        self._cancelled = 0
        self._pump_at: float | None = None
        self._reply_left_at = 0.0

    # --- running ----------------------------------------------------------------------------------------------

    def start(
        self,
        recipe: Recipe[Any],
        done: Callable[[Any, ExchangeError | None], None],
        *,
        deadline: float,
        credentials: Credentials | None = None,
        client: str = NOBODY,
    ) -> Run:
        """Begin a recipe for `client`; requests that cannot leave before `deadline` (mono) fail. May call `done` at
        once."""
        run = Run(recipe, done, deadline, credentials, client)
        self._advance(run, None, None)
        return run

    def at(self, mono: float, action: Callable[[], None]) -> Timer:
        """Call `action` at the first Tick at or after `mono`."""
        timer = Timer(action)
        heappush(self._timers, (mono, next(self._order), timer))
        return timer

    def cancel(self, timer: Timer) -> None:
        """Forget a timer that has not gone off; harmless afterwards."""
        if timer.action is None:
            return
        timer.action = None
        self._cancelled += 1
        timers = self._timers
        if self._cancelled * 2 > len(timers):
            timers[:] = [entry for entry in timers if entry[2].action is not None]
            heapify(timers)
            self._cancelled = 0
        while timers and timers[0][2].action is None:
            heappop(timers)
            self._cancelled -= 1

    def deadline(self) -> float | None:
        """When tick() has something to do."""
        timer = self._timers[0][0] if self._timers else None
        if timer is None or (self._pump_at is not None and self._pump_at < timer):
            return self._pump_at
        return timer

    def when_room(self, costs: Mapping[str, int], is_wanted: Callable[[], bool], then: Callable[[], None]) -> None:
        """Call `then` as soon as these budgets have room, and take it, unless it is not wanted any more: for what is
        limited and is no request."""
        if not is_wanted():
            return
        wait = self._budget.wait(costs, Priority.CANCEL, self.now.mono)
        if wait:
            look_again_at = self.now.mono + min(wait, STILL_WANTED_EVERY)
            self.at(look_again_at, lambda: self.when_room(costs, is_wanted, then))
        else:
            self._budget.spend(costs, self.now.mono)
            then()

    def tick(self) -> None:
        timers = self._timers
        while timers and timers[0][0] <= self.now.mono:
            timer = heappop(timers)[2]
            action, timer.action = timer.action, None
            if action is None:
                self._cancelled -= 1
            else:
                action()
        self._pump()

    def _advance(self, run: Run, value: Any, error: ExchangeError | None) -> None:
        if run.is_dropped:
            return
        try:
            step = run.recipe.send(value) if error is None else run.recipe.throw(error)
        except StopIteration as stop:
            run.over = True
            run.done(stop.value, None)
        except ExchangeError as raised:
            run.over = True
            run.done(None, raised)
        except Exception as unforeseen:
            # A reply that passed the typed decoder and still was nonsense: the venue's fault, not the process's end.
            run.over = True
            run.done(None, UnexpectedReply(f"the venue's reply makes no sense: {type(unforeseen).__name__}"))
        else:
            self._take(run, step)

    def _take(self, run: Run, step: Any) -> None:
        if isinstance(step, Request):
            run.alone, run.slots, run.missing = True, [None], 1
            self._submit(Ticket(run, 0, step))
        elif isinstance(step, Sleep):
            until = self.now.mono + step.seconds
            if until > self.now.mono:
                self.at(until, lambda: self._advance(run, None, None))
            else:  # a timer would be due again after the Tick in which it is set
                self._advance(run, None, None)
        elif isinstance(step, Together):
            self._open_slots(run, len(step.recipes))
            for slot, recipe in enumerate(step.recipes):
                self._start_child(run, slot, recipe)
        else:
            self._open_slots(run, len(step))
            for slot, request in enumerate(step):
                self._submit(Ticket(run, slot, request))

    def _open_slots(self, run: Run, number: int) -> None:
        run.alone, run.slots, run.missing = False, [None] * number, number
        if number == 0:
            self._advance(run, [], None)

    def _start_child(self, run: Run, slot: int, recipe: Recipe[Any]) -> None:
        def done(result: Any, error: ExchangeError | None) -> None:
            self._fill(run, slot, result if error is None else error)

        child = Run(recipe, done, run.deadline, run.credentials, run.client, run)
        self._advance(child, None, None)

    def _fill(self, run: Run, slot: int, outcome: Any) -> None:
        if run.is_dropped:
            return
        run.slots[slot] = outcome
        run.missing -= 1
        if run.missing:
            return
        if not run.alone:
            self._advance(run, run.slots, None)
        elif isinstance(outcome, ExchangeError):
            self._advance(run, None, outcome)
        else:
            self._advance(run, outcome, None)

    # --- leaving ----------------------------------------------------------------------------------------------

    def _submit(self, ticket: Ticket) -> None:
        if ticket.run.is_dropped:
            return
        request, mono = ticket.request, self.now.mono
        latest = ticket.run.latest(request.priority)
        if latest <= mono:
            self._fill(ticket.run, ticket.slot, _too_late())
            return
        client = ticket.run.client
        wait = self._budget.wait(request.costs, request.priority, mono, client)
        queue = self._queues[request.priority]
        if wait == 0 and not queue.is_waited_for(client, request.costs) and not self._is_held_back(ticket):
            self._send(ticket)
        elif mono + wait > latest:
            text = f"the venue's rate limit leaves no room for {wait:.1f} s"
            error = RateLimited(text, retry_after=wait, budgets=OF_REQUEST)
            self._fill(ticket.run, ticket.slot, error)
        else:
            queue.append(ticket)
            self._hold(queue, ticket)
            self._pump_by(ticket, wait)

    def _hold(self, queue: Queue, ticket: Ticket) -> None:
        """It finds no room, so that what comes free is kept for it."""
        request = ticket.request
        lacking = self._budget.lacking(request.costs, request.priority, self.now.mono, ticket.run.client)
        queue.hold(ticket, lacking)

    def _is_held_back(self, ticket: Ticket) -> bool:
        """Whether something more urgent waits for a budget that this draws on, too: else many small requests would for
        ever take what a large one needs. What the session itself asks is never held back for others."""
        request, client = ticket.request, ticket.run.client
        return client != NOBODY and any(
            queue.holds_back(client, request.costs)
            for priority, queue in self._queues.items()
            if priority < request.priority
        )

    def _pump(self) -> None:
        """Send what the budget has room for, most urgent first; no request overtakes a more urgent one, or one of the
        same client, that it shares a budget with."""
        self._pump_at = None
        late: list[Ticket] = []
        for queue in self._queues.values():
            for ticket in queue.in_turn():
                request = ticket.request
                if ticket.run.is_dropped:
                    queue.done(ticket)
                elif ticket.run.latest(request.priority) <= self.now.mono:
                    queue.done(ticket)
                    late.append(ticket)
                elif wait := self._budget.wait(request.costs, request.priority, self.now.mono, ticket.run.client):
                    self._hold(queue, ticket)
                    self._pump_by(ticket, wait)
                elif self._is_held_back(ticket):
                    self._pump_by(ticket, inf)
                else:
                    queue.done(ticket)
                    self._send(ticket)
        for ticket in late:
            self._fill(ticket.run, ticket.slot, _too_late())

    def _pump_by(self, ticket: Ticket, wait: float) -> None:
        at = min(self.now.mono + max(wait, 1e-6), ticket.run.latest(ticket.request.priority))
        self._pump_at = at if self._pump_at is None else min(self._pump_at, at)

    def _send(self, ticket: Ticket) -> None:
        request = ticket.request
        number = next(self._ids)
        venue_ms = self._clock.ms(self.now)
        credentials = ticket.run.credentials or self.credentials
        self._budget.spend(request.costs, self.now.mono, ticket.run.client)
        ticket.left_at = self.now.mono
        ticket.run.mark_sent(request.priority)
        timeout = max(0.5, min(LONGEST_REPLY, (ticket.run.latest(request.priority) - self.now.mono) / 2))
        if request.ws_method and self._trade_conn and ticket.run.credentials is None and self._take_frame():
            frame_id = str(number)
            ticket.conn = self._trade_conn
            frame = self._venue.trade_frame(frame_id, request, credentials, venue_ms)
            self._frames[frame_id] = ticket
            ticket.timer = self.at(self.now.mono + timeout, lambda: self._frame_timed_out(frame_id))
            self.out.append(SendText(ticket.conn, frame))
        else:
            signed = self._venue.sign(number, request, credentials, venue_ms)
            self._http[number] = ticket
            self.out.append(_with_timeout(signed, timeout))

    def _take_frame(self) -> bool:
        """Whether the order-entry socket takes one more message now; counts it."""
        if self._budget.wait(_ONE_FRAME, Priority.CANCEL, self.now.mono):
            return False
        self._budget.spend(_ONE_FRAME, self.now.mono)
        return True

    # --- coming back ------------------------------------------------------------------------------------------

    def on_http_reply(self, reply: HttpReply) -> None:
        ticket = self._http.pop(reply.request_id, None)
        if ticket is None:
            return
        try:
            self._observe(self._venue.used(reply))
            outcome: Any = self._venue.read(reply)
        except ExchangeError as error:
            outcome = _heeding(reply, error)
        except Exception as unforeseen:
            outcome = UnexpectedReply(f"the venue's reply makes no sense: {type(unforeseen).__name__}")
        self._came_back(ticket, outcome)

    def on_http_failed(self, failed: HttpFailed) -> None:
        ticket = self._http.pop(failed.request_id, None)
        if ticket is not None:
            self._came_back(ticket, _failure(ticket.request, failed.maybe_sent, failed.reason))

    def on_frame_reply(self, conn: str, reply: WsReply) -> bool:
        """Returns whether the frame was one of ours that still waits."""
        if conn == self._trade_conn:
            self.frames_unanswered = 0
        ticket = self._frames.pop(reply.frame_id, None)
        if ticket is None:
            self._heed_late(reply)
            return False
        self._observe(reply.used)
        self._came_back(ticket, reply.body if reply.error is None else reply.error)
        return True

    def _heed_late(self, reply: WsReply) -> None:
        """Nobody waits for it; but a refusal for having been asked too often counts."""
        costs = self._given_up.pop(reply.frame_id, None)
        error = reply.error
        if isinstance(error, RateLimited):
            if not reply.frame_id and error.budgets == OF_REQUEST:
                error = RateLimited(error.message, retry_after=error.retry_after)  # of which request, nobody knows
            self.limited(error, costs or ())

    def _observe(self, used: Mapping[str, int]) -> None:
        """The venue told what was used, and maybe by the way how much may be."""
        if used:
            self._budget.replace(self._venue.budgets())
            self._budget.observe(used, self.now.mono)

    def on_trade_conn(self, conn: str) -> None:
        """Requests leave over this order-entry socket from now on, if it has a name."""
        self._trade_conn = conn
        self.frames_unanswered = 0

    def on_trade_conn_lost(self, conn: str, reason: str) -> None:
        """The order-entry socket is gone: what it had not answered may or may not have arrived."""
        if self._trade_conn == conn:
            self.on_trade_conn("")
        lost = [frame_id for frame_id, ticket in self._frames.items() if ticket.conn == conn]
        for frame_id in lost:
            ticket = self._frames.pop(frame_id)
            self._came_back(ticket, _failure(ticket.request, True, reason))

    def _frame_timed_out(self, frame_id: str) -> None:
        ticket = self._frames.pop(frame_id, None)
        if ticket is not None:
            self._given_up[frame_id] = tuple(ticket.request.costs)
            if len(self._given_up) > GIVEN_UP_KEPT:
                del self._given_up[next(iter(self._given_up))]
            # However soon whoever asked gave up, the socket has its time to answer.
            self.at(ticket.left_at + LONGEST_REPLY, lambda: self._judge(frame_id, ticket.conn))
            self._came_back(ticket, _failure(ticket.request, True, "no reply in time"))

    def _judge(self, frame_id: str, conn: str) -> None:
        """The frame was given up, and LONGEST_REPLY is over."""
        if frame_id in self._given_up and conn == self._trade_conn:
            self.frames_unanswered += 1

    def _came_back(self, ticket: Ticket, outcome: Any) -> None:
        if ticket.timer is not None:
            self.cancel(ticket.timer)
        if isinstance(outcome, RateLimited):
            self.limited(outcome, ticket.request.costs)
            ticket.refusals += 1
            if self._is_asked_again(ticket):
                self._submit(ticket)
                return
        elif isinstance(outcome, ClockSkew) and not ticket.retried:
            ticket.retried = True
            self._ask_time_then_resend(ticket)
            return
        self._reply_left_at = ticket.left_at
        self._fill(ticket.run, ticket.slot, outcome)
        if self.held_back:
            self._pump()

    def _is_asked_again(self, ticket: Ticket) -> bool:
        """Whether a refusal for the rate only delays it: what the session itself asks waits until it may ask. Else all
        that was asked together would be asked again, and be one too many again."""
        request, client = ticket.request, ticket.run.client
        is_own = client == NOBODY and request.priority is Priority.QUERY
        may_wait = is_own and ticket.refusals <= REFUSALS_WAITED_OUT
        return may_wait and self._budget.wait(request.costs, request.priority, self.now.mono) > 0

    def limited(self, error: RateLimited, costs: Iterable[str] = ()) -> None:
        """The venue refused a request that drew on `costs`, or a row of one, for having been asked too often."""
        own = tuple(name for name in costs if name != EVERYTHING) or tuple(costs)
        budgets = own if error.budgets == OF_REQUEST else error.budgets
        if budgets or not error.budgets:
            self.ban(error.retry_after or BAN_UNTOLD, budgets)
            self.on_ban(error.retry_after or BAN_UNTOLD, budgets)

    @property
    def silence(self) -> float:
        """Seconds for which the venue is to hear nothing at all."""
        return self._budget.wait({}, Priority.CANCEL, self.now.mono)

    def ban(self, seconds: float, budgets: tuple[str, ...]) -> None:
        """Nothing that draws on `budgets` is asked for so long; nothing at all where there are none."""
        self._budget.ban(seconds, self.now.mono, budgets)

    def _ask_time_then_resend(self, ticket: Ticket) -> None:
        """The venue refused our timestamp, so it did not act: measure its clock and ask once more."""

        def measured(_: Any, error: ExchangeError | None) -> None:
            if error is None:
                self._submit(ticket)
            else:
                self._fill(ticket.run, ticket.slot, error)

        self.start(self.measure_clock(), measured, deadline=ticket.run.latest(ticket.request.priority))

    def measure_clock(self) -> Recipe[None]:
        """Ask the venue for its time and remember it."""
        venue_ms = yield from self._venue.server_time()
        self._clock.measured(venue_ms, self._reply_left_at, self.now)

    @property
    def held_back(self) -> bool:
        """Whether a request waits for room in the rate budget."""
        return any(len(queue) for queue in self._queues.values())

    def pending(self) -> int:
        """Requests that have left and not come back, and those that wait."""
        return len(self._http) + len(self._frames) + sum(map(len, self._queues.values()))


def _nobody_notes(_seconds: float, _budgets: tuple[str, ...]) -> None: ...


def _heeding(reply: HttpReply, error: ExchangeError) -> ExchangeError:
    """A refusal for the rate may name its end in a header, whoever made it: the venue, or what is before it."""
    wait = retry_after(reply.headers.get("retry-after", "")) if isinstance(error, RateLimited) else None
    if wait is not None and wait > (error.retry_after or 0.0):
        error.retry_after = wait
    return error


def _too_late() -> DeadlineExceeded:
    return DeadlineExceeded("time ran out before this was sent to the venue; nothing was sent")


def _with_timeout(request: SendHttp, timeout: float) -> SendHttp:
    return SendHttp(request.request_id, request.method, request.url, request.headers, request.body, timeout)


def _failure(request: Request, maybe_sent: bool, reason: str) -> ExchangeError:
    if not maybe_sent:
        return NotConnected(f"the request never left: {reason}")
    if request.priority is Priority.QUERY:
        return NotConnected(f"no answer from the venue: {reason}")
    return OutcomeUnknown(reason, client_order_id="")
