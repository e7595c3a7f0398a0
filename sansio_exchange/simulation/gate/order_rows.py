"""Orders and fills as rows: of REST, of the socket's answers, of the orders and usertrades channels.

Source: Gate API v4, "Futures" (Place futures order, Query personal trading records), and Gate futures WebSocket v4
(Orders notification, User trades notification), read in November 2026. REST writes prices and fees as texts and times
as seconds with a fraction; the channels write prices and fees as numbers and times also in milliseconds. Sizes are
whole contracts, negative to sell; a fee is what was charged.
"""

from msgspec import Struct

from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, TimeInForce
from sansio_exchange.simulation import liquidation
from sansio_exchange.simulation.engine import NOT_IMMEDIATE, NOTHING_TO_REDUCE, SELF_TRADE
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.gate.listing import Listing, sized
from sansio_exchange.simulation.notation import trimmed

TIFS = {
    TimeInForce.UNSPECIFIED: "gtc",
    TimeInForce.GTC: "gtc",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
    TimeInForce.GTX: "poc",
}
FINISHED_AS = {
    "": "cancelled",
    liquidation.REASON: "liquidated",
    NOT_IMMEDIATE: "ioc",
    NOTHING_TO_REDUCE: "reduce_only",
    SELF_TRADE: "stp",
}
"""Why an order ended, of the valid values of finish_as."""


class Note(Struct, frozen=True):
    """What the client said of an order and the exchange below has no use for."""

    text: str
    is_close: bool = False
    amend_text: str = "-"


def seconds(time_ms: int) -> float:
    return time_ms / 1000


def is_liquidation(order: Order) -> bool:
    return order.client_order_id.startswith(liquidation.CLIENT_ID_PREFIX)


def finish_as(order: Order) -> str:
    """ "" while the order works."""
    if not order.status.is_final:
        return ""
    if order.status is OrderStatus.FILLED:
        return "filled"
    return FINISHED_AS.get(order.reason, "cancelled")


def order_row(
    order: Order, listing: Listing, note: Note, user: int, fees: Fees, *, is_decimal: bool
) -> dict[str, object]:
    """As REST and the socket's answers show it. What tells how it finished is left out while it works."""
    row = {
        "amend_text": note.amend_text,
        "biz_info": "-",
        "contract": listing.name,
        "create_time": seconds(order.created_ms),
        "fill_price": trimmed(order.avg_price),
        "iceberg": sized(0, is_decimal=is_decimal),
        "id": order.order_id,
        "is_close": note.is_close,
        "is_liq": is_liquidation(order),
        "is_reduce_only": order.reduce_only,
        "left": sized(listing.signed(order.quantity - order.executed_qty, order.side), is_decimal=is_decimal),
        "mkfr": trimmed(fees.maker),
        "price": trimmed(order.price),
        "refr": "0",
        "refu": 0,
        "size": sized(listing.signed(order.quantity, order.side), is_decimal=is_decimal),
        "status": "finished" if order.status.is_final else "open",
        "stp_act": "-",
        "stp_id": 0,
        "text": note.text,
        "tif": _tif(order),
        "tkfr": trimmed(fees.taker),
        "update_time": seconds(order.update_ms or order.created_ms),
        "user": user,
    }
    if order.status.is_final:
        row |= {"finish_as": finish_as(order), "finish_time": seconds(order.update_ms)}
    return row


def channel_row(
    order: Order,
    listing: Listing,
    note: Note,
    user: int,
    fees: Fees,
    *,
    is_new: bool,
    update_id: int,
    is_decimal: bool,
) -> dict[str, object]:
    """One message of the orders channel. While the order works finish_as is _new or _update, finish_time 0."""
    finished_ms = order.update_ms if order.status.is_final else 0
    return order_row(order, listing, note, user, fees, is_decimal=is_decimal) | {
        "create_time": order.created_ms // 1000,
        "create_time_ms": order.created_ms,
        "fill_price": float(order.avg_price),
        "finish_as": finish_as(order) or ("_new" if is_new else "_update"),
        "finish_time": finished_ms // 1000,
        "finish_time_ms": finished_ms,
        "mkfr": float(fees.maker),
        "price": float(order.price),
        "refr": 0,
        "stop_loss_price": "",
        "stop_profit_price": "",
        "tkfr": float(fees.taker),
        "update_id": update_id,
        "update_time": order.update_ms or order.created_ms,
        "user": str(user),
    }


def fill_row(fill: Fill, listing: Listing, text: str, *, is_decimal: bool) -> dict[str, object]:
    """One row of my_trades, but for the id: it has two names."""
    return {
        "close_size": sized(0, is_decimal=is_decimal),
        "contract": listing.name,
        "create_time": seconds(fill.time_ms),
        "fee": trimmed(fill.fee),
        "order_id": str(fill.order_id),
        "point_fee": "0",
        "price": trimmed(fill.price),
        "role": _role(fill),
        "size": sized(listing.signed(fill.quantity, fill.side), is_decimal=is_decimal),
        "text": text,
    }


def trade_row(fill: Fill, listing: Listing, text: str, *, is_decimal: bool) -> dict[str, object]:
    """One message of the usertrades channel: ids and the price are texts there, the fee is a number."""
    return {
        "contract": listing.name,
        "create_time": fill.time_ms // 1000,
        "create_time_ms": fill.time_ms,
        "fee": float(fill.fee),
        "id": fill.trade_id,
        "order_id": str(fill.order_id),
        "point_fee": 0,
        "price": trimmed(fill.price),
        "role": _role(fill),
        "size": sized(listing.signed(fill.quantity, fill.side), is_decimal=is_decimal),
        "text": text,
    }


def _role(fill: Fill) -> str:
    return "maker" if fill.is_maker else "taker"


def _tif(order: Order) -> str:
    """A market order that may fill in part is ioc: price 0 with tif ioc is how it was placed."""
    if order.type is OrderType.MARKET and order.time_in_force is not TimeInForce.FOK:
        return "ioc"
    return TIFS[order.time_in_force]
