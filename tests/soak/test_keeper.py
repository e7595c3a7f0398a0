"""A venue whose gateway is killed comes back with the same books; meanwhile nobody listens, and its market goes on."""

import time
from decimal import Decimal

import httpx
import pytest

from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.venues import DEMO, LOCAL_VENUES, Account
from tests.soak.keeper import Keeper
from tests.soak.ports import free_ports, listening


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # the local venue's only one


@pytest.mark.anyio
async def test_a_killed_venue_comes_back_with_its_books() -> None:
    kind = LOCAL_VENUES["binance"]
    now_ms = time.time_ns() // 1_000_000
    exchange = SimulatedExchange(kind.rules(), seed=1, start_ms=now_ms)
    exchange.open_account(DEMO, Decimal(1_000))
    (port,) = free_ports(1)
    keeper = Keeper(kind.make(exchange, Account(DEMO, DEMO, DEMO), 1, None), port)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            keeper.start()
            await listening(port)
            before = (await http.get("/fapi/v1/time")).json()["serverTime"]
            keeper.kill()
            with pytest.raises(httpx.TransportError):
                await http.get("/fapi/v1/time")
            order = NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal("0.002"))
            exchange.place(DEMO, order, time.time_ns() // 1_000_000)
            keeper.start()
            await listening(port)
            assert (await http.get("/fapi/v1/time")).json()["serverTime"] > before
            trades = (await http.get("/fapi/v1/trades", params={"symbol": "BTCUSDT", "limit": 1000})).json()
            (fill, *_) = exchange.fills(DEMO, "BTCUSDT")
            assert fill.trade_id in [str(each["id"]) for each in trades]
    finally:
        keeper.close()
