"""Where Bitget listens, and how its sockets behave.

Hosts: "Classic Account" (API domain) and "Websocket API", Demo: "Rest API Demo Trading" and "Websocket Demo Trading" of
the classic account's documentation (2026-09-28). Two services: /public needs no login, /private has orders, account,
positions, and order entry.
"""

from collections.abc import Mapping
from typing import Any

from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venue import Endpoints, Socket

NETWORKS: Mapping[str, Endpoints] = {
    "mainnet": Endpoints(
        rest="https://api.bitget.com",
        public="wss://ws.bitget.com",
        private="wss://ws.bitget.com",
    ),
    "testnet": Endpoints(
        rest="https://api.bitget.com",
        public="wss://wspap.bitget.com",
        private="wss://wspap.bitget.com",
        is_demo=True,
    ),
}
"""Hosts by network. Demo trading is told apart by a header on REST and by the host of the sockets.

Orders go over REST (order_entry.py says why). The order-entry channels are open to accounts that applied for them
("Please contact your BD or RM to apply for access permissions", "Place Order Channel"). Who has them names the private
host as `trade`, for cancels.
"""

PATHS: Mapping[str, str] = {
    "public": "/v2/ws/public",
    "private": "/v2/ws/private",
    "trade": "/v2/ws/private",
}
"""By role. Order entry has a private connection for itself: what floods one socket does not delay the other."""

PRODUCT = "USDT-FUTURES"
"""productType of REST, instType of the sockets."""
COIN = "USDT"

MAX_AGE = 85_000.0
"""Seconds. "Websocket will be forcibly disconnected every 24 hours": we leave 23 minutes before."""
PING_EVERY = 15.0
"""Seconds. "Users set a 30 seconds timer to a send string "ping", and expect a string "pong" as response"."""
SILENT_FOR = 40.0
"""Seconds: two pings unanswered and some."""
RARE_PING_EVERY = 60.0
"""Seconds. "Websocket server will disconnect the connection if there is no string "ping" received for 2 min", however
much it sends itself."""
TICKERS_STALE_AFTER = 15.0
"""Seconds. The session's heartbeat is a ticker, which comes every 300 to 400 ms when anything of it changes ("Market
Channel"). Pongs are four times as rare, so that they cannot pass for data."""

FRAMES_PER_HOUR = 240
"""Subscriptions on each connection ("Websocket API", Connect; the page itself was not found)."""

SOCKETS: Mapping[str, Socket] = {
    "public": Socket("public", TICKERS_STALE_AFTER, RARE_PING_EVERY, "ping", MAX_AGE, frames_per_hour=FRAMES_PER_HOUR),
    "private": Socket("private", SILENT_FOR, PING_EVERY, "ping", MAX_AGE),
    "trade": Socket("trade", SILENT_FOR, PING_EVERY, "ping", MAX_AGE),
}

GRANULARITIES: Mapping[str, str] = {
    "1m": "1m",
    "3m": "3m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "1h": "1H",
    "2h": "2H",
    "4h": "4H",
    "6h": "6Hutc",
    "12h": "12Hutc",
    "1d": "1Dutc",
    "3d": "3Dutc",
    "1w": "1Wutc",
}
"""Our interval -> Bitget's granularity. Without "utc" those from 6 hours on begin by the clock of Hong Kong. There is
no 8h; 2H stands among the retention times and not among the values ("Get Candlestick Data")."""
_NO_CHANNEL = ("3m", "2h")
CANDLE_CHANNELS: Mapping[str, str] = {
    f"candle{granularity}": interval for interval, granularity in GRANULARITIES.items() if interval not in _NO_CHANNEL
}
""" "Candlestick Channel" has two granularities less than REST."""

_CHANNELS: Mapping[str, str] = {
    "price": "trade",
    # Snapshots of the best level every 10 ms when it changes ("Depth Channel", 2026-01-07); tickers are thirty times
    # as slow.
    "book": "books1",
    # Rate, next settlement and mark price in one message.
    "funding": "ticker",
}


def granularity_of(interval: str) -> str:
    """Raises InvalidRequest where Bitget has no such candles."""
    if interval not in GRANULARITIES:
        raise InvalidRequest("interval", f"Bitget has no {interval[:20]!r}, only {', '.join(GRANULARITIES)}")
    return GRANULARITIES[interval]


def role_of(topic: Topic) -> str:
    """Which socket carries the topic. Raises InvalidRequest for one that Bitget does not have."""
    channel_of(topic)
    return "public"


def channel_of(topic: Topic) -> str:
    """What to subscribe to for the topic. Raises InvalidRequest for candles that Bitget does not stream."""
    if topic.kind == "kline":
        channel = f"candle{GRANULARITIES.get(topic.interval, '')}"
        if channel not in CANDLE_CHANNELS:
            streamed = ", ".join(CANDLE_CHANNELS.values())
            raise InvalidRequest("interval", f"Bitget streams no {topic.interval[:20]!r}, only {streamed}")
        return channel
    if topic.kind not in _CHANNELS:
        raise InvalidRequest("kind", f"{topic.kind!r} is not one of price, book, kline, funding")
    return _CHANNELS[topic.kind]


PRIVATE_ARGS: tuple[Mapping[str, Any], ...] = (
    {"instType": PRODUCT, "channel": "orders", "instId": "default"},
    {"instType": PRODUCT, "channel": "account", "coin": "default"},
    {"instType": PRODUCT, "channel": "positions", "instId": "default"},
)
"""All instruments of each. The fill channel is left out: see private_stream.py."""
