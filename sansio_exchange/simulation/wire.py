"""The other side of the wire: what a simulated venue takes in and gives out. Values only.

    effects = venue_machine.handle(item, now)
    venue_machine.deadline()  ->  when it wants the next Tick, in Now.mono seconds

The same contract as sansio_exchange.machine, seen from the server: each HttpRequest earns exactly one HttpResponse,
carried out in order. A machine behind a real socket and one inside a World cannot tell the difference.
"""

from typing import Protocol

from msgspec import Struct

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick


class HttpRequest(Struct, frozen=True):
    """One request as it came. `query` is the raw text after the question mark; header names in lower case."""

    request_id: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class SocketOpened(Struct, frozen=True):
    """A client opened a WebSocket on `path`; `conn` names it from now on. Header names in lower case."""

    conn: int
    path: str
    query: str
    headers: dict[str, str] = {}


class SocketMessage(Struct, frozen=True):
    """A client sent one message."""

    conn: int
    data: bytes


class SocketClosed(Struct, frozen=True):
    """The client is gone. Nothing more comes from `conn` and nothing may be sent to it."""

    conn: int


VenueInput = HttpRequest | SocketOpened | SocketMessage | SocketClosed | Tick


class HttpResponse(Struct, frozen=True):
    """The answer to one request."""

    request_id: int
    status: int
    headers: dict[str, str]
    body: bytes


class SocketSend(Struct, frozen=True):
    """Send one text message."""

    conn: int
    data: bytes


class SocketEnd(Struct, frozen=True):
    """Close the WebSocket."""

    conn: int
    code: int
    reason: str


VenueEffect = HttpResponse | SocketSend | SocketEnd


class VenueMachine(Protocol):
    """A whole simulated venue behind one door."""

    def handle(self, item: VenueInput, now: Now) -> list[VenueEffect]: ...

    def deadline(self) -> float | None: ...
