"""Who reads which topic, and when a topic gets its first reader and loses its last."""

from collections.abc import Callable, Collection, Hashable
from typing import Generic, TypeVar

Topic = TypeVar("Topic", bound=Hashable)
Reader = TypeVar("Reader")


class Readers(Generic[Topic, Reader]):
    """Readers are kept by the number of their socket. `started` and `stopped` are told of the first and the last."""

    def __init__(self, started: Callable[[Topic, int], None], stopped: Callable[[Topic], None]) -> None:
        self._started = started
        self._stopped = stopped
        self._readers: dict[Topic, dict[int, Reader]] = {}

    def __contains__(self, topic: Topic) -> bool:
        """Whether anybody reads it."""
        return topic in self._readers

    def of(self, topic: Topic) -> Collection[Reader]:
        found = self._readers.get(topic)
        return found.values() if found else ()

    def add(self, topic: Topic, conn: int, reader: Reader, now_ms: int) -> None:
        readers = self._readers.get(topic)
        if readers is None:
            readers = self._readers[topic] = {}
            self._started(topic, now_ms)
        readers[conn] = reader

    def remove(self, topic: Topic, conn: int) -> None:
        readers = self._readers.get(topic)
        if readers is None or readers.pop(conn, None) is None:
            return
        if not readers:
            del self._readers[topic]
            self._stopped(topic)
