"""Gate's labels and HTTP statuses as errors of ours.

Labels: "Error Handling", `label` list, and "Return Format" of "Gate API v4.106.88" (2026-05-26); "Error" of the
WebSocket API (2026-04-14). Labels of products and calls that we do not use (loans, wallet, flash convert) are left to
the rule for unknown ones.

Three kinds of refusal must never be mixed up: it did not happen (VenueUnavailable), nobody knows (OutcomeUnknown), and
no (everything else). Where the documentation leaves open whether a request took effect, it is taken as unknown: finding
out costs one request, a doubled order costs money.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from sansio_exchange.decoding import CANNOT_READ
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
    WouldTake,
)
from sansio_exchange.redaction import scrub
from sansio_exchange.statuses import Waits, gist, of_refusal, of_status

LONGEST_WAIT = 60.0
"""Seconds, whatever a header says: Gate counts in seconds."""
LIMIT_WAIT = 2.0
"""Seconds to keep silent after a rate limit where the reply does not say: those of orders are counted by the second."""
BLOCKED_WAIT = 60.0
"""Seconds after a firewall's page in front of the venue. Not found in documentation."""
WAITS = Waits(LIMIT_WAIT, BLOCKED_WAIT)
BUSY_WAIT = 1.0
"""Seconds after an outage."""

LIMITER_FAILED = "(100)"
"""Ends the words of a rate limit that is none: "Internal rate limiting exception error" ("Error" of the WebSocket API).
Whether the request went on is not found in documentation. (311) and (312) are limits: of contracts, of their engine."""

UNKNOWN_OUTCOME = frozenset(
    {
        "INTERNAL",  # internal server error
        "SERVER_ERROR",
        "INTERNAL_SERVER_ERROR",
        "TOO_BUSY",  # server is too busy at the moment
        "SERVER_TIMEOUT",
        "CANCEL_FAIL",  # order cancel failed: whether it stands, it does not say
    }
)

_BY_LABEL: dict[type[VenueError], tuple[str, ...]] = {
    RateLimited: ("TOO_MANY_REQUESTS", "TOO_FAST"),
    ClockSkew: ("REQUEST_EXPIRED",),
    AuthenticationFailed: (
        "INVALID_CREDENTIALS",
        "INVALID_KEY",
        "INVALID_SIGNATURE",
        "MISSING_REQUIRED_HEADER",
        "AUTHENTICATION_FAILED",  # not found in documentation; other clients know it
    ),
    PermissionDenied: (
        "IP_FORBIDDEN",
        "READ_ONLY",
        "ACCOUNT_LOCKED",
        "FORBIDDEN",
        "SUB_ACCOUNT_LOCKED",
        "ACCOUNT_EXCEPTION",
        "USER_NOT_FOUND",
        "POSITION_DUAL_MODE",
    ),
    OrderNotFound: (
        "ORDER_NOT_FOUND",
        "ORDER_NOT_OWNED",
        "ORDER_FINISHED",
        "ORDER_CLOSED",
        "ORDER_CANCELLED",
        "CLIENT_ID_NOT_FOUND",  # not found in documentation; other clients know it
    ),
    DuplicateClientOrderId: ("ORDER_EXISTS", "DUPLICATE_REQUEST", "REPEATED_CREATION"),
    InsufficientFunds: (
        "INSUFFICIENT_AVAILABLE",
        "BALANCE_NOT_ENOUGH",
        "MARGIN_BALANCE_NOT_ENOUGH",
        "FUTURES_BALANCE_NOT_ENOUGH",
        "INITIAL_MARGIN_TOO_LOW",
    ),
    WouldTake: ("ORDER_POC_IMMEDIATE", "POC_FILL_IMMEDIATELY"),
    ReduceOnlyRejected: ("REDUCE_EXCEEDED", "POSITION_EMPTY", "POSITION_NOT_FOUND", "INCREASE_POSITION"),
    OrderRejected: (
        "CONTRACT_NO_COUNTER",
        "CONTRACT_IN_DELISTING",
        "RISK_LIMIT_EXCEEDED",
        "LIQUIDATE_IMMEDIATELY",
        "LEVERAGE_TOO_HIGH",
        "LEVERAGE_TOO_LOW",
        "TOO_MANY_ORDERS",
        "POSITION_CROSS_MARGIN",
        "POSITION_IN_LIQUIDATION",
        "POSITION_IN_CLOSE",
        "POSITION_HOLDING",
        "REMOVE_TOO_MUCH",
        "RISK_LIMIT_NOT_MULTIPLE",
        "RISK_LIMIT_TOO_HIGH",
        "RISK_LIMIT_TOO_lOW",  # spelled so in the documentation
        "RISK_LIMIT_TOO_LOW",
        "PRICE_TOO_DEVIATED",
        "PRICE_THRESHOLD_EXCEEDED",  # not found in documentation; other clients know it
        "SIZE_TOO_LARGE",
        "SIZE_TOO_SMALL",
        "PRICE_OVER_LIQUIDATION",
        "PRICE_OVER_BANKRUPT",
        "ORDER_PENDING",
        "ORDER_FOK",
        "FOK_NOT_FILL",
        "ORDER_BOOK_NOT_FOUND",
        "NO_CHANGE",
        "AMEND_WITH_STOP",
        "AMOUNT_TOO_LITTLE",
        "AMOUNT_TOO_MUCH",
        "QUANTITY_NOT_ENOUGH",
        "TRADE_RESTRICTED",
        "RISK_REJECT",
    ),
    RequestRejected: (
        "INVALID_PARAM_VALUE",
        "INVALID_PROTOCOL",
        "INVALID_ARGUMENT",
        "INVALID_REQUEST_BODY",
        "MISSING_REQUIRED_PARAM",
        "BAD_REQUEST",
        "INVALID_CONTENT_TYPE",
        "NOT_ACCEPTABLE",
        "METHOD_NOT_ALLOWED",
        "NOT_FOUND",
        "CONTRACT_NOT_FOUND",
        "INVALID_PRECISION",
        "INVALID_CURRENCY",
        "INVALID_CURRENCY_PAIR",
        "INVALID_CLIENT_ORDER_ID",
    ),
}
TABLE: Mapping[str, type[VenueError]] = {label: kind for kind, labels in _BY_LABEL.items() for label in labels}
"""What each label says, but for those whose outcome is unknown."""

CHANNEL_ERRORS: Mapping[int, type[VenueError]] = {
    1: RequestRejected,  # invalid argument struct
    2: RequestRejected,  # invalid argument
    3: VenueUnavailable,  # service error
    4: AuthenticationFailed,  # authentication fail
}
"""Codes with which a subscription is refused ("Errors")."""

HEDGE_MODE = (
    "the account is in hedge mode, where one symbol has two positions; switch it to one-way mode (Futures, Settings,"
    " Position Mode), for which it must have no open orders and positions"
)
_HINTS = {
    "IP_FORBIDDEN": "add this address to the key's list, or take the list away",
    "READ_ONLY": "give the key the permission to trade perpetual futures",
    "FORBIDDEN": "give the key the permission to trade perpetual futures",
    "USER_NOT_FOUND": "the futures account does not exist before the first deposit to it",
    "POSITION_DUAL_MODE": HEDGE_MODE,
    "INVALID_KEY": "a key of the testnet works on network testnet alone, and only there",
}


class Said(Struct, frozen=True):
    """A refusal. `detail` is what some say instead of `message`."""

    label: str
    message: str | None = ""
    detail: str | None = ""


_said = msgspec.json.Decoder(Said)


def of_label(
    label: str,
    words: str,
    *,
    status: int = 400,
    retry_after: float | None = None,
    budgets: tuple[str, ...] = OF_REQUEST,
) -> ExchangeError:
    """The error that `label` stands for, wherever it was said. `budgets`: of a row, what the rate limit concerns."""
    said, name = scrub(words), scrub(label)[:60]
    hint = _HINTS.get(label)
    message = f"{said or 'refused'} (Gate {name})" + (f": {hint}" if hint else "")
    kind = TABLE.get(label)
    if label in UNKNOWN_OUTCOME or status >= 500:
        return OutcomeUnknown(message)
    if kind is RateLimited and said.endswith(LIMITER_FAILED):
        return OutcomeUnknown(message)
    if status == 429:
        kind = RateLimited
    if kind is None and status in (401, 403):
        kind = AuthenticationFailed if status == 401 else PermissionDenied
    if kind is None:  # a word that no documentation has may mean anything
        return OutcomeUnknown(message)
    if kind is RateLimited:
        wait = min(retry_after or LIMIT_WAIT, LONGEST_WAIT)
        return RateLimited(message, code=name, venue_message=said, retry_after=wait, budgets=budgets)
    return kind(message, code=name, venue_message=said)


def of_channel(code: int, words: str) -> ExchangeError:
    """Why a subscription was refused."""
    said = scrub(words)
    kind = CHANNEL_ERRORS.get(code, RequestRejected)
    wait = BUSY_WAIT if kind is VenueUnavailable else None
    return kind(f"{said or 'refused'} (Gate {code})", code=str(code), venue_message=said, retry_after=wait)


def of_reply(status: int, body: bytes) -> ExchangeError:
    """What a REST reply with a status other than 200 and 201 says, be its body Gate's JSON or a proxy's HTML. "202:
    Request accepted by the server, but processing is not done yet"."""
    try:
        said = _said.decode(body)
    except CANNOT_READ:
        return of_status(status, gist(body), WAITS)
    words = said.message or said.detail or ""
    return of_refusal(status, scrub(words), of_label(said.label, words, status=status), WAITS, is_listed=True)
