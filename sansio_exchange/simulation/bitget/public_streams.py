"""Public channels: trades, tickers, books, candles.

Source: Bitget API, "Public Channels" of futures (bitget.com/api-doc/contract/websocket/public), of November 2025.
Trades go out as they happen, the others at their documented pace. Mark price and funding rate stand in the ticker. How
many trades and candles a new reader is shown first was not found in documentation.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from itertools import chain, zip_longest
from zlib import crc32

from sansio_exchange.simulation.bitget.listing import Listing, Listings
from sansio_exchange.simulation.bitget.market_data import MarketData, channel_candle, trade_row
from sansio_exchange.simulation.bitget.sockets import Message, Sockets
from sansio_exchange.simulation.bitget.topics import BOOKS, CANDLES, Topic
from sansio_exchange.simulation.books import LEVELS, Books
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import BookChanged, CandleChanged, MarkChanged, Traded
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.pacing import Pacing
from sansio_exchange.simulation.telling import Quiet
from sansio_exchange.simulation.wire import VenueEffect

TICKER_MS = 300
BOOK_MS = 150
BEST_MS = 10
"""As "Depth Channel" has it since January 2026."""
CANDLE_MS = 1_000
CHECKED_LEVELS = 25
FIRST_TRADES = 50
FIRST_CANDLES = 100
CHANNEL_OF = {interval: channel for channel, interval in CANDLES.items()}

Levels = list[tuple[Decimal, Decimal]]


class PublicStreams(Quiet):
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
        self._levels: dict[Topic, tuple[Levels, Levels]] = {}
        """What each topic of whole books said last."""

    @property
    def next_due_ms(self) -> int | None:
        return self._pacing.next_due_ms

    # subscriptions

    def started(self, topic: Topic, now_ms: int) -> None:
        """The first reader came."""
        listing = self._listings.get(topic.inst_id)
        if listing is None:
            return
        if topic.channel in CANDLES:
            self._exchange.watch_candles(listing.symbol, CANDLES[topic.channel])
        elif topic.channel == "books":
            self._books.follow(listing.symbol, topic)
            self._pacing.every(topic, BOOK_MS, partial(self._send_changes, topic, listing), now_ms)
        elif topic.channel in BOOKS and topic.channel != "books1":
            self._pacing.every(topic, BOOK_MS, partial(self._send_levels, topic, listing), now_ms)

    def stopped(self, topic: Topic) -> None:
        """The last reader went."""
        self._pacing.stop(topic)
        self._levels.pop(topic, None)
        listing = self._listings.get(topic.inst_id)
        if listing is None:
            return
        if topic.channel in CANDLES:
            self._exchange.unwatch_candles(listing.symbol, CANDLES[topic.channel])
        elif topic.channel == "books":
            self._books.unfollow(listing.symbol, topic)

    def joining(self, topic: Topic, now_ms: int, out: list[VenueEffect]) -> None:
        """One more reader comes: the others hear now what the snapshot that it gets contains."""
        listing = self._listings.get(topic.inst_id)
        if topic.channel == "books" and listing is not None and self._sockets.has(topic):
            self._send_changes(topic, listing, now_ms, out)

    def greetings(self, topic: Topic, now_ms: int) -> Sequence[Message]:
        """How things stand, for a new reader."""
        listing = self._listings.of(topic.inst_id)
        match topic.channel:
            case "ticker":
                return [{"data": [self._ticker(listing, now_ms)]}]
            case "trade":
                found = self._exchange.recent_trades(listing.symbol, FIRST_TRADES)
                return [{"data": [trade_row(each) for each in reversed(found)]}] if found else []
            case "books":
                number = self._books.said(listing.symbol, topic)
                return [{"data": [self._book(*self._exchange.depth(listing.symbol, LEVELS), number, now_ms)]}]
            case channel if channel in BOOKS:
                return [{"data": [self._whole_book(topic, listing, now_ms)]}]
            case channel:
                return [{"data": self._market.newest_candles(listing, CANDLES[channel], FIRST_CANDLES)}]

    # time

    def on_time(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Send what is due."""
        self._pacing.on_time(now_ms, out)

    # happenings

    def on_trade(self, trade: Traded, now_ms: int, out: list[VenueEffect]) -> None:
        topic = Topic("trade", trade.symbol)
        if self._sockets.has(topic):
            self._sockets.publish(topic, {"action": "update", "data": [trade_row(trade)]}, now_ms, out)
        self._plan_ticker(trade.symbol, now_ms, out)

    def on_book(self, change: BookChanged, now_ms: int, out: list[VenueEffect]) -> None:
        self._books.bump(change.symbol)
        topic = Topic("books1", change.symbol)
        if self._sockets.has(topic):
            listing = self._listings.of(change.symbol)
            self._pacing.at_most_every(topic, BEST_MS, partial(self._send_levels, topic, listing), now_ms, out)
        self._plan_ticker(change.symbol, now_ms, out)

    def on_mark(self, mark: MarkChanged, now_ms: int, out: list[VenueEffect]) -> None:
        self._plan_ticker(mark.symbol, now_ms, out)

    def on_candle(self, change: CandleChanged, now_ms: int, out: list[VenueEffect]) -> None:
        """While it moves once a second; at its end with the one that begins, as nothing else says that it is closed."""
        candle = change.candle
        channel = CHANNEL_OF.get(candle.interval)
        if channel is None:
            return
        topic = Topic(channel, candle.symbol)
        if not self._sockets.has(topic):
            return
        rows = [channel_candle(candle, change.quote_volume)]
        if candle.is_closed:
            rows += self._market.newest_candles(self._listings.of(candle.symbol), candle.interval, 1)
        emit = partial(self._send, topic, {"action": "update", "data": rows})
        # The end of a candle always goes out: what is held back is never replaced by another candle.
        if candle.is_closed:
            self._pacing.at_once(topic, emit, now_ms, out)
        else:
            self._pacing.at_most_every(topic, CANDLE_MS, emit, now_ms, out)

    # messages

    def _plan_ticker(self, symbol: str, now_ms: int, out: list[VenueEffect]) -> None:
        topic = Topic("ticker", symbol)
        if self._sockets.has(topic):
            listing = self._listings.of(symbol)
            self._pacing.at_most_every(topic, TICKER_MS, partial(self._send_ticker, topic, listing), now_ms, out)

    def _send_ticker(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        self._sockets.publish(topic, {"data": [self._ticker(listing, now_ms)]}, now_ms, out)

    def _ticker(self, listing: Listing, now_ms: int) -> Message:
        next_ms = self._exchange.mark(listing.symbol).next_funding_ms
        return self._market.ticker_row(listing, now_ms) | {
            "instId": listing.symbol,
            "nextFundingTime": str(next_ms),
            "symbolType": 1,
            "deliveryPrice": "0",
        }

    def _send(self, topic: Topic, body: Message, now_ms: int, out: list[VenueEffect]) -> None:
        self._sockets.publish(topic, body, now_ms, out)

    def _whole_book(self, topic: Topic, listing: Listing, now_ms: int) -> Message:
        bids, asks = self._levels[topic] = self._exchange.depth(listing.symbol, BOOKS[topic.channel])
        return self._book(bids, asks, self._books.current_id(listing.symbol), now_ms)

    def _send_levels(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        before = self._levels.get(topic)
        row = self._whole_book(topic, listing, now_ms)
        if self._levels[topic] != before:
            self._sockets.publish(topic, {"data": [row]}, now_ms, out)

    def _send_changes(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        change = self._books.changes(listing.symbol, topic)
        if change is None:
            return
        checked = checksum(*self._exchange.depth(listing.symbol, CHECKED_LEVELS))
        row = {
            "asks": _texts(change.asks),
            "bids": _texts(change.bids),
            "checksum": checked,
            "seq": change.last_id,
            "ts": str(now_ms),
        }
        self._sockets.publish(topic, {"action": "update", "data": [row]}, now_ms, out)

    def _book(self, bids: Levels, asks: Levels, number: int, now_ms: int) -> Message:
        return {
            "asks": _texts(asks),
            "bids": _texts(bids),
            "checksum": checksum(bids, asks),
            "seq": number,
            "ts": str(now_ms),
        }


def checksum(bids: Levels, asks: Levels) -> int:
    """CRC32, as a signed number, of the best 25 bids and asks by turns, as they were sent ("Depth Channel")."""
    pairs = zip_longest(_texts(bids[:CHECKED_LEVELS]), _texts(asks[:CHECKED_LEVELS]))
    text = ":".join(chain.from_iterable(level for pair in pairs for level in pair if level is not None))
    number = crc32(text.encode())
    return number - (1 << 32) if number >= 1 << 31 else number


def _texts(levels: Levels) -> list[list[str]]:
    return [[trimmed(price), trimmed(quantity)] for price, quantity in levels]
