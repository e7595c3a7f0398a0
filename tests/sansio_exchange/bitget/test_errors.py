"""Codes, statuses and pages. The list of documented codes stands here a second time, so that none falls out unseen."""

from typing import Any

import pytest

from sansio_exchange.bitget.errors import (
    BUSY_WAIT,
    HEDGE_MODE,
    LIMIT_WAIT,
    TABLE,
    UNIFIED,
    UNKNOWN_OUTCOME,
    of_code,
    of_reply,
    require_accepted,
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
from tests.sansio_exchange.bitget.payloads import ack, reply
from tests.sansio_exchange.recipes import body

ACCESS = (
    *range(40000, 40004),
    *range(40005, 40028),
    *(40031, 40034, 40035, 40036, 40037, 40038, 40039, 40040, 40041, 40048),
    *(40053, 40054, 40057, 40058, 40059, 40061, 40064, 40068, 40072, 40078, 40079, 40081, 40086),
    *(40100, 40101, 40102, 40103, 40104, 40105, 40109, 40110, 40111, 40199, 40200),
    *(40301, 40303, 40304, 40305, 40306, 40309, 40402, 40404, 40408, 40409),
)
"""REST 40000 to 40409. Left out: brokers, sub-account names and bindings, withdrawals, trigger orders."""
TRADE = (
    *(20001, 20002, 22001, 22002, *range(22004, 22011), 22012, 22029, 22030, 22034, 22035),
    *(22038, 22039, 22040, 22041, 22043, 22044, 22045, 22067, 31007, 31020, 31028, 31054),
    *(40704, 40705, 40706, 40707, 40710, *range(40715, 40726), 40734, 40746, 40748),
    *(*range(40752, 40759), 40760, 40761, 40762, 40764, 40765, 40766, 40775, 40778, 40798, 40800),
    *(*range(40804, 40809), 40811, 40812, 40813, 40815, 40816, *range(40820, 40827), 40828),
    *(*range(40844, 40848), 40856, 40859, 40862, 40865, 40867, 40878, 40887, 40888, 40892, 40893, 40895, 40901, 40902),
    *(40908, 40910, 40912, 40913, 40914, 40916, 40918, 40919, 40921, 40924, *range(40927, 40932), 40939),
    *(41002, 41100, 41101, 41103, 41104, 42072),
    *(*range(43001, 43013), 43027, 43028, 43029, *range(43037, 43044), 43048, 43049, 43050, 43051, 43058, 43059, 43075),
    *(43111, 43118, 43123, 43128, 43130, 43132),
    *(*range(45001, 45010), *range(45011, 45015), *range(45017, 45022), *range(45023, 45027), 45031, 45034, 45035),
    *(45043, 45044, 45045, 45051, 45055, 45056, 45057, 45103, 45104, 45107, 45108, *range(45109, 45117), 45118),
    *(45119, 45120, 45121, 45123, 45124, 45129, 48001, 48002),
    *(50011, 50012, 50013, 50016, 50017, 50019, 50020, 50022, 50023, *range(50024, 50032), 50045, 50046, 50047, 50048),
    *(50060, 50061, 50062, 50064, 50065, 50066, 70020, 70101, 70209, 70220, 70223, 70227, 70228, 70229),
    *(429, 1002, 1003, 400171, 400172),
)
"""REST, what can be said of placing, cancelling and asking. Left out: leverage, margin, position and account modes,
TP/SL and trigger orders, copy trading, transfers, withdrawals, loans, earn, P2P, conversion, vouchers."""
WEBSOCKET = (
    *(429, *range(25000, 25009), 25012, 25013, 25100, 25101, 25102, 25104, 25105, 25108),
    *(
        *range(25200, 25213),
        25218,
        25219,
        *range(25220, 25224),
        25225,
        25226,
        25227,
        *range(25229, 25243),
        25244,
        25245,
    ),
    *(25567, 25572, 25574, 25610, 25611, 25620, 25653, 25654, 25655, 95001, 95005, 95008, 95011, 95013),
    *(40001, 40002, 40003, 40006, 40008, 40009, 40017, 40034, 40725),
    *(*range(30001, 30008), *range(30011, 30017)),
)
"""WebSocket; those from 30001 on are the login's and the subscriptions'. Left out: spot limits, risk units, TP/SL,
strategy and modification of orders, transfers, loans."""
NOBODY_KNOWS = {
    *(40010, 40015, 40054, 40725, 40856, 40908, 40910, 40927, 43059, 45001, 45023, 45024, 45055, 50031, 70229),
    *(25000, 25001, 25003, 25220, 25239),
}
DOCUMENTED = sorted({*ACCESS, *TRADE, *WEBSOCKET})


def test_every_documented_code_is_in_the_table_or_says_that_nobody_knows() -> None:
    assert UNKNOWN_OUTCOME == NOBODY_KNOWS
    missing = [code for code in DOCUMENTED if code not in TABLE and code not in NOBODY_KNOWS]
    assert missing == []
    for code in DOCUMENTED:
        error = of_code(str(code), "words")
        assert type(error) is (OutcomeUnknown if code in NOBODY_KNOWS else TABLE[code])
        assert "words" in error.message
        assert str(code) in error.message


def test_no_code_is_in_the_table_twice_or_known_and_unknown() -> None:
    from sansio_exchange.bitget.errors import _BY_CODE

    assert sum(len(codes) for codes in _BY_CODE.values()) == len(TABLE)
    assert not UNKNOWN_OUTCOME & TABLE.keys()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("40200", VenueUnavailable),
        ("45129", VenueUnavailable),
        ("429", RateLimited),
        ("30006", RateLimited),
        ("25004", RateLimited),
        ("40008", ClockSkew),
        ("40005", ClockSkew),
        ("30014", ClockSkew),
        ("40006", AuthenticationFailed),
        ("40009", AuthenticationFailed),
        ("40012", AuthenticationFailed),
        ("40036", AuthenticationFailed),
        ("30005", AuthenticationFailed),
        ("30011", AuthenticationFailed),
        ("30015", AuthenticationFailed),
        ("40014", PermissionDenied),
        ("40018", PermissionDenied),
        ("40038", PermissionDenied),
        ("40085", PermissionDenied),
        ("40774", PermissionDenied),
        ("45021", PermissionDenied),
        ("22001", OrderNotFound),
        ("40109", OrderNotFound),
        ("40768", OrderNotFound),
        ("43001", OrderNotFound),
        ("25204", OrderNotFound),
        ("40786", DuplicateClientOrderId),
        ("43118", DuplicateClientOrderId),
        ("45034", DuplicateClientOrderId),
        ("25212", DuplicateClientOrderId),
        ("40754", InsufficientFunds),
        ("40762", InsufficientFunds),
        ("43012", InsufficientFunds),
        ("25202", InsufficientFunds),
        ("22002", ReduceOnlyRejected),
        ("40757", ReduceOnlyRejected),
        ("25227", ReduceOnlyRejected),
        ("22006", OrderRejected),
        ("40815", OrderRejected),
        ("45110", OrderRejected),
        ("45112", OrderRejected),
        ("45115", OrderRejected),
        ("40017", RequestRejected),
        ("40404", RequestRejected),
        ("40808", RequestRejected),
        ("400172", RequestRejected),
        ("00001", RequestRejected),
        ("30001", RequestRejected),
        ("99999", OutcomeUnknown),
        ("40010", OutcomeUnknown),
        ("40015", OutcomeUnknown),
        ("40725", OutcomeUnknown),
        ("45001", OutcomeUnknown),
        ("45055", OutcomeUnknown),
        ("25001", OutcomeUnknown),
        ("5ABCD", OutcomeUnknown),
        ("", OutcomeUnknown),
        (None, OutcomeUnknown),
        (43012, InsufficientFunds),
    ],
)
def test_a_code_says_who_may_do_what(code: Any, kind: type[ExchangeError]) -> None:
    error = of_code(code, "no")
    assert type(error) is kind
    if isinstance(error, VenueError):
        assert (error.code, error.venue_message) == (str(code), "no")


def test_waits_are_named_where_asking_again_makes_sense() -> None:
    assert of_code("429", "").retry_after == LIMIT_WAIT
    assert of_code("40200", "").retry_after == BUSY_WAIT
    assert of_code("43012", "").retry_after is None


def test_a_hint_says_what_to_do() -> None:
    assert "passphrase" in of_code("40012", "apikey/password is incorrect").message
    assert UNIFIED in of_code("40085", "").message
    for code in ("40774", "45021", "45109"):
        assert HEDGE_MODE in of_code(code, "").message


# --- what a reply with status 200 says --------------------------------------------------------------------------


@pytest.mark.parametrize("accepted", [reply(ack()), reply(None), b'{"code":"00000"}'])
def test_a_reply_is_accepted(accepted: bytes) -> None:
    require_accepted(accepted)


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (reply(None, code="43012", msg="Insufficient balance"), InsufficientFunds),
        (reply(None, code="40109", msg="The data of the order cannot be found"), OrderNotFound),
        (reply(None, code="40725", msg="service return an error"), OutcomeUnknown),
        (reply(ack(), code=""), OutcomeUnknown),
        (b'{"code":43012,"msg":null}', InsufficientFunds),
        (b'{"code":0}', OutcomeUnknown),
        (b"", UnexpectedReply),
        (b"[]", UnexpectedReply),
        (b"<html>busy</html>", UnexpectedReply),
        (b'{"data":[]}', UnexpectedReply),
        (b'{"code":null}', UnexpectedReply),
        (b"[" * 100_000, UnexpectedReply),
    ],
)
def test_a_reply_that_refuses_raises(refused: bytes, kind: type[ExchangeError]) -> None:
    with pytest.raises(kind) as raised:
        require_accepted(refused)
    assert type(raised.value) is kind


# --- statuses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said", "kind", "wait"),
    [
        (429, {"code": "429", "msg": "Too Many Requests"}, RateLimited, LIMIT_WAIT),
        (400, {"code": "40009", "msg": "sign signature error"}, AuthenticationFailed, None),
        (400, {"code": "40008", "msg": "Request timestamp expired"}, ClockSkew, None),
        (400, {"code": "43012", "msg": "Insufficient balance"}, InsufficientFunds, None),
        (400, {"code": "40786", "msg": "Duplicate clientOid"}, DuplicateClientOrderId, None),
        (401, {"code": "40012", "msg": "apikey/password is incorrect"}, AuthenticationFailed, None),
        (400, {"code": "40010", "msg": "Request timed out"}, OutcomeUnknown, None),
        (500, {"code": "40015", "msg": "System is abnormal"}, OutcomeUnknown, None),
        (404, {"timestamp": 1, "status": 404, "error": "Not Found"}, RequestRejected, None),
    ],
)
def test_status_and_code(status: int, said: Any, kind: type[ExchangeError], wait: float | None) -> None:
    error = of_reply(status, body(said))
    assert type(error) is kind
    assert error.retry_after == wait


def test_words_that_quote_a_login_tell_no_secret() -> None:
    quoted = 'Invalid request: {"op":"login","args":[{"apiKey":"bg_37c541a1","passphrase":"sesame","sign":"7L+z"}]}'
    error = of_code("30005", quoted)
    assert isinstance(error, VenueError)
    for secret in ("bg_37c541a1", "sesame", "7L+z"):
        assert secret not in error.message
        assert secret not in error.venue_message
