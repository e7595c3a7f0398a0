"""Orders and executions as rows: of REST and of the private topics.

Source: Bybit V5 API, "Get Open & Closed Orders", "Get Trade History", "Order" and "Execution" (docs/v5/order/...,
docs/v5/websocket/private/...) and "Enums Definitions", read in November 2026. Fees are positive where they are charged.
"""

from decimal import Decimal

from msgspec import Struct

from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation import liquidation
from sansio_exchange.simulation.bybit.ids import Ids
from sansio_exchange.simulation.bybit.ledger import Payment
from sansio_exchange.simulation.bybit.listing import SETTLE, Listing
from sansio_exchange.simulation.bybit.market_data import SIDES
from sansio_exchange.simulation.bybit.parameters import LINEAR
from sansio_exchange.simulation.engine import NOT_IMMEDIATE, NOTHING_TO_REDUCE, SELF_TRADE
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.order_totals import Total

STATUSES = {
    OrderStatus.NEW: "New",
    OrderStatus.PARTIALLY_FILLED: "PartiallyFilled",
    OrderStatus.FILLED: "Filled",
    OrderStatus.CANCELED: "Cancelled",
    OrderStatus.EXPIRED: "Cancelled",
    OrderStatus.REJECTED: "Rejected",
}
TIMES_IN_FORCE = {
    TimeInForce.UNSPECIFIED: "GTC",
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.GTX: "PostOnly",
}
TRADE, FUNDING, BUST = "Trade", "Funding", "BustTrade"
UNKNOWN, NO_ERROR = "UNKNOWN", "EC_NoError"
_ENDINGS = {
    "": ("CancelByUser", "EC_PerCancelRequest"),
    liquidation.REASON: ("CancelAllBeforeLiq", "EC_PerCancelRequest"),
    NOTHING_TO_REDUCE: ("CancelByReduceOnly", "EC_PerCancelRequest"),
    SELF_TRADE: ("CancelBySmp", "EC_BySelfMatch"),
}
"""cancelType and rejectReason by why an order ended. Which go together is not found in documentation."""
_NO_STOPS = {
    "stopOrderType": "",
    "triggerPrice": "",
    "takeProfit": "",
    "stopLoss": "",
    "tpslMode": "",
    "ocoTriggerBy": "",
    "tpLimitPrice": "",
    "slLimitPrice": "",
    "tpTriggerBy": "",
    "slTriggerBy": "",
    "triggerDirection": 0,
    "triggerBy": "",
    "closeOnTrigger": False,
}


class Created(Struct, frozen=True):
    """What is told of an order from the moment it was created: its price, for a market order the worst one at which
    it may trade, and the price of the newest trade."""

    price: Decimal
    last_price: Decimal


def link_id(order: Order) -> str:
    """ "" where the client gave none: then the exchange made one of the order's number."""
    made = {f"sim-{order.order_id}", f"{liquidation.CLIENT_ID_PREFIX}{order.order_id}"}
    return "" if order.client_order_id in made else order.client_order_id


def is_liquidation(order: Order) -> bool:
    """Whether the venue placed it, to close a position that the account can no longer carry."""
    return order.client_order_id == f"{liquidation.CLIENT_ID_PREFIX}{order.order_id}"


def _ending(order: Order) -> tuple[str, str]:
    """cancelType and rejectReason."""
    if STATUSES[order.status] != "Cancelled":
        return UNKNOWN, NO_ERROR
    if order.reason == NOT_IMMEDIATE:
        is_whole = order.time_in_force is TimeInForce.FOK
        return UNKNOWN, "EC_CancelForNoFullFill" if is_whole else "EC_NoImmediateQtyToFill"
    # what is left would have taken although it is post-only, when it was placed or amended ("Place Order")
    return _ENDINGS.get(order.reason, (UNKNOWN, "EC_PostOnlyWillTakeLiquidity"))


def order_row(order: Order, listing: Listing, total: Total, created: Created, ids: Ids) -> dict[str, object]:
    """What REST says; the order topic says the same and some more."""
    cancel_type, reject_reason = _ending(order)
    left = ZERO if order.status.is_final else order.quantity - order.executed_qty
    is_market = order.type is OrderType.MARKET
    return {
        **_NO_STOPS,
        "orderId": ids.order(order.order_id),
        "orderLinkId": link_id(order),
        "blockTradeId": "",
        "symbol": listing.symbol,
        "price": listing.price(created.price),
        "qty": listing.quantity(order.quantity),
        "side": SIDES[order.side],
        "isLeverage": "",
        "positionIdx": 0,
        "orderStatus": STATUSES[order.status],
        "createType": "CreateByLiq" if is_liquidation(order) else "CreateByUser",
        "cancelType": cancel_type,
        "rejectReason": reject_reason,
        "avgPrice": trimmed(order.avg_price) if order.executed_qty else "",
        "leavesQty": listing.quantity(left),
        "leavesValue": trimmed(left * created.price),
        "cumExecQty": listing.quantity(order.executed_qty),
        "cumExecValue": trimmed(total.value),
        "cumExecFee": trimmed(total.fee),
        "timeInForce": "IOC" if is_market else TIMES_IN_FORCE[order.time_in_force],
        "orderType": "Market" if is_market else "Limit",
        "orderIv": "",
        "marketUnit": "",
        "lastPriceOnCreated": listing.price(created.last_price),
        "reduceOnly": order.reduce_only,
        "placeType": "",
        "slippageToleranceType": UNKNOWN,
        "slippageTolerance": "",
        "smpType": "None",
        "smpGroup": 0,
        "smpOrderId": "",
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.update_ms or order.created_ms),
        "cumFeeDetail": {SETTLE: trimmed(total.fee)} if order.executed_qty else {},
    }


def topic_row(order: Order, listing: Listing, total: Total, created: Created, ids: Ids) -> dict[str, object]:
    """One change in the order topic."""
    row = order_row(order, listing, total, created, ids)
    return {"category": LINEAR, **row, "feeCurrency": "", "closedPnl": trimmed(total.pnl)}


def execution_row(
    fill: Fill, order: Order, left: Decimal, listing: Listing, created: Created, fees: Fees, ids: Ids
) -> dict[str, object]:
    """A fill; `left` of its order remained after it. What the mark price was is not kept."""
    return _execution(listing, fill.time_ms) | {
        "orderId": ids.order(fill.order_id),
        "orderLinkId": link_id(order),
        "side": SIDES[fill.side],
        "orderPrice": listing.price(created.price),
        "orderQty": listing.quantity(order.quantity),
        "leavesQty": listing.quantity(left),
        "createType": "CreateByLiq" if is_liquidation(order) else "CreateByUser",
        "orderType": "Market" if order.type is OrderType.MARKET else "Limit",
        "execFee": trimmed(fill.fee),
        "execId": ids.execution(fill.symbol, fill.trade_id),
        "execPrice": listing.price(fill.price),
        "execQty": listing.quantity(fill.quantity),
        "execPnl": trimmed(fill.realized_pnl),
        "execType": BUST if is_liquidation(order) else TRADE,
        "execValue": trimmed(fill.price * fill.quantity),
        "isMaker": fill.is_maker,
        "feeRate": trimmed(fees.maker if fill.is_maker else fees.taker),
        "seq": int(fill.trade_id),
    }


def funding_row(payment: Payment, account: str, listing: Listing, ids: Ids) -> dict[str, object]:
    """A settlement of funding as an execution; it belongs to no order that could be looked up."""
    name = f"{payment.time_ms // 1000}-{listing.place}-{account}"
    return _execution(listing, payment.time_ms) | {
        "orderId": ids.execution("funding order", name),
        "orderLinkId": "",
        "side": SIDES[Side.BUY if payment.size > 0 else Side.SELL],
        "orderPrice": "0",
        "orderQty": "0",
        "leavesQty": "0",
        "createType": "",
        "orderType": UNKNOWN,
        "execFee": trimmed(payment.paid),
        "execId": ids.execution("funding", name),
        "execPrice": trimmed(payment.mark_price),
        "execQty": listing.quantity(abs(payment.size)),
        "execPnl": "",
        "execType": FUNDING,
        "execValue": trimmed(abs(payment.size) * payment.mark_price),
        "isMaker": False,
        "feeRate": trimmed(payment.rate),
        "markPrice": trimmed(payment.mark_price),
        "seq": payment.time_ms,
    }


def _execution(listing: Listing, time_ms: int) -> dict[str, object]:
    return {
        "symbol": listing.symbol,
        "stopOrderType": UNKNOWN,
        "execTime": str(time_ms),
        "feeCurrency": "",
        "tradeIv": "",
        "markIv": "",
        "markPrice": "",
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": "",
        "extraFees": "",
    }
