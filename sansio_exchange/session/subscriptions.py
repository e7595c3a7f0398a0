"""Which topics are wanted, which the venue has been asked for, who waits to hear that it agreed."""

from collections.abc import Callable, Iterable
from itertools import count

from sansio_exchange.commands import Topic
from sansio_exchange.errors import ExchangeError

TOPICS_PER_FRAME = 100
"""Keeps a subscription frame below every venue's size limit (Bybit's 21,000 characters are the narrowest)."""
FRAME_SPACING = 0.25
"""Seconds between two frames on one socket: Binance ends sockets that send more than 10 messages a second."""

Waiter = Callable[[ExchangeError | None], None]


class _Wish:
    """One topic: how often it is wanted, in which frame it was last asked for, who waits."""

    __slots__ = ("agreed", "frame_id", "waiters", "wanted")

    def __init__(self) -> None:
        self.wanted = 0
        self.frame_id = ""
        self.agreed = False
        self.waiters: list[Waiter] = []


class Subscriptions:
    """The topics of one public socket. The owner sends the frames that `next_frame` names."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._wishes: dict[Topic, _Wish] = {}
        self._unwanted: list[Topic] = []
        self._frames: dict[str, tuple[Topic, ...]] = {}
        self._ids = count(1)
        self._next_frame_at = 0.0

    def __len__(self) -> int:
        return len(self._wishes)

    def want(self, topic: Topic, waiter: Waiter) -> None:
        """Count one more subscriber; `waiter` hears once, as soon as the venue has agreed or refused."""
        wish = self._wishes.setdefault(topic, _Wish())
        wish.wanted += 1
        if wish.agreed:
            waiter(None)
        else:
            wish.waiters.append(waiter)

    def forget(self, topic: Topic) -> None:
        """Count one subscriber less; the last one ends the topic."""
        wish = self._wishes.get(topic)
        if wish is None:
            return
        wish.wanted -= 1
        if wish.wanted <= 0:
            del self._wishes[topic]
            if wish.frame_id:
                self._unwanted.append(topic)

    def disconnected(self) -> None:
        """The socket is gone and with it all that was agreed; whoever waits goes on waiting."""
        self._frames.clear()
        self._unwanted.clear()
        for wish in self._wishes.values():
            wish.frame_id, wish.agreed = "", False

    def next_frame(self, mono: float) -> tuple[str, bool, tuple[Topic, ...]] | None:
        """(frame id, subscribe or unsubscribe, topics) to be sent now, or None. Counts as sent."""
        if mono < self._next_frame_at:
            return None
        subscribe = True
        topics = tuple(self._first(topic for topic, wish in self._wishes.items() if not wish.frame_id))
        if not topics:
            subscribe = False
            self._unwanted = [topic for topic in self._unwanted if topic not in self._wishes]
            topics = tuple(self._first(self._unwanted))
            del self._unwanted[: len(topics)]
        if not topics:
            return None
        frame_id = f"{self._role}-{next(self._ids)}"
        self._frames[frame_id] = topics
        self._next_frame_at = mono + FRAME_SPACING
        if subscribe:
            for topic in topics:
                self._wishes[topic].frame_id = frame_id
        return frame_id, subscribe, topics

    def deadline(self) -> float | None:
        """When the next frame may be sent, or None where none waits."""
        if self._unwanted or any(not wish.frame_id for wish in self._wishes.values()):
            return self._next_frame_at
        return None

    def acknowledged(self, frame_id: str, error: ExchangeError | None) -> bool:
        """The venue answered a frame. Returns whether it was one of these. A refused topic is wanted no more."""
        topics = self._frames.pop(frame_id, None)
        if topics is None:
            return False
        for topic in topics:
            wish = self._wishes.get(topic)
            if wish is None or wish.frame_id != frame_id:
                continue
            waiters, wish.waiters = wish.waiters, []
            if error is None:
                wish.agreed = True
            else:
                del self._wishes[topic]
            for waiter in waiters:
                waiter(error)
        return True

    @staticmethod
    def _first(topics: Iterable[Topic]) -> list[Topic]:
        chosen: list[Topic] = []
        for topic in topics:
            chosen.append(topic)
            if len(chosen) == TOPICS_PER_FRAME:
                break
        return chosen
