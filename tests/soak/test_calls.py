"""What answers say of orders: a batch names those that failed, the others were accepted, in order."""

from decimal import Decimal

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from sansio_exchange.commands import PlaceOrder
from sansio_exchange.orders import NewOrder, OrderType, Side
from service.stubs.opensqt.market_maker import v1
from tests.soak.calls import batch_outcomes, call

ORDERS = tuple(
    NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.01"), Decimal(100), client_order_id=f"k{n}")
    for n in range(3)
)


def test_the_outcomes_of_a_batch_find_their_orders() -> None:
    reply = v1.BatchPlaceOrdersResponse(
        orders=[v1.Order(order_id=11)],
        errors=[
            v1.BatchOrderError(index=0, error_message="no margin", code=Status.FAILED_PRECONDITION.value),
            v1.BatchOrderError(
                index=2, error_message="outcome unknown, client_order_id=k2", code=Status.DEADLINE_EXCEEDED.value
            ),
        ],
    )
    outcomes = batch_outcomes(ORDERS, reply)
    assert [(each.name, each.outcome, each.order_id) for each in outcomes] == [
        ("k0", "refused", 0), ("k1", "accepted", 11), ("k2", "unknown", 0),
    ]  # fmt: skip


class Stub:
    def __init__(self, error: GRPCError) -> None:
        self._error = error

    async def place_order(self, message: v1.PlaceOrderRequest) -> v1.Order:
        raise self._error


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("outcome unknown, client_order_id=k0", "unknown"),
        ("time ran out before this was sent to the venue; nothing was sent", "refused"),
    ],
)
async def test_a_deadline_says_by_its_words_whether_the_order_may_stand(words: str, outcome: str) -> None:
    stub: v1.ExchangeServiceStub = Stub(GRPCError(Status.DEADLINE_EXCEEDED, words))  # type: ignore[assignment] # a fake
    (placed,) = await call(stub, PlaceOrder(ORDERS[0]))
    assert placed.outcome == outcome
