"""Codes, statuses and pages. The list of documented codes stands here a second time, so that none falls out unseen."""

import pytest

from sansio_exchange.binance.errors import BAN_WAIT, BUSY_WAIT, HEDGE_MODE, TABLE, WEIGHT_WAIT, of_code, of_reply
from sansio_exchange.errors import (
    AuthenticationFailed,
    ClockSkew,
    DuplicateClientOrderId,
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

DOCUMENTED = (
    *range(-1008, -999),
    *(-1010, -1011, -1013, -1014, -1015, -1016, -1020, -1021, -1022, -1023, -1099),
    *range(-1106, -1099),
    *(-1108, -1109, -1110, -1111, -1112, -1113, -1114, -1115, -1116, -1117, -1118, -1119, -1120, -1121, -1122),
    *(-1125, -1126, -1127, -1128, -1130, -1136),
    *range(-2028, -2009),
    *range(-4033, -3999),
    *range(-4088, -4043),
    *(-4104, -4109, -4114, -4115, -4116, -4117, -4118, -4120, -4131, -4135, -4137, -4138, -4139, -4140, -4141, -4142),
    *(-4144, -4161, -4164, -4165, -4167, -4168, -4169, -4170, -4171, -4172, -4183, -4184, -4192),
    *(-4202, -4203, -4205, -4206, -4208, -4209, -4210, -4211, -4400, -4401, -4402, -4403),
    *(-5021, -5022, -5024, -5025, -5026, -5027, -5028, -5029, -5037, -5038, -5039, -5040, -5041),
)
""""Error Codes" page, every heading."""

UNKNOWN_OUTCOME = {-1000, -1006, -1007, -2012, -4083}


def test_every_documented_code_is_in_the_table_or_says_that_nobody_knows() -> None:
    missing = [code for code in DOCUMENTED if code not in TABLE and code not in UNKNOWN_OUTCOME]
    assert missing == []
    for code in DOCUMENTED:
        error = of_code(code, "words")
        assert type(error) is (OutcomeUnknown if code in UNKNOWN_OUTCOME else TABLE[code])
        assert "words" in error.message
        assert str(code) in error.message


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1001, VenueUnavailable),
        (-1008, VenueUnavailable),
        (-1016, VenueUnavailable),
        (-1003, RateLimited),
        (-1015, RateLimited),
        (-1002, PermissionDenied),
        (-1021, ClockSkew),
        (-5028, ClockSkew),
        (-1022, AuthenticationFailed),
        (-2014, AuthenticationFailed),
        (-2015, AuthenticationFailed),
        (-1102, RequestRejected),
        (-1111, RequestRejected),
        (-1121, RequestRejected),
        (-4014, RequestRejected),
        (-4015, RequestRejected),
        (-2010, OrderRejected),
        (-2011, OrderNotFound),
        (-2013, OrderNotFound),
        (-2018, InsufficientFunds),
        (-2019, InsufficientFunds),
        (-2022, ReduceOnlyRejected),
        (-4118, ReduceOnlyRejected),
        (-4116, DuplicateClientOrderId),
        (-4164, OrderRejected),
        (-4061, PermissionDenied),
        (-5021, OrderRejected),
        (-5022, WouldTake),
    ],
)
def test_what_callers_tell_apart(code: int, kind: type[VenueError]) -> None:
    error = of_code(code, "msg")
    assert type(error) is kind
    assert (error.code, error.venue_message) == (str(code), "msg")


@pytest.mark.parametrize("code", [-1199, -1107])
def test_an_unlisted_request_issue_is_a_refusal(code: int) -> None:
    assert type(of_code(code, "new")) is RequestRejected
    assert type(reply(400, b'{"code":%d,"msg":"new"}' % code)) is RequestRejected


@pytest.mark.parametrize("code", [0, -7, -1050, -1098, -1200, -2099, -4999, -5099, -9000])
def test_any_other_unlisted_code_says_nothing_of_what_was_done(code: int) -> None:
    """Every other range has codes of unknown outcome; a status of 400 does not tell them apart."""
    error = of_code(code, "new")
    assert type(error) is OutcomeUnknown
    assert f"new (Binance {code})" in error.message
    if code < 0:
        assert type(reply(400, b'{"code":%d,"msg":"new"}' % code)) is OutcomeUnknown


def test_only_what_may_be_asked_again_says_when() -> None:
    for code in DOCUMENTED:
        error = of_code(code, "", retry_after=None)
        assert (error.retry_after is not None) == isinstance(error, RateLimited | VenueUnavailable), code


def test_hedge_mode_is_explained() -> None:
    assert HEDGE_MODE in of_code(-4061, "Order's position side does not match user's setting.").message


def reply(status: int, body: bytes, **headers: str) -> ExchangeError:
    return of_reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def test_rate_limits_tell_how_long() -> None:
    limit = b'{"code":-1003,"msg":"Too many requests; current limit is 2400 requests per minute."}'
    assert reply(429, limit, retry_after="7").retry_after == 7
    assert reply(429, limit).retry_after == WEIGHT_WAIT
    assert reply(429, b"<html>slow down</html>").retry_after == WEIGHT_WAIT
    assert reply(429, b"", retry_after="0").retry_after == WEIGHT_WAIT
    assert reply(429, b"", retry_after="-3").retry_after == WEIGHT_WAIT
    assert reply(418, b"", retry_after="120").retry_after == 120
    assert reply(418, b"").retry_after == BAN_WAIT
    for error in (reply(429, limit), reply(418, b""), reply(403, b"<html>WAF</html>")):
        assert type(error) is RateLimited


def test_a_ban_is_over_when_its_text_says_counted_from_the_replys_own_clock() -> None:
    body = b'{"code":-1003,"msg":"Way too many requests; IP banned until 1700000060000. Please use the websocket."}'
    assert reply(418, body, date="Tue, 14 Nov 2023 22:13:20 GMT").retry_after == 60
    assert reply(418, body, date="yesterday").retry_after == BAN_WAIT
    assert reply(418, body).retry_after == BAN_WAIT


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (503, b'{"code":0,"msg":"Service Unavailable."}', VenueUnavailable),
        (503, b"<html><h1>503 Service Unavailable</h1></html>", OutcomeUnknown),
        (
            503,
            b'{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}',
            VenueUnavailable,
        ),
        (
            503,
            b'{"code":0,"msg":"Internal error; unable to process your request. Please try again."}',
            VenueUnavailable,
        ),
        (503, b'{"code":-1008,"msg":"Request throttled by system-level protection."}', VenueUnavailable),
        (503, b'{"code":0,"msg":"Unknown error, please check your request or try again later."}', OutcomeUnknown),
        (503, b'{"code":-1000,"msg":"Unknown error, please check your request or try again later."}', OutcomeUnknown),
        (500, b'{"code":-1000,"msg":"Request occur unknown error."}', OutcomeUnknown),
        (504, b"<html>Service Unavailable</html>", OutcomeUnknown),
        (408, b'{"code":-1007,"msg":"Timeout waiting for response from backend server."}', OutcomeUnknown),
        (400, b'{"code":-1007,"msg":"Timeout waiting for response from backend server."}', OutcomeUnknown),
        (400, b'{"code":-2019,"msg":"Margin is insufficient."}', InsufficientFunds),
        (400, b"<html>Bad request</html>", RequestRejected),
        (401, b'{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}', AuthenticationFailed),
        (404, b"<html>not found</html>", RequestRejected),
        (404, b'{"code":-5000,"msg":"Path /fapi/v1/x, Method GET is invalid"}', RequestRejected),
        (401, b'{"code":-9999,"msg":"new"}', AuthenticationFailed),
        (451, b'{"code":0,"msg":"Service unavailable from a restricted location"}', PermissionDenied),
        (400, b'{"code":0,"msg":"Bad request"}', RequestRejected),
    ],
)
def test_statuses_and_bodies(status: int, body: bytes, kind: type[ExchangeError]) -> None:
    assert type(reply(status, body)) is kind


def test_an_outage_may_be_asked_again_soon() -> None:
    assert reply(503, b'{"code":0,"msg":"Service Unavailable."}').retry_after == BUSY_WAIT
    assert reply(503, b'{"code":0,"msg":"Service Unavailable."}', retry_after="30").retry_after == 30


def test_no_key_gets_into_a_message() -> None:
    key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
    error = of_code(-2015, f"Invalid API-key {key}")
    assert key not in error.message
    assert isinstance(error, VenueError)
    assert key not in error.venue_message


def test_a_server_error_without_words_is_told_by_its_status() -> None:
    assert reply(503, b"<html><h1>503 Service Unavailable</h1></html>").message.endswith(
        "the venue answers with HTTP 503"
    )
