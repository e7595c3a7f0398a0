"""Private channels: what becomes of an account's orders, fills, balance and positions.

Source: Gate futures WebSocket v4 (Orders, User trades, Balances, Positions notification), read in November 2026.
Nothing is told on subscribing, every change is. A change of the balance has one row for each cause: fee, pnl, fund.
"""

from decimal import Decimal
from functools import partial

from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.gate.account import Accounts, user_id
from sansio_exchange.simulation.gate.listing import SETTLE, Listings
from sansio_exchange.simulation.gate.order_rows import channel_row, trade_row
from sansio_exchange.simulation.gate.sockets import Sockets
from sansio_exchange.simulation.gate.topics import BALANCES, ORDERS, POSITIONS, USER_TRADES, Topic
from sansio_exchange.simulation.gate.trading import Trading
from sansio_exchange.simulation.happenings import AccountChanged, LeverageChanged, OrderChanged
from sansio_exchange.simulation.telling import Quiet
from sansio_exchange.simulation.wire import VenueEffect

Change = tuple[str, str, Decimal]
"""Type, text and amount of one change of a balance."""


class UserStreams(Quiet):
    """Turns happenings of accounts into messages."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        listings: Listings,
        accounts: Accounts,
        trading: Trading,
        fees: Fees,
        sockets: Sockets,
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._accounts = accounts
        self._trading = trading
        self._fees = fees
        self._sockets = sockets
        self._updates = 0
        """The update_id of the newest message about an order or a position."""
        self._changes: dict[str, list[Change]] = {}
        """What fills did to balances since they were last told, by account."""

    def on_order(self, change: OrderChanged, now_ms: int, out: list[VenueEffect]) -> None:
        order, fill, name = change.order, change.fill, change.account
        listing = self._listings.of(order.symbol)
        note, user = self._trading.note(order), user_id(name)
        topics = self._read(ORDERS, name, listing.name)
        if topics:
            is_new = change.execution == "NEW"
            row = partial(channel_row, order, listing, note, user, self._fees, is_new=is_new, update_id=self._number())
            for topic in topics:
                self._sockets.publish(topic, lambda decimal: [row(is_decimal=decimal)], now_ms, out)
        if fill is None:
            return
        trade = partial(trade_row, fill, listing, note.text)
        for topic in self._read(USER_TRADES, name, listing.name):
            self._sockets.publish(topic, lambda decimal: [trade(is_decimal=decimal)], now_ms, out)
        text = f"{listing.name}:{order.order_id}"
        changes = self._changes.setdefault(name, [])
        if fill.realized_pnl:
            changes.append(("pnl", text, fill.realized_pnl))
        changes.append(("fee", text, -fill.fee))

    def on_account(self, change: AccountChanged, now_ms: int, out: list[VenueEffect]) -> None:
        name = change.account
        changes = self._changes.pop(name, [])
        if change.reason == "FUNDING_FEE":
            for symbol in change.symbols:
                _, paid = self._exchange.funding_paid(name, symbol)[-1]
                changes.append(("fund", self._listings.of(symbol).name, paid))
        self._tell_balance(name, changes, now_ms, out)
        for symbol in change.symbols:
            self._tell_position(name, symbol, now_ms, out)

    def on_leverage(self, change: LeverageChanged, now_ms: int, out: list[VenueEffect]) -> None:
        self._tell_position(change.account, change.symbol, now_ms, out)

    def _tell_balance(self, name: str, changes: list[Change], now_ms: int, out: list[VenueEffect]) -> None:
        topic = Topic(BALANCES, account=name)
        if not changes or not self._sockets.has(topic):
            return
        balance = self._exchange.account(name).wallet_balance - sum((each for _, _, each in changes), Decimal(0))
        rows = []
        for kind, text, value in changes:
            balance += value
            rows.append(
                {
                    "balance": float(balance),
                    "change": float(value),
                    "currency": SETTLE.lower(),
                    "text": text,
                    "time": now_ms // 1000,
                    "time_ms": now_ms,
                    "type": kind,
                    "user": str(user_id(name)),
                }
            )
        self._sockets.publish(topic, lambda _: rows, now_ms, out)

    def _tell_position(self, name: str, symbol: str, now_ms: int, out: list[VenueEffect]) -> None:
        topics = self._read(POSITIONS, name, self._listings.of(symbol).name)
        if not topics:
            return
        held = self._exchange.position(name, symbol)
        row = partial(self._accounts.channel_row, name, held, self._number(), now_ms)
        for topic in topics:
            self._sockets.publish(topic, lambda decimal: [row(is_decimal=decimal)], now_ms, out)

    def _number(self) -> int:
        self._updates += 1
        return self._updates

    def _read(self, channel: str, account: str, contract: str) -> list[Topic]:
        """The topics about a contract that somebody reads: its own, and that of all contracts."""
        topics = [Topic(channel, contract, account), Topic(channel, "", account)]
        return [each for each in topics if self._sockets.has(each)]
