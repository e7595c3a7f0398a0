from decimal import Decimal

import pytest

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.orders import NewOrder, OrderType, TimeInForce
from sansio_exchange.simulation.checks import check_order, time_in_force
from sansio_exchange.simulation.symbols import default_rules
from tests.sansio_exchange.simulation.bare import BUY, SELL, D

BTC = default_rules()[0]
MARK = D(95_000)


def limit(quantity: str = "0.01", price: str = "95000", *, reduce_only: bool = False) -> NewOrder:
    return NewOrder(BTC.symbol, BUY, OrderType.LIMIT, D(quantity), D(price), reduce_only=reduce_only)


def market(quantity: str = "0.01", *, post_only: bool = False) -> NewOrder:
    return NewOrder(BTC.symbol, BUY, OrderType.MARKET, D(quantity), post_only=post_only)


def test_good_orders_pass() -> None:
    check_order(BTC, limit(), MARK)
    check_order(BTC, market(), MARK)


@pytest.mark.parametrize(
    ("order", "field", "rule"),
    [
        (limit("0"), "quantity", "above 0"),
        (limit("-1"), "quantity", "above 0"),
        (limit("NaN"), "quantity", "above 0"),
        (limit("Infinity"), "quantity", "above 0"),
        (limit("0.0005"), "quantity", "at least 0.001"),
        (limit("1001"), "quantity", "at most 1000"),
        (limit("0.0105"), "quantity", "step size 0.001"),
        (market("121"), "quantity", "at most 120"),
        (limit(price="95000.05"), "price", "tick size 0.10"),
        (limit(price="-1"), "price", "above 0"),
        (limit(price="NaN"), "price", "above 0"),
        (limit(price="100"), "price", "at least 556.80"),
        (limit(price="5000000"), "price", "at most 4529764"),
        (limit(price="99750.10"), "price", "1.05 x mark price"),
        (limit("0.001"), "quantity", "notional must be at least 100"),
        (market("0.001"), "quantity", "notional must be at least 100"),
        (NewOrder(BTC.symbol, BUY, OrderType.OTHER, D("0.01"), D(95_000)), "type", "LIMIT or MARKET"),
    ],
)
def test_the_refusal_names_field_and_rule(order: NewOrder, field: str, rule: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        check_order(BTC, order, MARK)
    assert refusal.value.field == field
    assert rule in refusal.value.rule


def test_a_price_may_be_far_from_the_mark_on_the_harmless_side() -> None:
    check_order(BTC, limit(price="60000"), MARK)
    check_order(BTC, NewOrder(BTC.symbol, SELL, OrderType.LIMIT, D("0.01"), D(140_000)), MARK)
    with pytest.raises(InvalidRequest):
        check_order(BTC, NewOrder(BTC.symbol, SELL, OrderType.LIMIT, D("0.01"), D(90_000)), MARK)


def test_reduce_only_orders_may_be_small() -> None:
    check_order(BTC, limit("0.001", reduce_only=True), MARK)


@pytest.mark.parametrize(
    ("stated", "post_only", "effective"),
    [
        (TimeInForce.UNSPECIFIED, False, TimeInForce.GTC),
        (TimeInForce.UNSPECIFIED, True, TimeInForce.GTX),
        (TimeInForce.GTC, True, TimeInForce.GTX),
        (TimeInForce.GTX, False, TimeInForce.GTX),
        (TimeInForce.IOC, False, TimeInForce.IOC),
        (TimeInForce.FOK, False, TimeInForce.FOK),
    ],
)
def test_post_only_and_gtx_say_the_same(stated: TimeInForce, post_only: bool, effective: TimeInForce) -> None:
    price = Decimal(95_000)
    order = NewOrder(BTC.symbol, BUY, OrderType.LIMIT, D(1), price, time_in_force=stated, post_only=post_only)
    assert time_in_force(order) is effective


@pytest.mark.parametrize("stated", [TimeInForce.IOC, TimeInForce.FOK])
def test_post_only_contradicts_immediate_orders(stated: TimeInForce) -> None:
    order = NewOrder(BTC.symbol, BUY, OrderType.LIMIT, D(1), MARK, time_in_force=stated, post_only=True)
    with pytest.raises(InvalidRequest):
        time_in_force(order)


def test_a_market_order_cannot_be_post_only() -> None:
    with pytest.raises(InvalidRequest):
        time_in_force(market(post_only=True))
