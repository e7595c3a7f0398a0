"""The sockets of a local venue and the topics that they read."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from sansio_exchange.simulation.readers import Readers, Topic
from sansio_exchange.simulation.wire import SocketEnd, VenueEffect


class Connected(Protocol):
    """One socket."""

    conn: int

    def read(self) -> Iterable[Any]:
        """Its topics."""
        ...

    @property
    def end_ms(self) -> int | None:
        """When it is ended where nothing comes in between, None if never."""
        ...


Connection = TypeVar("Connection", bound=Connected)


class TopicSockets(Generic[Topic, Connection]):
    """All sockets.

    `started` and `stopped` are told when a topic gets its first and loses its last reader, `joining` before each
    further one; `greetings` are what a new reader gets at once.
    """

    OVERDUE = (1000, "nothing happened for too long")
    """The close code and the words for a socket whose time is over."""

    def __init__(self) -> None:
        self._connections: dict[int, Connection] = {}
        self._readers: Readers[Topic, Connection] = Readers(self._start, self._stop)
        self.started: Callable[[Topic, int], None] = lambda _topic, _now_ms: None
        self.stopped: Callable[[Topic], None] = lambda _topic: None
        self.joining: Callable[[Topic, int, list[VenueEffect]], None] = lambda _topic, _now_ms, _out: None
        self.greetings: Callable[[Topic, int], Sequence[dict[str, object]]] = lambda _topic, _now_ms: ()

    def _start(self, topic: Topic, now_ms: int) -> None:
        self.started(topic, now_ms)

    def _stop(self, topic: Topic) -> None:
        self.stopped(topic)

    def has(self, topic: Topic) -> bool:
        """Whether anybody reads it."""
        return topic in self._readers

    def close(self, conn: int) -> None:
        connection = self._connections.pop(conn, None)
        if connection is not None:
            for topic in connection.read():
                self._readers.remove(topic, conn)

    def next_end_ms(self) -> int | None:
        """When the first socket is due to be ended."""
        ends = (each.end_ms for each in self._connections.values())
        return min((each for each in ends if each is not None), default=None)

    def end_due(self, now_ms: int, out: list[VenueEffect]) -> None:
        for connection in list(self._connections.values()):
            if connection.end_ms is not None and connection.end_ms <= now_ms:
                self.close(connection.conn)
                out.append(SocketEnd(connection.conn, *self.OVERDUE))
