"""Reading the bodies of market data replies. Each function raises UnexpectedReply for what cannot be read.

Shapes: the response examples of each endpoint's page (2025-09). Numbers are text, "" is how Bybit leaves one out.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.bybit.replies import ListOf, open_reply
from sansio_exchange.bybit.symbols import CATEGORY, Text, is_ours
from sansio_exchange.decoding import read_json, sensible
from sansio_exchange.errors import UnexpectedReply
from sansio_exchange.market import INTERVALS_MS, Candle, FundingRate, Ticker
from sansio_exchange.numbers import ZERO, from_text, int64_from_text, require_sane


class TickerRow(Struct, frozen=True, rename="camel"):
    """GET /v5/market/tickers. `price_24h_pcnt` is a fraction."""

    symbol: str
    last_price: Text = ""
    prev_price_24h: Text = msgspec.field(name="prevPrice24h", default="")
    price_24h_pcnt: Text = msgspec.field(name="price24hPcnt", default="")
    volume_24h: Text = msgspec.field(name="volume24h", default="")
    turnover_24h: Text = msgspec.field(name="turnover24h", default="")
    open_interest: Text = ""
    funding_rate: Text = ""
    next_funding_time: Text = ""
    mark_price: Text = ""


class CandleRow(Struct, frozen=True, array_like=True):
    """A candle of the list, which has no flag that tells whether it is closed."""

    start: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class SettledRow(Struct, frozen=True, rename="camel"):
    """GET /v5/market/funding/history."""

    symbol: str
    funding_rate: Text
    funding_rate_timestamp: str


_tickers = msgspec.json.Decoder(ListOf[TickerRow])
_candles = msgspec.json.Decoder(ListOf[CandleRow])
_settled = msgspec.json.Decoder(ListOf[SettledRow])


def _ticker_rows(body: bytes) -> tuple[list[TickerRow], int]:
    result, time_ms = open_reply(body, "tickers")
    rows = read_json(_tickers, result, "tickers").list
    return [row for row in rows if is_ours(CATEGORY, row.symbol)], time_ms


def _ticker_of(body: bytes, symbol: str) -> tuple[TickerRow, int]:
    rows, time_ms = _ticker_rows(body)
    for row in rows:
        if row.symbol == symbol:
            return row, time_ms
    raise UnexpectedReply(f"tickers: says nothing of {symbol[:40]}")


def read_price(body: bytes, symbol: str) -> Decimal:
    price = sensible("tickers", from_text, _ticker_of(body, symbol)[0].last_price)
    if price <= 0:
        raise UnexpectedReply("tickers: there is no last price")
    return price


def read_open_interest(body: bytes, symbol: str) -> Decimal:
    return sensible("tickers", from_text, _ticker_of(body, symbol)[0].open_interest)


def read_tickers(body: bytes) -> tuple[Ticker, ...]:
    rows, time_ms = _ticker_rows(body)
    return tuple(sensible("tickers", _to_ticker, row, time_ms) for row in rows if row.last_price)


def _to_ticker(row: TickerRow, time_ms: int) -> Ticker:
    last, before = from_text(row.last_price), from_text(row.prev_price_24h)
    return Ticker(
        symbol=row.symbol,
        last_price=last,
        price_change=last - before if before else ZERO,
        price_change_percent=from_text(row.price_24h_pcnt) * 100,
        volume=from_text(row.volume_24h),
        quote_volume=from_text(row.turnover_24h),
        time_ms=time_ms,
        open_interest=from_text(row.open_interest),
    )


def read_candles(body: bytes, symbol: str, interval: str) -> tuple[Candle, ...]:
    """Newest first, as they come. One is closed whose time was over when the venue answered."""
    result, time_ms = open_reply(body, "kline")
    rows = read_json(_candles, result, "kline").list
    return sensible("kline", _to_candles, rows, symbol, interval, time_ms)


def _to_candles(rows: Iterable[CandleRow], symbol: str, interval: str, time_ms: int) -> tuple[Candle, ...]:
    if not time_ms:
        raise ValueError("a reply without a time")
    candles = []
    for row in rows:
        require_sane(row.open, row.high, row.low, row.close, row.volume)
        open_ms = int64_from_text(row.start)
        is_closed = open_ms + INTERVALS_MS[interval] <= time_ms
        candles.append(Candle(symbol, interval, open_ms, row.open, row.high, row.low, row.close, row.volume, is_closed))
    return tuple(candles)


def read_funding_rates(body: bytes) -> tuple[FundingRate, ...]:
    rows, time_ms = _ticker_rows(body)
    return tuple(sensible("tickers", _to_funding_rate, row, time_ms) for row in rows if row.funding_rate)


def read_funding_rate(body: bytes, symbol: str) -> FundingRate:
    row, time_ms = _ticker_of(body, symbol)
    if not row.funding_rate:
        raise UnexpectedReply("tickers: there is no funding rate")
    return sensible("tickers", _to_funding_rate, row, time_ms)


def _to_funding_rate(row: TickerRow, time_ms: int) -> FundingRate:
    """Bybit forecasts the rate of the coming settlement: it is current and predicted rate alike."""
    rate = from_text(row.funding_rate)
    return FundingRate(
        row.symbol, rate, time_ms, rate, int64_from_text(row.next_funding_time), from_text(row.mark_price)
    )


def read_funding_history(body: bytes, symbol: str) -> tuple[FundingRate, ...]:
    """Settled rates, newest first, as they come."""
    rows = read_json(_settled, open_reply(body, "funding/history")[0], "funding/history").list
    return tuple(sensible("funding/history", _to_settled, row) for row in rows if row.symbol == symbol)


def _to_settled(row: SettledRow) -> FundingRate:
    if not row.funding_rate_timestamp:
        raise ValueError("a settlement without a time")
    return FundingRate(row.symbol, from_text(row.funding_rate), int64_from_text(row.funding_rate_timestamp))
