"""From bytes to what they say: acknowledgements, refusals, notices, and anything else a venue might send."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.errors import AuthenticationFailed, ClockSkew, OutcomeUnknown, RequestRejected, VenueUnavailable
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import PriceChange
from sansio_exchange.okx.messages import frame_id_of, wire_id
from sansio_exchange.venue import Acknowledged, ClosesSoon, Ignored, LoggedIn, SessionExpired, WsReply
from tests.sansio_exchange.okx.payloads import (
    BEST,
    CANDLE,
    MARK,
    RATE,
    TRADE,
    ack,
    asset,
    okx,
    order_push,
    position,
    push,
)
from tests.sansio_exchange.recipes import body
from tests.sansio_exchange.spoiling import spoil

VENUE = okx()


def said(role: str, message: Any) -> list[Any]:
    return VENUE.decode(role, message if isinstance(message, bytes) else body(message))


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {"event": name, "connId": "a4d3ae55", **fields}


def test_ids_have_no_hyphen_on_the_wire_and_come_back() -> None:
    for frame_id in ("public-12", "business-1", "private-7", "17"):
        assert wire_id(frame_id).isalnum()
        assert frame_id_of(wire_id(frame_id)) == frame_id
    assert frame_id_of("") == ""


def test_a_pong_says_nothing() -> None:
    assert said("private", b"pong") == [Ignored("pong")]


def test_a_login_is_answered() -> None:
    assert said("private", event("login", code="0", msg="")) == [LoggedIn()]
    for code, kind in (
        ("60009", AuthenticationFailed),
        ("60005", AuthenticationFailed),
        ("60024", AuthenticationFailed),
        ("60006", ClockSkew),
        ("63999", VenueUnavailable),
        ("50101", AuthenticationFailed),
    ):
        for role in ("private", "trade"):
            (answer,) = said(role, event("error", code=code, msg="Login failed."))
            assert isinstance(answer, LoggedIn)
            assert type(answer.error) is kind


def test_each_channel_is_acknowledged_under_the_id_of_its_frame() -> None:
    arg = {"channel": "trades", "instId": "BTC-USDT-SWAP"}
    assert said("public", event("subscribe", id="public3", arg=arg)) == [Acknowledged("public-3")]
    assert said("public", event("unsubscribe", id="public4", arg=arg)) == [Acknowledged("public-4")]
    assert said("private", event("subscribe", id="private1", arg={"channel": "orders"})) == [Acknowledged("private-1")]


def test_a_refused_subscription_says_why() -> None:
    (answer,) = said("public", event("error", id="public3", code="60018", msg="channel:x doesn't exist"))
    assert isinstance(answer, Acknowledged)
    assert (answer.frame_id, type(answer.error)) == ("public-3", RequestRejected)


def test_a_subscription_refused_for_a_new_reason_is_refused() -> None:
    (answer,) = said("public", event("error", id="public3", code="60999", msg="no"))
    assert isinstance(answer, Acknowledged)
    assert type(answer.error) is RequestRejected


def test_a_refusal_of_nobody_knows_what_is_unreadable() -> None:
    for role in ("public", "private"):
        (answer,) = said(role, event("error", code="60012", msg='Invalid request: {"passphrase":"sesame"}'))
        assert isinstance(answer, Unreadable)
        assert "60012" in answer.reason
        assert "sesame" not in repr(answer)
    (answer,) = said("trade", event("error", code="60012", msg="Invalid request"))
    assert isinstance(answer, WsReply)
    assert (answer.frame_id, type(answer.error)) == ("", RequestRejected)


def test_a_frame_of_order_entry_that_is_refused_is_answered_by_its_id() -> None:
    (answer,) = said("trade", event("error", id="17", code="60013", msg="Invalid args"))
    assert isinstance(answer, WsReply)
    assert (answer.frame_id, type(answer.error)) == ("17", RequestRejected)


def test_a_frame_of_order_entry_refused_for_a_new_reason_may_have_been_carried_out() -> None:
    (answer,) = said("trade", event("error", id="17", code="60999", msg="no"))
    assert isinstance(answer, WsReply)
    assert type(answer.error) is OutcomeUnknown


def test_a_reply_of_order_entry() -> None:
    reply = {"id": "17", "op": "order", "code": "0", "msg": "", "data": [ack()]}
    assert said("trade", reply) == [WsReply("17", body(reply))]


def test_a_connection_that_is_about_to_end_is_replaced() -> None:
    for role in ("public", "business", "private", "trade"):
        notice = event("notice", code="64008", msg="The connection will soon be closed for a service upgrade.")
        assert said(role, notice) == [ClosesSoon("The connection will soon be closed for a service upgrade.")]
    assert said("private", event("channel-conn-count-error", channel="orders", connCount="30")) == [
        SessionExpired("too many connections have the channel orders")
    ]
    assert said("private", event("channel-conn-count", channel="orders", connCount="2")) == [
        Ignored("how many connections have the channel")
    ]


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        ("tickers", "tickers: nobody subscribed to it"),
        ("candle8H", "candle8H: nobody subscribed to it"),
        ("balance_and_position", "balance_and_position: account and positions channels say the same"),
        ("liquidation-warning", "liquidation-warning: a warning; the account says the same in figures"),
    ],
)
def test_channels_that_nobody_asked_for(channel: str, reason: str) -> None:
    assert said("public", {"arg": {"channel": channel}, "data": [{"x": 1}]}) == [Ignored(reason)]


def test_the_order_of_fields_and_white_space_do_not_matter() -> None:
    for message in (
        {"arg": {"channel": "trades", "instId": "BTC-USDT-SWAP"}, "data": [TRADE]},
        {"data": [TRADE], "arg": {"instId": "BTC-USDT-SWAP", "channel": "trades"}},
    ):
        for text in (json.dumps(message), json.dumps(message, indent=1), json.dumps(message, separators=(",", ":"))):
            (price,) = said("public", text.encode())
            assert isinstance(price, PriceChange)


@pytest.mark.parametrize(
    "nonsense",
    [
        *(
            b"ping?",
            b'"x"',
            b'{"arg":5}',
            b'{"arg":{"channel":5}}',
        ),
        *(
            b'{"arg":{"channel":"',
            b'{"arg":{"channel":"trades"',
            b'{"arg":{"channel":"trades"}}',
        ),
        *(b'{"arg":{"channel":"trades"},"data":5}', b'{"event":5}', b'{"id":5}'),
    ],
    ids=lambda data: repr(data[:30]),
)
@pytest.mark.parametrize("role", ["public", "business", "private", "trade"])
def test_nonsense_is_unreadable(role: str, nonsense: bytes) -> None:
    (answer,) = VENUE.decode(role, nonsense)
    assert isinstance(answer, Unreadable)
    assert answer.source == role
    assert len(answer.excerpt) <= 200


MESSAGES = [
    push("trades", TRADE),
    push("bbo-tbt", BEST),
    push("candle1m", CANDLE),
    push("funding-rate", RATE),
    push("mark-price", MARK),
    push("orders", order_push(), inst_id="", instType="SWAP"),
    push("account", {"details": [asset()], "uTime": "1"}, inst_id=""),
    push("positions", position(), inst_id=""),
    body(event("login", code="0")),
    body(event("error", id="public3", code="60018", msg="no")),
    body({"id": "17", "op": "order", "code": "2", "msg": "", "data": [ack(), ack(sCode="51008")]}),
]


@settings(max_examples=300, deadline=None)
@given(
    message=st.sampled_from(MESSAGES), role=st.sampled_from(["public", "business", "private", "trade"]), data=st.data()
)
def test_a_spoiled_message_raises_nothing(message: bytes, role: str, data: st.DataObject) -> None:
    for each in VENUE.decode(role, spoil(data, message)):
        assert type(each).__module__.startswith("sansio_exchange.")
