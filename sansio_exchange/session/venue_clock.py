"""The venue's clock, as far as we can know it."""

from sansio_exchange.clock import Now

RESYNC_EVERY = 600.0
"""Seconds between measurements: a bad quartz (100 ppm) is then 60 ms off at most."""


class VenueClock:
    """Tells the venue's time. Until the first measurement our own wall clock has to do.

    A measurement is tied to the monotonic clock, so that a wall clock that is set, by an hour or by a second, moves
    no signature's timestamp.
    """

    def __init__(self) -> None:
        self._anchor: Now | None = None
        self.resync_at = 0.0

    def measured(self, venue_ms: int, sent: float, now: Now) -> None:
        """The venue said `venue_ms` in reply to a question sent at `sent` (mono): take the middle of the way."""
        self._anchor = Now((sent + now.mono) / 2, venue_ms)
        self.resync_at = now.mono + RESYNC_EVERY

    def ms(self, now: Now) -> int:
        """The venue's time in milliseconds since the epoch."""
        if self._anchor is None:
            return now.wall_ms
        return self._anchor.wall_ms + int((now.mono - self._anchor.mono) * 1000)
