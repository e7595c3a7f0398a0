"""Of which symbol the orders are that were heard of.

Gate cancels by an order's id or name alone, whatever its contract ("Cancel single order", 2026-05-27): who mixes up two
symbols would lose an order that he meant to keep. Only the venue knows it of every order; asking before each cancel
would cost a round trip where it counts most, and hold cancels to 20 a second. So it is remembered of each order that is
sent, answered, listed or told by its channel, and asked for where it is not known: of orders that were placed by others
this very moment, or long ago.

Before the open orders have been listed for the first time nothing is known of any: then a cancel goes out as it was
asked for.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, TypeVar

from sansio_exchange.gate.orders import PREFIX
from sansio_exchange.orders import Fill, NewOrder, Order
from sansio_exchange.venue import LoneFill, OrderState, Recipe

REMEMBERED = 40_000
"""Ids and names, the latest heard of: those of 20,000 orders, as many as the ledger keeps. One that works longer than
so many others is asked for."""
T = TypeVar("T")


class KnownOrders:
    """Symbols by what a cancel calls the order: its id, or the name with which it was sent.

    A name that is given anew is the newer order's: so the venue has it. What is told later may be of the older one, so
    no name is taken from there.
    """

    def __init__(self) -> None:
        self._symbols: OrderedDict[str, str] = OrderedDict()
        self._has_listed = False

    def is_of(self, name: str, symbol: str) -> bool:
        """Whether that order may be cancelled as one of `symbol` without asking."""
        known = self._symbols.get(name)
        return known == symbol if known is not None or self._has_listed else True

    def note(self, name: str, symbol: str) -> None:
        self._symbols[name] = symbol
        self._symbols.move_to_end(name)
        if len(self._symbols) > REMEMBERED:
            self._symbols.popitem(last=False)

    def note_sent(self, order: NewOrder) -> None:
        """It may be cancelled by its name before it is answered."""
        self.note(f"{PREFIX}{order.client_order_id}", order.symbol)

    def note_told(self, said: Iterable[Any]) -> None:
        """Those of `said` that are orders or of one."""
        for each in said:
            order = each.order if isinstance(each, OrderState) else each.fill if isinstance(each, LoneFill) else each
            if isinstance(order, Order | Fill):
                self.note(str(order.order_id), order.symbol)

    def noting(self, recipe: Recipe[T]) -> Recipe[T]:
        """`recipe`, and what it returns is remembered."""
        result = yield from recipe
        self.note_told(result if isinstance(result, tuple) else (result,))
        return result

    def listing(self, recipe: Recipe[T]) -> Recipe[T]:
        """The same for the list of all open orders."""
        result = yield from self.noting(recipe)
        self._has_listed = True
        return result
