"""Public channels: trades, tickers, best prices, changes of the book, candles.

Source: Gate futures WebSocket v4, read in November 2026. Nothing is told on subscribing; trades and best prices go out
as they happen, changes of a book every 100 or 20 milliseconds. How often tickers and candles are told is not found in
documentation: a second here, and the end of a candle at once. Of a book all changed levels are told, whatever level
was asked for; its client takes the snapshot from REST (order_book with with_id=true).
"""

from functools import partial

from sansio_exchange.simulation.books import Books, DepthChange
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.gate.listing import Listing, Listings, sized
from sansio_exchange.simulation.gate.market_data import LENGTHS_MS, MarketData, candle_row, trade_row
from sansio_exchange.simulation.gate.sockets import Sockets
from sansio_exchange.simulation.gate.topics import BOOK, CANDLES, Topic
from sansio_exchange.simulation.gate.weeks import INTERVAL as WEEKLY
from sansio_exchange.simulation.gate.weeks import Quoted, week_of
from sansio_exchange.simulation.happenings import BookChanged, CandleChanged, MarkChanged, Traded
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.pacing import Pacing
from sansio_exchange.simulation.telling import Quiet
from sansio_exchange.simulation.wire import VenueEffect

TICKER_MS = 1_000
CANDLE_MS = 1_000
BOOK_MS = {"20ms": 20, "100ms": 100}


class PublicStreams(Quiet):
    """Turns happenings and the passing of time into messages."""

    def __init__(
        self, exchange: SimulatedExchange, listings: Listings, books: Books, market: MarketData, sockets: Sockets
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._books = books
        self._market = market
        self._sockets = sockets
        self._pacing = Pacing()

    @property
    def next_due_ms(self) -> int | None:
        return self._pacing.next_due_ms

    def started(self, topic: Topic, now_ms: int) -> None:
        """The first reader came."""
        listing = self._listings.get(topic.contract)
        if listing is None:
            return
        if topic.channel == CANDLES:
            self._exchange.watch_candles(listing.symbol, _watched(topic))
        elif topic.channel == BOOK:
            self._books.follow(listing.symbol, topic)
            emit = partial(self._send_changes, topic, listing)
            self._pacing.every(topic, BOOK_MS[topic.detail[0]], emit, now_ms)

    def stopped(self, topic: Topic) -> None:
        """The last reader went."""
        self._pacing.stop(topic)
        listing = self._listings.get(topic.contract)
        if listing is None:
            return
        if topic.channel == CANDLES:
            self._exchange.unwatch_candles(listing.symbol, _watched(topic))
        elif topic.channel == BOOK:
            self._books.unfollow(listing.symbol, topic)

    def on_time(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Send what is due."""
        self._pacing.on_time(now_ms, out)

    # happenings

    def on_trade(self, trade: Traded, now_ms: int, out: list[VenueEffect]) -> None:
        listing = self._listings.of(trade.symbol)
        topic = Topic("futures.trades", listing.name)
        if self._sockets.has(topic):
            self._sockets.publish(topic, lambda decimal: [trade_row(trade, listing, is_decimal=decimal)], now_ms, out)
        self._plan_ticker(listing, now_ms, out)

    def on_book(self, change: BookChanged, now_ms: int, out: list[VenueEffect]) -> None:
        """A side without orders has an empty price and size 0."""
        listing = self._listings.of(change.symbol)
        number = self._books.bump(change.symbol)
        topic = Topic("futures.book_ticker", listing.name)
        self._sockets.publish(topic, partial(_best, change, listing, number), now_ms, out)

    def on_mark(self, mark: MarkChanged, now_ms: int, out: list[VenueEffect]) -> None:
        self._plan_ticker(self._listings.of(mark.symbol), now_ms, out)

    def on_candle(self, change: CandleChanged, now_ms: int, out: list[VenueEffect]) -> None:
        listing, candle = self._listings.of(change.candle.symbol), change.candle
        if candle.interval in LENGTHS_MS:
            self._plan_candle(listing, (candle, change.quote_volume), now_ms, out)
        if candle.interval == "1d" and self._sockets.has(Topic(CANDLES, listing.name, detail=(WEEKLY,))):
            (week,) = self._market.between(listing, WEEKLY, week_of(candle.open_ms), candle.open_ms)
            self._plan_candle(listing, week, now_ms, out)

    # messages

    def _plan_candle(self, listing: Listing, quoted: Quoted, now_ms: int, out: list[VenueEffect]) -> None:
        candle, _ = quoted
        topic = Topic(CANDLES, listing.name, detail=(candle.interval,))
        if not self._sockets.has(topic):
            return
        emit = partial(self._send_candle, topic, listing, quoted)
        # The end of a candle always goes out: what is held back is never replaced by another candle.
        if candle.is_closed:
            self._pacing.at_once(topic, emit, now_ms, out)
        else:
            self._pacing.at_most_every(topic, CANDLE_MS, emit, now_ms, out)

    def _plan_ticker(self, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        topic = Topic("futures.tickers", listing.name)
        if self._sockets.has(topic):
            self._pacing.at_most_every(topic, TICKER_MS, partial(self._send_ticker, topic, listing), now_ms, out)

    def _send_ticker(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        row = self._market.ticker_row(listing, now_ms)
        self._sockets.publish(topic, lambda _: [row], now_ms, out)

    def _send_candle(self, topic: Topic, listing: Listing, quoted: Quoted, now_ms: int, out: list[VenueEffect]) -> None:
        self._sockets.publish(topic, partial(_candles, quoted, listing), now_ms, out)

    def _send_changes(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        change = self._books.changes(listing.symbol, topic)
        if change is None:
            return
        self._sockets.publish(topic, partial(_changes, change, topic, listing, now_ms), now_ms, out)


def _best(change: BookChanged, listing: Listing, number: int, decimal: bool) -> dict[str, object]:
    return {
        "t": change.time_ms,
        "u": number,
        "s": listing.name,
        "b": trimmed(change.bid) if change.bid_quantity else "",
        "B": sized(listing.count(change.bid_quantity), is_decimal=decimal),
        "a": trimmed(change.ask) if change.ask_quantity else "",
        "A": sized(listing.count(change.ask_quantity), is_decimal=decimal),
    }


def _candles(quoted: Quoted, listing: Listing, decimal: bool) -> list[dict[str, object]]:
    """`a` is documented as the amount: of coin, where REST's `sum` is of quote coin."""
    candle, quote = quoted
    row = candle_row(candle, quote, listing, is_decimal=decimal)
    del row["sum"]
    return [row | {"a": trimmed(candle.volume), "n": f"{candle.interval}_{listing.name}"}]


def _watched(topic: Topic) -> str:
    """The interval of which the exchange tells what a topic of candles is made of."""
    (interval,) = topic.detail
    return "1d" if interval == WEEKLY else interval


def _changes(change: DepthChange, topic: Topic, listing: Listing, now_ms: int, decimal: bool) -> dict[str, object]:
    return {
        "t": now_ms,
        "s": listing.name,
        "U": change.first_id,
        "u": change.last_id,
        "b": listing.levels(change.bids, is_decimal=decimal),
        "a": listing.levels(change.asks, is_decimal=decimal),
        "l": topic.detail[1] or "100",
    }
