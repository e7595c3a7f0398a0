"""What is public: symbols and their rules, prices, candles, funding, tickers."""

from decimal import Decimal

from msgspec import Struct

from sansio_exchange.numbers import ZERO

INTERVALS_MS: dict[str, int] = {
    "1m": 60_000,
    "3m": 180_000,
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
    "2h": 7_200_000,
    "4h": 14_400_000,
    "6h": 21_600_000,
    "8h": 28_800_000,
    "12h": 43_200_000,
    "1d": 86_400_000,
    "3d": 259_200_000,
    "1w": 604_800_000,
}
"""Candle intervals as the contract names them, with their length in milliseconds."""


class SymbolRules(Struct, frozen=True):
    """One tradable perpetual and what its orders must keep to. Quantities are in base coin.

    `symbol` is the canonical form (BTCUSDT), `venue_symbol` the venue's own (BTC-USDT-SWAP).
    `contract_size` is the base coin in one of the venue's contracts; 1 where the venue counts coins.
    A limit of 0 means that the venue sets none. `price_floor_ratio` and `price_cap_ratio` bound a limit price
    relative to the mark price.
    """

    symbol: str
    venue_symbol: str
    base_asset: str
    quote_asset: str
    tick_size: Decimal
    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal = ZERO
    max_market_quantity: Decimal = ZERO
    min_notional: Decimal = ZERO
    min_price: Decimal = ZERO
    max_price: Decimal = ZERO
    price_floor_ratio: Decimal = ZERO
    price_cap_ratio: Decimal = ZERO
    contract_size: Decimal = Decimal(1)
    price_precision: int = 0
    quantity_precision: int = 0


class PriceChange(Struct, frozen=True, gc=False, tag=True):
    """The price of the newest trade. `sequence` counts them one by one where the venue does; 0 where it does not."""

    symbol: str
    price: Decimal
    time_ms: int
    quantity: Decimal = ZERO
    sequence: int = 0


class BookTicker(Struct, frozen=True, gc=False, tag=True):
    """Best bid and ask with their quantities."""

    symbol: str
    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal
    time_ms: int


class Candle(Struct, frozen=True, gc=False, tag=True):
    """One candle, running or closed. `open_ms` is when it opened; `volume` is in base coin."""

    symbol: str
    interval: str
    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    is_closed: bool


class FundingRate(Struct, frozen=True, gc=False, tag=True):
    """A funding rate as a fraction per funding interval: 0.0001 is one basis point, paid by longs if positive.

    In history `time_ms` is when it was settled and `next_funding_ms` is 0; live, `time_ms` is the venue's time
    of the statement. `predicted_rate` is None where the venue makes no prediction, `mark_price` is 0 where it does not
    send it along.
    """

    symbol: str
    rate: Decimal
    time_ms: int
    predicted_rate: Decimal | None = None
    next_funding_ms: int = 0
    mark_price: Decimal = ZERO


class Ticker(Struct, frozen=True, gc=False):
    """The last 24 hours of one symbol. `price_change_percent` is in percent: 1.5 is 1.5 %."""

    symbol: str
    last_price: Decimal
    price_change: Decimal
    price_change_percent: Decimal
    volume: Decimal
    quote_volume: Decimal
    time_ms: int
    open_interest: Decimal = ZERO
