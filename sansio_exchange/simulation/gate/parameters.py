"""Reading what a client sent, refused as Gate words it. An empty text is the same as none."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from sansio_exchange.simulation import parameters
from sansio_exchange.simulation.gate.errors import Refused, malformed_body, missing, wrong

LARGEST_PAGE = 1000
"""Source: Gate API v4, "Pagination": 100 where nothing is said, at most 1000."""
USUAL_PAGE = 100

Item = TypeVar("Item")


class Parameters(parameters.Parameters):
    """Every reader names the parameter and raises Refused (MISSING_REQUIRED_PARAM, INVALID_PARAM_VALUE)."""

    __slots__ = ()

    def missing(self, name: str) -> Refused:
        return missing(name)

    def malformed(self, name: str, kind: str) -> Refused:
        return wrong(name, self.optional(name))

    def invalid(self, name: str) -> Refused:
        return wrong(name, self.optional(name))

    def contracts(self, name: str) -> Decimal:
        """A mandatory signed size: a whole number, or a text that says one; which contracts trade fractions none."""
        value = self.decimal(name)
        if value != value.to_integral_value():
            raise self.invalid(name)
        return value

    def price(self, name: str) -> Decimal:
        """0 where it is absent: the price of a market order."""
        if not self.optional(name):
            return Decimal(0)
        value = self.decimal(name)
        if value < 0:
            raise self.invalid(name)
        return value

    def page(self) -> tuple[int, int]:
        """limit and offset."""
        limit = self.integer("limit")
        if limit is None:
            limit = USUAL_PAGE
        if not 0 < limit <= LARGEST_PAGE:
            raise self.invalid("limit")
        return limit, self.integer("offset") or 0

    def span_ms(self) -> tuple[int, int]:
        """from and to, both included, in milliseconds; they are sent in seconds. 0 for none."""
        until = self.integer("to")
        return (self.integer("from") or 0) * 1000, until * 1000 + 999 if until else 0


def from_json(values: Mapping[str, msgspec.Raw]) -> Parameters:
    """The members of a JSON object. Raises Refused (INVALID_REQUEST_BODY) for what is no text."""
    try:
        return Parameters({name: parameters.as_text(raw) for name, raw in values.items()})
    except ValueError:
        raise malformed_body() from None


def paged(params: Parameters, items: Sequence[Item]) -> tuple[Sequence[Item], dict[str, str]]:
    """The page that is asked for, and the headers that say which. Raises Refused (INVALID_PARAM_VALUE)."""
    limit, offset = params.page()
    headers = {
        "X-Pagination-Limit": str(limit),
        "X-Pagination-Offset": str(offset),
        "X-Pagination-Total": str(len(items)),
    }
    return items[offset : offset + limit], headers
