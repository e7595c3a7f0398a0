"""As much of a gRPC stream as the hub and its outboxes touch, without a socket."""

from typing import Any

import anyio
from h2.config import H2Configuration
from h2.connection import H2Connection


class Wire:
    """One stream; it is its own connection and transport, too."""

    def __init__(self, h2: H2Connection) -> None:
        self._stream = self
        self.id = 1
        self.connection = self
        self.write_ready = anyio.Event()
        self.write_ready.set()
        self._h2_connection: Any = h2
        self._transport = self

    def is_closing(self) -> bool:
        return False


def wire() -> Wire:
    """A server connection with one request received."""
    client = H2Connection(H2Configuration(client_side=True))
    server = H2Connection(H2Configuration(client_side=False))
    client.initiate_connection()
    server.initiate_connection()
    client.send_headers(
        1, [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "x")], end_stream=True
    )
    server.receive_data(client.data_to_send())
    server.send_headers(1, [(":status", "200")])
    server.data_to_send()
    return Wire(server)
