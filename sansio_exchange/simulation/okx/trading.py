"""Placing, amending, cancelling and looking up orders: the same for REST and the private socket.

Source: OKX API guide, "Order Book Trading" / "Trade" and "Error Code", read in November 2026. What happens to an order
is told by the orders channel; the answer to placing, amending or cancelling says only that it was accepted.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from sansio_exchange.errors import ExchangeError, InsufficientFunds, OrderNotFound, OrderRejected, ReduceOnlyRejected
from sansio_exchange.numbers import ZERO, is_multiple
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fill_numbers import fill_number
from sansio_exchange.simulation.happenings import OrderChanged
from sansio_exchange.simulation.notation import trimmed
from sansio_exchange.simulation.okx.call import Answer, Call, answer_of
from sansio_exchange.simulation.okx.errors import (
    Refused,
    expired,
    no_order_named,
    no_such_order,
    not_offered,
    not_working,
    refusal,
    wrong,
)
from sansio_exchange.simulation.okx.listing import Listing, Listings
from sansio_exchange.simulation.okx.market_data import MarketData
from sansio_exchange.simulation.okx.order_rows import STATES, client_id, fill_row, order_row, order_type
from sansio_exchange.simulation.okx.parameters import Parameters
from sansio_exchange.simulation.okx.rate_limits import RateLimiter
from sansio_exchange.simulation.order_totals import OrderTotals

MAX_BATCH = 20
MAX_DIGITS = 19
"""Order ids fit into 64 bits."""
MAX_TAGS = 100_000
WEEK_MS = 7 * 86_400_000
THREE_MONTHS_MS = 90 * 86_400_000
FORGOTTEN_MS = 2 * 3_600_000
"""A cancelled order without fills can be looked up for so long ("GET / Order details", "GET / Order history")."""
ORDER_TYPES = {
    "limit": (OrderType.LIMIT, TimeInForce.GTC),
    "post_only": (OrderType.LIMIT, TimeInForce.GTX),
    "ioc": (OrderType.LIMIT, TimeInForce.IOC),
    "fok": (OrderType.LIMIT, TimeInForce.FOK),
    "market": (OrderType.MARKET, TimeInForce.UNSPECIFIED),
    "optimal_limit_ioc": (OrderType.MARKET, TimeInForce.UNSPECIFIED),
}
NOT_OFFERED = ("mmp", "mmp_and_post_only", "op_fok", "elp", "rpi")
ATTACHED = ("attachAlgoOrds", "tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx")
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_client_order_id = re.compile(r"[A-Za-z0-9]{1,32}")
_tag = re.compile(r"[A-Za-z0-9]{1,16}")

Row = dict[str, str]


class Trading:
    """Order calls of all accounts."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        listings: Listings,
        market: MarketData,
        totals: OrderTotals,
        limiter: RateLimiter,
    ) -> None:
        self._exchange = exchange
        self._listings = listings
        self._market = market
        self._totals = totals
        self._limiter = limiter
        self._places = {each.symbol: place for place, each in enumerate(listings)}
        self.tags: dict[int, str] = {}
        """Of orders that were placed with one; the oldest of MAX_TAGS gives way."""
        self.amending: dict[int, str] = {}
        """The request id of an amendment whose message has not gone out."""
        self.unchanged: list[OrderChanged] = []
        """Orders amended to what they were: the exchange below says nothing of them."""

    # acting

    def place(self, call: Call) -> Answer:
        self._count(call, "order", 51111, "Maximum 20 orders can be placed in bulk")
        return answer_of([self._in_row(self._place, call, row, ("clOrdId", "tag")) for row in call.rows])

    def amend(self, call: Call) -> Answer:
        self._count(call, "amend", 51501, "Maximum of 20 orders can be amended", status=400)
        return answer_of([self._in_row(self._amend, call, row, ("ordId", "clOrdId", "reqId")) for row in call.rows])

    def cancel(self, call: Call) -> Answer:
        self._count(call, "cancel", 51406, "Canceled - order count exceeds the limit 20", status=400)
        return answer_of([self._in_row(self._cancel, call, row, ("ordId", "clOrdId")) for row in call.rows])

    def _count(self, call: Call, doing: str, code: int, message: str, *, status: int = 200) -> None:
        if not call.rows:
            raise wrong("args")
        if len(call.rows) > MAX_BATCH:
            raise Refused(code, message, status=status)
        instruments = [
            self._listings.name_of_code(row.optional("instIdCode")) if call.by_code else row.optional("instId")
            for row in call.rows
        ]
        self._limiter.count_orders(doing, call.account, instruments, call.now_ms)

    def _in_row(
        self, act: Callable[[Call, Parameters], Row], call: Call, row: Parameters, echoed: Iterable[str]
    ) -> Row:
        """One row's result: what was done, or the refusal with what the client called the order."""
        answer = {"ordId": "", "clOrdId": "", "ts": str(call.now_ms), "sCode": "0", "sMsg": "", "subCode": ""}
        answer |= {name: row.optional(name) for name in echoed}
        try:
            return answer | act(call, row)
        except Refused as refused:
            return answer | {"sCode": refused.code, "sMsg": refused.message}

    def _place(self, call: Call, row: Parameters) -> Row:
        if call.expires_ms and call.now_ms > call.expires_ms:
            raise expired()
        listing = self._instrument(call, row)
        order = _read_order(row, listing)
        tag = row.optional("tag")
        if tag and not _tag.fullmatch(tag):
            raise wrong("tag")
        self._check_size(order, listing)
        if order.price is not None:
            self._check_price(order.price, order.side, listing)
        working = self._limiter.limits.working_orders
        if len(self._exchange.open_orders(call.account, listing.symbol)) >= working:
            raise Refused(
                51174,
                f"Operation failed. The number of {listing.inst_id} pending orders reached the upper limit of "
                f"{working} (orders).",
            )
        try:
            placed = self._exchange.place(call.account, order, call.now_ms)
        except ReduceOnlyRejected as error:
            if self._exchange.position(call.account, listing.symbol).size:
                raise Refused(
                    51170,
                    "Order failed. A reduce-only order can't be the same trading direction as your existing positions.",
                ) from error
            raise refusal(error) from error
        except ExchangeError as error:
            raise refusal(error) from error
        if tag:
            self.tags[placed.order_id] = tag
            if len(self.tags) > MAX_TAGS:
                del self.tags[next(iter(self.tags))]
        return {"ordId": str(placed.order_id), "clOrdId": order.client_order_id}

    def _amend(self, call: Call, row: Parameters) -> Row:
        if call.expires_ms and call.now_ms > call.expires_ms:
            raise expired()
        listing = self._instrument(call, row)
        order = self._find(call, row, listing)
        if order is None or order.status.is_final:
            raise not_working("amend")
        try:
            self._change(call, row, order, listing)
        except Refused:
            if row.flag("cxlOnFail"):
                self._exchange.cancel(call.account, listing.symbol, call.now_ms, order_id=order.order_id)
            raise
        return {"ordId": str(order.order_id), "clOrdId": client_id(order)}

    def _change(self, call: Call, row: Parameters, order: Order, listing: Listing) -> None:
        if any(row.optional(name) not in {"", "[]"} for name in ATTACHED):
            raise not_offered()
        if not row.optional("newSz") and not row.optional("newPx"):
            raise Refused(51500, "You must enter a price, quantity, or TP/SL")
        quantity = listing.quantity(row.positive("newSz")) if row.optional("newSz") else order.quantity
        price = row.positive("newPx") if row.optional("newPx") else order.price
        self._check_quantity(quantity, listing)
        self._check_price(price, order.side, listing)
        if order.time_in_force is TimeInForce.GTX and quantity > order.executed_qty and self._takes(order, price):
            raise Refused(51511, "Operation failed as the order price did not meet the requirement for Post Only.")
        self.amending[order.order_id] = row.optional("reqId")
        try:
            self._exchange.amend(call.account, listing.symbol, order.order_id, quantity, price, call.now_ms)
        except InsufficientFunds:
            self.amending.pop(order.order_id)
            raise Refused(51502, "Failed to amend. Insufficient USDT margin in account") from None
        except OrderRejected:
            self.unchanged.append(OrderChanged(call.account, order, None, "AMENDMENT"))
        except ExchangeError as error:
            self.amending.pop(order.order_id)
            raise refusal(error) from error

    def _cancel(self, call: Call, row: Parameters) -> Row:
        listing = self._instrument(call, row)
        order = self._find(call, row, listing)
        if order is None or order.status.is_final:
            raise not_working("cancel")
        self._exchange.cancel(call.account, listing.symbol, call.now_ms, order_id=order.order_id)
        return {"ordId": str(order.order_id), "clOrdId": client_id(order)}

    # looking up

    def order(self, call: Call) -> Answer:
        listing = self._listings.find(call.params.text("instId"))
        order = self._find(call, call.params, listing)
        if order is None or _is_forgotten(order, call.now_ms):
            raise no_such_order()
        return Answer([self.row(order, call.account)])

    def pending(self, call: Call) -> Answer:
        params = call.params
        found = []
        for listing in self._market.chosen(params, is_type_required=False):
            found += self._exchange.open_orders(call.account, listing.symbol)
        return Answer(self._page(call, found))

    def history(self, call: Call) -> Answer:
        """Seven days."""
        return self._history(call, WEEK_MS)

    def archive(self, call: Call) -> Answer:
        """Three months."""
        return self._history(call, THREE_MONTHS_MS)

    def _history(self, call: Call, longest_ms: int) -> Answer:
        begin, end = call.params.span()
        found = [
            order
            for listing in self._market.chosen(call.params, is_type_required=True)
            for order in self._exchange.orders(call.account, listing.symbol)
            if order.status.is_final
            and order.update_ms >= call.now_ms - longest_ms
            and not _is_forgotten(order, call.now_ms)
            and begin <= order.created_ms <= (end or order.created_ms)
        ]
        return Answer(self._page(call, found))

    def _page(self, call: Call, orders: list[Order]) -> list[dict[str, object]]:
        """The newest orders of a kind, newest first, from one id to another."""
        params = call.params
        newer, older = params.page()
        kinds = params.optional("ordType").split(",")
        state = params.optional("state")
        chosen = [
            each
            for each in orders
            if each.order_id > newer
            and (not older or each.order_id < older)
            and (kinds == [""] or order_type(each) in kinds)
            and state in {"", STATES[each.status]}
        ]
        chosen.sort(key=lambda each: each.order_id, reverse=True)
        return [self.row(each, call.account) for each in chosen[: params.limit(100, 100)]]

    def fills(self, call: Call) -> Answer:
        """Three days."""
        return self._fills(call, 3 * 86_400_000, is_type_required=False)

    def fills_history(self, call: Call) -> Answer:
        """Three months."""
        return self._fills(call, THREE_MONTHS_MS, is_type_required=True)

    def _fills(self, call: Call, longest_ms: int, *, is_type_required: bool) -> Answer:
        params = call.params
        newer, older = params.page()
        begin, end = params.span()
        order_id = params.integer("ordId")
        found: list[tuple[int, Fill, Listing]] = []
        for listing in self._market.chosen(params, is_type_required=is_type_required):
            place = self._places[listing.symbol]
            for fill in self._exchange.fills(call.account, listing.symbol):
                bill = fill_number(fill, place)
                if (
                    bill > newer
                    and (not older or bill < older)
                    and (order_id is None or fill.order_id == order_id)
                    and max(begin, call.now_ms - longest_ms) <= fill.time_ms <= (end or fill.time_ms)
                ):
                    found.append((bill, fill, listing))
        found.sort(key=lambda each: each[0], reverse=True)
        rows = []
        for bill, fill, listing in found[: params.limit(100, 100)]:
            order = self._by_id(call.account, listing, fill.order_id)
            name = client_id(order) if order is not None else ""
            rows.append(fill_row(fill, listing, bill, name, self.tags.get(fill.order_id, "")))
        return Answer(rows)

    def row(self, order: Order, account: str) -> dict[str, object]:
        """An order as REST shows it."""
        listing = self._listings.of(order.symbol)
        leverage = self._exchange.leverage(account, order.symbol)
        tag = self.tags.get(order.order_id, "")
        return order_row(order, listing, self._totals.of(order.order_id), leverage, tag)

    # what they have in common

    def _instrument(self, call: Call, row: Parameters) -> Listing:
        """On the socket instId is ignored since March 2026 (change log, "Delist instId request parameter")."""
        if call.by_code:
            return self._listings.find_code(row.text("instIdCode"))
        return self._listings.find(row.text("instId"))

    def _find(self, call: Call, row: Parameters, listing: Listing) -> Order | None:
        """By either id; the venue's own goes first where both are sent. An id that is no number names no order."""
        text, client_order_id = row.optional("ordId"), row.optional("clOrdId")
        if not text and not client_order_id:
            raise no_order_named()
        if text:
            is_id = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
            return self._by_id(call.account, listing, int(text)) if is_id else None
        try:
            return self._exchange.order(call.account, listing.symbol, client_order_id=client_order_id)
        except OrderNotFound:
            return None

    def _by_id(self, account: str, listing: Listing, order_id: int) -> Order | None:
        try:
            return self._exchange.order(account, listing.symbol, order_id=order_id)
        except OrderNotFound:
            return None

    def _check_size(self, order: NewOrder, listing: Listing) -> None:
        self._check_quantity(order.quantity, listing)
        largest = listing.rules.max_market_quantity
        if order.type is OrderType.MARKET and largest and order.quantity > largest:
            raise Refused(51202, "Market order amount exceeds the maximum amount.")

    def _check_quantity(self, quantity: Decimal, listing: Listing) -> None:
        rules = listing.rules
        if quantity < rules.min_quantity:
            raise Refused(51020, "Your order should meet or exceed the minimum order amount.")
        if not is_multiple(quantity, rules.step_size):
            raise Refused(51121, "Order quantity must be a multiple of the lot size.")
        if rules.max_quantity and quantity > rules.max_quantity:
            most = listing.contracts(rules.max_quantity)
            raise Refused(
                51101, f"The maximum amount per order for this contract is {most} (contracts). Reduce the amount"
            )

    def _check_price(self, price: Decimal, side: Side, listing: Listing) -> None:
        """A price off the tick is refused with 51000; of products other than options the documentation is silent."""
        if not is_multiple(price, listing.rules.tick_size):
            raise wrong("px")
        highest, lowest = self._market.price_limits(listing)
        if (price > highest) if side is Side.BUY else (price < lowest):
            raise Refused(
                51006,
                f"Order price is not within the price limit (max buy price: {trimmed(highest)} min sell price: "
                f"{trimmed(lowest)})",
            )

    def _takes(self, order: Order, price: Decimal) -> bool:
        """Whether an order would meet the other side at `price`."""
        bids, asks = self._exchange.depth(order.symbol, 1)
        if order.side is Side.BUY:
            return bool(asks) and price >= asks[0][0]
        return bool(bids) and price <= bids[0][0]


def _read_order(row: Parameters, listing: Listing) -> NewOrder:
    mode = row.text("tdMode")
    if mode == "isolated":
        raise not_offered()
    if mode != "cross":
        raise wrong("tdMode")
    side = _SIDES.get(row.text("side"))
    if side is None:
        raise wrong("side")
    if row.optional("posSide", "net") != "net":
        raise wrong("posSide")
    kind = row.text("ordType")
    if kind in NOT_OFFERED or any(row.optional(name) not in {"", "[]"} for name in ATTACHED):
        raise not_offered()
    found = ORDER_TYPES.get(kind)
    if found is None:
        raise wrong("ordType")
    if row.optional("stpMode", "cancel_maker") != "cancel_maker":
        raise not_offered()
    name = row.optional("clOrdId")
    if name and not _client_order_id.fullmatch(name):
        raise wrong("clOrdId")
    type_, time_in_force = found
    contracts = row.positive("sz")
    if type_ is OrderType.LIMIT and not row.optional("px"):
        raise Refused(51204, "The price for the limit order cannot be empty")
    return NewOrder(
        symbol=listing.symbol,
        side=side,
        type=type_,
        quantity=listing.quantity(contracts),
        price=row.positive("px") if type_ is OrderType.LIMIT else None,
        time_in_force=time_in_force,
        reduce_only=row.flag("reduceOnly"),
        client_order_id=name,
    )


def _is_forgotten(order: Order, now_ms: int) -> bool:
    was_cancelled = order.status in (OrderStatus.CANCELED, OrderStatus.EXPIRED)
    return was_cancelled and order.executed_qty == ZERO and order.update_ms < now_ms - FORGOTTEN_MS
