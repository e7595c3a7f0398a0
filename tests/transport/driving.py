"""A driver at work on a machine that does what a test tells it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
import trio.testing

from sansio_exchange.machine import (
    Command,
    Complete,
    Effect,
    Event,
    Input,
    Publish,
    SessionState,
)
from tests.transport.scripted import ScriptedMachine
from transport.driver import Driver

autojump = pytest.mark.parametrize(
    "anyio_backend", [("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})], ids=["trio, autojump"]
)
React = Callable[[Input], Sequence[Effect]]


def said(text: str) -> Publish:
    return Publish(SessionState(True, text))


class Running:
    """A driver at work, its machine, and what it has published."""

    def __init__(self, react: React, **options: Any) -> None:
        self.machine = ScriptedMachine(react)
        self.published: list[str] = []
        self.driver = Driver(self.machine, **{"publish": self._publish, **options})

    def _publish(self, event: Event) -> None:
        assert isinstance(event, SessionState)
        self.published.append(event.reason)


@asynccontextmanager
async def driving(react: React, *, within: float = 20, **options: Any) -> AsyncIterator[Running]:
    running = Running(react, **options)
    async with anyio.create_task_group() as tasks:
        await tasks.start(running.driver.run)
        with anyio.fail_after(within):
            yield running
        tasks.cancel_scope.cancel()


def answer(item: Input) -> Sequence[Effect]:
    return [Complete(item.id, result=item.action)] if isinstance(item, Command) else []
