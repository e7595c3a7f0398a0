"""Instruments out of GET /api/v5/public/instruments ("Get instruments", 2026-07-03), and contracts as coins.

OKX counts contracts. One contract is ctVal x ctMult of the base coin; everything that leaves this folder is in coin.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.decoding import read_json
from sansio_exchange.errors import InvalidRequest, UnexpectedReply, UnknownSymbol
from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import decimal_places, from_text, plain
from sansio_exchange.symbols import SymbolTable

OTHER_PRODUCT = "other product"
_QUOTE = "USDT"
_TAIL = f"-{_QUOTE}-SWAP"
_PLACES = 8
"""Decimal places that a number of contracts may have: more than any lot size has."""


DOCUMENTED_SIZES = {
    "BTC": "0.01",
    "ETH": "0.1",
    "SOL": "1",
    "BNB": "0.01",
    "XRP": "100",
    "DOGE": "1000",
    "ADA": "100",
    "AVAX": "1",
    "BCH": "0.1",
    "DOT": "1",
    "ETC": "10",
    "LINK": "1",
    "LTC": "1",
    "TRX": "1000",
    "UNI": "1",
}
"""Coin in one contract, by base coin ("Get instruments", answers of 2022 to 2026). In force until the instruments have
been read: for those who decode a message or show a request without asking the venue."""

UNLISTED_CODE = 0
"""What stands for a code until then: no instrument has it."""


class InstrumentRow(Struct, frozen=True, rename="camel"):
    """One instrument. `inst_id_code` stands for its name on the order-entry socket; null where none is given yet."""

    inst_id: str
    inst_type: str = ""
    ct_type: str = ""
    settle_ccy: str = ""
    ct_val_ccy: str = ""
    state: str = ""
    ct_val: str | None = ""
    ct_mult: str | None = ""
    tick_sz: str | None = ""
    lot_sz: str | None = ""
    min_sz: str | None = ""
    max_lmt_sz: str | None = ""
    max_mkt_sz: str | None = ""
    inst_id_code: int | str | None = None


class _Instruments(Struct, frozen=True):
    data: tuple[InstrumentRow, ...]


_decoder = msgspec.json.Decoder(_Instruments)


def read_instruments(body: bytes) -> tuple[InstrumentRow, ...]:
    """Raises UnexpectedReply."""
    return read_json(_decoder, body, "instruments").data


class Contract(Struct, frozen=True, gc=False):
    """One of our instruments: both names, the coin in one contract, its code."""

    symbol: str
    inst_id: str
    size: Decimal
    code: int | None = None

    def contracts(self, quantity: Decimal) -> str:
        """`quantity` of the coin as a number of contracts. Raises InvalidRequest where it is not exactly one."""
        if quantity % self.size.scaleb(-_PLACES):
            raise InvalidRequest(
                "quantity", f"{plain(quantity)} is no exact number of contracts of {plain(self.size)} {self.symbol}"
            )
        return plain(quantity / self.size)


class Product:
    """Which of the venue's instruments are ours: linear perpetual swaps settled in USDT.

    `table` has those that trade now, the rest of the listed ones only `contract_of` knows: what is suspended takes no
    orders, but its last fills and its position are ours still.
    """

    def __init__(self) -> None:
        self.table = SymbolTable()
        documented = [
            Contract(f"{base}{_QUOTE}", f"{base}{_TAIL}", Decimal(size), UNLISTED_CODE)
            for base, size in DOCUMENTED_SIZES.items()
        ]
        self._by_inst_id = {each.inst_id: each for each in documented}
        self._by_symbol = {each.symbol: each for each in documented}

    def replace(self, rows: Iterable[InstrumentRow]) -> None:
        """Make `rows` all there is. Raises UnexpectedReply where none of them trades."""
        rules: list[SymbolRules] = []
        contracts = []
        for row in rows:
            contract = _contract(row) if _is_ours(row) else None
            if contract is not None:
                contracts.append(contract)
                if row.state == "live":
                    rules += _rules(row, contract)
        if not rules:
            raise UnexpectedReply("instruments: no linear swap in USDT is live")
        self.table.replace(rules)
        self._by_inst_id = {each.inst_id: each for each in contracts}
        self._by_symbol = {each.symbol: each for each in contracts}

    def __iter__(self) -> Iterator[Contract]:
        return iter(self._by_inst_id.values())

    def contract_of(self, inst_id: str) -> Contract | None:
        """Ours of that name, or None for another product."""
        return self._by_inst_id.get(inst_id)

    def contract(self, symbol: str) -> Contract:
        """Ours of that canonical name, or of OKX's own. Raises UnknownSymbol."""
        found = self._by_symbol.get(symbol) or self._by_inst_id.get(symbol)
        if found is None:
            raise UnknownSymbol("symbol", f"{symbol[:40]!r} is not listed on OKX")
        return found

    def inst_id(self, symbol: str) -> str:
        """What OKX calls the symbol, or would call it: a topic outlives the listing of its symbol."""
        found = self._by_symbol.get(symbol)
        return found.inst_id if found else f"{symbol.removesuffix(_QUOTE)}{_TAIL}"


def _is_ours(row: InstrumentRow) -> bool:
    """The contract must be counted in the coin that its name begins with, or sizes would mean something else."""
    return (
        row.inst_type == "SWAP"
        and row.ct_type == "linear"
        and row.settle_ccy == _QUOTE
        and row.inst_id.endswith(_TAIL)
        and row.ct_val_ccy == row.inst_id.removesuffix(_TAIL)
    )


def _contract(row: InstrumentRow) -> Contract | None:
    """None for one that is announced and has no size yet."""
    try:
        size = from_text(row.ct_val) * (from_text(row.ct_mult) or Decimal(1))
    except ValueError as error:
        raise UnexpectedReply(f"instruments: {row.inst_id[:40]}: {error}") from None
    if size <= 0:
        return None
    return Contract(f"{row.ct_val_ccy}{_QUOTE}", row.inst_id, size, _code(row.inst_id_code))


def _code(said: int | str | None) -> int | None:
    """The code is an integer by the documentation; as nearly all other numbers are text, text will do."""
    if isinstance(said, str):
        return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
    return said


def _rules(row: InstrumentRow, contract: Contract) -> tuple[SymbolRules, ...]:
    """None for one without a grid: no order could be checked against it."""
    try:
        tick, lot, least, most, most_market = map(
            from_text, (row.tick_sz, row.lot_sz, row.min_sz, row.max_lmt_sz, row.max_mkt_sz)
        )
    except ValueError as error:
        raise UnexpectedReply(f"instruments: {row.inst_id[:40]}: {error}") from None
    if tick <= 0 or lot <= 0 or least <= 0:
        return ()
    step = lot * contract.size
    rules = SymbolRules(
        symbol=contract.symbol,
        venue_symbol=row.inst_id,
        base_asset=row.ct_val_ccy,
        quote_asset=_QUOTE,
        tick_size=tick,
        step_size=_shortest(step),
        min_quantity=_shortest(least * contract.size),
        max_quantity=_shortest(most * contract.size),
        max_market_quantity=_shortest(most_market * contract.size),
        contract_size=contract.size,
        price_precision=decimal_places(tick),
        quantity_precision=decimal_places(step),
    )
    return (rules,)


def _shortest(value: Decimal) -> Decimal:
    return Decimal(plain(value.normalize()))
