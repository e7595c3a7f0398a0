"""A connector and a venue machine on one stage, without latency: time moves only when the test says so.

The driver's duties are kept whatever the rules do: one answer for each SendHttp, one WsClosed for each OpenWs.
"""

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from math import inf
from typing import Any

import msgspec

from sansio_exchange.clock import Now
from sansio_exchange.commands import Action, Start, Topic
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    Command,
    Complete,
    ConnectionLost,
    Effect,
    Event,
    HttpFailed,
    HttpReply,
    Input,
    OpenWs,
    PingWs,
    Publish,
    Remember,
    SendHttp,
    SendText,
    SessionState,
    Tick,
    WsClosed,
    WsMessage,
    WsOpened,
    WsPong,
)
from sansio_exchange.orders import NewOrder, OrderType, OrderUpdate, Side
from sansio_exchange.session import Connector
from sansio_exchange.session.memory import from_bytes
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketClosed,
    SocketEnd,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueInput,
)
from tests.sansio_exchange.session.fake_exchange import FakeExchange
from tests.sansio_exchange.session.fake_venue import CREDENTIALS, START_MS, FakeVenue

Reply = Callable[[SendHttp], HttpReply]


class Killed(Exception):
    """The process was killed, as was asked for."""


class Stage:
    """`rules` by path ("/place", "trade/place" on the order-entry socket, "public/subscribe") or socket role:

    "hold": it arrives when `release` is called; "hold reply": the venue acts, and its reply arrives then; "lose": it
    never arrives; "lose reply": the venue acts and its reply is lost; "refuse": it never leaves, or the handshake
    fails. A function makes the HTTP reply itself.
    """

    def __init__(
        self,
        venue: FakeVenue | None = None,
        *,
        credentials: Any = CREDENTIALS,
        seed: int = 1,
        past_is_known: bool = True,
        session: str = "s",
        exchange: FakeExchange | None = None,
        memory: bytes | None = None,
    ) -> None:
        self.venue = venue or FakeVenue()
        self.exchange = exchange or FakeExchange()
        self.connector = Connector(
            self.venue,
            credentials,
            session=session,
            seed=seed,
            past_is_known=past_is_known,
            memory=None if memory is None else from_bytes(memory)[0],
        )
        self.kept = memory or b""
        """What it was told to remember, as it was before that."""
        self.seed = seed
        self.lives_for = inf
        """How many effects are carried out before the process is killed."""
        self.mono = 100.0
        self.wall_ms = START_MS
        self.rules: dict[str, str | Reply] = {}
        self.sent: list[str] = []
        """Every request that left, by path, those of the order-entry socket as "trade/place"."""
        self.effects: list[Effect] = []
        self.last_effects: list[Effect] = []
        """Those of the last input, also the ones that were not carried out."""
        self.events: list[Event] = []
        self.answers: dict[int, Complete] = {}
        self.opened: list[str] = []
        self._is_live = False
        self.inputs: list[tuple[Input, Now]] = []
        self._queue: deque[Callable[[], None]] = deque()
        self._held: list[HttpRequest | SocketMessage | HttpReply] = []
        self._conns: dict[str, int] = {}
        self._commands = 0
        self._slept_ms = 0
        self._settling = False

    # --- what a user does -------------------------------------------------------------------------------------

    def begin(self, action: Action, timeout: float = 10.0) -> int:
        self._commands += 1
        self.feed(Command(self._commands, action, timeout))
        return self._commands

    def abandon(self, command: int) -> None:
        self.feed(Abandon(command))

    def ask(self, action: Action, timeout: float = 10.0) -> Any:
        """The result, or the error raised; it must come without time passing."""
        return self.result(self.begin(action, timeout))

    def result(self, command: int) -> Any:
        answer = self.answers[command]
        if answer.error is not None:
            raise answer.error
        return answer.result

    def error(self, command: int) -> ExchangeError:
        error = self.answers[command].error
        assert error is not None, f"command {command} succeeded"
        return error

    def go_live(self) -> None:
        self.go_live_again()
        self.events.clear()

    def go_live_again(self) -> None:
        """After a restart what comes first is news."""
        self.begin(Start())
        self.advance(2.0)
        assert self.is_live()
        self.sent.clear()

    def is_live(self) -> bool:
        """As the session last said."""
        return self._is_live

    @property
    def updates(self) -> list[OrderUpdate]:
        return [event for event in self.events if isinstance(event, OrderUpdate)]

    # --- what happens -----------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let time pass, with a Tick whenever either machine wants one."""
        until = self.mono + seconds
        while True:
            client, venue = self.connector.deadline(), self.exchange.deadline()
            due = min((at for at in (client, venue) if at is not None), default=until)
            if due > until:
                break
            self._move_to(max(due, self.mono))
            if venue is not None and venue <= self.mono:
                self.to_venue(Tick())
            if client is not None and client <= self.mono:
                self.tick()
            if due == until:
                break
        self._move_to(until)

    def sleep(self, seconds: float, *, is_counted: bool = False) -> None:
        """The computer sleeps, and its monotonic clock does not count that, or does."""
        if is_counted:
            self._move_to(self.mono + seconds)
            return
        self._slept_ms += round(seconds * 1000)
        self.wall_ms += round(seconds * 1000)
        self._move_to(self.mono)

    def tick(self) -> None:
        if not self.lives_for:
            raise Killed
        self._handle(Tick())
        deadline = self.connector.deadline()
        assert deadline is None or deadline > self.mono, "after a Tick the deadline lies ahead"
        self.settle()

    def feed(self, item: Input) -> list[Effect]:
        """One input, and all that follows at once. Returns the input's own effects."""
        effects = self._handle(item)
        self.settle()
        return effects

    def to_venue(self, item: VenueInput) -> None:
        self._venue_effects(self.exchange.handle(item, self._venue_now()))
        self.settle()

    def settle(self) -> None:
        """Carry everything to the other side that is on its way."""
        if self._settling:
            return
        self._settling = True
        try:
            self._venue_effects(self.exchange.drain())
            while self._queue:
                self._queue.popleft()()
                self._venue_effects(self.exchange.drain())
        finally:
            self._settling = False

    def release(self, backwards: bool = False) -> None:
        """Let arrive what was held."""
        held, self._held = self._held, []
        self.rules = {path: rule for path, rule in self.rules.items() if rule not in ("hold", "hold reply")}
        self._queue.extend(partial(self._deliver, each) for each in (reversed(held) if backwards else held))
        self.settle()

    def lose_held(self) -> None:
        """What was held never arrives, and the requests are given up."""
        held, self._held = self._held, []
        for each in held:
            if isinstance(each, HttpRequest | HttpReply):
                self.feed(HttpFailed(each.request_id, True, "no reply in time"))

    def conns(self, role: str) -> list[str]:
        """The open connections of the role, oldest first."""
        return [name for name in self._conns if name.startswith(f"{role}#")]

    def conn(self, role: str) -> str:
        """The open connection of the role."""
        return self.conns(role)[0]

    def cut(self, role: str) -> None:
        """The connection breaks; what is on its way is lost."""
        self.cut_off(self.conn(role))

    def cut_off(self, name: str) -> None:
        self.to_venue(SocketClosed(self._conns[name]))
        self._close(name, "connection reset")
        self.settle()

    def _move_to(self, mono: float) -> None:
        self.wall_ms += round((mono - self.mono) * 1000)
        self.mono = mono
        self.exchange.now_ms = self._venue_now().wall_ms

    def _venue_now(self) -> Now:
        return Now(self.mono, START_MS + self._slept_ms + int((self.mono - 100.0) * 1000))

    def killed(self, *, arrives: bool) -> None:
        """The process is gone. `arrives`: what it had sent reaches the venue all the same."""
        self.lives_for = 0
        if arrives:
            self.settle()
        self._queue.clear()
        for number in self._conns.values():
            self.exchange.handle(SocketClosed(number), self._venue_now())
        self.exchange.drain()

    def another(self, session: str, *, after: float, memory: bytes | None = None) -> "Stage":
        """The next process on the same account, so many seconds later: it has what this one was told to remember, or
        `memory`."""
        venue = self.venue
        stage = Stage(
            FakeVenue(login=venue.login, max_batch=venue.max_batch, budgets=venue.budgets(), sockets=venue.sockets),
            session=session,
            exchange=self.exchange,
            memory=self.kept if memory is None else memory,
            past_is_known=False,
            seed=self.seed,
        )
        stage.mono, stage.wall_ms = self.mono + after, self.wall_ms + round(after * 1000)
        return stage

    def on_its_way(self) -> list[HttpRequest]:
        """What is held and arrives whatever becomes of the process."""
        return [each for each in self._held if isinstance(each, HttpRequest)]

    def arrive_late(self, requests: Iterable[HttpRequest]) -> None:
        """What a process that is gone had sent reaches the venue; nobody waits for the replies."""
        for request in requests:
            self._deliver_unanswered(request)
        self.settle()

    def _handle(self, item: Input) -> list[Effect]:
        if not self.lives_for:
            return []
        now = Now(self.mono, self.wall_ms)
        self.inputs.append((item, now))
        effects = self.last_effects = self.connector.handle(item, now)
        self.effects += effects
        for effect in effects:
            if not self.lives_for:
                raise Killed
            self.lives_for -= 1
            self._carry_out(effect)
        return effects

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Publish(event):
                self.events.append(event)
                if isinstance(event, SessionState):
                    self._is_live = event.live
            case Remember(lines, anew):
                self.kept = lines if anew else self.kept + lines
            case Complete(number):
                assert number not in self.answers, "a command is completed once"
                self.answers[number] = effect
            case SendHttp():
                self._send_http(effect)
            case OpenWs(name, url):
                assert name not in self.opened, "a connection's name is used once"
                self.opened.append(name)
                role = name.split("#")[0]
                if self.rules.get(role) == "refuse":
                    self._later(partial(self._handle, WsClosed(name, "refused")))
                elif self.rules.get(role) != "hold":
                    self._conns[name] = len(self.opened)
                    self._later(partial(self._open, name, url))
            case SendText(name, text):
                self._send_text(name, text)
            case PingWs(name):
                if name in self._conns and self.rules.get(f"{name.split('#')[0]}/ping") != "lose":
                    self._later(partial(self._handle, WsPong(name)))
            case CloseWs(name):
                if name in self._conns:
                    number = self._conns[name]
                    self._close(name, "closed by us")
                    self._venue_effects(self.exchange.handle(SocketClosed(number), self._venue_now()))

    def _later(self, call: Callable[[], Any]) -> None:
        self._queue.append(call)

    def _open(self, name: str, url: str) -> None:
        if name in self._conns:
            self._handle(WsOpened(name))
            path = url.removeprefix("ws://fake")
            opened = SocketOpened(self._conns[name], path, "")
            self._venue_effects(self.exchange.handle(opened, self._venue_now()))

    def _close(self, name: str, reason: str) -> None:
        if self._conns.pop(name, None) is not None:
            self._later(partial(self._handle, WsClosed(name, reason)))

    def _send_http(self, effect: SendHttp) -> None:
        path = effect.url.removeprefix("http://fake")
        self.sent.append(path)
        rule = self.rules.get(path, "")
        if callable(rule):
            self._later(partial(self._handle, rule(effect)))
            return
        request = HttpRequest(effect.request_id, effect.method, path, "", {}, effect.body)
        if rule == "hold":
            self._held.append(request)
        elif rule == "lose":
            self._later(partial(self._handle, HttpFailed(effect.request_id, True, "connection reset")))
        elif rule == "refuse":
            self._later(partial(self._handle, HttpFailed(effect.request_id, False, "connection refused")))
        elif rule == "hold reply":
            self._held.append(self._deliver_unanswered(request))
        elif rule == "lose reply":
            self._deliver_unanswered(request)
            self._later(partial(self._handle, HttpFailed(effect.request_id, True, "connection reset")))
        else:
            self._later(partial(self._deliver, request))

    def _deliver(self, item: HttpRequest | SocketMessage | HttpReply) -> None:
        if isinstance(item, HttpReply):
            self._handle(item)
        else:
            self._venue_effects(self.exchange.handle(item, self._venue_now()))

    def _deliver_unanswered(self, request: HttpRequest) -> HttpReply:
        """Returns the reply, which does not arrive."""
        effects = self.exchange.handle(request, self._venue_now())
        (reply,) = (each for each in effects if isinstance(each, HttpResponse))
        self._venue_effects([each for each in effects if each is not reply])
        return HttpReply(reply.request_id, reply.status, reply.headers, reply.body)

    def _send_text(self, name: str, text: str) -> None:
        role = name.split("#")[0]
        rule: Any = ""
        if role == "trade" and '"Call"' in text:
            path = "trade" + msgspec.json.decode(text)["path"]
            self.sent.append(path)
            rule = self.rules.get(path, "")
        elif '"Ask"' in text:
            rule = self.rules.get(f"{role}/subscribe", "")
        if name not in self._conns or rule == "lose":
            return
        message = SocketMessage(self._conns[name], text.encode())
        if rule == "hold":
            self._held.append(message)
        elif rule == "lose reply":
            effects = self.exchange.handle(message, self._venue_now())
            self._venue_effects([e for e in effects if b'"Replied"' not in getattr(e, "data", b"")])
        else:
            self._later(partial(self._deliver, message))

    def _venue_effects(self, effects: Any) -> None:
        names = {number: name for name, number in self._conns.items()}
        for effect in effects:
            match effect:
                case HttpResponse(request_id, status, headers, body):
                    self._later(partial(self._handle, HttpReply(request_id, status, headers, body)))
                case SocketSend(number, data):
                    if number in names:
                        self._later(partial(self._handle, WsMessage(names[number], data)))
                case SocketEnd(number):
                    if number in names:
                        self._close(names[number], "1001 going away")


def limit(client_order_id: str = "", quantity: str = "1", price: str = "100", symbol: str = "BTCUSDT") -> NewOrder:
    return NewOrder(
        symbol, Side.BUY, OrderType.LIMIT, Decimal(quantity), Decimal(price), client_order_id=client_order_id
    )


def places(stage: Stage) -> int:
    return sum(path.endswith(("/place", "/place_many")) for path in stage.sent)


def lost(stage: Stage) -> list[ConnectionLost]:
    return [event for event in stage.events if isinstance(event, ConnectionLost)]


def upstream(stage: Stage) -> set[Topic]:
    return {topic for topics in stage.exchange.topics.values() for topic in topics}
