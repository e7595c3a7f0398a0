"""A client machine and a venue machine under one virtual clock: the whole system, deterministic, without any I/O.

    world = World(Connector(...), BinanceVenueMachine(...), seed=1)
    world.ask(Start())
    order = world.ask(PlaceOrder(...))
    world.run_until(3600.0)

World keeps the driver's side of both contracts (sansio_exchange.machine, simulation.wire): whatever the faults do, each
SendHttp earns one answer and each OpenWs one WsClosed, and messages of one connection arrive in order. The same seed,
machines and calls give the same run. Its clock moves only while a method runs, and costs nothing where nothing happens.

The client's process may be killed between any two effects (`kill`): what had been carried out has left or is kept, what
comes after has not, and whoever waits for an answer gets Killed. `boot` starts another one.
"""

from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from math import inf
from typing import Any

from sansio_exchange.clock import Now
from sansio_exchange.commands import Action
from sansio_exchange.errors import ExchangeError, NotConnected
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    Command,
    Complete,
    Effect,
    Event,
    Input,
    Machine,
    OpenWs,
    PingWs,
    Publish,
    Remember,
    SendHttp,
    SendText,
    Tick,
)
from sansio_exchange.simulation.faults import Crossing, Fault, Way
from sansio_exchange.simulation.http_requests import HttpRequests
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.process import Process
from sansio_exchange.simulation.web_sockets import WebSockets
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketEnd,
    SocketSend,
    VenueEffect,
    VenueInput,
    VenueMachine,
)

START_MS = 1_767_225_600_000
"""2026-01-01 00:00 UTC, where a world begins unless told otherwise."""
OVERDUE = 60.0
"""Seconds past its timeout after which a command that was never completed is a fault of the machine."""


class Killed(ExchangeError):
    """The connector's process ended before it answered: nobody knows what became of what was asked."""


class World:
    """`now` is the virtual time in seconds; the venue's wall clock is `start_ms` plus that.

    `client_clock_ms` is how far the client's wall clock is ahead of the venue's. `on_event` gets each published event
    at once; it must not call back into the world except through `begin` and `at`.
    """

    def __init__(
        self,
        client: Machine,
        venue: VenueMachine,
        *,
        seed: int = 0,
        start_ms: int = START_MS,
        faults: Sequence[Fault] = (),
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.now = 0.0
        self.client_clock_ms = 0
        self.start_ms = start_ms
        self.slept = 0.0
        """Seconds that the client's computer slept."""
        self.kept = b""
        """What the client was told to remember."""
        self.requests = HttpRequests(self)
        self.sockets = WebSockets(self)
        self._process = Process(client, self._carry_out)
        self._venue = venue
        # A machine's deadline changes only while it handles something.
        self._venue_due = _or_never(venue.deadline())
        self._prng = Prng(seed, "world")
        self._faults = [(fault, Prng(seed, "world", number)) for number, fault in enumerate(faults)]
        self._on_event = on_event
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._entries = 0
        self._commands = 0
        self._waiting: dict[int, Callable[[Complete], None]] = {}
        self._wakes_at = 0.0
        for fault, _ in self._faults:
            fault.begin(self)

    # --- what a user does -------------------------------------------------------------------------------------

    def ask(self, action: Action, *, timeout: float = 10.0, client: str = "") -> Any:
        """Ask, let time pass until the answer is there, and return it. Raises the ExchangeError that it is.

        RuntimeError says that the machine broke its contract: the command was never completed.
        """
        answers: list[Complete] = []
        self.begin(action, answers.append, timeout=timeout, client=client)
        overdue = self.now + timeout + OVERDUE
        while not answers:
            if self.now > overdue or not self.step():
                raise RuntimeError(f"{type(action).__name__} was never completed; the time is {self.now:.3f} s")
        if answers[0].error is not None:
            raise answers[0].error
        return answers[0].result

    def begin(
        self, action: Action, then: Callable[[Complete], None], *, timeout: float = 10.0, client: str = ""
    ) -> int:
        """Ask without waiting; `then` gets the answer. Returns the command's id."""
        self._commands += 1
        self._waiting[self._commands] = then
        command = Command(self._commands, action, timeout, client)
        self.at(self.now, partial(self._command, command))
        return self._commands

    def abandon(self, command_id: int) -> None:
        """Nobody waits for that command any more, unless it has been completed by then."""
        self.at(self.now, partial(self._abandon, command_id))

    def interject(self, request: HttpRequest) -> None:
        """Somebody else asks the venue; the answer does not come our way. Its id must be none of the client's."""
        self.tell_venue(request)

    def _abandon(self, command_id: int) -> None:
        if command_id in self._waiting and self._process.is_asleep:
            self._waiting[command_id] = _nobody_cares  # it may be completed before the client hears of this
            self.at(self._wakes_at, partial(self._abandon, command_id))
        elif self._waiting.pop(command_id, None) is not None:
            self.tell_client(Abandon(command_id))

    def _command(self, command: Command) -> None:
        if self._process.is_running:
            self.tell_client(command)
        elif command.id in self._waiting:
            self._waiting.pop(command.id)(Complete(command.id, error=NotConnected("no connector runs")))

    @property
    def unanswered(self) -> int:
        """Commands that were neither completed nor abandoned."""
        return len(self._waiting)

    def at(self, mono: float, call: Callable[[], None]) -> None:
        """Have `call` called when the clock stands at `mono` seconds."""
        self._entries += 1
        heappush(self._queue, (mono, self._entries, call))

    def run_until(self, mono: float) -> None:
        """Let everything happen that is due until `mono` seconds, which it then is."""
        while self.step(mono):
            pass
        self.now = max(self.now, mono)

    def disconnect(self, role: str = "") -> None:
        """Break every connection of `role`, or all. What was on its way is lost."""
        self.sockets.disconnect(role)

    def end(self, conn: str, reason: str) -> None:
        """The venue ends that connection, if it still stands; what it said before arrives."""
        self.sockets.end(conn, reason)

    # --- the client's process -----------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether there is a client: not between `kill` and `boot`."""
        return self._process.is_running

    @property
    def is_asleep(self) -> bool:
        """Whether the client's computer sleeps."""
        return self._process.is_asleep

    def kill(self, effects: int, then: Callable[[list[Effect]], None]) -> None:
        """Kill the client when it has carried out `effects` more effects, and call `then` with those that it then left.
        Its sockets close behind what they were given; of lines it was just keeping a part may be kept."""

        def killed(left: list[Effect]) -> None:
            self._mourn(left[0])
            then(left)

        if self._process.is_running:
            self._process.kill_after(effects, killed)

    def boot(self, client: Machine) -> None:
        """Start another client; `kept` has what those before were told to remember."""
        self.requests.next_life()
        self._process.start(client)

    def sleep(self, seconds: float, *, is_counted: bool) -> None:
        """The client's computer sleeps; what arrives is read afterwards. Not all monotonic clocks count that."""
        if self._process.is_asleep:
            return
        self._process.sleep()
        self._wakes_at = self.now + seconds
        self.slept += seconds

        def wake() -> None:
            self._process.wake(0.0 if is_counted else seconds, self._wall_ms(), self.now)

        self.at(self._wakes_at, wake)

    def _mourn(self, effect: Effect) -> None:
        if isinstance(effect, Remember) and not effect.anew:
            self.kept += effect.lines[: self._prng.below(len(effect.lines))]
        self.requests.forget()
        self.sockets.forget()
        waiting, self._waiting = self._waiting, {}
        for command_id, answer in waiting.items():
            answer(Complete(command_id, error=Killed("the connector's process ended")))

    def step(self, until: float = inf) -> bool:
        """Let the next thing happen. False where nothing is due until `until`."""
        queued = self._queue[0][0] if self._queue else inf
        due = min(queued, self._process.due, self._venue_due)
        if due > until or due == inf:
            return False
        self.now = max(self.now, due)
        if queued <= due:
            heappop(self._queue)[2]()
        elif self._venue_due <= due:
            self.tell_venue(Tick())
            if self._venue_due <= self.now:
                raise RuntimeError(f"the venue's deadline {self._venue_due} is not later than its Tick at {self.now}")
        else:
            self.tell_client(Tick())
        return True

    # --- the two sides ----------------------------------------------------------------------------------------

    def tell_client(self, item: Input) -> None:
        """Give `item` to the client's machine now, and carry out what it answers."""
        self._process.handle(item, self.now, self._wall_ms())

    def _wall_ms(self) -> int:
        """What the client's wall clock says."""
        return self.start_ms + int(self.now * 1000) + self.client_clock_ms

    def tell_venue(self, item: VenueInput) -> None:
        """Give `item` to the venue's machine now, and carry out what it answers."""
        wall_ms = self.start_ms + int(self.now * 1000)
        effects = self._venue.handle(item, Now(self.now, wall_ms))
        self._venue_due = _or_never(self._venue.deadline())
        for effect in effects:
            self._answer(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Publish(event):
                if self._on_event is not None:
                    self._on_event(event)
            case SendText(conn, text):
                self.sockets.send(conn, text.encode())
            case PingWs(conn):
                self.sockets.ping(conn)
            case SendHttp():
                self.requests.send(effect)
            case Complete(command_id):
                self._waiting.pop(command_id)(effect)
            case OpenWs(conn, url, headers):
                self.sockets.open(conn, url, headers)
            case CloseWs(conn):
                self.sockets.close(conn)
            case Remember(lines, anew):
                self.kept = lines if anew else self.kept + lines

    def _answer(self, effect: VenueEffect) -> None:
        match effect:
            case SocketSend(conn, data):
                self.sockets.send_back(conn, data)
            case HttpResponse():
                self.requests.respond(effect)
            case SocketEnd(conn, code, reason):
                self.sockets.end_by_venue(conn, f"{code} {reason}")

    def cross(self, way: Way, target: str, conn: str = "", *, is_answer: bool = False, size: int = 0) -> Crossing:
        """What becomes of something that leaves now."""
        crossing = Crossing(way, target, self.now, conn, is_answer, size)
        for fault, prng in self._faults:
            fault.cross(crossing, prng)
        return crossing


def _nobody_cares(_: Complete) -> None: ...


def _or_never(deadline: float | None) -> float:
    return inf if deadline is None else deadline
