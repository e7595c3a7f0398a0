"""Public answers: contracts, tickers, books, candles, trades, prices, funding.

Source: Bitget API, "Market" of futures (bitget.com/api-doc/contract/market), of November 2025. Of all products only
USDT-margined perpetuals are listed; asking for others gives nothing. Candles that begin with the day of Hong Kong (6H,
12H, 1D, ...) are not offered, those of UTC are.
"""

from decimal import Decimal

from sansio_exchange.market import INTERVALS_MS, Candle
from sansio_exchange.orders import Side
from sansio_exchange.simulation.bitget.call import Call
from sansio_exchange.simulation.bitget.errors import not_offered, too_long, unknown_symbol, wrong
from sansio_exchange.simulation.bitget.listing import Listing, Listings
from sansio_exchange.simulation.bitget.parameters import MARGIN_COIN, Parameters
from sansio_exchange.simulation.day import Day
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.funding import MOST, PERIOD_MS
from sansio_exchange.simulation.happenings import Traded
from sansio_exchange.simulation.notation import trimmed

FIRST_TRADE_ID = 10**18
BOOK_LIMITS = {"1": 1, "5": 5, "15": 15, "50": 50, "": 100, "max": 1000}
NINETY_DAYS_MS = 90 * 86_400_000
BARS = {
    "1m": "1m",
    "3m": "3m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "1H": "1h",
    "2H": "2h",
    "4H": "4h",
    "6Hutc": "6h",
    "12Hutc": "12h",
    "1Dutc": "1d",
    "3Dutc": "3d",
    "1Wutc": "1w",
}
"""Bitget's names of intervals, and ours."""
_CHANGE = Decimal("0.00001")

Row = dict[str, object]


class MarketData:
    """Everything that needs no key."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, fees: Fees) -> None:
        self._exchange = exchange
        self._listings = listings
        self._contracts = {each.symbol: each.row(fees) for each in listings}

    def time(self, call: Call) -> Row:
        return {"serverTime": str(call.now_ms)}

    def nothing(self, call: Call) -> list[Row]:
        """Lists of spot and margin markets: there are none here."""
        return []

    def coins(self, call: Call) -> list[Row]:
        """The coins there are. None can be deposited or withdrawn here."""
        coins = [MARGIN_COIN, *(each.rules.base_asset for each in self._listings)]
        return [
            {"coinId": str(number), "coin": coin, "transfer": "true", "chains": []}
            for number, coin in enumerate(coins, 1)
        ]

    def contracts(self, call: Call) -> list[Row]:
        return [self._contracts[each.symbol] for each in self.chosen(call.params)]

    def tickers(self, call: Call) -> list[Row]:
        if not call.params.is_listed_product():
            return []
        return [self._rest_ticker(each, call.now_ms) for each in self._listings]

    def ticker(self, call: Call) -> list[Row]:
        return [self._rest_ticker(self._listing(call), call.now_ms)]

    def book(self, call: Call) -> Row:
        """Levels are JSON numbers here, unlike everywhere else."""
        listing = self._listing(call)
        levels = BOOK_LIMITS.get(call.params.optional("limit"))
        if levels is None:
            raise wrong("limit")
        if call.params.optional("precision", "scale0") != "scale0":
            raise not_offered()
        bids, asks = self._exchange.depth(listing.symbol, levels)
        return {
            "asks": [list(each) for each in asks],
            "bids": [list(each) for each in bids],
            "ts": str(call.now_ms),
            "scale": trimmed(listing.rules.tick_size),
            "precision": "scale0",
            "isMaxPrecision": "NO",
        }

    def candles(self, call: Call) -> list[list[str]]:
        """The running one included."""
        return self._candles(call, 1000)

    def history_candles(self, call: Call) -> list[list[str]]:
        """Finished ones only."""
        rows = self._candles(call, 200)
        length = INTERVALS_MS[BARS[call.params.text("granularity")]]
        return [each for each in rows if int(each[0]) + length <= call.now_ms]

    def _candles(self, call: Call, most: int) -> list[list[str]]:
        """Oldest first. Of more than asked for the newest ones: which, was not found in documentation."""
        params = call.params
        listing = self._listing(call)
        interval = BARS.get(params.text("granularity"))
        if interval is None:
            raise wrong("granularity")
        if params.optional("kLineType", "MARKET").upper() != "MARKET":
            raise not_offered()
        begin, end = params.span()
        if begin and end and end - begin > NINETY_DAYS_MS:
            raise too_long(90)
        found = self._exchange.candles(listing.symbol, interval, params.limit(100, most), 0, end - 1 if end else 0)
        earliest = begin - INTERVALS_MS[interval]  # startTime counts as rounded down
        return [candle_row(candle, quote) for candle, _, quote in found if candle.open_ms > earliest]

    def trades(self, call: Call) -> list[Row]:
        """The newest, newest first."""
        listing = self._listing(call)
        found = self._exchange.recent_trades(listing.symbol, call.params.limit(100, 100))
        return [trade_row(each) | {"symbol": listing.symbol} for each in reversed(found)]

    def trade_history(self, call: Call) -> list[Row]:
        """As far back as the exchange below remembers. Here the sides are capitalized."""
        params = call.params
        listing = self._listing(call)
        begin, end = params.span()
        older = params.integer("idLessThan")
        found = [
            each
            for each in reversed(self._exchange.recent_trades(listing.symbol, 1000))
            if begin <= each.time_ms <= (end or each.time_ms)
            and (older is None or each.trade_id + FIRST_TRADE_ID < older)
        ]
        return [
            trade_row(each) | {"symbol": listing.symbol, "side": "Buy" if each.taker is Side.BUY else "Sell"}
            for each in found[: params.limit(500, 1000)]
        ]

    def open_interest(self, call: Call) -> Row:
        listing = self._listing(call)
        size = trimmed(self._exchange.open_interest(listing.symbol))
        return {"openInterestList": [{"symbol": listing.symbol, "size": size}], "ts": str(call.now_ms)}

    def prices(self, call: Call) -> list[Row]:
        listing = self._listing(call)
        mark = self._exchange.mark(listing.symbol)
        return [
            {
                "symbol": listing.symbol,
                "price": trimmed(self._exchange.ticker(listing.symbol).last_price),
                "indexPrice": trimmed(mark.index_price),
                "markPrice": trimmed(mark.mark_price),
                "ts": str(mark.time_ms),
            }
        ]

    def funding_rate(self, call: Call) -> list[Row]:
        rows: list[Row] = []
        for listing in self.chosen(call.params):
            mark = self._exchange.mark(listing.symbol)
            rows.append(
                {
                    "symbol": listing.symbol,
                    "fundingRate": trimmed(mark.funding_rate),
                    "fundingRateInterval": str(PERIOD_MS // 3_600_000),
                    "nextUpdate": str(mark.next_funding_ms),
                    "minFundingRate": str(-MOST),
                    "maxFundingRate": str(MOST),
                }
            )
        return rows

    def funding_time(self, call: Call) -> list[Row]:
        listing = self._listing(call)
        next_ms = self._exchange.mark(listing.symbol).next_funding_ms
        period = str(PERIOD_MS // 3_600_000)
        return [{"symbol": listing.symbol, "nextFundingTime": str(next_ms), "ratePeriod": period}]

    def funding_history(self, call: Call) -> list[Row]:
        """Newest first, by pages from 1."""
        listing = self._listing(call)
        size = call.params.limit(20, 100, "pageSize")
        page = call.params.limit(1, 1_000_000, "pageNo")
        found = self._exchange.funding_history(listing.symbol, 1000)[::-1]
        return [
            {"symbol": listing.symbol, "fundingRate": trimmed(each.rate), "fundingTime": str(each.time_ms)}
            for each in found[(page - 1) * size : page * size]
        ]

    # rows

    def ticker_row(self, listing: Listing, now_ms: int) -> Row:
        """What REST and the channel have in common."""
        day = Day(self._exchange, listing.symbol, now_ms)
        mark = self._exchange.mark(listing.symbol)
        bids, asks = self._exchange.depth(listing.symbol, 1)
        ((midnight, _, _),) = self._exchange.candles(listing.symbol, "1d", 1)
        last = day.ticker.last_price
        return {
            "symbol": listing.symbol,
            "lastPr": trimmed(last),
            "askPr": trimmed(asks[0][0]) if asks else "",
            "bidPr": trimmed(bids[0][0]) if bids else "",
            "bidSz": trimmed(bids[0][1]) if bids else "",
            "askSz": trimmed(asks[0][1]) if asks else "",
            "high24h": trimmed(day.high),
            "low24h": trimmed(day.low),
            "ts": str(now_ms),
            "change24h": trimmed((day.ticker.price_change / day.open).quantize(_CHANGE)),
            "baseVolume": trimmed(day.ticker.volume),
            "quoteVolume": trimmed(day.ticker.quote_volume),
            "openUtc": trimmed(midnight.open),
            "indexPrice": trimmed(mark.index_price),
            "fundingRate": trimmed(mark.funding_rate),
            "holdingAmount": trimmed(day.ticker.open_interest),
            "open24h": trimmed(day.open),
            "markPrice": trimmed(mark.mark_price),
        }

    def _rest_ticker(self, listing: Listing, now_ms: int) -> Row:
        row = self.ticker_row(listing, now_ms)
        last, opened = Decimal(str(row["lastPr"])), Decimal(str(row["openUtc"]))
        return row | {
            "usdtVolume": row["quoteVolume"],
            "changeUtc24h": trimmed(((last - opened) / opened).quantize(_CHANGE)),
            "deliveryStartTime": None,
            "deliveryTime": None,
            "deliveryStatus": "",
        }

    def newest_candles(self, listing: Listing, interval: str, number: int) -> list[list[str]]:
        """Oldest first, the running one last, as the channels show them."""
        found = self._exchange.candles(listing.symbol, interval, number)
        return [channel_candle(candle, quote) for candle, _, quote in found]

    def price_limits(self, listing: Listing) -> tuple[Decimal, Decimal]:
        """The highest price that may be bid and the lowest that may be asked."""
        mark, rules = self._exchange.mark(listing.symbol).mark_price, listing.rules
        tick = rules.tick_size
        return mark * rules.price_cap_ratio // tick * tick, mark * rules.price_floor_ratio // tick * tick + tick

    # which ones

    def chosen(self, params: Parameters) -> list[Listing]:
        """The contracts that a call asks for by productType and, where it is given, symbol."""
        if not params.is_listed_product():
            return []
        symbol = params.optional("symbol")
        return [self._listings.find(symbol)] if symbol else list(self._listings)

    def _listing(self, call: Call) -> Listing:
        """The one contract that a call is about."""
        symbol = call.params.text("symbol")
        chosen = self.chosen(call.params)
        if not chosen:
            raise unknown_symbol(symbol)
        return chosen[0]


def candle_row(candle: Candle, quote: Decimal) -> list[str]:
    """Time, open, high, low, close, volume in base coin and in quote coin. Nothing says whether it is closed."""
    return [
        str(candle.open_ms),
        trimmed(candle.open),
        trimmed(candle.high),
        trimmed(candle.low),
        trimmed(candle.close),
        trimmed(candle.volume),
        trimmed(quote),
    ]


def channel_candle(candle: Candle, quote: Decimal) -> list[str]:
    """With the volume in USDT once more."""
    return [*candle_row(candle, quote), trimmed(quote)]


def trade_row(trade: Traded) -> Row:
    return {
        "ts": str(trade.time_ms),
        "price": trimmed(trade.price),
        "size": trimmed(trade.quantity),
        "side": "buy" if trade.taker is Side.BUY else "sell",
        "tradeId": str(FIRST_TRADE_ID + trade.trade_id),
    }
