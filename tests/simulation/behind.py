"""A venue whose lists are behind its matching engine, as where questions are answered from copies of the books.

Orders are placed, matched and cancelled as they stand now, and the sockets tell of it at once. A question is answered
from the books as they stood a moment ago: "no such order" of one that has just been accepted. Each place lags by an
amount of its own, as each may have a copy of its own, and none goes back in time.
"""

from bisect import bisect_right
from decimal import Decimal
from typing import Any

from msgspec import Struct, structs

from sansio_exchange.account import Account, Position
from sansio_exchange.clock import Now
from sansio_exchange.errors import OrderNotFound
from sansio_exchange.machine import Tick
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import AccountChanged, Happening, OrderChanged
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.wire import HttpRequest, SocketMessage, VenueEffect, VenueInput, VenueMachine

QUESTIONS_ON_SOCKETS = (b"order.status", b"order_status")
"""How Binance and Gate call the look for an order on the order-entry socket; the others have none there."""
SOCKET = "socket"


class _Stood(Struct, frozen=True):
    """An account after a change at `time_ms`; marks and margins are those of that moment."""

    time_ms: int
    account: Account
    positions: dict[str, Position]
    """By symbol, those that are closed, too."""


class RememberingExchange(SimulatedExchange):
    """Tells of an account as it stood at `as_of_ms`, or now where that is None. All changes are remembered: it is for
    episodes. What is due must have been drained before anybody looks back."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.as_of_ms: int | None = None
        self._changes: dict[tuple[str, str, int], list[Order]] = {}
        """By account, symbol and order id."""
        self._stood: dict[str, list[_Stood]] = {}

    def open_account(self, account: str, balance: Decimal) -> None:
        super().open_account(account, balance)
        self._stood[account] = [_Stood(0, super().account(account), {})]

    def drain(self) -> list[Happening]:
        happened = super().drain()
        for each in happened:
            if type(each) is OrderChanged:
                key = each.account, each.order.symbol, each.order.order_id
                self._changes.setdefault(key, []).append(each.order)
            elif type(each) is AccountChanged:
                self._take_down(each)
        return happened

    def account(self, account: str) -> Account:
        stood = self._then(account)
        return super().account(account) if stood is None else stood.account

    def positions(self, account: str) -> tuple[Position, ...]:
        stood = self._then(account)
        return super().positions(account) if stood is None else stood.account.positions

    def position(self, account: str, symbol: str) -> Position:
        stood, now = self._then(account), super().position(account, symbol)
        if stood is None:
            return now
        never = structs.replace(
            now, size=ZERO, entry_price=ZERO, unrealized_pnl=ZERO, liquidation_price=ZERO, update_ms=0
        )
        return stood.positions.get(symbol, never)

    def order(self, account: str, symbol: str, *, order_id: int = 0, client_order_id: str = "") -> Order:
        if self.as_of_ms is None:
            return super().order(account, symbol, order_id=order_id, client_order_id=client_order_id)
        for order in reversed(self.orders(account, symbol)):
            if order.order_id == order_id if order_id else order.client_order_id == client_order_id:
                return order
        raise OrderNotFound("no such order")

    def open_orders(self, account: str, symbol: str = "") -> list[Order]:
        if self.as_of_ms is None:
            return super().open_orders(account, symbol)
        found = [order for each in ([symbol] if symbol else self.rules) for order in self.orders(account, each)]
        return sorted((order for order in found if not order.status.is_final), key=lambda order: order.order_id)

    def orders(self, account: str, symbol: str) -> list[Order]:
        orders = super().orders(account, symbol)
        if self.as_of_ms is None:
            return orders
        then = (self._order_then(account, order, self.as_of_ms) for order in orders)
        return [order for order in then if order is not None]

    def fills(self, account: str, symbol: str) -> list[Fill]:
        fills = super().fills(account, symbol)
        return fills if self.as_of_ms is None else [fill for fill in fills if fill.time_ms <= self.as_of_ms]

    def _take_down(self, change: AccountChanged) -> None:
        account = super().account(change.account)
        stood = self._stood[change.account]
        closed = {each: super(RememberingExchange, self).position(change.account, each) for each in change.symbols}
        held = {each.symbol: each for each in account.positions}
        stood.append(_Stood(change.time_ms, account, {**stood[-1].positions, **closed, **held}))

    def _then(self, account: str) -> _Stood | None:
        """How the account stood, None where it stands so still."""
        if self.as_of_ms is None:
            return None
        stood = self._stood[account]
        at = bisect_right(stood, self.as_of_ms, key=lambda each: each.time_ms) - 1
        return None if at == len(stood) - 1 else stood[at]

    def _order_then(self, account: str, order: Order, as_of_ms: int) -> Order | None:
        if order.update_ms <= as_of_ms:
            return order
        changes = self._changes.get((account, order.symbol, order.order_id), [])
        at = bisect_right(changes, as_of_ms, key=lambda each: each.update_ms) - 1
        return None if at < 0 else changes[at]


class Behind:
    """`machine`, before `exchange`: a moment ago is what it tells who asks, from `fall_behind` until `catch_up`."""

    def __init__(self, machine: VenueMachine, exchange: RememberingExchange, seed: int) -> None:
        self._machine = machine
        self._exchange = exchange
        self._seed = seed
        self._late = 0.0

    def fall_behind(self, late: float) -> None:
        """By up to `late` seconds, each place by its own."""
        self._late = late

    def catch_up(self) -> None:
        self._late = 0.0

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        place = _asked_at(item) if self._late else ""
        if not place:
            return self._machine.handle(item, now)
        told = self._machine.handle(Tick(), now)  # the sockets, of all that has happened
        late = self._late * Prng(self._seed, "behind", place).uniform()
        self._exchange.as_of_ms = now.wall_ms - int(late * 1000)
        try:
            return told + self._machine.handle(item, now)
        finally:
            self._exchange.as_of_ms = None

    def deadline(self) -> float | None:
        return self._machine.deadline()


def _asked_at(item: VenueInput) -> str:
    """Where a question is asked, "" where something else is wanted."""
    if isinstance(item, HttpRequest):
        return item.path if item.method == "GET" else ""
    if isinstance(item, SocketMessage) and any(name in item.data for name in QUESTIONS_ON_SOCKETS):
        return SOCKET
    return ""
