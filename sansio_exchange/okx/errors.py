"""OKX's codes and HTTP statuses as errors of ours.

Codes: "Error Code", REST API Public and WebSocket Public of the API v5 documentation (2026-07-20). Codes of products
and calls that we do not use (options, bots, spreads, transfers, algo orders) are left to the rule for unknown ones:
a word that the documentation does not have may mean anything.

Three kinds of refusal must never be mixed up: it did not happen (VenueUnavailable), nobody knows (OutcomeUnknown), and
no (everything else). Where the documentation leaves open whether a request took effect, it is taken as unknown: finding
out costs one request, a doubled order costs money.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

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
    WouldTake,
)
from sansio_exchange.okx import limits
from sansio_exchange.okx.echoes import scrub
from sansio_exchange.statuses import Waits, gist, of_refusal, of_status

LIMIT_WAIT = 2.0
"""Seconds to keep silent after a rate limit: every window is 2 s, and no reply says when it ends."""
BLOCKED_WAIT = 60.0
"""Seconds after a firewall's page in front of the venue. Not found in documentation."""
WAITS = Waits(LIMIT_WAIT, BLOCKED_WAIT)
BUSY_WAIT = 1.0
"""Seconds after an overload or an outage."""

_UNKNOWN_OUTCOME = {
    1,  # Operation failed, without a row that says why
    2,  # Bulk operation partially succeeded, without rows
    50001,  # Service temporarily unavailable (503)
    50004,  # endpoint request timeout (does not mean that the request was successful or failed)
    50026,  # System error. Try again later (500)
    50042,  # Repeated request: of what, it does not say
    51054,  # Request timed out (500)
    51149,  # Order timed out (does not mean that the request was successful or failed)
    51412,  # Cancellation timed out
    64007,  # operation failed due to WebSocket internal error
}

TOO_MANY_ORDERS = 50061
"""Of the whole account; the other limits are each endpoint's own ("Rate Limits")."""

_BY_CODE: dict[type[VenueError], tuple[int, ...]] = {
    VenueUnavailable: (
        50013,  # Systems are busy (429)
        50046,  # temporarily unavailable while we make some improvements
        50062,  # currently unavailable
        63999,  # login failed due to internal error
    ),
    RateLimited: (
        50011,  # rate limit reached
        50040,  # too frequent operations
        TOO_MANY_ORDERS,  # order rate limit of the account
        60014,  # requests too frequent
        60023,  # logins too frequent
    ),
    ClockSkew: (
        50036,  # expTime is earlier than the system time
        50037,  # order expired: its expTime had passed
        50102,  # timestamp request expired
        50112,  # invalid OK-ACCESS-TIMESTAMP
        60004,  # invalid timestamp
        60006,  # timestamp request expired
    ),
    AuthenticationFailed: (
        *(50101, 50103, 50104, 50105, 50106, 50107, 50108, 50109, 50111, 50113, 50114, 50119),
        *(60005, 60007, 60009, 60011, 60024, 60026, 60031, 60032),
    ),
    PermissionDenied: (
        50007,  # user blocked
        50009,  # account frozen due to stop-out
        50012,  # account status invalid
        50027,  # account restricted from trading
        50028,  # unable to place the order
        50029,  # risk control
        50030,  # no permission for the endpoint
        50032,  # transactions in this currency prohibited
        50033,  # instrument blocked
        50035,  # key must be bound to IP
        50038,  # unavailable in demo trading
        50041,  # not allowlisted
        50051,  # compliance restrictions
        50052,  # local laws
        50053,  # only in demo trading
        50059,  # additional steps required by regulators
        50060,  # identity verification
        50067,  # cross site trading
        50075,  # restricted in Islamic sub-account
        50100,  # API frozen
        50110,  # address not on the key's list
        50118,  # broker's address
        50120,  # key lacks the permission
        50121,  # address cannot be served
        51009,  # order blocked
        51010,  # unsupported under current account mode
        51024,  # trading account blocked
        51035,  # no permission for MM quotes
        51155,  # local compliance requirements
        51411,  # no permission for mass cancellation
        54072,  # contract is view-only
        54092,  # disclaimer of TradFi perpetuals not confirmed
        64003,  # trading fee tier
    ),
    OrderNotFound: (
        51063,  # ordId does not exist
        51400,  # filled, canceled or does not exist
        51401,  # already canceled
        51402,  # already completed
        51405,  # no pending orders
        51503,  # already filled or canceled
        51509,  # has been canceled
        51510,  # has been completed
        51603,  # order does not exist
    ),
    DuplicateClientOrderId: (
        50071,  # {param} already exists, e.g. clOrdId
        51016,  # client order ID already exists
    ),
    InsufficientFunds: (
        51008,  # insufficient balance or margin, in all its sub-codes
        51017,  # loan amount exceeds borrowing limit
        51127,  # available balance is 0
        51131,  # insufficient balance
        51143,  # insufficient conversion amount
        51502,  # the same for amendments
        59200,  # insufficient account balance
    ),
    WouldTake: (51511,),  # price did not meet the requirement for post only
    ReduceOnlyRejected: (
        51023,  # position doesn't exist
        51112,  # close order size exceeds available size
        51117,  # pending close-orders count exceeds limit
        51133,  # reduce-only unavailable
        51134,  # closing failed
        51139,  # reduce-only unavailable
        51148,  # would execute against existing reduce-only positions
        51165,  # number of reduce-only orders
        51169,  # no positions in this direction to reduce
        51170,  # same direction as the position
        51171,  # the same for amendments
        51205,  # reduce-only is not available
        51206,  # cancel the reduce-only order first
        51521,  # no positions of this contract
        51522,  # same direction as the position
    ),
    OrderRejected: (
        *range(50017, 50024),  # frozen: deleveraging, liquidation, funding
        50049,  # no information on the position tier
        50069,  # margin ratio verification for this risk unit
        50072,  # isolated margin mode no longer supported
        50122,  # order amount must exceed minimum
        *(51004, 51005, 51006, 51007, 51020, 51021, 51022, 51025),
        *range(51027, 51035),  # expired, settling, closing; price and amount limits; fill rate
        *(51037, 51038, 51041, 51043, 51056, 51066, 51087),
        *range(51101, 51111),  # position and order limits by instrument and family; no offers; call auction
        *(51113, 51115, 51116, 51120, 51121, 51122, 51124, 51129, 51132, 51135, 51136, 51137, 51138, 51140, 51142),
        *(51144, 51150, 51159, 51162, 51163, 51166, 51167, 51168, 51173, 51174, 51185, 51186, 51187, 51196, 51197),
        *(51201, 51202, 51203, 51207, *range(51209, 51215), 51403, 51404, 51410, 51413, 51416, 51506, 51507, 51508),
        *(51513, 54004, 54005, 54006, 54007, 54008, 54011, 54012, 54018, 54019, *range(54024, 54029), 54030, 54031),
        *(54035, 54036, *range(54039, 54050), 54071, 54073, 54075, 54094),
    ),
    RequestRejected: (
        *(50000, 50002, 50005, 50006, 50008, 50010, 50014, 50015, 50016, 50024, 50025, 50039, 50044, 50047, 50076),
        *(50077, 50115, 50116, 51000, 51001, 51002, 51003, 51011, 51012, 51014, 51015, 51026, 51111, 51123, 51175),
        *(51176, 51180, 51181, 51204, 51406, 51407, 51408, 51409, 51500, 51501, 51512, 51514, 51600, 51601, 51602),
        *(54009, 54029, 60008, 60012, 60013, 60018, 60019, 60027, 60028, 60033, 64000, 64001, 64002, 64004),
    ),
}
TABLE: Mapping[int, type[VenueError]] = {code: kind for kind, codes in _BY_CODE.items() for code in codes}
"""What each code says, but for those whose outcome is unknown."""
UNKNOWN_OUTCOME = frozenset(_UNKNOWN_OUTCOME)

HEDGE_MODE = (
    "the account is in long/short mode, where one symbol has two positions; switch it to net mode (Settings, Position"
    " mode), for which it must have no open orders and positions"
)

ISOLATED = (
    "{symbol} has a position in isolated margin, which is another than the one in cross margin that orders here change;"
    " close it"
)
"""Positions are told by symbol and margin mode ("Positions channel", mgnMode, 2026-06-30)."""

_HINTS = {
    50038: "the account is one of demo trading",
    50101: "a key of demo trading works on network testnet alone, and only there",
    50105: "check the passphrase that was given to the key",
    50110: "add this address to the key's list, or take the list away",
    51010: "the account must be in futures, multi-currency or portfolio margin mode",
    60024: "check the passphrase that was given to the key",
}


class Row(Struct, frozen=True, rename="camel"):
    """What was done of one order of a request."""

    s_code: str = ""
    s_msg: str = ""


class Said(Struct, frozen=True):
    """The envelope of every reply. The code is text; samples of other clients have it as a number."""

    code: str | int
    msg: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


_said = msgspec.json.Decoder(Said)
_rows = msgspec.json.Decoder(tuple[Row, ...])


def of_code(code: str | int, msg: str) -> ExchangeError:
    """The error that `code` stands for, wherever it was said. Sub-codes (51008_1000) count as their code."""
    words = scrub(msg)
    text = str(code)[:20]
    number = _number(text.partition("_")[0])
    hint = _HINTS.get(number)
    message = f"{words or 'refused'} (OKX {text})" + (f": {hint}" if hint else "")
    kind = TABLE.get(number)
    if kind is None:  # nobody knows, or a word that no documentation has
        return OutcomeUnknown(message)
    if kind is RateLimited:
        budgets = (limits.NEW_ORDERS,) if number == TOO_MANY_ORDERS else OF_REQUEST
        return RateLimited(message, code=text, venue_message=words, retry_after=LIMIT_WAIT, budgets=budgets)
    wait = BUSY_WAIT if kind is VenueUnavailable else None
    return kind(message, code=text, venue_message=words, retry_after=wait)


def of_question(code: str | int, msg: str) -> ExchangeError:
    """The same where nothing was to be placed or cancelled (logins, subscriptions): no order's outcome hangs on it."""
    error, text = of_code(code, msg), str(code)[:20]
    if not isinstance(error, OutcomeUnknown):
        return error
    if _number(text) in _UNKNOWN_OUTCOME:
        return VenueUnavailable(error.reason, code=text, venue_message=scrub(msg), retry_after=BUSY_WAIT)
    return RequestRejected(error.reason, code=text, venue_message=scrub(msg))


def _number(code: str) -> int:
    """-1 for what is no code."""
    return int(code) if code.isascii() and code.isdigit() and len(code) < 9 else -1


def require_accepted(body: bytes) -> None:
    """Raises what a reply with status 200 says if it refuses the request as a whole.

    Partial success is normal: then the body stands, and its rows say one by one what was done. Where all failed, rows
    that were refused for the clock or the rate limit are one refusal, so that the session can act on it.
    """
    said = read_json(_said, body, "reply")
    code = str(said.code)
    if code == "0":
        return
    rows = _rows_of(said.data) if code in ("1", "2") else ()
    codes = {row.s_code for row in rows}
    if not rows or codes == {""}:
        raise of_code(code, said.msg)
    if code == "2" or "0" in codes or len(codes) > 1:
        return
    error = of_code(rows[0].s_code, rows[0].s_msg)
    if len(rows) == 1 or isinstance(error, ClockSkew | RateLimited):
        raise error


def _rows_of(data: msgspec.Raw) -> Sequence[Row]:
    try:
        return _rows.decode(data)
    except CANNOT_READ:
        return ()


def of_reply(status: int, body: bytes) -> ExchangeError:
    """What a REST reply with another status than 2xx says, whether its body is OKX's JSON or a proxy's HTML."""
    try:
        said = _said.decode(body)
    except CANNOT_READ:
        return of_status(status, gist(body), WAITS)
    number = _number(str(said.code))
    is_listed = number in TABLE or number in UNKNOWN_OUTCOME
    return of_refusal(status, scrub(said.msg), of_code(said.code, said.msg), WAITS, is_listed=is_listed)
