"""Reading what a client sent, refused as OKX words it. An empty text is the same as none."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from sansio_exchange.simulation import parameters
from sansio_exchange.simulation.okx.errors import Refused, missing, wrong


class Parameters(parameters.Parameters):
    """Every reader names the parameter and raises Refused (50014, 51000)."""

    __slots__ = ()

    def missing(self, name: str) -> Refused:
        return missing(name)

    def malformed(self, name: str, kind: str) -> Refused:
        return wrong(name)

    def invalid(self, name: str) -> Refused:
        return wrong(name)

    def positive(self, name: str) -> Decimal:
        value = self.decimal(name)
        if value <= 0:
            raise wrong(name)
        return value

    def limit(self, default: int, largest: int) -> int:
        """How many rows are wanted. More than there may be is refused; not found in documentation."""
        value = self.integer("limit")
        if value is None:
            return default
        if not 0 < value <= largest:
            raise wrong("limit")
        return value

    def page(self) -> tuple[int, int]:
        """Rows wanted lie between these, both excluded: `before` (newer than) and `after` (older than); 0 for none."""
        return self.integer("before") or 0, self.integer("after") or 0

    def span(self) -> tuple[int, int]:
        """begin and end in milliseconds, both included; 0 for none."""
        return self.integer("begin") or 0, self.integer("end") or 0


def from_json(values: Mapping[str, msgspec.Raw]) -> Parameters:
    """The members of a JSON object. Raises Refused (50002) for what is no text."""
    try:
        return Parameters({name: parameters.as_text(raw) for name, raw in values.items()})
    except ValueError:
        raise Refused(50002, "JSON syntax error", status=400) from None
