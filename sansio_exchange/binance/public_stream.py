"""Public streams ("Websocket Market Streams"): what is read of each event, and what it means.

Only the fields that are read are declared; `e` is the tag that tells the events apart.
"""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from sansio_exchange.binance.symbols import OTHER_PRODUCT, Product
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.numbers import Ms, require_sane
from sansio_exchange.venue import Decoded, Ignored

ANOTHER: Decoded = Ignored(OTHER_PRODUCT)


class AggTrade(Struct, tag_field="e", tag="aggTrade", gc=False):
    """Trades of one taker at one price within 100 ms. `M` is on spot's alone. `a` is the "Aggregate trade ID", which
    counts them; that it leaves no number out is not found in documentation."""

    s: str
    p: Decimal
    q: Decimal
    T: Ms
    a: int = 0
    M: bool | None = None


class Trade(Struct, tag_field="e", tag="trade", gc=False):
    """One trade. `X` is MARKET, or names a transfer outside the book (INSURANCE_FUND, ADL, NA) at no market price."""

    s: str
    p: Decimal
    q: Decimal
    T: Ms
    X: str = "MARKET"
    M: bool | None = None


class Book(Struct, tag_field="e", tag="bookTicker", gc=False):
    """Best bid and ask."""

    s: str
    b: Decimal
    B: Decimal
    a: Decimal
    A: Decimal
    T: Ms


class KlineBody(Struct, gc=False):
    """The candle; `x` says that it is closed."""

    t: Ms
    i: str
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741  the venue's name for the low
    c: Decimal
    v: Decimal
    x: bool


class Kline(Struct, tag_field="e", tag="kline", gc=False):
    """A candle as it changes, every 250 ms at most."""

    s: str
    k: KlineBody


class MarkPrice(Struct, tag_field="e", tag="markPriceUpdate", gc=False):
    """Mark price `p`, funding rate `r`, next funding `T`. Delivery contracts have an empty rate and fail to decode."""

    E: Ms
    s: str
    p: Decimal
    r: Decimal
    T: Ms


PublicEvent = AggTrade | Trade | Book | Kline | MarkPrice


def read_agg_trade(event: AggTrade, product: Product) -> Decoded:
    symbol = product.canonical(event.s)
    if symbol is None or event.M is not None:
        return ANOTHER
    require_sane(event.p, event.q)
    return PriceChange(symbol, event.p, event.T, event.q, event.a)


def read_trade(event: Trade, product: Product) -> Decoded:
    symbol = product.canonical(event.s)
    if symbol is None or event.M is not None:
        return ANOTHER
    if event.X != "MARKET":
        return Ignored("a transfer outside the book, not a trade")
    require_sane(event.p, event.q)
    return PriceChange(symbol, event.p, event.T, event.q)


def read_book(event: Book, product: Product) -> Decoded:
    symbol = product.canonical(event.s)
    if symbol is None:
        return ANOTHER
    require_sane(event.b, event.B, event.a, event.A)
    return BookTicker(symbol, event.b, event.B, event.a, event.A, event.T)


def read_kline(event: Kline, product: Product) -> Decoded:
    symbol = product.canonical(event.s)
    if symbol is None:
        return ANOTHER
    k = event.k
    require_sane(k.o, k.h, k.l, k.c, k.v)
    return Candle(symbol, k.i, k.t, k.o, k.h, k.l, k.c, k.v, k.x)


def read_mark_price(event: MarkPrice, product: Product) -> Decoded:
    """Binance states one rate, which holds for the coming settlement: it is current and predicted rate alike."""
    symbol = product.canonical(event.s)
    if symbol is None:
        return ANOTHER
    require_sane(event.p, event.r)
    return FundingRate(symbol, event.r, event.E, event.r, event.T, event.p)


READERS: dict[type[Any], Any] = {
    AggTrade: read_agg_trade,
    Trade: read_trade,
    Book: read_book,
    Kline: read_kline,
    MarkPrice: read_mark_price,
}
"""By type of event: a function of the event and our product."""

UNUSED = frozenset(
    {
        "24hrMiniTicker",
        "24hrTicker",
        "assetIndexUpdate",
        "compositeIndex",
        "continuous_kline",
        "contractInfo",
        "depthUpdate",
        "forceOrder",
        "tradingSession",
    }
)
"""Public events that nobody here asks for."""
