"""One listed symbol: its rules, its book, its prices, and the way between Decimals and whole ticks and steps."""

from decimal import Decimal

from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Order, OrderType, Side
from sansio_exchange.simulation.happenings import BookChanged
from sansio_exchange.simulation.matching import Book, BookSide, WorkingOrder
from sansio_exchange.simulation.tape import Tape

PLACES = Decimal("0.00000001")
"""Venues print averages and margins with eight places."""


class Listing:
    """A symbol as the exchange holds it."""

    def __init__(self, rules: SymbolRules, tape: Tape, mark_price: Decimal) -> None:
        self.rules = rules
        self.symbol = rules.symbol
        self.tick = rules.tick_size
        self.step = rules.step_size
        self.unit = rules.tick_size * rules.step_size
        """Value of one tick x one step, in quote coin."""
        self.book = Book()
        self.tape = tape
        self.mark_price = mark_price
        self.house_steps = 0
        """Position of the house: what all accounts together hold, with the sign turned."""
        self._shown: tuple[int, int, int, int] = (0, 0, 0, 0)

    def key(self, side: Side, price: Decimal) -> int:
        """The book's key of a price on the tick grid."""
        ticks = int(price / self.tick)
        return ticks if side is Side.BUY else -ticks

    def steps(self, quantity: Decimal) -> int:
        """Whole steps of a quantity on the step grid."""
        return int(quantity / self.step)

    def price(self, key: int) -> Decimal:
        """The price of a key of either side."""
        return self.tick * abs(key)

    def quantity(self, steps: int) -> Decimal:
        return self.step * steps

    def value(self, quote: int) -> Decimal:
        """Ticks x steps in quote coin."""
        return self.unit * quote

    def snapshot(self, order: WorkingOrder) -> Order:
        """An order's state as a value."""
        average = ZERO
        if order.executed:
            average = self.value(order.quote) / self.quantity(order.executed)
            rounded = average.quantize(PLACES)
            on_tick = rounded.quantize(self.tick)
            average = on_tick if on_tick == rounded else rounded
        return Order(
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            type=order.type,
            quantity=self.quantity(order.quantity),
            status=order.status,
            price=ZERO if order.type is OrderType.MARKET or order.key is None else self.price(order.key),
            executed_qty=self.quantity(order.executed),
            avg_price=average,
            time_in_force=order.time_in_force,
            reduce_only=order.reduce_only,
            created_ms=order.created_ms,
            update_ms=order.update_ms,
            reason=order.reason,
        )

    def book_change(self, now_ms: int) -> BookChanged | None:
        """The best bid and ask where they differ from what was told last."""
        bids, asks = self.book.bids, self.book.asks
        bid, ask = bids.keys[-1] if bids.keys else 0, asks.keys[-1] if asks.keys else 0
        shown = (bid, bids.levels[bid].total if bid else 0, ask, asks.levels[ask].total if ask else 0)
        if shown == self._shown:
            return None
        self._shown = shown
        return BookChanged(
            symbol=self.symbol,
            bid=self.tick * bid,
            bid_quantity=self.step * shown[1],
            ask=self.tick * -ask,
            ask_quantity=self.step * shown[3],
            time_ms=now_ms,
        )

    def middle(self, otherwise: float) -> float:
        """Half-way between best bid and ask, in ticks; `otherwise` where a side is empty."""
        bids, asks = self.book.bids.keys, self.book.asks.keys
        return (bids[-1] - asks[-1]) / 2.0 if bids and asks else otherwise

    def depth(self, limit: int) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        """Bids and asks as (price, quantity), best first."""
        return self._side(self.book.bids, limit), self._side(self.book.asks, limit)

    def _side(self, side: BookSide, limit: int) -> list[tuple[Decimal, Decimal]]:
        keys = side.keys[: -limit - 1 : -1] if limit > 0 else []
        return [(self.price(key), self.quantity(side.levels[key].total)) for key in keys]
