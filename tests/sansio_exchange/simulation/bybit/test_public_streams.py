"""Public topics."""

from itertools import pairwise
from typing import Any

import pytest

from tests.sansio_exchange.simulation.bybit.desk import BTC, START_MS, Desk, market_order, sleepy_venue

Book = dict[str, dict[str, str]]


def apply(book: Book, message: dict[str, Any]) -> None:
    """As the documentation says: 0 removes a level, everything else replaces or adds it."""
    for side in ("b", "a"):
        if message["type"] == "snapshot":
            book[side] = {}
        for price, quantity in message["data"][side]:
            if quantity == "0":
                del book[side][price]
            else:
                book[side][price] = quantity


@pytest.mark.parametrize("levels", [50, 200, 1000])
def test_snapshot_and_deltas_make_the_book(desk: Desk, levels: int) -> None:
    topic, conn = f"orderbook.{levels}.{BTC}", desk.open()
    book: Book = {}
    for message in desk.subscribe(conn, topic)[1:]:
        apply(book, message)
    for number in range(60):
        desk.place(price=str(94000 - number), qty="0.05")
    desk.wait(30_000)
    desk.wait_until_multiple(300)
    messages = desk.hear(conn, topic)
    for message in messages:
        assert message["type"] == "delta"
        apply(book, message)
    rest = desk.get("market/orderbook", symbol=BTC, limit=levels)
    assert book["b"] == dict(rest["b"])
    assert book["a"] == dict(rest["a"])
    numbers = [message["data"]["u"] for message in messages]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "no update is missing"


def test_a_second_reader_gets_a_snapshot_that_fits_what_follows(desk: Desk) -> None:
    topic, first, second = f"orderbook.50.{BTC}", desk.open(), desk.open()
    desk.subscribe(first, topic)
    desk.wait(1_005)
    desk.take(first)
    before = desk.subscribe(second, topic)[1]["data"]["u"]
    desk.wait(3_000)
    assert desk.hear(first, topic)[-1] == desk.hear(second, topic)[-1]
    assert before >= 1_000_000


def test_the_best_prices_are_told_as_snapshots_and_repeated(desk: Desk) -> None:
    topic, conn = f"orderbook.1.{BTC}", desk.open()
    desk.subscribe(conn, topic)
    desk.wait(60_000)
    messages = desk.hear(conn, topic)
    assert {message["type"] for message in messages} == {"snapshot"}
    assert all(len(message["data"][side]) == 1 for message in messages for side in ("b", "a"))
    times = [message["ts"] for message in messages]
    assert max(b - a for a, b in pairwise(times)) < 4_000
    rest = desk.get("market/orderbook", symbol=BTC, limit=1)
    assert (messages[-1]["data"]["b"], messages[-1]["data"]["a"]) == (rest["b"], rest["a"])


def test_a_repeated_best_price_has_the_same_number() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    conn = desk.open()
    first = desk.subscribe(conn, f"orderbook.1.{BTC}")[1]
    desk.wait(3_500)
    (again,) = desk.take(conn)
    assert (again["type"], again["data"]["u"]) == ("snapshot", first["data"]["u"])


def test_a_ticker_begins_whole_and_goes_on_with_what_changed(desk: Desk) -> None:
    topic, conn = f"tickers.{BTC}", desk.open()
    snapshot = desk.subscribe(conn, topic)[1]
    assert snapshot["type"] == "snapshot"
    row = dict(snapshot["data"])
    desk.wait(10_000)
    deltas = desk.hear(conn, topic)
    assert len(deltas) > 5
    times = [each["ts"] for each in deltas]
    assert min(b - a for a, b in pairwise(times)) >= 100
    for each in deltas:
        assert each["type"] == "delta"
        assert set(each["data"]) <= set(row)
        assert any(row[name] != value for name, value in each["data"].items())
        row |= each["data"]
    desk.wait(200)
    for each in desk.hear(conn, topic):
        row |= each["data"]
    (rest,) = desk.get("market/tickers", symbol=BTC)["list"]
    slow = ("symbol", "markPrice", "fundingRate", "nextFundingTime", "highPrice24h", "lowPrice24h", "prevPrice24h")
    assert {name: row[name] for name in slow} == {name: rest[name] for name in slow}


def test_trades_carry_the_id_that_rest_has(desk: Desk) -> None:
    topic, conn = f"publicTrade.{BTC}", desk.open()
    assert len(desk.subscribe(conn, topic)) == 1, "no snapshot"
    desk.wait(20_000)
    trades = [row for message in desk.hear(conn, topic) for row in message["data"]]
    rest = desk.get("market/recent-trade", symbol=BTC, limit=1000)["list"]
    assert [row["i"] for row in trades] == [row["execId"] for row in reversed(rest)]
    for before, after in pairwise(trades):
        change = float(after["p"]) - float(before["p"])
        word = "PlusTick" if change > 0 else "MinusTick" if change < 0 else after["L"]
        assert after["L"] == word
        assert change or after["L"].startswith("Zero")


def test_ones_own_trade_has_the_same_id_in_public(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, f"publicTrade.{BTC}")
    desk.place(**market_order())
    (message,) = desk.hear(conn, f"publicTrade.{BTC}")
    (fill,) = desk.rows("execution/list", symbol=BTC)
    (row,) = message["data"]
    assert (row["i"], row["p"], row["v"], row["S"]) == (fill["execId"], fill["execPrice"], fill["execQty"], "Buy")


def test_a_candle_is_confirmed_once(desk: Desk) -> None:
    topic, conn = f"kline.1.{BTC}", desk.open()
    first = desk.subscribe(conn, topic)[1]["data"][0]
    assert (first["confirm"], first["interval"], first["end"]) == (False, "1", first["start"] + 59_999)
    desk.wait(150_000)
    rows = [message["data"][0] for message in desk.hear(conn, topic)]
    closed = [row for row in rows if row["confirm"]]
    assert [row["start"] for row in closed] == [first["start"] + each * 60_000 for each in range(len(closed))]
    assert len(closed) >= 2
    rest = {row[0]: row for row in desk.get("market/kline", symbol=BTC, interval="1", limit=5)["list"]}
    for row in closed:
        told = [row["open"], row["high"], row["low"], row["close"], row["volume"], row["turnover"]]
        assert rest[str(row["start"])][1:] == told


def test_nothing_is_paced_that_nobody_reads(desk: Desk) -> None:
    conn = desk.open()
    topics = [f"orderbook.50.{BTC}", f"orderbook.1.{BTC}", f"tickers.{BTC}", f"kline.1.{BTC}"]
    desk.subscribe(conn, *topics)
    desk.hang_up(conn)
    desk.wait(5_000)
    again = desk.open()
    assert [each.get("topic") for each in desk.subscribe(again, *topics)][1:] == topics
