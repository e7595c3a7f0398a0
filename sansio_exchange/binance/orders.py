"""Orders as Binance writes them, in replies and in the user stream."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from sansio_exchange.orders import OrderStatus, OrderType, Side, TimeInForce

OrderId = Annotated[int, Meta(gt=0, le=2**63 - 1)]
"""LONG, and never 0: that is how we say that there is none."""
SIDES: Mapping[str, Side] = {"BUY": Side.BUY, "SELL": Side.SELL}
TYPES: Mapping[str, OrderType] = {"LIMIT": OrderType.LIMIT, "MARKET": OrderType.MARKET}
"""Every other type (STOP, TAKE_PROFIT_MARKET, TRAILING_STOP_MARKET, LIQUIDATION, ...) was placed elsewhere: OTHER."""
TIMES_IN_FORCE: Mapping[str, TimeInForce] = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.GTX,
}
"""GTD and what else the venue's own surfaces place have no counterpart in ours: UNSPECIFIED."""
STATUSES: Mapping[str, OrderStatus] = {
    "NEW": OrderStatus.NEW,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "REJECTED": OrderStatus.REJECTED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,  # by self-trade prevention
    "NEW_INSURANCE": OrderStatus.NEW,  # liquidation with the insurance fund
    "NEW_ADL": OrderStatus.NEW,  # counterparty liquidation
}
HEDGE_SIDES = frozenset({"LONG", "SHORT"})
"""Position sides of hedge mode; in one-way mode it is BOTH."""


def order_type(text: str) -> OrderType:
    return TYPES.get(text, OrderType.OTHER)


def time_in_force(text: str) -> TimeInForce:
    return TIMES_IN_FORCE.get(text, TimeInForce.UNSPECIFIED)


def reason_of(status: str, client_order_id: str) -> str:
    """Why an order is where it is, where the venue tells it in passing.

    Client order ids of forced orders: "Event: Order Update" (autoclose-, adl_autoclose, settlement_autoclose-).
    """
    if client_order_id.startswith("autoclose-"):
        return "liquidation"
    if client_order_id.startswith("adl_autoclose"):
        return "auto-deleveraging"
    if client_order_id.startswith("settlement_autoclose-"):
        return "settlement of a delisted or delivered contract"
    if status == "EXPIRED_IN_MATCH":
        return "self-trade prevention"
    return ""
