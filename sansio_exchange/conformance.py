"""The contract of sansio_exchange.machine, put to any machine: what somebody who adds a venue runs first.

    def make() -> Pair:
        connector = Connector(MyVenue(ENDPOINTS), Credentials("demo", "demo", "demo"), session="t", seed=1)
        return Pair(connector, make_local_venue("myvenue", seed=1, start_ms=START_MS))

    def test_the_contract() -> None:
        check_machine(make)

The machine holds a conversation with its venue machine in a World: calm, slow, and through broken connections, lost
replies and repeated messages. It is watched all the while; then its journal is played to fresh machines, as it was and
spoiled. ContractBroken tells what was done, with the seed; the same seed does it again.

Checked is:

1. request ids and connection names are used once; nothing is sent on a connection that is not open; each command is
   completed once, and in time;
2. an order is never doubled by a lost reply;
3. late input of connections, requests and commands that are over changes nothing;
4. after a Tick at or past deadline() the next deadline is strictly later; a Tick before it has no effects;
5. nothing that a venue sends makes handle() raise: cut, garbled, repeated, swapped, from another connection;
6. the same inputs give the same effects, byte for byte;
7. each fill of an order is published once, its executed quantity never shrinks, its status never goes back;
8. Stop, whenever it comes, completes every command that waits.

A machine without a venue machine is led through a recorded journal: `check_journal(make_machine, inputs)`.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from msgspec import Struct, structs

from sansio_exchange.clock import Now
from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    GetAccount,
    GetLatestPrice,
    GetOpenOrders,
    GetOrder,
    GetSymbolInfo,
    GetSymbols,
    PlaceOrder,
    PlaceOrders,
    Start,
    Subscribe,
    Topic,
    Unsubscribe,
)
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    Command,
    Complete,
    Effect,
    Event,
    HttpFailed,
    HttpReply,
    Input,
    Machine,
    OpenWs,
    PingWs,
    Publish,
    SendHttp,
    SendText,
    Stop,
    Tick,
    WsClosed,
    WsMessage,
    WsOpened,
    WsPong,
)
from sansio_exchange.market import SymbolRules
from sansio_exchange.numbers import floor_to
from sansio_exchange.orders import NewOrder, OrderType, OrderUpdate, Side
from sansio_exchange.simulation.faults import Crossing, Fault, Latency
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.wire import VenueMachine
from sansio_exchange.simulation.world import World

Journal = Sequence[tuple[Input, Now]]

NONSENSE = (
    b"",
    b"\x00",
    b"\xff\xfe\xfd",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b"[{}]",
    b'"text"',
    b"1e999",
    b"NaN",
    b"[" * 100_000,
    b"<html><body>502 Bad Gateway</body></html>",
)
SPOILED_JOURNALS = 20
"""Journals replayed with something spoiled, for each seed."""


class ContractBroken(AssertionError):
    """What the machine did that it must not."""


class Pair(Struct):
    """A fresh machine that has not been started, and the venue that it will find. Both deterministic."""

    machine: Machine
    venue: VenueMachine


def check_machine(
    make: Callable[[], Pair], talk: Callable[[World], None] | None = None, *, seeds: Iterable[int] = range(3)
) -> None:
    """Put the machines that `make` makes through the contract. Raises ContractBroken.

    `talk` is the conversation; without it, one that starts, trades a little, subscribes and loses connections.
    Takes a few seconds for each of `seeds`.
    """
    for seed in seeds:
        for faults in ((), (Latency(0.02, 0.02, 0.1),), (Latency(0.02, 0.02, 0.1), Rough(0.03))):
            pair = make()
            watched = Watched(pair.machine, f"seed {seed}, faults {[type(fault).__name__ for fault in faults]}")
            world = World(watched, pair.venue, seed=seed, faults=faults)
            try:
                (talk or trade_a_little)(world)
            except RuntimeError as wrong:
                raise ContractBroken(f"{watched.scene}: {wrong}") from wrong
            watched.must_have_answered()
            watched.must_ignore_late_input()
            check_journal(lambda: make().machine, watched.journal, watched.said, seed=seed)


def check_journal(
    make: Callable[[], Machine], journal: Journal, said: Sequence[Sequence[Effect]] | None = None, *, seed: int = 0
) -> None:
    """Replay `journal` to fresh machines: twice as it was, with Ticks out of turn, and spoiled. Raises ContractBroken.

    `said` is what the machine answered the first time, input by input.
    """
    first = _lines(_replay(make(), journal))
    second = _lines(_replay(make(), journal) if said is None else said)
    for number, (once, again) in enumerate(zip(first, second, strict=True)):
        if once != again:
            raise ContractBroken(
                f"input {number} ({journal[number][0]!r:.200}) replays to {again!r:.500}, not {once!r:.500}"
            )
    if _lines(_replay(make(), journal, ticks=True)) != first:
        raise ContractBroken("Ticks before the deadline changed what followed")
    prng = Prng(seed, "conformance")
    for _ in range(SPOILED_JOURNALS):
        _replay(make(), _spoil(journal, prng))
        _stop_after(make(), journal[: prng.below(len(journal)) + 1])


def trade_a_little(world: World) -> None:
    """The conversation held unless another is given. What goes wrong on the way is the faults' doing, and fine."""
    for _ in range(5):
        if not isinstance(_try(world, Start(), 60.0), ExchangeError):
            break
    symbols = _try(world, GetSymbols())
    if isinstance(symbols, ExchangeError):
        return
    rules: SymbolRules = world.ask(GetSymbolInfo(symbols[0]))
    topics = [Topic("price", rules.symbol), Topic("book", rules.symbol), Topic("kline", rules.symbol, "1m")]
    for topic in topics:
        world.begin(Subscribe(topic), _hear)
    order = _far_from_the_market(rules, _try(world, GetLatestPrice(rules.symbol)))
    for _ in range(3):
        world.begin(PlaceOrder(order), _hear)
        world.run_until(world.now + 0.03)
        _try(world, PlaceOrder(order), 30.0)
    world.disconnect("trade")
    batch = tuple(structs.replace(order, client_order_id=f"kit{number}") for number in range(2, 9))
    _try(world, PlaceOrders(batch), 30.0)
    _try(world, CancelOrder(rules.symbol, client_order_id="kit2"))
    world.disconnect("private")
    for action in (GetAccount(), GetOrder(rules.symbol, client_order_id="kit3"), PlaceOrders(batch)):
        _try(world, action, 30.0)
    world.run_until(world.now + 60.0)
    _must_not_be_doubled(_try(world, GetOpenOrders(rules.symbol)))
    world.disconnect()
    for topic in topics:
        _try(world, Unsubscribe(topic))
    _try(world, CancelAllOrders(rules.symbol))
    world.run_until(world.now + 120.0)


def _try(world: World, action: Action, timeout: float = 10.0) -> Any:
    try:
        return world.ask(action, timeout=timeout)
    except ExchangeError as error:
        return error


def _hear(_answer: Complete) -> None: ...


def _far_from_the_market(rules: SymbolRules, price: Any) -> NewOrder:
    """The smallest order that stays in the book, 2 % below the newest price."""
    newest = price if isinstance(price, Decimal) else Decimal(100)
    limit = max(floor_to(newest * Decimal("0.98"), rules.tick_size), rules.tick_size)
    steps = (rules.min_notional / limit / rules.step_size).to_integral_value(ROUND_CEILING) + 1
    quantity = max(rules.min_quantity, steps * rules.step_size)
    return NewOrder(rules.symbol, Side.BUY, OrderType.LIMIT, quantity, limit, client_order_id="kit1")


def _must_not_be_doubled(open_orders: Any) -> None:
    if isinstance(open_orders, ExchangeError):
        return
    ids = [order.client_order_id for order in open_orders]
    if len(ids) != len(set(ids)):
        raise ContractBroken(f"orders stand twice: {ids}")


class Rough(Fault):
    """Everything that can go wrong on a network, each with this probability."""

    def __init__(self, probability: float) -> None:
        self._probability = probability

    def cross(self, crossing: Crossing, prng: Prng) -> None:
        def strikes() -> bool:
            return prng.uniform() < self._probability

        crossing.refused = crossing.refused or (crossing.way in ("request", "open") and strikes())
        crossing.cut = crossing.cut or strikes()
        if crossing.way == "in" and strikes():
            crossing.copies = 2
        if crossing.way == "response" and strikes():
            crossing.copies = 0
        if strikes():
            crossing.delay += 3.0


class Watched:
    """A machine under observation: keeps a journal and raises ContractBroken at the first offence."""

    def __init__(self, machine: Machine, scene: str) -> None:
        self.scene = scene
        self.journal: list[tuple[Input, Now]] = []
        self.said: list[list[Effect]] = []
        self._machine = machine
        self._requests: dict[int, bool] = {}
        """By id, whether answered."""
        self._connections: dict[str, str] = {}
        """By name, "opening", "open", "closed" by us, or "over"."""
        self._commands: dict[int, bool] = {}
        self._fills: set[tuple[str, int, str]] = set()
        self._orders: dict[tuple[str, int], tuple[Decimal, int]] = {}

    def handle(self, item: Input, now: Now) -> list[Effect]:
        self._take_in(item)
        due = self._machine.deadline()
        try:
            effects = self._machine.handle(item, now)
        except Exception as wrong:
            raise self._broken(f"{item!r:.300} raised {wrong!r}") from wrong
        self.journal.append((item, now))
        self.said.append(effects)
        after = self._machine.deadline()
        if isinstance(item, Tick) and due is not None and now.mono >= due and after is not None and after <= now.mono:
            raise self._broken(f"the deadline after a Tick at {now.mono} is {after}")
        for effect in effects:
            self._look_at(effect)
        return effects

    def deadline(self) -> float | None:
        return self._machine.deadline()

    def must_have_answered(self) -> None:
        """Every command whose time is long over."""
        waiting = [number for number, answered in self._commands.items() if not answered]
        if waiting:
            raise self._broken(f"commands {waiting} were never completed")

    def must_ignore_late_input(self) -> None:
        """What comes from connections and for requests that are over."""
        now = self.journal[-1][1]
        over = [name for name, state in self._connections.items() if state == "over"]
        late: list[Input] = [Abandon(number) for number in self._commands]
        late += [HttpReply(number, 200, {}, b"{}") for number, answered in self._requests.items() if answered]
        late += [HttpFailed(number, True, "late") for number, answered in self._requests.items() if answered]
        for name in [*over, "nobody#1", ""]:
            late += [
                WsOpened(name),
                WsPong(name),
                WsClosed(name, "late"),
                *(WsMessage(name, data) for data in NONSENSE),
            ]
        late += [
            WsMessage(item.conn, item.data)
            for item, _ in self.journal
            if isinstance(item, WsMessage) and item.conn in over
        ]
        due = self._machine.deadline()
        for item in late:
            try:
                effects = self._machine.handle(item, now)
            except Exception as wrong:
                raise self._broken(f"late {item!r:.200} raised {wrong!r}") from wrong
            if effects or _is_earlier(self._machine.deadline(), due):
                raise self._broken(f"late {item!r:.200} was answered with {effects!r:.300}")

    def _take_in(self, item: Input) -> None:
        match item:
            case Command(number):
                self._commands[number] = False
            case Abandon(number):
                self._commands[number] = True
            case HttpReply(number) | HttpFailed(number):
                self._requests[number] = True
            case WsOpened(name) if self._connections[name] == "opening":
                self._connections[name] = "open"
            case WsClosed(name):
                self._connections[name] = "over"

    def _look_at(self, effect: Effect) -> None:
        match effect:
            case SendHttp(number):
                if number in self._requests:
                    raise self._broken(f"request id {number} was used twice")
                self._requests[number] = False
            case OpenWs(name):
                if name in self._connections:
                    raise self._broken(f"connection {name} was opened twice")
                self._connections[name] = "opening"
            case SendText(name) | PingWs(name):
                if self._connections.get(name) != "open":
                    raise self._broken(f"{effect!r:.200} while it is {self._connections.get(name, 'unheard of')}")
            case CloseWs(name):
                if self._connections.get(name) not in ("opening", "open"):
                    raise self._broken(f"{effect!r} while it is {self._connections.get(name, 'unheard of')}")
                self._connections[name] = "closed"
            case Complete(number):
                if self._commands.get(number) is not False:
                    raise self._broken(f"command {number} was completed twice, or never asked")
                self._commands[number] = True
            case Publish(event):
                if not isinstance(event, Event):
                    raise self._broken(f"{event!r:.200} is no event")
                if isinstance(event, OrderUpdate):
                    self._follow(event)
            case _:
                raise self._broken(f"{effect!r:.200} is no effect")

    def _follow(self, update: OrderUpdate) -> None:
        order, fill = update.order, update.fill
        key = order.symbol, order.order_id
        executed, status = self._orders.get(key, (Decimal(0), 0))
        if order.executed_qty < executed or order.status < status:
            raise self._broken(f"order {key} went back: {update!r:.400}")
        self._orders[key] = order.executed_qty, order.status
        if fill is not None:
            if (*key, fill.trade_id) in self._fills:
                raise self._broken(f"fill {fill.trade_id} of {key} was told twice")
            self._fills.add((*key, fill.trade_id))

    def _broken(self, how: str) -> ContractBroken:
        return ContractBroken(f"{self.scene}, after {len(self.journal)} inputs: {how}")


def _replay(machine: Machine, journal: Journal, *, ticks: bool = False) -> list[list[Effect]]:
    said = []
    for item, now in journal:
        due = machine.deadline()
        if ticks and (due is None or now.mono < due):
            effects = machine.handle(Tick(), now)
            if effects or _is_earlier(machine.deadline(), due):
                raise ContractBroken(f"a Tick at {now.mono}, before the deadline at {due}, did {effects!r:.300}")
        try:
            said.append(machine.handle(item, now))
        except Exception as wrong:
            raise ContractBroken(f"{item!r:.300} raised {wrong!r}") from wrong
    return said


def _stop_after(machine: Machine, journal: Journal) -> None:
    said = _replay(machine, [*journal, (Stop(), journal[-1][1])])
    asked = {item.id for item, _ in journal if isinstance(item, Command)}
    over = {item.id for item, _ in journal if isinstance(item, Abandon)}
    answered = {effect.command_id for effects in said for effect in effects if isinstance(effect, Complete)}
    if waiting := asked - over - answered:
        raise ContractBroken(f"commands {sorted(waiting)} were not completed by Stop after {len(journal)} inputs")


def _is_earlier(deadline: float | None, before: float | None) -> bool:
    """A machine may find at any input that less is due than it thought; never that more is."""
    return deadline is not None and (before is None or deadline < before)


def _lines(said: Sequence[Sequence[Effect]]) -> list[list[str]]:
    return [[repr(effect) for effect in effects] for effects in said]


def _spoil(journal: Journal, prng: Prng) -> list[tuple[Input, Now]]:
    """The journal with about one in ten of the venue's messages and replies spoiled; times stay in order."""
    conns = sorted({item.conn for item, _ in journal if isinstance(item, WsMessage)}) or [""]
    spoiled: list[tuple[Input, Now]] = []
    for item, now in journal:
        if not isinstance(item, WsMessage | HttpReply) or prng.uniform() > 0.1:
            spoiled.append((item, now))
            continue
        match prng.below(5):
            case 0:
                spoiled += [(item, now), (item, now)]
            case 1 if spoiled:
                before, then = spoiled.pop()
                spoiled += [(item, then), (before, now)]
            case 2 if isinstance(item, WsMessage):
                spoiled.append((WsMessage(conns[prng.below(len(conns))], item.data), now))
            case _:
                spoiled.append((_garble(item, prng), now))
    return spoiled


def _garble(item: WsMessage | HttpReply, prng: Prng) -> WsMessage | HttpReply:
    data = item.data if isinstance(item, WsMessage) else item.body
    at = prng.below(len(data) + 1)
    match prng.below(4):
        case 0:
            data = data[:at]
        case 1:
            data = data[:at] + bytes([prng.below(256)]) + data[at + 1 :]
        case 2:
            data = data.replace(b"1", (b"-1", b"null", b"1e400", b'"x"')[prng.below(4)])
        case _:
            data = NONSENSE[prng.below(len(NONSENSE))]
    if isinstance(item, WsMessage):
        return WsMessage(item.conn, data)
    return HttpReply(item.request_id, (200, 400, 429, 503)[prng.below(4)], item.headers, data)
