from decimal import Decimal

import anyio
import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from sansio_exchange import commands
from sansio_exchange.errors import DeadlineExceeded
from sansio_exchange.machine import SessionState
from sansio_exchange.market import PriceChange
from service import client as client_module
from service.client import Client
from service.status import refusal
from tests.service.serving import eventually, serving
from tests.service.test_streams import account

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FIRST_WAIT", 0.0)


async def test_calls_carry_token_and_name() -> None:
    async with serving(token="secret-token") as served:
        served.driver.answers[commands.GetSymbols] = ("BTCUSDT",)
        async with Client(port=served.port, token="secret-token", name="mine") as client:
            assert (await client.stub.get_symbols()).symbols == ["BTCUSDT"]
        assert served.driver.clients == ["mine"]
        async with Client(port=served.port, token="wrong") as stranger:
            with pytest.raises(GRPCError) as refused:
                await stranger.stub.get_symbols()
            assert refused.value.status is Status.UNAUTHENTICATED


async def test_health_is_the_connectors_word_and_reason() -> None:
    async with serving() as served, Client(port=served.port) as client:
        assert await client.health() == (True, "live")
        served.health.set(SessionState(live=False, reason="no market data"))
        assert await client.health() == (False, "no market data")


async def test_a_stream_that_the_connector_ended_is_opened_again_and_says_so() -> None:
    async with serving() as served, Client(port=served.port) as client:
        served.driver.answers[commands.GetLatestPrice] = Decimal(7)
        said: list[str] = []
        prices = client.prices(["BTCUSDT"], said.append)
        first = await anext(prices)
        assert first.price is not None
        assert (first.symbol, first.price.value) == ("BTCUSDT", "7")
        served.hub.close(refusal(Status.UNAVAILABLE, "SHUTTING_DOWN", "the connector is shutting down"))
        served.driver.answers[commands.GetLatestPrice] = Decimal(8)
        second = await anext(prices)
        assert second.price is not None
        assert second.price.value == "8"
        assert said == ["", "the connector is shutting down", ""]


async def test_a_venue_that_does_not_answer_in_time_ends_no_stream() -> None:
    async with serving() as served, Client(port=served.port) as client:
        served.driver.answers[commands.GetAccount] = DeadlineExceeded("the venue did not answer in time")
        said: list[str] = []

        def hear(reason: str) -> None:
            said.append(reason)
            if reason:
                served.driver.answers[commands.GetAccount] = account(7)

        with anyio.fail_after(10):
            found = await anext(client.account(hear))
        assert found.total_wallet_balance is not None
        assert found.total_wallet_balance.value == "7"
        assert [reason for reason in said if reason] == ["the venue did not answer in time"]


async def test_what_comes_is_passed_on_in_order() -> None:
    async with serving() as served, Client(port=served.port) as client:
        served.driver.answers[commands.GetLatestPrice] = Decimal(1)
        prices = client.prices(["BTCUSDT"])
        await anext(prices)
        for value in (2, 3):
            served.hub.publish(PriceChange("BTCUSDT", Decimal(value), time_ms=value))
            change = await anext(prices)
            assert change.price is not None
            assert change.price.value == str(value)


async def test_a_request_that_can_never_succeed_raises() -> None:
    async with serving() as served, Client(port=served.port) as client:
        with pytest.raises(GRPCError) as refused:
            await anext(client.prices(["NONESUCH"]))
        assert refused.value.status is Status.INVALID_ARGUMENT


async def test_it_waits_for_a_connector_that_is_not_there() -> None:
    import anyio

    async with serving() as served:
        port = served.port
    said: list[str] = []
    async with Client(port=port) as client, anyio.create_task_group() as tasks:

        async def follow() -> None:
            async for _ in client.orders(said.append):
                pass

        tasks.start_soon(follow)
        await eventually(lambda: len(said) >= 2)
        tasks.cancel_scope.cancel()
    assert set(said) == {f"no connector answers at 127.0.0.1:{port}"}
