"""User data: what becomes of an account's orders, balance and positions.

Source: developers.binance.com, USDⓈ-M Futures, "User Data Streams", read in November 2025.
"""

from decimal import Decimal

from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order
from sansio_exchange.simulation.binance.account import ASSET, Accounts, Income, entry_price
from sansio_exchange.simulation.binance.listen_keys import ListenKeys
from sansio_exchange.simulation.binance.listing import Listings, amount
from sansio_exchange.simulation.binance.order_rows import (
    SELF_TRADE_PREVENTION,
    SIDES,
    STATUSES,
    TIMES_IN_FORCE,
    TYPES,
    average,
)
from sansio_exchange.simulation.binance.sockets import StreamSockets
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import AccountChanged, LeverageChanged, OrderChanged
from sansio_exchange.simulation.telling import Quiet
from sansio_exchange.simulation.wire import VenueEffect

MARGIN_CALL_RATIO = Decimal("0.8")
"""Maintenance margin to margin balance at which a margin call goes out. Binance does not publish its own."""


class UserStreams(Quiet):
    """Turns happenings of accounts into messages on their listen keys."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        listings: Listings,
        keys: ListenKeys,
        accounts: Accounts,
        maintenance: Decimal,
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._keys = keys
        self._accounts = accounts
        self._maintenance = maintenance
        self._wallets: dict[str, Decimal] = {}
        self._called: set[str] = set()
        """Accounts whose margin call went out and whose danger is not over."""
        self.sockets: StreamSockets

    def watch(self, account: str) -> None:
        """Begin to follow an account's wallet."""
        self._wallets[account] = self._exchange.account(account).wallet_balance

    def on_order(self, change: OrderChanged, now_ms: int, out: list[VenueEffect]) -> None:
        order, fill = change.order, change.fill
        if fill is not None:
            self._note_fill(change.account, fill)
        key = self._keys.of(change.account)
        if not key or not self.sockets.has(key):
            return
        if fill is not None:
            self.sockets.publish(key, self._trade_lite(order, fill, now_ms), out, "TRADE_LITE")
        event = {
            "e": "ORDER_TRADE_UPDATE",
            "E": now_ms,
            "T": order.update_ms or order.created_ms,
            "o": self._order(order, fill, change.execution),
        }
        self.sockets.publish(key, event, out, "ORDER_TRADE_UPDATE")

    def on_account(self, change: AccountChanged, now_ms: int, out: list[VenueEffect]) -> None:
        name = change.account
        account = self._exchange.account(name)
        before = self._wallets.get(name, account.wallet_balance)
        self._wallets[name] = account.wallet_balance
        # What orders did to the balance is not told here ("Balance Change except PnL and Commission").
        moved = ZERO if change.reason == "ORDER" else account.wallet_balance - before
        key = self._keys.of(name)
        if not key or not self.sockets.has(key):
            return
        held = {each.symbol: each for each in account.positions}
        positions = []
        for symbol in change.symbols:
            listing, position = self._listings.find(symbol), held.get(symbol)
            positions.append(
                {
                    "s": symbol,
                    "pa": listing.quantity(position.size if position else ZERO),
                    "ep": entry_price(position, listing) if position else "0",
                    "bep": entry_price(position, listing) if position else "0",
                    "cr": "0",
                    "up": amount(position.unrealized_pnl if position else ZERO),
                    "mt": "cross",
                    "iw": "0",
                    "ps": "BOTH",
                }
            )
        wallet = amount(account.wallet_balance)
        balances = [{"a": ASSET, "wb": wallet, "cw": wallet, "bc": amount(moved) if moved else "0"}]
        body = {"m": change.reason, "B": balances, "P": positions}
        event = {"e": "ACCOUNT_UPDATE", "E": now_ms, "T": change.time_ms, "a": body}
        self.sockets.publish(key, event, out, "ACCOUNT_UPDATE")

    def on_leverage(self, change: LeverageChanged, now_ms: int, out: list[VenueEffect]) -> None:
        key = self._keys.of(change.account)
        body = {"s": change.symbol, "l": change.leverage}
        event = {"e": "ACCOUNT_CONFIG_UPDATE", "E": now_ms, "T": change.time_ms, "ac": body}
        self.sockets.publish(key, event, out, "ACCOUNT_CONFIG_UPDATE")

    def on_marks(self, mark_ms: int, now_ms: int, out: list[VenueEffect]) -> None:
        """New marks: whose margin is running out is told once, until the danger is over."""
        for name in self._wallets:
            key = self._keys.of(name)
            if not key or not self.sockets.has(key):
                continue
            account = self._exchange.account(name)
            if account.maintenance_margin < account.margin_balance * MARGIN_CALL_RATIO or not account.positions:
                self._called.discard(name)
            elif name not in self._called:
                self._called.add(name)
                positions = [
                    {
                        "s": each.symbol,
                        "ps": "BOTH",
                        "pa": self._listings.find(each.symbol).quantity(each.size),
                        "mt": "CROSSED",
                        "iw": "0",
                        "mp": amount(each.mark_price),
                        "up": amount(each.unrealized_pnl),
                        "mm": amount(abs(each.size * each.mark_price) * self._maintenance),
                    }
                    for each in account.positions
                ]
                event = {"e": "MARGIN_CALL", "E": now_ms, "cw": amount(account.wallet_balance), "p": positions}
                self.sockets.publish(key, event, out, "MARGIN_CALL")

    def expire(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Tell the streams whose key is over."""
        for key in self._keys.take_expired(now_ms):
            event = {"e": "listenKeyExpired", "E": now_ms, "listenKey": key}
            self.sockets.publish(key, event, out, "listenKeyExpired")

    def _note_fill(self, account: str, fill: Fill) -> None:
        for kind, value in (("REALIZED_PNL", fill.realized_pnl), ("COMMISSION", -fill.fee)):
            self._accounts.note(account, Income(fill.symbol, kind, value, fill.time_ms, fill.trade_id))

    def _trade_lite(self, order: Order, fill: Fill, now_ms: int) -> dict[str, object]:
        listing = self._listings.find(order.symbol)
        return {
            "e": "TRADE_LITE",
            "E": now_ms,
            "T": fill.time_ms,
            "s": order.symbol,
            "q": listing.quantity(order.quantity),
            "p": listing.price(order.price),
            "m": fill.is_maker,
            "c": order.client_order_id,
            "S": SIDES[order.side],
            "L": listing.price(fill.price),
            "l": listing.quantity(fill.quantity),
            "t": int(fill.trade_id),
            "i": order.order_id,
        }

    def _order(self, order: Order, fill: Fill | None, execution: str) -> dict[str, object]:
        listing = self._listings.find(order.symbol)
        kind = TYPES[order.type]
        return {
            "s": order.symbol,
            "c": order.client_order_id,
            "S": SIDES[order.side],
            "o": kind,
            "f": TIMES_IN_FORCE[order.time_in_force],
            "q": listing.quantity(order.quantity),
            "p": listing.price(order.price),
            "ap": average(order, listing),
            "sp": "0",
            "x": execution,
            "X": STATUSES[order.status],
            "i": order.order_id,
            "l": listing.quantity(fill.quantity if fill else ZERO),
            "z": listing.quantity(order.executed_qty),
            "L": listing.price(fill.price if fill else ZERO),
            "N": fill.fee_asset if fill else ASSET,
            "n": amount(fill.fee) if fill else "0",
            "T": fill.time_ms if fill else order.update_ms or order.created_ms,
            "t": int(fill.trade_id) if fill else 0,
            "b": "0",
            "a": "0",
            "m": bool(fill and fill.is_maker),
            "R": order.reduce_only,
            "wt": "CONTRACT_PRICE",
            "ot": kind,
            "ps": "BOTH",
            "cp": False,
            "rp": amount(fill.realized_pnl) if fill else "0",
            "pP": False,
            "si": 0,
            "ss": 0,
            "V": SELF_TRADE_PREVENTION,
            "pm": "NONE",
            "gtd": 0,
            "er": "0",
        }
