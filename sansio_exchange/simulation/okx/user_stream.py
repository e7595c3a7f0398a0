"""Private channels: what becomes of an account's orders, balance and positions.

Source: OKX API guide, "Order Book Trading" / "WS Order channel" and "Trading Account" / "WebSocket", read in November
2026. Orders are told on every change and never as a snapshot; balance and positions begin with one, are told on every
change and, unless the subscription says otherwise, every five seconds.
"""

from collections.abc import Iterable, Sequence

from sansio_exchange.account import Position
from sansio_exchange.numbers import ZERO
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import AccountChanged, LeverageChanged, OrderChanged
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.okx.account import Accounts, amount, position_id
from sansio_exchange.simulation.okx.listing import INST_TYPE, SETTLE, Listings
from sansio_exchange.simulation.okx.order_rows import channel_row, is_liquidation
from sansio_exchange.simulation.okx.sockets import Message, Sockets
from sansio_exchange.simulation.okx.topics import Topic, topics_about
from sansio_exchange.simulation.okx.trading import Trading
from sansio_exchange.simulation.order_totals import OrderTotals
from sansio_exchange.simulation.telling import Quiet
from sansio_exchange.simulation.wire import VenueEffect

REGULAR_MS = 5_000
EVENT = "event_update"
SNAPSHOT = "snapshot"


class UserStreams(Quiet):
    """Turns happenings of accounts into messages."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        listings: Listings,
        accounts: Accounts,
        trading: Trading,
        totals: OrderTotals,
        sockets: Sockets,
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._accounts = accounts
        self._trading = trading
        self._totals = totals
        self._sockets = sockets
        self._names: dict[str, None] = {}
        self._liquidated: set[tuple[str, str]] = set()
        """Accounts and symbols whose next change is that of a liquidation."""

    def watch(self, account: str) -> None:
        """Begin to follow an account."""
        self._names[account] = None

    def greetings(self, topic: Topic, now_ms: int) -> Sequence[Message]:
        """How things stand, for a new reader. Orders have no such message."""
        match topic.channel:
            case "account":
                return [self._balance(topic.account, SNAPSHOT, now_ms)]
            case "positions":
                return [self._positions(topic, SNAPSHOT)]
            case "balance_and_position":
                held = self._exchange.positions(topic.account)
                return [self._both(topic.account, SNAPSHOT, held, now_ms)]
            case _:
                return []

    # happenings

    def on_order(self, change: OrderChanged, now_ms: int, out: list[VenueEffect]) -> None:
        order, fill = change.order, change.fill
        if fill is not None:
            self._totals.add(fill)
            if is_liquidation(order):
                self._liquidated.add((change.account, order.symbol))
        listing = self._listings.of(order.symbol)
        request = self._trading.amending.pop(order.order_id, None) if change.execution == "AMENDMENT" else None
        topics = self._read("orders", change.account, order.symbol)
        if not topics:
            return
        row = channel_row(
            order,
            fill,
            listing,
            self._totals.of(order.order_id),
            self._exchange.leverage(change.account, order.symbol),
            self._trading.tags.get(order.order_id, ""),
            self._exchange.ticker(order.symbol).last_price,
        )
        if change.execution == "AMENDMENT":
            row |= {"amendResult": "0", "amendSource": "1", "reqId": request or ""}
        for topic in topics:
            self._sockets.publish(topic, {"data": [row]}, now_ms, out)

    def on_account(self, change: AccountChanged, now_ms: int, out: list[VenueEffect]) -> None:
        name = change.account
        self._tell_balance(name, now_ms, out)
        for symbol in change.symbols:
            self._tell_position(name, symbol, now_ms, out)
        both = Topic("balance_and_position", account=name)
        reason = "funding_fee" if change.reason == "FUNDING_FEE" else "filled"
        for symbol in change.symbols:
            if (name, symbol) in self._liquidated:
                self._liquidated.discard((name, symbol))
                reason = "liquidation"
        for topic in (both, _quiet(both)):
            if self._sockets.has(topic):
                held = [self._exchange.position(name, symbol) for symbol in change.symbols]
                self._sockets.publish(topic, self._both(name, reason, held, now_ms), now_ms, out)

    def on_leverage(self, change: LeverageChanged, now_ms: int, out: list[VenueEffect]) -> None:
        """Leverage moves requirements; it is told with the position, where there is one."""
        self._tell_balance(change.account, now_ms, out)
        if self._exchange.position(change.account, change.symbol).size:
            self._tell_position(change.account, change.symbol, now_ms, out)

    def on_marks(self, mark_ms: int, now_ms: int, out: list[VenueEffect]) -> None:
        """New marks, once a second: every fifth time the regular messages go out."""
        if mark_ms % REGULAR_MS:
            return
        for name in self._names:
            account = Topic("account", account=name)
            if self._sockets.has(account):
                self._sockets.publish(account, self._balance(name, SNAPSHOT, now_ms), now_ms, out)
            for topic in self._all_positions(name):
                self._sockets.publish(topic, self._positions(topic, SNAPSHOT), now_ms, out)

    # messages

    def _tell_balance(self, name: str, now_ms: int, out: list[VenueEffect]) -> None:
        account = Topic("account", account=name)
        for topic in (account, _quiet(account)):
            if self._sockets.has(topic):
                self._sockets.publish(topic, self._balance(name, EVENT, now_ms), now_ms, out)

    def _tell_position(self, name: str, symbol: str, now_ms: int, out: list[VenueEffect]) -> None:
        topics = self._read("positions", name, symbol)
        if not topics:
            return
        row = self._position(name, self._exchange.position(name, symbol), now_ms)
        for topic in topics:
            self._sockets.publish(topic, {"eventType": EVENT, "data": [row]}, now_ms, out)

    def _read(self, channel: str, account: str, symbol: str) -> list[Topic]:
        """The topics about a symbol that somebody reads."""
        listing = self._listings.of(symbol)
        topics = topics_about(channel, account, listing.inst_id, listing.family)
        return [each for each in topics if self._sockets.has(each)]

    def _all_positions(self, name: str) -> list[Topic]:
        """The topics about positions that somebody reads and that have regular messages."""
        found: dict[Topic, None] = {}
        for listing in self._listings:
            for topic in self._read("positions", name, listing.symbol):
                if not topic.quiet:
                    found[topic] = None
        return list(found)

    def _balance(self, name: str, event: str, now_ms: int) -> Message:
        body: Message = {"eventType": event, "data": [self._accounts.balance_row(name, now_ms)]}
        return body | {"curPage": 1, "lastPage": True} if event == SNAPSHOT else body

    def _positions(self, topic: Topic, event: str) -> Message:
        if topic.inst_type not in {"ANY", INST_TYPE}:
            return {"eventType": event, "curPage": 1, "lastPage": True, "data": []}
        rows = []
        for held in self._exchange.positions(topic.account):
            listing = self._listings.of(held.symbol)
            if topic.inst_id in {"", listing.inst_id} and topic.inst_family in {"", listing.family}:
                rows.append(self._position(topic.account, held, self._exchange.now_ms))
        return {"eventType": event, "curPage": 1, "lastPage": True, "data": rows}

    def _position(self, name: str, held: Position, now_ms: int) -> dict[str, object]:
        return self._accounts.position_row(name, held) | {"pTime": str(now_ms)}

    def _both(self, name: str, event: str, held: Iterable[Position], now_ms: int) -> Message:
        account = self._exchange.account(name)
        changed_ms = str(account.update_ms or now_ms)
        balance = {"ccy": SETTLE, "cashBal": amount(account.wallet_balance), "uTime": changed_ms}
        positions, trades = [], []
        for each in held:
            listing = self._listings.of(each.symbol)
            newest = self._exchange.fills(name, each.symbol)[-1:]
            trade_id = newest[0].trade_id if newest else ""
            if trade_id and event in {"filled", "liquidation"}:
                trades.append({"instId": listing.inst_id, "tradeId": trade_id})
            positions.append(
                {
                    "avgPx": trimmed(each.entry_price) if each.size != ZERO else "",
                    "baseBal": "",
                    "ccy": SETTLE,
                    "instId": listing.inst_id,
                    "instType": INST_TYPE,
                    "mgnMode": "cross",
                    "pos": listing.contracts(each.size),
                    "posCcy": "",
                    "posId": position_id(listing),
                    "posSide": "net",
                    "quoteBal": "",
                    "tradeId": trade_id,
                    "uTime": str(each.update_ms),
                }
            )
        row = {
            "balData": [balance],
            "eventType": event,
            "pTime": str(now_ms),
            "posData": positions,
            "trades": trades,
        }
        return {"data": [row]}


def _quiet(topic: Topic) -> Topic:
    return Topic(topic.channel, account=topic.account, quiet=True)
