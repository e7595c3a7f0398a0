"""A client's desk before any venue machine: sends, lets time pass, and keeps what comes back."""

import json
from typing import Any

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.wire import (
    HttpRequest,
    HttpResponse,
    SocketClosed,
    SocketEnd,
    SocketMessage,
    SocketOpened,
    SocketSend,
    VenueEffect,
    VenueInput,
    VenueMachine,
)


class VenueDesk:
    """Time stands still unless `wait` or `jump` lets it pass. Each venue's desk adds how its clients speak."""

    def __init__(self, machine: VenueMachine, start_ms: int) -> None:
        self.machine = machine
        self.start_ms = self.now_ms = start_ms
        self.sent: dict[int, list[Any]] = {}
        self.ended: dict[int, SocketEnd] = {}
        self._requests = 0
        self._conns = 0
        self.feed(Tick())

    def feed(self, item: VenueInput) -> list[VenueEffect]:
        effects = self.machine.handle(item, Now((self.now_ms - self.start_ms) / 1000, self.now_ms))
        for effect in effects:
            match effect:
                case SocketSend():
                    self.sent[effect.conn].append(self.read(effect.data))
                case SocketEnd():
                    self.ended[effect.conn] = effect
                case HttpResponse():
                    pass
        return effects

    def read(self, data: bytes) -> Any:
        """One message of a socket."""
        return json.loads(data)

    def wait(self, milliseconds: int) -> None:
        """Tick at every deadline, as a driver does, until so much time has passed."""
        until = self.now_ms + milliseconds
        while True:
            deadline = self.machine.deadline()
            assert deadline is not None
            due_ms = self.start_ms + round(deadline * 1000)
            if due_ms > until:
                break
            self.now_ms = due_ms
            self.feed(Tick())
        self.now_ms = until
        self.feed(Tick())

    def jump(self, milliseconds: int) -> None:
        """One Tick so much later, as after a driver that slept."""
        self.now_ms += milliseconds
        self.feed(Tick())

    def send(
        self, method: str, path: str, query: str = "", body: str = "", headers: dict[str, str] | None = None
    ) -> HttpResponse:
        self._requests += 1
        request = HttpRequest(self._requests, method, path, query, headers or {}, body.encode())
        answers = [each for each in self.feed(request) if isinstance(each, HttpResponse)]
        assert [each.request_id for each in answers] == [self._requests]
        return answers[0]

    def connect(self, path: str, query: str = "", headers: dict[str, str] | None = None) -> int:
        """Open a socket; its number."""
        self._conns += 1
        self.sent[self._conns] = []
        self.feed(SocketOpened(self._conns, path, query, headers or {}))
        return self._conns

    def say(self, conn: int, message: object) -> None:
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.feed(SocketMessage(conn, data))

    def hang_up(self, conn: int) -> None:
        self.feed(SocketClosed(conn))

    def take(self, conn: int) -> list[Any]:
        """What came on a socket since the last look."""
        taken, self.sent[conn] = self.sent[conn], []
        return taken
