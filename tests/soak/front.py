"""The gateway before the venue's books: python -m tests.soak.front FD PORT. It is there to be killed (keeper.py)."""

import asyncio
import contextlib
import sys
from multiprocessing.connection import Connection

from sansio_exchange.clock import Now
from sansio_exchange.simulation.wire import VenueEffect, VenueInput
from service.local_venue import local_venue


class Remote:
    """A venue machine that lives at the other end of `line`; each input waits for its answer.

    Both processes read the same monotonic clock, so that a deadline means the same to both.
    """

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._deadline: float | None = None

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        """Raises EOFError or OSError when the books are gone, and so ends the gateway."""
        self._line.send(item)
        effects: list[VenueEffect]
        effects, self._deadline = self._line.recv()
        return effects

    def deadline(self) -> float | None:
        return self._deadline


async def main(line: Connection, port: int) -> None:
    async with local_venue(Remote(line), "127.0.0.1", port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(Connection(int(sys.argv[1])), int(sys.argv[2])))
