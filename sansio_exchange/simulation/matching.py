"""The order book of one symbol: price-time priority, in whole ticks and whole steps.

Every price is held as a *key* that is larger the better it is for its own side: the tick number for bids, minus the
tick number for asks. So one piece of code serves both sides, and the best level is the last of a sorted list.

House liquidity is held as one aggregated amount per level and stretch of queue, not as orders: what the house adds
behind a user's order waits behind it, what it takes away comes off the back of the queue first.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator

from sansio_exchange.orders import OrderStatus, OrderType, Side, TimeInForce


class HouseQuantity:
    """Liquidity of the house at one place of one level's queue."""

    __slots__ = ("remaining",)

    def __init__(self, steps: int) -> None:
        self.remaining = steps


class WorkingOrder:
    """A user's order while it lives. `key` is its limit (see above); market orders have none and never rest."""

    __slots__ = (
        "account",
        "client_order_id",
        "created_ms",
        "executed",
        "key",
        "order_id",
        "quantity",
        "quote",
        "reason",
        "reduce_only",
        "remaining",
        "resting",
        "side",
        "status",
        "symbol",
        "time_in_force",
        "type",
        "update_ms",
    )

    def __init__(
        self,
        account: str,
        symbol: str,
        order_id: int,
        client_order_id: str,
        side: Side,
        type: OrderType,  # noqa: A002 - the field's name in every venue's vocabulary
        time_in_force: TimeInForce,
        quantity: int,
        key: int | None,
        reduce_only: bool,
        now_ms: int,
    ) -> None:
        self.account = account
        self.symbol = symbol
        self.order_id = order_id
        self.client_order_id = client_order_id
        self.side = side
        self.type = type
        self.time_in_force = time_in_force
        self.quantity = quantity
        self.remaining = quantity
        self.executed = 0
        self.quote = 0
        """Sum of price x quantity over its fills, in ticks x steps."""
        self.key = key
        self.reduce_only = reduce_only
        self.resting = False
        """Whether it stands in the book."""
        self.status = OrderStatus.NEW
        self.reason = ""
        self.created_ms = now_ms
        self.update_ms = now_ms


class Level:
    """All that rests at one price, oldest first."""

    __slots__ = ("queue", "total")

    def __init__(self) -> None:
        self.queue: list[HouseQuantity | WorkingOrder] = []
        self.total = 0

    def house(self) -> int:
        """Steps that belong to the house."""
        if len(self.queue) == 1:
            only = self.queue[0]
            return only.remaining if isinstance(only, HouseQuantity) else 0
        return sum(each.remaining for each in self.queue if isinstance(each, HouseQuantity))


class BookSide:
    """The bids or the asks."""

    __slots__ = ("keys", "levels")

    def __init__(self) -> None:
        self.keys: list[int] = []
        """Every price with something at it, worst first."""
        self.levels: dict[int, Level] = {}

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def best(self) -> int | None:
        """Key of the best price, or None on an empty side."""
        return self.keys[-1] if self.keys else None

    def add(self, order: WorkingOrder) -> None:
        """Queue a limit order's remainder behind everything at its price."""
        assert order.key is not None, "a market order cannot rest"
        level = self._level(order.key)
        level.queue.append(order)
        level.total += order.remaining

    def remove(self, order: WorkingOrder) -> None:
        """Take an order out, wherever in its queue it stands."""
        assert order.key is not None, "a market order cannot rest"
        level = self.levels[order.key]
        queue = level.queue
        place = queue.index(order)
        del queue[place]
        level.total -= order.remaining
        if not queue:
            self._drop(order.key)
        elif 0 < place < len(queue):
            before, after = queue[place - 1], queue[place]
            if isinstance(before, HouseQuantity) and isinstance(after, HouseQuantity):
                before.remaining += after.remaining
                del queue[place]

    def shrink(self, order: WorkingOrder, steps: int) -> None:
        """Make an order's remainder smaller by `steps` without moving it in its queue."""
        assert order.key is not None, "a market order cannot rest"
        order.remaining -= steps
        self.levels[order.key].total -= steps

    def consume(self, key: int, steps: int) -> None:
        """Take `steps` from the first in the queue at `key`; what is used up leaves."""
        level = self.levels[key]
        first = level.queue[0]
        first.remaining -= steps
        level.total -= steps
        if first.remaining == 0:
            del level.queue[0]
            if not level.queue:
                self._drop(key)

    def house_at(self, key: int) -> int:
        """Steps that the house shows at `key`."""
        level = self.levels.get(key)
        return 0 if level is None else level.house()

    def set_house(self, key: int, steps: int) -> None:
        """Let the house show `steps` at `key`: more goes to the back of the queue, less comes off the back first."""
        level = self.levels.get(key)
        if level is None:
            if steps == 0:
                return
            level = self._level(key)
        change = steps - level.house()
        level.total += change
        queue = level.queue
        if change > 0:
            if queue and isinstance(queue[-1], HouseQuantity):
                queue[-1].remaining += change
            else:
                queue.append(HouseQuantity(change))
            return
        for place in range(len(queue) - 1, -1, -1):
            if change == 0:
                break
            each = queue[place]
            if isinstance(each, HouseQuantity):
                taken = min(each.remaining, -change)
                each.remaining -= taken
                change += taken
                if each.remaining == 0:
                    del queue[place]
        if not queue:
            self._drop(key)

    def entries(self) -> Iterator[tuple[int, HouseQuantity | WorkingOrder]]:
        """Everything that rests, in the order in which it would be taken."""
        for key in reversed(self.keys):
            for each in self.levels[key].queue:
                yield key, each

    def _level(self, key: int) -> Level:
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level()
            keys = self.keys
            if not keys or key > keys[-1]:
                keys.append(key)
            else:
                keys.insert(bisect_left(keys, key), key)
        return level

    def _drop(self, key: int) -> None:
        del self.levels[key]
        keys = self.keys
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[bisect_left(keys, key)]


class Book:
    """Both sides of one symbol."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids = BookSide()
        self.asks = BookSide()

    def side(self, side: Side) -> BookSide:
        """Where orders of `side` rest."""
        return self.bids if side is Side.BUY else self.asks

    def opposite(self, side: Side) -> BookSide:
        """What orders of `side` take from."""
        return self.asks if side is Side.BUY else self.bids

    def would_take(self, side: Side, key: int) -> bool:
        """Whether a limit order would trade at once."""
        best = self.opposite(side).best
        return best is not None and -best <= key

    def quote_of(self, side: Side, steps: int) -> int:
        """What taking `steps` would cost, in ticks x steps; as much of it as there is."""
        opposite = self.opposite(side)
        quote = 0
        for key in reversed(opposite.keys):
            taken = min(steps, opposite.levels[key].total)
            quote += abs(key) * taken
            steps -= taken
            if steps == 0:
                break
        return quote

    def fillable(self, order: WorkingOrder, closable: Callable[[str, Side, int], int]) -> int:
        """How many steps of a new order would trade at once, with nothing changed: what fill-or-kill asks.

        `closable(account, side, bought)` tells by how much an order of `side` may reduce the account's position after
        it `bought` (or, negative, sold) that many more steps: reduce-only orders in the way give no more than that.
        """
        traded: dict[str, int] = {}
        found = 0
        wanted = order.remaining
        if order.reduce_only:
            wanted = min(wanted, closable(order.account, order.side, 0))
        for key, maker in self.opposite(order.side).entries():
            if found >= wanted or (order.key is not None and -key > order.key):
                break
            quantity = min(wanted - found, maker.remaining)
            if isinstance(maker, WorkingOrder):
                if maker.account == order.account:
                    continue  # self-trade prevention expires it
                before = traded.get(maker.account, 0)
                if maker.reduce_only:
                    quantity = min(quantity, closable(maker.account, maker.side, before))
                traded[maker.account] = before + (quantity if maker.side is Side.BUY else -quantity)
            found += quantity
        return found
