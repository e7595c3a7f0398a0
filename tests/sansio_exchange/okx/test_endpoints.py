"""Where topics live, and how sockets are kept alive."""

import pytest

from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import INTERVALS_MS
from sansio_exchange.okx.endpoints import BARS, NETWORKS, PATHS, SOCKETS, bar_of, channels_of, role_of


@pytest.mark.parametrize(
    ("topic", "role", "channels"),
    [
        (Topic("price", "BTCUSDT"), "public", ("trades",)),
        (Topic("book", "BTCUSDT"), "public", ("bbo-tbt",)),
        (Topic("funding", "BTCUSDT"), "public", ("funding-rate", "mark-price")),
        (Topic("kline", "BTCUSDT", "1m"), "business", ("candle1m",)),
        (Topic("kline", "BTCUSDT", "4h"), "business", ("candle4H",)),
        (Topic("kline", "BTCUSDT", "1d"), "business", ("candle1Dutc",)),
        (Topic("kline", "BTCUSDT", "1w"), "business", ("candle1Wutc",)),
    ],
)
def test_a_topic_has_a_socket_and_channels(topic: Topic, role: str, channels: tuple[str, ...]) -> None:
    assert role_of(topic) == role
    assert channels_of(topic) == channels


def test_days_begin_at_midnight_utc_as_on_other_venues() -> None:
    assert all(bar.endswith("utc") for interval, bar in BARS.items() if INTERVALS_MS[interval] >= INTERVALS_MS["6h"])


def test_all_intervals_but_eight_hours_exist() -> None:
    assert INTERVALS_MS.keys() - BARS.keys() == {"8h"}
    with pytest.raises(InvalidRequest) as refused:
        bar_of("8h")
    assert refused.value.field == "interval"
    with pytest.raises(InvalidRequest):
        role_of(Topic("kline", "BTCUSDT", "8h"))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        channels_of(Topic("weather", "BTCUSDT"))


def test_a_socket_is_heard_of_or_pinged_before_the_venue_ends_it() -> None:
    assert SOCKETS.keys() == PATHS.keys()
    for socket in SOCKETS.values():
        if socket.ping_every:
            assert (socket.ping_text, socket.ping_every < 30 < socket.stale_after) == ("ping", True)
        else:
            assert 10 < socket.stale_after < 30, "mark prices come every ten seconds at least"


def test_demo_trading_has_hosts_of_its_own_and_says_so() -> None:
    assert NETWORKS["testnet"].is_demo
    assert not NETWORKS["mainnet"].is_demo
    assert NETWORKS["testnet"].public == "wss://wspap.okx.com:8443"
    assert NETWORKS["mainnet"].private == "wss://ws.okx.com:8443"
