"""When the driver ticks, and that sockets are read before time is acted on."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import anyio
import pytest
from anyio.lowlevel import checkpoint

import transport.driver
import transport.websocket
from sansio_exchange.commands import GetAccount, Start
from sansio_exchange.machine import (
    Command,
    Effect,
    Input,
    OpenWs,
    Tick,
    WsMessage,
)
from tests.transport.driving import React, Running, answer, autojump, driving
from tests.transport.loopback import Peer, listen_on, listening, talking

pytestmark = pytest.mark.anyio


# --- time -------------------------------------------------------------------------------------------------------------


@autojump
async def test_tick_comes_at_the_deadline(anyio_backend: object) -> None:
    async with driving(answer, within=4000) as running:
        running.machine.due = due = anyio.current_time() + 3600
        await running.driver.ask(Start())
        await anyio.sleep(3599.9)
        assert running.machine.names() == ["Command"]
        await anyio.sleep(0.2)
        assert running.machine.names() == ["Command", "Tick"]
    assert running.machine.times[1].mono == pytest.approx(due)


async def test_deadline_that_moves_earlier_is_kept() -> None:
    def react(item: Input) -> Sequence[Effect]:
        if isinstance(item, Command):
            running.machine.due = anyio.current_time() + (3600 if isinstance(item.action, GetAccount) else 0.01)
        return answer(item)

    async with driving(react) as running:
        await running.driver.ask(GetAccount())
        for _ in range(20):
            await checkpoint()
        await running.driver.ask(Start())
        await running.machine.has("Tick")
        assert running.machine.names() == ["Command", "Command", "Tick"]


@autojump
async def test_deadline_that_moves_later_or_away_gives_no_tick(anyio_backend: object) -> None:
    def react(item: Input) -> Sequence[Effect]:
        if isinstance(item, Command):
            running.machine.due = dues.pop(0)
        return answer(item)

    async with driving(react, within=1000) as running:
        dues: list[float | None] = [anyio.current_time() + 10, anyio.current_time() + 30, None]
        await running.driver.ask(Start())
        await anyio.sleep(5)
        await running.driver.ask(Start())
        await anyio.sleep(20)
        await running.driver.ask(Start())
        await anyio.sleep(100)
    assert running.machine.names() == ["Command"] * 3


def overdue_with_full_sockets(port: int, running: Callable[[], Running]) -> React:
    """The deadline falls due with the first message, when everything else has been sent already."""

    def react(item: Input) -> Sequence[Effect]:
        match item:
            case Command():
                return [OpenWs("a#1", f"ws://127.0.0.1:{port}/")]
            case WsMessage(_, b"first"):
                running().machine.due = 0.0
        return []

    return react


async def test_what_has_arrived_is_handled_before_an_overdue_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.driver, "LONGEST_GRACE", 60.0)
    count = 20_000

    async def talk(peer: Peer) -> None:
        await peer.send("first", *["x" * 200] * count, "pong")
        await listen_on(peer)

    async with (
        listening(talking(talk)) as port,
        driving(overdue_with_full_sockets(port, lambda: running)) as running,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(running.driver.ask, Start())
        await running.machine.has("Tick")
        assert running.machine.names().count("WsMessage") == count + 2
        assert running.machine.inputs[-2:] == [WsMessage("a#1", b"pong"), Tick()]
        tasks.cancel_scope.cancel()


async def test_deadline_that_an_arrived_message_moves_away_gives_no_tick() -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("first", "moves it")
        await listen_on(peer)

    def react(item: Input) -> Sequence[Effect]:
        if item == WsMessage("a#1", b"moves it"):
            running.machine.due = None
        return overdue_with_full_sockets(port, lambda: running)(item)

    async with (
        listening(talking(talk)) as port,
        driving(react) as running,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(running.driver.ask, Start())
        await running.machine.has("WsMessage", "WsMessage")
        for _ in range(50):
            await checkpoint()
        assert "Tick" not in running.machine.names()
        tasks.cancel_scope.cancel()


async def test_flood_without_end_stops_neither_the_clock_nor_other_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.driver, "LONGEST_GRACE", 0.05)
    block = ["x" * 100] * 1000

    async def talk(peer: Peer) -> None:
        await peer.send("first")
        while True:
            await peer.send(*block)

    turns: list[int] = []

    async def look_on() -> None:
        while True:
            await checkpoint()
            turns.append(len(running.machine.inputs))

    async with (
        listening(talking(talk)) as port,
        driving(overdue_with_full_sockets(port, lambda: running)) as running,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(running.driver.ask, Start())
        tasks.start_soon(look_on)
        await running.machine.has("Tick")
        tasks.cancel_scope.cancel()
    assert running.machine.names().count("WsMessage") > 1000
    # Nobody waits longer than for what one read brings: 64 KiB of messages on trio, 16 on asyncio.
    longest = max(after - before for before, after in pairwise(turns))
    assert longest <= 2 * 65536 // 102
