"""From bytes to what they say: acknowledgements, logins, pongs, and whatever else comes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.bybit import NETWORKS, Bybit
from sansio_exchange.errors import AuthenticationFailed, RequestRejected, VenueUnavailable
from sansio_exchange.machine import Unreadable
from sansio_exchange.venue import Acknowledged, Ignored, LoggedIn, SessionExpired, WsReply
from tests.sansio_exchange.bybit.payloads import (
    BAR,
    BEST,
    TIME_MS,
    TRADE,
    UUID,
    acknowledgement,
    execution,
    order,
    position_push,
    private_push,
    push,
    ticker,
    wallet,
)
from tests.sansio_exchange.recipes import body
from tests.sansio_exchange.spoiling import spoil

VENUE = Bybit(NETWORKS["mainnet"])
PONG = Ignored("pong")


@pytest.mark.parametrize("op", ["subscribe", "unsubscribe"])
@pytest.mark.parametrize("words", ["", "subscribe"])
def test_an_acknowledgement_names_its_frame(op: str, words: str) -> None:
    assert VENUE.decode("public", acknowledgement(op=op, ret_msg=words)) == [Acknowledged("public-1")]


def test_a_refused_subscription_names_its_frame_and_why() -> None:
    refused = acknowledgement(success=False, ret_msg="error:handler not found,topic:kline.7.BTCUSDT")
    (said,) = VENUE.decode("public", refused)
    assert isinstance(said, Acknowledged)
    assert said.frame_id == "public-1"
    assert isinstance(said.error, RequestRejected)
    assert "handler not found" in said.error.message


def test_a_refusal_without_a_frame_is_told() -> None:
    (said,) = VENUE.decode("public", acknowledgement(success=False, ret_msg="too long", req_id=""))
    assert isinstance(said, Unreadable)
    assert "too long" in said.reason


@pytest.mark.parametrize(
    ("role", "data"),
    [
        ("private", {"success": True, "ret_msg": "", "op": "auth", "conn_id": "c"}),
        ("trade", {"retCode": 0, "retMsg": "OK", "op": "auth", "connId": "c"}),
    ],
)
def test_a_login(role: str, data: Any) -> None:
    assert VENUE.decode(role, body(data)) == [LoggedIn()]


@pytest.mark.parametrize(
    ("role", "data"),
    [
        ("private", {"success": False, "ret_msg": "failed auth", "op": "auth", "conn_id": "c"}),
        ("private", {"ret_msg": "", "op": "auth"}),
        ("trade", {"retCode": 10004, "retMsg": "Invalid sign", "op": "auth", "connId": "c"}),
        ("trade", {"retCode": 77777, "retMsg": "new", "op": "auth", "connId": "c"}),
        ("trade", {"retMsg": "new", "op": "auth", "connId": "c"}),
    ],
)
def test_a_refused_login(role: str, data: Any) -> None:
    (said,) = VENUE.decode(role, body(data))
    assert isinstance(said, LoggedIn)
    assert isinstance(said.error, AuthenticationFailed)


@pytest.mark.parametrize(
    ("role", "data"),
    [
        ("public", {"success": True, "ret_msg": "pong", "conn_id": "c", "req_id": "", "op": "ping"}),
        ("private", {"req_id": "t", "op": "pong", "args": ["1675418560633"], "conn_id": "c"}),
        ("private", {"op": "pong"}),
        ("trade", {"retCode": 0, "retMsg": "OK", "op": "pong", "data": ["1711002002529"], "connId": "c"}),
    ],
)
def test_pongs(role: str, data: Any) -> None:
    assert VENUE.decode(role, body(data)) == [PONG]


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("execution.fast", "the execution topic says more"),
        ("greeks", "options are another product"),
        ("dcp.future", "nobody subscribed to it"),
        ("system.status", "nobody subscribed to it"),
    ],
)
def test_topics_of_no_use_say_why(topic: str, reason: str) -> None:
    for data in (private_push(topic, {}), body({"topic": topic, "data": []})):
        assert VENUE.decode("private", data) == [Ignored(f"{topic}: {reason}")]


def test_topics_by_category_are_read_as_well() -> None:
    (said,) = VENUE.decode("private", private_push("order.linear", order(category="spot")))
    assert said == Ignored("other product")


def test_a_message_with_blanks_says_the_same() -> None:
    data = push("publicTrade.BTCUSDT", [TRADE])
    assert VENUE.decode("public", json.dumps(json.loads(data), indent=2).encode()) == VENUE.decode("public", data)


def test_fields_of_another_product_may_be_others() -> None:
    strange = push("publicTrade.BTC-26DEC25", [{"s": "BTC-26DEC25", "p": 5}])
    assert VENUE.decode("public", strange) == [Ignored("other product")]
    (said,) = VENUE.decode("public", push("publicTrade.BTCUSDT", [{"s": "BTCUSDT", "p": 5}]))
    assert isinstance(said, Unreadable)


def test_a_restart_of_order_entry_asks_for_another_socket() -> None:
    frame = {"reqId": "17-1", "retCode": 10019, "retMsg": "restarting", "op": "order.create", "data": {}}
    reply, expired = VENUE.decode("trade", body(frame))
    assert isinstance(reply, WsReply)
    assert isinstance(reply.error, VenueUnavailable)
    assert isinstance(expired, SessionExpired)


@pytest.mark.parametrize(
    "nonsense",
    [
        *(
            b"\x00",
            b'"x"',
        ),
        *(b'{"topic":"', b'{"topic":"publicTrade.BTCUSDT"', b'{"topic":"order"}', b'{"op":5}', b'{"op":"x"}'),
        *(b'{"topic":"publicTrade.BTCUSDT","data":5}', b'{"topic":"order","data":5}', b'{"success":true}'),
    ],
    ids=lambda data: repr(data[:30]),
)
@pytest.mark.parametrize("role", ["public", "private", "trade"])
def test_nonsense_is_unreadable(role: str, nonsense: bytes) -> None:
    (answer,) = VENUE.decode(role, nonsense)
    if isinstance(answer, Ignored):
        assert answer.reason.endswith("nobody subscribed to it"), "a private topic on a public socket"
        return
    assert isinstance(answer, Unreadable)
    assert answer.source == role
    assert len(answer.excerpt) <= 200


@pytest.mark.parametrize(
    "echoed",
    [
        {"op": "auth2", "args": ["hnYPo8QvUiDqRzQ", 1_700_000_010_000, "542e71bd"]},
        {"op": "error", "msg": "error sign! origin_string[1683213093517hnYPo8QvUiDqRzQ5000category=linear]"},
        {"op": "error", "msg": 'error sign! 1683213093517hnYPo8QvUiDqRzQ5000{"category":"linear"}'},
    ],
)
@pytest.mark.parametrize("role", ["private", "trade"])
def test_an_excerpt_has_no_key(role: str, echoed: Any) -> None:
    (said,) = VENUE.decode(role, body(echoed))
    assert isinstance(said, Unreadable)
    assert "hnYPo8QvUiDqRzQ" not in said.excerpt + said.reason
    assert "542e71bd" not in said.excerpt + said.reason


def test_an_excerpt_has_no_secret() -> None:
    echoed = {"op": "auth2", "args": ["key", 1, "542e71bd85597b4db0290f0ce2d13ed1fd4bb5df3188716c1e9cc69a879f7889"]}
    (said,) = VENUE.decode("private", body(echoed))
    assert isinstance(said, Unreadable)
    assert "542e71bd" not in said.excerpt + said.reason


MESSAGES = [
    push("publicTrade.BTCUSDT", [TRADE]),
    push("orderbook.1.BTCUSDT", BEST),
    push("kline.1.BTCUSDT", [BAR]),
    push("tickers.BTCUSDT", ticker()),
    private_push("order", order(orderStatus="Filled", cumExecQty="0.5")),
    private_push("execution", execution()),
    private_push("position", position_push()),
    private_push("wallet", wallet()),
    acknowledgement(),
    body({"req_id": "", "op": "pong", "args": [str(TIME_MS)], "conn_id": "c"}),
    body({"reqId": "17-1", "retCode": 0, "op": "order.create", "data": {"orderId": UUID}, "header": {"Timenow": "1"}}),
]


@settings(max_examples=300, deadline=None)
@given(message=st.sampled_from(MESSAGES), role=st.sampled_from(["public", "private", "trade"]), data=st.data())
def test_a_spoiled_message_raises_nothing(message: bytes, role: str, data: st.DataObject) -> None:
    for each in VENUE.decode(role, spoil(data, message)):
        assert type(each).__module__.startswith("sansio_exchange.")
