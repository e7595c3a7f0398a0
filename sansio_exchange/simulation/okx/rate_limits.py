"""Requests per two seconds: by address, by account, by account and instrument.

Source: OKX API guide, "Overview" / "Rate Limits" and the limit named at each endpoint, read in November 2026. Placing,
amending and cancelling are counted apart from each other, and together for REST and the socket; a batch counts its
orders against a limit of its own, unless it has only one. All orders placed and amended count against the account.
"""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from sansio_exchange.simulation.okx.errors import Refused, too_many_requests
from sansio_exchange.simulation.rate_windows import Window

TWO_SECONDS_MS = 2_000


class Limits(Struct, frozen=True):
    """The defaults are those of the real venue. `orders` and `batch_orders` are per two seconds and instrument."""

    orders: int = 60
    batch_orders: int = 300
    account_orders: int = 1000
    requests_per_hour: int = 480
    """Of one socket: subscriptions, their ends and logins."""
    sockets_per_channel: int = 30
    working_orders: int = 500
    """Per instrument ("General Info")."""


class Rule(Struct, frozen=True):
    """A documented limit: so many requests in so many milliseconds, counted for each value of a parameter, if any.

    A limit of a public endpoint is per address; all clients here share one. One of a private endpoint is per account.
    """

    most: int
    per_ms: int = TWO_SECONDS_MS
    by: str = ""


class RateLimiter:
    """Counts and refuses."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._windows: dict[tuple[str, ...], Window] = {}

    def spend(self, name: str, rule: Rule, account: str, value: str, now_ms: int) -> None:
        """Count one request. Raises Refused (50011)."""
        if not self._window(rule.per_ms, name, account, value).spend(1, rule.most, now_ms):
            raise too_many_requests()

    def count_orders(self, doing: str, account: str, instruments: Iterable[str], now_ms: int) -> None:
        """Count the orders of one request. Raises Refused (50011, 50061); then it is not carried out."""
        counts = Counter(instruments)
        total = counts.total()
        kind, most = (doing, self.limits.orders) if total == 1 else (f"{doing} batch", self.limits.batch_orders)
        for instrument, count in counts.items():
            if not self._window(TWO_SECONDS_MS, kind, account, instrument[:40]).spend(count, most, now_ms):
                raise too_many_requests()
        if doing == "cancel":
            return
        if not self._window(TWO_SECONDS_MS, "account", account).spend(total, self.limits.account_orders, now_ms):
            raise Refused(50061, "Order rate limit of the account reached. Please refer to the sub-account rate limit")

    def _window(self, length_ms: int, *key: str) -> Window:
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window(length_ms)
        return window
