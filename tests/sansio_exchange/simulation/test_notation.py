"""Numbers as they stand in messages: never with an exponent."""

from decimal import Decimal

import pytest

from sansio_exchange.simulation.notation import digits, trimmed


@pytest.mark.parametrize(("step", "expected"), [("0.10", 2), ("1", 0), ("0.00001", 5), ("1E+2", 0)])
def test_decimals_of_a_step(step: str, expected: int) -> None:
    assert digits(Decimal(step)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.500", "0.5"), ("1E+2", "100"), ("100", "100"), ("0.00", "0"), ("-0.00", "0"), ("-1E-7", "-0.0000001")],
)
def test_zeros_at_the_end_go(value: str, expected: str) -> None:
    assert trimmed(Decimal(value)) == expected
