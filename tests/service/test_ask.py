"""How long the core may take to answer a call."""

import pytest
from grpclib.metadata import Deadline

from service.ask import DEFAULT_TIMEOUT, MAX_TIMEOUT, NOBODY, Call


def within(seconds: float) -> float:
    return Call("PlaceOrder", "maker", "1", Deadline.from_timeout(seconds)).timeout()


@pytest.mark.parametrize(("seconds", "most"), [(8.0, 7.75), (1.0, 0.9), (0.05, 0.045)])
def test_what_is_known_is_answered_before_the_client_gives_up(seconds: float, most: float) -> None:
    assert within(seconds) <= most


def test_nobody_waits_for_ever() -> None:
    assert within(3600) == MAX_TIMEOUT
    assert NOBODY.timeout() == DEFAULT_TIMEOUT
