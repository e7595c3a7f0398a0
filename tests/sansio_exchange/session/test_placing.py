"""When a second order with the same client order id is the same order (what is done about it: test_order_entry)."""

from decimal import Decimal

import pytest
from msgspec import structs

from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side
from sansio_exchange.session.placing import is_retry
from tests.sansio_exchange.session.stage import limit

STANDS = Order(1, "a", "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("1.0"), OrderStatus.FILLED, Decimal("100.00"))


def test_the_same_order_is_a_retry_however_its_numbers_are_written() -> None:
    assert is_retry(limit("a"), STANDS)


@pytest.mark.parametrize(
    "other",
    [
        limit("b"),
        limit("a", quantity="2"),
        limit("a", price="99"),
        limit("a", symbol="ETHUSDT"),
        structs.replace(limit("a"), side=Side.SELL),
        structs.replace(limit("a"), type=OrderType.MARKET, price=None),
    ],
)
def test_another_order_is_none(other: NewOrder) -> None:
    assert not is_retry(other, STANDS)
