"""The process: settings in, a served exchange out, and an end without loss.

    local venue (EXCHANGE=sim) ──► Driver(Connector) ──publish──► Hub ──► streams
                                        ▲ ask                             ▲
                                        └── ExchangeService ◄── Interceptor ◄── Listener

Credentials are proven at the venue before anybody can connect. A SIGTERM or SIGINT stops the process within five
seconds: no new calls, streams end with UNAVAILABLE, calls under way are finished. Calls that the venue leaves
unanswered are told what is known before their connections close: an order that has left may stand. A SIGHUP reads the
settings again and goes over to the credentials that they have now.
"""

import logging
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass

import anyio
import structlog
from anyio.abc import TaskStatus

from sansio_exchange.commands import ReplaceCredentials, Start
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import ConnectionLost, Event, SequenceGap, SessionState, Unreadable
from sansio_exchange.session import Connector
from sansio_exchange.venue import Venue
from service import access_log
from service.ask import Ask
from service.auth import Auth
from service.exchange_service import ExchangeService
from service.health import Health
from service.hub import Hub
from service.interceptor import Interceptor
from service.listener import Listener
from service.metrics import Metrics, served
from service.reflection import with_reflection
from service.session import session_of
from service.settings import Settings, SettingsError
from service.startup import CannotServe, Reached, bind, check, reached, why_not
from service.status import shutting_down
from service.streams import Streams
from transport.driver import Driver
from transport.journal import Header, Journal
from transport.order_memory import OrderMemory

__all__ = ["CannotServe", "Endpoint", "serve"]

START_TIMEOUT = 30.0
FINISH_SECONDS = 1.5
"""Seconds that calls under way have when the process is told to stop. Closing sockets to a venue that is dead takes up
to two more."""
LAST_WORDS_SECONDS = 0.5
"""Seconds that calls cut short then have to tell their clients so."""
STOP_SECONDS = 0.5

_log = structlog.get_logger("service.server")


@dataclass(frozen=True)
class Endpoint:
    """Where the service listens."""

    host: str
    port: int


async def serve(
    settings: Settings, *, started: Callable[[Endpoint], None] | None = None, past_is_known: bool = False
) -> None:
    """Serve until SIGTERM or SIGINT, or until cancelled. `started` is called when clients can connect.

    `past_is_known`: nobody has traded on the account before (Connector).

    Raises CannotServe where the settings, the venue or the address do not allow it. Logging is the caller's to
    configure (service/access_log.py).
    """
    check(settings)
    access_log.mask(settings.secrets)
    listening = bind(settings.host, settings.port)
    try:
        async with reached(settings) as there, _memory(settings, there) as memory:
            header = Header(
                there.venue.name,
                there.network,
                there.endpoints,
                session=secrets.token_hex(4),
                seed=secrets.randbits(32),
                past_is_known=past_is_known or there.is_new,
                memory=None if memory is None else memory.kept.decode(errors="replace"),
            )
            with _journal(settings, header, there.venue) as journal:
                connector = session_of(header, there.venue, there.credentials)
                await _run(settings, there, connector, journal, memory, listening, started)
    finally:
        listening.close()
    _log.info("stopped")


async def _run(
    settings: Settings,
    there: Reached,
    connector: Connector,
    journal: Journal | None,
    memory: OrderMemory | None,
    listening: socket.socket,
    started: Callable[[Endpoint], None] | None,
) -> None:
    metrics = Metrics()
    health = Health()
    failure: CannotServe | None = None
    async with anyio.create_task_group() as tasks:

        def publish(event: Event) -> None:
            hub.publish(event)

        driver = Driver(
            connector,
            publish=publish,
            record=journal.record if journal else None,
            remember=memory.remember if memory else None,
        )
        hub = Hub(
            driver.ask,
            tasks,
            exchange=settings.exchange,
            backlog=settings.stream_backlog,
            conflated_backlog=settings.conflated_backlog,
            is_restart=memory is not None and bool(memory.kept),
        )
        _observe(hub, health, metrics, settings.exchange)
        stop = anyio.Event()
        await tasks.start(_heed_signals, stop, settings, driver.ask)
        driving = anyio.CancelScope()
        await tasks.start(_drive, driver, driving)
        if journal is not None:
            tasks.start_soon(journal.keep_flushed)
        interceptor = Interceptor(Auth(settings.auth_token.get_secret_value()), metrics, exchange=settings.exchange)
        exchange_service = ExchangeService(
            driver.ask,
            Streams(driver.ask, hub),
            exchange=settings.exchange,
            is_unified_margin=lambda: there.venue.is_unified_margin,  # known once the account was asked for
        )
        listener = Listener(with_reflection([exchange_service, health]))
        interceptor.listen(listener)
        try:
            if await _go_live(driver.ask, settings, stop):
                with _metrics_endpoint(settings, metrics):
                    await _serve_until(stop, settings, listening, listener, interceptor, health, hub, driving, started)
        except CannotServe as error:
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _drive(
    driver: Driver, scope: anyio.CancelScope, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Drive until cancelled or until `scope` is: the driver has to stop before those whom it answers."""
    with scope:
        await driver.run(task_status=task_status)


@asynccontextmanager
async def _memory(settings: Settings, there: Reached) -> AsyncIterator[OrderMemory | None]:
    """What is remembered of orders, if JOURNAL_DIR says where."""
    if settings.journal_dir is None:
        yield None
        return
    if there.is_new:
        _log.warning("JOURNAL_DIR is not used: the built-in venue begins without orders")
        yield None
        return
    directory = settings.journal_dir / f"{there.venue.name}-{there.network}"
    try:
        memory = OrderMemory(directory)
    except BlockingIOError:
        raise CannotServe(f"JOURNAL_DIR: another connector uses {directory}; give each one its own") from None
    except OSError as error:
        raise CannotServe(f"JOURNAL_DIR: cannot use {directory}: {error.strerror}") from None
    _log.info("remembering orders", directory=str(directory), bytes=len(memory.kept))
    try:
        yield memory
    finally:
        memory.close()


@contextmanager
def _journal(settings: Settings, header: Header, venue: Venue) -> Iterator[Journal | None]:
    """The recording, if RECORD asks for one."""
    if settings.record is None:
        yield None
        return
    try:
        journal = Journal(settings.record, header, venue.redact)
    except FileExistsError as error:
        raise CannotServe(f"RECORD: {error}") from None
    except OSError as error:
        raise CannotServe(f"RECORD: cannot write {settings.record}: {error.strerror}") from None
    try:
        yield journal
    finally:
        try:
            journal.close()
        except OSError as error:
            _log.error("the end of the recording could not be written", error=str(error))


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
        raise CannotServe(why_not(failure, settings))
    return not stop.is_set()


async def _serve_until(
    stop: anyio.Event,
    settings: Settings,
    listening: socket.socket,
    listener: Listener,
    interceptor: Interceptor,
    health: Health,
    hub: Hub,
    driving: anyio.CancelScope,
    started: Callable[[Endpoint], None] | None,
) -> None:
    hub.serving()
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
            hub.close(shutting_down())
            with anyio.move_on_after(FINISH_SECONDS):
                await interceptor.wait_idle()
            driving.cancel()  # whoever still waits for the venue is told now; its sockets close meanwhile
            with anyio.move_on_after(LAST_WORDS_SECONDS):
                await interceptor.wait_idle()
            listener.go_away()
            with anyio.move_on_after(STOP_SECONDS):
                await listener.stop()


async def _heed_signals(
    stop: anyio.Event, settings: Settings, ask: Ask, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    rotations_out, rotations = anyio.create_memory_object_stream[None](1)

    async def rotate() -> None:  # beside the signals: a venue that does not answer must not keep SIGTERM waiting
        nonlocal settings
        async for _ in rotations:
            settings = await _replace_credentials(settings, ask)

    with rotations_out, rotations, anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rotate)
            task_status.started()
            async for number in signals:
                if number is not signal.SIGHUP:
                    stop.set()
                else:
                    with suppress(anyio.WouldBlock):  # one that waits will read what is there by then
                        rotations_out.send_nowait(None)


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
        was_live = health.state.live
        health.set(state)
        metrics.connected(exchange, is_live=state.live)
        _log.log(logging.WARNING if was_live else logging.INFO, "session", live=state.live, reason=state.reason)

    def connection_lost(event: ConnectionLost) -> None:
        metrics.connection_lost(exchange)
        _log.warning("connection lost", connection=event.conn, reason=event.reason)

    def unreadable(event: Unreadable) -> None:
        metrics.unreadable(exchange)
        _log.warning("unreadable", source=event.source, reason=event.reason, excerpt=event.excerpt)

    def sequence_gap(event: SequenceGap) -> None:
        metrics.sequence_gap(exchange)
        _log.warning("messages lost", topic=event.topic.kind, symbol=event.topic.symbol, missing=event.missing)

    metrics.connected(exchange, is_live=False)
    metrics.watch(hub)
    metrics.watch_tasks()
    hub.route(SequenceGap, sequence_gap)
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
