"""One int64 for every order, whatever the venue calls it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange import order_ids
from sansio_exchange.order_ids import OrderIds, name_or_digest, plain_number

UUID = "c6f055d9-7f21-4079-913d-e6523a9cfffa"


@given(st.integers(1, order_ids.PLAIN - 1))
def test_a_number_stands_for_itself_in_every_process(number: int) -> None:
    assert OrderIds().number(str(number)) == number
    assert OrderIds().venue_id(number) == str(number)


@given(st.uuids().map(str) | st.text(min_size=1) | st.integers(order_ids.PLAIN, 10**40).map(str))
def test_any_other_id_gets_the_same_int64_in_every_process(venue_id: str) -> None:
    ids = OrderIds()
    number = ids.number(venue_id)
    assert 0 < number < 1 << 63
    assert ids.venue_id(number) == venue_id
    assert OrderIds().number(venue_id) == number


def test_the_number_of_a_known_id_never_changes() -> None:
    """Clients keep it over restarts and releases."""
    assert OrderIds().number(UUID) == 5494939577396891472


@pytest.mark.parametrize("venue_id", ["007", "0", "-5", "1.0", "\uff11\uff12"])
def test_what_only_looks_like_a_number_keeps_its_own_way_back(venue_id: str) -> None:
    ids = OrderIds()
    assert ids.venue_id(ids.number(venue_id)) == venue_id
    assert ids.number(venue_id) >= order_ids.PLAIN


def test_after_a_restart_an_id_is_unknown_until_the_venue_names_it() -> None:
    number = OrderIds().number(UUID)
    restarted = OrderIds()
    assert restarted.venue_id(number) is None
    restarted.number(UUID)
    assert restarted.venue_id(number) == UUID


def test_an_empty_id_is_none() -> None:
    with pytest.raises(ValueError, match="without an id"):
        OrderIds().number("")


@pytest.mark.parametrize("venue_id", ["", "0", "-1", "x", str(1 << 63), UUID])
def test_what_is_no_int64_is_no_id_of_a_venue_that_numbers_its_orders(venue_id: str) -> None:
    assert plain_number("7") == 7
    with pytest.raises(ValueError, match=r"."):
        plain_number(venue_id)


def test_what_was_not_heard_of_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_ids, "REMEMBERED", 2)
    ids = OrderIds()
    first, second = ids.number("a"), ids.number("b")
    ids.number("a")
    ids.number("c")
    assert ids.venue_id(first) == "a"
    assert ids.venue_id(second) is None


def test_a_client_order_id_is_the_name_or_of_the_same_length_and_form_for_every_other() -> None:
    form = re.compile("[a-z0-9]{1,8}")
    assert name_or_digest("mine1", form, 8) == "mine1"
    made = {name_or_digest(name, form, 8) for name in ("Mine1", "Mine2", "much too long")}
    assert len(made) == 3
    assert all(form.fullmatch(each) and len(each) == 8 for each in made)
