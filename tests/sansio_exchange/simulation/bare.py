"""An exchange floor without a market: one symbol, an empty book, and accounts that trade with each other only."""

from decimal import Decimal

from sansio_exchange.market import SymbolRules
from sansio_exchange.orders import NewOrder, Order, OrderType, Side, TimeInForce
from sansio_exchange.simulation.candles import Candles
from sansio_exchange.simulation.customs import USUAL, Customs
from sansio_exchange.simulation.engine import Engine
from sansio_exchange.simulation.happenings import OrderChanged, Traded
from sansio_exchange.simulation.history import History
from sansio_exchange.simulation.listing import Listing
from sansio_exchange.simulation.margin import Fees, Trader
from sansio_exchange.simulation.tape import Tape

START_MS = 1_760_054_400_000
"""2025-10-10 00:00 UTC, a Friday."""
SYMBOL = "COINUSDT"
BUY, SELL = Side.BUY, Side.SELL
D = Decimal

RULES = SymbolRules(
    symbol=SYMBOL,
    venue_symbol=SYMBOL,
    base_asset="COIN",
    quote_asset="USDT",
    tick_size=D("0.5"),
    step_size=D("0.01"),
    min_quantity=D("0.01"),
    max_quantity=D(1000),
    max_market_quantity=D(500),
    min_notional=D(5),
)


def bare_listing(rules: SymbolRules = RULES, *, price: str = "100") -> Listing:
    ticks = int(D(price) / rules.tick_size)
    history = History(rules.symbol, 1, START_MS, ticks, 0.03, 1000.0, 1000.0)
    candles = Candles(rules.symbol, rules.tick_size, rules.step_size, START_MS, ticks, history)
    tape = Tape(rules.symbol, rules.tick_size, rules.step_size, 1, candles)
    return Listing(rules, tape, rules.tick_size * ticks)


class Floor:
    """An engine, one listing at 100, and short ways to trade on it."""

    def __init__(
        self, *accounts: str, rules: SymbolRules = RULES, balance: str = "100000", customs: Customs = USUAL
    ) -> None:
        self.listing = bare_listing(rules)
        self.engine = Engine([self.listing], Fees(D("0.0002"), D("0.0005"), D("0.004")), 1, customs)
        self.now_ms = START_MS
        for name in accounts or ("ann", "bob", "eve"):
            self.engine.traders[name] = Trader(name, D(balance), self.engine.fees)

    def limit(
        self,
        account: str,
        side: Side,
        quantity: str,
        price: str,
        *,
        tif: TimeInForce = TimeInForce.UNSPECIFIED,
        reduce_only: bool = False,
        client_order_id: str = "",
    ) -> Order:
        new = NewOrder(
            SYMBOL,
            side,
            OrderType.LIMIT,
            D(quantity),
            D(price),
            time_in_force=tif,
            reduce_only=reduce_only,
            client_order_id=client_order_id,
        )
        return self.engine.place(account, new, self.now_ms)

    def market(self, account: str, side: Side, quantity: str, *, reduce_only: bool = False) -> Order:
        new = NewOrder(SYMBOL, side, OrderType.MARKET, D(quantity), reduce_only=reduce_only)
        return self.engine.place(account, new, self.now_ms)

    def house(self, side: Side, price: str, quantity: str) -> None:
        """The house shows `quantity` at `price`."""
        self.engine.quote(self.listing, side, self.listing.key(side, D(price)), self.listing.steps(D(quantity)))

    def state(self, order: Order) -> Order:
        """What became of an order."""
        for trader in self.engine.traders.values():
            for holding in trader.holdings.values():
                found = holding.records.orders.get(order.order_id)
                if found is not None:
                    return self.listing.snapshot(found)
        raise AssertionError("no such order")

    def size(self, account: str) -> Decimal:
        return self.engine.traders[account].holding(self.listing).size

    def trades(self) -> list[tuple[str, str]]:
        """(price, quantity) of every trade so far."""
        return [(str(each.price), str(each.quantity)) for each in self.engine.happenings if isinstance(each, Traded)]

    def executions(self, order: Order) -> list[str]:
        """What was told about an order."""
        return [
            each.execution
            for each in self.engine.happenings
            if isinstance(each, OrderChanged) and each.order.order_id == order.order_id
        ]
