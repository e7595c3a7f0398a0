"""Orders as Bitget writes them, in replies and in the orders channel ("Place Order", "Get Order Detail", "Order
Channel", "Best Practices Guide"; 2026-09-28)."""

from collections.abc import Mapping

from sansio_exchange.orders import NewOrder, OrderStatus, OrderType, Side, TimeInForce

SIDES: Mapping[str, Side] = {"buy": Side.BUY, "sell": Side.SELL}
_TYPES: Mapping[str, OrderType] = {"limit": OrderType.LIMIT, "market": OrderType.MARKET}
_FORCES: Mapping[str, TimeInForce] = {
    "gtc": TimeInForce.GTC,
    "post_only": TimeInForce.GTX,
    "post only": TimeInForce.GTX,  # so spelled in "Get Order Detail"
    "fok": TimeInForce.FOK,
    "ioc": TimeInForce.IOC,
}
_WORDS: Mapping[TimeInForce, str] = {
    TimeInForce.UNSPECIFIED: "gtc",
    TimeInForce.GTC: "gtc",
    TimeInForce.GTX: "post_only",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
}
STATES: Mapping[str, OrderStatus] = {
    "live": OrderStatus.NEW,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "cancelled": OrderStatus.CANCELED,  # samples of spot and trigger orders; documented for these is canceled
}
HEDGE_MODE = "hedge_mode"

_ENDS: Mapping[TimeInForce, str] = {
    TimeInForce.IOC: "the rest of an immediate-or-cancel order",
    TimeInForce.FOK: "fill-or-kill order could not be filled at once",
}
"""Such orders never rest, so nobody can cancel them: other venues call them expired, and so do we. A post-only order
that would have taken ends the same way, but Bitget does not tell it from one that was cancelled."""
_FORCED = (
    ("burst_", "liquidation"),
    ("reduce_", "liquidation of a part of the position"),
    ("dte_sys_adl_", "auto-deleveraging"),
    ("offset_", "liquidation by netting"),
    ("delivery_", "settlement of a delisted or delivered contract"),
)
"""How tradeSide of an order begins that the venue placed. Ours are buy_single and sell_single."""


def has_ended(state: str) -> bool:
    """Whether nothing more can become of an order in that state; of one that is not known it can."""
    found = STATES.get(state)
    return found is not None and found.is_final


def kind_of(order_type: str, force: str) -> tuple[OrderType, TimeInForce]:
    """Every type that is not known was placed elsewhere: OTHER. Of a market order the force says nothing."""
    kind = _TYPES.get(order_type.lower(), OrderType.OTHER)
    if kind is OrderType.MARKET:
        return kind, TimeInForce.UNSPECIFIED
    return kind, _FORCES.get(force.lower(), TimeInForce.UNSPECIFIED)


def force_of(order: NewOrder) -> str:
    """The force that asks for it; only limit orders have one."""
    return "post_only" if order.post_only else _WORDS[order.time_in_force]


def end_of(
    state: str, kind: OrderType, time_in_force: TimeInForce, cancel_reason: str, trade_side: str
) -> tuple[OrderStatus, str]:
    """Status, and why an order is where it is where the venue tells it. Raises KeyError for a state not known."""
    status = STATES[state]
    forced = next((reason for beginning, reason in _FORCED if trade_side.startswith(beginning)), "")
    if status is not OrderStatus.CANCELED:
        return status, forced
    if cancel_reason == "stp_cancel":
        return OrderStatus.EXPIRED, "self-trade prevention"
    if kind is OrderType.MARKET:
        return OrderStatus.EXPIRED, forced or "nothing left in the book for a market order"
    if time_in_force in _ENDS:
        return OrderStatus.EXPIRED, forced or _ENDS[time_in_force]
    return status, forced
