"""A connection always ends with one reason, and no peer can hold it up."""

import anyio
import pytest
import trio.testing

import transport.connection
import transport.websocket
from tests.transport.loopback import Peer, listen_on, listening, silent, talking, unused_port
from tests.transport.websocket_client import Client, serve_and_run

pytestmark = pytest.mark.anyio
autojump = pytest.mark.parametrize(
    "anyio_backend", [("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})], ids=["trio, autojump"]
)


async def test_peer_that_vanishes_ends_the_connection() -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("last")

    client, reason = await serve_and_run(talking(talk))
    assert client.heard == ["<opened>", "last"]
    assert "no close frame" in reason


async def test_close_while_connecting_ends_at_once() -> None:
    knocked = anyio.Event()

    async def serve(stream: anyio.abc.ByteStream) -> None:
        await stream.receive()
        knocked.set()
        await silent(stream)

    reasons: list[str] = []
    async with listening(serve) as port, anyio.create_task_group() as tasks:
        client = Client(f"ws://127.0.0.1:{port}/")

        async def run() -> None:
            reasons.append(await client.run())

        tasks.start_soon(run)
        await knocked.wait()
        client.socket.close("not needed any more")
    assert reasons == ["not needed any more"]
    assert client.heard == []


async def test_close_before_it_ran_opens_nothing() -> None:
    client = Client(f"ws://127.0.0.1:{await unused_port()}/")
    client.socket.close("never mind")
    assert await client.run() == "never mind"


@autojump
async def test_peer_that_never_shakes_hands_is_given_up(anyio_backend: object) -> None:
    started = anyio.current_time()
    client, reason = await serve_and_run(silent)
    assert anyio.current_time() - started == pytest.approx(transport.connection.OPEN_TIMEOUT)
    assert "timed out" in reason
    assert client.heard == []


@autojump
async def test_peer_that_ignores_the_close_is_cut(anyio_backend: object) -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("go")
        await anyio.sleep(3600)

    ended: list[float] = []

    def on_message(client: Client, text: str) -> None:
        ended.append(anyio.current_time())
        client.socket.close("enough")

    _, reason = await serve_and_run(talking(talk), on_message)
    assert reason == "enough"
    assert anyio.current_time() - ended[0] == pytest.approx(transport.connection.CLOSE_TIMEOUT)


async def test_peer_that_ignores_the_close_is_cut_on_both_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.websocket, "CLOSE_TIMEOUT", 0.02)

    async def talk(peer: Peer) -> None:
        await peer.send("go")
        await anyio.sleep_forever()

    _, reason = await serve_and_run(talking(talk), lambda client, text: client.socket.close("enough"))
    assert reason == "enough"


async def test_peer_that_reads_nothing_cannot_hold_up_the_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.websocket, "CLOSE_TIMEOUT", 0.05)
    monkeypatch.setattr(transport.websocket, "MAX_QUEUED_CHARACTERS", 10**9)

    async def talk(peer: Peer) -> None:
        await peer.send("go")
        await anyio.sleep_forever()

    def on_message(client: Client, text: str) -> None:
        for _ in range(40):
            client.socket.send("x" * 10**6)  # more than the system's buffers take
        client.socket.close("enough")

    _, reason = await serve_and_run(talking(talk), on_message)
    assert reason == "enough"


async def test_peer_that_says_goodbye_and_stays_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.websocket, "CLOSE_TIMEOUT", 0.02)

    async def talk(peer: Peer) -> None:
        peer.protocol.send_close(1001, "maintenance")
        await peer.flush()
        await anyio.sleep_forever()

    _, reason = await serve_and_run(talking(talk))
    assert "maintenance" in reason


async def test_peer_that_stays_after_breaking_the_protocol_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.websocket, "CLOSE_TIMEOUT", 0.02)

    async def talk(peer: Peer) -> None:
        await peer.stream.send(b"\xff\xff\xff\xff")
        await anyio.sleep_forever()

    _, reason = await serve_and_run(talking(talk))
    assert "1002" in reason


async def test_broken_frame_ends_the_connection() -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("fine")
        await peer.stream.send(b"\xff\xff\xff\xff")
        await listen_on(peer)

    client, reason = await serve_and_run(talking(talk))
    assert client.heard == ["<opened>", "fine"]
    assert "1002" in reason


async def test_too_long_a_message_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.connection, "MAX_MESSAGE", 1000)

    async def talk(peer: Peer) -> None:
        await peer.send("x" * 1000, "y" * 1001, "never")
        await listen_on(peer)

    client, reason = await serve_and_run(talking(talk))
    assert client.heard == ["<opened>", "x" * 1000]
    assert "1009" in reason


async def test_fragments_together_must_keep_to_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.connection, "MAX_MESSAGE", 1000)

    async def talk(peer: Peer) -> None:
        peer.protocol.send_text(b"x" * 600, fin=False)
        peer.protocol.send_continuation(b"x" * 600, fin=True)
        await peer.flush()
        await listen_on(peer)

    client, reason = await serve_and_run(talking(talk))
    assert client.heard == ["<opened>"]
    assert "1009" in reason


@pytest.mark.parametrize("size", [10, 100_000], ids=["by count", "by characters"])
async def test_peer_that_does_not_read_is_cut(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.websocket, "MAX_QUEUED_MESSAGES", 100)
    monkeypatch.setattr(transport.websocket, "MAX_QUEUED_CHARACTERS", 1_000_000)

    async def talk(peer: Peer) -> None:
        await peer.send("go")
        await anyio.sleep_forever()

    def on_message(client: Client, text: str) -> None:
        for _ in range(101):
            client.socket.send("x" * size)

    _, reason = await serve_and_run(talking(talk), on_message)
    assert "too slow" in reason
