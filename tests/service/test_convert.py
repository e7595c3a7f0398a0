"""Which orders are refused before anybody is asked, and how the refusal reads."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import Candle, Ticker
from sansio_exchange.orders import OrderType, Side, TimeInForce
from service import convert
from service.stubs.google.type import Decimal as Dec
from service.stubs.opensqt.market_maker import v1

LIMIT: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "side": v1.OrderSide.BUY,
    "type": v1.OrderType.LIMIT,
    "quantity": Dec("1"),
    "price": Dec("2"),
}
MARKET = LIMIT | {"type": v1.OrderType.MARKET, "price": None}

TIF = v1.TimeInForce


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (LIMIT | {"symbol": ""}, "symbol: must not be empty"),
        (LIMIT | {"symbol": "X" * 65}, "symbol: must have at most 64 characters"),
        (LIMIT | {"side": v1.OrderSide.UNSPECIFIED}, "side: is required: one of BUY (1), SELL (2)"),
        (LIMIT | {"side": v1.OrderSide(3)}, "side: 3 is not known: one of BUY (1), SELL (2)"),
        (LIMIT | {"side": v1.OrderSide(-1)}, "side: -1 is not known: one of BUY (1), SELL (2)"),
        (LIMIT | {"type": v1.OrderType.UNSPECIFIED}, "type: is required: one of LIMIT (1), MARKET (2)"),
        (LIMIT | {"type": v1.OrderType(99)}, "type: 99 is not known: one of LIMIT (1), MARKET (2)"),
        (LIMIT | {"time_in_force": TIF(5)}, "time_in_force: 5 is not known: one of UNSPECIFIED (0), GTC (1), IOC (2),"),
        (LIMIT | {"quantity": None}, "quantity: is required"),
        (LIMIT | {"quantity": Dec("")}, "quantity: is required"),
        (LIMIT | {"quantity": Dec("0")}, "quantity: must be above 0, got 0"),
        (LIMIT | {"quantity": Dec("-0")}, "quantity: must be above 0"),
        (LIMIT | {"quantity": Dec("-1")}, "quantity: must be above 0, got -1"),
        (LIMIT | {"quantity": Dec("-1E-7")}, "quantity: must be above 0, got -0.0000001"),
        (LIMIT | {"quantity": Dec("NaN")}, "quantity: must be a finite number, got 'NaN'"),
        (LIMIT | {"quantity": Dec("sNaN")}, "quantity: must be a finite number"),
        (LIMIT | {"quantity": Dec("-Infinity")}, "quantity: must be a finite number"),
        (LIMIT | {"quantity": Dec("1e999")}, "quantity: must have at most 40 digits"),
        (LIMIT | {"quantity": Dec("1e-999")}, "quantity: must have at most 40 digits"),
        (LIMIT | {"quantity": Dec("9" * 1000)}, "quantity: must have at most 40 digits"),
        (LIMIT | {"quantity": Dec("1,5")}, "quantity: must be a decimal number, got '1,5'"),
        (LIMIT | {"quantity": Dec("0x10")}, "quantity: must be a decimal number"),
        (LIMIT | {"quantity": Dec("1_000")}, "quantity: must be a decimal number in plain ASCII digits"),
        (LIMIT | {"quantity": Dec(" 1")}, "quantity: must be a decimal number in plain ASCII digits"),
        (LIMIT | {"quantity": Dec("\u0661")}, "quantity: must be a decimal number in plain ASCII digits"),
        (LIMIT | {"price": None}, "price: is required"),
        (LIMIT | {"price": Dec("0")}, "price: must be above 0"),
        (LIMIT | {"price": Dec("-3")}, "price: must be above 0"),
        (LIMIT | {"price": Dec("abc")}, "price: must be a decimal number"),
        (MARKET | {"price": Dec("1")}, "price: must be absent or 0 for a MARKET order"),
        (MARKET | {"price": Dec("junk")}, "price: must be a decimal number"),
        (MARKET | {"time_in_force": TIF.GTX}, "time_in_force: GTX does not go with a MARKET order"),
        (MARKET | {"time_in_force": TIF.FOK}, "time_in_force: FOK does not go with a MARKET order"),
        (MARKET | {"post_only": True}, "post_only: does not go with a MARKET order"),
        (LIMIT | {"post_only": True, "time_in_force": TIF.IOC}, "post_only: does not go with time_in_force IOC"),
        (LIMIT | {"post_only": True, "time_in_force": TIF.FOK}, "post_only: does not go with time_in_force FOK"),
        (LIMIT | {"client_order_id": "a" * 65}, "client_order_id: must have at most 64 characters, got 65"),
        (LIMIT | {"client_order_id": "a b"}, "client_order_id: must consist of visible ASCII characters"),
        (LIMIT | {"client_order_id": "ä"}, "client_order_id: must consist of visible ASCII characters"),
        (LIMIT | {"client_order_id": "a\n"}, "client_order_id: must consist of visible ASCII characters"),
        (LIMIT | {"use_margin": True}, "use_margin: must be false"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_by_field_and_rule(order: dict[str, Any], refusal: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        convert.new_order(v1.PlaceOrderRequest(**order))
    assert caught.value.message.startswith(refusal)
    assert caught.value.field == refusal.partition(":")[0]


@pytest.mark.parametrize(
    "order",
    [
        LIMIT,
        LIMIT | {"client_order_id": "x-A.1:/b_c" * 6},
        LIMIT | {"post_only": True, "time_in_force": TIF.GTX},
        LIMIT | {"post_only": True, "time_in_force": TIF.GTC},
        MARKET,
        MARKET | {"price": Dec("")},
        MARKET | {"price": Dec("0.00")},
        MARKET | {"time_in_force": TIF.GTC},
        MARKET | {"time_in_force": TIF.IOC},
    ],
)
def test_what_clients_rightly_send_is_taken(order: dict[str, Any]) -> None:
    taken = convert.new_order(v1.PlaceOrderRequest(**order))
    assert taken.side is Side.BUY
    assert (taken.price is None) == (taken.type is OrderType.MARKET)
    assert taken.time_in_force in TimeInForce


@given(
    st.builds(
        v1.PlaceOrderRequest,
        symbol=st.text(max_size=70),
        side=st.integers(-3, 5).map(v1.OrderSide),
        type=st.integers(-3, 5).map(v1.OrderType),
        time_in_force=st.integers(-3, 7).map(v1.TimeInForce),
        quantity=st.none() | st.text(max_size=50).map(Dec) | st.decimals().map(str).map(Dec),
        price=st.none() | st.text(max_size=50).map(Dec) | st.decimals().map(str).map(Dec),
        reduce_only=st.booleans(),
        post_only=st.booleans(),
        client_order_id=st.text(max_size=70),
        use_margin=st.booleans(),
    )
)
def test_an_order_is_sound_or_refused_whatever_is_sent(request: v1.PlaceOrderRequest) -> None:
    try:
        order = convert.new_order(request)
    except InvalidRequest:
        return
    assert order.quantity > 0
    assert order.price is None or order.price > 0
    assert not request.use_margin


def test_symbols_of_a_subscription_are_taken_once_each() -> None:
    assert convert.symbols(["B", "A", "B"]) == ("B", "A")


@pytest.mark.parametrize(
    ("symbols", "rule"),
    [
        ([], "must name at least one symbol"),
        ([str(each) for each in range(201)], "must name at most 200 symbols, got 201"),
    ],
)
def test_a_subscription_names_from_1_to_200_symbols(symbols: list[str], rule: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        convert.symbols(symbols)
    assert (caught.value.field, caught.value.rule) == ("symbols", rule)


def test_an_entry_of_a_subscription_is_named_by_its_place() -> None:
    with pytest.raises(InvalidRequest) as caught:
        convert.symbols(["BTCUSDT", ""])
    assert caught.value.message == "symbols[1]: must not be empty"


def test_a_time_that_is_not_known_is_absent() -> None:
    assert convert.timestamp(0) is None


def test_milliseconds_are_exact() -> None:
    for ms in (1, 999, 1_700_000_000_001, 253_402_300_799_999):
        at = convert.timestamp(ms)
        assert at is not None
        assert (at - convert.timestamp(1)) // convert._EPOCH.resolution == (ms - 1) * 1000  # type: ignore[operator]


def test_answers_are_in_plain_notation() -> None:
    tiny = Decimal("1E-7")
    candle = convert.candle(Candle("A", "1m", 1, tiny, tiny, tiny, tiny, Decimal("1E+3"), False))
    assert candle.open == Dec("0.0000001")
    assert candle.volume == Dec("1000")


def test_an_open_interest_that_is_not_known_is_absent() -> None:
    ticker = Ticker("BTCUSDT", Decimal(1), Decimal(0), Decimal(0), Decimal(0), Decimal(0), 1)
    assert convert.ticker(ticker).open_interest is None
    assert convert.ticker(ticker).price_change == Dec("0")
