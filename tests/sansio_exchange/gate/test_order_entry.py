"""Frames of the order-entry socket."""

import json
from typing import Any

import msgspec
import pytest

from sansio_exchange.commands import CancelAllOrders, CancelOrder, CancelOrders, Credentials, PlaceOrder, PlaceOrders
from sansio_exchange.errors import (
    AuthenticationFailed,
    ExchangeError,
    InsufficientFunds,
    OutcomeUnknown,
    RateLimited,
)
from sansio_exchange.gate.order_entry import ECHO, read_frame
from sansio_exchange.venue import LoggedIn, Request, WsReply
from tests.sansio_exchange.gate.payloads import BUY, NOW_MS, frame, gate, gate_with_orders, order, order_with
from tests.sansio_exchange.recipes import body


def sent(action: Any) -> dict[str, Any]:
    venue = gate_with_orders(7, 8)
    step: Any = next(venue.recipe(action))
    request: Request = step[0] if isinstance(step, tuple) else step
    said: dict[str, Any] = json.loads(venue.trade_frame("17", request, Credentials("key", "secret"), NOW_MS + 999))
    assert (said["time"], said["event"], said["payload"]["req_id"]) == (NOW_MS // 1000, "api", "17")
    assert "secret" not in json.dumps(said)
    return said


EXPIRES = {"x-gate-exptime": str(NOW_MS + 999 + 5_000)}


def test_a_placement_says_what_rest_says_and_expires() -> None:
    said = sent(PlaceOrder(BUY))
    assert said["channel"] == "futures.order_place"
    assert said["payload"]["req_param"] == {
        "contract": "BTC_USDT",
        "size": "20",
        "price": "37000.1",
        "tif": "gtc",
        "text": "t-mine1",
    }
    assert said["payload"]["req_header"] == EXPIRES


def test_a_batch_is_a_list() -> None:
    said = sent(PlaceOrders((BUY, order_with(client_order_id="mine2"))))
    assert said["channel"] == "futures.order_batch_place"
    assert [row["text"] for row in said["payload"]["req_param"]] == ["t-mine1", "t-mine2"]
    assert said["payload"]["req_header"] == EXPIRES


@pytest.mark.parametrize(
    ("action", "channel", "param"),
    [
        (CancelOrder("BTCUSDT", 7), "futures.order_cancel", {"order_id": "7"}),
        (CancelOrder("BTCUSDT", 0, "mine1"), "futures.order_cancel", {"order_id": "t-mine1"}),
        (CancelOrders("BTCUSDT", (7, 8)), "futures.order_cancel_ids", ["7", "8"]),
        (CancelAllOrders("BTCUSDT"), "futures.order_cancel_cp", {"contract": "BTC_USDT"}),
    ],
)
def test_cancels_do_not_expire(action: Any, channel: str, param: Any) -> None:
    said = sent(action)
    assert said["channel"] == channel
    assert said["payload"] == {"req_id": "17", "req_param": param}


def test_a_placement_is_echoed_and_then_answered() -> None:
    assert read_frame(body(frame({"req_id": "17", "req_param": {}}, ack=True))) == ECHO
    answer = read_frame(body(frame()))
    assert isinstance(answer, WsReply)
    assert (answer.frame_id, answer.error, answer.used) == ("17", None, {"everything": 1})
    assert json.loads(answer.body) == order()


def test_a_reply_without_ack_is_an_answer() -> None:
    said = frame()
    del said["ack"]
    answer = read_frame(body(said))
    assert isinstance(answer, WsReply)
    assert answer.error is None


def refused(label: str, status: str, **header: Any) -> bytes:
    said = frame(data={"errs": {"label": label, "message": "words (311)"}})
    return body({**said, "header": {**said["header"], "status": status, **header}})


@pytest.mark.parametrize(
    ("label", "status", "kind"),
    [
        ("INSUFFICIENT_AVAILABLE", "400", InsufficientFunds),
        ("INVALID_KEY", "401", AuthenticationFailed),
        ("INTERNAL", "500", OutcomeUnknown),
        ("SOMETHING", "503", OutcomeUnknown),
    ],
)
def test_a_refusal_is_of_its_frame(label: str, status: str, kind: type[ExchangeError]) -> None:
    answer = read_frame(refused(label, status))
    assert isinstance(answer, WsReply)
    assert (answer.frame_id, answer.body, type(answer.error)) == ("17", b"", kind)


def test_a_refused_placement_may_look_like_its_echo() -> None:
    answer = read_frame(body({**json.loads(refused("INTERNAL", "500")), "ack": True}))
    assert isinstance(answer, WsReply)
    assert isinstance(answer.error, OutcomeUnknown)


def test_a_failure_that_does_not_say_why_is_one_all_the_same() -> None:
    said = frame()
    for status in ("504", "199", 0, 302):
        answer = read_frame(body({**said, "header": {**said["header"], "status": status}}))
        assert isinstance(answer, WsReply)
        assert isinstance(answer.error, OutcomeUnknown)


def test_the_rate_limit_says_when_it_ends() -> None:
    header = {"x_gate_ratelimit_reset_timestamp": 1700000001250, "x_gate_ratelimit_requests_remain": 0}
    answer = read_frame(refused("TOO_MANY_REQUESTS", "429", **header))
    assert isinstance(answer, WsReply)
    assert isinstance(answer.error, RateLimited)
    assert answer.error.retry_after == 0.75
    assert answer.used == {"everything": 100}


def test_the_login_is_answered() -> None:
    said = frame({"api_key": "ea83fad2604399da16bf97e6eea772a6", "uid": "110284739"})
    said["header"]["channel"] = "futures.login"
    assert read_frame(body(said)) == LoggedIn()
    assert b"ea83" not in gate().redact(body(said))
    answer = read_frame(refused("INVALID_KEY", "401", channel="futures.login"))
    assert isinstance(answer, LoggedIn)
    assert isinstance(answer.error, AuthenticationFailed)


@pytest.mark.parametrize(
    "said", [b"", b"{}", body(frame(request_id="")), body(frame(header={"status": "ok"})), body(frame(data=5))]
)
def test_what_is_no_reply_is_refused(said: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, ValueError)):
        read_frame(said)
