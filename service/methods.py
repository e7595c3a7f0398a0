"""The contract's methods by name, for tools that take them as text: `place_order symbol=BTCUSDT side=BUY ...`.

Fields, their types and their rules are the contract's own: a text becomes a request message, and that an action by the
same checks that the service makes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import betterproto2
import msgspec

from sansio_exchange import commands
from sansio_exchange.commands import Action, Topic
from sansio_exchange.errors import InvalidRequest
from service import convert
from service.stubs.google.type import Decimal as DecimalMessage
from service.stubs.opensqt.market_maker import v1

PRIVATE = Topic("private", "")
"""Stands for what comes over the private socket unasked: orders, account, positions."""


class Method(msgspec.Struct, frozen=True):
    """One method: its request message, and what that asks of a venue: an action, or topics of streams."""

    request: type[betterproto2.Message]
    act: Callable[[Any], Action | tuple[Topic, ...]]

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the request's fields, in the contract's order."""
        return tuple(_layout(self.request).sorted_field_names)


def _layout(kind: Any) -> Any:
    return kind._betterproto  # noqa: SLF001 - the only way to a message's fields by name


def _place_orders(message: v1.BatchPlaceOrdersRequest) -> Action:
    return commands.PlaceOrders(tuple(convert.new_order(each) for each in convert.batch(message.orders, "orders")))


def _cancel_order(message: v1.CancelOrderRequest) -> Action:
    convert.no_margin(message.use_margin)
    return commands.CancelOrder(convert.symbol(message.symbol), convert.order_id(message.order_id))


def _cancel_orders(message: v1.BatchCancelOrdersRequest) -> Action:
    convert.no_margin(message.use_margin)
    ids = tuple(convert.order_id(each, "order_ids") for each in convert.batch(message.order_ids, "order_ids"))
    return commands.CancelOrders(convert.symbol(message.symbol), ids)


def _cancel_all(message: v1.CancelAllOrdersRequest) -> Action:
    convert.no_margin(message.use_margin)
    return commands.CancelAllOrders(convert.optional_symbol(message.symbol))


def _get_order(message: v1.GetOrderRequest) -> Action:
    convert.no_margin(message.use_margin)
    return commands.GetOrder(convert.symbol(message.symbol), *convert.either_id(message))


def _get_open_orders(message: v1.GetOpenOrdersRequest) -> Action:
    convert.no_margin(message.use_margin)
    return commands.GetOpenOrders(convert.optional_symbol(message.symbol))


def _get_klines(message: v1.GetHistoricalKlinesRequest) -> Action:
    limit = convert.limit(message.limit, convert.MAX_CANDLES)
    return commands.GetHistoricalKlines(convert.symbol(message.symbol), convert.interval(message.interval), limit)


def _get_funding_history(message: v1.GetHistoricalFundingRatesRequest) -> Action:
    limit = convert.limit(message.limit, convert.MAX_FUNDING_RATES)
    return commands.GetHistoricalFundingRates(convert.symbol(message.symbol), limit)


def _klines(message: v1.SubscribeKlinesRequest) -> tuple[Topic, ...]:
    interval = convert.interval(message.interval)
    return tuple(Topic("kline", symbol, interval) for symbol in convert.symbols(message.symbols))


METHODS: Mapping[str, Method] = {
    "place_order": Method(v1.PlaceOrderRequest, lambda m: commands.PlaceOrder(convert.new_order(m))),
    "batch_place_orders": Method(v1.BatchPlaceOrdersRequest, _place_orders),
    "cancel_order": Method(v1.CancelOrderRequest, _cancel_order),
    "batch_cancel_orders": Method(v1.BatchCancelOrdersRequest, _cancel_orders),
    "cancel_all_orders": Method(v1.CancelAllOrdersRequest, _cancel_all),
    "get_order": Method(v1.GetOrderRequest, _get_order),
    "get_open_orders": Method(v1.GetOpenOrdersRequest, _get_open_orders),
    "get_account": Method(v1.GetAccountRequest, lambda m: commands.GetAccount()),
    "get_positions": Method(v1.GetPositionsRequest, lambda m: commands.GetPositions(convert.optional_symbol(m.symbol))),
    "get_balance": Method(v1.GetBalanceRequest, lambda m: commands.GetBalance(convert.asset(m.asset))),
    "get_latest_price": Method(v1.GetLatestPriceRequest, lambda m: commands.GetLatestPrice(convert.symbol(m.symbol))),
    "get_tickers": Method(v1.GetTickersRequest, lambda m: commands.GetTickers()),
    "get_open_interest": Method(
        v1.GetOpenInterestRequest, lambda m: commands.GetOpenInterest(convert.symbol(m.symbol))
    ),
    "get_historical_klines": Method(v1.GetHistoricalKlinesRequest, _get_klines),
    # The session answers the next three from the exchange info, which is what goes over the wire.
    "fetch_exchange_info": Method(v1.FetchExchangeInfoRequest, lambda m: commands.FetchExchangeInfo(m.symbol)),
    "get_symbol_info": Method(v1.GetSymbolInfoRequest, lambda m: commands.FetchExchangeInfo(m.symbol)),
    "get_symbols": Method(v1.GetSymbolsRequest, lambda m: commands.FetchExchangeInfo()),
    "get_funding_rate": Method(v1.GetFundingRateRequest, lambda m: commands.GetFundingRate(convert.symbol(m.symbol))),
    "get_funding_rates": Method(v1.GetFundingRatesRequest, lambda m: commands.GetFundingRates()),
    "get_historical_funding_rates": Method(v1.GetHistoricalFundingRatesRequest, _get_funding_history),
    "subscribe_funding_rate": Method(
        v1.SubscribeFundingRateRequest, lambda m: (Topic("funding", convert.symbol(m.symbol)),)
    ),
    "subscribe_price": Method(
        v1.SubscribePriceRequest, lambda m: tuple(Topic("price", each) for each in convert.symbols(m.symbols))
    ),
    "subscribe_klines": Method(v1.SubscribeKlinesRequest, _klines),
    "subscribe_orders": Method(v1.SubscribeOrdersRequest, lambda m: (PRIVATE,)),
    "subscribe_account": Method(v1.SubscribeAccountRequest, lambda m: (PRIVATE,)),
    "subscribe_positions": Method(v1.SubscribePositionsRequest, lambda m: (PRIVATE,)),
}
"""By the name of the RPC in snake_case."""
ANSWERED_HERE = ("get_name", "get_type")
"""No venue is asked for these."""


def find_method(name: str) -> Method:
    """Raises InvalidRequest, listing the names that there are."""
    if name in ANSWERED_HERE:
        raise InvalidRequest("METHOD", f"{name} is answered by the connector itself: no venue is asked for it")
    if name not in METHODS:
        raise InvalidRequest("METHOD", f"{name!r} is not one of {', '.join(METHODS)}")
    return METHODS[name]


def parse_fields(texts: list[str]) -> dict[str, str]:
    """`name=value` texts as a mapping. Raises InvalidRequest for a text without an equals sign or said twice."""
    fields: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidRequest(text, "must have the form field=value")
        if name in fields:
            raise InvalidRequest(name, "is given twice")
        fields[name] = value
    return fields


def ask_for(method: Method, fields: Mapping[str, str]) -> Action | tuple[Topic, ...]:
    """What the method with these fields asks of a venue. Raises InvalidRequest naming the field and the rule."""
    return method.act(_message(method.request, fields))


def _message(kind: type[betterproto2.Message], fields: Mapping[str, str]) -> betterproto2.Message:
    message = kind()
    layout = _layout(kind)
    for name, text in fields.items():
        if name not in layout.meta_by_field_name:
            names = ", ".join(layout.sorted_field_names) or "none"
            raise InvalidRequest(name, f"is not a field of {kind.__name__}, which has: {names}")
        meta, cls = layout.meta_by_field_name[name], layout.cls_by_field[name]
        if cls is v1.PlaceOrderRequest:
            value: Any = [_message(cls, each) for each in _rows(name, text)]
        elif meta.repeated:
            value = [_value(name, each.strip(), meta.proto_type, cls) for each in text.split(",") if each.strip()]
        else:
            value = _value(name, text, meta.proto_type, cls)
        setattr(message, name, value)
    return message


def _rows(name: str, text: str) -> list[dict[str, str]]:
    try:
        rows = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidRequest(name, f"must be a JSON array of orders: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise InvalidRequest(name, "must be a JSON array of objects, one for each order")
    return [{key: value if isinstance(value, str) else _text(value) for key, value in row.items()} for row in rows]


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _value(name: str, text: str, proto_type: str, cls: Any) -> Any:
    if cls is DecimalMessage:
        return DecimalMessage(value=text)
    if proto_type == betterproto2.TYPE_ENUM:
        return _member(name, text, cls)
    if proto_type == betterproto2.TYPE_BOOL:
        if text.lower() not in ("true", "false"):
            raise InvalidRequest(name, f"must be true or false, got {text!r}")
        return text.lower() == "true"
    if proto_type == betterproto2.TYPE_STRING:
        return text
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise InvalidRequest(name, f"must be a whole number, got {text!r}")
    return int(text)


def _member(name: str, text: str, cls: Any) -> Any:
    """BUY, buy, ORDER_SIDE_BUY and 1 all name the same."""
    members = {each.name: each for each in cls}
    upper = text.upper()
    found = members.get(upper) or next((each for key, each in members.items() if upper.endswith(f"_{key}")), None)
    if found is None and text.isascii() and text.isdigit():
        found = next((each for each in cls if each.value == int(text)), None)
    if found is None:
        raise InvalidRequest(name, f"{text[:40]!r} is not one of {', '.join(members)}")
    return found
