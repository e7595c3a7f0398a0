"""Where Bybit listens, and how its sockets behave.

Hosts and heartbeat: "Integration Guidance", "Connect", "Websocket Trade Guideline" of the v5 documentation (2025-09).
Some countries have hosts of their own (bybit-tr.com, bybit.kz, bybitgeorgia.ge), which the settings can name.

One public socket carries every topic of linear contracts. Its subscriptions may not exceed 21,000 characters, about 900
topics; beyond, Bybit refuses.
"""

from collections.abc import Mapping

from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venue import Endpoints, Socket

NETWORKS: Mapping[str, Endpoints] = {
    "mainnet": Endpoints(
        rest="https://api.bybit.com",
        public="wss://stream.bybit.com",
        private="wss://stream.bybit.com",
        trade="wss://stream.bybit.com",
    ),
    "testnet": Endpoints(
        rest="https://api-testnet.bybit.com",
        public="wss://stream-testnet.bybit.com",
        private="wss://stream-testnet.bybit.com",
        trade="wss://stream-testnet.bybit.com",
        is_demo=True,
    ),
}
"""Hosts by network."""

PATHS: Mapping[str, str] = {"public": "/v5/public/linear", "private": "/v5/private", "trade": "/v5/trade"}
"""By role."""

PING_EVERY = 20.0
"""Seconds: "we recommend that you send the ping heartbeat packet every 20 seconds" ("Connect")."""
PING_TEXT = '{"op":"ping"}'
SILENT_FOR = 45.0
"""Seconds: two pings unanswered and some."""
DATA_STALE_AFTER = 10.0
"""Seconds. The session's heartbeat is a funding topic, and Bybit pushes tickers every 100 ms ("Ticker"). It is less
than the time between two pings, so that a pong cannot pass for data."""

SOCKETS: Mapping[str, Socket] = {
    "public": Socket("public", DATA_STALE_AFTER, ping_every=PING_EVERY, ping_text=PING_TEXT),
    "private": Socket("private", SILENT_FOR, ping_every=PING_EVERY, ping_text=PING_TEXT),
    "trade": Socket("trade", SILENT_FOR, ping_every=PING_EVERY, ping_text=PING_TEXT),
}

INTERVALS: Mapping[str, str] = {
    "1m": "1",
    "3m": "3",
    "5m": "5",
    "15m": "15",
    "30m": "30",
    "1h": "60",
    "2h": "120",
    "4h": "240",
    "6h": "360",
    "12h": "720",
    "1d": "D",
    "1w": "W",
}
"""Our interval -> Bybit's, in requests and topics ("Enums Definitions", interval). There is no 8h and no 3d."""
NAMES: Mapping[str, str] = {theirs: ours for ours, theirs in INTERVALS.items()}

_TOPICS: Mapping[str, str] = {
    "price": "publicTrade",
    # Every 10 ms where the best prices change; snapshots alone (changes of 2025-03-20).
    "book": "orderbook.1",
    # Rate, next settlement and mark price come in the ticker.
    "funding": "tickers",
}

PRIVATE_TOPICS = ("order", "execution", "position", "wallet")
"""All categories in one, as the documentation's messages show them; what is not linear is left out by its category."""


def interval_of(interval: str) -> str:
    """Raises InvalidRequest where Bybit has no such candles."""
    if interval not in INTERVALS:
        raise InvalidRequest("interval", f"Bybit has no {interval[:20]!r}, only {', '.join(INTERVALS)}")
    return INTERVALS[interval]


def role_of(topic: Topic) -> str:
    """Which socket carries the topic. Raises InvalidRequest for candles that Bybit does not have."""
    topic_of(topic)
    return "public"


def topic_of(topic: Topic) -> str:
    """What Bybit calls the topic."""
    if topic.kind == "kline":
        return f"kline.{interval_of(topic.interval)}.{topic.symbol}"
    if topic.kind not in _TOPICS:
        raise InvalidRequest("kind", f"{topic.kind!r} is not one of price, book, kline, funding")
    return f"{_TOPICS[topic.kind]}.{topic.symbol}"
