"""Public answers: instruments, tickers, books, candles, trades, prices, funding.

Source: OKX API guide, "Order Book Trading" / "Market Data" and "Public Data", read in November 2026. Of all products
only swaps are listed; asking for others gives nothing. Candles that begin with the day of Hong Kong (6H, 12H, 1D, ...)
are not offered, those of UTC are.
"""

from decimal import Decimal

from sansio_exchange.market import Candle
from sansio_exchange.orders import Side
from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.day import Day
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.funding import MOST, PERIOD_MS
from sansio_exchange.simulation.happenings import MarkChanged, Traded
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.okx.call import Answer, Call
from sansio_exchange.simulation.okx.errors import wrong
from sansio_exchange.simulation.okx.listing import INST_TYPE, SETTLE, Listing, Listings
from sansio_exchange.simulation.okx.parameters import Parameters

PRODUCTS = frozenset({"SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"})
MAX_BOOK = 400
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
"""OKX's names of intervals, and ours."""


class MarketData:
    """Everything that needs no key."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, books: Books) -> None:
        self._exchange = exchange
        self._listings = listings
        self._books = books
        self._instruments = {each.inst_id: each.row() for each in listings}

    def time(self, call: Call) -> Answer:
        return Answer([{"ts": str(call.now_ms)}])

    def status(self, call: Call) -> Answer:
        """Announced maintenance: there is none."""
        return Answer([])

    def instruments(self, call: Call) -> Answer:
        chosen = self.chosen(call.params, is_type_required=True)
        return Answer([self._instruments[each.inst_id] for each in chosen])

    def tickers(self, call: Call) -> Answer:
        chosen = self.chosen(call.params, is_type_required=True)
        return Answer([self.ticker_row(each, call.now_ms) for each in chosen])

    def ticker(self, call: Call) -> Answer:
        return Answer([self.ticker_row(self._listing(call), call.now_ms)])

    def book(self, call: Call) -> Answer:
        listing = self._listing(call)
        levels = call.params.integer("sz") or 1
        if levels > MAX_BOOK:
            raise wrong("sz")
        return Answer([self.book_row(listing, levels, call.now_ms)])

    def candles(self, call: Call) -> Answer:
        listing = self._listing(call)
        interval = BARS.get(call.params.optional("bar", "1m"))
        if interval is None:
            raise wrong("bar")
        newer, older = call.params.page()
        limit = call.params.limit(100, 300)
        found = self._exchange.candles(listing.symbol, interval, limit, 0, older - 1 if older else 0)
        rows = [
            candle_row(candle, quote, listing)
            for candle, _, quote in found
            if candle.open_ms > newer and (not older or candle.open_ms < older)
        ]
        return Answer(rows[::-1])

    def trades(self, call: Call) -> Answer:
        listing = self._listing(call)
        found = self._exchange.recent_trades(listing.symbol, call.params.limit(100, 500))
        return Answer([trade_row(each, listing) for each in reversed(found)])

    def funding_rate(self, call: Call) -> Answer:
        if call.params.text("instId") == "ANY":
            return Answer([self.funding_row(each, call.now_ms) for each in self._listings])
        return Answer([self.funding_row(self._listing(call), call.now_ms)])

    def funding_history(self, call: Call) -> Answer:
        listing = self._listing(call)
        newer, older = call.params.page()
        limit = call.params.limit(400, 400)
        found = [
            each
            for each in reversed(self._exchange.funding_history(listing.symbol, 1000))
            if each.time_ms > newer and (not older or each.time_ms < older)
        ]
        return Answer(
            [
                {
                    "formulaType": "withRate",
                    "fundingRate": trimmed(each.rate),
                    "fundingTime": str(each.time_ms),
                    "instId": listing.inst_id,
                    "instType": INST_TYPE,
                    "method": "current_period",
                    "realizedRate": trimmed(each.rate),
                }
                for each in found[:limit]
            ]
        )

    def open_interest(self, call: Call) -> Answer:
        chosen = self.chosen(call.params, is_type_required=True)
        return Answer([self.interest_row(each, call.now_ms) for each in chosen])

    def mark_price(self, call: Call) -> Answer:
        chosen = self.chosen(call.params, is_type_required=True)
        return Answer([mark_row(self._exchange.mark(each.symbol), each) for each in chosen])

    def price_limit(self, call: Call) -> Answer:
        listing = self._listing(call)
        highest, lowest = self.price_limits(listing)
        return Answer(
            [
                {
                    "buyLmt": trimmed(highest),
                    "enabled": True,
                    "instId": listing.inst_id,
                    "instType": INST_TYPE,
                    "sellLmt": trimmed(lowest),
                    "ts": str(call.now_ms),
                }
            ]
        )

    def index_tickers(self, call: Call) -> Answer:
        wanted, quote = call.params.optional("instId"), call.params.optional("quoteCcy")
        if not wanted and not quote:
            raise wrong("instId")
        return Answer(
            [
                index_row(self._exchange.mark(each.symbol), each)
                for each in self._listings
                if wanted in {"", each.family} and quote in {"", SETTLE}
            ]
        )

    # rows

    def ticker_row(self, listing: Listing, now_ms: int) -> dict[str, str]:
        day = Day(self._exchange, listing.symbol, now_ms)
        bids, asks = self._exchange.depth(listing.symbol, 1)
        ((midnight, _, _),) = self._exchange.candles(listing.symbol, "1d", 1)
        return {
            "askPx": trimmed(asks[0][0]) if asks else "",
            "askSz": listing.contracts(asks[0][1]) if asks else "",
            "bidPx": trimmed(bids[0][0]) if bids else "",
            "bidSz": listing.contracts(bids[0][1]) if bids else "",
            "high24h": trimmed(day.high),
            "instId": listing.inst_id,
            "instType": INST_TYPE,
            "last": trimmed(day.ticker.last_price),
            "lastSz": listing.contracts(day.last_quantity),
            "low24h": trimmed(day.low),
            "open24h": trimmed(day.open),
            "sodUtc0": trimmed(midnight.open),
            "sodUtc8": "",
            "ts": str(now_ms),
            "vol24h": listing.contracts(day.ticker.volume),
            "volCcy24h": trimmed(day.ticker.volume),
        }

    def book_row(self, listing: Listing, levels: int, now_ms: int) -> dict[str, object]:
        bids, asks = self._exchange.depth(listing.symbol, levels)
        return {
            "asks": listing.levels(asks),
            "bids": listing.levels(bids),
            "seqId": self._books.current_id(listing.symbol),
            "ts": str(now_ms),
        }

    def funding_row(self, listing: Listing, now_ms: int) -> dict[str, str]:
        """The current period's rate: fundingTime is when it is settled, nextFundingTime the settlement after that."""
        mark = self._exchange.mark(listing.symbol)
        (settled,) = self._exchange.funding_history(listing.symbol, 1)
        return {
            "formulaType": "withRate",
            "fundingRate": trimmed(mark.funding_rate),
            "fundingTime": str(mark.next_funding_ms),
            "impactValue": "",
            "instId": listing.inst_id,
            "instType": INST_TYPE,
            "interestRate": "0.0001",
            "maxFundingRate": str(MOST),
            "method": "current_period",
            "minFundingRate": str(-MOST),
            "nextFundingRate": "",
            "nextFundingTime": str(mark.next_funding_ms + PERIOD_MS),
            "premium": "",
            "prevFundingTime": str(settled.time_ms),
            "settFundingRate": trimmed(settled.rate),
            "settState": "settled",
            "ts": str(now_ms),
        }

    def interest_row(self, listing: Listing, now_ms: int) -> dict[str, str]:
        interest = self._exchange.open_interest(listing.symbol)
        return {
            "instId": listing.inst_id,
            "instType": INST_TYPE,
            "oi": listing.contracts(interest),
            "oiCcy": trimmed(interest),
            "oiUsd": trimmed(interest * self._exchange.mark(listing.symbol).mark_price),
            "ts": str(now_ms),
        }

    def newest_candle(self, listing: Listing, interval: str) -> list[str]:
        ((candle, _, quote),) = self._exchange.candles(listing.symbol, interval, 1)
        return candle_row(candle, quote, listing)

    def price_limits(self, listing: Listing) -> tuple[Decimal, Decimal]:
        """The highest price that may be bid and the lowest that may be asked."""
        mark, rules = self._exchange.mark(listing.symbol).mark_price, listing.rules
        tick = rules.tick_size
        return mark * rules.price_cap_ratio // tick * tick, mark * rules.price_floor_ratio // tick * tick + tick

    # which ones

    def chosen(self, params: Parameters, *, is_type_required: bool) -> list[Listing]:
        """The instruments that a call asks for by instType, uly, instFamily and instId."""
        kind = params.text("instType") if is_type_required else params.optional("instType", INST_TYPE)
        if kind not in PRODUCTS:
            raise wrong("instType")
        if kind != INST_TYPE:
            return []
        family, underlying = params.optional("instFamily"), params.optional("uly")
        inst_id = params.optional("instId")
        listings = [self._listings.find(inst_id)] if inst_id else list(self._listings)
        return [each for each in listings if family in {"", each.family} and underlying in {"", each.family}]

    def _listing(self, call: Call) -> Listing:
        return self._listings.find(call.params.text("instId"))


def candle_row(candle: Candle, quote: Decimal, listing: Listing) -> list[str]:
    """Time, open, high, low, close, volume in contracts, in base coin, in quote coin, and 1 where it is closed."""
    return [
        str(candle.open_ms),
        trimmed(candle.open),
        trimmed(candle.high),
        trimmed(candle.low),
        trimmed(candle.close),
        listing.contracts(candle.volume),
        trimmed(candle.volume),
        trimmed(quote),
        "1" if candle.is_closed else "0",
    ]


def trade_row(trade: Traded, listing: Listing) -> dict[str, str]:
    return {
        "instId": listing.inst_id,
        "px": trimmed(trade.price),
        "side": "buy" if trade.taker is Side.BUY else "sell",
        "source": "0",
        "sz": listing.contracts(trade.quantity),
        "tradeId": str(trade.trade_id),
        "ts": str(trade.time_ms),
    }


def mark_row(mark: MarkChanged, listing: Listing) -> dict[str, str]:
    return {
        "instId": listing.inst_id,
        "instType": INST_TYPE,
        "markPx": trimmed(mark.mark_price),
        "ts": str(mark.time_ms),
    }


def index_row(mark: MarkChanged, listing: Listing) -> dict[str, str]:
    """The index of the last day is not kept."""
    return {
        "high24h": "",
        "idxPx": trimmed(mark.index_price),
        "instId": listing.family,
        "low24h": "",
        "open24h": "",
        "sodUtc0": "",
        "sodUtc8": "",
        "ts": str(mark.time_ms),
    }
