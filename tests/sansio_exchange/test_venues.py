"""Venues by name."""

import pytest

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venues import NETWORKS, make_venue


@pytest.mark.parametrize(("name", "network"), [(name, network) for name in NETWORKS for network in NETWORKS[name]])
def test_every_venue_can_be_made_for_each_of_its_networks(name: str, network: str) -> None:
    venue = make_venue(name, network=network)
    assert venue.name == name
    assert "private" in venue.sockets
    assert venue.budgets()


@pytest.mark.parametrize(
    ("name", "network", "field"), [("nyse", "mainnet", "exchange"), ("binance", "moon", "network")]
)
def test_what_does_not_exist_names_the_field(name: str, network: str, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        make_venue(name, network=network)
    assert refused.value.field == field


def test_single_endpoints_can_be_replaced() -> None:
    venue = make_venue("binance", endpoints={"public": "ws://127.0.0.1:1"})
    recipe = venue.url("market")
    with pytest.raises(StopIteration) as done:
        next(recipe)
    assert done.value.value.startswith("ws://127.0.0.1:1/")
