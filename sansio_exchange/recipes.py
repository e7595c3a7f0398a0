"""Small steps that every venue's recipes are made of."""

from collections.abc import Callable
from typing import Any, TypeVar

from sansio_exchange.errors import ExchangeError, InvalidRequest, OutcomeUnknown, UnexpectedReply, VenueUnavailable
from sansio_exchange.orders import Order
from sansio_exchange.venue import Recipe, Request

T = TypeVar("T")

AGAIN_AFTER = 1.0
"""Seconds after which a question that got no answer may be asked again."""


def ask(request: Request, read: Callable[[bytes], T]) -> Recipe[T]:
    """One request and what its reply says."""
    body = yield request
    return read(body)


def asking(recipe: Recipe[T]) -> Recipe[T]:
    """A request that changes nothing has no unknown outcome: what failed that way may simply be asked again."""
    try:
        return (yield from recipe)
    except OutcomeUnknown as error:
        raise VenueUnavailable(error.reason, retry_after=AGAIN_AFTER) from None


def or_raise(outcome: bytes | ExchangeError) -> bytes:
    """The body of one of several requests side by side; raises what came instead."""
    if isinstance(outcome, ExchangeError):
        raise outcome
    return outcome


def row_outcome(outcome: Order | ExchangeError, client_order_id: str) -> Order | ExchangeError:
    """A row of a batch: an answer about another order than the one that was sent is none."""
    if isinstance(outcome, ExchangeError):
        return row_error(outcome, client_order_id)
    if outcome.client_order_id != client_order_id:
        return OutcomeUnknown("the venue answered for another order", client_order_id=client_order_id)
    return outcome


def row_error(error: Any, client_order_id: str) -> ExchangeError:
    """What is not known about one order, told with the id by which to ask again. A reply that cannot be read says
    nothing about what was done."""
    if isinstance(error, OutcomeUnknown):
        return OutcomeUnknown(error.reason, client_order_id=client_order_id)
    if isinstance(error, UnexpectedReply):
        return OutcomeUnknown(error.message, client_order_id=client_order_id)
    assert isinstance(error, ExchangeError)
    return error


def check_limit(limit: int, most: int) -> None:
    """Raises InvalidRequest for a number of rows that the venue cannot be asked for."""
    if not 1 <= limit <= most:
        raise InvalidRequest("limit", f"must be from 1 to {most}, got {limit}")
