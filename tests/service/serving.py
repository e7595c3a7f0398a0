"""A served exchange without an exchange: the real server on a real socket, a driver that answers what it is told to."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import anyio
import anyio.lowlevel
from grpclib.client import Channel

from sansio_exchange import commands
from sansio_exchange.commands import Action
from sansio_exchange.errors import UnknownSymbol
from sansio_exchange.machine import Event, SessionState
from sansio_exchange.market import SymbolRules
from service.auth import Auth
from service.exchange_service import ExchangeService
from service.health import Health
from service.hub import Hub
from service.interceptor import Interceptor
from service.listener import Listener
from service.metrics import Metrics
from service.reflection import with_reflection
from service.streams import Streams
from service.stubs.opensqt.market_maker import v1

RULES = {
    name: SymbolRules(
        symbol=name,
        venue_symbol=name.replace("USDT", "-USDT-SWAP"),
        base_asset=name.removesuffix("USDT"),
        quote_asset="USDT",
        tick_size=Decimal("0.10"),
        step_size=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        min_notional=Decimal(100),
        price_precision=2,
        quantity_precision=3,
    )
    for name in ("BTCUSDT", "ETHUSDT", "SOLUSDT")
}

Answer = Any
"""A value, an exception to raise, or a function of the action that returns either, perhaps after a while."""


class FakeDriver:
    """Answers actions by their type, and remembers who asked what with which timeout."""

    def __init__(self) -> None:
        self.asked: list[Action] = []
        self.timeouts: list[float] = []
        self.clients: list[str] = []
        self.cancelled: list[Action] = []
        self.answers: dict[type, Answer] = defaultdict(lambda: None)
        self.answers[commands.GetSymbolInfo] = _symbol_info
        self._news = anyio.Event()

    async def ask(self, action: Action, *, timeout: float = 10.0, client: str = "") -> Any:  # noqa: ASYNC109
        self.asked.append(action)
        self.timeouts.append(timeout)
        self.clients.append(client)
        self._tell()
        answer = self.answers[type(action)]
        try:
            if callable(answer):
                answer = answer(action)
            if isinstance(answer, Awaitable):
                answer = await answer
        except BaseException:
            self.cancelled.append(action)
            self._tell()
            raise
        if isinstance(answer, Exception):
            raise answer
        return answer

    def of(self, kind: type) -> list[Any]:
        """What was asked of that kind."""
        return [each for each in self.asked if isinstance(each, kind)]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds`; looked at whenever something is asked or cancelled."""
        with anyio.fail_after(5):
            while not holds():
                await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()


async def eventually(holds: Callable[[], bool]) -> None:
    """Let everything go on until `holds`."""
    with anyio.fail_after(10):
        while not holds():
            await anyio.lowlevel.checkpoint()


def _symbol_info(action: commands.GetSymbolInfo) -> SymbolRules:
    for rules in RULES.values():
        if action.symbol in (rules.symbol, rules.venue_symbol):
            return rules
    raise UnknownSymbol("symbol", f"{action.symbol!r} is not tradable")


@dataclass
class Served:
    """Everything that a test wants to touch."""

    driver: FakeDriver
    hub: Hub
    health: Health
    metrics: Metrics
    interceptor: Interceptor
    listener: Listener
    port: int
    channel: Channel

    @property
    def stub(self) -> v1.ExchangeServiceStub:
        return v1.ExchangeServiceStub(self.channel)


@asynccontextmanager
async def serving(
    driver: FakeDriver | None = None,
    *,
    token: str = "",
    hold: float = 0.01,
    backlog: int = 1000,
    conflated_backlog: int = 200,
    found_at_start: Sequence[Event] = (),
) -> AsyncIterator[Served]:
    driver = driver or FakeDriver()
    metrics = Metrics()
    health = Health()
    health.set(SessionState(live=True, reason=""))
    async with anyio.create_task_group() as tasks:
        hub = Hub(
            driver.ask,
            tasks,
            exchange="sim",
            backlog=backlog,
            conflated_backlog=conflated_backlog,
            is_restart=bool(found_at_start),
        )
        for event in found_at_start:
            hub.publish(event)
        hub.serving()
        metrics.watch(hub)
        service = ExchangeService(driver.ask, Streams(driver.ask, hub), exchange="sim", is_unified_margin=lambda: False)
        listener = Listener(with_reflection([service, health]))
        interceptor = Interceptor(Auth(token), metrics, exchange="sim", hold=hold)
        interceptor.listen(listener)
        await listener.start("127.0.0.1", 0)
        channel = Channel("127.0.0.1", listener.port)
        try:
            yield Served(driver, hub, health, metrics, interceptor, listener, listener.port, channel)
        finally:
            channel.close()
            with anyio.CancelScope(shield=True):
                await listener.stop()
            tasks.cancel_scope.cancel()
