"""One perpetual as Gate lists it: counted in whole contracts, signed by side."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from sansio_exchange.market import SymbolRules
from sansio_exchange.orders import Side
from sansio_exchange.simulation import listings
from sansio_exchange.simulation.gate.errors import unknown_contract
from sansio_exchange.simulation.notation import digits, trimmed

SETTLE = "USDT"
LISTED = 1_574_035_200
DEVIATE = Decimal("0.5")
"""order_price_deviate of most contracts in GET /futures/usdt/contracts: how far a price may be from the mark."""
MAX_CONTRACTS = 1_000_000
FUNDING_SECONDS = 28_800


class Contract(Struct, frozen=True):
    """What Gate sets for a perpetual. `value` is its quanto_multiplier, the base coin in one contract.

    Multipliers, largest order and leverage are those of GET /futures/usdt/contracts in May 2023, ticks plausible.
    """

    base: str
    value: str
    tick: str
    leverage: int


CONTRACTS = (
    Contract("BTC", "0.0001", "0.1", 100),
    Contract("ETH", "0.01", "0.01", 100),
    Contract("SOL", "1", "0.01", 50),
    Contract("BNB", "0.001", "0.01", 50),
    Contract("XRP", "10", "0.0001", 50),
    Contract("DOGE", "10", "0.00001", 50),
)
_LEVERAGE = {each.base: each.leverage for each in CONTRACTS}


def perpetuals() -> list[SymbolRules]:
    """Six liquid USDT-settled perpetuals. Gate has no minimum notional; one contract is the least."""
    return [_rules(each) for each in CONTRACTS]


def _rules(contract: Contract) -> SymbolRules:
    value = Decimal(contract.value)
    return SymbolRules(
        symbol=f"{contract.base}USDT",
        venue_symbol=f"{contract.base}_USDT",
        base_asset=contract.base,
        quote_asset=SETTLE,
        tick_size=Decimal(contract.tick),
        step_size=value,
        min_quantity=value,
        max_quantity=value * MAX_CONTRACTS,
        price_floor_ratio=1 - DEVIATE,
        price_cap_ratio=1 + DEVIATE,
        contract_size=value,
    )


class Listing:
    """A perpetual with everything about it that does not change."""

    __slots__ = ("max_leverage", "name", "rules", "symbol", "value")

    def __init__(self, rules: SymbolRules) -> None:
        self.rules = rules
        self.symbol = rules.symbol
        self.name = rules.venue_symbol
        self.value = rules.contract_size
        self.max_leverage = _LEVERAGE.get(rules.base_asset, 50)

    def price(self, value: Decimal) -> str:
        return trimmed(value)

    def count(self, quantity: Decimal) -> int:
        """A quantity of base coin as a number of contracts."""
        return int(quantity / self.value)

    def signed(self, quantity: Decimal, side: Side) -> int:
        """A quantity as contracts: above 0 to buy, below to sell."""
        return self.count(quantity) if side is Side.BUY else -self.count(quantity)

    def quantity(self, contracts: Decimal) -> Decimal:
        """A number of contracts in base coin."""
        return contracts * self.value

    def levels(self, side: list[tuple[Decimal, Decimal]], *, is_decimal: bool) -> list[dict[str, object]]:
        """Book levels: price and absolute number of contracts."""
        return [
            {"p": trimmed(price), "s": sized(self.count(quantity), is_decimal=is_decimal)} for price, quantity in side
        ]

    def row(self, *, is_decimal: bool) -> dict[str, object]:
        """What stands still in the contract's entry; market_data adds what moves."""
        rules = self.rules
        return {
            "config_change_time": LISTED,
            "contract_type": "",
            "create_time": LISTED,
            "cross_leverage_default": "10",
            "enable_bonus": True,
            "enable_circuit_breaker": False,
            "enable_credit": True,
            "enable_decimal": False,
            "funding_cap_ratio": "0.75",
            "funding_impact_value": "60000",
            "funding_interval": FUNDING_SECONDS,
            "funding_offset": 0,
            "funding_rate_limit": "0.003",
            "in_delisting": False,
            "interest_rate": "0.0003",
            "is_pre_market": False,
            "launch_time": LISTED,
            "leverage_max": str(self.max_leverage),
            "leverage_min": "1",
            "mark_price_round": trimmed(Decimal(1).scaleb(-digits(rules.tick_size) - 1)),
            "mark_type": "index",
            "market_order_size_max": str(MAX_CONTRACTS),
            "market_order_slip_ratio": "0.05",
            "name": self.name,
            "order_price_deviate": trimmed(DEVIATE),
            "order_price_round": trimmed(rules.tick_size),
            "order_size_max": sized(MAX_CONTRACTS, is_decimal=is_decimal),
            "order_size_min": sized(1, is_decimal=is_decimal),
            "quanto_multiplier": trimmed(self.value),
            "ref_discount_rate": "0",
            "ref_rebate_rate": "0.2",
            "risk_limit_base": "1000000",
            "risk_limit_max": "30000000",
            "risk_limit_step": "1000000",
            "status": "trading",
            "type": "direct",
            "voucher_leverage": "0",
        }


def is_decimal(headers: Mapping[str, str]) -> bool:
    """Whether a request or a handshake asked for sizes as texts. Header names are in lower case."""
    return headers.get("x-gate-size-decimal") == "1"


def sized(contracts: int, *, is_decimal: bool) -> int | str:
    """A size as it stands in JSON: a number, or a text for whoever sent X-Gate-Size-Decimal: 1 (Gate API v4)."""
    return str(contracts) if is_decimal else contracts


class Listings(listings.Listings[Listing]):
    """All of them, by Gate's names and by ours."""

    def __init__(self, rules: dict[str, SymbolRules]) -> None:
        by_symbol = {symbol: Listing(each) for symbol, each in rules.items()}
        super().__init__(by_symbol, lambda _: unknown_contract(), {each.name: each for each in by_symbol.values()})

    def chosen(self, name: str) -> list[Listing]:
        """The one of that name, or all where there is none. Raises Refused (CONTRACT_NOT_FOUND)."""
        return [self.find(name)] if name else list(self)
