"""Public answers."""

import itertools
import json

import pytest

from sansio_exchange.market import INTERVALS_MS
from sansio_exchange.simulation.bitget.market_data import BARS
from tests.sansio_exchange.simulation.bitget.desk import BTC, START_MS, Desk, market_order, refused, sleepy_venue


def test_contracts_tell_steps_as_decimals_and_multiples(desk: Desk) -> None:
    rows = {each["symbol"]: each for each in desk.get("mix/market/contracts")}
    assert len(rows) == 6
    btc, bnb = rows[BTC], rows["BNBUSDT"]
    assert (btc["pricePlace"], btc["priceEndStep"], btc["volumePlace"], btc["sizeMultiplier"]) == (
        "1",
        "1",
        "4",
        "0.0001",
    )
    assert (btc["symbolType"], btc["symbolStatus"], btc["supportMarginCoins"]) == ("perpetual", "normal", ["USDT"])
    assert (bnb["pricePlace"], bnb["priceEndStep"]) == ("2", "5")
    assert desk.get("mix/market/contracts", symbol="btcusdt") == [btc]
    assert desk.get("mix/market/contracts", productType="coin-futures") == []
    assert desk.get("spot/public/symbols") == []


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("contracts", "", "40019"),
        ("contracts", "productType=nope", "40020"),
        ("contracts", "productType=usdt-futures&symbol=NOPE", "40034"),
        ("ticker", "productType=usdt-futures", "40019"),
        ("ticker", "productType=coin-futures&symbol=BTCUSDT", "40034"),
        ("candles", "productType=usdt-futures&symbol=BTCUSDT", "40019"),
        ("candles", "productType=usdt-futures&symbol=BTCUSDT&granularity=7m", "40020"),
        ("candles", "productType=usdt-futures&symbol=BTCUSDT&granularity=1m&limit=1001", "40020"),
        ("candles", "productType=usdt-futures&symbol=BTCUSDT&granularity=1m&kLineType=MARK", "40805"),
        ("candles", "productType=usdt-futures&symbol=BTCUSDT&granularity=1m&startTime=1&endTime=1" + "0" * 13, "40705"),
        ("history-candles", "productType=usdt-futures&symbol=BTCUSDT&granularity=1m&limit=201", "40020"),
        ("merge-depth", "productType=usdt-futures&symbol=BTCUSDT&limit=20", "40020"),
        ("merge-depth", "productType=usdt-futures&symbol=BTCUSDT&precision=scale1", "40805"),
        ("fills", "productType=usdt-futures&symbol=BTCUSDT&limit=101", "40020"),
    ],
)
def test_what_cannot_be_asked_is_refused(desk: Desk, path: str, query: str, code: str) -> None:
    assert refused(desk.send("GET", f"/api/v2/mix/market/{path}", query)) == (400, code)


def test_the_time_is_the_venues(desk: Desk) -> None:
    assert desk.get("public/time") == {"serverTime": str(desk.now_ms)}


def test_levels_of_a_book_are_numbers(desk: Desk) -> None:
    book = desk.get("mix/market/merge-depth", symbol=BTC, limit="5")
    assert len(book["bids"]) == len(book["asks"]) == 5
    assert all(isinstance(each, float | int) for level in book["bids"] for each in level)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert len(desk.get("mix/market/merge-depth", symbol=BTC, limit="max")["bids"]) > 5


def test_tickers_tell_prices_funding_and_open_interest(desk: Desk) -> None:
    rows = desk.get("mix/market/tickers")
    assert len(rows) == 6
    (ticker,) = desk.get("mix/market/ticker", symbol=BTC)
    assert float(ticker["bidPr"]) < float(ticker["askPr"])
    assert float(ticker["low24h"]) <= float(ticker["lastPr"]) <= float(ticker["high24h"])
    assert float(ticker["change24h"]) == pytest.approx(float(ticker["lastPr"]) / float(ticker["open24h"]) - 1, abs=1e-5)
    (price,) = desk.get("mix/market/symbol-price", symbol=BTC)
    assert float(price["markPrice"]) == pytest.approx(float(ticker["markPrice"]), rel=0.01)
    interest = desk.get("mix/market/open-interest", symbol=BTC)
    assert float(interest["openInterestList"][0]["size"]) > 0


def test_candles_are_told_oldest_first_the_running_one_last(desk: Desk) -> None:
    rows = desk.get("mix/market/candles", symbol=BTC, granularity="5m", limit=4)
    times = [int(each[0]) for each in rows]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [300_000] * 3
    assert times[-1] == desk.now_ms // 300_000 * 300_000
    assert {len(each) for each in rows} == {7}, "nothing says whether a candle is closed"
    past = desk.get("mix/market/history-candles", symbol=BTC, granularity="5m", limit=4)
    assert past == rows[:-1]


def test_a_span_of_candles_begins_within_and_ends_before(desk: Desk) -> None:
    minute = 60_000
    end = desk.now_ms // minute * minute
    params = {"symbol": BTC, "granularity": "1m", "startTime": end - 3 * minute + 1, "endTime": end}
    rows = desk.get("mix/market/candles", **params)
    assert [int(each[0]) for each in rows] == [end - 3 * minute, end - 2 * minute, end - minute]
    newest = desk.get("mix/market/candles", limit=1, **params)
    assert [int(each[0]) for each in newest] == [end - minute]


@pytest.mark.parametrize("bar", BARS)
def test_every_granularity_is_served(desk: Desk, bar: str) -> None:
    rows = desk.get("mix/market/candles", symbol=BTC, granularity=bar, limit=2)
    assert int(rows[1][0]) - int(rows[0][0]) == INTERVALS_MS[BARS[bar]]


def test_trades_are_told_newest_first(desk: Desk) -> None:
    desk.place(**market_order())
    newest = desk.get("mix/market/fills", symbol=BTC, limit=3)
    history = desk.get("mix/market/fills-history", symbol=BTC)
    assert [int(each["tradeId"]) for each in history] == sorted(
        (int(each["tradeId"]) for each in history), reverse=True
    )
    assert {each["side"] for each in newest} <= {"buy", "sell"}
    assert {each["side"] for each in history} <= {"Buy", "Sell"}
    older = desk.get("mix/market/fills-history", symbol=BTC, idLessThan=history[0]["tradeId"])
    assert history[0]["tradeId"] not in {each["tradeId"] for each in older}


def test_funding_is_told_now_next_and_past() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    (now,) = desk.get("mix/market/current-fund-rate", symbol=BTC)
    (time,) = desk.get("mix/market/funding-time", symbol=BTC)
    assert now["nextUpdate"] == time["nextFundingTime"]
    assert int(now["nextUpdate"]) > desk.now_ms
    assert len(desk.get("mix/market/current-fund-rate")) == 2, "of all, where no symbol is named"
    pages = [desk.get("mix/market/history-fund-rate", symbol=BTC, pageSize=5, pageNo=number) for number in (1, 2)]
    times = [int(each["fundingTime"]) for page in pages for each in page]
    assert len(times) == 10
    assert times == sorted(times, reverse=True)
    assert len(desk.get("mix/market/history-fund-rate", symbol=BTC)) == 20


def test_an_answer_says_when_it_was_given(desk: Desk) -> None:
    body = json.loads(desk.send("GET", "/api/v2/public/time").body)
    assert (body["code"], body["msg"], body["requestTime"]) == ("00000", "success", desk.now_ms)
