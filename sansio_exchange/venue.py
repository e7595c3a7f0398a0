"""What a venue has to say about itself so that the session (sansio_exchange/session) can speak to it.

A venue folder translates, and nothing else: commands to its own requests, its bytes to our values, its codes to our
errors. Connections, timeouts, retries, rate budgets, order state and reconciliation are the session's, written once.

A command becomes a *recipe*: a generator that yields what it needs and returns the command's result.

    def get_open_interest(self, ask):
        body = yield Request("GET", "/fapi/v1/openInterest", {"symbol": ...}, costs={"weight": 1})
        return read_open_interest(body)

`yield Request` evaluates to the body of an accepted reply, or raises the ExchangeError that the reply says.
`yield (request, request, ...)` runs them side by side and evaluates to one body or ExchangeError for each; it
never raises. `yield Sleep(seconds)` waits. `yield Together(recipes)` runs whole recipes side by side.
"""

from collections.abc import Generator, Mapping, Sequence
from enum import IntEnum
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from sansio_exchange.account import Balance, Position
from sansio_exchange.commands import Action, Credentials, Topic
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import Event, HttpReply, SendHttp
from sansio_exchange.orders import Fill, Order
from sansio_exchange.symbols import SymbolTable


class Priority(IntEnum):
    """Who goes first when the rate budget is short."""

    CANCEL = 0
    PLACE = 1
    QUERY = 2


class Access(IntEnum):
    """What a request must carry."""

    PUBLIC = 0
    KEY = 1
    SIGNED = 2


class Request(Struct, frozen=True):
    """One request in the venue's own terms, not yet signed.

    `params` are the query (or the body, where the venue wants one) in sending order; `costs` names the rate budgets
    it draws on. `ws_method` is the name of the same call on the order-entry socket, "" where it has none; the reply's
    body has the same shape on both ways.
    """

    method: str
    path: str
    params: Mapping[str, Any] = {}
    access: Access = Access.PUBLIC
    costs: Mapping[str, int] = {}
    priority: Priority = Priority.QUERY
    ws_method: str = ""


class Sleep(Struct, frozen=True):
    """Wait, in seconds."""

    seconds: float


class Together(Struct, frozen=True):
    """Run these recipes side by side; evaluates to one result or ExchangeError for each."""

    recipes: tuple[Any, ...]


T = TypeVar("T")
Step = Request | tuple[Request, ...] | Sleep | Together
Recipe = Generator[Step, Any, T]


CONNECTIONS = "connections"
TRADE_MESSAGES = "trade_messages"
EVERYTHING = "everything"


class Budget(Struct, frozen=True):
    """One of the venue's limits: `limit` units in each window of `window` seconds.

    Where the venue has budgets of these names, each socket that is opened draws one unit on CONNECTIONS, and each
    request on the order-entry socket one on TRADE_MESSAGES; what finds no room there goes over REST. EVERYTHING is what
    all requests draw on: a refusal for the limit of one endpoint says nothing about it.
    """

    name: str
    limit: int
    window: float


class Endpoints(Struct, frozen=True):
    """Where a venue listens: roots without a trailing slash. `trade` is "" where orders go over REST alone.

    `is_demo`: the orders there move no money. Some venues want each request to say that it knows (OKX's header).
    """

    rest: str
    public: str
    private: str
    trade: str = ""
    is_demo: bool = False


class Socket(Struct, frozen=True):
    """How one kind of the venue's sockets behaves. All times in seconds; 0 means: does not apply.

    `stale_after`: without anything heard for so long it is dead. A socket that brings a steady flow has no
    `ping_every`, so that pongs cannot pass for data. One whose silence is normal is pinged every `ping_every`: with
    `ping_text` where the venue wants pings as messages, else by the WebSocket protocol.
    `max_age`: at that age it is succeeded by another one, because the venue ends sockets that are a little older.
    `renew_every`: how often `renew` is run (Binance's listen key).
    `headers`: what its handshake must say beside the usual (Gate: sizes as text).
    `frames_per_hour`: how many messages each connection may send to subscribe and unsubscribe.
    """

    role: str
    stale_after: float = 0
    ping_every: float = 0
    ping_text: str = ""
    max_age: float = 0
    renew_every: float = 0
    headers: Mapping[str, str] = {}
    frames_per_hour: int = 0


# --- what `decode` makes of a message, beside the events of machine.py -------------------------------------------


class LoggedIn(Struct, frozen=True, gc=False, tag=True):
    """The venue answered the login; `error` if it refused."""

    error: ExchangeError | None = None


class Acknowledged(Struct, frozen=True, gc=False, tag=True):
    """The venue answered subscribe or unsubscribe frame `frame_id`; `error` if it refused, and `stands` if it did so
    because the topic is subscribed already."""

    frame_id: str
    error: ExchangeError | None = None
    stands: bool = False


class WsReply(Struct, frozen=True, tag=True):
    """The venue answered request `frame_id` on the order-entry socket: a body, or an error.

    `used` is what the venue says has been used of its budgets, by budget name.
    """

    frame_id: str
    body: bytes = b""
    error: ExchangeError | None = None
    used: Mapping[str, int] = {}


class OrderState(Struct, frozen=True, tag=True):
    """How an order stands, told by a venue that tells the fills apart from it."""

    order: Order


class LoneFill(Struct, frozen=True, tag=True):
    """A fill, told apart from what became of its order."""

    fill: Fill


class AccountChange(Struct, frozen=True, tag=True):
    """Part of the account changed: the balances and positions named here are new, the others stand."""

    balances: tuple[Balance, ...]
    positions: tuple[Position, ...]
    reason: str
    time_ms: int


class LeverageChange(Struct, frozen=True, gc=False, tag=True):
    """The leverage of a symbol was set."""

    symbol: str
    leverage: int
    time_ms: int


class SessionExpired(Struct, frozen=True, gc=False, tag=True):
    """The venue ended the session of this socket (listen key expired, kicked out): open a new one."""

    reason: str


class ClosesSoon(Struct, frozen=True, gc=False, tag=True):
    """The venue is going to end this socket (maintenance): open another one while it still works."""

    reason: str


class Ignored(Struct, frozen=True, gc=False, tag=True):
    """Understood and of no use here; `reason` says why (another product, not subscribed)."""

    reason: str


PONG = Ignored("pong")
"""The answer to `ping_text`: what the venue had said before it was asked has arrived."""


Decoded = (
    Event
    | LoggedIn
    | Acknowledged
    | WsReply
    | OrderState
    | LoneFill
    | AccountChange
    | LeverageChange
    | SessionExpired
    | ClosesSoon
    | Ignored
)


class Venue(Protocol):
    """One venue's language. Holds no state but the symbol table that its own exchange-info recipe fills, and what it
    needs to say in one event what the venue says in two messages."""

    name: str
    symbols: SymbolTable
    is_unified_margin: bool
    """Where that is the account's choice, it is known once `check` or the account has been asked."""
    sockets: Mapping[str, Socket]
    """By role. "private" and "trade" have fixed meanings; every other role carries public topics."""
    max_batch: int
    """Orders in one native batch call."""
    order_lifetime: float
    """Seconds after which a signed order request that has not been accepted can no longer be (receive window)."""

    def recipe(self, action: Action) -> Recipe[Any]:
        """How to answer `action`. Raises InvalidRequest where a field breaks a rule of the venue.

        The session answers Start, Subscribe, Unsubscribe, ReplaceCredentials, GetSymbols and GetSymbolInfo itself. It
        has resolved symbols to their canonical form, checked orders against the symbol's rules and set every
        client_order_id before it comes here.
        """

    def check(self) -> Recipe[None]:
        """Prove that the credentials may trade and that the account is in one-way mode; raises what is wrong."""

    def server_time(self) -> Recipe[int]:
        """The venue's clock in ms since the epoch."""

    def budgets(self) -> Sequence[Budget]:
        """The limits in force: documented ones until the exchange info told the true ones."""

    def client_order_id(self, session: str, number: int) -> str:
        """A client order id in the venue's allowed form, unique for (session, number)."""

    def order_number(self, venue_id: str) -> int:
        """Our order id of what the venue calls `venue_id`; from then on requests can name the order by it. Raises
        ValueError for what is no order id."""

    def sign(self, request_id: int, request: Request, credentials: Credentials, venue_ms: int) -> SendHttp:
        """The request as it goes over HTTP; `venue_ms` is the venue's time now."""

    def read(self, reply: HttpReply) -> bytes:
        """The reply's body if the venue accepted; raises the ExchangeError that it says otherwise."""

    def used(self, reply: HttpReply) -> Mapping[str, int]:
        """What the reply's headers say has been used of the budgets, by budget name."""

    def trade_frame(self, frame_id: str, request: Request, credentials: Credentials, venue_ms: int) -> str:
        """The request as it goes over the order-entry socket."""

    def role(self, topic: Topic) -> str:
        """Which public socket carries the topic."""

    def url(self, role: str) -> Recipe[str]:
        """Where to open that socket (Binance asks for a listen key first)."""

    def begin(self, role: str, *, is_successor: bool) -> None:
        """A socket of the role is open. What an earlier one said is old by now, unless that one still lives beside a
        successor."""

    def renew(self, role: str) -> Recipe[None]:
        """Keep the private session alive; run every Socket.renew_every seconds."""

    def login_frame(self, role: str, credentials: Credentials, venue_ms: int) -> str:
        """The first frame to send, answered by LoggedIn; "" where the socket needs none."""

    def private_frames(self, frame_id: str) -> Sequence[str]:
        """What to send after login to receive orders, account and positions; each is answered by one Acknowledged."""

    def acknowledgements(self, topics: Sequence[Topic]) -> int:
        """How often the venue answers one frame with these topics, if it refuses none: once, or topic by topic."""

    def subscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str | Sequence[str]:
        """One frame, or where the venue takes one channel at a time, several under the same id."""

    def unsubscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str | Sequence[str]: ...

    def decode(self, role: str, data: bytes) -> list[Decoded]:
        """What one message says. Never raises: what cannot be read becomes Unreadable."""

    def redact(self, body: bytes) -> bytes:
        """`body` without what must not stand in a journal (listen keys)."""
