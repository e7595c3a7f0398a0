"""What is listed has two names, and what is not is refused as the venue refuses it."""

import pytest

from sansio_exchange.simulation.listings import Listings


def unknown(name: str) -> KeyError:
    return KeyError(f"no {name}")


def test_by_our_symbol_and_by_the_venues_name() -> None:
    listed = Listings({"BTCUSDT": 1, "ETHUSDT": 2}, unknown, {"BTC_USDT": 1, "ETH_USDT": 2})
    assert list(listed) == [1, 2]
    assert listed.of("ETHUSDT") == listed.find("ETH_USDT") == listed.get("ETH_USDT") == 2
    assert listed.get("ETHUSDT") is None
    with pytest.raises(KeyError, match="no ETHUSDT"):
        listed.find("ETHUSDT")


def test_names_are_symbols_where_nothing_else_is_said() -> None:
    assert Listings({"BTCUSDT": 1}, unknown).find("BTCUSDT") == 1
