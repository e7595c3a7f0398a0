"""Rate budgets ("Frequency limit rule", 2026-05-27).

Placing and amending have 100 requests a second, cancelling 200, each order of a batch counted by itself; over the
socket all of them together have 100. One budget of 100 for all of them keeps to both ways. Accounts of a high VIP level
may do more, which no reply says in time. Everything else has 200 in 10 seconds for each endpoint, by account or by
address.

An account that places much and trades little is held to 10 or 20 placements in 10 seconds for an hour ("API Rate Limit
Rules Adjustments for Enhanced Perpetual Futures Trading", 2024-09-29); its cancels are not. So a placement that was
refused for the limit says nothing about cancels: the budget that they share has the name which such a refusal spares.
"""

from collections.abc import Mapping

from sansio_exchange.venue import EVERYTHING, Budget

PLACING = "placing"
CANCELLING = "cancelling"
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

BUDGETS: tuple[Budget, ...] = (
    Budget(EVERYTHING, 100, 1.0),
    Budget(PLACING, 100, 1.0),
    Budget(CANCELLING, 200, 1.0),
    *(Budget(name, 200, WINDOW) for name in _ENDPOINTS),
)
"""EVERYTHING is all of order entry here: the other calls have nothing in common."""


def one(name: str) -> Mapping[str, int]:
    """Costs of one request."""
    return {name: 1}


def placing(number: int) -> Mapping[str, int]:
    """Costs of placing so many orders in one request."""
    return {PLACING: number, EVERYTHING: number}


def cancelling(number: int) -> Mapping[str, int]:
    """Costs of cancelling so many orders in one request."""
    return {CANCELLING: number, EVERYTHING: number}
