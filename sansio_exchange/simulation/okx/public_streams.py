"""Public channels: trades, tickers, books, candles, mark prices, funding rates, open interest.

Source: OKX API guide, "Order Book Trading" / "Market Data" and "Public Data", read in November 2026. Trades, best
prices and mark prices go out as they happen; the others at their documented pace, and only while somebody reads them.
The books channel begins with a snapshot; its checksum is gone (change log, "Delist initial snapshot and checksum
field", 2026).
"""

from collections.abc import Sequence
from functools import partial

from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import BookChanged, CandleChanged, MarkChanged, Traded
from sansio_exchange.simulation.okx.listing import Listing, Listings
from sansio_exchange.simulation.okx.market_data import (
    BARS,
    MAX_BOOK,
    MarketData,
    candle_row,
    index_row,
    mark_row,
    trade_row,
)
from sansio_exchange.simulation.okx.sockets import Message, Sockets
from sansio_exchange.simulation.okx.topics import Topic
from sansio_exchange.simulation.pacing import Pacing
from sansio_exchange.simulation.wire import VenueEffect

TICKER_MS = 100
BOOK_MS = 100
CANDLE_MS = 1_000
INTEREST_MS = 3_000
FUNDING_MS = 60_000
"""Documented as 30 to 90 seconds."""
BAR_OF = {interval: bar for bar, interval in BARS.items()}


class PublicStreams:
    """Turns happenings and the passing of time into messages."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        listings: Listings,
        books: Books,
        market: MarketData,
        sockets: Sockets,
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._books = books
        self._market = market
        self._sockets = sockets
        self._pacing = Pacing()
        self._families = {each.family: each for each in listings}
        self._levels: dict[Topic, tuple[object, object]] = {}
        """What each books5 topic said last."""

    @property
    def next_due_ms(self) -> int | None:
        return self._pacing.next_due_ms

    # subscriptions

    def started(self, topic: Topic, now_ms: int) -> None:
        """The first reader came."""
        listing = self._listings.get(topic.inst_id)
        if listing is None:
            return
        if topic.channel.startswith("candle"):
            self._exchange.watch_candles(listing.symbol, _interval(topic))
        elif topic.channel == "books":
            self._books.follow(listing.symbol, topic)
            self._pacing.every(topic, BOOK_MS, partial(self._send_changes, topic, listing), now_ms)
        elif topic.channel == "books5":
            self._pacing.every(topic, BOOK_MS, partial(self._send_levels, topic, listing), now_ms)
        elif topic.channel == "open-interest":
            self._pacing.every(topic, INTEREST_MS, partial(self._send_greeting, topic), now_ms)
        elif topic.channel == "funding-rate":
            self._pacing.every(topic, FUNDING_MS, partial(self._send_greeting, topic), now_ms)

    def stopped(self, topic: Topic) -> None:
        """The last reader went."""
        self._pacing.stop(topic)
        self._levels.pop(topic, None)
        listing = self._listings.get(topic.inst_id)
        if listing is None:
            return
        if topic.channel.startswith("candle"):
            self._exchange.unwatch_candles(listing.symbol, _interval(topic))
        elif topic.channel == "books":
            self._books.unfollow(listing.symbol, topic)

    def joining(self, topic: Topic, now_ms: int, out: list[VenueEffect]) -> None:
        """One more reader comes: the others hear now what the snapshot that it gets contains."""
        listing = self._listings.get(topic.inst_id)
        if topic.channel == "books" and listing is not None and self._sockets.has(topic):
            self._send_changes(topic, listing, now_ms, out)

    def greetings(self, topic: Topic, now_ms: int) -> Sequence[Message]:
        """How things stand, for a new reader. Trades have no such message."""
        market = self._market
        if topic.channel == "index-tickers":
            listing = self._families[topic.inst_id]
            return [{"data": [index_row(self._exchange.mark(listing.symbol), listing)]}]
        found = self._listings.get(topic.inst_id)
        if found is None:
            return []
        match topic.channel:
            case "tickers":
                row: object = market.ticker_row(found, now_ms)
            case "bbo-tbt":
                row = market.book_row(found, 1, now_ms)
            case "books5":
                row = self._five(found, now_ms)
            case "books":
                number = self._books.said(found.symbol, topic)
                row = market.book_row(found, MAX_BOOK, now_ms) | {"prevSeqId": -1, "seqId": number}
                return [{"action": "snapshot", "data": [row]}]
            case "mark-price":
                row = mark_row(self._exchange.mark(found.symbol), found)
            case "funding-rate":
                row = market.funding_row(found, now_ms)
            case "open-interest":
                row = market.interest_row(found, now_ms)
            case channel if channel.startswith("candle"):
                row = market.newest_candle(found, _interval(topic))
            case _:
                return []
        return [{"data": [row]}]

    # time

    def on_time(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Send what is due."""
        self._pacing.on_time(now_ms, out)

    # happenings

    def on_trade(self, trade: Traded, now_ms: int, out: list[VenueEffect]) -> None:
        listing = self._listings.of(trade.symbol)
        topic = Topic("trades", inst_id=listing.inst_id)
        if self._sockets.has(topic):
            row = trade_row(trade, listing) | {"count": "1"}
            self._sockets.publish(topic, {"data": [row]}, now_ms, out)
        self._plan_ticker(listing, now_ms, out)

    def on_book(self, change: BookChanged, now_ms: int, out: list[VenueEffect]) -> None:
        listing = self._listings.of(change.symbol)
        number = self._books.bump(change.symbol)
        topic = Topic("bbo-tbt", inst_id=listing.inst_id)
        if self._sockets.has(topic):
            asks = [(change.ask, change.ask_quantity)] if change.ask_quantity else []
            bids = [(change.bid, change.bid_quantity)] if change.bid_quantity else []
            row = {
                "asks": listing.levels(asks),
                "bids": listing.levels(bids),
                "seqId": number,
                "ts": str(change.time_ms),
            }
            self._sockets.publish(topic, {"data": [row]}, now_ms, out)
        self._plan_ticker(listing, now_ms, out)

    def on_mark(self, mark: MarkChanged, now_ms: int, out: list[VenueEffect]) -> None:
        listing = self._listings.of(mark.symbol)
        topic = Topic("mark-price", inst_id=listing.inst_id)
        self._sockets.publish(topic, {"data": [mark_row(mark, listing)]}, now_ms, out)
        topic = Topic("index-tickers", inst_id=listing.family)
        self._sockets.publish(topic, {"data": [index_row(mark, listing)]}, now_ms, out)

    def on_candle(self, change: CandleChanged, now_ms: int, out: list[VenueEffect]) -> None:
        candle = change.candle
        bar = BAR_OF.get(candle.interval)
        listing = self._listings.of(candle.symbol)
        topic = Topic(f"candle{bar}", inst_id=listing.inst_id)
        if bar is None or not self._sockets.has(topic):
            return
        row = candle_row(candle, change.quote_volume, listing)
        emit = partial(self._send, topic, {"data": [row]})
        # The end of a candle always goes out: what is held back is never replaced by another candle.
        if candle.is_closed:
            self._pacing.at_once(topic, emit, now_ms, out)
        else:
            self._pacing.at_most_every(topic, CANDLE_MS, emit, now_ms, out)

    def end_of_batch(self, now_ms: int, out: list[VenueEffect]) -> None:
        """No channel speaks of all symbols at once."""

    # messages

    def _plan_ticker(self, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        topic = Topic("tickers", inst_id=listing.inst_id)
        if self._sockets.has(topic):
            self._pacing.at_most_every(topic, TICKER_MS, partial(self._send_greeting, topic), now_ms, out)

    def _send(self, topic: Topic, body: Message, now_ms: int, out: list[VenueEffect]) -> None:
        self._sockets.publish(topic, body, now_ms, out)

    def _send_greeting(self, topic: Topic, now_ms: int, out: list[VenueEffect]) -> None:
        for message in self.greetings(topic, now_ms):
            self._sockets.publish(topic, message, now_ms, out)

    def _five(self, listing: Listing, now_ms: int) -> dict[str, object]:
        return self._market.book_row(listing, 5, now_ms) | {"instId": listing.inst_id}

    def _send_levels(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        row = self._five(listing, now_ms)
        levels = (row["bids"], row["asks"])
        if levels != self._levels.get(topic):
            self._levels[topic] = levels
            self._sockets.publish(topic, {"data": [row]}, now_ms, out)

    def _send_changes(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        change = self._books.changes(listing.symbol, topic)
        if change is None:
            return
        row = {
            "asks": listing.levels(change.asks),
            "bids": listing.levels(change.bids),
            "prevSeqId": change.previous_id,
            "seqId": change.last_id,
            "ts": str(now_ms),
        }
        self._sockets.publish(topic, {"action": "update", "data": [row]}, now_ms, out)


def _interval(topic: Topic) -> str:
    return BARS[topic.channel.removeprefix("candle")]
