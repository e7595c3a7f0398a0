"""Holds what was told against the venue's own books, and figures of a run against its first minutes."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from msgspec import Struct

from sansio_exchange.orders import Fill, Order, OrderType
from tests.simulation.told import Books
from tests.soak.told import Subscriber

AVERAGE_ROUNDED = 1_000_000
"""Venues round average prices: they may differ by one part in so many."""


class Placed(Struct, frozen=True, gc=False, tag=True):
    """What was said of an order that was asked for: "accepted", "refused" or "unknown".

    `order_id` is 0 unless accepted. `name` is the client order id that was asked for, "" for none; `words` are the
    refusal's.
    """

    name: str
    symbol: str
    outcome: str
    order_id: int = 0
    words: str = ""


class Truth:
    """The books of one account, read once: orders and fills by their keys, in the words of the venue's wire."""

    def __init__(self, books: Books, account: str) -> None:
        self.orders = {
            (symbol, order.order_id): order
            for symbol in books.rules
            for order in books.orders(account, symbol)
            if order.type is not OrderType.OTHER
        }
        self.fills = {
            (symbol, fill.order_id, fill.trade_id): fill
            for symbol in books.rules
            for fill in books.fills(account, symbol)
        }


def compare(
    subscriber: Subscriber, orders: Iterable[Order], fills: Mapping[tuple[str, int, str], Fill], until_ms: float
) -> list[str]:
    """What `subscriber` was not told, or told wrongly. What changed after `until_ms` may be on its way."""
    found = []
    for order in orders:
        last = subscriber.orders.get((order.symbol, order.order_id))
        if order.update_ms > until_ms:
            continue
        if last is None:
            found.append(f"order never told: {order}")
        elif (last.status, last.executed) != (order.status, order.executed_qty):
            found.append(f"told as {last.status.name}, {last.executed} executed: {order}")
        elif abs(last.average - order.avg_price) * AVERAGE_ROUNDED > order.avg_price:
            found.append(f"average price told as {last.average}: {order}")
    for key, fill in fills.items():
        heard = subscriber.fills.get(key)
        if heard is None:
            if fill.time_ms <= until_ms:
                found.append(f"fill never told: {fill}")
        elif heard != (fill.price, fill.quantity):
            found.append(f"fill told as {heard[1]} at {heard[0]}: {fill}")
    found += [f"fill that never happened: {key}" for key in subscriber.fills if key not in fills]
    return found


def judge_answers(answers: Iterable[Placed], orders: Mapping[tuple[str, int], Order]) -> list[str]:
    """Whether each order stands as its asker was told, and none twice. Each name must have been asked for once."""
    found = []
    standing: dict[str, list[Order]] = {}
    for order in orders.values():
        standing.setdefault(order.client_order_id, []).append(order)
    found += [f"placed {len(each)} times: {name}" for name, each in standing.items() if len(each) > 1]
    for answer in answers:
        if answer.outcome == "accepted" and (answer.symbol, answer.order_id) not in orders:
            found.append(f"accepted, and the venue has no such order: {answer}")
        if answer.outcome == "refused" and answer.name in standing:
            found.append(f"refused, and it stands at the venue: {answer}, {standing[answer.name][0]}")
    return found


def growth(figures: Sequence[float]) -> float:
    """By how much the last third of `figures` is above the first, by their medians. Raises ValueError below three."""
    third = len(figures) // 3
    if not third:
        raise ValueError("three figures at least are needed")
    return median(figures[-third:]) - median(figures[:third])
