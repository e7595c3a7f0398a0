"""What is sent is read as it stands, or refused in the venue's words."""

import contextlib
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.simulation.parameters import Parameters, as_text


class Refused(Exception):
    pass


class Plain(Parameters):
    def missing(self, name: str) -> Exception:
        return Refused(f"missing {name}")

    def malformed(self, name: str, kind: str) -> Exception:
        return Refused(f"{name} is no {kind}")

    def invalid(self, name: str) -> Exception:
        return Refused(f"invalid {name}")


@pytest.mark.parametrize(
    ("read", "value", "refusal"),
    [
        ("text", "", "missing x"),
        ("decimal", "", "missing x"),
        ("decimal", "1e5", "x is no decimal"),
        ("decimal", "NaN", "x is no decimal"),
        ("integer", "-1", "x is no integer"),
        ("integer", "²", "x is no integer"),
        ("integer", "9" * 21, "x is no integer"),
        ("flag", "yes", "invalid x"),
    ],
)
def test_what_cannot_be_read_is_named(read: str, value: str, refusal: str) -> None:
    with pytest.raises(Refused, match=refusal):
        getattr(Plain({"x": value}), read)("x")


def test_what_is_absent_or_empty_has_a_default() -> None:
    for params in (Plain({}), Plain({"x": ""})):
        assert params.optional("x", "y") == "y"
        assert params.integer("x") is None
        assert params.flag("x") is False


@given(st.decimals(min_value=0, max_value=10**9, places=8, allow_nan=False))
def test_any_plain_decimal_is_read_as_written(value: Decimal) -> None:
    assert Plain({"x": f"{value:f}"}).decimal("x") == value


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in ("decimal", "integer", "text", "optional", "flag"):
        with contextlib.suppress(Refused):
            getattr(Plain({"x": text}), read)("x")


@pytest.mark.parametrize(
    ("json", "expected"),
    [(b'"a\\u0062"', "ab"), (b"1.50", "1.50"), (b"true", "true"), (b"null", ""), (b'[{"a":1}]', '[{"a":1}]')],
)
def test_json_values_become_texts(json: bytes, expected: str) -> None:
    assert as_text(msgspec.Raw(json)) == expected


def test_a_broken_json_text_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="truncated"):
        as_text(msgspec.Raw(b'"\\ud800"'))
