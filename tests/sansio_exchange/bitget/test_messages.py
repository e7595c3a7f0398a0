"""From bytes to what they say: acknowledgements, refusals, and anything else a venue might send."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.bitget import Bitget
from sansio_exchange.commands import Topic
from sansio_exchange.errors import AuthenticationFailed, ClockSkew, PermissionDenied, RequestRejected
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import PriceChange
from sansio_exchange.venue import Acknowledged, Ignored, LoggedIn, WsReply
from tests.sansio_exchange.bitget.payloads import (
    ACCOUNT_PUSH,
    BEST,
    CANDLE,
    TICKER,
    TRADE,
    ack,
    bitget,
    order_push,
    position_push,
    private_push,
    push,
)
from tests.sansio_exchange.recipes import body
from tests.sansio_exchange.spoiling import spoil

TRADES = {"instType": "USDT-FUTURES", "channel": "trade", "instId": "BTCUSDT"}
CANDLES = {"instType": "USDT-FUTURES", "channel": "candle1m", "instId": "ETHUSDT"}
TOPICS = [Topic("price", "BTCUSDT"), Topic("kline", "ETHUSDT", "1m")]
NOT_OURS = [Ignored("an acknowledgement of nothing that is open")]


def said(role: str, message: Any, venue: Bitget | None = None) -> list[Any]:
    return (venue or bitget()).decode(role, message if isinstance(message, bytes) else body(message))


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {"event": name, **fields}


def test_a_pong_says_nothing() -> None:
    assert said("private", b"pong") == [Ignored("pong")]


def test_a_login_is_answered() -> None:
    for code in ("0", 0, "00000"):
        assert said("private", event("login", code=code, msg="")) == [LoggedIn()]
    for code, kind in (
        ("30005", AuthenticationFailed),
        (30011, AuthenticationFailed),
        (30012, AuthenticationFailed),
        (30015, AuthenticationFailed),
        (30014, ClockSkew),
        (40006, AuthenticationFailed),
        (40018, PermissionDenied),
        (40085, PermissionDenied),
    ):
        for role in ("private", "trade"):
            (answer,) = said(role, event("error", code=code, msg="error"))
            assert isinstance(answer, LoggedIn)
            assert type(answer.error) is kind


LOGIN = {"apiKey": "key", "passphrase": "sesame", "timestamp": "1700000000", "sign": "c2lnbmVk"}


@pytest.mark.parametrize("arg", [None, {}, [], [{}], LOGIN, [LOGIN], {"channel": ""}], ids=str)
@pytest.mark.parametrize("role", ["private", "trade"])
def test_a_refused_login_is_one_whatever_its_argument(role: str, arg: Any) -> None:
    venue = bitget()
    venue.private_frames("private-1")
    (answer,) = said(role, event("error", arg=arg, code=30005, msg="login failed"), venue)
    assert isinstance(answer, LoggedIn)
    assert isinstance(answer.error, AuthenticationFailed)


@pytest.mark.parametrize("arg", [LOGIN, [LOGIN]], ids=["one", "list"])
@pytest.mark.parametrize("role", ["private", "trade"])
def test_what_quotes_the_login_is_its_refusal_by_any_code(role: str, arg: Any) -> None:
    (answer,) = said(role, event("error", arg=arg, code=39999, msg='{"passphrase":"sesame"}'))
    assert isinstance(answer, LoggedIn)
    assert answer.error is not None
    assert "sesame" not in repr(answer.error)


def test_a_channel_that_a_key_may_not_have_is_no_refused_login() -> None:
    venue = bitget()
    (frame, *_) = [json.loads(each) for each in venue.private_frames("private-2")]
    (answer,) = said("private", event("error", arg=frame["args"][0], code=30004, msg="User needs to log in"), venue)
    assert isinstance(answer, Acknowledged)
    assert isinstance(answer.error, AuthenticationFailed)


def test_channels_are_acknowledged_by_name_and_belong_to_the_frame_that_asked() -> None:
    venue = bitget()
    venue.subscribe_frame("public-3", TOPICS)
    assert said("public", event("subscribe", arg=CANDLES), venue) == [Acknowledged("public-3")]
    assert said("public", event("subscribe", arg=TRADES), venue) == [Acknowledged("public-3")]
    assert said("public", event("subscribe", arg=TRADES), venue) == NOT_OURS
    venue.unsubscribe_frame("public-4", TOPICS[:1])
    assert said("public", event("unsubscribe", arg=TRADES), venue) == [Acknowledged("public-4")]


def test_private_channels_are_acknowledged() -> None:
    venue = bitget()
    frames = [json.loads(frame) for frame in venue.private_frames("private-2")]
    for frame in frames:
        assert said("private", event("subscribe", arg=frame["args"][0]), venue) == [Acknowledged("private-2")]
    assert said("private", event("subscribe", arg=frames[0]["args"][0]), venue) == NOT_OURS


def test_a_new_socket_begins_with_nothing_asked_for() -> None:
    venue = bitget()
    venue.subscribe_frame("public-3", TOPICS)
    venue.begin("public", is_successor=False)
    assert said("public", event("subscribe", arg=TRADES), venue) == NOT_OURS


def test_a_refused_subscription_says_why() -> None:
    venue = bitget()
    venue.subscribe_frame("public-3", TOPICS)
    refusal = event("error", arg=CANDLES, code=30001, msg="instType:USDT-FUTURES,channel:candle1m doesn't exist")
    (answer,) = said("public", refusal, venue)
    assert isinstance(answer, Acknowledged)
    assert (answer.frame_id, type(answer.error)) == ("public-3", RequestRejected)
    (answer,) = said("public", event("error", code=30016, msg="Param error"), venue)
    assert isinstance(answer, Acknowledged)
    assert (answer.frame_id, type(answer.error)) == ("public-3", RequestRejected)


def test_a_refusal_of_nobody_knows_what_is_unreadable() -> None:
    for role in ("public", "private", "trade"):
        (answer,) = said(role, event("error", code=30002, msg='illegal request {"passphrase":"sesame"}'))
        assert isinstance(answer, Unreadable if role == "public" else LoggedIn)
        assert "sesame" not in repr(answer)
        (answer,) = said(role, event("error", code=30003, msg="invalid op"))
        assert isinstance(answer, Unreadable)
        assert "30003" in answer.reason


def test_a_reply_of_order_entry() -> None:
    arg = {"id": "17", "instType": "USDT-FUTURES", "channel": "place-order", "instId": "BTCUSDT", "params": ack()}
    (answer,) = said("trade", event("trade", arg=[arg], code=0, msg="Success"))
    assert isinstance(answer, WsReply)
    assert (answer.frame_id, answer.error) == ("17", None)
    (answer,) = said("trade", event("error", arg=[arg], code=40017, msg="Parameter verification failed"))
    assert isinstance(answer, WsReply)
    assert (answer.frame_id, type(answer.error)) == ("17", RequestRejected)


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        ("books5", "books5: nobody subscribed to it"),
        ("candle1D", "candle1D: nobody subscribed to it"),
        ("fill", "fill: the orders channel says the same"),
        ("equity", "equity: the account channel says the same"),
        ("orders-algo", "orders-algo: trigger orders are placed elsewhere"),
    ],
)
def test_channels_that_nobody_asked_for(channel: str, reason: str) -> None:
    assert said("public", push(channel, {"x": 1})) == [Ignored(reason)]


def test_the_unified_account_speaks_another_language() -> None:
    message = {"action": "snapshot", "arg": {"instType": "UTA", "topic": "order"}, "data": [{}]}
    assert said("private", message) == [Ignored("unified account: another API")]


def test_another_events_name_is_told() -> None:
    assert said("public", event("info", msg="hello")) == [Ignored("an event of another kind: info")]


def test_the_order_of_fields_and_white_space_do_not_matter() -> None:
    for message in (
        {"action": "snapshot", "arg": TRADES, "data": [TRADE], "ts": 1},
        {"data": [TRADE], "arg": {"instId": "BTCUSDT", "channel": "trade", "instType": "USDT-FUTURES"}},
        {"action": "snapshot" + " " * 200, "arg": TRADES, "data": [TRADE]},
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
            b'{"action":"x","arg":{"channel":"',
            b'{"action":"x","arg":{"channel":"trade"}}',
        ),
        *(b'{"arg":{"channel":"trade"},"data":5}', b'{"event":5}', b'{"event":"trade"}'),
    ],
    ids=lambda data: repr(data[:30]),
)
@pytest.mark.parametrize("role", ["public", "private", "trade"])
def test_nonsense_is_unreadable(role: str, nonsense: bytes) -> None:
    (answer,) = said(role, nonsense)
    assert isinstance(answer, Unreadable)
    assert answer.source == role
    assert len(answer.excerpt) <= 200


MESSAGES = [
    push("trade", TRADE, {**TRADE, "tradeId": "2"}),
    push("books1", BEST),
    push("candle1m", CANDLE),
    push("ticker", TICKER),
    private_push("orders", order_push()),
    private_push("account", ACCOUNT_PUSH),
    private_push("positions", position_push()),
    body(event("login", code="0")),
    body(event("subscribe", arg=TRADES)),
    body(event("error", arg=TRADES, code=30001, msg="no")),
    body(event("trade", arg=[{"id": "17", "params": ack()}], code=0, msg="Success")),
]


def waiting() -> Bitget:
    """A venue that has asked for something."""
    venue = bitget()
    venue.subscribe_frame("public-1", TOPICS)
    venue.private_frames("private-1")
    return venue


VENUE = waiting()


@settings(max_examples=300, deadline=None)
@given(message=st.sampled_from(MESSAGES), role=st.sampled_from(["public", "private", "trade"]), data=st.data())
def test_a_spoiled_message_raises_nothing(message: bytes, role: str, data: st.DataObject) -> None:
    for each in VENUE.decode(role, spoil(data, message)):
        assert type(each).__module__.startswith("sansio_exchange.")
