"""A connector that is killed comes back knowing its orders: the real process, real sockets, SIGKILL."""

import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process
from h2.events import ResponseReceived

from sansio_exchange.simulation.binance.machine import BinanceVenueMachine
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.symbols import default_rules
from sansio_exchange.venue import Endpoints
from service.client import Client
from service.local_venue import local_venue
from service.server import CannotServe, serve
from service.stubs.google.type import Decimal as Dec
from service.stubs.opensqt.market_maker import v1
from tests.service.raw_client import connected
from tests.service.test_server import against, free_port

pytestmark = pytest.mark.anyio
ACCOUNT = "demo"
FEES = Fees(maker=Decimal(0), taker=Decimal(0), maintenance=Decimal("0.004"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def order(client_order_id: str = "") -> v1.PlaceOrderRequest:
    return v1.PlaceOrderRequest(
        symbol="BTCUSDT",
        side=v1.OrderSide.BUY,
        type=v1.OrderType.LIMIT,
        quantity=Dec("0.01"),
        price=Dec("50000"),
        client_order_id=client_order_id,
    )


@asynccontextmanager
async def connector(roots: Endpoints, journal_dir: Path) -> AsyncIterator[tuple[Process, int]]:
    """The process, as soon as it is serving; killed at the end, if it is not dead by then."""
    port = free_port()
    settings = against(roots, port=port)
    environment = {
        **os.environ,
        "EXCHANGE": settings.exchange,
        "API_KEY": ACCOUNT,
        "API_SECRET": ACCOUNT,
        "PORT": str(port),
        "JOURNAL_DIR": str(journal_dir),
        "EXCHANGE_REST_URL": roots.rest,
        "EXCHANGE_WS_URL": roots.public,
        "EXCHANGE_WS_PRIVATE_URL": roots.private,
        "EXCHANGE_WS_TRADE_URL": roots.trade,
    }
    process = await anyio.open_process([sys.executable, "-m", "service", "serve"], env=environment)
    try:
        with anyio.fail_after(30):
            while not await is_serving(port):  # noqa: ASYNC110 - the other side is a process
                await anyio.sleep(0.05)
        yield process, port
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        with anyio.CancelScope(shield=True):
            await process.aclose()


async def is_serving(port: int) -> bool:
    try:
        async with Client(port=port) as client:
            return (await client.health())[0]
    except OSError:
        return False


def venue() -> tuple[SimulatedExchange, BinanceVenueMachine]:
    exchange = SimulatedExchange(
        default_rules(),
        seed=1,
        start_ms=now_ms(),
        maker_fee=FEES.maker,
        taker_fee=FEES.taker,
        maintenance_rate=FEES.maintenance,
    )
    exchange.open_account(ACCOUNT, Decimal(100_000))
    return exchange, BinanceVenueMachine(exchange, {ACCOUNT: ACCOUNT}, fees=FEES)


async def test_a_killed_connector_knows_its_orders_and_tells_what_it_missed(tmp_path: Path) -> None:
    exchange, machine = venue()
    async with local_venue(machine, "127.0.0.1", 0) as roots:
        async with connector(roots, tmp_path) as (process, port):
            async with Client(port=port) as client, connected(port) as raw:
                stream = raw.call("SubscribeOrders", v1.SubscribeOrdersRequest())
                await raw.until(ResponseReceived, stream)
                stays = await client.stub.place_order(order())
                ends = await client.stub.place_order(order())
                assert len(await raw.messages_until(stream, v1.OrderUpdate, 2)) == 2
            process.kill()
        exchange.cancel(ACCOUNT, "BTCUSDT", now_ms(), order_id=ends.order_id)
        async with connector(roots, tmp_path) as (_, port), Client(port=port) as client:
            async with connected(port) as raw:
                stream = raw.call("SubscribeOrders", v1.SubscribeOrdersRequest())
                await raw.until(ResponseReceived, stream)
                (missed,) = await raw.messages_until(stream, v1.OrderUpdate, 1)
            assert (missed.order_id, missed.status) == (ends.order_id, v1.OrderStatus.CANCELED)
            again = await client.stub.place_order(order(stays.client_order_id))
            assert again.order_id == stays.order_id, "the same order, at once"
            known = await client.stub.place_order(order(ends.client_order_id))
            assert known.order_id == ends.order_id, "it has ended, and is not placed anew"
        assert [each.order_id for each in exchange.orders(ACCOUNT, "BTCUSDT")] == [stays.order_id, ends.order_id]


async def test_two_connectors_do_not_share_a_directory(tmp_path: Path) -> None:
    _, machine = venue()
    async with local_venue(machine, "127.0.0.1", 0) as roots, connector(roots, tmp_path):
        with pytest.raises(CannotServe, match="JOURNAL_DIR: another connector uses"):
            await serve(against(roots, journal_dir=tmp_path))
