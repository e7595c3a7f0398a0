"""Reading what a client sent, refused as Binance words it."""

from collections.abc import Mapping

import msgspec

from sansio_exchange.simulation import parameters
from sansio_exchange.simulation.binance.errors import Refused, illegal, invalid, missing

LEGAL = {"integer": "^[0-9]{1,20}$", "decimal": "^([0-9]{1,20})(\\.[0-9]{1,20})?$"}


class Parameters(parameters.Parameters):
    """Every reader names the parameter and raises Refused. What is sent must not be empty."""

    __slots__ = ()

    def missing(self, name: str) -> Refused:
        return missing(name)

    def malformed(self, name: str, kind: str) -> Refused:
        return illegal(name, LEGAL[kind])

    def invalid(self, name: str) -> Refused:
        return invalid(name)

    def optional(self, name: str, default: str = "") -> str:
        """A text that may be absent but not empty."""
        value = self._values.get(name)
        if value is None:
            return default
        if not value:
            raise Refused(-1105, f"Parameter '{name}' was empty.")
        return value

    def integer(self, name: str) -> int | None:
        if self._values.get(name) == "":
            raise missing(name)
        return super().integer(name)

    def limit(self, default: int, largest: int) -> int:
        """How many rows are wanted; more than there may be is cut to `largest`, as Binance does."""
        value = self.integer("limit")
        if value is None:
            return default
        if value == 0:
            raise self.invalid("limit")
        return min(value, largest)

    def times(self, longest_ms: int) -> tuple[int, int]:
        """startTime and endTime, 0 where absent. Raises Refused where they are swapped or too far apart."""
        start, end = self.integer("startTime") or 0, self.integer("endTime") or 0
        if start and end:
            if start > end:
                raise Refused(-1023, "Start time is greater than end time.")
            if longest_ms and end - start > longest_ms:
                hours = longest_ms // 3_600_000
                raise Refused(
                    -1127, f"Lookup interval is too big. More than {hours} hours between startTime and endTime."
                )
        return start, end


def from_json(values: Mapping[str, msgspec.Raw]) -> Parameters:
    """The members of a JSON object. Raises Refused (-1100) for what is no text."""
    try:
        return Parameters({name: parameters.as_text(raw) for name, raw in values.items()})
    except ValueError:
        raise Refused(-1100, "Illegal characters found in a parameter.") from None
