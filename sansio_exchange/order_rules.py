"""An order against the rules of its symbol, before anything is sent. Names the field and the rule that it breaks."""

from decimal import Decimal

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import is_multiple, plain
from sansio_exchange.orders import NewOrder, OrderType, TimeInForce


def check_order(order: NewOrder, rules: SymbolRules) -> None:
    """Raises InvalidRequest for the first rule that `order` breaks; the venue still has the last word."""
    _check_quantity(order, rules)
    if order.type is OrderType.MARKET:
        _check_market(order)
    elif order.type is OrderType.LIMIT:
        _check_limit(order, rules)
    else:
        raise InvalidRequest("type", "must be LIMIT or MARKET")


def _check_quantity(order: NewOrder, rules: SymbolRules) -> None:
    quantity = order.quantity
    _check_positive("quantity", quantity)
    if quantity < rules.min_quantity:
        raise InvalidRequest(
            "quantity", f"{plain(quantity)} is below {rules.symbol}'s minimum {plain(rules.min_quantity)}"
        )
    largest = rules.max_quantity
    if order.type is OrderType.MARKET and rules.max_market_quantity:
        largest = rules.max_market_quantity
    if largest and quantity > largest:
        raise InvalidRequest("quantity", f"{plain(quantity)} is above {rules.symbol}'s maximum {plain(largest)}")
    if not is_multiple(quantity, rules.step_size):
        raise InvalidRequest(
            "quantity", f"{plain(quantity)} is not a multiple of {rules.symbol}'s step size {plain(rules.step_size)}"
        )


def _check_market(order: NewOrder) -> None:
    if order.price is not None:
        raise InvalidRequest("price", "must not be set on a market order")
    if order.post_only:
        raise InvalidRequest("post_only", "a market order always takes")
    if order.time_in_force not in (TimeInForce.UNSPECIFIED, TimeInForce.IOC):
        raise InvalidRequest("time_in_force", f"{order.time_in_force.name} does not go with a market order")


def _check_limit(order: NewOrder, rules: SymbolRules) -> None:
    price = order.price
    if price is None:
        raise InvalidRequest("price", "must be set on a limit order")
    _check_positive("price", price)
    if not is_multiple(price, rules.tick_size):
        raise InvalidRequest(
            "price", f"{plain(price)} is not a multiple of {rules.symbol}'s tick size {plain(rules.tick_size)}"
        )
    if price < rules.min_price:
        raise InvalidRequest("price", f"{plain(price)} is below {rules.symbol}'s minimum {plain(rules.min_price)}")
    if rules.max_price and price > rules.max_price:
        raise InvalidRequest("price", f"{plain(price)} is above {rules.symbol}'s maximum {plain(rules.max_price)}")
    if order.post_only and order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        raise InvalidRequest("post_only", f"contradicts time_in_force {order.time_in_force.name}")
    notional = price * order.quantity
    if notional < rules.min_notional and not order.reduce_only:
        raise InvalidRequest(
            "quantity",
            f"notional {plain(notional)} is below {rules.symbol}'s minimum {plain(rules.min_notional)}"
            f" {rules.quote_asset}",
        )


def _check_positive(field: str, value: Decimal) -> None:
    if not value.is_finite() or value <= 0:
        raise InvalidRequest(field, f"must be greater than zero, got {value}")
