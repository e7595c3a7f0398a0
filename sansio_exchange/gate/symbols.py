"""Contracts out of GET /futures/usdt/contracts ("Query all futures contracts", 2026-05-27), and contracts as coins.

Gate counts contracts. One contract is quanto_multiplier of the base coin; everything that leaves this folder is in
coin.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.decoding import read_json
from sansio_exchange.errors import InvalidRequest, UnexpectedReply, UnknownSymbol
from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import ZERO, is_multiple, plain, require_sane
from sansio_exchange.symbols import SymbolTable

OTHER_PRODUCT = "other product"
_QUOTE = "USDT"
_TAIL = f"_{_QUOTE}"


DOCUMENTED_SIZES = {
    "BTC": "0.0001",
    "ETH": "0.01",
    "SOL": "1",
    "BNB": "0.001",
    "XRP": "10",
    "DOGE": "10",
    "ADA": "10",
    "AVAX": "1",
    "BCH": "0.01",
    "DOT": "1",
    "ETC": "0.1",
    "LINK": "1",
    "LTC": "0.1",
    "TRX": "100",
    "UNI": "1",
}
"""Coin in one contract (quanto_multiplier), by base coin ("List all futures contracts", answers of 2021 to 2026). In
force until the contracts have been read: for those who decode a message or show a request without asking the venue."""


class ContractRow(Struct, frozen=True):
    """One contract. Sizes are text or numbers. `status` is newer than the others, which had `in_delisting` alone.

    `enable_decimal` contracts trade in parts of a contract. Which steps they have is not found in documentation: our
    orders are whole contracts on all of them.
    """

    name: str
    type: str = ""
    status: str = ""
    in_delisting: bool = False
    quanto_multiplier: Decimal = ZERO
    order_price_round: Decimal = ZERO
    order_size_min: Decimal = ZERO
    order_size_max: Decimal = ZERO
    market_order_size_max: Decimal = ZERO
    order_price_deviate: Decimal = ZERO
    funding_next_apply: Decimal = ZERO
    funding_interval: int = 0


_decoder = msgspec.json.Decoder(tuple[ContractRow, ...])


def read_contracts(body: bytes) -> tuple[ContractRow, ...]:
    """Raises UnexpectedReply."""
    return read_json(_decoder, body, "contracts")


class Contract(Struct, frozen=True, gc=False):
    """One of our contracts: both names, the coin in one, when funding is settled."""

    symbol: str
    name: str
    size: Decimal
    funding_ms: int = 0
    funding_every_ms: int = 0

    def contracts(self, quantity: Decimal) -> Decimal:
        """`quantity` of the coin as a number of contracts. Raises InvalidRequest where it is not a whole number."""
        if quantity % self.size:
            raise InvalidRequest(
                "quantity", f"{plain(quantity)} is no whole number of contracts of {plain(self.size)} {self.symbol}"
            )
        return quantity // self.size

    def next_funding_ms(self, now_ms: int) -> int:
        """The first settlement after `now_ms`, where a ticker does not tell it: counted on from the listing's."""
        if self.funding_every_ms <= 0 or now_ms < self.funding_ms:
            return self.funding_ms
        gone = (now_ms - self.funding_ms) // self.funding_every_ms + 1
        return self.funding_ms + gone * self.funding_every_ms


class Product:
    """Which of the venue's contracts are ours: linear perpetuals settled in USDT.

    `table` has those that trade now, the rest of the listed ones only `contract_of` knows: what is delisted takes no
    orders, but its last fills and its position are ours still. `mark_prices` are the latest heard of, by symbol.
    """

    def __init__(self) -> None:
        self.table = SymbolTable()
        self.mark_prices: dict[str, Decimal] = {}
        documented = [
            Contract(f"{base}{_QUOTE}", f"{base}{_TAIL}", Decimal(size)) for base, size in DOCUMENTED_SIZES.items()
        ]
        self._by_name = {each.name: each for each in documented}
        self._by_symbol = {each.symbol: each for each in documented}

    def replace(self, rows: Iterable[ContractRow]) -> None:
        """Make `rows` all there is. Raises UnexpectedReply where none of them trades."""
        rules: list[SymbolRules] = []
        contracts = []
        for row in rows:
            if row.type == "direct" and row.name.endswith(_TAIL) and row.name != _TAIL:
                contract = _contract(row)
                if contract is not None:
                    contracts.append(contract)
                    rules += _rules(row, contract)
        if not rules:
            raise UnexpectedReply("contracts: no linear contract in USDT trades")
        self.table.replace(rules)
        self._by_name = {each.name: each for each in contracts}
        self._by_symbol = {each.symbol: each for each in contracts}

    def contract_of(self, name: str) -> Contract | None:
        """Ours of that name, or None for another product."""
        return self._by_name.get(name)

    def trades(self, symbol: str) -> bool:
        """Whether one of ours trades now. Until the contracts have been read the documented ones do."""
        return symbol in self.table or not len(self.table)

    def contract(self, symbol: str) -> Contract:
        """Ours of that canonical name, or of Gate's own. Raises UnknownSymbol."""
        found = self._by_symbol.get(symbol) or self._by_name.get(symbol)
        if found is None:
            raise UnknownSymbol("symbol", f"{symbol[:40]!r} is not listed on Gate")
        return found

    def name_of(self, symbol: str) -> str:
        """What Gate calls the symbol, or would call it: a topic outlives the listing of its symbol."""
        found = self._by_symbol.get(symbol)
        return found.name if found else f"{symbol.removesuffix(_QUOTE)}{_TAIL}"


def _contract(row: ContractRow) -> Contract | None:
    """None for one without a size: no quantity of it could be told."""
    try:
        require_sane(row.quanto_multiplier, row.funding_next_apply)
    except ValueError as error:
        raise UnexpectedReply(f"contracts: {row.name[:40]}: {error}") from None
    if row.quanto_multiplier <= 0:
        return None
    return Contract(
        f"{row.name.removesuffix(_TAIL)}{_QUOTE}",
        row.name,
        row.quanto_multiplier,
        int(row.funding_next_apply * 1000),
        row.funding_interval * 1000,
    )


def _rules(row: ContractRow, contract: Contract) -> tuple[SymbolRules, ...]:
    """None for one that does not trade now, or without a grid: no order could be checked against it."""
    is_trading = row.status == "trading" if row.status else not row.in_delisting
    if not is_trading or row.order_price_round <= 0:
        return ()
    try:
        require_sane(
            row.order_price_round,
            row.order_size_min,
            row.order_size_max,
            row.market_order_size_max,
            row.order_price_deviate,
        )
    except ValueError as error:
        raise UnexpectedReply(f"contracts: {row.name[:40]}: {error}") from None
    least = max(Decimal(1), row.order_size_min)
    if not is_multiple(least, Decimal(1)):
        least = least // 1 + 1
    deviation = row.order_price_deviate
    rules = SymbolRules(
        symbol=contract.symbol,
        venue_symbol=row.name,
        base_asset=contract.symbol.removesuffix(_QUOTE),
        quote_asset=_QUOTE,
        tick_size=row.order_price_round,
        step_size=_shortest(contract.size),
        min_quantity=_shortest(least * contract.size),
        max_quantity=_shortest(row.order_size_max // 1 * contract.size),
        max_market_quantity=_shortest(row.market_order_size_max // 1 * contract.size),
        price_floor_ratio=max(ZERO, 1 - deviation) if deviation else ZERO,
        price_cap_ratio=1 + deviation if deviation else ZERO,
        contract_size=contract.size,
        price_precision=_places(row.order_price_round),
        quantity_precision=_places(contract.size),
    )
    return (rules,)


def _shortest(value: Decimal) -> Decimal:
    return Decimal(plain(value.normalize()))


def _places(step: Decimal) -> int:
    return max(0, -int(step.normalize().as_tuple().exponent))
