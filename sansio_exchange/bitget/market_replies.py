"""Reading the bodies of market data replies. Each function raises UnexpectedReply for what cannot be read.

Shapes: the response tables and examples of each endpoint's page (2025-03 to 2026-09). Numbers are text, "" and null are
how Bitget leaves one out. Sizes are in the base coin.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct, structs

from sansio_exchange.bitget.public_stream import CandleRow, to_candle
from sansio_exchange.bitget.replies import Text, data_of, request_ms
from sansio_exchange.bitget.symbols import Product
from sansio_exchange.decoding import sensible
from sansio_exchange.errors import UnexpectedReply
from sansio_exchange.market import INTERVALS_MS, Candle, FundingRate, Ticker
from sansio_exchange.numbers import ZERO, from_text, int64_from_text


class TickerRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/market/ticker and tickers. `holding_amount` is the open interest in the base coin."""

    symbol: str
    last_pr: Text = ""
    open24h: Text = ""
    change24h: Text = ""
    base_volume: Text = ""
    quote_volume: Text = ""
    holding_amount: Text = ""
    mark_price: Text = ""
    ts: Text = ""


class OpenInterestRow(Struct, frozen=True):
    """One symbol's, in the base coin."""

    symbol: str
    size: Text


class OpenInterests(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/market/open-interest."""

    open_interest_list: tuple[OpenInterestRow, ...]


class FundingRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/market/current-fund-rate. `next_update` is the coming settlement."""

    symbol: str
    funding_rate: Text
    next_update: Text = ""


class SettledRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/market/history-fund-rate."""

    symbol: str
    funding_rate: Text
    funding_time: Text


class TimeRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/public/time."""

    server_time: str


_tickers = msgspec.json.Decoder(tuple[TickerRow, ...])
_open_interests = msgspec.json.Decoder(OpenInterests)
_fundings = msgspec.json.Decoder(tuple[FundingRow, ...])
_settled = msgspec.json.Decoder(tuple[SettledRow, ...] | None)
_candles = msgspec.json.Decoder(tuple[CandleRow, ...] | None, strict=False)
_time = msgspec.json.Decoder(TimeRow)


def _ticker_row(body: bytes) -> TickerRow:
    rows = data_of(_tickers, body, "ticker")
    if len(rows) != 1:
        raise UnexpectedReply(f"ticker: {len(rows)} rows where there should be one")
    return rows[0]


def read_price(body: bytes) -> Decimal:
    price = sensible("ticker", from_text, _ticker_row(body).last_pr)
    if price <= 0:
        raise UnexpectedReply("ticker: there is no last price")
    return price


def read_tickers(body: bytes, product: Product) -> tuple[Ticker, ...]:
    tickers = []
    for row in data_of(_tickers, body, "tickers"):
        symbol = product.symbol_of(row.symbol)
        if symbol is not None and row.last_pr:
            tickers.append(sensible("tickers", _ticker, row, symbol))
    return tuple(tickers)


def _ticker(row: TickerRow, symbol: str) -> Ticker:
    last, opened = from_text(row.last_pr), from_text(row.open24h)
    change = last - opened if opened else ZERO
    return Ticker(
        symbol=symbol,
        last_price=last,
        price_change=change,
        price_change_percent=round(change / opened * 100, 4) if opened else from_text(row.change24h) * 100,
        volume=from_text(row.base_volume),
        quote_volume=from_text(row.quote_volume),
        time_ms=int64_from_text(row.ts),
        open_interest=from_text(row.holding_amount),
    )


def read_open_interest(body: bytes, symbol: str, product: Product) -> Decimal:
    for row in data_of(_open_interests, body, "open-interest").open_interest_list:
        if product.symbol_of(row.symbol) == symbol:
            amount: Decimal = sensible("open-interest", from_text, row.size)
            return amount
    raise UnexpectedReply(f"open-interest: says nothing of {symbol}")


def read_candles(body: bytes, symbol: str, interval: str) -> tuple[Candle, ...]:
    """Oldest first. No flag says which are closed: those are that have a successor, and the newest is if its time was
    over when the venue was asked."""
    rows = data_of(_candles, body, "candles") or ()
    asked_ms = request_ms(body, "candles")
    candles = sorted(
        sensible("candles", lambda: [to_candle(row, symbol, interval) for row in rows]),
        key=lambda candle: candle.open_ms,
    )
    length = INTERVALS_MS[interval]
    newest = candles[-1].open_ms if candles else 0
    return tuple(
        structs.replace(candle, is_closed=candle.open_ms < newest or candle.open_ms + length <= asked_ms)
        for candle in candles
    )


def read_funding_rates(body: bytes, tickers: bytes, product: Product) -> tuple[FundingRate, ...]:
    """GET /api/v2/mix/market/current-fund-rate with the mark prices of the tickers, of one symbol or of all."""
    marks = {row.symbol: row for row in data_of(_tickers, tickers, "tickers")}
    asked_ms = request_ms(body, "current-fund-rate")
    rates = []
    for row in data_of(_fundings, body, "current-fund-rate"):
        symbol = product.symbol_of(row.symbol)
        if symbol is not None and row.funding_rate:
            mark = marks.get(row.symbol)
            rates.append(sensible("current-fund-rate", _to_funding_rate, row, symbol, mark, asked_ms))
    return tuple(rates)


def _to_funding_rate(row: FundingRow, symbol: str, mark: TickerRow | None, asked_ms: int) -> FundingRate:
    """The rate in force until the coming settlement: it is current and predicted rate alike."""
    rate = from_text(row.funding_rate)
    mark_price = from_text(mark.mark_price) if mark is not None else ZERO
    return FundingRate(symbol, rate, asked_ms, rate, int64_from_text(row.next_update), mark_price)


def read_funding_rate(body: bytes, tickers: bytes, symbol: str, product: Product) -> FundingRate:
    """The same of one symbol."""
    rates = [rate for rate in read_funding_rates(body, tickers, product) if rate.symbol == symbol]
    if len(rates) != 1:
        raise UnexpectedReply(f"current-fund-rate: {len(rates)} rows where there should be one")
    return rates[0]


def read_funding_history(body: bytes, symbol: str, product: Product) -> tuple[FundingRate, ...]:
    """Settled rates, newest first, as they come."""
    return tuple(
        sensible("history-fund-rate", _to_settled, row, symbol)
        for row in data_of(_settled, body, "history-fund-rate") or ()
        if product.symbol_of(row.symbol) == symbol
    )


def _to_settled(row: SettledRow, symbol: str) -> FundingRate:
    if not row.funding_time:
        raise ValueError("a settlement without a time")
    return FundingRate(symbol, from_text(row.funding_rate), int64_from_text(row.funding_time))


_FAR_FUTURE_MS = 253_402_300_799_000
"""The end of the year 9999: beyond, there is no timestamp to be signed."""


def read_server_time(body: bytes) -> int:
    row = data_of(_time, body, "time")
    ms = sensible("time", int64_from_text, row.server_time)
    if not 0 < ms < _FAR_FUTURE_MS:
        raise UnexpectedReply(f"time: {row.server_time[:40]!r} is no time")
    return ms
