"""A request is read whole or refused: never shorter than it was sent, never as something else."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.errors import InvalidRequest
from service.codec import decode
from service.stubs.google.type import Decimal as Dec
from service.stubs.opensqt.market_maker import v1

ORDER = v1.PlaceOrderRequest(
    symbol="BTCUSDT",
    side=v1.OrderSide.BUY,
    type=v1.OrderType.LIMIT,
    quantity=Dec("1000.5"),
    price=Dec("2"),
    client_order_id="mine",
)


def test_a_request_is_what_was_sent() -> None:
    assert decode(bytes(ORDER), v1.PlaceOrderRequest) == ORDER


def test_a_truncated_request_is_refused_unless_it_ends_between_two_fields() -> None:
    data = bytes(ORDER)
    for size in range(len(data)):
        try:
            read = decode(data[:size], v1.PlaceOrderRequest)
        except InvalidRequest as error:
            assert "PlaceOrderRequest" in error.field  # noqa: PT017
        else:
            assert data.startswith(bytes(read))
            assert read.quantity in (None, Dec("1000.5"))


@pytest.mark.parametrize(
    ("data", "field", "rule"),
    [
        (b"\x0a\x05ab", "PlaceOrderRequest", "is malformed: field 1 reaches beyond the message"),
        (b"\x08\x01", "PlaceOrderRequest.symbol", "has wire type 0, must have 2"),
        (b"\x12\x00", "PlaceOrderRequest.side", "has wire type 2, must have 0"),
        (b"\x2a\x02\x08\x01", "PlaceOrderRequest.quantity.value", "has wire type 0, must have 2"),
        (b"\x2a\x01\x0a", "PlaceOrderRequest.quantity", "is malformed: it ends within a number"),
        (b"\x10" + b"\xff" * 11, "PlaceOrderRequest", "is malformed: a number has more than 64 bits"),
        (b"\x0b", "PlaceOrderRequest", "is malformed: wire type 3 at byte 1"),
        (b"\x00\x00", "PlaceOrderRequest", "is malformed: field 0 reaches beyond the message"),
        (b"\x0a\x02\xff\xfe", "request", "is not a PlaceOrderRequest: a text is not UTF-8"),
    ],
)
def test_what_is_malformed_is_named(data: bytes, field: str, rule: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        decode(data, v1.PlaceOrderRequest)
    assert (caught.value.field, caught.value.rule) == (field, rule)


def test_fields_of_a_later_contract_are_passed_over() -> None:
    assert decode(bytes(ORDER) + b"\xa0\x06\x01\xaa\x06\x01x", v1.PlaceOrderRequest).symbol == "BTCUSDT"


def test_enum_numbers_of_a_later_contract_do_not_crash() -> None:
    assert decode(b"\x10\x63", v1.PlaceOrderRequest).side == 99
    minus_one = b"\x10" + b"\xff" * 9 + b"\x01"
    assert decode(minus_one, v1.PlaceOrderRequest).side == -1


def test_repeated_numbers_may_be_packed_or_not() -> None:
    packed = v1.BatchCancelOrdersRequest(symbol="A", order_ids=[1, 300])
    assert decode(bytes(packed), v1.BatchCancelOrdersRequest) == packed
    assert decode(b"\x10\x01\x10\xac\x02", v1.BatchCancelOrdersRequest).order_ids == [1, 300]


@given(st.binary(max_size=60))
@settings(max_examples=300)
def test_any_bytes_are_a_request_or_an_invalid_request(data: bytes) -> None:
    for kind in (v1.PlaceOrderRequest, v1.BatchPlaceOrdersRequest, v1.BatchCancelOrdersRequest):
        with contextlib.suppress(InvalidRequest):
            decode(data, kind)
