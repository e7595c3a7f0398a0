"""What the public streams say, in documentation-shaped messages, bare and in the envelope of combined streams."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.binance.messages import decode
from sansio_exchange.binance.symbols import Product, read_exchange_info
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.venue import Decoded, Ignored
from tests.sansio_exchange.binance.payloads import exchange_info
from tests.sansio_exchange.recipes import body

OTHER_PRODUCT = Ignored("other product")

AGG_TRADE = {
    "e": "aggTrade",
    "E": 123456789,
    "s": "BTCUSDT",
    "a": 5933014,
    "p": "42088.10",
    "q": "0.114",
    "f": 100,
    "l": 105,
    "T": 123456785,
    "m": True,
    "nq": "0.1",
}
TRADE = {
    "e": "trade",
    "E": 123456789,
    "T": 123456785,
    "s": "BTCUSDT",
    "t": 5933014,
    "p": "42088.10",
    "q": "0.114",
    "X": "MARKET",
    "m": True,
}
BOOK = {
    "e": "bookTicker",
    "u": 400900217,
    "E": 1568014460893,
    "T": 1568014460891,
    "s": "BTCUSDT",
    "b": "25.35190000",
    "B": "31.21000000",
    "a": "25.36520000",
    "A": "40.66000000",
}
KLINE_BODY = {
    "t": 1638747660000,
    "T": 1638747719999,
    "s": "BTCUSDT",
    "i": "1m",
    "f": 100,
    "L": 200,
    "o": "1.0",
    "c": "1.2",
    "h": "1.5",
    "l": "0.9",
    "v": "1000.5",
    "n": 100,
    "x": False,
    "q": "1.0000",
    "V": "500",
    "Q": "0.500",
    "B": "123456",
}
KLINE = {"e": "kline", "E": 1638747660000, "s": "BTCUSDT", "k": KLINE_BODY}
MARK_PRICE = {
    "e": "markPriceUpdate",
    "E": 1562305380000,
    "s": "BTCUSDT",
    "p": "11794.15",
    "i": "11784.6",
    "P": "11784.2",
    "r": "-0.00038167",
    "T": 1562306400000,
    "ap": "11790.0",
    "st": 1,
}
CANDLE = Candle(
    "BTCUSDT",
    "1m",
    1638747660000,
    Decimal("1.0"),
    Decimal("1.5"),
    Decimal("0.9"),
    Decimal("1.2"),
    Decimal("1000.5"),
    is_closed=False,
)
SAID: list[tuple[dict[str, Any], Decoded]] = [
    (AGG_TRADE, PriceChange("BTCUSDT", Decimal("42088.10"), 123456785, Decimal("0.114"), sequence=5933014)),
    (TRADE, PriceChange("BTCUSDT", Decimal("42088.10"), 123456785, Decimal("0.114"))),
    (
        BOOK,
        BookTicker(
            "BTCUSDT",
            Decimal("25.35190000"),
            Decimal("31.21000000"),
            Decimal("25.36520000"),
            Decimal("40.66000000"),
            1568014460891,
        ),
    ),
    (KLINE, CANDLE),
    (
        MARK_PRICE,
        FundingRate(
            "BTCUSDT",
            Decimal("-0.00038167"),
            1562305380000,
            Decimal("-0.00038167"),
            1562306400000,
            Decimal("11794.15"),
        ),
    ),
]


def say(message: Any, product: Product | None = None) -> list[Decoded]:
    return decode("market", body(message), product or Product())


@pytest.fixture
def listed() -> Product:
    """BTCUSDT is all there is."""
    product = Product()
    product.replace(read_exchange_info(exchange_info()).symbols)
    return product


@pytest.mark.parametrize(("message", "said"), SAID)
def test_each_event_bare_combined_and_in_a_list(message: dict[str, Any], said: Decoded, listed: Product) -> None:
    assert say(message) == [said]
    assert say(message, listed) == [said]
    assert say({"stream": "btcusdt@anything", "data": message}, listed) == [said]
    assert say({"data": message, "stream": "btcusdt@anything"}, listed) == [said]
    assert say([message, message], listed) == [said, said]
    assert say({"stream": "!markPrice@arr", "data": [message]}, listed) == [said]


def test_a_candle_is_closed_when_the_venue_says_so() -> None:
    (candle,) = say({**KLINE, "k": {**KLINE_BODY, "x": True}})
    assert isinstance(candle, Candle)
    assert candle.is_closed


@pytest.mark.parametrize(("message", "said"), SAID)
def test_symbols_that_are_not_ours_are_of_another_product(
    message: dict[str, Any], said: Decoded, listed: Product
) -> None:
    assert say({**message, "s": "ETHUSDT"}, listed) == [OTHER_PRODUCT]
    assert say({**message, "s": "BTCUSD_PERP"}) == [OTHER_PRODUCT]


def test_spots_trades_and_tickers_are_of_another_product() -> None:
    assert say({**AGG_TRADE, "M": True}) == [OTHER_PRODUCT]
    assert say({**TRADE, "M": True}) == [OTHER_PRODUCT]
    assert say({"u": 400900217, "s": "BNBUSDT", "b": "25.3", "B": "31", "a": "25.4", "A": "40"}) == [OTHER_PRODUCT]
    assert say({"lastUpdateId": 160, "bids": [["1", "2"]], "asks": []}) == [OTHER_PRODUCT]


def test_transfers_outside_the_book_have_no_price() -> None:
    for kind in ("INSURANCE_FUND", "ADL", "NA"):
        assert say({**TRADE, "X": kind, "p": "0"}) == [Ignored("a transfer outside the book, not a trade")]


def test_a_delivery_contract_has_no_funding_rate() -> None:
    message = {**MARK_PRICE, "s": "BTCUSDT_260925", "r": "", "T": 0}
    assert say(message) == [OTHER_PRODUCT]
    assert isinstance(say({**message, "s": "BTCUSDT"})[0], Unreadable)


@pytest.mark.parametrize(
    "name", ["depthUpdate", "24hrTicker", "24hrMiniTicker", "forceOrder", "continuous_kline", "contractInfo"]
)
def test_streams_that_nobody_asked_for_are_ignored_by_name(name: str) -> None:
    assert say({"e": name, "s": "BTCUSDT"}) == [Ignored(f"{name}: nobody subscribed to it")]


@pytest.mark.parametrize(("message", "said"), SAID)
@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "sNaN", "1E+99", "1E-99999", "", "abc", None, [], {}]
)
def test_numbers_that_are_none_make_a_message_unreadable(message: dict[str, Any], said: Decoded, value: Any) -> None:
    for field in ("p", "q", "b", "A", "r"):
        if field in message:
            (unreadable,) = say({**message, field: value})
            assert isinstance(unreadable, Unreadable)
            assert unreadable.source == "market"
    if "k" in message:
        for field in ("o", "h", "l", "c", "v"):
            assert isinstance(say({**message, "k": {**KLINE_BODY, field: value}})[0], Unreadable)
