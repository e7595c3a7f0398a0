"""One seed's worth of the whole system: it starts, trades in bad weather, comes to rest, and is judged."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial

from msgspec import Struct

from sansio_exchange.errors import ExchangeError
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.simulation.faults import Duplicate, Fault, OldAge
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.venues import LOCAL_VENUES, Account, OrderLimits
from sansio_exchange.simulation.world import START_MS, World
from tests.simulation.behind import Behind, RememberingExchange
from tests.simulation.desk import GrpcDesk
from tests.simulation.house import House
from tests.simulation.lives import Lives
from tests.simulation.prices import judge_prices
from tests.simulation.quiet import quiet
from tests.simulation.sites import ACCOUNT, SITES
from tests.simulation.subscribers import Subscribers
from tests.simulation.told import Books, words_of
from tests.simulation.traders import Traders
from tests.simulation.verdict import judge, judge_memory
from tests.simulation.virtual_loop import virtual_loop
from tests.simulation.weather import Flood, Kill, LateLists, Takeovers, Trouble, weather
from tests.simulation.witness import Witness, Wrong

SYMBOLS = ["BTCUSDT", "SOLUSDT"]
STARTED_BY = 60.0
TRADES_FOR = 90.0
"""Seconds of trading; the weather is bad for as long."""
WATCHED_EVERY = 1.0
"""Seconds between two looks at what must be bounded."""
MOST_UNANSWERED = 1_000
"""Commands that may wait at once, unless the computer sleeps that would take them."""
CANCELS_AFTER = 60.0
"""Seconds from the last trade until whoever owns the account ends all orders."""
INSISTS_AFTER = (95.0, 110.0, 125.0, 140.0)
"""Seconds from the last trade when, in half of the episodes, somebody asks for an order: the first of these may find
out that a socket is of no use, the last must not."""
CANCELS_AGAIN_AFTER = 150.0
RESTS_FOR = 180.0
"""Seconds of calm: longer than the longest backoff, a ban, and the questions after a lost order together; and from the
end of all orders, longer than it takes to find out that a socket does not tell of it."""


class LeftOut(Struct, frozen=True):
    """What of an episode does not happen, by number: whatever is left happens as it would have."""

    troubles: frozenset[int] = frozenset()
    deeds: frozenset[int] = frozenset()


NOTHING = LeftOut()


def venue_of(seed: int) -> str:
    """The venue that a seed draws."""
    names = sorted(SITES)
    return names[Prng(seed, "venue").below(len(names))]


class Episode:
    """Everything about one seed. `run` raises Wrong where something was lost, doubled or told wrongly."""

    def __init__(
        self,
        seed: int,
        venue: str = "binance",
        *,
        trades_for: float = TRADES_FOR,
        left_out: LeftOut = NOTHING,
        troubles: Sequence[Trouble] | None = None,
    ) -> None:
        """`troubles` are what goes wrong, instead of what the seed draws."""
        prng = Prng(seed, "episode")
        self._venue = venue
        self._seed = seed
        kind = LOCAL_VENUES[venue]
        rules = [each for each in kind.rules() if each.symbol in SYMBOLS]
        pace = 2.0 + 6 * prng.uniform()
        self.exchange = RememberingExchange(rules, seed=seed, start_ms=START_MS, pace=pace, customs=kind.customs)
        self.exchange.open_account(ACCOUNT, Decimal(100_000))
        self.elsewhere = self._trade_before() if prng.below(3) == 0 else set()
        limits = OrderLimits(per_ten_seconds=40, per_minute=150) if prng.below(4) == 0 else None
        machine = Behind(
            kind.make(self.exchange, Account(ACCOUNT, ACCOUNT, ACCOUNT), seed, limits), self.exchange, seed
        )
        self.trades_until = STARTED_BY + trades_for
        self.troubles = troubles or weather(Prng(seed, "weather"), 20.0, STARTED_BY + TRADES_FOR, SITES[venue])
        faults = [
            fault if trouble.at <= self.trades_until and number not in left_out.troubles else Fault()
            for number, trouble in enumerate(self.troubles)
            for fault in trouble.faults
        ]
        self._floods = [fault for fault in faults if isinstance(fault, Flood)]
        self._doubles = any(isinstance(fault, Duplicate) for fault in faults)
        self._kills = [fault for fault in faults if isinstance(fault, Kill)]
        self.lives = Lives(
            venue,
            seed,
            remembers=prng.below(2) == 0,
            past_is_known=prng.below(4) > 0,
            grows_old=any(isinstance(fault, OldAge) for fault in faults),
        )
        self.world = World(self.lives.machine, machine, seed=seed, faults=faults, on_event=self.lives.on_event)
        for fault in faults:
            if isinstance(fault, LateLists):
                self.world.at(fault.at, partial(machine.fall_behind, fault.late))
                self.world.at(fault.at + fault.seconds, machine.catch_up)
            elif isinstance(fault, Takeovers):
                fault.trade = self._trade_at_takeover
        self.house = House(self.world, backlog=(40, 1000)[Prng(seed, "backlog").below(2)])
        self.subscribers = Subscribers(self.house, seed, SYMBOLS, self.trades_until)
        self.books = Books(self.exchange, words_of(venue, seed, self.exchange.rules))
        self.traders = Traders(self.world, self.books, ACCOUNT, seed, SYMBOLS, left_out.deeds)
        self.traders.lists_are_late = any(isinstance(fault, LateLists) for fault in faults)
        self._strangers = Prng(seed, "strangers")
        self._pace = 1.0 + 3 * prng.uniform()
        self._trades_by_grpc = prng.below(2) == 0

    @property
    def witness(self) -> Witness:
        return self.lives.witness

    def history(self) -> list[bytes]:
        """What was published of orders, account and session, what traders were answered, and what streams of orders
        brought, in lines."""
        asked = [f"{ask.at:.6f} {ask.order} {ask.client_id} {ask.outcome!r}" for ask in self.traders.asks]
        subscribers = self.subscribers
        heard = [
            f"{number} {stream.opened:.6f} {told.hex()}"
            for number, stream in enumerate((*subscribers.steady, *subscribers.slow, *subscribers.vanishing))
            for told in (*stream.heard, stream.ended.encode())
        ]
        return [*self.lives.lines(), *(line.encode() for line in (*asked, *heard))]

    def run(self) -> None:
        with quiet(), virtual_loop(self.world) as loop:
            try:
                loop.run(self._run())
            finally:
                self.house.close_clients()
            if loop.failures:
                raise Wrong(f"raised, and nobody noticed: {loop.failures[0]}")

    async def _run(self) -> None:
        house = self.house
        subscribers = self.subscribers
        house.boot()
        self.lives.killed.append(lambda: house.served.die())
        self.lives.booted.append(lambda: house.boot(is_restart=self.lives.remembers and bool(self.world.kept)))
        self.lives.live.append(lambda: house.served.serve())
        self.lives.listeners += [house.publish, subscribers.published]
        self.lives.begin(self.world, self._kills)
        desk = GrpcDesk(self.world, house)
        if self._trades_by_grpc:
            self.traders.ask_at(desk)
        self.traders.trade(self.trades_until, self._pace)
        for flood in self._floods:
            self.world.at(flood.at, partial(self.traders.flood, flood.at + flood.seconds, flood.pace))
        if self._strangers.below(2):
            self._trade_elsewhere()
        end = self.trades_until + RESTS_FOR
        for after in (CANCELS_AFTER, CANCELS_AGAIN_AFTER):
            self.world.at(self.trades_until + after, self._cancel_elsewhere)
        if Prng(self._seed, "insists").below(2):
            for after in INSISTS_AFTER:
                self.world.at(self.trades_until + after, self.traders.insist)
        subscribers.begin()
        while self.world.now < end:
            await asyncio.sleep(WATCHED_EVERY)
            house.served.check()
            subscribers.failed()
            desk.failed()
            if self.world.unanswered > MOST_UNANSWERED and not self.world.is_asleep:
                raise Wrong(f"{self.world.unanswered} commands wait")
        await subscribers.judge()
        self._judge()
        await subscribers.end()
        house.close_clients()
        await house.close()
        if left := asyncio.all_tasks() - {asyncio.current_task()}:
            raise Wrong(f"these tasks have not ended: {left}")

    def _judge(self) -> None:
        elsewhere = {(symbol, self.books.words.number(order_id)) for symbol, order_id in self.elsewhere}
        self.lives.judge()
        judge(self.witness, self.traders, self.books, ACCOUNT, elsewhere, self.lives.past())
        now_ms = START_MS + int(self.world.now * 1000)
        judge_prices(self.witness, self.books, SYMBOLS[0], now_ms, were_doubled=self._doubles)
        judge_memory(self.lives.connector)
        if self.world.unanswered:
            raise Wrong(f"{self.world.unanswered} commands were never completed")

    def _trade_elsewhere(self) -> None:
        """Another program with the same account: it trades at the market."""
        prng = self._strangers
        at = self.world.now + 12 * prng.exponential()
        if at >= self.trades_until:
            return

        def deed() -> None:
            self._trade_elsewhere()
            self._place_elsewhere(prng)

        self.world.at(at, deed)

    def _trade_at_takeover(self, at: float) -> None:
        if at < self.trades_until + CANCELS_AFTER:
            self.world.at(at, partial(self._place_elsewhere, Prng(self._seed, "takeover", int(at * 1000))))

    def _place_elsewhere(self, prng: Prng) -> None:
        if self.world.now < self.witness.live_at:
            return  # what happens before the session begins is not told
        symbol = SYMBOLS[prng.below(len(SYMBOLS))]
        rules = self.exchange.rules[symbol]
        quantity = Decimal(200 + prng.below(800)) // (self.exchange.mark(symbol).mark_price * rules.step_size)
        side = Side.BUY if prng.below(2) else Side.SELL
        name = self._name(f"e{len(self.elsewhere)}{symbol}")
        order = NewOrder(
            symbol, side, OrderType.MARKET, max(quantity, Decimal(2)) * rules.step_size, client_order_id=name
        )
        now_ms = START_MS + int(self.world.now * 1000)
        with suppress(ExchangeError):
            placed = self.exchange.place(ACCOUNT, order, now_ms)
            self.elsewhere.add((symbol, placed.order_id))

    def _cancel_elsewhere(self) -> None:
        """So that none fills in the last moment, on its way when we judge."""
        for symbol in SYMBOLS:
            self.exchange.cancel_all(ACCOUNT, symbol, START_MS + int(self.world.now * 1000))

    def _name(self, client_order_id: str) -> str:
        """As the venue has it."""
        return words_of(self._venue, 0, ()).at_venue(client_order_id)

    def _trade_before(self) -> set[tuple[str, int]]:
        """Orders of another program: one works, one has been filled."""
        placed = set()
        for symbol in SYMBOLS:
            rules = self.exchange.rules[symbol]
            mark = self.exchange.mark(symbol).mark_price
            price = mark * Decimal("0.99") // rules.tick_size * rules.tick_size
            quantity = Decimal(2_000) // (price * rules.step_size) * rules.step_size
            order = NewOrder(
                symbol, Side.BUY, OrderType.LIMIT, quantity, price, client_order_id=self._name(f"before{symbol}")
            )
            placed.add((symbol, self.exchange.place(ACCOUNT, order, START_MS).order_id))
        return placed
