"""What was heard of each symbol's public channels, and so what is news.

Bitget answers a subscription with a snapshot of what was (the latest trades, the candles before), which after a
reconnect repeats what has been told; its candles carry no closed flag; and its tickers come three times a second for
every change of anything. All is decided by the messages and their own times: the same messages always say the same.
"""

from collections.abc import Iterable, Sequence

from sansio_exchange.candle_ends import CandleEnds
from sansio_exchange.commands import Topic
from sansio_exchange.market import INTERVALS_MS, Candle, FundingRate, PriceChange

SETTLED_AFTER_MS = 1_000
"""Candles are pushed once a second: one that is still the newest in a message so long after its end has changed for the
last time. Before that a trade of its last moment may be missing in it ("Candlestick Channel")."""
SPACING_MS = 1_000
"""Between two statements of funding that only the mark price makes: once a second, as on other venues."""


class Heard:
    """Bounded by the number of symbols and intervals."""

    def __init__(self) -> None:
        self._trades: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._candles = CandleEnds()
        self._funding: dict[str, FundingRate] = {}

    def interrupted(self) -> None:
        """The socket is a new one: how a candle went on meanwhile has not been heard."""
        self._candles.begin_anew()

    def forget(self, topic: Topic) -> None:
        """Nobody listens to it any more; who listens again begins with the present."""
        if topic.kind == "price":
            self._trades.pop(topic.symbol, None)
        elif topic.kind == "kline":
            self._candles.forget(topic.symbol, topic.interval)
        elif topic.kind == "funding":
            self._funding.pop(topic.symbol, None)

    def trades(self, symbol: str, trades: Iterable[tuple[str, PriceChange]]) -> list[PriceChange]:
        """Those that were not told yet; `trades` are oldest first, each with its id. At first the newest alone."""
        told: list[PriceChange] = []
        known = self._trades.get(symbol)
        newest, ids = known if known is not None else (0, ())
        for trade_id, trade in trades:
            if trade.time_ms < newest or (trade.time_ms == newest and trade_id in ids):
                continue
            ids = (*ids, trade_id) if trade.time_ms == newest else (trade_id,)
            newest = trade.time_ms
            told.append(trade)
        if told:
            self._trades[symbol] = newest, ids
        return told if known is not None else told[-1:]

    def candles(self, rows: Sequence[Candle], time_ms: int) -> list[Candle]:
        """What is news in a message of that time; `rows` are of one topic, oldest first and said to be running.

        None says that it is closed: it is when its successor has begun, or when its time is over for a while. Each is
        told as closed once, in the last shape in which it came.
        """
        if not rows:
            return []
        newest = rows[-1]
        ends = INTERVALS_MS[newest.interval] + SETTLED_AFTER_MS
        told: list[Candle] = []
        for row in rows if self._candles.knows(newest.symbol, newest.interval) else (newest,):
            is_over = row.open_ms < newest.open_ms or time_ms >= row.open_ms + ends
            told += self._candles.on_candle(row, is_over=is_over)
        return told

    def funding(self, said: FundingRate) -> FundingRate | None:
        """None where nothing changed but the mark price, and that was told a moment ago."""
        last = self._funding.get(said.symbol)
        if (
            last is not None
            and last.rate == said.rate
            and last.next_funding_ms == said.next_funding_ms
            and said.time_ms < last.time_ms + SPACING_MS
        ):
            return None
        self._funding[said.symbol] = said
        return said
