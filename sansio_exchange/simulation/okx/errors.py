"""How OKX says no: its codes and words.

Source: OKX API guide (okx.com/docs-v5/en), "Error Code", read in November 2026. What concerns one order stands in its
row as sCode and sMsg, whatever the way it came; what concerns the whole request stands beside `data` as code and msg.
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


def missing(name: str) -> Refused:
    return Refused(50014, f"Parameter {name} can not be empty", status=400)


def wrong(name: str) -> Refused:
    return Refused(51000, f"Parameter {name} error", status=400)


def unknown_instrument() -> Refused:
    return Refused(51001, "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")


def no_order_named() -> Refused:
    return Refused(51003, "Either client order ID or order ID is required")


def not_working(doing: str) -> Refused:
    """For a cancellation or an amendment of an order that is not working, whatever became of it."""
    if doing == "cancel":
        return Refused(51400, "Cancellation failed as the order has been filled, canceled or does not exist.")
    return Refused(51503, "Order modification failed as the order has been filled, canceled or does not exist.")


def no_such_order() -> Refused:
    """For a query."""
    return Refused(51603, "Order does not exist")


def not_offered() -> Refused:
    """What OKX has and this venue has not (isolated margin, hedge mode, attached stops)."""
    return Refused(50062, "This feature is currently unavailable.")


def too_many_requests() -> Refused:
    return Refused(50011, "Too Many Requests", status=429)


def expired() -> Refused:
    return Refused(
        50036, "The expTime can't be earlier than the current system time. Please adjust the expTime and try again."
    )


def refusal(error: ExchangeError) -> Refused:
    """What OKX answers where the exchange below raises `error`."""
    match error:
        case UnknownSymbol():
            return unknown_instrument()
        case InvalidRequest():
            return wrong(error.field)
        case InsufficientFunds():
            return Refused(51008, "Order failed. Insufficient USDT margin in account")
        case ReduceOnlyRejected():
            return Refused(
                51169,
                "Order failed because you don't have any positions in this direction for this contract to reduce or "
                "close.",
            )
        case DuplicateClientOrderId():
            return Refused(51016, "Duplicated client order ID")
        case OrderNotFound():
            return no_such_order()
        case _:
            return Refused(50026, f"System error: {error.message}")
