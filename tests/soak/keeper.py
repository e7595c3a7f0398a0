"""The local venue's books, kept in this process while the process in front of them is killed and started again.

    connector ──HTTP, WebSockets──► front (tests/soak/front.py) ──socket pair──► Keeper ──► VenueMachine

A venue that a restart robs of its books has lost orders, and no connector could help it. So it is in two halves, as
real venues are: the matching engine with its books, and the gateway before it. What is killed, with SIGKILL, is the
whole gateway: the kernel resets every connection, requests that the engine has carried out lose their answers, frames
on their way are lost, and until the next gateway listens connections are refused. Meanwhile the market goes on, and
orders fill of which nobody is told. When its gateway dies, the engine ends the session of every socket, as it does when
a client goes; the next gateway knows nothing of them.
"""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from multiprocessing.connection import Connection

from sansio_exchange.clock import Now
from sansio_exchange.machine import Tick
from sansio_exchange.simulation.wire import SocketClosed, SocketOpened, VenueEffect, VenueInput, VenueMachine

TICK_SECONDS = 0.05
"""How often the market lives while no gateway is there."""


class Keeper:
    """Serves `machine` to one gateway at a time, which listens on `port` of 127.0.0.1."""

    def __init__(self, machine: VenueMachine, port: int) -> None:
        self._machine = machine
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._line: Connection | None = None
        self._front: subprocess.Popen[bytes] | None = None
        self._open: set[int] = set()
        self._ticking: asyncio.TimerHandle | None = None
        self._tick()

    def start(self) -> None:
        """Start a gateway; it listens some time later."""
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.soak.front", str(theirs.fileno()), str(self._port)]
            self._front = subprocess.Popen(command, pass_fds=[theirs.fileno()])  # noqa: S603 - our own command
        self._line = Connection(ours.detach())
        self._loop.add_reader(self._line.fileno(), self._answer)

    def kill(self) -> None:
        """SIGKILL the gateway, wait until it is gone, and end its sockets."""
        if self._front is not None:
            self._front.kill()
            self._front.wait()
            self._front = None
        self._hang_up()

    def close(self) -> None:
        self.kill()
        if self._ticking is not None:
            self._ticking.cancel()

    def _tick(self) -> None:
        if self._line is None:
            self._handle(Tick())
        self._ticking = self._loop.call_later(TICK_SECONDS, self._tick)

    def _answer(self) -> None:
        """Whatever the gateway brings is answered at once; it waits for that."""
        assert self._line is not None
        try:
            item: VenueInput = self._line.recv()
            match item:
                case SocketOpened(conn):
                    self._open.add(conn)
                case SocketClosed(conn):
                    self._open.discard(conn)
            effects = self._handle(item)
            self._line.send((effects, self._machine.deadline()))
        except (EOFError, OSError):
            self._hang_up()

    def _handle(self, item: VenueInput) -> list[VenueEffect]:
        return self._machine.handle(item, Now(self._loop.time(), time.time_ns() // 1_000_000))

    def _hang_up(self) -> None:
        if self._line is None:
            return
        self._loop.remove_reader(self._line.fileno())
        with contextlib.suppress(OSError):
            self._line.close()
        self._line = None
        for conn in sorted(self._open):
            self._handle(SocketClosed(conn))
        self._open.clear()
