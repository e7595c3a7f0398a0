"""What the HTTP status of a refusal says by itself, the same on every venue.

A status is a refusal where it says that nobody looked at what was asked (401, 403, 418, 429, 451), and where the
request was bad and no code leaves more open. Every other one leaves open what was done: 408 and 5xx, and a redirect,
which comes from somebody on the way and of which no documentation speaks.
"""

from msgspec import Struct

from sansio_exchange.errors import (
    AuthenticationFailed,
    ExchangeError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    RequestRejected,
)

_PAGE = 4_096
"""Bytes of a page that are looked at."""


TOO_MANY = (418, 429)
"""Statuses of who asked too often: everybody's, and Binance's for one who went on all the same."""


class Waits(Struct, frozen=True):
    """Seconds to keep silent where a reply does not say: after a rate limit, and after what stands in front of the
    venue has shut the address out."""

    limit: float
    blocked: float


def gist(page: bytes) -> str:
    """What a page of a proxy says that matters here; its words say nothing of the venue behind it."""
    start = page[:_PAGE].lower()
    served = b"your country" in start or b"your region" in start
    return "access is blocked from your country or region" if served else ""


def retry_after(header: str) -> float | None:
    """The seconds that a Retry-After header tells; None for anything else: no venue tells a date there."""
    return float(header) if header.isascii() and header.isdigit() and len(header) < 8 and header.strip("0") else None


def of_status(status: int, words: str, waits: Waits, unlisted: ExchangeError | None = None) -> ExchangeError:
    """The error that a status other than 2xx says, with the venue's words, scrubbed. `unlisted` is what a code that no
    documentation has leaves open: it stays open under a status that says no more than that the request was bad."""
    message = f"{words} (HTTP {status})" if words else ""
    match status:
        case 401:
            return AuthenticationFailed(message or "not authorized (HTTP 401)", venue_message=words)
        case 451:
            return PermissionDenied(message or "the venue does not serve this region (HTTP 451)", venue_message=words)
        case 403 if "country" in words.lower() or "region" in words.lower():
            return PermissionDenied(message, venue_message=words)
        case 403:
            blocked = message or "blocked by a firewall in front of the venue (HTTP 403)"
            return RateLimited(blocked, venue_message=words, retry_after=waits.blocked)
        case 418 | 429:
            too_many = message or f"too many requests (HTTP {status})"
            return RateLimited(too_many, venue_message=words, retry_after=waits.limit)
        case 408:
            return OutcomeUnknown("the venue gave no answer in time (HTTP 408)")
        case _ if unlisted is not None:
            return unlisted
        case _ if 400 <= status < 500:
            return RequestRejected(message or f"refused (HTTP {status})", venue_message=words)
        case _:
            return OutcomeUnknown(message or f"the venue answers with HTTP {status}")


def of_refusal(status: int, words: str, coded: ExchangeError, waits: Waits, *, is_listed: bool) -> ExchangeError:
    """The error that a status other than 2xx says together with a code of the venue's, which alone would mean `coded`.
    A refusal that comes with the status of a failure, or of a redirect, is not certain."""
    if is_listed and (400 <= status < 500 or isinstance(coded, OutcomeUnknown)):
        return coded
    return of_status(status, words, waits, None if is_listed else coded)
