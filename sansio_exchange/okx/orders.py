"""Orders as OKX writes them, in replies and in the orders channel ("Place order", "Order channel", 2026-07)."""

from collections.abc import Mapping

from sansio_exchange.orders import NewOrder, OrderStatus, OrderType, Side, TimeInForce

SIDES: Mapping[str, Side] = {"buy": Side.BUY, "sell": Side.SELL}
KINDS: Mapping[str, tuple[OrderType, TimeInForce]] = {
    "limit": (OrderType.LIMIT, TimeInForce.GTC),
    "market": (OrderType.MARKET, TimeInForce.UNSPECIFIED),
    "post_only": (OrderType.LIMIT, TimeInForce.GTX),
    "fok": (OrderType.LIMIT, TimeInForce.FOK),
    "ioc": (OrderType.LIMIT, TimeInForce.IOC),
    "optimal_limit_ioc": (OrderType.MARKET, TimeInForce.IOC),
}
"""ordType says type and time in force in one word. Every other one (elp, mmp, ...) was placed elsewhere: OTHER."""
_WORDS: Mapping[TimeInForce, str] = {
    TimeInForce.UNSPECIFIED: "limit",
    TimeInForce.GTC: "limit",
    TimeInForce.GTX: "post_only",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
}
STATES: Mapping[str, OrderStatus] = {
    "live": OrderStatus.NEW,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "mmp_canceled": OrderStatus.CANCELED,
    "rejected": OrderStatus.REJECTED,  # not found in documentation; samples of other clients have it
}
HEDGE_SIDES = frozenset({"long", "short"})
"""Position sides of hedge mode (long_short_mode); in one-way mode it is net."""

_ENDED_BY_ITS_OWN_TERMS: Mapping[str, str] = {
    "2": "nothing left to reduce",
    "13": "fill-or-kill order could not be filled at once",
    "14": "the rest of an immediate-or-cancel order",
    "17": "nothing left to close",
    "21": "nothing left to close",
    "22": "nothing left to reduce",
    "23": "nothing left to reduce",
    "31": "post-only order would have taken liquidity",
    "32": "self-trade prevention",
    "33": "more matches than one order may have",
}
"""cancelSource of orders that nobody cancelled: other venues call them expired, and so do we."""
_CANCELLED_BECAUSE: Mapping[str, str] = {
    "0": "cancelled by the venue",
    "3": "liquidation is near",
    "4": "borrowings reached their cap",
    "6": "liquidation is near",
    "7": "delivery",
    "9": "funding fees used the balance up",
    "15": "the price is beyond the limit",
    "20": "cancel-all-after",
    "27": "price limit",
    "36": "its stop-loss order was triggered",
    "37": "its stop-loss order was cancelled",
    "38": "market maker protection",
    "39": "market maker protection",
    "42": "the chase order's distance was reached",
    "43": "the price is on the wrong side of the index",
    "44": "auto-conversion",
    "45": "price verification",
    "46": "delta reduction",
}
_FORCED: Mapping[str, str] = {
    "adl": "auto-deleveraging",
    "full_liquidation": "liquidation",
    "partial_liquidation": "liquidation",
    "delivery": "settlement of a delisted or delivered contract",
}


def kind_of(order_type: str) -> tuple[OrderType, TimeInForce]:
    return KINDS.get(order_type, (OrderType.OTHER, TimeInForce.UNSPECIFIED))


def word_for(order: NewOrder) -> str:
    """The ordType that asks for it."""
    if order.type is OrderType.MARKET:
        return "market"
    return "post_only" if order.post_only else _WORDS[order.time_in_force]


def status_of(state: str, cancel_source: str) -> OrderStatus:
    """Raises KeyError for a state that is not known."""
    status = STATES[state]
    if status is OrderStatus.CANCELED and cancel_source in _ENDED_BY_ITS_OWN_TERMS:
        return OrderStatus.EXPIRED
    return status


def reason_of(state: str, cancel_source: str, category: str) -> str:
    """Why an order is where it is, where the venue tells it in passing."""
    if category in _FORCED:
        return _FORCED[category]
    if state == "mmp_canceled":
        return "market maker protection"
    return _ENDED_BY_ITS_OWN_TERMS.get(cancel_source) or _CANCELLED_BECAUSE.get(cancel_source, "")
