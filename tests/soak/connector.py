"""The connector as a process of its own, before the venue at a port, and what can be seen of it from outside."""

import asyncio
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import IO

from msgspec import Struct

from sansio_exchange.simulation.venues import DEMO


class Figures(Struct, frozen=True):
    """What the process holds now: memory in MB, tasks, calls under way, file descriptors; CPU seconds so far."""

    resident_mb: float
    tasks: int
    calls: int
    descriptors: int
    cpu_seconds: float


class ConnectorProcess:
    """`exchange-connector serve`; its log goes to `log`."""

    def __init__(self, exchange: str, venue_port: int, port: int, metrics_port: int, log: IO[bytes]) -> None:
        self.port = port
        self._metrics = f"http://127.0.0.1:{metrics_port}/metrics"
        settings = {
            "EXCHANGE": exchange,
            "API_KEY": DEMO,
            "API_SECRET": DEMO,
            "API_PASSPHRASE": DEMO,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "METRICS_PORT": str(metrics_port),
            "LOG_LEVEL": "warning",
            "EXCHANGE_REST_URL": f"http://127.0.0.1:{venue_port}",
            **{f"EXCHANGE_WS{kind}_URL": f"ws://127.0.0.1:{venue_port}" for kind in ("", "_PRIVATE", "_TRADE")},
        }
        command = [sys.executable, "-m", "service", "serve"]
        self._process = subprocess.Popen(command, env={**os.environ, **settings}, stderr=log)  # noqa: S603 - our own

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    async def figures(self) -> Figures:
        """Raises OSError where it is gone."""
        process = Path(f"/proc/{self._process.pid}")
        text = await asyncio.to_thread(_read, self._metrics)
        pages = int((process / "statm").read_text().split()[1])
        times = (process / "stat").read_text().rpartition(")")[2].split()
        return Figures(
            resident_mb=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
            tasks=int(gauge(text, "exchange_tasks")),
            calls=int(gauge(text, "grpc_requests_in_flight")),
            descriptors=len(os.listdir(process / "fd")),
            cpu_seconds=(int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK"),
        )

    async def stop(self, within: float) -> str:
        """Tell it to end; what was wrong with how it did, or ""."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.to_thread(self._process.wait, within)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"the connector did not end within {within:g} s of SIGTERM"
        return f"the connector ended with {code}" if code else ""

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def gauge(text: str, name: str) -> float:
    """A figure without labels in Prometheus's text. Raises ValueError where it is not there."""
    return float(text.partition(f"\n{name} ")[2].partition("\n")[0])


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310 - our own address
        return str(reply.read().decode())
