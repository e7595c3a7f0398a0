import asyncio

import anyio
import pytest

from sansio_exchange import commands
from sansio_exchange.commands import Subscribe, Topic
from service.record import _follow
from service.server import Endpoint
from service.settings import load
from tests.service.serving import eventually, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


async def test_while_it_records_the_market_data_of_the_symbols_flows() -> None:
    async with serving(token="secret-token") as served, anyio.create_task_group() as tasks:
        served.driver.answers[commands.GetLatestPrice] = None
        endpoints: asyncio.Queue[Endpoint] = asyncio.Queue()
        endpoints.put_nowait(Endpoint("127.0.0.1", served.port))
        tasks.start_soon(_follow, endpoints, load(auth_token="secret-token"), ["BTCUSDT"])
        wanted = {Topic("price", "BTCUSDT"), Topic("kline", "BTCUSDT", "1m"), Topic("funding", "BTCUSDT")}
        await eventually(lambda: {each.topic for each in served.driver.of(Subscribe)} == wanted)
        tasks.cancel_scope.cancel()
