"""Looking up orders and executions, page by page.

Source: Bybit V5 API, "Get Open & Closed Orders", "Get Order History" and "Get Trade History" (docs/v5/order/...), read
in November 2026. orderId goes before orderLinkId, that before symbol, that before baseCoin; nothing found is an empty
list. A page that is not empty comes with a cursor, also when it is the last one (as the documented examples have it).
"""

import re
from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from urllib.parse import unquote

from sansio_exchange.errors import OrderNotFound
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, Order
from sansio_exchange.simulation.bybit.call import Answer, Call
from sansio_exchange.simulation.bybit.errors import missing, wrong
from sansio_exchange.simulation.bybit.ids import Ids
from sansio_exchange.simulation.bybit.ledger import Ledger
from sansio_exchange.simulation.bybit.listing import SETTLE, Listing, Listings
from sansio_exchange.simulation.bybit.order_rows import (
    BUST,
    FUNDING,
    STATUSES,
    TRADE,
    execution_row,
    funding_row,
    is_liquidation,
    order_row,
)
from sansio_exchange.simulation.bybit.parameters import Parameters
from sansio_exchange.simulation.bybit.trading import Trading
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.order_totals import OrderTotals

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
RECENT = 500
"""So many finished orders can be looked up in real time."""
_cursor = re.compile(r"page_token=(\d{1,30})&", re.ASCII)

Row = dict[str, object]
Found = tuple[int, Callable[[], Row]]
"""A key that grows with time, and what makes the row."""


class History:
    """Of all accounts."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        listings: Listings,
        trading: Trading,
        totals: OrderTotals,
        ledger: Ledger,
        fees: Fees,
        ids: Ids,
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._trading = trading
        self._totals = totals
        self._ledger = ledger
        self._fees = fees
        self._ids = ids

        self._recent: dict[str, deque[Order]] = {}

    # orders

    def finished(self, account: str, order: Order) -> None:
        """Take note of an order that has just ended."""
        self._recent.setdefault(account, deque(maxlen=RECENT)).append(order)

    def realtime(self, call: Call) -> Answer:
        """Working orders, or with openOnly=1 the newest finished ones; by id either."""
        params = call.params
        if not params.is_linear():
            return _page(params, [], 20, 50)
        if not any(params.optional(name) for name in ("symbol", "baseCoin", "settleCoin")):
            raise missing("symbol or baseCoin or settleCoin")
        symbols, named = self._symbols(params), self._named(call)
        recent = self._recent.get(call.account, ())
        if named is not None:
            ids = {each.order_id for each in recent}
            found = [each for each in named if not each.status.is_final or each.order_id in ids]
        elif params.optional("openOnly", "0") == "0":
            found = [each for each in self._exchange.open_orders(call.account) if each.symbol in symbols]
        else:
            found = [each for each in recent if each.symbol in symbols]
        return self._orders(params, found)

    def orders(self, call: Call) -> Answer:
        """Finished orders of a week. Those that were cancelled without fills are kept for a day."""
        params = call.params
        if not params.is_linear():
            return _page(params, [], 20, 50)
        start, end = _span(params, call.now_ms)
        status = params.optional("orderStatus")
        symbols, found = self._symbols(params), self._named(call)
        if found is None:
            found = [
                each
                for symbol in symbols
                for each in self._exchange.orders(call.account, symbol)
                if start <= each.created_ms <= end
            ]
        chosen = [
            each
            for each in found
            if each.status.is_final
            and (each.executed_qty or each.update_ms >= call.now_ms - DAY_MS)
            and status in {"", STATUSES[each.status]}
        ]
        return self._orders(params, chosen)

    def _orders(self, params: Parameters, orders: Iterable[Order]) -> Answer:
        return _page(params, [(each.order_id, partial(self._order_row, each)) for each in orders], 20, 50)

    def _order_row(self, order: Order) -> Row:
        total, created = self._totals.of(order.order_id), self._trading.created(order)
        return order_row(order, self._listings.of(order.symbol), total, created, self._ids)

    # executions

    def executions(self, call: Call) -> Answer:
        """Of a week: fills, and settlements of funding. By id everything, whenever it was."""
        params = call.params
        if not params.is_linear():
            return _page(params, [], 50, 100)
        start, end = _span(params, call.now_ms)
        kind = params.optional("execType")
        symbols, named = self._symbols(params), self._named(call)
        if named is not None:
            rows = [
                row
                for order in named
                for row in self._fills(call.account, order.symbol, kind, partial(_is_of, order.order_id))
            ]
            return _page(params, rows, 50, 100)
        rows = [
            row
            for symbol in symbols
            for row in self._fills(call.account, symbol, kind, lambda fill: start <= fill.time_ms <= end)
        ]
        if kind in {"", FUNDING}:
            for payment in self._ledger.payments(call.account):
                if start <= payment.time_ms <= end and payment.symbol in symbols:
                    listing = self._listings.of(payment.symbol)
                    row = partial(funding_row, payment, call.account, listing, self._ids)
                    rows.append((payment.time_ms * 1_000_000 + 50 + listing.place, row))
        return _page(params, rows, 50, 100)

    def _fills(self, account: str, symbol: str, kind: str, is_wanted: Callable[[Fill], bool]) -> Iterable[Found]:
        """Those of one symbol whose order is still remembered. `kind` is "" for all."""
        if kind not in {"", TRADE, BUST}:
            return
        listing = self._listings.of(symbol)
        executed: dict[int, Decimal] = {}
        for fill in self._exchange.fills(account, symbol):
            so_far = executed[fill.order_id] = executed.get(fill.order_id, ZERO) + fill.quantity
            if not is_wanted(fill):
                continue
            try:
                order = self._exchange.order(account, symbol, order_id=fill.order_id)
            except OrderNotFound:
                continue
            if kind in {"", BUST if is_liquidation(order) else TRADE}:
                key = fill.time_ms * 1_000_000 + int(fill.trade_id) % 10_000 * 100 + listing.place
                yield key, partial(self._execution_row, fill, order, so_far, listing)

    def _execution_row(self, fill: Fill, order: Order, executed: Decimal, listing: Listing) -> Row:
        left = max(ZERO, order.quantity - executed)
        return execution_row(fill, order, left, listing, self._trading.created(order), self._fees, self._ids)

    # which ones

    def _named(self, call: Call) -> list[Order] | None:
        """The order that a query names by an id, none or one; None where it names no order."""
        text, name = call.params.optional("orderId"), call.params.optional("orderLinkId")
        if not text and not name:
            return None
        number = self._ids.number(text) or -1 if text else 0
        for listing in self._listings:
            try:
                return [self._exchange.order(call.account, listing.symbol, order_id=number, client_order_id=name)]
            except OrderNotFound:
                continue
        return []

    def _symbols(self, params: Parameters) -> set[str]:
        """Those that a query is about. Raises Refused (10001) for one that is not listed."""
        wanted, base = params.optional("symbol"), params.optional("baseCoin")
        if wanted:
            return {self._listings.find(wanted).symbol}
        if base:
            return {each.symbol for each in self._listings if each.base == base}
        return {each.symbol for each in self._listings} if params.optional("settleCoin", SETTLE) == SETTLE else set()


def _is_of(order_id: int, fill: Fill) -> bool:
    return fill.order_id == order_id


def _span(params: Parameters, now_ms: int) -> tuple[int, int]:
    """startTime and endTime, both included: a week from the one that is given, else the last week."""
    start, end = params.integer("startTime"), params.integer("endTime")
    if start is None and end is None:
        start, end = now_ms - WEEK_MS, now_ms
    elif start is None:
        assert end is not None
        start = end - WEEK_MS
    elif end is None:
        end = start + WEEK_MS
    if not 0 <= end - start <= WEEK_MS:
        raise wrong("the time range must be at most 7 days")
    return start, end


def _page(params: Parameters, found: list[Found], default: int, largest: int) -> Answer:
    """The newest first, those that come after a cursor."""
    limit, text = params.limit(default, largest), params.optional("cursor")
    if text:
        # a cursor comes percent-encoded; clients send it back as it came or decoded
        cursor = _cursor.fullmatch(unquote(text))
        if cursor is None:
            raise wrong("cursor invalid")
        found = [each for each in found if each[0] < int(cursor[1])]
    page = sorted(found, key=lambda each: each[0], reverse=True)[:limit]
    following = f"page_token%3D{page[-1][0]}%26" if page else ""
    rows = [make() for _, make in page]
    return Answer({"category": params.text("category"), "list": rows, "nextPageCursor": following})
