"""The client's language against the simulated venue's: each written from the documentation, each the other's judge."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from sansio_exchange.account import Account
from sansio_exchange.binance import NETWORKS, Binance
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
    OrderNotFound,
    RequestRejected,
    WouldTake,
)
from sansio_exchange.machine import HttpReply, Tick
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, OrderUpdate, Side
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.wire import HttpRequest, HttpResponse, SocketMessage, SocketOpened, SocketSend
from sansio_exchange.venue import AccountChange, Acknowledged, Decoded, Recipe, Request, WsReply

START_MS = 1_700_000_000_000


class BothSides:
    """A client and a venue with nothing between them. `way` is "rest" or "trade"."""

    def __init__(self, way: str) -> None:
        self.binance = Binance(NETWORKS["mainnet"])
        self.credentials = Credentials("demo", "demo")
        self.now = Now(0.0, START_MS)
        self.skew_ms = 0
        self._way = way
        self._venue = make_local_venue("binance", seed=7, start_ms=START_MS)
        self._sent: dict[int, list[bytes]] = {}
        self._take(SocketOpened(1, "/ws-fapi/v1", ""))
        self.ask(self.binance.recipe(FetchExchangeInfo()))

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
        return self.ask(self.binance.recipe(action))

    def open(self, conn: int, url: str) -> None:
        parts = urlsplit(url)
        self._take(SocketOpened(conn, parts.path, parts.query))

    def send(self, conn: int, text: str) -> None:
        self._take(SocketMessage(conn, text.encode()))

    def heard(self, conn: int, role: str) -> list[Decoded]:
        return [said for data in self._sent.pop(conn, []) for said in self.binance.decode(role, data)]

    def _outcome(self, request: Request) -> bytes | ExchangeError:
        venue_ms = self.now.wall_ms + self.skew_ms
        if request.ws_method and self._way == "trade":
            self.send(1, self.binance.trade_frame("9", request, self.credentials, venue_ms))
            (reply,) = self.heard(1, "trade")
            assert isinstance(reply, WsReply)
            assert reply.frame_id == "9"
            assert set(reply.used) <= {budget.name for budget in self.binance.budgets()}
            return reply.body if reply.error is None else reply.error
        signed = self.binance.sign(5, request, self.credentials, venue_ms)
        parts = urlsplit(signed.url)
        headers = {name.lower(): value for name, value in signed.headers.items()}
        reply_effects = self._take(HttpRequest(5, signed.method, parts.path, parts.query, headers, signed.body))
        (response,) = (each for each in reply_effects if isinstance(each, HttpResponse))
        http = HttpReply(5, response.status, {k.lower(): v for k, v in response.headers.items()}, response.body)
        assert set(self.binance.used(http)) <= {budget.name for budget in self.binance.budgets()}
        try:
            return self.binance.read(http)
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
    rules = sides.binance.symbols.find("BTCUSDT")
    price = sides.do(GetLatestPrice("BTCUSDT"))
    low = (price * Decimal("0.97") // rules.tick_size) * rules.tick_size
    quantity = max(rules.min_quantity, (200 / price // rules.step_size) * rules.step_size)
    order = {"price": low, "client_order_id": client_order_id, **changes}
    return NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, quantity, **order)


def test_an_order_lives_and_dies(sides: BothSides) -> None:
    placed = sides.do(PlaceOrder(resting(sides, "mine-1", post_only=True)))
    assert isinstance(placed, Order)
    assert (placed.client_order_id, placed.status) == ("mine-1", OrderStatus.NEW)
    assert sides.do(GetOrder("BTCUSDT", order_id=placed.order_id)).client_order_id == "mine-1"
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine-1")).order_id == placed.order_id
    assert [each.order_id for each in sides.do(GetOpenOrders())] == [placed.order_id]
    with pytest.raises(DuplicateClientOrderId):
        sides.do(PlaceOrder(resting(sides, "mine-1")))
    assert sides.do(CancelOrder("BTCUSDT", client_order_id="mine-1")) is None
    with pytest.raises(OrderNotFound):
        sides.do(CancelOrder("BTCUSDT", order_id=placed.order_id))
    assert sides.do(GetOrder("BTCUSDT", order_id=placed.order_id)).status is OrderStatus.CANCELED
    assert sides.do(GetOpenOrders("BTCUSDT")) == ()


def test_orders_by_the_dozen(sides: BothSides) -> None:
    orders = tuple(resting(sides, f"mine-{number}") for number in range(7))
    placed = sides.do(PlaceOrders((*orders, resting(sides, "mine-3"))))
    assert [type(each) for each in placed] == [Order] * 7 + [DuplicateClientOrderId]
    ids = tuple(each.order_id for each in placed[:3])
    outcomes = sides.do(CancelOrders("BTCUSDT", (*ids, 999_999_999)))
    assert [type(each) for each in outcomes] == [type(None)] * 3 + [OrderNotFound]
    assert len(sides.do(GetOpenOrders("BTCUSDT"))) == 4
    assert sides.do(CancelAllOrders()) is None
    assert sides.do(GetOpenOrders()) == ()


def test_what_the_venue_refuses(sides: BothSides) -> None:
    high = sides.do(GetLatestPrice("BTCUSDT")) * Decimal("1.01") // 1
    with pytest.raises(WouldTake):
        sides.do(PlaceOrder(resting(sides, "mine-1", price=high, post_only=True)))
    with pytest.raises(RequestRejected):
        sides.do(PlaceOrder(resting(sides, "mine-2", price=Decimal("40000.123456789"))))
    sides.skew_ms = -10_000
    with pytest.raises(ClockSkew):
        sides.do(PlaceOrder(resting(sides, "mine-3")))
    sides.skew_ms = 0
    sides.credentials = Credentials("demo", "wrong")
    with pytest.raises(AuthenticationFailed):
        sides.do(PlaceOrder(resting(sides, "mine-4")))
    sides.credentials = Credentials("nobody", "demo")
    with pytest.raises(AuthenticationFailed):
        sides.ask(sides.binance.check())


def test_a_position_is_opened_seen_and_closed(sides: BothSides) -> None:
    assert sides.ask(sides.binance.check()) is None
    balance = sides.do(GetBalance("USDT"))
    buy = NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal("0.01"), client_order_id="buy")
    bought = sides.do(PlaceOrder(buy))
    assert (bought.status, bought.executed_qty) == (OrderStatus.FILLED, Decimal("0.01"))
    fills = sides.do(GetFills("BTCUSDT", since_ms=START_MS))
    assert sum(fill.quantity for fill in fills) == Decimal("0.01")
    assert sides.do(GetFills("BTCUSDT", order_id=bought.order_id)) == fills
    (position,) = sides.do(GetPositions("BTCUSDT"))
    assert (position.size, position.leverage > 0) == (Decimal("0.01"), True)
    account = sides.do(GetAccount())
    assert isinstance(account, Account)
    assert account.positions == (position,)
    assert account.wallet_balance == balance - sum(fill.fee for fill in fills)
    sell = NewOrder("BTCUSDT", Side.SELL, OrderType.MARKET, Decimal("0.01"), reduce_only=True, client_order_id="sell")
    assert sides.do(PlaceOrder(sell)).status is OrderStatus.FILLED
    assert sides.do(GetPositions()) == ()


def test_the_market_can_be_asked_for() -> None:
    sides = BothSides("rest")
    assert sides.ask(sides.binance.server_time()) == sides.now.wall_ms
    price = sides.do(GetLatestPrice("BTCUSDT"))
    assert {ticker.symbol for ticker in sides.do(GetTickers())} == set(sides.binance.symbols.names())
    assert sides.do(GetOpenInterest("BTCUSDT")) >= 0
    candles = sides.do(GetHistoricalKlines("BTCUSDT", "1m", 50))
    assert len(candles) == 50
    assert all(candle.low <= candle.close <= candle.high for candle in candles)
    assert candles[-1].close == price
    assert [candle.is_closed for candle in candles] == [True] * 49 + [False]
    assert sides.do(GetFundingRate("BTCUSDT")).next_funding_ms > sides.now.wall_ms
    assert {rate.symbol for rate in sides.do(GetFundingRates())} == set(sides.binance.symbols.names())
    assert all(rate.time_ms <= sides.now.wall_ms for rate in sides.do(GetHistoricalFundingRates("BTCUSDT", 5)))


def test_streams_say_what_they_were_asked_for() -> None:
    sides = BothSides("rest")
    topics = {
        "market": [Topic("price", "BTCUSDT"), Topic("kline", "BTCUSDT", "1m"), Topic("funding", "BTCUSDT")],
        "public": [Topic("book", "BTCUSDT")],
    }
    for conn, (role, asked) in enumerate(topics.items(), start=2):
        assert {sides.binance.role(topic) for topic in asked} == {role}
        sides.open(conn, sides.ask(sides.binance.url(role)))
        sides.send(conn, sides.binance.subscribe_frame("4", asked))
        assert Acknowledged("4") in sides.heard(conn, role)
    sides.wait(5_000)
    assert {type(said) for said in sides.heard(2, "market")} == {PriceChange, Candle, FundingRate}
    assert {type(said) for said in sides.heard(3, "public")} == {BookTicker}
    sides.send(2, sides.binance.unsubscribe_frame("5", topics["market"]))
    assert Acknowledged("5") in sides.heard(2, "market")
    sides.wait(3_000)
    assert sides.heard(2, "market") == []


def test_the_private_stream_tells_orders_and_account(sides: BothSides) -> None:
    sides.open(2, sides.ask(sides.binance.url("private")))
    sides.ask(sides.binance.renew("private"))
    resting_order = sides.do(PlaceOrder(resting(sides, "mine-1")))
    sides.do(CancelOrder("BTCUSDT", order_id=resting_order.order_id))
    buy = NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal("0.01"), client_order_id="mine-2")
    sides.do(PlaceOrder(buy))
    said = sides.heard(2, "private")
    updates = [each for each in said if isinstance(each, OrderUpdate)]
    assert [(each.order.client_order_id, each.order.status) for each in updates if each.fill is None] == [
        ("mine-1", OrderStatus.NEW),
        ("mine-1", OrderStatus.CANCELED),
        ("mine-2", OrderStatus.NEW),
    ]
    fills = [each.fill for each in updates if each.fill is not None]
    assert tuple(fills) == sides.do(GetFills("BTCUSDT", since_ms=START_MS))
    changes = [each for each in said if isinstance(each, AccountChange)]
    assert changes[-1].positions[0].size == Decimal("0.01")
    assert changes[-1].balances[0].wallet == sides.do(GetBalance("USDT"))
    assert {type(each) for each in said} <= {OrderUpdate, AccountChange}
