"""What stands around every call: correlation ids, log lines, metrics, errors without internals.

connector_prevention_strategies 2 and 3: handlers never see the gRPC context; one place, under every handler and
whatever its signature, makes statuses of errors.
"""

import re
from typing import Any

import pytest
import structlog
from google.rpc.error_details_pb2 import ErrorInfo
from grpclib.client import Stream
from grpclib.const import Cardinality, Status
from grpclib.exceptions import GRPCError

from sansio_exchange import commands, errors
from service.exchange_service import NAME
from service.interceptor import CORRELATION_ID
from service.stubs.opensqt.market_maker import v1
from tests.service.raw_client import connected
from tests.service.serving import Served, eventually, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


def open_call(served: Served, metadata: dict[str, str]) -> Stream[Any, Any]:
    return served.channel.request(
        f"/{NAME}/GetSymbols",
        Cardinality.UNARY_UNARY,
        v1.GetSymbolsRequest,
        v1.GetSymbolsResponse,
        metadata=metadata,
    )


@pytest.mark.parametrize("header", ["x-correlation-id", "x-request-id"])
async def test_the_clients_correlation_id_comes_back(header: str) -> None:
    async with serving() as served:
        served.driver.answers[commands.GetSymbols] = ()
        async with open_call(served, {header: "abc-1"}) as stream:
            await stream.send_message(v1.GetSymbolsRequest(), end=True)
            await stream.recv_message()
            await stream.recv_trailing_metadata()
            assert stream.initial_metadata is not None
            assert stream.trailing_metadata is not None
            assert stream.initial_metadata[CORRELATION_ID] == "abc-1"
            assert stream.trailing_metadata[CORRELATION_ID] == "abc-1"


async def test_without_one_a_correlation_id_is_made_and_errors_carry_it() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetSymbols] = errors.NotConnected("no connection")
        async with open_call(served, {"x-correlation-id": 'for"ged \\ line'}) as stream:
            await stream.send_message(v1.GetSymbolsRequest(), end=True)
            with pytest.raises(GRPCError) as caught:
                await stream.recv_initial_metadata()
        info = next(each for each in caught.value.details if isinstance(each, ErrorInfo))
        assert re.fullmatch(r"[0-9a-f]{32}", info.metadata["correlation_id"])
        assert info.metadata["exchange"] == "sim"


async def test_one_log_line_tells_who_what_how_long_and_how_it_ended() -> None:
    """grpc_architecture_requirements 8.1."""
    async with serving() as served:
        served.driver.answers[commands.GetSymbols] = errors.RateLimited("slow down")
        with structlog.testing.capture_logs() as lines, pytest.raises(GRPCError):
            await served.stub.get_symbols(
                v1.GetSymbolsRequest(), metadata={"x-client-id": "maker-1", "x-correlation-id": "c-1"}
            )
    (line,) = [each for each in lines if each["event"] == "call"]
    assert line["client"] == "maker-1"
    assert line["method"] == f"/{NAME}/GetSymbols"
    assert line["status"] == "RESOURCE_EXHAUSTED"
    assert line["correlation_id"] == "c-1"
    assert line["error"] == "slow down"
    assert 0 <= line["latency_ms"] < 5000


async def test_a_mistake_of_ours_is_logged_whole_and_told_without_internals() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetSymbols] = ZeroDivisionError("the secret ingredient")
        with structlog.testing.capture_logs() as lines, pytest.raises(GRPCError) as caught:
            await served.stub.get_symbols(v1.GetSymbolsRequest(), metadata={"x-correlation-id": "c-1"})
    assert caught.value.status is Status.INTERNAL
    assert "secret" not in (caught.value.message or "")
    assert "c-1" in (caught.value.message or "")
    (line,) = [each for each in lines if each["event"] == "internal error"]
    assert isinstance(line["exc_info"], ZeroDivisionError)


@pytest.mark.parametrize("is_stream", [False, True])
async def test_errors_become_statuses_in_unary_and_streaming_calls_alike(is_stream: bool) -> None:
    async with serving() as served:
        served.driver.answers[commands.GetSymbolInfo] = errors.VenueUnavailable("maintenance", retry_after=2)
        async with connected(served.port) as client:
            if is_stream:
                stream = client.call("SubscribePrice", v1.SubscribePriceRequest(["BTCUSDT"]))
            else:
                stream = client.call("GetSymbolInfo", v1.GetSymbolInfoRequest("BTCUSDT"))
            assert await client.status(stream) == (Status.UNAVAILABLE.value, "maintenance")


async def test_calls_are_counted_by_method_and_status() -> None:
    async with serving() as served:
        served.driver.answers[commands.GetSymbols] = ()
        await served.stub.get_symbols(v1.GetSymbolsRequest())
        with pytest.raises(GRPCError):
            await served.stub.get_latest_price(v1.GetLatestPriceRequest())
        registry = served.metrics.registry
        await eventually(lambda: served.interceptor._in_flight == 0)

        def value(name: str, **labels: str) -> float | None:
            return registry.get_sample_value(name, labels)

        assert value("grpc_requests_total", method="GetSymbols", status="OK") == 1
        assert value("grpc_requests_total", method="GetLatestPrice", status="INVALID_ARGUMENT") == 1
        assert value("grpc_request_duration_seconds_count", method="GetSymbols") == 1


async def test_after_close_new_calls_are_refused_with_unavailable() -> None:
    async with serving() as served:
        served.interceptor.close()
        with pytest.raises(GRPCError) as caught:
            await served.stub.get_name(v1.GetNameRequest())
        assert caught.value.status is Status.UNAVAILABLE


async def test_a_question_that_the_end_of_the_process_cuts_short_is_refused_as_new_calls_are() -> None:
    async with serving() as served:

        async def stop(_action: commands.Action) -> Exception:
            served.interceptor.close()
            return errors.NotConnected("the connector stopped before the venue answered")

        served.driver.answers[commands.GetAccount] = stop
        with pytest.raises(GRPCError) as caught:
            await served.stub.get_account(v1.GetAccountRequest())
    assert caught.value.status is Status.UNAVAILABLE
    assert next(each for each in caught.value.details if isinstance(each, ErrorInfo)).reason == "SHUTTING_DOWN"


async def test_a_cancelled_call_is_logged_as_cancelled() -> None:
    async with serving() as served:
        with structlog.testing.capture_logs() as lines:
            async with connected(served.port) as client:
                client.call("SubscribeOrders", v1.SubscribeOrdersRequest())
                await eventually(lambda: served.hub.streams() == 1)
            await eventually(lambda: any(each["event"] == "call" for each in lines))
    (line,) = [each for each in lines if each["event"] == "call"]
    assert line["status"] == "CANCELLED"
