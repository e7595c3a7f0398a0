"""Frames of the order-entry socket."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from sansio_exchange.commands import CancelOrder, CancelOrders, Credentials, PlaceOrder, PlaceOrders
from sansio_exchange.errors import (
    AuthenticationFailed,
    InsufficientFunds,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
)
from sansio_exchange.okx.order_entry import read_frame
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Request, WsReply
from tests.sansio_exchange.okx.payloads import ack, instrument, okx, reply
from tests.sansio_exchange.recipes import body

CREDENTIALS = Credentials("key", "secret", "phrase")
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal("51858.1"), client_order_id="mine1")
SELL = NewOrder("ETHUSDT", Side.SELL, OrderType.MARKET, Decimal("0.3"), client_order_id="mine2", reduce_only=True)


def frame(action: Any) -> Any:
    """What the first request of the action is on the socket."""
    venue = okx()
    step: Any = next(venue.recipe(action))
    request: Request = step[0] if isinstance(step, tuple) else step
    assert request.ws_method
    return json.loads(venue.trade_frame("17", request, CREDENTIALS, 1_700_000_000_000))


def test_an_order_names_its_instrument_by_code_and_expires() -> None:
    assert frame(PlaceOrder(BUY)) == {
        "id": "17",
        "op": "order",
        "expTime": "1700000005000",
        "args": [
            {
                "instIdCode": 10458,
                "tdMode": "cross",
                "clOrdId": "mine1",
                "side": "buy",
                "posSide": "net",
                "ordType": "limit",
                "sz": "20",
                "px": "51858.1",
            }
        ],
    }


def test_a_batch_has_all_its_orders_as_arguments() -> None:
    said = frame(PlaceOrders((BUY, SELL)))
    assert (said["op"], said["expTime"]) == ("batch-orders", "1700000005000")
    assert [row["instIdCode"] for row in said["args"]] == [10458, 10459]
    assert said["args"][1] == {
        "instIdCode": 10459,
        "tdMode": "cross",
        "clOrdId": "mine2",
        "side": "sell",
        "posSide": "net",
        "ordType": "market",
        "sz": "3",
        "reduceOnly": True,
    }


def test_cancels_do_not_expire() -> None:
    assert frame(CancelOrder("BTCUSDT", order_id=7)) == {
        "id": "17",
        "op": "cancel-order",
        "args": [{"instIdCode": 10458, "ordId": "7"}],
    }
    assert frame(CancelOrder("BTCUSDT", client_order_id="mine1"))["args"] == [{"instIdCode": 10458, "clOrdId": "mine1"}]
    assert frame(CancelOrders("BTCUSDT", (7, 8))) == {
        "id": "17",
        "op": "batch-cancel-orders",
        "args": [{"instIdCode": 10458, "ordId": "7"}, {"instIdCode": 10458, "ordId": "8"}],
    }


@pytest.mark.parametrize("code", [None, "missing"])
def test_an_instrument_without_a_code_is_traded_over_rest(code: Any) -> None:
    row = instrument(instIdCode=None)
    if code == "missing":
        del row["instIdCode"]
    venue = okx(reply(row))
    for action in (PlaceOrder(BUY), CancelOrder("BTCUSDT", order_id=7), CancelOrders("BTCUSDT", (7, 8))):
        step: Any = next(venue.recipe(action))
        request = step[0] if isinstance(step, tuple) else step
        assert request.ws_method == ""


# --- replies ----------------------------------------------------------------------------------------------------


def said(**changes: Any) -> bytes:
    return body({"id": "17", "op": "order", "data": [ack()], "code": "0", "msg": "", "inTime": "1", **changes})


def test_an_accepted_request_has_the_body_of_rest() -> None:
    assert read_frame(said()) == WsReply("17", said())


def test_partial_success_is_left_to_the_rows() -> None:
    partial = said(op="batch-orders", code="2", data=[ack(), ack(sCode="51008")])
    assert read_frame(partial) == WsReply("17", partial)


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (said(code="1", data=[ack(sCode="51008", ordId="")]), InsufficientFunds),
        (said(code="60013", data=[], msg="Invalid args"), RequestRejected),
        (said(code="50011", data=[]), RateLimited),
        (said(code="64007", data=[]), OutcomeUnknown),
        (said(code="1", data=[]), OutcomeUnknown),
        (
            body({"event": "error", "id": "17", "code": "60011", "msg": "Please log in"}),
            AuthenticationFailed,
        ),
    ],
)
def test_a_refusal_names_the_frame(refused: bytes, kind: type[Exception]) -> None:
    answer = read_frame(refused)
    assert (answer.frame_id, type(answer.error)) == ("17", kind)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"code":"0"}', b'{"id":5,"op":"order","code":"0"}'])
def test_what_is_no_reply_is_not_taken_for_one(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_frame(data)
