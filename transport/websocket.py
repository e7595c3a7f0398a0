"""One WebSocket, from opening to closed, behind a small interface that never waits.

Incoming messages are handed over at once; nothing is read from the socket meanwhile, so a slow receiver slows the
sender down and does not drive our memory up. Outgoing messages go through a bounded queue and one writing task, so
that `send` never waits: a socket that does not take them fast enough is cut.

Reconnecting, keepalive and staleness are protocol and live in the core; the library's own are switched off.
"""

import ssl
from collections import deque
from collections.abc import Callable, Mapping

import anyio
from websockets.exceptions import ConnectionClosed, InvalidProxy, InvalidStatus, InvalidURI
from websockets.http11 import Response

from sansio_exchange.statuses import retry_after
from transport.clock import loop_clock
from transport.connection import CLOSE_TIMEOUT, Connection, Messages, connect

MAX_QUEUED_MESSAGES = 1000
MAX_QUEUED_CHARACTERS = 4 * 2**20


class WebSocket:
    """One attempt at one connection.

    `opened` is called once at most, then `received` for each message (text or binary, as bytes) and `answered` for
    each pong. All are called in the event loop's thread, may be called from one of its callbacks rather than from a
    task, and must not raise.

    Where the venue answers the handshake with a refusal, `status` is its HTTP status afterwards, and `retry_after` the
    seconds that it says to wait; 0 where there is nothing of the kind.
    """

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext,
        *,
        headers: Mapping[str, str] | None = None,
        opened: Callable[[], None],
        received: Callable[[bytes], None],
        answered: Callable[[], None],
    ) -> None:
        self.status = 0
        self.retry_after = 0.0
        self._url = url
        self._tls = tls
        self._headers = headers
        self._opened = opened
        self._received = received
        self._answered = answered
        self._is_open = False
        self._ends: str | None = None
        self._closing_said = ""
        self._queue: deque[str] = deque()
        self._ping_is_due = False
        self._queued_characters = 0
        self._wake: anyio.Event | None = None
        self._scope: anyio.CancelScope | None = None
        self._clock: Callable[[], float] | None = None

    def send(self, text: str) -> None:
        """Have `text` sent after what was given before; dropped if the connection is closing.

        A queue over its bound means a peer that does not read: the connection is cut.
        """
        if self._ends is not None:
            return
        self._queued_characters += len(text)
        self._queue.append(text)
        if len(self._queue) > MAX_QUEUED_MESSAGES or self._queued_characters > MAX_QUEUED_CHARACTERS:
            waiting = f"{len(self._queue)} messages, {self._queued_characters} characters"
            self._ends = f"the socket is too slow: {waiting} are waiting to be sent"
            self._cut()
        elif self._wake is not None:
            self._wake.set()

    def ping(self) -> None:
        """Send a ping as soon as what is queued has been sent; one is enough, however often it is asked for."""
        self._ping_is_due = True
        if self._wake is not None:
            self._wake.set()

    def close(self, reason: str) -> None:
        """Send what is queued, then close; cut after CLOSE_TIMEOUT. `run` returns `reason`."""
        if self._ends is not None:
            return
        self._ends = reason
        if not self._is_open or self._scope is None or self._clock is None:
            self._cut()
            return
        self._scope.deadline = self._clock() + CLOSE_TIMEOUT
        if self._wake is not None:
            self._wake.set()

    async def run(self) -> str:
        """Open, serve and close the connection; returns why it ended, whatever went wrong.

        Shielded from cancellation, because a cancelled task could not close politely: whoever wants it to end calls
        `close`, and it has ended CLOSE_TIMEOUT later at most.
        """
        with anyio.CancelScope(shield=True) as self._scope:
            self._clock = loop_clock()
            if self._ends is not None:
                return self._ends
            try:
                messages = Messages(self._handshaken, self._received, self._closing, self._answered)
                opening = connect(self._url, self._tls, messages, self._headers)
                async with opening as connection, anyio.create_task_group() as tasks:
                    tasks.start_soon(self._write, connection)
                    try:
                        await connection.recv()
                    except ConnectionClosed as closed:
                        self._end(_explain(closed))
                    tasks.cancel_scope.cancel()
            except Exception as failure:  # whatever a venue, proxy, resolver or TLS library comes up with
                if isinstance(failure, InvalidStatus):
                    self._refused(failure.response)
                self._end(_explain(failure))
        return self._ends or self._closing_said

    def _handshaken(self) -> None:
        self._is_open = True
        if self._ends is None:
            self._opened()

    def _refused(self, response: Response) -> None:
        said = response.headers.get_all("Retry-After")
        self.status = response.status_code
        self.retry_after = (retry_after(said[0]) if said else None) or 0.0

    def _closing(self, said: str) -> None:
        assert self._scope is not None
        assert self._clock is not None
        if not self._closing_said:
            self._closing_said = said
            self._scope.deadline = min(self._scope.deadline, self._clock() + CLOSE_TIMEOUT)

    def _end(self, reason: str) -> None:
        if self._ends is None:
            self._ends = reason

    def _cut(self) -> None:
        if self._scope is not None:
            self._scope.cancel()

    async def _write(self, connection: Connection) -> None:
        try:
            while True:
                self._wake = anyio.Event()  # before the queue is looked at: what comes while we send must wake us
                while self._queue:
                    text = self._queue[0]
                    await connection.send(text)
                    self._queue.popleft()
                    self._queued_characters -= len(text)
                if self._ends is not None:
                    await connection.close()
                    return
                if self._ping_is_due:
                    self._ping_is_due = False
                    await connection.ping()
                await self._wake.wait()
        except ConnectionClosed:
            return  # run() hears of it too and knows the reason


def _explain(failure: BaseException) -> str:
    """What went wrong, in one line, with its cause; never a URL, which may carry a listen key or a proxy's password."""
    if isinstance(failure, InvalidURI):
        return "InvalidURI: not a WebSocket address"
    if isinstance(failure, InvalidProxy):
        return "InvalidProxy: the proxy of the environment is not a proxy's address"
    said = f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
    if failure.__cause__ is not None and str(failure.__cause__) not in said:
        said += f" ({_explain(failure.__cause__)})"
    return said
