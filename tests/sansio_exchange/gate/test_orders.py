"""The venue's words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.gate.orders import client_order_id_of, kind_of, reason_of, side_of, status_of, word_for
from sansio_exchange.gate.requests import CLIENT_ORDER_ID
from sansio_exchange.orders import NewOrder, OrderStatus, OrderType, Side, TimeInForce

TEN = Decimal(10)


@pytest.mark.parametrize(
    ("status", "finish_as", "executed", "expected", "reason"),
    [
        ("open", "_new", 0, OrderStatus.NEW, ""),
        ("open", "_update", 4, OrderStatus.PARTIALLY_FILLED, ""),
        ("open", "", 0, OrderStatus.NEW, ""),
        ("finished", "filled", 10, OrderStatus.FILLED, ""),
        ("finished", "auto_deleveraged", 10, OrderStatus.FILLED, ""),
        ("finished", "cancelled", 0, OrderStatus.CANCELED, ""),
        ("finished", "cancelled", 4, OrderStatus.CANCELED, ""),
        ("finished", "liquidated", 0, OrderStatus.CANCELED, "liquidation"),
        ("finished", "liquidate_cancelled", 0, OrderStatus.CANCELED, "liquidation"),
        ("finished", "auto_deleveraged", 0, OrderStatus.CANCELED, "auto-deleveraging"),
        ("finished", "position_closed", 0, OrderStatus.CANCELED, "the position was closed"),
        ("finished", "ioc", 4, OrderStatus.EXPIRED, "the rest of an immediate-or-cancel order"),
        ("finished", "fok", 0, OrderStatus.EXPIRED, "fill-or-kill order could not be filled at once"),
        ("finished", "poc", 0, OrderStatus.EXPIRED, "post-only order would have taken liquidity"),
        ("finished", "stp", 0, OrderStatus.EXPIRED, "self-trade prevention"),
        ("finished", "reduce_only", 0, OrderStatus.EXPIRED, "it would have increased the position"),
        ("finished", "small", 0, OrderStatus.REJECTED, "the order is too small"),
        ("finished", "depth_not_enough", 0, OrderStatus.REJECTED, "the book is not deep enough"),
        ("finished", "depth_not_enough", 4, OrderStatus.EXPIRED, "the book is not deep enough"),
        ("finished", "trader_not_enough", 0, OrderStatus.REJECTED, "there is nobody to trade with"),
        ("finished", "something_new", 4, OrderStatus.CANCELED, "something_new"),
    ],
)
def test_how_an_order_stands(status: str, finish_as: str, executed: int, expected: OrderStatus, reason: str) -> None:
    assert status_of(status, finish_as, TEN, Decimal(executed)) is expected
    assert reason_of(expected, finish_as, "t-mine") == reason


def test_a_status_that_is_not_known_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="'ready' is not a status"):
        status_of("ready", "", TEN, Decimal(0))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("auto_deleveraging", "auto-deleveraging"),
        ("liquidation", "liquidation"),
        ("liq-123", "liquidation"),
        ("hedge-liq-9", "liquidation"),
        ("pm_liquidate", "liquidation"),
        ("scm_liquidate", "liquidation"),
        ("clear", "settlement of a delisted contract"),
        ("t-liq-mine", ""),
        ("web", ""),
    ],
)
def test_orders_that_the_venue_made_say_so(text: str, reason: str) -> None:
    assert reason_of(OrderStatus.FILLED, "filled", text) == reason


def test_an_order_without_a_price_is_a_market_order() -> None:
    assert kind_of(Decimal(0), "ioc") == (OrderType.MARKET, TimeInForce.UNSPECIFIED)
    assert kind_of(Decimal(0), "fok") == (OrderType.MARKET, TimeInForce.FOK)
    assert kind_of(Decimal(0), "gtc") == (OrderType.OTHER, TimeInForce.GTC)
    assert kind_of(Decimal(5), "ioc") == (OrderType.LIMIT, TimeInForce.IOC)
    assert kind_of(Decimal(5), "poc") == (OrderType.LIMIT, TimeInForce.GTX)
    assert kind_of(Decimal(5), "rpi") == (OrderType.LIMIT, TimeInForce.UNSPECIFIED)


@pytest.mark.parametrize("time", [TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX])
def test_what_is_asked_for_is_what_is_told(time: TimeInForce) -> None:
    order = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, TEN, TEN, time)
    assert kind_of(TEN, word_for(order)) == (OrderType.LIMIT, time)


def test_a_sale_is_negative() -> None:
    assert (side_of(Decimal(-1)), side_of(Decimal(1))) == (Side.SELL, Side.BUY)


@given(st.from_regex(CLIENT_ORDER_ID, fullmatch=True))
def test_a_callers_id_comes_back_as_it_was(client_order_id: str) -> None:
    assert client_order_id_of(f"t-{client_order_id}", 7) == client_order_id


@pytest.mark.parametrize("text", ["web", "api", "app", "apiv4-ws", "-", "", None, "t-", "liq-5"])
def test_an_order_that_nobody_named_has_its_own_id_for_a_name(text: str | None) -> None:
    assert client_order_id_of(text, 7) == "7"
