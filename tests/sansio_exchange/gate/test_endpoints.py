"""Where topics come from, and in which frames they are asked for."""

import json

import pytest

from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.gate.endpoints import INTERVALS, INTERVALS_OF, NETWORKS, PING, SOCKETS, payloads_of, role_of
from sansio_exchange.market import INTERVALS_MS


def name_of(symbol: str) -> str:
    return f"{symbol.removesuffix('USDT')}_USDT"


def test_every_root_is_without_a_slash_and_encrypted() -> None:
    for endpoints in NETWORKS.values():
        assert endpoints.rest.startswith("https://")
        for root in (endpoints.public, endpoints.private, endpoints.trade):
            assert root.startswith("wss://")
        assert not any(root.endswith("/") for root in (endpoints.rest, endpoints.public))
    assert NETWORKS["testnet"].is_demo


def test_sockets_that_may_rest_are_pinged_and_all_want_sizes_as_text() -> None:
    assert not SOCKETS["public"].ping_every, "pongs must not pass for data"
    for role in ("private", "trade"):
        assert SOCKETS[role].ping_every * 2 < SOCKETS[role].stale_after
        assert SOCKETS[role].ping_text == PING
    assert json.loads(PING)["channel"] == "futures.ping"
    assert all(socket.headers == {"X-Gate-Size-Decimal": "1"} for socket in SOCKETS.values())


def test_a_frame_has_one_channel_and_candles_one_contract() -> None:
    topics = [
        Topic("price", "BTCUSDT"),
        Topic("kline", "BTCUSDT", "1m"),
        Topic("price", "ETHUSDT"),
        Topic("book", "BTCUSDT"),
        Topic("kline", "ETHUSDT", "1w"),
        Topic("funding", "BTCUSDT"),
    ]
    assert payloads_of(topics, name_of) == [
        ("futures.trades", ["BTC_USDT", "ETH_USDT"]),
        ("futures.book_ticker", ["BTC_USDT"]),
        ("futures.tickers", ["BTC_USDT"]),
        ("futures.candlesticks", ["1m", "BTC_USDT"]),
        ("futures.candlesticks", ["7d", "ETH_USDT"]),
    ]
    assert {role_of(topic) for topic in topics} == {"public"}


def test_intervals_of_both_names() -> None:
    assert INTERVALS.keys() <= INTERVALS_MS.keys()
    assert {ours: INTERVALS_OF[theirs] for ours, theirs in INTERVALS.items()} == {each: each for each in INTERVALS}


@pytest.mark.parametrize("interval", ["3m", "2h", "6h", "12h", "3d", "", "nonsense"])
def test_candles_that_gate_does_not_have_are_refused(interval: str) -> None:
    with pytest.raises(InvalidRequest, match="interval: Gate has no"):
        role_of(Topic("kline", "BTCUSDT", interval))


def test_a_kind_of_topic_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="kind: 'depth' is not one of price, book, kline, funding"):
        role_of(Topic("depth", "BTCUSDT"))
