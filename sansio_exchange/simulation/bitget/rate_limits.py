"""Requests per second: by address for public calls, by account for private ones; each endpoint counts for itself.

Source: the limit named at each endpoint's page and FAQ Q10 and Q11 (bitget.com/api-doc), of November 2025: whoever
makes more than 6,000 requests in a minute waits for five. What is left of a second stands in x-mbx-used-remain-limit.
"""

from msgspec import Struct

from sansio_exchange.simulation.bitget.errors import too_many_requests
from sansio_exchange.simulation.rate_windows import Window

SECOND_MS = 1_000
MINUTE_MS = 60_000
BLOCKED_MS = 5 * MINUTE_MS


class Limits(Struct, frozen=True):
    """The defaults are those of the real venue. A batch counts as one request."""

    orders: int = 10
    """Requests per second to place, modify or cancel, each counted apart."""
    batches: int = 5
    """Batches of placements per second."""
    requests_per_minute: int = 6_000
    """Of one address: all clients here share one."""
    subscriptions_per_hour: int = 240
    """Requests of one socket that subscribe or end subscriptions ("Websocket API" / "Connect")."""
    channels: int = 1_000
    """Of one socket."""
    messages_per_second: int = 10
    """From one socket, pings included; more end it."""
    symbol_orders: int = 200
    """Working orders of an account in one symbol (maxSymbolOrderNum), and in all (maxProductOrderNum)."""
    product_orders: int = 400


class RateLimiter:
    """Counts and refuses."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._windows: dict[tuple[str, str], Window] = {}
        self._minute = Window(MINUTE_MS)
        self._blocked_until_ms = 0

    def admit(self, now_ms: int) -> None:
        """Count one request of the address. Raises Refused (429)."""
        if now_ms < self._blocked_until_ms:
            raise too_many_requests()
        if not self._minute.spend(1, self.limits.requests_per_minute, now_ms):
            self._blocked_until_ms = now_ms + BLOCKED_MS
            raise too_many_requests()

    def spend(self, path: str, most: int, account: str, now_ms: int) -> int:
        """Count one request of an account ("" for a public call) and tell how many are left. Raises Refused (429)."""
        window = self._windows.get((path, account))
        if window is None:
            window = self._windows[path, account] = Window(SECOND_MS)
        if not window.spend(1, most, now_ms):
            raise too_many_requests()
        return most - window.used
