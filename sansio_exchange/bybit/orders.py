"""Orders as Bybit writes them, in replies and on the order topic ("Enums Definitions", "Order", 2025-09)."""

from collections.abc import Mapping

from sansio_exchange.orders import NewOrder, OrderStatus, OrderType, Side, TimeInForce

SIDES: Mapping[str, Side] = {"Buy": Side.BUY, "Sell": Side.SELL}
SIDE_WORDS: Mapping[Side, str] = {side: word for word, side in SIDES.items()}
TYPES: Mapping[str, OrderType] = {"Limit": OrderType.LIMIT, "Market": OrderType.MARKET}
TYPE_WORDS: Mapping[OrderType, str] = {kind: word for word, kind in TYPES.items()}
_TIMES_IN_FORCE: Mapping[str, TimeInForce] = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "PostOnly": TimeInForce.GTX,
    "RPI": TimeInForce.GTX,  # "Retail Price Improvement order [...] it is a post only order"
}
_TIME_WORDS: Mapping[TimeInForce, str] = {
    TimeInForce.UNSPECIFIED: "GTC",
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.GTX: "PostOnly",
}
STATUSES: Mapping[str, OrderStatus] = {
    "New": OrderStatus.NEW,
    "PartiallyFilled": OrderStatus.PARTIALLY_FILLED,
    "Untriggered": OrderStatus.NEW,
    "Triggered": OrderStatus.NEW,
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELED,
    "PartiallyFilledCanceled": OrderStatus.CANCELED,
    "Deactivated": OrderStatus.CANCELED,
    "Rejected": OrderStatus.REJECTED,
    "Created": OrderStatus.NEW,  # documented until 2023: accepted, not yet in the book
}
WAITING = frozenset({"Untriggered", "Deactivated"})
"""States of a conditional order that has not been triggered: it is no order yet, and it is listed apart."""
NO_STOP = frozenset({"", "UNKNOWN"})
"""stopOrderType of an order that is neither conditional nor take-profit nor stop-loss."""

_ENDED_BY_ITS_OWN_TERMS: Mapping[str, str] = {
    "EC_PostOnlyWillTakeLiquidity": "post-only order would have taken liquidity",
    "EC_NoImmediateQtyToFill": "nothing to be filled at once",
    "EC_NoEnoughQtyToFill": "not enough to be filled",
    "EC_CancelForNoFullFill": "fill-or-kill order could not be filled at once",
    "EC_BySelfMatch": "self-trade prevention",
    "EC_StopBySelfMatch": "self-trade prevention",
    "EC_ReachMaxTradeNum": "more matches than one order may have",
    "EC_CancelByOrderValueZero": "nothing is left of its value",
    "EC_CancelByMatchValueZero": "nothing is left of its value",
}
"""rejectReason of orders that nobody cancelled: other venues call them expired, and so do we."""
_EXPIRED_FOR: Mapping[str, str] = {
    "CancelByReduceOnly": "nothing left to reduce",
    "CancelBySmp": "self-trade prevention",
}
"""The same by cancelType."""
_CANCELLED_FOR: Mapping[str, str] = {
    "CancelByPrepareLiq": "liquidation is near",
    "CancelAllBeforeLiq": "liquidation is near",
    "CancelByPrepareAdl": "auto-deleveraging",
    "CancelAllBeforeAdl": "auto-deleveraging",
    "CancelByAdmin": "cancelled by the venue",
    "CancelBySettle": "delisting",
    "CancelByTpSlTsClear": "the position is closed",
    "CancelByDCP": "disconnect protection",
}
_FORCED: Mapping[str, str] = {
    "CreateByLiq": "liquidation",
    "CreateByTakeOver_PassThrough": "liquidation",
    "CreateByAdl_PassThrough": "auto-deleveraging",
    "CreateByAdminClosing": "closed by the venue",
    "CreateBySettle": "settlement of a delisted contract",
}
_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def time_word(order: NewOrder) -> str:
    """The timeInForce that asks for it."""
    return "PostOnly" if order.post_only else _TIME_WORDS[order.time_in_force]


def type_of(order_type: str, stop_order_type: str) -> OrderType:
    """OTHER for orders that began as conditional ones."""
    return TYPES.get(order_type, OrderType.OTHER) if stop_order_type in NO_STOP else OrderType.OTHER


def time_in_force_of(time_in_force: str, order_type: str) -> TimeInForce:
    """A market order "will always use IOC": it says nothing more than its type does."""
    if order_type == "Market":
        return TimeInForce.UNSPECIFIED
    return _TIMES_IN_FORCE.get(time_in_force, TimeInForce.UNSPECIFIED)


def status_of(status: str, time_in_force: str, cancel_type: str, reject_reason: str, *, has_fills: bool) -> OrderStatus:
    """Raises KeyError for a status that is not known.

    A rejected order with fills ended as a cancelled one: what was filled stands. The rest of an order that had to be
    filled at once, and what ended by its own terms, is expired: nobody cancelled it.
    """
    found = STATUSES[status]
    if found is OrderStatus.REJECTED and has_fills:
        found = OrderStatus.CANCELED
    if found is OrderStatus.CANCELED and cancel_type != "CancelByUser":
        at_once = _TIMES_IN_FORCE.get(time_in_force) in _AT_ONCE and cancel_type not in _CANCELLED_FOR
        if at_once or reject_reason in _ENDED_BY_ITS_OWN_TERMS or cancel_type in _EXPIRED_FOR:
            return OrderStatus.EXPIRED
    return found


def has_ended(status: str) -> bool:
    """Whether nothing more can become of an order in that state; of one that is not known it can."""
    found = STATUSES.get(status)
    return found is not None and found.is_final


def reason_of(cancel_type: str, reject_reason: str, create_type: str) -> str:
    """Why an order is where it is, where the venue tells it in passing."""
    if create_type in _FORCED:
        return _FORCED[create_type]
    if reject_reason in _ENDED_BY_ITS_OWN_TERMS:
        return _ENDED_BY_ITS_OWN_TERMS[reject_reason]
    said = _EXPIRED_FOR.get(cancel_type) or _CANCELLED_FOR.get(cancel_type)
    if said:
        return said
    return "" if reject_reason in _NO_REASON else reject_reason[:60]


_NO_REASON = frozenset({"", "EC_NoError", "EC_PerCancelRequest", "EC_OrigClOrdIDDoesNotExist", "UNKNOWN"})
"""The last but one says that a later cancel came too late ("Order"), nothing of the order itself."""
