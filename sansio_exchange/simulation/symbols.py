"""The perpetuals that a local venue lists when nobody says otherwise.

Ticks, steps and limits are like those in Binance's GET /fapi/v1/exchangeInfo (2025); the prices are plausible, no more.
"""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from sansio_exchange.market import SymbolRules


class Character(Struct, frozen=True):
    """What a symbol's market is like. `daily_volatility` is the standard deviation of a day's return.

    `top_notional` is what usually stands at the best price, `taker_notional` what usually trades at once, in quote
    coin.
    """

    price: Decimal
    daily_volatility: float = 0.03
    top_notional: float = 40_000.0
    taker_notional: float = 2_500.0


CHARACTERS: dict[str, Character] = {
    "BTCUSDT": Character(Decimal(95_000), 0.025, 150_000.0, 6_000.0),
    "ETHUSDT": Character(Decimal(3_400), 0.033, 100_000.0, 4_000.0),
    "SOLUSDT": Character(Decimal(180), 0.042, 60_000.0, 2_500.0),
    "BNBUSDT": Character(Decimal(650), 0.028, 40_000.0, 2_000.0),
    "XRPUSDT": Character(Decimal("2.3"), 0.040, 50_000.0, 2_000.0),
    "DOGEUSDT": Character(Decimal("0.33"), 0.048, 40_000.0, 1_500.0),
}


def character(rules: SymbolRules, price: Decimal | None = None) -> Character:
    """That of a known symbol; an unknown one costs 10,000 ticks. `price` says otherwise."""
    known = CHARACTERS.get(rules.symbol) or Character(rules.tick_size * 10_000)
    return known if price is None else replace(known, price=price)


def default_rules() -> list[SymbolRules]:
    """Six liquid USDT-margined perpetuals."""
    return [
        _perpetual("BTC", "0.10", "0.001", "1000", "120", "100", "556.80", "4529764"),
        _perpetual("ETH", "0.01", "0.001", "10000", "2000", "20", "39.86", "306177"),
        _perpetual("SOL", "0.01", "0.01", "1000000", "25000", "5", "0.42", "6857"),
        _perpetual("BNB", "0.01", "0.01", "100000", "2000", "5", "6.60", "100000"),
        _perpetual("XRP", "0.0001", "0.1", "10000000", "2000000", "5", "0.0143", "100000"),
        _perpetual("DOGE", "0.00001", "1", "50000000", "30000000", "5", "0.00244", "30"),
    ]


def _perpetual(
    base: str,
    tick: str,
    step: str,
    max_quantity: str,
    max_market_quantity: str,
    min_notional: str,
    min_price: str,
    max_price: str,
) -> SymbolRules:
    return SymbolRules(
        symbol=f"{base}USDT",
        venue_symbol=f"{base}USDT",
        base_asset=base,
        quote_asset="USDT",
        tick_size=Decimal(tick),
        step_size=Decimal(step),
        min_quantity=Decimal(step),
        max_quantity=Decimal(max_quantity),
        max_market_quantity=Decimal(max_market_quantity),
        min_notional=Decimal(min_notional),
        min_price=Decimal(min_price),
        max_price=Decimal(max_price),
        price_floor_ratio=Decimal("0.95"),
        price_cap_ratio=Decimal("1.05"),
        price_precision=max(0, len(tick.rstrip("0").partition(".")[2])),
        quantity_precision=max(0, len(step.rstrip("0").partition(".")[2])),
    )
