from decimal import Decimal

import pytest

from sansio_exchange.commands import CancelOrders, GetHistoricalKlines, GetOrder, PlaceOrder, PlaceOrders, Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.orders import NewOrder, OrderType, Side
from service.methods import METHODS, ask_for, find_method, parse_fields
from service.stubs.opensqt.market_maker import v1

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "9000.5"}


def test_every_rpc_that_concerns_a_venue_is_there_under_its_name() -> None:
    rpcs = {name for name in vars(v1.ExchangeServiceStub) if not name.startswith("_")}
    assert set(METHODS) == rpcs - {"get_name", "get_type"}


@pytest.mark.parametrize("side", ["BUY", "buy", "ORDER_SIDE_BUY", "1"])
def test_an_enum_is_named_with_or_without_its_prefix_or_by_number(side: str) -> None:
    expected = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal("9000.5"))
    assert ask_for(METHODS["place_order"], {**ORDER, "side": side}) == PlaceOrder(expected)


def test_lists_are_separated_by_commas() -> None:
    asked = ask_for(METHODS["batch_cancel_orders"], {"symbol": "BTCUSDT", "order_ids": "1, 2,3"})
    assert asked == CancelOrders("BTCUSDT", (1, 2, 3))
    topics = ask_for(METHODS["subscribe_price"], {"symbols": "BTCUSDT,ETHUSDT"})
    assert topics == (Topic("price", "BTCUSDT"), Topic("price", "ETHUSDT"))


def test_orders_of_a_batch_are_a_json_array() -> None:
    rows = '[{"symbol":"BTCUSDT","side":"SELL","type":"MARKET","quantity":0.5,"reduce_only":true}]'
    order = NewOrder("BTCUSDT", Side.SELL, OrderType.MARKET, Decimal("0.5"), reduce_only=True)
    assert ask_for(METHODS["batch_place_orders"], {"orders": rows}) == PlaceOrders((order,))


def test_numbers_and_ids() -> None:
    klines = ask_for(METHODS["get_historical_klines"], {"symbol": "BTCUSDT", "interval": "1m", "limit": "5"})
    assert klines == GetHistoricalKlines("BTCUSDT", "1m", 5)
    order = ask_for(METHODS["get_order"], {"symbol": "BTCUSDT", "client_order_id": "x-1"})
    assert order == GetOrder("BTCUSDT", client_order_id="x-1")


@pytest.mark.parametrize(
    ("name", "fields", "field", "rule"),
    [
        ("place_order", {**ORDER, "side": "LEFT"}, "side", "'LEFT' is not one of UNSPECIFIED, BUY, SELL"),
        ("place_order", {**ORDER, "quantity": "NaN"}, "quantity", "finite"),
        ("place_order", {**ORDER, "quantity": "-1"}, "quantity", "above 0"),
        ("place_order", {**ORDER, "post_only": "yes"}, "post_only", "true or false"),
        ("place_order", {**ORDER, "colour": "red"}, "colour", "symbol, side, type, time_in_force, quantity"),
        ("get_account", {"symbol": "BTCUSDT"}, "symbol", "which has: none"),
        ("get_historical_klines", {"symbol": "BTCUSDT", "interval": "1m", "limit": "ten"}, "limit", "whole number"),
        ("get_historical_klines", {"symbol": "BTCUSDT", "interval": "7m", "limit": "10"}, "interval", "1m, 3m"),
        ("cancel_order", {"symbol": "BTCUSDT"}, "order_id", "above 0"),
        ("batch_place_orders", {"orders": "{}"}, "orders", "array of objects"),
        ("batch_place_orders", {"orders": "[{"}, "orders", "JSON array"),
        ("batch_place_orders", {"orders": '[{"colour":1}]'}, "colour", "is not a field of PlaceOrderRequest"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named_with_the_rule(
    name: str, fields: dict[str, str], field: str, rule: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ask_for(METHODS[name], fields)
    assert caught.value.field == field
    assert rule in caught.value.rule


def test_an_unknown_method_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(InvalidRequest, match=r"'buy' is not one of place_order, batch_place_orders"):
        find_method("buy")


def test_fields_are_name_and_value() -> None:
    assert parse_fields(["symbol=BTCUSDT", "client_order_id=a=b"]) == {"symbol": "BTCUSDT", "client_order_id": "a=b"}
    with pytest.raises(InvalidRequest, match="must have the form field=value"):
        parse_fields(["BTCUSDT"])
    with pytest.raises(InvalidRequest, match="side: is given twice"):
        parse_fields(["side=BUY", "side=SELL"])
