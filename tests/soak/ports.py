"""Ports of loopback: free ones, and whether somebody listens."""

import asyncio
import contextlib
import socket


def free_ports(many: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(many)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


async def listening(port: int, within: float = 20.0) -> None:
    """Return once somebody listens on `port`. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
