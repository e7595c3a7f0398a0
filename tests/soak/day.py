"""Virtual hours of the core before the local venue: what it holds stays flat, and nothing is lost.

Two runs on the simulation's clock. In the first the venue is away for some seconds, four times an hour. In the second
it stays, so that its sockets grow as old as they may and are succeeded: restarts would renew them long before. Traders
trade all the time in both, and another program with them on the account.
"""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from math import inf
from typing import Any

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from sansio_exchange.account import Position
from sansio_exchange.commands import Action, Credentials, PlaceOrder, PlaceOrders, Start, Subscribe, Topic
from sansio_exchange.errors import OutcomeUnknown
from sansio_exchange.machine import Complete, Event, SessionState
from sansio_exchange.market import PriceChange
from sansio_exchange.orders import NewOrder, Order, OrderUpdate
from sansio_exchange.session import Connector
from sansio_exchange.session.order_ledger import FINAL_KEPT
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.faults import Crossing, Fault, Latency
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.venues import DEMO, LOCAL_VENUES, Account
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venues import make_venue
from tests.simulation.told import Books, words_of
from tests.simulation.verdict import judge_memory
from tests.soak.deeds import Deeds
from tests.soak.elsewhere import Elsewhere
from tests.soak.held import held_bytes
from tests.soak.told import Subscriber, told
from tests.soak.verdict import Placed, Truth, compare, growth, judge_answers

SEED = 1
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
HOUR = 3600.0
MARKET_PACE = 2.0
"""Trades a second of each symbol's market. Were they rarer, venues that tell only changes would fall silent."""
DEEDS_PER_SECOND = 0.7
ELSEWHERE_SECONDS = 120.0
RESTART_SECONDS = 900.0
LONGEST_AWAY = 20.0
BACK_WITHIN = 30.0
"""Seconds from the venue's return until the session is live; the longest wait between two attempts is part of it."""
REST_SECONDS = 120.0
FEWEST = 6
MORE_MEMORY = 0.02
MORE_TIMERS = 10


class Restarts(Fault):
    """The venue goes away and comes back, again and again, until `last` seconds; `returns` says when it last came."""

    def __init__(self, last: float) -> None:
        self.many = 0
        self.away_until = 0.0
        self._last = last
        self._prng = Prng(SEED, "restarts")

    def begin(self, world: World) -> None:
        at = max(self.away_until, world.now) + RESTART_SECONDS * (0.5 + self._prng.uniform())

        def strike() -> None:
            self.many += 1
            self.away_until = world.now + 1.0 + LONGEST_AWAY * self._prng.uniform()
            world.disconnect()
            self.begin(world)

        if at < self._last:
            world.at(at, strike)

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        if crossing.at < self.away_until:
            if crossing.way in ("request", "open"):
                crossing.refused = True
            else:
                crossing.cut = True


class Hour(Struct):
    """What the core holds at an hour's end: bytes, orders known, requests under way, timers, sockets.

    Sockets `opened`, `restarts`, `asked`, `orders` and `fills` count from the beginning; `cpu_seconds` is what the run
    has cost.
    """

    number: int
    held_mb: float
    known: int
    pending: int
    timers: int
    sockets: int
    opened: int
    restarts: int
    asked: int
    orders: int
    fills: int
    cpu_seconds: float


class Day:
    """One run of `hours`; `rows`, `problems` and `notes` are its outcome."""

    def __init__(self, venue: str, hours: float, *, restarts: bool) -> None:
        self.rows: list[Hour] = []
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.slowest_return = 0.0
        self._hours = hours
        self._ends = hours * HOUR
        kind = LOCAL_VENUES[venue]
        rules = [each for each in kind.rules() if each.symbol in SYMBOLS]
        exchange = SimulatedExchange(rules, seed=SEED, start_ms=START_MS, pace=MARKET_PACE, customs=kind.customs)
        exchange.open_account(DEMO, Decimal(1_000_000))
        words = words_of(venue, SEED, exchange.rules)
        self._books = Books(exchange, words)
        self._elsewhere = Elsewhere(exchange, DEMO, words, SEED)
        self._connector = Connector(
            make_venue(venue), Credentials(DEMO, DEMO, DEMO), session="soak", seed=SEED, past_is_known=True
        )
        self._restarts = Restarts(self._ends - REST_SECONDS if restarts else 0.0)
        self._world = World(
            self._connector,
            kind.make(exchange, Account(DEMO, DEMO, DEMO), SEED, None),
            seed=SEED,
            faults=[Latency(0.02, 0.02, 0.03), self._restarts],
            on_event=self._hear,
        )
        self._prng = Prng(SEED, "day")
        self._deeds = Deeds(Prng(SEED, "deeds"), exchange.rules, "d")
        self._subscriber = Subscriber()
        self._answers: list[Placed] = []
        self._asked = 0
        self._state = SessionState(False, "")
        self._returned_from = 0

    def run(self) -> Iterator[Hour]:
        """Gives each hour as it ends; judges after the last. Raises RuntimeError where the core broke its contract."""
        begun = time.process_time()
        self._world.ask(Start(), timeout=60.0)
        for symbol in SYMBOLS:
            self._world.ask(Subscribe(Topic("price", symbol)))
            self._world.ask(Subscribe(Topic("kline", symbol, "1m")))
        self._repeat(1 / DEEDS_PER_SECOND, self._prng.exponential, self._act)
        self._repeat(ELSEWHERE_SECONDS, self._elsewhere.wait, lambda: self._elsewhere.trade(self._now_ms()))
        number = 0
        while self._world.now < self._ends:
            number += 1
            self._world.run_until(min(number * HOUR, self._ends))
            row = self._row(number, time.process_time() - begun)
            self.rows.append(row)
            yield row
        self._elsewhere.cancel_all(self._now_ms())
        self._world.run_until(self._ends + REST_SECONDS)
        self._judge()

    def _repeat(self, seconds: float, wait: Callable[[], float], deed: Callable[[], None]) -> None:
        at = self._world.now + seconds * wait()

        def act() -> None:
            self._repeat(seconds, wait, deed)
            deed()

        if at < self._ends:
            self._world.at(at, act)

    def _now_ms(self) -> int:
        return START_MS + int(self._world.now * 1000)

    # --- asking and hearing ---------------------------------------------------------------------------------------

    def _act(self) -> None:
        action = self._deeds.next()
        if action is None:
            return
        self._asked += 1
        self._world.begin(action, lambda done: self._answers.extend(_outcomes(action, done)), client="trader")

    def _hear(self, event: Event) -> None:
        match event:
            case PriceChange():
                self._deeds.prices[event.symbol] = event.price
            case OrderUpdate(order):
                self._subscriber.hear(told(event))
                self._deeds.on_order(order.symbol, order.order_id, is_final=order.status.is_final)
            case Position():
                self._deeds.positions[event.symbol] = event.size
            case SessionState():
                self._on_state(event)

    def _on_state(self, state: SessionState) -> None:
        was_live, self._state = self._state.live, state
        if state.live and self._returned_from < self._restarts.many:
            self._returned_from = self._restarts.many
            self.slowest_return = max(self.slowest_return, self._world.now - self._restarts.away_until)
        if was_live and not state.live and self._world.now > self._restarts.away_until + BACK_WITHIN:
            self.problems.append(f"{self._world.now:.0f} s: not live, though the venue was there: {state.reason}")

    # --- judging --------------------------------------------------------------------------------------------------

    def _row(self, number: int, cpu_seconds: float) -> Hour:
        calls = self._connector._calls
        return Hour(
            number=number,
            held_mb=held_bytes(self._connector) / 1e6,
            known=len(self._connector._ledger),
            pending=calls.pending(),
            timers=len(calls._timers),
            sockets=len(self._world.sockets),
            opened=self._world.sockets.opened,
            restarts=self._restarts.many,
            asked=self._asked,
            orders=len(self._subscriber.orders),
            fills=len(self._subscriber.fills),
            cpu_seconds=cpu_seconds,
        )

    def _judge(self) -> None:
        truth = Truth(self._books, DEMO)
        self.problems += self._subscriber.wrong
        self.problems += compare(self._subscriber, truth.orders.values(), truth.fills, inf)
        self.problems += judge_answers(self._answers, truth.orders)
        try:
            judge_memory(self._connector)
        except AssertionError as error:
            self.problems.append(str(error))
        if self._world.unanswered:
            self.problems.append(f"{self._world.unanswered} commands were never completed")
        if not self._state.live:
            self.problems.append(f"not live at the end: {self._state.reason}")
        if self.slowest_return > BACK_WITHIN:
            self.problems.append(f"live only {self.slowest_return:.1f} s after the venue's return")
        last = self.rows[-1]
        aged = [
            each for each in self._connector._venue.sockets.values() if 0 < each.max_age < self._ends - REST_SECONDS
        ]
        if aged and last.opened < 2 * last.sockets:
            self.problems.append(f"{last.opened} sockets were opened: not one of {len(aged)} was succeeded at its age")
        settled = [row for row in self.rows if row.known >= FINAL_KEPT]
        if len(settled) < FEWEST:
            self.notes.append(f"too short to judge memory: it grows until {FINAL_KEPT:,} ended orders are remembered")
        elif growth([row.held_mb for row in settled]) > MORE_MEMORY * settled[0].held_mb:
            self.problems.append(f"memory grew: {[round(row.held_mb, 2) for row in settled]} MB")
        for name, allowed in (("timers", MORE_TIMERS), ("pending", 3), ("sockets", 0)):
            figures = [getattr(row, name) for row in self.rows[1:]]
            if len(figures) >= FEWEST and growth(figures) > allowed:
                self.problems.append(f"{name} grew: {figures}")


def _outcomes(action: Action, done: Complete) -> list[Placed]:
    """What was said of each order that `action` asked for."""
    match action:
        case PlaceOrder(order):
            return [_placed(order, done.result if done.error is None else done.error)]
        case PlaceOrders(orders):
            outcomes = done.result if done.error is None else [done.error] * len(orders)
            return [_placed(order, outcome) for order, outcome in zip(orders, outcomes, strict=True)]
        case _:
            return []


def _placed(order: NewOrder, outcome: Any) -> Placed:
    if isinstance(outcome, Order):
        return Placed(order.client_order_id, order.symbol, "accepted", outcome.order_id)
    said = "unknown" if isinstance(outcome, OutcomeUnknown) else "refused"
    return Placed(order.client_order_id, order.symbol, said, words=repr(outcome))


def table(title: str, rows: list[Hour]) -> Table:
    shown = Table(title=title, title_justify="left")
    for name in Hour.__struct_fields__:
        shown.add_column(
            {"number": "hour", "held_mb": "held, MB", "cpu_seconds": "CPU, s"}.get(name, name), justify="right"
        )
    for row in rows:
        cells = [getattr(row, name) for name in Hour.__struct_fields__]
        shown.add_row(*(f"{cell:,.1f}" if isinstance(cell, float) else f"{cell:,}" for cell in cells))
    return shown


def run_day(console: Console, venue: str, hours: float) -> tuple[list[str], list[str]]:
    """Both runs, shown hour by hour: what was wrong, and what could not be judged."""
    problems: list[str] = []
    notes: list[str] = []
    for restarts, words in ((True, "the venue restarted"), (False, "undisturbed, sockets at their age")):
        day = Day(venue, hours, restarts=restarts)
        with console.status(words) as status:
            for row in day.run():
                status.update(f"{words}: hour {row.number}, {row.held_mb:.1f} MB held")
        console.print(table(f"{hours:g} virtual hours on {venue}, {words}", day.rows))
        slowest = f"slowest return {day.slowest_return:.1f} s after the venue's; " if restarts else ""
        console.print(f"{slowest}{day.rows[-1].cpu_seconds:.0f} s of CPU")
        problems += [f"{words}: {each}" for each in day.problems]
        notes += [f"{words}: {each}" for each in day.notes]
    return problems, notes
