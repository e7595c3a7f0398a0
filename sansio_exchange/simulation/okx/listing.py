"""One swap as OKX lists it: counted in contracts, its numbers as texts without zeros at their ends."""

from decimal import Decimal

from msgspec import Struct

from sansio_exchange.market import SymbolRules
from sansio_exchange.simulation import listings
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.okx.errors import unknown_instrument

SETTLE = "USDT"
INST_TYPE = "SWAP"
LISTED_MS = "1573557408000"


class Contract(Struct, frozen=True):
    """What OKX sets for a swap. Sizes are in contracts, `value` is the base coin in one.

    BTC's is as GET /api/v5/public/instruments gave it in 2026; of the others contract value, lot and tick are OKX's,
    the limits plausible.
    """

    base: str
    value: str
    lot: str
    tick: str
    max_market: str
    leverage: int
    code: int
    max_limit: str = "100000000"


CONTRACTS = (
    Contract("BTC", "0.01", "0.01", "0.1", "35000", 100, 10459),
    Contract("ETH", "0.1", "0.01", "0.01", "20000", 100, 10461),
    Contract("SOL", "1", "0.01", "0.01", "25000", 50, 10498),
    Contract("BNB", "0.01", "1", "0.1", "50000", 50, 11125),
    Contract("XRP", "100", "0.01", "0.0001", "16000", 50, 10464),
    Contract("DOGE", "1000", "0.01", "0.00001", "20000", 50, 10486),
)
_CONTRACTS = {each.base: each for each in CONTRACTS}
UNKNOWN = Contract("", "1", "1", "0.01", "10000", 50, 20_000)


def swaps() -> list[SymbolRules]:
    """Six liquid USDT-margined perpetual swaps. OKX has no minimum notional and tells price limits apart (51006)."""
    return [_rules(each) for each in CONTRACTS]


def _rules(contract: Contract) -> SymbolRules:
    value, lot = Decimal(contract.value), Decimal(contract.lot)
    return SymbolRules(
        symbol=f"{contract.base}USDT",
        venue_symbol=f"{contract.base}-USDT-SWAP",
        base_asset=contract.base,
        quote_asset=SETTLE,
        tick_size=Decimal(contract.tick),
        step_size=lot * value,
        min_quantity=lot * value,
        max_quantity=Decimal(contract.max_limit) * value,
        max_market_quantity=Decimal(contract.max_market) * value,
        price_floor_ratio=Decimal("0.95"),
        price_cap_ratio=Decimal("1.05"),
        contract_size=value,
    )


class Listing:
    """A swap with everything about it that does not change."""

    __slots__ = ("code", "family", "inst_id", "max_leverage", "rules", "symbol", "value")

    def __init__(self, rules: SymbolRules, place: int) -> None:
        contract = _CONTRACTS.get(rules.base_asset, UNKNOWN)
        self.rules = rules
        self.symbol = rules.symbol
        self.inst_id = rules.venue_symbol
        self.family = f"{rules.base_asset}-{rules.quote_asset}"
        self.value = rules.contract_size
        self.max_leverage = contract.leverage
        self.code = contract.code if contract is not UNKNOWN else contract.code + place

    def price(self, value: Decimal) -> str:
        return trimmed(value)

    def contracts(self, quantity: Decimal) -> str:
        """A quantity of base coin as a number of contracts."""
        return trimmed(quantity / self.value)

    def quantity(self, contracts: Decimal) -> Decimal:
        """A number of contracts in base coin."""
        return contracts * self.value

    def levels(self, side: list[tuple[Decimal, Decimal]]) -> list[list[str]]:
        """Book levels: price, contracts, a deprecated field that is always 0, and a number of orders."""
        return [[trimmed(price), self.contracts(quantity), "0", "1" if quantity else "0"] for price, quantity in side]

    def row(self) -> dict[str, object]:
        """The swap's entry in the list of instruments."""
        rules = self.rules
        return {
            "alias": "",
            "auctionEndTime": "",
            "baseCcy": "",
            "category": "1",
            "contTdSwTime": LISTED_MS,
            "ctMult": "1",
            "ctType": "linear",
            "ctVal": trimmed(self.value),
            "ctValCcy": rules.base_asset,
            "expTime": "",
            "futureSettlement": False,
            "groupId": "2",
            "instCategory": "1",
            "instFamily": self.family,
            "instId": self.inst_id,
            "instIdCode": self.code,
            "instType": INST_TYPE,
            "lever": str(self.max_leverage),
            "listTime": LISTED_MS,
            "lotSz": self.contracts(rules.step_size),
            "maxIcebergSz": self.contracts(rules.max_quantity),
            "maxLmtAmt": "20000000",
            "maxLmtSz": self.contracts(rules.max_quantity),
            "maxMktAmt": "",
            "maxMktSz": self.contracts(rules.max_market_quantity),
            "maxStopSz": self.contracts(rules.max_market_quantity),
            "maxTriggerSz": self.contracts(rules.max_quantity),
            "maxTwapSz": self.contracts(rules.max_quantity),
            "minSz": self.contracts(rules.min_quantity),
            "openType": "",
            "optType": "",
            "preMktSwTime": "",
            "quoteCcy": "",
            "ruleType": "normal",
            "settleCcy": rules.quote_asset,
            "state": "live",
            "stk": "",
            "tickSz": trimmed(rules.tick_size),
            "tradeQuoteCcyList": [],
            "uly": self.family,
            "upcChg": [],
        }


class Listings(listings.Listings[Listing]):
    """All of them, by OKX's names and by ours."""

    def __init__(self, rules: dict[str, SymbolRules]) -> None:
        by_symbol = {symbol: Listing(each, place) for place, (symbol, each) in enumerate(rules.items())}
        by_id = {each.inst_id: each for each in by_symbol.values()}
        super().__init__(by_symbol, lambda _: unknown_instrument(), by_id)
        self._by_code = {str(each.code): each for each in by_symbol.values()}

    def name_of_code(self, code: str) -> str:
        """The instrument of an instIdCode, the code itself where there is none."""
        listing = self._by_code.get(code)
        return code if listing is None else listing.inst_id

    def find_code(self, code: str) -> Listing:
        """By instIdCode. Raises Refused (51001)."""
        listing = self._by_code.get(code)
        if listing is None:
            raise unknown_instrument()
        return listing
