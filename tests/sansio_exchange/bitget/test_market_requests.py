"""What is asked of market data, with its costs, and what is made of the answers."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.bitget.market_requests import CANDLES_PAGE, FUNDING_PAGE
from sansio_exchange.commands import (
    FetchExchangeInfo,
    GetFundingRate,
    GetFundingRates,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetTickers,
    Start,
)
from sansio_exchange.errors import InvalidRequest, UnexpectedReply, UnknownSymbol
from sansio_exchange.venue import Access
from tests.sansio_exchange.bitget.asking import TIME, do, rows, settled
from tests.sansio_exchange.bitget.payloads import CONTRACTS, NOW, RATE, bitget, contract, reply, ticker
from tests.sansio_exchange.recipes import run


def test_the_latest_price() -> None:
    price, (asked,) = do(GetLatestPrice("BTCUSDT"), reply([ticker()]))
    assert (price, asked.path, asked.access) == (Decimal(52000), "/api/v2/mix/market/ticker", Access.PUBLIC)
    assert asked.params == {"productType": "USDT-FUTURES", "symbol": "BTCUSDT"}
    for answer in (reply([ticker(lastPr="")]), reply([]), reply([ticker(lastPr="0")])):
        with pytest.raises(UnexpectedReply):
            do(GetLatestPrice("BTCUSDT"), answer)


def test_tickers_with_open_interest() -> None:
    rows = [ticker(), ticker(symbol="ETHUSDT", open24h="", change24h="0.015"), ticker(symbol="BTCUSDM24")]
    (btc, eth), (asked,) = do(GetTickers(), reply(rows))
    assert asked.params == {"productType": "USDT-FUTURES"}
    assert (btc.symbol, btc.price_change, btc.price_change_percent) == ("BTCUSDT", Decimal(2000), Decimal(4))
    assert (btc.volume, btc.quote_volume, btc.open_interest) == (2000, 104_000_000, Decimal("50.5"))
    assert (eth.symbol, eth.price_change_percent, eth.time_ms) == ("ETHUSDT", Decimal("1.5"), 1708600000001)


def test_open_interest() -> None:
    interest = {"openInterestList": [{"symbol": "BTCUSDT", "size": "52234.134"}], "ts": "1"}
    amount, (asked,) = do(GetOpenInterest("BTCUSDT"), reply(interest))
    assert (amount, asked.costs) == (Decimal("52234.134"), {"open_interest": 1, "everything": 1})
    with pytest.raises(UnexpectedReply):
        do(GetOpenInterest("ETHUSDT"), reply(interest))


def test_candles_are_told_oldest_first_with_the_running_one_marked() -> None:
    listed = reply(rows(10_000, 3)[::-1], request_ms=10_000 * 60_000 + 59_999)
    found, (asked,) = do(GetHistoricalKlines("BTCUSDT", "1m", 3), listed)
    assert asked.params == {"productType": "USDT-FUTURES", "symbol": "BTCUSDT", "granularity": "1m", "limit": "3"}
    assert [each.open_ms // 60_000 for each in found] == [9_998, 9_999, 10_000]
    assert [each.is_closed for each in found] == [True, True, False]
    assert {each.volume for each in found} == {100}


@pytest.mark.parametrize("request_ms", [10_001 * 60_000, str(10_001 * 60_000)])
def test_a_candle_whose_time_is_over_is_closed_though_none_follows(request_ms: Any) -> None:
    found, _ = do(GetHistoricalKlines("BTCUSDT", "1m", 2), reply(rows(10_000, 2), request_ms=request_ms))
    assert [each.is_closed for each in found] == [True, True]


def test_more_candles_than_a_page_are_read_page_by_page() -> None:
    pages = [reply(rows(10_000, CANDLES_PAGE)), reply(rows(10_000 - CANDLES_PAGE + 1, 501))]
    found, asked = do(GetHistoricalKlines("BTCUSDT", "1m", 1500), *pages)
    oldest = (10_000 - CANDLES_PAGE + 1) * 60_000
    assert (asked[1].params["endTime"], asked[1].params["limit"]) == (str(oldest), "501"), "the seam may come again"
    assert [each.open_ms // 60_000 for each in found] == list(range(8_501, 10_001))


def test_where_one_list_ends_the_other_goes_on() -> None:
    found, asked = do(
        GetHistoricalKlines("BTCUSDT", "1d", 120),
        reply([[str(n * 86_400_000), "1", "1", "1", "1", "1", "1"] for n in range(1000, 1090)]),
        reply([]),
        reply([[str(n * 86_400_000), "1", "1", "1", "1", "1", "1"] for n in range(980, 1000)]),
        reply([]),
    )
    assert [request.path.rpartition("/")[2] for request in asked] == ["candles"] * 2 + ["history-candles"] * 2
    assert [request.costs for request in asked[1:3]] == [
        {"candles": 1, "everything": 1},
        {"history_candles": 1, "everything": 1},
    ]
    assert [each.open_ms // 86_400_000 for each in found] == list(range(980, 1090))


@pytest.mark.parametrize(
    ("interval", "limit", "field"),
    [("8h", 10, "interval"), ("2m", 10, "interval"), ("1m", 0, "limit"), ("1m", 1501, "limit")],
)
def test_candles_that_cannot_be_had(interval: str, limit: int, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        do(GetHistoricalKlines("BTCUSDT", interval, limit))
    assert refused.value.field == field


def test_the_funding_rate_with_the_mark_price() -> None:
    rate, asked = do(GetFundingRate("BTCUSDT"), [reply([RATE]), reply([ticker()])])
    assert [request.path.rpartition("/")[2] for request in asked] == ["current-fund-rate", "ticker"]
    assert (rate.rate, rate.predicted_rate, rate.next_funding_ms) == (
        Decimal("0.0001"),
        Decimal("0.0001"),
        1708617600000,
    )
    assert (rate.mark_price, rate.time_ms) == (Decimal("52000.5"), NOW)
    with pytest.raises(UnexpectedReply):
        do(GetFundingRate("BTCUSDT"), [reply([]), reply([ticker()])])


def test_all_funding_rates_are_asked_for_at_once() -> None:
    said = reply([RATE, {**RATE, "symbol": "ETHUSDT"}, {**RATE, "symbol": "BTCUSDM24"}])
    rates, asked = do(GetFundingRates(), [said, reply([ticker()])])
    assert [request.params for request in asked] == [{"productType": "USDT-FUTURES"}] * 2
    assert [(rate.symbol, rate.mark_price) for rate in rates] == [("BTCUSDT", Decimal("52000.5")), ("ETHUSDT", 0)]


def test_settled_rates_come_page_by_page_oldest_first() -> None:
    pages = [reply([settled(n) for n in range(500, 500 - FUNDING_PAGE, -1)]), reply([settled(401), settled(400)])]
    rates, asked = do(GetHistoricalFundingRates("BTCUSDT", 101), *pages)
    assert [request.params["pageNo"] for request in asked] == ["1", "2"]
    assert asked[0].params["pageSize"] == "100"
    assert [rate.time_ms // 28_800_000 for rate in rates] == list(range(400, 501))
    assert {(rate.rate, rate.next_funding_ms) for rate in rates} == {(Decimal("0.0005"), 0)}
    for limit in (0, 1001):
        with pytest.raises(InvalidRequest):
            do(GetHistoricalFundingRates("BTCUSDT", limit))


def test_contracts_are_read_anew() -> None:
    venue = bitget()
    run(venue.recipe(FetchExchangeInfo("ethusdt")), CONTRACTS)
    assert venue.symbols.names() == ("BTCUSDT", "ETHUSDT")
    with pytest.raises(UnknownSymbol):
        run(venue.recipe(FetchExchangeInfo("BTCUSDT")), reply([contract("ETH")]))
    assert venue.symbols.names() == ("ETHUSDT",)


def test_the_servers_time() -> None:
    ms, (asked,) = run(bitget().server_time(), TIME)
    assert (ms, asked.path, asked.params) == (NOW, "/api/v2/public/time", {})
    for answer in (reply({"serverTime": "0"}), reply({"serverTime": "soon"}), reply({"serverTime": "9" * 18}), b"{"):
        with pytest.raises(UnexpectedReply):
            run(bitget().server_time(), answer)


def test_what_the_session_answers_is_not_asked_of_the_venue() -> None:
    with pytest.raises(TypeError):
        bitget().recipe(Start())
