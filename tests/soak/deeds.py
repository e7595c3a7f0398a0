"""What a random trader does next: orders near the market, in batches now and then, cancellations and questions."""

from collections.abc import Mapping
from decimal import Decimal

from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    GetAccount,
    GetHistoricalKlines,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    GetTickers,
    PlaceOrder,
    PlaceOrders,
)
from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import ZERO, floor_to
from sansio_exchange.orders import NewOrder, OrderType, Side, TimeInForce
from sansio_exchange.simulation.prng import Prng

MOST_WORKING = 120
"""Orders that work before all are cancelled: venues allow two hundred in a symbol."""
LARGEST_POSITION = Decimal(20_000)
"""USDT held in a symbol before orders only reduce it."""


class Deeds:
    """Prices, own orders and positions come in as they are told; deeds come out.

    `working` are the orders that are known to work. Of three orders, two carry a name of their own, `prefix` and a
    number, which must be good for every venue: letters and digits.
    """

    def __init__(self, prng: Prng, rules: Mapping[str, SymbolRules], prefix: str) -> None:
        self.working: dict[tuple[str, int], None] = {}
        self.prices: dict[str, Decimal] = {}
        self.positions: dict[str, Decimal] = {}
        self._prng = prng
        self._rules = rules
        self._symbols = sorted(rules)
        self._prefix = prefix
        self._names = 0
        self._known: list[tuple[str, int]] = []

    def on_order(self, symbol: str, order_id: int, *, is_final: bool) -> None:
        if is_final:
            self.working.pop((symbol, order_id), None)
        elif (symbol, order_id) not in self.working:
            self.working[symbol, order_id] = None
            self._known = [*self._known[-20:], (symbol, order_id)]

    def next(self) -> Action | None:
        """None while no price is known."""
        if len(self.prices) < len(self._symbols):
            return None
        if len(self.working) > MOST_WORKING:
            return CancelAllOrders(self._symbol())
        deed = self._prng.below(100)
        if deed < 50 or (deed < 89 and deed >= 58 and not self.working):
            return PlaceOrder(self._order())
        if deed < 58:
            return PlaceOrders(tuple(self._order() for _ in range(2 + self._prng.below(5))))
        if deed < 83:
            return CancelOrder(*self._any(list(self.working)))
        if deed < 88:
            symbol = self._any(list(self.working))[0]
            return CancelOrders(symbol, tuple(number for each, number in self.working if each == symbol)[:6])
        if deed < 89:
            return CancelAllOrders(self._symbol())
        return self._question()

    def _question(self) -> Action:
        match self._prng.below(8):
            case 0:
                return GetAccount()
            case 1:
                return GetPositions()
            case 2:
                return GetTickers()
            case 3:
                return GetHistoricalKlines(self._symbol(), "1m", 50)
            case 4:
                return GetOpenOrders(self._symbol())
            case _:
                return GetOrder(*self._any(self._known)) if self._known else GetAccount()

    def _any(self, among: list[tuple[str, int]]) -> tuple[str, int]:
        return among[self._prng.below(len(among))]

    def _symbol(self) -> str:
        return self._symbols[self._prng.below(len(self._symbols))]

    def _order(self) -> NewOrder:
        prng, symbol = self._prng, self._symbol()
        rules, price = self._rules[symbol], self.prices[symbol]
        held = self.positions.get(symbol, ZERO)
        side = Side.BUY if prng.below(2) else Side.SELL
        if abs(held * price) > LARGEST_POSITION:
            side = Side.SELL if held > 0 else Side.BUY
        least = max(Decimal(150), rules.min_notional * Decimal("1.5"))
        quantity = floor_to(least * (1 + prng.below(4)) / price, rules.step_size) + rules.step_size
        quantity = max(quantity, rules.min_quantity)
        name = ""
        if prng.below(3):
            self._names += 1
            name = f"{self._prefix}{self._names}"
        kind = prng.below(10)
        if kind < 2:
            return NewOrder(symbol, side, OrderType.MARKET, quantity, client_order_id=name)
        away = rules.tick_size * (prng.below(60) - 15)
        wanted = floor_to(price, rules.tick_size) + (-away if side is Side.BUY else away)
        return NewOrder(
            symbol,
            side,
            OrderType.LIMIT,
            quantity,
            wanted,
            time_in_force=TimeInForce.IOC if kind == 2 else TimeInForce.UNSPECIFIED,
            post_only=kind == 3,
            client_order_id=name,
        )
