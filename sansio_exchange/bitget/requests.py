"""Recipes: what each command asks of Bitget, step by step; market data: market_requests.py. Paths, parameters: each
endpoint's own page (2026-09-28).

Orders are placed over REST alone, where nothing is accepted that was signed more than half a minute ago: a frame on the
order-entry socket carries no time, and one that a line holds back might place its order after it was given up. Single
cancels go by the socket where the session has one (`ws_method`). A single request is built, and its fields are checked,
when the recipe is made, not when it runs.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from sansio_exchange.account import Account, Position
from sansio_exchange.batches import Placing, accepted, cancel_many, place_many, place_one
from sansio_exchange.bitget import limits, replies
from sansio_exchange.bitget.endpoints import COIN, PRODUCT
from sansio_exchange.bitget.errors import HEDGE_MODE
from sansio_exchange.bitget.market_requests import (
    get_funding_rate as get_funding_rate,
)
from sansio_exchange.bitget.market_requests import (
    get_funding_rates as get_funding_rates,
)
from sansio_exchange.bitget.market_requests import (
    get_historical_funding_rates as get_historical_funding_rates,
)
from sansio_exchange.bitget.market_requests import (
    get_historical_klines as get_historical_klines,
)
from sansio_exchange.bitget.market_requests import (
    get_latest_price as get_latest_price,
)
from sansio_exchange.bitget.market_requests import (
    get_open_interest as get_open_interest,
)
from sansio_exchange.bitget.market_requests import (
    get_tickers as get_tickers,
)
from sansio_exchange.bitget.market_requests import (
    server_time,
)
from sansio_exchange.bitget.orders import force_of
from sansio_exchange.bitget.symbols import Product
from sansio_exchange.errors import (
    ExchangeError,
    InvalidRequest,
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    UnexpectedReply,
)
from sansio_exchange.numbers import plain
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, NewOrder, Order, OrderType, TimeInForce
from sansio_exchange.recipes import ask, asking, or_raise, row_error
from sansio_exchange.venue import Access, Priority, Recipe, Request

BATCH_ROWS = 20
"""Orders in one batch, to be placed or cancelled. The tables say 50, the Best Practices Guide and code 40306 ("Batch
processing orders can only process up to 20") say 20: the smaller one is right in both cases."""
PAGE = 100
"""Rows of a list of orders or fills."""
LOOKED_THROUGH = 5
"""Pages of orders that ended, the newest, among which one is looked for whose id at the venue is not known."""
KEPT_MS = 90 * 86_400_000 - 60_000
"""How far back orders and fills are told: three months, less a minute for the way."""

CLIENT_ORDER_ID = re.compile(r"[0-9A-Za-z_#+-]{1,32}")
"""What both statements allow: ^[0-9A-Za-z_:#\\-+\\s]{1,32}$ ("Best Practices Guide") and "[0-9], [a-z], [A-Z] and
[-,+,_,#], length less than 50" (FAQ Q13)."""
_SOME_CLIENT_ORDER_ID = re.compile(r"[0-9A-Za-z_:#+-]{1,64}")
"""Orders placed elsewhere may have longer ones; code 40305 bounds them."""

_ORDER_ID = re.compile(r"[1-9][0-9]{15,19}")
"""An order's own id, under which it is told where it has no client order id (in samples Bitget makes up one of the same
form for orders that were placed without). Ids are milliseconds since
2015-07-01 times 2**22 and some: all that examples and samples have beside a time of creation (2023-09 to 2024-04) are;
not found in documentation. So they have had sixteen digits since their third day, have nineteen now, and stay below
2**62, where order_ids.OrderIds knows the way back from every number, until 2050."""

Text = dict[str, Any]
Row = tuple[NewOrder, Text]
"""An order and its parameters."""

# --- orders -----------------------------------------------------------------------------------------------------


def place_order(order: NewOrder, product: Product, ids: OrderIds) -> Recipe[Order]:
    return place_one(order, _placing(product, ids))


def place_orders(
    orders: Sequence[NewOrder], product: Product, ids: OrderIds
) -> Recipe[tuple[Order | ExchangeError, ...]]:
    """In batches of twenty of one symbol, side by side. One order goes alone: single orders have a limit of their
    own."""
    return place_many(orders, _placing(product, ids))


def _placing(product: Product, ids: OrderIds) -> Placing[Row]:
    def read(body: bytes, rows: Sequence[Row]) -> Sequence[Order | ExchangeError]:
        orders = [order for order, _ in rows]
        names = [order.client_order_id for order in orders]
        acks = [replies.read_ack(body, "", names[0])] if len(names) == 1 else replies.read_acks(body, names)
        return accepted(acks, orders, partial(replies.to_accepted, accepted_ms=replies.accepted_at(body), ids=ids))

    return Placing(
        lambda order: (order, order_params(order, product)),
        _place_request,
        read,
        BATCH_ROWS,
        apart=lambda row: row[1]["symbol"],
    )


def _place_request(rows: Sequence[Row]) -> Request:
    listed = [params for _, params in rows]
    symbol = listed[0]["symbol"]
    scope: Text = {"symbol": symbol, "productType": PRODUCT, "marginMode": "crossed", "marginCoin": COIN}
    path, budget, params = "place-order", "place", listed[0]
    if len(rows) > 1:
        without = tuple({name: value for name, value in each.items() if name != "symbol"} for each in listed)
        path, budget, params = "batch-place-order", "place_batch", {"orderList": without}
    costs = limits.one(budget)
    return Request("POST", f"/api/v2/mix/order/{path}", scope | params, Access.SIGNED, costs, Priority.PLACE)


def order_params(order: NewOrder, product: Product) -> Text:
    """The parameters of a new order; raises InvalidRequest for what Bitget's form cannot say.

    There is no `tradeSide`: in one-way mode it is ignored, and without it Bitget refuses what an account in hedge mode
    would open.
    """
    check_client_order_id(order.client_order_id)
    params: Text = {
        "symbol": product.require(order.symbol),
        "size": plain(order.quantity),
        "side": order.side.name.lower(),
        "orderType": "market" if order.type is OrderType.MARKET else "limit",
        "clientOid": order.client_order_id,
    }
    _check_type(order)
    if order.type is OrderType.LIMIT:
        if order.price is None:
            raise InvalidRequest("price", "must be set on a limit order")
        params |= {"price": plain(order.price), "force": force_of(order)}
    if order.reduce_only:
        params["reduceOnly"] = "YES"
    return params


def _check_type(order: NewOrder) -> None:
    if order.type is OrderType.MARKET:
        if order.post_only or order.time_in_force is TimeInForce.GTX:
            raise InvalidRequest("post_only", "a market order always takes")
    elif order.type is not OrderType.LIMIT:
        raise InvalidRequest("type", "must be LIMIT or MARKET")
    elif order.post_only and order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        raise InvalidRequest("post_only", f"contradicts time_in_force {order.time_in_force.name}")


def check_client_order_id(client_order_id: str) -> None:
    """Raises InvalidRequest for an id that is not of the venue's form."""
    if not CLIENT_ORDER_ID.fullmatch(client_order_id):
        raise InvalidRequest("client_order_id", "must be 1 to 32 letters, digits, -, +, _ or # on Bitget")


def cancel_order(symbol: str, order_id: int, client_order_id: str, product: Product, ids: OrderIds) -> Recipe[None]:
    """Bitget confirms that it has received the request; the orders channel says that the order is cancelled."""
    scope = {"symbol": product.require(symbol), "productType": PRODUCT}
    if order_id:
        return _cancel_numbered(scope, order_id, product, ids)
    _check_name(client_order_id)
    return _cancel_named(scope, client_order_id, product, ids)


def _cancel_numbered(scope: Text, order_id: int, product: Product, ids: OrderIds) -> Recipe[None]:
    yield from asking(_learn(scope["symbol"], (order_id,), product, ids))
    yield from _cancel(scope, {"orderId": _known(order_id, ids)}, "")


def _cancel_named(scope: Text, client_order_id: str, product: Product, ids: OrderIds) -> Recipe[None]:
    try:
        yield from _cancel(scope, {"clientOid": client_order_id}, client_order_id)
    except OrderNotFound:
        if not _ORDER_ID.fullmatch(client_order_id):
            raise
        yield from asking(_unnamed(scope, client_order_id, product, ids))
        yield from _cancel(scope, {"orderId": client_order_id}, client_order_id)


def _cancel(scope: Text, which: Mapping[str, str], client_order_id: str) -> Recipe[None]:
    try:
        body = yield Request(
            "POST",
            "/api/v2/mix/order/cancel-order",
            {**scope, **which},
            Access.SIGNED,
            limits.one("cancel"),
            Priority.CANCEL,
            ws_method="cancel-order",
        )
        replies.read_ack(body, which.get("orderId", ""), which.get("clientOid", ""))
    except (OutcomeUnknown, UnexpectedReply) as error:
        raise row_error(error, client_order_id) from None


def _check_name(client_order_id: str) -> None:
    """Raises InvalidRequest for what is no client order id, ours or another program's."""
    if not client_order_id:
        raise InvalidRequest("order_id", "must be set unless client_order_id is")
    if not _SOME_CLIENT_ORDER_ID.fullmatch(client_order_id):
        raise InvalidRequest("client_order_id", "must be 1 to 64 letters, digits, -, +, _, : or # on Bitget")


def _known(order_id: int, ids: OrderIds) -> str:
    """The venue's id of an order. Raises OrderNotFound where its lists have not told it."""
    venue_id = ids.venue_id(order_id)
    if venue_id is None:
        newest = LOOKED_THROUGH * PAGE
        raise OrderNotFound(f"no order {order_id} is open, nor among the newest {newest} of the symbol that ended")
    return venue_id


def _learn(symbol: str, order_ids: Sequence[int], product: Product, ids: OrderIds) -> Recipe[None]:
    """Read what tells the venue's ids of these orders where this process has not heard of them: the open orders, then
    the newest that ended. Only ids of another form than Bitget's present one need it, after a restart; a number that is
    nobody's must not cost all pages of three months."""

    def is_enough(pages: int) -> bool:
        return pages >= LOOKED_THROUGH or all(ids.venue_id(order_id) is not None for order_id in order_ids)

    if not is_enough(0):
        yield from get_open_orders(symbol, product, ids)
    if not is_enough(0):
        params = {"productType": PRODUCT, "symbol": symbol}
        yield from _listed("/api/v2/mix/order/orders-history", "orders_history", params, product, ids, is_enough)


def cancel_orders(
    symbol: str, order_ids: Sequence[int], product: Product, ids: OrderIds
) -> Recipe[tuple[ExchangeError | None, ...]]:
    """In batches of twenty, side by side."""
    product.require(symbol)
    return _cancel_rows(symbol, order_ids, product, ids)


def _cancel_rows(
    symbol: str, order_ids: Sequence[int], product: Product, ids: OrderIds
) -> Recipe[tuple[ExchangeError | None, ...]]:
    unread: ExchangeError | None = None
    try:
        yield from asking(_learn(symbol, order_ids, product, ids))
    except ExchangeError as error:
        unread = error  # nothing was asked of the orders themselves
    rows: list[str | ExchangeError] = []
    for order_id in order_ids:
        try:
            rows.append(_known(order_id, ids))
        except OrderNotFound as error:
            rows.append(unread or error)
    return (yield from cancel_many(rows, BATCH_ROWS, partial(_batch_cancel_request, symbol), replies.read_acks))


def _batch_cancel_request(symbol: str, venue_ids: Sequence[str]) -> Request:
    listed = tuple({"orderId": venue_id} for venue_id in venue_ids)
    return _cancel_all_request("batch-cancel-orders", "cancel_batch", {"symbol": symbol, "orderIdList": listed})


def _cancel_all_request(name: str, budget: str, params: Text) -> Request:
    params = {"productType": PRODUCT, "marginCoin": COIN, **params}
    costs = limits.one(budget)
    return Request("POST", f"/api/v2/mix/order/{name}", params, Access.SIGNED, costs, Priority.CANCEL)


def cancel_all_orders(symbol: str, _known: object, product: Product, *_: object) -> Recipe[None]:
    """One request: "can be used to cancel by product type and trading pair" ("Batch Cancel"), or all of the product
    ("Cancel All Orders"). That there is nothing to cancel is no failure."""
    if symbol:
        name = product.require(symbol)
        return _cancel_all(_cancel_all_request("batch-cancel-orders", "cancel_batch", {"symbol": name}))
    return _cancel_all(_cancel_all_request("cancel-all-orders", "cancel_all", {}))


def _cancel_all(request: Request) -> Recipe[None]:
    try:
        body = yield request
        failures = replies.read_failures(body)
    except OrderNotFound:
        return
    except (OutcomeUnknown, UnexpectedReply) as error:
        raise row_error(error, "") from None
    for failure in failures:
        if not isinstance(failure, OrderNotFound):
            raise failure


def get_order(symbol: str, order_id: int, client_order_id: str, product: Product, ids: OrderIds) -> Recipe[Order]:
    scope = {"symbol": product.require(symbol), "productType": PRODUCT}
    if order_id:
        return _numbered(scope, order_id, product, ids)
    _check_name(client_order_id)
    return _named(scope, client_order_id, product, ids)


def _numbered(scope: Text, order_id: int, product: Product, ids: OrderIds) -> Recipe[Order]:
    yield from _learn(scope["symbol"], (order_id,), product, ids)
    return (yield from _detail({**scope, "orderId": _known(order_id, ids)}, product, ids))


def _named(scope: Text, client_order_id: str, product: Product, ids: OrderIds) -> Recipe[Order]:
    try:
        return (yield from _detail({**scope, "clientOid": client_order_id}, product, ids))
    except OrderNotFound:
        if not _ORDER_ID.fullmatch(client_order_id):
            raise
    return (yield from _unnamed(scope, client_order_id, product, ids))


def _unnamed(scope: Text, venue_id: str, product: Product, ids: OrderIds) -> Recipe[Order]:
    """The order of that id, if it is told under it for want of a client order id. Raises OrderNotFound where it has
    one: then the name that was asked for is another order's, or nobody's."""
    order = yield from _detail({**scope, "orderId": venue_id}, product, ids)
    if order.client_order_id != venue_id:
        raise OrderNotFound(f"no order has the client order id {venue_id}; it is the order id of another")
    return order


def _detail(params: Text, product: Product, ids: OrderIds) -> Recipe[Order]:
    request = _signed("/api/v2/mix/order/detail", params, "order")
    return ask(request, lambda body: replies.read_order(body, product, ids))


def get_open_orders(symbol: str, product: Product, ids: OrderIds) -> Recipe[tuple[Order, ...]]:
    """Page by page, newest first. "If not specified, all orders with a status of `live` (not filled yet) will be
    returned", though the example has one that is partly filled: so those are asked for as well."""
    params = {"productType": PRODUCT, **({"symbol": product.require(symbol)} if symbol else {})}
    orders: dict[int, Order] = {}
    for status in ({}, {"status": "partially_filled"}):
        path = "/api/v2/mix/order/orders-pending"
        listed = yield from _listed(path, "orders_pending", {**params, **status}, product, ids)
        orders.update((order.order_id, order) for order in listed)
    return tuple(orders.values())


def _listed(
    path: str,
    budget: str,
    params: Text,
    product: Product,
    ids: OrderIds,
    is_enough: Callable[[int], bool] = lambda _pages: False,
) -> Recipe[tuple[Order, ...]]:
    """All pages of a list of orders, or so many as are enough."""
    orders: dict[int, Order] = {}
    ends: list[str] = []
    while True:
        body = yield _signed(path, _page(params, ends), budget)
        listed, last, rows = replies.read_orders(body, product, ids)
        orders.update((order.order_id, order) for order in listed)
        if rows < PAGE or is_enough(len(ends) + 1):
            return tuple(orders.values())
        _go_on(ends, last, "orders")


def _page(params: Text, ends: Sequence[str]) -> Text:
    """The page after the last one, whose end is known."""
    return {**params, "limit": str(PAGE), **({"idLessThan": ends[-1]} if ends else {})}


def _go_on(ends: list[str], last: str, what: str) -> None:
    """Note where a full page ended. A list that does not say how it goes on, or goes in circles, is not complete."""
    if not last or last in ends:
        raise UnexpectedReply(f"{what}: the list does not say how it goes on")
    ends.append(last)


def get_fills(symbol: str, since_ms: int, order_id: int, product: Product, ids: OrderIds) -> Recipe[tuple[Fill, ...]]:
    """Page by page, newest first, as far back as three months. (fill-history has a week in one request, and nothing in
    demo trading.)"""
    name = product.require(symbol)
    params: Text = {"productType": PRODUCT, "symbol": name}
    return _get_fills(params, since_ms, order_id, product, ids)


def _get_fills(params: Text, since_ms: int, order_id: int, product: Product, ids: OrderIds) -> Recipe[tuple[Fill, ...]]:
    if order_id:
        yield from _learn(params["symbol"], (order_id,), product, ids)
        params["orderId"] = _known(order_id, ids)
    if since_ms:
        now_ms = yield from server_time()
        params["startTime"] = str(max(since_ms, now_ms - KEPT_MS))
    found: dict[tuple[int, str], Fill] = {}
    ends: list[str] = []
    while True:
        body = yield _signed("/api/v2/mix/order/fills", _page(params, ends), "fills")
        listed, last, rows = replies.read_fills(body, params["symbol"], product, ids)
        found.update(((fill.order_id, fill.trade_id), fill) for fill in listed)
        if rows < PAGE:
            break
        _go_on(ends, last, "fills")
    wanted = [
        fill for fill in list(found.values())[::-1] if fill.time_ms >= since_ms and order_id in (0, fill.order_id)
    ]
    return tuple(sorted(wanted, key=lambda fill: fill.time_ms))


def _signed(path: str, params: Mapping[str, Any], budget: str) -> Request:
    return Request("GET", path, params, Access.SIGNED, limits.one(budget))


# --- account ----------------------------------------------------------------------------------------------------


def get_account(product: Product, *_: object) -> Recipe[Account]:
    bodies = yield (_accounts(), _all_positions())
    accounts, positions = (or_raise(body) for body in bodies)
    return replies.read_account(accounts, positions, product)


def _accounts() -> Request:
    return _signed("/api/v2/mix/account/accounts", {"productType": PRODUCT}, "accounts")


def _all_positions() -> Request:
    return _signed("/api/v2/mix/position/all-position", {"productType": PRODUCT, "marginCoin": COIN}, "positions")


def get_positions(symbol: str, product: Product, *_: object) -> Recipe[tuple[Position, ...]]:
    request = _all_positions()
    if symbol:
        params = {"productType": PRODUCT, "symbol": product.require(symbol), "marginCoin": COIN}
        request = _signed("/api/v2/mix/position/single-position", params, "position")
    return ask(request, lambda body: replies.read_positions(body, product))


def get_balance(asset: str, *_: object) -> Recipe[Decimal]:
    name = asset.upper()
    if not name.isalnum():
        raise InvalidRequest("asset", "must be a currency such as USDT")
    return ask(_accounts(), lambda body: replies.read_balance(body, name))


MAY_TRADE = frozenset({"coow", "trade"})
"""The authorities of which a key that trades has one: "Read and Write: coow: futures orders" ("Get Account
Information"); its example says "trade"."""
PROBED_SYMBOL = "BTCUSDT"
"""The position mode is the product's, but it is asked for with a symbol."""


def check() -> Recipe[bool]:
    """The key may trade, and the account is in one-way mode; returns whether it is in multi-assets mode.

    What a key may do is told by an endpoint of the spot account, which wants a permission of its own: a key that has
    not got it is a key for futures, and what it may do there shows with its first order.
    """
    params = {"symbol": PROBED_SYMBOL, "productType": PRODUCT, "marginCoin": COIN}
    bodies = yield (
        _signed("/api/v2/mix/account/account", params, "account"),
        _signed("/api/v2/spot/account/info", {}, "account_info"),
    )
    settings = replies.read_settings(or_raise(bodies[0]))
    if not isinstance(bodies[1], PermissionDenied):
        authorities = replies.read_authorities(or_raise(bodies[1]))
        if not MAY_TRADE.intersection(authorities):
            listed = ", ".join(authorities)[:60] or "nothing"
            raise PermissionDenied(f"the key may not trade futures, only {listed}; give it that permission")
    if settings.pos_mode != "one_way_mode":
        raise PermissionDenied(HEDGE_MODE)
    return settings.asset_mode == "union"
