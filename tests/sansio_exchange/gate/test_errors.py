"""Labels, statuses and pages. The documented labels stand here a second time, so that none falls out unseen."""

import pytest

from sansio_exchange.errors import (
    OF_REQUEST,
    AuthenticationFailed,
    ClockSkew,
    ExchangeError,
    InsufficientFunds,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    ReduceOnlyRejected,
    RequestRejected,
    VenueError,
    VenueUnavailable,
    WouldTake,
)
from sansio_exchange.gate.errors import (
    _BY_LABEL,
    TABLE,
    UNKNOWN_OUTCOME,
    of_channel,
    of_label,
    of_reply,
)
from tests.sansio_exchange.recipes import body, names

DOCUMENTED = names("""
    INVALID_PARAM_VALUE INVALID_PROTOCOL INVALID_ARGUMENT INVALID_REQUEST_BODY MISSING_REQUIRED_PARAM BAD_REQUEST
    INVALID_CONTENT_TYPE NOT_ACCEPTABLE METHOD_NOT_ALLOWED NOT_FOUND
    INVALID_CREDENTIALS INVALID_KEY IP_FORBIDDEN READ_ONLY INVALID_SIGNATURE MISSING_REQUIRED_HEADER REQUEST_EXPIRED
    ACCOUNT_LOCKED FORBIDDEN
    USER_NOT_FOUND CONTRACT_NO_COUNTER CONTRACT_NOT_FOUND RISK_LIMIT_EXCEEDED INSUFFICIENT_AVAILABLE
    LIQUIDATE_IMMEDIATELY LEVERAGE_TOO_HIGH LEVERAGE_TOO_LOW ORDER_NOT_FOUND ORDER_NOT_OWNED ORDER_FINISHED
    TOO_MANY_ORDERS POSITION_CROSS_MARGIN POSITION_IN_LIQUIDATION POSITION_IN_CLOSE POSITION_EMPTY REMOVE_TOO_MUCH
    RISK_LIMIT_NOT_MULTIPLE RISK_LIMIT_TOO_HIGH RISK_LIMIT_TOO_lOW PRICE_TOO_DEVIATED SIZE_TOO_LARGE SIZE_TOO_SMALL
    PRICE_OVER_LIQUIDATION PRICE_OVER_BANKRUPT ORDER_POC_IMMEDIATE INCREASE_POSITION CONTRACT_IN_DELISTING
    POSITION_NOT_FOUND POSITION_DUAL_MODE ORDER_PENDING POSITION_HOLDING REDUCE_EXCEEDED NO_CHANGE AMEND_WITH_STOP
    ORDER_FOK
    INTERNAL SERVER_ERROR INTERNAL_SERVER_ERROR TOO_BUSY
    TOO_MANY_REQUESTS SERVER_TIMEOUT
""")
"""Request, authentication, futures and server errors whole, of the others what a futures call may say as well."""


def test_every_documented_label_is_in_the_table_or_says_that_nobody_knows() -> None:
    assert [label for label in DOCUMENTED if label not in TABLE and label not in UNKNOWN_OUTCOME] == []
    for label in DOCUMENTED:
        error = of_label(label, "words")
        assert type(error) is (OutcomeUnknown if label in UNKNOWN_OUTCOME else TABLE[label])
        assert f"words (Gate {label})" in error.message


def test_no_label_is_in_the_table_twice_or_known_and_unknown() -> None:
    assert sum(len(labels) for labels in _BY_LABEL.values()) == len(TABLE)
    assert not UNKNOWN_OUTCOME & TABLE.keys()


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("REQUEST_EXPIRED", ClockSkew),
        ("INVALID_SIGNATURE", AuthenticationFailed),
        ("READ_ONLY", PermissionDenied),
        ("USER_NOT_FOUND", PermissionDenied),
        ("POSITION_DUAL_MODE", PermissionDenied),
        ("ORDER_FINISHED", OrderNotFound),
        ("INSUFFICIENT_AVAILABLE", InsufficientFunds),
        ("ORDER_POC_IMMEDIATE", WouldTake),
        ("REDUCE_EXCEEDED", ReduceOnlyRejected),
        ("PRICE_TOO_DEVIATED", OrderRejected),
        ("CONTRACT_NOT_FOUND", RequestRejected),
        ("TOO_MANY_REQUESTS", RateLimited),
        ("TOO_BUSY", OutcomeUnknown),
    ],
)
def test_what_a_label_says(label: str, kind: type[ExchangeError]) -> None:
    assert type(of_label(label, "")) is kind
    assert type(of_reply(400, body({"label": label, "message": "x"}))) is kind
    assert type(of_reply(400, body({"label": label, "detail": "x", "message": None}))) is kind


def test_labels_that_are_not_known_say_nothing_unless_their_status_does() -> None:
    """A caller who takes a doubt for a refusal places again."""
    for status, kind in (
        (400, OutcomeUnknown),
        (401, AuthenticationFailed),
        (403, PermissionDenied),
        (429, RateLimited),
    ):
        assert type(of_label("SOMETHING_NEW", "", status=status)) is kind
    assert type(of_label("SOMETHING_NEW", "", status=500)) is OutcomeUnknown


def test_a_rate_limit_that_failed_is_none() -> None:
    """ "100: Internal rate limiting exception error"; the others are limits, and the request was refused."""
    assert type(of_label("TOO_MANY_REQUESTS", "Request Rate limit Exceeded (100)", status=429)) is OutcomeUnknown
    for code in (311, 312):
        error = of_label("TOO_MANY_REQUESTS", f"Request Rate limit Exceeded ({code})", status=429)
        assert isinstance(error, RateLimited)
        assert error.budgets == OF_REQUEST


@pytest.mark.parametrize(
    ("status", "page", "kind", "wait"),
    [
        (404, b"<html>", RequestRejected, None),
        (503, body({"label": "MAINTENANCE", "message": "x"}), OutcomeUnknown, None),
        (202, b"", OutcomeUnknown, None),
        (204, b"", OutcomeUnknown, None),
    ],
)
def test_what_a_status_says(status: int, page: bytes, kind: type[ExchangeError], wait: float | None) -> None:
    error = of_reply(status, page)
    assert type(error) is kind
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, RequestRejected),
        (2, RequestRejected),
        (3, VenueUnavailable),
        (4, AuthenticationFailed),
        (99, RequestRejected),
    ],
)
def test_why_a_subscription_is_refused(code: int, kind: type[VenueError]) -> None:
    error = of_channel(code, "authentication fail")
    assert type(error) is kind
    assert error.message == f"authentication fail (Gate {code})"


def test_no_key_stands_in_an_error() -> None:
    key = "ea83fad2604399da16bf97e6eea772a6"
    for error in (of_label("INVALID_KEY", f"no such key {key}"), of_label(key, ""), of_channel(4, key)):
        assert key not in repr(error)
