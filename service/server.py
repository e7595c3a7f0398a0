"""The process: settings in, a served exchange out, and an end without loss.

    local venue (EXCHANGE=sim) ──► Driver(Connector) ──publish──► Hub ──► streams
                                        ▲ ask                             ▲
                                        └── ExchangeService ◄── Interceptor ◄── Listener

Credentials are proven at the venue before anybody can connect. A SIGTERM or SIGINT stops the process within five
seconds: no new calls, calls under way are finished, streams end with UNAVAILABLE. A SIGHUP reads the settings again and
goes over to the credentials that they have now.
"""

import logging
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass

import anyio
import structlog
from anyio.abc import TaskStatus
from grpclib.const import Status

from sansio_exchange.commands import Credentials, ReplaceCredentials, Start
from sansio_exchange.errors import (
    AuthenticationFailed,
    ClockSkew,
    ExchangeError,
    InvalidRequest,
    NotConnected,
    PermissionDenied,
)
from sansio_exchange.machine import ConnectionLost, Event, SessionState, Unreadable
from sansio_exchange.session import Connector
from sansio_exchange.simulation.venues import DEMO, make_local_venue
from sansio_exchange.venue import Venue
from sansio_exchange.venues import make_venue
from service import access_log
from service.ask import Ask
from service.auth import Auth, is_loopback
from service.exchange_service import ExchangeService
from service.health import Health
from service.hub import Hub
from service.interceptor import Interceptor
from service.listener import Listener
from service.local_venue import local_venue
from service.metrics import Metrics, served
from service.reflection import with_reflection
from service.settings import Settings, SettingsError
from service.status import refusal
from service.streams import Streams
from transport.driver import Driver

SIM = "sim"
SIM_SPEAKS = "binance"
"""Whose wire format the built-in local venue has."""
START_TIMEOUT = 30.0
FINISH_SECONDS = 3.0
"""Seconds that calls under way have when the process is told to stop."""
STOP_SECONDS = 0.5

_log = structlog.get_logger("service.server")


class CannotServe(Exception):
    """Why the service did not start: one line that says what to do."""


@dataclass(frozen=True)
class Endpoint:
    """Where the service listens."""

    host: str
    port: int


async def serve(settings: Settings, *, started: Callable[[Endpoint], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until cancelled. `started` is called when clients can connect.

    Raises CannotServe where the settings, the venue or the address do not allow it. Logging is the caller's to
    configure (service/access_log.py).
    """
    _check(settings)
    access_log.mask(settings.secrets)
    listening = _bind(settings.host, settings.port)
    try:
        async with _venue(settings) as (venue, credentials):
            await _run(settings, venue, credentials, listening, started)
    finally:
        listening.close()


def _check(settings: Settings) -> None:
    if not is_loopback(settings.host) and not settings.auth_token.get_secret_value():
        raise CannotServe(
            f"HOST={settings.host} can be reached from other machines and whoever reaches it can trade: "
            "set AUTH_TOKEN, or HOST=127.0.0.1"
        )
    if settings.exchange != SIM:
        for name, value in (("API_KEY", settings.api_key), ("API_SECRET", settings.api_secret)):
            if not value.get_secret_value():
                raise CannotServe(f"{name} is needed for EXCHANGE={settings.exchange}; EXCHANGE=sim needs no account")


def _bind(host: str, port: int) -> socket.socket:
    """The address, taken but not listening yet: nobody can connect before the venue is live."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CannotServe(f"HOST={host}: {error.strerror}") from None
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise CannotServe(
            f"cannot listen on {host}:{port}: {error.strerror}. Is another connector running? Set PORT to a free one"
        ) from None
    return listening


@asynccontextmanager
async def _venue(settings: Settings) -> AsyncIterator[tuple[Venue, Credentials]]:
    """The venue to connect to, the local one started if that is what is asked for."""
    async with AsyncExitStack() as stack:
        try:
            if settings.exchange != SIM:
                venue = make_venue(settings.exchange, network=settings.network, endpoints=settings.endpoints)
                yield venue, settings.credentials
                return
            seed = secrets.randbits(32)
            machine = make_local_venue(SIM_SPEAKS, seed=seed, start_ms=time.time_ns() // 1_000_000)
            roots = await stack.enter_async_context(local_venue(machine, "127.0.0.1", 0))
            _log.info("local venue", speaks=SIM_SPEAKS, seed=seed, rest=roots.rest)
            endpoints = {"rest": roots.rest, "public": roots.public, "private": roots.private, "trade": roots.trade}
            yield make_venue(SIM_SPEAKS, endpoints=endpoints), Credentials(DEMO, DEMO, DEMO)
        except InvalidRequest as error:
            raise CannotServe(f"{error.field.upper()}: {error.rule}") from None


async def _run(
    settings: Settings,
    venue: Venue,
    credentials: Credentials,
    listening: socket.socket,
    started: Callable[[Endpoint], None] | None,
) -> None:
    metrics = Metrics()
    health = Health()
    connector = Connector(venue, credentials, session=secrets.token_hex(4), seed=secrets.randbits(32))
    failure: CannotServe | None = None
    async with anyio.create_task_group() as tasks:

        def publish(event: Event) -> None:
            hub.publish(event)

        driver = Driver(connector, publish=publish)
        hub = Hub(
            driver.ask,
            tasks,
            exchange=settings.exchange,
            backlog=settings.stream_backlog,
            conflated_backlog=settings.conflated_backlog,
        )
        _observe(hub, health, metrics, settings.exchange)
        stop = anyio.Event()
        await tasks.start(_heed_signals, stop, settings, driver.ask)
        await tasks.start(driver.run)
        interceptor = Interceptor(Auth(settings.auth_token.get_secret_value()), metrics, exchange=settings.exchange)
        exchange_service = ExchangeService(
            driver.ask,
            Streams(driver.ask, hub),
            exchange=settings.exchange,
            is_unified_margin=venue.is_unified_margin,
        )
        listener = Listener(with_reflection([exchange_service, health]))
        interceptor.listen(listener)
        try:
            if await _go_live(driver.ask, settings, stop):
                with _metrics_endpoint(settings, metrics):
                    await _serve_until(stop, settings, listening, listener, interceptor, health, hub, started)
        except CannotServe as error:
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _go_live(ask: Ask, settings: Settings, stop: anyio.Event) -> bool:
    """Have the session started; False if the process was told to stop meanwhile."""

    async def give_up() -> None:
        await stop.wait()
        tasks.cancel_scope.cancel()

    failure: ExchangeError | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(give_up)
        try:
            await ask(Start(), timeout=START_TIMEOUT, client="connector")
        except ExchangeError as error:
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise CannotServe(_why_not(failure, settings))
    return not stop.is_set()


def _why_not(error: ExchangeError, settings: Settings) -> str:
    hint = ""
    match error:
        case AuthenticationFailed():
            hint = ". Check API_KEY, API_SECRET and API_PASSPHRASE, and that NETWORK is the one the key is for"
        case PermissionDenied():
            hint = ". Check the key's permissions (futures trading) and its list of addresses at the venue"
        case ClockSkew():
            hint = ". Set this machine's clock"
        case NotConnected():
            hint = ". Check the network, proxies, and EXCHANGE_REST_URL and EXCHANGE_WS_URL if they are set"
    return f"{settings.exchange} cannot be served: {error.message}{hint}"


async def _serve_until(
    stop: anyio.Event,
    settings: Settings,
    listening: socket.socket,
    listener: Listener,
    interceptor: Interceptor,
    health: Health,
    hub: Hub,
    started: Callable[[Endpoint], None] | None,
) -> None:
    await listener.start(sock=listening)
    endpoint = Endpoint(settings.host, listener.port)
    _log.info("serving", host=endpoint.host, port=endpoint.port, exchange=settings.exchange)
    try:
        if started is not None:
            started(endpoint)
        await stop.wait()
        _log.info("stopping")
    finally:
        with anyio.CancelScope(shield=True):
            interceptor.close()
            health.close()
            listener.stop_accepting()
            hub.close(refusal(Status.UNAVAILABLE, "SHUTTING_DOWN", "the connector is shutting down"))
            with anyio.move_on_after(FINISH_SECONDS):
                await interceptor.wait_idle()
            with anyio.move_on_after(STOP_SECONDS):
                await listener.stop()
    _log.info("stopped")


async def _heed_signals(
    stop: anyio.Event, settings: Settings, ask: Ask, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        task_status.started()
        async for number in signals:
            if number is signal.SIGHUP:
                settings = await _replace_credentials(settings, ask)
            else:
                stop.set()


async def _replace_credentials(settings: Settings, ask: Ask) -> Settings:
    """Go over to the credentials that the settings' sources have now; returns the settings that hold."""
    try:
        new = settings.reread()
        access_log.mask(new.secrets)
        if new.credentials == settings.credentials:
            _log.info("credentials unchanged")
            return settings
        await ask(ReplaceCredentials(new.credentials), timeout=START_TIMEOUT, client="connector")
    except (SettingsError, ExchangeError) as error:
        _log.error("credentials not replaced", error=str(error))
        return settings
    _log.info("credentials replaced")
    return new


def _observe(hub: Hub, health: Health, metrics: Metrics, exchange: str) -> None:
    """Send what no stream carries to health, metrics and log."""

    def session_changed(state: SessionState) -> None:
        health.set(state)
        metrics.connected(exchange, is_live=state.live)
        _log.log(logging.INFO if state.live else logging.WARNING, "session", live=state.live, reason=state.reason)

    def connection_lost(event: ConnectionLost) -> None:
        metrics.connection_lost(exchange)
        _log.warning("connection lost", connection=event.conn, reason=event.reason)

    def unreadable(event: Unreadable) -> None:
        metrics.unreadable(exchange)
        _log.warning("unreadable", source=event.source, reason=event.reason, excerpt=event.excerpt)

    metrics.connected(exchange, is_live=False)
    metrics.watch(hub)
    hub.route(SessionState, session_changed)
    hub.route(ConnectionLost, connection_lost)
    hub.route(Unreadable, unreadable)


def _metrics_endpoint(settings: Settings, metrics: Metrics) -> AbstractContextManager[int | None]:
    if settings.metrics_port is None:
        return nullcontext()
    try:
        return served(metrics, settings.metrics_host, settings.metrics_port)
    except OSError as error:
        address = f"{settings.metrics_host}:{settings.metrics_port}"
        raise CannotServe(
            f"cannot serve metrics on {address}: {error.strerror}; set METRICS_PORT to a free one"
        ) from None
