"""Public topics: trades, tickers, books, candles.

Source: Bybit V5 API, "WebSocket Stream" / "Public" (docs/v5/websocket/public/...), read in November 2026. Trades go out
as they happen, the others at their documented pace, and only while somebody reads them. Tickers and books begin with a
snapshot, after which only what changed is told; but books of one level consist of snapshots, the last of which is
repeated when nothing changed for three seconds.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from sansio_exchange.market import INTERVALS_MS, Candle
from sansio_exchange.simulation.bybit.depths import Depths
from sansio_exchange.simulation.bybit.listing import Listing, Listings
from sansio_exchange.simulation.bybit.market_data import INTERVALS, SIDES, MarketData
from sansio_exchange.simulation.bybit.sockets import Message, Sockets
from sansio_exchange.simulation.bybit.topics import Topic, best_topic, candle_topic, ticker_topic, trade_topic
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import BookChanged, CandleChanged, MarkChanged, Traded
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.pacing import Pacing
from sansio_exchange.simulation.telling import Quiet
from sansio_exchange.simulation.wire import VenueEffect

TICKER_MS = 100
CANDLE_MS = 1_000
BEST_MS = 10
BOOK_MS = {"50": 20, "200": 100, "1000": 300}
REPEAT_MS = 3_000
NAME_OF = {interval: name for name, interval in INTERVALS.items()}
NOT_IN_STREAM = frozenset(
    {"predictedDeliveryPrice", "basisRate", "deliveryFeeRate", "deliveryTime", "basis", "preOpenPrice", "preQty"}
    | {"curPreListingPhase", "basisRateYear"}
)
"""Fields of a ticker that only REST has for a perpetual."""


class Directions:
    """Where the newest trade of each symbol stands to the ones before ("tickDirection")."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Decimal, str]] = {}

    def of(self, symbol: str) -> str:
        return self._last.get(symbol, (Decimal(0), "ZeroPlusTick"))[1]

    def add(self, trade: Traded) -> str:
        price, direction = self._last.get(trade.symbol, (trade.price, "ZeroPlusTick"))
        if trade.price == price:
            direction = "ZeroPlusTick" if "Plus" in direction else "ZeroMinusTick"
        else:
            direction = "PlusTick" if trade.price > price else "MinusTick"
        self._last[trade.symbol] = trade.price, direction
        return direction


class PublicStreams(Quiet):
    """Turns happenings and the passing of time into messages."""

    def __init__(
        self, exchange: SimulatedExchange, listings: Listings, depths: Depths, market: MarketData, sockets: Sockets
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._depths = depths
        self._market = market
        self._sockets = sockets
        self._pacing = Pacing()
        self._directions = Directions()
        self._tickers: dict[Topic, dict[str, str]] = {}
        """What each ticker topic has told."""
        self._told_ms: dict[Topic, int] = {}
        """When a book of one level was last told."""

    @property
    def next_due_ms(self) -> int | None:
        return self._pacing.next_due_ms

    # subscriptions

    def started(self, topic: Topic, now_ms: int) -> None:
        """The first reader came."""
        listing = self._listings.get(topic.symbol)
        if listing is None:
            return
        match topic.channel:
            case "kline":
                self._exchange.watch_candles(topic.symbol, INTERVALS[topic.choice])
            case "tickers":
                self._tickers[topic] = self._ticker(listing, now_ms)
            case "orderbook":
                self._depths.follow(listing, int(topic.choice))
                if topic.choice == "1":
                    self._told_ms[topic] = now_ms
                    self._pacing.every(("again", topic), CANDLE_MS, partial(self._repeat, topic, listing), now_ms)
                else:
                    changes = partial(self._send_changes, topic, listing)
                    self._pacing.every(topic, BOOK_MS[topic.choice], changes, now_ms)

    def stopped(self, topic: Topic) -> None:
        """The last reader went."""
        self._pacing.stop(topic)
        self._pacing.stop(("again", topic))
        self._tickers.pop(topic, None)
        self._told_ms.pop(topic, None)
        listing = self._listings.get(topic.symbol)
        if topic.channel == "kline":
            self._exchange.unwatch_candles(topic.symbol, INTERVALS[topic.choice])
        elif topic.channel == "orderbook" and listing is not None:
            self._depths.unfollow(listing, int(topic.choice))

    def joining(self, topic: Topic, now_ms: int, out: list[VenueEffect]) -> None:
        """One more reader comes: the others hear now what the snapshot that it gets contains."""
        listing = self._listings.get(topic.symbol)
        if listing is None or not self._sockets.has(topic):
            return
        if topic.channel == "orderbook":
            self._send_changes(topic, listing, now_ms, out)
        elif topic.channel == "tickers":
            self._send_ticker(topic, listing, now_ms, out)

    def greetings(self, topic: Topic, now_ms: int) -> Sequence[Message]:
        """How things stand, for a new reader. Trades have no such message."""
        listing = self._listings.get(topic.symbol)
        if listing is None:
            return []
        match topic.channel:
            case "tickers":
                return [{"type": "snapshot", "data": self._tickers[topic], "cs": self._sequence(topic), "ts": now_ms}]
            case "orderbook":
                row = self._depths.snapshot(listing, int(topic.choice))
                return [{"type": "snapshot", "ts": now_ms, "data": row, "cts": now_ms}]
            case "kline":
                candle, turnover = self._market.newest_candle(listing, INTERVALS[topic.choice])
                return [_candle_message(candle, turnover, listing, now_ms)]
            case _:
                return []

    # time

    def on_time(self, now_ms: int, out: list[VenueEffect]) -> None:
        """Send what is due."""
        self._pacing.on_time(now_ms, out)

    # happenings

    def on_trade(self, trade: Traded, now_ms: int, out: list[VenueEffect]) -> None:
        direction = self._directions.add(trade)
        topic = trade_topic(trade.symbol)
        if self._sockets.has(topic):
            listing = self._listings.of(trade.symbol)
            row = {
                "T": trade.time_ms,
                "s": trade.symbol,
                "S": SIDES[trade.taker],
                "v": listing.quantity(trade.quantity),
                "p": listing.price(trade.price),
                "L": direction,
                "i": self._market.trade_id(trade),
                "BT": False,
                "RPI": False,
                "seq": trade.trade_id,
            }
            self._sockets.publish(topic, {"type": "snapshot", "ts": now_ms, "data": [row]}, now_ms, out)
        self._plan_ticker(trade.symbol, now_ms, out)

    def on_book(self, change: BookChanged, now_ms: int, out: list[VenueEffect]) -> None:
        topic = best_topic(change.symbol)
        if self._sockets.has(topic):
            emit = partial(self._send_changes, topic, self._listings.of(change.symbol))
            self._pacing.at_most_every(topic, BEST_MS, emit, now_ms, out)
        self._plan_ticker(change.symbol, now_ms, out)

    def on_mark(self, mark: MarkChanged, now_ms: int, out: list[VenueEffect]) -> None:
        self._plan_ticker(mark.symbol, now_ms, out)

    def on_candle(self, change: CandleChanged, now_ms: int, out: list[VenueEffect]) -> None:
        candle = change.candle
        name = NAME_OF.get(candle.interval)
        if name is None:
            return
        topic = candle_topic(candle.symbol, name)
        if not self._sockets.has(topic):
            return
        message = _candle_message(candle, change.quote_volume, self._listings.of(candle.symbol), now_ms)
        emit = partial(self._send, topic, message)
        # The end of a candle always goes out: what is held back is never replaced by another candle.
        if candle.is_closed:
            self._pacing.at_once(topic, emit, now_ms, out)
        else:
            self._pacing.at_most_every(topic, CANDLE_MS, emit, now_ms, out)

    # messages

    def _send(self, topic: Topic, body: Message, now_ms: int, out: list[VenueEffect]) -> None:
        self._sockets.publish(topic, body, now_ms, out)

    def _plan_ticker(self, symbol: str, now_ms: int, out: list[VenueEffect]) -> None:
        topic = ticker_topic(symbol)
        if self._sockets.has(topic):
            emit = partial(self._send_ticker, topic, self._listings.of(symbol))
            self._pacing.at_most_every(topic, TICKER_MS, emit, now_ms, out)

    def _send_ticker(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        """What is not as it was told before."""
        before, after = self._tickers[topic], self._ticker(listing, now_ms)
        changed = {name: value for name, value in after.items() if before[name] != value}
        if changed:
            self._tickers[topic] = after
            row = {"symbol": listing.symbol, **changed}
            message: Message = {"type": "delta", "data": row, "cs": self._sequence(topic), "ts": now_ms}
            self._sockets.publish(topic, message, now_ms, out)

    def _ticker(self, listing: Listing, now_ms: int) -> dict[str, str]:
        row = self._market.ticker_row(listing, now_ms)
        told = {name: value for name, value in row.items() if name not in NOT_IN_STREAM}
        return told | {"tickDirection": self._directions.of(listing.symbol)}

    def _sequence(self, topic: Topic) -> int:
        """The number of the newest trade."""
        newest = self._exchange.recent_trades(topic.symbol, 1)
        return newest[-1].trade_id if newest else 0

    def _send_changes(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        levels = int(topic.choice)
        row = self._depths.changes(listing, levels)
        if row is None:
            return
        if levels == 1:
            self._send_best(topic, listing, now_ms, out)
        else:
            self._sockets.publish(topic, {"type": "delta", "ts": now_ms, "data": row, "cts": now_ms}, now_ms, out)

    def _send_best(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        self._told_ms[topic] = now_ms
        row = self._depths.snapshot(listing, 1)
        self._sockets.publish(topic, {"type": "snapshot", "ts": now_ms, "data": row, "cts": now_ms}, now_ms, out)

    def _repeat(self, topic: Topic, listing: Listing, now_ms: int, out: list[VenueEffect]) -> None:
        if now_ms - self._told_ms[topic] >= REPEAT_MS:
            self._send_best(topic, listing, now_ms, out)


def _candle_message(candle: Candle, turnover: Decimal, listing: Listing, now_ms: int) -> Message:
    row = {
        "start": candle.open_ms,
        "end": candle.open_ms + INTERVALS_MS[candle.interval] - 1,
        "interval": NAME_OF[candle.interval],
        "open": listing.price(candle.open),
        "close": listing.price(candle.close),
        "high": listing.price(candle.high),
        "low": listing.price(candle.low),
        "volume": listing.quantity(candle.volume),
        "turnover": trimmed(turnover),
        "confirm": candle.is_closed,
        "timestamp": now_ms,
    }
    return {"type": "snapshot", "ts": now_ms, "data": [row]}
