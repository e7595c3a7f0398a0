"""Random plays with the venue's sockets: they break, hang, are refused, expire, end, and are succeeded by others.

Each public socket says the same prices after a lag of its own. In half of the plays candles have another socket, on
which the session reads one of BTCUSDT beside those that are wanted. Whatever happens:

- a numbered price is told at most once, and never after a newer one of its symbol;
- where sockets only succeed each other, in the end the newest price that was said is the last one told;
- every command is completed once, none is forgotten;
- no order is placed twice, and what is told of orders is true (Story);
- when the venue is well again the session is live soon, on at most two sockets of a role, with exactly the topics that
  are wanted.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence

from sansio_exchange.clock import Now
from sansio_exchange.commands import Credentials, PlaceOrder, ReplaceCredentials, Start, Subscribe, Topic, Unsubscribe
from sansio_exchange.market import PriceChange
from sansio_exchange.numbers import ZERO
from sansio_exchange.simulation.wire import SocketSend, VenueEffect, VenueInput
from sansio_exchange.venue import Budget, ClosesSoon, SessionExpired, Socket
from tests.sansio_exchange.session.fake_exchange import FakeExchange
from tests.sansio_exchange.session.fake_venue import FakeVenue, TwoPublic
from tests.sansio_exchange.session.plays import Dice, Story, check_books, seeds
from tests.sansio_exchange.session.stage import Stage, limit

SYMBOLS = ("BTCUSDT", "ETHUSDT")
TOPICS = [Topic(kind, each, interval) for kind, interval in (("price", ""), ("kline", "1m")) for each in SYMBOLS]
ROLES = ("public", "business", "private", "trade")
MINUTES = Topic("kline", "BTCUSDT", "1m")
STEPS = 100
CALM_STEPS = 40


class Market(FakeExchange):
    """Numbers its trades. What it says on a public socket comes in order, after lags of that socket's own."""

    def __init__(self, dice: Dice) -> None:
        super().__init__()
        self.trades = True
        self.newest = dict.fromkeys(SYMBOLS, 0)
        self._dice = dice
        self._mono = 0.0
        self._lags: dict[int, float] = {}
        self._on_their_way: dict[int, deque[tuple[float, SocketSend]]] = {}

    def trade(self, symbol: str, mono: float, skipped: int = 0) -> None:
        self._mono = mono
        self.newest[symbol] += 1 + skipped
        price = PriceChange(symbol, ZERO, time_ms=self.now_ms, sequence=self.newest[symbol])
        for conn, topics in self.topics.items():
            if Topic("price", symbol) in topics:
                self.say_on(conn, price)

    def deadline(self) -> float | None:
        times = [line[0][0] for line in self._on_their_way.values() if line]
        heartbeat = super().deadline()
        return min(times if heartbeat is None else [*times, heartbeat], default=None)

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        self._mono = now.mono
        return super().handle(item, now)

    def drain(self) -> list[VenueEffect]:
        out: list[VenueEffect] = []
        for effect in super().drain():
            if isinstance(effect, SocketSend) and self._roles.get(effect.conn) == "public":
                self._send_later(effect)
            else:
                out.append(effect)
        for line in self._on_their_way.values():
            while line and line[0][0] <= self._mono:
                out.append(line.popleft()[1])
        return out

    def _send_later(self, message: SocketSend) -> None:
        line = self._on_their_way.setdefault(message.conn, deque())
        lag = self._lags.setdefault(message.conn, self._dice.choice([0, 0.01, 0.3, 2]))
        due = self._mono + lag * (1 + self._dice.below(10) / 10)
        line.append((max(due, line[-1][0]) if line else due, message))

    def _forget(self, conn: int) -> None:
        super()._forget(conn)
        self._on_their_way.pop(conn, None)


class Play:
    def __init__(self, seed: int) -> None:
        self.dice = dice = Dice("sockets", seed)
        frames = dice.choice([0, 0, 240])
        sockets = {
            "public": Socket("public", stale_after=10, max_age=dice.choice([0, 60, 300]), frames_per_hour=frames),
            "private": Socket(
                "private", stale_after=60, ping_every=20, renew_every=50, max_age=dice.choice([0, 70, 300])
            ),
            "trade": Socket("trade", max_age=dice.choice([0, 80])),
        }
        self.two_public = dice.chance(0.5)
        kind = TwoPublic if self.two_public else FakeVenue
        if self.two_public:
            sockets["business"] = Socket("business", 20, 7, "ping", max_age=dice.choice([0, 60, 300]))
        budgets = [Budget("weight", 100_000, 60)]
        if dice.chance(0.3):
            budgets.append(Budget("connections", 5, 20))
        self.exchange = Market(dice)
        self.exchange.keys |= {"new"}
        venue = kind(login=dice.chance(0.5), sockets=sockets, budgets=budgets)
        self.stage = Stage(venue, exchange=self.exchange, seed=seed)
        self.stage.begin(Start())
        self.stage.advance(10)
        assert self.stage.is_live()
        self.story = Story(self.exchange)
        self.told = dict.fromkeys(SYMBOLS, 0)
        """The number of the price told last."""
        self.subscribing: dict[int, Topic] = {}
        self.wanted: Counter[Topic] = Counter()
        """Topics by the number of subscriptions that were agreed and not ended."""
        self.placed = 0
        self.skips = True
        """Whether the venue leaves out numbers now and then."""

    def run(self) -> None:
        deeds: list[Callable[[], None]] = [self._trade] * 6 + [self._subscribe] * 2 + [self._announce_end] * 3
        deeds += [self._unsubscribe, self._cut, self._refuse, self._accept, self._spoil_addresses, self._mend_addresses]
        deeds += [self._replace_credentials, self._expire, self._place, self._hang_up, self._lose_frames]
        for _ in range(STEPS):
            self.dice.choice(deeds)()
            self._go_on(self.dice.choice([0, 0.1, 0.3, 1, 5, 20]))
        self._recover()
        self._check_recovered()
        self._only_succeed()
        assert self.told == self.exchange.newest, "the newest prices were not told"

    def _go_on(self, seconds: float) -> None:
        self.stage.settle()
        self.stage.advance(seconds)
        for event in self.stage.events:
            if isinstance(event, PriceChange):
                last = self.told[event.symbol]
                assert event.sequence > last, f"price {event.sequence} of {event.symbol} was told after {last}"
                self.told[event.symbol] = event.sequence
        self.story.read(self.stage)
        for command in [command for command in self.subscribing if command in self.stage.answers]:
            topic = self.subscribing.pop(command)
            if self.stage.answers[command].error is None:
                self.wanted[topic] += 1

    # --- what may happen --------------------------------------------------------------------------------------

    def _trade(self) -> None:
        for _ in range(self.dice.between(1, 3)):
            skipped = 2 if self.skips and self.dice.chance(0.1) else 0
            self.exchange.trade(self.dice.choice(SYMBOLS), self.stage.mono, skipped)
            self.stage.advance(self.dice.choice([0, 0.05, 0.5]))

    def _subscribe(self, topics: Sequence[Topic] = TOPICS) -> None:
        topic = self.dice.choice(topics)
        self.subscribing[self.stage.begin(Subscribe(topic), timeout=100)] = topic

    def _unsubscribe(self, topics: Sequence[Topic] = TOPICS) -> None:
        if held := [topic for topic in topics if self.wanted[topic]]:
            topic = self.dice.choice(held)
            self.wanted[topic] -= 1
            self.stage.begin(Unsubscribe(topic))

    def _announce_end(self) -> None:
        self.exchange.say(self.dice.choice(ROLES), ClosesSoon("an upgrade"))

    def _expire(self) -> None:
        self.exchange.say(self.dice.choice(ROLES), SessionExpired("the key is too old"))

    def _hang_up(self) -> None:
        self.exchange.hang_up(self.dice.choice(ROLES))

    def _cut(self) -> None:
        if names := self.stage.conns(self.dice.choice(ROLES)):
            self.stage.cut_off(self.dice.choice(names))

    def _refuse(self) -> None:
        self.stage.rules[self.dice.choice(ROLES)] = self.dice.choice(["refuse", "hold"])

    def _accept(self) -> None:
        for role in ROLES:
            self.stage.rules.pop(role, None)

    def _lose_frames(self) -> None:
        for role in ("public", "business"):
            self.stage.rules[f"{role}/subscribe"] = self.dice.choice(["hold", "lose"])
        self._go_on(self.dice.choice([0.3, 3, 15]))
        for role in ("public", "business"):
            self.stage.rules.pop(f"{role}/subscribe")
        self.stage.release()

    def _spoil_addresses(self) -> None:
        self.stage.rules["/listen_key"] = self.dice.choice(["hold", "lose", "refuse"])

    def _mend_addresses(self) -> None:
        self.stage.rules.pop("/listen_key", None)
        self.stage.release()

    def _replace_credentials(self) -> None:
        key = self.dice.choice(["demo", "new"])
        self.stage.begin(ReplaceCredentials(Credentials(key, key, key)))

    def _place(self) -> None:
        self.placed += 1
        self.stage.begin(PlaceOrder(limit(f"c{self.placed}")))

    # --- the end ----------------------------------------------------------------------------------------------

    def _recover(self) -> None:
        self.stage.rules.clear()
        self.stage.release()
        self._go_on(200)

    def _check_recovered(self) -> None:
        stage = self.stage
        assert stage.is_live()
        assert len(stage.answers) == stage._commands, "a command was not completed"
        assert all(len(stage.conns(role)) <= 2 for role in ROLES)
        topics = self._topics("public") | self._topics("business")
        wanted = set(+self.wanted)
        if self.two_public and any(topic.kind == "kline" for topic in wanted):
            wanted.add(MINUTES)
        assert topics == wanted
        check_books(stage)

    def _topics(self, role: str) -> set[Topic]:
        """What the present socket of the role carries, but for the heartbeat."""
        present = self.stage.connector._sockets._connections.get(role)
        if present is None or not present.is_live:
            return set()
        return {topic for topic in self.exchange.topics[self.stage._conns[present.name]] if topic.kind != "funding"}

    def _only_succeed(self) -> None:
        """The prices of both symbols are wanted, no socket breaks, no number is left out."""
        self.skips = False
        for symbol in SYMBOLS:
            self._subscribe([Topic("price", symbol)])
        self._go_on(10)
        commands = self.stage._commands
        for _ in range(CALM_STEPS):
            self.dice.choice([self._trade, self._trade, self._announce_end, self._change_candles])()
            self._go_on(self.dice.choice([0, 0.1, 0.3, 1, 5]))
        self._go_on(120)
        for command in range(commands + 1, self.stage._commands + 1):
            assert self.stage.answers[command].error is None
        self._check_recovered()

    def _change_candles(self) -> None:
        candles = [topic for topic in TOPICS if topic.kind == "kline"]
        if self.dice.chance(0.5):
            self._subscribe(candles)
        else:
            self._unsubscribe(candles)


@seeds(30)
def test_prices_come_once_and_in_order_and_the_session_comes_back(seed: int) -> None:
    Play(seed).run()
