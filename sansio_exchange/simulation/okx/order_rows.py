"""Orders and fills as rows: of REST and of the orders channel.

Source: OKX API guide, "Order Book Trading" / "Trade" (GET Order details, GET Transaction details, WS Order channel),
read in November 2026. Fees are negative where they are charged. Sizes are in contracts.
"""

from decimal import Decimal

from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation import liquidation
from sansio_exchange.simulation.engine import NOT_IMMEDIATE, NOTHING_TO_REDUCE, SELF_TRADE, WOULD_TAKE
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.okx.listing import INST_TYPE, SETTLE, Listing
from sansio_exchange.simulation.order_totals import Total

STATES = {
    OrderStatus.NEW: "live",
    OrderStatus.PARTIALLY_FILLED: "partially_filled",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.REJECTED: "canceled",
    OrderStatus.EXPIRED: "canceled",
}
SIDES = {Side.BUY: "buy", Side.SELL: "sell"}
ORDER_TYPES = {
    TimeInForce.UNSPECIFIED: "limit",
    TimeInForce.GTC: "limit",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
    TimeInForce.GTX: "post_only",
}
CANCEL_SOURCES = {
    "": "1",
    liquidation.REASON: "3",
    NOTHING_TO_REDUCE: "17",
    WOULD_TAKE: "31",
    SELF_TRADE: "32",
}
"""Why an order ended, of the valid values of cancelSource."""
CANCEL_REASONS = {
    "1": "Order canceled by user",
    "3": "Risk cancellation was triggered. Pending order was canceled due to insufficient maintenance margin ratio and "
    "forced-liquidation risk.",
    "13": "FOK order was canceled due to incompletely filled.",
    "14": "IOC order was partially canceled due to incompletely filled.",
    "17": "Close order was canceled, due to the position was already closed at market price.",
    "31": "The post-only order will take liquidity in taker orders",
    "32": "Self trade prevention",
}
EMPTY = (
    "algoClOrdId algoId attachAlgoClOrdId ccy pxType pxUsd pxVol quickMgnType rebate slOrdPx slTriggerPx "
    "slTriggerPxType source stpId tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType"
)
_EMPTY = dict.fromkeys(EMPTY.split(), "")


def client_id(order: Order) -> str:
    """ "" where the client gave none: OKX's consist of letters and digits, those the exchange makes do not."""
    return order.client_order_id if order.client_order_id.isalnum() else ""


def is_liquidation(order: Order) -> bool:
    """Whether the venue placed it, to close a position that the account can no longer carry."""
    return order.client_order_id.startswith(liquidation.CLIENT_ID_PREFIX)


def order_type(order: Order) -> str:
    return "market" if order.type is OrderType.MARKET else ORDER_TYPES[order.time_in_force]


def cancel_source(order: Order) -> str:
    """ "" where the order was not cancelled."""
    if STATES[order.status] != "canceled":
        return ""
    if order.reason == NOT_IMMEDIATE:
        return "13" if order.time_in_force is TimeInForce.FOK else "14"
    return CANCEL_SOURCES.get(order.reason, "0")


def average(order: Order, nothing: str) -> str:
    return trimmed(order.avg_price) if order.executed_qty else nothing


def order_row(order: Order, listing: Listing, total: Total, leverage: int, tag: str) -> dict[str, object]:
    """What REST and the channel have in common; where they differ, as REST says it."""
    last, source = total.last, cancel_source(order)
    return {
        **_EMPTY,
        "accFillSz": listing.contracts(order.executed_qty),
        "attachAlgoOrds": [],
        "avgPx": average(order, ""),
        "cTime": str(order.created_ms),
        "cancelSource": source,
        "cancelSourceReason": CANCEL_REASONS.get(source, ""),
        "category": "full_liquidation" if is_liquidation(order) else "normal",
        "clOrdId": client_id(order),
        "fee": trimmed(-total.fee),
        "feeCcy": SETTLE,
        "fillPx": trimmed(last.price) if last else "",
        "fillSz": listing.contracts(last.quantity) if last else "0",
        "fillTime": str(last.time_ms) if last else "",
        "instId": listing.inst_id,
        "instType": INST_TYPE,
        "isTpLimit": "false",
        "lever": str(leverage),
        "linkedAlgoOrd": {"algoId": ""},
        "ordId": str(order.order_id),
        "ordType": order_type(order),
        "pnl": trimmed(total.pnl),
        "posSide": "net",
        "px": trimmed(order.price) if order.price else "",
        "rebateCcy": SETTLE,
        "reduceOnly": "true" if order.reduce_only else "false",
        "side": SIDES[order.side],
        "state": STATES[order.status],
        "stpMode": "cancel_maker",
        "sz": listing.contracts(order.quantity),
        "tag": tag,
        "tdMode": "cross",
        "tradeId": last.trade_id if last else "",
        "tradeQuoteCcy": SETTLE,
        "uTime": str(order.update_ms or order.created_ms),
    }


def channel_row(
    order: Order, fill: Fill | None, listing: Listing, total: Total, leverage: int, tag: str, last_price: Decimal
) -> dict[str, object]:
    """One message of the orders channel: its fill fields are those of this change alone."""
    row = order_row(order, listing, total, leverage, tag)
    del row["cancelSourceReason"]
    return row | {
        "amendResult": "",
        "amendSource": "",
        "avgPx": average(order, "0"),
        "code": "0",
        "execType": "" if fill is None else execution_type(fill),
        "fillFee": trimmed(-fill.fee) if fill else "0",
        "fillFeeCcy": fill.fee_asset if fill else "",
        "fillFwdPx": "",
        "fillIdxPx": "",
        "fillMarkPx": "",
        "fillMarkVol": "",
        "fillNotionalUsd": trimmed(order.avg_price * order.executed_qty) if order.executed_qty else "",
        "fillPnl": trimmed(fill.realized_pnl) if fill else "0",
        "fillPx": trimmed(fill.price) if fill else "",
        "fillPxUsd": "",
        "fillPxVol": "",
        "fillSz": listing.contracts(fill.quantity) if fill else "0",
        "fillTime": str(fill.time_ms) if fill else "",
        "lastPx": trimmed(last_price),
        "msg": "",
        "notionalUsd": trimmed((order.price or last_price) * order.quantity),
        "reqId": "",
        "tradeId": fill.trade_id if fill else "",
    }


def execution_type(fill: Fill) -> str:
    return "M" if fill.is_maker else "T"


def fill_row(fill: Fill, listing: Listing, bill: int, client_order_id: str, tag: str) -> dict[str, object]:
    """One row of the transaction details."""
    notional = fill.price * fill.quantity
    rate = -fill.fee / notional if notional else ZERO
    return {
        "billId": str(bill),
        "clOrdId": client_order_id,
        "execType": execution_type(fill),
        "fee": trimmed(-fill.fee),
        "feeCcy": fill.fee_asset,
        "feeRate": trimmed(rate.quantize(Decimal("0.00000001"))),
        "fillFwdPx": "",
        "fillIdxPx": "",
        "fillMarkPx": "",
        "fillMarkVol": "",
        "fillPnl": trimmed(fill.realized_pnl),
        "fillPx": trimmed(fill.price),
        "fillPxUsd": "",
        "fillPxVol": "",
        "fillSz": listing.contracts(fill.quantity),
        "fillTime": str(fill.time_ms),
        "instId": listing.inst_id,
        "instType": INST_TYPE,
        "ordId": str(fill.order_id),
        "posSide": "net",
        "side": SIDES[fill.side],
        "subType": "1" if fill.side is Side.BUY else "2",
        "tag": tag,
        "tradeId": fill.trade_id,
        "tradeQuoteCcy": SETTLE,
        "ts": str(fill.time_ms),
    }
