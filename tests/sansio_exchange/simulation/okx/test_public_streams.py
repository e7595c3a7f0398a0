"""Public channels say what happens, at their pace."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.sansio_exchange.simulation.okx.desk import BTC, START_MS, Desk, market_order


def rows(messages: list[Any]) -> list[Any]:
    return [row for each in messages for row in each["data"]]


def test_every_trade_is_told_once(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "trades", instId=BTC)
    desk.wait(10_000)
    told = rows(desk.hear(conn, "trades"))
    known = desk.get("market/trades", instId=BTC, limit=500)
    assert [each["tradeId"] for each in told] == [each["tradeId"] for each in reversed(known)]
    assert {**known[0], "count": "1"} == told[-1]


def test_best_prices_are_told_on_every_change(desk: Desk) -> None:
    conn = desk.open()
    acknowledged, first = desk.subscribe(conn, "bbo-tbt", instId=BTC)
    assert acknowledged["event"] == "subscribe"
    desk.wait(5_000)
    told = [first["data"][0], *rows(desk.hear(conn, "bbo-tbt"))]
    numbers = [each["seqId"] for each in told]
    assert numbers == sorted(set(numbers))
    (book,) = desk.get("market/books", instId=BTC)
    assert (told[-1]["bids"], told[-1]["asks"]) == (book["bids"], book["asks"])


def test_tickers_come_ten_times_a_second_at_most_and_end_with_the_newest(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "tickers", instId=BTC)
    desk.wait(5_000)
    told = rows(desk.hear(conn, "tickers"))
    times = [int(each["ts"]) for each in told]
    assert all(later - earlier >= 100 for earlier, later in pairwise(times))
    desk.wait(100)
    told += rows(desk.hear(conn, "tickers"))
    (now,) = desk.get("market/ticker", instId=BTC)
    assert {**told[-1], "ts": ""} == {**now, "ts": ""}


class Follower:
    """Keeps a book from a snapshot and the updates after it."""

    def __init__(self, snapshot: Any) -> None:
        assert snapshot["action"] == "snapshot"
        (state,) = snapshot["data"]
        self.number = state["seqId"]
        self.sides = sides(state)

    def take(self, message: Any) -> None:
        assert message["action"] == "update"
        (update,) = message["data"]
        assert update["prevSeqId"] == self.number
        self.number = update["seqId"]
        for name, side in self.sides.items():
            side |= sides(update)[name]
            self.sides[name] = {price: size for price, size in side.items() if size != "0"}


def sides(state: Any) -> dict[str, dict[str, str]]:
    return {name: {level[0]: level[1] for level in state[name]} for name in ("bids", "asks")}


@pytest.mark.parametrize("delay_ms", [0, 30, 470])
def test_a_book_kept_from_snapshot_and_updates_is_the_book(desk: Desk, delay_ms: int) -> None:
    early = desk.open()
    first = Follower(desk.subscribe(early, "books", instId=BTC)[1])
    desk.wait(delay_ms)
    desk.act("trade/order", market_order(sz="200"))
    late = desk.open()
    second = Follower(desk.subscribe(late, "books", instId=BTC)[1])
    for message in desk.hear(early, "books"):
        first.take(message)
    assert (first.number, first.sides) == (second.number, second.sides), "the snapshot is the book of its number"
    desk.act("trade/order", market_order(sz="200"))
    desk.wait(3000 - desk.now_ms % 1000)
    for conn, follower in ((early, first), (late, second)):
        for message in desk.hear(conn, "books"):
            follower.take(message)
        assert follower.sides == sides(desk.get("market/books", instId=BTC, sz=400)[0])


def test_five_levels_come_whole_and_only_when_they_changed(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "books5", instId=BTC)
    desk.wait(3_000)
    told = rows(desk.hear(conn, "books5"))
    assert 5 < len(told) <= 30
    assert all(len(each["bids"]) == len(each["asks"]) == 5 for each in told)
    shown = [(each["bids"], each["asks"]) for each in told]
    assert all(earlier != later for earlier, later in pairwise(shown))


def test_candles_run_and_close(desk: Desk) -> None:
    desk.wait(60_000 - desk.now_ms % 60_000 - 5_000)
    conn = desk.open("business")
    desk.subscribe(conn, "candle1m", instId=BTC)
    desk.wait(10_000)
    told = rows(desk.hear(conn, "candle1m"))
    closed = [each for each in told if each[8] == "1"]
    assert len(closed) == 1
    assert [each[8] for each in told[: told.index(closed[0])]] == ["0"] * told.index(closed[0])
    assert closed == desk.get("market/candles", instId=BTC, limit=2)[1:]


def test_mark_prices_and_index_prices_come_every_second(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "mark-price", instId=BTC)
    desk.subscribe(conn, "index-tickers", instId="BTC-USDT")
    desk.wait(3_000)
    messages = desk.take(conn)
    assert [each["arg"]["channel"] for each in messages] == ["mark-price", "index-tickers"] * 3
    assert desk.get("public/mark-price", instType="SWAP", instId=BTC) == messages[-2]["data"]


def test_open_interest_and_funding_rates_come_seldom(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "open-interest", instId=BTC)
    _, first = desk.subscribe(conn, "funding-rate", instId=BTC)
    assert Decimal(first["data"][0]["fundingRate"])
    desk.wait(120_000)
    messages = desk.take(conn)
    told = [each["arg"]["channel"] for each in messages]
    assert (told.count("open-interest"), told.count("funding-rate")) == (40, 2)


def test_the_last_reader_of_a_channel_ends_it() -> None:
    desk = Desk()
    first, second = desk.open("business"), desk.open("business")
    for conn in (first, second):
        desk.subscribe(conn, "candle1m", instId=BTC)
    desk.hang_up(first)
    desk.wait(2_000)
    assert desk.hear(second, "candle1m")
    desk.say(second, {"op": "unsubscribe", "args": [{"channel": "candle1m", "instId": BTC}]})
    desk.take(second)
    desk.wait(2_000)
    assert desk.take(second) == []
    assert desk.now_ms == START_MS + 4_000
