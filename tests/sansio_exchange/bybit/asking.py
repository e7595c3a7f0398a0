"""Orders to be placed, and answers to what is asked."""

from decimal import Decimal
from typing import Any

from msgspec import structs

from sansio_exchange.bybit import Bybit
from sansio_exchange.commands import GetOpenOrders
from sansio_exchange.errors import OutcomeUnknown
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import NewOrder, OrderType, Side
from tests.sansio_exchange.bybit.payloads import OTHER_UUID, UUID, bybit, listed, order, reply
from tests.sansio_exchange.recipes import run

NUMBER, OTHER_NUMBER = OrderIds().number(UUID), OrderIds().number(OTHER_UUID)
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal("51858.1"), client_order_id="mine-1")
SELL = NewOrder("ETHUSDT", Side.SELL, OrderType.MARKET, Decimal("0.3"), client_order_id="mine-2")
ACK = {"orderId": UUID, "orderLinkId": "mine-1"}
LOST = OutcomeUnknown("no answer")
TIME = reply({"timeSecond": "1700000000", "timeNano": "1700000000500000000"})
DAY_MS = 86_400_000


def knowing() -> Bybit:
    """A venue that has heard of two orders."""
    made = bybit()
    run(made.recipe(GetOpenOrders()), listed(order(), order(orderId=OTHER_UUID, orderLinkId="mine-2")))
    return made


def changed(new: NewOrder, **changes: Any) -> NewOrder:
    return structs.replace(new, **changes)
