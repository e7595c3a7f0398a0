"""Hosts, sockets and topics."""

import json

import pytest

from sansio_exchange.bybit import NETWORKS, Bybit
from sansio_exchange.bybit.endpoints import INTERVALS, SOCKETS
from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import INTERVALS_MS
from sansio_exchange.venue import Endpoints
from tests.sansio_exchange.recipes import run

VENUE = Bybit(NETWORKS["mainnet"])


@pytest.mark.parametrize(
    ("network", "role", "url"),
    [
        ("mainnet", "public", "wss://stream.bybit.com/v5/public/linear"),
        ("mainnet", "private", "wss://stream.bybit.com/v5/private"),
        ("mainnet", "trade", "wss://stream.bybit.com/v5/trade"),
        ("testnet", "public", "wss://stream-testnet.bybit.com/v5/public/linear"),
        ("testnet", "trade", "wss://stream-testnet.bybit.com/v5/trade"),
    ],
)
def test_each_socket_has_its_address(network: str, role: str, url: str) -> None:
    assert run(Bybit(NETWORKS[network]).url(role)) == (url, [])


def test_without_a_trade_root_there_is_no_trade_socket() -> None:
    assert set(VENUE.sockets) == {"public", "private", "trade"}
    assert set(Bybit(Endpoints("http://a", "ws://a", "ws://a")).sockets) == {"public", "private"}


def test_sockets_are_pinged_in_bybits_form_every_twenty_seconds() -> None:
    for socket in SOCKETS.values():
        assert (socket.ping_every, json.loads(socket.ping_text)) == (20.0, {"op": "ping"})
        assert socket.stale_after > 2 * socket.ping_every or socket.role == "public"


def test_a_pong_cannot_pass_for_market_data() -> None:
    assert SOCKETS["public"].stale_after < SOCKETS["public"].ping_every


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        (Topic("price", "BTCUSDT"), "publicTrade.BTCUSDT"),
        (Topic("book", "BTCUSDT"), "orderbook.1.BTCUSDT"),
        (Topic("funding", "BTCUSDT"), "tickers.BTCUSDT"),
        (Topic("kline", "BTCUSDT", "1m"), "kline.1.BTCUSDT"),
        (Topic("kline", "BTCUSDT", "12h"), "kline.720.BTCUSDT"),
        (Topic("kline", "BTCUSDT", "1d"), "kline.D.BTCUSDT"),
    ],
)
def test_topics(topic: Topic, name: str) -> None:
    assert VENUE.role(topic) == "public"
    assert json.loads(VENUE.subscribe_frame("public-7", [topic])) == {
        "req_id": "public-7",
        "op": "subscribe",
        "args": [name],
    }
    assert json.loads(VENUE.unsubscribe_frame("public-8", [topic]))["op"] == "unsubscribe"


def test_one_frame_has_one_acknowledgement() -> None:
    assert VENUE.acknowledgements([Topic("price", "BTCUSDT"), Topic("book", "BTCUSDT")]) == 1


def test_private_topics_go_in_one_frame() -> None:
    (frame,) = VENUE.private_frames("private-3")
    assert json.loads(frame) == {
        "req_id": "private-3",
        "op": "subscribe",
        "args": ["order", "execution", "position", "wallet"],
    }


@pytest.mark.parametrize(
    ("topic", "field"),
    [
        (Topic("kline", "BTCUSDT", "8h"), "interval"),
        (Topic("kline", "BTCUSDT", "3d"), "interval"),
        (Topic("kline", "BTCUSDT"), "interval"),
        (Topic("greeks", "BTCUSDT"), "kind"),
    ],
)
def test_what_bybit_does_not_have_is_refused_by_field(topic: Topic, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        VENUE.role(topic)
    assert refused.value.field == field
    with pytest.raises(InvalidRequest):
        VENUE.subscribe_frame("1", [topic])


def test_every_interval_is_one_of_the_contracts() -> None:
    assert INTERVALS.keys() <= INTERVALS_MS.keys()
    assert len(set(INTERVALS.values())) == len(INTERVALS)


def test_a_login_holds_as_long_as_its_socket() -> None:
    assert run(VENUE.renew("private")) == (None, [])
