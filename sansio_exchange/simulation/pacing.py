"""Topics that do not speak whenever something happens: some at a pace of their own, some at most so often."""

from collections.abc import Callable, Hashable

from sansio_exchange.simulation.wire import VenueEffect

Emit = Callable[[int, list[VenueEffect]], None]
"""Says what is new by a time, in milliseconds."""


class Pacing:
    """`next_due_ms` is when `on_time` next has something to do; None for never."""

    def __init__(self) -> None:
        self.next_due_ms: int | None = None
        self._paced: dict[Hashable, tuple[int, Emit]] = {}
        self._held: dict[Hashable, Emit] = {}
        """What was held back, newest only."""
        self._sent: dict[Hashable, int] = {}
        """When a topic that speaks at most so often last spoke."""
        self._due: dict[Hashable, int] = {}

    def every(self, topic: Hashable, period_ms: int, emit: Emit, now_ms: int) -> None:
        """Have `emit` called at every full period of the clock after now."""
        self._paced[topic] = (period_ms, emit)
        self._plan(topic, now_ms - now_ms % period_ms + period_ms)

    def at_most_every(self, topic: Hashable, period_ms: int, emit: Emit, now_ms: int, out: list[VenueEffect]) -> None:
        """Call `emit` now, or when `period_ms` have passed since the last time; something newer takes its place."""
        earliest = self._sent.get(topic, now_ms - period_ms) + period_ms
        if now_ms >= earliest:
            self.at_once(topic, emit, now_ms, out)
        else:
            self._held[topic] = emit
            self._plan(topic, earliest)

    def at_once(self, topic: Hashable, emit: Emit, now_ms: int, out: list[VenueEffect]) -> None:
        """Call `emit` now, in place of what is held back."""
        self._held.pop(topic, None)
        self._sent[topic] = now_ms
        emit(now_ms, out)

    def stop(self, topic: Hashable) -> None:
        """Nobody reads it any more."""
        self._paced.pop(topic, None)
        self._held.pop(topic, None)
        self._sent.pop(topic, None)
        if self._due.pop(topic, None) is not None:
            self.next_due_ms = min(self._due.values(), default=None)

    def on_time(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Say what is due."""
        if self.next_due_ms is None or now_ms < self.next_due_ms:
            return
        for topic in [name for name, due_ms in self._due.items() if due_ms <= now_ms]:
            paced = self._paced.get(topic)
            if paced is None:
                del self._due[topic]
                held = self._held.get(topic)
                if held is not None:
                    self.at_once(topic, held, now_ms, out)
            else:
                period, emit = paced
                self._due[topic] = now_ms - now_ms % period + period
                emit(now_ms, out)
        self.next_due_ms = min(self._due.values(), default=None)

    def _plan(self, topic: Hashable, due_ms: int) -> None:
        self._due[topic] = due_ms
        if self.next_due_ms is None or due_ms < self.next_due_ms:
            self.next_due_ms = due_ms
