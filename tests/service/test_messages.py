"""What a client in Python sends and reads."""

from decimal import Decimal

import pytest
from msgspec import structs

from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from service import convert
from service.messages import number, order_of, place_order_request
from service.stubs.google.type import Decimal as Dec

ORDER = NewOrder(
    "BTCUSDT",
    Side.SELL,
    OrderType.LIMIT,
    Decimal("0.0000001"),
    Decimal("52000.10"),
    time_in_force=TimeInForce.IOC,
    reduce_only=True,
    client_order_id="a1",
)
STANDS = Order(
    order_id=7,
    client_order_id="a1",
    symbol="BTCUSDT",
    side=Side.SELL,
    type=OrderType.LIMIT,
    quantity=Decimal(2),
    status=OrderStatus.PARTIALLY_FILLED,
    price=Decimal("52000.1"),
    executed_qty=Decimal("0.5"),
    avg_price=Decimal("52000.2"),
    update_ms=1_700_000_000_000,
)
MARKET = structs.replace(ORDER, type=OrderType.MARKET, price=None, time_in_force=TimeInForce.GTC, reduce_only=False)


@pytest.mark.parametrize(
    "order", [ORDER, MARKET, structs.replace(ORDER, time_in_force=TimeInForce.GTC, post_only=True)]
)
def test_the_service_reads_what_was_asked_for(order: NewOrder) -> None:
    assert convert.new_order(place_order_request(order)) == order


def test_a_client_reads_the_order_that_the_service_told() -> None:
    assert order_of(convert.order(STANDS)) == STANDS


def test_an_absent_number_is_zero() -> None:
    assert number(None) == number(Dec()) == 0
    assert number(Dec(value="1.50")) == Decimal("1.50")
