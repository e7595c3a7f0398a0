"""Reading what a client sent, refused as Bybit words it. An empty text is the same as none."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from sansio_exchange.simulation import parameters
from sansio_exchange.simulation.bybit.errors import Refused, missing, not_offered, wrong

LINEAR = "linear"
CATEGORIES = frozenset({LINEAR, "inverse", "spot", "option"})


class Parameters(parameters.Parameters):
    """Every reader names the parameter and raises Refused (10001)."""

    __slots__ = ()

    def missing(self, name: str) -> Refused:
        return missing(name)

    def malformed(self, name: str, kind: str) -> Refused:
        return wrong(f"{name} invalid")

    def invalid(self, name: str) -> Refused:
        return wrong(f"{name} invalid")

    def positive(self, name: str) -> Decimal:
        value = self.decimal(name)
        if value <= 0:
            raise wrong(f"{name} invalid")
        return value

    def limit(self, default: int, largest: int) -> int:
        """How many rows are wanted, from 1 to `largest`."""
        value = self.integer("limit")
        if value is None:
            return default
        if not 0 < value <= largest:
            raise wrong("limit invalid")
        return value

    def is_linear(self) -> bool:
        """Whether a query is about the one product there is; of the others nothing is listed."""
        category = self.text("category")
        if category not in CATEGORIES:
            raise wrong("category invalid")
        return category == LINEAR

    def require_linear(self) -> None:
        """For calls that act."""
        if not self.is_linear():
            raise not_offered("category " + self.text("category"))

    def refuse_feature(self, name: str, *harmless: str) -> None:
        """Refuse a parameter whose feature is not here, unless its value is one that asks for nothing."""
        if self.optional(name) not in {"", *harmless}:
            raise not_offered(name)


def from_json(values: Mapping[str, msgspec.Raw]) -> Parameters:
    """The members of a JSON object. Raises Refused (10001) for what is no text."""
    try:
        return Parameters({name: parameters.as_text(raw) for name, raw in values.items()})
    except ValueError:
        raise wrong("JSON invalid") from None
