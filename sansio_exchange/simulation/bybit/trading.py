"""Placing, amending and cancelling orders: the same for REST and the order-entry socket.

Source: Bybit V5 API, "Trade" (docs/v5/order/...) and "Error Codes", read in November 2026. What happens to an order is
told by the order topic; the answer to placing, amending or cancelling says only that it was accepted.
"""

import re
from collections.abc import Callable
from decimal import Decimal

from sansio_exchange.errors import ExchangeError, OrderNotFound, OrderRejected
from sansio_exchange.numbers import is_multiple
from sansio_exchange.orders import NewOrder, Order, OrderType, Side, TimeInForce
from sansio_exchange.simulation.bybit.call import Answer, Call
from sansio_exchange.simulation.bybit.errors import (
    Refused,
    duplicate_link_id,
    no_such_order,
    not_offered,
    notional_too_small,
    price_out_of_range,
    refusal,
    too_many_requests,
    wrong,
)
from sansio_exchange.simulation.bybit.ids import Ids
from sansio_exchange.simulation.bybit.listing import SETTLE, Listing, Listings
from sansio_exchange.simulation.bybit.market_data import MarketData
from sansio_exchange.simulation.bybit.order_rows import Created, link_id
from sansio_exchange.simulation.bybit.parameters import LINEAR, Parameters
from sansio_exchange.simulation.bybit.rate_limits import Limits
from sansio_exchange.simulation.exchange import SimulatedExchange

MAX_BATCH = 20
MAX_CREATED = 100_000
TIMES_IN_FORCE = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "PostOnly": TimeInForce.GTX,
}
STOPS = ("triggerPrice", "takeProfit", "stopLoss", "slippageTolerance")
_SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
_link_id = re.compile(r"[A-Za-z0-9_-]{1,36}", re.ASCII)

Row = dict[str, object]
Act = Callable[[str, Parameters, int], Order]


class Trading:
    """Calls that act on orders, of all accounts."""

    def __init__(
        self, exchange: SimulatedExchange, listings: Listings, market: MarketData, ids: Ids, limits: Limits
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._market = market
        self._ids = ids
        self._limits = limits
        self._created: dict[int, Created] = {}

    def created(self, order: Order) -> Created:
        """What is told of an order from its creation. The oldest of MAX_CREATED are forgotten."""
        return self._created.get(order.order_id) or Created(order.price, order.price)

    # one order

    def place(self, call: Call) -> Answer:
        return self._one(call, self._place)

    def amend(self, call: Call) -> Answer:
        return self._one(call, self._amend)

    def cancel(self, call: Call) -> Answer:
        return self._one(call, self._cancel)

    def cancel_all(self, call: Call) -> Answer:
        """Of a symbol, a base coin or a settlement coin; the first that is named counts."""
        params = call.params
        params.require_linear()
        cancelled = [
            order
            for listing in self._named(params)
            for order in self._exchange.cancel_all(call.account, listing.symbol, call.now_ms)
        ]
        return Answer({"list": [self._names(each) for each in cancelled], "success": "1"})

    def _one(self, call: Call, act: Act) -> Answer:
        call.params.require_linear()
        return Answer(self._names(act(call.account, call.params, call.now_ms)))

    # batches

    def place_batch(self, call: Call) -> Answer:
        return self._batch(call, self._place, says_when=True)

    def amend_batch(self, call: Call) -> Answer:
        return self._batch(call, self._amend)

    def cancel_batch(self, call: Call) -> Answer:
        return self._batch(call, self._cancel)

    def _batch(self, call: Call, act: Act, *, says_when: bool = False) -> Answer:
        """Two lists of the same length: the orders, and what became of each."""
        call.params.require_linear()
        if not 0 < len(call.rows) <= MAX_BATCH:
            raise wrong(f"request must have 1 to {MAX_BATCH} orders")
        orders: list[Row] = []
        results: list[Row] = []
        for place, params in enumerate(call.rows):
            row: Row = {"category": LINEAR, "symbol": params.optional("symbol")}
            row |= {"orderId": params.optional("orderId"), "orderLinkId": params.optional("orderLinkId")}
            if says_when:
                row |= {"orderId": "", "createAt": ""}
            try:
                if place >= call.granted:
                    raise too_many_requests()
                order = act(call.account, params, call.now_ms)
                row |= self._names(order)
                if says_when:
                    row["createAt"] = str(order.created_ms)
                results.append({"code": 0, "msg": "OK"})
            except Refused as refused:
                results.append({"code": refused.code, "msg": refused.message})
            orders.append(row)
        return Answer({"list": orders}, {"list": results})

    def _names(self, order: Order) -> Row:
        return {"orderId": self._ids.order(order.order_id), "orderLinkId": link_id(order)}

    # acting

    def _place(self, account: str, params: Parameters, now_ms: int) -> Order:
        listing = self._listings.find(params.text("symbol"))
        order = _read_order(params, listing)
        highest, lowest = self._market.price_limits(listing)
        price = (highest if order.side is Side.BUY else lowest) if order.price is None else order.price
        self._check_quantity(order.quantity, order.type, listing)
        if order.price is not None:
            self._check_price(order.price, order.side, listing)
        if not order.reduce_only and order.quantity * price < listing.rules.min_notional:
            raise notional_too_small()
        if order.client_order_id and self._is_taken(account, order.client_order_id):
            raise duplicate_link_id()
        if len(self._exchange.open_orders(account, listing.symbol)) >= self._limits.working_orders:
            raise Refused(110020, f"Not allowed to have more than {self._limits.working_orders} active orders.")
        created = Created(price, self._exchange.ticker(listing.symbol).last_price)
        try:
            placed = self._exchange.place(account, order, now_ms)
        except ExchangeError as error:
            raise refusal(error) from error
        self._created[placed.order_id] = created
        if len(self._created) > MAX_CREATED:
            del self._created[next(iter(self._created))]
        return placed

    def _amend(self, account: str, params: Parameters, now_ms: int) -> Order:
        listing, order = self._working(account, params)
        for name in STOPS:
            params.refuse_feature(name)
        if not params.optional("qty") and not params.optional("price"):
            raise wrong("qty and price are both missing")
        quantity = params.positive("qty") if params.optional("qty") else order.quantity
        price = params.positive("price") if params.optional("price") else order.price
        self._check_quantity(quantity, order.type, listing)
        self._check_price(price, order.side, listing)
        if quantity <= order.executed_qty:
            raise Refused(110064, "The modified contract quantity cannot be less than or equal to the filled quantity.")
        if not order.reduce_only and quantity * price < listing.rules.min_notional:
            raise notional_too_small()
        before = self._created.get(order.order_id)
        if before is not None:
            self._created[order.order_id] = Created(price, before.last_price)
        try:
            return self._exchange.amend(account, listing.symbol, order.order_id, quantity, price, now_ms)
        except ExchangeError as error:
            if before is not None:
                self._created[order.order_id] = before
            if type(error) is OrderRejected:
                # the code is not found in documentation
                raise wrong("The order remains unchanged as the parameters entered match the existing ones.") from error
            raise refusal(error) from error

    def _cancel(self, account: str, params: Parameters, now_ms: int) -> Order:
        listing, order = self._working(account, params)
        return self._exchange.cancel(account, listing.symbol, now_ms, order_id=order.order_id)

    # which ones

    def _working(self, account: str, params: Parameters) -> tuple[Listing, Order]:
        """By either id; the venue's own goes first where both are sent."""
        listing = self._listings.find(params.text("symbol"))
        text, name = params.optional("orderId"), params.optional("orderLinkId")
        if not text and not name:
            raise wrong("orderId or orderLinkId is required")
        number = self._ids.number(text) or -1 if text else 0
        try:
            order = self._exchange.order(account, listing.symbol, order_id=number, client_order_id=name)
        except OrderNotFound:
            raise no_such_order() from None
        if order.status.is_final:
            raise no_such_order()
        return listing, order

    def _named(self, params: Parameters) -> list[Listing]:
        symbol, base, settle = (params.optional(name) for name in ("symbol", "baseCoin", "settleCoin"))
        if symbol:
            return [self._listings.find(symbol)]
        if base:
            return [each for each in self._listings if each.base == base]
        if not settle:
            raise wrong("symbol, baseCoin or settleCoin is required")
        return list(self._listings) if settle == SETTLE else []

    def _is_taken(self, account: str, name: str) -> bool:
        """orderLinkId is "always unique" ("Place Order"): also finished orders, as long as they are remembered."""
        for listing in self._listings:
            try:
                self._exchange.order(account, listing.symbol, client_order_id=name)
            except OrderNotFound:
                continue
            return True
        return False

    # what orders must keep to

    def _check_quantity(self, quantity: Decimal, type_: OrderType, listing: Listing) -> None:
        rules = listing.rules
        most = rules.max_market_quantity if type_ is OrderType.MARKET else rules.max_quantity
        if quantity < rules.min_quantity or quantity > most or not is_multiple(quantity, rules.step_size):
            raise wrong("Qty invalid")

    def _check_price(self, price: Decimal, side: Side, listing: Listing) -> None:
        rules = listing.rules
        if price < rules.min_price or price > rules.max_price or not is_multiple(price, rules.tick_size):
            raise wrong("price invalid")
        highest, lowest = self._market.price_limits(listing)
        if (price > highest) if side is Side.BUY else (price < lowest):
            raise price_out_of_range()


def _read_order(params: Parameters, listing: Listing) -> NewOrder:
    side = _SIDES.get(params.text("side"))
    if side is None:
        raise wrong("side invalid")
    kind = params.text("orderType")
    if kind not in {"Limit", "Market"}:
        raise wrong("orderType invalid")
    is_market = kind == "Market"
    for name in STOPS:
        params.refuse_feature(name, "0")
    params.refuse_feature("orderFilter", "Order")
    params.refuse_feature("smpType", "None", "CancelMaker")
    if params.flag("closeOnTrigger"):
        raise not_offered("closeOnTrigger")
    if params.optional("positionIdx", "0") != "0":
        raise wrong("position idx not match position mode")
    name = params.optional("orderLinkId")
    if name and not _link_id.fullmatch(name):
        raise wrong("orderLinkId invalid")
    stated = params.optional("timeInForce", "GTC")
    if stated == "RPI":
        raise Refused(110119, "Order failed. RPI orders are restricted to approved market makers only")
    time_in_force = TIMES_IN_FORCE.get(stated)
    if time_in_force is None:
        raise wrong("timeInForce invalid")
    return NewOrder(
        symbol=listing.symbol,
        side=side,
        type=OrderType.MARKET if is_market else OrderType.LIMIT,
        quantity=params.positive("qty"),
        price=None if is_market else params.positive("price"),
        time_in_force=TimeInForce.UNSPECIFIED if is_market else time_in_force,
        reduce_only=params.flag("reduceOnly"),
        client_order_id=name,
    )
