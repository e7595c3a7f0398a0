"""The venue's own books in the words of its wire: what a session that understands it must have told.

A venue names orders and executions in its own way and does not tell all that the exchange below knows. Everything else
is compared as it is.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import structs

from sansio_exchange.account import Account
from sansio_exchange.market import SymbolRules
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, TimeInForce
from sansio_exchange.simulation.bitget.order_rows import FIRST_ORDER_ID
from sansio_exchange.simulation.bybit.ids import Ids
from sansio_exchange.simulation.engine import NOTHING_TO_REDUCE, WOULD_TAKE
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fill_numbers import fill_number
from sansio_exchange.simulation.happenings import Traded

GATE_PREFIX = "t-"


class Words:
    """How one venue tells of orders and fills; Binance and OKX tell them as they are."""

    tells_profit = True
    """Whether each fill comes with its realised profit, by whatever way it comes."""
    dates_positions_to_ms = 1
    """How exactly a position that was asked for says when it changed."""

    def number(self, order_id: int) -> int:
        return order_id

    def at_venue(self, client_order_id: str) -> str:
        """What the venue calls the order that its caller calls so."""
        return client_order_id

    def order(self, order: Order) -> Order:
        return order

    def fill(self, fill: Fill) -> Fill:
        return fill


class BybitWords(Words):
    """UUIDs. The realised profit stands on the stream alone."""

    tells_profit = False

    def __init__(self, seed: int) -> None:
        self._ids = Ids(seed)
        self._numbers = OrderIds()

    def number(self, order_id: int) -> int:
        return self._numbers.number(self._ids.order(order_id))

    def order(self, order: Order) -> Order:
        return structs.replace(order, order_id=self.number(order.order_id))

    def fill(self, fill: Fill) -> Fill:
        trade_id = self._ids.execution(fill.symbol, fill.trade_id)
        return structs.replace(fill, order_id=self.number(fill.order_id), trade_id=trade_id)


class BitgetWords(Words):
    """Numbers of its own, of orders and of fills. A post-only order that would have taken was cancelled,
    and so was a reduce-only one that had nothing left to reduce."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self._places = {symbol: place for place, symbol in enumerate(symbols)}

    def number(self, order_id: int) -> int:
        return FIRST_ORDER_ID + order_id

    def order(self, order: Order) -> Order:
        rests = order.type is OrderType.LIMIT and order.time_in_force in (TimeInForce.GTC, TimeInForce.GTX)
        is_cancelled = rests and order.reason in (WOULD_TAKE, NOTHING_TO_REDUCE)
        status = OrderStatus.CANCELED if is_cancelled else order.status
        return structs.replace(order, order_id=self.number(order.order_id), status=status)

    def fill(self, fill: Fill) -> Fill:
        trade_id = str(fill_number(fill, self._places[fill.symbol]))
        return structs.replace(fill, order_id=self.number(fill.order_id), trade_id=trade_id)


class GateWords(Words):
    """Names begin with "t-"; an order without one is called by its number."""

    tells_profit = False
    dates_positions_to_ms = 1000

    def at_venue(self, client_order_id: str) -> str:
        return f"{GATE_PREFIX}{client_order_id}"

    def order(self, order: Order) -> Order:
        name = order.client_order_id
        name = name.removeprefix(GATE_PREFIX) if name.startswith(GATE_PREFIX) else str(order.order_id)
        return structs.replace(order, client_order_id=name)


def words_of(venue: str, seed: int, symbols: Iterable[str]) -> Words:
    match venue:
        case "bybit":
            return BybitWords(seed)
        case "bitget":
            return BitgetWords(symbols)
        case "gate":
            return GateWords()
        case _:
            return Words()


class Books:
    """What traders and judges read of the exchange."""

    def __init__(self, exchange: SimulatedExchange, words: Words) -> None:
        self.words = words
        self._exchange = exchange
        self._known: dict[int, int] = {}

    @property
    def rules(self) -> Mapping[str, SymbolRules]:
        return self._exchange.rules

    def mark_price(self, symbol: str) -> Decimal:
        return self._exchange.mark(symbol).mark_price

    def best(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Bid and ask; the mark price where there is none."""
        bids, asks = self._exchange.depth(symbol, 1)
        mark = self.mark_price(symbol)
        return (bids[0][0] if bids else mark), (asks[0][0] if asks else mark)

    def trades(self, symbol: str, limit: int) -> list[Traded]:
        """The newest of all accounts, oldest first."""
        return self._exchange.recent_trades(symbol, limit)

    def account(self, account: str) -> Account:
        return self._exchange.account(account)

    def orders(self, account: str, symbol: str) -> list[Order]:
        return [self._told(order) for order in self._exchange.orders(account, symbol)]

    def open_orders(self, account: str, symbol: str) -> list[Order]:
        return [self._told(order) for order in self._exchange.open_orders(account, symbol)]

    def fills(self, account: str, symbol: str) -> list[Fill]:
        return [self.words.fill(fill) for fill in self._exchange.fills(account, symbol)]

    def order(self, account: str, symbol: str, *, order_id: int = 0, client_order_id: str = "") -> Order:
        """Raises OrderNotFound."""
        if order_id and order_id not in self._known:
            self.orders(account, symbol)
        name = self.words.at_venue(client_order_id) if client_order_id else ""
        number = self._known.get(order_id, order_id)
        return self._told(self._exchange.order(account, symbol, order_id=number, client_order_id=name))

    def _told(self, order: Order) -> Order:
        told = self.words.order(order)
        self._known[told.order_id] = order.order_id
        return told
