"""What can go wrong between a client and a venue: one small object for each, put into a World.

Everything that goes from one side to the other is shown to every fault as a Crossing before it leaves, and a fault
changes what becomes of it. A fault that strikes by the clock schedules itself in `begin`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.wire import HttpRequest

if TYPE_CHECKING:
    from sansio_exchange.simulation.world import World

Way = Literal["request", "response", "open", "out", "in"]
"""An HTTP request, its response, a WebSocket handshake, a message to the venue, a message from it."""
WAYS: tuple[Way, ...] = ("request", "response", "open", "out", "in")


class Answer(Struct, frozen=True):
    """What somebody between the two answers to an HTTP request or handshake: a gateway's page, a refusal. Header names
    as sent."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""


LONGEST_PING = 60
"""Bytes: any venue's."""


class Crossing(Struct):
    """One thing on its way, and what is to become of it.

    `target` is the path of an HTTP request or response, and the role of a WebSocket ("private"), whose name `conn`
    is. `is_answer` is a message from the venue that answers one of that connection, `size` the bytes of one to the
    venue. `at` is when it leaves, in the world's seconds.

    Faults change the rest: `delay` in seconds is added up; `copies` of a WebSocket message arrive (0: it is lost in
    silence; a lost request or response is noticed when the client's timeout is over); `arrives` is the share of a
    message or of a response's body that does, its beginning; `cut` breaks the connection instead (for HTTP: the
    request left, and nobody knows); `refused` is a request or handshake that certainly never left. With `answer` a
    request or handshake gets that and never reaches the venue; a response is replaced by it.
    """

    way: Way
    target: str
    at: float
    conn: str = ""
    is_answer: bool = False
    size: int = 0
    delay: float = 0.0
    copies: int = 1
    arrives: float = 1.0
    cut: bool = False
    refused: bool = False
    answer: Answer | None = None


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


class Uneven(Fault):
    """Each connection has a delay of its own, up to `most` seconds: what is said on one is heard before another's."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._delays: dict[str, float] = {}

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        if crossing.conn:
            delay = self._delays.get(crossing.conn)
            if delay is None:
                delay = self._delays[crossing.conn] = self._most * prng.uniform()
            crossing.delay += delay


class OldAge(Fault):
    """The venue ends every connection that has reached `age` seconds."""

    def __init__(self, age: float) -> None:
        self._age = age
        self._end: Callable[[str, float], None] | None = None

    def begin(self, world: "World") -> None:
        def end(conn: str, at: float) -> None:
            world.at(at, lambda: world.end(conn, "1001 its time is over"))

        self._end = end

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        if crossing.way == "open" and self._end is not None:
            self._end(crossing.conn, crossing.at + self._age)


class Asleep(Fault):
    """At `at` seconds the client's computer sleeps for `seconds`; its monotonic clock counts them or does not."""

    def __init__(self, at: float, seconds: float, *, is_counted: bool) -> None:
        self._at = at
        self._seconds = seconds
        self._is_counted = is_counted

    def begin(self, world: "World") -> None:
        world.at(self._at, lambda: world.sleep(self._seconds, is_counted=self._is_counted))


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


class Spell(Fault):
    """From `start` on, for `seconds`, strikes one in `1 / share` of what crosses on `ways` to or from `target`.

    `target` is a role, the path of an HTTP request, or "" for all. A fault of this kind overrides `strike`.
    """

    def __init__(
        self, start: float, seconds: float, *, ways: tuple[Way, ...] = WAYS, target: str = "", share: float = 1.0
    ) -> None:
        self.start = start
        self.end = start + seconds
        self._ways = ways
        self._target = target
        self._share = share

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        if (
            self.start <= crossing.at < self.end
            and crossing.way in self._ways
            and self._target in ("", crossing.target)
            and (self._share >= 1.0 or prng.uniform() < self._share)
        ):
            self.strike(crossing, prng)

    def strike(self, crossing: Crossing, prng: Prng) -> None:
        """Change what becomes of `crossing`."""


class Cut(Spell):
    """The connection breaks, and what was just on its way is lost. On "response" and "in" the venue has acted."""

    def strike(self, crossing: Crossing, prng: Prng) -> None:
        crossing.cut = True


class BlackHole(Spell):
    """Nothing gets through and nobody notices: no answer, no error. At the end what stands there is broken."""

    def begin(self, world: "World") -> None:
        world.at(self.end, lambda: world.disconnect(self._target))

    def strike(self, crossing: Crossing, prng: Prng) -> None:
        crossing.copies = 0


class Lasting(Spell):
    """What of a connection is struck once during the spell is struck until that connection's end: it is lost in
    silence. That is everything, unless a fault of this kind overrides `is_struck`."""

    def __init__(self, start: float, seconds: float, *, target: str = "") -> None:
        super().__init__(start, seconds, target=target)
        self._struck: set[str] = set()

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        if crossing.way == "open":  # the client's next process begins its names anew
            self._struck.discard(crossing.conn)
        elif self.is_struck(crossing):
            super().cross(crossing, prng)
            if crossing.conn in self._struck:
                crossing.copies = 0

    def strike(self, crossing: Crossing, prng: Prng) -> None:
        self._struck.add(crossing.conn)

    def is_struck(self, crossing: Crossing) -> bool:
        """Whether this is among what it strikes."""
        return True


class Mute(Lasting):
    """The venue answers what it is asked on a connection, pings above all, and says nothing else there."""

    def is_struck(self, crossing: Crossing) -> bool:
        return crossing.way == "in" and not crossing.is_answer


class Narrow(Lasting):
    """Pings get through to the venue, and nothing longer: the path takes only small packets, and does not say so."""

    def is_struck(self, crossing: Crossing) -> bool:
        return crossing.way == "out" and crossing.size > LONGEST_PING


class Stall(Spell):
    """The network holds everything back and delivers it all when the spell is over."""

    def strike(self, crossing: Crossing, prng: Prng) -> None:
        crossing.delay += self.end - crossing.at


class Straggle(Spell):
    """It comes up to `late` seconds later. HTTP requests are overtaken meanwhile, messages of a socket wait in line."""

    def __init__(self, start: float, seconds: float, late: float, **strikes: Any) -> None:
        super().__init__(start, seconds, **strikes)
        self._late = late

    def strike(self, crossing: Crossing, prng: Prng) -> None:
        crossing.delay += prng.uniform() * self._late


class Duplicate(Spell):
    """The venue says it twice."""

    def strike(self, crossing: Crossing, prng: Prng) -> None:
        if crossing.way == "in":
            crossing.copies *= 2


class Truncate(Spell):
    """Only the beginning arrives, and it looks whole."""

    def strike(self, crossing: Crossing, prng: Prng) -> None:
        if crossing.way in ("in", "response"):
            crossing.arrives = prng.uniform()


class Gateway(Spell):
    """Something between the two answers. The venue never hears of it, or on "response" has acted."""

    def __init__(self, start: float, seconds: float, answer: Answer, **strikes: Any) -> None:
        super().__init__(start, seconds, **strikes)
        self._answer = answer

    def strike(self, crossing: Crossing, prng: Prng) -> None:
        crossing.answer = self._answer


class ClientClock(Fault):
    """At `at` seconds somebody sets the client's wall clock to `ahead_ms` before the venue's; negative is behind."""

    def __init__(self, at: float, ahead_ms: int) -> None:
        self._at = at
        self._ahead_ms = ahead_ms

    def begin(self, world: "World") -> None:
        world.at(self._at, self._set(world))

    def _set(self, world: "World") -> Callable[[], None]:
        def now() -> None:
            world.client_clock_ms = self._ahead_ms

        return now


class Stranger(Fault):
    """At `at` seconds somebody else does something at the venue, with our key or another; the answer is theirs.

    With DELETE /fapi/v1/listenKey, for example, our private session is over.
    """

    def __init__(self, at: float, request: HttpRequest) -> None:
        self._at = at
        self._request = request

    def begin(self, world: "World") -> None:
        world.at(self._at, lambda: world.interject(self._request))
