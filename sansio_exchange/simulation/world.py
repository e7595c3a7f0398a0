"""A client machine and a venue machine under one virtual clock: the whole system, deterministic, without any I/O.

    world = World(Connector(...), BinanceVenueMachine(...), seed=1)
    world.ask(Start())
    order = world.ask(PlaceOrder(...))
    world.run_until(3600.0)

World keeps the driver's side of both contracts (sansio_exchange.machine, simulation.wire): whatever the faults do, each
SendHttp earns one answer and each OpenWs one WsClosed, and messages of one connection arrive in order. The same seed,
machines and calls give the same run. Its clock moves only while a method runs, and costs nothing where nothing happens.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from heapq import heappop, heappush
from math import inf
from typing import Any

from sansio_exchange.clock import Now
from sansio_exchange.commands import Action
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    Command,
    Complete,
    Effect,
    Event,
    HttpFailed,
    HttpReply,
    Input,
    Machine,
    OpenWs,
    PingWs,
    Publish,
    Remember,
    SendHttp,
    SendText,
    Tick,
    WsClosed,
    WsMessage,
    WsOpened,
    WsPong,
)
from sansio_exchange.simulation.faults import Crossing, Fault, Way
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketClosed,
    SocketEnd,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueEffect,
    VenueInput,
    VenueMachine,
)

START_MS = 1_767_225_600_000
"""2026-01-01 00:00 UTC, where a world begins unless told otherwise."""
HANDSHAKE_TIMEOUT = 10.0
"""Seconds after which a handshake that nobody answered is over; as in the real driver."""
OVERDUE = 60.0
"""Seconds past its timeout after which a command that was never completed is a fault of the machine."""


class _Connection:
    """One WebSocket: its name at either end, how far either end has got, and when the last message arrives."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.role = name.partition("#")[0]
        self.number = number
        self.client_open = False
        self.client_done = False
        self.venue_open = False
        self.handshake = 0.0
        self.out_until = 0.0
        self.in_until = 0.0


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
        self.kept = b""
        """What the client was told to remember."""
        self._client = client
        self._venue = venue
        # A machine's deadline changes only while it handles something.
        self._client_due = _or_never(client.deadline())
        self._venue_due = _or_never(venue.deadline())
        self._prng = Prng(seed, "world")
        self._faults = list(faults)
        self._on_event = on_event
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._entries = 0
        self._commands = 0
        self._waiting: dict[int, Callable[[Complete], None]] = {}
        self._requests: dict[int, str] = {}
        self._connections: dict[str, _Connection] = {}
        self._by_number: dict[int, _Connection] = {}
        self._opened = 0
        for fault in self._faults:
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
        self.at(self.now, partial(self._to_client, command))
        return self._commands

    def abandon(self, command_id: int) -> None:
        """Nobody waits for that command any more, unless it has been completed by then."""
        self.at(self.now, partial(self._abandon, command_id))

    def interject(self, request: HttpRequest) -> None:
        """Somebody else asks the venue; the answer does not come our way. Its id must be none of the client's."""
        self._to_venue(request)

    def _abandon(self, command_id: int) -> None:
        if self._waiting.pop(command_id, None) is not None:
            self._to_client(Abandon(command_id))

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
        for connection in list(self._connections.values()):
            if role in ("", connection.role):
                self._break(connection, "connection reset")

    def step(self, until: float = inf) -> bool:
        """Let the next thing happen. False where nothing is due until `until`."""
        queued = self._queue[0][0] if self._queue else inf
        due = min(queued, self._client_due, self._venue_due)
        if due > until or due == inf:
            return False
        self.now = max(self.now, due)
        if queued <= due:
            heappop(self._queue)[2]()
        elif self._venue_due <= due:
            self._to_venue(Tick())
            self._must_be_later(self._venue_due, "venue")
        else:
            self._to_client(Tick())
            self._must_be_later(self._client_due, "client")
        return True

    def _must_be_later(self, deadline: float, whose: str) -> None:
        if deadline <= self.now:
            raise RuntimeError(f"the {whose}'s deadline {deadline} is not later than its Tick at {self.now}")

    # --- the two sides ----------------------------------------------------------------------------------------

    def _to_client(self, item: Input) -> None:
        wall_ms = self.start_ms + int(self.now * 1000) + self.client_clock_ms
        effects = self._client.handle(item, Now(self.now, wall_ms))
        self._client_due = _or_never(self._client.deadline())
        for effect in effects:
            self._carry_out(effect)

    def _to_venue(self, item: VenueInput) -> None:
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
                self._send(conn, text.encode())
            case PingWs(conn):
                self._ping(conn)
            case SendHttp():
                self._send_http(effect)
            case Complete(command_id):
                self._waiting.pop(command_id)(effect)
            case OpenWs(conn, url, headers):
                self._open(conn, url, headers)
            case CloseWs(conn):
                self._close(conn)
            case Remember(lines, anew):
                self.kept = lines if anew else self.kept + lines

    def _answer(self, effect: VenueEffect) -> None:
        match effect:
            case SocketSend(conn, data):
                connection = self._by_number.get(conn)
                if connection is not None and connection.venue_open:
                    self._send_back(connection, data)
            case HttpResponse():
                self._respond(effect)
            case SocketEnd(conn, code, reason):
                connection = self._by_number.get(conn)
                if connection is not None and connection.venue_open:
                    connection.venue_open = False
                    self._queue_in(connection, 0.0, partial(self._ended, connection, f"{code} {reason}"))

    def _crossing(self, way: Way, target: str) -> Crossing:
        crossing = Crossing(way, target, self.now)
        for fault in self._faults:
            fault.cross(crossing, self._prng)
        return crossing

    # --- HTTP -------------------------------------------------------------------------------------------------

    def _send_http(self, effect: SendHttp) -> None:
        path, query = _path_and_query(effect.url)
        if effect.request_id in self._requests:
            raise RuntimeError(f"request id {effect.request_id} was used twice")
        self._requests[effect.request_id] = path
        crossing = self._crossing("request", path)
        arrival = self.now + crossing.delay
        if crossing.refused:
            self.at(arrival, partial(self._fail, effect.request_id, False, "connection refused"))
            return
        if crossing.cut:
            self.at(arrival, partial(self._fail, effect.request_id, True, "connection reset"))
            return
        if crossing.answer is not None:
            self._answer_instead(effect.request_id, path, crossing)
            return
        timed_out = partial(self._fail, effect.request_id, True, f"no reply within {effect.timeout:g} s")
        self.at(self.now + effect.timeout, timed_out)
        if crossing.copies:
            headers = {name.lower(): value for name, value in effect.headers.items()}
            request = HttpRequest(effect.request_id, effect.method, path, query, headers, effect.body)
            self.at(arrival, partial(self._to_venue, request))

    def _answer_instead(self, request_id: int, path: str, there: Crossing) -> None:
        """A gateway answers; the venue never hears of it."""
        assert there.answer is not None
        back = self._crossing("response", path)
        response = HttpResponse(request_id, there.answer.status, there.answer.headers, there.answer.body)
        self.at(self.now + there.delay + back.delay, partial(self._reply, response))

    def _respond(self, response: HttpResponse) -> None:
        path = self._requests.get(response.request_id)
        if path is None:
            return
        crossing = self._crossing("response", path)
        arrival = self.now + crossing.delay
        if crossing.cut:
            self.at(arrival, partial(self._fail, response.request_id, True, "connection reset"))
        elif crossing.answer is not None:
            instead = HttpResponse(
                response.request_id, crossing.answer.status, crossing.answer.headers, crossing.answer.body
            )
            self.at(arrival, partial(self._reply, instead))
        elif crossing.copies:
            self.at(arrival, partial(self._reply, response))

    def _reply(self, response: HttpResponse) -> None:
        if self._requests.pop(response.request_id, None) is not None:
            headers = {name.lower(): value for name, value in response.headers.items()}
            self._to_client(HttpReply(response.request_id, response.status, headers, response.body))

    def _fail(self, request_id: int, maybe_sent: bool, reason: str) -> None:
        if self._requests.pop(request_id, None) is not None:
            self._to_client(HttpFailed(request_id, maybe_sent, reason))

    # --- WebSockets -------------------------------------------------------------------------------------------

    def _open(self, name: str, url: str, headers: Mapping[str, str]) -> None:
        if name in self._connections:
            raise RuntimeError(f"connection {name} was opened twice")
        self._opened += 1
        connection = self._connections[name] = _Connection(name, self._opened)
        crossing = self._crossing("open", connection.role)
        connection.handshake = crossing.delay
        if crossing.refused or crossing.cut:
            self._queue_in(connection, crossing.delay, partial(self._finish, connection, "connection refused"))
        elif crossing.copies == 0:
            given_up = partial(self._break, connection, "the handshake timed out")
            self._queue_in(connection, HANDSHAKE_TIMEOUT, given_up)
        else:
            self._queue_out(connection, crossing.delay, partial(self._opened_at_venue, connection, url, headers))

    def _opened_at_venue(self, connection: _Connection, url: str, headers: Mapping[str, str]) -> None:
        if connection.client_done:
            return
        connection.venue_open = True
        self._by_number[connection.number] = connection
        self._queue_in(connection, connection.handshake, partial(self._opened_at_client, connection))
        said = {name.lower(): value for name, value in headers.items()}
        self._to_venue(SocketOpened(connection.number, *_path_and_query(url), said))

    def _opened_at_client(self, connection: _Connection) -> None:
        if not connection.client_done:
            connection.client_open = True
            self._to_client(WsOpened(connection.name))

    def _send(self, name: str, data: bytes) -> None:
        connection = self._connections.get(name)
        if connection is None:
            return
        if not connection.client_open:
            raise RuntimeError(f"{name}: a message was sent before the connection was open")
        crossing = self._crossing("out", connection.role)
        if crossing.cut:
            self._break(connection, "connection reset")
            return
        for _ in range(crossing.copies):
            self._queue_out(connection, crossing.delay, partial(self._receive, connection, data))

    def _receive(self, connection: _Connection, data: bytes) -> None:
        if connection.venue_open:
            self._to_venue(SocketMessage(connection.number, data))

    def _send_back(self, connection: _Connection, data: bytes) -> None:
        crossing = self._crossing("in", connection.role)
        if crossing.cut:
            self._queue_in(connection, crossing.delay, partial(self._break, connection, "connection reset"))
            return
        for _ in range(crossing.copies):
            self._queue_in(connection, crossing.delay, partial(self._deliver, connection, data))

    def _deliver(self, connection: _Connection, data: bytes) -> None:
        if not connection.client_done:
            self._to_client(WsMessage(connection.name, data))

    def _ping(self, name: str) -> None:
        """Whoever keeps the socket at the other end answers, not the venue's machine."""
        connection = self._connections.get(name)
        if connection is None:
            return
        there, back = self._crossing("out", connection.role), self._crossing("in", connection.role)
        if there.cut or back.cut:
            self._break(connection, "connection reset")
        elif there.copies and back.copies:
            self._queue_in(connection, there.delay + back.delay, partial(self._pong, connection))

    def _pong(self, connection: _Connection) -> None:
        if not connection.client_done:
            self._to_client(WsPong(connection.name))

    def _close(self, name: str) -> None:
        connection = self._connections.get(name)
        if connection is not None:
            self._queue_out(connection, 0.0, partial(self._gone, connection))
            self._queue_in(connection, 0.0, partial(self._finish, connection, "closed by us"))

    def _break(self, connection: _Connection, reason: str) -> None:
        """Both ends learn of it now; what was on its way is lost."""
        self._gone(connection)
        self.at(self.now, partial(self._finish, connection, reason))
        connection.client_done = True

    def _gone(self, connection: _Connection) -> None:
        """The venue's end is over."""
        if self._by_number.pop(connection.number, None) is not None:
            connection.venue_open = False
            self._to_venue(SocketClosed(connection.number))

    def _ended(self, connection: _Connection, reason: str) -> None:
        """The venue's end of the connection has come through."""
        self._gone(connection)
        self._finish(connection, reason)

    def _finish(self, connection: _Connection, reason: str) -> None:
        """The client's end is over: its one WsClosed."""
        if self._connections.pop(connection.name, None) is not None:
            connection.client_done = True
            self._to_client(WsClosed(connection.name, reason))

    def _queue_out(self, connection: _Connection, delay: float, call: Callable[[], None]) -> None:
        connection.out_until = max(connection.out_until, self.now + delay)
        self.at(connection.out_until, call)

    def _queue_in(self, connection: _Connection, delay: float, call: Callable[[], None]) -> None:
        connection.in_until = max(connection.in_until, self.now + delay)
        self.at(connection.in_until, call)


def _or_never(deadline: float | None) -> float:
    return inf if deadline is None else deadline


def _path_and_query(url: str) -> tuple[str, str]:
    """All hosts lead to the one venue."""
    path, _, query = url.partition("://")[2].partition("/")[2].partition("?")
    return f"/{path}", query
