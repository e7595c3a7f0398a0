"""How numbers stand in a venue's messages."""

from decimal import Decimal

from sansio_exchange.numbers import plain


def digits(step: Decimal) -> int:
    """Decimals in `step` as written: 2 for 0.10."""
    return max(0, -int(step.as_tuple().exponent))


def trimmed(value: Decimal) -> str:
    """In plain notation without zeros at its end: 0.5 for 0.500, 100 for 1E+2, 0 for 0.00."""
    text = plain(value)
    if "." not in text:
        return text
    text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
