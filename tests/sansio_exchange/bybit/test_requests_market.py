"""What is asked of the market, and of the clock."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.bybit import Bybit
from sansio_exchange.commands import (
    GetFundingRate,
    GetFundingRates,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetTickers,
)
from sansio_exchange.errors import InvalidRequest, UnexpectedReply
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.venue import Access
from tests.sansio_exchange.bybit.asking import TIME
from tests.sansio_exchange.bybit.payloads import TIME_MS, bybit, listed, reply, ticker
from tests.sansio_exchange.recipes import run


@pytest.fixture
def venue() -> Bybit:
    return bybit()


def test_prices(venue: Bybit) -> None:
    price, (request,) = run(venue.recipe(GetLatestPrice("BTCUSDT")), listed(ticker()))
    assert price == 52000
    assert (request.path, request.params, request.access) == (
        *("/v5/market/tickers", {"category": "linear", "symbol": "BTCUSDT"}, Access.PUBLIC),
    )
    assert run(venue.recipe(GetOpenInterest("BTCUSDT")), listed(ticker()))[0] == Decimal("68744.761")
    for answer in (listed(), listed(ticker(lastPrice="")), listed(ticker(symbol="ETHUSDT"))):
        with pytest.raises(UnexpectedReply):
            run(venue.recipe(GetLatestPrice("BTCUSDT")), answer)


def test_tickers(venue: Bybit) -> None:
    tickers, (request,) = run(venue.recipe(GetTickers()), listed(ticker(), ticker(symbol="BTCPERP")))
    assert tickers == (
        Ticker(
            "BTCUSDT",
            Decimal(52000),
            Decimal(2000),
            Decimal("4.00"),
            Decimal(2000),
            Decimal(104000000),
            TIME_MS,
            Decimal("68744.761"),
        ),
    )
    assert request.params == {"category": "linear"}


def test_funding_rates(venue: Bybit) -> None:
    rate = Decimal("0.0001")
    told = FundingRate("BTCUSDT", rate, TIME_MS, rate, 1_700_006_400_000, Decimal("51999.5"))
    assert run(venue.recipe(GetFundingRate("BTCUSDT")), listed(ticker()))[0] == told
    without = ticker(symbol="ETHUSDT", fundingRate="")
    assert run(venue.recipe(GetFundingRates()), listed(ticker(), without))[0] == (told,)
    with pytest.raises(UnexpectedReply):
        run(venue.recipe(GetFundingRate("ETHUSDT")), listed(without))


def settled(time_ms: int, symbol: str = "BTCUSDT") -> dict[str, str]:
    return {"symbol": symbol, "fundingRate": "0.0001", "fundingRateTimestamp": str(time_ms)}


def test_settled_rates_are_read_back_page_by_page(venue: Bybit) -> None:
    full = [settled(1_000 - number) for number in range(200)]
    rates, requests = run(
        venue.recipe(GetHistoricalFundingRates("BTCUSDT", 201)), listed(*full), listed(settled(800), settled(7, "X"))
    )
    assert [rate.time_ms for rate in rates] == list(range(800, 1_001))
    assert [(request.params["limit"], request.params.get("endTime")) for request in requests] == [
        (200, None),
        (1, 800),
    ]
    assert run(venue.recipe(GetHistoricalFundingRates("BTCUSDT", 5)), listed())[0] == ()


def bar(open_ms: int) -> list[str]:
    return [str(open_ms), "1", "3", "0.5", "2", "10", "20"]


def test_candles_are_closed_once_their_time_is_over(venue: Bybit) -> None:
    """The list has no flag that says so."""
    running, over = TIME_MS - 59_999, TIME_MS - 60_000
    candles, (request,) = run(venue.recipe(GetHistoricalKlines("BTCUSDT", "1m", 2)), listed(bar(running), bar(over)))
    prices = (Decimal(1), Decimal(3), Decimal("0.5"), Decimal(2), Decimal(10))
    assert candles == (
        Candle("BTCUSDT", "1m", over, *prices, is_closed=True),
        Candle("BTCUSDT", "1m", running, *prices, is_closed=False),
    )
    assert (request.path, request.params["interval"], request.params["limit"]) == ("/v5/market/kline", "1", 2)


def test_candles_are_read_back_page_by_page(venue: Bybit) -> None:
    start = TIME_MS - 2_000 * 60_000
    pages = [[bar(start + at * 60_000) for at in span] for span in (range(999, -1, -1), range(-1, -201, -1))]
    action = GetHistoricalKlines("BTCUSDT", "1m", 1_500)
    candles, requests = run(venue.recipe(action), listed(*pages[0]), listed(*pages[1]), listed(*pages[1]))
    assert len(candles) == 1_200
    assert [candle.open_ms for candle in candles] == sorted(candle.open_ms for candle in candles)
    assert [(request.params["limit"], request.params.get("end")) for request in requests] == [
        (1_000, None),
        (500, start - 1),
        (300, start - 200 * 60_000 - 1),
    ]


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (GetHistoricalKlines("BTCUSDT", "8h", 1), "interval"),
        (GetHistoricalKlines("BTCUSDT", "1m", 0), "limit"),
        (GetHistoricalKlines("BTCUSDT", "1m", 1_501), "limit"),
        (GetHistoricalFundingRates("BTCUSDT", 1_001), "limit"),
    ],
)
def test_what_cannot_be_asked_for_names_the_field(venue: Bybit, action: Any, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        venue.recipe(action)
    assert refused.value.field == field


def test_a_candle_without_the_venues_time_cannot_be_told_closed(venue: Bybit) -> None:
    with pytest.raises(UnexpectedReply):
        run(venue.recipe(GetHistoricalKlines("BTCUSDT", "1m", 1)), reply({"list": [bar(1)]}, time=0))


def test_the_venues_time(venue: Bybit) -> None:
    assert run(venue.server_time(), TIME)[0] == 1_700_000_000_500
    for nano in ("0", "-1", "x", "9" * 30):
        with pytest.raises(UnexpectedReply):
            run(venue.server_time(), reply({"timeSecond": "1", "timeNano": nano}))
