"""The whole process against a local venue on real sockets: start, trade, lose the venue, rotate keys, stop."""

import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
import structlog
from anyio.abc import TaskStatus
from google.rpc.error_details_pb2 import ErrorInfo
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from grpclib.health.v1.health_grpc import HealthStub
from grpclib.health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from h2.events import ResponseReceived
from pydantic import SecretStr

from sansio_exchange.clock import Now
from sansio_exchange.commands import Credentials, ReplaceCredentials
from sansio_exchange.errors import AuthenticationFailed
from sansio_exchange.simulation.binance.machine import BinanceVenueMachine
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.symbols import default_rules
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.wire import SocketMessage, VenueEffect, VenueInput, VenueMachine
from sansio_exchange.venue import Endpoints
from service import server
from service.local_venue import local_venue
from service.server import CannotServe, Endpoint, _heed_signals, _replace_credentials, serve
from service.settings import Settings, load
from service.stubs.google.type import Decimal as Dec
from service.stubs.opensqt.market_maker import v1
from tests.service.raw_client import connected
from tests.service.serving import FakeDriver, eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


async def _serve(settings: Settings, *, task_status: TaskStatus[Endpoint]) -> None:
    await serve(settings, started=task_status.started, past_is_known=True)


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[Endpoint, Channel]]:
    """The service, ended by cancellation."""
    async with anyio.create_task_group() as tasks:
        endpoint = await tasks.start(_serve, settings)
        channel = Channel("127.0.0.1", endpoint.port)
        yield endpoint, channel
        channel.close()
        tasks.cancel_scope.cancel()


def venue_machine() -> Any:
    return make_local_venue("binance", seed=1, start_ms=time.time_ns() // 1_000_000)


def two_accounts() -> VenueMachine:
    """A local venue with the accounts "first", of 100 USDT, and "second", of 100,000."""
    fees = Fees(maker=Decimal(0), taker=Decimal(0), maintenance=Decimal("0.004"))
    exchange = SimulatedExchange(
        default_rules(),
        seed=1,
        start_ms=time.time_ns() // 1_000_000,
        maker_fee=fees.maker,
        taker_fee=fees.taker,
        maintenance_rate=fees.maintenance,
    )
    exchange.open_account("first", Decimal(100))
    exchange.open_account("second", Decimal(100_000))
    return BinanceVenueMachine(exchange, {"first": "first-secret", "second": "second-secret"}, fees=fees)


def against(roots: Endpoints, **changes: Any) -> Settings:
    options: dict[str, Any] = {
        "exchange": "binance",
        "api_key": SecretStr("demo"),
        "api_secret": SecretStr("demo"),
        "port": 0,
        "exchange_rest_url": roots.rest,
        "exchange_ws_url": roots.public,
        "exchange_ws_private_url": roots.private,
        "exchange_ws_trade_url": roots.trade,
    }
    return Settings(**(options | changes))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def until(look: Callable[[], Any], wanted: Any) -> None:
    with anyio.fail_after(20):
        while await look() != wanted:  # noqa: ASYNC110 - the other side is a server
            await anyio.sleep(0.02)


def order(price: str, client_order_id: str = "first-order") -> v1.PlaceOrderRequest:
    return v1.PlaceOrderRequest(
        symbol="BTCUSDT",
        side=v1.OrderSide.BUY,
        type=v1.OrderType.LIMIT,
        quantity=Dec("0.01"),
        price=Dec(price),
        client_order_id=client_order_id,
    )


async def test_with_no_settings_at_all_a_local_venue_is_traded_on() -> None:
    async with served(Settings(port=0)) as (endpoint, channel):
        stub = v1.ExchangeServiceStub(channel)
        assert (await stub.get_name(v1.GetNameRequest())).name == "sim"
        health = await HealthStub(channel).Check(HealthCheckRequest())
        assert health.status == HealthCheckResponse.SERVING
        price = (await stub.get_latest_price(v1.GetLatestPriceRequest("BTCUSDT"))).price
        assert price is not None
        async with connected(endpoint.port) as client:
            updates = client.call("SubscribeOrders", v1.SubscribeOrdersRequest())
            await client.until(ResponseReceived, updates)
            placed = await stub.place_order(order(f"{float(price.value) * 0.9:.0f}"))
            assert placed.client_order_id == "first-order"
            (update,) = await client.messages_until(updates, v1.OrderUpdate, 1)
            assert (update.exchange, update.order_id, update.status) == ("sim", placed.order_id, v1.OrderStatus.NEW)
            found = await stub.get_order(v1.GetOrderRequest("BTCUSDT", client_order_id="first-order"))
            assert found.order_id == placed.order_id
            await stub.cancel_order(v1.CancelOrderRequest("BTCUSDT", placed.order_id))
            updates_seen = await client.messages_until(updates, v1.OrderUpdate, 2)
            assert updates_seen[1].status == v1.OrderStatus.CANCELED


async def test_wrong_credentials_keep_the_service_from_listening() -> None:
    """REQ-GRPC-002: credentials are validated before serving."""
    port = free_port()
    async with local_venue(venue_machine(), "127.0.0.1", 0) as roots:
        with pytest.raises(CannotServe, match=r"binance cannot be served: .*Check API_KEY, API_SECRET"):
            await serve(against(roots, api_secret=SecretStr("wrong"), port=port))
    with pytest.raises(OSError, match="failed"):
        await anyio.connect_tcp("127.0.0.1", port)


async def test_a_port_in_use_stops_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(CannotServe, match="Set PORT"):
        await serve(Settings(port=other.getsockname()[1]))


async def test_health_follows_the_venue_down_and_up_again() -> None:
    """REQ-MON-003, REQ-GRPC-002."""
    port = free_port()
    async with anyio.create_task_group() as tasks:
        down, back = anyio.Event(), anyio.Event()

        async def run_venue(end: anyio.Event, *, task_status: TaskStatus[Endpoints]) -> None:
            async with local_venue(venue_machine(), "127.0.0.1", port) as roots:
                task_status.started(roots)
                await end.wait()

        roots = await tasks.start(run_venue, down)
        async with served(against(roots)) as (_, channel):

            async def status() -> int:
                return int((await HealthStub(channel).Check(HealthCheckRequest())).status)

            assert await status() == HealthCheckResponse.SERVING
            down.set()
            await until(status, HealthCheckResponse.NOT_SERVING)
            await tasks.start(run_venue, back)
            await until(status, HealthCheckResponse.SERVING)
        back.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_streams_with_unavailable_and_the_process_within_five_seconds(
    number: signal.Signals,
) -> None:
    async with anyio.create_task_group() as tasks:
        endpoint = await tasks.start(_serve, Settings(port=0))
        async with connected(endpoint.port) as client:
            stream = client.call("SubscribeOrders", v1.SubscribeOrdersRequest())
            await client.until(ResponseReceived, stream)
            began = time.monotonic()
            os.kill(os.getpid(), number)
            with anyio.fail_after(5):
                data = b""
                while True:  # h2 forbids its client to read on after a GOAWAY
                    received = await client.reader.read(65536)
                    if not received:
                        break
                    data += received
            headers = dict(client.headers_in(data))
            assert headers["grpc-status"] == str(Status.UNAVAILABLE.value)
            assert headers["grpc-message"] == "the connector is shutting down"
    assert time.monotonic() - began < 5


class Freezing:
    """A local venue that can be made to leave orders on its socket unanswered."""

    def __init__(self) -> None:
        self.machine = venue_machine()
        self.is_frozen = False
        self.swallowed = 0

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        if self.is_frozen and isinstance(item, SocketMessage) and b"order.place" in item.data:
            self.swallowed += 1
            return []
        return list(self.machine.handle(item, now))

    def deadline(self) -> float | None:
        found: float | None = self.machine.deadline()
        return found


async def test_whose_order_has_left_when_the_process_stops_is_told_that_it_may_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """UNAVAILABLE would promise that nothing took effect."""
    monkeypatch.setattr(server, "FINISH_SECONDS", 0.1)
    venue, told = Freezing(), []
    async with local_venue(venue, "127.0.0.1", 0) as roots, anyio.create_task_group() as tasks:
        with structlog.testing.capture_logs() as lines:
            async with anyio.create_task_group() as serving:
                endpoint = await serving.start(_serve, against(roots))
                channel = Channel("127.0.0.1", endpoint.port)

                async def place() -> None:
                    with pytest.raises(GRPCError) as caught:
                        await v1.ExchangeServiceStub(channel).place_order(order("50000"))
                    told.append(caught.value)

                venue.is_frozen = True
                tasks.start_soon(place)
                await eventually(lambda: venue.swallowed > 0)
                os.kill(os.getpid(), signal.SIGTERM)
            channel.close()
    (error,) = told
    assert error.status is Status.DEADLINE_EXCEEDED
    (info,) = [each for each in error.details if isinstance(each, ErrorInfo)]
    assert info.reason == "OUTCOME_UNKNOWN"
    assert info.metadata["client_order_id"] == "first-order"
    (line,) = [each for each in lines if each["event"] == "call"]
    assert line["status"] == "DEADLINE_EXCEEDED"
    assert lines[-1]["event"] == "stopped"


async def test_new_credentials_are_gone_over_to_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REQ-SEC-001: secret rotation without restart."""
    config = tmp_path / "connector.yaml"
    monkeypatch.setenv("CONFIG_FILE", str(config))
    config.write_text("exchange: binance\nexchanges: {binance: {api_key: old-key, api_secret: old}}")
    settings = load()
    driver = FakeDriver()
    assert await _replace_credentials(settings, driver.ask) is settings
    assert driver.asked == []
    config.write_text("exchange: binance\nexchanges: {binance: {api_key: new-key, api_secret: new}}")
    settings = await _replace_credentials(settings, driver.ask)
    assert driver.asked == [ReplaceCredentials(Credentials("new-key", "new"))]
    assert settings.credentials.key == "new-key"
    driver.answers[ReplaceCredentials] = AuthenticationFailed("refused")
    config.write_text("exchange: binance\nexchanges: {binance: {api_key: bad-key, api_secret: bad}}")
    assert (await _replace_credentials(settings, driver.ask)).credentials.key == "new-key"
    config.write_text("nonsense")
    assert (await _replace_credentials(settings, driver.ask)).credentials.key == "new-key"


async def test_a_venue_that_does_not_answer_about_a_new_key_keeps_no_signal_waiting() -> None:
    asked, stop = anyio.Event(), anyio.Event()

    async def ask(action: Any, **_: Any) -> None:
        asked.set()
        await anyio.sleep_forever()

    class Changed(Settings):
        def reread(self) -> Settings:
            return Settings(api_key=SecretStr("new"))

    async with anyio.create_task_group() as tasks:
        await tasks.start(_heed_signals, stop, Changed(), ask)
        with anyio.fail_after(5):
            os.kill(os.getpid(), signal.SIGHUP)
            await asked.wait()
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
            await stop.wait()
        tasks.cancel_scope.cancel()


async def test_credentials_that_the_venue_refuses_leave_the_old_ones_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "connector.yaml"
    monkeypatch.setenv("CONFIG_FILE", str(config))
    async with local_venue(venue_machine(), "127.0.0.1", 0) as roots:

        def write(secret: str) -> None:
            config.write_text(
                f"exchange: binance\nport: 0\nexchanges:\n  binance:\n    api_key: demo\n    api_secret: {secret}\n"
                f"    rest_url: {roots.rest}\n    ws_url: {roots.public}\n    ws_private_url: {roots.private}\n"
                f"    ws_trade_url: {roots.trade}\n"
            )

        write("demo")
        with structlog.testing.capture_logs() as lines:
            async with served(load()) as (_, channel):
                write("another")
                os.kill(os.getpid(), signal.SIGHUP)
                await eventually(lambda: any(each["event"] == "credentials not replaced" for each in lines))
                await v1.ExchangeServiceStub(channel).get_account(v1.GetAccountRequest())
                health = await HealthStub(channel).Check(HealthCheckRequest())
                assert health.status == HealthCheckResponse.SERVING
        assert "another" not in str(lines)


async def test_a_new_key_in_the_file_is_traded_with_from_the_signal_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another account, which shows who is asked: balance, orders and their stream are the new one's."""
    config = tmp_path / "connector.yaml"
    monkeypatch.setenv("CONFIG_FILE", str(config))
    async with local_venue(two_accounts(), "127.0.0.1", 0) as roots:

        def write(key: str) -> None:
            config.write_text(
                f"exchange: binance\nport: 0\nexchanges:\n  binance:\n"
                f"    api_key: {key}\n    api_secret: {key}-secret\n    rest_url: {roots.rest}\n"
                f"    ws_url: {roots.public}\n    ws_private_url: {roots.private}\n    ws_trade_url: {roots.trade}\n"
            )

        write("first")
        with structlog.testing.capture_logs() as lines:
            async with served(load()) as (_, channel):
                stub, health = v1.ExchangeServiceStub(channel), HealthStub(channel)

                async def balance() -> Decimal:
                    account = await stub.get_account(v1.GetAccountRequest())
                    assert account.total_wallet_balance is not None
                    return Decimal(account.total_wallet_balance.value)

                async def is_serving() -> bool:
                    return (await health.Check(HealthCheckRequest())).status == HealthCheckResponse.SERVING

                assert await balance() == 100
                write("second")
                os.kill(os.getpid(), signal.SIGHUP)
                await eventually(lambda: any(each["event"] == "credentials replaced" for each in lines))
                await until(is_serving, wanted=True)
                assert await balance() == 100_000
                told: list[int] = []

                async def listen() -> None:
                    updates = stub.subscribe_orders(v1.SubscribeOrdersRequest())
                    told.append((await anext(updates)).order_id)

                placed: list[int] = []
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(listen)
                    with anyio.fail_after(20):
                        while not told:
                            placed.append((await stub.place_order(order("50000", f"new-{len(placed)}"))).order_id)
                    tasks.cancel_scope.cancel()
                assert told[0] in placed
        assert "secret" not in str(lines)


async def test_what_is_recorded_is_never_written_over(tmp_path: Path) -> None:
    journal = tmp_path / "day.journal"
    async with served(Settings(port=0, record=journal)):
        pass
    assert journal.stat().st_size > 1000
    with pytest.raises(CannotServe, match=r"RECORD: .* exists"):
        await serve(Settings(port=0, record=journal))


async def test_a_token_is_asked_for_where_one_is_set() -> None:
    async with served(Settings(port=0, auth_token=SecretStr("t0ken"))) as (_, channel):
        stub = v1.ExchangeServiceStub(channel)
        with pytest.raises(GRPCError) as caught:
            await stub.get_account(v1.GetAccountRequest())
        assert caught.value.status is Status.UNAUTHENTICATED
        await stub.get_account(v1.GetAccountRequest(), metadata={"x-api-key": "t0ken"})


async def test_metrics_are_served_where_a_port_is_set() -> None:
    port = free_port()
    async with served(Settings(port=0, metrics_port=port)):
        stream = await anyio.connect_tcp("127.0.0.1", port)
        async with stream:
            await stream.send(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = b""
            while b"exchange_stream_connected{" not in text:
                text += await stream.receive()
        assert b'exchange_stream_connected{exchange="sim"} 1.0' in text
