import pytest

from sansio_exchange.machine import SessionState
from service.failures import NotServing
from service.health_check import check_health
from tests.service.serving import serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


async def test_it_says_so_when_the_connector_serves() -> None:
    async with serving(token="secret-token") as served:
        assert await check_health("127.0.0.1", served.port, "") == "serving"


async def test_a_venue_that_is_not_live_is_not_serving_and_says_why() -> None:
    async with serving() as served:
        served.health.set(SessionState(live=False, reason="no market data"))
        with pytest.raises(NotServing, match="not serving: no market data"):
            await check_health("127.0.0.1", served.port, "")


async def test_nobody_there() -> None:
    async with serving() as served:
        port = served.port
    with pytest.raises(NotServing, match=f"no connector answers at 127.0.0.1:{port}"):
        await check_health("127.0.0.1", port, "")
