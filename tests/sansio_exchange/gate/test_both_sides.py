"""The client's language against the simulated venue's: each written from the documentation, each the other's judge."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from sansio_exchange.account import Account
from sansio_exchange.clock import Now
from sansio_exchange.commands import (
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    Credentials,
    FetchExchangeInfo,
    GetAccount,
    GetBalance,
    GetFills,
    GetFundingRate,
    GetFundingRates,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    GetTickers,
    PlaceOrder,
    PlaceOrders,
    Topic,
)
from sansio_exchange.errors import (
    AuthenticationFailed,
    ClockSkew,
    ExchangeError,
    InsufficientFunds,
    OrderNotFound,
    OrderRejected,
    ReduceOnlyRejected,
    WouldTake,
)
from sansio_exchange.gate import NETWORKS, Gate
from sansio_exchange.machine import HttpReply, Tick
from sansio_exchange.market import INTERVALS_MS, BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse, SocketMessage, SocketOpened, SocketSend
from sansio_exchange.venue import (
    AccountChange,
    Acknowledged,
    Decoded,
    Ignored,
    LoggedIn,
    LoneFill,
    OrderState,
    Recipe,
    Request,
    WsReply,
)
from tests.sansio_exchange.joined import Joined

START_MS = 1_700_000_000_000
TRADE = 1


class BothSides:
    """A client and a venue with nothing between them. `way` is "rest" or "trade"."""

    def __init__(self, way: str) -> None:
        self.gate = Gate(NETWORKS["mainnet"])
        self.credentials = Credentials("demo", "demo")
        self.now = Now(0.0, START_MS)
        self.skew_ms = 0
        self._way = way
        self._venue = make_local_venue("gate", seed=7, start_ms=START_MS)
        self._sent: dict[int, list[bytes]] = {}
        self.do(FetchExchangeInfo())
        self.price: Decimal = self.do(GetLatestPrice("BTCUSDT"))
        self.open(TRADE, "trade")
        assert self.log_in(TRADE, "trade") == [LoggedIn()]

    def wait(self, milliseconds: int) -> None:
        for _ in range(0, milliseconds, 50):
            self.now = Now(self.now.mono + 0.05, self.now.wall_ms + 50)
            self._take(Tick())

    def ask(self, recipe: Recipe[Any]) -> Any:
        try:
            step: Any = next(recipe)
            while True:
                if isinstance(step, tuple):
                    step = recipe.send([self._outcome(each) for each in step])
                    continue
                outcome = self._outcome(step)
                step = recipe.throw(outcome) if isinstance(outcome, ExchangeError) else recipe.send(outcome)
        except StopIteration as stop:
            return stop.value

    def do(self, action: Any) -> Any:
        return self.ask(self.gate.recipe(action))

    def open(self, conn: int, role: str) -> None:
        parts = urlsplit(self.ask(self.gate.url(role)))
        headers = {name.lower(): value for name, value in self.gate.sockets[role].headers.items()}
        self._take(SocketOpened(conn, parts.path, parts.query, headers))

    def log_in(self, conn: int, role: str) -> list[Decoded]:
        self.send(conn, [self.gate.login_frame(role, self.credentials, self.now.wall_ms)])
        return self.heard(conn, role)

    def send(self, conn: int, texts: Iterable[str]) -> None:
        for text in texts:
            self._take(SocketMessage(conn, text.encode()))

    def heard(self, conn: int, role: str) -> list[Decoded]:
        return [said for data in self._sent.pop(conn, []) for said in self.gate.decode(role, data)]

    def _outcome(self, request: Request) -> bytes | ExchangeError:
        venue_ms = self.now.wall_ms + self.skew_ms
        assert request.costs.keys() <= {budget.name for budget in self.gate.budgets()}
        if request.ws_method and self._way == "trade":
            self.send(TRADE, [self.gate.trade_frame("9", request, self.credentials, venue_ms)])
            (reply,) = (each for each in self.heard(TRADE, "trade") if not isinstance(each, Ignored))
            assert isinstance(reply, WsReply)
            assert reply.frame_id == "9"
            return reply.body if reply.error is None else reply.error
        signed = self.gate.sign(5, request, self.credentials, venue_ms)
        parts = urlsplit(signed.url)
        headers = {name.lower(): value for name, value in signed.headers.items()}
        effects = self._take(HttpRequest(5, signed.method, parts.path, parts.query, headers, signed.body))
        (response,) = (each for each in effects if isinstance(each, HttpResponse))
        try:
            return self.gate.read(HttpReply(5, response.status, dict(response.headers), response.body))
        except ExchangeError as error:
            return error

    def _take(self, item: Any) -> list[Any]:
        effects = list(self._venue.handle(item, self.now))
        for effect in effects:
            if isinstance(effect, SocketSend):
                self._sent.setdefault(effect.conn, []).append(effect.data)
        return effects


@pytest.fixture(params=["rest", "trade"])
def sides(request: pytest.FixtureRequest) -> BothSides:
    return BothSides(request.param)


def resting(sides: BothSides, client_order_id: str, **changes: Any) -> NewOrder:
    """A limit order far below the market."""
    rules = sides.gate.symbols.find("BTCUSDT")
    low = (sides.price * Decimal("0.97") // rules.tick_size) * rules.tick_size
    order = {"price": low, "client_order_id": client_order_id, **changes}
    return NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, rules.min_quantity * 3, **order)


def market(side: Side, quantity: str, client_order_id: str, **changes: Any) -> NewOrder:
    return NewOrder("BTCUSDT", side, OrderType.MARKET, Decimal(quantity), client_order_id=client_order_id, **changes)


def private(sides: BothSides, conn: int = 2) -> None:
    """Open the private socket and subscribe; its subscriptions are signed one by one."""
    sides.open(conn, "private")
    assert sides.gate.login_frame("private", sides.credentials, sides.now.wall_ms) == ""
    frames = sides.gate.private_frames("private-1")
    sides.send(conn, frames)
    assert sides.heard(conn, "private") == [Acknowledged("private-1")] * len(frames)


def test_an_order_lives_and_dies(sides: BothSides) -> None:
    placed = sides.do(PlaceOrder(order := resting(sides, "mine1", post_only=True)))
    assert isinstance(placed, Order)
    assert (placed.client_order_id, placed.status, placed.quantity) == ("mine1", OrderStatus.NEW, order.quantity)
    found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
    assert (found.client_order_id, found.price, found.quantity) == ("mine1", order.price, order.quantity)
    assert (found.time_in_force, found.status, found.created_ms) == (TimeInForce.GTX, OrderStatus.NEW, START_MS)
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine1")) == found
    assert sides.do(GetOpenOrders()) == (found,)
    assert sides.do(CancelOrder("BTCUSDT", client_order_id="mine1")) is None
    with pytest.raises(OrderNotFound):
        sides.do(CancelOrder("BTCUSDT", order_id=placed.order_id))
    assert sides.do(GetOrder("BTCUSDT", order_id=placed.order_id)).status is OrderStatus.CANCELED
    assert sides.do(GetOpenOrders("BTCUSDT")) == ()
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", order_id=12345))
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", client_order_id="nobodys"))


def test_a_cancelled_order_is_found_by_its_client_order_id_for_a_minute(sides: BothSides) -> None:
    """The session must not take what it is told later for an answer about what it placed before."""
    sides.do(PlaceOrder(resting(sides, "mine1")))
    sides.do(CancelOrder("BTCUSDT", client_order_id="mine1"))
    sides.wait(59_000)
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine1")).status is OrderStatus.CANCELED
    sides.wait(2_000)
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", client_order_id="mine1"))


def test_a_client_order_id_used_twice_is_not_refused(sides: BothSides) -> None:
    """So nothing but the session itself keeps an order from being placed twice."""
    first, second = (sides.do(PlaceOrder(resting(sides, "mine1"))) for _ in range(2))
    assert first.order_id != second.order_id
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine1")).order_id == second.order_id
    assert len(sides.do(GetOpenOrders())) == 2


def test_orders_by_the_dozen(sides: BothSides) -> None:
    orders = tuple(resting(sides, f"mine{number}") for number in range(27))
    beyond = resting(sides, "mine27", price=sides.price * 2)
    placed = sides.do(PlaceOrders((*orders, beyond)))
    assert [type(each) for each in placed] == [Order] * 27 + [OrderRejected]
    assert [each.client_order_id for each in placed[:27]] == [order.client_order_id for order in orders]
    ids = tuple(each.order_id for each in placed[:3])
    outcomes = sides.do(CancelOrders("BTCUSDT", (*ids, 999_999_999)))
    assert [type(each) for each in outcomes] == [type(None)] * 3 + [OrderNotFound]
    assert len(sides.do(GetOpenOrders("BTCUSDT"))) == 24
    assert sides.do(CancelAllOrders("ETHUSDT")) is None
    assert len(sides.do(GetOpenOrders("BTCUSDT"))) == 24
    assert sides.do(CancelAllOrders()) is None
    assert sides.do(GetOpenOrders()) == ()


def test_more_open_orders_than_a_page(sides: BothSides) -> None:
    eth = sides.do(GetLatestPrice("ETHUSDT")) * Decimal("0.97") // 1
    for start in range(0, 90, 30):
        numbers = range(start, start + 30)
        orders = [resting(sides, f"mine{number}") for number in numbers]
        orders += [
            NewOrder("ETHUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.01"), price=eth, client_order_id=f"other{number}")
            for number in numbers
        ]
        assert {type(each) for each in sides.do(PlaceOrders(tuple(orders)))} == {Order}
        sides.wait(1_000)
    listed = sides.do(GetOpenOrders())
    assert len({order.client_order_id for order in listed}) == len(listed) == 180


def test_what_the_venue_refuses(sides: BothSides) -> None:
    with pytest.raises(InsufficientFunds):
        sides.do(PlaceOrder(market(Side.BUY, "50", "mine1")))
    with pytest.raises(ReduceOnlyRejected):
        sides.do(PlaceOrder(market(Side.SELL, "0.01", "mine2", reduce_only=True)))
    with pytest.raises(WouldTake):
        sides.do(PlaceOrder(resting(sides, "mine3", price=sides.price * Decimal("1.01") // 1, post_only=True)))
    with pytest.raises(OrderRejected):
        sides.do(PlaceOrder(resting(sides, "mine4", time_in_force=TimeInForce.FOK)))
    sides.skew_ms = -61_000
    with pytest.raises(ClockSkew):
        sides.do(PlaceOrder(resting(sides, "mine5")))
    sides.skew_ms = -6_000
    with pytest.raises(ClockSkew):  # its deadline has passed
        sides.do(PlaceOrder(resting(sides, "mine6")))
    sides.skew_ms = 0
    assert sides.do(GetOpenOrders()) == ()


@pytest.mark.parametrize(
    "credentials",
    [Credentials("demo", "wrong"), Credentials("nobody", "demo")],
    ids=lambda credentials: f"{credentials.key} {credentials.secret}",
)
def test_wrong_credentials_are_refused_on_every_way(credentials: Credentials) -> None:
    sides = BothSides("rest")
    sides.open(2, "private")
    sides.credentials = credentials
    with pytest.raises(AuthenticationFailed):
        sides.ask(sides.gate.check())
    sides.gate.login_frame("private", credentials, sides.now.wall_ms)
    sides.send(2, sides.gate.private_frames("private-1"))
    answers = sides.heard(2, "private")
    assert {type(each.error) for each in answers if isinstance(each, Acknowledged)} == {AuthenticationFailed}
    sides.open(3, "trade")
    (answer,) = sides.log_in(3, "trade")
    assert isinstance(answer, LoggedIn)
    assert isinstance(answer.error, AuthenticationFailed)


def test_an_immediate_order_that_finds_nothing_ends(sides: BothSides) -> None:
    placed = sides.do(PlaceOrder(resting(sides, "mine1", time_in_force=TimeInForce.IOC)))
    found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
    assert (found.status, found.executed_qty, found.time_in_force) == (OrderStatus.EXPIRED, 0, TimeInForce.IOC)


def test_a_position_is_opened_seen_and_closed(sides: BothSides) -> None:
    assert sides.ask(sides.gate.check()) is None
    balance = sides.do(GetBalance("USDT"))
    bought = sides.do(PlaceOrder(market(Side.BUY, "0.01", "buy")))
    order = sides.do(GetOrder("BTCUSDT", order_id=bought.order_id))
    assert (order.status, order.executed_qty, order.avg_price > 0) == (OrderStatus.FILLED, Decimal("0.01"), True)
    fills = sides.do(GetFills("BTCUSDT", since_ms=START_MS))
    assert sum(fill.quantity for fill in fills) == Decimal("0.01")
    assert all(fill.fee > 0 for fill in fills)
    assert sides.do(GetFills("BTCUSDT", order_id=bought.order_id)) == fills
    assert sides.do(GetFills("BTCUSDT")) == fills
    assert sides.do(GetFills("BTCUSDT", START_MS, bought.order_id)) == fills
    (position,) = sides.do(GetPositions("BTCUSDT"))
    assert (position.size, position.leverage > 0, position.margin_type) == (Decimal("0.01"), True, "cross")
    account = sides.do(GetAccount())
    assert isinstance(account, Account)
    assert account.positions == (position,)
    assert account.wallet_balance == balance - sum(fill.fee for fill in fills)
    assert account.margin_balance == account.wallet_balance + position.unrealized_pnl
    assert 0 < account.available_balance < account.margin_balance
    assert 0 < account.maintenance_margin < account.margin_balance
    sold = sides.do(PlaceOrder(market(Side.SELL, "0.01", "sell", reduce_only=True)))
    closed = sides.do(GetOrder("BTCUSDT", order_id=sold.order_id))
    assert (closed.status, closed.reduce_only) == (OrderStatus.FILLED, True)
    assert sides.do(GetPositions()) == ()
    sides.do(PlaceOrder(market(Side.SELL, "0.02", "short")))
    (short,) = sides.do(GetPositions())
    assert short.size == Decimal("-0.02")


def test_the_market_can_be_asked_for() -> None:
    sides = BothSides("rest")
    assert sides.ask(sides.gate.server_time()) == sides.now.wall_ms
    price = sides.do(GetLatestPrice("BTCUSDT"))
    assert {ticker.symbol for ticker in sides.do(GetTickers())} == set(sides.gate.symbols.names())
    assert sides.do(GetOpenInterest("BTCUSDT")) > 0
    candles = sides.do(GetHistoricalKlines("BTCUSDT", "1m", 50))
    assert len(candles) == 50
    assert all(candle.low <= candle.close <= candle.high for candle in candles)
    assert candles[-1].close == price
    assert [candle.is_closed for candle in candles] == [True] * 49 + [False]
    many = sides.do(GetHistoricalKlines("BTCUSDT", "1m", 1_700))
    times = [candle.open_ms for candle in many]
    assert times == list(range(times[0], times[0] + 60_000 * len(times), 60_000))
    assert many[-50:] == candles
    weeks = sides.do(GetHistoricalKlines("BTCUSDT", "1w", 5))
    assert len(weeks) == 5
    assert {week.open_ms % INTERVALS_MS["1w"] for week in weeks} == {0}, "from the epoch on, which was a Thursday"
    rate = sides.do(GetFundingRate("BTCUSDT"))
    assert rate.next_funding_ms > sides.now.wall_ms
    assert abs(rate.mark_price / price - 1) < Decimal("0.05")
    assert {rate.symbol for rate in sides.do(GetFundingRates())} == set(sides.gate.symbols.names())
    history = sides.do(GetHistoricalFundingRates("BTCUSDT", 250))
    assert len({rate.time_ms for rate in history}) == 250
    assert all(rate.time_ms <= sides.now.wall_ms for rate in history)


def test_the_rules_are_those_of_the_venue() -> None:
    rules = BothSides("rest").gate.symbols.find("BTC_USDT")
    assert (rules.symbol, rules.contract_size, rules.tick_size) == ("BTCUSDT", Decimal("0.0001"), Decimal("0.1"))
    assert (rules.min_quantity, rules.step_size, rules.max_quantity) == (
        Decimal("0.0001"),
        Decimal("0.0001"),
        Decimal(100),
    )
    assert (rules.price_floor_ratio, rules.price_cap_ratio) == (Decimal("0.5"), Decimal("1.5"))


def test_streams_say_what_they_were_asked_for() -> None:
    sides = BothSides("rest")
    asked = [Topic(kind, "BTCUSDT") for kind in ("price", "book", "funding")]
    asked += [Topic("kline", "BTCUSDT", interval) for interval in ("1m", "1w")]
    assert {sides.gate.role(topic) for topic in asked} == {"public"}
    sides.open(2, "public")
    sides.send(2, sides.gate.subscribe_frame("public-4", asked))
    said = sides.heard(2, "public")
    assert said == [Acknowledged("public-4")] * sides.gate.acknowledgements(asked)
    sides.wait(62_000)
    heard = sides.heard(2, "public")
    assert {type(said) for said in heard} - {Ignored} == {PriceChange, BookTicker, FundingRate, Candle}
    assert [said.mark_price > 0 for said in heard if isinstance(said, FundingRate)][-1]
    candles = [said for said in heard if isinstance(said, Candle)]
    assert {candle.interval for candle in candles} == {"1m", "1w"}
    ends = [candle for candle in candles if candle.is_closed]
    assert len({(candle.interval, candle.open_ms) for candle in ends}) == len(ends) >= 1
    sides.send(2, sides.gate.unsubscribe_frame("public-5", asked))
    assert sides.heard(2, "public") == [Acknowledged("public-5")] * sides.gate.acknowledgements(asked)
    sides.wait(3_000)
    assert sides.heard(2, "public") == []
    sides.send(2, [sides.gate.sockets["private"].ping_text])
    assert sides.heard(2, "public") == [Ignored("pong")]


def test_a_topic_that_does_not_exist_is_refused() -> None:
    sides = BothSides("rest")
    sides.open(2, "public")
    sides.send(2, sides.gate.subscribe_frame("public-1", [Topic("price", "GONEUSDT")]))
    (answer,) = sides.heard(2, "public")
    assert isinstance(answer, Acknowledged)
    assert (answer.frame_id, answer.error is not None) == ("public-1", True)


def test_the_private_stream_tells_orders_and_account(sides: BothSides) -> None:
    private(sides)
    resting_order = sides.do(PlaceOrder(resting(sides, "mine1")))
    sides.do(CancelOrder("BTCUSDT", order_id=resting_order.order_id))
    sides.do(PlaceOrder(market(Side.BUY, "0.01", "mine2")))
    said = sides.heard(2, "private")
    updates = Joined().updates(said)
    assert [(each.order.client_order_id, each.order.status) for each in updates if each.fill is None] == [
        ("mine1", OrderStatus.NEW),
        ("mine1", OrderStatus.CANCELED),
        ("mine2", OrderStatus.NEW),
    ]
    fills = [each.fill for each in updates if each.fill is not None]
    assert tuple(fills) == sides.do(GetFills("BTCUSDT", since_ms=START_MS))
    assert all(isinstance(fill, Fill) and fill.fee > 0 for fill in fills)
    assert updates[-1].order.status is OrderStatus.FILLED
    assert updates[-1].order == sides.do(GetOrder("BTCUSDT", client_order_id="mine2"))
    changes = [each for each in said if isinstance(each, AccountChange)]
    positions = [change.positions for change in changes if change.positions]
    balances = [change.balances for change in changes if change.balances]
    assert positions[-1][0].size == Decimal("0.01")
    assert balances[-1][0].wallet == sides.do(GetBalance("USDT"))
    assert {type(each) for each in said} <= {OrderState, LoneFill, AccountChange, Ignored}
