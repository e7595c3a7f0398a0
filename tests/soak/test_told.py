"""What a subscriber must never be told is noticed in the moment of telling."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side
from tests.soak.told import Subscriber, Told, told

NEW, PARTIAL, FILLED, CANCELED = (
    OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED, OrderStatus.CANCELED,
)  # fmt: skip


def update(status: OrderStatus, executed: int = 0, trade_id: str = "", quantity: int = 0) -> Told:
    price = Decimal(100) if trade_id else Decimal(0)
    return Told(0, "BTCUSDT", 7, "k1", 1, status, Decimal(executed), price, trade_id, price, Decimal(quantity))


def heard(*updates: Told) -> Subscriber:
    subscriber = Subscriber()
    for each in updates:
        subscriber.hear(each)
    return subscriber


def test_the_life_of_an_order_is_as_it_should_be() -> None:
    subscriber = heard(update(NEW), update(PARTIAL, 1, "a", 1), update(FILLED, 3, "b", 2))
    assert subscriber.wrong == []
    assert len(subscriber.fills) == 2
    assert subscriber.orders["BTCUSDT", 7].status is FILLED


@pytest.mark.parametrize(
    ("updates", "words"),
    [
        ([update(NEW), update(NEW)], "told twice"),
        ([update(PARTIAL, 1, "a", 1), update(FILLED, 2, "a", 1)], "fill told twice"),
        ([update(PARTIAL, 1, "a", 1), update(NEW, 1)], "status went back"),
        ([update(PARTIAL, 2, "a", 2), update(PARTIAL, 1)], "executed quantity went back"),
        ([update(FILLED, 1, "a", 1), update(CANCELED, 1)], "a final order changed"),
        ([update(PARTIAL, 1, "a", 1), update(PARTIAL, 2, "b", 2)], "more fills were told than executed"),
    ],
)
def test_what_must_never_be_told_is_noted(updates: list[Told], words: str) -> None:
    assert any(words in each for each in heard(*updates).wrong)


def test_an_event_of_the_core_tells_the_same_as_its_message() -> None:
    common: dict[str, Any] = {"order_id": 7, "symbol": "BTCUSDT", "side": Side.BUY}
    fill = Fill(
        trade_id="a", price=Decimal(100), quantity=Decimal(1), fee=Decimal(0), fee_asset="USDT",
        realized_pnl=Decimal(0), time_ms=5, **common,
    )  # fmt: skip
    order = Order(
        client_order_id="k1", type=OrderType.LIMIT, quantity=Decimal(3), status=PARTIAL, price=Decimal(100),
        executed_qty=Decimal(1), avg_price=Decimal(100), **common,
    )  # fmt: skip
    assert told(OrderUpdate(order, fill)) == update(PARTIAL, 1, "a", 1)
    assert told(OrderUpdate(order), 2).trade_id == ""
    assert told(OrderUpdate(order), 2).subscriber == 2
