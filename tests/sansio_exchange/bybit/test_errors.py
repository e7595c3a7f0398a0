"""Codes, statuses and pages. The list of documented codes stands here a second time, so that none falls out unseen."""

from typing import Any

import msgspec
import pytest

from sansio_exchange.bybit.errors import (
    ADDRESS_WAIT,
    BUSY_WAIT,
    LIMIT_WAIT,
    TABLE,
    UNKNOWN_OUTCOME,
    of_code,
    of_login,
    of_reply,
    of_subscription,
    read_rows,
    require_accepted,
    without_secrets,
)
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
    UnexpectedReply,
    VenueError,
    VenueUnavailable,
)
from tests.sansio_exchange.bybit.payloads import batch, reply
from tests.sansio_exchange.recipes import body

GENERAL = (
    *(-1, 429, -2015, 33004),
    *range(10000, 10011),
    *(10014, 10016, 10017, 10018, 10024, 10027, 10028, 10029, 40004, 100028),
    *(30133, 30135, 30208, 30209, 30228, 30256),
)
"""UTA, but for options (30035), USDC contracts (30134, 30136)."""
SOCKET = (10003, 10016, 10019, 10403, 10404, 10429, 20001, 20003, 20006)
ORDERS = (
    110001,
    *range(110003, 110013),
    110014,
    *range(110016, 110024),
    *range(110029, 110033),
    *(110034, 110035, 110039, 110040, 110041, 110042, *range(110044, 110054), 110057, 110063, 110064),
    *range(110066, 110073),
    *(110074, 110079, 110080, 110085, 110086, 110087, 110088, 110089, 110090),
    *range(110092, 110101),
    *(110103, 110118, 110119, 110120, 110121, 110123, 110124, 110125, 110131, 110132, 110135, 110136, 110137),
    *(3100197, 3200403, 3400139, 3400214),
)
"""UTA, what can be said of placing, cancelling and asking. Left out: leverage, margin and position modes, TP/SL, market
maker protection, inverse contracts, spreads."""
SPOT_UNKNOWN = (
    *(170001, 170007, 170032, 170035, 170146, 170147, 170149, 170150, 170191, 170212, 170234, 170310, 170311),
)
SPOT = (
    *(170005, 170033, 170105, 170115, 170116, 170117, 170121, 170124, *range(170130, 170138), 170139, 170140, 170141),
    *(170142, 170143, 170148, 170151, 170157, 170159, 170192, 170193, 170194, 170210, 170213, 170217, 170218, 170222),
    *(170341, 170346, 170360, 170371, 170372, 170381, 170382, 170810, *SPOT_UNKNOWN),
)
"""Spot Trade, what may concern any order."""
NOBODY_KNOWS = {10000, 10014, 10016, 40004, *SPOT_UNKNOWN, 3400214}


def test_every_documented_code_is_in_the_table_or_says_that_nobody_knows() -> None:
    assert UNKNOWN_OUTCOME == NOBODY_KNOWS
    documented = {*GENERAL, *SOCKET, *ORDERS, *SPOT}
    assert {code for code in documented if code not in TABLE} == NOBODY_KNOWS
    assert documented >= TABLE.keys(), "and nothing else is"
    for code in documented:
        error = of_code(code, "words")
        assert type(error) is (OutcomeUnknown if code in NOBODY_KNOWS else TABLE[code])
        assert "words" in error.message
        assert str(code) in error.message


def test_no_code_is_in_the_table_twice_or_known_and_unknown() -> None:
    from sansio_exchange.bybit.errors import _BY_CODE

    assert sum(len(codes) for codes in _BY_CODE.values()) == len(TABLE)
    assert not UNKNOWN_OUTCOME & TABLE.keys()


@pytest.mark.parametrize(
    ("code", "kind", "wait"),
    [
        (429, VenueUnavailable, BUSY_WAIT),
        (10019, VenueUnavailable, BUSY_WAIT),
        (110079, VenueUnavailable, BUSY_WAIT),
        (10006, RateLimited, LIMIT_WAIT),
        (10429, RateLimited, LIMIT_WAIT),
        (20003, RateLimited, LIMIT_WAIT),
        (10018, RateLimited, ADDRESS_WAIT),
        (10002, ClockSkew, None),
        (-1, ClockSkew, None),
        (10003, AuthenticationFailed, None),
        (10004, AuthenticationFailed, None),
        (33004, AuthenticationFailed, None),
        (10005, PermissionDenied, None),
        (10010, PermissionDenied, None),
        (10028, PermissionDenied, None),
        (110001, OrderNotFound, None),
        (110008, OrderNotFound, None),
        (110010, OrderNotFound, None),
        (110072, DuplicateClientOrderId, None),
        (110007, InsufficientFunds, None),
        (110012, InsufficientFunds, None),
        (110017, ReduceOnlyRejected, None),
        (110003, OrderRejected, None),
        (110094, OrderRejected, None),
        (10001, RequestRejected, None),
        (20006, RequestRejected, None),
        (170131, InsufficientFunds, None),
        (170136, OrderRejected, None),
        (170213, OrderNotFound, None),
        (170007, OutcomeUnknown, None),
        (170146, OutcomeUnknown, None),
        (10000, OutcomeUnknown, None),
        (10016, OutcomeUnknown, None),
    ],
)
def test_codes_whether_number_or_text(code: int, kind: type[ExchangeError], wait: float | None) -> None:
    for each in (code, str(code)):
        error = of_code(each, "words")
        assert type(error) is kind
        assert error.retry_after == wait


@pytest.mark.parametrize("code", [110999, 99999, 170999, 175000, -7, 3, 3400999])
def test_a_code_of_tomorrow_says_nothing_of_what_was_done(code: int) -> None:
    """In whole replies, in rows, and under a status that says no more than that the request was bad."""
    assert type(of_code(code, "words")) is OutcomeUnknown
    with pytest.raises(OutcomeUnknown):
        require_accepted(reply(code=code, msg="words"))
    for status in (302, 400, 409, 500):
        error = of_reply(status, body({"retCode": code, "retMsg": "words"}))
        assert type(error) is OutcomeUnknown
        assert f"words (Bybit {code})" in error.message


@pytest.mark.parametrize("code", ["", "x", "1e9", "-", "--1", "9" * 40, "²", 0, "0"])
def test_a_refusal_without_a_code_says_nothing_of_what_was_done(code: Any) -> None:
    assert type(of_code(code, "words")) is OutcomeUnknown


def test_a_position_index_that_does_not_fit_is_hedge_mode() -> None:
    error = of_code(10001, "position idx not match position mode")
    assert isinstance(error, PermissionDenied)
    assert "hedge mode" in error.message


# --- envelopes --------------------------------------------------------------------------------------------------


def test_an_accepted_reply_passes() -> None:
    for accepted in (reply(), reply(code="0"), reply(ext="")):
        require_accepted(accepted)


@pytest.mark.parametrize("ext", [b"{}", b"[]", b'""', b"null", b'{"list":null}', b'{"list":[5]}', b"", b"5"])
def test_extra_information_without_rows_has_none(ext: bytes) -> None:
    assert read_rows(msgspec.Raw(ext)) == ()


def test_partial_success_of_a_batch_is_left_to_its_rows() -> None:
    require_accepted(batch(({}, 0), ({}, 110007)))
    require_accepted(batch(({}, 110007), ({}, 110007)))
    require_accepted(batch(({}, 10006), ({}, 0)))


@pytest.mark.parametrize(("code", "kind"), [(10006, RateLimited), (10002, ClockSkew)])
def test_a_batch_of_which_all_rows_say_what_the_session_can_act_on_is_one_refusal(
    code: int, kind: type[ExchangeError]
) -> None:
    with pytest.raises(kind):
        require_accepted(batch(({}, code), ({}, code)))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"<html>", b'{"retCode":null}', b"[" * 100_000, b"\xff"])
def test_what_is_no_envelope_is_unexpected(data: bytes) -> None:
    with pytest.raises(UnexpectedReply):
        require_accepted(data)


# --- statuses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said", "kind", "wait"),
    [
        (403, {"retCode": 10006, "retMsg": "Too many visits!"}, RateLimited, LIMIT_WAIT),
        (401, {"retCode": 10003, "retMsg": "API key is invalid."}, AuthenticationFailed, None),
        (400, {"retCode": 10001, "retMsg": "params error"}, RequestRejected, None),
        (503, {"retCode": 10016, "retMsg": "Server error"}, OutcomeUnknown, None),
        (404, {"error": "Not Found"}, RequestRejected, None),
    ],
)
def test_status_and_code(status: int, said: Any, kind: type[ExchangeError], wait: float | None) -> None:
    error = of_reply(status, body(said))
    assert type(error) is kind
    assert error.retry_after == wait


# --- secrets ----------------------------------------------------------------------------------------------------

KEY = "hnYPo8QvUiDqRzQ"
SIGNATURE = "542e71bd85597b4db0290f0ce2d13ed1fd4bb5df3188716c1e9cc69a879f7889"
SIGNED = f"error sign! origin_string[1683213093517{KEY}5000category=linear]"
QUOTING = [
    SIGNED,
    SIGNED[:-1],
    f'error sign! origin_string[1683213093517{KEY}5000{{"category":"linear","request":[{{"symbol":"BTCUSDT"}}]}}]',
    f"error sign! signed 1683213093517{KEY}5000category=linear&symbol=BTCUSDT",
    f'error sign! signed 1683213093517{KEY}5000{{"category":"linear"}}',
    f'error sign! {{"op":"auth","args":["{KEY}",1700000010000,"{SIGNATURE}"]}}',
    f'error sign! args: ["{KEY}", "1700000010000", "{SIGNATURE}"]',
    f"error sign! args:[{KEY} 1700000010000 {SIGNATURE}]",
    f"error sign! args:[{KEY} 1700000010000",
]
"""A signature, and what is not found in documentation: other ways to quote what was signed or what logs in."""


@pytest.mark.parametrize("quoting", QUOTING)
def test_a_refused_signature_tells_no_key(quoting: str) -> None:
    said = body({"retCode": 10004, "retMsg": quoting})
    for error in (
        *(of_code(10004, quoting), of_code(77777, quoting), of_login(quoting), of_subscription(quoting)),
        *(of_reply(401, said), of_reply(409, said)),
    ):
        shown = error.message + (error.venue_message if isinstance(error, VenueError) else "")
        assert KEY not in shown
        assert SIGNATURE[:20] not in shown
        assert "error sign!" in shown


@pytest.mark.parametrize("quoting", QUOTING[:6])
def test_a_journal_has_no_key_either(quoting: str) -> None:
    kept = without_secrets(body({"retCode": 10004, "retMsg": quoting, "result": {}, "retExtInfo": {"list": []}}))
    assert KEY.encode() not in kept
    said = msgspec.json.decode(kept)
    assert (said["retCode"], said["result"], said["retExtInfo"]) == (10004, {}, {"list": []})
    assert said["retMsg"].startswith("error sign!")


def test_an_echoed_login_leaves_nothing_in_a_journal() -> None:
    frame = {"op": "auth", "args": [KEY, 1_700_000_010_000, SIGNATURE]}
    for echoed in (body(frame), msgspec.json.encode(frame), body({"ret_msg": msgspec.json.encode(frame).decode()})):
        kept = without_secrets(echoed)
        assert KEY.encode() not in kept
        assert SIGNATURE.encode() not in kept
        assert msgspec.json.decode(kept).keys() == msgspec.json.decode(echoed).keys()


@pytest.mark.parametrize(
    "harmless",
    [
        {"op": "subscribe", "args": ["order", "execution"]},
        {"op": "pong", "args": ["1675418560633"]},
        {"orderLinkId": "1700000000000abcdefghijk5000", "timeNano": "1688639403423213947"},
        {"args": [{"symbol": "BTCUSDT", "qty": "5000"}]},
    ],
)
def test_nothing_else_is_changed(harmless: Any) -> None:
    assert without_secrets(body(harmless)) == body(harmless)
