"""Public channels: each kind of message and what it means."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.okx import Okx
from sansio_exchange.venue import Ignored
from tests.sansio_exchange.okx.payloads import BEST, CANDLE, MARK, RATE, TRADE, okx, push

ANOTHER = Ignored("other product")


@pytest.fixture
def venue() -> Okx:
    return okx()


def test_trades_are_in_coins(venue: Okx) -> None:
    assert venue.decode("public", push("trades", TRADE, {**TRADE, "px": "51859", "sz": "0.1"})) == [
        PriceChange("BTCUSDT", Decimal("51858.1"), 1740394561686, Decimal("0.02")),
        PriceChange("BTCUSDT", Decimal(51859), 1740394561686, Decimal("0.001")),
    ]


def test_the_best_prices(venue: Okx) -> None:
    assert venue.decode("public", push("bbo-tbt", BEST)) == [
        BookTicker("BTCUSDT", Decimal("51858.1"), Decimal("0.30"), Decimal("51858.2"), Decimal("0.40"), 1670324386802)
    ]


@pytest.mark.parametrize("side", ["asks", "bids"])
def test_a_book_with_one_side_tells_no_best_prices(venue: Okx, side: str) -> None:
    assert venue.decode("public", push("bbo-tbt", {**BEST, side: []})) == [Ignored("a book without bids or asks")]


@pytest.mark.parametrize(
    ("channel", "interval"), [("candle1m", "1m"), ("candle1H", "1h"), ("candle6Hutc", "6h"), ("candle1Wutc", "1w")]
)
def test_a_candle_says_whether_it_is_closed_and_its_volume_in_coins(venue: Okx, channel: str, interval: str) -> None:
    running = [*CANDLE[:-1], "0"]
    assert venue.decode("business", push(channel, CANDLE, running)) == [
        Candle(
            "BTCUSDT",
            interval,
            1597026360000,
            Decimal("3.721"),
            Decimal("3.743"),
            Decimal("3.677"),
            Decimal("3.708"),
            Decimal("84.22"),
            is_closed=is_closed,
        )
        for is_closed in (True, False)
    ]


def test_funding_comes_from_two_channels(venue: Okx) -> None:
    rate, next_ms, mark_price = Decimal("0.0001"), 1700726400000, Decimal("42000.5")
    assert venue.decode("public", push("mark-price", MARK)) == [Ignored("a mark price that changes nothing told")]
    assert venue.decode("public", push("funding-rate", RATE)) == [
        FundingRate("BTCUSDT", rate, 1700724675402, rate, next_ms, mark_price)
    ]
    assert venue.decode("public", push("mark-price", MARK)) == [
        FundingRate("BTCUSDT", rate, 1700724676500, rate, next_ms, mark_price)
    ]


@pytest.mark.parametrize(
    ("channel", "row"), [("trades", TRADE), ("funding-rate", RATE), ("mark-price", MARK), ("bbo-tbt", BEST)]
)
def test_other_products_are_known_as_such(venue: Okx, channel: str, row: dict[str, Any]) -> None:
    for name in ("BTC-USDT", "BTC-USD-SWAP", "BTC-USDT-260925", "NEW-USDT-SWAP"):
        moved = {**row, "instId": name} if "instId" in row else row
        assert venue.decode("public", push(channel, moved, inst_id=name)) == [ANOTHER]
    assert venue.decode("business", push("candle1m", CANDLE, inst_id="BTC-USDT")) == [ANOTHER]


@pytest.mark.parametrize(
    ("channel", "row"),
    [
        ("trades", {**TRADE, "px": "NaN"}),
        ("trades", {**TRADE, "px": ""}),
        ("trades", {**TRADE, "sz": "1E+999999"}),
        ("trades", {**TRADE, "ts": "9" * 30}),
        ("trades", {**TRADE, "ts": "noon"}),
        ("bbo-tbt", {**BEST, "asks": [["x", "1"]]}),
        ("bbo-tbt", {**BEST, "asks": [["1"]]}),
        ("candle1m", CANDLE[:5]),
        ("candle1m", [*CANDLE[:-1], "2"]),
        ("candle1m", ["x", *CANDLE[1:]]),
        ("funding-rate", {**RATE, "fundingRate": "x"}),
        ("funding-rate", {**RATE, "fundingTime": "1.5"}),
        ("mark-price", {**MARK, "markPx": "Infinity"}),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_said_to_be(venue: Okx, channel: str, row: Any) -> None:
    (said,) = venue.decode("public", push(channel, row))
    assert isinstance(said, Unreadable)
    assert said.source == "public"
    assert channel in said.excerpt
