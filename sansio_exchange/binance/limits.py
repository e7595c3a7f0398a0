"""Rate budgets and what each request draws on them ("General Info", LIMITS; the weight of each endpoint's own page).

Budgets are named after the venue's counters: `weight_1m` is X-MBX-USED-WEIGHT-1M, `orders_10s` X-MBX-ORDER-COUNT-10S.
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sansio_exchange.venue import Budget

WEIGHT = "weight_1m"
FUNDING = "funding_5m"
"""GET /fapi/v1/fundingRate has a limit of its own: 500 requests in 5 minutes, shared with fundingInfo."""
_FUNDING_BUDGET = Budget(FUNDING, 500, 300)

ORDERS = ("orders_10s", "orders_1m")
"""What new orders draw on, and nothing else does."""

DOCUMENTED: tuple[Budget, ...] = (
    Budget(WEIGHT, 2_400, 60),
    Budget("orders_10s", 300, 10),
    Budget("orders_1m", 1_200, 60),
    _FUNDING_BUDGET,
)
"""In force until the exchange info has told the true ones."""

PLACE: Mapping[str, int] = {"orders_10s": 1, "orders_1m": 1}
"""POST /fapi/v1/order: one order in each window, no weight."""
PLACE_BATCH: Mapping[str, int] = {WEIGHT: 5, "orders_10s": 5, "orders_1m": 1}
"""POST /fapi/v1/batchOrders, however many orders are in it."""

_KIND = {"REQUEST_WEIGHT": "weight", "ORDERS": "orders"}
_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3_600, "DAY": 86_400}
_HEADER = re.compile(r"x-mbx-(used-weight|order-count)-(\d+[smhd])")


class RateLimit(Struct, frozen=True, rename="camel"):
    """One entry of `rateLimits`; `count` only in replies of the order-entry socket."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int
    count: int | None = None


def weight(units: int) -> Mapping[str, int]:
    """Costs of a request that draws on the weight alone."""
    return {WEIGHT: units}


def klines_weight(limit: int) -> int:
    """GET /fapi/v1/klines: [1,100) 1, [100,500) 2, [500,1000] 5, above 10."""
    if limit < 100:
        return 1
    if limit < 500:
        return 2
    return 5 if limit <= 1_000 else 10


def read_budgets(limits: Iterable[RateLimit]) -> tuple[Budget, ...]:
    """The venue's own limits; documented ones where it does not name them."""
    told = {
        name: Budget(name, each.limit, _SECONDS[each.interval] * each.interval_num)
        for each in limits
        if (name := _name(each)) and each.limit > 0 and each.interval_num > 0
    }
    documented = {budget.name: budget for budget in DOCUMENTED}
    return tuple((documented | told).values())


def used_by_headers(headers: Mapping[str, str]) -> dict[str, int]:
    """What the headers of a reply say has been used, by budget name. Header names are in lower case."""
    used: dict[str, int] = {}
    for header, value in headers.items():
        found = _HEADER.fullmatch(header)
        if found and value.isascii() and value.isdigit() and len(value) < 10:
            used[f"{'weight' if found[1] == 'used-weight' else 'orders'}_{found[2]}"] = int(value)
    return used


def used_by_limits(limits: Iterable[RateLimit]) -> dict[str, int]:
    """The same from the `rateLimits` of an order-entry reply."""
    return {name: each.count for each in limits if each.count is not None and (name := _name(each))}


def _name(limit: RateLimit) -> str:
    if limit.rate_limit_type not in _KIND or limit.interval not in _SECONDS:
        return ""
    return f"{_KIND[limit.rate_limit_type]}_{limit.interval_num}{limit.interval[0].lower()}"
