"""Public channels: what they say, how often, and only to whom wants it."""

from itertools import pairwise
from typing import Any

import pytest

from tests.sansio_exchange.simulation.gate.desk import BTC, ETH, START_MS, Desk

MINUTE_MS = 60_000


def results(desk: Desk, conn: int, milliseconds: int) -> list[Any]:
    """What a socket's one channel brings within so much time."""
    desk.wait(milliseconds)
    return [each["result"] for each in desk.take(conn)]


def test_trades_are_signed_by_their_taker(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "futures.trades", BTC, ETH)
    rows = [row for result in results(desk, conn, 5_000) for row in result]
    assert {row["contract"] for row in rows} == {BTC, ETH}
    assert {row["size"] > 0 for row in rows} == {True, False}
    listed = desk.get("futures/usdt/trades", contract=BTC)
    mine = [row for row in rows if row["contract"] == BTC]
    assert [(row["id"], row["size"], row["price"]) for row in listed[: len(mine)]] == [
        (row["id"], row["size"], row["price"]) for row in reversed(mine)
    ]
    assert all(row["create_time_ms"] // 1000 == row["create_time"] for row in rows)


def test_best_prices_are_those_of_the_book(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "futures.book_ticker", BTC)
    rows = results(desk, conn, 3_000)
    book = desk.get("futures/usdt/order_book", contract=BTC, limit=1)
    newest = rows[-1]
    assert (newest["b"], newest["B"]) == (book["bids"][0]["p"], book["bids"][0]["s"])
    assert (newest["a"], newest["A"], newest["s"]) == (book["asks"][0]["p"], book["asks"][0]["s"], BTC)
    assert [row["u"] for row in rows] == sorted({row["u"] for row in rows})


def test_tickers_come_once_a_second(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "futures.tickers", BTC)
    rows = results(desk, conn, 10_000)
    assert 9 <= len(rows) <= 11
    ((newest,),) = rows[-1:]
    assert newest["contract"] == BTC
    assert newest.keys() == desk.get("futures/usdt/tickers", contract=BTC)[0].keys()


def test_a_snapshot_and_the_changes_after_it_make_the_book(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "futures.order_book_update", BTC, "100ms", "100")
    desk.wait(350)
    snapshot = desk.get("futures/usdt/order_book", contract=BTC, limit=1000, with_id="true")
    desk.wait(3_050)
    book = {side: {row["p"]: row["s"] for row in snapshot[side]} for side in ("bids", "asks")}
    changes = [each["result"] for each in desk.take(conn)]
    assert all(after["U"] == before["u"] + 1 for before, after in pairwise(changes))
    newer = [each for each in changes if each["u"] > snapshot["id"]]
    assert newer[0]["U"] <= snapshot["id"] + 1 <= newer[0]["u"]
    for change in newer:
        for side, rows in (("bids", change["b"]), ("asks", change["a"])):
            book[side] |= {row["p"]: row["s"] for row in rows}
    left = {side: {price: size for price, size in levels.items() if size} for side, levels in book.items()}
    now = desk.get("futures/usdt/order_book", contract=BTC, limit=1000)
    assert left == {side: {row["p"]: row["s"] for row in now[side]} for side in ("bids", "asks")}


@pytest.mark.parametrize("interval", ["1m", "5m", "7d"])
def test_candles_are_those_of_rest(desk: Desk, interval: str) -> None:
    conn = desk.open()
    desk.subscribe(conn, "futures.candlesticks", interval, BTC)
    ((row,),) = results(desk, conn, 5_000)[-1:]
    desk.jump(0)
    assert (row["n"], row["t"] * 1000 <= desk.now_ms) == (f"{interval}_{BTC}", True)
    newest = desk.get("futures/usdt/candlesticks", contract=BTC, interval=interval, limit=1)[0]
    assert newest["t"] == row["t"]
    assert newest["o"] == row["o"]
    assert float(newest["v"]) >= float(row["v"])


def test_the_end_of_a_candle_is_told_at_once(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "futures.candlesticks", "1m", BTC)
    end_ms = START_MS - START_MS % MINUTE_MS + 2 * MINUTE_MS
    rows = [row for result in results(desk, conn, end_ms - START_MS + 5_000) for row in result]
    closed_t = end_ms // 1000 - 60
    last = [row for row in rows if row["t"] == closed_t][-1]
    rest = desk.get("futures/usdt/candlesticks", contract=BTC, interval="1m", limit=3)
    (told,) = (row for row in rest if row["t"] == closed_t)
    assert {name: told[name] for name in "ohlcv"} == {name: last[name] for name in "ohlcv"}


def test_who_unsubscribes_hears_nothing(desk: Desk) -> None:
    conn, other = desk.open(), desk.open()
    topics = (("futures.trades", BTC), ("futures.order_book_update", BTC, "100ms"), ("futures.candlesticks", "1m", BTC))
    for each in (conn, other):
        for channel, *payload in topics:
            desk.subscribe(each, channel, *payload)
    for channel, *payload in topics:
        answer = desk.subscribe(conn, channel, *payload, event="unsubscribe")
        assert (answer["event"], answer["result"]) == ("unsubscribe", {"status": "success"})
    assert results(desk, conn, 2_000) == []
    assert results(desk, other, 2_000) != []
