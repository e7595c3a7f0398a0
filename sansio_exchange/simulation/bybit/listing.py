"""One perpetual as Bybit lists it: counted in base coin, prices and quantities with all decimals of tick and step.

Source: Bybit V5 API, "Get Instruments Info" (docs/v5/market/instrument), read in November 2026.
"""

from decimal import Decimal

from msgspec import Struct

from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import plain
from sansio_exchange.simulation import listings
from sansio_exchange.simulation.bybit.errors import unknown_symbol
from sansio_exchange.simulation.funding import MOST, PERIOD_MS
from sansio_exchange.simulation.notation import digits, trimmed

SETTLE = "USDT"
LAUNCHED_MS = "1585526400000"
MIN_NOTIONAL = Decimal(5)
PRICE_LIMIT = Decimal("0.05")
"""How far from the mark price a limit price may be on its bad side."""


class Contract(Struct, frozen=True):
    """BTC's as GET /v5/market/instruments-info gave it in 2024; of the others tick and step are Bybit's, the rest
    plausible."""

    base: str
    tick: str
    step: str
    max_price: str
    max_limit: str
    max_market: str
    leverage: int


CONTRACTS = (
    Contract("BTC", "0.10", "0.001", "199999.80", "1190.000", "119.000", 100),
    Contract("ETH", "0.01", "0.01", "19999.98", "7240.00", "724.00", 100),
    Contract("SOL", "0.010", "0.1", "3999.980", "79770.0", "7980.0", 100),
    Contract("BNB", "0.10", "0.01", "9999.80", "4500.00", "900.00", 75),
    Contract("XRP", "0.0001", "0.1", "199.9998", "4000000.0", "600000.0", 75),
    Contract("DOGE", "0.00001", "1", "39.99998", "42000000", "7000000", 75),
)
_LEVERAGE = {each.base: each.leverage for each in CONTRACTS}


def perpetuals() -> list[SymbolRules]:
    """Six liquid USDT-margined perpetuals."""
    return [_rules(each) for each in CONTRACTS]


def _rules(contract: Contract) -> SymbolRules:
    tick, step = Decimal(contract.tick), Decimal(contract.step)
    return SymbolRules(
        symbol=f"{contract.base}{SETTLE}",
        venue_symbol=f"{contract.base}{SETTLE}",
        base_asset=contract.base,
        quote_asset=SETTLE,
        tick_size=tick,
        step_size=step,
        min_quantity=step,
        max_quantity=Decimal(contract.max_limit),
        max_market_quantity=Decimal(contract.max_market),
        min_notional=MIN_NOTIONAL,
        min_price=tick,
        max_price=Decimal(contract.max_price),
        price_floor_ratio=1 - PRICE_LIMIT,
        price_cap_ratio=1 + PRICE_LIMIT,
    )


class Listing:
    """A perpetual with everything about it that does not change."""

    __slots__ = ("base", "max_leverage", "place", "rules", "symbol")

    def __init__(self, rules: SymbolRules, place: int) -> None:
        self.rules = rules
        self.symbol = rules.symbol
        self.base = rules.base_asset
        self.place = place
        self.max_leverage = _LEVERAGE.get(rules.base_asset, 50)

    def price(self, value: Decimal) -> str:
        return plain(value.quantize(self.rules.tick_size))

    def quantity(self, value: Decimal) -> str:
        return plain(value.quantize(self.rules.step_size))

    def levels(self, side: list[tuple[Decimal, Decimal]]) -> list[list[str]]:
        """Book levels: price and quantity, "0" where a level is gone."""
        return [[self.price(price), self.quantity(quantity) if quantity else "0"] for price, quantity in side]

    def row(self) -> dict[str, object]:
        """The perpetual's entry in the list of instruments."""
        rules = self.rules
        return {
            "symbol": self.symbol,
            "contractType": "LinearPerpetual",
            "status": "Trading",
            "baseCoin": self.base,
            "quoteCoin": rules.quote_asset,
            "launchTime": LAUNCHED_MS,
            "deliveryTime": "0",
            "deliveryFeeRate": "",
            "priceScale": str(digits(rules.tick_size)),
            "leverageFilter": {"minLeverage": "1", "maxLeverage": f"{self.max_leverage}.00", "leverageStep": "1"},
            "priceFilter": {
                "minPrice": self.price(rules.min_price),
                "maxPrice": self.price(rules.max_price),
                "tickSize": plain(rules.tick_size),
            },
            "lotSizeFilter": {
                "maxOrderQty": self.quantity(rules.max_quantity),
                "minOrderQty": self.quantity(rules.min_quantity),
                "qtyStep": plain(rules.step_size),
                "postOnlyMaxOrderQty": self.quantity(rules.max_quantity),
                "maxMktOrderQty": self.quantity(rules.max_market_quantity),
                "minNotionalValue": trimmed(rules.min_notional),
            },
            "unifiedMarginTrade": True,
            "fundingInterval": PERIOD_MS // 60_000,
            "settleCoin": rules.quote_asset,
            "copyTrading": "none",
            "upperFundingRate": str(MOST),
            "lowerFundingRate": str(-MOST),
            "isPreListing": False,
            "preListingInfo": None,
            "riskParameters": {"priceLimitRatioX": trimmed(PRICE_LIMIT), "priceLimitRatioY": trimmed(PRICE_LIMIT)},
            "displayName": "",
            "symbolType": "",
        }


class Listings(listings.Listings[Listing]):
    """All of them by symbol, in which Bybit's names are ours."""

    def __init__(self, rules: dict[str, SymbolRules]) -> None:
        by_symbol = {symbol: Listing(each, place) for place, (symbol, each) in enumerate(rules.items())}
        super().__init__(by_symbol, lambda _: unknown_symbol())
