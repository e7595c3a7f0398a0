"""Public topics: what is read of each, and what it means ("Trade", "Orderbook", "Kline", "Ticker", WebSocket, 2025-09).

Only the fields that are read are declared. Numbers are text; quantities are in base coin.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.bybit.endpoints import NAMES
from sansio_exchange.bybit.funding import Funding
from sansio_exchange.bybit.symbols import CATEGORY, OTHER_PRODUCT, is_ours
from sansio_exchange.market import BookTicker, Candle, PriceChange
from sansio_exchange.numbers import Ms, from_text, int64_from_text, require_sane
from sansio_exchange.venue import Decoded, Ignored

ANOTHER: Decoded = Ignored(OTHER_PRODUCT)
BLOCK_TRADE: Decoded = Ignored("a block trade: its price is not the market's")
ONE_SIDED: Decoded = Ignored("a book without bids or asks")
CHANGES: Decoded = Ignored("changes of a book: of the best prices there are snapshots")
NOTHING_NEW: Decoded = Ignored("a ticker that changes nothing told")


class Trade(Struct, gc=False, rename={"time_ms": "T", "symbol": "s", "quantity": "v", "price": "p", "is_block": "BT"}):
    """`time_ms` is when the order was filled."""

    time_ms: Ms
    symbol: str
    quantity: Decimal
    price: Decimal
    is_block: bool = False


class Trades(Struct, gc=False):
    data: tuple[Trade, ...]


class Level(Struct, gc=False, array_like=True):
    """Price and size."""

    price: Decimal
    size: Decimal


class Best(Struct, gc=False):
    """Bids from the highest down, asks from the lowest up."""

    s: str
    b: tuple[Level, ...]
    a: tuple[Level, ...]


class Book(Struct, gc=False):
    type: str
    ts: Ms
    data: Best


class Bar(Struct, gc=False):
    """`confirm`: the candle is closed."""

    start: Ms
    interval: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    confirm: bool


class Bars(Struct, gc=False):
    topic: str
    data: tuple[Bar, ...]


class TickerRow(Struct, gc=False, rename="camel"):
    """What changed of it; None stands for what did not."""

    symbol: str
    funding_rate: str | None = None
    next_funding_time: str | None = None
    mark_price: str | None = None


class TickerPush(Struct, gc=False):
    type: str
    ts: Ms
    data: TickerRow


_trades = msgspec.json.Decoder(Trades)
_books = msgspec.json.Decoder(Book)
_bars = msgspec.json.Decoder(Bars)
_tickers = msgspec.json.Decoder(TickerPush)


def read_trades(data: bytes, _funding: Funding) -> list[Decoded]:
    said: list[Decoded] = []
    for row in _trades.decode(data).data:
        if not is_ours(CATEGORY, row.symbol):
            said.append(ANOTHER)
        elif row.is_block:
            said.append(BLOCK_TRADE)
        else:
            require_sane(row.price, row.quantity)
            said.append(PriceChange(row.symbol, row.price, row.time_ms, row.quantity))
    return said


def read_books(data: bytes, _funding: Funding) -> list[Decoded]:
    message = _books.decode(data)
    best = message.data
    if not is_ours(CATEGORY, best.s):
        return [ANOTHER]
    if message.type != "snapshot":
        return [CHANGES]
    if not best.b or not best.a:
        return [ONE_SIDED]
    bid, ask = best.b[0], best.a[0]
    require_sane(bid.price, bid.size, ask.price, ask.size)
    return [BookTicker(best.s, bid.price, bid.size, ask.price, ask.size, message.ts)]


def read_bars(data: bytes, _funding: Funding) -> list[Decoded]:
    message = _bars.decode(data)
    symbol = message.topic.rpartition(".")[2]
    if not is_ours(CATEGORY, symbol):
        return [ANOTHER]
    return [_to_candle(row, symbol) for row in message.data]


def _to_candle(row: Bar, symbol: str) -> Candle:
    require_sane(row.open, row.high, row.low, row.close, row.volume)
    return Candle(
        symbol, NAMES[row.interval], row.start, row.open, row.high, row.low, row.close, row.volume, row.confirm
    )


def read_tickers(data: bytes, funding: Funding) -> list[Decoded]:
    message = _tickers.decode(data)
    row = message.data
    if not is_ours(CATEGORY, row.symbol):
        return [ANOTHER]
    said = funding.on_ticker(
        row.symbol,
        from_text(row.funding_rate) if row.funding_rate else None,
        int64_from_text(row.next_funding_time) if row.next_funding_time else None,
        from_text(row.mark_price) if row.mark_price else None,
        message.ts,
        is_snapshot=message.type == "snapshot",
    )
    return [said or NOTHING_NEW]


Reader = Callable[[bytes, Any], list[Decoded]]
READERS: dict[str, Reader] = {
    "publicTrade": read_trades,
    "orderbook": read_books,
    "kline": read_bars,
    "tickers": read_tickers,
}
"""By the topic's first word: a function of the message and what was heard of funding."""
