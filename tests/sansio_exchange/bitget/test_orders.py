"""The venue's words for orders."""

import pytest

from sansio_exchange.bitget.orders import end_of, kind_of
from sansio_exchange.orders import OrderStatus, OrderType, TimeInForce

LIMIT, MARKET, OTHER = OrderType.LIMIT, OrderType.MARKET, OrderType.OTHER


@pytest.mark.parametrize(
    ("order_type", "force", "kind"),
    [
        ("limit", "gtc", (LIMIT, TimeInForce.GTC)),
        ("limit", "post_only", (LIMIT, TimeInForce.GTX)),
        ("limit", "post only", (LIMIT, TimeInForce.GTX)),
        ("limit", "ioc", (LIMIT, TimeInForce.IOC)),
        ("limit", "fok", (LIMIT, TimeInForce.FOK)),
        ("limit", "", (LIMIT, TimeInForce.UNSPECIFIED)),
        ("market", "gtc", (MARKET, TimeInForce.UNSPECIFIED)),
        ("profit_limit", "gtc", (OTHER, TimeInForce.GTC)),
    ],
)
def test_type_and_force(order_type: str, force: str, kind: tuple[OrderType, TimeInForce]) -> None:
    assert kind_of(order_type, force) == kind


@pytest.mark.parametrize(
    ("state", "kind", "cancel_reason", "trade_side", "end"),
    [
        ("live", (LIMIT, TimeInForce.GTC), "", "buy_single", (OrderStatus.NEW, "")),
        ("partially_filled", (LIMIT, TimeInForce.GTC), "", "sell_single", (OrderStatus.PARTIALLY_FILLED, "")),
        ("filled", (MARKET, TimeInForce.UNSPECIFIED), "", "burst_sell_single", (OrderStatus.FILLED, "liquidation")),
        (
            *("filled", (MARKET, TimeInForce.UNSPECIFIED), "", "dte_sys_adl_buy_in_single_side_mode"),
            (OrderStatus.FILLED, "auto-deleveraging"),
        ),
        ("canceled", (LIMIT, TimeInForce.GTC), "normal_cancel", "buy_single", (OrderStatus.CANCELED, "")),
        ("canceled", (LIMIT, TimeInForce.GTX), "normal_cancel", "buy_single", (OrderStatus.CANCELED, "")),
        ("cancelled", (LIMIT, TimeInForce.GTC), "", "", (OrderStatus.CANCELED, "")),
        (
            *("canceled", (LIMIT, TimeInForce.GTC), "stp_cancel", "buy_single"),
            (OrderStatus.EXPIRED, "self-trade prevention"),
        ),
        (
            *("canceled", (LIMIT, TimeInForce.IOC), "normal_cancel", "buy_single"),
            (OrderStatus.EXPIRED, "the rest of an immediate-or-cancel order"),
        ),
        (
            *("canceled", (LIMIT, TimeInForce.FOK), "normal_cancel", "buy_single"),
            (OrderStatus.EXPIRED, "fill-or-kill order could not be filled at once"),
        ),
        (
            *("canceled", (MARKET, TimeInForce.UNSPECIFIED), "normal_cancel", "buy_single"),
            (OrderStatus.EXPIRED, "nothing left in the book for a market order"),
        ),
    ],
)
def test_how_an_order_stands_and_why(
    state: str,
    kind: tuple[OrderType, TimeInForce],
    cancel_reason: str,
    trade_side: str,
    end: tuple[OrderStatus, str],
) -> None:
    assert end_of(state, *kind, cancel_reason, trade_side) == end


def test_a_state_that_is_not_known_is_no_state() -> None:
    with pytest.raises(KeyError):
        end_of("thinking", LIMIT, TimeInForce.GTC, "", "")
