"""A small market maker to try things with: one bid and one ask around the price, leaning against its position.

It is told what happens by plain method calls and answers each with what it wants done. It reads no clock and does no
I/O, so the same object trades over gRPC in the demo and on a virtual clock in the backtest. It is an example, not
advice.

    on_price, on_timer       the market moved, time passed
    on_order                 an order of its own changed, or was accepted: the stream and replies both go here
    on_refused               an order of its own was not accepted, or is known not to exist
    on_position              what the venue says the position is
    reset                    contact was lost: every order was cancelled by the caller, the position will be told anew

Its position is the sum of its own fills, taken from each order's executed quantity, so that an update that comes
twice, late or out of order counts once. The venue's word replaces the sum if the two differ for SETTLE seconds.
"""

from decimal import Decimal

from msgspec import Struct

from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import ZERO, floor_to
from sansio_exchange.orders import NewOrder, Order, OrderType, Side, TimeInForce

SETTLE = 5.0
"""Seconds that the position told by the venue may differ from the sum of fills: both are on their way for some ms."""
PAUSE = 0.25
"""Seconds between two orders on the same side: 8 order requests a second at most, with the cancels."""
CANCEL_AGAIN = 2.0
"""Seconds after which a cancel that nothing came of is asked for again."""


class Place(Struct, frozen=True):
    """Place this order."""

    order: NewOrder


class Cancel(Struct, frozen=True):
    """Cancel this working order."""

    symbol: str
    order_id: int
    client_order_id: str


Intent = Place | Cancel


class _Quote(Struct):
    """One order of ours, from the wish to its end. `order_id` is 0 until the venue has named it."""

    client_order_id: str
    price: Decimal
    quantity: Decimal
    order_id: int = 0
    executed: Decimal = ZERO
    cancelled_at: float | None = None


class SampleMaker:
    """Quotes `quantity` base coin on each side, `half_spread` (a fraction of the price) away from it.

    It never lets position plus working orders exceed `max_position` base coin on either side. With a position at that
    limit both quotes are moved against it by `skew` half spreads. A quote stands until it is more than `tolerance` half
    spreads away from where it belongs. `name` begins every client order id; it must be unique for the account among
    all makers that run or ever ran, and of letters and digits, as not every venue takes more. `is_started` says whether
    it knows its position.
    """

    def __init__(
        self,
        rules: SymbolRules,
        *,
        quantity: Decimal,
        max_position: Decimal,
        half_spread: Decimal = Decimal("0.0002"),
        skew: Decimal = Decimal(1),
        tolerance: Decimal = Decimal("0.5"),
        name: str = "maker",
    ) -> None:
        self.rules = rules
        self.position = ZERO
        self._quantity = quantity
        self._max_position = max_position
        self._half_spread = half_spread
        self._skew = skew
        self._tolerance = tolerance
        self._name = name
        self._number = 0
        self._price: Decimal | None = None
        self.is_started = False
        self._reported = ZERO
        self._differs_since: float | None = None
        self._quotes: dict[Side, _Quote] = {}
        self._not_before = {Side.BUY: 0.0, Side.SELL: 0.0}

    def on_price(self, price: Decimal, now: float) -> list[Intent]:
        """The newest trade's price. `now` is in seconds of any clock that only grows."""
        self._price = price
        return self._requote(now)

    def on_timer(self, now: float) -> list[Intent]:
        """Some time has passed; call it about once a second."""
        if self.position == self._reported:
            self._differs_since = None
        elif self._differs_since is None:
            self._differs_since = now
        elif now - self._differs_since >= SETTLE:
            self.position = self._reported
            self._differs_since = None
        return self._requote(now)

    def on_position(self, size: Decimal, now: float) -> list[Intent]:
        """The venue says that the position is `size`. Quoting starts with the first of these."""
        self._reported = size
        if not self.is_started:
            self.is_started = True
            self.position = size
        return self._requote(now)

    def on_order(self, order: Order, now: float) -> list[Intent]:
        """The state of an order; orders that are not this maker's are ignored."""
        quote = self._quotes.get(order.side)
        if quote is None or quote.client_order_id != order.client_order_id:
            return []
        quote.order_id = order.order_id
        if order.executed_qty > quote.executed:
            gained = order.executed_qty - quote.executed
            quote.executed = order.executed_qty
            self.position += gained if order.side is Side.BUY else -gained
        if order.status.is_final:
            self._forget(order.side, now)
        return self._requote(now)

    def on_refused(self, client_order_id: str, now: float) -> list[Intent]:
        """This order does not stand and never will. Not to be called while its fate is unknown."""
        for side, quote in list(self._quotes.items()):
            if quote.client_order_id == client_order_id:
                self._forget(side, now)
        return []

    def reset(self) -> None:
        """Forget all orders and the position. The caller has cancelled every order before."""
        self._quotes.clear()
        self.is_started = False
        self._differs_since = None

    def _forget(self, side: Side, now: float) -> None:
        del self._quotes[side]
        self._not_before[side] = now + PAUSE

    def _requote(self, now: float) -> list[Intent]:
        if self._price is None or not self.is_started:
            return []
        intents: list[Intent] = []
        for side in (Side.BUY, Side.SELL):
            price = self._target(side, self._price)
            quote = self._quotes.get(side)
            if quote is None:
                if now >= self._not_before[side]:
                    intents += self._place(side, price)
            elif quote.order_id and self._should_cancel(quote, price, now):
                quote.cancelled_at = now
                intents.append(Cancel(self.rules.symbol, quote.order_id, quote.client_order_id))
        return intents

    def _target(self, side: Side, price: Decimal) -> Decimal:
        """Where a quote of this side belongs, on the tick grid and rounded away from the price."""
        lean = self._skew * self.position / self._max_position
        centre = price * (1 - self._half_spread * lean)
        tick = self.rules.tick_size
        if side is Side.BUY:
            return floor_to(centre * (1 - self._half_spread), tick)
        return -floor_to(-centre * (1 + self._half_spread), tick)

    def _place(self, side: Side, price: Decimal) -> list[Intent]:
        held = self.position if side is Side.BUY else -self.position
        quantity = floor_to(min(self._quantity, self._max_position - held), self.rules.step_size)
        if quantity < self.rules.min_quantity or quantity * price < self.rules.min_notional or quantity <= 0:
            return []
        self._number += 1
        client_order_id = f"{self._name}x{self._number}"
        self._quotes[side] = _Quote(client_order_id, price, quantity)
        order = NewOrder(
            symbol=self.rules.symbol,
            side=side,
            type=OrderType.LIMIT,
            quantity=quantity,
            price=price,
            time_in_force=TimeInForce.GTX,
            post_only=True,
            client_order_id=client_order_id,
        )
        return [Place(order)]

    def _should_cancel(self, quote: _Quote, price: Decimal, now: float) -> bool:
        if quote.cancelled_at is not None:
            return now - quote.cancelled_at >= CANCEL_AGAIN
        return abs(quote.price - price) > price * self._half_spread * self._tolerance
