"""Random plays against a venue whose news of orders are repeated, late, out of order and lost with their socket.

It tells states and fills together or apart, lists fills late, answers late, is traded on by another program too, which
amends and cancels; its sockets break or are succeeded, and the process begins anew with what it remembers. Whatever
happens:

- each fill is told once, no execution and no end is made up, quantities never shrink, states never go back (Story);
- in the end every order is known as the venue knows it, and every fill was told; while nothing is lost, what the
  socket says is enough for that;
- what was before the session is not told;
- a process that is killed leaves behind all that it knew.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.commands import CancelOrder, PlaceOrder, Start
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, OrderUpdate, Side
from sansio_exchange.venue import ClosesSoon, LoneFill, OrderState
from tests.sansio_exchange.session.fake_exchange import FakeExchange
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.plays import Dice, Story, check_books, check_memory, seeds
from tests.sansio_exchange.session.stage import Stage, limit

SYMBOLS = ("BTCUSDT", "ETHUSDT")
STEPS = 50
RELIABLE_STEPS = 20


class Unreliable(FakeExchange):
    """Each private socket hears of orders by a chance of its own. One that lost something says no more of them: TCP
    loses nothing in the midst, it breaks."""

    def __init__(self, dice: Dice, losses: float) -> None:
        super().__init__()
        self.losses: float = losses
        self.delays = 0.25
        self.silent: set[int] = set()
        self.late: list[tuple[int, Any]] = []
        self._dice = dice

    def say(self, role: str, what: Any) -> None:
        if not isinstance(what, OrderUpdate | OrderState | LoneFill):
            super().say(role, what)
            return
        for conn in self.private:
            if conn in self.silent or self._dice.chance(self.losses):
                self.silent.add(conn)
                continue
            for _ in range(2 if self._dice.chance(0.1) else 1):
                if self._dice.chance(self.delays):
                    self.late.append((conn, what))
                else:
                    self.say_on(conn, what)

    def say_late(self) -> None:
        """In any order."""
        late, self.late = self.late, []
        self._dice.shuffle(late)
        for conn, what in late:
            if conn in self.private and conn not in self.silent:
                self.say_on(conn, what)

    def account(self) -> Account:
        """Positions of both symbols; fees show in the balance."""
        held = dict.fromkeys(SYMBOLS, Decimal(0))
        for fill in self.fills:
            held[fill.symbol] += fill.moved
        free = Decimal(1000) - sum((fill.fee for fill in self.fills), Decimal(0))
        positions = tuple(Position(symbol, size, Decimal(100)) for symbol, size in held.items() if size)
        return Account(free, free, free, balances=(Balance("USDT", free, free),), positions=positions)


class Play:
    def __init__(self, seed: int) -> None:
        self.dice = dice = Dice("recovery", seed)
        self.exchange = exchange = Unreliable(dice, dice.choice([0, 0.05, 0.2]))
        if dice.chance(0.7):
            exchange.halves = {"states", "fills"}
        self.lists_late = dice.chance(0.3)
        self.remembers = dice.chance(0.4)
        self.processes = 1
        self.placed = 0
        self.of_others: set[int] = set()
        """Orders of another program."""
        for _ in range(dice.below(3)):
            self._order_of_another()
            if dice.chance(0.7):
                exchange.fill(len(exchange.orders), str(dice.between(1, 4)))
        self.past = {fill.trade_id for fill in exchange.fills}
        self.stage = Stage(
            FakeVenue(trade=dice.chance(0.5)), exchange=exchange, memory=b"" if self.remembers else None, seed=seed
        )
        self.story = Story(exchange)
        self._go_on(0.1)
        self._begin()

    def run(self) -> None:
        trading: list[Callable[[], None]] = [self._fill] * 5 + [self._place] * 3 + [self._end, self._amend]
        deeds = [*trading, self._answer_late, self._answer, self.exchange.say_late, self._break_off, self._announce_end]
        deeds += [self._list_late] * self.lists_late + [self._restart] * self.remembers
        for _ in range(STEPS):
            self.dice.choice(deeds)()
            self.stage.settle()
            if self.dice.chance(0.7):
                self._end_silence()
            if self.dice.chance(0.5):
                self._go_on(self.dice.choice([0.05, 0.5, 3, 6, 30]))
            self.story.read(self.stage)
        self._tell_everything()
        self._check_all_is_known()
        for _ in range(RELIABLE_STEPS):  # what the socket says now must be enough, also while questions are open
            self.dice.choice([*trading, self._answer_late, self._answer, self._announce_end])()
            self._go_on(self.dice.choice([0, 0.5, 5]))
            self.story.read(self.stage)
        self.stage.release()
        self._go_on(60)
        self.story.read(self.stage)
        self._check_all_is_known()

    # --- what may happen --------------------------------------------------------------------------------------

    def _new_order(self) -> NewOrder:
        self.placed += 1
        name, symbol = f"c{self.placed}", self.dice.choice(SYMBOLS)
        if self.dice.chance(0.2):
            return NewOrder(symbol, Side.BUY, OrderType.MARKET, Decimal(self.dice.between(1, 4)), client_order_id=name)
        return limit(name, str(self.dice.between(5, 11)), symbol=symbol)

    def _order_of_another(self) -> None:
        self.placed += 1
        quantity = str(self.dice.between(5, 11))
        accepted = self.exchange.accept(limit(f"c{self.placed}", quantity, symbol=self.dice.choice(SYMBOLS)))
        self.of_others.add(accepted.order_id)

    def _place(self) -> None:
        if self.dice.chance(0.2):
            self._order_of_another()
        else:
            self.stage.begin(PlaceOrder(self._new_order()), timeout=30)

    def _fill(self) -> None:
        """Some in a burst, in the same millisecond or the next."""
        for _ in range(self.dice.choice([1, 1, 2, 3])):
            if working := self.exchange.working():
                order = self.dice.choice(working)
                self.exchange.now_ms += self.dice.below(3)
                self.exchange.fill(order.order_id, self.dice.part_of(order), str(self.dice.between(90, 109)))
        self._go_on(0.01)  # the venue's clock must not fall behind

    def _end(self) -> None:
        for order in self._one_working():
            if self.dice.chance(0.5):
                self.stage.begin(CancelOrder(order.symbol, order.order_id))
            else:
                self.exchange.end(order.order_id, self.dice.choice([OrderStatus.CANCELED, OrderStatus.EXPIRED]))

    def _amend(self) -> None:
        for order in self._one_working():
            if self.dice.chance(0.3):
                self.exchange.amend(order.order_id, price=Decimal(self.dice.between(90, 109)))
            else:
                quantity = max(Decimal(1), order.quantity + self.dice.between(-4, 4))
                self.exchange.amend(order.order_id, quantity=quantity)

    def _one_working(self) -> list[Order]:
        working = self.exchange.working()
        return [self.dice.choice(working)] if working else []

    def _break_off(self) -> None:
        if self.stage.conns("private") and self.dice.chance(0.4):
            self.stage.cut("private")

    def _end_silence(self) -> None:
        for name in self.stage.conns("private"):
            if self.stage._conns[name] in self.exchange.silent:
                self.stage.cut_off(name)

    def _announce_end(self) -> None:
        self.exchange.say("private", ClosesSoon("an upgrade"))

    def _answer_late(self) -> None:
        """Some questions arrive late or their answers do, and the answers are old by then."""
        path = self.dice.choice(["/open_orders", "/account", "/order", "/fills"])
        self.stage.rules[path] = self.dice.choice(["hold", "hold reply"])
        if self.stage.conns("private") and self.dice.chance(0.5):
            self.stage.cut("private")
            self._go_on(1)

    def _answer(self) -> None:
        self.stage.release()

    def _list_late(self) -> None:
        self.exchange.listed_fills = not self.exchange.listed_fills

    def _restart(self) -> None:
        if self.dice.chance(0.5):
            self.stage.killed(arrives=True)
            self.story.read(self.stage)
            check_memory(self.stage)
            self.processes += 1
            self.stage = self.stage.another(f"s{self.processes}", after=1)
            self.exchange.silent.clear()
            self.exchange.late.clear()
            self._begin()

    def _begin(self) -> None:
        self.stage.begin(Start())
        self._go_on(self.dice.choice([0.5, 3]))

    def _go_on(self, seconds: float) -> None:
        self.stage.advance(seconds)

    # --- the end ----------------------------------------------------------------------------------------------

    def _tell_everything(self) -> None:
        """The venue is reliable again; the private socket breaks once more, so that what is owed is asked for."""
        self.exchange.losses = self.exchange.delays = 0
        self.stage.release()
        self.exchange.listed_fills = True
        self.exchange.silent.clear()
        self.exchange.say_late()
        self._go_on(40)
        for name in self.stage.conns("private"):
            self.stage.cut_off(name)
        self._go_on(60)
        self.story.read(self.stage)

    def _check_all_is_known(self) -> None:
        check_books(self.stage, unknown=self.of_others)  # what began and ended unseen is not promised
        known = {order_id for _, order_id in self.stage.connector._ledger._entries}
        owed = {fill.trade_id for fill in self.exchange.fills if fill.order_id in known} - self.past
        told = self.story.fills
        assert told <= owed, f"fills of the past were told: {told - owed}"
        if not self.story.has_written_off:
            assert told == owed, f"fills were not told: {owed - told}"
        assert self.stage.connector._recovery._joining.deadline() is None, "something waits for its other half"
        if self.remembers:
            check_memory(self.stage)


@seeds(50)
def test_every_fill_is_told_once_and_every_order_as_it_became(seed: int) -> None:
    Play(seed).run()
