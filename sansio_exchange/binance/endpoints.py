"""Where Binance USD-M futures listens, and how its sockets behave.

Hosts: "General Info" and "WebSocket API General Info" of the USDⓈ-M futures documentation, as of 2026-09. The testnet
is "Demo Trading". Its order-entry host still carries the old testnet's name.

Streams are routed by traffic class ("Important WebSocket Change Notice", 2026-03-06; the bare /ws and /stream were
retired on 2026-04-23): /public has book tickers and depth, /market every other public stream, /private the user data.
A socket on the wrong path is accepted and stays silent.
"""

from collections.abc import Mapping

from sansio_exchange.commands import Topic
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venue import Endpoints, Socket

NETWORKS: Mapping[str, Endpoints] = {
    "mainnet": Endpoints(
        rest="https://fapi.binance.com",
        public="wss://fstream.binance.com",
        private="wss://fstream.binance.com",
        trade="wss://ws-fapi.binance.com",
    ),
    "testnet": Endpoints(
        rest="https://demo-fapi.binance.com",
        public="wss://demo-fstream.binance.com",
        private="wss://demo-fstream.binance.com",
        trade="wss://testnet.binancefuture.com",
    ),
}
"""Hosts by network. The paths below are the same on all of them."""

PUBLIC_PATH = "/public/ws"
MARKET_PATH = "/market/ws"
PRIVATE_PATH = "/private/ws"
PRIVATE_EVENTS = "ORDER_TRADE_UPDATE/ACCOUNT_UPDATE/ACCOUNT_CONFIG_UPDATE/listenKeyExpired"
"""What the private socket is asked for. The notice gives the form ?listenKey=...&events=...; users report that the
production host delivers nothing where the key stands in the path or the events are left out (2026-05)."""
TRADE_PATH = "/ws-fapi/v1"

MAX_AGE = 85_000.0
"""Seconds. "A single connection is only valid for 24 hours": we leave 23 minutes before."""
RENEW_EVERY = 1_800.0
"""Seconds. A listen key lives for 60 minutes after creation or PUT."""
MARKET_STALE_AFTER = 10.0
"""Seconds. Mark prices come every second: ten without any message mean that nothing flows, whatever the pongs say."""

PING_EVERY = 15.0
"""Seconds. Pings count towards the ten messages a second that a client may send."""
SILENT_FOR = 40.0
"""Seconds: two pings unanswered and some."""

SOCKETS: Mapping[str, Socket] = {
    # Book tickers come when a book moves ("Update Speed: Real-time"): that of BTCUSDT, which the session has on the
    # socket while any is wanted, many times a second. User data comes only when something happens: silence is normal
    # there, so a pong has to prove that the connection stands. The server's own pings, every 3 minutes, the library
    # answers.
    "public": Socket("public", SILENT_FOR, ping_every=PING_EVERY, max_age=MAX_AGE),
    "market": Socket("market", MARKET_STALE_AFTER, max_age=MAX_AGE),
    "private": Socket("private", SILENT_FOR, ping_every=PING_EVERY, max_age=MAX_AGE, renew_every=RENEW_EVERY),
    "trade": Socket("trade", SILENT_FOR, ping_every=PING_EVERY, max_age=MAX_AGE),
}


def private_url(root: str, listen_key: str) -> str:
    """Where the user data of that key comes."""
    return f"{root}{PRIVATE_PATH}?listenKey={listen_key}&events={PRIVATE_EVENTS}"


def role_of(topic: Topic) -> str:
    """Which socket carries the topic."""
    return "public" if topic.kind == "book" else "market"


def stream_of(topic: Topic) -> str:
    """The topic's stream name; symbols are lower case there."""
    symbol = topic.symbol.lower()
    match topic.kind:
        case "price":
            return f"{symbol}@aggTrade"
        case "book":
            return f"{symbol}@bookTicker"
        case "kline":
            return f"{symbol}@kline_{topic.interval}"
        case "funding":
            return f"{symbol}@markPrice@1s"
        case _:
            raise InvalidRequest("kind", f"{topic.kind!r} is not one of price, book, kline, funding")
