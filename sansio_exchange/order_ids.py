"""One int64 for every order, also where the venue's own id is a UUID or a longer number.

A whole number below 2**62 stands for itself. Any other id is hashed to a number from 2**62 up, so that the two kinds
never meet, and the same id gives the same number in every process; the way back is remembered here. After a restart it
is known again as soon as the venue has named the order: in the list of open orders, on the stream, in any answer.
"""

import re
from collections import OrderedDict
from hashlib import blake2b, sha256

from sansio_exchange.numbers import int64_from_text

PLAIN = 1 << 62
REMEMBERED = 100_000
"""Ids kept, the newest used; an order that works longer than so many others is still found by asking the venue."""


class OrderIds:
    """The two names of each order of one venue."""

    def __init__(self) -> None:
        self._venue_ids: OrderedDict[int, str] = OrderedDict()

    def number(self, venue_id: str) -> int:
        """The int64 of the venue's id. Raises ValueError for an id that is empty."""
        if not venue_id:
            raise ValueError("an order without an id")
        if venue_id.isascii() and venue_id.isdigit() and venue_id[0] != "0" and (plain := int(venue_id)) < PLAIN:
            return plain
        number = PLAIN | int.from_bytes(blake2b(venue_id.encode(), digest_size=8).digest()) >> 2
        self._venue_ids[number] = venue_id
        self._venue_ids.move_to_end(number)
        if len(self._venue_ids) > REMEMBERED:
            self._venue_ids.popitem(last=False)
        return number

    def venue_id(self, number: int) -> str | None:
        """The venue's id of an order, or None where this process has not heard of it yet."""
        return str(number) if number < PLAIN else self._venue_ids.get(number)


def plain_number(venue_id: str) -> int:
    """The int64 of an order where the venue's own id is one. Raises ValueError for what is none."""
    number = int64_from_text(venue_id)
    if number <= 0:
        raise ValueError("an id that is none")
    return number


def name_or_digest(name: str, form: re.Pattern[str], length: int) -> str:
    """A client order id: `name` where it is of the venue's form, else a digest of it of so many letters and digits."""
    return name if form.fullmatch(name) else sha256(name.encode()).hexdigest()[:length]
