"""The time of a local venue: the wall clock's, as its driver tells it, and it never runs backwards."""

from collections.abc import Callable, Iterable

from sansio_exchange.clock import Now
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.wire import VenueEffect

STEP_MS = 1000
"""So much time passes at most between two looks at what happened."""

Tell = Callable[[int, list[VenueEffect]], None]


class VenueTime:
    """Lets the exchange live. `spread` tells what happened in it, `on_time` what is due of itself."""

    def __init__(self, exchange: SimulatedExchange, spread: Tell, on_time: Tell) -> None:
        self._exchange = exchange
        self._spread = spread
        self._on_time = on_time
        self._last: Now | None = None
        self._now_ms = 0

    def live_until(self, now: Now, out: list[VenueEffect]) -> int:
        """Let everything happen that is due by `now`; the venue's time after that, in milliseconds."""
        self._last = now
        now_ms = max(now.wall_ms, self._now_ms)
        step_ms = self._now_ms + STEP_MS if self._now_ms else now_ms
        while step_ms < now_ms:
            self._exchange.advance(step_ms)
            self._spread(step_ms, out)
            self._on_time(step_ms, out)
            step_ms += STEP_MS
        self._exchange.advance(now_ms)
        self._spread(now_ms, out)
        self._now_ms = now_ms
        return now_ms

    def deadline(self, others: Iterable[int | None]) -> float | None:
        """When the machine wants its next Tick: at the next event of the market or the first of `others`.

        Everything that was due by now must have been done, so it is a millisecond from now at least. None before the
        first input, as no time is known.
        """
        if self._last is None:
            return None
        due = min([self._exchange.next_event_ms(), *(each for each in others if each is not None)])
        return self._last.mono + (due - self._now_ms) / 1000
