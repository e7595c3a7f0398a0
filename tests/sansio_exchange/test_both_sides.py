"""Each client's language against the local venue's: both written from the documentation, each the other's judge.

What is one venue's own is in its folder, in a file of the same name.
"""

from decimal import Decimal

import pytest
from msgspec import structs

from sansio_exchange.account import Account
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
    InsufficientFunds,
    OrderNotFound,
    OrderRejected,
    ReduceOnlyRejected,
    WouldTake,
)
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, OrderUpdate, Side, TimeInForce
from sansio_exchange.session.delisted import REFUSALS
from sansio_exchange.simulation.venues import LOCAL_VENUES, make_local_venue
from sansio_exchange.venue import AccountChange, Acknowledged, Ignored, LoggedIn, LoneFill, OrderState
from sansio_exchange.venues import NETWORKS
from tests.sansio_exchange.both_sides import PRIVATE, START_MS, TRADE, BothSides, market


@pytest.fixture(params=list(NETWORKS))
def name(request: pytest.FixtureRequest) -> str:
    """Every venue, where a test does not name its own."""
    return str(request.param)


@pytest.fixture(params=["rest", "trade"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sides(name: str, way: str) -> BothSides:
    return BothSides(name, way)


# --- orders ---------------------------------------------------------------------------------------------------------


def test_an_order_lives_and_dies(sides: BothSides) -> None:
    mine, placed_ms = sides.venue.client_order_id("mine", 1), sides.now.wall_ms
    placed = sides.do(PlaceOrder(order := sides.limit(mine, post_only=True)))
    assert isinstance(placed, Order)
    assert (placed.client_order_id, placed.status, placed.quantity) == (mine, OrderStatus.NEW, order.quantity)
    found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
    assert (found.order_id, found.client_order_id) == (placed.order_id, mine)
    assert (found.price, found.quantity, found.created_ms) == (order.price, order.quantity, placed_ms)
    assert (found.time_in_force, found.status) == (TimeInForce.GTX, OrderStatus.NEW)
    assert sides.do(GetOrder("BTCUSDT", client_order_id=mine)) == found
    assert sides.do(GetOpenOrders()) == (found,)
    assert sides.do(CancelOrder("BTCUSDT", client_order_id=mine)) is None
    with pytest.raises(OrderNotFound):
        sides.do(CancelOrder("BTCUSDT", order_id=placed.order_id))
    assert sides.do(GetOrder("BTCUSDT", order_id=placed.order_id)).status is OrderStatus.CANCELED
    assert sides.do(GetOpenOrders("BTCUSDT")) == ()


def test_an_order_that_never_was_is_not_found(sides: BothSides) -> None:
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", order_id=sides.habits.nobodys_order))
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", client_order_id="nobodys"))


@pytest.mark.parametrize("way", ["rest"])
def test_questions_about_a_symbol_that_is_not_listed_any_more_are_refused(
    sides: BothSides, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = LOCAL_VENUES[name]
    fewer = structs.replace(kind, rules=lambda: [each for each in kind.rules() if each.symbol != "ETHUSDT"])
    monkeypatch.setitem(LOCAL_VENUES, name, fewer)
    sides.move_to(make_local_venue(name, seed=7, start_ms=START_MS))
    order_id = sides.habits.nobodys_order
    for question in (GetOrder("ETHUSDT", order_id), GetFills("ETHUSDT", START_MS), GetFills("ETHUSDT", 0, order_id)):
        with pytest.raises((*REFUSALS, OrderNotFound)):
            sides.do(question)
    sides.do(FetchExchangeInfo())
    assert "ETHUSDT" not in sides.venue.symbols


def test_orders_are_known_by_the_same_numbers_after_a_restart(sides: BothSides) -> None:
    working = sides.do(PlaceOrder(sides.limit("mine1")))
    ended = sides.do(PlaceOrder(sides.limit("mine2")))
    filled = sides.do(PlaceOrder(market(Side.BUY, "0.01", "mine3")))
    sides.do(CancelOrder("BTCUSDT", order_id=ended.order_id))
    for placed, status in ((working, OrderStatus.NEW), (ended, OrderStatus.CANCELED), (filled, OrderStatus.FILLED)):
        sides.restart()
        found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
        assert (found.order_id, found.client_order_id) == (placed.order_id, placed.client_order_id)
        assert found.status is status
    sides.restart()
    assert sum(fill.quantity for fill in sides.do(GetFills("BTCUSDT", order_id=filled.order_id))) == Decimal("0.01")
    sides.restart()
    with pytest.raises(OrderNotFound):
        sides.do(CancelOrder("BTCUSDT", order_id=ended.order_id))
    assert sides.do(CancelOrder("BTCUSDT", order_id=working.order_id)) is None
    assert sides.do(GetOrder("BTCUSDT", client_order_id="mine1")).status is OrderStatus.CANCELED


def test_orders_by_the_dozen(sides: BothSides) -> None:
    count = sides.habits.orders_at_once
    orders = tuple(sides.limit(f"mine{number}") for number in range(count))
    placed = sides.do(PlaceOrders(orders))
    assert [type(each) for each in placed] == [Order] * count
    assert [each.client_order_id for each in placed] == [order.client_order_id for order in orders]
    sides.wait(1_500)
    rows = sides.do(PlaceOrders((market(Side.BUY, "50", "much"), sides.limit("last"))))
    assert [type(each) for each in rows] == [InsufficientFunds, Order]
    ids = tuple(each.order_id for each in placed[:3])
    outcomes = sides.do(CancelOrders("BTCUSDT", (*ids, sides.habits.nobodys_order)))
    assert [type(each) for each in outcomes] == [type(None)] * 3 + [OrderNotFound]
    assert sides.do(CancelAllOrders("ETHUSDT")) is None
    assert len(sides.do(GetOpenOrders("BTCUSDT"))) == count - 2
    assert sides.do(CancelAllOrders()) is None
    assert sides.do(GetOpenOrders()) == ()


@pytest.mark.parametrize("name", ["binance", "okx", "bybit", "bitget"])
def test_a_client_order_id_of_a_working_order_is_refused(sides: BothSides) -> None:
    sides.do(PlaceOrder(sides.limit("mine0")))
    with pytest.raises(DuplicateClientOrderId):
        sides.do(PlaceOrder(sides.limit("mine0")))
    sides.wait(1_500)
    rows = sides.do(PlaceOrders((sides.limit("mine0"), sides.limit("mine1"))))
    assert [type(each) for each in rows] == [DuplicateClientOrderId, Order]


@pytest.mark.parametrize("name", ["binance", "okx", "bybit", "bitget"])
def test_a_client_order_id_is_refused_the_second_time_in_one_command(sides: BothSides) -> None:
    """Also where the venue takes fewer rows at once, so that the two are not in the same batch."""
    count = sides.habits.orders_at_once - (sides.name == "bybit")
    orders = tuple(sides.limit(f"mine{number}") for number in range(count))
    placed = sides.do(PlaceOrders((*orders, sides.limit("mine3"))))
    assert [type(each) for each in placed] == [Order] * count + [DuplicateClientOrderId]


@pytest.mark.parametrize(("name", "count", "at_once"), [("okx", 120, 40), ("bybit", 60, 10), ("bitget", 120, 40)])
def test_more_open_orders_than_a_page(sides: BothSides, count: int, at_once: int) -> None:
    for start in range(0, count, at_once):
        orders = tuple(sides.limit(f"mine{number}") for number in range(start, start + at_once))
        assert {type(each) for each in sides.do(PlaceOrders(orders))} == {Order}
        sides.wait(3_000)
    listed = sides.do(GetOpenOrders("BTCUSDT"))
    assert {order.client_order_id for order in listed} == {f"mine{number}" for number in range(count)}
    assert len(listed) == count


# --- refusals -------------------------------------------------------------------------------------------------------


def test_what_the_venue_refuses(sides: BothSides) -> None:
    with pytest.raises(InsufficientFunds):
        sides.do(PlaceOrder(market(Side.BUY, "50", "mine1")))
    with pytest.raises(ReduceOnlyRejected):
        sides.do(PlaceOrder(market(Side.SELL, "0.01", "mine2", reduce_only=True)))
    for client_order_id in ("mine1", "mine2"):
        with pytest.raises(OrderNotFound):
            sides.do(GetOrder("BTCUSDT", client_order_id=client_order_id))
    assert sides.do(GetOpenOrders()) == ()


def test_a_request_that_is_too_old_is_refused(sides: BothSides) -> None:
    sides.skew_ms = -sides.habits.too_old_ms
    with pytest.raises(ClockSkew):
        sides.do(PlaceOrder(sides.limit("mine1")))
    sides.skew_ms = 0
    with pytest.raises(OrderNotFound):
        sides.do(GetOrder("BTCUSDT", client_order_id="mine1"))
    assert sides.do(GetOpenOrders()) == ()


WRONG = [
    *((name, Credentials(*each, "demo")) for name in NETWORKS for each in (("demo", "wrong"), ("nobody", "demo"))),
    *((name, Credentials("demo", "demo", "wrong")) for name in ("okx", "bitget")),
]


@pytest.mark.parametrize(
    ("name", "credentials"), WRONG, ids=[f"{name} {each.key} {each.secret} {each.passphrase}" for name, each in WRONG]
)
def test_wrong_credentials_are_refused_on_every_way(name: str, credentials: Credentials) -> None:
    sides = BothSides(name)
    sides.credentials = credentials
    with pytest.raises(AuthenticationFailed):
        sides.ask(sides.venue.check())
    with pytest.raises(AuthenticationFailed):
        sides.do(PlaceOrder(sides.limit("mine1")))
    for conn, role in enumerate({"binance": (), "gate": ("trade",)}.get(name, ("private", "trade")), start=3):
        sides.open(conn, role)
        (answer,) = sides.log_in(conn, role)
        assert isinstance(answer, LoggedIn)
        assert isinstance(answer.error, AuthenticationFailed)


@pytest.mark.parametrize("name", ["binance", "gate"])
def test_a_post_only_order_that_would_take_is_refused(sides: BothSides) -> None:
    with pytest.raises(WouldTake):
        sides.do(PlaceOrder(sides.limit("mine1", price=sides.price * Decimal("1.01") // 1, post_only=True)))


@pytest.mark.parametrize(
    ("name", "end"),
    [("okx", OrderStatus.EXPIRED), ("bybit", OrderStatus.EXPIRED), ("bitget", OrderStatus.CANCELED)],
)
def test_a_post_only_order_that_would_take_is_accepted_and_ends_on_the_stream(
    sides: BothSides, end: OrderStatus
) -> None:
    """Bitget does not say why."""
    sides.open_private()
    high = sides.do(GetLatestPrice("BTCUSDT")) * Decimal("1.01") // 1
    placed = sides.do(PlaceOrder(sides.limit("mine1", price=high, post_only=True)))
    said = sides.heard(PRIVATE, "private")
    assert not [each for each in said if isinstance(each, LoneFill)]
    last = sides.order_news(said)[-1]
    assert (last.order.order_id, last.order.status, last.fill) == (placed.order_id, end, None)
    assert ("post-only" in last.order.reason) == (end is OrderStatus.EXPIRED)
    assert sides.do(GetOrder("BTCUSDT", order_id=placed.order_id)).status is end


def test_an_immediate_order_that_finds_nothing_ends(sides: BothSides) -> None:
    placed = sides.do(PlaceOrder(sides.limit("mine1", time_in_force=TimeInForce.IOC)))
    found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
    assert (found.status, found.executed_qty, found.time_in_force) == (OrderStatus.EXPIRED, 0, TimeInForce.IOC)


@pytest.mark.parametrize("name", ["okx", "bybit", "bitget"])
def test_an_order_to_fill_or_kill_that_finds_nothing_ends(sides: BothSides) -> None:
    placed = sides.do(PlaceOrder(sides.limit("mine1", time_in_force=TimeInForce.FOK)))
    found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
    assert (found.status, found.executed_qty, found.time_in_force) == (OrderStatus.EXPIRED, 0, TimeInForce.FOK)


@pytest.mark.parametrize("name", ["binance", "gate"])
def test_an_order_to_fill_or_kill_that_finds_nothing_is_refused(sides: BothSides) -> None:
    with pytest.raises(OrderRejected):
        sides.do(PlaceOrder(sides.limit("mine1", time_in_force=TimeInForce.FOK)))
    assert sides.do(GetOpenOrders()) == ()


# --- the account ----------------------------------------------------------------------------------------------------


def test_a_position_is_opened_seen_and_closed(sides: BothSides) -> None:
    assert sides.ask(sides.venue.check()) is None
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


def test_the_private_stream_tells_orders_and_account(sides: BothSides) -> None:
    """Binance does not say there when an order was made."""
    sides.open_private()
    assert sides.ask(sides.venue.renew("private")) is None
    resting = sides.do(PlaceOrder(sides.limit("mine1")))
    sides.do(CancelOrder("BTCUSDT", order_id=resting.order_id))
    sides.do(PlaceOrder(market(Side.BUY, "0.01", "mine2")))
    said = sides.heard(PRIVATE, "private")
    updates = sides.order_news(said)
    assert [(each.order.client_order_id, each.order.status) for each in updates if each.fill is None] == [
        ("mine1", OrderStatus.NEW),
        ("mine1", OrderStatus.CANCELED),
        ("mine2", OrderStatus.NEW),
    ]
    fills = [each.fill for each in updates if each.fill is not None]
    assert tuple(fills) == sides.do(GetFills("BTCUSDT", since_ms=START_MS))
    assert all(isinstance(fill, Fill) and fill.fee > 0 for fill in fills)
    assert updates[-1].order.status is OrderStatus.FILLED
    found = sides.do(GetOrder("BTCUSDT", client_order_id="mine2"))
    assert updates[-1].order == (structs.replace(found, created_ms=0) if sides.name == "binance" else found)
    changes = [each for each in said if isinstance(each, AccountChange)]
    positions = [change.positions for change in changes if change.positions]
    balances = [change.balances for change in changes if change.balances]
    assert positions[-1][0].size == Decimal("0.01")
    assert balances[-1][0].wallet == sides.do(GetBalance("USDT"))
    of_orders = {OrderState, LoneFill} if sides.habits.tells_fills_apart else {OrderUpdate}
    assert {type(each) for each in said} == {AccountChange} | of_orders


def test_each_fill_is_told_once_with_the_order_as_it_stands_after_it(sides: BothSides) -> None:
    sides.open_private()
    told: list[Fill] = []
    for number in range(6):
        sides.do(PlaceOrder(market(Side.SELL if number % 2 else Side.BUY, "4", f"mine{number}")))
        sides.wait(500)
        updates, counted = sides.order_news(sides.heard(PRIVATE, "private")), Decimal(0)
        for each in updates:
            counted += each.fill.quantity if each.fill else 0
            assert each.order.executed_qty == counted, "a state counts what has been named, no more and no less"
        assert (updates[-1].order.status, counted) == (OrderStatus.FILLED, Decimal(4))
        told += [each.fill for each in updates if each.fill]
    assert tuple(told) == sides.do(GetFills("BTCUSDT", since_ms=START_MS))
    assert len({fill.trade_id for fill in told}) == len(told) > 12, "several fills of each order"


def test_an_order_that_is_filled_in_part_ends_cancelled_with_its_fills(sides: BothSides) -> None:
    sides.open_private()
    best = sides.do(GetLatestPrice("BTCUSDT")) + sides.venue.symbols.find("BTCUSDT").tick_size
    order = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(20), best, client_order_id="mine1")
    placed = sides.do(PlaceOrder(order))
    sides.do(CancelOrder("BTCUSDT", order_id=placed.order_id))
    updates = sides.order_news(sides.heard(PRIVATE, "private"))
    filled = sum(each.fill.quantity for each in updates if each.fill)
    assert 0 < filled < 20
    assert (updates[-1].order.status, updates[-1].order.executed_qty) == (OrderStatus.CANCELED, filled)
    found = sides.do(GetOrder("BTCUSDT", order_id=placed.order_id))
    assert (found.status, found.executed_qty) == (OrderStatus.CANCELED, filled)


# --- the market -----------------------------------------------------------------------------------------------------


def test_the_market_can_be_asked_for(name: str) -> None:
    sides = BothSides(name)
    assert sides.ask(sides.venue.server_time()) == sides.now.wall_ms
    price, every = sides.do(GetLatestPrice("BTCUSDT")), set(sides.venue.symbols.names())
    assert {ticker.symbol for ticker in sides.do(GetTickers())} == every
    assert sides.do(GetOpenInterest("BTCUSDT")) > 0
    candles = sides.do(GetHistoricalKlines("BTCUSDT", "1m", 50))
    assert len(candles) == 50
    assert all(candle.low <= candle.close <= candle.high for candle in candles)
    assert candles[-1].close == price
    assert [candle.is_closed for candle in candles] == [True] * 49 + [False]
    rate = sides.do(GetFundingRate("BTCUSDT"))
    assert rate.next_funding_ms > sides.now.wall_ms
    assert abs(rate.mark_price / price - 1) < Decimal("0.05")
    assert {rate.symbol for rate in sides.do(GetFundingRates())} == every


@pytest.mark.parametrize(
    ("name", "limit"), [("binance", 1_500), ("okx", 700), ("bybit", 1_100), ("bitget", 700), ("gate", 1_700)]
)
def test_candles_come_without_a_gap_at_the_edges_of_pages(name: str, limit: int) -> None:
    sides = BothSides(name)
    candles = sides.do(GetHistoricalKlines("BTCUSDT", "1m", limit))
    times = [candle.open_ms for candle in candles]
    assert times == list(range(times[0], times[0] + 60_000 * limit, 60_000))
    assert candles[-50:] == sides.do(GetHistoricalKlines("BTCUSDT", "1m", 50))


def test_past_funding_rates_come_once_each_also_over_several_pages(name: str) -> None:
    sides = BothSides(name)
    history = sides.do(GetHistoricalFundingRates("BTCUSDT", 250))
    assert len({rate.time_ms for rate in history}) == len(history) == 250
    assert all(rate.time_ms <= sides.now.wall_ms for rate in history)
    assert all(rate.time_ms <= sides.now.wall_ms for rate in sides.do(GetHistoricalFundingRates("BTCUSDT", 5)))


SAYS = {"price": PriceChange, "kline": Candle, "funding": FundingRate, "book": BookTicker}


@pytest.mark.parametrize(
    ("name", "role", "kinds", "answers"),
    [
        ("binance", "market", "price kline funding", 1),
        ("binance", "public", "book", 1),
        ("okx", "business", "kline", 1),
        ("okx", "public", "price book funding", 4),
        ("bybit", "public", "price kline book funding", 1),
        ("bitget", "public", "price kline book funding", 4),
        ("gate", "public", "price kline book funding", 4),
    ],
)
def test_streams_say_what_they_were_asked_for(name: str, role: str, kinds: str, answers: int) -> None:
    sides = BothSides(name)
    asked = [Topic(kind, "BTCUSDT", "1m" if kind == "kline" else "") for kind in kinds.split()]
    assert {sides.venue.role(topic) for topic in asked} == {role}
    assert sides.venue.acknowledgements(asked) == answers
    sides.open(3, role)
    sides.send(3, sides.venue.subscribe_frame(f"{role}-4", asked))
    first = sides.heard(3, role)
    assert first.count(Acknowledged(f"{role}-4")) == answers
    sides.wait(5_000)
    heard = first + sides.heard(3, role)
    changes_nothing = {Ignored} if role == "public" and name != "binance" else set()
    assert {type(said) for said in heard} - changes_nothing == {SAYS[topic.kind] for topic in asked} | {Acknowledged}
    rates = [said for said in heard if isinstance(said, FundingRate)]
    if "funding" in kinds:
        assert len(rates) >= 3, "the session's heartbeat"
        assert rates[-1].mark_price > 0
    sides.send(3, sides.venue.unsubscribe_frame(f"{role}-5", asked))
    assert sides.heard(3, role).count(Acknowledged(f"{role}-5")) == answers
    sides.wait(3_000)
    assert sides.heard(3, role) == []


@pytest.mark.parametrize("name", ["okx", "bybit", "bitget", "gate"])
def test_a_topic_that_does_not_exist_is_refused(name: str) -> None:
    sides = BothSides(name)
    sides.open(3, "public")
    sides.send(3, sides.venue.subscribe_frame("public-1", [Topic("price", "GONEUSDT")]))
    (answer,) = sides.heard(3, "public")
    assert isinstance(answer, Acknowledged)
    assert (answer.frame_id, answer.error is not None) == ("public-1", True)


@pytest.mark.parametrize("name", ["okx", "bybit", "bitget", "gate"])
def test_pings_are_answered_on_every_socket(name: str) -> None:
    sides = BothSides(name)
    sides.open_private()
    sides.open(3, "public")
    for conn, role in ((TRADE, "trade"), (PRIVATE, "private"), (3, "public")):
        sides.send(conn, sides.venue.sockets["private"].ping_text)
        assert sides.heard(conn, role) == [Ignored("pong")]
