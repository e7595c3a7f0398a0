"""One perpetual as Binance writes it: its stream names, its number of decimals, its filters."""

from decimal import Decimal

from sansio_exchange.market import SymbolRules
from sansio_exchange.simulation import listings
from sansio_exchange.simulation.binance.errors import invalid_symbol
from sansio_exchange.simulation.notation import digits

NO_DELIVERY_MS = 4133404800000
"""The delivery date that Binance gives perpetuals."""
ONBOARDED_MS = 1569398400000


def amount(value: Decimal) -> str:
    """An amount of money: eight decimals."""
    return f"{value:.8f}"


class Listing:
    """A symbol with everything about it that does not change."""

    __slots__ = ("price_digits", "quantity_digits", "rules", "stream", "symbol")

    def __init__(self, rules: SymbolRules) -> None:
        self.rules = rules
        self.symbol = rules.symbol
        self.stream = rules.symbol.lower()
        self.price_digits = digits(rules.tick_size)
        self.quantity_digits = digits(rules.step_size)

    def price(self, value: Decimal) -> str:
        return f"{value:.{self.price_digits}f}"

    def quantity(self, value: Decimal) -> str:
        return f"{value:.{self.quantity_digits}f}"

    def levels(self, side: list[tuple[Decimal, Decimal]]) -> list[tuple[str, str]]:
        """Book levels as pairs of texts."""
        price_format, quantity_format = f".{self.price_digits}f", f".{self.quantity_digits}f"
        return [(format(price, price_format), format(quantity, quantity_format)) for price, quantity in side]

    def row(self, working_orders: int) -> dict[str, object]:
        """The symbol's entry in the exchange info."""
        rules = self.rules
        return {
            "symbol": rules.symbol,
            "pair": rules.symbol,
            "contractType": "PERPETUAL",
            "deliveryDate": NO_DELIVERY_MS,
            "onboardDate": ONBOARDED_MS,
            "status": "TRADING",
            "maintMarginPercent": "2.5000",
            "requiredMarginPercent": "5.0000",
            "baseAsset": rules.base_asset,
            "quoteAsset": rules.quote_asset,
            "marginAsset": rules.quote_asset,
            "pricePrecision": self.price_digits,
            "quantityPrecision": self.quantity_digits,
            "baseAssetPrecision": 8,
            "quotePrecision": 8,
            "underlyingType": "COIN",
            "underlyingSubType": ["PoW"] if rules.base_asset == "BTC" else ["Layer-1"],
            "triggerProtect": "0.0500",
            "liquidationFee": "0.012500",
            "marketTakeBound": "0.05",
            "maxMoveOrderLimit": 10000,
            "filters": self.filters(working_orders),
            "orderTypes": ["LIMIT", "MARKET"],
            "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
            "permissionSets": ["GRID", "COPY"],
        }

    def filters(self, working_orders: int) -> list[dict[str, object]]:
        rules = self.rules
        lot = {"stepSize": self.quantity(rules.step_size), "minQty": self.quantity(rules.min_quantity)}
        return [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": self.price(rules.min_price),
                "maxPrice": self.price(rules.max_price),
                "tickSize": self.price(rules.tick_size),
            },
            {"filterType": "LOT_SIZE", "maxQty": self.quantity(rules.max_quantity), **lot},
            {"filterType": "MARKET_LOT_SIZE", "maxQty": self.quantity(rules.max_market_quantity), **lot},
            {"filterType": "MAX_NUM_ORDERS", "limit": working_orders},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 0},
            {"filterType": "MIN_NOTIONAL", "notional": str(rules.min_notional)},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierDown": f"{rules.price_floor_ratio:.4f}",
                "multiplierUp": f"{rules.price_cap_ratio:.4f}",
                "multiplierDecimal": "4",
            },
        ]


class Listings(listings.Listings[Listing]):
    """All of them, by symbol."""

    def __init__(self, rules: dict[str, SymbolRules]) -> None:
        by_symbol = {symbol: Listing(each) for symbol, each in rules.items()}
        super().__init__(by_symbol, lambda _: invalid_symbol())
        self._by_stream = {each.stream: each for each in by_symbol.values()}

    def of_stream(self, name: str) -> Listing | None:
        """By the lower-case name that streams use."""
        return self._by_stream.get(name)
