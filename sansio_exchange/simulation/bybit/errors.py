"""How Bybit says no: its codes and words.

Source: Bybit V5 API, "Error Codes" (bybit-exchange.github.io/docs/v5/error), read in November 2026. A refusal is
HTTP 200 with its code as retCode; in a batch, what concerns one order stands in its row of retExtInfo.list.
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
        self.code = code
        self.message = message
        self.status = status


def wrong(what: str) -> Refused:
    return Refused(10001, f"params error: {what}")


def missing(name: str) -> Refused:
    return Refused(10001, f"Missing some parameters that must be filled in, {name}")


def unknown_symbol() -> Refused:
    """Not found in documentation: 10029 speaks of a whitelist, so this is a parameter error."""
    return wrong("symbol invalid")


def not_offered(what: str) -> Refused:
    """What Bybit has and this venue has not (other products, hedge mode, conditional orders, attached stops)."""
    return wrong(f"{what} is not offered by this venue")


def not_authenticated() -> Refused:
    return Refused(10007, "User authentication failed.")


def too_many_requests() -> Refused:
    return Refused(10006, "Too many visits. Exceeded the API Rate Limit.")


def no_such_order() -> Refused:
    """For a cancellation or an amendment of an order that is not working, whatever became of it."""
    return Refused(110001, "order not exists or too late to cancel")


def duplicate_link_id() -> Refused:
    return Refused(110072, "OrderLinkedID is duplicate")


def notional_too_small() -> Refused:
    return Refused(110094, "Order notional value below the lower limit")


def price_out_of_range() -> Refused:
    return Refused(110003, "Order price exceeds the allowable range.")


def refusal(error: ExchangeError) -> Refused:
    """What Bybit answers where the exchange below raises `error`."""
    match error:
        case UnknownSymbol():
            return unknown_symbol()
        case InvalidRequest():
            return wrong(error.message)
        case InsufficientFunds():
            return Refused(110007, "Available balance is insufficient")
        case ReduceOnlyRejected():
            return Refused(110017, "Reduce-only rule not satisfied")
        case DuplicateClientOrderId():
            return duplicate_link_id()
        case OrderNotFound():
            return no_such_order()
        case _:
            return Refused(10016, f"Server error. {error.message}")
