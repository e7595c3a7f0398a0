"""The driver: gives a machine (sansio_exchange/machine.py) sockets, HTTP, a clock and users.

Everything happens in one thread, and an input is handled at once by whoever has it: the reader that got the message,
the request that got its reply, the task that asks. `feed` stamps it, hands it to the machine and carries out the
effects, none of which ever waits: so there is no lock, and no queue between a socket and the machine.

Time comes from one task, `_keep_time`. Before it acts on a deadline it lets the readers hand over what has already
arrived: a process that was stalled or suspended finds its deadlines overdue and its sockets full at the same moment,
and must not take a connection for dead whose answer lies in the socket's buffer.
"""

import logging
import math
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from functools import partial
from typing import Any

import anyio
import sniffio
from anyio.abc import TaskStatus
from anyio.lowlevel import checkpoint

from sansio_exchange.clock import Now
from sansio_exchange.commands import Action
from sansio_exchange.errors import ExchangeError, NotConnected, OutcomeUnknown
from sansio_exchange.machine import (
    Abandon,
    CloseWs,
    Command,
    Complete,
    Effect,
    Event,
    Input,
    Machine,
    OpenWs,
    PingWs,
    Publish,
    Remember,
    SendHttp,
    SendText,
    Stop,
    Tick,
    WsClosed,
    WsMessage,
    WsOpened,
    WsPong,
)
from transport.clock import loop_clock, on_trio, stamp
from transport.http import HttpCall, HttpPool
from transport.network import tls_context
from transport.websocket import WebSocket

QUIET_ROUNDS = 10
"""Turns of the event loop without any input after which the sockets count as read empty. An HTTP reply takes several
turns from its bytes to its input, a message one or two."""
LONGEST_GRACE = 2.0
"""Seconds for which a deadline waits for the sockets to be read empty: a flood without end must not stop the clock."""

_log = logging.getLogger("transport.driver")


class Driver:
    """Drives one machine. `run` it in a task, `ask` it from any other task of the same event loop.

    `publish` is called with each event, in order, in the event loop's thread but not necessarily in a task: it must
    neither wait nor raise. What it raises all the same is logged and counted in `publish_errors`; an event that one
    subscriber's code chokes on must not cost the connection to the venue.

    `record` is called with each input before the machine gets it, `remember` with what is to outlive the process. If
    one of them raises (a full disk), that is logged and it is not called any more; trading goes on.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        publish: Callable[[Event], None],
        record: Callable[[Input, Now], None] | None = None,
        remember: Callable[[Remember], None] | None = None,
    ) -> None:
        self.publish_errors = 0
        self._machine = machine
        self._publish = publish
        self._record = record
        self._remember = remember
        self._is_running = False
        self._is_handling = False
        self._failure: Exception | None = None
        self._pending: deque[tuple[Input, Now]] = deque()
        self._inputs = 0
        self._sockets: dict[str, WebSocket] = {}
        self._calls: dict[int, tuple[float, HttpCall]] = {}
        self._askers: dict[int, _Asker] = {}
        self._last_command = 0
        self._alarm: anyio.CancelScope | None = None
        self._alarm_at = -math.inf

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Drive the machine until cancelled; then everything is closed, within a second or so.

        On the way out each socket still sends what the machine gave it before (a cancelled order must not stay
        because its frame was last in a queue) and says goodbye; HTTP requests under way are cut, since waiting for
        their replies is what whoever stops us should have done first. Whoever still asks gets the machine's answer to
        Stop.

        Raises what `machine.handle` raised: that is our own bug, and ends the driver at once.
        """
        self._clock = loop_clock()
        self._tls = tls_context()
        # Tasks are started from whatever context an input comes in, be it a user's call or one of asyncio's callbacks,
        # where anyio cannot tell its backend. They all get the driver's own context, in which it can.
        self._context = copy_context()
        if not on_trio():
            self._context.run(sniffio.current_async_library_cvar.set, "asyncio")
        async with HttpPool(self._tls) as self._pool, anyio.create_task_group() as self._tasks:
            self._is_running = True
            task_status.started()
            try:
                await self._keep_time()
            finally:
                self._stop()
        if self._failure is not None:
            raise self._failure

    async def ask(self, action: Action, *, timeout: float = 10.0, client: str = "") -> Any:  # noqa: ASYNC109 - the machine keeps it
        """Have `action` done and return its result, whose type the action's docstring names.

        `timeout` is in seconds and kept by the machine. If the caller is cancelled, what has not been sent is not
        sent. Raises the ExchangeError that the machine answers; NotConnected if the driver is not running.
        """
        if not self._is_running:
            raise NotConnected("the connector is not running")
        self._last_command += 1
        number = self._last_command
        asker = self._askers[number] = _Asker()
        try:
            self._feed(Command(number, action, timeout, client))
            await asker.answered.wait()
        finally:
            if self._askers.pop(number, None) is not None:
                self._feed(Abandon(number))
        if asker.error is not None:
            raise asker.error
        return asker.result

    # --- inputs -----------------------------------------------------------------------------------------------

    def _feed(self, item: Input) -> None:
        """Hand one input to the machine and carry out what it answers. Never raises, never waits."""
        if not self._is_running:
            return
        self._inputs += 1
        now = stamp(self._clock())
        if self._is_handling:
            # Called from within an effect (a socket found too slow, a subscriber's code that asks): it is the next
            # input, after the effects of this one.
            self._pending.append((item, now))
            return
        self._is_handling = True
        try:
            self._handle(item, now)
            while self._pending:
                self._handle(*self._pending.popleft())
            if (deadline := self._machine.deadline()) is not None:
                self._ring_by(deadline)
        except Exception as bug:
            self._failure = bug
            self._is_running = False
            self._tasks.cancel_scope.cancel()
        finally:
            self._is_handling = False

    def _handle(self, item: Input, now: Now) -> None:
        if self._record is not None:
            self._write_down(item, now)
        for effect in self._machine.handle(item, now):
            self._carry_out(effect)

    def _write_down(self, item: Input, now: Now) -> None:
        assert self._record is not None
        try:
            self._record(item, now)
        except Exception:
            self._record = None
            _log.exception("recording failed and has ended; trading goes on")

    def _keep(self, effect: Remember) -> None:
        if self._remember is None:
            return
        try:
            self._remember(effect)
        except Exception:
            self._remember = None
            _log.exception("orders cannot be remembered any more: a restart will ask the venue alone; trading goes on")

    # --- effects ----------------------------------------------------------------------------------------------

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Publish(event):
                try:
                    self._publish(event)
                except Exception:
                    self.publish_errors += 1
                    _log.exception("a subscriber's code raised on %s", type(event).__name__)
            case SendText(conn, text):
                if socket := self._sockets.get(conn):
                    socket.send(text)
            case PingWs(conn):
                if socket := self._sockets.get(conn):
                    socket.ping()
            case Remember():
                self._keep(effect)
            case Complete(number, result, error):
                if asker := self._askers.pop(number, None):
                    asker.answer(result, error)
            case SendHttp():
                call = self._pool.call(effect)
                due = self._clock() + effect.timeout
                self._calls[effect.request_id] = (due, call)
                self._ring_by(due)
                self._start(self._run_call, effect.request_id, call)
            case OpenWs(conn, url, headers):
                assert conn not in self._sockets, "a connection's name is used once"
                socket = WebSocket(
                    url,
                    self._tls,
                    headers=headers,
                    opened=partial(self._feed, WsOpened(conn)),
                    received=lambda data: self._feed(WsMessage(conn, data)),
                    answered=partial(self._feed, WsPong(conn)),
                )
                self._sockets[conn] = socket
                self._start(self._run_socket, conn, socket)
            case CloseWs(conn, reason):
                if socket := self._sockets.get(conn):
                    socket.close(reason)

    def _start(self, task: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        self._context.run(self._tasks.start_soon, task, *args)

    async def _run_socket(self, conn: str, socket: WebSocket) -> None:
        reason = await socket.run()
        del self._sockets[conn]
        self._feed(WsClosed(conn, reason, socket.status, socket.retry_after))

    async def _run_call(self, request_id: int, call: HttpCall) -> None:
        try:
            outcome = await call.run()
        finally:
            del self._calls[request_id]
        self._feed(outcome)

    # --- time -------------------------------------------------------------------------------------------------

    async def _keep_time(self) -> None:
        while True:
            self._alarm_at = self._next_deadline()
            with anyio.CancelScope(deadline=self._alarm_at) as self._alarm:
                await anyio.sleep_forever()
            self._alarm = None
            await self._let_readers_go_first()
            now = self._clock()
            for due, call in list(self._calls.values()):
                if due <= now:
                    call.expire()
            deadline = self._machine.deadline()
            if deadline is not None and deadline <= now:
                self._feed(Tick())
            await checkpoint()

    def _next_deadline(self) -> float:
        deadline = self._machine.deadline()
        return min(math.inf if deadline is None else deadline, *(due for due, _ in self._calls.values()), math.inf)

    def _ring_by(self, deadline: float) -> None:
        """Have the alarm ring earlier if it has to; a deadline moved away is seen when the alarm rings in vain."""
        if deadline < self._alarm_at and self._alarm is not None:
            self._alarm_at = self._alarm.deadline = deadline

    async def _let_readers_go_first(self) -> None:
        """Return when whatever has arrived on any socket has been handled, or the deadline has moved away."""
        patience_ends = self._clock() + LONGEST_GRACE
        quiet = 0
        while quiet < QUIET_ROUNDS:
            seen = self._inputs
            await checkpoint()
            quiet = quiet + 1 if self._inputs == seen else 0
            now = self._clock()
            if now >= patience_ends or self._next_deadline() > now:
                return

    # --- the end ----------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        self._feed(Stop())
        self._is_running = False
        for asker in self._askers.values():  # where the machine failed: our bug may have placed an order
            asker.answer(None, OutcomeUnknown("the connector failed"))
        self._askers.clear()
        for _, call in self._calls.values():
            call.expire()
        for socket in self._sockets.values():
            socket.close("the connector stops")
        self._tasks.cancel_scope.cancel()


class _Asker:
    """Somebody who waits for an answer."""

    def __init__(self) -> None:
        self.answered = anyio.Event()
        self.result: Any = None
        self.error: ExchangeError | None = None

    def answer(self, result: Any, error: ExchangeError | None) -> None:
        self.result, self.error = result, error
        self.answered.set()
