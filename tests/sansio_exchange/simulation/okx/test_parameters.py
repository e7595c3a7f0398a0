"""What cannot be read is refused in OKX's words."""

import msgspec
import pytest

from sansio_exchange.simulation.okx.errors import Refused
from sansio_exchange.simulation.okx.parameters import Parameters, from_json


@pytest.mark.parametrize(
    ("read", "value", "code"),
    [
        ("text", "", "50014"),
        ("decimal", "x", "51000"),
        ("integer", "x", "51000"),
        ("flag", "x", "51000"),
        ("positive", "0", "51000"),
        ("positive", "-1", "51000"),
    ],
)
def test_every_reader_names_the_parameter(read: str, value: str, code: str) -> None:
    with pytest.raises(Refused, match="Parameter x ") as caught:
        getattr(Parameters({"x": value}), read)("x")
    assert caught.value.code == code


def test_pages_and_limits() -> None:
    params = Parameters({"before": "3", "after": "9", "begin": "1", "limit": "50"})
    assert (params.page(), params.span(), params.limit(100, 100)) == ((3, 9), (1, 0), 50)
    for limit in ("0", "101"):
        with pytest.raises(Refused):
            Parameters({"limit": limit}).limit(100, 100)


def test_null_is_nothing() -> None:
    assert from_json({"x": msgspec.Raw(b"null")}).optional("x", "y") == "y"
    with pytest.raises(Refused) as caught:
        from_json({"x": msgspec.Raw(b'"\\ud800"')})
    assert caught.value.code == "50002"
