"""Public channels."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.venue import Ignored
from tests.sansio_exchange.gate.payloads import BEST, NOW_MS, TICKER, TRADE, WINDOW, gate, push
from tests.sansio_exchange.recipes import body

ANOTHER = Ignored("other product")


def said(message: bytes) -> list[Any]:
    return gate().decode("public", message)


def book(**changes: Any) -> bytes:
    return body(
        {"time": 1700000001, "channel": "futures.book_ticker", "event": "update", "result": {**BEST, **changes}}
    )


def test_a_trade_is_a_price_with_its_quantity_in_coins() -> None:
    price = PriceChange("BTCUSDT", Decimal("96.4"), 1700000001123, Decimal("0.0108"))
    assert said(push("futures.trades", TRADE)) == [price]
    assert said(push("futures.trades", {**TRADE, "size": 108, "price": 96.4})) == [price]


@pytest.mark.parametrize("missing", [{"create_time_ms": 0}, {"create_time_ms": "0"}])
def test_a_time_without_milliseconds_is_the_one_in_seconds(missing: dict[str, Any]) -> None:
    (price,) = said(push("futures.trades", {**TRADE, **missing}))
    assert price.time_ms == 1700000001000


def test_several_trades_are_several_prices() -> None:
    told = said(push("futures.trades", TRADE, {**TRADE, "contract": "ETH_USDT"}, {**TRADE, "contract": "BTC_USD"}))
    assert [type(each) for each in told] == [PriceChange, PriceChange, Ignored]
    assert told[1].quantity == Decimal("1.08")


def test_a_takeover_is_no_price_of_the_market() -> None:
    (told,) = said(push("futures.trades", {**TRADE, "is_internal": True}))
    assert isinstance(told, Ignored)
    assert "none of the market" in told.reason


def test_the_best_prices() -> None:
    best = BookTicker(
        "BTCUSDT", Decimal("54696.6"), Decimal("3.7"), Decimal("54696.7"), Decimal("4.7061"), 1700000001123
    )
    assert said(book()) == [best]
    assert said(book(B=37000, A=47061)) == [best]
    assert said(book(B="37000.5"))[0].bid_quantity == Decimal("3.70005")
    assert said(book(s="BTC_USD")) == [ANOTHER]


def test_a_book_with_one_side_is_none() -> None:
    for empty in ({"a": "", "A": 0}, {"b": "", "B": "0"}):
        assert said(book(**empty)) == [Ignored("a book without bids or asks")]


def test_a_candle_counts_coins_and_says_when_it_is_closed() -> None:
    (candle,) = said(push("futures.candlesticks", {**WINDOW, "w": False, "a": "2.7"}))
    assert candle == Candle(
        "BTCUSDT",
        "1m",
        1700000040000,
        Decimal("94.3"),
        Decimal("96.9"),
        Decimal("89.5"),
        Decimal("95.4"),
        Decimal("2.7"),
        False,
    )
    (candle,) = said(push("futures.candlesticks", {**WINDOW, "w": True}))
    assert candle.is_closed
    assert candle.volume == Decimal("2.7525"), "contracts, where the coins are not told"


@pytest.mark.parametrize(("time_ms", "is_closed"), [(1700000099_999, False), (1700000100_000, True)])
def test_a_candle_without_a_flag_is_closed_once_its_time_is_over(time_ms: int, is_closed: bool) -> None:
    (candle,) = said(push("futures.candlesticks", WINDOW, time_ms=time_ms))
    assert candle.is_closed is is_closed


def test_a_candle_that_is_followed_is_closed() -> None:
    venue = gate()
    later = {**WINDOW, "t": WINDOW["t"] + 60, "w": False}  # type: ignore[operator]  # a number among texts
    venue.decode("public", push("futures.candlesticks", {**WINDOW, "w": False}))
    told = venue.decode("public", push("futures.candlesticks", later))
    assert [(each.open_ms, each.is_closed) for each in told if isinstance(each, Candle)] == [
        (1700000040000, True),
        (1700000100000, False),
    ]


def test_candles_of_other_names_are_not_ours() -> None:
    for name in ("1m_mark_BTC_USDT", "10s_BTC_USDT", "1m_BTC_USD", "nonsense"):
        assert said(push("futures.candlesticks", {**WINDOW, "n": name})) == [ANOTHER]


def test_a_week_is_seven_days() -> None:
    (candle,) = said(push("futures.candlesticks", {**WINDOW, "n": "7d_BTC_USDT", "w": False}))
    assert candle.interval == "1w"


def test_a_ticker_tells_rate_mark_price_and_the_settlement_to_come() -> None:
    assert said(push("futures.tickers", TICKER)) == [
        FundingRate(
            "BTCUSDT", Decimal("-0.000114"), NOW_MS + 2_000, Decimal("-0.000114"), 1700006400000, Decimal("118.35")
        )
    ]
    (rate,) = said(push("futures.tickers", {**TICKER, "funding_next_apply": 1700003600}))
    assert rate.next_funding_ms == 1700003600000, "it may tell the settlement itself"
    assert said(push("futures.tickers", {**TICKER, "contract": "BTC_USD"})) == [ANOTHER]
    assert said(push("futures.tickers", {**TICKER, "funding_rate": ""})) == [Ignored("a ticker without a funding rate")]


def test_a_message_without_milliseconds_has_seconds() -> None:
    (rate,) = said(push("futures.tickers", TICKER, time_ms=0, time=1700000002))
    assert rate.time_ms == 1700000002000


@pytest.mark.parametrize(
    "message",
    [
        push("futures.trades", {**TRADE, "price": "NaN"}),
        push("futures.trades", {**TRADE, "size": "1E+999"}),
        push("futures.trades", {**TRADE, "create_time_ms": -5}),
        push("futures.trades", {**TRADE, "create_time_ms": 10**30}),
        push("futures.candlesticks", {**WINDOW, "t": 10**18}),
        push("futures.candlesticks", {**WINDOW, "o": "Infinity"}),
        push("futures.tickers", {**TICKER, "mark_price": "x"}),
        push("futures.tickers", {**TICKER, "funding_rate": "NaN"}),
        book(B="NaN"),
        book(b="x"),
        book(t=-1),
        push("futures.trades", 5),
        push("futures.trades", {"contract": "BTC_USDT"}),
    ],
)
def test_nonsense_of_ours_is_unreadable(message: bytes) -> None:
    (told,) = said(message)
    assert isinstance(told, Unreadable)


def test_what_another_product_says_may_have_other_fields() -> None:
    assert said(push("futures.trades", {"contract": "BTC_USD", "strange": 1})) == [ANOTHER]
