"""The language of a venue of the tests' own (the venue itself: fake_exchange.py).

Its language is our values as JSON. A request is `{"params", "key", "time_ms"}` at its path; a reply is `{"ok": value}`
or `{"error": type, "message": text, "retry_after": seconds}`. Sockets carry tagged structs.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct, structs

from sansio_exchange import errors
from sansio_exchange.account import Account, Position
from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    Credentials,
    FetchExchangeInfo,
    GetAccount,
    GetFills,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    PlaceOrder,
    PlaceOrders,
    Topic,
)
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import HttpReply, SendHttp, Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange, SymbolRules
from sansio_exchange.orders import Fill, NewOrder, Order, OrderUpdate
from sansio_exchange.symbols import SymbolTable
from sansio_exchange.venue import (
    Access,
    AccountChange,
    Acknowledged,
    Budget,
    ClosesSoon,
    Decoded,
    Ignored,
    LeverageChange,
    LoggedIn,
    LoneFill,
    OrderState,
    Priority,
    Recipe,
    Request,
    SessionExpired,
    Socket,
    WsReply,
)

START_MS = 1_767_225_600_000
RULES = tuple(
    SymbolRules(
        symbol=f"{base}USDT",
        venue_symbol=f"{base}-USDT",
        base_asset=base,
        quote_asset="USDT",
        tick_size=Decimal("0.1"),
        step_size=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        max_quantity=Decimal(1000),
        min_notional=Decimal(5),
    )
    for base in ("BTC", "ETH")
)
CREDENTIALS = Credentials("demo", "demo", "demo")


class Hello(Struct, tag=True):
    key: str
    time_ms: int


class Ask(Struct, tag=True):
    """Subscribe or unsubscribe."""

    frame_id: str
    subscribe: bool
    topics: tuple[Topic, ...]


class Call(Struct, tag=True):
    """A request on the order-entry socket."""

    frame_id: str
    path: str
    params: dict[str, Any]
    key: str
    time_ms: int


class Welcome(Struct, tag=True):
    error: str = ""


class Answered(Struct, tag=True):
    """The answer to Ask."""

    frame_id: str
    error: str = ""


class Replied(Struct, tag=True):
    """The answer to Call: the body of an HTTP reply."""

    frame_id: str
    body: msgspec.Raw


class Body(Struct, omit_defaults=True):
    """What every reply is."""

    ok: msgspec.Raw = msgspec.Raw()
    error: str = ""
    message: str = ""
    retry_after: float | None = None


Said = (
    OrderUpdate
    | AccountChange
    | LeverageChange
    | SessionExpired
    | ClosesSoon
    | FundingRate
    | PriceChange
    | BookTicker
    | Candle
    | Welcome
    | Answered
    | Replied
    | OrderState
    | LoneFill
)
_SAID = msgspec.json.Decoder(Said)
_BODY = msgspec.json.Decoder(Body)
_encode = msgspec.json.encode


class FakeVenue:
    """The language. `login` has private and trade sockets begin with a login; `max_batch` 1 has no batch call."""

    name = "fake"
    is_unified_margin = False
    order_lifetime = 5.0

    def __init__(
        self,
        *,
        login: bool = False,
        trade: bool = True,
        max_batch: int = 5,
        budgets: Sequence[Budget] = (Budget("weight", 1000, 60),),
        sockets: Mapping[str, Socket] | None = None,
    ) -> None:
        self.symbols = SymbolTable()
        self.max_batch = max_batch
        self.login = login
        self.begun: list[tuple[str, bool]] = []
        """Role and whether it is a successor, each time that a socket was open."""
        self._budgets = tuple(budgets)
        self.sockets: Mapping[str, Socket] = sockets or {
            "public": Socket("public", stale_after=10, ping_every=4, ping_text="ping"),
            "private": Socket("private", stale_after=60, ping_every=20, renew_every=1800, max_age=4000),
            **({"trade": Socket("trade")} if trade else {}),
        }

    # --- recipes ------------------------------------------------------------------------------------------------

    def recipe(self, action: Action) -> Recipe[Any]:
        match action:
            case FetchExchangeInfo():
                return self._fetch_symbols()
            case PlaceOrder(order):
                return self._ask("/place", {"order": order}, Order, Priority.PLACE, "place")
            case PlaceOrders(orders):
                return self._place_many(orders)
            case CancelOrder():
                return self._ask("/cancel", structs.asdict(action), None, Priority.CANCEL, "cancel")
            case CancelOrders():
                return self._cancel_many(action)
            case CancelAllOrders():
                return self._ask("/cancel_all", structs.asdict(action), None, Priority.CANCEL)
            case GetOrder():
                return self._ask("/order", structs.asdict(action), Order)
            case GetOpenOrders():
                return self._ask("/open_orders", structs.asdict(action), tuple[Order, ...])
            case GetFills():
                return self._ask("/fills", structs.asdict(action), tuple[Fill, ...])
            case GetAccount():
                return self._ask("/account", {}, Account)
            case GetPositions():
                return self._ask("/positions", {}, tuple[Position, ...])
            case GetHistoricalKlines():
                return self._ask("/klines", structs.asdict(action), tuple[Candle, ...])
            case GetLatestPrice():
                return self._ask("/price", {}, Decimal)
            case _:
                return self._ask(f"/{type(action).__name__}", structs.asdict(action), Any)

    def _ask(
        self, path: str, params: Mapping[str, Any], kind: Any, priority: Priority = Priority.QUERY, ws_method: str = ""
    ) -> Recipe[Any]:
        body = yield Request("POST", path, params, Access.SIGNED, {"weight": 1}, priority, ws_method)
        return msgspec.json.decode(body, type=kind)

    def _fetch_symbols(self) -> Recipe[None]:
        body = yield Request("GET", "/symbols", costs={"weight": 1})
        self.symbols.replace(msgspec.json.decode(body, type=list[SymbolRules]))

    def _place_many(self, orders: Sequence[NewOrder]) -> Recipe[tuple[Any, ...]]:
        chunks = [orders[at : at + self.max_batch] for at in range(0, len(orders), self.max_batch)]
        bodies = yield tuple(
            Request("POST", "/place_many", {"orders": chunk}, Access.SIGNED, {"weight": 1}, Priority.PLACE)
            for chunk in chunks
        )
        outcomes: list[Any] = []
        for chunk, body in zip(chunks, bodies, strict=True):
            outcomes += [body] * len(chunk) if isinstance(body, ExchangeError) else _rows(body, Order)
        return tuple(outcomes)

    def _cancel_many(self, action: CancelOrders) -> Recipe[tuple[Any, ...]]:
        body = yield Request(
            "POST", "/cancel_many", structs.asdict(action), Access.SIGNED, {"weight": 1}, Priority.CANCEL
        )
        return tuple(_rows(body, None))

    def check(self) -> Recipe[None]:
        yield from self._ask("/check", {}, None)

    def server_time(self) -> Recipe[int]:
        body = yield Request("GET", "/time", costs={"weight": 1})
        return msgspec.json.decode(body, type=int)

    def budgets(self) -> Sequence[Budget]:
        return self._budgets

    def client_order_id(self, session: str, number: int) -> str:
        return f"{session}-{number}"

    def order_number(self, venue_id: str) -> int:
        return int(venue_id)

    # --- HTTP and order entry -------------------------------------------------------------------------------------

    def sign(self, request_id: int, request: Request, credentials: Credentials, venue_ms: int) -> SendHttp:
        body = _encode({"params": request.params, "key": credentials.key, "time_ms": venue_ms})
        return SendHttp(request_id, request.method, f"http://fake{request.path}", {}, body)

    def read(self, reply: HttpReply) -> bytes:
        return _read(reply.body)

    def used(self, reply: HttpReply) -> Mapping[str, int]:
        used = reply.headers.get("used", "")
        return {"weight": int(used)} if used.isdigit() else {}

    def trade_frame(self, frame_id: str, request: Request, credentials: Credentials, venue_ms: int) -> str:
        return _encode(Call(frame_id, request.path, dict(request.params), credentials.key, venue_ms)).decode()

    # --- sockets ----------------------------------------------------------------------------------------------------

    def role(self, topic: Topic) -> str:
        return "public"

    def url(self, role: str) -> Recipe[str]:
        if role != "private":
            return f"ws://fake/{role}"
        key = yield Request("POST", "/listen_key", access=Access.KEY, costs={"weight": 1})
        return f"ws://fake/{role}/{msgspec.json.decode(key, type=str)}"

    def begin(self, role: str, *, is_successor: bool) -> None:
        self.begun.append((role, is_successor))

    def renew(self, role: str) -> Recipe[None]:
        yield Request("PUT", "/listen_key", access=Access.KEY, costs={"weight": 1})

    def login_frame(self, role: str, credentials: Credentials, venue_ms: int) -> str:
        return _encode(Hello(credentials.key, venue_ms)).decode() if self.login and role in ("private", "trade") else ""

    def private_frames(self, frame_id: str) -> Sequence[str]:
        return (_encode(Ask(frame_id, True, ())).decode(),) if self.login else ()

    def acknowledgements(self, topics: Sequence[Topic]) -> int:
        return 1

    def subscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str | Sequence[str]:
        return _encode(Ask(frame_id, True, tuple(topics))).decode()

    def unsubscribe_frame(self, frame_id: str, topics: Sequence[Topic]) -> str:
        return _encode(Ask(frame_id, False, tuple(topics))).decode()

    def decode(self, role: str, data: bytes) -> list[Decoded]:
        if data == b"pong":
            return [Ignored("pong")]
        try:
            said = _SAID.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError) as wrong:
            return [Unreadable(role, str(wrong), data[:40].decode("utf-8", "replace"))]
        match said:
            case Welcome(error):
                return [LoggedIn(errors.AuthenticationFailed(error) if error else None)]
            case Answered(frame_id, error):
                return [Acknowledged(frame_id, errors.RequestRejected(error) if error else None)]
            case Replied(frame_id, body):
                try:
                    return [WsReply(frame_id, _read(bytes(body)))]
                except ExchangeError as error:
                    return [WsReply(frame_id, error=error)]
            case _:
                return [said]

    def redact(self, body: bytes) -> bytes:
        return body


class TwoPublic(FakeVenue):
    """Candles have a public socket of their own, "business"."""

    def __init__(self, *, sockets: Mapping[str, Socket] | None = None, **how: Any) -> None:
        super().__init__(**how)
        business = Socket("business", stale_after=40, ping_every=15, ping_text="ping")
        self.sockets = {"business": business, **(sockets or self.sockets)}

    def role(self, topic: Topic) -> str:
        return "business" if topic.kind == "kline" else "public"


def _read(body: bytes) -> bytes:
    try:
        reply = _BODY.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as wrong:
        raise errors.UnexpectedReply(f"not the venue's JSON: {wrong}") from None
    if reply.error:
        raise _error(reply)
    if not bytes(reply.ok):
        raise errors.UnexpectedReply("neither a value nor an error")
    return bytes(reply.ok)


def _rows(body: bytes, kind: Any) -> list[Any]:
    rows = msgspec.json.decode(body, type=list[Body])
    return [_error(row) if row.error else msgspec.json.decode(row.ok, type=kind) for row in rows]


def _error(body: Body) -> ExchangeError:
    kind: Any = getattr(errors, body.error, errors.UnexpectedReply)
    if not issubclass(kind, errors.VenueError):
        return errors.OutcomeUnknown(body.message) if kind is errors.OutcomeUnknown else errors.UnexpectedReply("?")
    error: ExchangeError = kind(body.message, code=body.error, retry_after=body.retry_after)
    return error
