"""What an order must keep to before the book sees it: the filters of a symbol."""

from decimal import Decimal

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import is_multiple, plain
from sansio_exchange.orders import NewOrder, OrderType, Side, TimeInForce


def time_in_force(order: NewOrder) -> TimeInForce:
    """The one that an order has in effect. Raises InvalidRequest where it contradicts itself."""
    stated = order.time_in_force
    if order.type is OrderType.MARKET:
        if order.post_only or stated is TimeInForce.GTX:
            raise InvalidRequest("post_only", "a market order cannot be post-only")
        return stated or TimeInForce.GTC
    if order.post_only:
        if stated not in (TimeInForce.UNSPECIFIED, TimeInForce.GTC, TimeInForce.GTX):
            raise InvalidRequest("post_only", f"contradicts time_in_force {stated.name}")
        return TimeInForce.GTX
    return stated or TimeInForce.GTC


def check_order(rules: SymbolRules, order: NewOrder, mark_price: Decimal) -> None:
    """Raises InvalidRequest, naming the field and the rule, for an order that the symbol's filters refuse."""
    if order.type is OrderType.OTHER:
        raise InvalidRequest("type", "must be LIMIT or MARKET")
    check_quantity(rules, order.quantity)
    if order.type is OrderType.MARKET:
        if order.price is not None:
            raise InvalidRequest("price", "must not be set on a market order")
        if rules.max_market_quantity and order.quantity > rules.max_market_quantity:
            raise InvalidRequest("quantity", f"must be at most {plain(rules.max_market_quantity)} on a market order")
        price = mark_price
    else:
        if order.price is None:
            raise InvalidRequest("price", "must be set on a limit order")
        price = order.price
        check_price(rules, price)
        check_price_band(rules, price, mark_price, is_buy=order.side is Side.BUY)
    if not order.reduce_only:
        check_notional(rules, order.quantity, price)


def check_quantity(rules: SymbolRules, quantity: Decimal) -> None:
    """Raises InvalidRequest for a quantity that is off the step or outside its limits."""
    if not quantity.is_finite() or quantity <= 0:
        raise InvalidRequest("quantity", "must be above 0")
    if quantity < rules.min_quantity:
        raise InvalidRequest("quantity", f"must be at least {plain(rules.min_quantity)}")
    if rules.max_quantity and quantity > rules.max_quantity:
        raise InvalidRequest("quantity", f"must be at most {plain(rules.max_quantity)}")
    if not is_multiple(quantity, rules.step_size):
        raise InvalidRequest("quantity", f"must be a multiple of the step size {plain(rules.step_size)}")


def check_price(rules: SymbolRules, price: Decimal) -> None:
    """Raises InvalidRequest for a price that is off the tick or outside its fixed limits."""
    if not price.is_finite() or price <= 0:
        raise InvalidRequest("price", "must be above 0")
    if price < rules.min_price:
        raise InvalidRequest("price", f"must be at least {plain(rules.min_price)}")
    if rules.max_price and price > rules.max_price:
        raise InvalidRequest("price", f"must be at most {plain(rules.max_price)}")
    if not is_multiple(price, rules.tick_size):
        raise InvalidRequest("price", f"must be a multiple of the tick size {plain(rules.tick_size)}")


def check_price_band(rules: SymbolRules, price: Decimal, mark_price: Decimal, *, is_buy: bool) -> None:
    """Raises InvalidRequest for a bid too far above or an ask too far below the mark price.

    As Binance's PERCENT_PRICE (Binance Open Platform, USDⓈ-M Futures, Common Definition, 2025): only the side on which
    the order would trade badly is bounded.
    """
    if is_buy and rules.price_cap_ratio and price > mark_price * rules.price_cap_ratio:
        limit = plain(mark_price * rules.price_cap_ratio)
        raise InvalidRequest("price", f"must be at most {plain(rules.price_cap_ratio)} x mark price = {limit}")
    if not is_buy and rules.price_floor_ratio and price < mark_price * rules.price_floor_ratio:
        limit = plain(mark_price * rules.price_floor_ratio)
        raise InvalidRequest("price", f"must be at least {plain(rules.price_floor_ratio)} x mark price = {limit}")


def check_notional(rules: SymbolRules, quantity: Decimal, price: Decimal) -> None:
    """Raises InvalidRequest for an order worth less than the symbol's minimum."""
    if quantity * price < rules.min_notional:
        raise InvalidRequest("quantity", f"notional must be at least {plain(rules.min_notional)}")
