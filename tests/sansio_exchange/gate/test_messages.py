"""From bytes to what they say: acknowledgements, refusals, notices, and anything else a venue might send."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.errors import AuthenticationFailed, RequestRejected, VenueUnavailable
from sansio_exchange.gate.messages import frame_id_of, wire_id
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import PriceChange
from sansio_exchange.venue import Acknowledged, ClosesSoon, Ignored
from tests.sansio_exchange.gate.payloads import (
    BALANCE,
    BEST,
    NOW_MS,
    TICKER,
    TRADE,
    WINDOW,
    frame,
    gate,
    order_push,
    position,
    push,
    trade_push,
)
from tests.sansio_exchange.recipes import body
from tests.sansio_exchange.spoiling import spoil

VENUE = gate()


def said(role: str, message: Any) -> list[Any]:
    return VENUE.decode(role, message if isinstance(message, bytes) else body(message))


def ack(event: str = "subscribe", **changes: Any) -> dict[str, Any]:
    message = {"time": 1700000001, "time_ms": 1700000001123, "id": 12, "channel": "futures.trades", "event": event}
    return {**message, "payload": ["BTC_USDT"], "error": None, "result": {"status": "success"}, **changes}


def test_ids_are_numbers_on_the_wire_and_come_back() -> None:
    for role, frame_id in (("public", "public-12"), ("private", "private-7")):
        assert frame_id_of(role, wire_id(frame_id)) == frame_id
    assert frame_id_of("public", None) == ""


def test_each_frame_is_acknowledged_under_its_id() -> None:
    assert said("public", ack()) == [Acknowledged("public-12")]
    assert said("private", ack("unsubscribe", id=3, time="1", time_ms=0)) == [Acknowledged("private-3")]
    without = ack()
    del without["error"]
    assert said("public", without) == [Acknowledged("public-12")]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 2, "message": "unknown contract LUNARLENS_USDT"}, RequestRejected),
        ({"code": 4, "message": "authentication fail"}, AuthenticationFailed),
        ({"code": 3, "message": "service error"}, VenueUnavailable),
        ({"code": "x"}, RequestRejected),
        (None, VenueUnavailable),
    ],
)
def test_a_refused_subscription_says_why(error: Any, kind: type[Exception]) -> None:
    (answer,) = said("public", ack(error=error, result={"status": "fail"}))
    assert isinstance(answer, Acknowledged)
    assert (answer.frame_id, type(answer.error)) == ("public-12", kind)


def test_a_pong_says_nothing() -> None:
    pong = {"time": 1, "time_ms": 1545404023123, "channel": "futures.pong", "event": "", "result": None}
    for role in ("public", "private", "trade"):
        assert said(role, pong) == [Ignored("pong")]


@pytest.mark.parametrize("role", ["public", "private", "trade"])
def test_a_connection_that_is_about_to_end_is_replaced(role: str) -> None:
    notice = {"type": "upgrade", "msg": "The connection will soon be closed for a service upgrade. Please reconnect."}
    wrapped = {"time": 1, "channel": "futures.system", "event": "update", "result": notice}
    for message in (notice, wrapped, {**notice, "type": "service_upgrade"}):
        assert said(role, message) == [ClosesSoon(notice["msg"])]
    (other,) = said(role, {**wrapped, "result": {"type": "outdated_sbe_schema_id", "msg": "x"}})
    assert isinstance(other, Ignored)


@pytest.mark.parametrize(
    ("channel", "event", "reason"),
    [
        ("futures.order_book", "all", "futures.order_book: the best prices come by futures.book_ticker"),
        ("futures.autoorders", "update", "futures.autoorders: a conditional order, which becomes an ordinary one"),
        ("futures.position_closes", "update", "futures.position_closes: the positions channel says the same"),
        ("spot.trades", "update", "spot.trades: other product"),
        ("options.ul_price", "update", "options.ul_price: other product"),
    ],
)
def test_channels_that_nobody_asked_for(channel: str, event: str, reason: str) -> None:
    (answer,) = said("public", {"time": 1, "channel": channel, "event": event, "result": [{"x": 1}]})
    assert isinstance(answer, Ignored)
    assert answer.reason.startswith(reason)


def test_a_refusal_of_nobody_knows_what_is_unreadable() -> None:
    for refusal in (
        {"label": "INVALID_KEY", "message": "no such key ea83fad2604399da16bf97e6eea772a6"},
        {"time": 1, "channel": "", "event": "", "error": {"code": 1, "message": "invalid argument struct"}},
    ):
        (answer,) = said("private", refusal)
        assert isinstance(answer, Unreadable)
        assert "ea83" not in repr(answer)


def test_the_order_of_fields_and_white_space_do_not_matter() -> None:
    message = {"time": 1700000001, "channel": "futures.trades", "event": "update", "result": [TRADE]}
    for each in (message, dict(reversed(message.items()))):
        for text in (json.dumps(each), json.dumps(each, indent=1), json.dumps(each, separators=(",", ":"))):
            (price,) = said("public", text.encode())
            assert isinstance(price, PriceChange)


@pytest.mark.parametrize(
    "nonsense",
    [
        *(
            b"ping?",
            b'"x"',
        ),
        *(b'{"channel":"', b'{"channel":"futures.trades"', b'{"channel":"futures.trades"}', b'{"channel":5}'),
        *(
            b'{"channel":"futures.trades","event":"update","result":5}',
            b'{"event":"update"}',
        ),
        *(b'{"channel":"futures.system","event":"update"}', b'{"header":5}', b'{"header":{},"data":{}}'),
    ],
    ids=lambda data: repr(data[:30]),
)
@pytest.mark.parametrize("role", ["public", "private", "trade"])
def test_nonsense_is_unreadable(role: str, nonsense: bytes) -> None:
    (answer,) = VENUE.decode(role, nonsense)
    assert isinstance(answer, Unreadable)
    assert answer.source == role
    assert len(answer.excerpt) <= 200


MESSAGES = [
    push("futures.trades", TRADE),
    body({"time": 1, "channel": "futures.book_ticker", "event": "update", "result": BEST}),
    push("futures.candlesticks", {**WINDOW, "w": False, "a": "5"}),
    push("futures.tickers", TICKER),
    push("futures.orders", order_push(left="15", fill_price=5)),
    push("futures.usertrades", trade_push()),
    push("futures.positions", position()),
    push("futures.balances", BALANCE),
    body(ack()),
    body(ack(error={"code": 2, "message": "no"})),
    body(frame()),
    body({"time": 1, "time_ms": NOW_MS, "channel": "futures.pong", "event": "", "result": None}),
]


@settings(max_examples=300, deadline=None)
@given(message=st.sampled_from(MESSAGES), role=st.sampled_from(["public", "private", "trade"]), data=st.data())
def test_a_spoiled_message_raises_nothing(message: bytes, role: str, data: st.DataObject) -> None:
    for each in VENUE.decode(role, spoil(data, message)):
        assert type(each).__module__.startswith("sansio_exchange.")
