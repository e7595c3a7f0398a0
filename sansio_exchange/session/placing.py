"""Placing and cancelling so that nothing is ever done twice.

A request that left and was not answered is never sent again: its order is looked up by client order id, which every
order carries. A signed request that has not been accepted within the venue's receive window can no longer be, so
"no such order" after that time is an answer; before it, it is not.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sansio_exchange.commands import CancelOrder, GetOrder, PlaceOrder, PlaceOrders
from sansio_exchange.errors import (
    DuplicateClientOrderId,
    ExchangeError,
    NotConnected,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    UnexpectedReply,
    VenueUnavailable,
)
from sansio_exchange.orders import NewOrder, Order, OrderStatus
from sansio_exchange.session.order_ledger import OrderLedger
from sansio_exchange.venue import Recipe, Sleep, Together, Venue

SEEN_ON_STREAM_WITHIN = 10.0
"""Seconds after which an accepted order of which the stream has not spoken proves the stream dead."""
LIFETIME_MARGIN = 5.0
"""Seconds added to the venue's receive window before "no such order" is believed: clocks and queues at the venue."""
PAUSES = (0.1, 0.3, 0.6, 1.0, 2.0, 2.0, 4.0, 8.0, 8.0, 8.0)
"""Seconds between the questions after a lost order; then the next reconciliation asks."""

CANNOT_ASK = (NotConnected, VenueUnavailable, RateLimited, OutcomeUnknown, UnexpectedReply)


class Placing:
    """Recipes of the session around the venue's own. `mono` tells the time in Now.mono seconds."""

    def __init__(self, venue: Venue, ledger: OrderLedger, mono: Callable[[], float]) -> None:
        self._venue = venue
        self._ledger = ledger
        self._mono = mono

    def place(self, order: NewOrder) -> Recipe[Order]:
        """One order; returns it as the venue accepted it."""
        sent = self._mono()
        try:
            accepted: Order = yield from self._venue.recipe(PlaceOrder(order))
        except OutcomeUnknown as unknown:
            accepted = yield from self._find_out(order, sent, unknown)
        except DuplicateClientOrderId as duplicate:
            accepted = yield from self._take_for_retry(order, duplicate)
        self._expect(accepted)
        return accepted

    def place_many(self, orders: Sequence[NewOrder]) -> Recipe[tuple[Any, ...]]:
        """Many orders by the native call; returns an Order or error for each, in order."""
        if self._venue.max_batch < 2:
            outcomes = yield Together(tuple(self.place(order) for order in orders))
            return tuple(outcomes)
        sent = self._mono()
        outcomes = list((yield from self._venue.recipe(PlaceOrders(tuple(orders)))))
        doubtful = [
            row for row, outcome in enumerate(outcomes) if isinstance(outcome, OutcomeUnknown | DuplicateClientOrderId)
        ]
        if doubtful:
            cleared = yield Together(tuple(self._clear_up(orders[row], outcomes[row], sent) for row in doubtful))
            for row, outcome in zip(doubtful, cleared, strict=True):
                outcomes[row] = outcome
        for outcome in outcomes:
            if isinstance(outcome, Order):
                self._expect(outcome)
        return tuple(outcomes)

    def cancel(self, action: CancelOrder) -> Recipe[None]:
        """One cancel. Asked again, after looking, where the answer was lost: a second cancel harms nobody."""
        for pause in PAUSES:
            try:
                yield from self._venue.recipe(action)
            except OutcomeUnknown as unknown:
                order = yield from self._look_up(action.symbol, action.order_id, action.client_order_id)
                if order is not None and order.status is OrderStatus.CANCELED:
                    return
                if order is not None and order.status.is_final:
                    raise OrderNotFound(f"the order is {order.status.name} already") from unknown
                yield Sleep(pause)
            else:
                return
        raise OutcomeUnknown("the venue does not answer", client_order_id=action.client_order_id)

    def _clear_up(self, order: NewOrder, doubt: ExchangeError, sent: float) -> Recipe[Order]:
        if isinstance(doubt, DuplicateClientOrderId):
            return (yield from self._take_for_retry(order, doubt))
        return (yield from self._find_out(order, sent, doubt))

    def _find_out(self, order: NewOrder, sent: float, doubt: ExchangeError) -> Recipe[Order]:
        self._ledger.unresolved(order)
        believe_after = sent + self._venue.order_lifetime + LIFETIME_MARGIN
        question = GetOrder(order.symbol, client_order_id=order.client_order_id)
        for pause in PAUSES:
            asked = self._mono()
            try:
                found: Order = yield from self._venue.recipe(question)
            except OrderNotFound as nothing:
                if asked > believe_after:
                    self._ledger.resolved(order.client_order_id)
                    raise VenueUnavailable(
                        f"client_order_id={order.client_order_id}: nothing was placed; the venue did not accept it",
                        code=nothing.code,
                        venue_message=nothing.venue_message,
                    ) from nothing
            except CANNOT_ASK as silence:
                doubt = silence
            else:
                self._ledger.resolved(order.client_order_id)
                return found
            yield Sleep(pause)
        raise OutcomeUnknown(doubt.message, client_order_id=order.client_order_id)

    def _take_for_retry(self, order: NewOrder, duplicate: DuplicateClientOrderId) -> Recipe[Order]:
        """The id is in use: the same order again is a retry and gets the order it asked for the first time."""
        found = yield from self._look_up(order.symbol, 0, order.client_order_id)
        if found is not None and is_retry(order, found):
            return found
        raise duplicate

    def _look_up(self, symbol: str, order_id: int, client_order_id: str) -> Recipe[Order | None]:
        try:
            found: Order = yield from self._venue.recipe(GetOrder(symbol, order_id, client_order_id))
        except (OrderNotFound, *CANNOT_ASK):
            return None
        return found

    def _expect(self, order: Order) -> None:
        self._ledger.expect(order, self._mono() + SEEN_ON_STREAM_WITHIN)


def is_retry(order: NewOrder, known: Order) -> bool:
    """Whether `known` is what `order` asks for."""
    return (
        known.client_order_id == order.client_order_id
        and known.symbol == order.symbol
        and known.side is order.side
        and known.type is order.type
        and known.quantity == order.quantity
        and (order.price is None or known.price == order.price)
    )
