"""UUIDs that are made of numbers and can be turned back."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.simulation.bybit.ids import Ids

NUMBERS = st.integers(min_value=1, max_value=2**62 - 1)
SEEDS = st.integers(min_value=0, max_value=2**64)


@given(seed=SEEDS, number=NUMBERS)
@settings(max_examples=100)
def test_an_orders_uuid_names_its_number(seed: int, number: int) -> None:
    text = Ids(seed).order(number)
    assert str(UUID(text, version=4)) == text
    assert Ids(seed).number(text) == number


@given(number=NUMBERS)
@settings(max_examples=50)
def test_another_venues_uuid_names_nothing(number: int) -> None:
    assert Ids(2).number(Ids(1).order(number)) is None


def test_neighbours_do_not_look_alike() -> None:
    first, second = Ids(7).order(1000), Ids(7).order(1001)
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 20


def test_what_is_no_uuid_names_nothing() -> None:
    text = Ids(7).order(1)
    for other in ("", "1", text.upper(), text.replace("-", ""), text + "0", f"{{{text}}}", "é" * 36):
        assert Ids(7).number(other) is None


def test_executions_of_two_symbols_have_names_of_their_own() -> None:
    ids = Ids(7)
    assert ids.execution("BTCUSDT", "1") != ids.execution("ETHUSDT", "1")
    assert UUID(ids.execution("BTCUSDT", "1")).version == 5
    assert ids.execution("BTCUSDT", "1") == Ids(7).execution("BTCUSDT", "1")
