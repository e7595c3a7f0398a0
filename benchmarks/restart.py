"""How long a connector that was killed takes until it is SERVING again, its orders reconciled."""

import asyncio
import os
import signal
import tempfile
import time

from benchmarks.orders import BATCH, limit_order, resting_price
from benchmarks.processes import CONNECTOR_PORT, VENUE_PORT, Process, connector, venue, wait_for_port
from benchmarks.rows import Row, report
from service.client import Client
from service.stubs.opensqt.market_maker import v1

ENDED = 10
"""Batches that are placed and cancelled: orders that the journal remembers, too."""
WORKING = 200
RESTART_SECONDS = 5.0


async def trade() -> None:
    """Leave WORKING orders, and many that have ended."""
    async with Client(port=CONNECTOR_PORT) as client:
        request = v1.BatchPlaceOrdersRequest(orders=[limit_order(await resting_price(client))] * BATCH)
        for _ in range(ENDED):
            placed = await client.stub.batch_place_orders(request)
            ids = [order.order_id for order in placed.orders]
            await client.stub.batch_cancel_orders(v1.BatchCancelOrdersRequest(symbol="BTCUSDT", order_ids=ids))
        for _ in range(WORKING // BATCH):
            await client.stub.batch_place_orders(request)


def kill(process: Process) -> None:
    os.kill(process.pid, signal.SIGKILL)


def main() -> None:
    with tempfile.TemporaryDirectory() as directory, venue():
        wait_for_port(VENUE_PORT)
        with connector(JOURNAL_DIR=directory) as process:
            asyncio.run(trade())
            kill(process)
        begun = time.monotonic()
        with connector(JOURNAL_DIR=directory):
            took = time.monotonic() - begun
    what = f"killed with {WORKING} orders working, {ENDED * BATCH:,} ended, until SERVING again"
    report(Row("restart", what, took, "s", RESTART_SECONDS))


if __name__ == "__main__":
    main()
