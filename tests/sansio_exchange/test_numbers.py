"""Decimals in plain notation: what goes out, what comes in, what lies on a grid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.numbers import (
    MAX_DIGITS,
    floor_to,
    from_text,
    int64_from_text,
    is_multiple,
    parse_decimal,
    plain,
)

DECIMALS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=Decimal("-1e15"), max_value=Decimal("1e15"), places=8
)
STEPS = st.sampled_from([Decimal(step) for step in ("0.00000001", "0.001", "0.1", "1", "5", "100", "0.25")])


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E-7", "0.0000001"), ("1E+3", "1000"), ("1.500", "1.500"), ("0E-8", "0.00000000"), ("-2", "-2")],
)
def test_nothing_goes_out_with_an_exponent(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@given(DECIMALS)
def test_what_goes_out_comes_in_again(value: Decimal) -> None:
    assert parse_decimal(plain(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", " 1", "1 ", "1\n", "1_000", "1,5", "NaN", "sNaN", "Infinity", "-inf", "0x10", "one", "1e", "\u0661",
     "\uff11", "1e999999999", "1e41", "1e-41", "9" * (MAX_DIGITS + 3), "--1", "1.2.3", "\x00"],
)  # fmt: skip
def test_what_is_no_plain_finite_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_decimal(text)


@given(st.text(max_size=60))
def test_any_text_is_a_finite_number_or_a_value_error(text: str) -> None:
    try:
        value = parse_decimal(text)
    except ValueError:
        return
    assert value.is_finite()
    assert len(plain(value)) <= 2 * MAX_DIGITS + 3


@given(DECIMALS, STEPS)
def test_floor_is_the_largest_multiple_not_above(value: Decimal, step: Decimal) -> None:
    floor = floor_to(value, step)
    assert is_multiple(floor, step)
    assert floor <= value < floor + step


def test_a_step_of_zero_is_no_grid() -> None:
    assert is_multiple(Decimal("0.12345"), Decimal(0))
    assert not is_multiple(Decimal("0.15"), Decimal("0.1"))


@pytest.mark.parametrize(
    ("text", "value"), [("", 0), (None, 0), ("0", 0), ("-0.5", Decimal("-0.5")), ("1E-7", Decimal("1E-7"))]
)
def test_numbers_of_venues_that_write_them_as_text(text: str | None, value: Decimal) -> None:
    assert from_text(text) == value


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1E+999", "abc", "1,5", "1" * 60])
def test_a_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        from_text(text)


@pytest.mark.parametrize(("text", "value"), [("", 0), (None, 0), ("12", 12), ("9223372036854775807", 2**63 - 1)])
def test_ids_and_times_as_text(text: str | None, value: int) -> None:
    assert int64_from_text(text) == value


@pytest.mark.parametrize("text", ["9223372036854775808", "1.5", "12345678901234567890123", "x"])
def test_an_id_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"64 bits|invalid literal"):
        int64_from_text(text)
