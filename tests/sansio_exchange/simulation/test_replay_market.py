"""A recorded session lived through again."""

from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.orders import NewOrder, OrderStatus, OrderType
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import Traded
from sansio_exchange.simulation.replay_market import CapturedTrade
from tests.sansio_exchange.simulation.bare import BUY, RULES, SELL, START_MS, SYMBOL, D

RECORDED_MS = 1_600_000_000_123
CAPTURE = [
    CapturedTrade(SYMBOL, D("100.5"), D("2"), BUY, RECORDED_MS),
    CapturedTrade(SYMBOL, D("100"), D("1.5"), SELL, RECORDED_MS + 250),
    CapturedTrade(SYMBOL, D("107"), D("40"), BUY, RECORDED_MS + 700),
    CapturedTrade("OTHERUSDT", D("1"), D("1"), BUY, RECORDED_MS + 800),
    CapturedTrade(SYMBOL, D("90"), D("0.01"), SELL, RECORDED_MS + 3_000),
]


def replaying(capture: list[CapturedTrade] = CAPTURE) -> SimulatedExchange:
    exchange = SimulatedExchange([RULES], seed=1, start_ms=START_MS, capture=capture)
    exchange.open_account("ann", D(100_000))
    return exchange


def printed(exchange: SimulatedExchange) -> list[Traded]:
    return [each for each in exchange.drain() if isinstance(each, Traded)]


def test_every_trade_happens_again_at_its_time() -> None:
    exchange = replaying()
    exchange.advance(START_MS + 10_000)
    trades = printed(exchange)
    own = [each for each in CAPTURE if each.symbol == SYMBOL]
    assert [(each.price, each.quantity, each.taker, each.time_ms - START_MS) for each in trades] == [
        (each.price, each.quantity, each.taker, each.time_ms - RECORDED_MS) for each in own
    ]


def test_the_book_stands_around_the_price_before_the_first_trade() -> None:
    bids, asks = replaying().depth(SYMBOL, 1)
    assert bids[0][0] == 100
    assert asks[0][0] == D("100.5")


def test_after_the_last_trade_it_stands_still_but_time_goes_on() -> None:
    exchange = replaying()
    exchange.advance(START_MS + 10_000)
    exchange.drain()
    assert exchange._markets[SYMBOL].next_ms == inf
    assert exchange.next_event_ms() == START_MS + 11_000
    exchange.advance(START_MS + 60_000)
    assert printed(exchange) == []
    assert exchange.mark(SYMBOL).time_ms == START_MS + 60_000


def test_a_users_order_on_the_way_of_the_price_is_filled() -> None:
    exchange = replaying()
    order = exchange.place("ann", NewOrder(SYMBOL, SELL, OrderType.LIMIT, D(1), D(105)), START_MS)
    exchange.advance(START_MS + 10_000)
    after = exchange.order("ann", SYMBOL, order_id=order.order_id)
    assert (after.status, after.avg_price) == (OrderStatus.FILLED, D(105))


def test_orders_too_large_for_the_house_keep_the_book_uncrossed() -> None:
    exchange = replaying([*CAPTURE, CapturedTrade(SYMBOL, D("101"), D(5), BUY, RECORDED_MS + 500)])
    exchange.open_account("eve", D(100_000_000))
    for _ in range(20):
        exchange.place("eve", NewOrder(SYMBOL, BUY, OrderType.LIMIT, D(1000), D(105)), START_MS)
    for now_ms in range(START_MS, START_MS + 4_000, 50):
        exchange.advance(now_ms)
        bids, asks = exchange.depth(SYMBOL, 1)
        assert bids[0][0] < asks[0][0]
    assert exchange.position("eve", SYMBOL).size > 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(150, 250), st.integers(1, 10_000), st.booleans(), st.integers(0, 2_000)),
        min_size=1,
        max_size=25,
    )
)
def test_without_users_the_tape_is_the_recording(moves: list[tuple[int, int, bool, int]]) -> None:
    capture, at = [], RECORDED_MS
    for ticks, steps, is_buy, gap in moves:
        at += gap
        capture.append(CapturedTrade(SYMBOL, D("0.5") * ticks, D("0.01") * steps, BUY if is_buy else SELL, at))
    exchange = replaying(capture)
    exchange.advance(START_MS + at - RECORDED_MS)
    first = capture[0].time_ms
    assert [(each.price, each.quantity, each.taker, each.time_ms) for each in printed(exchange)] == [
        (each.price, each.quantity, each.taker, each.time_ms - first + START_MS)
        for each in capture
        if each.time_ms - first + START_MS <= START_MS + at - RECORDED_MS
    ]
