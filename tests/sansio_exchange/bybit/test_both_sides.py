"""The client's language against the simulated venue's: each written from the documentation, each the other's judge."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from sansio_exchange.account import Account
from sansio_exchange.bybit import NETWORKS, Bybit
from sansio_exchange.bybit.endpoints import PING_TEXT
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
    RateLimited,
    ReduceOnlyRejected,
)
from sansio_exchange.machine import HttpReply, Tick
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueMachine,
)
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
from tests.sansio_exchange.simulation.bybit.desk import sleepy_venue

START_MS = 1_700_000_000_000
TRADE = 1
NOBODYS = OrderIds().number("00000000-0000-4000-8000-000000000000")


class BothSides:
    """A client and a venue with nothing between them. `way` is "rest" or "trade"."""

    def __init__(self, way: str, venue: VenueMachine | None = None) -> None:
        self.bybit = Bybit(NETWORKS["mainnet"])
        self.credentials = Credentials("demo", "demo")
        self.now = Now(0.0, START_MS)
        self.skew_ms = 0
        self._way = way
        self._venue = venue or make_local_venue("bybit", seed=7, start_ms=START_MS)
        self._sent: dict[int, list[bytes]] = {}
        self.do(FetchExchangeInfo())
        self.price: Decimal = self.do(GetLatestPrice("BTCUSDT"))
        self.open_trade()

    def open_trade(self) -> None:
        self.open(TRADE, "trade")
        assert self.log_in(TRADE, "trade") == [LoggedIn()]

    def restart(self) -> None:
        """The client, in another process."""
        self.bybit = Bybit(NETWORKS["mainnet"])
        self.do(FetchExchangeInfo())

    def wait(self, milliseconds: int) -> None:
        for _ in range(0, milliseconds, 50):
            self.now = Now(self.now.mono + 0.05, self.now.wall_ms + 50)
            self._take(Tick())

    def jump(self, milliseconds: int) -> None:
        self.now = Now(self.now.mono + milliseconds / 1000, self.now.wall_ms + milliseconds)
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
        return self.ask(self.bybit.recipe(action))

    def open(self, conn: int, role: str) -> None:
        parts = urlsplit(self.ask(self.bybit.url(role)))
        self._take(SocketOpened(conn, parts.path, parts.query))

    def log_in(self, conn: int, role: str) -> list[Decoded]:
        self.send(conn, self.bybit.login_frame(role, self.credentials, self.now.wall_ms))
        return self.heard(conn, role)

    def send(self, conn: int, text: str) -> None:
        self._take(SocketMessage(conn, text.encode()))

    def heard(self, conn: int, role: str) -> list[Decoded]:
        return [said for data in self._sent.pop(conn, []) for said in self.bybit.decode(role, data)]

    def _outcome(self, request: Request) -> bytes | ExchangeError:
        venue_ms = self.now.wall_ms + self.skew_ms
        assert request.costs.keys() <= {budget.name for budget in self.bybit.budgets()}
        if request.ws_method and self._way == "trade":
            self.send(TRADE, self.bybit.trade_frame("9", request, self.credentials, venue_ms))
            (reply,) = self.heard(TRADE, "trade")
            assert isinstance(reply, WsReply)
            assert reply.frame_id == "9"
            self.wait(100)  # the next frame has another time, and so another id
            return reply.body if reply.error is None else reply.error
        signed = self.bybit.sign(5, request, self.credentials, venue_ms)
        parts = urlsplit(signed.url)
        headers = {name.lower(): value for name, value in signed.headers.items()}
        effects = self._take(HttpRequest(5, signed.method, parts.path, parts.query, headers, signed.body))
        (response,) = (each for each in effects if isinstance(each, HttpResponse))
        reply_headers = {name.lower(): value for name, value in dict(response.headers).items()}
        try:
            return self.bybit.read(HttpReply(5, response.status, reply_headers, response.body))
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
    rules = sides.bybit.symbols.find("BTCUSDT")
    low = (sides.price * Decimal("0.97") // rules.tick_size) * rules.tick_size
    order = {"price": low, "client_order_id": client_order_id, **changes}
    return NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, rules.min_quantity * 3, **order)


def market(side: Side, quantity: str, client_order_id: str, **changes: Any) -> NewOrder:
    return NewOrder("BTCUSDT", side, OrderType.MARKET, Decimal(quantity), client_order_id=client_order_id, **changes)


def private(sides: BothSides, conn: int = 2) -> None:
    """Open the private socket, log in, subscribe, and let the venue's clock go on so that what follows is new."""
    sides.open(conn, "private")
    assert sides.log_in(conn, "private") == [LoggedIn()]
    (frame,) = sides.bybit.private_frames("private-1")
    sides.send(conn, frame)
    assert sides.heard(conn, "private").count(Acknowledged("private-1")) == 1
    sides.wait(1_500)
    sides.heard(conn, "private")


def test_an_order_lives_and_dies(sides: BothSides) -> None:
    placed = sides.do(PlaceOrder(order := resting(sides, "mine-1", post_only=True)))
    assert isinstance(placed, Order)
    assert (placed.client_order_id, placed.status, placed.quantity) == ("mine-1", OrderStatus.NEW, order.quantity)
    found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
    assert (found.client_order_id, found.price, found.quantity) == ("mine-1", order.price, order.quantity)
    assert (found.time_in_force, found.status) == (TimeInForce.GTX, OrderStatus.NEW)
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine-1")) == found
    assert sides.do(GetOpenOrders()) == (found,)
    with pytest.raises(DuplicateClientOrderId):
        sides.do(PlaceOrder(resting(sides, "mine-1")))
    assert sides.do(CancelOrder("BTCUSDT", client_order_id="mine-1")) is None
    with pytest.raises(OrderNotFound):
        sides.do(CancelOrder("BTCUSDT", order_id=placed.order_id))
    assert sides.do(GetOrder("BTCUSDT", order_id=placed.order_id)).status is OrderStatus.CANCELED
    assert sides.do(GetOpenOrders("BTCUSDT")) == ()
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", order_id=NOBODYS))


def test_after_a_restart_orders_are_known_by_the_same_numbers(sides: BothSides) -> None:
    working = sides.do(PlaceOrder(resting(sides, "mine-1")))
    ended = sides.do(PlaceOrder(resting(sides, "mine-2")))
    filled = sides.do(PlaceOrder(market(Side.BUY, "0.01", "mine-3")))
    sides.do(CancelOrder("BTCUSDT", order_id=ended.order_id))
    for placed, status in (
        (working, OrderStatus.NEW),
        (ended, OrderStatus.CANCELED),
        (filled, OrderStatus.FILLED),
    ):
        sides.restart()
        found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
        assert (found.order_id, found.client_order_id, found.status) == (
            *(placed.order_id, placed.client_order_id, status),
        )
    sides.restart()
    assert sum(fill.quantity for fill in sides.do(GetFills("BTCUSDT", order_id=filled.order_id))) == Decimal("0.01")
    sides.restart()
    with pytest.raises(OrderNotFound):
        sides.do(CancelOrder("BTCUSDT", order_id=ended.order_id))
    assert sides.do(CancelOrder("BTCUSDT", order_id=working.order_id)) is None


def test_orders_by_the_dozen(sides: BothSides) -> None:
    orders = tuple(resting(sides, f"mine-{number}") for number in range(10))
    placed = sides.do(PlaceOrders(orders))
    assert [type(each) for each in placed] == [Order] * 10
    assert [each.client_order_id for each in placed] == [order.client_order_id for order in orders]
    sides.wait(1_500)
    again = sides.do(PlaceOrders((resting(sides, "mine-3"), resting(sides, "mine-10"))))
    assert [type(each) for each in again] == [DuplicateClientOrderId, Order]
    ids = tuple(each.order_id for each in placed[:3])
    outcomes = sides.do(CancelOrders("BTCUSDT", (*ids, NOBODYS)))
    assert [type(each) for each in outcomes] == [type(None)] * 3 + [OrderNotFound]
    assert len(sides.do(GetOpenOrders("BTCUSDT"))) == 8
    assert sides.do(CancelAllOrders()) is None
    assert sides.do(GetOpenOrders()) == ()


def test_more_open_orders_than_a_page(sides: BothSides) -> None:
    for start in range(0, 60, 10):
        orders = tuple(resting(sides, f"mine-{number}") for number in range(start, start + 10))
        assert {type(each) for each in sides.do(PlaceOrders(orders))} == {Order}
        sides.wait(1_500)
    listed = sides.do(GetOpenOrders("BTCUSDT"))
    assert {order.client_order_id for order in listed} == {f"mine-{number}" for number in range(60)}


def test_what_the_venue_refuses(sides: BothSides) -> None:
    with pytest.raises(InsufficientFunds):
        sides.do(PlaceOrder(market(Side.BUY, "100", "mine-1")))
    with pytest.raises(ReduceOnlyRejected):
        sides.do(PlaceOrder(market(Side.SELL, "0.01", "mine-2", reduce_only=True)))
    sides.skew_ms = -10_000
    with pytest.raises(ClockSkew):
        sides.do(PlaceOrder(resting(sides, "mine-3")))
    sides.skew_ms = 0
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", client_order_id="mine-3"))


@pytest.mark.parametrize("credentials", [Credentials("demo", "wrong"), Credentials("nobody", "demo")])
def test_wrong_credentials_are_refused_on_every_way(credentials: Credentials) -> None:
    sides = BothSides("rest")
    sides.credentials = credentials
    with pytest.raises(AuthenticationFailed):
        sides.ask(sides.bybit.check())
    for conn, role in ((2, "private"), (3, "trade")):
        sides.open(conn, role)
        (answer,) = sides.log_in(conn, role)
        assert isinstance(answer, LoggedIn)
        assert isinstance(answer.error, AuthenticationFailed)


def test_a_post_only_order_that_would_take_is_accepted_and_ends_on_the_stream(sides: BothSides) -> None:
    private(sides)
    high = sides.do(GetLatestPrice("BTCUSDT")) * Decimal("1.01") // 1
    placed = sides.do(PlaceOrder(resting(sides, "mine-1", price=high, post_only=True)))
    said = sides.heard(2, "private")
    last = [each for each in said if isinstance(each, OrderState)][-1]
    assert (last.order.order_id, last.order.status) == (placed.order_id, OrderStatus.EXPIRED)
    assert not [each for each in said if isinstance(each, LoneFill)]
    assert "post-only" in last.order.reason
    assert sides.do(GetOrder("BTCUSDT", order_id=placed.order_id)).status is OrderStatus.EXPIRED


def test_an_immediate_order_that_finds_nothing_ends(sides: BothSides) -> None:
    for number, time_in_force in enumerate((TimeInForce.IOC, TimeInForce.FOK)):
        placed = sides.do(PlaceOrder(resting(sides, f"mine-{number}", time_in_force=time_in_force)))
        found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
        assert (found.status, found.executed_qty, found.time_in_force) == (OrderStatus.EXPIRED, 0, time_in_force)


def test_a_position_is_opened_seen_and_closed(sides: BothSides) -> None:
    assert sides.ask(sides.bybit.check()) is None
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
    assert [each.size for each in account.positions] == [Decimal("0.01")]
    assert account.wallet_balance == balance - sum(fill.fee for fill in fills)
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
    assert sides.ask(sides.bybit.server_time()) == sides.now.wall_ms
    price = sides.do(GetLatestPrice("BTCUSDT"))
    assert {ticker.symbol for ticker in sides.do(GetTickers())} == set(sides.bybit.symbols.names())
    assert sides.do(GetOpenInterest("BTCUSDT")) >= 0
    candles = sides.do(GetHistoricalKlines("BTCUSDT", "1m", 50))
    assert len(candles) == 50
    assert all(candle.low <= candle.close <= candle.high for candle in candles)
    assert candles[-1].close == price
    assert [candle.is_closed for candle in candles] == [True] * 49 + [False]
    many = sides.do(GetHistoricalKlines("BTCUSDT", "1m", 1_100))
    times = [candle.open_ms for candle in many]
    assert times == list(range(times[0], times[0] + 60_000 * len(times), 60_000)), "without a gap at the pages' edges"
    assert many[-50:] == candles
    rate = sides.do(GetFundingRate("BTCUSDT"))
    assert rate.next_funding_ms > sides.now.wall_ms
    assert abs(rate.mark_price / price - 1) < Decimal("0.05")
    assert {rate.symbol for rate in sides.do(GetFundingRates())} == set(sides.bybit.symbols.names())
    assert all(rate.time_ms <= sides.now.wall_ms for rate in sides.do(GetHistoricalFundingRates("BTCUSDT", 5)))


def test_streams_say_what_they_were_asked_for() -> None:
    sides = BothSides("rest")
    topics = [
        Topic("price", "BTCUSDT"),
        Topic("book", "BTCUSDT"),
        Topic("funding", "BTCUSDT"),
        Topic("kline", "BTCUSDT", "1m"),
    ]
    sides.open(2, "public")
    sides.send(2, sides.bybit.subscribe_frame("public-4", topics))
    said = sides.heard(2, "public")
    assert said.count(Acknowledged("public-4")) == sides.bybit.acknowledgements(topics) == 1
    sides.wait(5_000)
    heard = said + sides.heard(2, "public")
    assert {type(said) for said in heard} - {Ignored, Acknowledged} == {PriceChange, BookTicker, FundingRate, Candle}
    rates = [said for said in heard if isinstance(said, FundingRate)]
    assert rates[-1].mark_price > 0
    assert len(rates) >= 3, "the session's heartbeat"
    sides.send(2, sides.bybit.unsubscribe_frame("public-5", topics))
    assert sides.heard(2, "public").count(Acknowledged("public-5")) == 1
    sides.wait(3_000)
    assert sides.heard(2, "public") == []


def test_pings_are_answered_on_every_socket() -> None:
    sides = BothSides("rest")
    private(sides)
    sides.open(3, "public")
    for conn, role in ((TRADE, "trade"), (2, "private"), (3, "public")):
        sides.send(conn, PING_TEXT)
        assert sides.heard(conn, role) == [Ignored("pong")]


def test_a_topic_that_does_not_exist_is_refused() -> None:
    sides = BothSides("rest")
    sides.open(2, "public")
    sides.send(2, sides.bybit.subscribe_frame("public-1", [Topic("price", "GONEUSDT")]))
    (answer,) = sides.heard(2, "public")
    assert isinstance(answer, Acknowledged)
    assert (answer.frame_id, answer.error is not None) == ("public-1", True)


def test_the_private_stream_tells_orders_and_account(sides: BothSides) -> None:
    private(sides)
    resting_order = sides.do(PlaceOrder(resting(sides, "mine-1")))
    sides.do(CancelOrder("BTCUSDT", order_id=resting_order.order_id))
    sides.do(PlaceOrder(market(Side.BUY, "0.01", "mine-2")))
    said = sides.heard(2, "private")
    updates = Joined().updates(said)
    first = [(each.order.client_order_id, each.order.status) for each in updates if each.fill is None]
    assert first[:2] == [("mine-1", OrderStatus.NEW), ("mine-1", OrderStatus.CANCELED)]
    fills = [each.fill for each in updates if each.fill is not None]
    listed = sides.do(GetFills("BTCUSDT", since_ms=START_MS))
    assert [(fill.trade_id, fill.price, fill.quantity, fill.fee) for fill in fills] == [
        (fill.trade_id, fill.price, fill.quantity, fill.fee) for fill in listed
    ]
    assert updates[-1].order.status is OrderStatus.FILLED
    found = sides.do(GetOrder("BTCUSDT", client_order_id="mine-2"))
    assert (updates[-1].order.executed_qty, updates[-1].order.avg_price) == (found.executed_qty, found.avg_price)
    changes = [each for each in said if isinstance(each, AccountChange)]
    positions = [change.positions for change in changes if change.positions]
    balances = [change.balances for change in changes if change.balances]
    assert positions[-1][0].size == Decimal("0.01")
    assert balances[-1][0].wallet == sides.do(GetBalance("USDT"))
    assert {type(each) for each in said} <= {OrderState, LoneFill, AccountChange, Ignored}


def test_limits_are_told_and_taken_over(sides: BothSides) -> None:
    sides.do(PlaceOrder(resting(sides, "mine-1")))
    limits = {budget.name: budget.limit for budget in sides.bybit.budgets()}
    assert limits["place"] >= 10


def test_each_fill_is_told_once_whichever_topic_comes_first(sides: BothSides) -> None:
    private(sides)
    told: list[Fill] = []
    joined = Joined()
    for number in range(6):
        sides.do(PlaceOrder(market(Side.SELL if number % 2 else Side.BUY, "4", f"mine-{number}")))
        sides.wait(500)
        updates, counted = joined.updates(sides.heard(2, "private")), Decimal(0)
        for each in updates:
            counted += each.fill.quantity if each.fill else 0
            assert each.order.executed_qty == counted, "a state counts what has been named, no more and no less"
        assert (updates[-1].order.status, counted) == (OrderStatus.FILLED, Decimal(4))
        told += [each.fill for each in updates if each.fill]
    assert tuple(told) == sides.do(GetFills("BTCUSDT", since_ms=START_MS))
    assert len({fill.trade_id for fill in told}) == len(told) > 12, "several fills of each order"


def test_an_order_that_is_filled_in_part_ends_cancelled_with_its_fills(sides: BothSides) -> None:
    private(sides)
    best = sides.do(GetLatestPrice("BTCUSDT")) + sides.bybit.symbols.find("BTCUSDT").tick_size
    order = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(20), best, client_order_id="mine-1")
    placed = sides.do(PlaceOrder(order))
    sides.do(CancelOrder("BTCUSDT", order_id=placed.order_id))
    updates = Joined().updates(sides.heard(2, "private"))
    filled = sum(each.fill.quantity for each in updates if each.fill)
    assert 0 < filled < 20
    assert (updates[-1].order.status, updates[-1].order.executed_qty) == (OrderStatus.CANCELED, filled)
    found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
    assert (found.status, found.executed_qty) == (OrderStatus.CANCELED, filled)


def test_funding_changes_the_wallet_and_is_no_fill() -> None:
    sides = BothSides("rest", sleepy_venue(START_MS))
    sides.do(PlaceOrder(market(Side.SELL, "1", "mine-1")))
    fills, before = sides.do(GetFills("BTCUSDT")), sides.do(GetBalance("USDT"))
    private(sides)
    sides.jump(2 * 3_600_000)
    said = sides.heard(2, "private")
    after = sides.do(GetBalance("USDT"))
    assert after != before
    assert not [each for each in said if isinstance(each, OrderState | LoneFill)]
    assert [each.balances for each in said if isinstance(each, AccountChange)][-1][0].wallet == after
    assert sides.do(GetFills("BTCUSDT")) == fills


def test_too_many_orders_are_a_rate_limit() -> None:
    sides = BothSides("rest")
    for number in range(10):
        sides.do(PlaceOrder(resting(sides, f"mine-{number}")))
    with pytest.raises(RateLimited) as refused:
        sides.do(PlaceOrder(resting(sides, "mine-10")))
    assert refused.value.retry_after
    outcomes = sides.do(PlaceOrders(tuple(resting(sides, f"row-{number}") for number in range(12))))
    assert [type(each) for each in outcomes] == [Order] * 10 + [RateLimited] * 2
    assert len(sides.do(GetOpenOrders("BTCUSDT"))) == 20
