"""What each public channel says."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.venue import Decoded, Ignored
from tests.sansio_exchange.bitget.payloads import BEST, CANDLE, NOW, TICKER, TRADE, bitget, push

NOTHING_NEW = Ignored("nothing that has not been told")


def said(*messages: bytes) -> list[Decoded]:
    venue = bitget()
    return [each for message in messages for each in venue.decode("public", message)]


# --- trades -----------------------------------------------------------------------------------------------------


def test_a_trade() -> None:
    assert said(push("trade", TRADE)) == [
        PriceChange("BTCUSDT", Decimal("52000.5"), 1_708_600_000_100, Decimal("0.001"))
    ]


@pytest.mark.parametrize("newest_first", [True, False])
def test_trades_are_told_oldest_first(newest_first: bool) -> None:
    rows = [{**TRADE, "tradeId": str(n), "ts": str(NOW + n), "price": str(n)} for n in (2, 3)]
    message = push("trade", *(rows[::-1] if newest_first else rows), action="update")
    prices = [each.price for each in said(push("trade", TRADE, TRADE), message)[1:] if isinstance(each, PriceChange)]
    assert prices == []
    first = push("trade", {**TRADE, "tradeId": "1", "ts": str(NOW)})
    prices = [each.price for each in said(first, message) if isinstance(each, PriceChange)]
    assert prices == [Decimal("52000.5"), 2, 3]


def test_what_a_snapshot_repeats_is_not_told_again() -> None:
    assert said(push("trade", TRADE), push("trade", TRADE))[1:] == [NOTHING_NEW]


# --- books ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ts", ["1708600000200", 1708600000200])
def test_the_best_prices(ts: Any) -> None:
    assert said(push("books1", {**BEST, "ts": ts})) == [
        BookTicker(
            "BTCUSDT", Decimal("51999.9"), Decimal("0.703"), Decimal("52000.1"), Decimal("13.894"), 1_708_600_000_200
        )
    ]


def test_a_book_with_one_side_is_no_price() -> None:
    assert said(push("books1", {**BEST, "asks": []})) == [Ignored("a book without bids or asks")]


# --- candles ----------------------------------------------------------------------------------------------------


def test_a_running_candle() -> None:
    assert said(push("candle1m", CANDLE)) == [
        Candle(
            symbol="BTCUSDT",
            interval="1m",
            open_ms=1_708_599_960_000,
            open=Decimal(51990),
            high=Decimal("52010.5"),
            low=Decimal(51980),
            close=Decimal("52000.5"),
            volume=Decimal("12.5"),
            is_closed=False,
        )
    ]


def test_a_candle_is_closed_once_by_its_successor_whatever_the_order_of_rows() -> None:
    later = ["1708600020000", "52000.5", "52001", "52000", "52001", "0.5", "26000", "26000"]
    ended = [*CANDLE[:4], "52003", *CANDLE[5:]]
    told = said(
        push("candle1m", CANDLE, ts=NOW),
        push("candle1m", later, ended, ts=NOW + 20_300),
        push("candle1m", later, ts=str(NOW + 21_300)),
    )
    brief = [(each.open_ms, each.close, each.is_closed) for each in told if isinstance(each, Candle)]
    assert brief == [
        (1_708_599_960_000, Decimal("52000.5"), False),
        (1_708_599_960_000, Decimal(52003), True),
        (1_708_600_020_000, Decimal(52001), False),
        (1_708_600_020_000, Decimal(52001), False),
    ]


def test_a_candle_whose_time_is_long_over_is_closed() -> None:
    (candle,) = said(push("candle1m", CANDLE, ts=NOW + 21_000))
    assert isinstance(candle, Candle)
    assert candle.is_closed
    assert said(push("candle1m", CANDLE, ts=NOW + 21_000), push("candle1m", CANDLE, ts=NOW + 22_000))[1:] == [
        NOTHING_NEW
    ]


def test_days_and_weeks_have_our_names() -> None:
    for channel, interval in (("candle1Dutc", "1d"), ("candle1Wutc", "1w"), ("candle6Hutc", "6h"), ("candle1H", "1h")):
        (candle,) = said(push(channel, CANDLE))
        assert isinstance(candle, Candle)
        assert candle.interval == interval


# --- funding ----------------------------------------------------------------------------------------------------


def test_a_ticker_tells_the_funding() -> None:
    assert said(push("ticker", TICKER)) == [
        FundingRate(
            symbol="BTCUSDT",
            rate=Decimal("0.0001"),
            time_ms=1_708_600_000_300,
            predicted_rate=Decimal("0.0001"),
            next_funding_ms=1_708_617_600_000,
            mark_price=Decimal("52000.7"),
        )
    ]


def test_tickers_that_change_nothing_of_it_are_told_once_a_second() -> None:
    messages = [push("ticker", {**TICKER, "ts": str(NOW + 300 * n), "markPrice": str(n)}) for n in range(1, 8)]
    told = [each.mark_price for each in said(*messages) if isinstance(each, FundingRate)]
    assert told == [1, 5]


def test_a_ticker_without_a_rate_tells_nothing() -> None:
    assert said(push("ticker", {**TICKER, "fundingRate": ""})) == [Ignored("a ticker without a funding rate")]


# --- others, nonsense -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "row"), [("trade", TRADE), ("books1", BEST), ("candle1m", CANDLE), ("ticker", TICKER)]
)
def test_other_products_are_none_of_ours(channel: str, row: Any) -> None:
    ours = push(channel, row)
    for theirs in (
        ours.replace(b"USDT-FUTURES", b"SPOT"),
        ours.replace(b"USDT-FUTURES", b"USDC-FUTURES"),
        ours.replace(b'"BTCUSDT"', b'"BTCUSD"'),
    ):
        assert said(theirs) == [Ignored("other product")]


@pytest.mark.parametrize(
    ("channel", "row"),
    [
        ("trade", {**TRADE, "price": "NaN"}),
        ("trade", {**TRADE, "price": None}),
        ("trade", {**TRADE, "size": "1e999"}),
        ("trade", {**TRADE, "ts": "soon"}),
        ("trade", {"price": "1"}),
        ("books1", {**BEST, "bids": [["51999.9"]]}),
        ("books1", {**BEST, "asks": [["Infinity", "1"]]}),
        ("candle1m", CANDLE[:5]),
        ("candle1m", ["x", *CANDLE[1:]]),
        ("candle1m", [*CANDLE[:5], "-Infinity"]),
        ("ticker", {**TICKER, "fundingRate": "much"}),
        ("ticker", {**TICKER, "markPrice": 5}),
    ],
)
def test_nonsense_is_unreadable(channel: str, row: Any) -> None:
    (answer,) = said(push(channel, row))
    assert isinstance(answer, Unreadable)
