"""A venue of the tests' own, both sides of it: `FakeVenue` is its language, `FakeExchange` the venue itself.

Its language is our values as JSON. A request is `{"params", "key", "time_ms"}` at its path; a reply is `{"ok": value}`
or `{"error": type, "message": text, "retry_after": seconds}`. Sockets carry tagged structs.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct, structs

from sansio_exchange import errors
from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.clock import Now
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
    PlaceOrder,
    PlaceOrders,
    Topic,
)
from sansio_exchange.errors import ExchangeError, OrderNotFound
from sansio_exchange.machine import HttpReply, SendHttp, Tick, Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange, SymbolRules
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, OrderUpdate
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketClosed,
    SocketEnd,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueEffect,
    VenueInput,
)
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
        self._login = login
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

    def renew(self, role: str) -> Recipe[None]:
        yield Request("PUT", "/listen_key", access=Access.KEY, costs={"weight": 1})

    def login_frame(self, role: str, credentials: Credentials, venue_ms: int) -> str:
        return _encode(Hello(credentials.key)).decode() if self._login and role != "public" else ""

    def private_frames(self, frame_id: str) -> Sequence[str]:
        return (_encode(Ask(frame_id, True, ())).decode(),) if self._login else ()

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


# --- the other side of the wire -----------------------------------------------------------------------------------


class FakeExchange:
    """One account, orders that fill when the test says so. Every change is said on all private sockets."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.orders: dict[int, Order] = {}
        self.fills: list[Fill] = []
        self.listed_fills = True
        """Whether the list of fills is up to date; False lists none."""
        self.position = Decimal(0)
        self.keys = {"demo"}
        self.headers: dict[str, str] = {}
        self.acknowledges = True
        self.refused: set[str] = set()
        """Symbols whose topics are refused."""
        self.topics: dict[int, set[Topic]] = {}
        self.private: list[int] = []
        self._out: list[VenueEffect] = []
        self._roles: dict[int, str] = {}
        self._heartbeat_at: float | None = None
        self.beats = True
        self.halves: set[str] | None = None
        """Tell fills apart from states, and of these two kinds only those named here."""

    # --- what a test does -----------------------------------------------------------------------------------------

    def fill(self, order_id: int, quantity: str | Decimal, price: str = "100") -> OrderUpdate:
        order = self.orders[order_id]
        fill = Fill(
            trade_id=str(len(self.fills) + 1),
            order_id=order_id,
            symbol=order.symbol,
            side=order.side,
            price=Decimal(price),
            quantity=Decimal(quantity),
            fee=Decimal("0.01"),
            fee_asset="USDT",
            realized_pnl=Decimal(0),
            time_ms=self.now_ms,
        )
        self.fills.append(fill)
        executed = order.executed_qty + fill.quantity
        spent = order.avg_price * order.executed_qty + fill.price * fill.quantity
        status = OrderStatus.FILLED if executed == order.quantity else OrderStatus.PARTIALLY_FILLED
        self.position += fill.quantity if order.side == 1 else -fill.quantity
        return self._change(
            structs.replace(order, executed_qty=executed, avg_price=spent / executed, status=status), fill
        )

    def end(self, order_id: int, status: OrderStatus = OrderStatus.CANCELED) -> OrderUpdate:
        return self._change(structs.replace(self.orders[order_id], status=status))

    def accept(self, order: NewOrder) -> Order:
        """Also what another program of the same account does."""
        if any(each.client_order_id == order.client_order_id for each in self._working()):
            raise errors.DuplicateClientOrderId("duplicate")
        if order.quantity > 500:
            raise errors.InsufficientFunds("margin")
        accepted = Order(
            order_id=len(self.orders) + 1,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            type=order.type,
            quantity=order.quantity,
            status=OrderStatus.NEW,
            price=order.price or Decimal(0),
            time_in_force=order.time_in_force,
            created_ms=self.now_ms,
        )
        self._change(accepted)
        if order.type is OrderType.MARKET:
            self.fill(accepted.order_id, order.quantity)
        return self.orders[accepted.order_id]

    def say(self, role: str, what: Any) -> None:
        """On every open socket of the role."""
        data = what if isinstance(what, bytes) else _encode(what)
        self._out += [SocketSend(conn, data) for conn, its in self._roles.items() if its == role]

    def hang_up(self, role: str) -> None:
        for conn in [conn for conn, its in self._roles.items() if its == role]:
            self._out.append(SocketEnd(conn, 1001, "going away"))
            self._forget(conn)

    # --- the machine ----------------------------------------------------------------------------------------------

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        self.now_ms = now.wall_ms
        match item:
            case HttpRequest():
                self._out.append(HttpResponse(item.request_id, 200, self.headers, self._reply(item.path, item.body)))
            case SocketOpened(conn, path):
                self._roles[conn] = role = path.split("/")[1]
                self.topics[conn] = set()
                if role == "private":
                    self.private.append(conn)
            case SocketClosed(conn):
                self._forget(conn)
            case SocketMessage(conn, data):
                self._hear(conn, data)
            case Tick():
                self._beat(now.mono)
        if self._heartbeat_at is None and any(self.topics.values()):
            self._heartbeat_at = now.mono
        return self.drain()

    def drain(self) -> list[VenueEffect]:
        out, self._out = self._out, []
        return out

    def deadline(self) -> float | None:
        return self._heartbeat_at

    def _beat(self, mono: float) -> None:
        if self._heartbeat_at is None or mono < self._heartbeat_at:
            return
        self._heartbeat_at = mono + 1.0
        for conn, topics in self.topics.items():
            for topic in sorted(topics, key=lambda topic: topic.symbol):
                if self.beats and topic.kind == "funding":
                    funding = FundingRate(topic.symbol, Decimal("0.0001"), self.now_ms)
                    self._out.append(SocketSend(conn, _encode(funding)))

    def _forget(self, conn: int) -> None:
        self._roles.pop(conn, None)
        self.topics.pop(conn, None)
        if conn in self.private:
            self.private.remove(conn)

    def _hear(self, conn: int, data: bytes) -> None:
        if conn not in self._roles:
            return
        if data == b"ping":
            self._out.append(SocketSend(conn, b"pong"))
            return
        said = msgspec.json.decode(data, type=Hello | Ask | Call)
        match said:
            case Hello(key):
                self._out.append(SocketSend(conn, _encode(Welcome("" if key in self.keys else "no such key"))))
            case Ask(frame_id, subscribe, topics):
                refused = [topic.symbol for topic in topics if topic.symbol in self.refused]
                if not refused:
                    self.topics[conn] = (
                        self.topics[conn] | set(topics) if subscribe else self.topics[conn] - set(topics)
                    )
                if self.acknowledges:
                    self._out.append(SocketSend(conn, _encode(Answered(frame_id, ",".join(refused)))))
            case Call():
                body = msgspec.json.encode({"params": said.params, "key": said.key, "time_ms": said.time_ms})
                reply = Replied(said.frame_id, msgspec.Raw(self._reply(said.path, body)))
                self._out.append(SocketSend(conn, _encode(reply)))

    def _reply(self, path: str, body: bytes) -> bytes:
        try:
            asked = msgspec.json.decode(body)
            if path not in ("/time", "/symbols"):
                self._check(asked["key"], asked["time_ms"])
            return _encode(Body(ok=msgspec.Raw(_encode(self._answer(path, asked["params"])))))
        except ExchangeError as error:
            return _encode(_refusal(error))

    def _check(self, key: str, time_ms: int) -> None:
        if key not in self.keys:
            raise errors.AuthenticationFailed("no such key")
        if not -5000 <= time_ms - self.now_ms <= 1000:
            raise errors.ClockSkew(f"{time_ms - self.now_ms} ms off")

    def _answer(self, path: str, params: dict[str, Any]) -> Any:
        match path:
            case "/time":
                return self.now_ms
            case "/symbols":
                return RULES
            case "/listen_key":
                return "key"
            case "/price":
                return Decimal(100)
            case "/account":
                return self.account()
            case "/open_orders":
                return self._working()
            case "/order":
                return self._find(params)
            case "/fills":
                return self._list_fills(params)
            case "/place":
                return self.accept(msgspec.convert(params["order"], NewOrder, strict=False))
            case "/place_many":
                return [self._row(each) for each in params["orders"]]
            case "/cancel":
                return self._cancel(params)
            case "/cancel_many":
                return [self._cancel_row(params["symbol"], order_id) for order_id in params["order_ids"]]
            case "/cancel_all":
                for order in self._working():
                    self.end(order.order_id)
        return None

    def account(self) -> Account:
        positions = (Position("BTCUSDT", self.position, Decimal(100)),) if self.position else ()
        free = Decimal(1000)
        return Account(free, free, free, balances=(Balance("USDT", free, free),), positions=positions)

    def _row(self, order: Any) -> Body:
        try:
            return Body(ok=msgspec.Raw(_encode(self.accept(msgspec.convert(order, NewOrder, strict=False)))))
        except ExchangeError as error:
            return _refusal(error)

    def _cancel_row(self, symbol: str, order_id: int) -> Body:
        try:
            self._cancel({"symbol": symbol, "order_id": order_id, "client_order_id": ""})
        except ExchangeError as error:
            return _refusal(error)
        return Body(ok=msgspec.Raw(b"null"))

    def _cancel(self, params: dict[str, Any]) -> None:
        order = self._find(params)
        if order.status.is_final:
            raise OrderNotFound("not working")
        self.end(order.order_id)

    def _find(self, params: dict[str, Any]) -> Order:
        for order in reversed(self.orders.values()):
            if params["order_id"] == order.order_id or (
                not params["order_id"] and params["client_order_id"] == order.client_order_id
            ):
                return order
        raise OrderNotFound("no such order")

    def _list_fills(self, params: dict[str, Any]) -> list[Fill]:
        return [
            fill
            for fill in self.fills
            if self.listed_fills
            and fill.symbol == params["symbol"]
            and fill.time_ms >= params["since_ms"]
            and params["order_id"] in (0, fill.order_id)
        ]

    def _working(self) -> list[Order]:
        return [order for order in self.orders.values() if not order.status.is_final]

    def _change(self, order: Order, fill: Fill | None = None) -> OrderUpdate:
        self.orders[order.order_id] = order = structs.replace(order, update_ms=self.now_ms)
        update = OrderUpdate(order, fill)
        if self.halves is None:
            self.say("private", update)
            return update
        if "states" in self.halves:
            self.say("private", OrderState(order))
        if fill is not None and "fills" in self.halves:
            self.say("private", LoneFill(fill))
        return update


def _refusal(error: ExchangeError) -> Body:
    return Body(error=type(error).__name__, message=error.message, retry_after=error.retry_after)
