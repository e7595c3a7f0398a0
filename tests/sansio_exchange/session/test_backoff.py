"""Waits double, stay within their bounds, and are a pure function of seed, name and attempt."""

from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.session.backoff import FIRST, LONGEST, Backoff


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff("private", 1)
    waits = [backoff.failed() for _ in range(12)]
    for attempt, wait in enumerate(waits):
        whole = min(LONGEST, FIRST * 2**attempt)
        assert whole / 2 <= wait <= whole


def test_success_begins_anew() -> None:
    backoff = Backoff("private", 1)
    for _ in range(8):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() <= FIRST


def test_the_same_seed_gives_the_same_waits_and_another_name_others() -> None:
    def waits(name: str, seed: int) -> list[float]:
        backoff = Backoff(name, seed)
        return [backoff.failed() for _ in range(5)]

    assert waits("private", 1) == waits("private", 1)
    assert waits("private", 1) != waits("trade", 1)
    assert waits("private", 1) != waits("private", 2)


@given(st.integers(), st.integers(1, 200))
def test_every_wait_lies_within_the_bounds(seed: int, failures: int) -> None:
    backoff = Backoff("x", seed)
    assert all(FIRST / 2 <= backoff.failed() <= LONGEST for _ in range(failures))
