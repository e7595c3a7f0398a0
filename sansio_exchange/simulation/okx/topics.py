"""Channels: where each can be subscribed to, and what its argument names.

Source: OKX API guide, each channel's "URL Path", read in November 2026.
"""

from collections.abc import Mapping

from msgspec import Struct

from sansio_exchange.simulation.okx.listing import INST_TYPE, Listings
from sansio_exchange.simulation.okx.market_data import BARS, PRODUCTS
from sansio_exchange.simulation.okx.parameters import Parameters

PUBLIC, PRIVATE, BUSINESS = "public", "private", "business"
ROOTS = {f"/ws/v5/{each}": each for each in (PUBLIC, PRIVATE, BUSINESS)}
_INSTRUMENT = ("trades", "tickers", "bbo-tbt", "books5", "books", "mark-price", "funding-rate", "open-interest")
COUNTED = frozenset({"orders", "account", "positions", "balance_and_position"})
"""Private channels, of which an account may have so many connections ("Connection count limit")."""


class Topic(Struct, frozen=True):
    """One channel with its argument. `account` is "" where it is public; `quiet` wants no messages but on changes."""

    channel: str
    inst_type: str = ""
    inst_family: str = ""
    inst_id: str = ""
    account: str = ""
    quiet: bool = False

    def arg(self) -> dict[str, str]:
        """As it stands in acknowledgements and messages."""
        names = {
            "channel": self.channel,
            "instType": self.inst_type,
            "instFamily": self.inst_family,
            "instId": self.inst_id,
        }
        return {name: value for name, value in names.items() if value}


class NoSuchTopic(Exception):
    """A channel that does not exist, or not there, or whose argument names nothing. Its text names it."""


def read_topic(arg: Parameters, root: str, account: str, listings: Listings) -> Topic:
    """The topic that an argument names. Raises NoSuchTopic."""
    channel = arg.optional("channel")
    if channel in COUNTED and root == PRIVATE:
        return _private(arg, channel, account, listings)
    inst_id = arg.optional("instId")
    is_candle = channel.startswith("candle") and channel.removeprefix("candle") in BARS
    if root == BUSINESS and is_candle and listings.get(inst_id):
        return Topic(channel, inst_id=inst_id)
    if root == PUBLIC and channel in _INSTRUMENT and listings.get(inst_id):
        return Topic(channel, inst_id=inst_id)
    if root == PUBLIC and channel == "index-tickers" and inst_id in {each.family for each in listings}:
        return Topic(channel, inst_id=inst_id)
    if root == PUBLIC and channel == "status":
        return Topic(channel)
    raise NoSuchTopic(_named(arg))


def _private(arg: Parameters, channel: str, account: str, listings: Listings) -> Topic:
    if channel in {"account", "balance_and_position"}:
        return Topic(channel, account=account, quiet=is_quiet(arg))
    kind, inst_id = arg.optional("instType"), arg.optional("instId")
    if kind not in PRODUCTS | {"ANY"} or (inst_id and listings.get(inst_id) is None):
        raise NoSuchTopic(_named(arg))
    return Topic(channel, kind, arg.optional("instFamily"), inst_id, account, is_quiet(arg))


def is_quiet(arg: Parameters) -> bool:
    """Whether extraParams ask for no regular messages: {"updateInterval": "0"}."""
    return '"0"' in arg.optional("extraParams").replace("\\", "").replace(" ", "")


def topics_about(channel: str, account: str, listing_id: str, family: str) -> list[Topic]:
    """Every topic of a private channel that tells of an instrument."""
    return [
        Topic(channel, kind, chosen_family, inst_id, account, quiet)
        for kind in (INST_TYPE, "ANY")
        for chosen_family in ("", family)
        for inst_id in ("", listing_id)
        for quiet in (False, True)
    ]


def _named(arg: Parameters) -> str:
    names: Mapping[str, str] = {name: arg.optional(name) for name in ("channel", "instType", "instFamily", "instId")}
    return ",".join(f"{name}:{value[:60]}" for name, value in names.items() if value)
