"""An asyncio event loop whose clock is a World's: waiting costs nothing, and the world goes on meanwhile.

While a task is ready, tasks run; when none is, the world takes one step, or the clock goes on to the next timer.
"""

import asyncio
from asyncio.base_events import BaseEventLoop
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from math import inf
from types import ModuleType
from typing import Any

import grpclib.client
import grpclib.metadata
import grpclib.protocol
import grpclib.server

from sansio_exchange.simulation.world import World

_GRPCLIB: tuple[ModuleType, ...] = (grpclib.client, grpclib.metadata, grpclib.protocol, grpclib.server)


class VirtualLoop(BaseEventLoop):
    """Has no sockets and no signals."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._selector = _Steps(world)
        self.failures: list[dict[str, Any]] = []
        """What tasks and callbacks raised that nobody waits for."""
        self.set_exception_handler(lambda _, context: self.failures.append(context))

    def time(self) -> float:
        return self._world.now

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Run `main`, whose end is that of all tasks. Raises what it or the world raised."""
        try:
            self.run_until_complete(main)
        finally:
            self._selector.is_over = True
            if left := asyncio.all_tasks(self):
                for task in left:
                    task.cancel()
                self.run_until_complete(asyncio.wait(left, timeout=60.0))

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


class _Steps:
    """In place of a selector."""

    def __init__(self, world: World) -> None:
        self.is_over = False
        """Whether nothing happens in the world any more; the clock still moves."""
        self._world = world

    def select(self, timeout: float | None) -> list[Any]:
        if timeout == 0:
            return []
        until = inf if timeout is None else self._world.now + timeout
        if self.is_over or not self._world.step(until):
            if timeout is None:
                raise RuntimeError("tasks wait, and nothing will ever happen")
            self._world.now = until
        return []


@contextmanager
def virtual_loop(world: World) -> Iterator[VirtualLoop]:
    """The loop of an episode, in which grpclib's deadlines are the world's as well."""
    loop = VirtualLoop(world)
    clock = _Clock(world)
    real = [module.__dict__["time"] for module in _GRPCLIB]
    for module in _GRPCLIB:
        module.__dict__["time"] = clock
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        for module, time in zip(_GRPCLIB, real, strict=True):
            module.__dict__["time"] = time
        asyncio.set_event_loop(None)
        loop.close()


class _Clock:
    """What grpclib takes for the module `time`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def monotonic(self) -> float:
        return self._world.now
