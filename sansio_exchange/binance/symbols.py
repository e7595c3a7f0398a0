"""Symbols and filters out of GET /fapi/v1/exchangeInfo ("Exchange Information", "Common Definition", Filters)."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.binance.limits import RateLimit
from sansio_exchange.decoding import read_json
from sansio_exchange.errors import UnexpectedReply
from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import ZERO
from sansio_exchange.symbols import SymbolTable

OTHER_PRODUCT = "other product"


class Filter(Struct, frozen=True, rename="camel"):
    """Any filter: each kind sets its own fields."""

    filter_type: str
    min_price: Decimal = ZERO
    max_price: Decimal = ZERO
    tick_size: Decimal = ZERO
    min_qty: Decimal = ZERO
    max_qty: Decimal = ZERO
    step_size: Decimal = ZERO
    notional: Decimal = ZERO
    multiplier_up: Decimal = ZERO
    multiplier_down: Decimal = ZERO


class SymbolRow(Struct, frozen=True, rename="camel"):
    """One symbol. Precisions are for display; the grids are in the filters."""

    symbol: str
    contract_type: str = ""
    status: str = ""
    base_asset: str = ""
    quote_asset: str = ""
    margin_asset: str = ""
    price_precision: int = 0
    quantity_precision: int = 0
    filters: tuple[Filter, ...] = ()


class ExchangeInfo(Struct, frozen=True, rename="camel"):
    """What we read of the exchange info."""

    symbols: tuple[SymbolRow, ...]
    rate_limits: tuple[RateLimit, ...] = ()


_decoder = msgspec.json.Decoder(ExchangeInfo)


def read_exchange_info(body: bytes) -> ExchangeInfo:
    """Raises UnexpectedReply."""
    return read_json(_decoder, body, "exchangeInfo")


def _rules(row: SymbolRow) -> SymbolRules:
    by_type = {each.filter_type: each for each in row.filters}
    none = Filter("")
    price = by_type.get("PRICE_FILTER", none)
    lot = by_type.get("LOT_SIZE", none)
    percent = by_type.get("PERCENT_PRICE", none)
    return SymbolRules(
        symbol=row.symbol,
        venue_symbol=row.symbol,
        base_asset=row.base_asset,
        quote_asset=row.quote_asset,
        tick_size=price.tick_size,
        step_size=lot.step_size,
        min_quantity=lot.min_qty,
        max_quantity=lot.max_qty,
        max_market_quantity=by_type.get("MARKET_LOT_SIZE", none).max_qty,
        min_notional=by_type.get("MIN_NOTIONAL", none).notional,
        min_price=price.min_price,
        max_price=price.max_price,
        price_floor_ratio=percent.multiplier_down,
        price_cap_ratio=percent.multiplier_up,
        price_precision=row.price_precision,
        quantity_precision=row.quantity_precision,
    )


class Product:
    """Which of the venue's symbols are ours: perpetuals in USDT.

    `table` has those that trade now, the rest of the listed ones only `canonical` knows: a contract that is being
    settled takes no orders any more, but its last fills and its position are ours still.
    """

    def __init__(self) -> None:
        self.table = SymbolTable()
        self._listed: frozenset[str] = frozenset()

    def replace(self, rows: Iterable[SymbolRow]) -> None:
        """Make `rows` all there is. Raises UnexpectedReply where none of them trades."""
        ours = [row for row in rows if _is_ours(row)]
        rules = [_rules(row) for row in ours if row.status == "TRADING"]
        if not rules:
            raise UnexpectedReply("exchangeInfo: no perpetual in USDT is trading")
        self.table.replace(rules)
        self._listed = frozenset(row.symbol for row in ours)

    def canonical(self, venue_symbol: str) -> str | None:
        """Our name for the venue's symbol, which on Binance is the same, or None for another product.

        Before any exchange info symbols stand as they are, but for those with an underscore: delivery contracts
        (BTCUSDT_260925) and everything margined in coin (BTCUSD_PERP).
        """
        if venue_symbol in self._listed or venue_symbol in self.table:
            return venue_symbol
        return None if len(self.table) or "_" in venue_symbol else venue_symbol


def _is_ours(row: SymbolRow) -> bool:
    return row.contract_type == "PERPETUAL" and row.quote_asset == "USDT" and row.margin_asset == "USDT"
