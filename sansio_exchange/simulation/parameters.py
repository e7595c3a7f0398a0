"""Reading what a client sent: the texts of one call, and the words a venue has for those that it cannot read."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from decimal import Decimal

import msgspec

from sansio_exchange.numbers import parse_decimal

MAX_INTEGER_DIGITS = 20


class Parameters(ABC):
    """The parameters of one call, as texts, whichever way they came. Venues say in a subclass how they refuse."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __len__(self) -> int:
        return len(self._values)

    def names(self) -> Collection[str]:
        return self._values.keys()

    @abstractmethod
    def missing(self, name: str) -> Exception:
        """What to raise for a mandatory parameter that is absent or empty."""

    @abstractmethod
    def malformed(self, name: str, kind: str) -> Exception:
        """What to raise for a value that is no `kind`: "integer" or "decimal"."""

    @abstractmethod
    def invalid(self, name: str) -> Exception:
        """What to raise for a value that is not one of those that exist."""

    def text(self, name: str) -> str:
        """A mandatory text."""
        value = self._values.get(name, "")
        if not value:
            raise self.missing(name)
        return value

    def optional(self, name: str, default: str = "") -> str:
        """A text that may be absent or empty."""
        return self._values.get(name, "") or default

    def integer(self, name: str) -> int | None:
        """A whole number from 0 up, or None where it is absent."""
        value = self.optional(name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= MAX_INTEGER_DIGITS):
            raise self.malformed(name, "integer")
        return int(value)

    def decimal(self, name: str) -> Decimal:
        """A mandatory decimal."""
        value = self.text(name)
        try:
            if "e" in value.lower():
                raise ValueError("an exponent")
            return parse_decimal(value)
        except ValueError:
            raise self.malformed(name, "decimal") from None

    def flag(self, name: str) -> bool:
        """true or false in any case; false where it is absent."""
        value = self.optional(name, "false").lower()
        if value not in {"true", "false"}:
            raise self.invalid(name)
        return value == "true"


def as_text(raw: msgspec.Raw) -> str:
    """A JSON value as it would stand in a query: texts without quotes, null as nothing, numbers exactly as written.

    Raises ValueError for what is no text.
    """
    text = bytes(raw).decode()
    if text.startswith('"'):
        return msgspec.json.decode(raw, type=str)
    return "" if text == "null" else text
