"""Orders in OKX's words."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation import liquidation
from sansio_exchange.simulation.engine import NOT_IMMEDIATE, NOTHING_TO_REDUCE, SELF_TRADE, WOULD_TAKE
from sansio_exchange.simulation.okx.order_rows import cancel_source, client_id, is_liquidation, order_type

ORDER = Order(7, "mine", "BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(1), OrderStatus.CANCELED)
FILL = Fill("12345", 7, "BTCUSDT", Side.BUY, Decimal(1), Decimal(1), Decimal(0), "USDT", Decimal(0), 1_700_000_000_000)


@pytest.mark.parametrize(
    ("status", "reason", "tif", "source"),
    [
        (OrderStatus.CANCELED, "", TimeInForce.GTC, "1"),
        (OrderStatus.CANCELED, liquidation.REASON, TimeInForce.GTC, "3"),
        (OrderStatus.EXPIRED, NOT_IMMEDIATE, TimeInForce.FOK, "13"),
        (OrderStatus.EXPIRED, NOT_IMMEDIATE, TimeInForce.IOC, "14"),
        (OrderStatus.EXPIRED, NOTHING_TO_REDUCE, TimeInForce.GTC, "17"),
        (OrderStatus.EXPIRED, WOULD_TAKE, TimeInForce.GTX, "31"),
        (OrderStatus.EXPIRED, SELF_TRADE, TimeInForce.GTC, "32"),
        (OrderStatus.CANCELED, "something else", TimeInForce.GTC, "0"),
        (OrderStatus.FILLED, "", TimeInForce.GTC, ""),
        (OrderStatus.NEW, "", TimeInForce.GTC, ""),
    ],
)
def test_why_an_order_ended(status: OrderStatus, reason: str, tif: TimeInForce, source: str) -> None:
    assert cancel_source(replace(ORDER, status=status, reason=reason, time_in_force=tif)) == source


def test_types_are_what_was_asked_for() -> None:
    kinds = [order_type(replace(ORDER, time_in_force=each)) for each in TimeInForce]
    assert kinds == ["limit", "limit", "ioc", "fok", "post_only"]
    assert order_type(replace(ORDER, type=OrderType.MARKET)) == "market"


def test_client_ids_of_the_exchange_are_not_told() -> None:
    assert client_id(ORDER) == "mine"
    for made in ("sim-7", f"{liquidation.CLIENT_ID_PREFIX}7"):
        assert client_id(replace(ORDER, client_order_id=made)) == ""
    assert is_liquidation(replace(ORDER, client_order_id=f"{liquidation.CLIENT_ID_PREFIX}7"))
    assert not is_liquidation(ORDER)
