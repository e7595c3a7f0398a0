"""Many orders in few requests: what every venue's batches have in common.

Each row is checked by itself and has an outcome of its own. Batches go side by side, a failed one marks its own rows,
and one that cannot be read says nothing about them. A row alone goes as the single order that it is.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from sansio_exchange.errors import ExchangeError, InvalidRequest, OutcomeUnknown, UnexpectedReply
from sansio_exchange.orders import NewOrder, Order
from sansio_exchange.recipes import row_error, row_outcome
from sansio_exchange.venue import Recipe, Request

Row = TypeVar("Row")
Ack = TypeVar("Ack")


class Placing(Struct, Generic[Row], frozen=True):
    """How a venue places orders: at `most` so many in one request, and only such of which `apart` is the same.

    `check` makes the row of an order and raises InvalidRequest for what the venue's form cannot say; `request` is that
    of one row or several; `read` gives an outcome for each row, in order.
    """

    check: Callable[[NewOrder], Row]
    request: Callable[[Sequence[Row]], Request]
    read: Callable[[bytes, Sequence[Row]], Sequence[Order | ExchangeError]]
    most: int
    apart: Callable[[Row], Any] = lambda row: None


def place_one(order: NewOrder, placing: Placing[Row]) -> Recipe[Order]:
    """The order is checked now, not when the recipe runs."""
    row = placing.check(order)
    return _place(placing.request([row]), row, order.client_order_id, placing)


def _place(request: Request, row: Row, client_order_id: str, placing: Placing[Row]) -> Recipe[Order]:
    body: bytes | ExchangeError
    try:
        body = yield request
    except ExchangeError as error:
        body = error
    outcome = row_outcome(_outcomes(body, [row], placing.read)[0], client_order_id)
    if isinstance(outcome, ExchangeError):
        raise outcome
    return outcome


def place_many(orders: Sequence[NewOrder], placing: Placing[Row]) -> Recipe[tuple[Order | ExchangeError, ...]]:
    """A row that breaks a rule here is not sent and fails alone."""
    rows: list[Row | ExchangeError] = []
    for order in orders:
        try:
            rows.append(placing.check(order))
        except InvalidRequest as error:
            rows.append(error)
    said = yield from in_batches(rows, placing.most, placing.request, placing.read, placing.apart)
    return tuple(row_outcome(each, order.client_order_id) for each, order in zip(said, orders, strict=True))


def cancel_many(
    rows: Sequence[Row | ExchangeError],
    most: int,
    request: Callable[[Sequence[Row]], Request],
    read: Callable[[bytes, Sequence[Row]], Sequence[Any]],
) -> Recipe[tuple[ExchangeError | None, ...]]:
    """None for each row that is cancelled; one that is an error already is not sent."""
    said = yield from in_batches(rows, most, request, read)
    return tuple(row_error(each, "") if isinstance(each, ExchangeError) else None for each in said)


def in_batches(
    rows: Sequence[Row | ExchangeError],
    most: int,
    request: Callable[[Sequence[Row]], Request],
    read: Callable[[bytes, Sequence[Row]], Sequence[Any]],
    apart: Callable[[Row], Any] = lambda row: None,
) -> Recipe[list[Any]]:
    """What becomes of each row."""
    outcomes: list[Any] = list(rows)
    alike: dict[Any, list[tuple[int, Row]]] = {}
    for at, row in enumerate(rows):
        if not isinstance(row, ExchangeError):
            alike.setdefault(apart(row), []).append((at, row))
    chunks = [some[start : start + most] for some in alike.values() for start in range(0, len(some), most)]
    sent = [[row for _, row in chunk] for chunk in chunks]
    bodies = (yield tuple(request(each) for each in sent)) if sent else ()
    for chunk, each, body in zip(chunks, sent, bodies, strict=True):
        for (at, _), outcome in zip(chunk, _outcomes(body, each, read), strict=True):
            outcomes[at] = outcome
    return outcomes


def _outcomes(
    body: bytes | ExchangeError, sent: Sequence[Row], read: Callable[[bytes, Sequence[Row]], Sequence[Any]]
) -> list[Any]:
    """One for each row of a request."""
    if isinstance(body, ExchangeError):
        return [body] * len(sent)
    try:
        said = list(read(body, sent))[: len(sent)]
    except (OutcomeUnknown, UnexpectedReply) as error:
        return [error] * len(sent)
    return said + [OutcomeUnknown("the venue's reply left it out")] * (len(sent) - len(said))


def accepted(
    acks: Sequence[Ack | ExchangeError], orders: Sequence[NewOrder], make: Callable[[Ack, NewOrder], Order]
) -> list[Order | ExchangeError]:
    """The orders that rows of a reply stand for; a row that makes none has an error of its own."""
    outcomes: list[Order | ExchangeError] = []
    for ack, order in zip(acks, orders, strict=True):
        try:
            outcomes.append(ack if isinstance(ack, ExchangeError) else make(ack, order))
        except ExchangeError as error:
            outcomes.append(error)
    return outcomes
