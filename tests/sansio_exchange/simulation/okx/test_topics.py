"""Arguments name topics; the same argument the same topic."""

import pytest

from sansio_exchange.simulation.okx.listing import Listings, swaps
from sansio_exchange.simulation.okx.parameters import Parameters
from sansio_exchange.simulation.okx.topics import NoSuchTopic, Topic, read_topic, topics_about

LISTINGS = Listings({each.symbol: each for each in swaps()})
BTC = "BTC-USDT-SWAP"


def test_an_argument_is_told_as_it_was_meant() -> None:
    arg = {"channel": "orders", "instType": "SWAP", "instFamily": "BTC-USDT", "instId": BTC}
    assert read_topic(Parameters(arg), "private", "demo", LISTINGS).arg() == arg


@pytest.mark.parametrize(
    "params", ['{"updateInterval":"0"}', '{"updateInterval": "0"}', '{\\"updateInterval\\":\\"0\\"}']
)
def test_extra_parameters_ask_for_silence(params: str) -> None:
    topic = read_topic(Parameters({"channel": "account", "extraParams": params}), "private", "demo", LISTINGS)
    assert topic.quiet
    other = read_topic(Parameters({"channel": "account"}), "private", "demo", LISTINGS)
    assert not other.quiet


@pytest.mark.parametrize("kind", ["SWAP", "ANY"])
@pytest.mark.parametrize("family", ["", "BTC-USDT"])
@pytest.mark.parametrize("inst_id", ["", BTC])
def test_every_topic_about_an_instrument_is_found(kind: str, family: str, inst_id: str) -> None:
    arg = {"channel": "orders", "instType": kind, "instFamily": family, "instId": inst_id}
    topic = read_topic(Parameters(arg), "private", "demo", LISTINGS)
    assert topic in topics_about("orders", "demo", BTC, "BTC-USDT")
    assert topic not in topics_about("orders", "other", BTC, "BTC-USDT")


def test_what_is_not_a_channel_is_named() -> None:
    with pytest.raises(NoSuchTopic, match="channel:x,instId:y"):
        read_topic(Parameters({"channel": "x", "instId": "y"}), "public", "", LISTINGS)
    assert read_topic(Parameters({"channel": "status"}), "public", "", LISTINGS) == Topic("status")
