"""Topics: where each can be subscribed to, and what its name says.

Source: Bybit V5 API, "WebSocket Stream" (docs/v5/websocket/...), each topic's name, read in November 2026.
"""

from msgspec import Struct

from sansio_exchange.simulation.bybit.depths import LEVELS
from sansio_exchange.simulation.bybit.listing import Listings
from sansio_exchange.simulation.bybit.market_data import INTERVALS
from sansio_exchange.simulation.bybit.parameters import CATEGORIES, LINEAR

PUBLIC, PRIVATE, TRADE = "/v5/public/linear", "/v5/private", "/v5/trade"
ROOTS = frozenset({PUBLIC, PRIVATE, TRADE})
CATEGORISED = frozenset({"order", "execution", "execution.fast", "position"})
"""Private topics that exist for all products together and for each by itself."""


class Topic(Struct, frozen=True):
    """`name` is as it stands in messages. `choice` is a depth or an interval; `account` is "" where it is public."""

    name: str
    channel: str
    symbol: str = ""
    choice: str = ""
    account: str = ""


class NoSuchTopic(Exception):
    """A topic that does not exist, or not there. Its text is the name."""


def read_topic(name: str, root: str, account: str, listings: Listings) -> Topic:
    """The topic of a name. Raises NoSuchTopic."""
    if root == PRIVATE:
        channel, _, category = name.rpartition(".")
        is_categorised = channel in CATEGORISED and category in CATEGORIES
        if name in CATEGORISED or name == "wallet" or is_categorised:
            return Topic(name, channel if is_categorised else name, account=account)
    parts = name.split(".")
    if root != PUBLIC or listings.get(parts[-1]) is None:
        raise NoSuchTopic(name[:60])
    match parts:
        case [("publicTrade" | "tickers") as channel, symbol]:
            return Topic(name, channel, symbol)
        case ["orderbook", levels, symbol] if levels in {str(each) for each in LEVELS}:
            return Topic(name, "orderbook", symbol, levels)
        case ["kline", interval, symbol] if interval in INTERVALS:
            return Topic(name, "kline", symbol, interval)
        case _:
            raise NoSuchTopic(name[:60])


def trade_topic(symbol: str) -> Topic:
    return Topic(f"publicTrade.{symbol}", "publicTrade", symbol)


def ticker_topic(symbol: str) -> Topic:
    return Topic(f"tickers.{symbol}", "tickers", symbol)


def best_topic(symbol: str) -> Topic:
    return Topic(f"orderbook.1.{symbol}", "orderbook", symbol, "1")


def candle_topic(symbol: str, interval: str) -> Topic:
    return Topic(f"kline.{interval}.{symbol}", "kline", symbol, interval)


def private_topics(channel: str, account: str) -> tuple[Topic, ...]:
    """Every topic of a private channel that tells of linear perpetuals."""
    everything = Topic(channel, channel, account=account)
    if channel not in CATEGORISED:
        return (everything,)
    return everything, Topic(f"{channel}.{LINEAR}", channel, account=account)
