"""Public answers agree with each other and with the venue's rules."""

from decimal import Decimal

import pytest

from tests.sansio_exchange.simulation.binance.desk import START_MS, Desk, refused

BTC = {"symbol": "BTCUSDT"}


@pytest.fixture
def lively(desk: Desk) -> Desk:
    """After ninety seconds of market."""
    desk.wait(90_000)
    return desk


def test_the_venue_tells_its_time(desk: Desk) -> None:
    assert desk.get("v1/ping") == {}
    assert desk.get("v1/time") == {"serverTime": START_MS}


def test_every_symbol_comes_with_its_filters(desk: Desk) -> None:
    symbols = {each["symbol"]: each for each in desk.get("v1/exchangeInfo")["symbols"]}
    bitcoin = symbols["BTCUSDT"]
    assert (bitcoin["status"], bitcoin["contractType"], bitcoin["marginAsset"]) == ("TRADING", "PERPETUAL", "USDT")
    filters = {each["filterType"]: each for each in bitcoin["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.10"
    assert filters["LOT_SIZE"] == {
        "filterType": "LOT_SIZE",
        "stepSize": "0.001",
        "minQty": "0.001",
        "maxQty": "1000.000",
    }
    assert filters["MARKET_LOT_SIZE"]["maxQty"] == "120.000"
    assert filters["MIN_NOTIONAL"]["notional"] == "100"
    assert filters["MAX_NUM_ORDERS"]["limit"] == 200
    assert filters["PERCENT_PRICE"]["multiplierUp"] == "1.0500"


def test_best_prices_are_those_of_the_depth(lively: Desk) -> None:
    depth = lively.get("v1/depth", limit=5, **BTC)
    best = lively.get("v1/ticker/bookTicker", **BTC)
    assert depth["bids"][0] == [best["bidPrice"], best["bidQty"]]
    assert depth["asks"][0] == [best["askPrice"], best["askQty"]]
    assert len(depth["bids"]) == len(depth["asks"]) == 5
    assert Decimal(best["bidPrice"]) < Decimal(best["askPrice"])
    assert refused(lively.send("GET", "/fapi/v1/depth", "symbol=BTCUSDT&limit=7")) == (400, -1130)


def test_trades_agree_however_they_are_asked_for(lively: Desk) -> None:
    trades = lively.get("v1/trades", limit=10, **BTC)
    aggregated = lively.get("v1/aggTrades", limit=10, **BTC)
    assert [each["id"] for each in trades] == [each["a"] for each in aggregated]
    assert [each["isBuyerMaker"] for each in trades] == [each["m"] for each in aggregated]
    assert lively.get("v1/ticker/price", **BTC)["price"] == trades[-1]["price"]
    from_id = lively.get("v1/aggTrades", fromId=trades[3]["id"], limit=2, **BTC)
    assert [each["a"] for each in from_id] == [trades[3]["id"], trades[4]["id"]]


def test_klines_are_twelve_columns_oldest_first(lively: Desk) -> None:
    rows = lively.get("v1/klines", interval="1m", limit=3, **BTC)
    assert [len(each) for each in rows] == [12, 12, 12]
    assert [row[0] for row in rows] == [rows[0][0] + minutes * 60_000 for minutes in range(3)]
    assert all(row[6] == row[0] + 59_999 for row in rows)
    assert rows == lively.get("v1/continuousKlines", pair="BTCUSDT", contractType="PERPETUAL", interval="1m", limit=3)
    assert lively.get("v1/klines", interval="1m", startTime=rows[1][0], limit=1, **BTC) == [rows[1]]
    assert refused(lively.send("GET", "/fapi/v1/klines", "symbol=BTCUSDT&interval=7m")) == (400, -1120)


def test_funding_now_and_before(lively: Desk) -> None:
    now = lively.get("v1/premiumIndex", **BTC)
    assert now["nextFundingTime"] > lively.now_ms
    assert len(lively.get("v1/premiumIndex")) == len(lively.get("v1/exchangeInfo")["symbols"])
    history = lively.get("v1/fundingRate", limit=3, **BTC)
    times = [each["fundingTime"] for each in history]
    assert times == sorted(times)
    assert len(times) == 3
    assert lively.get("v1/fundingRate", startTime=times[1], limit=1, **BTC) == [history[1]]
    assert lively.get("v1/fundingInfo") == []


def test_the_day_contains_the_last_price(lively: Desk) -> None:
    day = lively.get("v1/ticker/24hr", **BTC)
    low, last, high = (Decimal(day[each]) for each in ("lowPrice", "lastPrice", "highPrice"))
    assert low <= last <= high
    assert Decimal(day["lastPrice"]) - Decimal(day["openPrice"]) == Decimal(day["priceChange"])
    assert len(lively.get("v1/ticker/24hr")) == len(lively.get("v2/ticker/price"))


def test_open_interest_is_told(desk: Desk) -> None:
    assert Decimal(desk.get("v1/openInterest", **BTC)["openInterest"]) > 0


@pytest.mark.parametrize("path", ["depth", "trades", "aggTrades", "openInterest", "premiumIndex", "ticker/24hr"])
def test_unknown_symbols_are_refused(desk: Desk, path: str) -> None:
    assert refused(desk.send("GET", f"/fapi/v1/{path}", "symbol=NOPEUSDT")) == (400, -1121)
