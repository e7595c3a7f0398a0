import pytest

from sansio_exchange.binance.endpoints import NETWORKS, SOCKETS, private_url, role_of, stream_of
from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest


@pytest.mark.parametrize(
    ("topic", "stream", "role"),
    [
        (Topic("price", "BTCUSDT"), "btcusdt@aggTrade", "market"),
        (Topic("book", "BTCUSDT"), "btcusdt@bookTicker", "public"),
        (Topic("kline", "1000SHIBUSDT", "15m"), "1000shibusdt@kline_15m", "market"),
        (Topic("funding", "ETHUSDT"), "ethusdt@markPrice@1s", "market"),
    ],
)
def test_each_topic_is_a_stream_on_the_socket_of_its_traffic_class(topic: Topic, stream: str, role: str) -> None:
    assert stream_of(topic) == stream
    assert role_of(topic) == role


def test_an_unknown_kind_of_topic_is_the_callers_mistake() -> None:
    with pytest.raises(InvalidRequest, match=r"^kind: 'depth'"):
        stream_of(Topic("depth", "BTCUSDT"))


def test_sockets_are_replaced_before_the_venue_ends_them_after_a_day() -> None:
    assert set(SOCKETS) == {"public", "market", "private", "trade"}
    assert all(0 < socket.max_age < 86_400 for socket in SOCKETS.values())
    assert all(socket.stale_after for socket in SOCKETS.values())
    assert {role for role, socket in SOCKETS.items() if not socket.ping_every} == {"market"}
    assert {role for role, socket in SOCKETS.items() if socket.renew_every} == {"private"}
    assert SOCKETS["private"].renew_every == 1_800


def test_the_private_address_names_the_key_and_the_events() -> None:
    assert private_url("wss://fstream.binance.com", "abc") == (
        "wss://fstream.binance.com/private/ws?listenKey=abc"
        "&events=ORDER_TRADE_UPDATE/ACCOUNT_UPDATE/ACCOUNT_CONFIG_UPDATE/listenKeyExpired"
    )


def test_networks_are_roots_without_a_trailing_slash() -> None:
    assert set(NETWORKS) == {"mainnet", "testnet"}
    for roots in NETWORKS.values():
        assert roots.rest.startswith("https://")
        assert all(root.startswith("wss://") for root in (roots.public, roots.private, roots.trade))
        assert not any(root.endswith("/") for root in (roots.rest, roots.public, roots.private, roots.trade))
