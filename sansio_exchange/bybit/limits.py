"""Rate budgets ("Rate Limit Rules", 2025-08: unified account, linear contracts, the default level).

Trading calls have a limit by account and endpoint, in each second; WebSocket and REST draw on the same, single and
batch calls on limits of their own, batches by the number of their orders. Other calls have only the limit by address,
600 requests in 5 seconds. Replies say an endpoint's limit and what is left of it: accounts of a higher level have more.
"""

from collections.abc import Mapping

from sansio_exchange.venue import EVERYTHING, Budget

PLACE = "place"
PLACE_BATCH = "place_batch"
CANCEL = "cancel"
CANCEL_BATCH = "cancel_batch"
CANCEL_ALL = "cancel_all"
ORDERS = "orders"
ORDER_HISTORY = "order_history"
EXECUTIONS = "executions"
POSITIONS = "positions"
WALLET = "wallet"
KEY_INFO = "key_info"

_PER_SECOND: Mapping[str, int] = {
    PLACE: 10,
    PLACE_BATCH: 10,
    CANCEL: 10,
    CANCEL_BATCH: 10,
    CANCEL_ALL: 10,
    ORDERS: 50,
    ORDER_HISTORY: 50,
    EXECUTIONS: 50,
    POSITIONS: 50,
    WALLET: 50,
    KEY_INFO: 10,
}
OF_OPERATION: Mapping[str, str] = {
    "order.create": PLACE,
    "order.create-batch": PLACE_BATCH,
    "order.cancel": CANCEL,
    "order.cancel-batch": CANCEL_BATCH,
}
"""Which limit an operation of the order-entry socket draws on."""
_HIGHEST = 10_000
"""A limit above this is nobody's."""


def budgets(told: Mapping[str, int]) -> tuple[Budget, ...]:
    """All budgets; `told` has those limits that replies named, by budget."""
    own = tuple(Budget(name, told.get(name, limit), 1.0) for name, limit in _PER_SECOND.items())
    return (*own, Budget(EVERYTHING, 600, 5.0))


def one(name: str = "") -> Mapping[str, int]:
    """Costs of a request to an endpoint with a limit of its own, or to one without."""
    return {name: 1, EVERYTHING: 1} if name else {EVERYTHING: 1}


def rows(name: str, number: int) -> Mapping[str, int]:
    """Costs of a batch: "number of requests x number of orders included in a single request"."""
    return {name: number, EVERYTHING: 1}


def own_budget(costs: Mapping[str, int]) -> str:
    """The limit of the endpoint itself that a request draws on, or ""."""
    return next((name for name in costs if name in _PER_SECOND), "")


def read_headers(headers: Mapping[str, str]) -> tuple[int, int] | None:
    """The endpoint's limit and what was used of it: X-Bapi-Limit and X-Bapi-Limit-Status. Names are in lower case."""
    limit, left = headers.get("x-bapi-limit", ""), headers.get("x-bapi-limit-status", "")
    if not (_is_count(limit) and _is_count(left)) or not 0 < int(limit) <= _HIGHEST:
        return None
    return int(limit), max(0, int(limit) - int(left))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
