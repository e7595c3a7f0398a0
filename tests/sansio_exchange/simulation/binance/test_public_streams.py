"""Public streams say what REST says, when it happens or at their pace."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from msgspec import structs

from sansio_exchange.machine import Tick
from sansio_exchange.simulation.happenings import CandleChanged
from tests.sansio_exchange.simulation.binance.desk import Desk, market_order

BTC = {"symbol": "BTCUSDT"}


def listen(desk: Desk, stream: str, milliseconds: int) -> list[Any]:
    conn = desk.open(f"/ws/{stream}")
    desk.wait(milliseconds)
    return desk.take(conn)


def test_a_trade_goes_out_at_once_on_both_trade_streams(desk: Desk) -> None:
    conn = desk.open("/ws/btcusdt@aggTrade/btcusdt@trade")
    desk.call("POST", "v1/order", **market_order())
    aggregated, single = desk.take(conn)
    (listed,) = desk.get("v1/aggTrades", limit=1, **BTC)
    assert {name: aggregated[name] for name in listed} == listed
    assert (aggregated["e"], aggregated["s"]) == ("aggTrade", "BTCUSDT")
    assert (single["e"], single["t"], single["p"], single["m"]) == ("trade", listed["a"], listed["p"], False)


def test_book_tickers_follow_the_best_prices(desk: Desk) -> None:
    one, every = desk.open("/public/ws/btcusdt@bookTicker"), desk.open("/public/ws/!bookTicker")
    desk.wait(2000)
    own = desk.take(one)
    assert own == [each for each in desk.take(every) if each["s"] == "BTCUSDT"]
    best = desk.get("v1/ticker/bookTicker", **BTC)
    newest = own[-1]
    assert [newest["b"], newest["B"], newest["a"], newest["A"]] == [
        best["bidPrice"],
        best["bidQty"],
        best["askPrice"],
        best["askQty"],
    ]


def test_mark_prices_come_every_second_or_every_third(desk: Desk) -> None:
    fast = desk.open("/market/ws/btcusdt@markPrice@1s")
    slow = desk.open("/market/ws/btcusdt@markPrice")
    desk.wait(6000)
    events = desk.take(fast)
    assert len(events) == 6
    assert desk.take(slow) == [each for each in events if each["E"] % 3000 == 0]
    now = desk.get("v1/premiumIndex", **BTC)
    newest = events[-1]
    assert (newest["p"], newest["r"], newest["T"]) == (now["markPrice"], now["lastFundingRate"], now["nextFundingTime"])


def test_all_mark_prices_come_as_one_message(desk: Desk) -> None:
    messages = listen(desk, "!markPrice@arr@1s", 2000)
    assert [len(each) for each in messages] == [6, 6]
    assert [len(each) for each in listen(desk, "!markPrice@arr", 3000)] == [6]


def test_a_candle_runs_and_closes_once(desk: Desk) -> None:
    start_ms = desk.now_ms
    events = listen(desk, "btcusdt@kline_1m", 61_000)
    closed = [each["k"] for each in events if each["k"]["x"]]
    assert len(closed) == 1
    (candle,) = closed
    assert candle["t"] == start_ms - start_ms % 60_000
    (row,) = desk.get("v1/klines", interval="1m", startTime=candle["t"], limit=1, **BTC)
    assert row[:6] == [candle["t"], candle["o"], candle["h"], candle["l"], candle["c"], candle["v"]]
    assert row[8] == candle["n"]
    before = [each["k"] for each in events if each["k"]["t"] == candle["t"]]
    assert before[-1] is candle, "nothing comes after the end of a candle"
    volumes = [Decimal(each["v"]) for each in before]
    assert volumes == sorted(volumes)


@pytest.mark.parametrize("is_closed", [False, True])
def test_the_end_of_a_candle_does_not_wait_its_turn(desk: Desk, is_closed: bool) -> None:
    conn = desk.open("/ws/btcusdt@kline_1m")
    trade = market_order()
    desk.call("POST", "v1/order", **trade)
    assert len(desk.take(conn)) == 1
    rows = desk.machine._exchange.candles("BTCUSDT", "1m", 1)  # type: ignore[attr-defined]  # Binance's machine
    candle, trades, volume = rows[0]
    change = CandleChanged(structs.replace(candle, is_closed=is_closed), trades, volume)
    desk.machine._exchange._engine.happenings.append(change)  # type: ignore[attr-defined]  # what only time makes
    desk.now_ms += 1
    desk.feed(Tick())
    assert [each["k"]["x"] for each in desk.take(conn)] == [True] * is_closed


def test_candles_come_four_times_a_second_at_most(desk: Desk) -> None:
    times = [each["E"] for each in listen(desk, "btcusdt@kline_5m", 20_000)]
    assert len(times) > 10
    assert all(later - earlier >= 250 for earlier, later in pairwise(times))


def test_continuous_candles_are_the_same(desk: Desk) -> None:
    plain = desk.open("/ws/btcusdt@kline_1m")
    continuous = desk.open("/ws/btcusdt_perpetual@continuousKline_1m")
    desk.wait(3000)
    first, second = desk.take(plain)[-1], desk.take(continuous)[-1]
    assert (second["e"], second["ps"], second["ct"]) == ("continuous_kline", "BTCUSDT", "PERPETUAL")
    assert {**second["k"], "s": "BTCUSDT"} == first["k"]


@pytest.mark.parametrize("kind", ["ticker", "miniTicker"])
def test_tickers_come_each_second_alone_or_together(desk: Desk, kind: str) -> None:
    one, every = desk.open(f"/ws/btcusdt@{kind}"), desk.open(f"/ws/!{kind}@arr")
    desk.wait(2000)
    own, arrays = desk.take(one), desk.take(every)
    assert len(own) == len(arrays) == 2
    assert own == [each for array in arrays for each in array if each["s"] == "BTCUSDT"]
    day = desk.get("v1/ticker/24hr", **BTC)
    assert (own[-1]["c"], own[-1]["h"], own[-1]["v"]) == (day["lastPrice"], day["highPrice"], day["volume"])


def test_nothing_is_computed_for_streams_that_nobody_reads(desk: Desk) -> None:
    conn = desk.open("/ws/btcusdt@depth@100ms/btcusdt@ticker/btcusdt@kline_1m")
    desk.hang_up(conn)
    desk.wait(1000)
    deadline = desk.machine.deadline()
    other = Desk()
    other.wait(1000)
    assert deadline == other.machine.deadline()
