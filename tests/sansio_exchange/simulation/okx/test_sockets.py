"""Sockets: logins, subscriptions and their errors, pings, ends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.machine import Tick
from sansio_exchange.simulation.wire import SocketSend
from tests.sansio_exchange.simulation.okx.desk import BTC, START_MS, Desk, sleepy_venue


def test_a_subscription_is_acknowledged_with_its_argument_and_the_id(desk: Desk) -> None:
    conn = desk.open()
    arg = {"channel": "trades", "instId": BTC}
    answer = desk.reply(conn, {"id": "7a", "op": "subscribe", "args": [arg]})
    assert answer == {"id": "7a", "event": "subscribe", "arg": arg, "connId": answer["connId"]}
    desk.wait(2000)
    assert {each["arg"]["channel"] for each in desk.take(conn)} == {"trades"}
    answer = desk.reply(conn, {"op": "unsubscribe", "args": [arg]})
    assert (answer["event"], answer["arg"]) == ("unsubscribe", arg)
    desk.wait(2000)
    assert desk.take(conn) == []


def test_many_are_subscribed_at_once_each_with_its_answer(desk: Desk) -> None:
    conn = desk.open()
    args = [{"channel": "trades", "instId": BTC}, {"channel": "nope", "instId": BTC}, {"channel": "mark-price"}]
    desk.say(conn, {"op": "subscribe", "args": args})
    answers = desk.take(conn)
    assert [each["event"] for each in answers] == ["subscribe", "error", "error"]
    assert answers[1]["code"] == "60018"
    assert "channel:nope,instId:BTC-USDT-SWAP" in answers[1]["msg"]


@pytest.mark.parametrize(
    ("root", "arg"),
    [
        ("public", {"channel": "candle1m", "instId": BTC}),
        ("public", {"channel": "orders", "instType": "SWAP"}),
        ("business", {"channel": "trades", "instId": BTC}),
        ("business", {"channel": "candle7m", "instId": BTC}),
        ("private", {"channel": "trades", "instId": BTC}),
        ("public", {"channel": "tickers", "instId": "NOPE-USDT-SWAP"}),
        ("public", {"channel": "index-tickers", "instId": BTC}),
        ("public", {}),
    ],
)
def test_a_channel_that_is_not_there_is_refused(desk: Desk, root: str, arg: dict[str, str]) -> None:
    conn = desk.open(root)
    answer = desk.reply(conn, {"op": "subscribe", "args": [arg]})
    assert (answer["event"], answer["code"]) == ("error", "60018")


def test_private_channels_need_a_login(desk: Desk) -> None:
    conn = desk.open("private")
    assert desk.subscribe(conn, "account")[0]["code"] == "60011"
    assert desk.reply(conn, {"op": "login", "args": [desk.credentials()]})["event"] == "login"
    assert desk.subscribe(conn, "account")[0]["event"] == "subscribe"
    assert desk.subscribe(conn, "orders", instType="BONDS")[0]["code"] == "60018"
    assert desk.reply(conn, {"op": "login", "args": [desk.credentials()]})["code"] == "60030"


def test_the_number_of_connections_of_a_private_channel_is_told_and_limited(desk: Desk) -> None:
    for number in range(1, 31):
        conn = desk.login()
        desk.take(conn)
        _, count, *_ = desk.subscribe(conn, "account")
        assert (count["event"], count["channel"], count["connCount"]) == ("channel-conn-count", "account", str(number))
        if number % 10 == 0:
            desk.wait(1000)
    conn = desk.login()
    desk.take(conn)
    acknowledged, refused = desk.subscribe(conn, "account")
    assert (acknowledged["event"], refused["event"], refused["connCount"]) == (
        "subscribe",
        "channel-conn-count-error",
        "30",
    )


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"{", "60012"),
        (b"\xff", "60012"),
        (b"hello", "60012"),
        ([], "60012"),
        ({"op": "subscribe"}, "60012"),
        ({"op": "subscribe", "args": []}, "60013"),
        ({"op": "subscribe", "args": ["trades"]}, "60012"),
        ({"op": "dance", "args": []}, "60019"),
        ({"op": "order", "id": "1", "args": []}, "60028"),
    ],
)
def test_bad_frames_are_answered_and_the_socket_lives(desk: Desk, frame: Any, code: str) -> None:
    conn = desk.open()
    answer = desk.reply(conn, frame)
    assert (answer["event"], answer["code"]) == ("error", code)
    assert desk.subscribe(conn, "trades", instId=BTC)[0]["event"] == "subscribe"


_shared = Desk(machine=sleepy_venue(START_MS))


@given(st.binary(max_size=60))
def test_any_frame_is_answered(frame: bytes) -> None:
    conn = _shared.open("private")
    _shared.say(conn, frame)
    assert len(_shared.take(conn)) == 1
    _shared.hang_up(conn)


def test_a_ping_is_answered_and_silence_ends_a_socket() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    loud, silent = desk.open("private"), desk.open("private")
    desk.wait(29_999)
    assert desk.reply(loud, b"ping") == "pong"
    desk.wait(1)
    assert set(desk.ended) == {silent}
    assert (desk.ended[silent].code, desk.ended[silent].reason) == (4004, "No data received in 30s.")
    desk.wait(29_999)
    assert loud in desk.ended


def test_what_is_pushed_keeps_a_socket(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "mark-price", instId=BTC)
    desk.wait(65_000)
    assert conn not in desk.ended


def test_a_socket_may_send_so_many_requests_in_an_hour() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    conn = desk.open()
    for _ in range(480):
        desk.subscribe(conn, "trades", instId=BTC)
    assert desk.subscribe(conn, "trades", instId=BTC)[0]["code"] == "60014"
    assert desk.reply(conn, b"ping") == "pong"


@pytest.mark.parametrize("path", ["other", "", "public/x"])
def test_an_unknown_path_is_refused(desk: Desk, path: str) -> None:
    assert desk.open(path) in desk.ended


def test_a_message_is_encoded_once_for_all_its_readers(desk: Desk) -> None:
    conns = [desk.open() for _ in range(3)]
    for conn in conns:
        desk.subscribe(conn, "mark-price", instId=BTC)
    desk.now_ms += 1000
    sends = {each.conn: each.data for each in desk.feed(Tick()) if isinstance(each, SocketSend)}
    assert list(sends) == conns
    assert sends[conns[0]] is sends[conns[1]] is sends[conns[2]]


def test_a_socket_that_hung_up_gets_nothing(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "mark-price", instId=BTC)
    desk.hang_up(conn)
    desk.wait(2000)
    assert desk.take(conn) == []
