"""An order that breaks a rule of its symbol is refused here, by the field and the rule that it breaks."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.numbers import is_multiple
from sansio_exchange.order_rules import check_order
from sansio_exchange.orders import NewOrder, OrderType, Side, TimeInForce
from tests.sansio_exchange.session.fake_venue import RULES
from tests.sansio_exchange.session.stage import limit

BOUNDED = structs.replace(RULES[0], max_market_quantity=Decimal(10), min_price=Decimal(1), max_price=Decimal(1_000_000))
MARKET = structs.replace(limit(), type=OrderType.MARKET, price=None)


@pytest.mark.parametrize(
    "order",
    [
        limit(),
        limit(quantity="1000"),
        limit(quantity="0.05"),
        structs.replace(limit(), post_only=True),
        structs.replace(limit(), time_in_force=TimeInForce.GTX, post_only=True),
        structs.replace(limit(quantity="0.001"), reduce_only=True),
        MARKET,
        structs.replace(MARKET, side=Side.SELL, time_in_force=TimeInForce.IOC, reduce_only=True),
    ],
)
def test_an_order_within_the_rules_passes(order: NewOrder) -> None:
    check_order(order, BOUNDED)


@pytest.mark.parametrize(
    ("order", "field", "rule"),
    [
        (limit(quantity="0"), "quantity", "greater than zero"),
        (limit(quantity="-1"), "quantity", "greater than zero"),
        (limit(quantity="NaN"), "quantity", "greater than zero"),
        (limit(quantity="Infinity"), "quantity", "greater than zero"),
        (limit(quantity="0.0005"), "quantity", "minimum 0.001"),
        (limit(quantity="1000.001"), "quantity", "maximum 1000"),
        (limit(quantity="1.0001"), "quantity", "step size 0.001"),
        (limit(quantity="0.049"), "quantity", "notional 4.900"),
        (limit(price="0"), "price", "greater than zero"),
        (limit(price="-5"), "price", "greater than zero"),
        (limit(price="sNaN"), "price", "greater than zero"),
        (limit(price="100.05"), "price", "tick size 0.1"),
        (limit(price="0.9", quantity="10"), "price", "minimum 1"),
        (limit(price="1000000.1"), "price", "maximum 1000000"),
        (structs.replace(limit(), price=None), "price", "must be set"),
        (structs.replace(limit(), type=OrderType.OTHER), "type", "LIMIT or MARKET"),
        (structs.replace(limit(), post_only=True, time_in_force=TimeInForce.IOC), "post_only", "IOC"),
        (structs.replace(limit(), post_only=True, time_in_force=TimeInForce.FOK), "post_only", "FOK"),
        (structs.replace(MARKET, price=Decimal(1)), "price", "must not be set"),
        (structs.replace(MARKET, post_only=True), "post_only", "always takes"),
        (structs.replace(MARKET, time_in_force=TimeInForce.GTX), "time_in_force", "GTX"),
        (structs.replace(MARKET, time_in_force=TimeInForce.GTC), "time_in_force", "GTC"),
        (structs.replace(MARKET, quantity=Decimal(11)), "quantity", "maximum 10"),
    ],
)
def test_the_first_rule_that_is_broken_is_named(order: NewOrder, field: str, rule: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_order(order, BOUNDED)
    assert refused.value.field == field
    assert rule in refused.value.rule


@given(
    st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(0, 2000, places=3),
    st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(0, 200_000, places=1),
)
def test_whatever_passes_lies_on_the_grid_and_within_the_bounds(quantity: Decimal, price: Decimal) -> None:
    try:
        check_order(NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, quantity, price), BOUNDED)
    except InvalidRequest:
        return
    assert is_multiple(quantity, BOUNDED.step_size)
    assert is_multiple(price, BOUNDED.tick_size)
    assert BOUNDED.min_quantity <= quantity <= BOUNDED.max_quantity
    assert quantity * price >= BOUNDED.min_notional
