"""What plays at random share: dice, the story that subscribers were told, the comparison with the venue's books.

A play is made from its seed alone. A failure names the seed in the test's id, `test_...[17]`, and it fails again with
that seed.
"""

from collections.abc import Container, MutableSequence, Sequence
from decimal import Decimal
from typing import TypeVar

import pytest

from sansio_exchange.machine import Unreadable
from sansio_exchange.orders import Order, OrderUpdate
from sansio_exchange.session.memory import from_bytes, to_bytes
from sansio_exchange.session.order_ledger import OrderLedger
from sansio_exchange.session.remembering import ENDED_KEPT_MS
from sansio_exchange.simulation.prng import Prng
from tests.sansio_exchange.session.fake_exchange import FakeExchange
from tests.sansio_exchange.session.stage import Stage

T = TypeVar("T")
SAME_PRICE = Decimal("0.000001")
"""Averages are divided in different order."""


def seeds(number: int) -> pytest.MarkDecorator:
    """The test is played with so many seeds."""
    return pytest.mark.parametrize("seed", range(number))


class Dice:
    """Chance, the same for the same seed. Plays of different names have nothing to do with each other."""

    def __init__(self, play: str, seed: int) -> None:
        self._prng = Prng(play, seed)

    def below(self, limit: int) -> int:
        return self._prng.below(limit)

    def between(self, least: int, most: int) -> int:
        return least + self._prng.below(most - least + 1)

    def chance(self, probability: float) -> bool:
        return self._prng.uniform() < probability

    def choice(self, things: Sequence[T]) -> T:
        return things[self._prng.below(len(things))]

    def shuffle(self, things: MutableSequence[T]) -> None:
        for at in range(len(things) - 1, 0, -1):
            other = self._prng.below(at + 1)
            things[at], things[other] = things[other], things[at]

    def part_of(self, order: Order) -> Decimal:
        """A quantity that may be executed of it now."""
        left = int(order.quantity - order.executed_qty)
        return Decimal(left if self.chance(0.3) else self.between(1, left))


class Story:
    """What was told of orders, by one process after the other, held to the venue's books as it comes.

    Nothing is made up: no execution, no end. What an order has executed never shrinks, its state never goes back, and
    no fill comes twice.
    """

    def __init__(self, exchange: FakeExchange) -> None:
        self.fills: set[str] = set()
        """Trade ids of those that were told."""
        self.has_written_off = False
        """Whether it was said that a venue does not list all fills."""
        self._exchange = exchange
        self._orders: dict[int, Order] = {}

    def read(self, stage: Stage) -> None:
        """What was told since it was last read; nobody else needs the events."""
        events, stage.events = stage.events, []
        for event in events:
            if isinstance(event, OrderUpdate):
                self._hear(event)
            elif isinstance(event, Unreadable):
                self.has_written_off |= "does not list" in event.reason

    def _hear(self, update: OrderUpdate) -> None:
        order, fill = update.order, update.fill
        real, before = self._exchange.orders[order.order_id], self._orders.get(order.order_id)
        assert order.executed_qty <= real.executed_qty, f"executions were made up: {order}, in truth {real}"
        if order.status.is_final:
            assert order.status is real.status, f"an end was made up: {order}, in truth {real}"
        if before is not None:
            assert order.executed_qty >= before.executed_qty, f"executions shrank: {before}, then {order}"
            assert order.status >= before.status, f"a state went back: {before}, then {order}"
        self._orders[order.order_id] = order
        if fill is not None:
            assert fill.trade_id not in self.fills, f"a fill was told twice: {fill}"
            self.fills.add(fill.trade_id)


def check_books(stage: Stage, *, unknown: Container[int] = ()) -> None:
    """The session knows every order as the venue does, but need not know those in `unknown`; none stands twice."""
    ids = [order.client_order_id for order in stage.exchange.orders.values()]
    assert len(ids) == len(set(ids)), f"an order was placed twice: {sorted(ids)}"
    for real in stage.exchange.orders.values():
        known = stage.connector._ledger.find(real.symbol, real.order_id)
        if known is None:
            assert real.order_id in unknown, f"an order is not known: {real}"
            continue
        assert _state(known) == _state(real), f"{known}, in truth {real}"
        assert abs(known.avg_price - real.avg_price) < SAME_PRICE, f"{known}, in truth {real}"


def _state(order: Order) -> tuple[object, ...]:
    return order.status, order.executed_qty, order.quantity, order.price


def check_memory(stage: Stage) -> None:
    """If it were killed now, the next process would know what this one knows."""
    remembered = OrderLedger()
    lines, unreadable = from_bytes(stage.kept)
    assert not unreadable
    for line in lines:
        remembered.read(line)
    ledger = stage.connector._ledger
    since_ms = ledger.newest_ms() - ENDED_KEPT_MS
    assert _lines(remembered, since_ms) == _lines(ledger, since_ms)


def _lines(ledger: OrderLedger, since_ms: int) -> list[bytes]:
    return sorted(to_bytes([line]) for line in ledger.lines(since_ms))
