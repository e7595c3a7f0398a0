"""When the connector said that the venue could be traded on and when not, to the millisecond."""

import asyncio
import time

from grpclib.client import Channel
from grpclib.health.v1.health_grpc import HealthStub
from grpclib.health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse


class HealthWatch:
    """`changes` are (monotonic seconds, is serving), oldest first; `failure` why the watch ended, "" while it lasts."""

    def __init__(self, port: int) -> None:
        self.changes: list[tuple[float, bool]] = []
        self.failure = ""
        self._port = port
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Watch until cancelled or until the connector ends it."""
        channel = Channel("127.0.0.1", self._port)
        try:
            async with HealthStub(channel).Watch.open() as stream:
                await stream.send_message(HealthCheckRequest(), end=True)
                async for reply in stream:
                    self.note(time.monotonic(), is_serving=reply.status == HealthCheckResponse.SERVING)
            self.failure = "the connector ended the health watch"
        except Exception as error:  # whatever it was, the soak has to tell it
            self.failure = f"the health watch ended: {error!r}"
        finally:
            channel.close()

    def note(self, at: float, *, is_serving: bool) -> None:
        self.changes.append((at, is_serving))
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def is_serving(self) -> bool:
        return bool(self.changes) and self.changes[-1][1]

    async def until(self, *, serving: bool, since: float, within: float) -> float | None:
        """Seconds from `since` until it said so, at once where it did; None where it does not within so many."""
        while True:
            for at, said in self.changes:
                if at >= since and said is serving:
                    return at - since
            if self.is_serving is serving:  # since before
                return 0.0
            left = since + within - time.monotonic()
            if left <= 0:
                return None
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return None
