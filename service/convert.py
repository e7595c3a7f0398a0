"""Contract messages to the core's values and back.

Requests are checked here as far as no venue need be asked; every refusal is an InvalidRequest that names the field and
the rule. What depends on the venue (symbols, tick and step size, client id alphabet) the core checks.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import TypeVar

from sansio_exchange import account, market, orders
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.numbers import parse_decimal, plain
from service.stubs.google.type import Decimal as DecimalMessage
from service.stubs.opensqt.market_maker import v1

MAX_CLIENT_ORDER_ID = 64
MAX_SYMBOL = 64
MAX_BATCH = 500
MAX_SYMBOLS = 200
MAX_CANDLES = 1500
MAX_FUNDING_RATES = 1000

E = TypeVar("E", bound=IntEnum)
T = TypeVar("T")

# --- requests -------------------------------------------------------------------------------------------------


def new_order(request: v1.PlaceOrderRequest) -> orders.NewOrder:
    """The order that `request` asks for."""
    no_margin(request.use_margin)
    order_type = _enum("type", request.type, orders.OrderType, zero=False)
    order = orders.NewOrder(
        symbol=symbol(request.symbol),
        side=_enum("side", request.side, orders.Side, zero=False),
        type=order_type,
        quantity=_positive("quantity", request.quantity),
        price=_price(request.price, order_type),
        time_in_force=_enum("time_in_force", request.time_in_force, orders.TimeInForce, zero=True),
        reduce_only=request.reduce_only,
        post_only=request.post_only,
        client_order_id=client_order_id(request.client_order_id),
    )
    _check_time_in_force(order)
    return order


def _check_time_in_force(order: orders.NewOrder) -> None:
    tif = order.time_in_force
    if order.type is orders.OrderType.MARKET:
        if tif in (orders.TimeInForce.GTX, orders.TimeInForce.FOK):
            raise InvalidRequest("time_in_force", f"{tif.name} does not go with a MARKET order")
        if order.post_only:
            raise InvalidRequest("post_only", "does not go with a MARKET order, which always takes")
    if order.post_only and tif in (orders.TimeInForce.IOC, orders.TimeInForce.FOK):
        raise InvalidRequest("post_only", f"does not go with time_in_force {tif.name}, which always takes")


def _price(message: DecimalMessage | None, order_type: orders.OrderType) -> Decimal | None:
    if order_type is orders.OrderType.LIMIT:
        return _positive("price", message)
    # A message without a value is how some clients say that there is no price.
    if message is not None and message.value and _decimal("price", message.value) != 0:
        raise InvalidRequest("price", "must be absent or 0 for a MARKET order")
    return None


def _positive(field: str, message: DecimalMessage | None) -> Decimal:
    if message is None or not message.value:
        raise InvalidRequest(field, "is required")
    value = _decimal(field, message.value)
    if value <= 0:
        raise InvalidRequest(field, f"must be above 0, got {plain(value)}")
    return value


def _decimal(field: str, text: str) -> Decimal:
    try:
        return parse_decimal(text)
    except ValueError as error:
        raise InvalidRequest(field, str(error)) from None


def _enum(field: str, value: int, kind: type[E], *, zero: bool) -> E:
    """`value` as a member of `kind`; `zero` says whether 0 (unspecified) may be said."""
    try:
        if value or zero:
            return kind(int(value))
    except ValueError:
        pass
    allowed = ", ".join(f"{each.name} ({each.value})" for each in kind if each.value or zero)
    said = "is required" if not value else f"{int(value)} is not known"
    raise InvalidRequest(field, f"{said}: one of {allowed}")


def no_margin(use_margin: bool) -> None:
    """This service trades perpetuals; an order meant for spot margin must not become one."""
    if use_margin:
        raise InvalidRequest("use_margin", "must be false: this service trades perpetuals, not spot on margin")


def symbol(text: str, field: str = "symbol") -> str:
    """A symbol that has to be given."""
    if not text:
        raise InvalidRequest(field, "must not be empty")
    return optional_symbol(text, field)


def optional_symbol(text: str, field: str = "symbol") -> str:
    """A symbol, or "" for all of them."""
    if len(text) > MAX_SYMBOL:
        raise InvalidRequest(field, f"must have at most {MAX_SYMBOL} characters")
    return text


def symbols(texts: Iterable[str]) -> tuple[str, ...]:
    """The symbols of a subscription, each once, in order."""
    each_once = tuple(dict.fromkeys(symbol(text, f"symbols[{at}]") for at, text in enumerate(texts)))
    if not each_once:
        raise InvalidRequest("symbols", "must name at least one symbol")
    if len(each_once) > MAX_SYMBOLS:
        raise InvalidRequest("symbols", f"must name at most {MAX_SYMBOLS} symbols, got {len(each_once)}")
    return each_once


def interval(text: str) -> str:
    if text not in market.INTERVALS_MS:
        raise InvalidRequest("interval", f"must be one of {', '.join(market.INTERVALS_MS)}, got {text[:20]!r}")
    return text


def limit(value: int, most: int) -> int:
    if not 1 <= value <= most:
        raise InvalidRequest("limit", f"must be from 1 to {most}, got {value}")
    return value


def asset(text: str) -> str:
    if not text:
        raise InvalidRequest("asset", "must not be empty")
    if len(text) > MAX_SYMBOL:
        raise InvalidRequest("asset", f"must have at most {MAX_SYMBOL} characters")
    return text.upper()


def order_id(value: int, field: str = "order_id") -> int:
    if value <= 0:
        raise InvalidRequest(field, f"must be above 0, got {value}")
    return value


def client_order_id(text: str) -> str:
    """A client order id, or "" where the core shall make one up."""
    if len(text) > MAX_CLIENT_ORDER_ID:
        raise InvalidRequest("client_order_id", f"must have at most {MAX_CLIENT_ORDER_ID} characters, got {len(text)}")
    if not all("!" <= each <= "~" for each in text):
        raise InvalidRequest("client_order_id", "must consist of visible ASCII characters")
    return text


def either_id(request: v1.GetOrderRequest) -> tuple[int, str]:
    """(order id, client order id), of which exactly one is set."""
    if request.order_id and request.client_order_id:
        raise InvalidRequest("order_id", "must be 0 where client_order_id is set: an order is looked up by one of them")
    if not request.order_id and not request.client_order_id:
        raise InvalidRequest("order_id", "or client_order_id must be set")
    if request.order_id:
        return order_id(request.order_id), ""
    return 0, client_order_id(request.client_order_id)


def batch(items: list[T], field: str) -> list[T]:
    """`items`, neither none nor too many."""
    if not items:
        raise InvalidRequest(field, "must not be empty")
    if len(items) > MAX_BATCH:
        raise InvalidRequest(field, f"must have at most {MAX_BATCH} items, got {len(items)}")
    return items


# --- answers --------------------------------------------------------------------------------------------------

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decimal(value: Decimal) -> DecimalMessage:
    return DecimalMessage(value=plain(value))


def _known(value: Decimal) -> DecimalMessage | None:
    """Absent where the core has 0 for what is not known or does not exist: a client must not take it for a price."""
    return decimal(value) if value else None


def timestamp(ms: int) -> datetime | None:
    """0 means that the time is not known."""
    return _EPOCH + timedelta(milliseconds=ms) if ms else None


def trade(fill: orders.Fill) -> v1.Trade:
    return v1.Trade(
        trade_id=fill.trade_id,
        order_id=fill.order_id,
        symbol=fill.symbol,
        side=v1.OrderSide(fill.side),
        price=decimal(fill.price),
        quantity=decimal(fill.quantity),
        fee=decimal(fill.fee),
        fee_asset=fill.fee_asset,
        timestamp=timestamp(fill.time_ms),
        realized_pnl=decimal(fill.realized_pnl),
    )


def order(value: orders.Order) -> v1.Order:
    return v1.Order(
        order_id=value.order_id,
        client_order_id=value.client_order_id,
        symbol=value.symbol,
        side=v1.OrderSide(value.side),
        type=v1.OrderType(value.type),
        price=decimal(value.price),
        quantity=decimal(value.quantity),
        executed_qty=decimal(value.executed_qty),
        avg_price=decimal(value.avg_price),
        status=v1.OrderStatus(value.status),
        created_at=timestamp(value.created_ms),
        update_time=value.update_ms,
        trades=[trade(each) for each in value.fills],
    )


def order_update(update: orders.OrderUpdate, exchange: str) -> v1.OrderUpdate:
    value = update.order
    return v1.OrderUpdate(
        exchange=exchange,
        order_id=value.order_id,
        client_order_id=value.client_order_id,
        symbol=value.symbol,
        side=v1.OrderSide(value.side),
        type=v1.OrderType(value.type),
        status=v1.OrderStatus(value.status),
        price=decimal(value.price),
        quantity=decimal(value.quantity),
        executed_qty=decimal(value.executed_qty),
        avg_price=decimal(value.avg_price),
        update_time=value.update_ms,
        last_trade=None if update.fill is None else trade(update.fill),
    )


def position(value: account.Position) -> v1.Position:
    return v1.Position(
        symbol=value.symbol,
        size=decimal(value.size),
        entry_price=decimal(value.entry_price),
        mark_price=_known(value.mark_price),
        unrealized_pnl=decimal(value.unrealized_pnl),
        leverage=value.leverage,
        margin_type=value.margin_type,
        isolated_margin=decimal(value.isolated_margin),
        liquidation_price=_known(value.liquidation_price),
    )


def whole_account(value: account.Account) -> v1.Account:
    return v1.Account(
        total_wallet_balance=decimal(value.wallet_balance),
        total_margin_balance=decimal(value.margin_balance),
        available_balance=decimal(value.available_balance),
        positions=[position(each) for each in value.positions],
        account_leverage=value.leverage,
        is_unified=value.is_unified,
        health_score=decimal(value.health_score),
        margin_mode=v1.MarginMode(value.margin_mode),
        adjusted_equity=decimal(value.adjusted_equity),
        total_maintenance_margin=decimal(value.maintenance_margin),
    )


def price_change(value: market.PriceChange, exchange: str) -> v1.PriceChange:
    return v1.PriceChange(
        exchange=exchange, symbol=value.symbol, price=decimal(value.price), timestamp=timestamp(value.time_ms)
    )


def candle(value: market.Candle) -> v1.Candle:
    return v1.Candle(
        symbol=value.symbol,
        open=decimal(value.open),
        high=decimal(value.high),
        low=decimal(value.low),
        close=decimal(value.close),
        volume=decimal(value.volume),
        timestamp=value.open_ms,
        is_closed=value.is_closed,
    )


def funding_rate(value: market.FundingRate, exchange: str) -> v1.FundingRate:
    return v1.FundingRate(
        exchange=exchange,
        symbol=value.symbol,
        rate=decimal(value.rate),
        predicted_rate=None if value.predicted_rate is None else decimal(value.predicted_rate),
        next_funding_time=value.next_funding_ms,
        timestamp=value.time_ms,
    )


def funding_update(value: market.FundingRate, exchange: str) -> v1.FundingUpdate:
    return v1.FundingUpdate(
        exchange=exchange,
        symbol=value.symbol,
        rate=decimal(value.rate),
        predicted_rate=None if value.predicted_rate is None else decimal(value.predicted_rate),
        next_funding_time=value.next_funding_ms,
        timestamp=value.time_ms,
    )


def ticker(value: market.Ticker) -> v1.Ticker:
    return v1.Ticker(
        symbol=value.symbol,
        price_change=decimal(value.price_change),
        price_change_percent=decimal(value.price_change_percent),
        last_price=decimal(value.last_price),
        volume=decimal(value.volume),
        quote_volume=decimal(value.quote_volume),
        timestamp=value.time_ms,
        open_interest=_known(value.open_interest),
    )


def symbol_info(rules: market.SymbolRules) -> v1.SymbolInfo:
    return v1.SymbolInfo(
        symbol=rules.symbol,
        price_precision=rules.price_precision,
        quantity_precision=rules.quantity_precision,
        base_asset=rules.base_asset,
        quote_asset=rules.quote_asset,
        min_quantity=decimal(rules.min_quantity),
        min_notional=decimal(rules.min_notional),
        tick_size=decimal(rules.tick_size),
        step_size=decimal(rules.step_size),
    )
