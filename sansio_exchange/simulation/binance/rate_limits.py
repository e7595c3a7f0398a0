"""Request weight per address, orders per account, and what becomes of those who do not heed a 429.

Source: developers.binance.com, USDⓈ-M Futures, "General Info", "LIMITS", read in November 2025: windows follow the
clock; every answer tells what is used; 429 means back off, 418 that the address is banned, for two minutes at first and
up to three days for those who come again.
"""

from msgspec import Struct

from sansio_exchange.simulation.binance.errors import Refused
from sansio_exchange.simulation.rate_windows import Window

MINUTE_MS = 60_000
TEN_SECONDS_MS = 10_000
STRIKES = 20
"""Refused requests within one minute that turn a 429 into a ban. Binance does not publish its number."""
FIRST_BAN_MS = 120_000
LONGEST_BAN_MS = 3 * 86_400_000


class Limits(Struct, frozen=True):
    """What the venue announces in its exchange info and enforces. The defaults are those of the real venue.

    `messages_per_second` is what one stream socket may send; a socket beyond it is closed.
    """

    weight_per_minute: int = 2400
    orders_per_ten_seconds: int = 300
    orders_per_minute: int = 1200
    messages_per_second: int = 10
    streams_per_socket: int = 1024
    working_orders: int = 200


class RateLimiter:
    """Counts and refuses. All clients of the venue share one address, as they do behind a real venue's proxy."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._weight = Window(MINUTE_MS)
        self._strikes = Window(MINUTE_MS)
        self._orders: dict[str, tuple[Window, Window]] = {}
        self._banned_until = 0
        self._next_ban_ms = FIRST_BAN_MS

    def spend(self, weight: int, now_ms: int) -> None:
        """Use `weight`. Raises Refused with 429, or with 418 while banned."""
        if now_ms < self._banned_until:
            raise self._banned(now_ms)
        if self._weight.spend(weight, self.limits.weight_per_minute, now_ms):
            return
        self._strikes.at(now_ms)
        self._strikes.used += 1
        if self._strikes.used > STRIKES:
            self._banned_until = now_ms + self._next_ban_ms
            self._next_ban_ms = min(self._next_ban_ms * 2, LONGEST_BAN_MS)
            raise self._banned(now_ms)
        raise Refused(
            -1003,
            f"Too many requests; current limit is {self.limits.weight_per_minute} requests per minute. "
            "Please use the websocket for live updates to avoid polling the API.",
            status=429,
            retry_after=self._weight.seconds_left(now_ms),
        )

    def _banned(self, now_ms: int) -> Refused:
        return Refused(
            -1003,
            f"Way too many requests; IP(127.0.0.1) banned until {self._banned_until}. "
            "Please use the websocket for live updates to avoid bans.",
            status=418,
            retry_after=-(-(self._banned_until - now_ms) // 1000),
        )

    def count_orders(self, account: str, per_ten_seconds: int, per_minute: int, now_ms: int) -> None:
        """Count orders of an account. Raises Refused (-1015) where they are too many; then none is counted."""
        short, long = self._windows(account)
        if short.at(now_ms) + per_ten_seconds > self.limits.orders_per_ten_seconds:
            raise _too_many_orders(self.limits.orders_per_ten_seconds, "10 SECOND", short.seconds_left(now_ms))
        if long.at(now_ms) + per_minute > self.limits.orders_per_minute:
            raise _too_many_orders(self.limits.orders_per_minute, "1 MINUTE", long.seconds_left(now_ms))
        short.used += per_ten_seconds
        long.used += per_minute

    def _windows(self, account: str) -> tuple[Window, Window]:
        windows = self._orders.get(account)
        if windows is None:
            windows = self._orders[account] = (Window(TEN_SECONDS_MS), Window(MINUTE_MS))
        return windows

    def weight_headers(self, now_ms: int) -> dict[str, str]:
        return {"X-MBX-USED-WEIGHT-1M": str(self._weight.at(now_ms))}

    def order_headers(self, account: str, now_ms: int) -> dict[str, str]:
        short, long = self._windows(account)
        return {"X-MBX-ORDER-COUNT-10S": str(short.at(now_ms)), "X-MBX-ORDER-COUNT-1M": str(long.at(now_ms))}

    def announced(self) -> list[dict[str, object]]:
        """The limits as the exchange info lists them."""
        return [
            _row("REQUEST_WEIGHT", "MINUTE", 1, self.limits.weight_per_minute),
            _row("ORDERS", "MINUTE", 1, self.limits.orders_per_minute),
            _row("ORDERS", "SECOND", 10, self.limits.orders_per_ten_seconds),
        ]

    def weight_rows(self, now_ms: int) -> list[dict[str, object]]:
        """What is used of the request weight, as answers on the order-entry socket carry it."""
        used = self._weight.at(now_ms)
        return [_row("REQUEST_WEIGHT", "MINUTE", 1, self.limits.weight_per_minute) | {"count": used}]

    def order_rows(self, account: str, now_ms: int) -> list[dict[str, object]]:
        """What is used of the order limits, as answers on the order-entry socket carry it."""
        short, long = self._windows(account)
        return [
            _row("ORDERS", "SECOND", 10, self.limits.orders_per_ten_seconds) | {"count": short.at(now_ms)},
            _row("ORDERS", "MINUTE", 1, self.limits.orders_per_minute) | {"count": long.at(now_ms)},
        ]


def _row(kind: str, interval: str, number: int, limit: int) -> dict[str, object]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


def _too_many_orders(limit: int, interval: str, retry_after: int) -> Refused:
    return Refused(
        -1015,
        f"Too many new orders; current limit is {limit} orders per {interval}.",
        status=429,
        retry_after=retry_after,
    )
