"""Decimals as they stand on every wire: plain notation, never an exponent, never NaN."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import msgspec

ZERO = Decimal(0)
MAX_DIGITS = 40
"""More digits than any venue's price or quantity has; a longer text is refused before it is parsed."""


def plain(value: Decimal) -> str:
    """`value` in plain notation: `Decimal("1E-7")` gives `0.0000001`. Trailing zeros are kept."""
    return format(value, "f")


def parse_decimal(text: str) -> Decimal:
    """The finite decimal that `text` says.

    Raises ValueError, naming the rule, for an empty text, white space, underscores, NaN, infinities and
    numbers of more than MAX_DIGITS digits in plain notation.
    """
    if not text:
        raise ValueError("must not be empty")
    if len(text) > MAX_DIGITS + 2:
        raise ValueError(f"must have at most {MAX_DIGITS} digits")
    if not text.isascii() or "_" in text or text != text.strip():
        raise ValueError(f"must be a decimal number in plain ASCII digits, got {text!r}")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"must be a decimal number, got {text!r}") from None
    if not value.is_finite():
        raise ValueError(f"must be a finite number, got {text!r}")
    if abs(value.adjusted()) > MAX_DIGITS or -int(value.as_tuple().exponent) > MAX_DIGITS:
        raise ValueError(f"must have at most {MAX_DIGITS} digits")
    return value


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether `value` lies on the grid of `step`; a step of zero means no grid."""
    return step == 0 or value % step == 0


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `value` (towards minus infinity)."""
    return (value // step - (1 if value < 0 and value % step else 0)) * step


def decimal_places(step: Decimal) -> int:
    """How many decimal places a multiple of `step` may have."""
    return max(0, -int(step.normalize().as_tuple().exponent))


def require_sane(*values: Decimal) -> None:
    """What every decimal that a venue's typed decoder let through must be: finite and of a printable size.

    Raises ValueError. Decoders take "NaN" and "1E+999999" for decimals as well.
    """
    for value in values:
        if not value.is_finite() or not -MAX_DIGITS <= value.adjusted() <= MAX_DIGITS:
            raise ValueError("a number is not finite or has too many digits")


def from_text(text: str | None) -> Decimal:
    """What a venue says that writes its numbers as text: "" and null are how it leaves one out, here 0.

    Raises ValueError for what is no number, is not finite or has too many digits.
    """
    if not text:
        return ZERO
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is not a number") from None
    require_sane(value)
    return value


INT64_MAX = 2**63 - 1
Ms = Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]
"""A time in ms since the epoch as a venue states it in a number: what exceeds an int64 fits into no message of ours."""


def int64_from_text(text: str | None) -> int:
    """An id or a time in text; "" and null are 0. Raises ValueError for what is no whole number or exceeds an int64."""
    if not text:
        return 0
    if len(text) > 20 or not text.isascii():
        raise ValueError(f"{text[:40]!r} does not fit into 64 bits")
    value = int(text)
    if not -INT64_MAX <= value <= INT64_MAX:
        raise ValueError(f"{text[:40]!r} does not fit into 64 bits")
    return value
