"""Acknowledgements, notices and nonsense: all that is not an event of ours."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.binance.messages import decode
from sansio_exchange.binance.symbols import Product
from sansio_exchange.errors import AuthenticationFailed, RequestRejected
from sansio_exchange.machine import Unreadable
from sansio_exchange.venue import Acknowledged, ClosesSoon, Decoded, Ignored, WsReply
from tests.sansio_exchange.binance.payloads import order
from tests.sansio_exchange.binance.test_private_stream import account_update, filled, position
from tests.sansio_exchange.binance.test_public_stream import SAID
from tests.sansio_exchange.recipes import body

LISTEN_KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
PRODUCT = Product()


def say(message: Any, role: str = "market") -> list[Decoded]:
    return decode(role, message if isinstance(message, bytes) else body(message), PRODUCT)


def test_subscriptions_are_acknowledged_by_id() -> None:
    assert say({"result": None, "id": 7}) == [Acknowledged("7")]
    assert say({"id": "7", "result": None}) == [Acknowledged("7")]
    assert say({"result": ["btcusdt@aggTrade"], "id": 7}) == [Acknowledged("7")]
    assert say({"result": None, "id": None}) == [Acknowledged("")]


@pytest.mark.parametrize(
    "refusal",
    [
        {"error": {"code": 2, "msg": "Invalid request: unknown variant"}, "id": 7},
        {"code": 2, "msg": "Invalid request: unknown variant", "id": 7},
        {"id": 7, "result": {"error": "Invalid request: unknown variant"}},
    ],
)
def test_refused_subscriptions_say_why(refusal: dict[str, Any]) -> None:
    (answer,) = say(refusal)
    assert isinstance(answer, Acknowledged)
    assert answer.frame_id == "7"
    assert isinstance(answer.error, RequestRejected)
    assert "unknown variant" in answer.error.message


def test_a_refusal_with_a_code_of_the_table_is_the_error_of_that_code() -> None:
    (answer,) = say({"error": {"code": -2015, "msg": "Invalid API-key."}, "id": 7})
    assert isinstance(answer, Acknowledged)
    assert isinstance(answer.error, AuthenticationFailed)


def test_a_reply_of_order_entry_is_one_on_any_socket() -> None:
    reply = {"id": "9", "status": 200, "result": order()}
    for role in ("trade", "private", "market"):
        (said,) = say(reply, role)
        assert isinstance(said, WsReply)
        assert (said.frame_id, json.loads(said.body)) == ("9", order())


def test_a_server_that_will_shut_down_says_so_on_every_socket() -> None:
    reason = "the server announces that it will shut down"
    notice = {"e": "serverShutdown", "E": 1770123456789}
    assert say(notice) == [ClosesSoon(reason)]
    assert say(notice, "private") == [ClosesSoon(reason)]
    assert say({"event": notice}, "trade") == [ClosesSoon(reason)]


def test_an_event_of_another_kind_is_ignored_by_name() -> None:
    assert say({"e": "somethingNew", "x": 1}) == [Ignored("an event of another kind: somethingNew")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"pong",
        b"<html>",
        b"\xff\xfe",
        b"null",
        b"5",
        b"[]",
        b"[5]",
        b"{}",
        b'{"e":5}',
        b'{"e":"kline"}',
        b'{"stream":"x"}',
        b'{"stream":"x","data":5}',
        b'{"id":{}}',
        b'{"id":1,"status":"x"}',
        b'{"data":{"data":{"data":{"data":{"e":"kline"}}}}}',
        b"[[[[[[1]]]]]]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"e":"aggTrade","s":"BTCUSDT","p":' + b"9" * 100_000,
    ],
)
@pytest.mark.parametrize("role", ["public", "market", "private", "trade"])
def test_nonsense_is_set_aside_with_its_beginning(role: str, data: bytes) -> None:
    (said,) = decode(role, data, PRODUCT)
    assert isinstance(said, Unreadable)
    assert said.source == role
    assert len(said.excerpt) <= 200
    assert len(said.reason) <= 400


def test_ten_megabytes_are_set_aside_as_well() -> None:
    (said,) = say(b'{"e":"kline","s":"' + b"A" * 10_000_000 + b'"}')
    assert isinstance(said, Unreadable)
    assert len(said.excerpt) <= 200


def test_no_listen_key_gets_into_an_excerpt_or_a_reason() -> None:
    for message in (
        {"stream": LISTEN_KEY, "data": {"e": "ORDER_TRADE_UPDATE"}},
        {"listenKey": LISTEN_KEY},
        {"e": LISTEN_KEY},
        {"e": "ORDER_TRADE_UPDATE", "o": LISTEN_KEY},
        [LISTEN_KEY],
    ):
        for said in say(message, "private"):
            assert LISTEN_KEY not in repr(said)


MESSAGES = [
    *(body(message) for message, _ in SAID),
    *(body({"stream": "btcusdt@x", "data": message}) for message, _ in SAID),
    body(filled()),
    body({"stream": LISTEN_KEY, "data": filled()}),
    body(account_update(position(), position(ps="LONG"))),
    body({"e": "ACCOUNT_CONFIG_UPDATE", "T": 1, "ac": {"s": "BTCUSDT", "l": 25}}),
    body({"e": "listenKeyExpired", "listenKey": LISTEN_KEY}),
    body({"id": "9", "status": 200, "result": order(), "rateLimits": []}),
    body({"id": "9", "status": 400, "error": {"code": -2019, "msg": "Margin is insufficient."}}),
    body({"result": None, "id": 7}),
]
PIECES = [
    b"",
    b"null",
    b'"',
    b"{",
    b"}",
    b"[[",
    b"-1",
    b'"NaN"',
    b"1E999999",
    b"\xff",
    b"9" * 400,
    b'"e":"kline"',
    b",",
]


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    """A message cut short or with a piece of it replaced."""
    data = draw(st.sampled_from(MESSAGES))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, len(data)))
    return data[:start] + draw(st.sampled_from(PIECES)) + data[end:]


@given(data=mutilated() | st.binary(max_size=60), role=st.sampled_from(["public", "market", "private", "trade"]))
def test_nothing_that_a_venue_sends_escapes(data: bytes, role: str) -> None:
    for said in decode(role, data, PRODUCT):
        assert LISTEN_KEY not in repr(said)


@given(
    message=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [*"eEsoaidrSXpqTk", "data", "stream", "id", "status", "error", "result", "event", "code"]
                ),
                inner,
                max_size=6,
            )
        ),
    )
)
def test_any_json_is_said_something_of(message: Any) -> None:
    for role in ("market", "trade"):
        assert decode(role, body(message), PRODUCT)
