"""What the driver owes to machine, users and subscribers, with a scripted machine."""

from collections.abc import Sequence

import anyio
import pytest

import transport.driver
import transport.websocket
from sansio_exchange.clock import Now
from sansio_exchange.commands import Action, GetAccount, Start
from sansio_exchange.errors import ExchangeError, NotConnected, OutcomeUnknown, UnexpectedReply
from sansio_exchange.machine import (
    Abandon,
    Command,
    Complete,
    Effect,
    Event,
    Input,
    OpenWs,
    SendText,
    Stop,
    Tick,
    WsClosed,
)
from tests.transport.driving import Running, answer, driving, said
from tests.transport.loopback import listening, silent
from transport.driver import Driver

pytestmark = pytest.mark.anyio


# --- users ------------------------------------------------------------------------------------------------------------


async def test_ask_gives_the_result() -> None:
    async with driving(answer) as running:
        assert await running.driver.ask(GetAccount(), timeout=3.0, client="monitor") == GetAccount()
        await running.driver.ask(Start())
    first, second, _ = running.machine.inputs
    assert first == Command(first.id, GetAccount(), 3.0, "monitor")  # type: ignore[union-attr]
    assert second.id != first.id  # type: ignore[union-attr]


async def test_ask_raises_what_the_machine_answers() -> None:
    def react(item: Input) -> Sequence[Effect]:
        return [Complete(item.id, error=UnexpectedReply("half a JSON"))] if isinstance(item, Command) else []

    async with driving(react) as running:
        with pytest.raises(UnexpectedReply, match="half a JSON"):
            await running.driver.ask(GetAccount())


async def test_ask_of_a_driver_that_does_not_run_says_that_nothing_was_sent() -> None:
    running = Running(answer)
    with pytest.raises(NotConnected):
        await running.driver.ask(GetAccount())
    async with driving(answer) as running:
        pass
    with pytest.raises(NotConnected):
        await running.driver.ask(GetAccount())


async def test_cancelled_asker_abandons_the_command() -> None:
    async with driving(lambda item: ()) as running:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(running.driver.ask, GetAccount())
            await running.machine.has("Command")
            tasks.cancel_scope.cancel()
        command, abandon = running.machine.inputs
        assert abandon == Abandon(command.id)  # type: ignore[union-attr]


async def test_answered_asker_abandons_nothing() -> None:
    async with driving(answer) as running:
        await running.driver.ask(GetAccount())
    assert running.machine.names() == ["Command"]


async def test_answer_to_a_command_that_nobody_waits_for_is_dropped() -> None:
    async with driving(lambda item: [Complete(99)] if isinstance(item, Tick) else answer(item)) as running:
        running.machine.due = 0.0
        await running.driver.ask(GetAccount())
        await running.machine.has("Tick")


async def test_who_asks_when_the_driver_stops_is_told_what_the_machine_knows() -> None:
    def react(item: Input) -> Sequence[Effect]:
        return [Complete(1, error=OutcomeUnknown("stopped", client_order_id="mine-1"))] if item == Stop() else []

    running = Running(react)
    told: list[BaseException] = []
    with anyio.fail_after(5):
        async with anyio.create_task_group() as askers, anyio.create_task_group() as tasks:
            await tasks.start(running.driver.run)
            askers.start_soon(_ask_and_be_told, running.driver, GetAccount(), told)
            await running.machine.has("Command")
            tasks.cancel_scope.cancel()
    assert [str(each) for each in told] == ["outcome unknown, client_order_id=mine-1: stopped"]


async def _ask_and_be_told(driver: Driver, action: Action, told: list[BaseException]) -> None:
    try:
        await driver.ask(action)
    except ExchangeError as error:
        told.append(error)


# --- the order of things ----------------------------------------------------------------------------------------------


async def test_effects_are_carried_out_in_order() -> None:
    order: list[str] = []

    def react(item: Input) -> Sequence[Effect]:
        return [said("one"), said("two"), Complete(item.id), said("three")] if isinstance(item, Command) else []

    async with driving(react, publish=lambda event: order.append(event.reason)) as running:
        await running.driver.ask(GetAccount())
    assert order == ["one", "two", "three"]


async def test_input_that_comes_up_within_an_effect_is_handled_after_the_others() -> None:
    # Filling the queue of a socket that cannot send yet ends it; its WsClosed must not come between the effects.
    async with listening(silent) as port:

        def react(item: Input) -> Sequence[Effect]:
            match item:
                case Command():
                    flood = [SendText("a#1", "x")] * (transport.websocket.MAX_QUEUED_MESSAGES + 1)
                    return [OpenWs("a#1", f"ws://127.0.0.1:{port}/"), *flood, said("still the command")]
                case WsClosed():
                    return [said(item.reason)]
            return []

        async with driving(react) as running, anyio.create_task_group() as tasks:
            tasks.start_soon(running.driver.ask, Start())
            await running.machine.has("WsClosed")
            tasks.cancel_scope.cancel()
    assert running.published[0] == "still the command"
    assert "too slow" in running.published[1]


async def test_handle_is_never_entered_twice() -> None:
    inside = 0

    def react(item: Input) -> Sequence[Effect]:
        assert inside == 0
        return [said("first"), said("second")] if isinstance(item, Command) else []

    def publish(event: Event) -> None:
        # What code of a subscriber would bring about that is called back at once.
        nonlocal inside
        inside += 1
        running.driver._feed(Abandon(inside))
        inside -= 1

    async with driving(react, publish=publish) as running, anyio.create_task_group() as tasks:
        tasks.start_soon(running.driver.ask, GetAccount())
        await running.machine.has("Abandon", "Abandon")
        assert running.machine.names() == ["Command", "Abandon", "Abandon"]
        tasks.cancel_scope.cancel()


async def test_inputs_are_recorded_as_they_are_handled() -> None:
    recorded: list[tuple[Input, Now]] = []
    async with driving(answer, record=lambda item, now: recorded.append((item, now))) as running:
        await running.driver.ask(GetAccount())
        await running.driver.ask(Start())
    assert recorded == list(zip(running.machine.inputs, running.machine.times, strict=True))
    monos = [now.mono for _, now in recorded]
    assert monos == sorted(monos)


# --- what goes wrong --------------------------------------------------------------------------------------------------


async def test_subscriber_that_raises_costs_nobody_anything(caplog: pytest.LogCaptureFixture) -> None:
    def publish(event: Event) -> None:
        raise ValueError("a bug of a subscriber")

    def react(item: Input) -> Sequence[Effect]:
        return [said("x"), *answer(item)]

    async with driving(react, publish=publish) as running:
        assert await running.driver.ask(GetAccount()) == GetAccount()
        assert await running.driver.ask(Start()) == Start()
        assert running.driver.publish_errors == 2
    assert "a bug of a subscriber" in caplog.text


async def test_recording_that_fails_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[Input] = []

    def record(item: Input, now: Now) -> None:
        calls.append(item)
        raise OSError("no space left on device")

    async with driving(answer, record=record) as running:
        await running.driver.ask(GetAccount())
        await running.driver.ask(GetAccount())
    assert len(calls) == 1
    assert "no space left" in caplog.text


async def test_bug_in_the_machine_ends_the_driver_with_it_and_tells_askers() -> None:
    told: list[BaseException] = []

    def react(item: Input) -> Sequence[Effect]:
        if isinstance(item, Command) and isinstance(item.action, Start):
            raise KeyError("a bug of ours")
        return []

    running = Running(react)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as askers:
            try:
                async with anyio.create_task_group() as tasks:
                    await tasks.start(running.driver.run)
                    askers.start_soon(_ask_and_be_told, running.driver, GetAccount(), told)
                    await running.machine.has("Command")
                    askers.start_soon(_ask_and_be_told, running.driver, Start(), told)
            except* KeyError as group:
                told += group.exceptions
    assert sorted(type(each).__name__ for each in told) == ["KeyError", "OutcomeUnknown", "OutcomeUnknown"]
