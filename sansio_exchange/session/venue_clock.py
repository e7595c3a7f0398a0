"""The venue's clock, as far as we can know it."""

from math import inf

from sansio_exchange.clock import Now

RESYNC_EVERY = 600.0
"""Seconds between measurements: a bad quartz (100 ppm) is then 60 ms off at most."""
RESYNC_AGAIN_AFTER = 60.0
"""Seconds until the next one where one failed, or where there is reason to doubt one that has just been made."""
LARGEST_DRIFT = 1000
"""Milliseconds by which the wall clock and the monotonic one may part from one Tick to the next."""


class VenueClock:
    """Tells the venue's time. Until the first measurement our own wall clock has to do.

    A measurement is tied to the monotonic clock, so that a wall clock that is set, by an hour or by a second, moves
    no signature's timestamp.

    The monotonic clock of some systems does not count a computer's sleep. Where our two clocks part, one was set or the
    other stood still, and only the venue can tell which: it is asked again.
    """

    def __init__(self) -> None:
        self._anchor: Now | None = None
        self._seen: Now | None = None
        self._asked_at = -inf
        self.resync_at = 0.0
        self.is_doubted = False
        """Whether there is reason to think that it is off: nobody should log in before it has been measured."""

    def measured(self, venue_ms: int, sent: float, now: Now) -> None:
        """The venue said `venue_ms` in reply to a question sent at `sent` (mono): take the middle of the way."""
        self._anchor = Now((sent + now.mono) / 2, venue_ms)
        self._asked_at = now.mono
        self.resync_at = now.mono + RESYNC_EVERY
        self.is_doubted = False

    def measurement_is_due(self, now: Now) -> bool:
        """Whether to measure it now; counts as begun. To be asked at every Tick."""
        if self._has_drifted(now):
            self.doubt(now.mono)
        if now.mono < self.resync_at:
            return False
        self._asked_at = now.mono
        self.resync_at = now.mono + RESYNC_AGAIN_AFTER
        return True

    def doubt(self, mono: float) -> None:
        """It may be off: measure it as soon as the last measurement lies RESYNC_AGAIN_AFTER back."""
        self.is_doubted = True
        self.resync_at = min(self.resync_at, max(mono, self._asked_at + RESYNC_AGAIN_AFTER))

    def _has_drifted(self, now: Now) -> bool:
        before, self._seen = self._seen, now
        if before is None:
            return False
        return abs(now.wall_ms - before.wall_ms - (now.mono - before.mono) * 1000) > LARGEST_DRIFT

    def ms(self, now: Now) -> int:
        """The venue's time in milliseconds since the epoch."""
        if self._anchor is None:
            return now.wall_ms
        return self._anchor.wall_ms + int((now.mono - self._anchor.mono) * 1000)
