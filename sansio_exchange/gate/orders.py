"""The venue's words for sides, types and states ("FuturesOrder" 2026-05-27; "Orders API" of the WebSocket, 2026-04-14).

An order is open or finished; how it finished says `finish_as`, whatever was filled before says `left`.
"""

from collections.abc import Mapping
from decimal import Decimal

from sansio_exchange.orders import NewOrder, OrderStatus, OrderType, Side, TimeInForce

PREFIX = "t-"
"""Begins the `text` of an order that somebody gave a name; other texts say where the order came from."""
HEDGE_MODES = frozenset({"dual_long", "dual_short"})
"""Modes of a position of a hedge mode account; in one-way mode it is single."""

_TIMES: Mapping[str, TimeInForce] = {
    "gtc": TimeInForce.GTC,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
    "poc": TimeInForce.GTX,
}
_WORDS: Mapping[TimeInForce, str] = {
    TimeInForce.UNSPECIFIED: "gtc",
    TimeInForce.GTC: "gtc",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
    TimeInForce.GTX: "poc",
}

_ENDED_BY_ITS_OWN_TERMS: Mapping[str, str] = {
    "ioc": "the rest of an immediate-or-cancel order",
    "fok": "fill-or-kill order could not be filled at once",
    "poc": "post-only order would have taken liquidity",
    "stp": "self-trade prevention",
    "reduce_only": "it would have increased the position",
}
"""Nobody cancelled these: other venues call them expired, and so do we."""
_NOT_TAKEN: Mapping[str, str] = {
    "small": "the order is too small",
    "depth_not_enough": "the book is not deep enough",
    "trader_not_enough": "there is nobody to trade with",
}
"""Rejected if nothing was filled; with fills they have ended like the others."""
_CANCELLED_BECAUSE: Mapping[str, str] = {
    "cancelled": "",
    "liquidated": "liquidation",
    "liquidate_cancelled": "liquidation",
    "auto_deleveraged": "auto-deleveraging",
    "position_closed": "the position was closed",
    "reduce_out": "an order that is hard to fill had to make room for a reduction",
}
_FORCED: tuple[tuple[str, str], ...] = (
    ("auto_deleveraging", "auto-deleveraging"),
    ("liquidation", "liquidation"),
    ("liq-", "liquidation"),
    ("hedge-liq-", "liquidation"),
    ("pm_liquidate", "liquidation"),
    ("comb_margin_liquidate", "liquidation"),
    ("scm_liquidate", "liquidation"),
    ("insurance", "taken over by the insurance fund"),
    ("clear", "settlement of a delisted contract"),
)
"""Beginnings of the `text` of orders that the venue made."""


def kind_of(price: Decimal, tif: str) -> tuple[OrderType, TimeInForce]:
    """ "a price of 0 with tif as ioc represents a market order"; others without a price were placed elsewhere."""
    time_in_force = _TIMES.get(tif, TimeInForce.UNSPECIFIED)
    if price:
        return OrderType.LIMIT, time_in_force
    if tif == "ioc":
        return OrderType.MARKET, TimeInForce.UNSPECIFIED
    return (OrderType.MARKET if tif == "fok" else OrderType.OTHER), time_in_force


def word_for(order: NewOrder) -> str:
    """The tif that asks for it."""
    if order.type is OrderType.MARKET:
        return "ioc"
    return "poc" if order.post_only else _WORDS[order.time_in_force]


def side_of(size: Decimal) -> Side:
    """A sale is negative."""
    return Side.BUY if size > 0 else Side.SELL


def status_of(status: str, finish_as: str, quantity: Decimal, executed: Decimal) -> OrderStatus:
    """Raises ValueError for a status that is not known. An end that is not known is a cancellation."""
    if status == "open":
        return OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW
    if status != "finished":
        raise ValueError(f"{status[:20]!r} is not a status that is known")
    if executed >= quantity:
        return OrderStatus.FILLED
    if finish_as in _NOT_TAKEN and not executed:
        return OrderStatus.REJECTED
    if finish_as in _ENDED_BY_ITS_OWN_TERMS or finish_as in _NOT_TAKEN:
        return OrderStatus.EXPIRED
    return OrderStatus.CANCELED


def reason_of(status: OrderStatus, finish_as: str, text: str) -> str:
    """Why an order is where it is, where the venue tells it in passing."""
    for beginning, reason in _FORCED:
        if text.startswith(beginning):
            return reason
    if not status.is_final or status is OrderStatus.FILLED:
        return ""
    for reasons in (_ENDED_BY_ITS_OWN_TERMS, _NOT_TAKEN, _CANCELLED_BECAUSE):
        if finish_as in reasons:
            return reasons[finish_as]
    return finish_as[:40]


def client_order_id_of(text: str | None, order_id: int) -> str:
    """The name that was given to an order. One without a name gets its own id for one: ours always has one."""
    return text[len(PREFIX) :] if text and text.startswith(PREFIX) and len(text) > len(PREFIX) else str(order_id)
