"""Venues by name."""

import pytest

from sansio_exchange.commands import CancelOrder
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venue import Request
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


@pytest.mark.parametrize("name", NETWORKS)
def test_an_order_can_be_asked_for_by_the_number_of_its_id(name: str) -> None:
    venue_id = "c6f055d9-7f21-4079-913d-e6523a9cfffa" if name == "bybit" else "123456789"
    venue = make_venue(name)
    request = next(venue.recipe(CancelOrder("BTCUSDT", venue.order_number(venue_id))))
    assert isinstance(request, Request)
    assert venue_id in map(str, request.params.values())
    with pytest.raises(ValueError, match=r"."):
        venue.order_number("")
