"""Public channels: what is read of each, and what it means ("Market Channel", "Candlestick Channel", "Depth Channel",
"Public Trade Channel"; 2026-09-28).

Only the fields that are read are declared. Numbers are text; sizes are in the base coin.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.bitget.endpoints import CANDLE_CHANNELS, PRODUCT
from sansio_exchange.bitget.heard import Heard
from sansio_exchange.bitget.symbols import OTHER_PRODUCT, Product
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.numbers import Ms, from_text, int64_from_text, require_sane
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.venue import Decoded, Ignored

ANOTHER: Decoded = Ignored(OTHER_PRODUCT)
NOTHING_NEW: Decoded = Ignored("nothing that has not been told")
ONE_SIDED: Decoded = Ignored("a book without bids or asks")
NO_FUNDING: Decoded = Ignored("a ticker without a funding rate")


class Arg(Struct, gc=False, rename="camel"):
    """Which channel, of which instrument of which product."""

    inst_type: str
    channel: str
    inst_id: str = ""


class Trade(Struct, gc=False, rename="camel"):
    """A taker's trade."""

    trade_id: str
    price: Decimal
    size: Decimal
    ts: str


class Trades(Struct, gc=False):
    arg: Arg
    data: tuple[Trade, ...]


class Level(Struct, gc=False, array_like=True):
    """Price and size."""

    price: Decimal
    size: Decimal


class Best(Struct, gc=False):
    """The best prices, at most one of each side. The example has the time as a number."""

    asks: tuple[Level, ...]
    bids: tuple[Level, ...]
    ts: str | int


class Books(Struct, gc=False):
    arg: Arg
    data: tuple[Best, ...]


class CandleRow(Struct, gc=False, array_like=True):
    """`volume` is in the base coin. REST rows end with the volume in the quote coin, those of the channel have it once
    more, in USDT."""

    ts: Ms
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class Candles(Struct, gc=False):
    """`ts` is when the message was made."""

    arg: Arg
    data: tuple[CandleRow, ...]
    ts: Ms = 0


class TickerRow(Struct, gc=False, rename="camel"):
    """Of the ticker the funding is read: the rate in force and the coming settlement."""

    inst_id: str
    ts: str
    funding_rate: str = ""
    next_funding_time: str = ""
    mark_price: str = ""


class Tickers(Struct, gc=False):
    arg: Arg
    data: tuple[TickerRow, ...]


_trades = msgspec.json.Decoder(Trades)
_books = msgspec.json.Decoder(Books)
_candles = msgspec.json.Decoder(Candles, strict=False)  # times are texts or numbers
_tickers = msgspec.json.Decoder(Tickers)


def symbol_of(arg: Arg, name: str, product: Product) -> str | None:
    """Ours of that name, or None for another product."""
    return product.symbol_of(name) if arg.inst_type == PRODUCT else None


def read_trades(data: bytes, product: Product, _ids: OrderIds, heard: Heard) -> list[Decoded]:
    """Rows come newest first; they are told oldest first."""
    message = _trades.decode(data)
    symbol = symbol_of(message.arg, message.arg.inst_id, product)
    if symbol is None:
        return [ANOTHER]
    trades = []
    for row in message.data:
        require_sane(row.price, row.size)
        trades.append((row.trade_id, PriceChange(symbol, row.price, int64_from_text(row.ts), row.size)))
    if len(trades) > 1 and trades[0][1].time_ms >= trades[-1][1].time_ms:
        trades.reverse()
    return [*heard.trades(symbol, trades)] or [NOTHING_NEW]


def read_books(data: bytes, product: Product, _ids: OrderIds, _heard: Heard) -> list[Decoded]:
    message = _books.decode(data)
    symbol = symbol_of(message.arg, message.arg.inst_id, product)
    if symbol is None:
        return [ANOTHER]
    said: list[Decoded] = []
    for best in message.data:
        if not best.bids or not best.asks:
            said.append(ONE_SIDED)
            continue
        bid, ask = best.bids[0], best.asks[0]
        require_sane(bid.price, bid.size, ask.price, ask.size)
        said.append(BookTicker(symbol, bid.price, bid.size, ask.price, ask.size, int64_from_text(str(best.ts))))
    return said


def read_candles(data: bytes, product: Product, _ids: OrderIds, heard: Heard) -> list[Decoded]:
    message = _candles.decode(data)
    symbol = symbol_of(message.arg, message.arg.inst_id, product)
    if symbol is None:
        return [ANOTHER]
    interval = CANDLE_CHANNELS[message.arg.channel]
    rows = [to_candle(row, symbol, interval) for row in message.data]
    if len(rows) > 1:
        rows.sort(key=lambda candle: candle.open_ms)
    return [*heard.candles(rows, message.ts)] or [NOTHING_NEW]


def to_candle(row: CandleRow, symbol: str, interval: str) -> Candle:
    """Said to be running, for want of a flag. Raises ValueError for nonsense."""
    require_sane(row.open, row.high, row.low, row.close, row.volume)
    return Candle(symbol, interval, row.ts, row.open, row.high, row.low, row.close, row.volume, False)


def read_tickers(data: bytes, product: Product, _ids: OrderIds, heard: Heard) -> list[Decoded]:
    message = _tickers.decode(data)
    said: list[Decoded] = []
    for row in message.data:
        symbol = symbol_of(message.arg, row.inst_id, product)
        if symbol is None:
            said.append(ANOTHER)
        elif not row.funding_rate:
            said.append(NO_FUNDING)
        else:
            said.append(heard.funding(_funding_rate(row, symbol)) or NOTHING_NEW)
    return said


def _funding_rate(row: TickerRow, symbol: str) -> FundingRate:
    """The rate in force until the coming settlement: it is current and predicted rate alike."""
    rate = from_text(row.funding_rate)
    next_ms, mark_price = int64_from_text(row.next_funding_time), from_text(row.mark_price)
    return FundingRate(symbol, rate, int64_from_text(row.ts), rate, next_ms, mark_price)


Reader = Callable[[bytes, Product, OrderIds, Heard], list[Decoded]]
READERS: dict[str, Reader] = {
    "trade": read_trades,
    "books1": read_books,
    "ticker": read_tickers,
    **dict.fromkeys(CANDLE_CHANNELS, read_candles),
}
"""By channel: a function of the message, our product, the names of orders, and what was heard before."""
