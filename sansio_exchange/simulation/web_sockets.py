"""The WebSockets between the two sides of a World: one WsClosed for each, and messages of one in order."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from sansio_exchange.machine import WsClosed, WsMessage, WsOpened, WsPong
from sansio_exchange.simulation.faults import Answer
from sansio_exchange.simulation.http_requests import cut_off, path_and_query
from sansio_exchange.simulation.wire import SocketClosed, SocketMessage, SocketOpened
from sansio_exchange.statuses import retry_after

if TYPE_CHECKING:
    from sansio_exchange.simulation.world import World

HANDSHAKE_TIMEOUT = 10.0
"""Seconds after which a handshake that nobody answered is over; as in the real driver."""


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


class WebSockets:
    """All connections; `len` of it is how many the client has, `opened` how many it ever had."""

    def __init__(self, world: "World") -> None:
        self.opened = 0
        self._world = world
        self._connections: dict[str, _Connection] = {}
        """By the client's name for it."""
        self._by_number: dict[int, _Connection] = {}
        """By the venue's."""
        self._asking: _Connection | None = None
        """Whose message the venue has before it."""

    def __len__(self) -> int:
        return len(self._connections)

    # --- what ends them -----------------------------------------------------------------------------------------

    def disconnect(self, role: str) -> None:
        """Break every connection of `role`, or all where it is "". What was on its way is lost."""
        for connection in list(self._connections.values()):
            if role in ("", connection.role):
                self._break(connection, "connection reset")

    def end(self, conn: str, reason: str) -> None:
        """The venue ends that connection, if it still stands; what it said before arrives."""
        self._end(self._connections.get(conn), reason)

    def end_by_venue(self, number: int, reason: str) -> None:
        """The same, as the venue's machine wants it."""
        self._end(self._by_number.get(number), reason)

    def _end(self, connection: _Connection | None, reason: str) -> None:
        if connection is not None and connection.venue_open:
            connection.venue_open = False
            self._queue_in(connection, 0.0, partial(self._ended, connection, reason))

    def forget(self) -> None:
        """The client's process has ended: its sockets close behind what they were given."""
        for connection in self._connections.values():
            connection.client_done = True
            self._queue_out(connection, 0.0, partial(self._gone, connection))
        self._connections.clear()

    # --- from the client to the venue ---------------------------------------------------------------------------

    def open(self, name: str, url: str, headers: Mapping[str, str]) -> None:
        if name in self._connections:
            raise RuntimeError(f"connection {name} was opened twice")
        self.opened += 1
        connection = self._connections[name] = _Connection(name, self.opened)
        crossing = self._world.cross("open", connection.role, name)
        connection.handshake = crossing.delay
        if crossing.refused or crossing.cut:
            self._queue_in(connection, crossing.delay, partial(self._finish, connection, "connection refused"))
        elif crossing.answer is not None:
            self._queue_in(connection, crossing.delay, partial(self._refuse, connection, crossing.answer))
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
        self._world.tell_venue(SocketOpened(connection.number, *path_and_query(url), said))

    def _opened_at_client(self, connection: _Connection) -> None:
        if not connection.client_done:
            connection.client_open = True
            self._world.tell_client(WsOpened(connection.name))

    def send(self, name: str, data: bytes) -> None:
        connection = self._connections.get(name)
        if connection is None:
            return
        if not connection.client_open:
            raise RuntimeError(f"{name}: a message was sent before the connection was open")
        crossing = self._world.cross("out", connection.role, connection.name, size=len(data))
        if crossing.cut:
            self._break(connection, "connection reset")
            return
        for _ in range(crossing.copies):
            self._queue_out(connection, crossing.delay, partial(self._receive, connection, data))

    def _receive(self, connection: _Connection, data: bytes) -> None:
        if connection.venue_open:
            self._asking = connection
            self._world.tell_venue(SocketMessage(connection.number, data))
            self._asking = None

    def ping(self, name: str) -> None:
        """Whoever keeps the socket at the other end answers, not the venue's machine."""
        connection = self._connections.get(name)
        if connection is None:
            return
        there, back = (
            self._world.cross("out", connection.role, connection.name),
            self._world.cross("in", connection.role, connection.name, is_answer=True),
        )
        if there.cut or back.cut:
            self._break(connection, "connection reset")
        elif there.copies and back.copies:
            self._queue_in(connection, there.delay + back.delay, partial(self._pong, connection))

    def _pong(self, connection: _Connection) -> None:
        if not connection.client_done:
            self._world.tell_client(WsPong(connection.name))

    def close(self, name: str) -> None:
        connection = self._connections.get(name)
        if connection is not None:
            self._queue_out(connection, 0.0, partial(self._gone, connection))
            self._queue_in(connection, 0.0, partial(self._finish, connection, "closed by us"))

    # --- from the venue to the client ---------------------------------------------------------------------------

    def send_back(self, number: int, data: bytes) -> None:
        connection = self._by_number.get(number)
        if connection is None or not connection.venue_open:
            return
        is_answer = connection is self._asking
        crossing = self._world.cross("in", connection.role, connection.name, is_answer=is_answer)
        if crossing.cut:
            self._queue_in(connection, crossing.delay, partial(self._break, connection, "connection reset"))
            return
        data = cut_off(data, crossing.arrives)
        for _ in range(crossing.copies):
            self._queue_in(connection, crossing.delay, partial(self._deliver, connection, data))

    def _deliver(self, connection: _Connection, data: bytes) -> None:
        if not connection.client_done:
            self._world.tell_client(WsMessage(connection.name, data))

    # --- the end of one -----------------------------------------------------------------------------------------

    def _break(self, connection: _Connection, reason: str) -> None:
        """Both ends learn of it now; what was on its way is lost."""
        self._gone(connection)
        self._world.at(self._world.now, partial(self._finish, connection, reason))
        connection.client_done = True

    def _gone(self, connection: _Connection) -> None:
        """The venue's end is over."""
        if self._by_number.pop(connection.number, None) is not None:
            connection.venue_open = False
            self._world.tell_venue(SocketClosed(connection.number))

    def _ended(self, connection: _Connection, reason: str) -> None:
        """The venue's end of the connection has come through."""
        self._gone(connection)
        self._finish(connection, reason)

    def _refuse(self, connection: _Connection, answer: Answer) -> None:
        """The handshake was answered, and not by the venue's machine."""
        said = {name.lower(): value for name, value in answer.headers.items()}
        wait = retry_after(said.get("retry-after", "")) or 0.0
        self._finish(connection, f"the handshake was answered with HTTP {answer.status}", answer.status, wait)

    def _finish(self, connection: _Connection, reason: str, status: int = 0, wait: float = 0.0) -> None:
        """The client's end is over: its one WsClosed."""
        if self._connections.get(connection.name) is connection:
            del self._connections[connection.name]
            connection.client_done = True
            self._world.tell_client(WsClosed(connection.name, reason, status, wait))

    def _queue_out(self, connection: _Connection, delay: float, call: Callable[[], None]) -> None:
        connection.out_until = max(connection.out_until, self._world.now + delay)
        self._world.at(connection.out_until, call)

    def _queue_in(self, connection: _Connection, delay: float, call: Callable[[], None]) -> None:
        connection.in_until = max(connection.in_until, self._world.now + delay)
        self._world.at(connection.in_until, call)
