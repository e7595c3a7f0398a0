"""Public channels: trades, tickers, books, candles."""

import itertools
from binascii import crc32
from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.simulation.bitget.public_streams import checksum
from tests.sansio_exchange.simulation.bitget.desk import BTC, START_MS, Desk, market_order, sleepy_venue


def listening(desk: Desk, channel: str) -> tuple[int, list[Any]]:
    """A socket with one channel, and what it said first."""
    conn = desk.open()
    _, *first = desk.subscribe(conn, channel)
    return conn, first


def test_trades_begin_with_the_newest_and_go_on_as_they_happen(desk: Desk) -> None:
    desk.wait(3000)
    conn, (first,) = listening(desk, "trade")
    assert first["action"] == "snapshot"
    ids = [int(each["tradeId"]) for each in first["data"]]
    assert ids == sorted(ids, reverse=True)
    desk.place(**market_order(size="0.001"))
    told = desk.hear(conn, "trade")
    assert {each["action"] for each in told} == {"update"}
    (row,) = told[-1]["data"]
    assert int(row["tradeId"]) > ids[0]
    assert (row["side"], told[-1]["ts"]) == ("buy", desk.now_ms)


def test_a_ticker_is_told_at_most_every_300_milliseconds(desk: Desk) -> None:
    conn, (first,) = listening(desk, "ticker")
    row = first["data"][0]
    assert (row["instId"], row["symbol"], row["symbolType"]) == (BTC, BTC, 1)
    assert int(row["nextFundingTime"]) > desk.now_ms
    desk.wait(3000)
    times = [each["ts"] for each in desk.hear(conn, "ticker")]
    assert len(times) >= 5
    assert all(later - earlier >= 300 for earlier, later in itertools.pairwise(times))


def test_a_book_is_kept_by_its_changes_and_their_checksum(desk: Desk) -> None:
    conn, (first,) = listening(desk, "books")
    assert first["action"] == "snapshot"
    book = {side: dict(first["data"][0][side]) for side in ("bids", "asks")}
    number = first["data"][0]["seq"]
    desk.wait(3000)
    updates = desk.hear(conn, "books")
    assert len(updates) > 5
    for update in updates:
        assert update["action"] == "update"
        (row,) = update["data"]
        assert row["seq"] > number
        number = row["seq"]
        for side in ("bids", "asks"):
            for price, size in row[side]:
                if Decimal(size):
                    book[side][price] = size
                else:
                    del book[side][price]
        bids = sorted(book["bids"].items(), key=lambda level: -Decimal(level[0]))[:25]
        asks = sorted(book["asks"].items(), key=lambda level: Decimal(level[0]))[:25]
        text = ":".join(f"{':'.join(bid)}:{':'.join(ask)}" for bid, ask in zip(bids, asks, strict=True))
        assert row["checksum"] % (1 << 32) == crc32(text.encode())
        assert -(1 << 31) <= row["checksum"] < 1 << 31


def test_a_second_reader_of_a_book_and_the_first_agree(desk: Desk) -> None:
    first, _ = listening(desk, "books")
    desk.wait(1040)
    second, (snapshot,) = listening(desk, "books")
    assert desk.hear(first, "books")[-1]["data"][0]["seq"] == snapshot["data"][0]["seq"]
    desk.wait(1000)
    assert desk.hear(first, "books") == desk.hear(second, "books")


def test_a_checksum_takes_the_sides_by_turns() -> None:
    """The examples of "Depth Channel"."""
    bids = [(Decimal("43231.1"), Decimal(4)), (Decimal(43231), Decimal(6))]
    asks = [(Decimal("43232.8"), Decimal(9)), (Decimal("43232.9"), Decimal(8))]
    assert checksum(bids, asks) % (1 << 32) == crc32(b"43231.1:4:43232.8:9:43231:6:43232.9:8")
    short = checksum([(Decimal("3366.1"), Decimal(7))], [(Decimal("3366.8"), Decimal(9)), (Decimal(3368), Decimal(2))])
    assert short % (1 << 32) == crc32(b"3366.1:7:3366.8:9:3368:2")


@pytest.mark.parametrize(("channel", "levels", "pace"), [("books1", 1, 10), ("books5", 5, 150), ("books15", 15, 150)])
def test_whole_books_are_told_only_when_they_change(desk: Desk, channel: str, levels: int, pace: int) -> None:
    conn, (first,) = listening(desk, channel)
    assert len(first["data"][0]["bids"]) == len(first["data"][0]["asks"]) == levels
    desk.wait(3000)
    told = [first, *desk.hear(conn, channel)]
    assert len(told) > 5
    assert {each["action"] for each in told} == {"snapshot"}
    for earlier, later in itertools.pairwise(told):
        assert later["ts"] - earlier["ts"] >= (pace if earlier is not first else 0)
        assert (later["data"][0]["bids"], later["data"][0]["asks"]) != (
            earlier["data"][0]["bids"],
            earlier["data"][0]["asks"],
        )


def test_a_candle_ends_with_the_next_one_beginning(desk: Desk) -> None:
    minute = 60_000
    conn, (first,) = listening(desk, "candle1m")
    assert len(first["data"]) == 100
    assert {len(row) for row in first["data"]} == {8}
    running = int(first["data"][-1][0])
    assert running == desk.now_ms // minute * minute
    desk.wait(minute)
    told = desk.hear(conn, "candle1m")
    assert {each["action"] for each in told} == {"update"}
    (turn,) = (each for each in told if len(each["data"]) == 2)
    assert [int(row[0]) for row in turn["data"]] == [running, running + minute]
    closed, begun = turn["data"]
    assert begun[1:5] == [closed[4]] * 4
    assert begun[5] == "0"
    later = [int(each["data"][-1][0]) for each in told[told.index(turn) :]]
    assert set(later) == {running + minute}, "nothing is said of a candle after its end"
    rest = desk.get("mix/market/history-candles", symbol=BTC, granularity="1m", limit=2)
    assert closed[:7] in rest


def test_a_candle_without_trades_is_told_when_it_begins() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    conn, _ = listening(desk, "candle1m")
    desk.wait(119_000)
    assert len([each for each in desk.hear(conn, "candle1m") if len(each["data"]) == 2]) == 2
