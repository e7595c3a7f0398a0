"""What a session knows of its orders, as lines that outlive the process.

A line says one change: an order is about to leave, was accepted, was not placed; something was told of it. A process
that reads them knows every order that an earlier one sent, and what subscribers were told: it goes on where that one
was killed, and tells only what happened since. One JSON object per line; a last line that was cut off is none.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import NewOrder, Order, OrderUpdate


class Owner(Struct, frozen=True, tag=True):
    """By a digest of its key, the account of which all this is known."""

    key: str


class Began(Struct, frozen=True, tag=True):
    """When the first session began, in ms of the venue: what was before is not news."""

    ms: int


class Untold(Struct, frozen=True, tag=True):
    """What happened since then, in ms of the venue, is being told, order by order; with 0 all of it has been."""

    since_ms: int


class Banned(Struct, frozen=True, tag=True):
    """At that time of our own clock the venue refused for so many seconds what draws on `budgets`; all, where it named
    none."""

    at_ms: int
    seconds: float
    budgets: tuple[str, ...] = ()


class Asked(Struct, frozen=True, tag=True):
    """An order is about to leave, at that time of the venue."""

    order: NewOrder
    ms: int


class Accepted(Struct, frozen=True, tag=True):
    """The venue's reply accepted an order; nothing was told of it yet."""

    order: Order


class NotPlaced(Struct, frozen=True, tag=True):
    """An order that left was not placed, and will not be."""

    client_order_id: str


class Unknown(Struct, frozen=True, tag=True):
    """The venue does not know an order that it accepted."""

    symbol: str
    order_id: int


class Known(Struct, frozen=True, tag=True):
    """All that is known of one order: as last told, the fills told by their ids, and how much they come to.

    `nameless` of it no fill named, until `nameless_until_ms`; fills of these until `past_until_ms` are not news.
    """

    order: Order
    filled: Decimal
    trade_ids: tuple[str, ...] = ()
    nameless: Decimal = ZERO
    nameless_until_ms: int = 0
    past_until_ms: int = 0


Line = Owner | Began | Untold | Banned | Asked | Accepted | NotPlaced | Unknown | Known | OrderUpdate
"""An OrderUpdate is what was told."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def to_bytes(lines: Iterable[Line]) -> bytes:
    """The lines, each with its end."""
    return b"".join(_encoder.encode(line) + b"\n" for line in lines)


def from_bytes(data: bytes) -> tuple[list[Line], int]:
    """The lines kept, oldest first, and how many could not be read: those are left out, the venue will be asked."""
    *whole, _cut_off = data.split(b"\n")
    lines: list[Line] = []
    unreadable = 0
    for each in whole:
        try:
            lines.append(_decoder.decode(each))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            unreadable += 1
    return lines, unreadable
