"""How Binance says no: HTTP status, code and words as its documentation has them.

Source: developers.binance.com, USDⓈ-M Futures, "Error Code" and "General Info", read in November 2025.
"""

from sansio_exchange.errors import (
    DuplicateClientOrderId,
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    ReduceOnlyRejected,
    UnknownSymbol,
    WouldTake,
)


class Refused(Exception):
    """A request that the venue does not carry out. `retry_after` is in seconds, 0 where it does not apply."""

    def __init__(self, code: int, message: str, *, status: int = 400, retry_after: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after = retry_after

    def row(self) -> dict[str, object]:
        """The refusal as it stands in a body or in one row of a batch."""
        return {"code": self.code, "msg": self.message}


def missing(name: str) -> Refused:
    return Refused(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def illegal(name: str, legal: str) -> Refused:
    return Refused(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def invalid(name: str) -> Refused:
    return Refused(-1130, f"Data sent for parameter '{name}' is not valid.")


def not_required(name: str) -> Refused:
    return Refused(-1106, f"Parameter '{name}' sent when not required.")


def invalid_symbol() -> Refused:
    return Refused(-1121, "Invalid symbol.")


def unknown_order() -> Refused:
    """For a cancellation."""
    return Refused(-2011, "Unknown order sent.")


def no_such_order() -> Refused:
    """For a query or an amendment."""
    return Refused(-2013, "Order does not exist.")


def bad_key() -> Refused:
    return Refused(-2015, "Invalid API-key, IP, or permissions for action.", status=401)


def not_offered() -> Refused:
    """What Binance has and this venue has not (hedge mode, isolated margin)."""
    return Refused(-4084, "Method is not allowed currently. Coming soon.")


POST_ONLY = (
    "Due to the order could not be executed as maker, the Post Only order will be rejected. "
    "The order will not be recorded in the order history"
)
FILL_OR_KILL = (
    "Due to the order could not be filled immediately, the FOK order has been rejected. "
    "The order will not be recorded in the order history"
)


def fill_or_kill() -> Refused:
    return Refused(-5021, FILL_OR_KILL)


def refusal(error: ExchangeError) -> Refused:
    """What Binance answers where the exchange below raises `error`."""
    match error:
        case UnknownSymbol():
            return invalid_symbol()
        case InvalidRequest(field="leverage"):
            return Refused(-4028, f"Leverage is not valid: {error.rule}")
        case InvalidRequest():
            return Refused(-1130, f"Data sent for parameter '{error.field}' is not valid: {error.rule}")
        case InsufficientFunds():
            return Refused(-2019, "Margin is insufficient.")
        case WouldTake():
            return Refused(-5022, POST_ONLY)
        case ReduceOnlyRejected():
            return Refused(-2022, "ReduceOnly Order is rejected.")
        case DuplicateClientOrderId():
            return Refused(-4116, "ClientOrderId is duplicated.")
        case OrderNotFound():
            return no_such_order()
        case _:
            return Refused(-2010, f"Order rejected: {error.message}")
