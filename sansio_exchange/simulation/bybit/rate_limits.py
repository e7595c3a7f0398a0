"""Requests per second: by account and endpoint, and by address.

Source: Bybit V5 API, "Rate Limit Rules" (bybit-exchange.github.io/docs/v5/rate-limit), read in November 2026: limits of
an endpoint are per second and UID in a rolling window; single orders and batches count apart; a batch counts its
orders, and those beyond the limit fail while the others are carried out. REST and the order-entry socket count together
("Websocket Trade Guideline"). An address may send 600 requests in five seconds.
"""

from collections import deque

from msgspec import Struct

SECOND_MS = 1_000
FIVE_SECONDS_MS = 5_000


class Limits(Struct, frozen=True):
    """The defaults are those of a unified account that has no VIP level."""

    orders: int = 10
    """Per second, each: placing, amending, cancelling, and the batches of each."""
    requests: int = 600
    """Of an address in five seconds; all clients here share one."""
    working_orders: int = 500
    """Per symbol ("Place Order")."""


class Rule(Struct, frozen=True):
    """So many requests of an account in a second, counted under a name."""

    name: str
    most: int


class Quota(Struct, frozen=True):
    """How much of a request is let through, and what the venue says of the limit with its answer."""

    granted: int
    most: int
    left: int
    reset_ms: int

    def headers(self) -> dict[str, str]:
        return {
            "X-Bapi-Limit": str(self.most),
            "X-Bapi-Limit-Status": str(self.left),
            "X-Bapi-Limit-Reset-Timestamp": str(self.reset_ms),
        }


class RollingWindow:
    """What was used within the last `length_ms`, whenever that began."""

    __slots__ = ("_length_ms", "_spent", "_used")

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._spent: deque[tuple[int, int]] = deque()
        self._used = 0

    def spend(self, amount: int, most: int, now_ms: int) -> Quota:
        """Use as much of `amount` as there is."""
        while self._spent and self._spent[0][0] <= now_ms - self._length_ms:
            self._used -= self._spent.popleft()[1]
        granted = max(0, min(amount, most - self._used))
        if granted:
            self._spent.append((now_ms, granted))
            self._used += granted
        reset_ms = now_ms if granted == amount else self._spent[0][0] + self._length_ms if self._spent else now_ms
        return Quota(granted, most, most - self._used, reset_ms)


class RateLimiter:
    """Counts."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._address = RollingWindow(FIVE_SECONDS_MS)
        self._accounts: dict[tuple[str, str], RollingWindow] = {}

    def admits(self, now_ms: int) -> bool:
        """Count one request of the address; whether it may be answered."""
        return self._address.spend(1, self.limits.requests, now_ms).granted == 1

    def spend(self, rule: Rule, account: str, amount: int, now_ms: int) -> Quota:
        window = self._accounts.get((rule.name, account))
        if window is None:
            window = self._accounts[rule.name, account] = RollingWindow(SECOND_MS)
        return window.spend(amount, rule.most, now_ms)
