"""Where OKX listens, and how its sockets behave.

Hosts: "Production Trading Services", "Demo Trading Services" (2026-07-03) of the API v5 documentation. Accounts of the
EEA and the US have hosts of their own (my.okx.com, app.okx.com), which the settings can name.

Three services: /public has trades, books, funding rates and mark prices, /business the candles (channels on the wrong
one are refused with 60018), /private what needs a login: orders, account, positions, and order entry.
"""

from collections.abc import Mapping
from typing import Any

from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venue import Endpoints, Socket

NETWORKS: Mapping[str, Endpoints] = {
    "mainnet": Endpoints(
        rest="https://openapi.okx.com",
        public="wss://ws.okx.com:8443",
        private="wss://ws.okx.com:8443",
        trade="wss://ws.okx.com:8443",
    ),
    "testnet": Endpoints(
        rest="https://openapi.okx.com",
        public="wss://wspap.okx.com:8443",
        private="wss://wspap.okx.com:8443",
        trade="wss://wspap.okx.com:8443",
        is_demo=True,
    ),
}
"""Hosts by network. Demo trading is told apart by a header on REST and by the host of the sockets."""

PATHS: Mapping[str, str] = {
    "public": "/ws/v5/public",
    "business": "/ws/v5/business",
    "private": "/ws/v5/private",
    "trade": "/ws/v5/private",
}
"""By role. Order entry has the private service for itself: what floods one socket does not delay the other."""

PING_EVERY = 15.0
"""Seconds. "The connection will break automatically if [...] data has not been pushed for more than 30 seconds";
"send the String 'ping'", "expect a 'pong'" ("WebSocket", Connect, 2026-07-08)."""
SILENT_FOR = 40.0
"""Seconds: two pings unanswered and some."""
MARK_PRICE_STALE_AFTER = 15.0
"""Seconds. A mark price comes every 200 ms when it changes and every 10 s when it does not ("Mark price channel")."""
CANDLES_STALE_AFTER = 75.0
"""Seconds. One-minute candles of BTC-USDT-SWAP, which the session has on this socket, change with each trade, many a
second; how often they come without trades is not found in documentation. Even then a minute closes within this time."""

FRAMES_PER_HOUR = 480
""" "The total number of 'subscribe'/'unsubscribe'/'login' requests per connection is limited to 480 times per hour"
("WebSocket overview", 2026-06)."""

SOCKETS: Mapping[str, Socket] = {
    # The session's heartbeat is a funding topic, and that brings mark prices: ten seconds without are a dead socket,
    # whatever the pongs say. Candles come at least with each minute, but the service wants a ping within 30 seconds.
    # Private channels may rest, so a pong has to prove that the connection stands.
    "public": Socket("public", MARK_PRICE_STALE_AFTER, frames_per_hour=FRAMES_PER_HOUR),
    "business": Socket(
        "business", CANDLES_STALE_AFTER, ping_every=PING_EVERY, ping_text="ping", frames_per_hour=FRAMES_PER_HOUR
    ),
    "private": Socket("private", SILENT_FOR, ping_every=PING_EVERY, ping_text="ping"),
    "trade": Socket("trade", SILENT_FOR, ping_every=PING_EVERY, ping_text="ping"),
}

BARS: Mapping[str, str] = {
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
"""Our interval -> OKX's bar. Without "utc" those from 6 hours on begin by the clock of Hong Kong. There is no 8h
("Candlesticks", bar, 2026-07-10)."""
CANDLE_CHANNELS: Mapping[str, str] = {f"candle{bar}": interval for interval, bar in BARS.items()}

_CHANNELS: Mapping[str, tuple[str, ...]] = {
    "price": ("trades",),
    # bbo-tbt comes every 10 ms when the best prices change, tickers every 100 ms ("Order book channel", 2026-07-07).
    "book": ("bbo-tbt",),
    # Neither says all that the topic promises: rate and settlement here every 30 to 90 s, the mark price there.
    "funding": ("funding-rate", "mark-price"),
}


def bar_of(interval: str) -> str:
    """Raises InvalidRequest where OKX has no such candles."""
    if interval not in BARS:
        raise InvalidRequest("interval", f"OKX has no {interval[:20]!r}, only {', '.join(BARS)}")
    return BARS[interval]


def role_of(topic: Topic) -> str:
    """Which socket carries the topic. Raises InvalidRequest for candles that OKX does not have."""
    if topic.kind == "kline":
        bar_of(topic.interval)
        return "business"
    return "public"


def channels_of(topic: Topic) -> tuple[str, ...]:
    """What to subscribe to for the topic."""
    if topic.kind == "kline":
        return (f"candle{bar_of(topic.interval)}",)
    if topic.kind not in _CHANNELS:
        raise InvalidRequest("kind", f"{topic.kind!r} is not one of price, book, kline, funding")
    return _CHANNELS[topic.kind]


_EVENTS_ONLY = '{"updateInterval": "0"}'
"""Without it account and positions come every five seconds as well, though nothing has happened."""
PRIVATE_ARGS: tuple[Mapping[str, Any], ...] = (
    {"channel": "orders", "instType": "SWAP"},
    {"channel": "account", "extraParams": _EVENTS_ONLY},
    {"channel": "positions", "instType": "SWAP", "extraParams": _EVENTS_ONLY},
)
