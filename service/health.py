"""grpc.health.v1.Health: SERVING while the venue can be traded on now, and only then."""

import asyncio
from collections.abc import Iterable

from grpclib.const import Status
from grpclib.exceptions import GRPCError
from grpclib.health.v1.health_grpc import HealthBase
from grpclib.health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpclib.server import Stream

from sansio_exchange.machine import SessionState
from service.exchange_service import NAME
from service.status import refusal

SERVICES = ("", NAME)
REASON = "x-exchange-health"
"""The metadata key that says in words how the venue is."""

_Stream = Stream[HealthCheckRequest, HealthCheckResponse]


class Health(HealthBase):
    """Both names, "" and the exchange service's, say the same: without the venue this process serves nothing."""

    def __init__(self, services: Iterable[str] = SERVICES) -> None:
        self._services = frozenset(services)
        self._state = SessionState(live=False, reason="not started")
        self._is_closed = False
        self._changed = asyncio.Event()

    @property
    def state(self) -> SessionState:
        return self._state

    def set(self, state: SessionState) -> None:
        """The session's state changed."""
        if state != self._state and not self._is_closed:
            self._state = state
            self._wake()

    def close(self) -> None:
        """NOT_SERVING from now on; Watch streams end with UNAVAILABLE."""
        self.set(SessionState(live=False, reason="shutting down"))
        self._is_closed = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _status(self) -> "HealthCheckResponse.ServingStatus.ValueType":
        return HealthCheckResponse.SERVING if self._state.live else HealthCheckResponse.NOT_SERVING

    def _metadata(self) -> dict[str, str]:
        reason = "".join(each if " " <= each <= "~" else "?" for each in self._state.reason)[:200]
        return {REASON: reason or ("live" if self._state.live else "not live")}

    async def Check(self, stream: _Stream) -> None:  # noqa: N802 - the name in the contract
        request = await stream.recv_message()
        if request is None:
            raise GRPCError(Status.INVALID_ARGUMENT, "a request is required")
        if request.service not in self._services:
            raise GRPCError(Status.NOT_FOUND, f"no service is called {request.service[:100]!r}")
        await stream.send_initial_metadata(metadata=self._metadata())
        await stream.send_message(HealthCheckResponse(status=self._status()))

    async def Watch(self, stream: _Stream) -> None:  # noqa: N802 - the name in the contract
        request = await stream.recv_message()
        if request is None:
            raise GRPCError(Status.INVALID_ARGUMENT, "a request is required")
        is_known = request.service in self._services
        said: HealthCheckResponse.ServingStatus.ValueType | None = None
        while not self._is_closed:
            changed = self._changed
            status = self._status() if is_known else HealthCheckResponse.SERVICE_UNKNOWN
            if status != said:
                said = status
                await stream.send_message(HealthCheckResponse(status=status))
            else:
                await changed.wait()
        raise refusal(Status.UNAVAILABLE, "SHUTTING_DOWN", "the connector is shutting down")
