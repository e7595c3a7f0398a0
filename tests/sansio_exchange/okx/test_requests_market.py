"""Prices, candles, funding, the listing and the venue's time."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.commands import (
    FetchExchangeInfo,
    GetFundingRate,
    GetFundingRates,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetTickers,
)
from sansio_exchange.errors import InvalidRequest, UnexpectedReply, UnknownSymbol
from sansio_exchange.okx.requests import CANDLES_PAGE
from sansio_exchange.okx.symbols import read_instruments
from sansio_exchange.venue import Access
from tests.sansio_exchange.okx.asking import NOW, TIME, candles, do, settled
from tests.sansio_exchange.okx.payloads import INSTRUMENTS, MARK, RATE, okx, reply, ticker
from tests.sansio_exchange.recipes import run


def test_the_latest_price() -> None:
    price, (asked,) = do(GetLatestPrice("BTCUSDT"), reply(ticker()))
    assert (price, asked.params, asked.access) == (Decimal(52000), {"instId": "BTC-USDT-SWAP"}, Access.PUBLIC)
    with pytest.raises(UnexpectedReply):
        do(GetLatestPrice("BTCUSDT"), reply(ticker(last="")))


def test_tickers_with_open_interest() -> None:
    interests = reply({"instId": "BTC-USDT-SWAP", "oi": "5000", "oiCcy": "50.5"})
    rows = (ticker(), ticker(instId="ETH-USDT-SWAP", open24h=""), ticker(instId="BTC-USD-SWAP"))
    (btc, eth), _ = do(GetTickers(), [reply(*rows), interests])
    assert (btc.symbol, btc.price_change, btc.price_change_percent) == ("BTCUSDT", Decimal(2000), Decimal(4))
    assert (btc.volume, btc.quote_volume, btc.open_interest) == (2000, 104_000_000, Decimal("50.5"))
    assert (eth.symbol, eth.price_change_percent, eth.open_interest) == ("ETHUSDT", 0, 0)


def test_open_interest_in_coins_also_where_only_contracts_are_told() -> None:
    assert do(GetOpenInterest("BTCUSDT"), reply({"instId": "BTC-USDT-SWAP", "oi": "5000", "oiCcy": "50.5"}))[
        0
    ] == Decimal("50.5")
    assert do(GetOpenInterest("BTCUSDT"), reply({"instId": "BTC-USDT-SWAP", "oi": "5000", "oiCcy": ""}))[0] == 50
    with pytest.raises(UnexpectedReply):
        do(GetOpenInterest("BTCUSDT"), reply())


def test_candles_are_told_oldest_first_with_the_running_one_marked() -> None:
    found, (asked,) = do(GetHistoricalKlines("BTCUSDT", "1m", 3), reply(*candles(10_000, 3, "0")))
    assert asked.params == {"instId": "BTC-USDT-SWAP", "bar": "1m", "limit": 3}
    assert [each.open_ms // 60_000 for each in found] == [9_998, 9_999, 10_000]
    assert [each.is_closed for each in found] == [True, True, False]
    assert {each.volume for each in found} == {1}, "in coins, not in contracts"


def test_more_candles_than_a_page_are_read_page_by_page_and_old_ones_elsewhere() -> None:
    pages = [reply(*candles(10_000 - CANDLES_PAGE * n, CANDLES_PAGE)) for n in range(5)]
    found, asked = do(GetHistoricalKlines("BTCUSDT", "1m", 1500), *pages)
    assert [request.path.rpartition("/")[2] for request in asked] == ["candles"] * 4 + ["history-candles"]
    assert [request.costs for request in asked[3:]] == [{"candles": 1}, {"history_candles": 1}]
    assert asked[1].params["after"] == (10_000 - CANDLES_PAGE + 1) * 60_000
    assert [each.open_ms // 60_000 for each in found] == list(range(8_501, 10_001))


def test_candles_end_where_the_venue_has_no_more() -> None:
    found, asked = do(GetHistoricalKlines("BTCUSDT", "1m", 500), reply(*candles(100, 50)), reply())
    assert (len(found), len(asked)) == (50, 2)


@pytest.mark.parametrize(
    ("interval", "limit", "field"),
    [("8h", 10, "interval"), ("2m", 10, "interval"), ("1m", 0, "limit"), ("1m", 1501, "limit")],
)
def test_candles_that_cannot_be_had(interval: str, limit: int, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        do(GetHistoricalKlines("BTCUSDT", interval, limit))
    assert refused.value.field == field


def test_funding_of_one_and_of_all() -> None:
    rate, asked = do(GetFundingRate("BTCUSDT"), [reply(RATE), reply(MARK)])
    assert (rate.rate, rate.predicted_rate, rate.next_funding_ms) == (
        Decimal("0.0001"),
        Decimal("0.0001"),
        1700726400000,
    )
    assert (rate.mark_price, rate.time_ms) == (Decimal("42000.5"), 1700724675402)
    assert asked[0].costs == {"funding_rate BTC-USDT-SWAP": 1}
    rates, asked = do(
        GetFundingRates(),
        [reply(RATE, {**RATE, "instId": "BTC-USD-SWAP"}, {**RATE, "instId": "ETH-USDT-SWAP"}), reply(MARK)],
    )
    assert asked[0].params == {"instId": "ANY"}
    assert [(each.symbol, each.mark_price) for each in rates] == [("BTCUSDT", Decimal("42000.5")), ("ETHUSDT", 0)]
    with pytest.raises(UnexpectedReply):
        do(GetFundingRate("BTCUSDT"), [reply(), reply(MARK)])


def test_settled_rates_oldest_first_and_page_by_page() -> None:
    first = reply(*(settled(1_000_000 - n) for n in range(400)))
    rates, asked = do(GetHistoricalFundingRates("BTCUSDT", 402), first, reply(settled(999_600), settled(999_599)))
    assert [request.params["limit"] for request in asked] == [400, 2]
    assert asked[1].params["after"] == 999_601
    assert asked[0].costs == {"funding_history BTC-USDT-SWAP": 1}
    assert [each.time_ms for each in rates] == list(range(999_599, 1_000_001))
    assert {each.rate for each in rates} == {Decimal("0.0003")}
    assert {each.next_funding_ms for each in rates} == {0}
    assert do(GetHistoricalFundingRates("BTCUSDT", 5), reply(settled(1)), reply())[0][0].time_ms == 1
    with pytest.raises(InvalidRequest):
        do(GetHistoricalFundingRates("BTCUSDT", 1001))


def test_the_listing_is_read_anew_with_its_budgets() -> None:
    venue = okx()
    assert any(budget.name == "place ETH-USDT-SWAP" for budget in venue.budgets())
    smaller = reply(*[row for row in _rows(INSTRUMENTS) if row["instId"] == "BTC-USDT-SWAP"])
    _, (asked,) = run(venue.recipe(FetchExchangeInfo("BTCUSDT")), smaller)
    assert (asked.params, asked.costs) == ({"instType": "SWAP"}, {"instruments": 1})
    assert venue.symbols.names() == ("BTCUSDT",)
    assert not any(budget.name == "place ETH-USDT-SWAP" for budget in venue.budgets())
    with pytest.raises(UnknownSymbol):
        run(venue.recipe(FetchExchangeInfo("ETHUSDT")), smaller)


def _rows(listing: bytes) -> list[dict[str, Any]]:
    import json

    assert read_instruments(listing)
    rows: list[dict[str, Any]] = json.loads(listing)["data"]
    return rows


def test_the_venues_time() -> None:
    assert run(okx().server_time(), TIME)[0] == NOW
    for nonsense in ("0", "-5", "253402300799001", "99999999999999999999", "noon"):
        with pytest.raises(UnexpectedReply, match="time"):
            run(okx().server_time(), reply({"ts": nonsense}))
