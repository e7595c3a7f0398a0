"""`exchange-connector decode`: raw payloads of a venue as the core understands them, one JSON line for each.

A stream message gives its events; replies: decode_reply.py. What cannot be read gives an Unreadable with the reason,
what is of no use here an Ignored. Every object tells the number of its input line.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from sansio_exchange.account import Account, Position
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.lines import to_line
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import OrderUpdate
from sansio_exchange.venue import AccountChange, Ignored, LeverageChange, LoggedIn, SessionExpired, Venue, WsReply

BELONGS: Mapping[type[Any], str] = {
    **dict.fromkeys((PriceChange, BookTicker, Candle, FundingRate), "public"),
    **dict.fromkeys((OrderUpdate, Account, Position, AccountChange, LeverageChange, SessionExpired), "private"),
    LoggedIn: "private",
    WsReply: "order-entry",
}
"""Which stream says what. The rest (acknowledgements, what is ignored) may come on any."""


def decode_lines(lines: Iterable[bytes], decode: Callable[[bytes], list[Any]]) -> Iterator[bytes]:
    """Every line that is not blank, decoded, as JSON lines; each gives at least one."""
    for number, line in enumerate(lines, 1):
        if payload := line.strip():
            for value in decode(payload) or [Ignored("it says nothing of use here")]:
                yield _numbered(to_line(value), number)


def _numbered(line: bytes, number: int) -> bytes:
    """With the number of the input line, in an object or in each row of a list; a bare value is left as it is."""
    if line.startswith(b"["):
        rows = msgspec.json.decode(line, type=list[msgspec.Raw])
        return msgspec.json.encode([msgspec.Raw(_numbered(bytes(row), number)) for row in rows])
    if not line.startswith(b"{"):
        return line
    fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    return msgspec.json.encode({"kind": fields.pop("kind"), "line": number, **fields})


def stream_decoder(venue: Venue, kind: str) -> Callable[[bytes], list[Any]]:
    """Decodes messages of the venue's streams; `kind` is "public" or "private".

    A venue's decoder may read a message whichever socket it came by. What belongs to another stream is Ignored here, so
    that messages that were sorted wrongly are noticed.
    """
    if kind not in ("public", "private"):
        raise InvalidRequest("--stream", f"{kind!r} is not one of public, private")
    roles = [role for role in venue.sockets if role not in ("private", "trade")] if kind == "public" else ["private"]

    def decode(line: bytes) -> list[Any]:
        """A venue may have several public sockets; the first that can read the message had it."""
        attempts = [venue.decode(role, line) for role in roles]
        said = next((each for each in attempts if not any(isinstance(one, Unreadable) for one in each)), attempts[0])
        return [_of_stream(kind, each) for each in said]

    return decode


def _of_stream(kind: str, value: Any) -> Any:
    if isinstance(value, Unreadable):
        return msgspec.structs.replace(value, source=kind)
    owner = BELONGS.get(type(value), kind)
    return value if owner == kind else Ignored(f"{type(value).__name__}: belongs to the {owner} stream")
