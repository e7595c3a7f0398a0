"""A venue's wire before a simulated exchange, as most venues have it.

Each input first lets the exchange live until now, then is answered, then what happened goes out on the channels.
"""

from typing import Protocol

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.telling import PublicSide, UserSide, tell
from sansio_exchange.simulation.venue_time import VenueTime
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketClosed,
    SocketMessage,
    SocketOpened,
    VenueEffect,
    VenueInput,
)


class Rest(Protocol):
    """The calls over HTTP."""

    def answer(self, request: HttpRequest, now_ms: int, /) -> HttpResponse: ...


class Sockets(Protocol):
    """The sockets, public and private."""

    def open(self, opened: SocketOpened, now_ms: int, out: list[VenueEffect], /) -> None: ...

    def message(self, conn: int, data: bytes, now_ms: int, out: list[VenueEffect], /) -> None: ...

    def close(self, conn: int, /) -> None: ...

    def next_end_ms(self) -> int | None:
        """When the next one is ended, None if none is ever."""
        ...

    def end_due(self, now_ms: int, out: list[VenueEffect], /) -> None:
        """End those whose time is over."""
        ...


class PacedSide(PublicSide, Protocol):
    """The public side, with topics that have a pace of their own."""

    @property
    def next_due_ms(self) -> int | None: ...

    def on_time(self, now_ms: int, out: list[VenueEffect], /) -> None: ...


class WireMachine:
    """The venue, out of its parts."""

    def __init__(
        self, exchange: SimulatedExchange, rest: Rest, sockets: Sockets, public: PacedSide, user: UserSide
    ) -> None:
        self._exchange = exchange
        self._rest = rest
        self._sockets = sockets
        self._public = public
        self._user = user
        self._time = VenueTime(exchange, self._spread, public.on_time)

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]:
        out: list[VenueEffect] = []
        now_ms = self._time.live_until(now, out)
        match item:
            case HttpRequest():
                out.append(self._rest.answer(item, now_ms))
            case SocketMessage():
                self._sockets.message(item.conn, item.data, now_ms, out)
            case SocketOpened():
                self._sockets.open(item, now_ms, out)
            case SocketClosed():
                self._sockets.close(item.conn)
            case Tick():
                pass
        self._spread(now_ms, out)
        self._public.on_time(now_ms, out)
        self._sockets.end_due(now_ms, out)
        return out

    def deadline(self) -> float | None:
        return self._time.deadline((self._public.next_due_ms, self._sockets.next_end_ms()))

    def _spread(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Say on the channels what happened."""
        tell(self._exchange.drain(), self._public, self._user, now_ms, out)
