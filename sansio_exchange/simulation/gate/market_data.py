"""Public answers: contracts, tickers, books, candles, trades, funding, statistics.

Source: Gate API v4, "Futures", read in November 2026. Of all products only USDT-settled perpetuals are listed; other
lists are empty. Candles of mark and index prices, and those of 10s, are not offered.
"""

from decimal import Decimal

from sansio_exchange.market import INTERVALS_MS, Candle
from sansio_exchange.simulation.books import Books
from sansio_exchange.simulation.day import Day
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.gate.call import Answer, Call
from sansio_exchange.simulation.gate.errors import Refused
from sansio_exchange.simulation.gate.listing import Listing, Listings, sized
from sansio_exchange.simulation.gate.order_rows import seconds
from sansio_exchange.simulation.gate.parameters import paged
from sansio_exchange.simulation.gate.weeks import INTERVAL as WEEKLY
from sansio_exchange.simulation.gate.weeks import WEEK_MS, Quoted, week_of, weeks
from sansio_exchange.simulation.happenings import Traded
from sansio_exchange.simulation.notation import trimmed

LENGTHS_MS = {each: INTERVALS_MS[each] for each in ("1m", "5m", "15m", "30m", "1h", "4h", "8h", "1d")} | {
    WEEKLY: WEEK_MS
}
"""Of the intervals that there are."""
MAX_CANDLES = 2000
TOLD_AT_ONCE = 1500
"""So many candles the exchange below tells at a time."""
MAX_BOOK = 1000
_PERCENT = Decimal("0.01")


class MarketData:
    """Everything that needs no key."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, books: Books, fees: Fees, orders: int) -> None:
        """`orders` is how many may work in one contract."""
        self._exchange = exchange
        self._listings = listings
        self._books = books
        self._fees = fees
        self._orders = orders

    def time(self, call: Call) -> Answer:
        return Answer({"server_time": call.now_ms})

    def none_listed(self, call: Call) -> Answer:
        """For products that are not traded here."""
        return Answer([])

    def contracts(self, call: Call) -> Answer:
        page, headers = paged(call.params, list(self._listings))
        return Answer([self._contract(each, call) for each in page], headers=headers)

    def contract(self, call: Call) -> Answer:
        return Answer(self._contract(self._listings.find(call.target), call))

    def tickers(self, call: Call) -> Answer:
        chosen = self._listings.chosen(call.params.optional("contract"))
        return Answer([self.ticker_row(each, call.now_ms) for each in chosen])

    def book(self, call: Call) -> Answer:
        listing = self._listing(call)
        levels = call.params.integer("limit") or 10
        if levels > MAX_BOOK:
            raise call.params.invalid("limit")
        if call.params.optional("interval", "0") != "0":
            raise call.params.invalid("interval")
        number = self._books.current_id(listing.symbol)
        bids, asks = self._exchange.depth(listing.symbol, levels)
        row: dict[str, object] = {
            "asks": listing.levels(asks, is_decimal=call.is_decimal),
            "bids": listing.levels(bids, is_decimal=call.is_decimal),
            "current": seconds(call.now_ms),
            "update": seconds(call.now_ms),
        }
        return Answer(row | {"id": number} if call.params.flag("with_id") else row)

    def trades(self, call: Call) -> Answer:
        listing = self._listing(call)
        start_ms, end_ms = call.params.span_ms()
        found = [
            each
            for each in reversed(self._exchange.recent_trades(listing.symbol, 1000))
            if start_ms <= each.time_ms <= (end_ms or each.time_ms)
        ]
        page, headers = paged(call.params, found)
        rows = [
            trade_row(each, listing, is_decimal=call.is_decimal)
            | {"create_time": seconds(each.time_ms), "create_time_ms": seconds(each.time_ms)}
            for each in page
        ]
        return Answer(rows, headers=headers)

    def candles(self, call: Call) -> Answer:
        """`limit` conflicts with `from` and `to`; without any of them the newest hundred."""
        params = call.params
        listing = self._listing(call)
        interval = params.optional("interval", "5m")
        length_ms = LENGTHS_MS.get(interval)
        if length_ms is None:
            raise params.invalid("interval")
        if params.optional("from") or params.optional("to"):
            if params.optional("limit"):
                raise Refused("INVALID_PARAM_VALUE", "limit conflicts with from and to")
            start_ms, end_ms = params.span_ms()
            end_ms = end_ms or call.now_ms
            start_ms = start_ms or end_ms - 100 * length_ms
            if (end_ms - start_ms) // length_ms > MAX_CANDLES:
                raise Refused("INVALID_PARAM_VALUE", f"too many points, at most {MAX_CANDLES}")
            found = self.between(listing, interval, start_ms, end_ms)
        else:
            limit = params.integer("limit") or 100
            if limit > MAX_CANDLES:
                raise params.invalid("limit")
            found = self.between(listing, interval, call.now_ms - limit * length_ms, call.now_ms)[-limit:]
        return Answer([candle_row(each, quote, listing, is_decimal=call.is_decimal) for each, quote in found])

    def funding_history(self, call: Call) -> Answer:
        """Newest first."""
        listing = self._listing(call)
        start_ms, end_ms = call.params.span_ms()
        limit, _ = call.params.page()
        found = [
            {"r": trimmed(each.rate), "t": each.time_ms // 1000}
            for each in reversed(self._exchange.funding_history(listing.symbol, 1000))
            if start_ms <= each.time_ms <= (end_ms or each.time_ms)
        ]
        return Answer(found[:limit])

    def statistics(self, call: Call) -> Answer:
        """Of all that is documented the open interest, as it is now: no history of it is kept."""
        listing = self._listing(call)
        interest = self._exchange.open_interest(listing.symbol)
        mark = self._exchange.mark(listing.symbol).mark_price
        row = {
            "long_liq_amount": 0,
            "long_liq_size": 0,
            "long_liq_usd": 0,
            "mark_price": float(mark),
            "open_interest": listing.count(interest),
            "open_interest_usd": float(interest * mark),
            "short_liq_amount": 0,
            "short_liq_size": 0,
            "short_liq_usd": 0,
            "time": call.now_ms // 1000,
        }
        return Answer([row])

    # rows

    def ticker_row(self, listing: Listing, now_ms: int) -> dict[str, str]:
        """Of REST and of the channel. funding_rate_indicative is deprecated for funding_rate."""
        day = Day(self._exchange, listing.symbol, now_ms)
        mark = self._exchange.mark(listing.symbol)
        bids, asks = self._exchange.depth(listing.symbol, 1)
        rate, contracts = trimmed(mark.funding_rate), str(listing.count(day.ticker.volume))
        quote = trimmed(day.ticker.quote_volume)
        return {
            "change_percentage": trimmed(day.ticker.price_change_percent.quantize(_PERCENT)),
            "change_price": trimmed(day.ticker.price_change),
            "contract": listing.name,
            "funding_rate": rate,
            "funding_rate_indicative": rate,
            "high_24h": trimmed(day.high),
            "highest_bid": trimmed(bids[0][0]) if bids else "",
            "highest_size": str(listing.count(bids[0][1])) if bids else "0",
            "index_price": trimmed(mark.index_price),
            "last": trimmed(day.ticker.last_price),
            "low_24h": trimmed(day.low),
            "lowest_ask": trimmed(asks[0][0]) if asks else "",
            "lowest_size": str(listing.count(asks[0][1])) if asks else "0",
            "mark_price": trimmed(mark.mark_price),
            "quanto_base_rate": "",
            "total_size": str(listing.count(self._exchange.open_interest(listing.symbol))),
            "volume_24h": contracts,
            "volume_24h_base": trimmed(day.ticker.volume),
            "volume_24h_quote": quote,
            "volume_24h_settle": quote,
        }

    def _contract(self, listing: Listing, call: Call) -> dict[str, object]:
        mark = self._exchange.mark(listing.symbol)
        day = Day(self._exchange, listing.symbol, call.now_ms)
        rate, decimal = trimmed(mark.funding_rate), call.is_decimal
        return listing.row(is_decimal=decimal) | {
            "funding_next_apply": mark.next_funding_ms // 1000,
            "funding_rate": rate,
            "funding_rate_indicative": rate,
            "index_price": trimmed(mark.index_price),
            "last_price": trimmed(day.ticker.last_price),
            "long_users": 1,
            "maintenance_rate": trimmed(self._fees.maintenance),
            "maker_fee_rate": trimmed(self._fees.maker),
            "mark_price": trimmed(mark.mark_price),
            "orderbook_id": self._books.current_id(listing.symbol),
            "orders_limit": self._orders,
            "position_size": sized(listing.count(day.ticker.open_interest), is_decimal=decimal),
            "short_users": 1,
            "taker_fee_rate": trimmed(self._fees.taker),
            "trade_id": day.last_id,
            "trade_size": sized(listing.count(day.ticker.volume), is_decimal=decimal),
        }

    def between(self, listing: Listing, interval: str, start_ms: int, end_ms: int) -> list[Quoted]:
        """Candles that open between two times, both included, oldest first."""
        if interval == WEEKLY:
            days = self.between(listing, "1d", week_of(start_ms), end_ms)
            return [each for each in weeks(days) if each[0].open_ms >= start_ms]
        found: list[Quoted] = []
        while True:
            told = self._exchange.candles(listing.symbol, interval, TOLD_AT_ONCE, max(1, start_ms), end_ms)
            found += [(candle, quote) for candle, _, quote in told]
            if len(told) < TOLD_AT_ONCE:
                return found
            start_ms = told[-1][0].open_ms + 1

    def _listing(self, call: Call) -> Listing:
        return self._listings.find(call.params.text("contract"))


def candle_row(candle: Candle, quote: Decimal, listing: Listing, *, is_decimal: bool) -> dict[str, object]:
    return {
        "c": trimmed(candle.close),
        "h": trimmed(candle.high),
        "l": trimmed(candle.low),
        "o": trimmed(candle.open),
        "sum": trimmed(quote),
        "t": candle.open_ms // 1000,
        "v": sized(listing.count(candle.volume), is_decimal=is_decimal),
    }


def trade_row(trade: Traded, listing: Listing, *, is_decimal: bool) -> dict[str, object]:
    """As the channel tells it. A taker that sells has a negative size."""
    return {
        "contract": listing.name,
        "create_time": trade.time_ms // 1000,
        "create_time_ms": trade.time_ms,
        "id": trade.trade_id,
        "price": trimmed(trade.price),
        "size": sized(listing.signed(trade.quantity, trade.taker), is_decimal=is_decimal),
    }
