"""Sockets: logins, subscriptions, pings, and their end."""

from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.simulation.bitget.rate_limits import Limits
from tests.sansio_exchange.simulation.bitget.desk import BTC, ETH, FUTURES, START_MS, Desk, sleepy_venue

TRADES = {"instType": FUTURES, "channel": "trade", "instId": BTC}


def sleepy(limits: Limits | None = None) -> Desk:
    return Desk(machine=sleepy_venue(START_MS, limits))


def test_a_ping_earns_a_pong(desk: Desk) -> None:
    assert desk.reply(desk.open(), b"ping") == "pong"


def test_a_socket_that_does_not_ping_is_ended_after_two_minutes_whatever_flows() -> None:
    desk = Desk()
    quiet, pinging = desk.open(), desk.open()
    desk.subscribe(quiet, "ticker")
    desk.jump(119_000)
    desk.say(pinging, b"ping")
    desk.say(quiet, {"op": "subscribe", "args": [TRADES]})
    assert quiet not in desk.ended
    desk.wait(1_000)
    assert quiet in desk.ended
    assert pinging not in desk.ended
    assert desk.take(quiet), "it flowed to the end"


def test_a_socket_is_ended_after_a_day() -> None:
    desk = sleepy()
    conn = desk.open()
    for _ in range(24 * 36):
        desk.jump(100_000)
        assert (conn in desk.ended) is (desk.now_ms - desk.start_ms >= 86_400_000)
        desk.say(conn, b"ping")


def test_an_unknown_path_is_ended_at_once(desk: Desk) -> None:
    assert desk.open("business") in desk.ended


def test_private_channels_and_orders_need_a_login(desk: Desk) -> None:
    conn = desk.open("private")
    told = desk.subscribe(conn, "orders", instId="default")
    assert [(each["event"], each["code"]) for each in told] == [("error", 30004)]
    assert desk.reply(conn, {"op": "trade", "args": [{"channel": "place-order"}]})["code"] == 30004
    assert desk.reply(desk.open(), {"op": "trade", "args": [{"channel": "place-order"}]})["code"] == 30003


def test_each_channel_of_a_request_is_answered_for_itself(desk: Desk) -> None:
    conn = desk.open()
    desk.say(conn, {"op": "subscribe", "args": [TRADES, TRADES | {"channel": "nope"}, TRADES | {"instId": ETH}]})
    told = [each for each in desk.take(conn) if "event" in each]
    assert [each["event"] for each in told] == ["subscribe", "error", "subscribe"]


def test_an_ended_subscription_says_no_more(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "trade")
    desk.wait(3000)
    assert desk.hear(conn, "trade")
    assert desk.reply(conn, {"op": "unsubscribe", "args": [TRADES]}) == {"event": "unsubscribe", "arg": TRADES}
    desk.wait(3000)
    assert desk.take(conn) == []


def test_what_cannot_be_read_is_refused_and_the_socket_goes_on(desk: Desk) -> None:
    conn = desk.open()
    for data, code in (
        (b"{", 30002),
        (b"PING", 30002),
        (b'{"op":"subscribe","args":["trade"]}', 30002),
        (b'{"op":"dance","args":[]}', 30003),
        (b'{"op":"subscribe","args":[]}', 30016),
    ):
        assert desk.reply(conn, data)["code"] == code
    assert desk.reply(conn, b"ping") == "pong"


def test_a_request_names_channels_of_at_most_4096_bytes(desk: Desk) -> None:
    conn = desk.open()
    assert desk.reply(conn, {"op": "subscribe", "args": [TRADES] * 100})["code"] == 30016


def test_more_than_ten_messages_in_a_second_end_a_socket(desk: Desk) -> None:
    conn = desk.open()
    for _ in range(10):
        desk.say(conn, b"ping")
    assert conn not in desk.ended
    desk.say(conn, b"ping")
    assert desk.take(conn)[-1]["code"] == 30007
    assert conn in desk.ended


def test_a_socket_may_subscribe_so_often_in_an_hour_and_have_so_many_channels() -> None:
    desk = sleepy(Limits(subscriptions_per_hour=2))
    conn = desk.open()
    for _ in range(2):
        assert desk.reply(conn, {"op": "subscribe", "args": [TRADES]})["event"] == "subscribe"
    assert desk.reply(conn, {"op": "unsubscribe", "args": [TRADES]})["code"] == 30006
    desk = sleepy(Limits(channels=1))
    conn = desk.open()
    desk.say(conn, {"op": "subscribe", "args": [TRADES, TRADES | {"instId": ETH}]})
    assert [each.get("code") for each in desk.take(conn) if "event" in each] == [None, 30006]


def test_a_socket_that_is_gone_is_told_nothing(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "ticker")
    desk.hang_up(conn)
    desk.wait(2000)
    assert desk.take(conn) == []


SHARED = sleepy(Limits(messages_per_second=1_000_000))
CONN = SHARED.login()


@given(st.binary(max_size=60))
def test_any_frame_is_survived(data: bytes) -> None:
    SHARED.say(CONN, data)
    assert CONN not in SHARED.ended
