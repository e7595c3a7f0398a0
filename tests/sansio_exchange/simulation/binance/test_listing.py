"""Numbers as Binance writes them: with the decimals of tick and step, never with an exponent."""

from decimal import Decimal

import pytest

from sansio_exchange.simulation.binance.errors import Refused
from sansio_exchange.simulation.binance.listing import Listing, Listings, amount
from sansio_exchange.simulation.symbols import default_rules

BITCOIN, *_, DOGE = (Listing(each) for each in default_rules())


def test_prices_and_quantities_have_fixed_decimals() -> None:
    assert BITCOIN.price(Decimal(95000)) == "95000.00"
    assert BITCOIN.quantity(Decimal("0.1")) == "0.100"
    assert DOGE.price(Decimal("1E-5")) == "0.00001"
    assert DOGE.quantity(Decimal("1E+3")) == "1000"
    assert amount(Decimal("-1E-7")) == "-0.00000010"


def test_symbols_are_found_as_rest_and_as_streams_name_them() -> None:
    listings = Listings({each.symbol: each for each in default_rules()})
    assert listings.of_stream("btcusdt") is listings.find("BTCUSDT")
    assert listings.of_stream("BTCUSDT") is None
    with pytest.raises(Refused, match="Invalid symbol"):
        listings.find("btcusdt")
