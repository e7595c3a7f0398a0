"""The contracts that are listed."""

from decimal import Decimal

import pytest

from sansio_exchange.simulation.bitget.errors import Refused
from sansio_exchange.simulation.bitget.listing import Listings, perpetuals

LISTINGS = Listings({each.symbol: each for each in perpetuals()})


def test_ticks_are_multiples_in_the_last_decimal() -> None:
    ticks = {each.symbol: each.rules.tick_size for each in LISTINGS}
    assert (ticks["BTCUSDT"], ticks["BNBUSDT"], ticks["DOGEUSDT"]) == (
        Decimal("0.1"),
        Decimal("0.05"),
        Decimal("0.00001"),
    )


def test_a_contract_is_found_in_any_case_and_an_unknown_one_is_refused() -> None:
    assert LISTINGS.find("btcusdt").symbol == "BTCUSDT"
    assert LISTINGS.get("nope") is None
    with pytest.raises(Refused) as refused:
        LISTINGS.find("NOPEUSDT")
    assert refused.value.code == "40034"
