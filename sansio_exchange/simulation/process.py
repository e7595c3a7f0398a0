"""The process that the client machine runs in: it may sleep with its computer, and be killed at any instant."""

from collections.abc import Callable
from math import inf

from sansio_exchange.clock import Now
from sansio_exchange.machine import Effect, Input, Machine, Tick

Killed = Callable[[list[Effect]], None]
"""Gets the effects that the process did not live to carry out."""


class Process:
    """Runs `machine`, or nothing when it was killed. `due` is when it wants a Tick, in the world's seconds."""

    def __init__(self, machine: Machine, carry_out: Callable[[Effect], None]) -> None:
        self.due = inf
        self.is_asleep = False
        self._machine: Machine | None = machine
        self._carry_out = carry_out
        self._mono = 0.0
        self._behind = 0.0
        """Seconds that the monotonic clock did not count."""
        self._arrived: list[Input] = []
        self._fuse: int | None = None
        self._killed: Killed | None = None
        self._plan()

    @property
    def is_running(self) -> bool:
        return self._machine is not None

    def start(self, machine: Machine) -> None:
        """Run another one after the last was killed. Raises RuntimeError while one runs."""
        if self._machine is not None:
            raise RuntimeError("two processes at once")
        self._machine = machine
        self._plan()

    def kill_after(self, effects: int, killed: Killed) -> None:
        """Carry out `effects` effects from now on, and not one more."""
        self._fuse, self._killed = effects, killed

    def sleep(self) -> None:
        """What arrives waits, and so does the machine."""
        self.is_asleep = True
        self.due = inf

    def wake(self, uncounted: float, wall_ms: int, now: float) -> None:
        """Go on, with what has arrived; `uncounted` are the seconds that the monotonic clock has missed."""
        self.is_asleep = False
        self._behind += uncounted
        arrived, self._arrived = self._arrived, []
        self._plan()
        for item in arrived:
            self.handle(item, now, wall_ms)

    def handle(self, item: Input, now: float, wall_ms: int) -> None:
        """Give `item` to the machine at `now`, the world's seconds, and carry out what it answers."""
        machine = self._machine
        if machine is None:
            return
        if self.is_asleep:
            self._arrived.append(item)
            return
        mono = max(self._mono, now - self._behind)
        if type(item) is Tick:
            mono = max(mono, machine.deadline() or mono)  # the subtraction rounds
        self._mono = mono
        effects = machine.handle(item, Now(mono, wall_ms))
        deadline = machine.deadline()
        if type(item) is Tick and deadline is not None and deadline <= mono:
            raise RuntimeError(f"the client's deadline {deadline} is not later than its Tick at {mono}")
        self._plan()
        if self._fuse is None:
            for effect in effects:
                self._carry_out(effect)
        else:
            self._burn(effects)

    def _burn(self, effects: list[Effect]) -> None:
        assert self._fuse is not None
        assert self._killed is not None
        for at, effect in enumerate(effects):
            if not self._fuse:
                self._machine, self._fuse = None, None
                self._arrived.clear()
                self._plan()
                self._killed(effects[at:])
                return
            self._fuse -= 1
            self._carry_out(effect)

    def _plan(self) -> None:
        deadline = None if self._machine is None else self._machine.deadline()
        self.due = inf if deadline is None or self.is_asleep else deadline + self._behind
