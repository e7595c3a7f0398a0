"""The client's language against the simulated venue's: each written from the documentation, each the other's judge."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import structs

from sansio_exchange.account import Account
from sansio_exchange.bitget import NETWORKS, Bitget
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
    DuplicateClientOrderId,
    ExchangeError,
    InsufficientFunds,
    OrderNotFound,
    OutcomeUnknown,
    ReduceOnlyRejected,
)
from sansio_exchange.machine import HttpReply, Tick
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, OrderUpdate, Side, TimeInForce
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse, SocketMessage, SocketOpened, SocketSend
from sansio_exchange.venue import AccountChange, Acknowledged, Decoded, Ignored, LoggedIn, Recipe, Request, WsReply

START_MS = 1_700_000_000_000
TRADE = 1


class BothSides:
    """A client and a venue with nothing between them. `way` is "rest" or "trade"."""

    def __init__(self, way: str) -> None:
        self.bitget = Bitget(NETWORKS["mainnet"])
        self.credentials = Credentials("demo", "demo", "demo")
        self.now = Now(0.0, START_MS)
        self.skew_ms = 0
        self._way = way
        self._venue = make_local_venue("bitget", seed=7, start_ms=START_MS)
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
        return self.ask(self.bitget.recipe(action))

    def open(self, conn: int, role: str) -> None:
        parts = urlsplit(self.ask(self.bitget.url(role)))
        self._take(SocketOpened(conn, parts.path, parts.query))

    def log_in(self, conn: int, role: str) -> list[Decoded]:
        self.send(conn, self.bitget.login_frame(role, self.credentials, self.now.wall_ms))
        return self.heard(conn, role)

    def send(self, conn: int, text: str) -> None:
        self._take(SocketMessage(conn, text.encode()))

    def heard(self, conn: int, role: str) -> list[Decoded]:
        return [said for data in self._sent.pop(conn, []) for said in self.bitget.decode(role, data)]

    def _outcome(self, request: Request) -> bytes | ExchangeError:
        venue_ms = self.now.wall_ms + self.skew_ms
        assert request.costs.keys() <= {budget.name for budget in self.bitget.budgets()} or not len(self.bitget.symbols)
        if request.ws_method and self._way == "trade":
            self.send(TRADE, self.bitget.trade_frame("9", request, self.credentials, venue_ms))
            (reply,) = self.heard(TRADE, "trade")
            assert isinstance(reply, WsReply)
            assert reply.frame_id == "9"
            return reply.body if reply.error is None else reply.error
        signed = self.bitget.sign(5, request, self.credentials, venue_ms)
        parts = urlsplit(signed.url)
        headers = {name.lower(): value for name, value in signed.headers.items()}
        effects = self._take(HttpRequest(5, signed.method, parts.path, parts.query, headers, signed.body))
        (response,) = (each for each in effects if isinstance(each, HttpResponse))
        try:
            return self.bitget.read(HttpReply(5, response.status, dict(response.headers), response.body))
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
    rules = sides.bitget.symbols.find("BTCUSDT")
    low = (sides.price * Decimal("0.97") // rules.tick_size) * rules.tick_size
    order = {"price": low, "client_order_id": client_order_id, **changes}
    return NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, rules.min_quantity * 3, **order)


def market(side: Side, quantity: str, client_order_id: str, **changes: Any) -> NewOrder:
    return NewOrder("BTCUSDT", side, OrderType.MARKET, Decimal(quantity), client_order_id=client_order_id, **changes)


def private(sides: BothSides, conn: int = 2) -> None:
    """Open the private socket, log in, subscribe; what it says at first is left unheard."""
    sides.open(conn, "private")
    assert sides.log_in(conn, "private") == [LoggedIn()]
    frames = sides.bitget.private_frames("private-1")
    for frame in frames:
        sides.send(conn, frame)
    said = sides.heard(conn, "private")
    assert said.count(Acknowledged("private-1")) == len(frames)


def test_an_order_lives_and_dies(sides: BothSides) -> None:
    placed = sides.do(PlaceOrder(order := resting(sides, "mine1", post_only=True)))
    assert isinstance(placed, Order)
    assert (placed.client_order_id, placed.status, placed.quantity) == ("mine1", OrderStatus.NEW, order.quantity)
    found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
    assert (found.client_order_id, found.price, found.quantity) == ("mine1", order.price, order.quantity)
    assert (found.time_in_force, found.status) == (TimeInForce.GTX, OrderStatus.NEW)
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine1")) == found
    assert sides.do(GetOpenOrders()) == (found,)
    with pytest.raises(DuplicateClientOrderId):
        sides.do(PlaceOrder(resting(sides, "mine1")))
    assert sides.do(CancelOrder("BTCUSDT", client_order_id="mine1")) is None
    with pytest.raises(OrderNotFound):
        sides.do(CancelOrder("BTCUSDT", order_id=placed.order_id))
    assert sides.do(GetOrder("BTCUSDT", order_id=placed.order_id)).status is OrderStatus.CANCELED
    assert sides.do(GetOpenOrders("BTCUSDT")) == ()
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", order_id=12345))


def test_orders_by_the_dozen(sides: BothSides) -> None:
    orders = tuple(resting(sides, f"mine{number}") for number in range(27))
    placed = sides.do(PlaceOrders((*orders, resting(sides, "mine3"))))
    assert [type(each) for each in placed] == [Order] * 27 + [DuplicateClientOrderId]
    assert [each.client_order_id for each in placed[:27]] == [order.client_order_id for order in orders]
    ids = tuple(each.order_id for each in placed[:3])
    outcomes = sides.do(CancelOrders("BTCUSDT", (*ids, 999_999_999)))
    assert [type(each) for each in outcomes] == [type(None)] * 3 + [OrderNotFound]
    assert len(sides.do(GetOpenOrders("BTCUSDT"))) == 24
    assert sides.do(CancelAllOrders()) is None
    assert sides.do(GetOpenOrders()) == ()


def test_more_open_orders_than_a_page(sides: BothSides) -> None:
    for start in range(0, 120, 40):
        orders = tuple(resting(sides, f"mine{number}") for number in range(start, start + 40))
        assert {type(each) for each in sides.do(PlaceOrders(orders))} == {Order}
        sides.wait(3_000)
    listed = sides.do(GetOpenOrders("BTCUSDT"))
    assert {order.client_order_id for order in listed} == {f"mine{number}" for number in range(120)}


def test_what_the_venue_refuses(sides: BothSides) -> None:
    with pytest.raises(InsufficientFunds):
        sides.do(PlaceOrder(market(Side.BUY, "200", "mine1")))
    with pytest.raises(ReduceOnlyRejected):
        sides.do(PlaceOrder(market(Side.SELL, "0.01", "mine2", reduce_only=True)))
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", client_order_id="mine3"))


def test_a_request_older_than_half_a_minute_is_refused() -> None:
    sides = BothSides("rest")
    sides.skew_ms = -31_000
    with pytest.raises(ClockSkew):
        sides.do(PlaceOrder(resting(sides, "mine1")))
    sides.skew_ms = 0
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", client_order_id="mine1"))


@pytest.mark.parametrize(
    "credentials",
    [Credentials("demo", "wrong", "demo"), Credentials("nobody", "demo", "demo"), Credentials("demo", "demo", "wrong")],
    ids=lambda credentials: f"{credentials.key} {credentials.secret} {credentials.passphrase}",
)
def test_wrong_credentials_are_refused_on_every_way(credentials: Credentials) -> None:
    sides = BothSides("rest")
    sides.credentials = credentials
    with pytest.raises(AuthenticationFailed):
        sides.ask(sides.bitget.check())
    for conn, role in ((2, "private"), (3, "trade")):
        sides.open(conn, role)
        (answer,) = sides.log_in(conn, role)
        assert isinstance(answer, LoggedIn)
        assert isinstance(answer.error, AuthenticationFailed)


def test_a_post_only_order_that_would_take_is_accepted_and_ends_on_the_stream(sides: BothSides) -> None:
    private(sides)
    high = sides.do(GetLatestPrice("BTCUSDT")) * Decimal("1.01") // 1
    placed = sides.do(PlaceOrder(resting(sides, "mine1", price=high, post_only=True)))
    said = sides.heard(2, "private")
    last = [each for each in said if isinstance(each, OrderUpdate)][-1]
    assert (last.order.order_id, last.order.status, last.fill) == (placed.order_id, OrderStatus.CANCELED, None)
    assert sides.do(GetOrder("BTCUSDT", order_id=placed.order_id)).status is OrderStatus.CANCELED


def test_an_immediate_order_that_finds_nothing_ends(sides: BothSides) -> None:
    for number, time_in_force in enumerate((TimeInForce.IOC, TimeInForce.FOK)):
        placed = sides.do(PlaceOrder(resting(sides, f"mine{number}", time_in_force=time_in_force)))
        found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
        assert (found.status, found.executed_qty, found.time_in_force) == (OrderStatus.EXPIRED, 0, time_in_force)


def test_a_position_is_opened_seen_and_closed(sides: BothSides) -> None:
    assert sides.ask(sides.bitget.check()) is None
    balance = sides.do(GetBalance("USDT"))
    bought = sides.do(PlaceOrder(market(Side.BUY, "0.01", "buy")))
    order = sides.do(GetOrder("BTCUSDT", order_id=bought.order_id))
    assert (order.status, order.executed_qty, order.avg_price > 0) == (OrderStatus.FILLED, Decimal("0.01"), True)
    fills = sides.do(GetFills("BTCUSDT", since_ms=START_MS))
    assert sum(fill.quantity for fill in fills) == Decimal("0.01")
    assert all(fill.fee > 0 for fill in fills)
    assert sides.do(GetFills("BTCUSDT", order_id=bought.order_id)) == fills
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
    assert sides.ask(sides.bitget.server_time()) == sides.now.wall_ms
    price = sides.do(GetLatestPrice("BTCUSDT"))
    assert {ticker.symbol for ticker in sides.do(GetTickers())} == set(sides.bitget.symbols.names())
    assert sides.do(GetOpenInterest("BTCUSDT")) >= 0
    candles = sides.do(GetHistoricalKlines("BTCUSDT", "1m", 50))
    assert len(candles) == 50
    assert all(candle.low <= candle.close <= candle.high for candle in candles)
    assert candles[-1].close == price
    assert [candle.is_closed for candle in candles] == [True] * 49 + [False]
    many = sides.do(GetHistoricalKlines("BTCUSDT", "1m", 700))
    times = [candle.open_ms for candle in many]
    assert times == list(range(times[0], times[0] + 60_000 * len(times), 60_000)), "without a gap at the pages' edges"
    assert many[-50:] == candles
    rate = sides.do(GetFundingRate("BTCUSDT"))
    assert rate.next_funding_ms > sides.now.wall_ms
    assert abs(rate.mark_price / price - 1) < Decimal("0.05")
    assert {rate.symbol for rate in sides.do(GetFundingRates())} == set(sides.bitget.symbols.names())
    assert all(rate.time_ms <= sides.now.wall_ms for rate in sides.do(GetHistoricalFundingRates("BTCUSDT", 5)))


def test_streams_say_what_they_were_asked_for() -> None:
    sides = BothSides("rest")
    asked = [Topic(kind, "BTCUSDT") for kind in ("price", "book", "funding")] + [Topic("kline", "BTCUSDT", "1m")]
    assert {sides.bitget.role(topic) for topic in asked} == {"public"}
    sides.open(2, "public")
    sides.send(2, sides.bitget.subscribe_frame("public-4", asked))
    said = sides.heard(2, "public")
    assert said.count(Acknowledged("public-4")) == sides.bitget.acknowledgements(asked) == 4
    sides.wait(60_000)
    sides.send(2, "ping")
    sides.wait(70_000)
    heard = said + sides.heard(2, "public")
    assert {type(said) for said in heard} - {Ignored, Acknowledged} == {PriceChange, BookTicker, FundingRate, Candle}
    assert [said.mark_price > 0 for said in heard if isinstance(said, FundingRate)][-1]
    assert heard.count(Ignored("pong")) == 1
    times = [said.time_ms for said in heard if isinstance(said, PriceChange)]
    assert times == sorted(times)
    candles = [said for said in heard if isinstance(said, Candle)]
    closed = [candle for candle in candles if candle.is_closed]
    assert [candle.open_ms for candle in closed] == [candles[0].open_ms + 60_000 * number for number in range(2)]
    listed = {candle.open_ms: candle for candle in sides.do(GetHistoricalKlines("BTCUSDT", "1m", 5))}
    assert closed == [listed[candle.open_ms] for candle in closed], "they end as the venue lists them"
    sides.send(2, sides.bitget.unsubscribe_frame("public-5", asked))
    assert sides.heard(2, "public").count(Acknowledged("public-5")) == 4
    sides.wait(3_000)
    assert sides.heard(2, "public") == []


def test_a_topic_that_does_not_exist_is_refused() -> None:
    sides = BothSides("rest")
    sides.open(2, "public")
    sides.send(2, sides.bitget.subscribe_frame("public-1", [Topic("price", "GONEUSDT")]))
    (answer,) = sides.heard(2, "public")
    assert isinstance(answer, Acknowledged)
    assert (answer.frame_id, answer.error is not None) == ("public-1", True)


def test_the_private_stream_tells_orders_and_account(sides: BothSides) -> None:
    private(sides)
    resting_order = sides.do(PlaceOrder(resting(sides, "mine1")))
    sides.do(CancelOrder("BTCUSDT", order_id=resting_order.order_id))
    sides.do(PlaceOrder(market(Side.BUY, "0.01", "mine2")))
    said = sides.heard(2, "private")
    updates = [each for each in said if isinstance(each, OrderUpdate)]
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
    assert {type(each) for each in said} <= {OrderUpdate, AccountChange}


def test_a_reduce_only_order_that_replaces_others_is_found_by_its_client_id(sides: BothSides) -> None:
    """The venue accepts it without telling its id ("Place Order")."""
    sides.do(PlaceOrder(market(Side.BUY, "0.03", "open")))
    high = sides.price * Decimal("1.03") // 1
    reducing = {"side": Side.SELL, "price": high, "reduce_only": True, "quantity": Decimal("0.02")}
    first = sides.do(PlaceOrder(structs.replace(resting(sides, "first"), **reducing)))
    with pytest.raises(OutcomeUnknown) as unknown:
        sides.do(PlaceOrder(structs.replace(resting(sides, "second"), **reducing)))
    assert unknown.value.client_order_id == "second"
    found = sides.do(GetOrder("BTCUSDT", client_order_id="second"))
    assert (found.status, found.reduce_only, found.quantity) == (OrderStatus.NEW, True, Decimal("0.02"))
    assert sides.do(GetOrder("BTCUSDT", order_id=first.order_id)).status is OrderStatus.CANCELED


def test_orders_are_found_by_number_after_a_restart(sides: BothSides) -> None:
    working = sides.do(PlaceOrder(resting(sides, "mine1")))
    filled = sides.do(PlaceOrder(market(Side.BUY, "0.01", "mine2")))
    sides.bitget = Bitget(NETWORKS["mainnet"])
    sides.do(FetchExchangeInfo())
    assert sides.do(GetOrder("BTCUSDT", order_id=filled.order_id)).status is OrderStatus.FILLED
    sides.do(CancelOrder("BTCUSDT", order_id=working.order_id))
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine1")).status is OrderStatus.CANCELED
