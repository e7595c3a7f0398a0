"""A TCP connection in memory: two transports, each of which delivers what the other writes a little later, in order."""

from asyncio import AbstractEventLoop, Protocol, Transport
from collections import deque
from collections.abc import Callable
from typing import Any

LATENCY = 0.001
FULL = 64 * 1024
"""Bytes on their way at which a writer is told to pause: what the kernels at both ends hold."""


class End(Transport):
    """One end. `address` is the peer's."""

    def __init__(self, loop: AbstractEventLoop, protocol: Protocol, address: tuple[str, int]) -> None:
        super().__init__({"peername": address})
        self.on_its_way = 0
        """Bytes written here that the peer has not got."""
        self.peer: End
        self.is_deaf = False
        self._loop = loop
        self._protocol = protocol
        self._address = address
        self._arriving: deque[Callable[[], None]] = deque()
        self._is_closing = False
        self._is_lost = False
        self._is_paused = False

    def write(self, data: Any) -> None:
        if self._is_closing or not data:
            return
        written = bytes(data)
        self.on_its_way += len(written)
        if self.on_its_way > FULL and not self._is_paused:
            self._is_paused = True
            self._protocol.pause_writing()
        self.peer.bring(lambda: self.peer.receive(written))

    def bring(self, arrive: Callable[[], None]) -> None:
        """Have something arrive here after what is on its way."""
        self._arriving.append(arrive)
        self._loop.call_later(LATENCY, self._next)

    def receive(self, data: bytes) -> None:
        self.peer.arrived(len(data))
        if not self._is_closing:
            self._protocol.data_received(data)

    def arrived(self, size: int) -> None:
        """The peer has got so much."""
        self.on_its_way -= size
        if self._is_paused and self.on_its_way <= FULL // 4:
            self._is_paused = False
            if not self._is_lost:
                self._protocol.resume_writing()

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._loop.call_soon(self.lose)
            self.peer.bring(self.peer.lose)

    def abort(self) -> None:
        self.close()

    def lose(self) -> None:
        """The connection is over."""
        self._is_closing = True
        if not self._is_lost:
            self._is_lost = True
            self._protocol.connection_lost(None)

    def vanish(self) -> None:
        """This end is gone without a word: nothing reaches it any more, nothing comes from it."""
        self.is_deaf = self._is_closing = True

    def _next(self) -> None:
        arrive = self._arriving.popleft()
        if not self.is_deaf:
            arrive()


def connect(loop: AbstractEventLoop, client: Protocol, server: Protocol, number: int) -> tuple[End, End]:
    """A connection between the two, its ends client's first."""
    address = (f"10.0.{number // 250}.{number % 250 + 1}", 40_000)
    ends = End(loop, client, ("10.0.0.0", 50_051)), End(loop, server, address)
    ends[0].peer, ends[1].peer = ends[1], ends[0]
    server.connection_made(ends[1])
    client.connection_made(ends[0])
    return ends
