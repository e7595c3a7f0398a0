"""A connection opens or says why not, delivers what comes in order, and always ends with one reason."""

import ssl
from collections.abc import Callable

import anyio
import pytest
import trio.testing
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

import transport.connection
import transport.websocket
from tests.transport.loopback import (
    Peer,
    Serve,
    answering,
    listen_on,
    listening,
    proxy,
    response,
    silent,
    talking,
    unused_port,
)
from transport.connection import Connection, Messages
from transport.network import tls_context
from transport.websocket import WebSocket

pytestmark = pytest.mark.anyio
autojump = pytest.mark.parametrize(
    "anyio_backend", [("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})], ids=["trio, autojump"]
)


class Client:
    """A WebSocket with what it said."""

    def __init__(self, url: str, on_message: Callable[[str], None] = lambda text: None) -> None:
        self.heard: list[str] = []
        self.on_message = on_message
        self.socket = WebSocket(
            url, tls_context(), opened=self._opened, received=self._received, answered=self._answered
        )

    async def run(self) -> str:
        with anyio.fail_after(15):
            return await self.socket.run()

    def _opened(self) -> None:
        self.heard.append("<opened>")

    def _answered(self) -> None:
        self.heard.append("<pong>")
        self.on_message("<pong>")

    def _received(self, data: bytes) -> None:
        assert type(data) is bytes
        self.heard.append(data.decode())
        self.on_message(data.decode())


async def serve_and_run(serve: Serve, on_message: Callable[[Client, str], None] | None = None) -> tuple[Client, str]:
    async with listening(serve) as port:
        client = Client(f"ws://127.0.0.1:{port}/ws/key")
        if on_message:
            client.on_message = lambda text: on_message(client, text)
        return client, await client.run()


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


async def test_peer_that_vanishes_ends_the_connection() -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("last")

    client, reason = await serve_and_run(talking(talk))
    assert client.heard == ["<opened>", "last"]
    assert "no close frame" in reason


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
    "url", ["", "nonsense", "http://127.0.0.1/?listenKey=secret", "ws://", "ws://127.0.0.1:99999/"]
)
async def test_what_is_no_address_says_so_without_repeating_it(url: str) -> None:
    client = Client(url)
    reason = await client.run()
    assert client.heard == []
    assert reason
    assert "secret" not in reason


async def test_refused_connection_says_so() -> None:
    client = Client(f"ws://127.0.0.1:{await unused_port()}/")
    reason = await client.run()
    assert client.heard == []
    assert "Error" in reason


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


async def test_broken_frame_ends_the_connection() -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("fine")
        await peer.stream.send(b"\xff\xff\xff\xff")
        await listen_on(peer)

    client, reason = await serve_and_run(talking(talk))
    assert client.heard == ["<opened>", "fine"]
    assert "1002" in reason


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


@pytest.mark.usefixtures("trusted")
async def test_tls_with_a_trusted_certificate(server_tls: ssl.SSLContext) -> None:
    async def talk(peer: Peer) -> None:
        await peer.send(await peer.recv(), "x" * 100_000)
        await listen_on(peer)

    async with listening(talking(talk), server_tls) as port:
        client = Client(f"wss://127.0.0.1:{port}/")
        client.on_message = lambda text: client.socket.close("done") if len(text) == 100_000 else None
        client.socket.send("secret")
        assert await client.run() == "done"
    assert client.heard == ["<opened>", "secret", "x" * 100_000]


async def test_tls_with_an_unknown_certificate_is_refused(server_tls: ssl.SSLContext) -> None:
    async with listening(silent, server_tls) as port:
        client = Client(f"wss://127.0.0.1:{port}/")
        reason = await client.run()
    assert client.heard == []
    assert "certificate" in reason.lower()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_proxy_of_the_environment_is_used(
    scheme: str, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("through")

    seen: list[bytes] = []
    tls = server_tls if scheme == "wss" else None
    async with listening(talking(talk), tls) as port, listening(proxy(port, seen)) as at:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{at}")
        client = Client(f"{scheme}://venue.test/ws")
        await client.run()
    assert client.heard == ["<opened>", "through"]
    assert seen[0].startswith(b"CONNECT venue.test:")


async def test_refusal_by_the_proxy_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(proxy(1, [], refuse=True)) as at:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{at}")
        client = Client("wss://venue.test/ws")
        reason = await client.run()
    assert client.heard == []
    assert "403" in reason


async def test_password_of_a_proxy_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://user:hunter2@127.0.0.1:9")
    reason = await Client("wss://venue.test/ws").run()
    assert "InvalidProxy" in reason
    assert "hunter2" not in reason


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


async def test_proxy_is_never_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("direct")

    async with listening(talking(talk)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{await unused_port()}")
        client = Client(f"ws://127.0.0.1:{port}/")
        await client.run()
    assert client.heard == ["<opened>", "direct"]


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
