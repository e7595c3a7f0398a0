"""What happens around every call: token, correlation id, log line, metrics, and errors made into statuses.

client ──► listener ──► Interceptor ──► handler (exchange_service, streams, health, reflection)
"""

import asyncio
import re
import time
import uuid

import anyio
import structlog
from grpclib.const import Status
from grpclib.events import RecvRequest, SendInitialMetadata, SendTrailingMetadata, listen
from grpclib.exceptions import GRPCError
from grpclib.server import Server, Stream
from h2.exceptions import ProtocolError as H2Error
from multidict import MultiDict

from sansio_exchange.errors import ExchangeError, NotConnected
from service.access_log import log_call
from service.ask import Call, current_call
from service.auth import Auth
from service.listener import UNKNOWN_METHOD
from service.metrics import Metrics
from service.status import grpc_error, internal_error, shutting_down

CORRELATION_ID = "x-correlation-id"
HOLD = 1.0
"""Seconds between an error and the end of the stream that it ends: some clients subscribe again without a pause."""

_IN = (CORRELATION_ID, "x-request-id")
_NAME = re.compile(r"[A-Za-z0-9._:/@+=-]{1,128}")

_log = structlog.get_logger("service.calls")


class Interceptor:
    """Listens on one server. `exchange` is the venue's name in error details."""

    def __init__(self, auth: Auth, metrics: Metrics, *, exchange: str, hold: float = HOLD) -> None:
        self._auth = auth
        self._metrics = metrics
        self._exchange = exchange
        self._hold = hold
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._closing = asyncio.Event()

    def listen(self, server: Server) -> None:
        """Stand around every call of `server`."""
        listen(server, RecvRequest, self._received)
        listen(server, SendInitialMetadata, _echo)
        listen(server, SendTrailingMetadata, _echo)
        self._metrics.watch_calls(lambda: self._in_flight)

    def close(self) -> None:
        """Refuse new calls with UNAVAILABLE, and end held streams at once."""
        self._closing.set()

    async def wait_idle(self) -> None:
        """Until no call is under way. Call `close` before."""
        if self._in_flight:
            self._idle = asyncio.Event()
            await self._idle.wait()

    async def _received(self, event: RecvRequest) -> None:
        peer = event.peer.addr()
        call = Call(
            method=event.method_name,
            client=_given(event.metadata, ("x-client-id",)) or (f"{peer[0]}:{peer[1]}" if peer else "unknown"),
            correlation_id=_given(event.metadata, _IN) or uuid.uuid4().hex,
            deadline=event.deadline,
        )
        current_call.set(call)
        metadata, serve = event.metadata, event.method_func

        async def around(stream: Stream[object, object]) -> None:
            started = time.perf_counter()
            is_stream = stream._cardinality.server_streaming  # noqa: SLF001
            status, message = Status.OK, ""
            self._in_flight += 1
            try:
                try:
                    if self._closing.is_set():
                        raise shutting_down()
                    self._auth.check(call.method, metadata)
                    await serve(stream)
                except Exception as error:  # whatever it is, the client gets a status
                    status_error = self._as_status(error, call)
                    status, message = status_error.status, status_error.message or ""
                    if is_stream:
                        with anyio.move_on_after(self._hold):
                            await self._closing.wait()
                    raise status_error from None
            except asyncio.CancelledError:
                if status is Status.OK:
                    is_late = call.deadline is not None and call.deadline.time_remaining() == 0
                    status = Status.DEADLINE_EXCEEDED if is_late else Status.CANCELLED
                raise
            finally:
                self._in_flight -= 1
                if not self._in_flight:
                    self._idle.set()
                seconds = time.perf_counter() - started
                log_call(call, status, message, seconds)
                # Strangers' names for methods must not become labels without end.
                method = call.method if serve is not UNKNOWN_METHOD.func else "unknown"
                self._metrics.call_ended(method, status.name, None if is_stream else seconds)

        event.method_func = around

    def _as_status(self, error: Exception, call: Call) -> GRPCError:
        match error:
            case GRPCError():
                return error
            case NotConnected() if self._closing.is_set():
                return shutting_down()
            case ExchangeError():
                return grpc_error(error, exchange=self._exchange, correlation_id=call.correlation_id)
            case H2Error():  # the client closed the stream while something was written to it
                return GRPCError(Status.CANCELLED, "the client is gone")
            case _:
                _log.error("internal error", method=call.method, exc_info=error)
                return internal_error(call.correlation_id)


async def _echo(event: SendInitialMetadata | SendTrailingMetadata) -> None:
    correlation_id = current_call.get().correlation_id
    if correlation_id:
        event.metadata[CORRELATION_ID] = correlation_id


def _given(metadata: MultiDict[str | bytes], keys: tuple[str, ...]) -> str:
    """The first of `keys` that the client sent in a form that may stand in a log, or ""."""
    for key in keys:
        value = metadata.get(key)
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
    return ""
