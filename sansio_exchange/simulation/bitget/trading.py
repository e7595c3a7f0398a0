"""Placing, modifying, cancelling and looking up orders: the same for REST and the private socket.

Source: Bitget API, "Trade" of futures (bitget.com/api-doc/contract/trade) of November 2025, and "Best Practices
Guide", of September 2026. The answer to placing or cancelling says only that it was accepted; what happens to an order
is told by the orders channel. A clientOid is unique among working orders only. Where the two contradict each other (its
form, the length of a batch), what both allow is allowed.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from sansio_exchange.errors import ExchangeError, OrderNotFound
from sansio_exchange.numbers import is_multiple
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.bitget.call import Call
from sansio_exchange.simulation.bitget.errors import (
    Refused,
    duplicate,
    malformed_id,
    missing,
    no_order_data,
    no_order_named,
    no_such_order,
    not_offered,
    nothing_to_cancel,
    refusal,
    too_long,
    wrong,
)
from sansio_exchange.simulation.bitget.listing import Listing, Listings
from sansio_exchange.simulation.bitget.market_data import MarketData
from sansio_exchange.simulation.bitget.order_rows import (
    FIRST_ORDER_ID,
    STATES,
    fill_row,
    is_liquidation,
    order_id,
    order_number,
    order_row,
)
from sansio_exchange.simulation.bitget.parameters import Parameters
from sansio_exchange.simulation.bitget.rate_limits import Limits
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fill_numbers import fill_number
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.order_totals import OrderTotals

MAX_BATCH = 20
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
NINETY_DAYS_MS = 90 * DAY_MS
FORCES = {
    "gtc": TimeInForce.GTC,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
    "post_only": TimeInForce.GTX,
}
PRESETS = (
    "presetStopSurplusPrice",
    "presetStopLossPrice",
    "presetStopSurplusExecutePrice",
    "presetStopLossExecutePrice",
)
NEW_PRESETS = ("newPresetStopSurplusPrice", "newPresetStopLossPrice")
STP_MODES = frozenset({"none", "cancel_taker", "cancel_maker", "cancel_both"})
STP_OFFERED = frozenset({"none", "cancel_maker"})
"""The exchange below always cancels the maker."""
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_client_order_id = re.compile(r"[0-9A-Za-z+_#-]{1,32}")

Row = dict[str, object]


class Trading:
    """Order calls of all accounts."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        listings: Listings,
        market: MarketData,
        totals: OrderTotals,
        limits: Limits,
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._market = market
        self._totals = totals
        self._limits = limits
        self._names = 0
        """How many orders were given a clientOid by the venue."""

    # acting

    def place(self, call: Call) -> Row:
        return self._place(call, call.params)

    def place_batch(self, call: Call) -> Row:
        if not call.params.optional("orderList"):
            raise missing("orderList")
        common = call.params
        rows = [common.joined(row) for row in common.rows("orderList", MAX_BATCH)]
        return self._batch(call, rows, self._place)

    def modify(self, call: Call) -> Row:
        """The old order is cancelled and a new one takes its place.

        What the answer names was not found in documentation: the old order, and the new one's clientOid, as the new
        order's id "cannot be returned synchronously".
        """
        params = call.params
        listing = self._listing(params)
        order = self._find(call, params, listing)
        if order is None:
            raise no_such_order()
        if order.status is not OrderStatus.NEW or order.type is not OrderType.LIMIT:
            raise Refused(40922, "Only work order modifications are allowed")
        if any(params.optional(name) for name in NEW_PRESETS):
            raise not_offered()
        if not params.optional("newSize") or not params.optional("newPrice"):
            raise Refused(40925, "price or size must be passed in together", status=400)
        new = NewOrder(
            symbol=listing.symbol,
            side=order.side,
            type=OrderType.LIMIT,
            quantity=params.positive("newSize"),
            price=params.positive("newPrice"),
            time_in_force=order.time_in_force,
            reduce_only=order.reduce_only,
            client_order_id=self._name(params.text("newClientOid")),
        )
        self._check(new, listing)
        _require_free(new.client_order_id, self._exchange.open_orders(call.account))
        self._exchange.cancel(call.account, listing.symbol, call.now_ms, order_id=order.order_id)
        self._carry_out(call, new)
        return {"orderId": order_id(order.order_id), "clientOid": new.client_order_id}

    def cancel(self, call: Call) -> Row:
        return self._cancel(call, call.params)

    def cancel_batch(self, call: Call) -> Row:
        """Some orders of a symbol, all of a symbol, or all there are."""
        params = call.params
        rows = params.rows("orderIdList", MAX_BATCH)
        if rows:
            params.text("symbol")
            return self._batch(call, [params.joined(row) for row in rows], self._cancel)
        return self._cancel_all(call, self._market.chosen(params))

    def cancel_all(self, call: Call) -> Row:
        """It knows no symbol: all orders of the product go."""
        return self._cancel_all(call, self._listings if call.params.is_listed_product() else ())

    def _cancel_all(self, call: Call, listings: Iterable[Listing]) -> Row:
        call.params.check_margin_coin()
        done = [
            _names(order)
            for listing in listings
            for order in self._exchange.cancel_all(call.account, listing.symbol, call.now_ms)
        ]
        if not done:
            raise nothing_to_cancel()
        return {"successList": done, "failureList": []}

    def _batch(self, call: Call, rows: list[Parameters], act: Callable[[Call, Parameters], Row]) -> Row:
        """Each row's result, in two lists."""
        done: list[Row] = []
        failed: list[Row] = []
        for row in rows:
            try:
                done.append(act(call, row))
            except Refused as refused:
                failed.append(
                    {
                        "orderId": row.optional("orderId"),
                        "clientOid": row.optional("clientOid"),
                        "errorMsg": refused.message,
                        "errorCode": refused.code,
                    }
                )
        return {"successList": done, "failureList": failed}

    def _place(self, call: Call, params: Parameters) -> Row:
        listing = self._listing(params)
        params.text("marginCoin")
        params.check_margin_coin()
        order = self._read_order(params, listing)
        self._check(order, listing)
        working = self._exchange.open_orders(call.account)
        _require_free(order.client_order_id, working)
        in_symbol = sum(each.symbol == listing.symbol for each in working)
        limits = self._limits
        for number, most in ((in_symbol, limits.symbol_orders), (len(working), limits.product_orders)):
            if number >= most:
                raise Refused(
                    45118,
                    "Reached the upper limit of the order of transactions (the current number of order + the current "
                    f"number of orders) {most}",
                )
        has_replaced = order.reduce_only and self._make_room(call, order)
        placed = self._carry_out(call, order)
        names = _names(placed)
        return names | {"orderId": None} if has_replaced else names

    def _make_room(self, call: Call, order: NewOrder) -> bool:
        """Cancel reduce-only orders, oldest first, that would with a new one exceed the position; whether any was.

        As "Place Order" says of one-way mode; the answer to the new order then names no orderId.
        """
        size = self._exchange.position(call.account, order.symbol).size
        if (size < 0) is not (order.side is Side.BUY) or not size:
            return False  # nothing that it would reduce: the exchange refuses it
        others = [
            each
            for each in self._exchange.open_orders(call.account, order.symbol)
            if each.reduce_only and each.side is order.side
        ]
        total = order.quantity + sum(each.quantity - each.executed_qty for each in others)
        has_replaced = False
        for each in others:
            if total <= abs(size):
                break
            total -= each.quantity - each.executed_qty
            self._exchange.cancel(call.account, each.symbol, call.now_ms, order_id=each.order_id)
            has_replaced = True
        return has_replaced

    def _carry_out(self, call: Call, order: NewOrder) -> Order:
        try:
            return self._exchange.place(call.account, order, call.now_ms)
        except ExchangeError as error:
            raise refusal(error) from error

    def _cancel(self, call: Call, params: Parameters) -> Row:
        listing = self._listing(params)
        params.check_margin_coin()
        order = self._find(call, params, listing)
        if order is None:
            raise no_such_order()
        if order.status.is_final:
            raise nothing_to_cancel()
        self._exchange.cancel(call.account, listing.symbol, call.now_ms, order_id=order.order_id)
        return _names(order)

    # looking up

    def detail(self, call: Call) -> Row:
        order = self._find(call, call.params, self._listing(call.params))
        if order is None:
            raise no_order_data()
        row = self.row(order, call.account)
        row["state"] = row.pop("status")
        return row

    def pending(self, call: Call) -> Row:
        state = call.params.optional("status")
        if state not in {"", "live", "partially_filled"}:
            raise wrong("status")
        found = [
            order
            for listing in self._market.chosen(call.params)
            for order in self._exchange.open_orders(call.account, listing.symbol)
            if state in {"", STATES[order.status]}
        ]
        return self._orders(call, found)

    def history(self, call: Call) -> Row:
        found = [
            order
            for listing in self._market.chosen(call.params)
            for order in self._exchange.orders(call.account, listing.symbol)
            if order.status.is_final and order.update_ms >= call.now_ms - NINETY_DAYS_MS
        ]
        return self._orders(call, found)

    def _orders(self, call: Call, orders: list[Order]) -> Row:
        """Newest first, older than an id, created within a span. Where there are none, Bitget says null."""
        params = call.params
        begin, end = params.span()
        older = self._older_than(params)
        wanted, name = params.optional("orderId"), params.optional("clientOid")
        chosen = [
            each
            for each in orders
            if (older is None or each.order_id < older)
            and begin <= each.created_ms <= (end or each.created_ms)
            and (not wanted or order_id(each.order_id) == wanted)
            and (wanted or not name or each.client_order_id == name)
        ]
        chosen.sort(key=lambda each: each.order_id, reverse=True)
        rows = [self.row(each, call.account) for each in chosen[: params.limit(100, 100)]]
        return {"entrustedList": rows or None, "endId": rows[-1]["orderId"] if rows else None}

    def _older_than(self, params: Parameters) -> int | None:
        """idLessThan as a number of the exchange below."""
        number = params.integer("idLessThan")
        return None if number is None else number - FIRST_ORDER_ID

    def fills(self, call: Call) -> Row:
        """Three months."""
        return self._fills(call, NINETY_DAYS_MS)

    def fill_history(self, call: Call) -> Row:
        """A week at a time."""
        return self._fills(call, WEEK_MS)

    def _fills(self, call: Call, longest_ms: int) -> Row:
        params = call.params
        begin, end = params.span()
        if begin and end and end - begin > longest_ms:
            raise too_long(longest_ms // DAY_MS)
        if not begin:
            begin = (end or call.now_ms) - longest_ms
        end = end or begin + longest_ms
        older = params.integer("idLessThan")
        wanted = params.optional("orderId")
        found: list[tuple[int, Fill, Listing]] = []
        for listing in self._market.chosen(params):
            for fill in self._exchange.fills(call.account, listing.symbol):
                number = fill_number(fill, listing.place)
                if (
                    (older is None or number < older)
                    and (not wanted or order_id(fill.order_id) == wanted)
                    and begin <= fill.time_ms <= end
                ):
                    found.append((number, fill, listing))
        found.sort(key=lambda each: each[0], reverse=True)
        rows = []
        for _, fill, listing in found[: params.limit(100, 100)]:
            order = self._by_number(call.account, listing, fill.order_id)
            is_forced = order is not None and is_liquidation(order)
            source = "SYS" if is_forced else "API"
            row = fill_row(fill, listing.place, is_forced=is_forced)
            rows.append(row | {"marginCoin": fill.fee_asset, "enterPointSource": source})
        return {"fillList": rows or None, "endId": rows[-1]["tradeId"] if rows else None}

    def row(self, order: Order, account: str) -> Row:
        """An order as REST shows it."""
        leverage = self._exchange.leverage(account, order.symbol)
        return order_row(order, self._totals.of(order.order_id), leverage)

    # what they have in common

    def _listing(self, params: Parameters) -> Listing:
        if not params.is_listed_product():
            raise not_offered()
        return self._listings.find(params.text("symbol"))

    def _find(self, call: Call, params: Parameters, listing: Listing) -> Order | None:
        """By either id; the venue's own prevails where both are sent."""
        text, name = params.optional("orderId"), params.optional("clientOid")
        if not text and not name:
            raise no_order_named()
        if text:
            number = order_number(text)
            return None if number is None else self._by_number(call.account, listing, number)
        try:
            return self._exchange.order(call.account, listing.symbol, client_order_id=name)
        except OrderNotFound:
            return None

    def _by_number(self, account: str, listing: Listing, number: int) -> Order | None:
        try:
            return self._exchange.order(account, listing.symbol, order_id=number)
        except OrderNotFound:
            return None

    def _name(self, name: str) -> str:
        """A new order's clientOid: the client's, or one that the venue makes."""
        if not name:
            self._names += 1
            return str(2 * FIRST_ORDER_ID + self._exchange.now_ms * 1_000_000 + self._names % 1_000_000)
        if not _client_order_id.fullmatch(name):
            raise malformed_id()
        return name

    def _read_order(self, params: Parameters, listing: Listing) -> NewOrder:
        mode = params.text("marginMode")
        if mode == "isolated" or any(params.optional(name) for name in PRESETS):
            raise not_offered()
        if mode != "crossed":
            raise wrong("marginMode")
        side = _SIDES.get(params.text("side"))
        if side is None:
            raise wrong("side")
        kind = params.text("orderType")
        if kind not in {"limit", "market"}:
            raise wrong("orderType")
        force = FORCES.get(params.optional("force", "gtc").lower())
        if force is None:
            raise wrong("force")
        stp_mode = params.optional("stpMode", "none")
        if stp_mode not in STP_MODES:
            raise wrong("stpMode")
        if stp_mode not in STP_OFFERED:
            raise not_offered()
        is_limit = kind == "limit"
        return NewOrder(
            symbol=listing.symbol,
            side=side,
            type=OrderType.LIMIT if is_limit else OrderType.MARKET,
            quantity=params.positive("size"),
            price=params.positive("price") if is_limit else None,
            time_in_force=force if is_limit else TimeInForce.UNSPECIFIED,
            reduce_only=params.says_yes("reduceOnly"),
            client_order_id=self._name(params.optional("clientOid")),
        )

    def _check(self, order: NewOrder, listing: Listing) -> None:
        """What the exchange below would refuse without Bitget's code for it."""
        rules, quantity, price = listing.rules, order.quantity, order.price
        if not is_multiple(quantity, rules.step_size):
            scale = listing.contract.volume_place
            raise Refused(
                40808,
                f"Parameter verification exception size checkBDScale error value={trimmed(quantity)} "
                f"checkScale={scale}",
            )
        if quantity < rules.min_quantity:
            raise Refused(45111, "less than the minimum order quantity")
        largest = rules.max_market_quantity if price is None else rules.max_quantity
        if largest and quantity > largest:
            raise Refused(45112, "more than the maximum order quantity")
        if price is not None:
            self._check_price(price, order.side, listing)
        worth = quantity * (price or self._exchange.mark(listing.symbol).mark_price)
        if worth < rules.min_notional and not order.reduce_only:
            raise Refused(45110, f"less than the minimum amount {trimmed(rules.min_notional)} USDT")

    def _check_price(self, price: Decimal, side: Side, listing: Listing) -> None:
        tick = listing.rules.tick_size
        if not is_multiple(price, tick):
            raise Refused(45115, f"The price you enter should be a multiple of {trimmed(tick)}")
        highest, lowest = self._market.price_limits(listing)
        if side is Side.BUY and price > highest:
            raise Refused(40815, "The order price is higher than the highest bid price")
        if side is Side.SELL and price < lowest:
            raise Refused(40816, "The order price is lower than the lowest selling price")


def _require_free(client_order_id: str, working: Iterable[Order]) -> None:
    """Before anything is cancelled for an order's sake. Raises Refused (40786)."""
    if any(each.client_order_id == client_order_id for each in working):
        raise duplicate()


def _names(order: Order) -> Row:
    return {"orderId": order_id(order.order_id), "clientOid": order.client_order_id}
