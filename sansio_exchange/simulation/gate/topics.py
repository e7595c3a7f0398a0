"""Channels: what their payload names, and which need a signature.

Source: Gate futures WebSocket v4, each channel's "Request", read in November 2026. Private payloads begin with the
user's id; "!all" stands for all contracts.
"""

from collections.abc import Sequence

from msgspec import Struct

from sansio_exchange.simulation.gate.account import user_id
from sansio_exchange.simulation.gate.listing import Listings
from sansio_exchange.simulation.gate.market_data import LENGTHS_MS

ROOTS = frozenset({"/v4/ws/usdt", "/v4/ws/futures/usdt"})
"""The live path and the testnet's; one socket there carries everything."""
BY_CONTRACT = frozenset({"futures.tickers", "futures.trades", "futures.book_ticker"})
CANDLES = "futures.candlesticks"
BOOK = "futures.order_book_update"
ORDERS, USER_TRADES, POSITIONS = "futures.orders", "futures.usertrades", "futures.positions"
BALANCES = "futures.balances"
PRIVATE = frozenset({ORDERS, USER_TRADES, POSITIONS, BALANCES})
ALL = "!all"
_LEVELS = {"20ms": ("20",), "100ms": ("20", "50", "100")}


class Topic(Struct, frozen=True):
    """One stream of a channel. `contract` is "" for all; `account` is "" where it is public.

    `detail` is a candle's interval; of a book its frequency and its level.
    """

    channel: str
    contract: str = ""
    account: str = ""
    detail: tuple[str, ...] = ()


class NoSuchTopic(Exception):
    """What the payload names does not exist, or its form is wrong. The text is for the client."""


def read_topics(channel: str, payload: Sequence[str], account: str, listings: Listings) -> list[Topic]:
    """What a subscription is about. Raises NoSuchTopic; then nothing of it stands."""
    if channel in PRIVATE:
        return _private(channel, payload, account, listings)
    if channel in BY_CONTRACT:
        if not payload:
            raise NoSuchTopic("invalid argument: payload")
        return [Topic(channel, _contract(each, listings)) for each in payload]
    if channel == CANDLES and len(payload) == 2:
        if payload[0] not in LENGTHS_MS:
            raise NoSuchTopic(f"invalid interval {payload[0][:20]}")
        return [Topic(channel, _contract(payload[1], listings), detail=(payload[0],))]
    if channel == BOOK and len(payload) in {2, 3}:
        frequency, level = payload[1], payload[2] if len(payload) == 3 else ""
        if frequency not in _LEVELS or (level and level not in _LEVELS[frequency]):
            raise NoSuchTopic("invalid argument: frequency or level")
        return [Topic(channel, _contract(payload[0], listings), detail=(frequency, level))]
    raise NoSuchTopic(f"unknown channel {channel[:60]} or invalid argument")


def _private(channel: str, payload: Sequence[str], account: str, listings: Listings) -> list[Topic]:
    if not payload or payload[0] != str(user_id(account)):
        raise NoSuchTopic("invalid argument: user id")
    contracts = payload[1:]
    if channel == BALANCES:
        return [Topic(channel, account=account)]
    if not contracts:
        raise NoSuchTopic("invalid argument: contract")
    return [Topic(channel, "" if each == ALL else _contract(each, listings), account) for each in contracts]


def _contract(name: str, listings: Listings) -> str:
    if listings.get(name) is None:
        raise NoSuchTopic(f"unknown contract {name[:60]}")
    return name
