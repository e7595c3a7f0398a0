"""The peers of a measurement, each in a process of its own: a local venue without order limits, and the connector."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sansio_exchange.simulation.venues import OrderLimits, make_local_venue
from service.client import Client
from service.local_venue import local_venue

NO_LIMITS = OrderLimits(per_ten_seconds=1_000_000, per_minute=1_000_000, weight_per_minute=1_000_000)
"""Announced in the exchange info, so the connector keeps to them, too."""
VENUE_PORT = 50_190
CONNECTOR_PORT = 50_191
PATIENCE = 20.0


@dataclass
class Process:
    """A running peer. `address` is where it listens."""

    pid: int
    address: str

    def cpu_seconds(self) -> float:
        """CPU time that it has used so far, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        """Memory that it holds now, in MB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextlib.contextmanager
def running(command: list[str], address: str, **environment: str) -> Iterator[Process]:
    """`command` in a process of its own, interrupted at the end."""
    # As installed: with its bytecode, whatever the environment of this measurement forbids.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = subprocess.Popen(  # noqa: S603 - our own command
        command, env={**inherited, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        yield Process(started.pid, address)
    finally:
        started.send_signal(signal.SIGINT)
        try:
            started.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            started.kill()


@contextlib.contextmanager
def venue(module: str = "benchmarks.processes", *, exchange: str = "binance") -> Iterator[Process]:
    """A local venue that `module` serves on VENUE_PORT."""
    with running([sys.executable, "-m", module, "venue", exchange], f"127.0.0.1:{VENUE_PORT}") as process:
        yield process


@contextlib.contextmanager
def connector(**environment: str) -> Iterator[Process]:
    """The connector against that venue; returns once it is SERVING."""
    roots = {
        "EXCHANGE": "binance",
        "API_KEY": "demo",
        "API_SECRET": "demo",
        "API_PASSPHRASE": "demo",
        "PORT": str(CONNECTOR_PORT),
        "LOG_LEVEL": "warning",
        "EXCHANGE_REST_URL": f"http://127.0.0.1:{VENUE_PORT}",
        "EXCHANGE_WS_URL": f"ws://127.0.0.1:{VENUE_PORT}",
        "EXCHANGE_WS_PRIVATE_URL": f"ws://127.0.0.1:{VENUE_PORT}",
        "EXCHANGE_WS_TRADE_URL": f"ws://127.0.0.1:{VENUE_PORT}",
    }
    command = [sys.executable, "-m", "service", "serve"]
    with running(command, f"127.0.0.1:{CONNECTOR_PORT}", **{**roots, **environment}) as process:
        asyncio.run(serving(CONNECTOR_PORT))
        yield process


async def serving(port: int) -> float:
    """Seconds until the connector on `port` answers SERVING. Raises TimeoutError after PATIENCE."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        with contextlib.suppress(OSError, TimeoutError):
            async with Client(port=port) as client:
                if (await client.health())[0]:
                    return time.monotonic() - begun
        await asyncio.sleep(0.02)
    raise TimeoutError(f"nothing serves on port {port}")


def wait_for_port(port: int) -> None:
    """Return once somebody listens on `port`. Raises TimeoutError after PATIENCE."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


async def serve_venue(exchange: str) -> None:
    machine = make_local_venue(exchange, seed=1, start_ms=time.time_ns() // 1_000_000, order_limits=NO_LIMITS)
    async with local_venue(machine, "127.0.0.1", VENUE_PORT):
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve_venue(sys.argv[2]))
