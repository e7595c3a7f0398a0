"""Local venues by name."""

import pytest

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.simulation.venues import LOCAL_VENUES, make_local_venue


@pytest.mark.parametrize("name", sorted(LOCAL_VENUES))
def test_every_venue_can_be_made(name: str) -> None:
    machine = make_local_venue(name, seed=1, start_ms=1_700_000_000_000)
    assert machine.deadline() is None, "before its first input it knows no time"


def test_an_unknown_venue_is_named_with_those_that_exist() -> None:
    with pytest.raises(InvalidRequest, match=r"exchange: 'mtgox' is not one of binance, bitget, bybit, "):
        make_local_venue("mtgox", seed=1, start_ms=0)
