"""What each error is called in gRPC, and what goes along with it. The table is complete."""

from collections.abc import Iterator

import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from sansio_exchange import errors
from sansio_exchange.errors import ExchangeError
from service.status import MAX_TEXT, TABLE, grpc_error, internal_error, status_of


def kinds(root: type[ExchangeError] = ExchangeError) -> Iterator[type[ExchangeError]]:
    yield root
    for each in root.__subclasses__():
        if each.__module__ == errors.__name__:
            yield from kinds(each)


def detail(error: GRPCError, kind: type[Message]) -> Message | None:
    return next((each for each in error.details or () if isinstance(each, kind)), None)


def test_every_error_of_the_core_stands_in_the_table() -> None:
    assert set(kinds()) == set(TABLE)


def test_reasons_are_unique() -> None:
    reasons = [reason for _, reason in TABLE.values()]
    assert len(set(reasons)) == len(reasons)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InsufficientFunds("x"), Status.RESOURCE_EXHAUSTED),
        (errors.OrderNotFound("x"), Status.NOT_FOUND),
        (errors.DuplicateClientOrderId("x"), Status.ALREADY_EXISTS),
        (errors.InvalidRequest("price", "x"), Status.INVALID_ARGUMENT),
        (errors.UnknownSymbol("symbol", "x"), Status.INVALID_ARGUMENT),
        (errors.RequestRejected("x"), Status.INVALID_ARGUMENT),
        (errors.AuthenticationFailed("x"), Status.PERMISSION_DENIED),
        (errors.PermissionDenied("x"), Status.PERMISSION_DENIED),
        (errors.RateLimited("x"), Status.RESOURCE_EXHAUSTED),
        (errors.VenueUnavailable("x"), Status.UNAVAILABLE),
        (errors.NotConnected("x"), Status.UNAVAILABLE),
        (errors.ClockSkew("x"), Status.UNAVAILABLE),
        (errors.OutcomeUnknown("x"), Status.DEADLINE_EXCEEDED),
        (errors.DeadlineExceeded("x"), Status.DEADLINE_EXCEEDED),
        (errors.OrderRejected("x"), Status.FAILED_PRECONDITION),
        (errors.WouldTake("x"), Status.FAILED_PRECONDITION),
        (errors.ReduceOnlyRejected("x"), Status.FAILED_PRECONDITION),
        (errors.UnexpectedReply("x"), Status.INTERNAL),
    ],
)
def test_the_status_of_each_error(error: ExchangeError, status: Status) -> None:
    assert status_of(error)[0] is status
    assert grpc_error(error).status is status


def test_the_venues_own_words_go_along() -> None:
    error = errors.InsufficientFunds("margin does not suffice", code="-2019", venue_message="Margin is insufficient.")
    info = detail(grpc_error(error, exchange="binance", correlation_id="c1"), ErrorInfo)
    assert isinstance(info, ErrorInfo)
    assert (info.reason, info.domain) == ("INSUFFICIENT_FUNDS", "exchange-connector")
    assert dict(info.metadata) == {
        "exchange": "binance",
        "correlation_id": "c1",
        "venue_code": "-2019",
        "venue_message": "Margin is insufficient.",
    }


def test_the_broken_field_goes_along() -> None:
    request = detail(grpc_error(errors.InvalidRequest("price", "must be above 0")), BadRequest)
    assert isinstance(request, BadRequest)
    assert [(each.field, each.description) for each in request.field_violations] == [("price", "must be above 0")]


def test_when_to_ask_again_goes_along() -> None:
    retry = detail(grpc_error(errors.RateLimited("slow down", retry_after=1.25)), RetryInfo)
    assert isinstance(retry, RetryInfo)
    assert retry.retry_delay.ToMilliseconds() == 1250
    assert detail(grpc_error(errors.OrderNotFound("x")), RetryInfo) is None


def test_the_id_of_an_order_in_limbo_goes_along() -> None:
    info = detail(grpc_error(errors.OutcomeUnknown("no reply", client_order_id="x-1")), ErrorInfo)
    assert isinstance(info, ErrorInfo)
    assert info.metadata["client_order_id"] == "x-1"


def test_an_html_page_from_the_venue_fits_into_headers() -> None:
    page = "<html>" * 10_000
    said = grpc_error(errors.VenueUnavailable(page, venue_message=page))
    info = detail(said, ErrorInfo)
    assert isinstance(info, ErrorInfo)
    assert len(said.message or "") == MAX_TEXT
    assert len(info.metadata["venue_message"]) == MAX_TEXT


def test_an_error_that_the_table_does_not_know_is_what_its_parent_is() -> None:
    class Liquidated(errors.OrderRejected):
        pass

    assert status_of(Liquidated("x")) == (Status.FAILED_PRECONDITION, "ORDER_REJECTED")


def test_our_own_mistakes_tell_nothing_but_where_to_look() -> None:
    said = internal_error("c1")
    assert said.status is Status.INTERNAL
    assert "c1" in (said.message or "")
