"""How the driver carries out what needs a network: sockets and HTTP, real ones on loopback."""

import asyncio
from collections.abc import Sequence
from contextvars import Context

import anyio
import pytest
from anyio.lowlevel import checkpoint

from sansio_exchange.commands import GetAccount, Start
from sansio_exchange.errors import NotConnected
from sansio_exchange.machine import (
    CloseWs,
    Command,
    Complete,
    Effect,
    HttpFailed,
    HttpReply,
    Input,
    OpenWs,
    SendHttp,
    SendText,
    Stop,
    Tick,
    WsClosed,
    WsMessage,
    WsOpened,
)
from tests.transport.driving import React, Running, autojump, driving, said
from tests.transport.loopback import Peer, answering, listen_on, listening, response, silent, talking, unused_port

pytestmark = pytest.mark.anyio


# --- sockets ----------------------------------------------------------------------------------------------------------


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


async def test_a_handshake_that_the_venue_refuses_tells_the_machine_how_long_to_wait() -> None:
    def react(item: Input) -> Sequence[Effect]:
        match item:
            case Command():
                return [OpenWs("a#1", f"ws://127.0.0.1:{port}/")]
            case WsClosed(_, _, status, retry_after):
                return [Complete(1, result=(status, retry_after))]
        return []

    refusing = answering(response(b"", "Retry-After: 30", status="429 Too Many Requests"))
    async with listening(refusing) as port, driving(react) as running:
        assert await running.driver.ask(Start()) == (429, 30.0)
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
async def test_stopping_takes_a_second_at_most_and_who_asks_is_told_at_once(anyio_backend: object) -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("go")
        await anyio.sleep_forever()

    async with listening(talking(talk)) as sockets, listening(silent) as deaf:

        def react(item: Input) -> Sequence[Effect]:
            match item:
                case Command():
                    return [
                        OpenWs("a#1", f"ws://127.0.0.1:{sockets}/"),
                        OpenWs("b#1", f"ws://127.0.0.1:{deaf}/"),
                        SendHttp(1, "GET", f"http://127.0.0.1:{deaf}/", {}),
                    ]
                case Stop():
                    return [Complete(1, error=NotConnected("stopped"))]
            return []

        running = Running(react)
        told: list[float] = []

        async def ask() -> None:
            with pytest.raises(NotConnected):
                await running.driver.ask(Start())
            told.append(anyio.current_time())

        async with anyio.create_task_group() as askers:
            async with anyio.create_task_group() as tasks:
                await tasks.start(running.driver.run)
                askers.start_soon(ask)
                await running.machine.has("WsMessage")
                stopped = anyio.current_time()
                tasks.cancel_scope.cancel()
            assert told == [stopped]
            assert stopped + 0.5 < anyio.current_time() <= stopped + 1.0 + 1e-6


# --- HTTP -------------------------------------------------------------------------------------------------------------


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
                return list(running.machine.inputs)

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
