"""Public channels: what is read of each, and what it means ("Gate Futures WebSocket v4", 2026-04-14).

Only the fields that are read are declared. Numbers are text or numbers; sizes are contracts, negative where a seller
took. A time in `_ms` may be missing or 0: then the one in seconds counts.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.candle_ends import CandleEnds
from sansio_exchange.gate.endpoints import INTERVALS_OF
from sansio_exchange.gate.symbols import OTHER_PRODUCT, Product
from sansio_exchange.market import INTERVALS_MS, BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.numbers import ZERO, from_text, require_sane
from sansio_exchange.venue import Decoded, Ignored

ANOTHER: Decoded = Ignored(OTHER_PRODUCT)
INTERNAL: Decoded = Ignored("a takeover by the insurance fund or by deleveraging: its price is none of the market")
NO_RATE: Decoded = Ignored("a ticker without a funding rate")
ONE_SIDED: Decoded = Ignored("a book without bids or asks")
TOLD_BEFORE: Decoded = Ignored("a candle whose end was told")

_FAR_MS = 253_402_300_799_000
"""The end of the year 9999."""
_SECONDS_BELOW = 100_000_000_000
"""A time below is one in seconds, else it is in milliseconds."""


class Heard:
    """What the channels of one session leave behind for those that follow. `is_unified` says of which kind its account
    is."""

    def __init__(self) -> None:
        self.is_unified = False
        self.candles = CandleEnds()


def to_ms(*times: Decimal | int) -> int:
    """The first that is given, in ms since the epoch, whether it is told in seconds or in milliseconds. Raises
    ValueError for what is no time."""
    for time in times:
        if time:
            ms = time * 1000 if time < _SECONDS_BELOW else time
            if not 0 < ms < _FAR_MS:
                raise ValueError("a time that is none")
            return int(ms)
    return 0


class Trade(Struct, gc=False):
    contract: str
    size: Decimal
    price: Decimal
    create_time: Decimal = ZERO
    create_time_ms: Decimal = ZERO
    is_internal: bool = False


class Trades(Struct, gc=False):
    result: tuple[Trade, ...]


class Best(Struct, gc=False):
    """The best prices; a side that is empty has "" for its price. `t` is in ms."""

    s: str
    b: str
    B: Decimal
    a: str
    A: Decimal
    t: int


class Books(Struct, gc=False):
    result: Best


class Window(Struct, gc=False):
    """A candle. `n` is the interval and the contract, `v` counts contracts, `a` the coin."""

    t: int
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741  the venue's name for the low
    c: Decimal
    v: Decimal
    n: str
    a: Decimal | None = None
    w: bool | None = None


class Windows(Struct, gc=False):
    """Candles. "true means that the window is closed. Note: the message with true may be missing" ("Candlesticks
    Notification"), and what was sent before there was a `w` never says it."""

    result: tuple[Window, ...]
    time: int = 0
    time_ms: int = 0


class Ticker(Struct, gc=False):
    """`funding_next_apply`, in seconds, is not found in documentation; others have seen it (2026-08)."""

    contract: str
    funding_rate: str = ""
    mark_price: str = ""
    funding_next_apply: int = 0


class Tickers(Struct, gc=False):
    result: tuple[Ticker, ...]
    time: int = 0
    time_ms: int = 0


_trades = msgspec.json.Decoder(Trades)
_books = msgspec.json.Decoder(Books)
_windows = msgspec.json.Decoder(Windows)
_tickers = msgspec.json.Decoder(Tickers)


def read_trades(data: bytes, product: Product, _heard: Heard) -> list[Decoded]:
    said: list[Decoded] = []
    for row in _trades.decode(data).result:
        contract = product.contract_of(row.contract)
        if contract is None:
            said.append(ANOTHER)
            continue
        if row.is_internal:
            said.append(INTERNAL)
            continue
        require_sane(row.price, row.size)
        time_ms = to_ms(row.create_time_ms, row.create_time)
        said.append(PriceChange(contract.symbol, row.price, time_ms, abs(row.size) * contract.size))
    return said


def read_books(data: bytes, product: Product, _heard: Heard) -> list[Decoded]:
    best = _books.decode(data).result
    contract = product.contract_of(best.s)
    if contract is None:
        return [ANOTHER]
    if not best.a or not best.b:
        return [ONE_SIDED]
    require_sane(best.B, best.A)
    size = contract.size
    return [
        BookTicker(contract.symbol, from_text(best.b), best.B * size, from_text(best.a), best.A * size, to_ms(best.t))
    ]


def read_windows(data: bytes, product: Product, heard: Heard) -> list[Decoded]:
    message = _windows.decode(data)
    said: list[Decoded] = []
    for row in message.result:
        interval, _, name = row.n.partition("_")
        contract = product.contract_of(name)
        if contract is None or interval not in INTERVALS_OF:
            said.append(ANOTHER)
            continue
        require_sane(row.o, row.h, row.l, row.c, row.v, row.a or ZERO)
        ours, open_ms = INTERVALS_OF[interval], to_ms(row.t)
        is_over = to_ms(message.time_ms, message.time) >= open_ms + INTERVALS_MS[ours]
        candle = Candle(
            contract.symbol,
            ours,
            open_ms,
            row.o,
            row.h,
            row.l,
            row.c,
            row.v * contract.size if row.a is None else row.a,
            is_over if row.w is None else row.w,
        )
        said += heard.candles.on_candle(candle) or [TOLD_BEFORE]
    return said


def read_tickers(data: bytes, product: Product, _heard: Heard) -> list[Decoded]:
    message = _tickers.decode(data)
    time_ms = to_ms(message.time_ms, message.time)
    said: list[Decoded] = []
    for row in message.result:
        contract = product.contract_of(row.contract)
        if contract is None:
            said.append(ANOTHER)
            continue
        mark_price = from_text(row.mark_price)
        if mark_price:
            product.mark_prices[contract.symbol] = mark_price
        if not row.funding_rate:
            said.append(NO_RATE)
            continue
        # What would be predicted has the name of its own no more: "deprecated. use `funding_rate`".
        rate = from_text(row.funding_rate)
        next_ms = to_ms(row.funding_next_apply) or contract.next_funding_ms(time_ms)
        said.append(FundingRate(contract.symbol, rate, time_ms, rate, next_ms, mark_price))
    return said


Reader = Callable[[bytes, Product, Any], list[Decoded]]
READERS: dict[str, Reader] = {
    "futures.trades": read_trades,
    "futures.book_ticker": read_books,
    "futures.candlesticks": read_windows,
    "futures.tickers": read_tickers,
}
"""By channel: a function of the message, our product, and what was heard before."""
