"""Whose orders these are: the account that knows them."""

from collections.abc import Callable

from sansio_exchange.commands import FetchExchangeInfo, GetOrder
from sansio_exchange.errors import OrderNotFound, PermissionDenied
from sansio_exchange.orders import Order
from sansio_exchange.session.delisted import REFUSALS, is_delisted
from sansio_exchange.session.order_ledger import OrderLedger
from sansio_exchange.venue import Recipe, Venue

REMEMBERED = "what JOURNAL_DIR remembers is of another account, or long gone (then move its files away)"
NEW_KEY = "the new key is of another account"
ORDERS_THAT_TELL = 5
"""Orders that are asked for: one of them may be gone."""


def is_owner(venue: Venue, ledger: OrderLedger, otherwise: str, is_acting: Callable[[], bool]) -> Recipe[bool]:
    """Whether the account of the key that asks knows an order of the ledger, or there is none. Where not, another's
    orders would be answered to who places one of the same id, and what is known must be forgotten.

    Raises PermissionDenied, which begins with the words `otherwise`, where forgetting would leave an order alone, one
    that works or was lost, or where the account before it is still acted on.
    """
    unknown = OrderNotFound("")
    known = ledger.newest(ORDERS_THAT_TELL)
    for order in known:
        try:
            found: Order = yield from venue.recipe(GetOrder(order.symbol, order.order_id))
        except OrderNotFound as error:
            unknown = error
        except REFUSALS as refusal:
            yield from venue.recipe(FetchExchangeInfo())
            if not is_delisted(order.symbol, refusal, venue):
                raise
            continue  # whosever it was
        else:
            if _is_same(order, found):
                return True
    if ledger.has_open or is_acting():
        raise PermissionDenied(
            f"{otherwise}: it knows none of the orders that work",
            code=unknown.code,
            venue_message=unknown.venue_message,
        ) from unknown
    return not known


def _is_same(order: Order, found: Order) -> bool:
    """Whether it is not just an order of the same number. Venues may drop the name of one that ended: then it is told
    by its number."""
    return found.side is order.side and found.client_order_id in (order.client_order_id, str(order.order_id))
