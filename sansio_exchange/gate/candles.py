"""Which candles of the channel are closed.

`w` says it: "true means that the window is closed. Note: the message with true may be missing" ("Candlesticks
Notification", 2026-04-14), and what was sent before there was a `w` never says it. A candle that is followed by the
next one is closed all the same: it is told so then, as it was last seen, unless its end was told before.
"""

from msgspec import structs

from sansio_exchange.market import INTERVALS_MS, Candle


class Candles:
    """The running candle of each topic, on the present public socket. Bounded by the number of topics."""

    def __init__(self) -> None:
        self._latest: dict[tuple[str, str], Candle] = {}

    def begin_anew(self) -> None:
        """Another socket: what ended in between was not seen whole, and is not told as if it had been."""
        self._latest.clear()

    def forget(self, symbol: str, interval: str) -> None:
        """Nobody listened for a while."""
        self._latest.pop((symbol, interval), None)

    def on_candle(self, candle: Candle) -> list[Candle]:
        """What to tell of a candle that came."""
        key = candle.symbol, candle.interval
        last = self._latest.get(key)
        if last is not None and candle.open_ms < last.open_ms:
            return [candle] if candle.is_closed else []  # late: its end was told, unless this is it
        if last is not None and candle.open_ms == last.open_ms and last.is_closed and not candle.is_closed:
            return []
        self._latest[key] = candle
        follows = last is not None and candle.open_ms == last.open_ms + INTERVALS_MS[candle.interval]
        if last is not None and follows and not last.is_closed:
            return [structs.replace(last, is_closed=True), candle]
        return [candle]
