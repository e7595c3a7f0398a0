"""What clients send, read or refused."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import msgspec
import pytest

from sansio_exchange.simulation.gate.errors import Refused
from sansio_exchange.simulation.gate.parameters import Parameters, from_json, paged


def label(read: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        read()
    return caught.value.label


def test_a_size_is_a_signed_whole_number_in_either_form() -> None:
    for text in ("-12", "12", "7.0"):
        assert Parameters({"size": text}).contracts("size") == Decimal(text)
    for text in ("1.5", "NaN", "1e3", "--1", " 1"):
        assert label(partial(Parameters({"size": text}).contracts, "size")) == "INVALID_PARAM_VALUE"
    assert label(lambda: Parameters({}).contracts("size")) == "MISSING_REQUIRED_PARAM"


def test_a_price_may_be_left_out() -> None:
    assert Parameters({}).price("price") == 0
    assert Parameters({"price": "31503.280000"}).price("price") == Decimal("31503.28")
    assert label(lambda: Parameters({"price": "-0.1"}).price("price")) == "INVALID_PARAM_VALUE"


def test_times_are_sent_in_seconds_and_both_are_included() -> None:
    assert Parameters({"from": "10", "to": "20"}).span_ms() == (10_000, 20_999)
    assert Parameters({}).span_ms() == (0, 0)


def test_a_page_is_a_part_of_the_whole() -> None:
    page, headers = paged(Parameters({"limit": "2", "offset": "3"}), "abcdefg")
    assert (page, headers["X-Pagination-Total"]) == ("de", "7")
    assert len(paged(Parameters({}), range(500))[0]) == 100
    assert label(lambda: paged(Parameters({"limit": "1001"}), "")) == "INVALID_PARAM_VALUE"


def test_bodies_have_numbers_texts_and_nothing() -> None:
    body = msgspec.json.decode(b'{"size": -5, "price": "1.5", "text": null}', type=dict[str, msgspec.Raw])
    read = from_json(body)
    assert (read.contracts("size"), read.price("price"), read.optional("text")) == (Decimal(-5), Decimal("1.5"), "")
