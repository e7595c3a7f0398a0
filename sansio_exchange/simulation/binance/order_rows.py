"""Orders and fills as the rows that REST and the order-entry socket answer with."""

from decimal import Decimal

from sansio_exchange.numbers import plain
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.binance.listing import Listing, amount

SELF_TRADE_PREVENTION = "EXPIRE_MAKER"
STATUSES = {
    OrderStatus.NEW: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.REJECTED: "REJECTED",
    OrderStatus.EXPIRED: "EXPIRED",
}
SIDES = {Side.BUY: "BUY", Side.SELL: "SELL"}
TYPES = {OrderType.LIMIT: "LIMIT", OrderType.MARKET: "MARKET", OrderType.OTHER: "LIQUIDATION"}
TIMES_IN_FORCE = {
    TimeInForce.UNSPECIFIED: "GTC",
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.GTX: "GTX",
}


def order_row(order: Order, listing: Listing) -> dict[str, object]:
    """The answer to placing, amending or cancelling."""
    kind = TYPES[order.type]
    executed = listing.quantity(order.executed_qty)
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": STATUSES[order.status],
        "clientOrderId": order.client_order_id,
        "price": listing.price(order.price),
        "avgPrice": average(order, listing),
        "origQty": listing.quantity(order.quantity),
        "executedQty": executed,
        "cumQty": executed,
        "cumQuote": quote(order.avg_price * order.executed_qty),
        "timeInForce": TIMES_IN_FORCE[order.time_in_force],
        "type": kind,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": SIDES[order.side],
        "positionSide": "BOTH",
        "stopPrice": listing.price(Decimal(0)),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": kind,
        "priceMatch": "NONE",
        "selfTradePreventionMode": SELF_TRADE_PREVENTION,
        "goodTillDate": 0,
        "updateTime": order.update_ms,
    }


def acknowledgement(order: Order, listing: Listing) -> dict[str, object]:
    """The answer to an order with newOrderRespType=ACK: accepted, and nothing of what became of it."""
    return order_row(order, listing) | {
        "status": "NEW",
        "avgPrice": "0.00",
        "executedQty": listing.quantity(Decimal(0)),
        "cumQty": listing.quantity(Decimal(0)),
        "cumQuote": quote(Decimal(0)),
        "updateTime": order.created_ms,
    }


def query_row(order: Order, listing: Listing) -> dict[str, object]:
    """The answer to a query: with the time of placing."""
    row = order_row(order, listing)
    del row["cumQty"]
    row["time"] = order.created_ms
    return row


def average(order: Order, listing: Listing) -> str:
    """The average price, with three more decimals than a price has."""
    return f"{order.avg_price:.{listing.price_digits + 3}f}" if order.avg_price else "0.00"


def quote(value: Decimal) -> str:
    """An amount of quote coin as prices times quantities give it: no trailing zeros beyond the fifth decimal."""
    return f"{value:.5f}"


def fill_row(fill: Fill, listing: Listing) -> dict[str, object]:
    """One row of userTrades."""
    return {
        "symbol": fill.symbol,
        "id": int(fill.trade_id),
        "orderId": fill.order_id,
        "side": SIDES[fill.side],
        "price": listing.price(fill.price),
        "qty": listing.quantity(fill.quantity),
        "realizedPnl": amount(fill.realized_pnl),
        "quoteQty": plain(fill.price * fill.quantity),
        "commission": amount(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time_ms,
        "positionSide": "BOTH",
        "buyer": fill.side is Side.BUY,
        "maker": fill.is_maker,
    }
