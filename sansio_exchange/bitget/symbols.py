"""Contracts out of GET /api/v2/mix/market/contracts ("Get Contract Config", 2026-09-28). Sizes are in the base coin."""

import re
from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.bitget.endpoints import COIN
from sansio_exchange.decoding import read_json
from sansio_exchange.errors import UnexpectedReply, UnknownSymbol
from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import from_text, int64_from_text, plain
from sansio_exchange.symbols import SymbolTable

OTHER_PRODUCT = "other product"
_MOST_PLACES = 30
"""Decimal places that a step may have."""


_LIKE_OURS = re.compile(f"[A-Z0-9]+{COIN}")


class ContractRow(Struct, frozen=True, rename="camel"):
    """One contract. A price is a multiple of `price_end_step` units of its last decimal place."""

    symbol: str
    base_coin: str = ""
    quote_coin: str = ""
    symbol_type: str = ""
    symbol_status: str = ""
    price_place: str | None = ""
    price_end_step: str | None = ""
    volume_place: str | None = ""
    size_multiplier: str | None = ""
    min_trade_num: str | None = ""
    min_trade_usdt: str | None = msgspec.field(name="minTradeUSDT", default="")
    max_order_qty: str | None = ""
    max_market_order_qty: str | None = ""


class _Contracts(Struct, frozen=True):
    data: tuple[ContractRow, ...]


_decoder = msgspec.json.Decoder(_Contracts)


def read_contracts(body: bytes) -> tuple[ContractRow, ...]:
    """Raises UnexpectedReply."""
    return read_json(_decoder, body, "contracts").data


class Product:
    """Which of the venue's contracts are ours: perpetuals quoted and settled in USDT. Bitget calls them as we do.

    `table` has those that trade now, the rest of the listed ones only `symbol_of` knows: what is in maintenance takes
    no orders, but its last fills and its position are ours still.
    """

    def __init__(self) -> None:
        self.table = SymbolTable()
        self._listed: dict[str, str] | None = None
        """None until the contracts have been read: till then a name says whether it is ours, for those who decode a
        message or show a request without asking the venue."""

    def replace(self, rows: Iterable[ContractRow]) -> None:
        """Make `rows` all there is. Raises UnexpectedReply where none of them trades."""
        ours = [row for row in rows if _is_ours(row)]
        rules = [each for row in ours if row.symbol_status == "normal" for each in _rules(row)]
        if not rules:
            raise UnexpectedReply("contracts: no perpetual in USDT trades")
        self.table.replace(rules)
        self._listed = {row.symbol: row.symbol for row in ours}

    def symbol_of(self, name: str) -> str | None:
        """Our name of what Bitget calls `name`, or None for another product. Documented replies have it in lower case
        here and there."""
        if self._listed is None:
            return name.upper() if _LIKE_OURS.fullmatch(name.upper()) else None
        return self._listed.get(name) or self._listed.get(name.upper())

    def require(self, symbol: str) -> str:
        """The name of one that is listed. Raises UnknownSymbol."""
        if self.symbol_of(symbol) != symbol:
            raise UnknownSymbol("symbol", f"{symbol[:40]!r} is not listed on Bitget")
        return symbol


def _is_ours(row: ContractRow) -> bool:
    return row.symbol_type == "perpetual" and row.quote_coin == COIN and row.symbol == f"{row.base_coin}{COIN}"


def _rules(row: ContractRow) -> tuple[SymbolRules, ...]:
    """None for one without a grid: no order could be checked against it."""
    try:
        price_places, volume_places = _places(row.price_place), _places(row.volume_place)
        end_step, multiplier, least, notional, most, most_market = map(
            from_text,
            (
                row.price_end_step,
                row.size_multiplier,
                row.min_trade_num,
                row.min_trade_usdt,
                row.max_order_qty,
                row.max_market_order_qty,
            ),
        )
    except ValueError as error:
        raise UnexpectedReply(f"contracts: {row.symbol[:40]}: {error}") from None
    if end_step <= 0 or multiplier <= 0 or least <= 0:
        return ()
    rules = SymbolRules(
        symbol=row.symbol,
        venue_symbol=row.symbol,
        base_asset=row.base_coin,
        quote_asset=COIN,
        tick_size=_shortest(end_step.scaleb(-price_places)),
        # Both bind: a multiple of the multiplier with no more decimal places than are allowed.
        step_size=_shortest(max(multiplier, Decimal(1).scaleb(-volume_places))),
        min_quantity=_shortest(least),
        max_quantity=_shortest(most),
        max_market_quantity=_shortest(most_market),
        min_notional=_shortest(notional),
        price_precision=price_places,
        quantity_precision=volume_places,
    )
    return (rules,)


def _places(text: str | None) -> int:
    if not text:
        raise ValueError("a number of decimal places is missing")
    places = int64_from_text(text)
    if not 0 <= places <= _MOST_PLACES:
        raise ValueError(f"{places} decimal places")
    return places


def _shortest(value: Decimal) -> Decimal:
    return Decimal(plain(value.normalize()))
