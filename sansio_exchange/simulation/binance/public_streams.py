"""Public streams: trades, book tickers, mark prices, candles, tickers and depth.

Source: developers.binance.com, USDⓈ-M Futures, "WebSocket Market Streams", read in November 2025. Trades, book tickers
and mark prices go out as they happen; the others at their documented pace, and only while somebody reads them.
"""

import re
from functools import partial

from sansio_exchange.market import INTERVALS_MS
from sansio_exchange.orders import Side
from sansio_exchange.simulation.binance.listing import Listing, Listings
from sansio_exchange.simulation.binance.market_data import MarketData, aggregate_trade, mark_event
from sansio_exchange.simulation.binance.sockets import StreamSockets
from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import BookChanged, CandleChanged, MarkChanged, Traded
from sansio_exchange.simulation.pacing import Emit, Pacing
from sansio_exchange.simulation.wire import VenueEffect

KLINE_MS = 250
TICKER_MS = 1000
SLOW_MARK_MS = 3000
_depth = re.compile(r"depth(5|10|20)?(?:@(100|250|500)ms)?")
_ARRAYS = {"!ticker@arr": "ticker", "!miniTicker@arr": "miniTicker"}


class PublicStreams:
    """Turns happenings and the passing of time into messages."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, books: Books, market_data: MarketData) -> None:
        self._exchange = exchange
        self._listings = listings
        self._books = books
        self._market_data = market_data
        self._pacing = Pacing()
        self._last_ids: dict[str, int] = {}
        """The newest trade of each symbol."""
        self._level_ids: dict[str, int] = {}
        """The book's number that each stream of whole levels said last."""
        self._marks: list[MarkChanged] = []
        self.sockets: StreamSockets

    @property
    def next_due_ms(self) -> int | None:
        return self._pacing.next_due_ms

    # subscriptions

    def started(self, stream: str, now_ms: int) -> None:
        """The first reader came."""
        candles = self._candles_of(stream)
        if candles is not None:
            self._exchange.watch_candles(*candles)
            return
        pace = self._pace(stream)
        if pace is not None:
            self._pacing.every(stream, *pace, now_ms)

    def stopped(self, stream: str) -> None:
        """The last reader went."""
        self._pacing.stop(stream)
        self._level_ids.pop(stream, None)
        candles = self._candles_of(stream)
        if candles is not None:
            self._exchange.unwatch_candles(*candles)
        name, _, kind = stream.partition("@")
        listing = self._listings.of_stream(name)
        if listing is not None and kind.startswith("depth"):
            self._books.unfollow(listing.symbol, stream)

    def _candles_of(self, stream: str) -> tuple[str, str] | None:
        """Symbol and interval of a candle stream."""
        name, _, kind = stream.partition("@")
        what, _, interval = kind.partition("_")
        if what == "continuousKline":
            name, _, contract = name.partition("_")
            if contract != "perpetual":
                return None
        elif what != "kline":
            return None
        listing = self._listings.of_stream(name)
        return (listing.symbol, interval) if listing is not None and interval in INTERVALS_MS else None

    def _pace(self, stream: str) -> tuple[int, Emit] | None:
        array = _ARRAYS.get(stream)
        if array is not None:
            return TICKER_MS, lambda now_ms, out: self._send_tickers(stream, array, now_ms, out)
        name, _, kind = stream.partition("@")
        listing = self._listings.of_stream(name)
        if listing is None:
            return None
        if kind in {"ticker", "miniTicker"}:
            return TICKER_MS, lambda now_ms, out: self._send_ticker(stream, listing, kind, now_ms, out)
        depth = _depth.fullmatch(kind)
        if depth is None:
            return None
        period = int(depth[2] or 250)
        if depth[1]:
            levels = int(depth[1])
            return period, lambda now_ms, out: self._send_levels(stream, listing, levels, now_ms, out)
        self._books.follow(listing.symbol, stream)
        return period, lambda now_ms, out: self._send_changes(stream, listing, now_ms, out)

    # time

    def on_time(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Send what is due."""
        self._pacing.on_time(now_ms, out)

    # happenings

    def on_trade(self, trade: Traded, now_ms: int, out: list[VenueEffect]) -> None:
        self._last_ids[trade.symbol] = trade.trade_id
        listing = self._listings.find(trade.symbol)
        name = listing.stream
        if self.sockets.has(stream := f"{name}@aggTrade"):
            event = {"e": "aggTrade", "E": now_ms, "s": trade.symbol}
            self.sockets.publish(stream, event | aggregate_trade(trade, listing), out)
        if self.sockets.has(stream := f"{name}@trade"):
            self.sockets.publish(
                stream,
                {
                    "e": "trade",
                    "E": now_ms,
                    "T": trade.time_ms,
                    "s": trade.symbol,
                    "t": trade.trade_id,
                    "p": listing.price(trade.price),
                    "q": listing.quantity(trade.quantity),
                    "X": "MARKET",
                    "m": trade.taker is Side.SELL,
                },
                out,
            )

    def on_book(self, change: BookChanged, now_ms: int, out: list[VenueEffect]) -> None:
        update_id = self._books.bump(change.symbol)
        listing = self._listings.find(change.symbol)
        one, every = f"{listing.stream}@bookTicker", "!bookTicker"
        if not self.sockets.has(one) and not self.sockets.has(every):
            return
        event = {
            "e": "bookTicker",
            "u": update_id,
            "E": now_ms,
            "T": change.time_ms,
            "s": change.symbol,
            "b": listing.price(change.bid),
            "B": listing.quantity(change.bid_quantity),
            "a": listing.price(change.ask),
            "A": listing.quantity(change.ask_quantity),
        }
        self.sockets.publish(one, event, out)
        self.sockets.publish(every, event, out)

    def on_mark(self, mark: MarkChanged, now_ms: int, out: list[VenueEffect]) -> None:
        self._marks.append(mark)
        name = self._listings.find(mark.symbol).stream
        event = mark_event(mark)
        self.sockets.publish(f"{name}@markPrice@1s", event, out)
        if _is_slow(mark):
            self.sockets.publish(f"{name}@markPrice", event, out)

    def on_candle(self, change: CandleChanged, now_ms: int, out: list[VenueEffect]) -> None:
        candle = change.candle
        name = self._listings.find(candle.symbol).stream
        for stream in (f"{name}@kline_{candle.interval}", f"{name}_perpetual@continuousKline_{candle.interval}"):
            if not self.sockets.has(stream):
                continue
            emit = partial(self._send_candle, stream, change)
            # The end of a candle always goes out: what is held back is never replaced by another candle.
            if candle.is_closed:
                self._pacing.at_once(stream, emit, now_ms, out)
            else:
                self._pacing.at_most_every(stream, KLINE_MS, emit, now_ms, out)

    def end_of_batch(self, now_ms: int, out: list[VenueEffect]) -> None:
        """All happenings of one instant are in: what speaks of all symbols at once can go."""
        if not self._marks:
            return
        marks, self._marks = self._marks, []
        self.sockets.publish("!markPrice@arr@1s", [mark_event(each) for each in marks], out)
        slow = [mark_event(each) for each in marks if _is_slow(each)]
        if slow:
            self.sockets.publish("!markPrice@arr", slow, out)

    # messages

    def _send_candle(self, stream: str, change: CandleChanged, now_ms: int, out: list[VenueEffect]) -> None:
        candle = change.candle
        listing = self._listings.find(candle.symbol)
        last_id = self._last_ids.get(candle.symbol, 0) if change.trades else -1
        body = {
            "t": candle.open_ms,
            "T": candle.open_ms + INTERVALS_MS[candle.interval] - 1,
            "s": candle.symbol,
            "i": candle.interval,
            "f": max(0, last_id - change.trades + 1) if change.trades else -1,
            "L": last_id,
            "o": listing.price(candle.open),
            "c": listing.price(candle.close),
            "h": listing.price(candle.high),
            "l": listing.price(candle.low),
            "v": listing.quantity(candle.volume),
            "n": change.trades,
            "x": candle.is_closed,
            "q": listing.price(change.quote_volume),
            "V": "0",
            "Q": "0",
            "B": "0",
        }
        event: dict[str, object] = {"e": "kline", "E": now_ms, "s": candle.symbol, "k": body}
        if "@continuousKline_" in stream:
            del body["s"]
            event = {"e": "continuous_kline", "E": now_ms, "ps": candle.symbol, "ct": "PERPETUAL", "k": body}
        self.sockets.publish(stream, event, out)

    def _send_ticker(self, stream: str, listing: Listing, kind: str, now_ms: int, out: list[VenueEffect]) -> None:
        self.sockets.publish(stream, self._ticker(listing, kind, now_ms), out)

    def _send_tickers(self, stream: str, kind: str, now_ms: int, out: list[VenueEffect]) -> None:
        self.sockets.publish(stream, [self._ticker(each, kind, now_ms) for each in self._listings], out)

    def _ticker(self, listing: Listing, kind: str, now_ms: int) -> dict[str, object]:
        day = self._market_data.day(listing, now_ms)
        return day.event() if kind == "ticker" else day.small_event()

    def _send_levels(self, stream: str, listing: Listing, levels: int, now_ms: int, out: list[VenueEffect]) -> None:
        bids, asks = self._exchange.depth(listing.symbol, levels)
        update_id = self._books.current_id(listing.symbol)
        previous_id = self._level_ids.get(stream, update_id - 1)
        self._level_ids[stream] = update_id
        event = _depth_event(listing, previous_id + 1, update_id, previous_id, now_ms)
        self.sockets.publish(stream, event | {"b": listing.levels(bids), "a": listing.levels(asks)}, out)

    def _send_changes(self, stream: str, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        change = self._books.changes(listing.symbol, stream)
        if change is None:
            return
        event = _depth_event(listing, change.first_id, change.last_id, change.previous_id, now_ms)
        bids, asks = listing.levels(change.bids), listing.levels(change.asks)
        self.sockets.publish(stream, event | {"b": bids, "a": asks}, out)


def _depth_event(listing: Listing, first_id: int, last_id: int, previous_id: int, now_ms: int) -> dict[str, object]:
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "T": now_ms,
        "s": listing.symbol,
        "U": first_id,
        "u": last_id,
        "pu": previous_id,
    }


def _is_slow(mark: MarkChanged) -> bool:
    """Whether the streams without @1s, which speak every three seconds, say this one."""
    return mark.time_ms // 1000 % (SLOW_MARK_MS // 1000) == 0
