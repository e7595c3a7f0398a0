"""What positions have earned, and funding as the executions that Bybit makes of it.

Source: Bybit V5 API, "Get Position Info" and "Enums Definitions" / execType, read in November 2026: realised profit
counts fees and funding; each settlement of funding is an execution of type Funding, whose fee is what was paid.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill

MAX_PAYMENTS = 1_000
"""So many settlements of an account are remembered."""


class Payment(Struct, frozen=True):
    """One settlement of funding: `paid` is a cost where it is positive, `size` the position, negative for a short."""

    symbol: str
    size: Decimal
    mark_price: Decimal
    rate: Decimal
    paid: Decimal
    time_ms: int


class Earned:
    """By one account in one symbol: ever, and with the position that is open or was last."""

    __slots__ = ("current", "ever", "opened_ms", "size")

    def __init__(self) -> None:
        self.ever = ZERO
        self.current = ZERO
        self.size = ZERO
        self.opened_ms = 0
        """When there was a position for the first time."""


NOTHING = Earned()


class Ledger:
    """Of all accounts."""

    def __init__(self) -> None:
        self._earned: dict[tuple[str, str], Earned] = {}
        self._payments: dict[str, deque[Payment]] = {}

    def of(self, account: str, symbol: str) -> Earned:
        return self._earned.get((account, symbol), NOTHING)

    def ever(self, account: str) -> Decimal:
        """What an account has earned in all symbols."""
        return sum((each.ever for (name, _), each in self._earned.items() if name == account), ZERO)

    def payments(self, account: str) -> Iterable[Payment]:
        """Oldest first."""
        return self._payments.get(account, ())

    def add_fill(self, account: str, fill: Fill) -> None:
        earned = self._earned.setdefault((account, fill.symbol), Earned())
        if not earned.size:
            earned.current = ZERO
            earned.opened_ms = earned.opened_ms or fill.time_ms
        earned.size += fill.moved
        earned.current += fill.realized_pnl - fill.fee
        earned.ever += fill.realized_pnl - fill.fee

    def add_payment(self, account: str, payment: Payment) -> None:
        earned = self._earned.setdefault((account, payment.symbol), Earned())
        earned.current -= payment.paid
        earned.ever -= payment.paid
        self._payments.setdefault(account, deque(maxlen=MAX_PAYMENTS)).append(payment)
