"""Public channels: what is read of each, and what it means ("Market Data", "Public Data", WebSocket; 2026-07).

Only the fields that are read are declared. Numbers are text; sizes are contracts.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from sansio_exchange.market import BookTicker, Candle, PriceChange
from sansio_exchange.numbers import from_text, int64_from_text, require_sane
from sansio_exchange.okx.endpoints import CANDLE_CHANNELS
from sansio_exchange.okx.funding import Funding
from sansio_exchange.okx.symbols import OTHER_PRODUCT, Product
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.venue import Decoded, Ignored

ANOTHER: Decoded = Ignored(OTHER_PRODUCT)
NOTHING_NEW: Decoded = Ignored("a mark price that changes nothing told")
ONE_SIDED: Decoded = Ignored("a book without bids or asks")


class Trade(Struct, gc=False, rename="camel"):
    """Trades of one taker at one price ("Trades channel": one message may aggregate several)."""

    inst_id: str
    px: Decimal
    sz: Decimal
    ts: str


class Trades(Struct, gc=False):
    data: tuple[Trade, ...]


class Arg(Struct, gc=False, rename="camel"):
    """Which channel, of which instrument."""

    inst_id: str
    channel: str = ""


class Level(Struct, gc=False, array_like=True):
    """Price and size; what follows is not read."""

    px: Decimal
    sz: Decimal


class Best(Struct, gc=False):
    """The best prices, at most one of each side."""

    asks: tuple[Level, ...]
    bids: tuple[Level, ...]
    ts: str


class Books(Struct, gc=False):
    arg: Arg
    data: tuple[Best, ...]


class CandleRow(Struct, gc=False, array_like=True):
    """`vol` counts contracts, `vol_ccy` the base coin; `confirm` is "1" once the candle is closed."""

    ts: str
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741  the venue's name for the low
    c: Decimal
    vol: str
    vol_ccy: Decimal
    vol_ccy_quote: str
    confirm: str


class Candles(Struct, gc=False):
    arg: Arg
    data: tuple[CandleRow, ...]


class Rate(Struct, gc=False, rename="camel"):
    """`funding_time` is the coming settlement, `funding_rate` the forecast for it."""

    inst_id: str
    funding_rate: str
    funding_time: str
    ts: str


class Rates(Struct, gc=False):
    data: tuple[Rate, ...]


class Mark(Struct, gc=False, rename="camel"):
    """A mark price."""

    inst_id: str
    mark_px: str
    ts: str


class Marks(Struct, gc=False):
    data: tuple[Mark, ...]


_trades = msgspec.json.Decoder(Trades)
_books = msgspec.json.Decoder(Books)
_candles = msgspec.json.Decoder(Candles)
_rates = msgspec.json.Decoder(Rates)
_marks = msgspec.json.Decoder(Marks)


def read_trades(data: bytes, product: Product, _ids: OrderIds, _funding: Funding) -> list[Decoded]:
    said: list[Decoded] = []
    for row in _trades.decode(data).data:
        contract = product.contract_of(row.inst_id)
        if contract is None:
            said.append(ANOTHER)
            continue
        require_sane(row.px, row.sz)
        said.append(PriceChange(contract.symbol, row.px, int64_from_text(row.ts), row.sz * contract.size))
    return said


def read_books(data: bytes, product: Product, _ids: OrderIds, _funding: Funding) -> list[Decoded]:
    message = _books.decode(data)
    contract = product.contract_of(message.arg.inst_id)
    if contract is None:
        return [ANOTHER]
    said: list[Decoded] = []
    for best in message.data:
        if not best.bids or not best.asks:
            said.append(ONE_SIDED)
            continue
        bid, ask, size = best.bids[0], best.asks[0], contract.size
        require_sane(bid.px, bid.sz, ask.px, ask.sz)
        said.append(BookTicker(contract.symbol, bid.px, bid.sz * size, ask.px, ask.sz * size, int64_from_text(best.ts)))
    return said


def read_candles(data: bytes, product: Product, _ids: OrderIds, _funding: Funding) -> list[Decoded]:
    message = _candles.decode(data)
    contract = product.contract_of(message.arg.inst_id)
    if contract is None:
        return [ANOTHER]
    interval = CANDLE_CHANNELS[message.arg.channel]
    return [to_candle(row, contract.symbol, interval) for row in message.data]


def to_candle(row: CandleRow, symbol: str, interval: str) -> Candle:
    """Raises ValueError for nonsense, also for a flag that is neither 0 nor 1."""
    require_sane(row.o, row.h, row.l, row.c, row.vol_ccy)
    if row.confirm not in ("0", "1"):
        raise ValueError(f"confirm is {row.confirm[:20]!r}")
    return Candle(
        symbol, interval, int64_from_text(row.ts), row.o, row.h, row.l, row.c, row.vol_ccy, row.confirm == "1"
    )


def read_rates(data: bytes, product: Product, _ids: OrderIds, funding: Funding) -> list[Decoded]:
    said: list[Decoded] = []
    for row in _rates.decode(data).data:
        contract = product.contract_of(row.inst_id)
        if contract is None:
            said.append(ANOTHER)
            continue
        rate, next_ms, time_ms = from_text(row.funding_rate), int64_from_text(row.funding_time), int64_from_text(row.ts)
        said.append(funding.on_rate(contract.symbol, rate, next_ms, time_ms))
    return said


def read_marks(data: bytes, product: Product, _ids: OrderIds, funding: Funding) -> list[Decoded]:
    said: list[Decoded] = []
    for row in _marks.decode(data).data:
        contract = product.contract_of(row.inst_id)
        if contract is None:
            said.append(ANOTHER)
            continue
        mark_price, time_ms = from_text(row.mark_px), int64_from_text(row.ts)
        said.append(funding.on_mark_price(contract.symbol, mark_price, time_ms) or NOTHING_NEW)
    return said


Reader = Callable[[bytes, Product, OrderIds, Any], list[Decoded]]
READERS: dict[str, Reader] = {
    "trades": read_trades,
    "bbo-tbt": read_books,
    "funding-rate": read_rates,
    "mark-price": read_marks,
    **dict.fromkeys(CANDLE_CHANNELS, read_candles),
}
"""By channel: a function of the message, our product, the ids of orders, and what was heard of funding."""
