"""How orders trade: price-time priority, times in force, reduce-only, self-trade prevention, amendments."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.errors import (
    DuplicateClientOrderId,
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    OrderRejected,
    ReduceOnlyRejected,
    UnknownSymbol,
    WouldTake,
)
from sansio_exchange.orders import NewOrder, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.happenings import AccountChanged, BookChanged, OrderChanged
from tests.sansio_exchange.simulation.bare import BUY, SELL, START_MS, SYMBOL, D, Floor

# resting and taking


def test_an_order_that_meets_nobody_rests() -> None:
    floor = Floor()
    order = floor.limit("ann", BUY, "1", "99.5")
    assert order.status is OrderStatus.NEW
    assert floor.listing.depth(5) == ([(D("99.5"), D("1.00"))], [])
    assert floor.executions(order) == ["NEW"]


def test_a_taker_trades_at_the_makers_price() -> None:
    floor = Floor()
    ask = floor.limit("ann", SELL, "1", "100")
    bid = floor.limit("bob", BUY, "1", "101")
    assert bid.status is OrderStatus.FILLED
    assert bid.avg_price == 100
    assert floor.state(ask).status is OrderStatus.FILLED
    assert floor.trades() == [("100.0", "1.00")]
    assert (floor.size("ann"), floor.size("bob")) == (D(-1), D(1))


def test_better_prices_first_then_older_orders() -> None:
    floor = Floor("ann", "bob", "cid", "eve")
    late_better = [floor.limit("ann", SELL, "1", "101"), floor.limit("bob", SELL, "1", "101")]
    best = floor.limit("cid", SELL, "1", "100")
    floor.market("eve", BUY, "2.5")
    assert floor.trades() == [("100.0", "1.00"), ("101.0", "1.00"), ("101.0", "0.50")]
    assert floor.state(best).status is OrderStatus.FILLED
    assert floor.state(late_better[0]).status is OrderStatus.FILLED
    assert floor.state(late_better[1]).executed_qty == D("0.5")


def test_a_user_waits_behind_the_house_that_was_there_before_and_goes_before_what_came_later() -> None:
    floor = Floor()
    floor.house(BUY, "100", "2")
    bid = floor.limit("ann", BUY, "1", "100")
    floor.house(BUY, "100", "5")
    floor.market("bob", SELL, "2")
    assert floor.state(bid).executed_qty == 0
    floor.market("bob", SELL, "1")
    assert floor.state(bid).status is OrderStatus.FILLED
    assert floor.listing.depth(1)[0] == [(D("100.0"), D("3.00"))]


def test_the_remainder_of_a_taking_limit_order_rests() -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    bid = floor.limit("ann", BUY, "3", "100")
    assert bid.status is OrderStatus.PARTIALLY_FILLED
    assert bid.executed_qty == 1
    assert floor.listing.depth(5) == ([(D("100.0"), D("2.00"))], [])


def test_the_house_takes_from_users_and_its_position_mirrors_theirs() -> None:
    floor = Floor()
    bid = floor.limit("ann", BUY, "2", "100")
    left = floor.engine.take(floor.listing, SELL, 300, None, START_MS)
    assert left == 100
    assert floor.state(bid).status is OrderStatus.FILLED
    assert floor.listing.house_steps == -200
    fill = floor.engine.traders["ann"].holding(floor.listing).records.fills[-1]
    assert fill.is_maker
    assert fill.fee == D("0.04")


def test_average_price_is_that_of_all_fills() -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    floor.house(SELL, "101", "2")
    order = floor.market("ann", BUY, "3")
    assert order.avg_price == D("100.66666667")
    assert order.executed_qty == 3


# times in force


def test_a_market_order_takes_what_there_is_and_the_rest_expires() -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    order = floor.market("ann", BUY, "3")
    assert (order.status, order.executed_qty) == (OrderStatus.EXPIRED, D(1))
    assert floor.executions(order) == ["NEW", "TRADE", "EXPIRED"]
    assert floor.listing.depth(5) == ([], [])


def test_ioc_takes_up_to_its_price_and_the_rest_expires() -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    floor.house(SELL, "101", "1")
    order = floor.limit("ann", BUY, "3", "100", tif=TimeInForce.IOC)
    assert (order.status, order.executed_qty) == (OrderStatus.EXPIRED, D(1))
    assert floor.listing.depth(5) == ([], [(D("101.0"), D("1.00"))])


def test_fok_is_all_or_nothing() -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    floor.house(SELL, "101", "1")
    killed = floor.limit("ann", BUY, "1.5", "100", tif=TimeInForce.FOK)
    assert (killed.status, killed.executed_qty) == (OrderStatus.EXPIRED, D(0))
    filled = floor.limit("ann", BUY, "1.5", "101", tif=TimeInForce.FOK)
    assert (filled.status, filled.executed_qty) == (OrderStatus.FILLED, D("1.5"))


def test_fok_does_not_count_own_orders_nor_what_reduce_only_orders_cannot_give() -> None:
    floor = Floor()
    own = floor.limit("ann", SELL, "1", "100")
    floor.house(SELL, "100.5", "1")
    assert floor.limit("ann", BUY, "2", "101", tif=TimeInForce.FOK).executed_qty == 0
    assert floor.state(own).status is OrderStatus.NEW
    floor = Floor()
    floor.house(SELL, "100", "1")
    floor.market("bob", BUY, "1")
    floor.limit("bob", SELL, "3", "102", reduce_only=True)
    assert floor.limit("ann", BUY, "2", "102", tif=TimeInForce.FOK).executed_qty == 0
    assert floor.limit("ann", BUY, "1", "102", tif=TimeInForce.FOK).status is OrderStatus.FILLED
    floor = Floor()
    floor.house(SELL, "100", "3")
    floor.market("bob", BUY, "3")
    floor.limit("bob", SELL, "1", "102", reduce_only=True)
    assert floor.limit("ann", BUY, "2", "102", tif=TimeInForce.FOK).executed_qty == 0


@pytest.mark.parametrize("price", ["100", "101"])
def test_post_only_is_refused_where_it_would_take_and_leaves_no_trace(price: str) -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    with pytest.raises(WouldTake):
        floor.limit("ann", BUY, "1", price, tif=TimeInForce.GTX)
    assert floor.engine.happenings == []
    assert floor.limit("ann", BUY, "1", "99.5", tif=TimeInForce.GTX).status is OrderStatus.NEW


# reduce-only


def test_reduce_only_without_a_position_to_reduce_is_refused() -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    for _ in range(2):
        with pytest.raises(ReduceOnlyRejected):
            floor.market("ann", BUY, "1", reduce_only=True)
        floor.house(SELL, "100", "1")
        floor.market("ann", BUY, "1")


def test_a_taking_reduce_only_order_stops_at_the_position() -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    floor.house(BUY, "99", "5")
    floor.market("ann", BUY, "1")
    order = floor.limit("ann", SELL, "3", "99", reduce_only=True)
    assert (order.status, order.executed_qty) == (OrderStatus.EXPIRED, D(1))
    assert floor.size("ann") == 0


def test_a_resting_reduce_only_order_is_cut_when_the_position_has_shrunk() -> None:
    floor = Floor()
    floor.house(SELL, "100", "3")
    floor.house(BUY, "99", "2")
    floor.market("ann", BUY, "3")
    resting = floor.limit("ann", SELL, "3", "105", reduce_only=True)
    floor.market("ann", SELL, "2")
    floor.house(SELL, "100", "0")
    floor.market("bob", BUY, "3")
    after = floor.state(resting)
    assert (after.status, after.executed_qty) == (OrderStatus.EXPIRED, D(1))
    assert floor.size("ann") == 0
    assert floor.executions(resting) == ["NEW", "TRADE", "EXPIRED"]


def test_resting_reduce_only_orders_expire_when_the_position_closes_or_turns() -> None:
    for quantity in ("1", "2"):
        floor = Floor()
        floor.house(SELL, "100", "1")
        floor.house(BUY, "99", "5")
        floor.market("ann", BUY, "1")
        resting = floor.limit("ann", SELL, "1", "105", reduce_only=True)
        floor.market("ann", SELL, quantity)
        assert floor.state(resting).status is OrderStatus.EXPIRED
        assert floor.listing.book.asks.keys == []


# self-trade prevention


def test_an_order_that_meets_one_of_its_own_account_expires_that_and_goes_on() -> None:
    floor = Floor()
    own = floor.limit("ann", SELL, "1", "100")
    other = floor.limit("bob", SELL, "1", "101")
    order = floor.limit("ann", BUY, "1", "101")
    assert floor.state(own).status is OrderStatus.EXPIRED
    assert floor.state(own).executed_qty == 0
    assert floor.state(other).status is OrderStatus.FILLED
    assert order.avg_price == 101


# ids


def test_order_and_trade_ids_ascend() -> None:
    floor = Floor()
    ids = [floor.limit("ann", BUY, "1", "99").order_id for _ in range(3)]
    assert ids == sorted(set(ids))
    floor.market("bob", SELL, "3")
    fills = floor.engine.traders["bob"].holding(floor.listing).records.fills
    numbers = [int(each.trade_id) for each in fills]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 3


def test_a_client_order_id_is_free_again_when_its_order_is_final() -> None:
    floor = Floor()
    first = floor.limit("ann", BUY, "1", "99", client_order_id="mine")
    with pytest.raises(DuplicateClientOrderId):
        floor.limit("ann", BUY, "1", "98", client_order_id="mine")
    floor.limit("bob", BUY, "1", "98", client_order_id="mine")
    floor.engine.cancel("ann", SYMBOL, first.order_id, "", START_MS)
    assert floor.limit("ann", BUY, "1", "98", client_order_id="mine").status is OrderStatus.NEW


def test_an_order_without_a_client_id_gets_one() -> None:
    floor = Floor()
    assert floor.limit("ann", BUY, "1", "99").client_order_id


# what is refused changes nothing


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (NewOrder(SYMBOL, BUY, OrderType.LIMIT, D("0.015"), D(100)), "quantity"),
        (NewOrder(SYMBOL, BUY, OrderType.LIMIT, D(0), D(100)), "quantity"),
        (NewOrder(SYMBOL, BUY, OrderType.LIMIT, D(1), D("100.25")), "price"),
        (NewOrder(SYMBOL, BUY, OrderType.LIMIT, D("0.01"), D(100)), "quantity"),
        (NewOrder(SYMBOL, BUY, OrderType.LIMIT, D(1)), "price"),
        (NewOrder(SYMBOL, BUY, OrderType.MARKET, D(1), D(100)), "price"),
        (NewOrder(SYMBOL, BUY, OrderType.MARKET, D(1), post_only=True), "post_only"),
    ],
)
def test_an_order_against_the_rules_is_refused(order: NewOrder, field: str) -> None:
    floor = Floor()
    with pytest.raises(InvalidRequest) as refusal:
        floor.engine.place("ann", order, START_MS)
    assert refusal.value.field == field
    assert floor.engine.happenings == []


def test_unknown_symbols_and_accounts() -> None:
    floor = Floor()
    with pytest.raises(UnknownSymbol):
        floor.engine.place("ann", NewOrder("NOPE", BUY, OrderType.MARKET, D(1)), START_MS)
    with pytest.raises(KeyError):
        floor.market("nobody", BUY, "1")


def test_margin_must_cover_the_order_and_open_orders_count() -> None:
    floor = Floor(balance="1000")
    floor.limit("ann", BUY, "150", "100")
    with pytest.raises(InsufficientFunds):
        floor.limit("ann", BUY, "51", "100")
    floor.limit("ann", BUY, "50", "100")
    floor.limit("ann", SELL, "198", "101")  # the other side needs nothing more until it is larger


def test_filled_and_reduce_only_orders_hold_no_order_margin() -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    ann = floor.engine.traders["ann"]
    floor.limit("ann", BUY, "3", "100")
    assert ann.order_margin() == 10
    floor.engine.take(floor.listing, SELL, 200, None, START_MS)
    assert ann.order_margin() == 0
    floor.limit("ann", SELL, "3", "400", reduce_only=True)
    assert ann.order_margin() == 0


def test_closing_needs_no_margin_even_when_none_is_left() -> None:
    floor = Floor(balance="1000")
    floor.house(SELL, "100", "191")
    floor.house(BUY, "99.5", "500")
    floor.market("ann", BUY, "190")
    floor.listing.mark_price = D("97")
    with pytest.raises(InsufficientFunds):
        floor.market("ann", BUY, "1")
    assert floor.market("ann", SELL, "190").status is OrderStatus.FILLED


def test_a_market_order_must_also_cover_the_loss_of_a_thin_book() -> None:
    floor = Floor(balance="1000")
    floor.house(SELL, "150", "140")
    with pytest.raises(InsufficientFunds):
        floor.market("ann", BUY, "100")


# amendments


def test_shrinking_keeps_the_place_in_the_queue() -> None:
    floor = Floor()
    first = floor.limit("ann", BUY, "2", "100")
    second = floor.limit("bob", BUY, "2", "100")
    amended = floor.engine.amend("ann", SYMBOL, first.order_id, D(1), D(100), START_MS)
    assert amended.quantity == 1
    floor.market("eve", SELL, "1.5")
    assert floor.state(first).status is OrderStatus.FILLED
    assert floor.state(second).executed_qty == D("0.5")


@pytest.mark.parametrize(("quantity", "back"), [("3", "100"), ("2", "99.5")])
def test_growing_or_moving_goes_to_the_back_of_the_queue(quantity: str, back: str) -> None:
    floor = Floor()
    first = floor.limit("ann", BUY, "2", "100")
    second = floor.limit("bob", BUY, "2", "100")
    floor.engine.amend("ann", SYMBOL, first.order_id, D(quantity), D(back), START_MS)
    floor.market("eve", SELL, "1")
    assert floor.state(first).executed_qty == 0
    assert floor.state(second).executed_qty == 1
    assert floor.executions(first) == ["NEW", "AMENDMENT"]


def test_an_amended_order_takes_what_it_now_meets() -> None:
    floor = Floor()
    floor.house(SELL, "101", "1")
    order = floor.limit("ann", BUY, "2", "100")
    amended = floor.engine.amend("ann", SYMBOL, order.order_id, D(2), D(101), START_MS)
    assert amended.executed_qty == 1
    assert amended.status is OrderStatus.PARTIALLY_FILLED
    assert floor.listing.depth(5)[0] == [(D("101.0"), D("1.00"))]


def test_a_post_only_order_amended_into_the_book_is_cancelled() -> None:
    floor = Floor()
    floor.house(SELL, "101", "1")
    order = floor.limit("ann", BUY, "2", "100", tif=TimeInForce.GTX)
    assert floor.engine.amend("ann", SYMBOL, order.order_id, D(2), D(101), START_MS).status is OrderStatus.CANCELED
    assert floor.trades() == []


def test_an_order_amended_to_what_is_executed_is_cancelled() -> None:
    floor = Floor()
    floor.house(SELL, "100", "1")
    order = floor.limit("ann", BUY, "2", "100")
    amended = floor.engine.amend("ann", SYMBOL, order.order_id, D(1), D(100), START_MS)
    assert (amended.status, amended.executed_qty) == (OrderStatus.CANCELED, D(1))


def test_an_amendment_that_is_refused_leaves_the_order_as_it_was() -> None:
    floor = Floor(balance="1000")
    order = floor.limit("ann", BUY, "100", "100")
    before = floor.state(order)
    with pytest.raises(OrderRejected):
        floor.engine.amend("ann", SYMBOL, order.order_id, D(100), D(100), START_MS)
    with pytest.raises(InsufficientFunds):
        floor.engine.amend("ann", SYMBOL, order.order_id, D(300), D(100), START_MS)
    with pytest.raises(InvalidRequest):
        floor.engine.amend("ann", SYMBOL, order.order_id, D(1), D("100.1"), START_MS)
    with pytest.raises(OrderNotFound):
        floor.engine.amend("bob", SYMBOL, order.order_id, D(1), D(100), START_MS)
    assert floor.state(order) == before
    assert floor.engine.traders["ann"].order_margin() == 500


# cancelling


def test_a_cancelled_order_is_gone_and_cannot_be_cancelled_again() -> None:
    floor = Floor()
    order = floor.limit("ann", BUY, "1", "99", client_order_id="mine")
    assert floor.engine.cancel("ann", SYMBOL, 0, "mine", START_MS).status is OrderStatus.CANCELED
    assert floor.listing.depth(5) == ([], [])
    assert floor.engine.traders["ann"].order_margin() == 0
    with pytest.raises(OrderNotFound):
        floor.engine.cancel("ann", SYMBOL, order.order_id, "", START_MS)


def test_nobody_cancels_another_accounts_order() -> None:
    floor = Floor()
    order = floor.limit("ann", BUY, "1", "99")
    with pytest.raises(OrderNotFound):
        floor.engine.cancel("bob", SYMBOL, order.order_id, "", START_MS)


# leverage


def test_leverage_bounds_and_margin() -> None:
    floor = Floor(balance="1000")
    floor.limit("ann", BUY, "100", "100")
    floor.engine.set_leverage("ann", SYMBOL, 125)
    assert floor.engine.traders["ann"].order_margin() == 80
    with pytest.raises(InsufficientFunds):
        floor.engine.set_leverage("ann", SYMBOL, 5)
    for leverage in (0, 126):
        with pytest.raises(InvalidRequest):
            floor.engine.set_leverage("ann", SYMBOL, leverage)


# what is told


def test_settle_tells_book_and_accounts_once_for_all_that_happened() -> None:
    floor = Floor()
    for price in ("100", "101"):
        floor.limit("ann", SELL, "1", price)
    floor.engine.settle(START_MS)
    floor.engine.happenings.clear()
    floor.market("bob", BUY, "1.5")
    floor.engine.settle(START_MS + 5)
    assert [type(each) for each in floor.engine.happenings[-3:]] == [BookChanged, AccountChanged, AccountChanged]
    book = floor.engine.happenings[-3]
    assert isinstance(book, BookChanged)
    assert (book.bid, book.ask, book.ask_quantity, book.time_ms) == (D(0), D(101), D("0.5"), START_MS + 5)
    floor.engine.happenings.clear()
    floor.engine.settle(START_MS + 6)
    assert floor.engine.happenings == []


# against a slow and simple model

ORDERS = st.lists(
    st.tuples(st.booleans(), st.integers(6, 50), st.integers(196, 204), st.sampled_from(list(TimeInForce)[1:4])),
    max_size=30,
)


@settings(max_examples=120, deadline=None)
@given(ORDERS)
def test_trades_are_those_of_price_time_priority(
    orders: list[tuple[bool, int, int, TimeInForce]],
) -> None:
    """The model keeps a list of orders and sorts it by price, then age, for each taker."""
    floor = Floor(*(f"a{place}" for place in range(len(orders))))
    resting: list[list[int]] = []  # [sign, ticks, age, steps]
    expected: list[tuple[str, str]] = []
    for age, (is_buy, steps, ticks, tif) in enumerate(orders):
        side = BUY if is_buy else SELL
        sign = 1 if is_buy else -1
        meets = sorted(
            (each for each in resting if each[0] == -sign and (each[1] - ticks) * sign <= 0),
            key=lambda each: (each[1] * each[0] * -1, each[2]),
        )
        left = steps
        if tif is not TimeInForce.FOK or sum(each[3] for each in meets) >= steps:
            for each in meets:
                traded = min(left, each[3])
                if traded:
                    expected.append((str(D("0.5") * each[1]), str(D("0.01") * traded)))
                each[3] -= traded
                left -= traded
        resting = [each for each in resting if each[3]]
        if left and tif is TimeInForce.GTC:
            resting.append([sign, ticks, age, left])
        floor.limit(f"a{age}", side, str(D("0.01") * steps), str(D("0.5") * ticks), tif=tif)
    assert floor.trades() == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ann", "bob"]), st.booleans(), st.booleans(), st.integers(198, 202), st.integers(10, 90)
        ),
        max_size=40,
    )
)
def test_reduce_only_orders_never_increase_a_position(
    actions: list[tuple[str, bool, bool, int, int]],
) -> None:
    floor = Floor("ann", "bob")
    for account, is_buy, reduce_only, ticks, steps in actions:
        try:
            floor.limit(
                account, BUY if is_buy else SELL, str(D("0.01") * steps), str(D("0.5") * ticks), reduce_only=reduce_only
            )
        except ReduceOnlyRejected:
            continue
    sizes: dict[str, Decimal] = {"ann": D(0), "bob": D(0)}
    for each in floor.engine.happenings:
        if isinstance(each, OrderChanged) and each.fill is not None:
            before = sizes[each.account]
            after = before + (each.fill.quantity if each.order.side is Side.BUY else -each.fill.quantity)
            if each.order.reduce_only:
                assert abs(after) < abs(before)
                assert after * before >= 0
            sizes[each.account] = after
    assert sizes == {name: floor.size(name) for name in sizes}
    assert sum(sizes.values()) == 0
