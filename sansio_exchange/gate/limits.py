"""Rate budgets ("Frequency limit rule", 2026-05-27).

Placing and amending have 100 requests a second, cancelling 200, each order of a batch counted by itself; over the
socket all of them together have 100. One budget of 100 for all of them keeps to both ways. Accounts of a high VIP level
may do more, which no reply says in time. Everything else has 200 in 10 seconds for each endpoint, by account or by
address.
"""

from collections.abc import Mapping

from sansio_exchange.venue import Budget

ORDERS = "orders"
WINDOW = 10.0

_ENDPOINTS = (
    "list_orders",
    "order",
    "my_trades",
    "my_trades_timerange",
    "accounts",
    "account_detail",
    "unified_accounts",
    "positions",
    "contracts",
    "contract",
    "tickers",
    "candlesticks",
    "funding_rate",
    "contract_stats",
    "time",
)

BUDGETS: tuple[Budget, ...] = (Budget(ORDERS, 100, 1.0), *(Budget(name, 200, WINDOW) for name in _ENDPOINTS))


def one(name: str) -> Mapping[str, int]:
    """Costs of one request."""
    return {name: 1}


def orders(number: int) -> Mapping[str, int]:
    """Costs of placing or cancelling so many orders in one request."""
    return {ORDERS: number}
