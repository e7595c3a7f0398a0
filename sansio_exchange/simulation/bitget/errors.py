"""How Bitget says no: its codes and words.

Source: Bitget API, "Error Code" of futures and of the unified account (bitget.com/api-doc), of November 2025, where
it lists a code; the others as its replies quote them in public issues. Refusals come with HTTP status 400, those of
credentials with 401, too many requests with 429. Which code a finished order, an order without a position and a
leverage out of bounds earn was not found in documentation.
"""

from sansio_exchange.errors import (
    DuplicateClientOrderId,
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    ReduceOnlyRejected,
    UnknownSymbol,
)


class Refused(Exception):
    """A request, or one row of it, that the venue does not carry out. `status` is that of HTTP."""

    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = str(code)
        self.message = message
        self.status = status


def unauthorized(code: int, message: str) -> Refused:
    return Refused(code, message, status=401)


def missing(name: str) -> Refused:
    return Refused(40019, f"Parameter {name} cannot be empty")


def wrong(name: str) -> Refused:
    return Refused(40020, f"Parameter {name} error")


def unreadable() -> Refused:
    return Refused(40017, "Parameter verification failed")


def unknown_symbol(name: str) -> Refused:
    return Refused(40034, f"Parameter {name[:40]} does not exist")


def no_such_order() -> Refused:
    """For a cancellation or a modification."""
    return Refused(40768, "Order does not exist")


def nothing_to_cancel() -> Refused:
    """For the cancellation of an order that is finished, or of all orders where there are none."""
    return Refused(22001, "No order to cancel")


def no_order_data() -> Refused:
    """For a query."""
    return Refused(40109, "The data of the order cannot be found, please confirm the order number")


def not_offered() -> Refused:
    """What Bitget has and this venue has not (isolated margin, hedge mode, preset stops)."""
    return Refused(40401, "The operation cannot be performed")


def too_many_requests() -> Refused:
    return Refused(429, "Too Many Requests", status=429)


def refusal(error: ExchangeError) -> Refused:
    """What Bitget answers where the exchange below raises `error`."""
    match error:
        case UnknownSymbol():
            return unknown_symbol("symbol")
        case InvalidRequest():
            return wrong(error.field)
        case InsufficientFunds():
            return Refused(40762, "The order amount exceeds the balance")
        case ReduceOnlyRejected():
            return Refused(22002, "No position to close")
        case DuplicateClientOrderId():
            return Refused(40786, "Duplicate clientOid")
        case OrderNotFound():
            return no_such_order()
        case _:
            return Refused(40725, f"service return an error: {error.message}")
