"""Whose account it is: the one that knows the orders that work."""

from collections.abc import Iterable
from itertools import islice

from sansio_exchange.commands import GetOrder
from sansio_exchange.errors import OrderNotFound, PermissionDenied
from sansio_exchange.orders import Order
from sansio_exchange.venue import Recipe, Venue

ORDERS_THAT_TELL = 5
"""Working orders that are asked for: one of them may be gone."""


def check_owner(venue: Venue, working: Iterable[Order], otherwise: str) -> Recipe[None]:
    """Raises PermissionDenied, which begins with the words `otherwise`, where the account knows none of `working`:
    another's key would have them all taken for ended."""
    unknown: OrderNotFound | None = None
    for order in list(islice(working, ORDERS_THAT_TELL)):
        try:
            yield from venue.recipe(GetOrder(order.symbol, order.order_id))
        except OrderNotFound as error:
            unknown = error
        else:
            return
    if unknown is not None:
        raise PermissionDenied(
            f"{otherwise}: it knows none of the orders that work",
            code=unknown.code,
            venue_message=unknown.venue_message,
        ) from unknown
