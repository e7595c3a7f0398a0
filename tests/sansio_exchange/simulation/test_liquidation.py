"""Accounts that can no longer carry their positions."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.orders import OrderStatus, OrderType, Side
from sansio_exchange.simulation.happenings import OrderChanged
from sansio_exchange.simulation.liquidation import is_due, liquidate
from tests.sansio_exchange.simulation.bare import BUY, SELL, START_MS, D, Floor


def long_floor(*, exit_price: str, exit_quantity: str = "1000") -> Floor:
    """ann holds 190 coins from 100 on 1,000 USDT at 20x; the house bids `exit_price`."""
    floor = Floor(balance="1000")
    floor.house(SELL, "100", "190")
    floor.market("ann", BUY, "190")
    floor.house(BUY, exit_price, exit_quantity)
    return floor


def test_a_sound_account_is_left_alone() -> None:
    floor = long_floor(exit_price="99")
    assert not is_due(floor.engine.traders["ann"])


def test_due_exactly_below_maintenance() -> None:
    floor = long_floor(exit_price="99")
    ann = floor.engine.traders["ann"]
    price = ann.liquidation_price(ann.holding(floor.listing))
    floor.listing.mark_price = price + D("0.01")
    assert not is_due(ann)
    floor.listing.mark_price = price - D("0.01")
    assert is_due(ann)


def test_orders_are_cancelled_and_the_position_closed_at_the_book() -> None:
    floor = long_floor(exit_price="95")
    ann = floor.engine.traders["ann"]
    resting = floor.limit("ann", SELL, "100", "110")
    floor.listing.mark_price = D(95)
    floor.engine.happenings.clear()
    liquidate(floor.engine, ann, START_MS)
    assert floor.state(resting).status is OrderStatus.CANCELED
    assert floor.size("ann") == 0
    assert ann.wallet == 1000 - D("9.5") - 950 - D("9.025")
    told = [each for each in floor.engine.happenings if isinstance(each, OrderChanged)]
    assert [each.execution for each in told] == ["CANCELED", "NEW", "CALCULATED"]
    order = told[-1].order
    assert order.client_order_id.startswith("autoclose-")
    assert (order.side, order.type, order.status) == (Side.SELL, OrderType.LIMIT, OrderStatus.FILLED)
    assert order.reason == "liquidation"


def test_what_the_book_does_not_give_the_house_takes_over_at_the_bankruptcy_price() -> None:
    floor = long_floor(exit_price="96", exit_quantity="10")
    ann = floor.engine.traders["ann"]
    floor.listing.mark_price = D(95)
    printed = len(floor.trades())
    liquidate(floor.engine, ann, START_MS)
    assert floor.size("ann") == 0
    assert 0 <= ann.wallet < 200
    assert floor.listing.house_steps == 0
    assert len(floor.trades()) == printed + 1, "the take-over is not a trade of the market"


@pytest.mark.parametrize("mark", ["90", "50", "1"])
def test_a_gap_beyond_bankruptcy_leaves_nothing_but_no_debt(mark: str) -> None:
    floor = long_floor(exit_price=mark)
    ann = floor.engine.traders["ann"]
    floor.listing.mark_price = D(mark)
    liquidate(floor.engine, ann, START_MS)
    assert floor.size("ann") == 0
    assert 0 <= ann.wallet < 100


@settings(max_examples=80, deadline=None)
@given(
    st.booleans(),
    st.integers(1, 180),
    st.integers(2, 400),
    st.lists(st.tuples(st.integers(2, 400), st.integers(1, 300)), max_size=5),
)
def test_no_wallet_ends_below_zero_and_all_fills_add_up(
    is_long: bool, coins: int, mark: int, exits: list[tuple[int, int]]
) -> None:
    floor = Floor(balance="1000")
    entry, leave = (SELL, BUY) if is_long else (BUY, SELL)
    floor.house(entry, "100", str(coins))
    floor.market("ann", leave, str(coins))
    for ticks, quantity in exits:
        floor.house(leave, str(D("0.5") * ticks), str(quantity))
    floor.listing.mark_price = D("0.5") * mark
    ann = floor.engine.traders["ann"]
    if not is_due(ann):
        return
    liquidate(floor.engine, ann, START_MS)
    holding = ann.holding(floor.listing)
    assert holding.steps == 0
    assert ann.wallet >= 0
    assert floor.listing.house_steps == 0
    closing = [each for each in holding.records.fills if each.side is entry]
    assert sum((each.quantity for each in closing), Decimal(0)) == coins
    earned = sum((each.realized_pnl - each.fee for each in holding.records.fills), D(1000))
    assert ann.wallet == earned
