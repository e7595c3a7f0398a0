"""Rate budgets: the limit on each endpoint's own page (2025-03 to 2026-09). All windows are one second but the overall
one: "The rate limit of each API interface is calculated independently; the overall rate limit is 6000/IP/Min, after the
rate limit is triggered, it takes 5 minutes to recover" (FAQ, 2026-09-28).

Private endpoints are counted by user, public ones by address. Those are the limits of an account without VIP level;
copy traders have one request a second on placing. A header with what is left is named (FAQ), but not of which limit.
"""

from collections.abc import Mapping

from sansio_exchange.venue import EVERYTHING, TRADE_MESSAGES, Budget

_BY_SECOND: Mapping[str, int] = {
    "place": 10,
    "place_batch": 5,
    "cancel": 10,
    "cancel_batch": 10,
    "cancel_all": 10,
    "order": 10,
    "orders_pending": 10,
    "orders_history": 10,
    "fills": 10,
    "account": 10,
    "accounts": 10,
    "account_info": 1,
    "position": 10,
    "positions": 5,
    "contracts": 20,
    "ticker": 20,
    "tickers": 20,
    "candles": 20,
    "history_candles": 20,
    "open_interest": 20,
    "funding_rate": 20,
    "funding_history": 20,
    "time": 20,
}
BUDGETS: tuple[Budget, ...] = (
    *(Budget(name, limit, 1.0) for name, limit in _BY_SECOND.items()),
    Budget(EVERYTHING, 6_000, 60.0),
    Budget(TRADE_MESSAGES, 8, 1.0),
)
"""A socket that sends more than ten messages in a second, pings included, is ended ("WebSocket API", introduction): two
are left for login and pings."""


def one(name: str) -> Mapping[str, int]:
    """Costs of one request. A batch counts as one request on a limit of its own."""
    return {name: 1, EVERYTHING: 1}
