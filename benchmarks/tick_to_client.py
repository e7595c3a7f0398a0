"""From the venue's socket to a gRPC client, at a steady thousand messages a second.

The venue is the local one with a metronome in front: a thousand extra trades a second, each with the time of its
sending as its price, in microseconds of the clock that all processes of a machine share.
"""

import asyncio
import contextlib
import sys
import time
from statistics import quantiles

from benchmarks.processes import CONNECTOR_PORT, VENUE_PORT, connector, venue, wait_for_port
from benchmarks.rows import Row, report
from sansio_exchange.clock import Now
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.wire import (
    SocketClosed,
    SocketMessage,
    SocketSend,
    VenueEffect,
    VenueInput,
    VenueMachine,
)
from service.client import Client
from service.local_venue import local_venue

PER_SECOND = 1000
SECONDS = 15.0
WARM_UP = 2.0
P99_MS = 2.0
STAMPS_ABOVE = 1e7
"""Microseconds: ten seconds after boot. Real prices lie below."""


class Metronome:
    """A venue machine that also sends a stamped trade every millisecond to whoever subscribed to Bitcoin's."""

    def __init__(self, venue_machine: VenueMachine) -> None:
        self._venue = venue_machine
        self._listeners: dict[int, None] = {}
        self._next = 0.0

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        effects = self._venue.handle(item, now)
        if isinstance(item, SocketMessage) and b"btcusdt@aggTrade" in item.data:
            self._listeners[item.conn] = None
            self._next = now.mono
        elif isinstance(item, SocketClosed):
            self._listeners.pop(item.conn, None)
        while self._listeners and self._next <= now.mono:
            self._next += 1 / PER_SECOND
            effects += [SocketSend(conn, _stamped(now.wall_ms)) for conn in self._listeners]
        return effects

    def deadline(self) -> float | None:
        venue_deadline = self._venue.deadline()
        if not self._listeners:
            return venue_deadline
        return self._next if venue_deadline is None else min(self._next, venue_deadline)


def _stamped(wall_ms: int) -> bytes:
    stamp = time.monotonic_ns() / 1000
    return b'{"e":"aggTrade","E":%d,"s":"BTCUSDT","a":1,"p":"%.1f","q":"0.001","f":1,"l":1,"T":%d,"m":true}' % (
        wall_ms,
        stamp,
        wall_ms,
    )


async def serve_venue() -> None:
    machine = Metronome(make_local_venue("binance", seed=1, start_ms=time.time_ns() // 1_000_000))
    async with local_venue(machine, "127.0.0.1", VENUE_PORT):
        await asyncio.Event().wait()


async def listen() -> list[float]:
    """Milliseconds on the way, for each trade."""
    took: list[float] = []
    begun = time.monotonic()
    async with Client(port=CONNECTOR_PORT) as client:
        async for change in client.prices(["BTCUSDT"]):
            stamp = float(change.price.value) if change.price else 0.0
            arrived = time.monotonic_ns() / 1000
            if stamp > STAMPS_ABOVE and time.monotonic() - begun > WARM_UP:
                took.append((arrived - stamp) / 1000)
            if time.monotonic() - begun > WARM_UP + SECONDS:
                break
    return took


def main() -> None:
    with venue("benchmarks.tick_to_client"):
        wait_for_port(VENUE_PORT)
        with connector() as process:
            before = process.cpu_seconds()
            took = asyncio.run(listen())
            spent = process.cpu_seconds() - before
    cuts = quantiles(took, n=100)
    rate = len(took) / SECONDS
    report(Row("tick_to_client", f"venue socket to gRPC client at {rate:.0f}/s, p50", cuts[49], "ms"))
    report(Row("tick_to_client", f"venue socket to gRPC client at {rate:.0f}/s, p99", cuts[98], "ms", P99_MS))
    per_message = spent / (len(took) * (WARM_UP + SECONDS) / SECONDS) * 1e6
    report(Row("tick_to_client", "connector, socket to socket", per_message, "us CPU per message"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["venue"]:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve_venue())
    else:
        main()
