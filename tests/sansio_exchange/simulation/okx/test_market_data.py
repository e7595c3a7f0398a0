"""Public answers, in OKX's words and units."""

from decimal import Decimal

import pytest

from sansio_exchange.simulation.okx.market_data import BARS
from tests.sansio_exchange.simulation.okx.desk import BTC, Desk, refused


def test_instruments_are_linear_swaps_counted_in_contracts(desk: Desk) -> None:
    listed = desk.get("public/instruments", instType="SWAP")
    (bitcoin,) = [each for each in listed if each["instId"] == BTC]
    assert {
        "ctType": "linear",
        "ctVal": "0.01",
        "ctMult": "1",
        "ctValCcy": "BTC",
        "settleCcy": "USDT",
        "state": "live",
        "lotSz": "0.01",
        "minSz": "0.01",
        "tickSz": "0.1",
        "lever": "100",
        "instIdCode": 10459,
        "uly": "BTC-USDT",
        "instFamily": "BTC-USDT",
    }.items() <= bitcoin.items()
    values = {each["instId"]: each["ctVal"] for each in listed}
    assert (values["ETH-USDT-SWAP"], values["DOGE-USDT-SWAP"]) == ("0.1", "1000")
    assert len({each["instIdCode"] for each in listed}) == len(listed) == 6


def test_of_other_products_there_are_none(desk: Desk) -> None:
    for kind in ("SPOT", "FUTURES", "OPTION", "MARGIN"):
        assert desk.get("public/instruments", instType=kind) == []
    assert refused(desk.send("GET", "/api/v5/public/instruments", "instType=BONDS")) == (400, "51000")
    assert refused(desk.send("GET", "/api/v5/public/instruments", "instType=SWAP&instId=X")) == (200, "51001")
    assert len(desk.get("public/instruments", instType="SWAP", instFamily="BTC-USDT")) == 1


def test_tickers_agree_with_the_book(desk: Desk) -> None:
    desk.wait(3000)
    (ticker,) = desk.get("market/ticker", instId=BTC)
    (book,) = desk.get("market/books", instId=BTC, sz=5)
    assert [ticker["bidPx"], ticker["bidSz"]] == book["bids"][0][:2]
    assert [ticker["askPx"], ticker["askSz"]] == book["asks"][0][:2]
    assert len(book["bids"]) == len(book["asks"]) == 5
    assert Decimal(ticker["vol24h"]) * Decimal("0.01") == Decimal(ticker["volCcy24h"])
    assert len(desk.get("market/tickers", instType="SWAP")) == 6
    assert len(desk.get("market/books", instId=BTC)[0]["asks"]) == 1
    assert refused(desk.send("GET", "/api/v5/market/books", f"instId={BTC}&sz=401")) == (400, "51000")


def test_candles_come_newest_first_and_say_whether_they_are_closed(desk: Desk) -> None:
    desk.wait(90_000)
    rows = desk.get("market/candles", instId=BTC, limit=5)
    times = [int(row[0]) for row in rows]
    assert times == [times[0] - number * 60_000 for number in range(5)]
    assert [row[8] for row in rows] == ["0", "1", "1", "1", "1"]
    assert all(Decimal(row[5]) * Decimal("0.01") == Decimal(row[6]) for row in rows)
    assert desk.get("market/candles", instId=BTC, limit=2, after=times[1]) == rows[2:4]
    assert desk.get("market/candles", instId=BTC, before=times[2]) == rows[:2]
    assert desk.get("market/history-candles", instId=BTC, after=times[0], before=times[3]) == rows[1:3]


@pytest.mark.parametrize("bar", BARS)
def test_every_bar_has_candles(desk: Desk, bar: str) -> None:
    assert len(desk.get("market/candles", instId=BTC, bar=bar, limit=3)) == 3


@pytest.mark.parametrize("bar", ["8H", "1D", "6H", "1h", ""])
def test_bars_of_hong_kong_are_not_offered(desk: Desk, bar: str) -> None:
    if not bar:
        assert desk.get("market/candles", instId=BTC, bar=bar)
        return
    assert refused(desk.send("GET", "/api/v5/market/candles", f"instId={BTC}&bar={bar}")) == (400, "51000")


def test_trades_come_newest_first(desk: Desk) -> None:
    desk.wait(5000)
    rows = desk.get("market/trades", instId=BTC, limit=4)
    ids = [int(row["tradeId"]) for row in rows]
    assert ids == sorted(ids, reverse=True)
    assert {row["side"] for row in rows} <= {"buy", "sell"}


def test_funding_has_its_time_and_the_one_after(desk: Desk) -> None:
    (rate,) = desk.get("public/funding-rate", instId=BTC)
    assert int(rate["fundingTime"]) > desk.now_ms > int(rate["prevFundingTime"])
    assert int(rate["nextFundingTime"]) - int(rate["fundingTime"]) == 8 * 3_600_000
    assert len(desk.get("public/funding-rate", instId="ANY")) == 6
    history = desk.get("public/funding-rate-history", instId=BTC, limit=3)
    times = [int(each["fundingTime"]) for each in history]
    assert times == [times[0] - number * 8 * 3_600_000 for number in range(3)]
    assert desk.get("public/funding-rate-history", instId=BTC, after=times[0], before=times[2]) == history[1:2]


def test_open_interest_is_told_in_contracts_and_in_coins(desk: Desk) -> None:
    (row,) = desk.get("public/open-interest", instType="SWAP", instId=BTC)
    assert Decimal(row["oi"]) * Decimal("0.01") == pytest.approx(Decimal(row["oiCcy"]))


def test_prices_have_limits_that_orders_keep_to(desk: Desk) -> None:
    (limit,) = desk.get("public/price-limit", instId=BTC)
    (mark,) = desk.get("public/mark-price", instType="SWAP", instId=BTC)
    assert Decimal(limit["sellLmt"]) < Decimal(mark["markPx"]) < Decimal(limit["buyLmt"])
    assert desk.place(px=limit["buyLmt"], ordType="fok", sz="0.01")["sCode"] == "0"


def test_index_prices_are_those_of_the_pair(desk: Desk) -> None:
    (row,) = desk.get("market/index-tickers", instId="BTC-USDT")
    assert Decimal(row["idxPx"]) > 0
    assert len(desk.get("market/index-tickers", quoteCcy="USDT")) == 6


def test_no_maintenance_is_announced(desk: Desk) -> None:
    assert desk.get("system/status") == []
