"""Public topics."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.bybit import NETWORKS, Bybit
from sansio_exchange.bybit.public_stream import ANOTHER, BLOCK_TRADE, CHANGES, NOTHING_NEW, ONE_SIDED
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from tests.sansio_exchange.bybit.payloads import BAR, BEST, TIME_MS, TRADE, push, ticker


def decode(data: bytes) -> list[Any]:
    return Bybit(NETWORKS["mainnet"]).decode("public", data)


def test_trades_are_told_one_by_one() -> None:
    second = {**TRADE, "p": "51858.2", "T": TRADE["T"] + 1}
    assert decode(push("publicTrade.BTCUSDT", [TRADE, second])) == [
        PriceChange("BTCUSDT", Decimal("51858.10"), 1_700_000_000_400, Decimal("0.02")),
        PriceChange("BTCUSDT", Decimal("51858.2"), 1_700_000_000_401, Decimal("0.02")),
    ]


def test_the_price_of_a_block_trade_is_not_the_markets() -> None:
    assert decode(push("publicTrade.BTCUSDT", [{**TRADE, "BT": True}])) == [BLOCK_TRADE]


def test_best_prices() -> None:
    assert decode(push("orderbook.1.BTCUSDT", BEST)) == [
        BookTicker("BTCUSDT", Decimal("51858.10"), Decimal("0.5"), Decimal("51858.20"), Decimal("0.25"), TIME_MS)
    ]


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_book_with_one_side_has_no_best_prices(side: str) -> None:
    assert decode(push("orderbook.1.BTCUSDT", {**BEST, side: []})) == [ONE_SIDED]


def test_changes_of_a_book_are_not_taken_for_best_prices() -> None:
    assert decode(push("orderbook.1.BTCUSDT", BEST, type="delta")) == [CHANGES]


@pytest.mark.parametrize("confirm", [True, False])
def test_candles_say_whether_they_are_closed(confirm: bool) -> None:
    assert decode(push("kline.1.BTCUSDT", [{**BAR, "confirm": confirm}])) == [
        Candle(
            "BTCUSDT",
            "1m",
            1_700_000_000_000,
            Decimal(51800),
            Decimal(51900),
            Decimal("51750.5"),
            Decimal("51858.1"),
            Decimal("2.081"),
            confirm,
        )
    ]


@pytest.mark.parametrize(("theirs", "ours"), [("60", "1h"), ("720", "12h"), ("D", "1d"), ("W", "1w")])
def test_intervals_are_named_as_ours(theirs: str, ours: str) -> None:
    (candle,) = decode(push(f"kline.{theirs}.BTCUSDT", [{**BAR, "interval": theirs}]))
    assert candle.interval == ours


def test_funding_comes_with_the_ticker() -> None:
    venue = Bybit(NETWORKS["mainnet"])
    rate = Decimal("0.0001")
    assert venue.decode("public", push("tickers.BTCUSDT", ticker())) == [
        FundingRate("BTCUSDT", rate, TIME_MS, rate, 1_700_006_400_000, Decimal("51999.5"))
    ]
    change = {"symbol": "BTCUSDT", "bid1Price": "51858.1"}
    assert venue.decode("public", push("tickers.BTCUSDT", change, type="delta", ts=TIME_MS + 100)) == [NOTHING_NEW]
    change = {"symbol": "BTCUSDT", "markPrice": "52001"}
    assert venue.decode("public", push("tickers.BTCUSDT", change, type="delta", ts=TIME_MS + 1_000)) == [
        FundingRate("BTCUSDT", rate, TIME_MS + 1_000, rate, 1_700_006_400_000, Decimal(52001))
    ]


@pytest.mark.parametrize(
    "data",
    [
        push("publicTrade.BTCPERP", [{**TRADE, "s": "BTCPERP"}]),
        push("orderbook.1.BTCPERP", {**BEST, "s": "BTCPERP"}),
        push("kline.1.BTCPERP", [BAR]),
        push("tickers.BTCUSDT-26DEC25", ticker(symbol="BTCUSDT-26DEC25")),
    ],
)
def test_other_contracts_are_another_product(data: bytes) -> None:
    assert decode(data) == [ANOTHER]


@pytest.mark.parametrize(
    "data",
    [
        push("publicTrade.BTCUSDT", [{**TRADE, "p": "NaN"}]),
        push("publicTrade.BTCUSDT", [{**TRADE, "v": "1e999"}]),
        push("publicTrade.BTCUSDT", [{**TRADE, "T": "1"}]),
        push("orderbook.1.BTCUSDT", {**BEST, "b": [["x", "1"]]}),
        push("kline.1.BTCUSDT", [{**BAR, "confirm": "false"}]),
        push("kline.7.BTCUSDT", [{**BAR, "interval": "7"}]),
        push("tickers.BTCUSDT", ticker(markPrice="Infinity")),
        push("tickers.BTCUSDT", ticker(nextFundingTime="soon")),
    ],
)
def test_nonsense_is_unreadable(data: bytes) -> None:
    (said,) = decode(data)
    assert isinstance(said, Unreadable)
