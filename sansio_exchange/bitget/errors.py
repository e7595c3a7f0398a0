"""Bitget's codes and HTTP statuses as errors of ours.

Codes: "Error Code" REST and WebSocket of the classic account's futures documentation (2026-09-28), whose tables serve
spot, withdrawals, loans and copy trading as well; those of 30001 to 30016 stood in the tables before and the login
example still has one. Codes of calls that we do not use are left to the rule for unknown ones.

Three kinds of refusal must never be mixed up: it did not happen (VenueUnavailable), nobody knows (OutcomeUnknown), and
no (everything else). Where the documentation leaves open whether a request took effect, it is taken as unknown: finding
out costs one request, a doubled order costs money.
"""

from collections.abc import Mapping

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
)
from sansio_exchange.redaction import scrub
from sansio_exchange.statuses import Waits, gist, of_refusal, of_status

ACCEPTED = "00000"

LIMIT_WAIT = 1.0
"""Seconds to keep silent after a rate limit: windows are one second, and no reply says when they end. After the overall
limit "it takes 5 minutes to recover" (FAQ); then the next request is refused again, and so are those after it."""
BLOCKED_WAIT = 60.0
"""Seconds after a firewall's page in front of the venue. Not found in documentation."""
WAITS = Waits(LIMIT_WAIT, BLOCKED_WAIT)
BUSY_WAIT = 1.0
"""Seconds after an overload or an outage."""

_UNKNOWN_OUTCOME = {
    40010,  # Request timed out
    40015,  # System is abnormal, please try again later
    40054,  # The data fetched is empty
    40725,  # service return an error
    40856,  # Data abnormal
    40908,  # Concurrent operation failed
    40910,  # Operation timed out
    40927,  # the return field type of this order does not meet expectations
    43059,  # Request failed, please try again
    45001,  # Unknown error
    45023,  # Error creating order
    45024,  # Cancel order error
    45055,  # The current order status cannot be cancelled: whether it ended, it does not say
    50031,  # System error
    70229,  # Place order error
    25000,  # System error, please try again later
    25001,  # Operation timed out
    25003,  # Concurrent operation, please retry
    25220,  # a code that has no description
    25239,  # Closing failed, please try again later
}

_BY_CODE: dict[type[VenueError], tuple[int, ...]] = {
    VenueUnavailable: (
        40200,  # Server upgrade, please try again later
        45129,  # the same order was asked to be cancelled a moment ago: this request did nothing
        25653,  # The order has been changed. Please try again later
    ),
    RateLimited: (
        429,  # Too many requests
        1001,  # too frequent; not in the tables, samples have it
        22035,  # demo account opens positions too frequently
        30006,  # request too many
        30007,  # request over limit, connection close
        40918,  # traders open positions too frequently
        50009,  # too frequent; not in the tables, samples have it
        70228,  # The operation is too frequent
        25004,  # Operation too frequent
        25572,  # too many pending requests
    ),
    ClockSkew: (
        30013,  # invalid ACCESS_TIMESTAMP
        30014,  # Request timestamp expired
        40004,  # Request timestamp expired; not in the tables, samples have it
        40005,  # Invalid ACCESS_TIMESTAMP
        40008,  # Request timestamp expired
        40078,  # outside of the ME receiveWindow
        40902,  # Future time is not allowed
    ),
    AuthenticationFailed: (
        *(30002, 30004, 30005, 30011, 30012, 30015),
        *(40001, 40002, 40003, 40006, 40009, 40011, 40012, 40036, 40037, 40039, 40041, 49000),
    ),
    PermissionDenied: (
        22004,  # the symbol does not support API trade
        22010,  # the key must be bound to an address
        22030,  # not in demo trading
        31020,  # Business is restricted
        40000,  # region
        40013,  # User status is abnormal
        40014,  # Incorrect permissions
        40016,  # phone or Google must be bound
        40018,  # Invalid IP
        *range(40021, 40028),  # restricted, frozen, disabled, KYC
        40031,  # account cancelled
        40035,  # KYC
        40038,  # address not on the key's list
        40040,  # key permission setting
        40048,  # key of a sub-account
        40061,  # sub-account not allowed access
        40068,  # sub-account access disabled
        40081,  # demo account of spot
        40085,  # the account is a unified one; not in the tables, samples have it
        40086,  # VIP domain
        *(40100, 40101, 40103, 40104),  # region, KYC
        40105,  # not in demo trading
        40110,  # not in demo trading
        40111,  # region
        40199,  # traders may not call the API
        40301,  # Permission has not been obtained yet
        40710,  # account frozen
        40752,  # business disabled
        40753,  # contract trading disabled
        40760,  # Account abnormal status
        40774,  # order type of the other position mode; not in the tables, samples have it
        40775,  # one-way position only
        40807,  # The account does not exist
        40828,  # market maker's account
        40916,  # Futures services for this account have been restricted
        40919,  # not open yet
        43075,  # Position pattern mismatch
        45009,  # the account is at risk and cannot trade
        45019,  # Account does not exist
        45021,  # order type of the other position mode
        45107,  # API restricted from opening
        45108,  # API restricted from closing
        45109,  # The current account is a two-way position
        *(50012, 50013, 50019, 50022, 50023, 50064, 70020, 70209, 70227),
        *(25005, 25006, 25007, 25008, 25012, 25013, 25245, 25620, 95001, 95005, 95008),
    ),
    OrderNotFound: (
        22001,  # No order to cancel
        31007,  # Order does not exist
        31054,  # No order to cancel
        40109,  # The data of the order cannot be found
        40768,  # Order does not exist; not in the tables, samples have it
        43001,  # The order does not exist
        43004,  # There is no order to cancel
        45031,  # The order is finalized
        45057,  # The order does not exist!
        50062,  # cancelled or filled
        25204,  # Order does not exist
    ),
    DuplicateClientOrderId: (
        1003,  # Duplicate data exists
        40786,  # Duplicate clientOid; not in the English table, samples have it
        43118,  # clientOrderId duplicate
        45034,  # clientOid duplicate
        50060,  # Duplicated clientOid
        25212,  # Duplicate clientOid
    ),
    InsufficientFunds: (
        40711,  # balance; not in the tables, samples have it
        40712,  # margin; likewise
        40754,  # balance not enough
        40756,  # The balance lock is insufficient
        40762,  # larger than what may be opened: "The order amount exceeds the balance" in samples
        40798,  # Insufficient contract account balance
        40800,  # Insufficient amount of margin
        40893,  # not enough margin
        40901,  # experience fund
        43012,  # Insufficient balance
        43132,  # Insufficient funds
        45002,  # Insufficient asset
        45004,  # Insufficient lock-in asset
        45008,  # No assets
        45120,  # size > max can open order size
        45123,  # Insufficient availability, currently only market orders can be placed
        50020,  # Insufficient balance
        50045,  # Insufficient locked asset
        25202,  # Insufficient balance
        25203,  # Insufficient margin
        25219,  # Increase in IMR exceeds available assets
        25230,  # exceeds the maximum open quantity
    ),
    ReduceOnlyRejected: (
        22002,  # No position to close
        40717,  # more than is held
        40746,  # more than can be closed
        40755,  # Not enough open positions are available
        40757,  # Not enough position is available
        40758,  # The position lock is insufficient
        40804,  # more than is held
        40867,  # more than can be closed
        40939,  # reduce-only beside another reducing order
        43029,  # more than can be closed
        43043,  # There is no position
        45003,  # Insufficient position
        45005,
        45006,
        45007,
        25225,  # Insufficient available quantity in position
        25226,
        25227,  # No position available to close
        25231,
        25232,  # reduce-only beside another reducing order
        25242,  # The maximum reducible amount
        25574,  # Reduce-only order protection
    ),
    OrderRejected: (
        *(13008, 22005, 22006, 22007, 22008, 22009, 22029, 22034, 22038, 22039, 22040, 22041, 22043, 22044, 22045),
        *(22067, 40102, 40309, 40706, 40715, 40716, 40718, 40719, 40720, 40721, 40722, 40723, 40734, 40748, 40761),
        *(
            40764,
            40765,
            40766,
            40778,
            40815,
            40816,
            *range(40820, 40822),
            *range(40823, 40827),
            40844,
            40845,
            40846,
            40847,
            40859,
            40862,
        ),
        *(40865, 40878, 40887, 40888, 40892, 40895, 40914, 40921, 40928, 40929, 40930, 40931, 41103, 41114, 41117),
        *(43002, 43003, 43005, 43006, 43007, 43008, 43009, 43010, 43027, 43028, 43037, 43038, 43039, 43040, 43041),
        *(43042, 43049, 43050, 43051, 43115, 43128, 45011, 45012, 45013, 45014, 45017, 45018, 45020, 45025, 45035),
        *(45043, 45044, 45045, 45051, 45056, 45103, 45104, *range(45110, 45117), 45118, 45119, 45121, 45124, 50016),
        *(50017, 50018, *range(50024, 50031), 50046, 50047, 50048, 50065, 50066, 70220, 70223),
        *(25100, 25101, 25102, 25104, 25105, 25108, *range(25205, 25212), 25218, 25221, 25222, 25223, 25229, 25233),
        *(25234, 25235, 25236, 25237, 25240, 25241, 25244, 25567, 25610, 25611, 25654, 25655, 95013),
    ),
    RequestRejected: (
        *(1, 1002, 20001, 20002, 22012, 30001, 30003, 30016, 31003, 31028, 40007, 40017, 40019, 40020, 40034, 40053),
        *(40057, 40058, 40059, 40064, 40072, 40079, 40303, 40304, 40305, 40306, 40402, 40404, 40408, 40409, 40704),
        *(40705, 40707, 40724, 40805, 40806, 40808, 40811, 40812, 40813, 40822, 40912, 40913, 40924, 41002, 41100),
        *(41101, 41104, 42072, 43011, 43048, 43058, 43111, 43123, 43130, 45026, 48001, 48002, 50011, 50061, 70101),
        *(400171, 400172, 25002, 25200, 25201, 25238, 95011),
    ),
}
TABLE: Mapping[int, type[VenueError]] = {code: kind for kind, codes in _BY_CODE.items() for code in codes}
"""What each code says, but for those whose outcome is unknown. Leading zeros do not count (00001 is 1)."""
UNKNOWN_OUTCOME = frozenset(_UNKNOWN_OUTCOME)

HEDGE_MODE = (
    "the account is in hedge mode, where one symbol has two positions; switch it to one-way mode (futures preferences,"
    " position mode), for which it must have no open orders and positions"
)
UNIFIED = "the account is a unified trading account (UTA), which Bitget serves by another API than the classic account"

_HINTS = {
    22030: "the account is one of demo trading",
    40012: "check key and passphrase; a key of demo trading works on network testnet alone, and only there",
    40014: "give the key read and write permission for futures",
    40018: "add this address to the key's list, or take the list away",
    40036: "check the passphrase that was given to the key",
    40038: "add this address to the key's list, or take the list away",
    40085: UNIFIED,
    40110: "the account is one of demo trading",
    40774: HEDGE_MODE,
    43075: HEDGE_MODE,
    45021: HEDGE_MODE,
    45109: HEDGE_MODE,
    30005: "check key, secret and passphrase",
    30012: "check the passphrase that was given to the key",
}


class Said(Struct, frozen=True):
    """The envelope of every reply. The code is text; samples of other clients have it as a number."""

    code: str | int
    msg: str | None = ""


_said = msgspec.json.Decoder(Said)


def of_code(code: str | int | None, msg: str | None) -> ExchangeError:
    """The error that `code` stands for, wherever it was said."""
    words = scrub(msg or "")
    text = "" if code is None else str(code)[:20]
    number = _number(text)
    hint = _HINTS.get(number)
    message = f"{words or 'refused'} (Bitget {text})" + (f": {hint}" if hint else "")
    if number in _UNKNOWN_OUTCOME or number <= 0:  # 0 is how the sockets say yes
        return OutcomeUnknown(message)
    kind = TABLE.get(number)
    if kind is None:  # a word that no documentation has may mean anything
        return OutcomeUnknown(message)
    if kind is RateLimited:
        return RateLimited(message, code=text, venue_message=words, retry_after=LIMIT_WAIT, budgets=OF_REQUEST)
    wait = BUSY_WAIT if kind is VenueUnavailable else None
    return kind(message, code=text, venue_message=words, retry_after=wait)


def _number(code: str) -> int:
    """-1 for what is no code."""
    return int(code) if code.isascii() and code.isdigit() and len(code) < 9 else -1


def require_accepted(body: bytes) -> None:
    """Raises what a reply with status 200 says if it refuses the request: "A business failure arrives as HTTP 200 with
    a non-zero code"."""
    said = read_json(_said, body, "reply")
    if said.code != ACCEPTED:
        raise of_code(said.code, said.msg)


def of_reply(status: int, body: bytes) -> ExchangeError:
    """What a REST reply with another status than 2xx says, whether its body is Bitget's JSON or a proxy's HTML."""
    try:
        said = _said.decode(body)
    except CANNOT_READ:
        return of_status(status, gist(body), WAITS)
    number = _number(str(said.code))
    is_listed = number in TABLE or number in UNKNOWN_OUTCOME
    return of_refusal(status, scrub(said.msg or ""), of_code(said.code, said.msg), WAITS, is_listed=is_listed)
