"""Channels: where each can be subscribed to, and what its argument names.

Source: Bitget API, "Websocket" of futures (bitget.com/api-doc/contract/websocket), of November 2025. Candles of
three minutes and of two hours are no channels.
"""

from msgspec import Struct

from sansio_exchange.simulation.bitget.listing import Listings
from sansio_exchange.simulation.bitget.market_data import BARS
from sansio_exchange.simulation.bitget.parameters import PRODUCT_TYPE, Parameters

PUBLIC, PRIVATE = "public", "private"
ROOTS = {f"/v2/ws/{each}": each for each in (PUBLIC, PRIVATE)}
ALL = "default"
BOOKS = {"books1": 1, "books5": 5, "books15": 15}
"""Channels that show so many levels each time."""
CANDLES = {f"candle{bar}": interval for bar, interval in BARS.items() if bar not in {"3m", "2H"}}
PUBLIC_CHANNELS = frozenset({"ticker", "trade", "books", *BOOKS, *CANDLES})
PRIVATE_CHANNELS = frozenset({"orders", "fill", "account", "positions"})


class Topic(Struct, frozen=True):
    """One channel with its argument. `account` is "" where it is public. `inst_id` may be ALL where it is private."""

    channel: str
    inst_id: str
    account: str = ""

    def arg(self) -> dict[str, str]:
        """As it stands in acknowledgements and messages."""
        named_by = "coin" if self.channel == "account" else "instId"
        return {"instType": PRODUCT_TYPE, "channel": self.channel, named_by: self.inst_id}


class NoSuchTopic(Exception):
    """A channel that does not exist, or not there, or whose argument names nothing. Its text names it."""


def read_topic(arg: Parameters, root: str, account: str, listings: Listings) -> Topic:
    """The topic that an argument names. Raises NoSuchTopic."""
    channel, inst_id = arg.optional("channel"), arg.optional("instId")
    if arg.optional("instType") == PRODUCT_TYPE:
        if root == PUBLIC and channel in PUBLIC_CHANNELS and listings.get(inst_id):
            return Topic(channel, inst_id)
        if root == PRIVATE and channel == "account" and arg.optional("coin") == ALL:
            return Topic(channel, ALL, account)
        if root == PRIVATE and channel == "positions" and inst_id == ALL:
            return Topic(channel, ALL, account)
        if root == PRIVATE and channel in {"orders", "fill"} and (inst_id in {"", ALL} or listings.get(inst_id)):
            return Topic(channel, inst_id or ALL, account)
    names = ("instType", "channel", "instId", "coin")
    named = ",".join(f"{name}:{arg.optional(name)[:60]}" for name in names if arg.optional(name))
    raise NoSuchTopic(named)
