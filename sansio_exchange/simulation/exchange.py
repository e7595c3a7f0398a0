"""A whole perpetual-futures exchange in memory, of no particular venue.

Venue wire formats (simulation/binance, ...) translate its methods and happenings and own nothing of it. It reads no
clock: `now_ms` is a parameter, and `advance` lets the market live up to an instant. The same seed and the same calls
give the same happenings.
"""

from collections.abc import Sequence
from decimal import Decimal

from sansio_exchange.account import Account, Position
from sansio_exchange.market import Candle, FundingRate, SymbolRules, Ticker
from sansio_exchange.orders import Fill, NewOrder, Order
from sansio_exchange.simulation.happenings import Happening, MarkChanged, Traded


class SimulatedExchange:
    """Accounts are named by a text (their API key). All errors are those of sansio_exchange.errors."""

    def __init__(self, rules: Sequence[SymbolRules], *, seed: int, start_ms: int) -> None:
        raise NotImplementedError

    rules: dict[str, SymbolRules]
    """By canonical symbol, as handed in."""

    # time
    def advance(self, now_ms: int) -> None:
        """Let the market live until `now_ms`: its orders, marks, candles, funding, liquidations."""
        raise NotImplementedError

    def next_event_ms(self) -> int:
        """When `advance` next has something to do."""
        raise NotImplementedError

    def drain(self) -> list[Happening]:
        """What happened since the last call, in order."""
        raise NotImplementedError

    # accounts
    def open_account(self, account: str, balance: Decimal) -> None:
        raise NotImplementedError

    def account(self, account: str) -> Account:
        """Totals, and every open position with its mark price and profit."""
        raise NotImplementedError

    def positions(self, account: str) -> tuple[Position, ...]:
        raise NotImplementedError

    def order_margin(self, account: str) -> Decimal:
        """Initial margin held by open orders, in USDT."""
        raise NotImplementedError

    def leverage(self, account: str, symbol: str) -> int:
        raise NotImplementedError

    def set_leverage(self, account: str, symbol: str, leverage: int, now_ms: int) -> None:
        raise NotImplementedError

    # orders
    def place(self, account: str, order: NewOrder, now_ms: int) -> Order:
        """Accept an order and match it; the answer is its state after that.

        Raises InvalidRequest (tick, step, minimum, notional), InsufficientFunds, WouldTake, ReduceOnlyRejected,
        DuplicateClientOrderId (among working orders).
        """
        raise NotImplementedError

    def amend(self, account: str, symbol: str, order_id: int, quantity: Decimal, price: Decimal, now_ms: int) -> Order:
        """New price or quantity for a working limit order; loses time priority unless only the quantity shrinks."""
        raise NotImplementedError

    def cancel(self, account: str, symbol: str, now_ms: int, *, order_id: int = 0, client_order_id: str = "") -> Order:
        """Raises OrderNotFound where it is not working."""
        raise NotImplementedError

    def cancel_all(self, account: str, symbol: str, now_ms: int) -> list[Order]:
        raise NotImplementedError

    def order(self, account: str, symbol: str, *, order_id: int = 0, client_order_id: str = "") -> Order:
        """Any order ever placed; by client id the newest of that id. Raises OrderNotFound."""
        raise NotImplementedError

    def open_orders(self, account: str, symbol: str = "") -> list[Order]:
        raise NotImplementedError

    def orders(self, account: str, symbol: str) -> list[Order]:
        """Every order ever placed, oldest first."""
        raise NotImplementedError

    def fills(self, account: str, symbol: str) -> list[Fill]:
        """Every fill, oldest first."""
        raise NotImplementedError

    # the market
    def depth(self, symbol: str, limit: int) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        """Bids and asks as (price, quantity), best first."""
        raise NotImplementedError

    def recent_trades(self, symbol: str, limit: int) -> list[Traded]:
        raise NotImplementedError

    def candles(
        self, symbol: str, interval: str, limit: int, start_ms: int = 0, end_ms: int = 0
    ) -> list[tuple[Candle, int, Decimal]]:
        """(candle, trade count, quote volume), oldest first, the running one last."""
        raise NotImplementedError

    def ticker(self, symbol: str) -> Ticker:
        raise NotImplementedError

    def mark(self, symbol: str) -> MarkChanged:
        raise NotImplementedError

    def funding_history(self, symbol: str, limit: int) -> list[FundingRate]:
        raise NotImplementedError

    def open_interest(self, symbol: str) -> Decimal:
        raise NotImplementedError
