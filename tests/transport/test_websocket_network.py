"""The way to the peer: addresses, TLS and proxies."""

import ssl

import pytest

from tests.transport.loopback import Peer, listen_on, listening, proxy, silent, talking, unused_port
from tests.transport.websocket_client import Client

pytestmark = pytest.mark.anyio


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


async def test_proxy_is_never_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk(peer: Peer) -> None:
        await peer.send("direct")

    async with listening(talking(talk)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{await unused_port()}")
        client = Client(f"ws://127.0.0.1:{port}/")
        await client.run()
    assert client.heard == ["<opened>", "direct"]
