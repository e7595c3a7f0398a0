"""One order, two venues: what each makes of it."""

import pytest

from sansio_exchange.orders import OrderStatus, TimeInForce
from sansio_exchange.simulation.customs import Customs
from sansio_exchange.simulation.engine import WOULD_TAKE
from tests.sansio_exchange.simulation.bare import BUY, SELL, START_MS, SYMBOL, D, Floor


def test_a_post_only_order_that_would_take_is_accepted_and_expires() -> None:
    floor = Floor(customs=Customs(expires_post_only=True))
    floor.house(SELL, "101", "1")
    order = floor.limit("ann", BUY, "2", "101", tif=TimeInForce.GTX)
    assert (order.status, order.executed_qty, order.reason) == (OrderStatus.EXPIRED, D(0), WOULD_TAKE)
    assert floor.executions(order) == ["NEW", "EXPIRED"]
    assert floor.trades() == []
    assert floor.engine.traders["ann"].order_margin() == 0
    assert floor.limit("ann", BUY, "2", "100", tif=TimeInForce.GTX).status is OrderStatus.NEW


@pytest.mark.parametrize("quantity", ["1", "0.5"])
def test_an_order_amended_to_what_is_executed_is_filled(quantity: str) -> None:
    floor = Floor(customs=Customs(fills_shrunk=True))
    floor.house(SELL, "100", "1")
    order = floor.limit("ann", BUY, "2", "100")
    amended = floor.engine.amend("ann", SYMBOL, order.order_id, D(quantity), D(100), START_MS)
    assert (amended.status, amended.quantity, amended.executed_qty) == (OrderStatus.FILLED, D(1), D(1))
    assert floor.listing.depth(5) == ([], [])
    assert floor.engine.traders["ann"].order_margin() == 0
