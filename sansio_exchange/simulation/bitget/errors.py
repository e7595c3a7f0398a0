"""How Bitget says no: its codes and words.

Source: Bitget API, "Error Code" (REST and WebSocket) of the classic account's futures, of September 2026; 40768, 40786
and 25245 as its replies and the unified account's table have them. Which HTTP status a refusal has was not found in
documentation, and reports differ: here orders and accounts are refused with 200, requests that cannot be understood
with 400, credentials with 401, too many requests with 429. A client must not trust the status.
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

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code = str(code)
        self.message = message
        self.status = status


def unauthorized(code: int, message: str) -> Refused:
    return Refused(code, message, status=401)


def missing(name: str) -> Refused:
    return Refused(40019, f"Parameter {name} cannot be empty", status=400)


def wrong(name: str) -> Refused:
    return Refused(40020, f"Parameter {name} error", status=400)


def unreadable() -> Refused:
    return Refused(40017, "Parameter verification failed", status=400)


def unknown_symbol(name: str) -> Refused:
    return Refused(40034, f"Parameter {name[:40]} does not exist", status=400)


def no_order_named() -> Refused:
    return Refused(40924, "orderId and clientOid must have one", status=400)


def malformed_id() -> Refused:
    return Refused(40402, "orderId or clientOId format error", status=400)


def too_long(days: int) -> Refused:
    return Refused(40705, f"The start and end time cannot exceed {days} days", status=400)


def duplicate() -> Refused:
    return Refused(40786, "Duplicate clientOid")


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
    return Refused(40805, "Unsupported operation", status=400)


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
            return duplicate()
        case OrderNotFound():
            return no_such_order()
        case _:
            return Refused(40725, f"service return an error: {error.message}")
