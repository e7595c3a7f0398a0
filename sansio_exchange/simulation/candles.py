"""Candles of one symbol for every interval, from its trades.

A trade touches the running minute alone. Closed minutes roll up into quarters of an hour, those into two hours, those
into days; every other interval is grouped from the longest of these four that divides it. Each of the four keeps enough
for MAX_CANDLES of the longest interval made of it, so memory is bounded. What lies before the day of the start comes
from the history. An interval that somebody watches is also kept up to date trade by trade.
"""

from collections import deque
from decimal import Decimal

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import INTERVALS_MS, Candle
from sansio_exchange.simulation.bars import Bar, flat, group, open_of
from sansio_exchange.simulation.happenings import CandleChanged
from sansio_exchange.simulation.history import History

MAX_CANDLES = 1_500
"""As many as Binance's GET /fapi/v1/klines gives (Binance Open Platform, Kline/Candlestick Data, 2025)."""

MINUTE = INTERVALS_MS["1m"]


class Tier:
    """Closed bars of one length, and the running one as far as closed shorter ones have filled it."""

    def __init__(self, interval: str, most: int) -> None:
        self.length = INTERVALS_MS[interval]
        self.closed: deque[Bar] = deque(maxlen=most)
        self.running: Bar | None = None


class Watch:
    """The running candle of one interval that somebody wants to hear of."""

    def __init__(self, interval: str, bar: Bar) -> None:
        self.interval = interval
        self.bar = bar
        self.watchers = 1
        self.moved = False


class Candles:
    """All candles of one symbol. Whoever drives it calls `turn` at each full minute, before trades of that minute."""

    def __init__(self, symbol: str, tick: Decimal, step: Decimal, start_ms: int, ticks: int, history: History) -> None:
        self._symbol = symbol
        self._tick = tick
        self._step = step
        self.history = history
        # the longest intervals made of each are 5m, 1h, 12h and 1w
        self._tiers = (
            Tier("1m", MAX_CANDLES * 5),
            Tier("15m", MAX_CANDLES * 4),
            Tier("2h", MAX_CANDLES * 6),
            Tier("1d", MAX_CANDLES * 7),
        )
        for bar in history.today:
            self._push(0, bar)
        self._minute = flat(start_ms // MINUTE * MINUTE, ticks)
        self._watched: dict[str, Watch] = {}

    @property
    def last_ticks(self) -> int:
        """Price of the newest trade."""
        return self._minute.close

    def trade(self, ticks: int, steps: int) -> None:
        """Count one trade in."""
        self._minute.trade(ticks, steps)
        for watch in self._watched.values():
            watch.bar.trade(ticks, steps)
            watch.moved = True

    def changes(self) -> list[CandleChanged]:
        """The watched candles that moved since the last call."""
        found = []
        for watch in self._watched.values():
            if watch.moved:
                watch.moved = False
                found.append(self._tell(watch.bar, watch.interval, is_closed=False))
        return found

    def turn(self, now_ms: int) -> list[CandleChanged]:
        """A minute ends at `now_ms`; the watched candles that close with it."""
        last = self._minute.close
        self._push(0, self._minute)
        self._minute = flat(now_ms, last)
        closed = []
        for watch in self._watched.values():
            if open_of(watch.interval, now_ms) == now_ms:
                closed.append(self._tell(watch.bar, watch.interval, is_closed=True))
                watch.bar = flat(now_ms, last)
                watch.moved = False
        return closed

    def watch(self, interval: str) -> None:
        """Tell changes of this interval from now on. Counted: as many `unwatch` end it."""
        watch = self._watched.get(interval)
        if watch is not None:
            watch.watchers += 1
            return
        self._watched[interval] = Watch(interval, self.bars(interval, 1)[-1])

    def unwatch(self, interval: str) -> None:
        watch = self._watched.get(interval)
        if watch is not None:
            watch.watchers -= 1
            if watch.watchers == 0:
                del self._watched[interval]

    def told(self, interval: str, limit: int, start_ms: int, end_ms: int) -> list[tuple[Candle, int, Decimal]]:
        """(candle, trade count, quote volume), oldest first, the running one last."""
        found = []
        for bar in self.bars(interval, limit, start_ms, end_ms):
            is_closed = bar.open_ms + INTERVALS_MS[interval] <= self._minute.open_ms
            change = self._tell(bar, interval, is_closed=is_closed)
            found.append((change.candle, change.trades, change.quote_volume))
        return found

    def bars(self, interval: str, limit: int, start_ms: int = 0, end_ms: int = 0) -> list[Bar]:
        """The newest `limit` bars that open within [start_ms, end_ms]; with `start_ms` the oldest such. 0: no bound."""
        length = INTERVALS_MS.get(interval)
        if length is None:
            raise InvalidRequest("interval", f"must be one of {', '.join(INTERVALS_MS)}")
        limit = min(limit, MAX_CANDLES)
        last = open_of(interval, min(end_ms, self._minute.open_ms) if end_ms else self._minute.open_ms)
        first = last - (limit - 1) * length
        if start_ms:
            first = open_of(interval, start_ms + length - 1)
            last = min(last, first + (limit - 1) * length)
        if limit < 1 or first > last:
            return []
        tier = max(place for place, each in enumerate(self._tiers) if length % each.length == 0)
        return list(group(self._base(tier, first, last + length), interval))

    def _base(self, place: int, first_ms: int, end_ms: int) -> list[Bar]:
        """Bars of one tier that open within [first_ms, end_ms), history and the running one included."""
        tier, today_ms = self._tiers[place], self.history.today_ms
        oldest = tier.closed[0].open_ms if tier.closed else today_ms
        found = []
        if first_ms < today_ms and oldest <= today_ms:
            found = self.history.bars(tier.length, first_ms, min(end_ms, today_ms))
        kept = []
        for bar in reversed(tier.closed):
            if bar.open_ms < first_ms:
                break
            if bar.open_ms < end_ms:
                kept.append(bar)
        found += reversed(kept)
        running = self._running(place)
        if first_ms <= running.open_ms < end_ms:
            found.append(running)
        return found

    def _running(self, place: int) -> Bar:
        """The running bar of a tier: what closed shorter bars gave it and what runs within them."""
        if place == 0:
            return self._minute.moved_to(self._minute.open_ms)
        length = self._tiers[place].length
        joined: Bar | None = None
        for tier in reversed(self._tiers[1 : place + 1]):
            if tier.running is not None:
                if joined is None:
                    joined = tier.running.moved_to(self._minute.open_ms // length * length)
                else:
                    joined.join(tier.running)
        if joined is None:
            return self._minute.moved_to(self._minute.open_ms // length * length)
        joined.join(self._minute)
        return joined

    def _push(self, place: int, bar: Bar) -> None:
        """A bar of one tier is complete; so may be the one above that it belongs to."""
        self._tiers[place].closed.append(bar)
        if place + 1 == len(self._tiers):
            return
        above = self._tiers[place + 1]
        if above.running is None:
            above.running = bar.moved_to(bar.open_ms // above.length * above.length)
        else:
            above.running.join(bar)
        if (bar.open_ms + self._tiers[place].length) % above.length == 0:
            whole, above.running = above.running, None
            self._push(place + 1, whole)

    def _tell(self, bar: Bar, interval: str, *, is_closed: bool) -> CandleChanged:
        return bar.told(self._symbol, interval, self._tick, self._step, is_closed=is_closed)
