"""What a venue tells of orders, as the session hears it: halves joined, repetitions dropped."""

from collections.abc import Iterable
from typing import Any

from sansio_exchange.orders import OrderUpdate
from sansio_exchange.session.joining import Joining
from sansio_exchange.session.order_ledger import OrderLedger
from sansio_exchange.venue import LoneFill, OrderState


class Joined:
    """The updates of one private socket, of one message after the other."""

    def __init__(self) -> None:
        self._joining = Joining(OrderLedger())

    def updates(self, said: Iterable[Any]) -> list[OrderUpdate]:
        told: list[OrderUpdate] = []
        for each in said:
            if isinstance(each, OrderState):
                told += self._joining.hear_state(each.order, 0.0)
            elif isinstance(each, LoneFill):
                told += self._joining.hear_fill(each.fill, 0.0)
        return told
