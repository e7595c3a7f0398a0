"""A WebSocket that keeps what it heard, for tests."""

from collections.abc import Callable

import anyio

from tests.transport.loopback import Serve, listening
from transport.network import tls_context
from transport.websocket import WebSocket


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
