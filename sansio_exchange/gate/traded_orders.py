"""Which orders have traded under which name: how one is found of which Gate has forgotten the name.

Gate finds an order by its `text` for a minute after it has ended ("Get a single order", 2026-05-27), by its id for
longer, and each trade names both. So who is not found by name has either never been placed, or made his last trade more
than a minute ago: the trades of an account need to be read only now and then, whoever is looked for.
"""

from collections.abc import Iterable
from typing import TypeVar

from sansio_exchange.venue import Recipe, Sleep

TRADED_WITHIN = 1_200
"""Seconds for which an order is looked for by its trades: as old as retries get, before a restart and after."""
READ_AGAIN_AFTER = 40
"""Seconds until the trades are read again: by the time that a name is forgotten, its trades have been listed."""
LISTED_WITHIN = 15
"""Seconds of the time before that are read once more: how late trades are listed is not found in documentation."""
LOOKS = 40
LOOK_EVERY = 0.25
"""How often, and after how many seconds each, somebody who waits for another's reading sees whether it is over."""
Traded = Iterable[tuple[str, str, int]]
"""Name, order id, and second of a trade."""
T = TypeVar("T")


class TradedOrders:
    """Of one account, by contract."""

    def __init__(self) -> None:
        self._orders: dict[str, dict[str, tuple[str, int]]] = {}
        """By name: the order's id, and the second of its last trade."""
        self._read_until: dict[str, int] = {}
        self._reading: set[str] = set()

    def forget(self) -> None:
        """Another account is traded on."""
        self._orders.clear()
        self._read_until.clear()

    def find(self, contract: str, name: str) -> str:
        """The id of the order of that name, "" where none is known."""
        return self._orders.get(contract, {}).get(name, ("", 0))[0]

    def unread_since(self, contract: str, now: int) -> int | None:
        """From which second on the trades are to be read, None where that need not be."""
        read_until = self._read_until.get(contract, 0)
        if now < read_until + READ_AGAIN_AFTER:
            return None
        return max(now - TRADED_WITHIN, read_until - LISTED_WITHIN)

    def wait(self, contract: str) -> Recipe[None]:
        """Until nobody reads that contract's trades any more, or whoever does has given up."""
        for _ in range(LOOKS):
            if contract not in self._reading:
                return
            yield Sleep(LOOK_EVERY)

    def reading(self, contract: str, now: int, read: Recipe[Traded]) -> Recipe[None]:
        """`read` all trades that are unread at second `now`."""
        self._reading.add(contract)
        try:
            traded = yield from read
        finally:
            self._reading.discard(contract)
        orders = self._orders.get(contract, {})
        orders = {name: order for name, order in orders.items() if order[1] >= now - TRADED_WITHIN}
        for name, order_id, second in traded:
            if name not in orders or second >= orders[name][1]:
                orders[name] = order_id, second
        self._orders[contract], self._read_until[contract] = orders, now
