"""Contracts and coins, and the names of instruments."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from sansio_exchange.numbers import is_multiple
from sansio_exchange.simulation.okx.errors import Refused
from sansio_exchange.simulation.okx.listing import CONTRACTS, Listing, Listings, swaps
from sansio_exchange.simulation.symbols import CHARACTERS

BITCOIN, ETHER, *_, DOGE = (Listing(each, place) for place, each in enumerate(swaps()))


def test_sizes_are_turned_into_coins_and_back_without_loss() -> None:
    assert BITCOIN.contracts(Decimal("0.0001")) == "0.01"
    assert BITCOIN.quantity(Decimal("0.01")) == Decimal("0.0001")
    assert ETHER.contracts(Decimal("1.5")) == "15"
    assert DOGE.contracts(Decimal(-1000)) == "-1"
    assert DOGE.quantity(Decimal("0.01")) == 10


def test_rules_are_in_coins_and_fit_each_other() -> None:
    for rules, contract in zip(swaps(), CONTRACTS, strict=True):
        assert rules.contract_size == Decimal(contract.value)
        assert rules.step_size == rules.min_quantity == Decimal(contract.lot) * rules.contract_size
        assert is_multiple(rules.max_quantity, rules.step_size)
        assert is_multiple(rules.max_market_quantity, rules.step_size)
        assert is_multiple(CHARACTERS[rules.symbol].price, rules.tick_size)
        assert rules.min_notional == 0


def test_instruments_are_found_by_every_name_they_have() -> None:
    listings = Listings({each.symbol: each for each in swaps()})
    bitcoin = listings.find("BTC-USDT-SWAP")
    assert listings.of("BTCUSDT") is listings.get("BTC-USDT-SWAP") is listings.find_code("10459") is bitcoin
    assert (listings.name_of_code("10459"), listings.name_of_code("5")) == ("BTC-USDT-SWAP", "5")
    for look_up in (listings.find, listings.find_code):
        with pytest.raises(Refused) as caught:
            look_up("BTCUSDT")
        assert caught.value.code == "51001"


def test_what_is_not_known_gets_codes_of_its_own() -> None:
    rules = replace(swaps()[0], base_asset="PEPE")
    assert Listing(rules, 0).code != Listing(rules, 1).code
