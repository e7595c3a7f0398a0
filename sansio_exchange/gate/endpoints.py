"""Where Gate listens, and how its sockets behave.

Hosts: "Access URL" of "Gate API v4.106.88" (2026-05-26) and "Server URL" of "Gate Futures WebSocket v4" (2026-04-14),
both read as of 2026-05-27. One service has all channels and order entry; order entry and private channels have sockets
of their own all the same: what floods one does not delay the others.
"""

from collections.abc import Callable, Mapping, Sequence

from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venue import Endpoints, Socket

NETWORKS: Mapping[str, Endpoints] = {
    "mainnet": Endpoints(
        rest="https://api.gateio.ws",
        public="wss://fx-ws.gateio.ws",
        private="wss://fx-ws.gateio.ws",
        trade="wss://fx-ws.gateio.ws",
    ),
    "testnet": Endpoints(
        rest="https://api-testnet.gateapi.io",
        public="wss://ws-testnet.gate.com",
        private="wss://ws-testnet.gate.com",
        trade="wss://ws-testnet.gate.com",
        is_demo=True,
    ),
}
"""Hosts by network. Keys of one do not work on the other."""

PATH = "/v4/ws/usdt"
DEMO_PATH = "/v4/ws/futures/usdt"
"""Of the sockets: both networks have another one."""

PING_EVERY = 5.0
"""Seconds."""
PING = '{"time":1,"channel":"futures.ping"}'
""" "To probe the connection actively send an application-level ping" ("Ping/Pong"). The time says nothing there: the
documentation's own example sends 123456."""
SILENT_FOR = 15.0
"""Seconds: two pings unanswered and some."""
TICKER_STALE_AFTER = 15.0
"""Seconds. How often tickers come is not found in documentation; those of BTC_USDT change with every trade."""
SIZES_AS_TEXT = {"X-Gate-Size-Decimal": "1"}
"""Without it a size is pushed as a whole number, and 1.7 contracts as 1 (change log, 2025-12-09)."""

SOCKETS: Mapping[str, Socket] = {
    # The session's heartbeat is a funding topic, and that brings tickers: silence is a dead socket, whatever the pongs
    # say. Private channels may rest, so a pong has to prove that the connection stands.
    "public": Socket("public", TICKER_STALE_AFTER, headers=SIZES_AS_TEXT),
    "private": Socket("private", SILENT_FOR, ping_every=PING_EVERY, ping_text=PING, headers=SIZES_AS_TEXT),
    "trade": Socket("trade", SILENT_FOR, ping_every=PING_EVERY, ping_text=PING, headers=SIZES_AS_TEXT),
}

INTERVALS: Mapping[str, str] = {
    "1m": "1m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "1h": "1h",
    "4h": "4h",
    "8h": "8h",
    "1d": "1d",
    "1w": "7d",
}
"""Our interval -> Gate's, of both REST and channel. A week is seven days counted from 1970, so it begins on a Thursday
("7d is aligned with Unix epoch time"); the natural week 1w is not among the enumerated values."""
INTERVALS_OF: Mapping[str, str] = {gate: ours for ours, gate in INTERVALS.items()}

CANDLES = "futures.candlesticks"
_CHANNELS: Mapping[str, str] = {
    "price": "futures.trades",
    "book": "futures.book_ticker",
    "kline": CANDLES,
    "funding": "futures.tickers",
}
PRIVATE_CHANNELS: Sequence[str] = ("futures.orders", "futures.usertrades", "futures.positions", "futures.balances")


def interval_of(interval: str) -> str:
    """Raises InvalidRequest where Gate has no such candles."""
    if interval not in INTERVALS:
        raise InvalidRequest("interval", f"Gate has no {interval[:20]!r}, only {', '.join(INTERVALS)}")
    return INTERVALS[interval]


def role_of(topic: Topic) -> str:
    """Which socket carries the topic. Raises InvalidRequest for what Gate does not have."""
    channel_of(topic)
    return "public"


def channel_of(topic: Topic) -> str:
    """Raises InvalidRequest for what Gate does not have."""
    if topic.kind not in _CHANNELS:
        raise InvalidRequest("kind", f"{topic.kind!r} is not one of {', '.join(_CHANNELS)}")
    if topic.kind == "kline":
        interval_of(topic.interval)
    return _CHANNELS[topic.kind]


def payloads_of(topics: Sequence[Topic], name_of: Callable[[str], str]) -> list[tuple[str, list[str]]]:
    """What to ask for, channel by channel: a channel takes many contracts at once, candles one only."""
    together: dict[str, list[str]] = {}
    alone: list[tuple[str, list[str]]] = []
    for topic in topics:
        channel, name = channel_of(topic), name_of(topic.symbol)
        if channel == CANDLES:
            alone.append((channel, [interval_of(topic.interval), name]))
        else:
            together.setdefault(channel, []).append(name)
    return [*together.items(), *alone]
