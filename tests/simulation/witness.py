"""Listens to everything that is published and knows at once what must never be published."""

from collections.abc import Callable
from decimal import Decimal
from math import inf

from sansio_exchange.account import Account, Position
from sansio_exchange.lines import to_line
from sansio_exchange.machine import ConnectionLost, Event, SequenceGap, SessionState, Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order, OrderUpdate

Key = tuple[str, int]


class Wrong(AssertionError):
    """Something was told or done that must not be."""


class Witness:
    """Orders, fills, account and positions as a subscriber of all streams would know them."""

    def __init__(self) -> None:
        self.orders: dict[Key, Order] = {}
        self.fills: dict[tuple[str, int, str], Fill] = {}
        self.account: Account | None = None
        self.positions: dict[str, Position] = {}
        self.sizes: dict[str, list[Decimal]] = {}
        """Every size that was told of a symbol's position, in order."""
        self.prices: dict[str, list[PriceChange]] = {}
        """Every price that was told of a symbol, in order."""
        self.begun_anew = 0
        """How often a subscription may have begun anew, which some venues begin with the newest price."""
        self.state = SessionState(False, "")
        self.live_at = inf
        """When the session was live for the first time, in seconds."""
        self.unreadable: list[Unreadable] = []
        self.lines: list[bytes] = []
        self.now: Callable[[], float] = float

    def on_event(self, event: Event) -> None:
        if isinstance(event, PriceChange):
            self._on_price(event)
        if isinstance(event, PriceChange | BookTicker | Candle | FundingRate):
            return
        self.lines.append(b"%.6f " % self.now() + to_line(event))
        match event:
            case OrderUpdate(order, fill):
                self._on_order(order, fill)
            case Account():
                self.account = event
            case Position():
                self.positions[event.symbol] = event
                self.sizes.setdefault(event.symbol, []).append(event.size)
            case ConnectionLost() | SequenceGap():
                self.begun_anew += 1
            case SessionState():
                self.state = event
                self.live_at = min(self.live_at, self.now()) if event.live else self.live_at
            case Unreadable():
                self.unreadable.append(event)

    def subscribe_anew(self) -> None:
        """The connector is another process, whose streams begin with the account and the positions as they are."""
        self.account = None
        self.positions.clear()
        self.begun_anew += 2

    def told(self, order: Order) -> Decimal:
        """The sum of the fills that were told of an order."""
        return sum((fill.quantity for key, fill in self.fills.items() if key[:2] == _key(order)), ZERO)

    def _on_price(self, price: PriceChange) -> None:
        told = self.prices.setdefault(price.symbol, [])
        if told and (price.time_ms, price.sequence) < (told[-1].time_ms, told[-1].sequence):
            raise Wrong(f"the price went back: {told[-1]} -> {price}")
        told.append(price)

    def _on_order(self, order: Order, fill: Fill | None) -> None:
        before = self.orders.get(_key(order))
        if before is not None:
            if order.executed_qty < before.executed_qty:
                raise Wrong(f"executed quantity went back: {before} -> {order}")
            if order.status < before.status:
                raise Wrong(f"status went back: {before} -> {order}")
            if before.status.is_final and order.status is not before.status:
                raise Wrong(f"a final order changed: {before} -> {order}")
            if fill is None and _state(before) == _state(order):
                raise Wrong(f"told twice: {order}")
        self.orders[_key(order)] = order
        if fill is not None:
            if (fill.symbol, fill.order_id, fill.side) != (order.symbol, order.order_id, order.side):
                raise Wrong(f"{fill} is not of {order}")
            key = (fill.symbol, fill.order_id, fill.trade_id)
            if key in self.fills:
                raise Wrong(f"told twice: {fill}")
            self.fills[key] = fill
            if self.told(order) > order.executed_qty:
                raise Wrong(f"more fills were told than {order} has executed")


def _key(order: Order) -> Key:
    return order.symbol, order.order_id


def _state(order: Order) -> tuple[object, ...]:
    return order.status, order.executed_qty, order.price, order.quantity
