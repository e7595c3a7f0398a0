"""A real session over real sockets, recorded, gives the same events again, byte for byte."""

import time
from decimal import Decimal
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from msgspec import structs

from sansio_exchange.commands import (
    CancelAllOrders,
    Credentials,
    GetLatestPrice,
    PlaceOrder,
    PlaceOrders,
    Start,
    Subscribe,
    Topic,
)
from sansio_exchange.lines import to_line
from sansio_exchange.machine import Event
from sansio_exchange.orders import NewOrder, OrderType, OrderUpdate, Side
from sansio_exchange.session import Connector
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.venues import make_venue
from service.local_venue import local_venue
from service.replay import replayed
from transport.driver import Driver
from transport.journal import Header, Journal

pytestmark = pytest.mark.anyio
DEMO = Credentials("demo", "demo", "demo")
PATIENCE = 20.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # uvicorn's, under the local venue


async def test_a_recorded_session_replays_to_the_same_events(tmp_path: Path) -> None:
    events: list[Event] = []
    machine = make_local_venue("binance", seed=5, start_ms=time.time_ns() // 1_000_000)
    async with local_venue(machine, "127.0.0.1", 0) as endpoints:
        header = Header("binance", "mainnet", endpoints, session="abc", seed=7)
        venue = make_venue("binance", endpoints=structs.asdict(endpoints))
        journal = Journal(tmp_path / "day", header, venue.redact)
        session = Connector(venue, DEMO, session=header.session, seed=header.seed, past_is_known=header.past_is_known)
        driver = Driver(session, publish=events.append, record=journal.record)
        async with anyio.create_task_group() as tasks:
            await tasks.start(driver.run)
            with anyio.fail_after(PATIENCE):
                await trade(driver, events)
            tasks.cancel_scope.cancel()
    journal.close()
    assert [to_line(event) for event in replayed(tmp_path / "day")] == [to_line(event) for event in events]
    assert sum(isinstance(event, OrderUpdate) for event in events) >= 6


async def trade(driver: Driver, events: list[Event]) -> None:
    await driver.ask(Start())
    await driver.ask(Subscribe(Topic("price", "BTCUSDT")))
    price = await driver.ask(GetLatestPrice("BTCUSDT"))
    resting = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.01"), (price * 9 / 10).quantize(Decimal("0.1")))
    await driver.ask(PlaceOrder(NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal("0.01"))))
    await driver.ask(PlaceOrders((resting, resting)))
    await driver.ask(CancelAllOrders("BTCUSDT"))
    while sum(isinstance(event, OrderUpdate) and event.order.status.name == "CANCELED" for event in events) < 2:
        await anyio.lowlevel.checkpoint()
