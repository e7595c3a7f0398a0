"""Sockets: paths, subscriptions, errors, pings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sansio_exchange.simulation.gate.desk import BTC, START_MS, USER, Desk, signature, sleepy_venue

_shared = Desk(machine=sleepy_venue(START_MS))


@pytest.mark.parametrize("path", ["/v4/ws/usdt", "/v4/ws/usdt/", "/v4/ws/futures/usdt"])
def test_both_documented_paths_are_served(desk: Desk, path: str) -> None:
    assert desk.reply(desk.open(path), {"time": 1, "channel": "futures.ping"})["channel"] == "futures.pong"


@pytest.mark.parametrize("path", ["/", "/v4/ws/btc", "/ws/v4/", "/v4/ws"])
def test_another_path_is_refused(desk: Desk, path: str) -> None:
    assert desk.open(path) in desk.ended


def test_a_ping_earns_a_pong(desk: Desk) -> None:
    assert desk.reply(desk.open(), {"time": 123456, "channel": "futures.ping"}) == {
        "time": START_MS // 1000,
        "time_ms": START_MS,
        "channel": "futures.pong",
        "event": "",
        "result": None,
    }


def test_a_subscription_is_acknowledged_with_its_id_and_payload(desk: Desk) -> None:
    answer = desk.subscribe(desk.open(), "futures.trades", BTC, id=7)
    assert (answer["id"], answer["channel"], answer["event"]) == (7, "futures.trades", "subscribe")
    assert (answer["payload"], answer["result"]) == ([BTC], {"status": "success"})
    assert "error" not in answer
    silent = desk.subscribe(desk.open(), "futures.trades", BTC, id=None)
    assert "id" not in silent


@pytest.mark.parametrize(
    ("channel", "payload", "words"),
    [
        ("futures.trades", ["GONE_USDT"], "unknown contract GONE_USDT"),
        ("futures.trades", [], "invalid argument"),
        ("futures.trades", [BTC, "GONE_USDT"], "unknown contract GONE_USDT"),
        ("futures.candlesticks", ["10s", BTC], "invalid interval"),
        ("futures.candlesticks", [BTC], "invalid argument"),
        ("futures.order_book_update", [BTC, "1000ms"], "invalid argument"),
        ("futures.order_book_update", [BTC, "20ms", "100"], "invalid argument"),
        ("futures.nothing", [BTC], "unknown channel"),
        ("spot.trades", [BTC], "unknown channel"),
        ("futures.orders", ["20011", BTC], "user id"),
        ("futures.orders", [BTC], "user id"),
        ("futures.orders", [str(USER)], "contract"),
        ("futures.orders", [str(USER), "GONE_USDT"], "unknown contract"),
    ],
)
def test_what_cannot_be_subscribed_to_is_refused(desk: Desk, channel: str, payload: list[str], words: str) -> None:
    conn = desk.open()
    answer = desk.subscribe(conn, channel, *payload)
    assert (answer["error"]["code"], answer["result"]) == (2, {"status": "fail"})
    assert words in answer["error"]["message"]
    desk.wait(1_000)
    assert desk.take(conn) == []


@pytest.mark.parametrize(
    ("auth", "label"),
    [
        ({}, "INVALID_KEY"),
        ({"KEY": "nobody", "SIGN": "x"}, "INVALID_KEY"),
        ({"KEY": "demo", "SIGN": "x"}, "INVALID_SIGNATURE"),
        ({"KEY": "demo", "SIGN": signature(f"channel=futures.orders&event=unsubscribe&time={START_MS // 1000}")},
         "INVALID_SIGNATURE"),
    ],
)  # fmt: skip
def test_each_private_subscription_is_signed_by_itself(desk: Desk, auth: dict[str, str], label: str) -> None:
    conn = desk.login()
    answer = desk.subscribe(conn, "futures.orders", str(USER), "!all", auth=auth)
    assert answer["error"]["code"] == 4
    assert label in answer["error"]["message"]
    desk.place()
    assert desk.take(conn) == []


def test_an_old_signature_is_refused(desk: Desk) -> None:
    frame = desk.subscription("futures.orders", str(USER), "!all")
    desk.jump(61_000)
    assert "REQUEST_EXPIRED" in desk.reply(desk.open(), frame)["error"]["message"]


def test_who_subscribes_twice_hears_once(desk: Desk) -> None:
    conn = desk.listen("futures.orders", "futures.orders")
    desk.place()
    assert len(desk.hear(conn, "futures.orders")) == 1


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"{", 1),
        (b"\xff", 1),
        (b"[]", 1),
        (b"ping", 1),
        (b'{"channel": "futures.trades", "event": "subscribe", "payload": ["\xff"]}', 1),
        (b'{"channel": "futures.login", "event": "api", "payload": {"req_param": "\xff"}}', 1),
        ({"event": "subscribe"}, 1),
        ({"channel": "futures.trades", "event": "subscribe", "payload": {}}, 1),
        ({"channel": "futures.trades", "event": "subscribe", "payload": [BTC], "time": "now"}, 1),
        ({"channel": "futures.trades", "event": "dance"}, 2),
        ({"channel": "futures.trades"}, 2),
    ],
)
def test_bad_frames_are_answered_and_the_socket_lives(desk: Desk, frame: Any, code: int) -> None:
    conn = desk.open()
    assert desk.reply(conn, frame)["error"]["code"] == code
    assert desk.subscribe(conn, "futures.trades", BTC)["result"]["status"] == "success"


@given(st.binary(max_size=60))
def test_any_frame_is_answered(frame: bytes) -> None:
    conn = _shared.open()
    _shared.say(conn, frame)
    assert len(_shared.take(conn)) == 1
    _shared.hang_up(conn)
