"""One seed's worth of the whole system: it starts, trades in bad weather, comes to rest, and is judged."""

from contextlib import suppress
from decimal import Decimal

from sansio_exchange.commands import Credentials, Start
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import Complete
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.session import Connector
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.prng import Prng
from sansio_exchange.simulation.venues import LOCAL_VENUES, Account, OrderLimits
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venues import make_venue
from tests.simulation.sites import ACCOUNT, SITES
from tests.simulation.told import Books, words_of
from tests.simulation.traders import Traders
from tests.simulation.verdict import judge, judge_memory
from tests.simulation.weather import weather
from tests.simulation.witness import Witness, Wrong

SYMBOLS = ["BTCUSDT", "SOLUSDT"]
STARTED_BY = 60.0
TRADES_FOR = 90.0
"""Seconds of trading; the weather is bad for as long."""
RESTS_FOR = 150.0
"""Seconds of calm: longer than the longest backoff, a ban, and the questions after a lost order together."""


class Episode:
    """Everything about one seed. `run` raises Wrong where something was lost, doubled or told wrongly."""

    def __init__(self, seed: int, venue: str = "binance", *, trades_for: float = TRADES_FOR) -> None:
        prng = Prng(seed, "episode")
        self._venue = venue
        kind = LOCAL_VENUES[venue]
        rules = [each for each in kind.rules() if each.symbol in SYMBOLS]
        pace = 2.0 + 6 * prng.uniform()
        self.exchange = SimulatedExchange(rules, seed=seed, start_ms=START_MS, pace=pace, customs=kind.customs)
        self.exchange.open_account(ACCOUNT, Decimal(100_000))
        self.elsewhere = self._trade_before() if prng.below(3) == 0 else set()
        limits = OrderLimits(per_ten_seconds=40, per_minute=150) if prng.below(4) == 0 else None
        machine = kind.make(self.exchange, Account(ACCOUNT, ACCOUNT, ACCOUNT), seed, limits)
        credentials = Credentials(ACCOUNT, ACCOUNT, ACCOUNT)
        self.connector = Connector(make_venue(venue), credentials, session=f"s{seed}", seed=seed, past_is_known=True)
        self.witness = Witness()
        self.trades_until = STARTED_BY + trades_for
        self.world = World(
            self.connector,
            machine,
            seed=seed,
            faults=weather(Prng(seed, "weather"), 20.0, self.trades_until, SITES[venue]),
            on_event=self.witness.on_event,
        )
        self.witness.now = lambda: self.world.now
        self.books = Books(self.exchange, words_of(venue, seed, self.exchange.rules))
        self.traders = Traders(self.world, self.books, ACCOUNT, Prng(seed, "traders"), SYMBOLS)
        self._strangers = Prng(seed, "strangers")
        self._pace = 1.0 + 3 * prng.uniform()

    def run(self) -> list[bytes]:
        """Returns what was published of orders, account and session, as lines with their time."""
        self._start()
        self.traders.trade(self.trades_until, self._pace)
        if self._strangers.below(2):
            self._trade_elsewhere()
        end = self.trades_until + RESTS_FOR
        self.world.at(end - 20.0, self._cancel_elsewhere)
        self.world.run_until(end)
        elsewhere = {(symbol, self.books.words.number(order_id)) for symbol, order_id in self.elsewhere}
        judge(self.witness, self.traders, self.books, ACCOUNT, elsewhere)
        judge_memory(self.connector)
        if self.world.unanswered:
            raise Wrong(f"{self.world.unanswered} commands were never completed")
        return self.witness.lines

    def _start(self) -> None:
        """A start that fails is asked for again, as the service does."""

        def then(done: Complete) -> None:
            if done.error is not None:
                self.world.at(self.world.now + 1.0, again)

        def again() -> None:
            self.world.begin(Start(), then, timeout=30.0)

        again()

    def _trade_elsewhere(self) -> None:
        """Another program with the same account: it trades at the market."""
        prng = self._strangers
        at = self.world.now + 12 * prng.exponential()
        if at >= self.trades_until:
            return

        def deed() -> None:
            self._trade_elsewhere()
            if not self.witness.was_live:
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

        self.world.at(at, deed)

    def _cancel_elsewhere(self) -> None:
        """Whoever owns the account ends all orders, so that none fills in the last moment, on its way when we judge."""
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
