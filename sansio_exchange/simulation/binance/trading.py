"""Placing, amending, cancelling and looking up orders: the same for REST and the order-entry socket.

Source: developers.binance.com, USDⓈ-M Futures, "Trade" (REST API and WebSocket API), read in November 2025.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import structs

from sansio_exchange.errors import ExchangeError, OrderNotFound
from sansio_exchange.numbers import ZERO, is_multiple, plain
from sansio_exchange.orders import NewOrder, Order, OrderType, Side, TimeInForce
from sansio_exchange.simulation.binance.call import Call
from sansio_exchange.simulation.binance.errors import (
    Refused,
    fill_or_kill,
    illegal,
    invalid,
    missing,
    no_such_order,
    not_offered,
    not_required,
    refusal,
    unknown_order,
)
from sansio_exchange.simulation.binance.listing import Listing, Listings
from sansio_exchange.simulation.binance.order_rows import acknowledgement, fill_row, order_row, query_row
from sansio_exchange.simulation.binance.parameters import Parameters, from_json
from sansio_exchange.simulation.binance.rate_limits import RateLimiter
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.notation import digits

WEEK_MS = 7 * 86_400_000
MAX_BATCH_PLACE = 5
MAX_BATCH_CANCEL = 10
CLIENT_ORDER_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
_client_order_id = re.compile(CLIENT_ORDER_ID)
CONDITIONAL = frozenset({"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"})
_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
_TIMES_IN_FORCE = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.GTX,
}
T = TypeVar("T")
_rows = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_ids = msgspec.json.Decoder(list[int])
_client_ids = msgspec.json.Decoder(list[str])


class Trading:
    """Order calls of all accounts."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, limiter: RateLimiter) -> None:
        self._exchange = exchange
        self._listings = listings
        self._limiter = limiter
        self._generated = 0

    # single orders

    def place(self, call: Call) -> object:
        self._limiter.count_orders(call.account, 1, 1, call.now_ms)
        return self._place(call)

    def amend(self, call: Call) -> object:
        self._limiter.count_orders(call.account, 1, 1, call.now_ms)
        return self._amend(call)

    def cancel(self, call: Call) -> object:
        params = call.params
        listing = self._listings.find(params.text("symbol"))
        order_id, client_order_id = _which(params)
        return self._cancel(call, listing, order_id, client_order_id)

    def query(self, call: Call) -> object:
        listing = self._listings.find(call.params.text("symbol"))
        return query_row(self._find(call, listing), listing)

    # many orders

    def place_batch(self, call: Call) -> object:
        rows = self._batch(call)
        return [self._in_row(self._place, call, row) for row in rows]

    def amend_batch(self, call: Call) -> object:
        rows = self._batch(call)
        return [self._in_row(self._amend, call, row) for row in rows]

    def cancel_batch(self, call: Call) -> object:
        params = call.params
        listing = self._listings.find(params.text("symbol"))
        targets: list[tuple[int, str]] = [(each, "") for each in _list(params, "orderIdList", _ids)]
        targets += [(0, each) for each in _list(params, "origClientOrderIdList", _client_ids)]
        if not targets:
            raise _one_of("orderIdList", "origClientOrderIdList")
        if len(targets) > MAX_BATCH_CANCEL:
            raise Refused(-4082, "Invalid number of batch cancel orders.")
        answer: list[object] = []
        for order_id, client_order_id in targets:
            try:
                answer.append(self._cancel(call, listing, order_id, client_order_id))
            except Refused as refused:
                answer.append(refused.row())
        return answer

    def cancel_all(self, call: Call) -> object:
        listing = self._listings.find(call.params.text("symbol"))
        self._exchange.cancel_all(call.account, listing.symbol, call.now_ms)
        return {"code": 200, "msg": "The operation of cancel all open order is done."}

    def query_open(self, call: Call) -> object:
        """One working order; one that is not working any more is not found."""
        listing = self._listings.find(call.params.text("symbol"))
        order = self._find(call, listing)
        if order.status.is_final:
            raise no_such_order()
        return query_row(order, listing)

    def open_orders(self, call: Call) -> object:
        symbol = call.params.optional("symbol")
        if symbol:
            self._listings.find(symbol)
        orders = self._exchange.open_orders(call.account, symbol)
        return [query_row(each, self._listings.find(each.symbol)) for each in orders]

    def all_orders(self, call: Call) -> object:
        params = call.params
        listing = self._listings.find(params.text("symbol"))
        first = params.integer("orderId")
        start, end = _span(params)
        limit = params.limit(500, 1000)
        found = [
            each
            for each in self._exchange.orders(call.account, listing.symbol)
            if (first is None or each.order_id >= first) and start <= each.created_ms <= (end or each.created_ms)
        ]
        chosen = found[:limit] if first is not None or start else found[-limit:]
        return [query_row(each, listing) for each in chosen]

    def fills(self, call: Call) -> object:
        params = call.params
        listing = self._listings.find(params.text("symbol"))
        order_id, first = params.integer("orderId"), params.integer("fromId")
        start, end = _span(params)
        if first is not None and (start or end):
            raise Refused(-1128, "Combination of optional parameters invalid.")
        limit = params.limit(500, 1000)
        found = [
            each
            for each in self._exchange.fills(call.account, listing.symbol)
            if (order_id is None or each.order_id == order_id)
            and (first is None or int(each.trade_id) >= first)
            and start <= each.time_ms <= (end or each.time_ms)
        ]
        chosen = found[:limit] if first is not None or start else found[-limit:]
        return [fill_row(each, listing) for each in chosen]

    # what they have in common

    def _place(self, call: Call) -> object:
        params = call.params
        listing = self._listings.find(params.text("symbol"))
        order = self._read_order(params, listing)
        self._check_filters(order, listing, call.account)
        if order.time_in_force is TimeInForce.FOK and not self._fillable(order):
            raise fill_or_kill()
        response = params.optional("newOrderRespType", "ACK")
        if response not in {"ACK", "RESULT"}:
            raise invalid("newOrderRespType")
        try:
            placed = self._exchange.place(call.account, order, call.now_ms)
        except ExchangeError as error:
            raise refusal(error) from error
        return order_row(placed, listing) if response == "RESULT" else acknowledgement(placed, listing)

    def _read_order(self, params: Parameters, listing: Listing) -> NewOrder:
        side = _SIDES.get(params.text("side"))
        if side is None:
            raise Refused(-1117, "Invalid side.")
        position_side = params.optional("positionSide", "BOTH")
        if position_side not in {"BOTH", "LONG", "SHORT"}:
            raise invalid("positionSide")
        if position_side != "BOTH":
            raise Refused(-4061, "Order's position side does not match user's setting.")
        kind = params.text("type")
        if kind in CONDITIONAL:
            raise Refused(
                -4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
            )
        if kind not in {"LIMIT", "MARKET"}:
            raise Refused(-1116, "Invalid orderType.")
        for name in ("stopPrice", "activationPrice", "callbackRate"):
            if name in params:
                raise not_required(name)
        if params.optional("priceMatch", "NONE") != "NONE" or params.flag("closePosition"):
            raise not_offered()
        return NewOrder(
            symbol=listing.symbol,
            side=side,
            type=OrderType.LIMIT if kind == "LIMIT" else OrderType.MARKET,
            quantity=params.decimal("quantity"),
            price=_limit_price(params, kind),
            time_in_force=_time_in_force(params, kind),
            reduce_only=params.flag("reduceOnly"),
            client_order_id=self._client_order_id(params),
        )

    def _client_order_id(self, params: Parameters) -> str:
        given = params.optional("newClientOrderId")
        if not given:
            self._generated += 1
            return f"web_{self._generated:018d}"
        if len(given) > 36:
            raise Refused(-4015, "Client order id length should not be more than 36 chars")
        if not _client_order_id.fullmatch(given):
            raise illegal("newClientOrderId", CLIENT_ORDER_ID)
        return given

    def _check_filters(self, order: NewOrder, listing: Listing, account: str) -> None:
        rules = listing.rules
        is_market = order.type is OrderType.MARKET
        _check_quantity(order.quantity, listing, rules.max_market_quantity if is_market else rules.max_quantity)
        mark = self._exchange.mark(listing.symbol).mark_price
        if order.price is not None:
            _check_price(order.price, order.side, listing, mark)
        notional = (mark if order.price is None else order.price) * order.quantity
        if notional < rules.min_notional and not order.reduce_only:
            least = plain(rules.min_notional)
            raise Refused(-4164, f"Order's notional must be no smaller than {least} (unless you choose reduce only).")
        working = self._limiter.limits.working_orders
        if not is_market and len(self._exchange.open_orders(account, listing.symbol)) >= working:
            raise Refused(-2025, "Reach max open order limit.")

    def _fillable(self, order: NewOrder) -> bool:
        """Whether the book holds the whole quantity at the order's price or better.

        Binance keeps no record of a fill-or-kill order that cannot fill, so it must not reach the book.
        """
        bids, asks = self._exchange.depth(order.symbol, 1000)
        wanted = order.quantity
        for price, quantity in asks if order.side is Side.BUY else bids:
            if order.price is not None and (price > order.price if order.side is Side.BUY else price < order.price):
                return False
            wanted -= quantity
            if wanted <= 0:
                return True
        return False

    def _amend(self, call: Call) -> object:
        params = call.params
        listing = self._listings.find(params.text("symbol"))
        order = self._find(call, listing)
        if _SIDES.get(params.text("side")) is not order.side:
            raise invalid("side")
        if params.optional("priceMatch", "NONE") != "NONE":
            raise not_offered()
        quantity, price = params.decimal("quantity"), params.decimal("price")
        _check_quantity(quantity, listing, listing.rules.max_quantity)
        _check_price(price, order.side, listing, self._exchange.mark(listing.symbol).mark_price)
        if order.status.is_final:
            raise no_such_order()
        if (quantity, price) == (order.quantity, order.price):
            raise Refused(-5027, "No need to modify the order.")
        try:
            amended = self._exchange.amend(call.account, listing.symbol, order.order_id, quantity, price, call.now_ms)
        except ExchangeError as error:
            raise refusal(error) from error
        return order_row(amended, listing)

    def _cancel(self, call: Call, listing: Listing, order_id: int, client_order_id: str) -> object:
        try:
            cancelled = self._exchange.cancel(
                call.account, listing.symbol, call.now_ms, order_id=order_id, client_order_id=client_order_id
            )
        except OrderNotFound:
            raise unknown_order() from None
        except ExchangeError as error:
            raise refusal(error) from error
        return order_row(cancelled, listing)

    def _find(self, call: Call, listing: Listing) -> Order:
        order_id, client_order_id = _which(call.params)
        try:
            return self._exchange.order(
                call.account, listing.symbol, order_id=order_id, client_order_id=client_order_id
            )
        except ExchangeError as error:
            raise refusal(error) from error

    def _batch(self, call: Call) -> list[Parameters]:
        """The rows of a batch, counted against the order limits: each for ten seconds, the call for the minute."""
        text = call.params.text("batchOrders")
        try:
            rows = _rows.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError):
            raise invalid("batchOrders") from None
        if not 0 < len(rows) <= MAX_BATCH_PLACE:
            raise Refused(-4082, "Invalid number of batch place orders.")
        self._limiter.count_orders(call.account, len(rows), 1, call.now_ms)
        return [from_json(row) for row in rows]

    def _in_row(self, act: Callable[[Call], object], call: Call, row: Parameters) -> object:
        """A batch never fails as a whole: each row has its order or its refusal."""
        try:
            return act(structs.replace(call, params=row))
        except Refused as refused:
            return refused.row()


def _limit_price(params: Parameters, kind: str) -> Decimal | None:
    if kind == "LIMIT":
        return params.decimal("price")
    if "price" in params:
        raise not_required("price")
    return None


def _time_in_force(params: Parameters, kind: str) -> TimeInForce:
    if kind == "MARKET":
        if "timeInForce" in params:
            raise not_required("timeInForce")
        return TimeInForce.UNSPECIFIED
    time_in_force = _TIMES_IN_FORCE.get(params.text("timeInForce"))
    if time_in_force is None:
        raise Refused(-1115, "Invalid timeInForce.")
    return time_in_force


def _which(params: Parameters) -> tuple[int, str]:
    """An order by either id; the venue's own goes first where both are sent."""
    order_id = params.integer("orderId")
    client_order_id = params.optional("origClientOrderId")
    if order_id is None and not client_order_id:
        raise _one_of("origClientOrderId", "orderid")
    return (order_id, "") if order_id is not None else (0, client_order_id)


def _one_of(first: str, second: str) -> Refused:
    return Refused(-1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def _list(params: Parameters, name: str, decoder: msgspec.json.Decoder[list[T]]) -> list[T]:
    """A JSON list; Binance takes the name in lower case as well."""
    text = params.optional(name) or params.optional(name.lower())
    if not text:
        return []
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise missing(name) from None


def _span(params: Parameters) -> tuple[int, int]:
    """Seven days at most; only the beginning sent means the seven days from there."""
    start, end = params.times(WEEK_MS)
    return start, end or (start + WEEK_MS if start else 0)


def _check_quantity(quantity: Decimal, listing: Listing, largest: Decimal) -> None:
    rules = listing.rules
    if quantity <= ZERO:
        raise Refused(-4003, "Quantity less than or equal to zero.")
    if digits(quantity.normalize()) > listing.quantity_digits:
        raise Refused(-1111, "Precision is over the maximum defined for this asset.")
    if quantity < rules.min_quantity:
        raise Refused(-4004, "Quantity less than min quantity.")
    if largest and quantity > largest:
        raise Refused(-4005, "Quantity greater than max quantity.")
    if not is_multiple(quantity, rules.step_size):
        raise Refused(-4023, "Quantity not increased by step size.")


def _check_price(price: Decimal, side: Side, listing: Listing, mark: Decimal) -> None:
    rules = listing.rules
    if price <= ZERO:
        raise Refused(-4001, "Price less than or equal to zero.")
    if digits(price.normalize()) > listing.price_digits:
        raise Refused(-1111, "Precision is over the maximum defined for this asset.")
    if rules.max_price and price > rules.max_price:
        raise Refused(-4002, "Price greater than max price.")
    if price < rules.min_price:
        raise Refused(-4013, "Price less than min price.")
    if not is_multiple(price, rules.tick_size):
        raise Refused(-4014, "Price not increased by tick size.")
    # PERCENT_PRICE binds buyers from above and sellers from below (documentation, "Filters", November 2025).
    if side is Side.BUY and rules.price_cap_ratio and price > mark * rules.price_cap_ratio:
        raise Refused(-4016, f"Limit price can't be higher than {listing.price(mark * rules.price_cap_ratio)}.")
    if side is Side.SELL and rules.price_floor_ratio and price < mark * rules.price_floor_ratio:
        raise Refused(-4024, f"Limit price can't be lower than {listing.price(mark * rules.price_floor_ratio)}.")
