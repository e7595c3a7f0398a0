"""Private channels: what becomes of an account's orders, fills, balance and positions.

Source: Bitget API, "Private Channels" of futures (bitget.com/api-doc/contract/websocket/private), of November 2025.
Orders and fills are told as they happen; the account after fills and funding; all open positions together whenever an
order came, was filled or went: a position that is closed is no longer among them. Account and positions begin with how
things stand, orders do not ("Best Practices Guide", of September 2026).
"""

from collections.abc import Sequence

from sansio_exchange.simulation.bitget.account import Accounts
from sansio_exchange.simulation.bitget.listing import Listings
from sansio_exchange.simulation.bitget.order_rows import channel_row, fill_row, is_liquidation, order_type
from sansio_exchange.simulation.bitget.sockets import Message, Sockets
from sansio_exchange.simulation.bitget.topics import ALL, Topic
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import AccountChanged, OrderChanged
from sansio_exchange.simulation.order_totals import OrderTotals
from sansio_exchange.simulation.telling import Quiet
from sansio_exchange.simulation.wire import VenueEffect


class UserStreams(Quiet):
    """Turns happenings of accounts into messages."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        listings: Listings,
        accounts: Accounts,
        totals: OrderTotals,
        sockets: Sockets,
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._accounts = accounts
        self._totals = totals
        self._sockets = sockets
        self._stirred: dict[str, None] = {}
        """Accounts whose positions are to be told."""

    def greetings(self, topic: Topic, now_ms: int) -> Sequence[Message]:
        """How things stand, for a new reader. Orders and fills have no such message."""
        match topic.channel:
            case "account":
                return [{"data": [self._accounts.balance_row(topic.account)]}]
            case "positions":
                return [self._positions(topic.account)]
            case _:
                return []

    # happenings

    def on_order(self, change: OrderChanged, now_ms: int, out: list[VenueEffect]) -> None:
        order, fill = change.order, change.fill
        self._stirred[change.account] = None
        if fill is not None:
            self._totals.add(fill)
        place = self._listings.of(order.symbol).place
        topics = self._read("orders", change.account, order.symbol)
        if topics:
            leverage = self._exchange.leverage(change.account, order.symbol)
            row = channel_row(order, fill, place, self._totals.of(order.order_id), leverage)
            for topic in topics:
                self._sockets.publish(topic, {"data": [row]}, now_ms, out)
        if fill is not None:
            details = fill_row(fill, place, is_forced=is_liquidation(order)) | {
                "clientOid": order.client_order_id,
                "orderType": order_type(order),
                "uTime": str(fill.time_ms),
            }
            for topic in self._read("fill", change.account, order.symbol):
                self._sockets.publish(topic, {"data": [details]}, now_ms, out)

    def on_account(self, change: AccountChanged, now_ms: int, out: list[VenueEffect]) -> None:
        self._stirred[change.account] = None
        topic = Topic("account", ALL, change.account)
        if self._sockets.has(topic):
            body: Message = {"data": [self._accounts.balance_row(change.account)]}
            self._sockets.publish(topic, body, now_ms, out)

    def all_told(self, now_ms: int, out: list[VenueEffect]) -> None:
        """To be called when all that happened was told."""
        for account in self._stirred:
            topic = Topic("positions", ALL, account)
            if self._sockets.has(topic):
                self._sockets.publish(topic, self._positions(account), now_ms, out)
        self._stirred.clear()

    # messages

    def _positions(self, account: str) -> Message:
        held = self._exchange.positions(account)
        return {"data": [self._accounts.position_row(account, each) for each in held]}

    def _read(self, channel: str, account: str, symbol: str) -> list[Topic]:
        """The topics about a symbol that somebody reads."""
        topics = (Topic(channel, inst_id, account) for inst_id in (ALL, symbol))
        return [each for each in topics if self._sockets.has(each)]
