"""Reading what a client sent. Every reader names the parameter and raises Refused as Binance words it."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from sansio_exchange.numbers import parse_decimal
from sansio_exchange.simulation.binance.errors import Refused, illegal, invalid, missing

MAX_INTEGER_DIGITS = 20


class Parameters:
    """The parameters of one call, as texts, whichever way they came."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __len__(self) -> int:
        return len(self._values)

    def names(self) -> Collection[str]:
        return self._values.keys()

    def text(self, name: str) -> str:
        """A mandatory text."""
        value = self._values.get(name, "")
        if not value:
            raise missing(name)
        return value

    def optional(self, name: str, default: str = "") -> str:
        """A text that may be absent but not empty."""
        value = self._values.get(name)
        if value is None:
            return default
        if not value:
            raise Refused(-1105, f"Parameter '{name}' was empty.")
        return value

    def integer(self, name: str) -> int | None:
        """A whole number from 0 up, or None where it is absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not value:
            raise missing(name)
        if not (value.isascii() and value.isdigit() and len(value) <= MAX_INTEGER_DIGITS):
            raise illegal(name, "^[0-9]{1,20}$")
        return int(value)

    def limit(self, default: int, largest: int) -> int:
        """How many rows are wanted; more than there may be is cut to `largest`, as Binance does."""
        value = self.integer("limit")
        if value is None:
            return default
        if value == 0:
            raise invalid("limit")
        return min(value, largest)

    def decimal(self, name: str) -> Decimal:
        """A mandatory decimal."""
        value = self._values.get(name, "")
        if not value:
            raise missing(name)
        try:
            if "e" in value.lower():
                raise ValueError("an exponent")
            return parse_decimal(value)
        except ValueError:
            raise illegal(name, "^([0-9]{1,20})(\\.[0-9]{1,20})?$") from None

    def flag(self, name: str) -> bool:
        """true or false in any case; false where it is absent."""
        value = self.optional(name, "false").lower()
        if value not in {"true", "false"}:
            raise invalid(name)
        return value == "true"

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
