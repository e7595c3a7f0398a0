"""What waits to be written to one client stream, and how it gets there.

    offer ──► pending ──(flush, at most once a millisecond)──► one DATA frame
                 │ the client or its connection cannot take it
                 ▼
               held: the newest of each key ──(the stream's own task, as windows open)──► DATA frames

A client that keeps up gets every message. One that does not gets, of what may be conflated (prices, running candles,
funding), the newest of each key; of all else everything, up to a limit at which its stream ends with
RESOURCE_EXHAUSTED. Nobody waits for it: `offer` is synchronous. A burst, such as all that a reconciliation found to be
missing, is therefore offered in one go, in which no client can read: what counts is what still waits after PATIENCE.

Frames are made here rather than by h2, which takes ten times as long for one: the flow-control windows are h2's own and
are kept exactly as h2 would keep them (a test compares both, byte for byte). Everything but DATA goes through h2.
"""

import asyncio
from asyncio import Transport
from collections.abc import Hashable, Iterable
from itertools import accumulate
from types import TracebackType
from typing import Any, Self

import anyio
from grpclib.const import Status
from grpclib.server import Stream
from h2.errors import ErrorCodes
from h2.stream import StreamState

from service.status import refusal

FLUSH_INTERVAL = 0.001
"""Seconds between flushes under load: messages of the same millisecond share a frame. A lone message never waits."""
BURST = 4
"""Flushes that may follow one another without that pause, so that jitter in a steady stream costs no latency."""
CHUNK = 16 * 1024
"""Bytes handed over at once to a client that is behind; what waits longer may still be conflated."""
PATIENCE = 5.0
"""Seconds that a client has to take what goes beyond its limit; and the rest of a message when its stream ends with an
error."""
MOST = 10
"""Limits' worth of messages that may wait meanwhile."""

_CODES: dict[Status | None, ErrorCodes] = {
    Status.RESOURCE_EXHAUSTED: ErrorCodes.ENHANCE_YOUR_CALM,
    Status.UNAVAILABLE: ErrorCodes.REFUSED_STREAM,
}
_SENDABLE = (StreamState.OPEN, StreamState.HALF_CLOSED_REMOTE)


Item = tuple[Hashable, bytes, bool]
"""One message: (key, the message framed, whether it must be kept). Of those that need not be kept, a newer one of the
same key may take the place of an older. A plain tuple, because one is made for every event."""


class Counters:
    """What one kind of stream has done, for the metrics."""

    def __init__(self) -> None:
        self.sent = 0
        self.conflated = 0
        self.overflowed = 0


class Outbox:
    """One client stream. Enter it for as long as the stream lasts; `fail` ends it with an error.

    with Outbox(stream, flusher, counters, limit=...) as outbox:
        ...                          # what is offered meanwhile is held
        outbox.open(present_state)   # goes first, but for keys that were offered meanwhile
        await outbox.run()           # until cancelled or failed
    """

    def __init__(self, stream: Stream[Any, Any], flusher: "Flusher", counters: Counters, *, limit: int) -> None:
        wire = stream._stream  # noqa: SLF001 - the way below grpclib's message-by-message sending
        assert wire.id is not None
        self.transport: Transport = wire._transport  # noqa: SLF001
        self._wire = wire
        self._connection = wire.connection
        self._h2 = wire._h2_connection  # noqa: SLF001
        self._h2_stream = self._h2.streams[wire.id]
        self._id = wire.id
        self._frame_tail = b"\x00\x00" + wire.id.to_bytes(4)  # type DATA, no flags
        self._flusher = flusher
        self._counters = counters
        self._limit = limit
        self._pending: list[Item] = []
        self._held: dict[Hashable, bytes] = {}
        self._is_holding = True
        self._patient_until: float | None = None
        """When no more than the limit may wait; None while no more does."""
        self._serial = 0
        self._offered: set[Hashable] | None = set()
        self._wake = asyncio.Event()
        self._scope = anyio.CancelScope()
        self._error: Exception | None = None
        self._sending: anyio.CancelScope | None = None
        self._is_within_message = False

    def __enter__(self) -> Self:
        self._scope.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        swallowed = self._scope.__exit__(kind, value, traceback)
        if self._error is not None and (swallowed or kind is None):
            if self._is_within_message:
                self._reset(self._error)
            raise self._error
        return swallowed

    def _reset(self, error: Exception) -> None:
        """A part of a message went out and the rest never will, so a status behind it could not be read. The reset's
        code is one that gRPC makes the same status of."""
        if self._wire.closable:
            self._wire.reset_nowait(_CODES.get(getattr(error, "status", None), ErrorCodes.INTERNAL_ERROR))

    def fail(self, error: Exception) -> None:
        """End the stream with `error`. The first error counts."""
        if self._error is None:
            self._error = error
            self._is_holding = True
            self._pending.clear()
            self._held.clear()
            if self._sending is not None:
                self._sending.deadline = asyncio.get_running_loop().time() + PATIENCE
            self._scope.cancel()

    def offer(self, item: Item) -> None:
        """Have `item` written, in order, as soon as the client can take it."""
        if self._is_holding:
            self._hold(item)
            return
        pending = self._pending
        pending.append(item)
        if len(pending) == 1:
            self._flusher.add(self)
        elif len(pending) > self._limit:
            self._hold_pending()

    def open(self, present: Iterable[Item] = ()) -> None:
        """Begin to write: `present` first, but not of keys that something newer was offered of meanwhile."""
        offered = self._offered or set()
        self._offered = None
        held, self._held = self._held, {}
        for item in present:
            if item[0] not in offered:
                self._hold(item)
        self._held.update(held)
        self._wake.set()

    async def run(self) -> None:
        """Write what the client could not take at once. Returns never; raises what ended the stream."""
        while True:
            await self._wake.wait()
            self._wake = asyncio.Event()
            await self._write_held()
            self._is_holding = self._error is not None

    def take(self) -> bytes:
        """What is pending, as DATA frames for the connection's transport; b"" where the client cannot take it now."""
        pending = self._pending
        if not pending:
            return b""
        data = b"".join([item[1] for item in pending])
        size = len(data)
        h2, stream = self._h2, self._h2_stream
        if (
            size > stream.outbound_flow_control_window
            or size > h2.outbound_flow_control_window
            or not self._connection.write_ready.is_set()
            or stream.state_machine.state not in _SENDABLE
            or self.transport.is_closing()
        ):
            self._hold_pending()
            return b""
        stream.outbound_flow_control_window -= size
        h2.outbound_flow_control_window -= size
        self._counters.sent += len(pending)
        pending.clear()
        most = h2.max_outbound_frame_size
        if size <= most:
            return size.to_bytes(3) + self._frame_tail + data
        pieces = [data[at : at + most] for at in range(0, size, most)]
        return b"".join([len(piece).to_bytes(3) + self._frame_tail + piece for piece in pieces])

    def _hold_pending(self) -> None:
        self._is_holding = True
        pending, self._pending = self._pending, []
        for item in pending:
            self._hold(item)
        self._wake.set()

    def _hold(self, item: Item) -> None:
        if self._error is not None:
            return
        key, frame, is_kept = item
        if self._offered is not None:
            self._offered.add(key)
        if is_kept:
            self._serial += 1
            key = self._serial
        elif self._held.pop(key, None) is not None:  # put in anew: the order is that of the newest messages
            self._counters.conflated += 1
        self._held[key] = frame
        if len(self._held) > self._limit:
            self._bear()

    def _bear(self) -> None:
        """More waits than the limit."""
        now = asyncio.get_running_loop().time()
        if self._patient_until is None:
            self._patient_until = now + PATIENCE
        if now >= self._patient_until or len(self._held) > MOST * self._limit:
            self._counters.overflowed += 1
            message = f"the client reads too slowly: more than {self._limit} messages wait; subscribe again to go on"
            self.fail(refusal(Status.RESOURCE_EXHAUSTED, "SLOW_CLIENT", message))

    async def _write_held(self) -> None:
        wire, held = self._wire, self._held
        while held:
            await self._connection.write_ready.wait()
            window = self._h2.local_flow_control_window(self._id)
            if window <= 0:
                wire.window_updated.clear()
                await wire.window_updated.wait()
                continue
            # Whole messages as far as the window goes, so that an error can still follow between two of them.
            room = min(window, CHUNK)
            frames: list[bytes] = []
            for key in list(held):
                room -= len(held[key])
                if frames and room < 0:
                    break
                frames.append(held.pop(key))
            if len(held) <= self._limit:
                self._patient_until = None
            self._counters.sent += len(frames)
            await self._send(frames)

    async def _send(self, frames: list[bytes]) -> None:
        sent = self._wire.data_sent
        try:
            # An error must not come between two halves of a message: it waits a little for the client to take the rest.
            with anyio.CancelScope(shield=True) as self._sending:
                await self._wire.send_data(b"".join(frames))
        finally:
            self._is_within_message = self._wire.data_sent - sent not in (0, *accumulate(map(len, frames)))


class Flusher:
    """Writes what is pending in many outboxes, one write per connection, soon after the first of them has something."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Outbox] = []
        self._next = 0.0

    def add(self, outbox: Outbox) -> None:
        """`outbox` has something pending."""
        self._waiting.append(outbox)
        if len(self._waiting) == 1:
            # `_next` runs one interval ahead per flush; up to BURST intervals ahead of the clock nothing waits.
            now = self._loop.time()
            self._next = max(self._next, now) + FLUSH_INTERVAL
            early = self._next - now - BURST * FLUSH_INTERVAL
            if early <= 0:
                self._loop.call_soon(self.flush)
            else:
                self._loop.call_later(early, self.flush)

    def flush(self) -> None:
        """Write what is pending now."""
        waiting, self._waiting = self._waiting, []
        writes: dict[Transport, list[bytes]] = {}
        for outbox in waiting:
            if frames := outbox.take():
                writes.setdefault(outbox.transport, []).append(frames)
        for transport, pieces in writes.items():
            transport.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))
