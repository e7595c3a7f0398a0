"""One perpetual as Bitget lists it: counted in base coin, its steps told as decimals and multiples.

Source: Bitget API, "Get Contract Config" (bitget.com/api-doc/contract/market/Get-All-Symbols-Contracts), of
November 2025. Prices are multiples of priceEndStep in the last of pricePlace decimals.
"""

from decimal import Decimal

from msgspec import Struct

from sansio_exchange.market import SymbolRules
from sansio_exchange.simulation import listings
from sansio_exchange.simulation.bitget.errors import unknown_symbol
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.notation import trimmed


class Contract(Struct, frozen=True):
    """What Bitget sets for a perpetual. BTC's is like GET /api/v2/mix/market/contracts, the others plausible."""

    base: str
    price_place: int
    price_end_step: int
    volume_place: int
    max_order: str
    max_market: str
    leverage: int


CONTRACTS = (
    Contract("BTC", 1, 1, 4, "1200", "220", 125),
    Contract("ETH", 2, 1, 2, "18000", "4000", 125),
    Contract("SOL", 3, 1, 1, "250000", "50000", 100),
    Contract("BNB", 2, 5, 2, "20000", "4000", 75),
    Contract("XRP", 4, 1, 0, "10000000", "2000000", 100),
    Contract("DOGE", 5, 1, 0, "60000000", "12000000", 75),
)
_CONTRACTS = {each.base: each for each in CONTRACTS}
UNKNOWN = Contract("", 2, 1, 0, "1000000", "1000000", 50)
MIN_NOTIONAL = Decimal(5)
PRICE_RATIO = Decimal("0.05")
"""How far a bid may be above the mark price, and an ask below."""


def perpetuals() -> list[SymbolRules]:
    """Six liquid USDT-margined perpetuals."""
    return [_rules(each) for each in CONTRACTS]


def _rules(contract: Contract) -> SymbolRules:
    step = Decimal(1).scaleb(-contract.volume_place)
    symbol = f"{contract.base}USDT"
    return SymbolRules(
        symbol=symbol,
        venue_symbol=symbol,
        base_asset=contract.base,
        quote_asset="USDT",
        tick_size=Decimal(contract.price_end_step).scaleb(-contract.price_place),
        step_size=step,
        min_quantity=step,
        max_quantity=Decimal(contract.max_order),
        max_market_quantity=Decimal(contract.max_market),
        min_notional=MIN_NOTIONAL,
        price_floor_ratio=1 - PRICE_RATIO,
        price_cap_ratio=1 + PRICE_RATIO,
    )


class Listing:
    """A perpetual with everything about it that does not change. `place` is its number among all."""

    __slots__ = ("contract", "max_leverage", "place", "rules", "symbol")

    def __init__(self, rules: SymbolRules, place: int) -> None:
        self.rules = rules
        self.symbol = rules.symbol
        self.place = place
        self.contract = _CONTRACTS.get(rules.base_asset, UNKNOWN)
        self.max_leverage = self.contract.leverage

    def row(self, fees: Fees) -> dict[str, object]:
        """Its entry in the list of contracts."""
        rules, contract = self.rules, self.contract
        return {
            "symbol": self.symbol,
            "baseCoin": rules.base_asset,
            "quoteCoin": rules.quote_asset,
            "buyLimitPriceRatio": trimmed(PRICE_RATIO),
            "sellLimitPriceRatio": trimmed(PRICE_RATIO),
            "feeRateUpRatio": "0.005",
            "makerFeeRate": trimmed(fees.maker),
            "takerFeeRate": trimmed(fees.taker),
            "openCostUpRatio": "0.01",
            "supportMarginCoins": [rules.quote_asset],
            "minTradeNum": trimmed(rules.min_quantity),
            "priceEndStep": str(contract.price_end_step),
            "volumePlace": str(contract.volume_place),
            "pricePlace": str(contract.price_place),
            "sizeMultiplier": trimmed(rules.step_size),
            "symbolType": "perpetual",
            "minTradeUSDT": trimmed(rules.min_notional),
            "maxSymbolOrderNum": "200",
            "maxProductOrderNum": "400",
            "maxPositionNum": "150",
            "symbolStatus": "normal",
            "offTime": "-1",
            "limitOpenTime": "-1",
            "deliveryTime": "",
            "deliveryStartTime": "",
            "deliveryPeriod": "",
            "launchTime": "",
            "fundInterval": "8",
            "minLever": "1",
            "maxLever": str(self.max_leverage),
            "posLimit": "0.05",
            "maintainTime": "",
            "maxMarketOrderQty": trimmed(rules.max_market_quantity),
            "maxOrderQty": trimmed(rules.max_quantity),
            "isRwa": "NO",
        }


class Listings(listings.Listings[Listing]):
    """All of them, by symbol: Bitget's name is ours."""

    def __init__(self, rules: dict[str, SymbolRules]) -> None:
        by_symbol = {symbol: Listing(each, place) for place, (symbol, each) in enumerate(rules.items())}
        super().__init__(by_symbol, unknown_symbol)

    def find(self, name: str) -> Listing:
        """In any case."""
        return super().find(name.upper())
