"""Orders and fills as rows: of REST and of the channels orders and fill.

Source: Bitget API, "Get Order Detail", "Get Pending Orders", "Get Order Fill Details", "Order Channel" and "Fill
Channel" (bitget.com/api-doc/contract), of November 2025. Fees are negative where they are charged.
"""

from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation import liquidation
from sansio_exchange.simulation.bitget.parameters import MARGIN_COIN
from sansio_exchange.simulation.engine import SELF_TRADE
from sansio_exchange.simulation.fill_numbers import fill_number
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.order_totals import Total

FIRST_ORDER_ID = 10**18
"""Bitget's order ids have nineteen digits and fit into 64 bits; those of the exchange below are counted from here."""
MAX_DIGITS = 19
STATES = {
    OrderStatus.NEW: "live",
    OrderStatus.PARTIALLY_FILLED: "partially_filled",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.REJECTED: "canceled",
    OrderStatus.EXPIRED: "canceled",
}
SIDES = {Side.BUY: "buy", Side.SELL: "sell"}
FORCES = {
    TimeInForce.UNSPECIFIED: "gtc",
    TimeInForce.GTC: "gtc",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
    TimeInForce.GTX: "post_only",
}
ONE_WAY = "one_way_mode"


def order_id(number: int) -> str:
    """The venue's id of an order."""
    return str(FIRST_ORDER_ID + number)


def order_number(text: str) -> int | None:
    """Whose id that is; None for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        return None
    number = int(text) - FIRST_ORDER_ID
    return number if number > 0 else None


def is_liquidation(order: Order) -> bool:
    """Whether the venue placed it, to close a position that the account can no longer carry."""
    return order.client_order_id.startswith(liquidation.CLIENT_ID_PREFIX)


def order_type(order: Order) -> str:
    return "market" if order.type is OrderType.MARKET else "limit"


def trade_side(side: Side, *, is_forced: bool) -> str:
    """Of an order in one-way mode."""
    return f"{'burst_' if is_forced else ''}{SIDES[side]}_single"


def cancel_reason(order: Order) -> str:
    """ "" where the order was not cancelled. Of what happens to orders only self-trades have a word of their own."""
    if STATES[order.status] != "canceled":
        return ""
    return "stp_cancel" if order.reason == SELF_TRADE else "normal_cancel"


def _common(order: Order, leverage: int) -> dict[str, object]:
    is_forced = is_liquidation(order)
    return {
        "size": trimmed(order.quantity),
        "orderId": order_id(order.order_id),
        "clientOid": order.client_order_id,
        "side": SIDES[order.side],
        "force": FORCES[order.time_in_force],
        "posSide": "net",
        "marginCoin": MARGIN_COIN,
        "orderType": order_type(order),
        "leverage": str(leverage),
        "marginMode": "crossed",
        "enterPointSource": "SYS" if is_forced else "API",
        "tradeSide": trade_side(order.side, is_forced=is_forced),
        "posMode": ONE_WAY,
        "cancelReason": cancel_reason(order),
        "cTime": str(order.created_ms),
        "uTime": str(order.update_ms or order.created_ms),
    }


def order_row(order: Order, total: Total, leverage: int) -> dict[str, object]:
    """As REST lists it; in the detail `status` is called `state`."""
    source = "market" if order.type is OrderType.MARKET else "normal"
    return _common(order, leverage) | {
        "symbol": order.symbol,
        "baseVolume": trimmed(order.executed_qty),
        "priceAvg": trimmed(order.avg_price) if order.executed_qty else "",
        "fee": trimmed(-total.fee),
        "price": trimmed(order.price) if order.price else "",
        "status": STATES[order.status],
        "totalProfits": trimmed(total.pnl),
        "quoteVolume": trimmed(order.avg_price * order.executed_qty),
        "reduceOnly": "YES" if order.reduce_only else "NO",
        "orderSource": "liquidation" if is_liquidation(order) else source,
        "presetStopSurplusPrice": "",
        "presetStopLossPrice": "",
    }


def channel_row(order: Order, fill: Fill | None, place: int, total: Total, leverage: int) -> dict[str, object]:
    """One message of the orders channel. What tells of a fill is there only where a fill is the news."""
    row = _common(order, leverage) | {
        "instId": order.symbol,
        "price": trimmed(order.price),
        "accBaseVolume": trimmed(order.executed_qty),
        "status": STATES[order.status],
        "feeDetail": [{"feeCoin": MARGIN_COIN, "fee": trimmed(-total.fee)}],
        "notionalUsd": trimmed(order.price * order.quantity),
        "reduceOnly": "yes" if order.reduce_only else "no",
        "stpMode": "none",
        "totalProfits": trimmed(total.pnl),
    }
    if fill is not None:
        row |= {
            "fillPrice": trimmed(fill.price),
            "tradeId": str(fill_number(fill, place)),
            "baseVolume": trimmed(fill.quantity),
            "fillTime": str(fill.time_ms),
            "fillFee": trimmed(-fill.fee),
            "fillFeeCoin": fill.fee_asset,
            "tradeScope": "M" if fill.is_maker else "T",
            "fillNotionalUsd": trimmed(fill.price * fill.quantity),
            "pnl": trimmed(fill.realized_pnl),
        }
    if STATES[order.status] != "canceled":
        row["priceAvg"] = trimmed(order.avg_price) if order.executed_qty else "0"
    return row


def fill_row(fill: Fill, place: int, *, is_forced: bool) -> dict[str, object]:
    """What REST and the channel have in common."""
    return {
        "tradeId": str(fill_number(fill, place)),
        "symbol": fill.symbol,
        "orderId": order_id(fill.order_id),
        "price": trimmed(fill.price),
        "baseVolume": trimmed(fill.quantity),
        "feeDetail": [
            {"deduction": "no", "feeCoin": fill.fee_asset, "totalDeductionFee": "0", "totalFee": trimmed(-fill.fee)}
        ],
        "side": SIDES[fill.side],
        "quoteVolume": trimmed(fill.price * fill.quantity),
        "profit": trimmed(fill.realized_pnl),
        "tradeSide": trade_side(fill.side, is_forced=is_forced),
        "posMode": ONE_WAY,
        "tradeScope": "maker" if fill.is_maker else "taker",
        "cTime": str(fill.time_ms),
    }
