"""Contracts and coins."""

from decimal import Decimal

import pytest

from sansio_exchange.orders import Side
from sansio_exchange.simulation.gate.errors import Refused
from sansio_exchange.simulation.gate.listing import Listings, perpetuals, sized


@pytest.fixture
def listings() -> Listings:
    return Listings({rules.symbol: rules for rules in perpetuals()})


def test_coins_are_counted_in_signed_contracts(listings: Listings) -> None:
    btc = listings.of("BTCUSDT")
    assert (btc.signed(Decimal("0.0123"), Side.BUY), btc.signed(Decimal("0.0123"), Side.SELL)) == (123, -123)
    assert btc.quantity(Decimal(123)) == Decimal("0.0123")
    assert listings.of("DOGEUSDT").count(Decimal(50)) == 5


def test_the_smallest_order_is_one_contract() -> None:
    for rules in perpetuals():
        assert rules.min_quantity == rules.step_size == rules.contract_size


def test_listings_are_found_by_gates_name(listings: Listings) -> None:
    assert listings.find("ETH_USDT").symbol == "ETHUSDT"
    assert [each.name for each in listings.chosen("ETH_USDT")] == ["ETH_USDT"]
    assert len(listings.chosen("")) == 6
    for name in ("ETHUSDT", "eth_usdt"):
        with pytest.raises(Refused, match="not found"):
            listings.chosen(name)


def test_a_size_is_a_number_or_a_text() -> None:
    assert (sized(-5, is_decimal=False), sized(-5, is_decimal=True)) == (-5, "-5")
