"""Rate budgets ("Rate Limits", and the limit on each endpoint's own page; 2026-06 to 2026-09). They count in 2 s.

Trading calls are limited by user and instrument, each instrument by itself; REST and WebSocket draw on the same limit,
single and batch calls on limits of their own, batches by the number of their orders, and a batch of one order on the
limit of single ones ("Trading-related APIs", 2026-09-02). Replies do not say what has been used.
"""

from collections.abc import Iterable, Mapping

from sansio_exchange.venue import CONNECTIONS, Budget

WINDOW = 2.0

NEW_ORDERS = "new_orders"
"""All orders placed, of all instruments: "a maximum of 1000 order requests per 2 seconds" for each sub-account."""

_ACCOUNT_WIDE: Mapping[str, int] = {
    NEW_ORDERS: 1_000,
    "orders_pending": 60,
    "orders_history": 40,
    "orders_history_archive": 20,
    "fills": 60,
    "fills_history": 10,
    "balance": 10,
    "positions": 10,
    "account_config": 5,
    "instruments": 20,
    "ticker": 20,
    "tickers": 20,
    "candles": 40,
    "history_candles": 20,
    "time": 10,
    "mark_prices": 10,
    "open_interests": 20,
    "funding_rates": 10,
}
"""By user, or by address where no key is needed. The last three are the lists of all instruments."""
_BY_INSTRUMENT: Mapping[str, int] = {
    "place": 60,
    "place_batch": 300,
    "cancel": 60,
    "cancel_batch": 300,
    "order": 60,
    "funding_rate": 10,
    "funding_history": 10,
    "mark_price": 10,
    "open_interest": 20,
}


_CONNECTIONS = Budget(CONNECTIONS, 3, 1.0)
""""Connection limit: 3 requests per second (based on IP)" ("WebSocket overview", 2026-06)."""


def budgets(instruments: Iterable[str]) -> tuple[Budget, ...]:
    """All budgets, for the instruments listed now."""
    whole = tuple(Budget(name, limit, WINDOW) for name, limit in _ACCOUNT_WIDE.items())
    by_instrument = tuple(
        Budget(of(name, instrument), limit, WINDOW)
        for instrument in instruments
        for name, limit in _BY_INSTRUMENT.items()
    )
    return (_CONNECTIONS, *whole, *by_instrument)


def of(name: str, instrument: str) -> str:
    """The budget of that name which is the instrument's own."""
    return f"{name} {instrument}"


def of_instrument(costs: Iterable[str], instrument: str) -> tuple[str, ...]:
    """Those budgets of a request which are the instrument's own."""
    return tuple(name for name in costs if name.endswith(f" {instrument}"))


def one(name: str, instrument: str = "") -> Mapping[str, int]:
    """Costs of one request."""
    return {of(name, instrument) if instrument else name: 1}


def placing(instruments: Iterable[str]) -> dict[str, int]:
    """Costs of placing one order for each of `instruments`, which may repeat, in one request."""
    costs = _by_order("place", instruments)
    return {**costs, NEW_ORDERS: sum(costs.values())}


def cancelling(instruments: Iterable[str]) -> dict[str, int]:
    """Costs of cancelling one order for each of `instruments`, which may repeat, in one request."""
    return _by_order("cancel", instruments)


def _by_order(name: str, instruments: Iterable[str]) -> dict[str, int]:
    listed = list(instruments)
    budget = name if len(listed) == 1 else f"{name}_batch"
    costs: dict[str, int] = {}
    for instrument in listed:
        costs[of(budget, instrument)] = costs.get(of(budget, instrument), 0) + 1
    return costs
