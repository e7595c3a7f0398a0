"""Public answers: time, instruments, tickers, books, candles, trades, funding, open interest.

Source: Bybit V5 API, "Market" (docs/v5/market/...), read in November 2026. Of all products only linear perpetuals are
listed; asking for others gives nothing. Candles of a month are not offered.
"""

from decimal import Decimal

from sansio_exchange.market import INTERVALS_MS, Candle
from sansio_exchange.orders import Side
from sansio_exchange.simulation.bybit.call import Answer, Call
from sansio_exchange.simulation.bybit.depths import Depths
from sansio_exchange.simulation.bybit.errors import wrong
from sansio_exchange.simulation.bybit.ids import Ids
from sansio_exchange.simulation.bybit.listing import Listing, Listings
from sansio_exchange.simulation.bybit.parameters import LINEAR, Parameters
from sansio_exchange.simulation.day import Day
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.funding import MOST, PERIOD_MS
from sansio_exchange.simulation.happenings import Traded
from sansio_exchange.simulation.notation import trimmed

INTERVALS = {
    "1": "1m",
    "3": "3m",
    "5": "5m",
    "15": "15m",
    "30": "30m",
    "60": "1h",
    "120": "2h",
    "240": "4h",
    "360": "6h",
    "720": "12h",
    "D": "1d",
    "W": "1w",
}
"""Bybit's names of intervals, and ours."""
INTEREST_TIMES = {"5min": "5m", "15min": "15m", "30min": "30m", "1h": "1h", "4h": "4h", "1d": "1d"}
SIDES = {Side.BUY: "Buy", Side.SELL: "Sell"}
_SHARE = Decimal("0.000001")
_MONEY = Decimal("0.0001")


class MarketData:
    """Everything that needs no key."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, depths: Depths, ids: Ids) -> None:
        self._exchange = exchange
        self._listings = listings
        self._depths = depths
        self._ids = ids
        self._instruments = {each.symbol: each.row() for each in listings}

    def time(self, call: Call) -> Answer:
        return Answer({"timeSecond": str(call.now_ms // 1000), "timeNano": f"{call.now_ms}000000"})

    def instruments(self, call: Call) -> Answer:
        """All fit on one page, after which there is none."""
        call.params.limit(500, 1000)
        listings = self._chosen(call.params)
        if call.params.optional("status", "Trading") != "Trading" or call.params.optional("cursor"):
            listings = []
        rows = [self._instruments[each.symbol] for each in listings]
        return Answer({"category": call.params.text("category"), "list": rows, "nextPageCursor": ""})

    def tickers(self, call: Call) -> Answer:
        rows = [self.ticker_row(each, call.now_ms) for each in self._chosen(call.params)]
        return Answer({"category": call.params.text("category"), "list": rows})

    def book(self, call: Call) -> Answer:
        listing = self._listing(call)
        row = self._depths.book(listing, call.params.limit(25, 1000))
        return Answer(row | {"ts": call.now_ms, "cts": call.now_ms})

    def candles(self, call: Call) -> Answer:
        """Newest first. Without a start the newest, with a start alone those from there on."""
        listing, params = self._listing(call), call.params
        interval = INTERVALS.get(params.text("interval"))
        if interval is None:
            raise wrong("Invalid period!")
        limit = params.limit(200, 1000)
        start, end = params.integer("start") or 0, params.integer("end") or 0
        found = self._exchange.candles(listing.symbol, interval, limit, 0 if end else start, end)
        rows = [candle_row(candle, turnover, listing) for candle, _, turnover in found if candle.open_ms >= start]
        return Answer({"category": LINEAR, "symbol": listing.symbol, "list": rows[::-1]})

    def trades(self, call: Call) -> Answer:
        listing = self._listing(call)
        found = self._exchange.recent_trades(listing.symbol, call.params.limit(500, 1000))
        rows = [
            {
                "execId": self.trade_id(each),
                "symbol": each.symbol,
                "price": listing.price(each.price),
                "size": listing.quantity(each.quantity),
                "side": SIDES[each.taker],
                "time": str(each.time_ms),
                "isBlockTrade": False,
                "isRPITrade": False,
                "seq": str(each.trade_id),
            }
            for each in reversed(found)
        ]
        return Answer({"category": LINEAR, "list": rows})

    def funding_history(self, call: Call) -> Answer:
        """Newest first. A start without an end is an error ("Get Funding Rate History")."""
        listing, params = self._listing(call), call.params
        start, end = params.integer("startTime"), params.integer("endTime")
        if start is not None and end is None:
            raise wrong("endTime invalid")
        limit = params.limit(200, 200)
        found = [
            each
            for each in reversed(self._exchange.funding_history(listing.symbol, 1000))
            if (start or 0) <= each.time_ms <= (end or each.time_ms)
        ]
        rows = [
            {
                "symbol": listing.symbol,
                "fundingRate": trimmed(each.rate),
                "fundingRateTimestamp": str(each.time_ms),
            }
            for each in found[:limit]
        ]
        return Answer({"category": LINEAR, "list": rows})

    def open_interest(self, call: Call) -> Answer:
        """That of now, at the last full interval; the past is not kept."""
        listing = self._listing(call)
        interval = INTEREST_TIMES.get(call.params.text("intervalTime"))
        if interval is None:
            raise wrong("intervalTime invalid")
        length = INTERVALS_MS[interval]
        row = {
            "openInterest": listing.quantity(self._exchange.open_interest(listing.symbol)),
            "timestamp": str(call.now_ms // length * length),
        }
        return Answer({"symbol": listing.symbol, "category": LINEAR, "list": [row], "nextPageCursor": ""})

    def price_limit(self, call: Call) -> Answer:
        listing = self._listing(call)
        highest, lowest = self.price_limits(listing)
        return Answer(
            {
                "symbol": listing.symbol,
                "buyLmt": listing.price(highest),
                "sellLmt": listing.price(lowest),
                "ts": str(call.now_ms),
            }
        )

    # rows

    def ticker_row(self, listing: Listing, now_ms: int) -> dict[str, str]:
        exchange, symbol = self._exchange, listing.symbol
        day, mark = Day(exchange, symbol, now_ms), exchange.mark(symbol)
        bids, asks = exchange.depth(symbol, 1)
        hour_ago, _, _ = exchange.candles(symbol, "15m", 5)[0]
        interest, last = day.ticker.open_interest, day.ticker.last_price
        return {
            "symbol": symbol,
            "lastPrice": listing.price(last),
            "indexPrice": listing.price(mark.index_price),
            "markPrice": listing.price(mark.mark_price),
            "prevPrice24h": listing.price(day.open),
            "price24hPcnt": trimmed(((last - day.open) / day.open).quantize(_SHARE)),
            "highPrice24h": listing.price(day.high),
            "lowPrice24h": listing.price(day.low),
            "prevPrice1h": listing.price(hour_ago.open),
            "openInterest": listing.quantity(interest),
            "openInterestValue": trimmed((interest * mark.mark_price).quantize(Decimal("0.01"))),
            "turnover24h": trimmed(day.ticker.quote_volume.quantize(_MONEY)),
            "volume24h": listing.quantity(day.ticker.volume),
            "fundingRate": trimmed(mark.funding_rate),
            "nextFundingTime": str(mark.next_funding_ms),
            "predictedDeliveryPrice": "",
            "basisRate": "",
            "deliveryFeeRate": "",
            "deliveryTime": "0",
            "ask1Size": listing.quantity(asks[0][1]) if asks else "",
            "bid1Price": listing.price(bids[0][0]) if bids else "",
            "ask1Price": listing.price(asks[0][0]) if asks else "",
            "bid1Size": listing.quantity(bids[0][1]) if bids else "",
            "basis": "",
            "preOpenPrice": "",
            "preQty": "",
            "curPreListingPhase": "",
            "fundingIntervalHour": str(PERIOD_MS // 3_600_000),
            "basisRateYear": "",
            "fundingCap": str(MOST),
        }

    def newest_candle(self, listing: Listing, interval: str) -> tuple[Candle, Decimal]:
        """The running one, and what it turned over in quote coin."""
        ((candle, _, turnover),) = self._exchange.candles(listing.symbol, interval, 1)
        return candle, turnover

    def price_limits(self, listing: Listing) -> tuple[Decimal, Decimal]:
        """The highest price that may be bid and the lowest that may be asked."""
        mark, rules = self._exchange.mark(listing.symbol).mark_price, listing.rules
        tick = rules.tick_size
        return mark * rules.price_cap_ratio // tick * tick, mark * rules.price_floor_ratio // tick * tick + tick

    def trade_id(self, trade: Traded) -> str:
        return self._ids.execution(trade.symbol, str(trade.trade_id))

    # which ones

    def _chosen(self, params: Parameters) -> list[Listing]:
        """Those that a call asks for by category, symbol and baseCoin."""
        if not params.is_linear():
            return []
        symbol, base = params.optional("symbol"), params.optional("baseCoin")
        listings = [self._listings.find(symbol)] if symbol else list(self._listings)
        return [each for each in listings if base in {"", each.base}]

    def _listing(self, call: Call) -> Listing:
        call.params.require_linear()
        return self._listings.find(call.params.text("symbol"))


def candle_row(candle: Candle, turnover: Decimal, listing: Listing) -> list[str]:
    """Start, open, high, low, close, volume in base coin, turnover in quote coin. Whether it is closed is not said."""
    return [
        str(candle.open_ms),
        listing.price(candle.open),
        listing.price(candle.high),
        listing.price(candle.low),
        listing.price(candle.close),
        listing.quantity(candle.volume),
        trimmed(turnover),
    ]
