"""What a running connector holds, and how long it takes to be SERVING."""

import asyncio
import sys

from benchmarks.processes import CONNECTOR_PORT, VENUE_PORT, Process, connector, running, serving, venue, wait_for_port
from benchmarks.rows import Row, report
from service.client import Client

STREAMS = 200
SETTLE_SECONDS = 3.0
START_SECONDS = 1.0


async def open_streams(seconds: float) -> None:
    """Hold STREAMS price streams open, on ten connections, and read them."""

    async def read(client: Client) -> None:
        async for _ in client.prices(["BTCUSDT", "ETHUSDT"]):
            pass

    clients = [Client(port=CONNECTOR_PORT) for _ in range(10)]
    tasks = [asyncio.create_task(read(clients[n % 10])) for n in range(STREAMS)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for client in clients:
        await client.__aexit__(None, None, None)


async def memory_with_streams(connector_process: Process) -> float:
    reading = asyncio.create_task(open_streams(SETTLE_SECONDS))
    await asyncio.sleep(SETTLE_SECONDS * 0.8)
    held = connector_process.resident_mb()
    await reading
    return held


def main() -> None:
    with venue():
        wait_for_port(VENUE_PORT)
        with connector() as process:
            held = asyncio.run(memory_with_streams(process))
    report(Row("memory", f"connector with {STREAMS} streams open", held, "MB", 100))
    command = [sys.executable, "-m", "service", "serve"]
    environment = {"EXCHANGE": "sim", "PORT": str(CONNECTOR_PORT), "LOG_LEVEL": "warning"}
    with running(command, f"127.0.0.1:{CONNECTOR_PORT}", **environment):
        took = asyncio.run(serving(CONNECTOR_PORT))
    report(Row("memory", "process start to SERVING, local venue inside", took, "s", START_SECONDS))


if __name__ == "__main__":
    main()
