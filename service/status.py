"""One table: what each error of the core is called in gRPC, and which details go with it.

A status carries google.rpc details: ErrorInfo always (reason, domain, the venue's own code and message, the correlation
id), BadRequest where a field broke a rule, RetryInfo where asking again makes sense.
"""

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from sansio_exchange import errors
from sansio_exchange.errors import ExchangeError

DOMAIN = "exchange-connector"
MAX_TEXT = 1000
"""Statuses travel in HTTP/2 headers, of which clients take 8 KiB; a venue's HTML page must not burst them."""

TABLE: dict[type[ExchangeError], tuple[Status, str]] = {
    errors.InvalidRequest: (Status.INVALID_ARGUMENT, "INVALID_REQUEST"),
    errors.UnknownSymbol: (Status.INVALID_ARGUMENT, "UNKNOWN_SYMBOL"),
    errors.VenueError: (Status.FAILED_PRECONDITION, "VENUE_ERROR"),
    errors.RequestRejected: (Status.INVALID_ARGUMENT, "REQUEST_REJECTED"),
    # UNAUTHENTICATED is kept for the service's own token: these say that the venue refuses the service's key.
    errors.AuthenticationFailed: (Status.PERMISSION_DENIED, "AUTHENTICATION_FAILED"),
    errors.PermissionDenied: (Status.PERMISSION_DENIED, "PERMISSION_DENIED"),
    errors.ClockSkew: (Status.UNAVAILABLE, "CLOCK_SKEW"),
    errors.RateLimited: (Status.RESOURCE_EXHAUSTED, "RATE_LIMITED"),
    errors.VenueUnavailable: (Status.UNAVAILABLE, "VENUE_UNAVAILABLE"),
    errors.OrderNotFound: (Status.NOT_FOUND, "ORDER_NOT_FOUND"),
    errors.DuplicateClientOrderId: (Status.ALREADY_EXISTS, "DUPLICATE_CLIENT_ORDER_ID"),
    errors.InsufficientFunds: (Status.RESOURCE_EXHAUSTED, "INSUFFICIENT_FUNDS"),
    errors.OrderRejected: (Status.FAILED_PRECONDITION, "ORDER_REJECTED"),
    errors.WouldTake: (Status.FAILED_PRECONDITION, "WOULD_TAKE"),
    errors.ReduceOnlyRejected: (Status.FAILED_PRECONDITION, "REDUCE_ONLY_REJECTED"),
    errors.OutcomeUnknown: (Status.DEADLINE_EXCEEDED, "OUTCOME_UNKNOWN"),
    errors.DeadlineExceeded: (Status.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
    errors.NotConnected: (Status.UNAVAILABLE, "NOT_CONNECTED"),
    errors.UnexpectedReply: (Status.INTERNAL, "UNEXPECTED_REPLY"),
    errors.ExchangeError: (Status.INTERNAL, "EXCHANGE_ERROR"),
}


def status_of(error: ExchangeError) -> tuple[Status, str]:
    """The gRPC status and the reason of `error`; an error that the table does not know is what its parent is."""
    for kind in type(error).__mro__:
        if kind in TABLE:
            return TABLE[kind]
    raise TypeError(f"{type(error).__name__} is no ExchangeError")


def grpc_error(error: ExchangeError, *, exchange: str = "", correlation_id: str = "") -> GRPCError:
    """`error` as it goes to the client."""
    status, reason = status_of(error)
    metadata = {"exchange": exchange, "correlation_id": correlation_id}
    details: list[Message] = []
    match error:
        case errors.InvalidRequest():
            metadata["field"] = error.field
            violation = BadRequest.FieldViolation(field=error.field, description=error.rule[:MAX_TEXT])
            details.append(BadRequest(field_violations=[violation]))
        case errors.VenueError():
            metadata["venue_code"] = error.code
            metadata["venue_message"] = error.venue_message[:MAX_TEXT]
        case errors.OutcomeUnknown():
            metadata["client_order_id"] = error.client_order_id
    said = {key: value for key, value in metadata.items() if value}
    details.insert(0, ErrorInfo(reason=reason, domain=DOMAIN, metadata=said))
    if error.retry_after is not None:
        delay = Duration()
        delay.FromMilliseconds(max(0, round(error.retry_after * 1000)))
        details.append(RetryInfo(retry_delay=delay))
    return GRPCError(status, error.message[:MAX_TEXT], details)


def internal_error(correlation_id: str) -> GRPCError:
    """What a client is told of a mistake of ours: nothing but where to look."""
    info = ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"correlation_id": correlation_id})
    return GRPCError(Status.INTERNAL, f"internal error; the log has it under correlation id {correlation_id}", [info])


def refusal(status: Status, reason: str, message: str) -> GRPCError:
    """An error of the service itself, not of the exchange."""
    return GRPCError(status, message, [ErrorInfo(reason=reason, domain=DOMAIN)])


def shutting_down() -> GRPCError:
    """What whoever is not served because the process ends is told. Nothing took effect."""
    return refusal(Status.UNAVAILABLE, "SHUTTING_DOWN", "the connector is shutting down")
