import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from sansio_exchange.binance.order_entry import read_frame, request_frame
from sansio_exchange.binance.replies import read_order
from sansio_exchange.binance.requests import place_order
from sansio_exchange.binance.signing import signature
from sansio_exchange.commands import Credentials
from sansio_exchange.errors import (
    AuthenticationFailed,
    ExchangeError,
    InsufficientFunds,
    OutcomeUnknown,
    RateLimited,
    VenueUnavailable,
)
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Request
from tests.sansio_exchange.binance.payloads import order
from tests.sansio_exchange.recipes import body

CREDENTIALS = Credentials("the key", "the secret")
LIMITS = [
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400, "count": 3},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300, "count": 2},
    {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200, "count": 1},
]


def test_a_request_goes_out_signed_with_decimals_as_text_and_integers_as_numbers() -> None:
    new = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.1"), Decimal(42088), client_order_id="mine-1")
    request = next(place_order(new))
    assert isinstance(request, Request)
    frame = json.loads(request_frame("17", request, CREDENTIALS, 1705311512994))
    params = frame["params"]
    signed = params.pop("signature")
    assert signed == signature("the secret", "&".join(f"{name}={params[name]}" for name in sorted(params)))
    assert frame == {
        "id": "17",
        "method": "order.place",
        "params": {
            "apiKey": "the key",
            "newClientOrderId": "mine-1",
            "newOrderRespType": "RESULT",
            "price": "42088",
            "quantity": "0.1",
            "recvWindow": 5000,
            "side": "BUY",
            "symbol": "BTCUSDT",
            "timeInForce": "GTC",
            "timestamp": 1705311512994,
            "type": "LIMIT",
        },
    }


def test_an_accepted_request_answers_with_the_same_body_as_over_rest() -> None:
    reply = read_frame(body({"id": "17", "status": 200, "result": order(), "rateLimits": LIMITS}))
    assert (reply.frame_id, reply.error) == ("17", None)
    assert reply.used == {"weight_1m": 3, "orders_10s": 2, "orders_1m": 1}
    assert read_order(reply.body).order_id == 22542179


def refused(status: int, code: int, **more: Any) -> ExchangeError:
    error = {"code": code, "msg": "words", **more}
    reply = read_frame(body({"id": "17", "status": status, "error": error, "rateLimits": LIMITS}))
    assert reply.frame_id == "17"
    assert reply.body == b""
    assert reply.used["weight_1m"] == 3
    assert reply.error is not None
    return reply.error


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, -2019, InsufficientFunds),
        (400, -1007, OutcomeUnknown),
        (503, -1008, VenueUnavailable),
        (503, -1000, OutcomeUnknown),
        (429, -1003, RateLimited),
        (418, -1003, RateLimited),
        (429, -1013, RateLimited),
        (401, -2015, AuthenticationFailed),
    ],
)
def test_a_refusal_is_the_error_of_its_code(status: int, code: int, kind: type[ExchangeError]) -> None:
    assert type(refused(status, code)) is kind


def test_a_rate_limit_tells_when_to_ask_again() -> None:
    data = {"serverTime": 1_659_000_000_000, "retryAfter": 1_659_000_012_500}
    assert refused(429, -1003, data=data).retry_after == 12.5
    assert refused(418, -1003, data={"serverTime": 5, "retryAfter": 2}).retry_after == 60


def test_a_failure_without_words_leaves_the_outcome_unknown() -> None:
    assert isinstance(read_frame(b'{"id":"1","status":500}').error, OutcomeUnknown)


def test_what_the_venue_says_of_the_connection_belongs_to_no_request() -> None:
    reply = read_frame(b'{"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key."}}')
    assert reply.frame_id == ""
    assert isinstance(reply.error, AuthenticationFailed)


def test_an_id_may_come_back_as_a_number() -> None:
    assert read_frame(b'{"id":17,"status":200,"result":[]}').frame_id == "17"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"id":{},"status":200}', b'{"id":"1","status":"ok"}'])
def test_what_is_no_reply_cannot_be_read(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_frame(data)
