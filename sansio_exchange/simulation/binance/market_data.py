"""Public answers: depth, trades, candles, prices, funding.

Source: developers.binance.com, USDⓈ-M Futures, "Market Data", read in November 2025. The exchange below does not keep
who took in a candle, so taker volumes are 0 here.
"""

from decimal import Decimal

from sansio_exchange.market import INTERVALS_MS, Candle
from sansio_exchange.orders import Side
from sansio_exchange.simulation.binance.call import Call
from sansio_exchange.simulation.binance.errors import Refused, invalid
from sansio_exchange.simulation.binance.listing import Listing, Listings, amount
from sansio_exchange.simulation.binance.rate_limits import RateLimiter
from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.day import Day
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.happenings import MarkChanged, Traded

DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)
DEFAULT_DEPTH = 500
INTEREST_RATE = "0.00010000"


class MarketData:
    """Everything that needs no key."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, books: Books, limiter: RateLimiter) -> None:
        self._exchange = exchange
        self._listings = listings
        self._books = books
        self._limiter = limiter
        self._symbols = [each.row(limiter.limits.working_orders) for each in listings]
        self._assets = sorted({each.rules.quote_asset for each in listings})

    def ping(self, call: Call) -> object:
        return {}

    def time(self, call: Call) -> object:
        return {"serverTime": call.now_ms}

    def exchange_info(self, call: Call) -> object:
        return {
            "timezone": "UTC",
            "serverTime": call.now_ms,
            "futuresType": "U_MARGINED",
            "rateLimits": self._limiter.announced(),
            "exchangeFilters": [],
            "assets": [
                {"asset": each, "marginAvailable": True, "autoAssetExchange": "-10000"} for each in self._assets
            ],
            "symbols": self._symbols,
        }

    def depth(self, call: Call) -> object:
        listing = self._listing(call)
        limit = call.params.integer("limit")
        if limit is None:
            limit = DEFAULT_DEPTH
        if limit not in DEPTH_LIMITS:
            raise invalid("limit")
        bids, asks = self._exchange.depth(listing.symbol, limit)
        return {
            "lastUpdateId": self._books.current_id(listing.symbol),
            "E": call.now_ms,
            "T": call.now_ms,
            "bids": listing.levels(bids),
            "asks": listing.levels(asks),
        }

    def trades(self, call: Call) -> object:
        listing = self._listing(call)
        return [
            {
                "id": each.trade_id,
                "price": listing.price(each.price),
                "qty": listing.quantity(each.quantity),
                "quoteQty": listing.price(each.price * each.quantity),
                "time": each.time_ms,
                "isBuyerMaker": each.taker is Side.SELL,
            }
            for each in self._exchange.recent_trades(listing.symbol, call.params.limit(500, 1000))
        ]

    def aggregate_trades(self, call: Call) -> object:
        """One row per trade: this venue does not aggregate."""
        listing, params = self._listing(call), call.params
        first = params.integer("fromId")
        start, end = params.times(3_600_000)
        limit = params.limit(500, 1000)
        found = [
            each
            for each in self._exchange.recent_trades(listing.symbol, 1000)
            if (first is None or each.trade_id >= first) and start <= each.time_ms <= (end or each.time_ms)
        ]
        chosen = found[:limit] if first is not None or start else found[-limit:]
        return [aggregate_trade(each, listing) for each in chosen]

    def klines(self, call: Call) -> object:
        return self._klines(self._listing(call), call)

    def continuous_klines(self, call: Call) -> object:
        listing = self._listings.find(call.params.text("pair"))
        if call.params.text("contractType") != "PERPETUAL":
            raise invalid("contractType")
        return self._klines(listing, call)

    def _klines(self, listing: Listing, call: Call) -> object:
        interval = call.params.text("interval")
        if interval not in INTERVALS_MS:
            raise Refused(-1120, "Invalid interval.")
        start, end = call.params.times(0)
        limit = call.params.limit(500, 1500)
        candles = self._exchange.candles(listing.symbol, interval, limit, start, end)
        return [_candle_row(candle, trades, volume, listing) for candle, trades, volume in candles]

    def premium_index(self, call: Call) -> object:
        symbol = call.params.optional("symbol")
        if symbol:
            return self._premium(self._listings.find(symbol))
        return [self._premium(each) for each in self._listings]

    def _premium(self, listing: Listing) -> dict[str, object]:
        mark = self._exchange.mark(listing.symbol)
        return {
            "symbol": listing.symbol,
            "markPrice": amount(mark.mark_price),
            "indexPrice": amount(mark.index_price),
            "estimatedSettlePrice": amount(mark.index_price),
            "lastFundingRate": amount(mark.funding_rate),
            "interestRate": INTEREST_RATE,
            "nextFundingTime": mark.next_funding_ms,
            "time": mark.time_ms,
        }

    def funding_rates(self, call: Call) -> object:
        params = call.params
        symbol = params.optional("symbol")
        start, end = params.times(0)
        limit = params.limit(100, 1000)
        chosen = [self._listings.find(symbol)] if symbol else list(self._listings)
        found = [
            each
            for listing in chosen
            for each in self._exchange.funding_history(listing.symbol, 1000)
            if start <= each.time_ms <= (end or each.time_ms)
        ]
        found.sort(key=lambda each: each.time_ms)
        return [
            {
                "symbol": each.symbol,
                "fundingTime": each.time_ms,
                "fundingRate": amount(each.rate),
                "markPrice": amount(each.mark_price),
            }
            for each in (found[:limit] if start else found[-limit:])
        ]

    def funding_info(self, call: Call) -> object:
        """Symbols whose funding differs from the usual: none."""
        return []

    def day_ticker(self, call: Call) -> object:
        symbol = call.params.optional("symbol")
        if symbol:
            return self.day(self._listings.find(symbol), call.now_ms).row()
        return [self.day(each, call.now_ms).row() for each in self._listings]

    def day(self, listing: Listing, now_ms: int) -> "DayTicker":
        """The last 24 hours."""
        return DayTicker(self._exchange, listing, now_ms)

    def price(self, call: Call) -> object:
        symbol = call.params.optional("symbol")
        if symbol:
            return self._price(self._listings.find(symbol))
        return [self._price(each) for each in self._listings]

    def _price(self, listing: Listing) -> dict[str, object]:
        ticker = self._exchange.ticker(listing.symbol)
        return {"symbol": listing.symbol, "price": listing.price(ticker.last_price), "time": ticker.time_ms}

    def book_ticker(self, call: Call) -> object:
        symbol = call.params.optional("symbol")
        if symbol:
            return self._best(self._listings.find(symbol), call.now_ms)
        return [self._best(each, call.now_ms) for each in self._listings]

    def _best(self, listing: Listing, now_ms: int) -> dict[str, object]:
        bids, asks = self._exchange.depth(listing.symbol, 1)
        nothing = (Decimal(0), Decimal(0))
        bid, ask = bids[0] if bids else nothing, asks[0] if asks else nothing
        return {
            "symbol": listing.symbol,
            "bidPrice": listing.price(bid[0]),
            "bidQty": listing.quantity(bid[1]),
            "askPrice": listing.price(ask[0]),
            "askQty": listing.quantity(ask[1]),
            "time": now_ms,
            "lastUpdateId": self._books.current_id(listing.symbol),
        }

    def open_interest(self, call: Call) -> object:
        listing = self._listing(call)
        return {
            "openInterest": listing.quantity(self._exchange.open_interest(listing.symbol)),
            "symbol": listing.symbol,
            "time": call.now_ms,
        }

    def _listing(self, call: Call) -> Listing:
        return self._listings.find(call.params.text("symbol"))


class DayTicker(Day):
    """The last 24 hours in Binance's words."""

    def __init__(self, exchange: SimulatedExchange, listing: Listing, now_ms: int) -> None:
        super().__init__(exchange, listing.symbol, now_ms)
        self.listing = listing

    def row(self) -> dict[str, object]:
        """As ticker/24hr answers."""
        listing, ticker = self.listing, self.ticker
        return {
            "symbol": listing.symbol,
            "priceChange": listing.price(ticker.price_change),
            "priceChangePercent": f"{ticker.price_change_percent:.3f}",
            "weightedAvgPrice": listing.price(self.average),
            "lastPrice": listing.price(ticker.last_price),
            "lastQty": listing.quantity(self.last_quantity),
            "openPrice": listing.price(self.open),
            "highPrice": listing.price(self.high),
            "lowPrice": listing.price(self.low),
            "volume": listing.quantity(ticker.volume),
            "quoteVolume": listing.price(ticker.quote_volume),
            "openTime": self.open_ms,
            "closeTime": self.now_ms,
            "firstId": self.first_id,
            "lastId": self.last_id,
            "count": self.trades,
        }

    def event(self) -> dict[str, object]:
        """As the @ticker stream says it."""
        listing, ticker = self.listing, self.ticker
        return {
            "e": "24hrTicker",
            "E": self.now_ms,
            "s": listing.symbol,
            "p": listing.price(ticker.price_change),
            "P": f"{ticker.price_change_percent:.3f}",
            "w": listing.price(self.average),
            "c": listing.price(ticker.last_price),
            "Q": listing.quantity(self.last_quantity),
            "o": listing.price(self.open),
            "h": listing.price(self.high),
            "l": listing.price(self.low),
            "v": listing.quantity(ticker.volume),
            "q": listing.price(ticker.quote_volume),
            "O": self.open_ms,
            "C": self.now_ms,
            "F": self.first_id,
            "L": self.last_id,
            "n": self.trades,
        }

    def small_event(self) -> dict[str, object]:
        """As the @miniTicker stream says it."""
        listing, ticker = self.listing, self.ticker
        return {
            "e": "24hrMiniTicker",
            "E": self.now_ms,
            "s": listing.symbol,
            "c": listing.price(ticker.last_price),
            "o": listing.price(self.open),
            "h": listing.price(self.high),
            "l": listing.price(self.low),
            "v": listing.quantity(ticker.volume),
            "q": listing.price(ticker.quote_volume),
        }


def aggregate_trade(trade: Traded, listing: Listing) -> dict[str, object]:
    return {
        "a": trade.trade_id,
        "p": listing.price(trade.price),
        "q": listing.quantity(trade.quantity),
        "f": trade.trade_id,
        "l": trade.trade_id,
        "T": trade.time_ms,
        "m": trade.taker is Side.SELL,
    }


def mark_event(mark: MarkChanged) -> dict[str, object]:
    """As the markPrice streams say it."""
    return {
        "e": "markPriceUpdate",
        "E": mark.time_ms,
        "s": mark.symbol,
        "p": amount(mark.mark_price),
        "P": amount(mark.index_price),
        "i": amount(mark.index_price),
        "r": amount(mark.funding_rate),
        "T": mark.next_funding_ms,
    }


def _candle_row(candle: Candle, trades: int, volume: Decimal, listing: Listing) -> list[object]:
    return [
        candle.open_ms,
        listing.price(candle.open),
        listing.price(candle.high),
        listing.price(candle.low),
        listing.price(candle.close),
        listing.quantity(candle.volume),
        candle.open_ms + INTERVALS_MS[candle.interval] - 1,
        listing.price(volume),
        trades,
        "0",
        "0",
        "0",
    ]
