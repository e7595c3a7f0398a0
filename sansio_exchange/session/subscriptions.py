"""Which topics are wanted, which the venue has been asked for, who waits to hear that it agreed.

What somebody wants may rest for long, and a socket that carries nothing else shows by no silence that it is dead. The
session may want another topic beside, the companion, which comes and goes with the wishes of others.
"""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import count, islice

from sansio_exchange.commands import Topic
from sansio_exchange.errors import ExchangeError, RateLimited
from sansio_exchange.session.calls import REFUSALS_WAITED_OUT

TOPICS_PER_FRAME = 40
"""Keeps a subscription frame below every venue's size limit (Bitget's 4,096 bytes are the narrowest)."""
FRAME_SPACING = 0.25
"""Seconds between two frames on one socket: Binance ends sockets that send more than 10 messages a second."""
HOUR = 3600.0
ANSWER_WITHIN = 10.0
"""Seconds after which a frame without an answer proves the socket dead."""
ASK_AGAIN_AFTER = 60.0
"""Seconds after which a topic that was refused and is wanted still is asked for again, and after each further refusal
twice as many, up to an hour: the venue may have had a hiccup, or the symbol be gone for good. A socket of which nothing
was agreed to is replaced before that."""

Waiter = Callable[[ExchangeError | None], None]


class _Wish:
    """One topic: how often it is wanted, in which frame it was last asked for, how often it was refused, who waits."""

    __slots__ = ("agreed", "alone", "frame_id", "is_renewed", "refusals", "waited_out", "waiters", "wanted")

    def __init__(self) -> None:
        self.wanted = 0
        self.frame_id = ""
        self.agreed = False
        self.alone = False
        self.is_renewed = False
        """Whether it is being ended only to be asked for again."""
        self.refusals = 0
        """How often it was refused on this socket since it was last agreed, but for the rate."""
        self.waited_out = 0
        """How often for the rate since it was last agreed."""
        self.waiters: list[Waiter] = []


class _Frame:
    """A frame without an answer, or without all of them."""

    __slots__ = ("missing", "sent_at", "topics")

    def __init__(self, topics: tuple[Topic, ...], sent_at: float) -> None:
        self.topics = topics
        self.sent_at = sent_at
        self.missing = 1


class Subscriptions:
    """The topics of one public socket. The owner sends the frames that `next_frame` names, on one connection at most
    `frames_per_hour`; 0 is any number."""

    def __init__(self, role: str, frames_per_hour: int = 0) -> None:
        self._role = role
        self._frames_per_hour = frames_per_hour
        self._sent: deque[float] = deque()
        self.wishes: dict[Topic, _Wish] = {}
        self._to_ask: dict[Topic, None] = {}
        self._to_end: dict[Topic, _Wish] = {}
        self._refused: dict[Topic, float] = {}
        """When (mono) to ask for each again that was refused on this socket and is wanted still."""
        self._frames: dict[str, _Frame] = {}
        self._renewed: dict[Topic, Waiter] = {}
        self._ids = count(1)
        self._next_frame_at = 0.0
        """When (mono), by the spacing of frames."""
        self._paused_until = 0.0
        """Until when the owner has nothing sent, on whatever connection."""
        self._full_until = 0.0
        """Until when this connection takes no more frames."""
        self._waited_out = ""
        """The last frame that was refused for the rate though that had been waited out: it may be refused once more for
        each of its topics."""
        self.companion: Topic | None = None
        """What the session wants while others want anything."""

    def __len__(self) -> int:
        return len(self.wishes)

    def want(self, topic: Topic, waiter: Waiter | None) -> None:
        """Count one more subscriber; `waiter` hears once, as soon as the venue has agreed or refused. Who has none goes
        on wanting what was refused: it is asked for again after a while."""
        wish = self.wishes.get(topic)
        if wish is None:
            wish = self._to_end.pop(topic, None)
            if wish is None:
                wish = _Wish()
                self._to_ask[topic] = None
            self.wishes[topic] = wish  # what was about to be ended stands: asking again would be refused
        wish.wanted += 1
        if wish.agreed:
            _tell(() if waiter is None else (waiter,), None)
            return
        if waiter is not None:
            wish.waiters.append(waiter)
        if wish.frame_id and wish.frame_id not in self._frames and not wish.is_renewed:  # refused here: ask once more
            self._ask_again(topic)

    def accompany(self, companion: Topic) -> None:
        """Want this topic, too, which never rests, for as long as others want any."""
        if self.companion is None:
            self.companion = companion
            self.want(companion, None)

    @property
    def is_accompanied(self) -> bool:
        """Whether the venue has agreed to the companion on this socket."""
        wish = self.wishes.get(self.companion) if self.companion is not None else None
        return wish is not None and wish.agreed

    def is_wanted(self, topic: Topic) -> bool:
        """Whether anybody wants the topic, and not only the session as a companion of others."""
        wish = self.wishes.get(topic)
        return wish is not None and wish.wanted > (topic == self.companion)

    def forget(self, topic: Topic, waiter: Waiter | None = None) -> None:
        """Count one subscriber less; the last one ends the topic. A `waiter` named here hears nothing any more."""
        if not self.is_wanted(topic):
            return
        wish = self.wishes[topic]
        if waiter in wish.waiters:
            wish.waiters.remove(waiter)
        self._forget(topic, wish)
        self._dismiss_companion()

    def _dismiss_companion(self) -> None:
        """Nobody else wants anything: no need for company."""
        companion = self.companion
        if companion is not None and not any(self.is_wanted(topic) for topic in self.wishes):
            self.companion = None
            self._forget(companion, self.wishes[companion])

    def _ask_again(self, topic: Topic) -> None:
        self._refused.pop(topic, None)
        self.wishes[topic].frame_id = ""
        self._to_ask[topic] = None

    def _forget(self, topic: Topic, wish: _Wish) -> None:
        wish.wanted -= 1
        if wish.wanted <= 0:
            del self.wishes[topic]
            self._to_ask.pop(topic, None)
            self._refused.pop(topic, None)
            if wish.frame_id:
                self._to_end[topic] = wish

    def renew(self, topic: Topic, waiter: Waiter) -> None:
        """End a topic that was agreed, and ask for it again; `waiter` hears when the venue has agreed once more."""
        wish = self.wishes.get(topic)
        if wish is not None and wish.agreed:
            wish.agreed, wish.is_renewed = False, True
            self._renewed[topic] = waiter
            self._to_end[topic] = wish

    def anew(self) -> "Subscriptions":
        """The same topics on another socket, of which none has been asked for yet; nobody waits there."""
        other = Subscriptions(self._role, self._frames_per_hour)
        for topic in self.wishes:
            if topic != self.companion or self.is_wanted(topic):
                other.want(topic, lambda _error: None)
                other.wishes[topic].waited_out = self.wishes[topic].waited_out
        if self.companion is not None:
            other.accompany(self.companion)
        return other

    def take_over(self, before: "Subscriptions") -> None:
        """From now on these are the subscriptions: who wants and who waits is as it was with `before`."""
        self.companion = None
        for topic in [topic for topic in self.wishes if topic not in before.wishes]:
            self.wishes[topic].wanted = 1
            self.forget(topic)
        for topic, wish in before.wishes.items():
            if topic not in self.wishes:
                self.want(topic, lambda _error: None)
            mine = self.wishes[topic]
            mine.wanted, mine.waiters = wish.wanted, wish.waiters
            if mine.agreed:
                waiters, mine.waiters = mine.waiters, []
                _tell(waiters, None)
        self.companion = before.companion

    @property
    def is_settled(self) -> bool:
        """Whether the venue has answered for all that is wanted."""
        return not self._to_ask and not self._frames

    @property
    def has_agreed(self) -> bool:
        """Whether the venue has agreed to something, of which news may be expected."""
        return any(wish.agreed for wish in self.wishes.values())

    def disconnected(self) -> None:
        """The socket is gone and with it all that was agreed; whoever waits goes on waiting. How often a topic was
        refused for the rate is remembered."""
        self._sent.clear()
        self._full_until = 0.0
        self._renewed.clear()
        self._frames.clear()
        self._to_end.clear()
        self._refused.clear()
        self._to_ask = dict.fromkeys(self.wishes)
        for wish in self.wishes.values():
            wish.frame_id, wish.agreed, wish.alone, wish.is_renewed = "", False, False, False
            wish.refusals = 0

    def pause(self, until: float) -> None:
        """Nothing is to be sent before (mono)."""
        self._paused_until = max(self._paused_until, until)

    def may_ask(self, mono: float) -> bool:
        """Whether something is wanted, and may be asked for now."""
        return bool(self.wishes) and mono >= self._paused_until

    def is_waited_out(self, frame_id: str) -> bool:
        """Whether all that this frame asks for was refused for the rate often enough."""
        frame = self._frames.get(frame_id)
        topics = () if frame is None else frame.topics
        wishes = [self.wishes[topic] for topic in topics if topic in self.wishes]
        if wishes and all(wish.waited_out >= REFUSALS_WAITED_OUT for wish in wishes):
            self._waited_out = frame_id
        return frame_id == self._waited_out

    def next_frame(self, mono: float) -> tuple[str, bool, tuple[Topic, ...]] | None:
        """(frame id, subscribe or unsubscribe, topics) to be sent now, or None. Counts as sent."""
        for topic in [topic for topic, at in self._refused.items() if mono >= at]:
            self._ask_again(topic)
        if mono < self._may_send_at():
            return None
        subscribe = bool(self._to_ask)
        topics = self._together() if subscribe else tuple(islice(self._to_end, TOPICS_PER_FRAME))
        if not topics:
            return None
        while self._sent and self._sent[0] <= mono - HOUR:
            self._sent.popleft()
        if self._frames_per_hour and len(self._sent) >= self._frames_per_hour:
            self._full_until = self._sent[0] + HOUR
            return None
        self._sent.append(mono)
        frame_id = f"{self._role}-{next(self._ids)}"
        self._frames[frame_id] = _Frame(topics, mono)
        self._next_frame_at = mono + FRAME_SPACING
        for topic in topics:
            if subscribe:
                del self._to_ask[topic]
                self.wishes[topic].frame_id = frame_id
            else:
                del self._to_end[topic]
        return frame_id, subscribe, topics

    def _may_send_at(self) -> float:
        return max(self._next_frame_at, self._paused_until, self._full_until)

    def _together(self) -> tuple[Topic, ...]:
        first = next(iter(self._to_ask))
        if self.wishes[first].alone:
            return (first,)
        return tuple(islice((topic for topic in self._to_ask if not self.wishes[topic].alone), TOPICS_PER_FRAME))

    def expect(self, frame_id: str, answers: int) -> None:
        """The venue answers that frame, which has just been sent, so many times; a refusal ends it at once."""
        self._frames[frame_id].missing = answers

    def deadline(self) -> float | None:
        """When the next frame may be sent, an answer is overdue or a refused topic is asked for again, whichever comes
        first, or None where nothing waits."""
        if self._to_ask or self._to_end:
            return self._may_send_at()
        answer_by = self._answer_by()
        return min([*self._refused.values(), *([] if answer_by is None else [answer_by])], default=None)

    def overdue(self, mono: float) -> bool:
        """Whether a frame has not been answered in time."""
        answer_by = self._answer_by()
        return answer_by is not None and mono >= answer_by

    def _answer_by(self) -> float | None:
        frame = next(iter(self._frames.values()), None)
        return None if frame is None else frame.sent_at + ANSWER_WITHIN

    def acknowledged(self, frame_id: str, error: ExchangeError | None, *, stands: bool = False) -> tuple[Topic, ...]:
        """The venue answered a frame. Returns the topics that it refused though nobody waits to hear that.

        `stands` is a refusal because the topic is subscribed already, which is what was asked for. A refused topic is
        wanted no more by who waits for the answer; where others want it still, it is asked for again after a while.
        Topics refused together are asked for one by one, so that one that the venue does not have costs no other; those
        refused for the rate a few times more as they are, after the owner's pause.
        """
        frame = self._frames.get(frame_id)
        if frame is None:
            return ()
        frame.missing -= 1
        if frame.missing > 0 and error is None:
            return ()
        del self._frames[frame_id]
        if stands and len(frame.topics) == 1:
            error = None
        refused = []
        for topic in frame.topics:
            wish = self.wishes.get(topic)
            if wish is not None and wish.is_renewed and wish.frame_id != frame_id:
                wish.frame_id, wish.is_renewed = "", False
                self._to_ask[topic] = None
                continue
            if wish is None or wish.frame_id != frame_id:
                ended = self._to_end.get(topic)
                if ended is not None and ended.frame_id == frame_id:
                    ended.agreed = error is None
                continue
            if isinstance(error, RateLimited) and wish.waited_out < REFUSALS_WAITED_OUT:
                wish.waited_out += 1
                self._ask_again(topic)
                continue
            if error is not None and len(frame.topics) > 1:
                wish.alone = True
                self._ask_again(topic)
                continue
            waiters, wish.waiters = wish.waiters, []
            wish.agreed = error is None
            wish.refusals += 1
            if error is None:
                wish.refusals = wish.waited_out = 0
            _tell((self._renewed.pop(topic),) if topic in self._renewed else (), error)
            if error is not None:
                wish.wanted -= len(waiters)
                if wish.wanted <= 0:
                    del self.wishes[topic]
                else:
                    pause = min(HOUR, ASK_AGAIN_AFTER * 2.0 ** min(wish.refusals - 1, 6))
                    self._refused[topic] = frame.sent_at + pause
                    refused.append(topic)
            _tell(waiters, error)
        self._dismiss_companion()
        return tuple(refused)


def _tell(waiters: Iterable[Waiter], error: ExchangeError | None) -> None:
    for waiter in waiters:
        waiter(error)
