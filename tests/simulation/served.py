"""The gRPC side of one connector process: the real hub, streams, service, interceptor and listener, without sockets."""

import asyncio
from typing import Any

import anyio

from sansio_exchange.commands import Action
from sansio_exchange.errors import NotConnected
from sansio_exchange.machine import Complete, Event, SessionState
from sansio_exchange.orders import OrderUpdate
from sansio_exchange.simulation.world import World
from service import encode
from service.auth import Auth
from service.exchange_service import ExchangeService
from service.health import Health
from service.hub import Hub
from service.interceptor import Interceptor
from service.listener import Listener
from service.metrics import Metrics
from service.outbox import MOST
from service.reflection import with_reflection
from service.status import shutting_down
from service.streams import Streams
from tests.simulation.pipe import End, connect
from tests.simulation.witness import Wrong

EXCHANGE = "sim"
BOUNDS = 40
"""Messages beyond the limits of its backlog that one stream may have taken on within an instant."""


class Served:
    """From the start of a process to its end. `run` it in a task; clients connect once it `serves`."""

    def __init__(self, world: World, *, backlog: int, is_restart: bool) -> None:
        self.updates: list[bytes] = []
        """Every order update that was handed to the hub, as clients get it."""
        self.served_at = 0.0
        self.served_from = -1
        """How many these were when clients could begin to connect; -1 before that."""
        self.last: dict[tuple[type, str], Event] = {}
        """What was handed to the hub last of account, positions and prices."""
        self.burst = 0
        """The most order updates within one instant."""
        self.backlog = backlog
        self.is_restart = is_restart
        self.is_dead = False
        self._world = world
        self._ends: list[End] = []
        self._stopped = asyncio.Event()
        self._instant, self._within = -1.0, 0
        self._hub: Hub | None = None

    async def run(self) -> None:
        """Until `stop` or `die`; then nothing of it is left."""
        metrics = Metrics()
        async with anyio.create_task_group() as tasks:
            self._hub = Hub(
                self._ask,
                tasks,
                exchange=EXCHANGE,
                backlog=self.backlog,
                conflated_backlog=50,
                is_restart=self.is_restart,
            )
            metrics.watch(self._hub)
            self.health = Health()
            self._hub.route(SessionState, self.health.set)
            interceptor = Interceptor(Auth(""), metrics, exchange=EXCHANGE)
            service = ExchangeService(
                self._ask, Streams(self._ask, self._hub), exchange=EXCHANGE, is_unified_margin=lambda: False
            )
            self._listener = Listener(with_reflection([service, self.health]))
            self._listener._server = _Nowhere()
            self._listener._server_closed_fut = asyncio.get_running_loop().create_future()
            interceptor.listen(self._listener)
            await self._stopped.wait()
            if not self.is_dead:
                interceptor.close()
                self.health.close()
                self._hub.close(shutting_down())
                with anyio.move_on_after(1.5):
                    await interceptor.wait_idle()
                self._listener.go_away()
            with anyio.move_on_after(0.5):
                await self._listener.stop()
            tasks.cancel_scope.cancel()

    def publish(self, event: Event) -> None:
        """Hand `event` to the hub, as the driver does."""
        if self.is_dead or self._hub is None:
            return
        if isinstance(event, OrderUpdate):
            self.updates.append(encode.order_update(event, EXCHANGE))
            self._within = self._within + 1 if self._instant == self._world.now else 1
            self._instant, self.burst = self._world.now, max(self.burst, self._within)
        else:
            self.last[type(event), getattr(event, "symbol", "")] = event
        self._hub.publish(event)

    def serve(self) -> None:
        """The session is live: clients can connect."""
        if self._hub is not None and not self.is_dead and self.served_from < 0:
            self.served_from, self.served_at = len(self.updates), self._world.now
            self._hub.serving()

    def connect(self, client: asyncio.Protocol, number: int) -> End:
        """A connection of `client` to this process. Raises ConnectionRefusedError where none listens."""
        if self.is_dead or self.served_from < 0 or self._stopped.is_set():
            raise ConnectionRefusedError("nobody listens")
        loop = asyncio.get_running_loop()
        ours, theirs = connect(loop, client, self._listener._protocol_factory(), number)
        self._ends.append(theirs)
        return ours

    def stop(self) -> None:
        """End it as SIGTERM does."""
        self._stopped.set()

    def die(self) -> None:
        """It was killed: its connections break, and what still runs of it reaches nobody."""
        self.is_dead = True
        for end in self._ends:
            end.peer.bring(end.peer.lose)
            end.vanish()
            end.lose()
        self._stopped.set()

    @property
    def is_ending(self) -> bool:
        """Whether it was killed, or told to end."""
        return self._stopped.is_set()

    @property
    def asked_too_much(self) -> bool:
        """Whether a burst was larger than any client can bear."""
        return self.burst > MOST * self.backlog

    def streams(self) -> int:
        """How many are open."""
        return 0 if self._hub is None else self._hub.streams()

    def check(self) -> None:
        """Raises Wrong where something grows beyond its bound."""
        if self._hub is None or self.is_dead:
            return
        for outbox in self._hub._outboxes:
            waits = len(outbox._pending) + len(outbox._held)
            if waits > MOST * self.backlog + BOUNDS:
                raise Wrong(f"messages wait without bound: {waits} for one stream")
        self._ends = [end for end in self._ends if not end.is_closing()]
        for end in self._ends:
            if end.on_its_way > MOST_ON_ITS_WAY:
                raise Wrong(f"bytes wait without bound: {end.on_its_way} on one connection")

    async def _ask(self, action: Action, *, timeout: float = 10.0, client: str = "") -> Any:  # noqa: ASYNC109
        """As the driver's."""
        if self.is_dead:
            raise NotConnected("the process was killed")
        answered: asyncio.Future[Complete] = asyncio.get_running_loop().create_future()

        def then(done: Complete) -> None:
            if not answered.done():
                answered.set_result(done)

        number = self._world.begin(action, then, timeout=timeout, client=client)
        try:
            done = await answered
        except asyncio.CancelledError:
            self._world.abandon(number)
            raise
        if done.error is not None:
            raise done.error
        return done.result


MOST_ON_ITS_WAY = 1_000_000


class _Nowhere(asyncio.Server):
    def __init__(self) -> None: ...

    def close(self) -> None: ...

    async def wait_closed(self) -> None: ...
