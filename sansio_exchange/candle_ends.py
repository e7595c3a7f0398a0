"""Which candles of a stream are closed, where the venue does not say so of each, or never.

A candle that is followed by the next one is closed: it is told so then, as it was last seen, unless its end was told
before. What was not seen whole is not made up: the session asks for it.
"""

from msgspec import structs

from sansio_exchange.market import INTERVALS_MS, Candle


class CandleEnds:
    """The latest candle of each topic. Bounded by the number of topics."""

    def __init__(self) -> None:
        self._latest: dict[tuple[str, str], Candle] = {}
        self._seen_whole: set[tuple[str, str]] = set()

    def begin_anew(self) -> None:
        """Another socket: how a candle went on in between was not seen."""
        self._seen_whole.clear()

    def forget(self, symbol: str, interval: str) -> None:
        """Nobody listens any more; who listens again begins with the present."""
        self._latest.pop((symbol, interval), None)
        self._seen_whole.discard((symbol, interval))

    def knows(self, symbol: str, interval: str) -> bool:
        """Whether a candle of the topic has come before."""
        return (symbol, interval) in self._latest

    def on_candle(self, candle: Candle, *, is_over: bool = False) -> list[Candle]:
        """What to tell of a candle that came. It is closed where the venue says so; `is_over`: it will not change any
        more, though the venue does not say it. The venue's word may come late and then is told as well."""
        key = candle.symbol, candle.interval
        last = self._latest.get(key)
        if last is not None and candle.open_ms < last.open_ms:
            return [candle] if candle.is_closed else []
        if last is not None and candle.open_ms == last.open_ms and last.is_closed and not candle.is_closed:
            return []
        told: list[Candle] = []
        follows = last is not None and candle.open_ms == last.open_ms + INTERVALS_MS[candle.interval]
        if last is not None and follows and not last.is_closed and key in self._seen_whole:
            told.append(structs.replace(last, is_closed=True))
        latest = structs.replace(candle, is_closed=True) if is_over else candle
        self._latest[key] = latest
        self._seen_whole.add(key)
        return [*told, latest]
