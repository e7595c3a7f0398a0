"""Reading the bodies of market data replies. Each function raises UnexpectedReply for what cannot be read.

Shapes: the response examples of "Futures" of "Gate API v4.106.88" (2026-05-27). Sizes are contracts here, outside they
are coins. Times are seconds.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.decoding import read_json, sensible
from sansio_exchange.errors import UnexpectedReply
from sansio_exchange.gate.public_stream import to_ms
from sansio_exchange.gate.replies import Id, Text
from sansio_exchange.gate.symbols import Contract, Product
from sansio_exchange.market import INTERVALS_MS, Candle, FundingRate, Ticker
from sansio_exchange.numbers import ZERO, from_text, int64_from_text, require_sane


class TickerRow(Struct, frozen=True):
    """GET /futures/usdt/tickers. `total_size` is the open interest in contracts, the volumes are what they say."""

    contract: str
    last: Text = ""
    change_price: Text = ""
    change_percentage: Text = ""
    volume_24h_base: Text = ""
    volume_24h_quote: Text = ""
    total_size: Text = ""


class StatRow(Struct, frozen=True):
    """GET /futures/usdt/contract_stats: open interest in contracts."""

    time: Id
    open_interest: Decimal


class CandleRow(Struct, frozen=True):
    """`v` counts contracts."""

    t: Decimal
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741  the venue's name for the low
    c: Decimal
    v: Decimal = ZERO


class RateRow(Struct, frozen=True):
    """GET /futures/usdt/contracts, what it says of funding: the rate of the coming settlement, and when it is."""

    name: str
    funding_rate: Text = ""
    mark_price: Text = ""
    funding_next_apply: Decimal = ZERO


class SettledRow(Struct, frozen=True):
    """GET /futures/usdt/funding_rate."""

    t: int
    r: str


_tickers = msgspec.json.Decoder(tuple[TickerRow, ...])
_stats = msgspec.json.Decoder(tuple[StatRow, ...])
_candles = msgspec.json.Decoder(tuple[CandleRow, ...])
_rate = msgspec.json.Decoder(RateRow)
_rates = msgspec.json.Decoder(tuple[RateRow, ...])
_settled = msgspec.json.Decoder(tuple[SettledRow, ...])


def read_price(body: bytes, contract: Contract) -> Decimal:
    for row in read_json(_tickers, body, "tickers"):
        if row.contract == contract.name:
            price = sensible("tickers", from_text, row.last)
            if price > 0:
                return price
    raise UnexpectedReply("tickers: there is no last price")


def read_tickers(body: bytes, time_ms: int, product: Product) -> tuple[Ticker, ...]:
    """They have no time of their own."""
    tickers = []
    for row in read_json(_tickers, body, "tickers"):
        contract = product.contract_of(row.contract)
        if contract is not None and row.last:
            tickers.append(sensible("tickers", _ticker, row, contract, time_ms))
    return tuple(tickers)


def _ticker(row: TickerRow, contract: Contract, time_ms: int) -> Ticker:
    last, percent = from_text(row.last), from_text(row.change_percentage)
    change = from_text(row.change_price)
    if not row.change_price and percent > -100:
        change = round(last - last / (1 + percent / 100), 12).normalize()
    return Ticker(
        symbol=contract.symbol,
        last_price=last,
        price_change=change,
        price_change_percent=percent,
        volume=from_text(row.volume_24h_base),
        quote_volume=from_text(row.volume_24h_quote),
        time_ms=time_ms,
        open_interest=from_text(row.total_size) * contract.size,
    )


def read_open_interest(body: bytes, contract: Contract) -> Decimal:
    """The newest statistic."""
    rows = read_json(_stats, body, "contract_stats")
    if not rows:
        raise UnexpectedReply(f"contract_stats: says nothing of {contract.name}")
    return sensible("contract_stats", _newest_open_interest, rows) * contract.size


def _newest_open_interest(rows: Iterable[StatRow]) -> Decimal:
    newest = max(rows, key=lambda row: int64_from_text(str(row.time)))
    require_sane(newest.open_interest)
    return newest.open_interest


def read_candles(body: bytes, contract: Contract, interval: str, now_ms: int) -> tuple[Candle, ...]:
    """As they come. No flag says which are closed: those whose end lies before `now_ms`, which must have been asked for
    before the candles were."""
    rows = read_json(_candles, body, "candlesticks")
    return sensible("candlesticks", _to_candles, rows, contract, interval, now_ms)


def _to_candles(rows: Iterable[CandleRow], contract: Contract, interval: str, now_ms: int) -> tuple[Candle, ...]:
    return tuple(_to_candle(row, contract, interval, now_ms) for row in rows)


def _to_candle(row: CandleRow, contract: Contract, interval: str, now_ms: int) -> Candle:
    require_sane(row.o, row.h, row.l, row.c, row.v)
    open_ms = to_ms(row.t)
    is_closed = open_ms + INTERVALS_MS[interval] <= now_ms
    volume = row.v * contract.size
    return Candle(contract.symbol, interval, open_ms, row.o, row.h, row.l, row.c, volume, is_closed)


def read_funding_rate(body: bytes, time_ms: int, contract: Contract) -> FundingRate:
    """GET /futures/usdt/contracts/{contract}, which has no time of its own."""
    row = read_json(_rate, body, "contract")
    if row.name != contract.name or not row.funding_rate:
        raise UnexpectedReply(f"contract: says nothing of the funding of {contract.name}")
    return sensible("contract", _to_rate, row, time_ms, contract)


def read_funding_rates(body: bytes, time_ms: int, product: Product) -> tuple[FundingRate, ...]:
    """GET /futures/usdt/contracts: those that trade now."""
    rates = []
    for row in read_json(_rates, body, "contracts"):
        contract = product.contract_of(row.name)
        if contract is not None and product.trades(contract.symbol) and row.funding_rate:
            rates.append(sensible("contracts", _to_rate, row, time_ms, contract))
    return tuple(rates)


def _to_rate(row: RateRow, time_ms: int, contract: Contract) -> FundingRate:
    rate = from_text(row.funding_rate)
    next_ms = to_ms(row.funding_next_apply) or contract.next_funding_ms(time_ms)
    return FundingRate(contract.symbol, rate, time_ms, rate, next_ms, from_text(row.mark_price))


def read_funding_history(body: bytes, contract: Contract) -> tuple[FundingRate, ...]:
    """Settled rates as they come."""
    return tuple(
        sensible("funding_rate", _to_settled, row, contract) for row in read_json(_settled, body, "funding_rate")
    )


def _to_settled(row: SettledRow, contract: Contract) -> FundingRate:
    if row.t <= 0:
        raise ValueError("a settlement without a time")
    return FundingRate(contract.symbol, from_text(row.r), to_ms(row.t))
