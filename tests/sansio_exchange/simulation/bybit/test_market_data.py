"""Public answers."""

import pytest

from tests.sansio_exchange.simulation.bybit.desk import BTC, ETH, START_MS, Desk

MINUTE_MS = 60_000


def test_the_time(desk: Desk) -> None:
    assert desk.get("market/time") == {"timeSecond": "1700000000", "timeNano": "1700000000000000000"}


def test_instruments(desk: Desk) -> None:
    rows = desk.get("market/instruments-info")["list"]
    assert [row["symbol"] for row in rows][:2] == [BTC, ETH]
    btc = rows[0]
    assert btc["priceFilter"] == {"minPrice": "0.10", "maxPrice": "199999.80", "tickSize": "0.10"}
    assert btc["lotSizeFilter"]["qtyStep"] == "0.001"
    assert btc["lotSizeFilter"]["minNotionalValue"] == "5"
    assert (btc["status"], btc["contractType"], btc["settleCoin"]) == ("Trading", "LinearPerpetual", "USDT")
    assert desk.get("market/instruments-info", symbol=ETH)["list"] == [rows[1]]
    assert desk.get("market/instruments-info", baseCoin="ETH")["list"] == [rows[1]]
    assert desk.get("market/instruments-info", status="PreLaunch")["list"] == []
    assert desk.get("market/instruments-info", cursor="more")["list"] == []


@pytest.mark.parametrize("category", ["spot", "inverse", "option"])
def test_of_other_products_nothing_is_listed(desk: Desk, category: str) -> None:
    assert desk.get("market/instruments-info", category=category) == {
        "category": category,
        "list": [],
        "nextPageCursor": "",
    }
    assert desk.get("market/tickers", category=category)["list"] == []


def test_tickers(desk: Desk) -> None:
    desk.wait(5000)
    (row,) = desk.get("market/tickers", symbol=BTC)["list"]
    assert float(row["bid1Price"]) < float(row["ask1Price"])
    assert float(row["lowPrice24h"]) <= float(row["lastPrice"]) <= float(row["highPrice24h"])
    change = float(row["lastPrice"]) / float(row["prevPrice24h"]) - 1
    assert float(row["price24hPcnt"]) == pytest.approx(change, abs=1e-6)
    assert int(row["nextFundingTime"]) > desk.now_ms
    assert len(desk.get("market/tickers")["list"]) == 6


def test_a_book(desk: Desk) -> None:
    row = desk.get("market/orderbook", symbol=BTC, limit=5)
    assert (row["s"], len(row["b"]), len(row["a"]), row["ts"]) == (BTC, 5, 5, desk.now_ms)
    assert float(row["b"][0][0]) < float(row["a"][0][0])
    assert len(desk.get("market/orderbook", symbol=BTC)["b"]) == 25


def test_candles_come_newest_first(desk: Desk) -> None:
    def starts(**params: object) -> list[int]:
        rows = desk.get("market/kline", symbol=BTC, interval="1", **params)["list"]
        return [int(row[0]) for row in rows]

    newest = START_MS // MINUTE_MS * MINUTE_MS
    assert starts(limit=3) == [newest, newest - MINUTE_MS, newest - 2 * MINUTE_MS]
    assert len(starts()) == 200
    assert len(starts(limit=1000)) == 1000
    old = newest - 100 * MINUTE_MS
    assert starts(start=old, limit=2) == [old + MINUTE_MS, old], "from the start on"
    assert starts(start=old, end=newest, limit=2) == [newest, newest - MINUTE_MS], "up to the end"
    assert starts(end=old, limit=1) == [old]
    assert starts(start=old, end=old + MINUTE_MS) == [old + MINUTE_MS, old]


@pytest.mark.parametrize("interval", ["1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D", "W"])
def test_every_interval_is_there(desk: Desk, interval: str) -> None:
    (row,) = desk.get("market/kline", symbol=BTC, interval=interval, limit=1)["list"]
    assert len(row) == 7
    assert all(isinstance(each, str) for each in row)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("market/kline", {"interval": "1m"}),
        ("market/kline", {}),
        ("market/kline", {"interval": "1", "limit": "1001"}),
        ("market/kline", {"interval": "1", "symbol": "BTCUSD"}),
        ("market/kline", {"interval": "1", "category": "spot"}),
        ("market/orderbook", {"limit": "1001"}),
        ("market/funding/history", {"startTime": "1"}),
        ("market/funding/history", {"limit": "201"}),
        ("market/open-interest", {"intervalTime": "2h"}),
        ("market/recent-trade", {"limit": "0"}),
        ("market/tickers", {"category": "futures"}),
        ("market/tickers", {"symbol": "btcusdt"}),
    ],
)
def test_what_cannot_be_answered_is_a_parameter_error(desk: Desk, path: str, params: dict[str, str]) -> None:
    assert desk.refusal(path, **({"symbol": BTC} | params)) == 10001


def test_trades_come_newest_first(desk: Desk) -> None:
    desk.wait(20_000)
    rows = desk.get("market/recent-trade", symbol=BTC, limit=5)["list"]
    assert len(rows) == 5
    assert [int(row["time"]) for row in rows] == sorted((int(row["time"]) for row in rows), reverse=True)
    assert {row["side"] for row in rows} <= {"Buy", "Sell"}


def test_funding(desk: Desk) -> None:
    rows = desk.get("market/funding/history", symbol=BTC, limit=3)["list"]
    times = [int(row["fundingRateTimestamp"]) for row in rows]
    assert times == sorted(times, reverse=True)
    assert times[0] <= desk.now_ms < times[0] + 8 * 3_600_000
    only = desk.get("market/funding/history", symbol=BTC, startTime=times[1], endTime=times[1])["list"]
    assert only == [rows[1]]
    assert desk.get("market/funding/history", symbol=BTC, endTime=times[1], limit=1)["list"] == [rows[1]]


def test_open_interest_and_price_limits(desk: Desk) -> None:
    (row,) = desk.get("market/open-interest", symbol=BTC, intervalTime="5min")["list"]
    assert float(row["openInterest"]) > 0
    assert int(row["timestamp"]) % 300_000 == 0
    limits = desk.get("market/price-limit", symbol=BTC)
    assert (limits["buyLmt"], limits["sellLmt"]) == ("99750.00", "90250.10")
