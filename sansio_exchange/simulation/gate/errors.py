"""How Gate says no: its labels and words.

Source: Gate API v4 (gate.com/docs/developers/apiv4), "Error Handling" / "label list", v4.106, read in November 2026. A
refused request has a status that is not 2xx and a body of label and message; in a batch they stand in the row.
"""

from sansio_exchange.errors import ExchangeError, InsufficientFunds, InvalidRequest, ReduceOnlyRejected, WouldTake


class Refused(Exception):
    """A request, or one row of it, that the venue does not carry out. `status` is that of HTTP."""

    def __init__(self, label: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.label = label
        self.message = message
        self.status = status

    def body(self) -> dict[str, object]:
        return {"label": self.label, "message": self.message}


def missing(name: str) -> Refused:
    return Refused("MISSING_REQUIRED_PARAM", f"Missing required parameter: {name}")


def wrong(name: str, value: str = "") -> Refused:
    """The message is worded as in the documentation's example."""
    return Refused("INVALID_PARAM_VALUE", f"Invalid parameter `{name}` with value: {value[:60]}")


def malformed_body() -> Refused:
    return Refused("INVALID_REQUEST_BODY", "Invalid request body")


def unknown_contract() -> Refused:
    return Refused("CONTRACT_NOT_FOUND", "Contract not found")


def no_such_order() -> Refused:
    return Refused("ORDER_NOT_FOUND", "Order not found", status=404)


def no_such_text(text: str) -> Refused:
    """For an order called by its `text`.

    The label is not in the documentation; seen in answers (github.com/gateio/gateapi-go, issue 41, July 2023).
    """
    return Refused("CLIENT_ID_NOT_FOUND", f"Order with client ID {text[:40]} not found", status=404)


def finished() -> Refused:
    return Refused("ORDER_FINISHED", "Order already finished")


def no_change() -> Refused:
    return Refused("NO_CHANGE", "No change is made")


def not_offered(what: str) -> Refused:
    """What Gate has and this venue has not."""
    return Refused("BAD_REQUEST", f"{what} is not offered here")


def too_many_requests() -> Refused:
    return Refused("TOO_MANY_REQUESTS", "Request Rate limit Exceeded (311)", status=429)


def expired() -> Refused:
    """The request came after its x-gate-exptime; with which label is not found in documentation."""
    return Refused("REQUEST_EXPIRED", "request is received after x-gate-exptime")


def refusal(error: ExchangeError) -> Refused:
    """What Gate answers where the exchange below raises `error`.

    INCREASE_POSITION is worded for reduce-only orders in the Chinese documentation; the English says "POC order".
    """
    match error:
        case InvalidRequest():
            return wrong(error.field)
        case InsufficientFunds():
            return Refused("INSUFFICIENT_AVAILABLE", "Balance is not enough")
        case WouldTake():
            return Refused("ORDER_POC_IMMEDIATE", "POC order will be finished immediately")
        case ReduceOnlyRejected():
            return Refused("INCREASE_POSITION", "Reduce-only order will increase position")
        case _:
            return Refused("SERVER_ERROR", f"Internal server error: {error.message}", status=500)
