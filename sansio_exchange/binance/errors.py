"""Binance's codes and HTTP statuses as errors of ours.

Codes: "Error Codes" page of the USDⓈ-M futures documentation, as of 2026-09. Statuses: "General Info", HTTP Return
Codes.

Three kinds of refusal must never be mixed up: it did not happen (VenueUnavailable), nobody knows (OutcomeUnknown), and
no (everything else). Where the documentation leaves open whether a request took effect, it is taken as unknown: finding
out costs one request, a doubled order costs money.

A code that the page does not list is read by the page's heading of its range. "11xx - Request issues" is certain: what
is said there is wrong with the request. The other headings have codes of unknown outcome among their own ("10xx -
General Server or Network issues" has TIMEOUT, "20xx - Processing Issues" CANCEL_ALL_FAIL, "40xx - Filters and other
Issues" PLACE_BATCH_ORDERS_FAIL), and "50xx - Order Execution Issues" speaks of orders that were on their way: a new one
there says nothing for sure. That "HTTP 4XX return codes are used for malformed requests" does not make it sure, for the
code -1007, "execution status unknown", comes with 408; statuses that say by themselves that nothing was done (401, 403,
404, 451) do, and so does a 4XX without any code.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import msgspec
from msgspec import Struct

from sansio_exchange.binance import limits
from sansio_exchange.decoding import CANNOT_READ
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
from sansio_exchange.redaction import scrub
from sansio_exchange.statuses import Waits, gist, of_status, retry_after

WEIGHT_WAIT = 60.0
"""Seconds to keep silent after a weight limit that names no time: its window. Asking on ends in a ban."""
ORDERS_WAIT = 10.0
"""Seconds after an order limit that names no time: its shorter window."""
BAN_WAIT = 120.0
"""Seconds after a ban that names no time: "from 2 minutes to 3 days"."""
BUSY_WAIT = 1.0
"""Seconds after an overload or an outage that names no time."""

_UNKNOWN_OUTCOME = {
    -1000,  # UNKNOWN
    -1006,  # UNEXPECTED_RESP: execution status unknown
    -1007,  # TIMEOUT: send status unknown; execution status unknown
    -2012,  # CANCEL_ALL_FAIL: some may have been cancelled
    -4083,  # PLACE_BATCH_ORDERS_FAIL: some may have been placed
}
_REQUEST_ISSUES = range(-1199, -1099)
"""11xx: unlisted ones are refusals, too."""
TOO_MANY_ORDERS = -1015
_RATE_LIMIT_WAIT = {-1003: WEIGHT_WAIT, TOO_MANY_ORDERS: ORDERS_WAIT}

_BY_CODE: dict[type[VenueError], tuple[int, ...]] = {
    VenueUnavailable: (
        -1001,  # DISCONNECTED: "Internal error; unable to process your request. Please try again."
        -1008,  # Request Throttled by system-level protection
        -1016,  # SERVICE_SHUTTING_DOWN
    ),
    AuthenticationFailed: (
        -1022,  # INVALID_SIGNATURE
        -1099,  # NOT_FOUND, unauthenticated, or unauthorized
        -2014,  # BAD_API_KEY_FMT
        -2015,  # REJECTED_MBX_KEY: key, address or permission, the venue does not say which
        -4056,  # INVALID_API_KEY_TYPE
        -4057,  # INVALID_RSA_PUBLIC_KEY
    ),
    PermissionDenied: (
        -1002,  # UNAUTHORIZED
        -1004,  # DUPLICATE_IP
        -1005,  # NO_SUCH_IP
        -1011,  # NON_WHITE_LIST
        -1109,  # BAD_ACCOUNT
        -2017,  # API_KEYS_LOCKED
        -4027,  # INVALID_ACCOUNT_TYPE
        -4061,  # POSITION_SIDE_NOT_MATCH: the account is in hedge mode
        -4080,  # OPTIONS_USER_NOT_FOUND
        -4087,  # REDUCE_ONLY_ORDER_PERMISSION
        -4088,  # NO_PLACE_ORDER_PERMISSION
        -4109,  # INACTIVE_ACCOUNT
        -4192,  # COOLING_OFF_PERIOD
        -4202,  # ADJUST_LEVERAGE_KYC_FAILED
        -4203,  # ADJUST_LEVERAGE_ONE_MONTH_FAILED
        -4205,  # ADJUST_LEVERAGE_X_DAYS_FAILED
        -4206,  # ADJUST_LEVERAGE_KYC_LIMIT
        -4402,  # COMPLIANCE_BLACK_SYMBOL_RESTRICTION
        -4403,  # ADJUST_LEVERAGE_COMPLIANCE_FAILED
    ),
    ClockSkew: (
        -1021,  # INVALID_TIMESTAMP
        -5028,  # ME_RECVWINDOW_REJECT: too late for the matching engine, so it did not act
    ),
    OrderNotFound: (
        -2011,  # CANCEL_REJECTED: "Unknown order sent."
        -2013,  # NO_SUCH_ORDER
    ),
    DuplicateClientOrderId: (-4116,),  # DUPLICATED_CLIENT_ORDER_ID
    InsufficientFunds: (
        -2018,  # BALANCE_NOT_SUFFICIENT
        -2019,  # MARGIN_NOT_SUFFICIENT
        -2028,  # MIN_LEVERAGE_RATIO: insufficient margin balance
        -4050,  # CROSS_BALANCE_INSUFFICIENT
        -4051,  # ISOLATED_BALANCE_INSUFFICIENT
    ),
    WouldTake: (-5022,),  # GTX_ORDER_REJECT
    ReduceOnlyRejected: (
        -2022,  # REDUCE_ONLY_REJECT
        -2024,  # POSITION_NOT_SUFFICIENT
        -2026,  # REDUCE_ONLY_ORDER_TYPE_NOT_SUPPORTED
        -4062,  # REDUCE_ONLY_CONFLICT
        -4118,  # REDUCE_ONLY_MARGIN_CHECK_FAILED
    ),
    OrderRejected: (
        -1112,  # NO_DEPTH
        -1122,  # INVALID_SYMBOL_STATUS
        -2010,  # NEW_ORDER_REJECTED
        -2016,  # NO_TRADING_WINDOW
        -2020,  # UNABLE_TO_FILL
        -2021,  # ORDER_WOULD_IMMEDIATELY_TRIGGER
        -2023,  # USER_IN_LIQUIDATION
        -2025,  # MAX_OPEN_ORDER_EXCEEDED
        -2027,  # MAX_LEVERAGE_RATIO
        -4000,  # INVALID_ORDER_STATUS
        -4016,  # PRICE_HIGHTER_THAN_MULTIPLIER_UP
        -4022,  # WRONG_MARKET_STATUS
        -4024,  # PRICE_LOWER_THAN_MULTIPLIER_DOWN
        -4045,  # MAX_STOP_ORDER_EXCEEDED
        -4117,  # STOP_ORDER_TRIGGERING
        -4131,  # MARKET_ORDER_REJECT
        -4140,  # INVALID_OPENING_POSITION_STATUS
        -4141,  # SYMBOL_ALREADY_CLOSED
        -4142,  # STRATEGY_INVALID_TRIGGER_PRICE
        -4164,  # MIN_NOTIONAL
        -4183,  # PRICE_HIGHER_THAN_STOP_MULTIPLIER_UP
        -4184,  # PRICE_LOWER_THAN_STOP_MULTIPLIER_DOWN
        -4210,  # STOP_PRICE_HIGHER_THAN_PRICE_MULTIPLIER_LIMIT
        -4211,  # STOP_PRICE_LOWER_THAN_PRICE_MULTIPLIER_LIMIT
        -4400,  # TRADING_QUANTITATIVE_RULE
        -4401,  # LARGE_POSITION_SYM_RULE
        -4531,  # position modes of USD-M and COIN-M do not go together
        -5021,  # FOK_ORDER_REJECT
        -5024,  # MOVE_ORDER_NOT_ALLOWED_SYMBOL_REASON
        -5026,  # EXCEED_MAXIMUM_MODIFY_ORDER_LIMIT
        -5029,  # MODIFICATION_MIN_NOTIONAL
        -5041,  # BBO_ORDER_REJECT
    ),
    RequestRejected: (
        *(-1010, -1013, -1014, -1020, -1023),
        *range(-1106, -1099),
        *(-1108, -1110, -1111, -1113, -1114, -1115, -1116, -1117, -1118, -1119, -1120, -1121, -1125, -1126, -1127),
        *(-1128, -1130, -1136),
        *range(-4015, -4000),  # prices, quantities and ids that break a filter
        *(-4017, -4018, -4019, -4020, -4021, -4023, -4025, -4026, -4028, -4029, -4030, -4031, -4032, -4033),
        *(-4044, -4046, -4047, -4048, -4049, -4052, -4053, -4054, -4055, -4058, -4059, -4060),
        *(-4063, -4064, -4065, -4066, -4067, -4068, *range(-4079, -4068), -4081, -4082, -4084, -4085, -4086),
        *(-4104, -4114, -4115, -4120, -4135, -4136, -4137, -4138, -4139, -4144, -4161, -4165),
        *range(-4172, -4166),
        *(-4208, -4209, -5025, -5027, -5037, -5038, -5039, -5040, -5047),
    ),
}
TABLE: Mapping[int, type[VenueError]] = {
    **{code: kind for kind, codes in _BY_CODE.items() for code in codes},
    **dict.fromkeys(_RATE_LIMIT_WAIT, RateLimited),
}
"""What each code says, but for those whose outcome is unknown."""

HEDGE_MODE = (
    "the account is in hedge mode, where one symbol has two positions; switch it to one-way mode"
    " (Futures, Preferences, Position Mode), for which it must have no open orders and positions"
)

_HINTS = {
    -4061: HEDGE_MODE,
    -4109: "transfer any amount to the futures wallet to activate the account",
    -2015: "check the key, its list of addresses, and that it may trade futures",
}

_BANNED_UNTIL = re.compile(r"banned until (\d{13})\b")


class Said(Struct, frozen=True):
    """The venue's refusal, as the body of a REST reply or a row of a batch."""

    code: int
    msg: str = ""


_said = msgspec.json.Decoder(Said)


def of_code(code: int, msg: str, *, retry_after: float | None = None) -> ExchangeError:
    """The error that `code` stands for, wherever it was said."""
    words = scrub(msg)
    hint = _HINTS.get(code)
    message = f"{words or 'refused'} (Binance {code})" + (f": {hint}" if hint else "")
    kind = TABLE.get(code) or (RequestRejected if code in _REQUEST_ISSUES else None)
    if kind is None:
        return OutcomeUnknown(message)
    if kind is RateLimited:
        seconds = retry_after or (BAN_WAIT if "banned" in msg else _RATE_LIMIT_WAIT[code])
        budgets = limits.ORDERS if code == TOO_MANY_ORDERS else ()
        return RateLimited(message, code=str(code), venue_message=words, retry_after=seconds, budgets=budgets)
    wait = (retry_after or BUSY_WAIT) if kind is VenueUnavailable else None
    return kind(message, code=str(code), venue_message=words, retry_after=wait)


def of_reply(status: int, headers: Mapping[str, str], body: bytes) -> ExchangeError:
    """What a REST reply with a status from 300 up says, whether its body is Binance's JSON or a proxy's HTML."""
    try:
        said = _said.decode(body)
    except CANNOT_READ:
        return _of_status(status, headers, gist(body))
    wait = _retry_after(headers) or _until_unbanned(headers, said.msg)
    if said.code >= 0 or status < 400:
        return _of_status(status, headers, said.msg)
    if status in (418, 429) and TABLE.get(said.code) is not RateLimited:
        return _of_status(status, headers, said.msg)
    if status >= 500 and TABLE.get(said.code) not in (VenueUnavailable, RateLimited):
        return _of_server_error(status, headers, said.msg)
    if status in (401, 403, 404, 451) and said.code not in TABLE and said.code not in _UNKNOWN_OUTCOME:
        return _of_status(status, headers, said.msg)
    return of_code(said.code, said.msg, retry_after=wait)


def _of_status(status: int, headers: Mapping[str, str], msg: str) -> ExchangeError:
    words, wait = scrub(msg), _retry_after(headers)
    if status == 418:
        banned = f"{words or 'this address is banned for sending on after a rate limit'} (HTTP 418)"
        wait = wait or _until_unbanned(headers, msg) or BAN_WAIT
        return RateLimited(banned, venue_message=words, retry_after=wait)
    if status >= 500:
        return _of_server_error(status, headers, msg)
    return of_status(status, words, Waits(wait or WEIGHT_WAIT, wait or BAN_WAIT))


def _of_server_error(status: int, headers: Mapping[str, str], msg: str) -> ExchangeError:
    """503 says by its text whether the request failed. What any other 5xx left behind, nobody knows. That a page calls
    a service unavailable says nothing of the venue behind the proxy: only Binance's own words do."""
    words = scrub(msg)
    failed = ("Service Unavailable", "Internal error; unable to process")
    if status == 503 and msg.startswith(failed):
        return VenueUnavailable(
            f"{words} (HTTP 503)", venue_message=words, retry_after=_retry_after(headers) or BUSY_WAIT
        )
    return of_status(status, words, Waits(WEIGHT_WAIT, BAN_WAIT))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    return retry_after(headers.get("retry-after", ""))


def _until_unbanned(headers: Mapping[str, str], msg: str) -> float | None:
    """Seconds from the reply's Date to the time that "IP banned until %s" names, in ms since the epoch."""
    found = _BANNED_UNTIL.search(msg)
    if found is None or "date" not in headers:
        return None
    try:
        said_at = parsedate_to_datetime(headers["date"])
    except (ValueError, TypeError, OverflowError):
        return None
    return None if said_at.tzinfo is None else max(int(found[1]) / 1000 - said_at.timestamp(), 1.0)
