"""Bybit's codes and HTTP statuses as errors of ours.

Codes: "Error Codes" of the v5 documentation (HTTP Code, WS OE General code, UTA, Spot Trade; 2026-01), "Websocket Trade
Guideline" (2025-09). Of Spot Trade those are in the table that may concern any order, for the contracts of a unified
account are traded by the same calls. Left out are codes of products and calls that we do not use: options, spreads,
conditional orders, leverage and margin settings, loans, upgrades.

Three kinds of refusal must never be mixed up: it did not happen (VenueUnavailable), nobody knows (OutcomeUnknown), and
no (everything else). Where the documentation leaves open whether a request took effect, it is taken as unknown: finding
out costs one request, a doubled order costs money. So is every code that is not in the table: its range says nothing,
for timeouts (170146) stand beside refusals (170136).
"""

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from sansio_exchange.bybit.signing import RECEIVE_WINDOW
from sansio_exchange.decoding import CANNOT_READ, read_json
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
    VenueError,
    VenueUnavailable,
)
from sansio_exchange.redaction import scrub
from sansio_exchange.statuses import Waits, gist, of_refusal, of_status

LIMIT_WAIT = 1.0
"""Seconds to keep silent after a rate limit: "rolling time window per second"."""
ADDRESS_WAIT = 600.0
"""Seconds after the limit by address: "terminate all HTTP sessions and wait for at least 10 minutes"."""
WAITS = Waits(LIMIT_WAIT, ADDRESS_WAIT)
BUSY_WAIT = 1.0
"""Seconds after an overload or an outage."""
RESTARTING = 10019
"""The order-entry service takes no new requests on this socket; another one is "routed to normal service"."""

_UNKNOWN_OUTCOME = {
    10000,  # Server Timeout
    10014,  # Invalid duplicate request: of what, it does not say
    10016,  # Server error; internal server error; service is restarting
    40004,  # modified during the process of replacing, please check the order status again
    170001,  # Internal error
    170007,  # Timeout waiting for response from backend server
    170032,  # Network error. Please try again later
    170035,  # Submitted to the system for processing!
    170146,  # Order creation timeout
    170147,  # Order cancellation timeout
    170149,  # Create order failed: at which stage, it does not say
    170150,  # Cancel order failed: likewise
    170191,  # Can not cancel order, please try again later
    170212,  # Cancel order request processing
    170234,  # System Error
    170310,  # Order modification timeout
    170311,  # Order modification failed
    3400214,  # Server error, please try again later
}

_BY_CODE: dict[type[VenueError], tuple[int, ...]] = {
    VenueUnavailable: (
        429,  # high server load, please retry
        RESTARTING,
        110079,  # the order is processing and can not be operated, please try again later
        3100197,  # temporary banned due to the upgrade to UTA
    ),
    RateLimited: (
        10006,  # too many visits
        10018,  # IP rate limit
        10403,  # IP rate limit of the order-entry socket
        10429,  # system level frequency protection
        *(170005, 170222),  # too many new orders; too many requests in this time frame
        20003,  # too frequent requests under the same session
    ),
    ClockSkew: (
        -1,  # request expired
        10002,  # the request time exceeds the time window range
    ),
    AuthenticationFailed: (
        -2015,  # api key has expired
        10003,  # API key is invalid, or of another environment; too many sessions under the same UID
        10004,  # error sign
        10007,  # user authentication failed
        33004,  # api key has expired
    ),
    PermissionDenied: (
        10005,  # the key's permissions
        10008,  # common banned, account mode
        10009,  # IP banned; region not served
        10010,  # unmatched IP
        10024,  # compliance rules
        10027,  # transactions are banned
        10028,  # only for unified accounts
        10029,  # symbol whitelist
        100028,  # not for unified accounts
        110067,  # unified account is not supported
        110069,  # ins lending customer
        110088,  # please upgrade to UTA to trade
        110097,  # the same for pre-market perpetuals
        110100,  # pre-market perpetuals in demo trading
        110123,  # trading terms
        110124,  # cooling-off period
        110125,  # trading terms of this contract
        110132,  # not available in your region
    ),
    OrderNotFound: (
        110001,  # order does not exist
        110008,  # completed or cancelled
        110010,  # cancelled
        *(170139, 170142, 170143, 170213),  # filled; cancelled; not on the order book; does not exist
    ),
    DuplicateClientOrderId: (
        110030,  # duplicate orderId
        110072,  # OrderLinkedID is duplicate
        170141,  # duplicate clientOrderId
    ),
    InsufficientFunds: (
        110004,  # wallet balance
        110006,  # assets cannot cover the position margin
        110007,  # available balance
        110012,  # available balance
        110014,  # available balance
        110044,  # available margin
        110045,  # wallet balance
        110051,  # balance cannot cover the lowest price
        110052,  # balance to set the price
        110053,  # balance cannot cover the market price
        *(170033, 170131),  # margin; balance
    ),
    ReduceOnlyRejected: (
        110017,  # reduce-only rule not satisfied; orderQty will be truncated to zero
        110034,  # there is no net position
    ),
    OrderRejected: (
        *(30133, 30135, 30208, 30209, 30228, 30256),  # loans, price limits, delisting, loan to value
        110003,  # price out of range
        110005,  # position status
        110009,  # number of stop orders
        110011,  # would be liquidated at once
        110016,  # risk limit
        *(110020, 110021, 110022, 110023),  # 500 orders, open interest, restricted quantity, reducing only
        *(110031, 110032, 110035, 110039, 110040, 110041, 110042, 110046),  # risk limit, liquidation, delivery
        *(110047, 110048, 110057, 110063, 110064, 110066, 110068, 110070, 110074),  # settlement, not live
        *(110080, 110085, 110086, 110087, 110089, 110090, 110092, 110093, 110094),  # leverage, risk limits, value
        *(110095, 110096, 110098, 110099, 110103, 110118, 110119, 110120, 110121),  # auctions, prices
        *(110131, 110135, 110136, 110137),
        *(170124, 170132, 170133, 170135, 170136, 170140, 170341, 170381, 170382),  # price, quantity, value
        *(170151, 170157, 170159, 170192, 170193, 170194, 170210, 170217, 170218),  # not open, prices, post-only
        *(170346, 170360, 170371, 170372, 170810),  # collateral, symbol cannot trade, prices, 500 orders
        *(3200403, 3400139),  # isolated margin; risk limit
    ),
    RequestRejected: (
        10001,  # request parameter error
        10017,  # route not found
        10404,  # op or category not found
        20001,  # repeat auth
        20006,  # reqId is duplicated
        *(110018, 110019, 110029, 110049, 110050, 110071),
        *(170105, 170115, 170116, 170117, 170121, 170130, 170134, 170137, 170148),  # parameters, decimals
    ),
}
TABLE: Mapping[int, type[VenueError]] = {code: kind for kind, codes in _BY_CODE.items() for code in codes}
"""What each code says, but for those whose outcome is unknown."""
UNKNOWN_OUTCOME = frozenset(_UNKNOWN_OUTCOME)
_BY_ADDRESS = frozenset({10018})

HEDGE_MODE = (
    "the account is in hedge mode, where one symbol has two positions; switch it to one-way mode (Derivatives,"
    " Preferences, Position Mode), for which it must have no open orders and positions"
)

_HINTS = {
    10003: "a key works on its own network alone: mainnet or testnet",
    10005: "the key must be allowed to place orders of contracts",
    10010: "add this address to the key's list, or take the list away",
    10028: "the account must be a unified trading account",
    110088: "the account must be a unified trading account",
}

_SECRETS = re.compile(
    rb"(?P<quoted>origin_string\[)(?:\\.|[^\]\"\\])*\]?"
    rb"|\d{13}[A-Za-z0-9]{8,64}?%d(?=[A-Za-z]+=|\\*\{)" % RECEIVE_WINDOW
)
"""What REST signs, key and all: as a refusal for a wrong signature quotes it, and by its form: time, key, window, query
or body. A quoted one may lack its end, and must not take the message's along."""
_LOGIN = re.compile(rb'(args\\*"\s*:\s*\[\s*\\*")[^"\\]*(\\*"\s*,\s*\\*"?\d+\\*"?\s*,\s*\\*")[^"\\]*')
"""The arguments of a login, should they be echoed: key, expiry, signature. No other list has a number there."""
_SECRETS_IN_WORDS = re.compile(
    r"(?P<quoted>origin_string\[)[^\]]*\]?|(?P<login>args\W{0,6}\[)[^\]]*\d{13}[^\]]*\]?"
    rf"|\d{{13}}[A-Za-z0-9]{{8,64}}?{RECEIVE_WINDOW}(?=[A-Za-z]+=|\\*\{{)"
)


class Row(Struct, frozen=True):
    """What was done of one order of a batch. The code is a number; samples of other clients have it as text."""

    code: int | str
    msg: str = ""


class Ext(Struct, frozen=True):
    """retExtInfo of a batch: a row for each order."""

    list: tuple[Row, ...]


class Said(Struct, frozen=True, rename="camel"):
    """The envelope of every reply."""

    ret_code: int | str
    ret_msg: str = ""
    ret_ext_info: msgspec.Raw = msgspec.Raw(b"")


_said = msgspec.json.Decoder(Said)
_ext = msgspec.json.Decoder(Ext)


def without_secrets(body: bytes) -> bytes:
    """`body` without what is signed and what logs in, should the venue quote it. Valid JSON stays valid."""
    body = _LOGIN.sub(rb"\1redacted\2redacted", body)
    return _SECRETS.sub(lambda found: b"origin_string[redacted]" if found["quoted"] else b"redacted", body)


def clean(words: str) -> str:
    """The venue's words as they may be shown."""
    return scrub(_SECRETS_IN_WORDS.sub(_hidden, words))


def _hidden(found: "re.Match[str]") -> str:
    begun = found["quoted"] or found["login"]
    return f"{begun}***]" if begun else "***"


def of_code(code: int | str, msg: str) -> ExchangeError:
    """The error that `code` stands for, wherever it was said."""
    words = clean(msg)
    number = number_of(code)
    text = str(code)[:20]
    if number == 10001 and "position idx" in words.lower():
        return PermissionDenied(f"{HEDGE_MODE} ({words}, Bybit {text})", code=text, venue_message=words)
    hint = _HINTS.get(number)
    message = f"{words or 'refused'} (Bybit {text})" + (f": {hint}" if hint else "")
    kind = TABLE.get(number)
    if kind is None:
        return OutcomeUnknown(message)
    if kind is RateLimited:
        whole = number in _BY_ADDRESS
        return RateLimited(
            message,
            code=text,
            venue_message=words,
            retry_after=ADDRESS_WAIT if whole else LIMIT_WAIT,
            budgets=() if whole else OF_REQUEST,
        )
    wait = BUSY_WAIT if kind is VenueUnavailable else None
    return kind(message, code=text, venue_message=words, retry_after=wait)


def number_of(code: int | str) -> int:
    """A code as a number. One that is none is 0, like one that refuses without a code: nobody knows what it means."""
    if isinstance(code, int):
        return code
    digits = code.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        return 0
    return int(code)


def is_accepted(code: int | str) -> bool:
    return code in (0, "0")


def read_rows(ext: msgspec.Raw) -> tuple[Row, ...]:
    """The rows of retExtInfo, which is an object, a list, "" or null: none where it has none."""
    try:
        return _ext.decode(ext).list
    except CANNOT_READ:
        return ()


def require_accepted(body: bytes) -> None:
    """Raises what a reply with status 200 says if it refuses the request as a whole.

    Of a batch the body stands, and its rows say one by one what was done. Rows that were all refused for the clock or
    the rate limit are one refusal, so that the session can act on it.
    """
    said = read_json(_said, body, "reply")
    if not is_accepted(said.ret_code):
        raise of_code(said.ret_code, said.ret_msg)
    rows = read_rows(said.ret_ext_info)
    if len({row.code for row in rows}) == 1 and not is_accepted(rows[0].code):
        error = of_code(rows[0].code, rows[0].msg)
        if isinstance(error, ClockSkew | RateLimited):
            raise error


def of_login(words: str) -> ExchangeError:
    """The refusal of a login on the private socket, which has no code."""
    return AuthenticationFailed(f"{clean(words) or 'refused'} (Bybit)", venue_message=clean(words))


def of_subscription(words: str) -> ExchangeError:
    """The refusal of a subscription, which has no code either."""
    return RequestRejected(f"{clean(words) or 'refused'} (Bybit)", venue_message=clean(words))


def of_reply(status: int, body: bytes) -> ExchangeError:
    """What a REST reply with another status than 2xx says, whether its body is Bybit's JSON or a proxy's HTML."""
    try:
        said = _said.decode(body)
    except CANNOT_READ:
        return of_status(status, gist(body), WAITS)
    number = number_of(said.ret_code)
    is_listed = number in TABLE or number in UNKNOWN_OUTCOME
    return of_refusal(status, clean(said.ret_msg), of_code(said.ret_code, said.ret_msg), WAITS, is_listed=is_listed)
