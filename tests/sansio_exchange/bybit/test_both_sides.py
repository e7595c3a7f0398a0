"""Bybit's language against the local venue's, where it is unlike the others'."""

import pytest

from sansio_exchange.commands import GetBalance, GetFills, GetOpenOrders, PlaceOrder, PlaceOrders
from sansio_exchange.errors import RateLimited
from sansio_exchange.orders import Order, Side
from sansio_exchange.venue import AccountChange, LoneFill, OrderState
from tests.sansio_exchange.both_sides import PRIVATE, START_MS, BothSides, market
from tests.sansio_exchange.simulation.bybit.desk import sleepy_venue


@pytest.mark.parametrize("way", ["rest", "trade"])
def test_limits_are_told_and_taken_over(way: str) -> None:
    sides = BothSides("bybit", way)
    sides.do(PlaceOrder(sides.limit("mine-1")))
    limits = {budget.name: budget.limit for budget in sides.venue.budgets()}
    assert limits["place"] >= 10


def test_too_many_orders_are_a_rate_limit() -> None:
    sides = BothSides("bybit")
    for number in range(10):
        sides.do(PlaceOrder(sides.limit(f"mine-{number}")))
    with pytest.raises(RateLimited) as refused:
        sides.do(PlaceOrder(sides.limit("mine-10")))
    assert refused.value.retry_after
    outcomes = sides.do(PlaceOrders(tuple(sides.limit(f"row-{number}") for number in range(12))))
    assert [type(each) for each in outcomes] == [Order] * 10 + [RateLimited] * 2
    assert len(sides.do(GetOpenOrders("BTCUSDT"))) == 20


def test_funding_changes_the_wallet_and_is_no_fill() -> None:
    sides = BothSides("bybit", machine=sleepy_venue(START_MS))
    sides.do(PlaceOrder(market(Side.SELL, "1", "mine-1")))
    fills, before = sides.do(GetFills("BTCUSDT")), sides.do(GetBalance("USDT"))
    sides.open_private()
    sides.jump(2 * 3_600_000)
    said = sides.heard(PRIVATE, "private")
    after = sides.do(GetBalance("USDT"))
    assert after != before
    assert not [each for each in said if isinstance(each, OrderState | LoneFill)]
    assert [each.balances for each in said if isinstance(each, AccountChange)][-1][0].wallet == after
    assert sides.do(GetFills("BTCUSDT")) == fills
