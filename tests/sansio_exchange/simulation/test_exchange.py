"""The exchange as a whole: time, accounts, and what must hold whatever happens."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.errors import ExchangeError, InvalidRequest, OrderNotFound, UnknownSymbol
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import (
    AccountChanged,
    BookChanged,
    CandleChanged,
    Happening,
    LeverageChanged,
    MarkChanged,
    OrderChanged,
    Traded,
)
from sansio_exchange.simulation.symbols import default_rules
from tests.sansio_exchange.simulation.bare import BUY, SELL, START_MS, D

ALL_RULES = default_rules()
BTC, ETH = "BTCUSDT", "ETHUSDT"
HOUR = 3_600_000


def opened(
    *, rules: int = 1, seed: int = 1, pace: float = 4.0, start_ms: int = START_MS, balance: str = "100000"
) -> SimulatedExchange:
    exchange = SimulatedExchange(ALL_RULES[:rules], seed=seed, start_ms=start_ms, pace=pace)
    for account in ("ann", "bob"):
        exchange.open_account(account, D(balance))
    return exchange


def market(side: Side, quantity: str, symbol: str = BTC) -> NewOrder:
    return NewOrder(symbol, side, OrderType.MARKET, D(quantity))


def limit(side: Side, quantity: str, price: str, symbol: str = BTC) -> NewOrder:
    return NewOrder(symbol, side, OrderType.LIMIT, D(quantity), D(price))


# time


def test_something_is_always_due_and_advance_moves_on() -> None:
    exchange = opened()
    now_ms = START_MS
    for _ in range(50):
        due = exchange.next_event_ms()
        assert now_ms <= due <= now_ms // 1000 * 1000 + 1000
        exchange.advance(due)
        assert exchange.now_ms == due
        now_ms = due
    assert exchange.next_event_ms() > START_MS + 1000


def test_nothing_happens_before_it_is_due() -> None:
    exchange = opened()
    exchange.advance(exchange.next_event_ms() - 1)
    assert exchange.drain() == []


def test_going_back_in_time_changes_nothing() -> None:
    exchange = opened()
    exchange.advance(START_MS + 5_000)
    exchange.drain()
    exchange.advance(START_MS)
    assert exchange.drain() == []
    order = exchange.place("ann", market(BUY, "0.01"), START_MS)
    assert order.created_ms == START_MS + 5_000


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 4_000), max_size=15), st.integers(0, 100))
def test_the_size_of_the_steps_does_not_matter(steps: list[int], seed: int) -> None:
    whole, stepwise = opened(rules=2, seed=seed), opened(rules=2, seed=seed)
    for exchange in (whole, stepwise):
        exchange.watch_candles(BTC, "1m")
        exchange.advance(START_MS + 58_000)
    now_ms = START_MS + 58_000
    for step in steps:
        now_ms += step
        stepwise.advance(now_ms)
    whole.advance(now_ms)
    assert whole.drain() == stepwise.drain()


def test_happenings_are_in_order_of_time() -> None:
    exchange = opened(rules=3)
    exchange.advance(START_MS + 65_000)
    times = [each.time_ms for each in exchange.drain() if not isinstance(each, OrderChanged | CandleChanged)]
    assert times == sorted(times)


def test_marks_come_once_a_second_per_symbol() -> None:
    exchange = opened(rules=2)
    exchange.advance(START_MS + 10_500)
    marks = [each for each in exchange.drain() if isinstance(each, MarkChanged)]
    assert [(each.symbol, each.time_ms - START_MS) for each in marks] == [
        (symbol, second * 1000) for second in range(1, 11) for symbol in (BTC, ETH)
    ]
    assert exchange.mark(ETH) == marks[-1]


# candles


def test_a_watched_candle_closes_exactly_once_and_agrees_with_the_list() -> None:
    exchange = opened(start_ms=START_MS + 30_000)
    exchange.watch_candles(BTC, "1m")
    exchange.watch_candles(BTC, "3m")
    exchange.advance(START_MS + 10 * 60_000 + 1)
    told = [each for each in exchange.drain() if isinstance(each, CandleChanged)]
    closed = [each for each in told if each.candle.is_closed]
    keys = [(each.candle.interval, each.candle.open_ms) for each in closed]
    assert len(keys) == len(set(keys))
    assert sum(interval == "1m" for interval, _ in keys) == 10
    assert sum(interval == "3m" for interval, _ in keys) == 3
    for each in closed[4:]:
        candle = each.candle
        assert exchange.candles(BTC, candle.interval, 1, candle.open_ms)[0] == (candle, each.trades, each.quote_volume)


def test_candles_nobody_watches_are_not_told_but_are_there() -> None:
    exchange = opened()
    exchange.watch_candles(BTC, "1m")
    exchange.unwatch_candles(BTC, "1m")
    exchange.advance(START_MS + 120_000)
    assert not any(isinstance(each, CandleChanged) for each in exchange.drain())
    candles = exchange.candles(BTC, "1m", 500)
    assert len(candles) == 500
    assert [candle.is_closed for candle, _, _ in candles[-2:]] == [True, False]


def test_the_ticker_is_that_of_a_day() -> None:
    exchange = opened()
    exchange.advance(START_MS + 120_000)
    ticker = exchange.ticker(BTC)
    assert ticker.last_price == exchange.recent_trades(BTC, 1)[0].price
    assert ticker.volume > 0
    assert ticker.open_interest == exchange.open_interest(BTC) > 0
    assert abs(ticker.price_change_percent) < 20


# accounts and orders through the front door


def test_an_account_is_opened_once() -> None:
    exchange = opened()
    exchange.open_account("ann", D(5))
    assert exchange.account("ann").wallet_balance == 100_000
    with pytest.raises(KeyError):
        exchange.account("nobody")


def test_a_round_trip_costs_spread_and_fees() -> None:
    exchange = opened(pace=0.0)
    bought = exchange.place("ann", market(BUY, "0.1"), START_MS)
    position = exchange.positions("ann")[0]
    assert (position.size, position.entry_price, position.leverage) == (D("0.1"), bought.avg_price, 20)
    sold = exchange.place("ann", market(SELL, "0.1"), START_MS)
    assert exchange.positions("ann") == ()
    assert exchange.position("ann", BTC).size == 0
    fees = (bought.avg_price + sold.avg_price) * D("0.1") * D("0.0005")
    assert exchange.account("ann").wallet_balance == 100_000 - (bought.avg_price - sold.avg_price) * D("0.1") - fees


def test_orders_are_found_listed_and_cancelled() -> None:
    exchange = opened(rules=2, pace=0.0)
    first = exchange.place("ann", limit(BUY, "0.01", "90000"), START_MS)
    other = exchange.place("ann", limit(BUY, "0.1", "3000", ETH), START_MS)
    second = exchange.place("ann", limit(BUY, "0.01", "90001"), START_MS)
    assert exchange.open_orders("ann") == [first, other, second]
    assert exchange.open_orders("ann", BTC) == [first, second]
    assert exchange.open_orders("bob") == exchange.open_orders("bob", BTC) == []
    assert exchange.order_margin("ann") == (D(900) + D("900.01") + D(300)) / 20
    exchange.cancel("ann", BTC, START_MS + 1, order_id=first.order_id)
    assert [each.status for each in exchange.orders("ann", BTC)] == [OrderStatus.CANCELED, OrderStatus.NEW]
    assert exchange.order("ann", BTC, client_order_id=second.client_order_id) == second
    assert [each.order_id for each in exchange.cancel_all("ann", BTC, START_MS + 2)] == [second.order_id]
    assert exchange.open_orders("ann") == [other]
    with pytest.raises(OrderNotFound):
        exchange.order("ann", ETH, order_id=first.order_id)


def test_unknown_symbols_are_refused_everywhere() -> None:
    exchange = opened()
    for ask in (exchange.ticker, exchange.mark, exchange.open_interest):
        with pytest.raises(UnknownSymbol):
            ask("NOPEUSDT")
    with pytest.raises(UnknownSymbol):
        exchange.depth("NOPEUSDT", 5)
    with pytest.raises(UnknownSymbol):
        exchange.place("ann", market(BUY, "1", "NOPEUSDT"), START_MS)


def test_leverage_is_told() -> None:
    exchange = opened(pace=0.0)
    assert exchange.leverage("ann", BTC) == 20
    exchange.set_leverage("ann", BTC, 50, START_MS + 7)
    assert exchange.leverage("ann", BTC) == 50
    assert exchange.drain() == [LeverageChanged("ann", BTC, 50, START_MS + 7)]
    with pytest.raises(InvalidRequest):
        exchange.set_leverage("ann", BTC, 0, START_MS + 8)


def test_an_amended_order_is_told() -> None:
    exchange = opened(pace=0.0)
    order = exchange.place("ann", limit(BUY, "0.02", "94000"), START_MS)
    amended = exchange.amend("ann", BTC, order.order_id, D("0.01"), D(94_100), START_MS + 1)
    assert (amended.quantity, amended.price, amended.order_id) == (D("0.01"), D(94_100), order.order_id)
    told = [each.execution for each in exchange.drain() if isinstance(each, OrderChanged)]
    assert told == ["NEW", "AMENDMENT"]


# funding and liquidation


def test_funding_is_paid_every_eight_hours_by_who_holds_a_position() -> None:
    exchange = opened(pace=0.2, start_ms=START_MS + 8 * HOUR - 5_000)
    exchange.place("ann", market(BUY, "0.5"), START_MS + 8 * HOUR - 4_000)
    exchange.place("bob", market(SELL, "0.5"), START_MS + 8 * HOUR - 4_000)
    exchange.drain()
    before = {name: exchange.account(name).wallet_balance for name in ("ann", "bob")}
    exchange.advance(START_MS + 8 * HOUR)
    told = [each for each in exchange.drain() if isinstance(each, AccountChanged)]
    assert [(each.account, each.reason, each.symbols) for each in told] == [
        ("ann", "FUNDING_FEE", (BTC,)),
        ("bob", "FUNDING_FEE", (BTC,)),
    ]
    settled = exchange.funding_history(BTC, 1)[0]
    assert settled.time_ms == START_MS + 8 * HOUR
    amount = (settled.mark_price * D("0.5") * settled.rate).quantize(D("0.00000001"))
    assert amount > 0
    assert exchange.account("ann").wallet_balance == before["ann"] - amount
    assert exchange.account("bob").wallet_balance == before["bob"] + amount
    assert exchange.funding_paid("ann", BTC) == [(START_MS + 8 * HOUR, -amount)]
    exchange.advance(START_MS + 8 * HOUR + 5_000)
    assert exchange.funding_paid("ann", BTC) == [(START_MS + 8 * HOUR, -amount)]


def test_who_holds_too_much_is_liquidated_in_time() -> None:
    exchange = opened(pace=1.0, balance="1000")
    exchange.set_leverage("ann", BTC, 125, START_MS)
    exchange.place("ann", market(BUY, "1.2"), START_MS)
    exchange.place("ann", limit(SELL, "0.1", "99000"), START_MS)
    now_ms = START_MS
    while exchange.positions("ann") and now_ms < START_MS + 12 * HOUR:
        now_ms += 60_000
        exchange.advance(now_ms)
        account = exchange.account("ann")
        assert account.margin_balance >= account.maintenance_margin
    assert not exchange.positions("ann")
    assert exchange.open_orders("ann") == []
    assert 0 <= exchange.account("ann").wallet_balance < 1000
    told = [each for each in exchange.drain() if isinstance(each, OrderChanged)]
    assert any(each.execution == "CALCULATED" and each.fill is not None for each in told)


# what must hold whatever happens

NAMES = st.sampled_from(["ann", "bob"])
TICKS = st.integers(-12, 12)  # from the best bid
STEPS = st.integers(2, 2_000)
PLACE = st.tuples(
    st.just("place"),
    NAMES,
    st.booleans(),  # buy
    st.one_of(TICKS, st.none()),  # None is a market order
    STEPS,
    st.sampled_from([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX]),
    st.sampled_from([False, False, True]),  # reduce only
)
ACTIONS = st.lists(
    st.one_of(
        PLACE,
        PLACE,
        PLACE,
        st.tuples(st.just("cancel"), NAMES, st.integers(0, 9)),
        st.tuples(st.just("amend"), NAMES, st.integers(0, 9), TICKS, STEPS),
        st.tuples(st.just("leverage"), NAMES, st.sampled_from([1, 20, 125])),
        st.tuples(st.just("wait"), st.integers(1, 5_000)),
    ),
    min_size=12,
    max_size=40,
)


def play(exchange: SimulatedExchange, actions: list[tuple[Any, ...]]) -> list[Happening]:
    """Do what the actions say as well as it can be done; everything that happened."""
    happened: list[Happening] = []
    now_ms = exchange.now_ms
    for what, *details in actions:
        try:
            bids, asks = exchange.depth(BTC, 1)
            middle = (bids[0][0] if bids else asks[0][0]) if bids or asks else D(95_000)
            if what == "wait":
                now_ms += details[0]
                exchange.advance(now_ms)
            elif what == "leverage":
                exchange.set_leverage(details[0], BTC, details[1], now_ms)
            elif what == "place":
                account, is_buy, ticks, steps, tif, reduce_only = details
                order = NewOrder(
                    BTC,
                    BUY if is_buy else SELL,
                    OrderType.MARKET if ticks is None else OrderType.LIMIT,
                    D("0.001") * steps,
                    None if ticks is None else middle + D("0.10") * ticks,
                    time_in_force=TimeInForce.UNSPECIFIED if ticks is None else tif,
                    reduce_only=reduce_only,
                )
                exchange.place(account, order, now_ms)
            else:
                account, number = details[:2]
                orders = exchange.open_orders(account)
                if orders and what == "cancel":
                    exchange.cancel(account, BTC, now_ms, order_id=orders[number % len(orders)].order_id)
                elif orders:
                    target = orders[number % len(orders)].order_id
                    price = middle + D("0.10") * details[2]
                    exchange.amend(account, BTC, target, D("0.001") * details[3], price, now_ms)
        except ExchangeError:
            pass
        happened += exchange.drain()
        check_state(exchange)
    return happened


def check_state(exchange: SimulatedExchange) -> None:
    """What holds at every instant."""
    bids, asks = exchange.depth(BTC, 1_000)
    assert not bids or not asks or bids[0][0] < asks[0][0]
    held = sum((exchange.position(name, BTC).size for name in ("ann", "bob")), Decimal(0))
    assert held + exchange.house_position(BTC) == 0
    for name in ("ann", "bob"):
        account = exchange.account(name)
        fills = exchange.fills(name, BTC)
        booked = sum((each.realized_pnl - each.fee for each in fills), D(100_000))
        booked += sum((amount for _, amount in exchange.funding_paid(name, BTC)), Decimal(0))
        assert account.wallet_balance == booked
        assert account.margin_balance >= account.maintenance_margin
        assert account.available_balance >= 0
        assert exchange.order_margin(name) >= 0
        holding = exchange._engine.trader(name).holding(exchange._engine.listing(BTC))
        for side, reserved in ((BUY, holding.buys), (SELL, holding.sells)):
            open_ = [each for each in exchange.open_orders(name) if each.side is side and not each.reduce_only]
            left = sum(((each.quantity - each.executed_qty) * each.price for each in open_), Decimal(0))
            assert holding.listing.value(reserved) == left
        size = sum((each.quantity if each.side is BUY else -each.quantity for each in fills), Decimal(0))
        assert size == exchange.position(name, BTC).size
        for order in exchange.orders(name, BTC):
            check_order(order, [each for each in fills if each.order_id == order.order_id])
        for order in exchange.open_orders(name):
            levels = bids if order.side is BUY else asks
            shown = dict(levels).get(order.price, Decimal(0))
            assert shown >= order.quantity - order.executed_qty


def check_order(order: Order, fills: list[Any]) -> None:
    """An order's totals are those of its fills."""
    quantity = sum((each.quantity for each in fills), Decimal(0))
    assert order.executed_qty == quantity <= order.quantity
    assert (order.status is OrderStatus.FILLED) == (quantity == order.quantity)
    if quantity:
        value = sum((each.price * each.quantity for each in fills), Decimal(0))
        assert abs(order.avg_price - value / quantity) <= D("0.00000001")
    else:
        assert order.avg_price == 0


def check_stories(happened: list[Happening]) -> None:
    """What was told of each order makes sense from its first to its last word."""
    told: dict[int, OrderChanged] = {}
    trade_ids: list[int] = []
    sizes: dict[str, Decimal] = {}
    for each in happened:
        if isinstance(each, BookChanged):
            assert not each.bid or not each.ask or each.bid < each.ask
        elif isinstance(each, Traded):
            trade_ids.append(each.trade_id)
        elif isinstance(each, OrderChanged):
            before = told.get(each.order.order_id)
            if before is None:
                assert each.execution == "NEW"
                assert each.order.executed_qty == 0
            else:
                assert not before.order.status.is_final, "told of an order that was final"
                grown = each.order.executed_qty - before.order.executed_qty
                assert grown == (each.fill.quantity if each.fill is not None else 0)
            assert (each.fill is not None) == (each.execution in ("TRADE", "CALCULATED"))
            told[each.order.order_id] = each
            if each.fill is not None:
                if each.order.type is OrderType.LIMIT:
                    gain = each.order.price - each.fill.price
                    assert gain * (1 if each.order.side is BUY else -1) >= 0, "a fill beyond the limit"
                size = sizes.get(each.account, Decimal(0))
                after = size + (each.fill.quantity if each.fill.side is BUY else -each.fill.quantity)
                if each.order.reduce_only:
                    assert abs(after) < abs(size)
                    assert after * size >= 0
                sizes[each.account] = after
    assert trade_ids == sorted(set(trade_ids))
    ids = list(told)
    assert ids == sorted(ids), "orders are numbered upwards"


@settings(max_examples=40, deadline=None)
@given(ACTIONS, st.integers(0, 50))
def test_the_books_balance_whatever_happens(actions: list[tuple[Any, ...]], seed: int) -> None:
    check_stories(play(opened(seed=seed), actions))


@settings(max_examples=10, deadline=None)
@given(ACTIONS, st.integers(0, 50))
def test_the_same_seed_and_calls_give_the_same_happenings(actions: list[tuple[Any, ...]], seed: int) -> None:
    assert play(opened(seed=seed), actions) == play(opened(seed=seed), actions)
