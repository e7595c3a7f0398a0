"""What two sockets say that carry the same market data for a moment: one that will end, and its successor.

One of them is ahead, nobody knows which. While both live the old one is told and what the successor says is held; when
it takes over, what it said beyond that is told. From then on both are heard for a while, and what is older than what
was told is not. So prices neither come double nor go backwards, and the newest one is known.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange

MarketEvent = PriceChange | BookTicker | Candle | FundingRate

HELD = 10_000
"""Events of a successor that are kept at most: those of its last seconds, of all topics."""


class Overlap:
    """Begins with a successor, ends a while after it has taken over. One that is succeeded itself meanwhile shares it
    with the third: there is one story of what was told. Bounded by HELD and the number of topics.

    `newest` are the newest prices that were told before, by symbol: some venues begin a subscription with them.
    """

    def __init__(self, newest: Mapping[str, PriceChange]) -> None:
        self._newest = newest
        self.until = 0.0
        """When (mono) the one before has been heard out; 0 before a successor took over."""
        self._told: dict[tuple[Any, ...], list[MarketEvent]] = {}
        """By topic: those of the newest age."""
        self._held: deque[MarketEvent] = deque(maxlen=HELD)
        self._is_taken_over = False

    def hold(self, event: MarketEvent) -> None:
        """The successor says it and has not taken over."""
        self._held.append(event)

    def is_to_be_told(self, event: MarketEvent) -> bool:
        """The present one says it, or one that was succeeded."""
        if self._is_taken_over and not self._is_news(event):
            return False
        self._note(event)
        return True

    def take_over(self) -> list[MarketEvent]:
        """The successor is the present one from now on: what it said that is to be told, oldest first."""
        self._is_taken_over = True
        held = list(self._held)
        self._held.clear()
        return [event for event in held if self.is_to_be_told(event)]

    def forget_held(self) -> None:
        """The successor is given up."""
        self._held.clear()

    def _note(self, event: MarketEvent) -> None:
        topic = _topic(event)
        newest = self._told.get(topic)
        if newest is None or _age(event) > _age(newest[0]):
            self._told[topic] = [event]
        elif _age(event) == _age(newest[0]):
            newest.append(event)

    def _is_news(self, event: MarketEvent) -> bool:
        newest = self._told.get(_topic(event))
        if newest is None and isinstance(event, PriceChange) and event.symbol in self._newest:
            newest = [self._newest[event.symbol]]
        if newest is None or _age(event) > _age(newest[0]):
            return True
        return _age(event) == _age(newest[0]) and event not in newest


def _topic(event: MarketEvent) -> tuple[Any, ...]:
    return type(event), event.symbol, event.interval if isinstance(event, Candle) else ""


def _age(event: MarketEvent) -> tuple[Any, ...]:
    """Grows with the time that the event is of. A candle grows until it is closed."""
    match event:
        case PriceChange():
            return event.time_ms, event.sequence
        case Candle():
            return event.open_ms, event.is_closed, event.volume
        case _:
            return (event.time_ms,)
