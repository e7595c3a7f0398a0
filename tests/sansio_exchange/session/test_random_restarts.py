"""Random plays in which the process is killed between any two effects, also while it starts; callers retry.

What it had sent arrives, is lost, or arrives when the next process runs already. Whatever happens:

- no order is placed twice, and an answer with an order is about the order that was asked for;
- each fill is told once, by one process or another. Excepted are those that were written down and not told yet when
  the process was killed: whoever subscribed then is gone, too;
- what was told is true and never goes back, from one process to the next either (Story);
- in the end every order is known as the venue knows it, nothing is owed, and what is written down says the same;
- an order that was refused for sure does not stand.
"""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from sansio_exchange.commands import CancelOrder, PlaceOrder, PlaceOrders, Start
from sansio_exchange.errors import OutcomeUnknown
from sansio_exchange.machine import Remember
from sansio_exchange.orders import NewOrder, Order, OrderType, OrderUpdate, Side
from sansio_exchange.session.memory import Known, Line, from_bytes
from sansio_exchange.simulation.wire import HttpRequest
from tests.sansio_exchange.session.fake_exchange import FakeExchange
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.plays import Dice, Story, check_books, check_memory, seeds
from tests.sansio_exchange.session.stage import Killed, Stage, limit

DEEDS = 30
"""Of one process that is not killed before."""
LONGEST_LIFE = 40
"""Effects of a process from its first deed on."""


class Play:
    def __init__(self, seed: int) -> None:
        self.dice = dice = Dice("restarts", seed)
        self.exchange = exchange = FakeExchange()
        if dice.chance(0.5):
            exchange.halves = {"states", "fills"}
        exchange.refuses_duplicates = dice.chance(0.5)
        venue = FakeVenue(trade=dice.chance(0.5), max_batch=dice.choice([1, 5]))
        self.stage = Stage(venue, exchange=exchange, memory=b"", seed=seed)
        self.stage.go_live()
        self.story = Story(exchange)
        self.processes = 1
        self.asked: dict[str, NewOrder] = {}
        """By client order id."""
        self.placings: dict[int, tuple[str, ...]] = {}
        """Commands of the present process, and the orders that they ask for."""
        self.retried: set[str] = set()
        self.refused: set[str] = set()
        """Orders that were asked for once and refused."""
        self.cut_short: set[str] = set()
        """Trade ids of fills that were written down when the process was killed, and perhaps not told."""
        self.on_its_way: list[HttpRequest] = []

    def run(self) -> None:
        for _ in range(self.dice.between(2, 4)):
            self._trade_until_killed()
            self._trade_on_alone()
            for _ in range(self.dice.below(3)):
                self._start_and_be_killed()
            self._start()
            self._retry()
        self._calm_down()
        self._check_the_end()

    # --- a process --------------------------------------------------------------------------------------------

    def _trade_until_killed(self) -> None:
        if self.dice.chance(0.6):
            path = self.dice.choice(["/place", "/place", "trade/place", "/place_many", "/cancel"])
            self.stage.rules[path] = self.dice.choice(["lose", "lose reply", "refuse", "hold", "hold"])
        self.stage.lives_for = self.dice.between(1, LONGEST_LIFE)
        deeds: list[Callable[[], None]] = [self._place] * 3 + [self._fill] * 2
        deeds += [self._place_many, self._cancel, self._wait]
        with suppress(Killed):
            for _ in range(DEEDS):
                self.dice.choice(deeds)()
        self._kill()

    def _kill(self) -> None:
        self.stage.killed(arrives=self.dice.chance(0.5))
        self.story.read(self.stage)
        self._check_answers()
        self.cut_short |= written_last(self.stage)
        self.on_its_way += self.stage.on_its_way()

    def _next_process(self) -> None:
        self.processes += 1
        self.placings.clear()
        self.stage = self.stage.another(f"s{self.processes}", after=1)

    def _start_and_be_killed(self) -> None:
        self._next_process()
        self.stage.lives_for = self.dice.between(1, LONGEST_LIFE)
        with suppress(Killed):
            self.stage.begin(Start())
            self.stage.advance(self.dice.choice([0.1, 3, 20]))
        self._kill()

    def _start(self) -> None:
        self._next_process()
        self.stage.begin(Start())
        self.stage.advance(self.dice.choice([1, 3]))

    # --- deeds ------------------------------------------------------------------------------------------------

    def _new_order(self) -> NewOrder:
        name = f"c{len(self.asked) + 1}"
        order = limit(name, str(self.dice.between(1, 8)))
        if self.dice.chance(0.3):
            order = NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal(2), client_order_id=name)
        self.asked[name] = order
        return order

    def _place(self) -> None:
        order = self._new_order()
        self.placings[self.stage.begin(PlaceOrder(order), timeout=60)] = (order.client_order_id,)

    def _place_many(self) -> None:
        orders = tuple(self._new_order() for _ in range(3))
        command = self.stage.begin(PlaceOrders(orders), timeout=60)
        self.placings[command] = tuple(order.client_order_id for order in orders)

    def _fill(self) -> None:
        if working := self.exchange.working():
            order = self.dice.choice(working)
            self.exchange.fill(order.order_id, self.dice.part_of(order))
            self.stage.advance(0.001)

    def _cancel(self) -> None:
        if working := self.exchange.working():
            order = self.dice.choice(working)
            self.stage.begin(CancelOrder(order.symbol, order.order_id))

    def _wait(self) -> None:
        self.stage.advance(self.dice.choice([0.1, 1, 5]))

    def _trade_on_alone(self) -> None:
        """The venue, while no process runs."""
        for order in self.exchange.working():
            if self.dice.chance(0.5):
                self.exchange.fill(order.order_id, self.dice.part_of(order))
            elif self.dice.chance(0.3):
                self.exchange.end(order.order_id)
        self.exchange.drain()

    def _retry(self) -> None:
        for order in self.asked.values():
            if self.dice.chance(0.35):
                self.retried.add(order.client_order_id)
                self.placings[self.stage.begin(PlaceOrder(order), timeout=60)] = (order.client_order_id,)
            if self.on_its_way and self.dice.chance(0.2):
                self.stage.arrive_late([self.on_its_way.pop()])
            if self.dice.chance(0.2):
                self.stage.advance(self.dice.choice([0.2, 0.5]))
            if self.dice.chance(0.1):
                self._fill()
        late, self.on_its_way = self.on_its_way, []
        self.stage.arrive_late(late)
        if self.dice.chance(0.5):
            self.stage.advance(30)

    # --- what must hold ---------------------------------------------------------------------------------------

    def _check_answers(self) -> None:
        for command, names in self.placings.items():
            if (answer := self.stage.answers.get(command)) is None:
                continue
            outcomes = answer.result if isinstance(answer.result, tuple) else (answer.error or answer.result,)
            for name, outcome in zip(names, outcomes, strict=True):
                if isinstance(outcome, Order):
                    real = self.exchange.orders[outcome.order_id]
                    assert (outcome.client_order_id, real.client_order_id) == (name, name)
                elif not isinstance(outcome, OutcomeUnknown):
                    self.refused.add(name)

    def _calm_down(self) -> None:
        self.stage.rules.clear()
        self.stage.advance(90)
        self.stage.cut("private")
        self.stage.advance(60)
        self.story.read(self.stage)

    def _check_the_end(self) -> None:
        assert len(self.stage.answers) == self.stage._commands, "a command was not completed"
        self._check_answers()
        check_books(self.stage)
        check_memory(self.stage)
        standing = {order.client_order_id for order in self.exchange.orders.values()}
        assert not (self.refused - self.retried) & standing, "what was refused for sure was placed"
        missing = {fill.trade_id for fill in self.exchange.fills} - self.story.fills - self.cut_short
        assert not missing, f"fills were not told: {missing}"
        ledger = self.stage.connector._ledger
        assert (ledger.asked(), ledger.open_questions(), ledger.short()) == ([], [], []), "something is owed"


def written_last(stage: Stage) -> set[str]:
    """Trade ids of fills that were news with its last input, and are written down."""
    news, kept = set(), set()
    for effect in stage.last_effects:
        if isinstance(effect, Remember):
            news |= {line.fill.trade_id for line in lines(effect.lines) if isinstance(line, OrderUpdate) and line.fill}
    for line in lines(stage.kept):
        if isinstance(line, OrderUpdate) and line.fill:
            kept.add(line.fill.trade_id)
        elif isinstance(line, Known):
            kept.update(line.trade_ids)
    return news & kept


def lines(kept: bytes) -> list[Line]:
    return from_bytes(kept)[0]


@seeds(76)
def test_killed_at_any_instant_nothing_is_doubled_and_nothing_lost(seed: int) -> None:
    Play(seed).run()
