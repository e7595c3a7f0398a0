"""The life of one of the venue's sockets, as a table.

A connection is wanted or not; while it is wanted it is prepared (some venues sell the address first), opened, logged
in where the venue asks for that, subscribed, and live until something ends it; then it waits and begins anew. Each
attempt has a name of its own (`private#7`): what still comes from an earlier one belongs to nobody.

The ugly part: a venue may end a socket in any state and in any way, and so may we (no data, login refused). All of that
is LOST; the next attempt does not care why.

One that will end (it grows old, or the venue says so) gets a successor, which lives by the same table beside it and
takes over as soon as it is live.
"""

from enum import Enum
from math import inf

from sansio_exchange.market import PriceChange
from sansio_exchange.session.backoff import Backoff
from sansio_exchange.session.overlap import Overlap
from sansio_exchange.session.subscriptions import Subscriptions
from sansio_exchange.venue import Socket

STEP_TIMEOUT = 15.0
"""Seconds that each step before LIVE may take: longer than any handshake seen, shorter than a trader's patience."""
HEALTHY_AFTER = 20.0
"""Seconds of being live after which the next loss is taken for the first: its wait is the shortest again."""
HURRIES_AFTER = 0.5
"""Seconds until the next attempt where another socket of the session has come to life."""
RENEW_AGAIN_AFTER = 60.0
"""Seconds after which a renewal that got no answer is tried again: a listen key lives for twice Socket.renew_every."""


class State(Enum):
    IDLE = "idle"
    PREPARING = "preparing"
    OPENING = "opening"
    LOGGING_IN = "logging in"
    SUBSCRIBING = "subscribing"
    LIVE = "live"
    WAITING = "waiting"


class Duty(Enum):
    """Which of a role's connections this is."""

    PRESENT = "present"
    SUCCESSOR = "successor"
    """Comes to life beside the present one; what it says of the market is held, of orders it does not count yet."""
    OUTGOING = "outgoing"
    """Has been succeeded; what was on its way on it still counts, of the market what is newer than what was told."""


class Trigger(Enum):
    WANTED = "wanted"
    ADDRESS_KNOWN = "address known"
    OPENED = "opened"
    LOGIN_NEEDED = "login needed"
    LOGGED_IN = "logged in"
    SUBSCRIBED = "subscribed"
    LOST = "lost"
    WAIT_OVER = "wait over"
    UNWANTED = "unwanted"


TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.IDLE, Trigger.WANTED): State.PREPARING,
    (State.PREPARING, Trigger.ADDRESS_KNOWN): State.OPENING,
    (State.PREPARING, Trigger.LOST): State.WAITING,
    (State.OPENING, Trigger.LOGIN_NEEDED): State.LOGGING_IN,
    (State.OPENING, Trigger.OPENED): State.SUBSCRIBING,
    (State.OPENING, Trigger.LOST): State.WAITING,
    (State.LOGGING_IN, Trigger.LOGGED_IN): State.SUBSCRIBING,
    (State.LOGGING_IN, Trigger.LOST): State.WAITING,
    (State.SUBSCRIBING, Trigger.SUBSCRIBED): State.LIVE,
    (State.SUBSCRIBING, Trigger.LOST): State.WAITING,
    (State.LIVE, Trigger.LOST): State.WAITING,
    (State.WAITING, Trigger.WAIT_OVER): State.PREPARING,
    (State.WAITING, Trigger.UNWANTED): State.IDLE,
}
"""(state, trigger) -> next state. What is not here is our own mistake and raises."""


class Connection:
    """One role's socket over all its attempts. `subscriptions` are those of a socket that carries topics."""

    def __init__(self, socket: Socket, seed: int, subscriptions: Subscriptions | None = None) -> None:
        self.socket = socket
        self.subscriptions = subscriptions
        self.duty = Duty.PRESENT
        self.overlap: Overlap | None = None
        """While another of the role carries the same market data."""
        self.prices: dict[str, PriceChange] = {}
        """The newest one that was told of each symbol."""
        self.role = socket.role
        self.state = State.IDLE
        self.attempt = 0
        self.name = ""
        self.heard_at = 0.0
        self.has_heartbeat = False
        """Whether the session's heartbeat goes over it, for as long as it is open."""
        self.awaited_frame = ""
        """The frame id whose acknowledgements end SUBSCRIBING, "" for none."""
        self.awaited_answers = 0
        """How many of them are missing."""
        self._seed = seed
        self._backoff = Backoff(socket.role, seed)
        self._since = 0.0
        self._wait_until = 0.0
        self._ping_at = 0.0
        self._renew_at = 0.0
        self._succeed_at = inf

    def successor(self) -> "Connection":
        """Another connection of this role, of which nothing has been wanted yet; this one will not ask for a second."""
        self._succeed_at = inf
        subscriptions = None if self.subscriptions is None else self.subscriptions.anew()
        other = Connection(self.socket, self._seed, subscriptions)
        other.duty, other.attempt, other.has_heartbeat = Duty.SUCCESSOR, self.attempt, self.has_heartbeat
        if subscriptions is not None:
            other.prices = self.prices
            self.overlap = other.overlap = self.overlap or Overlap(self.prices)
        return other

    @property
    def carries_heartbeat(self) -> bool:
        """Whether a topic on it never rests: then data alone is a sign of life, no pong and no answer."""
        return self.has_heartbeat or (self.subscriptions is not None and self.subscriptions.is_accompanied)

    @property
    def is_live(self) -> bool:
        return self.state is State.LIVE

    @property
    def has_socket(self) -> bool:
        """Whether the driver has been told to open one that nobody has seen the end of."""
        return self.state in (State.OPENING, State.LOGGING_IN, State.SUBSCRIBING, State.LIVE)

    def fire(self, trigger: Trigger, mono: float) -> State:
        """Go on by the table; raises KeyError for what cannot happen in this state."""
        after = TRANSITIONS[self.state, trigger]
        if self.state is State.LIVE and mono - self._since >= HEALTHY_AFTER:
            self._backoff.succeeded()
        self.state, self._since, self.heard_at = after, mono, mono
        if after is State.PREPARING:
            self.attempt += 1
            self.name = f"{self.role}#{self.attempt}"
            self.awaited_frame = ""
        elif after is State.WAITING:
            self._wait_until = mono + self._backoff.failed()
        elif after is State.LIVE:
            self._ping_at = mono + self.socket.ping_every
            self._renew_at = mono + self.socket.renew_every
            self._succeed_at = mono + self.socket.max_age if self.socket.max_age else inf
        return after

    def deadline(self) -> float | None:
        """The earliest of the named times below, in Now.mono seconds."""
        if self.state is State.IDLE:
            return None
        if self.state is State.WAITING:
            return self._wait_until
        if self.state is not State.LIVE:
            return self._since + STEP_TIMEOUT
        return min(
            (
                at
                for at, applies in (
                    (self.heard_at + self.socket.stale_after, self.socket.stale_after),
                    (self._ping_at, self.socket.ping_every),
                    (self._renew_at, self.socket.renew_every),
                    (self._succeed_at, self._succeed_at < inf),
                )
                if applies
            ),
            default=None,
        )

    def wait_is_over(self, mono: float) -> bool:
        return self.state is State.WAITING and mono >= self._wait_until

    def hurry(self, mono: float) -> None:
        """The venue is there again, as another socket has shown: no need to wait for as long as was planned."""
        self._wait_until = min(self._wait_until, mono + HURRIES_AFTER)

    def overdue(self, mono: float) -> str:
        """Why the socket must be given up now, or "" while it need not."""
        if self.state in (State.IDLE, State.WAITING):
            return ""
        if self.state is not State.LIVE:
            return f"{self.state.value} took over {STEP_TIMEOUT:g} s" if mono >= self._since + STEP_TIMEOUT else ""
        stale_after = self.socket.stale_after
        if stale_after and mono >= self.heard_at + stale_after:
            return f"nothing heard for {stale_after:g} s"
        return ""

    def needs_successor(self, mono: float) -> bool:
        """Whether it is so old that the venue will end it soon."""
        return self.state is State.LIVE and mono >= self._succeed_at

    def ping_is_due(self, mono: float) -> bool:
        """Whether to send a ping now; counts as sent."""
        if self.state is not State.LIVE or not self.socket.ping_every or mono < self._ping_at:
            return False
        self._ping_at = mono + self.socket.ping_every
        return True

    def renewal_is_due(self, mono: float) -> bool:
        """Whether to renew the session now; counts as begun."""
        if self.state is not State.LIVE or not self.socket.renew_every or mono < self._renew_at:
            return False
        self._renew_at = mono + self.socket.renew_every
        return True

    def renew_again(self, mono: float) -> None:
        """The renewal got no answer."""
        self._renew_at = min(self._renew_at, mono + RENEW_AGAIN_AFTER)
