"""Frames of the order-entry socket."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from sansio_exchange.bybit.order_entry import read_frame
from sansio_exchange.commands import CancelOrder, CancelOrders, Credentials, PlaceOrder, PlaceOrders
from sansio_exchange.errors import InsufficientFunds, OutcomeUnknown, RateLimited, RequestRejected
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Request
from tests.sansio_exchange.bybit.payloads import OTHER_UUID, UUID, bybit, listed, order
from tests.sansio_exchange.recipes import body, run

CREDENTIALS = Credentials("key", "secret")
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal("51858.1"), client_order_id="mine-1")
SELL = NewOrder("ETHUSDT", Side.SELL, OrderType.MARKET, Decimal("0.3"), client_order_id="mine-2", reduce_only=True)
HEADER = {"X-BAPI-TIMESTAMP": "1700000000000", "X-BAPI-RECV-WINDOW": "5000"}


def frame(action: Any) -> Any:
    """What the first request of the action is on the socket of a venue that knows two orders."""
    from sansio_exchange.commands import GetOpenOrders

    venue = bybit()
    run(venue.recipe(GetOpenOrders()), listed(order(), order(orderId=OTHER_UUID)))
    step: Any = next(venue.recipe(action))
    request: Request = step[0] if isinstance(step, tuple) else step
    assert request.ws_method
    return json.loads(venue.trade_frame("17", request, CREDENTIALS, 1_700_000_000_000))


def test_an_order() -> None:
    assert frame(PlaceOrder(BUY)) == {
        "reqId": "17-1700000000000",
        "header": HEADER,
        "op": "order.create",
        "args": [
            {
                "category": "linear",
                "symbol": "BTCUSDT",
                "side": "Buy",
                "orderType": "Limit",
                "qty": "0.2",
                "positionIdx": 0,
                "orderLinkId": "mine-1",
                "price": "51858.1",
                "timeInForce": "GTC",
            }
        ],
    }


def test_a_batch_is_one_argument() -> None:
    said = frame(PlaceOrders((BUY, SELL)))
    assert (said["op"], said["header"], len(said["args"])) == ("order.create-batch", HEADER, 1)
    assert said["args"][0]["category"] == "linear"
    assert said["args"][0]["request"][1] == {
        "symbol": "ETHUSDT",
        "side": "Sell",
        "orderType": "Market",
        "qty": "0.3",
        "positionIdx": 0,
        "orderLinkId": "mine-2",
        "reduceOnly": True,
    }


def test_cancels() -> None:
    number, other = OrderIds().number(UUID), OrderIds().number(OTHER_UUID)
    said = frame(CancelOrder("BTCUSDT", order_id=number))
    assert (said["op"], said["args"]) == (
        "order.cancel",
        [{"category": "linear", "symbol": "BTCUSDT", "orderId": UUID}],
    )
    said = frame(CancelOrder("BTCUSDT", client_order_id="mine-1"))
    assert said["args"] == [{"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "mine-1"}]
    said = frame(CancelOrders("BTCUSDT", (number, other)))
    assert (said["op"], said["args"]) == (
        "order.cancel-batch",
        [
            {
                "category": "linear",
                "request": [{"symbol": "BTCUSDT", "orderId": UUID}, {"symbol": "BTCUSDT", "orderId": OTHER_UUID}],
            }
        ],
    )


def test_request_ids_are_of_the_length_that_is_allowed() -> None:
    venue = bybit()
    step: Any = next(venue.recipe(PlaceOrder(BUY)))
    said = json.loads(venue.trade_frame(str(10**15), step, CREDENTIALS, 9_999_999_999_999))
    assert len(said["reqId"]) <= 36


# --- replies ----------------------------------------------------------------------------------------------------


def said(**changes: Any) -> bytes:
    return body(
        {
            "reqId": "17-1700000000000",
            "retCode": 0,
            "retMsg": "OK",
            "op": "order.create",
            "data": {"orderId": UUID, "orderLinkId": "mine-1"},
            "retExtInfo": {},
            "header": {"X-Bapi-Limit": "10", "X-Bapi-Limit-Status": "9", "Timenow": "1711001595209"},
            "connId": "c",
            **changes,
        }
    )


def test_an_accepted_request_has_the_body_of_rest_and_tells_the_limit() -> None:
    told: dict[str, int] = {}
    answer = read_frame(said(), told)
    assert (answer.frame_id, answer.error, answer.used, told) == ("17", None, {"place": 1}, {"place": 10})
    assert json.loads(answer.body) == {
        "retCode": 0,
        "retMsg": "OK",
        "result": {"orderId": UUID, "orderLinkId": "mine-1"},
        "retExtInfo": {},
        "time": "1711001595209",
    }


def test_rows_of_a_batch_are_handed_on() -> None:
    rows = {"list": [{"orderId": UUID}, {"orderId": ""}]}
    ext = {"list": [{"code": 0, "msg": "OK"}, {"code": 110007, "msg": "no"}]}
    answer = read_frame(said(op="order.create-batch", data=rows, retExtInfo=ext), {})
    assert answer.error is None
    assert json.loads(answer.body)["result"] == rows
    assert json.loads(answer.body)["retExtInfo"] == ext


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (said(retCode=110007, retMsg="ab not enough", data={}), InsufficientFunds),
        (said(retCode=20006, data={}), RequestRejected),
        (said(retCode=10429, data={}), RateLimited),
        (said(retCode=10016, data={}), OutcomeUnknown),
        (said(retCode=170146, data={}), OutcomeUnknown),
        (said(retCode=77777, data={}), OutcomeUnknown),
    ],
)
def test_a_refusal_names_the_frame(refused: bytes, kind: type[Exception]) -> None:
    answer = read_frame(refused, {})
    assert (answer.frame_id, type(answer.error), answer.used) == ("17", kind, {"place": 1})


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"retCode":0}', b'{"reqId":5,"op":"order.create","retCode":0}', b'{"op":"x"}']
)
def test_what_is_no_reply_is_not_taken_for_one(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_frame(data, {})
