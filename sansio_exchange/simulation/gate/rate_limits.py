"""How many requests: by address and endpoint, by account and endpoint, and orders by account.

Source: Gate API v4, "Frequency limit rule", read in November 2026. Public: 200 in 10 seconds for each endpoint and
address. Perpetual futures: placing and amending together 100 a second, each order of a batch counted; cancelling 200 a
second; the others 200 in 10 seconds for each endpoint and account. On sockets placing, amending and cancelling together
100 a second; what is placed there counts with REST's. Accounts that are not of futures: 150 in 10 seconds.
"""

from msgspec import Struct

from sansio_exchange.simulation.gate.errors import too_many_requests
from sansio_exchange.simulation.rate_windows import Window

TEN_SECONDS_MS = 10_000
SECOND_MS = 1_000


class Limits(Struct, frozen=True):
    """The defaults are those of the real venue at its lowest tier. `orders`, `cancels`, `on_socket`: in a second."""

    requests: int = 200
    other_requests: int = 150
    orders: int = 100
    cancels: int = 200
    on_socket: int = 100
    working_orders: int = 100
    """orders_limit of a contract (GET /futures/usdt/contracts, May 2023)."""


class Rule(Struct, frozen=True):
    """So many in so many milliseconds. What shares a `name` is counted together."""

    name: str
    most: int
    per_ms: int = TEN_SECONDS_MS


class Budget(Struct, frozen=True):
    """What is left of a rule. `reset_ms` is when there is something again; now where there is."""

    limit: int
    remain: int
    reset_ms: int


class RateLimiter:
    """Counts and refuses."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.placing = Rule("place", limits.orders, SECOND_MS)
        self.cancelling = Rule("cancel", limits.cancels, SECOND_MS)
        self.on_socket = Rule("socket", limits.on_socket, SECOND_MS)
        self._windows: dict[tuple[str, str], Window] = {}

    def spend(self, rule: Rule, account: str, count: int, now_ms: int) -> None:
        """Count requests, or the orders of one. Raises Refused (TOO_MANY_REQUESTS); then none of it is carried out."""
        if not self._window(rule, account).spend(count, rule.most, now_ms):
            raise too_many_requests()

    def left(self, rule: Rule, account: str, now_ms: int) -> Budget:
        remain = max(0, rule.most - self._window(rule, account).at(now_ms))
        return Budget(rule.most, remain, now_ms if remain else now_ms - now_ms % rule.per_ms + rule.per_ms)

    def _window(self, rule: Rule, account: str) -> Window:
        window = self._windows.get((rule.name, account))
        if window is None:
            window = self._windows[rule.name, account] = Window(rule.per_ms)
        return window
