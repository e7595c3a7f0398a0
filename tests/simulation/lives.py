"""The connector's processes, one after the other: started, killed at any instant, started again."""

from collections.abc import Callable, Sequence

from msgspec import structs

from sansio_exchange.commands import Credentials, Start
from sansio_exchange.machine import Complete, Effect, Event, Publish, Remember
from sansio_exchange.orders import OrderUpdate
from sansio_exchange.session import Connector
from sansio_exchange.session.memory import from_bytes, to_bytes
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venues import make_venue
from tests.simulation.manners import Mannered
from tests.simulation.sites import ACCOUNT
from tests.simulation.verdict import Past
from tests.simulation.weather import SUCCEEDED_AT, Kill
from tests.simulation.witness import Witness, Wrong


class Lives:
    """Each process is a Connector. One that remembers goes on where the last was killed, and so does the witness; else
    each has a witness of its own, who knows nothing of what was before.

    `grows_old`: sockets are succeeded at an age that an episode sees.
    """

    def __init__(self, venue: str, seed: int, *, remembers: bool, past_is_known: bool, grows_old: bool) -> None:
        self.witnesses = [Witness()]
        self.killed: list[Callable[[], None]] = []
        """Called when a process was killed."""
        self.booted: list[Callable[[], None]] = []
        """Called when the next one was started."""
        self.live: list[Callable[[], None]] = []
        """Called when a process has begun its session."""
        self.listeners: list[Callable[[Event], None]] = []
        """Called with everything that is published."""
        self._venue = venue
        self._seed = seed
        self.remembers = remembers
        self._grows_old = grows_old
        self._number = 0
        self.connector = self._make(past_is_known=past_is_known, kept=b"")

    @property
    def machine(self) -> Mannered:
        """The connector as the world drives it."""
        return Mannered(self.connector)

    @property
    def witness(self) -> Witness:
        """Of the present process."""
        return self.witnesses[-1]

    def on_event(self, event: Event) -> None:
        self.witness.on_event(event)
        for listener in self.listeners:
            listener(event)

    def begin(self, world: World, kills: Sequence[Kill]) -> None:
        """Start the first process, and plan the others."""
        self._world = world
        self.witness.now = lambda: world.now
        for kill in kills:
            world.at(kill.at, self._planned(kill))
        self._start()

    def lines(self) -> list[bytes]:
        """All that was published of orders, account and session."""
        return [line for witness in self.witnesses for line in witness.lines]

    def judge(self) -> None:
        """No fill was told by two processes."""
        told: set[tuple[str, int, str]] = set()
        for witness in self.witnesses:
            if twice := told & witness.fills.keys():
                raise Wrong(f"told by two processes: {sorted(twice)}")
            told |= witness.fills.keys()

    def past(self) -> Past:
        """What was before the present session began."""
        ledger, live_ms = self.connector._ledger, START_MS + int(min(self.witness.live_at, self._world.now) * 1000)
        fills = {
            (*key, trade_id): min(entry.past_until_ms, live_ms)
            for key, entry in ledger._entries.items()
            for trade_id in entry.trade_ids
        }
        return Past(self.connector._recovery.begun_ms, fills)

    def _make(self, *, past_is_known: bool, kept: bytes) -> Connector:
        venue = make_venue(self._venue)
        if self._grows_old:
            venue.sockets = {
                role: structs.replace(socket, max_age=SUCCEEDED_AT) for role, socket in venue.sockets.items()
            }
        return Connector(
            venue,
            Credentials(ACCOUNT, ACCOUNT, ACCOUNT),
            session=f"s{self._seed}x{self._number}",
            seed=self._seed + self._number,
            past_is_known=past_is_known,
            memory=from_bytes(kept)[0] if self.remembers else None,
        )

    def _start(self) -> None:
        """A start that fails is asked for again, as the service does."""
        number = self._number

        def then(done: Complete) -> None:
            if done.error is not None:
                self._world.at(self._world.now + 1.0, again)
                return
            for call in self.live:
                call()

        def again() -> None:
            if self._world.is_running and self._number == number:
                self._world.begin(Start(), then, timeout=30.0)

        again()

    def _planned(self, kill: Kill) -> Callable[[], None]:
        def killed(left: list[Effect]) -> None:
            if self.remembers:
                self._tell_nobody(left)
            for call in self.killed:
                call()
            self._world.at(self._world.now + kill.down, self._boot)

        return lambda: self._world.kill(kill.effects, killed)

    def _tell_nobody(self, left: list[Effect]) -> None:
        """What was remembered just before the end and not published any more: whoever subscribed then is gone, too."""
        forgotten = [effect.lines for effect in left if isinstance(effect, Remember)]
        for effect in left:
            if (
                isinstance(effect, Publish)
                and isinstance(effect.event, OrderUpdate)
                and to_bytes((effect.event,)) not in forgotten
            ):
                self.witness.on_event(effect.event)

    def _boot(self) -> None:
        self._number += 1
        if self.remembers:
            self.witness.subscribe_anew()
        else:
            self.witnesses.append(Witness())
            self.witness.now = lambda: self._world.now
        self.connector = self._make(past_is_known=False, kept=self._world.kept)
        self._world.boot(self.machine)
        for call in self.booted:
            call()
        self._start()
