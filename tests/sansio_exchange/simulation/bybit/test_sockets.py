"""Logins, subscriptions, pings, and the end of silent sockets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sansio_exchange.simulation.bybit.desk import BTC, ETH, START_MS, Desk, sleepy_venue

MINUTE_MS = 60_000


def test_each_kind_of_socket_has_a_pong_of_its_own(desk: Desk) -> None:
    public = desk.reply(desk.open(), {"op": "ping", "req_id": "7"})
    assert (public["success"], public["ret_msg"], public["op"], public["req_id"]) == (True, "pong", "ping", "7")
    assert desk.reply(desk.open(), {"op": "ping"})["req_id"] == ""
    private = desk.reply(desk.open("private"), {"op": "ping", "req_id": "7"})
    assert (private["op"], private["args"], private["req_id"]) == ("pong", [str(desk.now_ms)], "7")
    assert "req_id" not in desk.reply(desk.open("private"), {"op": "ping"})
    trade = desk.reply(desk.open("trade"), {"op": "ping"})
    assert (trade["retCode"], trade["op"], trade["data"]) == (0, "pong", [str(desk.now_ms)])


def test_a_login_is_acknowledged(desk: Desk) -> None:
    conn = desk.open("private")
    reply = desk.reply(conn, {"req_id": 5, "op": "auth", "args": desk.credentials()})
    assert (reply["success"], reply["ret_msg"], reply["op"], reply["req_id"]) == (True, "", "auth", "5")
    assert set(reply) == {"success", "ret_msg", "op", "conn_id", "req_id"}


@pytest.mark.parametrize("args", [None, [], ["demo"], ["demo", 1], "demo", {"a": 1}, [[], {}, None]])
def test_a_login_in_another_form_is_refused(desk: Desk, args: object) -> None:
    for root in ("private", "trade"):
        reply = desk.reply(desk.open(root), {"op": "auth", "args": args})
        assert reply.get("success", True) is False or reply["retCode"] == 10001


def test_a_wrong_signature_is_refused(desk: Desk) -> None:
    key, expires, _ = desk.credentials()
    wrong = {"op": "auth", "args": [key, expires, "0" * 64]}
    assert desk.reply(desk.open("private"), wrong)["success"] is False
    trade = desk.reply(desk.open("trade"), wrong)
    assert (trade["retCode"], trade["op"]) == (10004, "auth")
    assert desk.reply(desk.open("trade"), {"op": "auth", "args": ["nobody", expires, "0"]})["retCode"] == 10003


def test_a_public_socket_knows_no_login(desk: Desk) -> None:
    assert desk.reply(desk.open(), {"op": "auth", "args": desk.credentials()})["success"] is False


def test_private_topics_want_a_login_first(desk: Desk) -> None:
    conn = desk.open("private")
    (refused,) = desk.subscribe(conn, "order")
    assert (refused["success"], refused["op"]) == (False, "subscribe")
    desk.place()
    assert desk.take(conn) == []


def test_a_subscription_is_acknowledged_before_its_snapshot(desk: Desk) -> None:
    first, second = desk.subscribe(desk.open(), f"orderbook.50.{BTC}")
    assert (first["success"], first["op"], first["ret_msg"], first["req_id"]) == (True, "subscribe", "", "")
    assert (second["topic"], second["type"]) == (f"orderbook.50.{BTC}", "snapshot")
    conn = desk.login()
    (private,) = desk.subscribe(conn, "order", "wallet")
    assert private["ret_msg"] == "subscribe", "nothing private begins with a snapshot"


@pytest.mark.parametrize(
    "topic",
    [
        "publicTrade.BTCUSD",
        "publicTrade",
        f"orderbook.25.{BTC}",
        f"kline.1m.{BTC}",
        f"kline.M.{BTC}",
        f"tickers.x.{BTC}",
        "order",
        "wallet",
        "",
        BTC,
    ],
)
def test_a_topic_that_does_not_exist_refuses_the_whole_request(desk: Desk, topic: str) -> None:
    conn = desk.open()
    (reply,) = desk.subscribe(conn, f"publicTrade.{BTC}", topic)
    assert reply["success"] is False
    assert reply["ret_msg"] == f"error:handler not found,topic:{topic}"
    desk.wait(10_000)
    assert desk.take(conn) == []


@pytest.mark.parametrize("topic", [f"publicTrade.{BTC}", "orders", "order.futures", "wallet.linear", "greeks"])
def test_a_private_socket_has_private_topics_only(desk: Desk, topic: str) -> None:
    assert desk.subscribe(desk.login(), topic)[0]["success"] is False


def test_nothing_is_subscribed_to_twice(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, f"publicTrade.{BTC}")
    (reply,) = desk.subscribe(conn, f"publicTrade.{ETH}", f"publicTrade.{BTC}")
    assert reply["ret_msg"] == f"error:already subscribed,topic:publicTrade.{BTC}"
    assert desk.subscribe(conn, f"publicTrade.{ETH}", f"publicTrade.{ETH}")[0]["success"] is True


def test_a_topic_for_all_products_and_one_for_linear_are_asked_for_apart(desk: Desk) -> None:
    conn = desk.login()
    assert desk.subscribe(conn, "order", "order.linear")[0]["success"] is False
    assert desk.subscribe(conn, "order", "position.linear")[0]["success"] is True
    assert desk.subscribe(conn, "order.linear")[0]["success"] is True


def test_a_topic_is_told_no_more_once_it_is_unsubscribed_from(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, f"publicTrade.{BTC}", f"tickers.{BTC}")
    reply = desk.reply(conn, {"op": "unsubscribe", "req_id": "3", "args": [f"publicTrade.{BTC}"]})
    assert (reply["success"], reply["op"], reply["req_id"]) == (True, "unsubscribe", "3")
    desk.wait(10_000)
    assert {each["topic"] for each in desk.take(conn)} == {f"tickers.{BTC}"}
    assert desk.subscribe(conn, f"publicTrade.{BTC}")[0]["success"] is True


def test_args_of_a_public_socket_are_bounded(desk: Desk) -> None:
    conn = desk.open()
    filler = " " * 21_000
    desk.say(conn, f'{{"op":"subscribe","args":["publicTrade.{BTC}"{filler}]}}'.encode())
    assert desk.take(conn)[0]["success"] is False


def test_a_closed_socket_hears_nothing(desk: Desk) -> None:
    conn = desk.listen("order")
    desk.hang_up(conn)
    desk.place()
    assert desk.take(conn) == []
    desk.say(conn, {"op": "ping"})
    assert desk.take(conn) == []


def test_an_unknown_path_ends_the_socket(desk: Desk) -> None:
    conn = desk.open("public/futures")
    assert desk.ended[conn].code == 1008
    assert desk.open("private/") not in desk.ended


def test_a_silent_socket_ends_after_ten_minutes() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    silent, pinging, reading = desk.login(), desk.login(), desk.open()
    desk.subscribe(reading, f"tickers.{BTC}")
    for _ in range(10):
        desk.jump(MINUTE_MS)
        desk.say(pinging, {"op": "ping"})
    assert set(desk.ended) == {silent}


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("max_active_time=45s", 45),
        ("a=b&max_active_time=1m", 60),
        ("max_active_time=1s", 30),
        ("max_active_time=9", 600),
    ],
)
def test_a_private_socket_chooses_how_long_it_may_be_silent(query: str, seconds: int) -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    conn = desk.login(query=query)
    desk.jump(seconds * 1000 - 1)
    assert conn not in desk.ended
    desk.jump(1)
    assert conn in desk.ended


@pytest.mark.parametrize(
    "data", [b"", b"ping", b"[]", b"\xff", b'{"op":1}', b'{"op":"order.create"}', b'{"args":[1]}', b"{}"]
)
def test_what_is_no_request_is_refused(desk: Desk, data: bytes) -> None:
    for root in ("public/linear", "private", "trade"):
        conn = desk.open(root)
        desk.say(conn, data)
        (reply,) = desk.take(conn)
        assert reply.get("success") is False or reply["retCode"] != 0


@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(max_examples=60)
def test_no_frame_makes_the_venue_fail(data: bytes) -> None:
    for conn in CONNS:
        DESK.say(conn, data)
        assert len(DESK.take(conn)) == 1


DESK = Desk()
CONNS = [DESK.open(), DESK.login(), DESK.login("trade")]
