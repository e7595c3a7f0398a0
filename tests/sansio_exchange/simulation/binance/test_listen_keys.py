"""Listen keys: one per account, an hour each, told when over."""

import json

from tests.sansio_exchange.simulation.binance.desk import KEY, START_MS, Desk, refused, sleepy_venue

HOUR_MS = 3_600_000
HEADERS = {"x-mbx-apikey": KEY}
PATH = "/fapi/v1/listenKey"


def start(desk: Desk) -> str:
    return str(json.loads(desk.send("POST", PATH, headers=HEADERS).body)["listenKey"])


def test_asking_again_gives_the_same_key(desk: Desk) -> None:
    key = start(desk)
    assert len(key) == 64
    assert start(desk) == key


def test_a_key_needs_an_account_and_no_signature(desk: Desk) -> None:
    assert refused(desk.send("POST", PATH)) == (401, -2014)
    assert refused(desk.send("POST", PATH, headers={"x-mbx-apikey": "stranger"})) == (401, -2015)


def test_only_a_living_key_is_extended(desk: Desk) -> None:
    assert refused(desk.send("PUT", PATH, headers=HEADERS)) == (400, -1125)
    assert refused(desk.send("DELETE", PATH, headers=HEADERS)) == (400, -1125)
    start(desk)
    assert desk.send("PUT", PATH, headers=HEADERS).status == 200


def test_an_hour_after_the_last_extension_the_stream_says_that_it_is_over() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    key = start(desk)
    conn = desk.open(f"/ws/{key}")
    desk.jump(HOUR_MS - 1)
    desk.send("PUT", PATH, headers=HEADERS)
    desk.jump(HOUR_MS - 1)
    assert desk.take(conn) == []
    desk.wait(1)
    (event,) = desk.take(conn)
    assert (event["e"], event["listenKey"]) == ("listenKeyExpired", key)
    desk.place()
    assert desk.take(conn) == []
    assert start(desk) != key


def test_a_closed_key_is_over_at_once(desk: Desk) -> None:
    conn = desk.listen()
    assert desk.send("DELETE", PATH, headers=HEADERS).status == 200
    assert [each["e"] for each in desk.take(conn)] == ["listenKeyExpired"]
