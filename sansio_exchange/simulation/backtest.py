"""The sample maker through virtual days: its orders go through the real core and the venue's own wire format.

    SampleMaker ──► World: Connector ◄── latency ──► BinanceVenueMachine ──► SimulatedExchange

Everything is decided by the seed.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from msgspec import Struct

from sansio_exchange.account import Position
from sansio_exchange.commands import CancelOrder, Credentials, PlaceOrder, Start, Subscribe, Topic
from sansio_exchange.errors import OutcomeUnknown
from sansio_exchange.machine import Complete, Event
from sansio_exchange.market import PriceChange
from sansio_exchange.numbers import ZERO, floor_to
from sansio_exchange.orders import Fill, Order, OrderUpdate
from sansio_exchange.session import Connector
from sansio_exchange.simulation.binance import BinanceVenueMachine
from sansio_exchange.simulation.binance.rate_limits import Limits
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.faults import Latency
from sansio_exchange.simulation.sample_maker import Intent, Place, SampleMaker
from sansio_exchange.simulation.symbols import default_rules
from sansio_exchange.simulation.venues import DEMO, DEMO_BALANCE, FEES
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venues import make_venue

PACE = 2.0
"""Market events per second, about a third of them trades: a calm market, through which a day takes seconds."""
HALF_SPREAD = Decimal("0.0003")
SKEW = Decimal(2)
NOTIONAL = Decimal(1_000)
"""USDT in each quote."""
MAX_QUOTES = 5
"""The position limit, in quotes."""
SAMPLE_SECONDS = 60.0


class Sample(Struct, frozen=True):
    """The state of the account at one moment; `seconds` since the start."""

    seconds: float
    price: Decimal
    position: Decimal
    equity: Decimal


class Report(Struct):
    """What came of it. Amounts are in USDT; `drawdown` is the deepest fall of the equity from a peak."""

    orders: int = 0
    refused: int = 0
    fills: int = 0
    volume: Decimal = ZERO
    fees: Decimal = ZERO
    profit: Decimal = ZERO
    drawdown: Decimal = ZERO
    events: int = 0


class Backtest:
    """One `symbol`, one maker, 100,000 USDT. `samples` has the account minute by minute."""

    def __init__(self, *, seed: int, symbol: str = "BTCUSDT", pace: float = PACE, start_ms: int = START_MS) -> None:
        rules = [each for each in default_rules() if each.symbol == symbol]
        self.samples: list[Sample] = []
        self.report = Report()
        self.symbol = symbol
        self._peak = DEMO_BALANCE
        self._exchange = SimulatedExchange(
            rules,
            seed=seed,
            start_ms=start_ms,
            pace=pace,
            maker_fee=FEES.maker,
            taker_fee=FEES.taker,
            maintenance_rate=FEES.maintenance,
        )
        self._exchange.open_account(DEMO, DEMO_BALANCE)
        self._price = self._exchange.ticker(symbol).last_price
        roots = {"rest": "http://venue", "public": "ws://venue", "private": "ws://venue", "trade": "ws://venue"}
        self._world = World(
            Connector(
                make_venue("binance", endpoints=roots),
                Credentials(DEMO, DEMO, DEMO),
                session="day",
                seed=seed,
                past_is_known=True,
            ),
            BinanceVenueMachine(self._exchange, {DEMO: DEMO}, fees=FEES, seed=seed, limits=Limits()),
            seed=seed,
            start_ms=start_ms,
            faults=[Latency(0.005, 0.005, jitter=0.005)],
            on_event=self._on_event,
        )
        quantity = floor_to(NOTIONAL / self._price, rules[0].step_size)
        self._maker = SampleMaker(
            rules[0], quantity=quantity, max_position=quantity * MAX_QUOTES, half_spread=HALF_SPREAD, skew=SKEW
        )

    def run(self, seconds: float) -> Iterator[float]:
        """Let `seconds` of virtual time pass; yields how many have passed, every minute. Iterate to make it run."""
        self._world.ask(Start())
        self._world.ask(Subscribe(Topic("price", self.symbol)))
        began = self._world.now
        self._timer()
        self._carry_out(self._maker.on_position(ZERO, self._world.now))
        passed = 0.0
        while passed < seconds:
            passed = min(seconds, passed + SAMPLE_SECONDS)
            self._world.run_until(began + passed)
            self._sample(passed)
            yield passed

    def _sample(self, seconds: float) -> None:
        account = self._exchange.account(DEMO)
        size = sum((each.size for each in account.positions), ZERO)
        self.samples.append(Sample(seconds, self._price, size, account.margin_balance))
        self._peak = max(self._peak, account.margin_balance)
        self.report.profit = account.margin_balance - DEMO_BALANCE
        self.report.drawdown = max(self.report.drawdown, self._peak - account.margin_balance)

    def _timer(self) -> None:
        self._carry_out(self._maker.on_timer(self._world.now))
        self._world.at(self._world.now + 1.0, self._timer)

    def _on_event(self, event: Event) -> None:
        self.report.events += 1
        now = self._world.now
        match event:
            case PriceChange(_, price):
                self._price = price
                self._carry_out(self._maker.on_price(price, now))
            case OrderUpdate(order, fill):
                if fill is not None:
                    self._count(fill)
                self._carry_out(self._maker.on_order(order, now))
            case Position(_, size):
                self._carry_out(self._maker.on_position(size, now))

    def _count(self, fill: Fill) -> None:
        self.report.fills += 1
        self.report.volume += fill.quantity * fill.price
        self.report.fees += fill.fee

    def _carry_out(self, intents: list[Intent]) -> None:
        for intent in intents:
            if isinstance(intent, Place):
                self.report.orders += 1
                self._world.begin(PlaceOrder(intent.order), self._placed(intent.order.client_order_id))
            else:
                # Whether it succeeded, the order's own updates tell.
                self._world.begin(CancelOrder(intent.symbol, intent.order_id), lambda _: None)

    def _placed(self, client_order_id: str) -> Callable[[Complete], None]:
        def then(answer: Complete) -> None:
            if isinstance(answer.result, Order):
                self._carry_out(self._maker.on_order(answer.result, self._world.now))
            elif not isinstance(answer.error, OutcomeUnknown):
                self.report.refused += 1
                self._carry_out(self._maker.on_refused(client_order_id, self._world.now))

        return then
