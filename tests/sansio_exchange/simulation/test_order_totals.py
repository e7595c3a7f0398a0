"""Fees and profits of an order's fills, kept for so many orders."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from sansio_exchange.orders import Fill, Side
from sansio_exchange.simulation import order_totals
from sansio_exchange.simulation.order_totals import OrderTotals

FILL = Fill("1", 7, "BTCUSDT", Side.BUY, Decimal(9), Decimal(1), Decimal("0.5"), "USDT", Decimal(2), 1)


def test_fills_add_up() -> None:
    totals = OrderTotals()
    second = replace(FILL, trade_id="2")
    totals.add(FILL)
    totals.add(second)
    total = totals.of(7)
    assert (total.fee, total.pnl, total.last) == (Decimal(1), Decimal(4), second)
    assert totals.of(8).fee == 0
    assert totals.of(8).last is None


def test_the_oldest_orders_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_totals, "MAX_ORDERS", 2)
    totals = OrderTotals()
    for number in (1, 2, 3):
        totals.add(replace(FILL, order_id=number))
    assert [totals.of(number).fee for number in (1, 2, 3)] == [0, Decimal("0.5"), Decimal("0.5")]
