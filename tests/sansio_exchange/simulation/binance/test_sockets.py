"""Stream sockets: paths, subscriptions, limits, ends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.machine import Tick
from sansio_exchange.simulation.binance.sockets import route_of
from sansio_exchange.simulation.wire import SocketSend
from tests.sansio_exchange.simulation.binance.desk import START_MS, Desk, sleepy_venue

MARK = "btcusdt@markPrice@1s"
BOOK = "btcusdt@bookTicker"


def streams(desk: Desk, conn: int) -> set[str]:
    """What a combined socket brings within two seconds."""
    desk.wait(2000)
    return {each["stream"] for each in desk.take(conn) if "stream" in each}


def test_one_socket_changes_what_it_reads(desk: Desk) -> None:
    conn = desk.open("/stream")
    assert desk.ask(conn, {"method": "SUBSCRIBE", "params": [MARK, BOOK], "id": 1}) == {"result": None, "id": 1}
    assert streams(desk, conn) == {MARK, BOOK}
    assert desk.ask(conn, {"method": "LIST_SUBSCRIPTIONS", "id": 2}) == {"result": [MARK, BOOK], "id": 2}
    assert desk.ask(conn, {"method": "UNSUBSCRIBE", "params": [BOOK], "id": "x"}) == {"result": None, "id": "x"}
    assert streams(desk, conn) == {MARK}


def test_messages_are_wrapped_only_where_wanted(desk: Desk) -> None:
    conn = desk.open(f"/ws/{MARK}")
    assert desk.ask(conn, {"method": "GET_PROPERTY", "params": ["combined"], "id": 1}) == {"result": False, "id": 1}
    desk.wait(1000)
    assert [each["e"] for each in desk.take(conn)] == ["markPriceUpdate"]
    desk.ask(conn, {"method": "SET_PROPERTY", "params": ["combined", True], "id": 2})
    desk.wait(1000)
    assert [each["stream"] for each in desk.take(conn)] == [MARK]


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/stream", f"streams={MARK}/{BOOK}", {MARK, BOOK}),
        ("/public/stream", f"streams={MARK}/{BOOK}", {BOOK}),
        ("/market/stream", f"streams={MARK}/{BOOK}", {MARK}),
        ("/private/stream", f"streams={MARK}/{BOOK}", set()),
    ],
)
def test_a_routed_socket_stays_silent_about_the_rest(desk: Desk, path: str, query: str, expected: set[str]) -> None:
    assert streams(desk, desk.open(path, query)) == expected


@pytest.mark.parametrize(
    ("stream", "route"),
    [
        ("btcusdt@bookTicker", "public"),
        ("!bookTicker", "public"),
        ("btcusdt@depth", "public"),
        ("btcusdt@depth5@100ms", "public"),
        ("btcusdt@trade", "public"),
        ("btcusdt@aggTrade", "market"),
        ("btcusdt@kline_1m", "market"),
        ("!markPrice@arr", "market"),
        ("!miniTicker@arr", "market"),
        ("0123456789abcdef", "private"),
    ],
)
def test_every_stream_has_its_root(stream: str, route: str) -> None:
    assert route_of(stream) == route


@pytest.mark.parametrize("path", ["/", "/nothing", "/ws-api/v3", "/market", "/stream/x"])
def test_an_unknown_path_is_refused(desk: Desk, path: str) -> None:
    assert desk.open(path) in desk.ended


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"{", 3),
        (b"\xff", 3),
        (b"[]", 2),
        ({"method": "DANCE", "id": 1}, 2),
        ({"method": "SUBSCRIBE", "params": [True], "id": 1}, 2),
        ({"method": "SUBSCRIBE", "params": "x", "id": 1}, 2),
        ({"method": "SET_PROPERTY", "params": ["combined", "yes"], "id": 1}, 1),
        ({"method": "GET_PROPERTY", "params": ["colour"], "id": 1}, 0),
    ],
)
def test_bad_frames_are_answered_and_the_socket_lives(desk: Desk, frame: Any, code: int) -> None:
    conn = desk.open("/ws")
    assert desk.ask(conn, frame)["error"]["code"] == code
    assert desk.ask(conn, {"method": "LIST_SUBSCRIPTIONS", "id": 9})["result"] == []


@given(st.binary(max_size=60))
def test_any_frame_is_answered(frame: bytes) -> None:
    desk = _shared
    conn = desk.open("/ws")
    desk.say(conn, frame)
    assert len(desk.take(conn)) == 1
    desk.hang_up(conn)


_shared = Desk(machine=sleepy_venue(START_MS))


def test_an_unknown_stream_is_accepted_and_silent(desk: Desk) -> None:
    conn = desk.open("/ws/0")
    assert desk.ask(conn, {"method": "SUBSCRIBE", "params": ["nope@kline_7m"], "id": 1}) == {"result": None, "id": 1}
    desk.wait(1000)
    assert desk.take(conn) == []


def test_too_many_messages_close_the_socket(desk: Desk) -> None:
    conn = desk.open("/ws")
    for number in range(10):
        desk.ask(conn, {"method": "LIST_SUBSCRIPTIONS", "id": number})
    desk.say(conn, {"method": "LIST_SUBSCRIPTIONS", "id": 10})
    assert desk.ended[conn].code == 1008


def test_a_socket_ends_after_a_day() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    stream, trade = desk.open("/ws"), desk.open("/ws-fapi/v1")
    desk.jump(86_400_000 - 1)
    assert not desk.ended
    desk.jump(1)
    assert set(desk.ended) == {stream, trade}


def test_a_message_is_encoded_once_for_all_its_readers(desk: Desk) -> None:
    plain = [desk.open(f"/ws/{MARK}") for _ in range(2)]
    wrapped = [desk.open("/stream", f"streams={MARK}") for _ in range(2)]
    desk.now_ms += 1000
    sends = {each.conn: each.data for each in desk.feed(Tick()) if isinstance(each, SocketSend)}
    assert list(sends) == plain + wrapped
    assert sends[plain[0]] is sends[plain[1]]
    assert sends[wrapped[0]] is sends[wrapped[1]]
