"""SERVING while the venue can be traded on, and only then: grpc_architecture_requirements 8.3."""

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from grpclib.health.v1.health_grpc import HealthStub
from grpclib.health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from sansio_exchange.machine import SessionState
from service.exchange_service import NAME
from service.health import REASON, Health
from tests.service.serving import eventually, serving

pytestmark = pytest.mark.anyio

LIVE = SessionState(live=True, reason="")
LOST = SessionState(live=False, reason="no market data")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


@pytest.mark.parametrize("name", ["", NAME])
async def test_check_follows_the_session(name: str) -> None:
    async with serving() as served:
        stub = HealthStub(served.channel)
        for state, status in ((LIVE, 1), (LOST, 2), (LIVE, 1)):
            served.health.set(state)
            assert (await stub.Check(HealthCheckRequest(service=name))).status == status


async def test_check_says_in_words_how_the_venue_is() -> None:
    async with serving() as served:
        served.health.set(LOST)
        async with HealthStub(served.channel).Check.open() as stream:
            await stream.send_message(HealthCheckRequest(), end=True)
            await stream.recv_message()
            assert stream.initial_metadata is not None
            assert stream.initial_metadata[REASON] == "no market data"


async def test_before_the_session_has_started_nothing_is_served() -> None:
    assert Health().state.live is False


async def test_a_service_that_is_not_known_is_not_found() -> None:
    async with serving() as served:
        with pytest.raises(GRPCError) as caught:
            await HealthStub(served.channel).Check(HealthCheckRequest(service="nope"))
        assert caught.value.status is Status.NOT_FOUND


async def test_watch_tells_the_present_state_and_each_change() -> None:
    async with serving() as served, HealthStub(served.channel).Watch.open() as stream:
        await stream.send_message(HealthCheckRequest(service=NAME), end=True)
        seen = [await stream.recv_message()]
        for state in (LOST, LOST, SessionState(live=False, reason="other"), LIVE):
            served.health.set(state)
            if state in (LIVE, LOST) and len(seen) < 3 and seen[-1].status != 1 + (not state.live):  # type: ignore[union-attr]
                seen.append(await stream.recv_message())
        assert [each.status for each in seen if each] == [
            HealthCheckResponse.SERVING,
            HealthCheckResponse.NOT_SERVING,
            HealthCheckResponse.SERVING,
        ]
        await stream.cancel()


async def test_watch_of_an_unknown_service_says_so_and_stays() -> None:
    async with serving() as served, HealthStub(served.channel).Watch.open() as stream:
        await stream.send_message(HealthCheckRequest(service="nope"), end=True)
        said = await stream.recv_message()
        assert said is not None
        assert said.status == HealthCheckResponse.SERVICE_UNKNOWN
        await stream.cancel()


async def test_at_the_end_check_says_not_serving_and_watch_ends() -> None:
    async with serving() as served:
        async with HealthStub(served.channel).Watch.open() as stream:
            await stream.send_message(HealthCheckRequest(), end=True)
            await stream.recv_message()
            served.health.close()
            assert (await HealthStub(served.channel).Check(HealthCheckRequest())).status == 2
            served.health.set(LIVE)
            assert served.health.state.live is False
            last = await stream.recv_message()
            assert last is None or last.status == HealthCheckResponse.NOT_SERVING
            with pytest.raises(GRPCError) as caught:
                await stream.recv_trailing_metadata()
            assert caught.value.status is Status.UNAVAILABLE
        await eventually(lambda: served.interceptor._in_flight == 0)
