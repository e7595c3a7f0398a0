"""Malformed parameters are named, with Binance's codes."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.simulation.binance.errors import Refused
from sansio_exchange.simulation.binance.parameters import Parameters
from tests.sansio_exchange.simulation.binance.desk import Desk, order, refused


def code(read: str, value: str) -> int:
    with pytest.raises(Refused) as caught:
        getattr(Parameters({"x": value}), read)("x")
    return caught.value.code


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e5", "1_0", " 1", "\uff11", "--1", "0x1", "9" * 99])
def test_decimals_are_plain(value: str) -> None:
    assert code("decimal", value) == -1100


@pytest.mark.parametrize("value", ["-1", "1.0", "²", "9" * 21])
def test_integers_are_digits(value: str) -> None:
    assert code("integer", value) == -1100


def test_mandatory_parameters_are_not_empty() -> None:
    assert code("text", "") == code("decimal", "") == -1102
    assert code("optional", "") == -1105


@given(st.decimals(min_value=0, max_value=10**9, places=8, allow_nan=False))
def test_any_plain_decimal_is_read_as_written(value: Decimal) -> None:
    assert Parameters({"x": f"{value:f}"}).decimal("x") == value


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in ("decimal", "integer", "text", "optional", "flag"):
        with contextlib.suppress(Refused):
            getattr(Parameters({"x": text}), read)("x")


def test_an_unknown_parameter_stops_an_order(desk: Desk) -> None:
    assert desk.refusal("POST", "v1/order", **order(reduceonly="true")) == (400, -1104)
    assert desk.call("GET", "v1/openOrders") == []


def test_a_parameter_sent_twice_is_refused(desk: Desk) -> None:
    response = desk.send("GET", "/fapi/v1/depth", "symbol=BTCUSDT&symbol=ETHUSDT")
    assert refused(response) == (400, -1101)


def test_swapped_times_are_refused(desk: Desk) -> None:
    response = desk.send("GET", "/fapi/v1/klines", "symbol=BTCUSDT&interval=1m&startTime=2&endTime=1")
    assert refused(response) == (400, -1023)


def test_an_unknown_path_is_named(desk: Desk) -> None:
    assert refused(desk.send("GET", "/fapi/v9/nothing")) == (404, -5000)
