"""Frames of the order-entry socket."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from sansio_exchange.bitget.order_entry import read_frame
from sansio_exchange.bitget.replies import accepted_at, read_ack
from sansio_exchange.commands import CancelOrder, CancelOrders, Credentials, PlaceOrder, PlaceOrders
from sansio_exchange.errors import ClockSkew, InsufficientFunds, OrderNotFound, OutcomeUnknown, RateLimited
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Request
from tests.sansio_exchange.bitget.payloads import ack, bitget
from tests.sansio_exchange.recipes import body

CREDENTIALS = Credentials("key", "secret", "phrase")
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal("51858.1"), client_order_id="mine1")


def frame(action: Any) -> Any:
    """What the first request of the action is on the socket."""
    venue = bitget()
    request: Any = next(venue.recipe(action))
    assert isinstance(request, Request)
    assert request.ws_method
    return json.loads(venue.trade_frame("17", request, CREDENTIALS, 1_700_000_000_000))


def test_a_cancel_is_a_trade_on_a_channel() -> None:
    assert frame(CancelOrder("BTCUSDT", order_id=7)) == {
        "op": "trade",
        "args": [
            {
                "id": "17",
                "instType": "USDT-FUTURES",
                "instId": "BTCUSDT",
                "channel": "cancel-order",
                "params": {"orderId": "7"},
            }
        ],
    }
    (arg,) = frame(CancelOrder("BTCUSDT", client_order_id="mine1"))["args"]
    assert arg["params"] == {"clientOid": "mine1"}


def test_nothing_is_placed_by_a_frame_which_might_be_accepted_at_any_time() -> None:
    other = msgspec.structs.replace(BUY, client_order_id="mine2")
    elsewhere = msgspec.structs.replace(BUY, symbol="ETHUSDT")
    for action in (PlaceOrder(BUY), PlaceOrders((BUY,)), PlaceOrders((BUY, elsewhere)), PlaceOrders((BUY, other))):
        step: Any = next(bitget().recipe(action))
        assert {request.ws_method for request in (step if isinstance(step, tuple) else (step,))} == {""}


def test_batches_go_over_rest() -> None:
    (request,) = next(bitget().recipe(CancelOrders("BTCUSDT", (7, 8))))  # type: ignore[misc]  # it asks side by side
    assert request.ws_method == ""


# --- replies ----------------------------------------------------------------------------------------------------


def said(**changes: Any) -> bytes:
    arg = {"id": "17", "instType": "USDT-FUTURES", "channel": "cancel-order", "instId": "BTCUSDT", "params": ack()}
    return body({"event": "trade", "arg": [arg], "code": 0, "msg": "Success", **changes})


@pytest.mark.parametrize("arg", [[{"id": "17", "params": ack()}], {"id": "17", "params": ack()}], ids=["list", "one"])
@pytest.mark.parametrize("code", [0, "0"])
def test_an_accepted_request_reads_as_a_reply_of_rest(arg: Any, code: Any) -> None:
    answer = read_frame(said(arg=arg, code=code))
    assert (answer.frame_id, answer.error) == ("17", None)
    row = read_ack(answer.body, "", "mine1")
    assert (row.order_id, row.client_oid) == ("1111465253393825792", "mine1")
    assert accepted_at(answer.body) == 0, "the socket does not tell the time"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (43012, InsufficientFunds),
        ("25202", InsufficientFunds),
        (22001, OrderNotFound),
        (30006, RateLimited),
        (30014, ClockSkew),
        (25001, OutcomeUnknown),
        (40725, OutcomeUnknown),
    ],
)
def test_a_refusal_names_the_frame(code: Any, kind: type[Exception]) -> None:
    answer = read_frame(said(event="error", code=code, msg="no"))
    assert (answer.frame_id, type(answer.error)) == ("17", kind)


def test_a_refusal_of_a_trade_is_one_whatever_the_event_is_called() -> None:
    assert type(read_frame(said(code=43012)).error) is InsufficientFunds


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"event":"trade"}',
        said(arg=[{"params": ack()}]),
        said(arg=[]),
        said(arg=5),
        said(code=None),
    ],
)
def test_what_is_no_reply_is_not_taken_for_one(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_frame(data)
