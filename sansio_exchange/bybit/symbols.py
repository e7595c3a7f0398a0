"""Instruments out of GET /v5/market/instruments-info ("Get Instruments Info", 2025-09). Bybit counts coins."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from sansio_exchange.decoding import read_json, sensible
from sansio_exchange.errors import UnexpectedReply
from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import decimal_places, from_text

CATEGORY = "linear"
SETTLE_COIN = "USDT"
OTHER_PRODUCT = "other product"

Text = str | None
"""A number as text; "" and null leave it out."""


class PriceFilter(Struct, frozen=True, rename="camel"):
    min_price: Text = ""
    max_price: Text = ""
    tick_size: Text = ""


class LotSizeFilter(Struct, frozen=True, rename="camel"):
    """Quantities in base coin; `max_order_qty` is for limit orders, the market's own beside it."""

    qty_step: Text = ""
    min_order_qty: Text = ""
    max_order_qty: Text = ""
    max_mkt_order_qty: Text = ""
    min_notional_value: Text = ""


class InstrumentRow(Struct, frozen=True, rename="camel"):
    """One instrument."""

    symbol: str
    contract_type: str = ""
    status: str = ""
    base_coin: str = ""
    quote_coin: str = ""
    settle_coin: str = ""
    price_filter: PriceFilter = PriceFilter()
    lot_size_filter: LotSizeFilter = LotSizeFilter()


class _Page(Struct, frozen=True, rename="camel"):
    list: tuple[InstrumentRow, ...]
    next_page_cursor: Text = ""


class _Instruments(Struct, frozen=True):
    result: _Page


_decoder = msgspec.json.Decoder(_Instruments)


def read_instruments(body: bytes) -> tuple[Sequence[InstrumentRow], str, int]:
    """One page, the cursor of the next, and how many rows there were. Raises UnexpectedReply."""
    page = read_json(_decoder, body, "instruments").result
    return page.list, page.next_page_cursor or "", len(page.list)


def is_ours(category: str, symbol: str) -> bool:
    """Whether it is a perpetual settled in USDT, by its name: others of the category end in PERP (settled in USDC) or
    have a date (BTCUSDT-26DEC25). So an order or a position is known that is not listed any more, or not yet."""
    return category == CATEGORY and symbol.endswith(SETTLE_COIN)


def read_rules(rows: Iterable[InstrumentRow]) -> list[SymbolRules]:
    """Those of ours that trade now. Raises UnexpectedReply where there are none."""
    rules = [each for row in rows if _trades(row) for each in sensible(f"instruments: {row.symbol[:40]}", _rules, row)]
    if not rules:
        raise UnexpectedReply("instruments: no perpetual in USDT is trading")
    return rules


def _trades(row: InstrumentRow) -> bool:
    return (
        is_ours(CATEGORY, row.symbol)
        and row.contract_type == "LinearPerpetual"
        and row.settle_coin == SETTLE_COIN
        and row.quote_coin == SETTLE_COIN
        and row.status == "Trading"
    )


def _rules(row: InstrumentRow) -> tuple[SymbolRules, ...]:
    """None for one without a grid: no order could be checked against it."""
    price, lot = row.price_filter, row.lot_size_filter
    tick, step, least = from_text(price.tick_size), from_text(lot.qty_step), from_text(lot.min_order_qty)
    if tick <= 0 or step <= 0 or least <= 0:
        return ()
    rules = SymbolRules(
        symbol=row.symbol,
        venue_symbol=row.symbol,
        base_asset=row.base_coin,
        quote_asset=row.quote_coin,
        tick_size=tick,
        step_size=step,
        min_quantity=least,
        max_quantity=from_text(lot.max_order_qty),
        max_market_quantity=from_text(lot.max_mkt_order_qty),
        min_notional=from_text(lot.min_notional_value),
        min_price=from_text(price.min_price),
        max_price=from_text(price.max_price),
        price_precision=decimal_places(tick),
        quantity_precision=decimal_places(step),
    )
    return (rules,)
