"""The figures of grpc_architecture_requirements 8.2, by their names."""

import urllib.request
from decimal import Decimal

import anyio.to_thread
import pytest

from sansio_exchange import commands
from sansio_exchange.market import PriceChange
from service.metrics import Metrics, served
from service.stubs.opensqt.market_maker import v1
from tests.service.raw_client import connected
from tests.service.serving import serving


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


def fetch(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
        return str(reply.read().decode())


def test_the_named_figures_are_exposed() -> None:
    metrics = Metrics()
    metrics.call_ended("/a.B/PlaceOrder", "OK", 0.002)
    metrics.call_ended("/a.B/SubscribePrice", "CANCELLED", None)
    metrics.connected("binance", is_live=True)
    metrics.connection_lost("binance")
    metrics.sequence_gap("binance")
    metrics.unreadable("binance")
    with served(metrics, "127.0.0.1", 0) as port:
        text = fetch(port)
    assert 'grpc_requests_total{method="PlaceOrder",status="OK"} 1.0' in text
    assert 'grpc_request_duration_seconds_bucket{le="0.002",method="PlaceOrder"} 1.0' in text
    assert 'method="SubscribePrice"' not in text.partition("grpc_request_duration")[2]
    assert 'exchange_stream_connected{exchange="binance"} 1.0' in text
    assert 'exchange_connections_lost_total{exchange="binance"} 1.0' in text
    assert 'exchange_sequence_gaps_total{exchange="binance"} 1.0' in text
    assert 'exchange_unreadable_total{exchange="binance"} 1.0' in text


@pytest.mark.anyio
async def test_messages_to_streams_are_counted_by_kind() -> None:
    async with serving() as running, connected(running.port) as client:
        running.driver.answers[commands.GetLatestPrice] = Decimal(1)
        stream = client.call("SubscribePrice", v1.SubscribePriceRequest(["BTCUSDT"]))
        await client.messages_until(stream, v1.PriceChange, 1)
        running.hub.publish(PriceChange("BTCUSDT", Decimal(2), 1))
        await client.messages_until(stream, v1.PriceChange, 2)
        with served(running.metrics, "127.0.0.1", 0) as port:
            text = await anyio.to_thread.run_sync(fetch, port)
    assert 'exchange_stream_messages_total{stream_type="price"} 2.0' in text
    assert 'exchange_stream_conflated_total{stream_type="price"} 0.0' in text
    assert 'exchange_stream_slow_clients_total{stream_type="orders"} 0.0' in text
    assert "exchange_client_streams 1.0" in text
    assert "grpc_requests_in_flight 1.0" in text


@pytest.mark.anyio
async def test_tasks_of_the_event_loop_are_counted() -> None:
    metrics = Metrics()
    metrics.watch_tasks()

    def tasks(text: str) -> float:
        return float(text.partition("\nexchange_tasks ")[2].partition("\n")[0])

    with served(metrics, "127.0.0.1", 0) as port:
        before = tasks(await anyio.to_thread.run_sync(fetch, port))
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(anyio.sleep_forever)
            after = tasks(await anyio.to_thread.run_sync(fetch, port))
            group.cancel_scope.cancel()
    assert after == before + 5


def test_two_servers_in_one_process_do_not_mix() -> None:
    one, two = Metrics(), Metrics()
    one.call_ended("/a.B/C", "OK", 0.1)
    assert two.registry.get_sample_value("grpc_requests_total", {"method": "C", "status": "OK"}) is None


def test_a_port_in_use_is_an_os_error() -> None:
    with (
        served(Metrics(), "127.0.0.1", 0) as port,
        pytest.raises(OSError, match="in use"),
        served(Metrics(), "127.0.0.1", port),
    ):
        pass
