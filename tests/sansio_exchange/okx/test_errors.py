"""Codes, statuses and pages. The list of documented codes stands here a second time, so that none falls out unseen."""

from typing import Any

import pytest

from sansio_exchange.errors import (
    OF_REQUEST,
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
    UnexpectedReply,
    VenueError,
    VenueUnavailable,
    WouldTake,
)
from sansio_exchange.okx.errors import (
    BUSY_WAIT,
    LIMIT_WAIT,
    TABLE,
    UNKNOWN_OUTCOME,
    of_code,
    of_question,
    of_reply,
    require_accepted,
)
from sansio_exchange.okx.limits import NEW_ORDERS
from tests.sansio_exchange.okx.payloads import ack, reply
from tests.sansio_exchange.recipes import body

GENERAL = (
    *range(50000, 50003),
    *range(50004, 50031),
    *(50032, 50033, 50035, 50036, 50037, 50038, 50039, 50040, 50041, 50042, 50044, 50046, 50047, 50049),
    *(50051, 50052, 50053, 50059, 50060, 50061, 50062, 50067, 50069, 50071, 50072, 50075, 50076, 50077),
    *range(50100, 50117),
    *range(50118, 50123),
)
"""General Class and API Class. Left out: 50045, 50048, 50050, 50055 to 50058, 50063, 50064 (position builder, options,
demo resets, credits, borrowing)."""
TRADE = (
    *range(51000, 51013),
    *(51014, 51015, 51016, 51017, 51020, 51021, 51022, 51023, 51024, 51025, 51026),
    *range(51027, 51036),
    *(51037, 51038, 51041, 51043, 51054, 51056, 51063, 51066, 51087),
    *range(51101, 51114),
    *(51115, 51116, 51117, 51120, 51121, 51122, 51123, 51124, 51127, 51129, 51131, 51132, 51133, 51134, 51135),
    *(51136, 51137, 51138, 51139, 51140, 51142, 51143, 51144, 51148, 51149, 51150, 51155, 51159, 51162, 51163),
    *range(51165, 51172),
    *(51173, 51174, 51175, 51176, 51180, 51181, 51185, 51186, 51187, 51196, 51197),
    *range(51201, 51208),
    *range(51209, 51215),
    *range(51400, 51414),
    *(51416, 51500, 51501, 51502, 51503),
    *range(51506, 51515),
    *(51521, 51522, 51600, 51601, 51602, 51603),
    *(54004, 54005, 54006, 54007, 54008, 54009, 54011, 54012, 54018, 54019, *range(54024, 54032), 54035, 54036),
    *range(54039, 54050),
    *(54071, 54072, 54073, 54075, 54092, 54094),
)
"""Trade Class, what can be said of placing, cancelling, amending and asking. Left out: options, margin, TP/SL,
bots, iceberg and time-weighted orders, lead trading, downloads."""
WEBSOCKET = (
    *range(60004, 60010),
    *(60011, 60012, 60013, 60014, 60018, 60019, 60023, 60024, 60026, 60027, 60028, 60031, 60032, 60033, 63999),
    *(64000, 64001, 64002, 64003, 64004, 64007),
)
"""But for 64008, a notice: no refusal."""
NOBODY_KNOWS = {1, 2, 50001, 50004, 50026, 50042, 51054, 51149, 51412, 64007}


def test_every_documented_code_is_in_the_table_or_says_that_nobody_knows() -> None:
    assert UNKNOWN_OUTCOME == NOBODY_KNOWS
    documented = (*GENERAL, *TRADE, *WEBSOCKET)
    assert [code for code in documented if code not in TABLE and code not in NOBODY_KNOWS] == []
    for code in documented:
        error = of_code(str(code), "words")
        assert type(error) is (OutcomeUnknown if code in NOBODY_KNOWS else TABLE[code])
        assert "words" in error.message
        assert str(code) in error.message


def test_no_code_is_in_the_table_twice_or_known_and_unknown() -> None:
    from sansio_exchange.okx.errors import _BY_CODE

    assert sum(len(codes) for codes in _BY_CODE.values()) == len(TABLE)
    assert not UNKNOWN_OUTCOME & TABLE.keys()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("50013", VenueUnavailable),
        ("50011", RateLimited),
        ("50061", RateLimited),
        ("60014", RateLimited),
        ("50036", ClockSkew),
        ("50037", ClockSkew),
        ("50102", ClockSkew),
        ("60006", ClockSkew),
        ("50101", AuthenticationFailed),
        ("50105", AuthenticationFailed),
        ("50111", AuthenticationFailed),
        ("50113", AuthenticationFailed),
        ("50119", AuthenticationFailed),
        ("60007", AuthenticationFailed),
        ("60009", AuthenticationFailed),
        ("60024", AuthenticationFailed),
        ("50110", PermissionDenied),
        ("50120", PermissionDenied),
        ("51010", PermissionDenied),
        ("51155", PermissionDenied),
        ("51400", OrderNotFound),
        ("51603", OrderNotFound),
        ("51016", DuplicateClientOrderId),
        ("50071", DuplicateClientOrderId),
        ("51008", InsufficientFunds),
        ("51008_1001", InsufficientFunds),
        ("51131", InsufficientFunds),
        ("51511", WouldTake),
        ("51169", ReduceOnlyRejected),
        ("51170", ReduceOnlyRejected),
        ("51004_1103", OrderRejected),
        ("51006", OrderRejected),
        ("51121", OrderRejected),
        ("51137", OrderRejected),
        ("51410", OrderRejected),
        ("54094", OrderRejected),
        ("51000", RequestRejected),
        ("51001", RequestRejected),
        ("60012", RequestRejected),
        ("60018", RequestRejected),
        ("64001", RequestRejected),
        ("51999", OutcomeUnknown),
        ("54999", OutcomeUnknown),
        ("50999", OutcomeUnknown),
        ("1", OutcomeUnknown),
        ("50001", OutcomeUnknown),
        ("50004", OutcomeUnknown),
        ("51149", OutcomeUnknown),
        ("51412", OutcomeUnknown),
        ("5ABCD", OutcomeUnknown),
        ("", OutcomeUnknown),
    ],
)
def test_a_code_says_who_may_do_what(code: str, kind: type[ExchangeError]) -> None:
    error = of_code(code, "no")
    assert type(error) is kind
    if isinstance(error, VenueError):
        assert (error.code, error.venue_message) == (code, "no")


@pytest.mark.parametrize(
    ("code", "kind"),
    [("51999", RequestRejected), ("50004", VenueUnavailable), ("60009", AuthenticationFailed), ("", RequestRejected)],
)
def test_no_order_hangs_on_the_answer_to_a_login_or_a_subscription(code: str, kind: type[VenueError]) -> None:
    error = of_question(code, "no")
    assert type(error) is kind
    assert (error.code, error.venue_message) == (code, "no")
    assert "outcome" not in error.message


def test_waits_are_named_where_asking_again_makes_sense() -> None:
    assert of_code("50011", "").retry_after == LIMIT_WAIT


@pytest.mark.parametrize(("code", "budgets"), [("50011", OF_REQUEST), ("50061", (NEW_ORDERS,))])
def test_a_rate_limit_names_what_it_concerns(code: str, budgets: tuple[str, ...]) -> None:
    error = of_code(code, "")
    assert isinstance(error, RateLimited)
    assert error.budgets == budgets
    assert of_code("50013", "").retry_after == BUSY_WAIT
    assert of_code("51008", "").retry_after is None


def test_a_hint_says_what_to_do() -> None:
    assert "demo trading" in of_code("50101", "APIKey does not match current environment.").message
    assert "passphrase" in of_code("50105", "").message


# --- what a reply with status 200 says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "accepted",
    [
        reply(),
        reply(ack()),
        reply(ack(), ack(sCode="51008", sMsg="no"), code="2"),
        reply(ack(sCode="51008"), ack(sCode="51016"), code="1"),
        reply(ack(sCode="51008"), ack(sCode="51008"), code="1"),
        reply(ack(sCode="50037"), code="2"),
        reply(ack(sCode="50061"), ack(sCode="50061"), code="2"),
        b'{"code":"0","data":[],"msg":""}',
        b'{"code":0,"data":{"components":[]}}',
    ],
)
def test_a_reply_is_accepted_where_its_rows_tell_one_by_one(accepted: bytes) -> None:
    require_accepted(accepted)


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (reply(ack(sCode="51008", sMsg="no money"), code="1"), InsufficientFunds),
        (reply(ack(sCode="51016"), code="1"), DuplicateClientOrderId),
        (reply(ack(sCode="51999"), code="1"), OutcomeUnknown),
        (reply(code="51999", msg="new"), OutcomeUnknown),
        (reply(ack(sCode="50037"), ack(sCode="50037"), code="1"), ClockSkew),
        (reply(ack(sCode="50061"), ack(sCode="50061"), code="1"), RateLimited),
        (reply(code="50011", msg="Too Many Requests"), RateLimited),
        (reply(code="51603", msg="Order does not exist"), OrderNotFound),
        (reply(code="60013", msg="Invalid args"), RequestRejected),
        (reply(code="1", msg="All operations failed"), OutcomeUnknown),
        (reply({"result": True}, code="1"), OutcomeUnknown),
        (reply(["1"], code="1"), OutcomeUnknown),
        (b'{"code":1,"data":[],"msg":"Some problem"}', OutcomeUnknown),
        (b"", UnexpectedReply),
        (b"[]", UnexpectedReply),
        (b"<html>busy</html>", UnexpectedReply),
        (b'{"data":[]}', UnexpectedReply),
        (b"[" * 100_000, UnexpectedReply),
    ],
)
def test_a_reply_that_refuses_the_whole_raises(refused: bytes, kind: type[ExchangeError]) -> None:
    with pytest.raises(kind) as raised:
        require_accepted(refused)
    assert type(raised.value) is kind


# --- statuses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said", "kind", "wait"),
    [
        (429, {"code": "50011", "msg": "Too Many Requests"}, RateLimited, LIMIT_WAIT),
        (429, {"code": "50013", "msg": "Systems are busy"}, VenueUnavailable, BUSY_WAIT),
        (401, {"code": "50113", "msg": "Invalid Sign"}, AuthenticationFailed, None),
        (401, {"code": "50102", "msg": "Timestamp request expired"}, ClockSkew, None),
        (401, {"code": "50110", "msg": "Your IP 1.2.3.4 is not included"}, PermissionDenied, None),
        (400, {"code": "51000", "msg": "Parameter sz error"}, RequestRejected, None),
        (400, {"code": "50004", "msg": "timeout"}, OutcomeUnknown, None),
        (503, {"code": "50001", "msg": "Service temporarily unavailable"}, OutcomeUnknown, None),
        (500, {"code": "50026", "msg": "System error"}, OutcomeUnknown, None),
        (500, {"code": "51149", "msg": "Order timed out"}, OutcomeUnknown, None),
        (400, {"code": "51999", "msg": "new"}, OutcomeUnknown, None),
        (404, {"timestamp": 1, "status": 404, "error": "Not Found"}, RequestRejected, None),
    ],
)
def test_status_and_code(status: int, said: Any, kind: type[ExchangeError], wait: float | None) -> None:
    error = of_reply(status, body(said))
    assert type(error) is kind
    assert error.retry_after == wait


def test_words_that_quote_a_login_tell_no_secret() -> None:
    quoted = 'Invalid request: {"op": "login", "args":[{"apiKey":"37c541a1","passphrase":"sesame","sign":"7L+z"}]}'
    error = of_code("60012", quoted)
    assert isinstance(error, VenueError)
    for secret in ("37c541a1", "sesame", "7L+z"):
        assert secret not in error.message
        assert secret not in error.venue_message
