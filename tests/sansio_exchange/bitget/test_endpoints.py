"""Where topics live, and how sockets are kept alive."""

import pytest

from sansio_exchange.bitget.endpoints import (
    CANDLE_CHANNELS,
    GRANULARITIES,
    NETWORKS,
    PATHS,
    SOCKETS,
    channel_of,
    granularity_of,
    role_of,
)
from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import INTERVALS_MS


@pytest.mark.parametrize(
    ("topic", "channel"),
    [
        (Topic("price", "BTCUSDT"), "trade"),
        (Topic("book", "BTCUSDT"), "books1"),
        (Topic("funding", "BTCUSDT"), "ticker"),
        (Topic("kline", "BTCUSDT", "1m"), "candle1m"),
        (Topic("kline", "BTCUSDT", "4h"), "candle4H"),
        (Topic("kline", "BTCUSDT", "1d"), "candle1Dutc"),
        (Topic("kline", "BTCUSDT", "1w"), "candle1Wutc"),
    ],
)
def test_a_topic_has_a_channel_on_the_public_socket(topic: Topic, channel: str) -> None:
    assert role_of(topic) == "public"
    assert channel_of(topic) == channel


def test_days_begin_at_midnight_utc_as_on_other_venues() -> None:
    long = [granularity for interval, granularity in GRANULARITIES.items() if INTERVALS_MS[interval] >= 21_600_000]
    assert all(granularity.endswith("utc") for granularity in long)


def test_all_intervals_but_eight_hours_can_be_asked_for_and_two_less_are_streamed() -> None:
    assert INTERVALS_MS.keys() - GRANULARITIES.keys() == {"8h"}
    assert GRANULARITIES.keys() - set(CANDLE_CHANNELS.values()) == {"3m", "2h"}
    with pytest.raises(InvalidRequest) as refused:
        granularity_of("8h")
    assert refused.value.field == "interval"
    for interval in ("3m", "2h", "8h", "", "candle1m"):
        with pytest.raises(InvalidRequest) as refused:
            role_of(Topic("kline", "BTCUSDT", interval))
        assert refused.value.field == "interval"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        role_of(Topic("weather", "BTCUSDT"))


def test_every_socket_is_pinged_before_the_venue_ends_it() -> None:
    assert SOCKETS.keys() == PATHS.keys()
    for socket in SOCKETS.values():
        assert (socket.ping_text, 0 < socket.ping_every < 120) == ("ping", True)
        assert socket.max_age < 86_400


def test_pongs_cannot_pass_for_data_where_data_never_rests() -> None:
    assert SOCKETS["public"].ping_every > 2 * SOCKETS["public"].stale_after
    for role in ("private", "trade"):
        assert SOCKETS[role].ping_every * 2 < SOCKETS[role].stale_after


def test_demo_trading_has_hosts_of_its_own_and_says_so() -> None:
    assert NETWORKS["testnet"].is_demo
    assert not NETWORKS["mainnet"].is_demo
    assert NETWORKS["testnet"].public == "wss://wspap.bitget.com"
    assert NETWORKS["mainnet"].private == "wss://ws.bitget.com"


def test_orders_go_over_rest_unless_somebody_says_that_he_may_do_otherwise() -> None:
    assert {network.trade for network in NETWORKS.values()} == {""}
