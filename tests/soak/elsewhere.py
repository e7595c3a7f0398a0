"""Another program that trades on the same account, at the venue itself: nobody asks the connector."""

from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal

from sansio_exchange.errors import ExchangeError
from sansio_exchange.numbers import floor_to
from sansio_exchange.orders import NewOrder, Order, OrderType, Side
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.prng import Prng
from tests.simulation.told import Words

NEAR = Decimal("0.0005")
"""How far from the mark price its limit orders rest."""


class Elsewhere:
    """`orders` is how many it has placed."""

    def __init__(self, exchange: SimulatedExchange, account: str, words: Words, seed: int) -> None:
        self.orders = 0
        self._exchange = exchange
        self._account = account
        self._words = words
        self._prng = Prng(seed, "elsewhere")
        self._names: set[str] = set()

    def wait(self) -> float:
        """How long it waits before it trades again, in units of its average."""
        return self._prng.exponential()

    def trade(self, now_ms: int) -> None:
        """An order at the market, or one that rests near it."""
        prng, exchange = self._prng, self._exchange
        symbol = sorted(exchange.rules)[prng.below(len(exchange.rules))]
        rules, mark = exchange.rules[symbol], exchange.mark(symbol).mark_price
        side = Side.BUY if prng.below(2) else Side.SELL
        quantity = max(floor_to(Decimal(200 + prng.below(800)) / mark, rules.step_size), 2 * rules.step_size)
        price = None
        if prng.below(2):
            price = floor_to(mark * (1 - NEAR if side is Side.BUY else 1 + NEAR), rules.tick_size)
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        name = f"e{self.orders}"
        self._names.add(name)
        order = NewOrder(symbol, side, kind, quantity, price, client_order_id=self._words.at_venue(name))
        with suppress(ExchangeError):
            exchange.place(self._account, order, now_ms)
            self.orders += 1

    def nobody_saw(self, order: Order, away: Iterable[tuple[float, float]]) -> bool:
        """Whether this program placed it and it ended, without a fill, while the venue was `away` (from, until in ms):
        nothing that is asked for afterwards names it, and docs/reliability.md does not promise it."""
        ended_unfilled = order.status.is_final and not order.executed_qty
        lived = order.created_ms, order.update_ms
        return (
            ended_unfilled
            and order.client_order_id in self._names
            and any(begun <= lived[0] and lived[1] <= ended for begun, ended in away)
        )

    def cancel_all(self, now_ms: int) -> None:
        """Whoever owns the account ends every order of it."""
        for symbol in self._exchange.rules:
            self._exchange.cancel_all(self._account, symbol, now_ms)
