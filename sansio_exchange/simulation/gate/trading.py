"""Placing, amending, cancelling and looking up orders: the same for REST and the socket.

Source: Gate API v4, "Futures", read in November 2026.
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct
from msgspec.structs import replace

from sansio_exchange.errors import DuplicateClientOrderId, ExchangeError, OrderNotFound, OrderRejected
from sansio_exchange.numbers import ZERO
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.fees import Fees
from sansio_exchange.simulation.gate.account import user_id
from sansio_exchange.simulation.gate.call import Answer, Call
from sansio_exchange.simulation.gate.errors import (
    Refused,
    expired,
    finished,
    missing,
    no_change,
    no_such_order,
    no_such_text,
    not_offered,
    refusal,
    wrong,
)
from sansio_exchange.simulation.gate.listing import DEVIATE, Listing, Listings
from sansio_exchange.simulation.gate.order_rows import Note, fill_row, is_liquidation, order_row
from sansio_exchange.simulation.gate.parameters import Parameters, paged
from sansio_exchange.simulation.gate.rate_limits import Limits

MAX_BATCH = 10
MAX_CANCELS = 20
MAX_DIGITS = 19
"""Order ids fit into 64 bits."""
MAX_NOTES = 100_000
BOOK_LEVELS = 1000
TEXT_MS = 60_000
"""So long after its end an order is found by its text ("Query single order details")."""
FORGOTTEN_MS = 600_000
"""So long after its end an order without fills can be looked up ("Query futures order list")."""
TIFS = {"gtc": TimeInForce.GTC, "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK, "poc": TimeInForce.GTX}
_text = re.compile(r"t-[0-9A-Za-z_.-]{1,28}")

Row = dict[str, object]


class Wish(Struct, frozen=True):
    """An order as it was asked for, in the right form. `size` is 0 where the whole position is to be closed."""

    contract: str
    size: Decimal
    price: Decimal
    tif: TimeInForce
    reduce_only: bool
    text: str


class Trading:
    """Order calls of all accounts."""

    def __init__(self, exchange: SimulatedExchange, listings: Listings, fees: Fees, limits: Limits) -> None:
        self._exchange = exchange
        self._listings = listings
        self._fees = fees
        self._limits = limits
        self._notes: dict[int, Note] = {}
        """Of orders of which the exchange does not keep all that was said; the oldest of MAX_NOTES gives way."""
        self._doubles: dict[tuple[str, str], int] = {}
        """The newest order whose text a working order had already, by account and text; bounded like the notes."""

    # acting

    def place(self, call: Call) -> Answer:
        (row,) = call.rows
        _check_deadline(call)
        return Answer(self._place(call, read_wish(row)), 201)

    def place_batch(self, call: Call) -> Answer:
        """Nothing is placed where a row is not in the right form; else each succeeds or fails for itself."""
        _check_deadline(call)
        if not 0 < len(call.rows) <= MAX_BATCH:
            raise Refused("INVALID_PARAM_VALUE", f"a batch has 1 to {MAX_BATCH} orders")
        results: list[Row] = []
        for wish in [read_wish(row) for row in call.rows]:
            try:
                results.append({"succeeded": True, **self._place(call, wish)})
            except Refused as refused:
                results.append({"succeeded": False, "label": refused.label, "detail": refused.message})
        return Answer(results)

    def amend(self, call: Call) -> Answer:
        (row,) = call.rows
        _check_deadline(call)
        return Answer(self.row(self._amend(call, row, self._working(call, call.target)), call))

    def cancel(self, call: Call) -> Answer:
        _check_deadline(call)
        return Answer(self._cancel(call, call.target))

    def cancel_many(self, call: Call) -> Answer:
        """By their ids: each succeeds or fails for itself."""
        _check_deadline(call)
        if not 0 < len(call.ids) <= MAX_CANCELS:
            raise Refused("INVALID_PARAM_VALUE", f"a batch has 1 to {MAX_CANCELS} orders")
        results: list[Row] = []
        for each in call.ids:
            message = ""
            try:
                self._cancel(call, each)
            except Refused as refused:
                message = refused.label
            results.append({"id": each, "message": message, "succeeded": not message, "user_id": user_id(call.account)})
        return Answer(results)

    def cancel_all(self, call: Call) -> Answer:
        """Those of one contract or all, of one side or both."""
        _check_deadline(call)
        chosen = self._listings.chosen(call.params.optional("contract"))
        side = call.params.optional("side")
        if side not in {"", "bid", "ask"}:
            raise call.params.invalid("side")
        wanted = {"": (Side.BUY, Side.SELL), "bid": (Side.BUY,), "ask": (Side.SELL,)}[side]
        orders = [order for each in chosen for order in self._exchange.open_orders(call.account, each.symbol)]
        return Answer([self._cancel(call, str(each.order_id)) for each in orders if each.side in wanted])

    def _place(self, call: Call, wish: Wish) -> Row:
        listing = self._listings.find(wish.contract)
        order = self._order(call, wish, listing)
        self._check_size(order.quantity, listing)
        if order.price is not None:
            self._check_price(order.price, listing)
        if len(self._exchange.open_orders(call.account, listing.symbol)) >= self._limits.working_orders:
            raise Refused("TOO_MANY_ORDERS", "Too many open orders")
        if order.time_in_force is TimeInForce.FOK and not self._is_fillable(call.account, order):
            raise Refused("ORDER_FOK", "Killed for FOK")
        try:
            placed = self._exchange.place(call.account, order, call.now_ms)
        except DuplicateClientOrderId:
            placed = self._place_double(call, order)
        except ExchangeError as error:
            raise refusal(error) from error
        if not wish.size:
            self._note(placed, Note(self.note(placed).text, is_close=True))
        return self.row(placed, call)

    def _place_double(self, call: Call, order: NewOrder) -> Order:
        """A text that a working order has is no obstacle: from then on it means the newer order.

        Not found in documentation; said by Gate's developers (github.com/gateio/gateapi-go, issue 41, July 2023).
        """
        try:
            placed = self._exchange.place(call.account, replace(order, client_order_id=""), call.now_ms)
        except ExchangeError as error:
            raise refusal(error) from error
        self._doubles[call.account, order.client_order_id] = placed.order_id
        if len(self._doubles) > MAX_NOTES:
            del self._doubles[next(iter(self._doubles))]
        self._note(placed, Note(order.client_order_id))
        return placed

    def _order(self, call: Call, wish: Wish, listing: Listing) -> NewOrder:
        size, reduce_only = wish.size, wish.reduce_only
        if not size:
            size = -self._exchange.position(call.account, listing.symbol).size / listing.value
            reduce_only = True
        if not size:
            raise Refused("POSITION_EMPTY", "Position is empty")
        return NewOrder(
            symbol=listing.symbol,
            side=Side.BUY if size > 0 else Side.SELL,
            type=OrderType.LIMIT if wish.price else OrderType.MARKET,
            quantity=listing.quantity(abs(size)),
            price=_on_tick(wish.price, listing) if wish.price else None,
            time_in_force=wish.tif,
            reduce_only=reduce_only,
            client_order_id=wish.text,
        )

    def _amend(self, call: Call, row: Parameters, order: Order) -> Order:
        """`size` is the new total with its sign; not more than what is executed cancels the order."""
        listing = self._listings.of(order.symbol)
        note = self.note(order)
        if not row.optional("size") and not row.optional("price"):
            raise missing("size")
        quantity, price = order.quantity, order.price
        if row.optional("size"):
            size = row.contracts("size")
            if not size or (size > 0) is not (order.side is Side.BUY) or note.is_close:
                raise row.invalid("size")
            quantity = listing.quantity(abs(size))
        if row.optional("price"):
            price = _on_tick(row.price("price"), listing)
        self._check_size(quantity, listing)
        self._check_price(price, listing)
        if order.time_in_force is TimeInForce.GTX and quantity > order.executed_qty and self._takes(order, price):
            raise Refused("ORDER_POC_IMMEDIATE", "POC order will be finished immediately")
        text = row.optional("amend_text")
        if text:
            self._note(order, Note(note.text, is_close=note.is_close, amend_text=text[:60]))
        try:
            return self._exchange.amend(call.account, order.symbol, order.order_id, quantity, price, call.now_ms)
        except OrderRejected:
            raise no_change() from None
        except ExchangeError as error:
            raise refusal(error) from error

    def _cancel(self, call: Call, target: str) -> Row:
        order = self._working(call, target)
        done = self._exchange.cancel(call.account, order.symbol, call.now_ms, order_id=order.order_id)
        return self.row(done, call)

    # looking up

    def order(self, call: Call) -> Answer:
        return Answer(self.row(self._find(call, call.target), call))

    def orders(self, call: Call) -> Answer:
        """The working or the finished ones, newest first."""
        status = call.params.text("status")
        if status not in {"open", "finished"}:
            raise call.params.invalid("status")
        found = [each for each in self._known(call) if each.status.is_final is (status == "finished")]
        last_id = call.params.integer("last_id")
        return self._listed(call, [each for each in found if last_id is None or each.order_id < last_id])

    def orders_between(self, call: Call) -> Answer:
        """The finished ones that were placed between two times, newest first."""
        start_ms, end_ms = call.params.span_ms()
        found = [each for each in self._known(call) if each.status.is_final]
        return self._listed(call, [each for each in found if start_ms <= each.created_ms <= (end_ms or call.now_ms)])

    def fills(self, call: Call) -> Answer:
        """Newest first; their number is called id."""
        order_id, last_id = call.params.integer("order"), call.params.integer("last_id")
        chosen = [
            each
            for each in self._fills(call)
            if order_id in {None, each.order_id} and (last_id is None or int(each.trade_id) < last_id)
        ]
        page, headers = paged(call.params, chosen)
        return Answer([{"id": int(each.trade_id), **self._fill_row(each, call)} for each in page], headers=headers)

    def fills_between(self, call: Call) -> Answer:
        """Those between two times, newest first; their number is called trade_id and is a text."""
        start_ms, end_ms = call.params.span_ms()
        role = call.params.optional("role")
        if role not in {"", "maker", "taker"}:
            raise call.params.invalid("role")
        chosen = [
            each
            for each in self._fills(call)
            if start_ms <= each.time_ms <= (end_ms or call.now_ms)
            and role in {"", "maker" if each.is_maker else "taker"}
        ]
        page, headers = paged(call.params, chosen)
        return Answer([{"trade_id": each.trade_id, **self._fill_row(each, call)} for each in page], headers=headers)

    def row(self, order: Order, call: Call) -> Row:
        """An order as REST shows it."""
        listing, user = self._listings.of(order.symbol), user_id(call.account)
        return order_row(order, listing, self.note(order), user, self._fees, is_decimal=call.is_decimal)

    def note(self, order: Order) -> Note:
        """What is to be told of an order beside what the exchange knows."""
        known = self._notes.get(order.order_id)
        if known is not None:
            return known
        if is_liquidation(order):
            return Note("liquidation")
        return Note(order.client_order_id if order.client_order_id.startswith("t-") else "api")

    # what they have in common

    def _note(self, order: Order, note: Note) -> None:
        self._notes[order.order_id] = note
        if len(self._notes) > MAX_NOTES:
            del self._notes[next(iter(self._notes))]

    def _known(self, call: Call) -> list[Order]:
        """All orders of the contracts asked for that can still be looked up, newest first."""
        found = [
            order
            for listing in self._listings.chosen(call.params.optional("contract"))
            for order in self._exchange.orders(call.account, listing.symbol)
            if not _is_forgotten(order, call.now_ms)
        ]
        return sorted(found, key=lambda each: each.order_id, reverse=True)

    def _listed(self, call: Call, orders: list[Order]) -> Answer:
        page, headers = paged(call.params, orders)
        return Answer([self.row(each, call) for each in page], headers=headers)

    def _fills(self, call: Call) -> list[Fill]:
        found = [
            fill
            for listing in self._listings.chosen(call.params.optional("contract"))
            for fill in self._exchange.fills(call.account, listing.symbol)
        ]
        return sorted(found, key=lambda each: (each.time_ms, int(each.trade_id)), reverse=True)

    def _fill_row(self, fill: Fill, call: Call) -> Row:
        listing = self._listings.of(fill.symbol)
        return fill_row(fill, listing, self.fill_text(call.account, fill), is_decimal=call.is_decimal)

    def fill_text(self, account: str, fill: Fill) -> str:
        """The text of the order that a fill belongs to; "" where it is too old to be known."""
        try:
            return self.note(self._exchange.order(account, fill.symbol, order_id=fill.order_id)).text
        except OrderNotFound:
            return ""

    def _working(self, call: Call, target: str) -> Order:
        order = self._find(call, target)
        if order.status.is_final:
            raise finished()
        return order

    def _find(self, call: Call, target: str) -> Order:
        """By id, or by text while it is valid. Raises Refused (ORDER_NOT_FOUND, CLIENT_ID_NOT_FOUND)."""
        if target.startswith("t-"):
            order = self._by_text(call.account, target)
            if order is None or (order.status.is_final and order.update_ms < call.now_ms - TEXT_MS):
                raise no_such_text(target)
            return order
        is_id = target.isascii() and target.isdigit() and len(target) <= MAX_DIGITS
        order = self._by_id(call.account, int(target)) if is_id else None
        if order is None or _is_forgotten(order, call.now_ms):
            raise no_such_order()
        return order

    def _by_id(self, account: str, order_id: int) -> Order | None:
        for listing in self._listings:
            try:
                return self._exchange.order(account, listing.symbol, order_id=order_id)
            except OrderNotFound:
                continue
        return None

    def _by_text(self, account: str, text: str) -> Order | None:
        """The newest of that text, whatever its contract."""
        found = []
        for listing in self._listings:
            try:
                found.append(self._exchange.order(account, listing.symbol, client_order_id=text))
            except OrderNotFound:
                continue
        double = self._by_id(account, self._doubles.get((account, text), 0))
        if double is not None:
            found.append(double)
        return max(found, key=lambda each: each.order_id, default=None)

    def _check_size(self, quantity: Decimal, listing: Listing) -> None:
        if quantity > listing.rules.max_quantity:
            raise Refused("SIZE_TOO_LARGE", "Order size exceeds maximum")

    def _check_price(self, price: Decimal, listing: Listing) -> None:
        mark = self._exchange.mark(listing.symbol).mark_price
        if abs(price - mark) > mark * DEVIATE:
            raise Refused("PRICE_TOO_DEVIATED", "Order price deviates too much from mark price")

    def _is_fillable(self, account: str, order: NewOrder) -> bool:
        """Whether the other side, without the account's own orders, gives the whole quantity at once."""
        bids, asks = self._exchange.depth(order.symbol, BOOK_LEVELS)
        buys = order.side is Side.BUY
        found = sum((quantity for price, quantity in (asks if buys else bids) if _reaches(order, price)), ZERO)
        for own in self._exchange.open_orders(account, order.symbol):
            if own.side is not order.side and _reaches(order, own.price):
                found -= own.quantity - own.executed_qty
        return found >= order.quantity

    def _takes(self, order: Order, price: Decimal) -> bool:
        """Whether an order would meet the other side at `price`."""
        bids, asks = self._exchange.depth(order.symbol, 1)
        if order.side is Side.BUY:
            return bool(asks) and price >= asks[0][0]
        return bool(bids) and price <= bids[0][0]


def read_wish(row: Parameters) -> Wish:
    """Raises Refused (MISSING_REQUIRED_PARAM, INVALID_PARAM_VALUE) where a row is not in the right form."""
    contract = row.text("contract")
    closes = row.flag("close")
    size = row.contracts("size") if row.optional("size") or not closes else ZERO
    if (size == 0) is not closes:
        raise wrong("size", row.optional("size"))
    tif = TIFS.get(row.optional("tif", "gtc"))
    if tif is None:
        raise row.invalid("tif")
    price = row.price("price")
    if not price and tif not in (TimeInForce.IOC, TimeInForce.FOK):
        raise row.invalid("price")
    text = row.optional("text")
    if text and not _text.fullmatch(text):
        raise row.invalid("text")
    if row.optional("stp_act", "-") != "-":  # "an error will be returned" to whoever is in no STP group
        raise row.invalid("stp_act")
    if row.optional("auto_size"):  # closes one side in dual mode
        raise row.invalid("auto_size")
    if row.optional("iceberg", "0") != "0":
        raise not_offered("iceberg")
    return Wish(contract, size, price, tif, row.flag("reduce_only"), text)


def _check_deadline(call: Call) -> None:
    if call.expires_ms and call.now_ms > call.expires_ms:
        raise expired()


def _on_tick(price: Decimal, listing: Listing) -> Decimal:
    """Gate rounds: in the documentation's examples 31503.280000 is placed as 31503.3 (WebSocket, "Order Place")."""
    tick = listing.rules.tick_size
    return max(tick, (price / tick).to_integral_value(ROUND_HALF_UP) * tick)


def _reaches(order: NewOrder, price: Decimal) -> bool:
    """Whether an order trades at `price`; a market order does at any."""
    if order.price is None:
        return True
    return price <= order.price if order.side is Side.BUY else price >= order.price


def _is_forgotten(order: Order, now_ms: int) -> bool:
    was_cancelled = order.status in (OrderStatus.CANCELED, OrderStatus.EXPIRED)
    return was_cancelled and order.executed_qty == ZERO and order.update_ms < now_ms - FORGOTTEN_MS
