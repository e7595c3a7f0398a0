"""The venue's sockets as a whole: each lives by the table in connection.py, public ones carry their topics.

Who wants a socket gets it kept open, replaced when it is lost, and its topics asked for anew. What it means that one
has come to life or is gone, the owner knows.

One that the venue will end is succeeded: another is opened beside it, logged in and subscribed, then takes its place.
What both say of the market is told once (overlap.py); of orders and of answers to requests it counts what an outgoing
one still says, too, which the ledger and the frame ids sort out. So nobody notices.
"""

from collections.abc import Callable
from math import inf
from typing import Any

from sansio_exchange.commands import Topic
from sansio_exchange.errors import (
    DeadlineExceeded,
    ExchangeError,
    InvalidRequest,
    NotConnected,
    RateLimited,
    VenueUnavailable,
)
from sansio_exchange.machine import (
    CloseWs,
    ConnectionLost,
    OpenWs,
    PingWs,
    Publish,
    SendText,
    Unreadable,
    WsClosed,
    WsOpened,
    WsPong,
)
from sansio_exchange.market import Candle
from sansio_exchange.orders import OrderUpdate
from sansio_exchange.session.calls import BAN_UNTOLD, LONGEST_REPLY, Calls
from sansio_exchange.session.connection import STEP_TIMEOUT, Connection, Duty, State, Trigger
from sansio_exchange.session.overlap import MarketEvent
from sansio_exchange.session.subscriptions import Subscriptions, Waiter
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.statuses import TOO_MANY
from sansio_exchange.venue import (
    CONNECTIONS,
    AccountChange,
    Acknowledged,
    LeverageChange,
    LoggedIn,
    LoneFill,
    OrderState,
    Recipe,
    SessionExpired,
    Venue,
    WsReply,
)

RENEWAL_PATIENCE = 60.0
"""Seconds for which a renewal may wait for room in the rate budget."""
LINGERS = LONGEST_REPLY + 1.0
"""Seconds for which a socket that was succeeded is still heard: what was on its way has arrived by then."""
FRAMES_UNANSWERED = 2
"""Requests in a row that the order-entry socket may leave unanswered: it is given up then, whatever else it answers."""
OVERLAPS = 2 * LINGERS
"""Seconds after which the successor has said all of the market that the one before said until its end."""
COMPANION_INTERVAL = "1m"
"""Of candles: every venue has them, and they change with each trade."""

NOTHING_HEARD = -inf
"""When a socket was heard that was succeeded and has not answered the ping that it was sent then: it may have been dead
before, and nobody have known, or what it had said by then may be on its way."""

HEARD = {
    Duty.SUCCESSOR: (LoggedIn, Acknowledged, SessionExpired, Unreadable),
    Duty.OUTGOING: (OrderUpdate, OrderState, LoneFill, AccountChange, LeverageChange, WsReply, Unreadable),
}
"""What counts of what a connection says that is not the present one of its role."""


class Sockets:
    """`live(connection)` is called when one has come to life, `succeeded(connection)` when one has taken over from
    another that still lives, `lost(connection, reason)` when an end is known, and `ahead(connection, event)` for what
    one said of the market before it took over, and the one before it did not."""

    def __init__(
        self,
        venue: Venue,
        calls: Calls,
        clock: VenueClock,
        seed: int,
        *,
        live: Callable[[Connection], None],
        succeeded: Callable[[Connection], None],
        lost: Callable[[Connection, str], None],
        ahead: Callable[[Connection, MarketEvent], None],
    ) -> None:
        self._venue = venue
        self._calls = calls
        self._clock = clock
        self._live = live
        self._succeeded = succeeded
        self._lost = lost
        self._ahead = ahead
        self._connections = {
            role: Connection(
                socket, seed, None if role in ("private", "trade") else Subscriptions(role, socket.frames_per_hour)
            )
            for role, socket in venue.sockets.items()
        }
        self._successors: dict[str, Connection] = {}
        self._heartbeat: Topic | None = None
        self._outgoing: dict[Connection, float] = {}
        """Until when (mono) each is still heard."""
        self._by_name: dict[str, Connection] = {}

    # --- what the owner wants ---------------------------------------------------------------------------------

    def want(self, role: str) -> None:
        """Have this socket open from now on; nothing where the venue has no such socket."""
        connection = self._connections.get(role)
        if connection is not None and connection.state is State.IDLE:
            connection.fire(Trigger.WANTED, self._calls.now.mono)
            self._prepare(connection)

    def replace(self, role: str, reason: str) -> None:
        """Give up the present attempt, what was to succeed it and what it succeeded, whatever the state; the next one
        follows after a wait."""
        for outgoing in [each for each in self._outgoing if each.role == role]:
            outgoing.heard_at = self._calls.now.mono  # whether it was mute does not matter: the next one asks anyway
            self._lose(outgoing, reason)
        successor = self._successors.get(role)
        if successor is not None:
            self.end(successor, reason)
            self._drop(successor)
        connection = self._connections.get(role)
        if connection is not None:
            self.end(connection, reason)

    def end(self, connection: Connection, reason: str) -> None:
        """It is of no use any more; another follows after a wait."""
        if connection.state not in (State.IDLE, State.WAITING):
            self._lose(connection, reason)

    def succeed(self, connection: Connection) -> None:
        """It will end soon: open another beside it, and have that take over."""
        role = connection.role
        if connection.duty is Duty.PRESENT and connection.is_live and role not in self._successors:
            successor = self._successors[role] = connection.successor()
            successor.fire(Trigger.WANTED, self._calls.now.mono)
            self._prepare(successor)

    def subscribe(self, topic: Topic, waiter: Waiter | None) -> None:
        """As Subscriptions.want; the socket is opened where it is not."""
        role = self._venue.role(topic)
        self._wishes(role).want(topic, waiter)
        companion = self._companion(topic)
        if companion is not None and not self._connections[role].has_heartbeat:
            self._wishes(role).accompany(companion)
        self.want(role)

    def unsubscribe(self, topic: Topic, waiter: Waiter | None = None) -> None:
        self._wishes(self._venue.role(topic)).forget(topic, waiter)

    def renew(self, topic: Topic, waiter: Waiter) -> None:
        """Subscribe anew what lost messages; `waiter` hears when that is done."""
        self._wishes(self._venue.role(topic)).renew(topic, waiter)

    def carry_heartbeat(self, topic: Topic) -> None:
        """This topic never rests: from now on data alone shows that its socket lives.

        Neither do other topics of its symbol, for long. On every other public socket that somebody wants topics of, one
        accompanies them: data alone shows that such a socket lives while the venue agrees to that, else its pongs do.
        """
        self._heartbeat = topic
        self._connections[self._venue.role(topic)].has_heartbeat = True
        self.subscribe(topic, None)  # refused, it is wanted still: on this socket, or on the next one

    # --- what the owner asks ----------------------------------------------------------------------------------

    def find(self, conn: str) -> Connection | None:
        """The connection whose present attempt has this name."""
        return self._by_name.get(conn)

    def state(self, role: str) -> State:
        return self._connections[role].state

    def is_live(self, role: str) -> bool:
        return self._connections[role].is_live

    def is_wanted(self, role: str, candle: Candle) -> bool:
        """Whether anybody wants such candles of this socket, and not only the session itself."""
        connection = self._connections[role]
        if connection.has_heartbeat or connection.subscriptions is None:
            return True  # the session wants no candles there
        return connection.subscriptions.is_wanted(Topic("kline", candle.symbol, candle.interval))

    def deadline(self) -> float | None:
        """When tick() or send_subscriptions() has something to do."""
        times = [connection.deadline() for connection in self._kept()]
        times += [each.subscriptions.deadline() for each in self._kept() if each.is_live and each.subscriptions]
        times += self._outgoing.values()
        return min((at for at in times if at is not None), default=None)

    # --- inputs -----------------------------------------------------------------------------------------------

    def on_opened(self, opened: WsOpened) -> None:
        connection = self._by_name.get(opened.conn)
        if connection is None or connection.state is not State.OPENING:
            return
        name = connection.name

        def is_awaited() -> bool:
            return connection.name == name and connection.state is State.OPENING

        self._calls.when_room({}, is_awaited, lambda: self._begin(connection))

    def on_pong(self, pong: WsPong) -> None:
        connection = self._by_name.get(pong.conn)
        if connection is not None and not connection.carries_heartbeat:
            connection.heard_at = self._calls.now.mono

    def on_closed(self, closed: WsClosed) -> None:
        if closed.status in TOO_MANY:  # also of a handshake that was given up
            self._calls.limited(RateLimited(closed.reason, retry_after=closed.retry_after))
        connection = self._by_name.pop(closed.conn, None)
        if connection is not None:
            self._is_lost(connection, closed.reason)

    def on_logged_in(self, connection: Connection, login: LoggedIn) -> None:
        if connection.state is not State.LOGGING_IN:
            return
        if login.error is not None:
            if not self._heed(login.error):
                self._clock.doubt(self._calls.now.mono)  # it bears a timestamp, which may be all that is wrong
            self._lose(connection, f"login refused: {login.error.message}")
            return
        connection.fire(Trigger.LOGGED_IN, self._calls.now.mono)
        self._subscribe_private(connection)

    def on_acknowledged(self, connection: Connection, answer: Acknowledged) -> None:
        if isinstance(answer.error, RateLimited):
            self._wait_out(connection, answer.frame_id, answer.error)
        if connection.state is State.SUBSCRIBING and answer.frame_id == connection.awaited_frame:
            connection.awaited_answers -= 1
            if answer.error is not None:
                self._lose(connection, f"subscription refused: {answer.error.message}")
            elif not connection.awaited_answers:
                self._is_live(connection)
        elif connection.subscriptions is not None:
            refused = connection.subscriptions.acknowledged(answer.frame_id, answer.error, stands=answer.stands)
            if answer.error is not None:
                for topic in refused:
                    what = f"{topic.kind} {topic.symbol} {topic.interval}".rstrip()
                    unreadable = Unreadable(connection.role, f"{what} was refused: {answer.error.message}", "")
                    self._calls.out.append(Publish(unreadable))
            self._take_over_if_ready(connection)

    def _wait_out(self, connection: Connection, frame_id: str, error: RateLimited) -> None:
        """A subscription was refused for the rate: ask nothing; where that did not help, subscribe to nothing there."""
        if connection.subscriptions is not None and connection.subscriptions.is_waited_out(frame_id):
            connection.subscriptions.pause(self._calls.now.mono + (error.retry_after or BAN_UNTOLD))
        else:
            self._heed(error)

    def _heed(self, error: ExchangeError | None) -> bool:
        """Whether that is a refusal for the rate. Which limit was overrun, nobody knows on a socket: ask nothing."""
        if not isinstance(error, RateLimited):
            return False
        self._calls.limited(RateLimited(error.message, retry_after=error.retry_after))
        return True

    def tick(self) -> None:
        mono = self._calls.now.mono
        if self._calls.frames_unanswered >= FRAMES_UNANSWERED:
            self.replace("trade", "requests are not answered")
        for connection in [each for each, until in self._outgoing.items() if until <= mono]:
            del self._outgoing[connection]
            self._close(connection, "succeeded by another")
            self._lost(connection, "succeeded by another")
        for connection in self._kept():
            subscriptions = connection.subscriptions
            if subscriptions is not None and not (subscriptions.has_agreed or subscriptions.may_ask(mono)):
                connection.heard_at = mono  # nothing is asked of it, or may be asked now, so its silence says nothing
            reason = connection.overdue(mono)
            if not reason and subscriptions is not None and connection.is_live and subscriptions.overdue(mono):
                reason = "a subscription was not answered"
            if reason:
                self._lose(connection, reason)
            elif connection.wait_is_over(mono):
                if subscriptions is not None and not subscriptions:
                    connection.fire(Trigger.UNWANTED, mono)
                    if connection.duty is Duty.SUCCESSOR:
                        self._drop(connection)
                else:
                    connection.fire(Trigger.WAIT_OVER, mono)
                    self._prepare(connection)
            if connection.needs_successor(mono):
                self.succeed(connection)
            if connection.ping_is_due(mono):
                self._ping(connection)
            if connection.renewal_is_due(mono):
                self._renew(connection)

    def send_subscriptions(self) -> None:
        """The frames that may be sent by now."""
        silence = self._calls.silence
        for connection in self._kept():
            subscriptions = connection.subscriptions
            if subscriptions is not None and connection.is_live:
                if silence:
                    subscriptions.pause(self._calls.now.mono + silence)
                frame = subscriptions.next_frame(self._calls.now.mono)
                if frame is not None:
                    frame_id, subscribe, topics = frame
                    subscriptions.expect(frame_id, self._venue.acknowledgements(topics))
                    make = self._venue.subscribe_frame if subscribe else self._venue.unsubscribe_frame
                    texts = make(frame_id, topics)
                    for text in (texts,) if isinstance(texts, str) else texts:
                        self._calls.out.append(SendText(connection.name, text))

    # --- which connections there are --------------------------------------------------------------------------

    def _kept(self) -> list[Connection]:
        """Those that are kept open."""
        return [*self._connections.values(), *self._successors.values()]

    def _wishes(self, role: str) -> Subscriptions:
        subscriptions = self._connections[role].subscriptions
        assert subscriptions is not None, "it carries topics"
        return subscriptions

    def _companion(self, topic: Topic) -> Topic | None:
        """What hardly rests and goes the same way as `topic`, where the venue has such a thing."""
        if self._heartbeat is None:
            return None
        companion = Topic(topic.kind, self._heartbeat.symbol, COMPANION_INTERVAL if topic.interval else "")
        try:
            return companion if self._venue.role(companion) == self._venue.role(topic) else None
        except InvalidRequest:
            return None

    def _take_over_if_ready(self, successor: Connection) -> None:
        if successor.duty is not Duty.SUCCESSOR or not successor.is_live:
            return
        if successor.subscriptions is not None and not successor.subscriptions.is_settled:
            return
        before = self._install(successor)
        before.duty, before.heard_at = Duty.OUTGOING, NOTHING_HEARD
        self._ping(before)
        self._outgoing[before] = self._calls.now.mono + LINGERS
        self._succeeded(successor)

    def _install(self, successor: Connection) -> Connection:
        """Make it the present one; returns the one before."""
        role = successor.role
        before = self._connections[role]
        del self._successors[role]
        self._connections[role] = successor
        successor.duty = Duty.PRESENT
        if successor.subscriptions is not None and before.subscriptions is not None:
            successor.subscriptions.take_over(before.subscriptions)
        if (overlap := successor.overlap) is not None:
            for event in overlap.take_over():
                self._ahead(successor, event)
            overlap.until = self._calls.now.mono + OVERLAPS
            self._calls.at(overlap.until, lambda: self._end_overlap(role))
        return before

    def _end_overlap(self, role: str) -> None:
        """What the one before said lies far enough back, unless there is another overlap already."""
        present = self._connections[role]
        if (
            present.overlap is not None
            and present.overlap.until <= self._calls.now.mono
            and role not in self._successors
        ):
            present.overlap = None

    def _drop(self, successor: Connection) -> None:
        """It is not needed; the names of its attempts have been used."""
        del self._successors[successor.role]
        present = self._connections[successor.role]
        present.attempt = successor.attempt
        if present.overlap is not None:
            present.overlap.forget_held()
            self._end_overlap(successor.role)

    def _close(self, connection: Connection, reason: str) -> None:
        """It is nobody's any more."""
        if connection.has_socket and self._by_name.pop(connection.name, None) is not None:
            self._calls.out.append(CloseWs(connection.name, reason))

    # --- one attempt ------------------------------------------------------------------------------------------

    def _prepare(self, connection: Connection) -> None:
        name = connection.name

        def is_over() -> bool:
            return connection.name != name or connection.state is not State.PREPARING

        def done(url: Any, error: ExchangeError | None) -> None:
            if is_over():
                return
            if error is not None:
                self._lose(connection, error.message)
                return
            self._calls.when_room({CONNECTIONS: 1}, lambda: not is_over(), lambda: open_at(url))

        def open_at(url: str) -> None:
            connection.fire(Trigger.ADDRESS_KNOWN, self._calls.now.mono)
            self._by_name[name] = connection
            self._calls.out.append(OpenWs(name, url, connection.socket.headers))

        self._calls.start(self._address(connection), done, deadline=self._calls.now.mono + STEP_TIMEOUT)

    def _address(self, connection: Connection) -> Recipe[str]:
        """Where to open it, asked when the venue's time is known, which a login bears."""
        if self._clock.is_doubted and connection.subscriptions is None:
            yield from self._calls.measure_clock()
        return (yield from self._venue.url(connection.role))

    def _begin(self, connection: Connection) -> None:
        """It is open, and something may be said on it."""
        self._venue.begin(connection.role, is_successor=connection.duty is Duty.SUCCESSOR)
        venue_ms = self._clock.ms(self._calls.now)
        frame = self._venue.login_frame(connection.role, self._calls.credentials, venue_ms)
        if frame:
            connection.fire(Trigger.LOGIN_NEEDED, self._calls.now.mono)
            self._calls.out.append(SendText(connection.name, frame))
        else:
            connection.fire(Trigger.OPENED, self._calls.now.mono)
            self._subscribe_private(connection)

    def _subscribe_private(self, connection: Connection) -> None:
        frame_id, name = f"{connection.role}-{connection.attempt}", connection.name
        frames = self._venue.private_frames(frame_id) if connection.role == "private" else ()
        if not frames:
            self._is_live(connection)
            return
        connection.awaited_frame, connection.awaited_answers = frame_id, len(frames)

        def is_awaited() -> bool:
            return connection.name == name and connection.state is State.SUBSCRIBING

        self._calls.when_room({}, is_awaited, lambda: self._calls.out.extend(SendText(name, each) for each in frames))

    def _is_live(self, connection: Connection) -> None:
        connection.fire(Trigger.SUBSCRIBED, self._calls.now.mono)
        for other in self._kept():
            other.hurry(self._calls.now.mono)
        if connection.duty is Duty.SUCCESSOR:
            self._take_over_if_ready(connection)
        else:
            self._live(connection)

    def _lose(self, connection: Connection, reason: str) -> None:
        self._close(connection, reason)
        self._is_lost(connection, reason)

    def _ping(self, connection: Connection) -> None:
        text = connection.socket.ping_text
        self._calls.out.append(SendText(connection.name, text) if text else PingWs(connection.name))

    def _is_lost(self, connection: Connection, reason: str) -> None:
        if connection.duty is Duty.OUTGOING:
            del self._outgoing[connection]
            self._lost(connection, reason)
            return
        connection.fire(Trigger.LOST, self._calls.now.mono)
        self._calls.out.append(Publish(ConnectionLost(connection.name, reason)))
        if connection.subscriptions is not None:
            connection.subscriptions.disconnected()
        if connection.duty is Duty.SUCCESSOR:
            return
        successor = self._successors.get(connection.role)
        if successor is not None:
            self._install(successor)
            successor.hurry(self._calls.now.mono)
        self._lost(connection, reason)

    def _renew(self, connection: Connection) -> None:
        name = connection.name

        def done(_: Any, error: ExchangeError | None) -> None:
            if error is None or connection.name != name or not connection.is_live:
                return
            if isinstance(error, DeadlineExceeded | NotConnected | RateLimited | VenueUnavailable):
                connection.renew_again(self._calls.now.mono)
            else:
                self._lose(connection, f"the session could not be renewed: {error.message}")

        deadline = self._calls.now.mono + RENEWAL_PATIENCE
        self._calls.start(self._venue.renew(connection.role), done, deadline=deadline)
