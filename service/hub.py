"""The fan-out: one upstream subscription per topic, however many clients; each event encoded once.

`publish` is called by the driver, synchronously, for every event. Clients come and go by `Hub.outbox` and `subscribe`;
the first of a topic has it subscribed at the venue, the last one's leaving unsubscribes it. One task per topic makes
the venue's side agree with what is wanted, so a client that comes while the last one's unsubscribe is under way waits
for the new subscription.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from anyio.abc import TaskGroup
from grpclib.server import Stream

from sansio_exchange.account import Account, Position
from sansio_exchange.commands import Subscribe, Topic, Unsubscribe
from sansio_exchange.errors import ExchangeError
from sansio_exchange.machine import Event
from sansio_exchange.market import Candle, FundingRate, PriceChange
from sansio_exchange.orders import OrderUpdate
from service import encode
from service.ask import Ask
from service.outbox import MOST, Counters, Flusher, Item, Outbox

AFTER_RESTART = 60.0
"""Seconds after a restart for which clients come back, and are told what happened to orders meanwhile."""
TOLD_LATELY = 60.0
"""Seconds for which what was told of account and positions counts more than a venue's answer, which may be older than
it looks: lists lag behind the matching engine."""
KINDS = ("price", "kline", "funding", "orders", "account", "positions")
"""Kinds of stream; the first three are topics."""

_log = logging.getLogger("service.hub")


class _Feed:
    """One topic: who wants it, and what the venue has been told."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.outboxes: dict[Outbox, None] = {}
        self.joining: dict[Outbox, _Joining] = {}
        self.is_subscribed = False
        self.is_settling = False
        self.last: Item | None = None
        self.closed_ms = -1
        """When the newest closed candle opened."""


class _Joining:
    """A client waits for the venue's answer."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.error: ExchangeError | None = None

    def answer(self, error: ExchangeError | None) -> None:
        self.error = error
        self.answered.set()


class Hub:
    """`exchange` is the venue's name in messages; `backlog` bounds what waits for one slow client: messages that are
    never dropped, and keys of those that conflate. `is_restart`: clients of the process before are coming back."""

    def __init__(
        self,
        ask: Ask,
        tasks: TaskGroup,
        *,
        exchange: str,
        backlog: int,
        conflated_backlog: int,
        is_restart: bool = False,
    ) -> None:
        self.counters = {kind: Counters() for kind in KINDS}
        self._ask = ask
        self._tasks = tasks
        self._exchange = exchange
        self._limits = {kind: conflated_backlog if kind in KINDS[:3] else backlog for kind in KINDS}
        self._flusher = Flusher()
        self._outboxes: dict[Outbox, None] = {}
        self._feeds: dict[Topic, _Feed] = {}
        self._prices: dict[str, _Feed] = {}
        self._candles: dict[tuple[str, str], _Feed] = {}
        self._funding: dict[str, _Feed] = {}
        self._orders: dict[Outbox, None] = {}
        self._after_restart: deque[Item] | None = deque(maxlen=MOST * backlog) if is_restart else None
        """All order updates that one stream can be told at once, until every client had the time to come back."""
        self._numbers = count()
        self._accounts: dict[Outbox, None] = {}
        self._positions: dict[Outbox, str] = {}
        self._told_account: tuple[float, Account] | None = None
        """What was told last, and when."""
        self._told_positions: dict[str, tuple[float, Position]] = {}
        """Likewise by symbol, those that were closed as well."""
        self._loop = asyncio.get_running_loop()
        self._routes: dict[type, Callable[[Any], None]] = {
            PriceChange: self._publish_price,
            Candle: self._publish_candle,
            FundingRate: self._publish_funding,
            OrderUpdate: self._publish_order,
            Account: self._publish_account,
            Position: self._publish_position,
        }

    # --- events -----------------------------------------------------------------------------------------------

    def publish(self, event: Event) -> None:
        """Hand `event` to whoever subscribed to it. Never waits."""
        route = self._routes.get(type(event))
        if route is not None:
            route(event)

    def route(self, kind: type, receive: Callable[[Any], None]) -> None:
        """Have events that no stream carries (the session's state, lost connections) handed to `receive`."""
        self._routes[kind] = receive

    def _publish_price(self, event: PriceChange) -> None:
        feed = self._prices.get(event.symbol)
        if feed is not None:
            feed.last = item = self.price_item(event)
            for outbox in feed.outboxes:
                outbox.offer(item)

    def _publish_candle(self, event: Candle) -> None:
        feed = self._candles.get((event.symbol, event.interval))
        if feed is None or event.open_ms <= feed.closed_ms:  # a closed candle goes out once, and never changes
            return
        if event.is_closed:
            feed.closed_ms = event.open_ms
        item = (event.symbol, encode.framed(encode.candle(event)), event.is_closed)
        feed.last = None if event.is_closed else item
        for outbox in feed.outboxes:
            outbox.offer(item)

    def _publish_funding(self, event: FundingRate) -> None:
        feed = self._funding.get(event.symbol)
        if feed is not None:
            feed.last = item = self.funding_item(event)
            for outbox in feed.outboxes:
                outbox.offer(item)

    def _publish_order(self, event: OrderUpdate) -> None:
        if self._orders or self._after_restart is not None:
            frame = encode.framed(encode.order_update(event, self._exchange))
            item = (event.order.symbol, frame, True)
            if self._after_restart is not None:
                self._after_restart.append(
                    (next(self._numbers), frame, True)
                )  # no later update of the symbol makes it old
            for outbox in self._orders:
                outbox.offer(item)

    def _publish_account(self, event: Account) -> None:
        self._told_account = self._loop.time(), event
        if self._accounts:
            item = self.account_item(event)
            for outbox in self._accounts:
                outbox.offer(item)

    def _publish_position(self, event: Position) -> None:
        self._told_positions[event.symbol] = self._loop.time(), event
        if self._positions:
            item = self.position_item(event)
            for outbox, symbol in self._positions.items():
                if not symbol or symbol == event.symbol:
                    outbox.offer(item)

    def serving(self) -> None:
        """From now on clients can subscribe."""
        self._loop.call_later(AFTER_RESTART, self._forget_restart)

    def _forget_restart(self) -> None:
        self._after_restart = None

    def order_items(self) -> Iterable[Item]:
        """What a new stream of orders begins with: after a restart, what happened since the process before."""
        return tuple(self._after_restart or ())

    def price_item(self, event: PriceChange) -> Item:
        return (event.symbol, encode.framed(encode.price_change(event, self._exchange)), False)

    def funding_item(self, event: FundingRate) -> Item:
        return (event.symbol, encode.framed(encode.funding_update(event, self._exchange)), False)

    def account_item(self, event: Account) -> Item:
        return ("account", encode.framed(encode.whole_account(event)), True)

    def position_item(self, event: Position) -> Item:
        return (event.symbol, encode.framed(encode.position(event)), True)

    def present_account(self, asked: Account) -> Item:
        """What a new stream of the account begins with: the venue's answer, unless others were told of it lately."""
        if self._told_account is not None:
            told_at, told = self._told_account
            if self._loop.time() < told_at + TOLD_LATELY:
                return self.account_item(told)
        return self.account_item(asked)

    def present_positions(self, asked: Iterable[Position], symbol: str) -> list[Item]:
        """What a new stream of positions, or of that of `symbol`, begins with: the venue's answer; but what others were
        told lately where that differs, and the answer has no newer date. Where both say the same, the answer knows the
        newer mark price and profit."""
        present = {position.symbol: position for position in asked}
        for told_at, told in self._told_positions.values():
            if symbol not in ("", told.symbol) or self._loop.time() >= told_at + TOLD_LATELY:
                continue
            known = present.get(told.symbol)
            if known is None or (known.update_ms <= told.update_ms and not known.is_same(told)):
                present[told.symbol] = told
        return [self.position_item(position) for position in present.values() if position.size]

    # --- clients ----------------------------------------------------------------------------------------------

    @contextmanager
    def outbox(self, stream: Stream[Any, Any], kind: str, symbol: str = "") -> Iterator[Outbox]:
        """A new client stream of `kind`, registered until the block is left; `symbol` filters positions.

        Orders, account and positions are received from now on; the other kinds need `subscribe`.
        """
        outbox = Outbox(stream, self._flusher, self.counters[kind], limit=self._limits[kind])
        self._outboxes[outbox] = None
        match kind:
            case "orders":
                self._orders[outbox] = None
            case "account":
                self._accounts[outbox] = None
            case "positions":
                self._positions[outbox] = symbol
        try:
            with outbox:
                yield outbox
        finally:
            self._leave(outbox)

    async def subscribe(self, outbox: Outbox, topics: list[Topic]) -> list[Item]:
        """Let `outbox` receive `topics`, and return what was last published of each, where anything was.

        Raises the ExchangeError with which the venue refused one of them.
        """
        joinings: list[_Joining] = []
        for topic in topics:
            feed = self._feeds.get(topic)
            if feed is None:
                feed = self._feeds[topic] = self._index(topic)[self._index_key(topic)] = _Feed(topic)
            feed.outboxes[outbox] = None
            if not feed.is_subscribed or feed.is_settling:
                joining = feed.joining[outbox] = _Joining()
                joinings.append(joining)
                self._settle(feed)
        for joining in joinings:
            await joining.answered.wait()
            if joining.error is not None:
                raise joining.error
        return [feed.last for topic in topics if (feed := self._feeds[topic]).last is not None]

    def close(self, error: Exception) -> None:
        """End every stream with `error`, after what is pending for it."""
        self._flusher.flush()
        for outbox in self._outboxes:
            outbox.fail(error)

    def streams(self) -> int:
        """How many streams are open."""
        return len(self._outboxes)

    def _leave(self, outbox: Outbox) -> None:
        self._outboxes.pop(outbox, None)
        self._orders.pop(outbox, None)
        self._accounts.pop(outbox, None)
        self._positions.pop(outbox, None)
        for feed in list(self._feeds.values()):
            if outbox in feed.outboxes:
                del feed.outboxes[outbox]
                feed.joining.pop(outbox, None)
                if not feed.outboxes:
                    self._settle(feed)

    # --- the venue's side -------------------------------------------------------------------------------------

    def _settle(self, feed: _Feed) -> None:
        if not feed.is_settling:
            feed.is_settling = True
            self._tasks.start_soon(self._agree, feed)

    async def _agree(self, feed: _Feed) -> None:
        """Subscribe or unsubscribe until the venue has been told what is wanted now."""
        while feed.is_subscribed != bool(feed.outboxes):
            if feed.outboxes:
                error = await self._subscribe_upstream(feed)
                feed.is_subscribed = error is None
                for outbox, joining in feed.joining.items():
                    joining.answer(error)
                    if error is not None:
                        feed.outboxes.pop(outbox, None)
                feed.joining.clear()
            else:
                await self._unsubscribe_upstream(feed)
                feed.is_subscribed = False
        for joining in feed.joining.values():  # the last client left and another came before anything was done
            joining.answer(None)
        feed.joining.clear()
        feed.is_settling = False
        if not feed.is_subscribed:
            del self._feeds[feed.topic]
            del self._index(feed.topic)[self._index_key(feed.topic)]

    async def _subscribe_upstream(self, feed: _Feed) -> ExchangeError | None:
        try:
            await self._ask(Subscribe(feed.topic))
        except ExchangeError as error:
            return error
        return None

    async def _unsubscribe_upstream(self, feed: _Feed) -> None:
        feed.last = None
        feed.closed_ms = -1
        try:
            await self._ask(Unsubscribe(feed.topic))
        except ExchangeError as error:
            _log.warning("could not unsubscribe %s: %s", feed.topic, error)

    def _index(self, topic: Topic) -> dict[Any, _Feed]:
        indexes: dict[str, dict[Any, _Feed]] = {
            "price": self._prices,
            "kline": self._candles,
            "funding": self._funding,
        }
        return indexes[topic.kind]

    @staticmethod
    def _index_key(topic: Topic) -> Any:
        return (topic.symbol, topic.interval) if topic.kind == "kline" else topic.symbol
