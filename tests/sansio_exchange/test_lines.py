"""Values as text: one line each, readable, the same every time, and no secret in it."""

from decimal import Decimal

import msgspec

from sansio_exchange.commands import Credentials, ReplaceCredentials
from sansio_exchange.errors import InvalidRequest, RateLimited
from sansio_exchange.lines import to_line
from sansio_exchange.machine import WsMessage
from sansio_exchange.market import PriceChange
from sansio_exchange.orders import Order, OrderStatus, OrderType, Side


def test_an_event_is_one_line_with_its_kind_first() -> None:
    line = to_line(PriceChange("BTCUSDT", Decimal("1E-7"), 5))
    assert (
        line == b'{"kind":"PriceChange","symbol":"BTCUSDT","price":"0.0000001","time_ms":5,"quantity":"0","sequence":0}'
    )


def test_enums_are_named() -> None:
    order = Order(1, "a", "BTCUSDT", Side.SELL, OrderType.LIMIT, Decimal(1), OrderStatus.NEW)
    said = msgspec.json.decode(to_line([order]))[0]
    assert (said["side"], said["type"], said["status"]) == ("SELL", "LIMIT", "NEW")


def test_errors_say_what_they_are() -> None:
    line = msgspec.json.decode(to_line(InvalidRequest("price", "must be set")))
    assert line == {"kind": "InvalidRequest", "message": "price: must be set", "field": "price"}
    refused = msgspec.json.decode(to_line(RateLimited("slow down", code="429", retry_after=3.0)))
    assert (refused["code"], refused["retry_after"]) == ("429", 3.0)


def test_bytes_that_are_no_text_do_not_break_the_line() -> None:
    assert b"\n" not in to_line(WsMessage("a#1", b"\xff\n{"))


def test_results_of_any_shape_have_a_line() -> None:
    assert to_line(None) == b"null"
    assert to_line((Decimal(1), True)) == b'["1",true]'


def test_no_line_tells_a_secret() -> None:
    line = to_line(ReplaceCredentials(Credentials("key-key-key", "hush-hush", "pass-pass")))
    assert b"hush" not in line
    assert b"pass-pass" not in line
