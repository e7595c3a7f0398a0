"""Candles that closed while nobody listened.

A candle that is followed by another without having been closed, or by one that is not its neighbour, was missed: the
venue is asked for what lies between, and the closed candles are told. They come after the candle that showed the gap.
"""

from sansio_exchange.commands import GetHistoricalKlines
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import Publish, Unreadable
from sansio_exchange.market import INTERVALS_MS, Candle
from sansio_exchange.session.calls import Calls
from sansio_exchange.venue import Recipe, Sleep, Venue

MOST = 1000
"""Candles asked for at most: 16 hours of minutes. Whoever was away for longer has to ask for the history anyway."""
PAUSES = (0.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds before each attempt."""
PATIENCE = 300.0
"""Seconds for which a question may wait for room in the rate budget."""


class CandleGaps:
    """All candles of one session, by symbol and interval."""

    def __init__(self, venue: Venue, calls: Calls) -> None:
        self._venue = venue
        self._calls = calls
        self._last: dict[tuple[str, str], Candle] = {}

    def heard(self, candle: Candle) -> None:
        """One came from the stream."""
        key = candle.symbol, candle.interval
        last = self._last.get(key)
        if last is not None and candle.open_ms < last.open_ms:
            return
        self._last[key] = candle
        if last is None or candle.open_ms == last.open_ms:
            return
        next_ms = last.open_ms + INTERVALS_MS[candle.interval]
        if not last.is_closed or candle.open_ms > next_ms:
            since_ms = next_ms if last.is_closed else last.open_ms
            self._calls.start(
                self._ask(candle, since_ms), lambda _result, _error: None, deadline=self._calls.now.mono + PATIENCE
            )

    def forget(self, symbol: str, interval: str) -> None:
        """Nobody wants them any more."""
        self._last.pop((symbol, interval), None)

    def _ask(self, candle: Candle, since_ms: int) -> Recipe[None]:
        """Tell the candles from `since_ms` up to `candle`."""
        missing = (self._calls.now.wall_ms - since_ms) // INTERVALS_MS[candle.interval] + 2
        question = GetHistoricalKlines(candle.symbol, candle.interval, max(2, min(missing, MOST)))
        why = ""
        for pause in PAUSES:
            if pause:
                yield Sleep(pause)
            try:
                history = yield from self._venue.recipe(question)
            except ExchangeError as error:
                why = error.message
                continue
            for found in history:
                if since_ms <= found.open_ms < candle.open_ms and found.is_closed:
                    self._calls.out.append(Publish(found))
            return
        reason = f"candles of {candle.symbol} {candle.interval} were missed and cannot be asked for: {why}"
        self._calls.out.append(Publish(Unreadable("candles", reason, "")))
