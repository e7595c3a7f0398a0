"""The core's one interface: inputs in by one door, an ordered list of effects out.

    effects = machine.handle(item, now)
    machine.deadline()  ->  when it wants the next Tick, in Now.mono seconds, or None

The driver's duties: each SendHttp earns exactly one HttpReply or HttpFailed; each OpenWs at most one WsOpened and
exactly one WsClosed; effects are carried out in order; a Tick comes at or after deadline(). The machine's: a late
input for a connection that it has given up is ignored; after a Tick at or past deadline() the next deadline is
strictly later, or None; nothing that a venue sends makes handle() raise.

A connection's name says its role and its attempt: `private#7`.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from sansio_exchange.account import Account, Position
from sansio_exchange.clock import Now
from sansio_exchange.commands import Action, Topic
from sansio_exchange.errors import ExchangeError
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import OrderUpdate

# --- inputs ---------------------------------------------------------------------------------------------------


class WsOpened(Struct, frozen=True, gc=False, tag=True):
    """The handshake of connection `conn` succeeded."""

    conn: str


class WsMessage(Struct, frozen=True, gc=False, tag=True):
    """One whole text or binary message, as bytes."""

    conn: str
    data: bytes


class WsPong(Struct, frozen=True, gc=False, tag=True):
    """The peer of `conn` answered a PingWs: something lives at the other end. It says nothing about data."""

    conn: str


class WsClosed(Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """The connection is over, whoever ended it, or it never came to be. Nothing more comes from it.

    Where the venue answered the handshake with a refusal, `status` is its HTTP status and `retry_after` the seconds
    that it says to wait; 0 where there is nothing of the kind.
    """

    conn: str
    reason: str
    status: int = 0
    retry_after: float = 0.0


class HttpReply(Struct, frozen=True, tag=True):
    """A whole response. Header names are in lower case."""

    request_id: int
    status: int
    headers: dict[str, str]
    body: bytes


class HttpFailed(Struct, frozen=True, gc=False, tag=True):
    """No response came. `maybe_sent` is False only where the request certainly never left."""

    request_id: int
    maybe_sent: bool
    reason: str


class Command(Struct, frozen=True, tag=True):
    """A user asks for `action`; the answer comes as Complete with the same id.

    `timeout` is in seconds; `client` names who asks: rate budgets are shared out by it, and journals tell it.
    """

    id: int
    action: Action
    timeout: float = 10.0
    client: str = ""


class Abandon(Struct, frozen=True, gc=False, tag=True):
    """Nobody waits for command `id` any more. What has not been sent is not sent; what has, runs its course."""

    id: int


class Tick(Struct, frozen=True, gc=False, tag=True):
    """Time has passed. Harmless at any time."""


class Stop(Struct, frozen=True, gc=False, tag=True):
    """The last input: the connector stops. Each command that waits is completed with what is known of it."""


Input = WsOpened | WsMessage | WsPong | WsClosed | HttpReply | HttpFailed | Command | Abandon | Tick | Stop

# --- events ---------------------------------------------------------------------------------------------------


class SessionState(Struct, frozen=True, gc=False, tag=True):
    """Whether the venue can be traded on now: sockets open, data flowing, orders reconciled."""

    live: bool
    reason: str


class Unreadable(Struct, frozen=True, gc=False, tag=True):
    """The venue sent something that cannot be read; it was set aside. `excerpt` is its beginning."""

    source: str
    reason: str
    excerpt: str


class ConnectionLost(Struct, frozen=True, gc=False, tag=True):
    """A socket ended and is being replaced: for logs and counters."""

    conn: str
    reason: str


class SequenceGap(Struct, frozen=True, gc=False, tag=True):
    """Messages of one topic were lost though its socket stands; it is subscribed anew. For logs and counters."""

    topic: Topic
    missing: int


Event = (
    PriceChange
    | BookTicker
    | Candle
    | FundingRate
    | OrderUpdate
    | Account
    | Position
    | SessionState
    | Unreadable
    | ConnectionLost
    | SequenceGap
)

# --- effects --------------------------------------------------------------------------------------------------


class OpenWs(Struct, frozen=True, tag=True):
    """Open a WebSocket, with these headers in its handshake."""

    conn: str
    url: str
    headers: Mapping[str, str] = {}


class SendText(Struct, frozen=True, gc=False, tag=True):
    """Send one text message."""

    conn: str
    text: str


class PingWs(Struct, frozen=True, gc=False, tag=True):
    """Send a ping of the WebSocket protocol; its answer comes as WsPong. Ignored where the connection is over."""

    conn: str


class CloseWs(Struct, frozen=True, gc=False, tag=True):
    """Close the WebSocket; its WsClosed still comes."""

    conn: str
    reason: str


class SendHttp(Struct, frozen=True, tag=True):
    """Send one HTTP request; give up after `timeout` seconds."""

    request_id: int
    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""
    timeout: float = 10.0


class Remember(Struct, frozen=True, gc=False, tag=True):
    """Keep `lines` beyond the end of this process, before any later effect is carried out: what follows relies on it.
    `anew`: they say all that those kept so far did, which need not be kept any more."""

    lines: bytes
    anew: bool = False


class Publish(Struct, frozen=True, gc=False, tag=True):
    """Something happened that subscribers want to know."""

    event: Event


class Complete(Struct, frozen=True):
    """The answer to a command: `error`, or else `result`, whose type the action's docstring names."""

    command_id: int
    result: Any = None
    error: ExchangeError | None = None


Effect = OpenWs | SendText | PingWs | CloseWs | SendHttp | Remember | Publish | Complete


class Machine(Protocol):
    """What a driver drives."""

    def handle(self, item: Input, now: Now) -> list[Effect]: ...

    def deadline(self) -> float | None: ...
