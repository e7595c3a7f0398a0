"""A connection opens or says why not, and delivers what comes in order."""

import anyio
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from tests.transport.loopback import Peer, answering, listen_on, listening, response, talking
from tests.transport.websocket_client import Client, serve_and_run
from transport.connection import Connection, Messages
from transport.network import tls_context
from transport.websocket import WebSocket

pytestmark = pytest.mark.anyio


async def test_the_handshake_says_what_it_is_to_say() -> None:
    said: list[str | None] = []

    async def talk(peer: Peer) -> None:
        assert peer.request is not None
        said.append(peer.request.headers.get("X-Gate-Size-Decimal"))

    async with listening(talking(talk)) as port:
        url = f"ws://127.0.0.1:{port}/"
        for headers in (None, {"X-Gate-Size-Decimal": "1"}):
            socket = WebSocket(
                url, tls_context(), headers=headers, opened=lambda: None, received=print, answered=lambda: None
            )
            with anyio.fail_after(15):
                await socket.run()
    assert said == [None, "1"]


async def test_messages_come_in_order_and_the_close_tells_its_code() -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("1", "2")
        await peer.send("3")
        peer.protocol.send_close(1001, "maintenance")
        await peer.flush()
        await peer.frame()

    client, reason = await serve_and_run(talking(talk))
    assert client.heard == ["<opened>", "1", "2", "3"]
    assert "1001" in reason
    assert "maintenance" in reason


async def test_message_in_the_packet_of_the_handshake_comes_after_opened() -> None:
    async def serve(stream: anyio.abc.ByteStream) -> None:
        await Peer(stream).accept(also=Frame(Opcode.TEXT, b"early").serialize(mask=False))

    client, _ = await serve_and_run(serve)
    assert client.heard == ["<opened>", "early"]


async def test_fragments_and_binary_make_whole_messages() -> None:
    async def talk(peer: Peer) -> None:
        peer.protocol.send_text(b"on", fin=False)
        peer.protocol.send_ping(b"between")
        await peer.flush()
        peer.protocol.send_continuation(b"", fin=False)
        peer.protocol.send_continuation(b"e", fin=True)
        peer.protocol.send_binary(b"two")
        await peer.send("three")

    client, _ = await serve_and_run(talking(talk))
    assert client.heard == ["<opened>", "one", "two", "three"]


async def test_bytes_arriving_one_by_one_make_the_same_messages() -> None:
    async def talk(peer: Peer) -> None:
        peer.protocol.send_text(b"slow")
        for byte in b"".join(peer.protocol.data_to_send()):
            await peer.stream.send(bytes([byte]))

    client, _ = await serve_and_run(talking(talk))
    assert client.heard == ["<opened>", "slow"]


async def test_ping_is_answered() -> None:
    pongs: list[bytes] = []

    async def talk(peer: Peer) -> None:
        peer.protocol.send_ping(b"1626992740")
        await peer.flush()
        frame = await peer.frame()
        assert frame.opcode is Opcode.PONG
        pongs.append(bytes(frame.data))

    await serve_and_run(talking(talk))
    assert pongs == [b"1626992740"]


async def test_sending_keeps_the_order_and_close_sends_what_is_queued_first() -> None:
    got: list[str] = []

    async def talk(peer: Peer) -> None:
        await peer.send("go")
        while True:
            got.append(await peer.recv())

    def on_message(client: Client, text: str) -> None:
        for number in range(100):
            client.socket.send(str(number))
        client.socket.close("the core gave it up")
        client.socket.send("too late")

    _, reason = await serve_and_run(talking(talk), on_message)
    assert got == [str(number) for number in range(100)]
    assert reason == "the core gave it up"


async def test_what_is_sent_before_the_opening_goes_out_after_it() -> None:
    got: list[str] = []

    async def talk(peer: Peer) -> None:
        got.append(await peer.recv())

    async with listening(talking(talk)) as port:
        client = Client(f"ws://127.0.0.1:{port}/")
        client.socket.send("early")
        await client.run()
    assert got == ["early"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (response(b"", status="503 Service Unavailable"), "503"),
        (response(b"<html>blocked</html>", "Content-Type: text/html", status="403 Forbidden"), "403"),
        (response(b"fine"), "200"),
        (b"garbage\r\n\r\n", "InvalidMessage"),
        (b"", "InvalidMessage"),
        (b"HTTP/1.1 101 Switching", "InvalidMessage"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "Accept"),
    ],
    ids=["503", "html", "200", "garbage", "nothing", "half a line", "no key"],
)
async def test_failed_handshake_says_why_and_never_opens(answer: bytes, said: str) -> None:
    client, reason = await serve_and_run(answering(answer))
    assert client.heard == []
    assert said in reason


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        ("429 Too Many Requests", ["Retry-After: 7"], (429, 7.0)),
        ("418 I'm a teapot", ["retry-after: 120", "Retry-After: 9"], (418, 120.0)),
        ("429 Too Many Requests", [], (429, 0.0)),
        ("429 Too Many Requests", ["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"], (429, 0.0)),
        ("503 Service Unavailable", [], (503, 0.0)),
    ],
)
async def test_a_refused_handshake_tells_its_status_and_how_long_to_wait(
    status: str, headers: list[str], said: tuple[int, float]
) -> None:
    client, reason = await serve_and_run(answering(response(b"slow down", *headers, status=status)))
    assert (client.socket.status, client.socket.retry_after) == said
    assert status[:3] in reason


async def test_a_connection_that_opened_was_not_refused() -> None:
    client, _ = await serve_and_run(talking(lambda peer: peer.send("hello")))
    assert (client.socket.status, client.socket.retry_after) == (0, 0.0)


async def test_what_is_sent_while_a_ping_goes_out_is_sent_at_once() -> None:
    class SlowToPing(Connection):
        """Suspends in ping(), as a connection does that waits for the network."""

        def __init__(self) -> None:
            self.sent: list[str] = []
            self.pinging = anyio.Event()
            self.go_on = anyio.Event()

        async def ping(self) -> None:
            self.pinging.set()
            await self.go_on.wait()

        async def send(self, message: str) -> None:
            self.sent.append(message)

        async def close(self) -> None: ...

        async def recv(self) -> None: ...

    connection = SlowToPing()
    socket = Client("ws://venue.test/").socket
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(socket._write, connection)
        await checkpoint()
        socket.ping()
        await connection.pinging.wait()
        socket.send("order")
        connection.go_on.set()
        for _ in range(5):
            await checkpoint()
        tasks.cancel_scope.cancel()
    assert connection.sent == ["order"]


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=8), st.integers(min_value=0, max_value=3))
def test_any_split_into_fragments_gives_the_same_message(parts: list[bytes], repeats: int) -> None:
    got: list[bytes] = []
    messages = Messages(lambda: None, got.append, print, lambda: None)
    for _ in range(repeats + 1):
        for index, part in enumerate(parts):
            opcode = Opcode.TEXT if index == 0 else Opcode.CONT
            messages.frame(Frame(opcode, bytearray(part), fin=index == len(parts) - 1))
    assert got == [b"".join(parts)] * (repeats + 1)


async def test_a_ping_is_answered_by_a_pong_and_no_message() -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("hello")
        await listen_on(peer)

    def on_message(client: Client, text: str) -> None:
        if text == "hello":
            client.socket.ping()
        else:
            client.socket.close("done")

    client, reason = await serve_and_run(talking(talk), on_message)
    assert client.heard == ["<opened>", "hello", "<pong>"]
    assert reason == "done"
