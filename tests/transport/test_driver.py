"""What the driver owes to machine, users and subscribers, with a scripted machine and real sockets on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from itertools import pairwise
from typing import Any

import anyio
import pytest
import trio.testing
from anyio.lowlevel import checkpoint

import transport.driver
import transport.websocket
from sansio_exchange.clock import Now
from sansio_exchange.commands import CancelAllOrders, GetAccount, PlaceOrder, Start
from sansio_exchange.errors import NotConnected, OutcomeUnknown, UnexpectedReply
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    Command,
    Complete,
    Effect,
    Event,
    HttpFailed,
    HttpReply,
    Input,
    OpenWs,
    Publish,
    SendHttp,
    SendText,
    SessionState,
    Tick,
    WsClosed,
    WsMessage,
    WsOpened,
)
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import NewOrder, OrderType, Side
from tests.transport.loopback import Peer, answering, listen_on, listening, response, silent, talking, unused_port
from tests.transport.scripted import ScriptedMachine
from transport.driver import Driver

pytestmark = pytest.mark.anyio
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


# --- users ------------------------------------------------------------------------------------------------------


async def test_ask_gives_the_result() -> None:
    async with driving(answer) as running:
        assert await running.driver.ask(GetAccount(), timeout=3.0, client="monitor") == GetAccount()
        await running.driver.ask(Start())
    first, second = running.machine.inputs
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


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (GetAccount(), NotConnected),
        (CancelAllOrders(), OutcomeUnknown),
        (PlaceOrder(NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, ZERO, client_order_id="mine-1")), OutcomeUnknown),
    ],
)
async def test_who_asks_when_the_driver_stops_is_told(action: Any, error: type[Exception]) -> None:
    raised: list[Exception] = []
    running = Running(lambda item: ())

    async def ask() -> None:
        try:
            await running.driver.ask(action)
        except (NotConnected, OutcomeUnknown) as told:
            raised.append(told)

    with anyio.fail_after(5):
        async with anyio.create_task_group() as askers, anyio.create_task_group() as tasks:
            await tasks.start(running.driver.run)
            askers.start_soon(ask)
            await running.machine.has("Command")
            tasks.cancel_scope.cancel()
    assert [type(each) for each in raised] == [error]
    if isinstance(action, PlaceOrder):
        assert "mine-1" in str(raised[0])


# --- the order of things ----------------------------------------------------------------------------------------


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


# --- what goes wrong --------------------------------------------------------------------------------------------


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

    async def ask(action: Any) -> None:
        try:
            await running.driver.ask(action)
        except NotConnected as error:
            told.append(error)

    with anyio.fail_after(5):
        async with anyio.create_task_group() as askers:
            try:
                async with anyio.create_task_group() as tasks:
                    await tasks.start(running.driver.run)
                    askers.start_soon(ask, GetAccount())
                    await running.machine.has("Command")
                    askers.start_soon(ask, Start())
            except* KeyError as group:
                told += group.exceptions
    assert sorted(type(each).__name__ for each in told) == ["KeyError", "NotConnected", "NotConnected"]


# --- sockets ----------------------------------------------------------------------------------------------------


async def test_socket_life_from_opening_to_closed() -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("hello " + await peer.recv())
        await listen_on(peer)

    async with listening(talking(talk)) as port:

        def react(item: Input) -> Sequence[Effect]:
            match item:
                case Command():
                    return [OpenWs("private#1", f"ws://127.0.0.1:{port}/")]
                case WsOpened(conn):
                    return [SendText(conn, "login")]
                case WsMessage(conn, data):
                    return [said(data.decode()), CloseWs(conn, "seen enough")]
                case WsClosed(conn, reason):
                    return [Complete(1, result=reason)]
            return []

        async with driving(react) as running:
            assert await running.driver.ask(Start()) == "seen enough"
    assert running.published == ["hello login"]
    assert running.machine.names() == ["Command", "WsOpened", "WsMessage", "WsClosed"]


async def test_socket_that_cannot_be_opened_is_closed_once_and_sending_to_it_harms_nothing() -> None:
    port = await unused_port()

    def react(item: Input) -> Sequence[Effect]:
        match item:
            case Command():
                return [OpenWs("a#1", f"ws://127.0.0.1:{port}/"), SendText("a#1", "x"), SendText("other#1", "x")]
            case WsClosed():
                return [SendText("a#1", "x"), CloseWs("a#1", "late"), Complete(1)]
        return []

    async with driving(react) as running:
        await running.driver.ask(Start())
    assert running.machine.names() == ["Command", "WsClosed"]


async def test_stopping_sends_what_the_machine_gave_and_says_goodbye() -> None:
    got: list[str] = []
    ended = anyio.Event()

    async def talk(peer: Peer) -> None:
        await peer.send("go")
        try:
            while True:
                got.append(await peer.recv())
        finally:
            ended.set()

    async with listening(talking(talk)) as port:

        def react(item: Input) -> Sequence[Effect]:
            match item:
                case Command():
                    return [OpenWs("trade#1", f"ws://127.0.0.1:{port}/")]
                case WsMessage(conn):
                    orders = [SendText(conn, f"cancel {number}") for number in range(5)]
                    return [*orders, Complete(1)]
            return []

        async with driving(react) as running:
            await running.driver.ask(Start())
        await ended.wait()
    assert got == [f"cancel {number}" for number in range(5)]
    assert running.machine.names() == ["Command", "WsOpened", "WsMessage"]


@autojump
async def test_stopping_takes_a_second_at_most_whatever_the_peers_do(anyio_backend: object) -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("go")
        await anyio.sleep_forever()

    async with listening(talking(talk)) as sockets, listening(silent) as deaf:
        waiting = anyio.Event()

        def react(item: Input) -> Sequence[Effect]:
            match item:
                case Command():
                    return [
                        OpenWs("a#1", f"ws://127.0.0.1:{sockets}/"),
                        OpenWs("b#1", f"ws://127.0.0.1:{deaf}/"),
                        SendHttp(1, "GET", f"http://127.0.0.1:{deaf}/", {}),
                    ]
                case WsMessage():
                    waiting.set()
            return []

        running = Running(react)
        async with anyio.create_task_group() as tasks, anyio.create_task_group() as asker:
            await tasks.start(running.driver.run)
            asker.start_soon(_ask_in_vain, running.driver)
            await waiting.wait()
            stopped = anyio.current_time()
            tasks.cancel_scope.cancel()
        assert anyio.current_time() - stopped <= 1.0 + 1e-6


async def _ask_in_vain(driver: Driver) -> None:
    with pytest.raises(NotConnected):
        await driver.ask(Start())


# --- HTTP -------------------------------------------------------------------------------------------------------


def fetching(url: str, timeout: float = 10.0) -> React:
    def react(item: Input) -> Sequence[Effect]:
        match item:
            case Command():
                return [SendHttp(5, "GET", url, {}, timeout=timeout)]
            case HttpReply() | HttpFailed():
                return [Complete(1, result=item)]
        return []

    return react


async def test_request_gets_its_reply() -> None:
    async with (
        listening(answering(response(b"{}"))) as port,
        driving(fetching(f"http://127.0.0.1:{port}/")) as running,
    ):
        reply = await running.driver.ask(GetAccount())
    assert (reply.request_id, reply.status, reply.body) == (5, 200, b"{}")
    assert running.machine.names() == ["Command", "HttpReply"]


def test_requests_and_sockets_are_opened_under_plain_asyncio_from_any_callback() -> None:
    """asyncio.run, unlike anyio.run, leaves no mark in the context by which anyio knows its backend."""

    async def main() -> list[Input]:
        async with listening(answering(response(b"ok"))) as port:

            def react(item: Input) -> Sequence[Effect]:
                if isinstance(item, Tick):
                    return [SendHttp(1, "GET", f"http://127.0.0.1:{port}/", {})]
                return [said("replied")] if isinstance(item, HttpReply) else []

            async with driving(react) as running:
                asyncio.get_running_loop().call_soon(running.driver._feed, Tick(), context=Context())
                while not running.published:
                    await checkpoint()
                return running.machine.inputs

    assert isinstance(asyncio.run(main())[-1], HttpReply)


async def test_request_that_fails_says_so_once() -> None:
    async with driving(fetching(f"http://127.0.0.1:{await unused_port()}/")) as running:
        failed = await running.driver.ask(GetAccount())
    assert (failed.request_id, failed.maybe_sent) == (5, False)
    assert running.machine.names() == ["Command", "HttpFailed"]


@autojump
async def test_request_without_reply_ends_after_its_timeout(anyio_backend: object) -> None:
    async with listening(silent) as port, driving(fetching(f"http://127.0.0.1:{port}/", timeout=7.5)) as running:
        started = anyio.current_time()
        failed = await running.driver.ask(GetAccount())
        assert anyio.current_time() - started == pytest.approx(7.5)
    assert failed == HttpFailed(5, maybe_sent=True, reason="no reply within 7.5 s")


async def test_reply_that_arrived_while_the_process_stalled_counts() -> None:
    asked = anyio.Event()
    go_on = anyio.Event()

    async def serve(stream: anyio.abc.ByteStream) -> None:
        await stream.receive()
        asked.set()
        await go_on.wait()
        await stream.send(response(b"in time" * 30_000))
        started = running.driver._clock()
        while running.driver._clock() < started + 0.06:
            pass  # the whole process stands still until after the timeout
        await anyio.sleep_forever()

    async with (
        listening(serve) as port,
        driving(fetching(f"http://127.0.0.1:{port}/", timeout=0.05)) as running,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(_let_go, asked, go_on)
        reply = await running.driver.ask(GetAccount())
    assert isinstance(reply, HttpReply), reply


async def _let_go(when: anyio.Event, what: anyio.Event) -> None:
    await when.wait()
    what.set()


# --- time -------------------------------------------------------------------------------------------------------


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


async def test_what_has_arrived_is_handled_before_an_overdue_deadline() -> None:
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
