"""The account and its positions. Amounts are in USDT, sizes in base coin, a short position is negative."""

from decimal import Decimal
from enum import IntEnum

from msgspec import Struct

from sansio_exchange.numbers import ZERO


class MarginMode(IntEnum):
    """Numbers are those of the gRPC contract's MarginMode."""

    UNSPECIFIED = 0
    REGULAR = 1
    UNIFIED = 2
    PORTFOLIO = 3


class Position(Struct, frozen=True, gc=False, tag=True):
    """One position in one-way mode. `size` is signed; 0 says that it was closed.

    `margin_type` is "cross" or "isolated". `liquidation_price` is 0 where there is none.
    """

    symbol: str
    size: Decimal
    entry_price: Decimal = ZERO
    mark_price: Decimal = ZERO
    unrealized_pnl: Decimal = ZERO
    leverage: int = 0
    margin_type: str = "cross"
    isolated_margin: Decimal = ZERO
    liquidation_price: Decimal = ZERO
    update_ms: int = 0

    def is_same(self, other: "Position") -> bool:
        """Whether nothing has changed: mark price and profit move all the time and are no change of a position."""
        return (
            self.size == other.size
            and self.entry_price == other.entry_price
            and self.leverage == other.leverage
            and self.margin_type == other.margin_type
            and self.isolated_margin == other.isolated_margin
        )


class Balance(Struct, frozen=True, gc=False):
    """What the account holds of one asset: wallet balance (no unrealised profit) and what is free to use."""

    asset: str
    wallet: Decimal
    available: Decimal


class Account(Struct, frozen=True, tag=True):
    """The account as a whole.

    `margin_balance` is wallet balance plus unrealised profit; `available_balance` is what new orders may
    use. `health_score` runs from 1 (no margin in use) to 0 (liquidation): 1 - maintenance / margin balance.
    """

    wallet_balance: Decimal
    margin_balance: Decimal
    available_balance: Decimal
    maintenance_margin: Decimal = ZERO
    adjusted_equity: Decimal = ZERO
    balances: tuple[Balance, ...] = ()
    positions: tuple[Position, ...] = ()
    leverage: int = 0
    is_unified: bool = False
    margin_mode: MarginMode = MarginMode.REGULAR
    update_ms: int = 0

    @property
    def health_score(self) -> Decimal:
        if self.margin_balance <= 0:
            return ZERO
        score = 1 - self.maintenance_margin / self.margin_balance
        return max(ZERO, min(Decimal(1), score)).quantize(Decimal("0.0001"))
