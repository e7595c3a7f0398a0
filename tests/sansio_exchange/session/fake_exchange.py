"""The venue of the tests' own, the other side of its wire (its language: fake_venue.py)."""

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import structs

from sansio_exchange import errors
from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.clock import Now
from sansio_exchange.commands import Topic
from sansio_exchange.errors import ExchangeError, OrderNotFound
from sansio_exchange.machine import Tick
from sansio_exchange.market import INTERVALS_MS, Candle, FundingRate
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, OrderUpdate, TimeInForce
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
from sansio_exchange.venue import LoneFill, OrderState
from tests.sansio_exchange.session.fake_venue import RULES, START_MS, Answered, Ask, Body, Call, Hello, Replied, Welcome

_encode = msgspec.json.encode


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
        self.refuses_duplicates = True
        """Among working orders, as venues do."""
        self.refused: set[str] = set()
        """Symbols whose topics are refused."""
        self.topics: dict[int, set[Topic]] = {}
        self.private: list[int] = []
        self._out: list[VenueEffect] = []
        self._roles: dict[int, str] = {}
        self._heartbeat_at: float | None = None
        self.beats = True
        self.trades = False
        """Whether BTCUSDT trades each second, so that its candles change."""
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

    def amend(self, order_id: int, *, quantity: Decimal | None = None, price: Decimal | None = None) -> OrderUpdate:
        """As another program of the same account does. An order cannot become smaller than what it executed."""
        order = self.orders[order_id]
        if quantity is not None:
            order = structs.replace(order, quantity=max(quantity, order.executed_qty))
        if price is not None:
            order = structs.replace(order, price=price)
        if order.executed_qty == order.quantity:
            order = structs.replace(order, status=OrderStatus.FILLED)
        return self._change(order)

    def accept(self, order: NewOrder) -> Order:
        """Also what another program of the same account does."""
        if self.refuses_duplicates and any(each.client_order_id == order.client_order_id for each in self.working()):
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
            time_in_force=order.time_in_force or TimeInForce.GTC,
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

    def say_on(self, conn: int, what: Any) -> None:
        self._out.append(SocketSend(conn, _encode(what)))

    def goes_silent(self, role: str) -> None:
        """Nothing more is said on its sockets, and neither side knows."""
        self._roles = {conn: its for conn, its in self._roles.items() if its != role}

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
                if self.trades and topic.kind == "kline" and topic.symbol == "BTCUSDT":
                    self._out.append(SocketSend(conn, _encode(self._candle(topic))))

    def _candle(self, topic: Topic) -> Candle:
        open_ms, one = self.now_ms - self.now_ms % INTERVALS_MS[topic.interval], Decimal(1)
        volume = Decimal(self.now_ms - open_ms)
        return Candle(topic.symbol, topic.interval, open_ms, one, one, one, one, volume, is_closed=False)

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
            case Hello(key, time_ms):
                self._out.append(SocketSend(conn, _encode(self._welcome(key, time_ms))))
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

    def _welcome(self, key: str, time_ms: int) -> Welcome:
        try:
            self._check(key, time_ms)
        except ExchangeError as error:
            return Welcome(error.message)
        return Welcome()

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
            case "/positions":
                return self.account().positions
            case "/open_orders":
                return self.working()
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
                for order in self.working():
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
            is_meant = (
                params["order_id"] == order.order_id
                if params["order_id"]
                else params["client_order_id"] == order.client_order_id
            )
            if is_meant and order.symbol == params["symbol"]:
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

    def working(self) -> list[Order]:
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
