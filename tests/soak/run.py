"""Minutes of real sockets under load: the venue's gateway is killed in each, and everything told is held to its books.

    load (tests/soak/load.py) ──gRPC──► exchange-connector serve ──HTTP, WebSockets──► front ──► Keeper, here

Four processes: this one keeps the venue's books and judges.
"""

import asyncio
import contextlib
import re
import sys
import time
from collections import Counter
from decimal import Decimal
from math import inf
from pathlib import Path

import msgspec
from grpclib.exceptions import GRPCError
from rich.console import Console
from rich.live import Live

from sansio_exchange.session.order_ledger import FINAL_KEPT
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.venues import DEMO, LOCAL_VENUES, Account, OrderLimits
from service.client import Client
from service.messages import number
from service.stubs.opensqt.market_maker import v1
from tests.simulation.told import Books, words_of
from tests.soak import report
from tests.soak.connector import ConnectorProcess, Figures
from tests.soak.elsewhere import Elsewhere
from tests.soak.health import HealthWatch
from tests.soak.keeper import Keeper
from tests.soak.load import SUBSCRIBERS, SYMBOLS, Broken, Line, Pulse
from tests.soak.ports import free_ports, listening
from tests.soak.report import Minute
from tests.soak.told import Subscriber, Told
from tests.soak.verdict import Placed, Truth, compare, growth, judge_answers

SEED = 1
_DIGITS = re.compile(r"[A-Za-z0-9_]*[0-9][A-Za-z0-9_.]*")
MINUTE = 60.0
PACE = 3.0
"""Trades a second of each symbol's market. Were they rarer, venues that tell only changes would fall silent."""
NO_LIMITS = OrderLimits(per_ten_seconds=1_000_000, per_minute=1_000_000, weight_per_minute=1_000_000)
"""The load is of sockets and memory; what venues allow is kept to all the same, and tested elsewhere."""
UNDERWAY_MS = 5_000
"""How long an update may be on its way before it counts as lost, where the venue died meanwhile."""
DIES_WITH_IT_MS = 1_000
"""How long before its death the venue said what may have gone with it."""
NOTICED_WITHIN = 5.0
BACK_WITHIN = 15.0
"""The wait between two attempts to connect may grow as long as the venue was away, some eight seconds."""
START_SECONDS = 60.0
"""Until the first SERVING. A connector that knows nothing of its account's past waits at first (docs/design.md)."""
STOP_SECONDS = 8.0
CALM = 8.0
"""Seconds from the end of the load until everything must have been told."""
ELSEWHERE_SECONDS = 4.0
"""The other program's trades are so far apart on average."""
MORE_TASKS = 5
MORE_DESCRIPTORS = 3
MORE_MEMORY = 0.03
"""What may have been added in the last third of the run, against its first; of memory the share."""
FEWEST = 6
"""Minutes on which flatness is judged."""


class Soak:
    """One run. `rows` and `problems` are its outcome, `notes` what could not be judged."""

    def __init__(self, exchange: str, minutes: int, console: Console, folder: Path) -> None:
        self.rows: list[Minute] = []
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self._name = exchange
        self._minutes = minutes
        self._console = console
        self._folder = folder
        self._prng = Prng(SEED, "soak")
        kind = LOCAL_VENUES[exchange]
        rules = [each for each in kind.rules() if each.symbol in SYMBOLS]
        self._exchange = SimulatedExchange(
            rules,
            seed=SEED,
            start_ms=_wall_ms(),
            pace=PACE,
            maker_fee=kind.fees.maker,
            taker_fee=kind.fees.taker,
            maintenance_rate=kind.fees.maintenance,
            customs=kind.customs,
        )
        self._exchange.open_account(DEMO, Decimal(1_000_000))
        self._machine = kind.make(self._exchange, Account(DEMO, DEMO, DEMO), SEED, NO_LIMITS)
        words = words_of(exchange, SEED, self._exchange.rules)
        self._books = Books(self._exchange, words)
        self._elsewhere = Elsewhere(self._exchange, DEMO, words, SEED)
        self._subscribers = [Subscriber() for _ in range(SUBSCRIBERS)]
        self._answers: list[Placed] = []
        self._pulse: Pulse | None = None
        self._away: list[tuple[float, float]] = []
        """From when until when (ms) what the venue said of orders may not have arrived: it was away, or about to be."""
        self._missed: set[str] = set()

    @property
    def title(self) -> str:
        return f"Soak on {self._name}, {self._minutes} min"

    async def run(self) -> None:
        venue_port, port, metrics_port = free_ports(3)
        keeper = Keeper(self._machine, venue_port)
        keeper.start()
        try:
            await listening(venue_port)
            with (self._folder / "soak-connector.log").open("wb") as log:
                connector = ConnectorProcess(self._name, venue_port, port, metrics_port, log)
                try:
                    await self._run_before(keeper, connector, venue_port)
                    if wrong := await connector.stop(STOP_SECONDS):
                        self.problems.append(wrong)
                finally:
                    connector.kill()
        finally:
            keeper.close()

    async def _run_before(self, keeper: Keeper, connector: ConnectorProcess, venue_port: int) -> None:
        await listening(connector.port, START_SECONDS)
        health = HealthWatch(connector.port)
        watching = asyncio.create_task(health.run())
        load = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.soak.load",
            str(connector.port),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            if await health.until(serving=True, since=time.monotonic(), within=START_SECONDS) is None:
                raise RuntimeError("the connector does not serve")
            before = await connector.figures()
            reading = asyncio.create_task(self._read(load))
            await self._minutes_of(keeper, connector, health, venue_port)
            await self._rest(load, connector)
            await reading
            await self._judge_rest(before, connector)
            self.problems += [health.failure] if health.failure else []
        finally:
            watching.cancel()
            if load.returncode is None:
                load.kill()
                await load.wait()

    # --- what is told ---------------------------------------------------------------------------------------------

    async def _read(self, load: asyncio.subprocess.Process) -> None:
        assert load.stdout is not None
        decoder = msgspec.json.Decoder(Line)
        async for line in load.stdout:
            match decoder.decode(line):
                case Told() as told:
                    self._subscribers[told.subscriber].hear(told)
                case Placed() as placed:
                    self._answers.append(placed)
                    self.outcomes[f"orders {placed.outcome} {_DIGITS.sub('', placed.words)}".strip()] += 1
                case Pulse() as pulse:
                    self._pulse = pulse
                case Broken(words):
                    self.problems.append(words)
        if code := await load.wait():
            self.problems.append(f"the load ended with {code}")

    # --- minute by minute -----------------------------------------------------------------------------------------

    async def _minutes_of(
        self, keeper: Keeper, connector: ConnectorProcess, health: HealthWatch, venue_port: int
    ) -> None:
        elsewhere = asyncio.create_task(self._trade_elsewhere())
        begun = time.monotonic()
        with contextlib.ExitStack() as stack:
            live = None
            if self._console.is_terminal:
                live = stack.enter_context(Live(console=self._console, refresh_per_second=4, transient=True))
                stack.callback(asyncio.create_task(self._show(live, begun, health)).cancel)
            for minute in range(1, self._minutes + 1):
                ends = begun + minute * MINUTE
                await asyncio.sleep(ends - MINUTE + 10 + 15 * self._prng.uniform() - time.monotonic())
                told_after, away, back = await self._kill(keeper, health, venue_port)
                heard = dict(self._pulse.heard) if self._pulse else {}
                await asyncio.sleep(max(0.0, ends - 1 - time.monotonic()))
                self._judge_flow(heard, minute)
                self._add_row(minute, await connector.figures(), told_after, away, back)
                if live is None:
                    self._console.print("  ".join(report.cells(self.rows[-1])), highlight=False, soft_wrap=True)
                if not health.is_serving:
                    self.problems.append(f"minute {minute}: not SERVING at its end")
        elsewhere.cancel()

    async def _show(self, live: Live, begun: float, health: HealthWatch) -> None:
        while True:
            pulse = self._pulse
            now = "SERVING" if health.is_serving else "NOT SERVING"
            asked = f", {pulse.asked:,} asked, {pulse.answered:,} answered" if pulse else ""
            fills = len(self._subscribers[0].fills)
            caption = (
                f"{time.monotonic() - begun:.0f} s: {now}{asked}, {fills:,} fills told, {len(self.problems)} wrong"
            )
            live.update(report.table(self.title, self.rows, caption))
            await asyncio.sleep(0.25)

    async def _kill(
        self, keeper: Keeper, health: HealthWatch, venue_port: int
    ) -> tuple[float | None, float, float | None]:
        """Kill the venue and start it again: seconds to NOT_SERVING, that it was away, and from then to SERVING."""
        killed, killed_ms = time.monotonic(), _wall_ms()
        keeper.kill()
        told_after = await health.until(serving=False, since=killed, within=NOTICED_WITHIN)
        if told_after is None:
            self.problems.append(f"still SERVING {NOTICED_WITHIN:g} s after the venue was killed")
        await asyncio.sleep(0.2)
        self._away.append((killed_ms - DIES_WITH_IT_MS, inf))
        self._compare(killed_ms - UNDERWAY_MS)  # while the venue is away, so that it holds nobody up
        await asyncio.sleep(6 * self._prng.uniform())
        keeper.start()
        await listening(venue_port)
        returned = time.monotonic()
        back = await health.until(serving=True, since=returned, within=BACK_WITHIN)
        if back is None:
            self.problems.append(f"not SERVING {BACK_WITHIN:g} s after the venue had come back")
        self._away[-1] = (killed_ms - DIES_WITH_IT_MS, _wall_ms())
        return told_after, returned - killed, back

    def _compare(self, until_ms: float) -> None:
        """Note what is missing or wrong by now, each once."""
        truth = Truth(self._books, DEMO)
        heard = {key for subscriber in self._subscribers for key in subscriber.orders}
        orders = [
            order
            for key, order in truth.orders.items()
            if key in heard or not self._elsewhere.nobody_saw(order, self._away)
        ]
        for place, subscriber in enumerate(self._subscribers):
            for each in compare(subscriber, orders, truth.fills, until_ms):
                self._note(f"subscriber {place}: {each}")
            for each in subscriber.wrong:
                self._note(f"subscriber {place}: {each}")
        for each in judge_answers(self._answers, truth.orders):
            self._note(each)

    def _note(self, words: str) -> None:
        if words not in self._missed:
            self._missed.add(words)
            self.problems.append(words)

    def _judge_flow(self, before: dict[str, int], minute: int) -> None:
        """Every stream has brought something since the venue came back."""
        now = self._pulse.heard if self._pulse else {}
        for name in now:
            if now[name] <= before.get(name, 0):
                self.problems.append(f"minute {minute}: nothing came on the stream of {name} after the venue's return")

    def _add_row(
        self, minute: int, figures: Figures, told_after: float | None, away: float, back: float | None
    ) -> None:
        first = self._subscribers[0]
        self.rows.append(
            Minute(
                number=minute,
                resident_mb=figures.resident_mb,
                tasks=figures.tasks,
                calls=figures.calls,
                descriptors=figures.descriptors,
                cpu_seconds=figures.cpu_seconds,
                orders=len(first.orders),
                fills=len(first.fills),
                asked=self._pulse.asked if self._pulse else 0,
                told_after=told_after,
                away=away,
                recovered_after=back,
                wrong=len(self.problems),
            )
        )

    async def _trade_elsewhere(self) -> None:
        """Also while the venue's gateway is away."""
        while True:
            await asyncio.sleep(ELSEWHERE_SECONDS * self._elsewhere.wait())
            self._elsewhere.trade(_wall_ms())

    # --- the end --------------------------------------------------------------------------------------------------

    async def _rest(self, load: asyncio.subprocess.Process, connector: ConnectorProcess) -> None:
        """The load ends its trading, whoever owns the account cancels everything, and all must have been told."""
        assert load.stdin is not None
        load.stdin.write(b"rest\n")
        given_up = time.monotonic() + 30
        while load.returncode is None and not (self._pulse and self._pulse.is_resting):
            if time.monotonic() > given_up:
                self.problems.append("calls were still under way 30 s after the load had ended")
                break
            await asyncio.sleep(0.1)
        self._elsewhere.cancel_all(_wall_ms())
        await asyncio.sleep(CALM)
        self._compare(inf)
        await self._compare_positions(connector.port)
        load.stdin.close()

    async def _compare_positions(self, port: int) -> None:
        async with Client(port=port) as client:
            try:
                found = await client.stub.get_positions(v1.GetPositionsRequest())
            except (GRPCError, OSError) as error:
                self.problems.append(f"positions could not be asked for: {error!r}")
                return
        told = {each.symbol: number(each.size) for each in found.positions if number(each.size)}
        true = {each.symbol: each.size for each in self._exchange.positions(DEMO) if each.size}
        if told != true:
            self.problems.append(f"positions are {true}, told were {told}")

    async def _judge_rest(self, before: Figures, connector: ConnectorProcess) -> None:
        """Nothing is left of clients that are gone, and nothing grew."""
        await asyncio.sleep(2.0)
        after = await connector.figures()
        if after.tasks > before.tasks + 2:
            self.problems.append(f"{after.tasks} tasks are left, before the load there were {before.tasks}")
        if after.descriptors > before.descriptors + 2:
            self.problems.append(f"{after.descriptors} descriptors are left, before there were {before.descriptors}")
        if self._pulse is not None and self._pulse.asked != self._pulse.answered:
            self.problems.append(f"{self._pulse.asked} asked, {self._pulse.answered} answered")
        problems, notes = judge_flatness(self.rows)
        self.problems += problems
        self.notes += notes

    def write(self) -> None:
        report.write(
            self._folder / "soak.json",
            self.rows,
            exchange=self._name,
            outcomes=self.outcomes,
            calls=self._pulse.statuses if self._pulse else {},
            elsewhere=self._elsewhere.orders,
            problems=self.problems,
            notes=self.notes,
        )


def judge_flatness(rows: list[Minute]) -> tuple[list[str], list[str]]:
    """What grew, and what the run was too short to tell. The first minute fills what is kept, and does not count."""
    problems, notes = [], []
    settled = rows[1:]
    if len(settled) < FEWEST:
        notes.append(f"too short to judge tasks and descriptors: {len(settled)} minutes after the first, not {FEWEST}")
    else:
        tasks = [row.tasks - row.calls for row in settled]  # how many calls wait is the load's and the limits' doing
        if (more := growth(tasks)) > MORE_TASKS:
            problems.append(f"tasks beyond those of calls grew by {more:g}")
        if (more := growth([row.descriptors for row in settled])) > MORE_DESCRIPTORS:
            problems.append(f"descriptors grew by {more:g}")
    full = [row.resident_mb for row in rows if row.orders >= FINAL_KEPT]
    if len(full) < FEWEST:
        notes.append(
            f"too short to judge memory: it grows until {FINAL_KEPT:,} orders are remembered;"
            f" {len(full)} minutes after that, not {FEWEST}"
        )
    elif growth(full) > MORE_MEMORY * full[0]:
        problems.append(f"memory grew by {growth(full):.1f} MB from {full[0]:.1f} MB")
    return problems, notes


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
