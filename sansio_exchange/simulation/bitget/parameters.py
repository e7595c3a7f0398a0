"""Reading what a client sent, refused as Bitget words it. An empty text is the same as none."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from sansio_exchange.simulation import parameters
from sansio_exchange.simulation.bitget.errors import Refused, missing, unreadable, wrong

PRODUCT_TYPE = "USDT-FUTURES"
PRODUCT_TYPES = frozenset(
    {PRODUCT_TYPE, "COIN-FUTURES", "USDC-FUTURES", "SUSDT-FUTURES", "SCOIN-FUTURES", "SUSDC-FUTURES"}
)
"""Bitget's futures; those with an S were its demo coins. Of all of them only USDT-margined ones are listed here."""
MARGIN_COIN = "USDT"
_rows = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode


class Parameters(parameters.Parameters):
    """Every reader names the parameter and raises Refused (40019, 40020)."""

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

    def says_yes(self, name: str) -> bool:
        """YES or NO in any case; NO where it is absent."""
        value = self.optional(name, "NO").upper()
        if value not in {"YES", "NO"}:
            raise wrong(name)
        return value == "YES"

    def is_listed_product(self) -> bool:
        """Whether productType, which is mandatory and in any case, names the products that this venue lists."""
        product = self.text("productType").upper()
        if product not in PRODUCT_TYPES:
            raise wrong("productType")
        return product == PRODUCT_TYPE

    def check_margin_coin(self) -> None:
        """Where marginCoin is given it must be the products' own."""
        if self.optional("marginCoin", MARGIN_COIN).upper() != MARGIN_COIN:
            raise wrong("marginCoin")

    def limit(self, default: int, largest: int, name: str = "limit") -> int:
        """How many rows are wanted. More than there may be is refused; not found in documentation."""
        value = self.integer(name)
        if value is None:
            return default
        if not 0 < value <= largest:
            raise wrong(name)
        return value

    def span(self) -> tuple[int, int]:
        """startTime and endTime in milliseconds; 0 for none."""
        return self.integer("startTime") or 0, self.integer("endTime") or 0

    def rows(self, name: str, most: int) -> list["Parameters"]:
        """A list of objects in a body; empty where it is absent. Raises Refused (40017, 40306)."""
        text = self.optional(name)
        if not text:
            return []
        try:
            rows = _rows(text.encode())
        except (msgspec.DecodeError, UnicodeError):
            raise unreadable() from None
        if len(rows) > most:
            raise Refused(40306, f"Batch processing orders can only process up to {most}", status=400)
        return [from_json(each) for each in rows]

    def joined(self, row: "Parameters") -> "Parameters":
        """A row of a batch with what stands beside the rows and is common to them."""
        return Parameters({**self._values, **{name: row.optional(name) for name in row.names()}})


def from_json(values: Mapping[str, msgspec.Raw]) -> Parameters:
    """The members of a JSON object. Raises Refused (40017) for what is no text."""
    try:
        return Parameters({name: parameters.as_text(raw) for name, raw in values.items()})
    except ValueError:
        raise unreadable() from None
