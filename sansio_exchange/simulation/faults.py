"""What can go wrong between a client and a venue: one small object for each, put into a World.

Everything that goes from one side to the other is shown to every fault as a Crossing before it leaves, and a fault
changes what becomes of it. A fault that strikes by the clock schedules itself in `begin`.
"""

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from sansio_exchange.simulation.prng import Prng

if TYPE_CHECKING:
    from sansio_exchange.simulation.world import World

Way = Literal["request", "response", "open", "out", "in"]
"""An HTTP request, its response, a WebSocket handshake, a message to the venue, a message from it."""


class Crossing(Struct):
    """One thing on its way, and what is to become of it.

    `target` is the path of an HTTP request or response, and the role of a WebSocket ("private"). `at` is when it
    leaves, in the world's seconds. Faults change the rest: `delay` in seconds is added up; `copies` of a WebSocket
    message arrive (0: it is lost in silence; a lost request or response is noticed when the client's timeout is over);
    `cut` breaks the connection instead (for HTTP: the request left, and nobody knows); `refused` is a request or
    handshake that certainly never left.
    """

    way: Way
    target: str
    at: float
    delay: float = 0.0
    copies: int = 1
    cut: bool = False
    refused: bool = False


class Fault:
    """Does nothing. A fault overrides one method or both."""

    def begin(self, world: "World") -> None:
        """Called once, when the world begins: `world.at(...)` schedules what strikes by the clock."""

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        """Called for everything that crosses, in the order of the faults; it may change `crossing`."""


class Latency(Fault):
    """Time on the way, in seconds each way, plus up to `jitter`.

    Messages of one connection never overtake each other; those of two connections, and HTTP requests, do.
    """

    def __init__(self, out: float = 0.001, back: float = 0.001, jitter: float = 0.0) -> None:
        self._out = out
        self._back = back
        self._jitter = jitter

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        crossing.delay += self._back if crossing.way in ("response", "in") else self._out
        if self._jitter:
            crossing.delay += prng.uniform() * self._jitter


class Disconnect(Fault):
    """At `at` seconds every connection of `role` breaks; without a role, every connection."""

    def __init__(self, at: float, role: str = "") -> None:
        self._at = at
        self._role = role

    def begin(self, world: "World") -> None:
        world.at(self._at, lambda: world.disconnect(self._role))


class Refuse(Fault):
    """From `start` on, for `seconds`, nothing new can be connected: handshakes and HTTP requests never leave.

    Open connections stay open; put a Disconnect beside it for a venue that is gone.
    """

    def __init__(self, start: float, seconds: float) -> None:
        self._start = start
        self._end = start + seconds

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        if crossing.way in ("request", "open") and self._start <= crossing.at < self._end:
            crossing.refused = True


class LoseReply(Fault):
    """The venue does what was asked, and its answer is lost: the connection breaks first.

    `target` is the path of an HTTP request, or the role of the WebSocket ("trade") whose next message is the answer.
    It strikes `times` times, from `start` seconds on.
    """

    def __init__(self, target: str, *, start: float = 0.0, times: int = 1) -> None:
        self._target = target
        self._start = start
        self._left = times

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        due = self._left > 0 and crossing.at >= self._start
        if due and crossing.way in ("response", "in") and crossing.target == self._target:
            self._left -= 1
            crossing.cut = True
