"""Captures are decoded by the venue that they came from, with the symbols that they hold themselves."""

import gzip
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from sansio_exchange.errors import NotConnected
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle, PriceChange
from sansio_exchange.orders import Side
from sansio_exchange.venues import make_venue
from transport.capture import Captured, captured_trades, read_capture, replay_capture
from transport.line_files import BadRecording

EXCHANGE_INFO = {
    "rateLimits": [],
    "symbols": [
        {
            "symbol": "BTCUSDT",
            "pair": "BTCUSDT",
            "contractType": "PERPETUAL",
            "status": "TRADING",
            "baseAsset": "BTC",
            "quoteAsset": "USDT",
            "marginAsset": "USDT",
            "pricePrecision": 2,
            "quantityPrecision": 3,
            "underlyingType": "COIN",
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "1000000", "tickSize": "0.1"},
                {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
            ],
        }
    ],
}


def trade(price: str, t: float) -> dict[str, object]:
    event = {"e": "aggTrade", "E": 1, "s": "BTCUSDT", "a": 1, "p": price, "q": "0.5", "f": 1, "l": 1, "T": 5, "m": True}
    return {"t": t, "kind": "ws_in", "url": "wss://fstream.binance.com/ws", "data": json.dumps(event)}


def write(path: Path, *lines: dict[str, object], info: bool = True) -> Path:
    url = "https://fapi.binance.com/fapi/v1/exchangeInfo?x=1"
    first: list[dict[str, object]] = [{"t": 0.5, "kind": "http", "url": url, "body": json.dumps(EXCHANGE_INFO)}]
    text = "".join(json.dumps(line) + "\n" for line in [*(first if info else []), *lines])
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["c.jsonl", "c.jsonl.gz"])
def test_messages_are_decoded_with_the_time_they_came(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, trade("100.5", 1.2345), trade("101", 2))
    said = list(replay_capture(path, make_venue("binance")))
    assert said == [
        (1234, PriceChange("BTCUSDT", Decimal("100.5"), 5, Decimal("0.5"), sequence=1)),
        (2000, PriceChange("BTCUSDT", Decimal(101), 5, Decimal("0.5"), sequence=1)),
    ]


def test_what_cannot_be_read_comes_with_the_reason(tmp_path: Path) -> None:
    broken: dict[str, object] = {"t": 1, "kind": "ws_in", "url": "wss://x", "data": "<html>"}
    ((_, said),) = replay_capture(write(tmp_path / "c", broken), make_venue("binance"))
    assert isinstance(said, Unreadable)


def test_capture_without_symbols_says_what_it_lacks(tmp_path: Path) -> None:
    path = write(tmp_path / "c", trade("100.5", 1), info=False)
    with pytest.raises(NotConnected, match="exchangeInfo"):
        list(replay_capture(path, make_venue("binance")))


def test_who_took_is_told_by_the_tick(tmp_path: Path) -> None:
    prices = ["100", "101", "101", "100", "100", "102"]
    path = write(tmp_path / "c", *[trade(price, 1) for price in prices])
    trades = captured_trades(path, make_venue("binance"))
    assert [each.price for each in trades] == [Decimal(price) for price in prices]
    assert [each.taker for each in trades] == [Side.BUY, Side.BUY, Side.BUY, Side.SELL, Side.SELL, Side.BUY]
    assert (trades[0].symbol, trades[0].quantity, trades[0].time_ms) == ("BTCUSDT", Decimal("0.5"), 5)


def test_line_that_is_none_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "c", trade("100", 1), {"t": 1, "kind": "smoke", "url": ""})
    with pytest.raises(BadRecording, match="line 3"):
        list(read_capture(path))


def test_recorded_session_of_binance(shared: Path) -> None:
    said = [each for _, each in replay_capture(shared / "captures/binance_usdm.jsonl", make_venue("binance"))]
    kinds = Counter(type(each) for each in said)
    assert kinds[Unreadable] == 0
    assert min(kinds[PriceChange], kinds[BookTicker], kinds[Candle]) > 10
    assert len(captured_trades(shared / "captures/binance_usdm.jsonl", make_venue("binance"))) == kinds[PriceChange]


def test_every_recorded_session_is_a_capture(shared: Path) -> None:
    for path in sorted((shared / "captures").iterdir()):
        lines = list(read_capture(path))
        assert {type(line) for line in lines} == {Captured}
        assert [line.t for line in lines] == sorted(line.t for line in lines)
