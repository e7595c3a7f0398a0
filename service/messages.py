"""The contract's messages as a client in Python makes and reads them, out of the core's own values and into them."""

from decimal import Decimal

from sansio_exchange.numbers import plain
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side
from service.stubs.google.type import Decimal as DecimalMessage
from service.stubs.opensqt.market_maker import v1


def place_order_request(order: NewOrder) -> v1.PlaceOrderRequest:
    return v1.PlaceOrderRequest(
        symbol=order.symbol,
        side=v1.OrderSide(order.side),
        type=v1.OrderType(order.type),
        time_in_force=v1.TimeInForce(order.time_in_force),
        quantity=_message(order.quantity),
        price=None if order.price is None else _message(order.price),
        reduce_only=order.reduce_only,
        post_only=order.post_only,
        client_order_id=order.client_order_id,
    )


def order_of(message: v1.Order | v1.OrderUpdate) -> Order:
    """Without its fills."""
    return Order(
        order_id=message.order_id,
        client_order_id=message.client_order_id,
        symbol=message.symbol,
        side=Side(int(message.side)),
        type=OrderType(int(message.type)),
        quantity=number(message.quantity),
        status=OrderStatus(int(message.status)),
        price=number(message.price),
        executed_qty=number(message.executed_qty),
        avg_price=number(message.avg_price),
        update_ms=message.update_time,
    )


def number(message: object) -> Decimal:
    """The contract's Decimal message as a number; an absent one is 0."""
    return Decimal(getattr(message, "value", "") or 0)


def _message(value: Decimal) -> DecimalMessage:
    return DecimalMessage(value=plain(value))
