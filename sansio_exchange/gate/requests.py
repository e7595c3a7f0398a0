"""Recipes: what each command asks of Gate, step by step. Paths, parameters: "Futures", "Unified" and "Account" of "Gate
API v4.106.88" (2026-05-27).

Orders go by the order-entry socket where the session has one (`ws_method`). A single request is built, and its fields
are checked, when the recipe is made, not when it runs. Where a path names a parameter, that stands in it over HTTP.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from sansio_exchange.account import Account, Position
from sansio_exchange.batches import Placing, cancel_many, place_many, place_one
from sansio_exchange.decoding import sensible
from sansio_exchange.errors import (
    ExchangeError,
    InvalidRequest,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    PermissionDenied,
    RequestRejected,
    UnexpectedReply,
)
from sansio_exchange.gate import limits, market_replies, replies
from sansio_exchange.gate.endpoints import interval_of
from sansio_exchange.gate.errors import HEDGE_MODE
from sansio_exchange.gate.known_orders import KnownOrders
from sansio_exchange.gate.order_entry import ROWS
from sansio_exchange.gate.orders import PREFIX, client_order_id_of, word_for
from sansio_exchange.gate.replies import AccountRow, OrderRow
from sansio_exchange.gate.symbols import Contract, Product
from sansio_exchange.gate.traded_orders import TradedOrders
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.numbers import INT64_MAX, plain
from sansio_exchange.orders import Fill, NewOrder, Order, OrderType, Side, TimeInForce
from sansio_exchange.recipes import ask, check_limit, or_raise, row_error
from sansio_exchange.venue import Access, Priority, Recipe, Request

BATCH_ROWS = 10
"""Orders placed in one batch: "Up to 10 orders per request"."""
CANCEL_ROWS = 20
"""Orders cancelled in one batch: "A maximum of 20 records can be cancelled in one request"."""
PAGE = 100
"""Rows of a list: how many there may be is not found in documentation, so many come without a limit."""
MAX_KLINES = 2_000
""" "Maximum of 2000 points are returned in one query"."""
FUNDING_PAGE = 100
MAX_FUNDING_RATES = 1_000
NO_ORDER = "1"
"""The id of an order that is nobody's any more."""

Row = tuple[NewOrder, Contract, dict[str, Any]]
"""An order, its contract, its parameters."""

CLIENT_ORDER_ID = re.compile(r"[0-9A-Za-z_.-]{1,28}")
ORDER_ID = re.compile(r"[1-9][0-9]{0,18}")
FUTURES = "/api/v4/futures/usdt"

# --- orders -----------------------------------------------------------------------------------------------------


def place_order(order: NewOrder, product: Product, *_: object) -> Recipe[Order]:
    return place_one(order, _placing(product))


def place_orders(orders: Sequence[NewOrder], product: Product, *_: object) -> Recipe[tuple[Order | ExchangeError, ...]]:
    """In batches of ten, side by side; one order goes alone."""
    return place_many(orders, _placing(product))


def _placing(product: Product) -> Placing[Row]:
    def check(order: NewOrder) -> Row:
        contract = product.contract(order.symbol)
        return order, contract, order_params(order, contract)

    def read(body: bytes, rows: Sequence[Row]) -> Sequence[Order | ExchangeError]:
        sent = [(order, contract) for order, contract, _ in rows]
        return [replies.read_placed(body, *sent[0])] if len(sent) == 1 else replies.read_batch(body, sent)

    return Placing(check, _place_request, read, BATCH_ROWS)


def _place_request(rows: Sequence[Row]) -> Request:
    listed = tuple(params for _, _, params in rows)
    alone = len(rows) == 1
    return Request(
        "POST",
        f"{FUTURES}/orders" if alone else f"{FUTURES}/batch_orders",
        listed[0] if alone else {ROWS: listed},
        Access.SIGNED,
        limits.placing(len(rows)),
        Priority.PLACE,
        ws_method="futures.order_place" if alone else "futures.order_batch_place",
    )


def order_params(order: NewOrder, contract: Contract) -> dict[str, Any]:
    """The parameters of a new order; raises InvalidRequest for what Gate's form cannot say.

    Sizes are text, as they are in the examples of both ways ("Place futures order", "order_place").
    """
    check_client_order_id(order.client_order_id)
    size = contract.contracts(order.quantity)
    params: dict[str, Any] = {
        "contract": contract.name,
        "size": plain(size if order.side is Side.BUY else -size),
        "price": _price(order),
        "tif": word_for(order),
        "text": f"{PREFIX}{order.client_order_id}",
    }
    if order.reduce_only:
        params["reduce_only"] = True
    return params


def _price(order: NewOrder) -> str:
    """ "a price of 0 with tif as ioc represents a market order"."""
    if order.type is OrderType.MARKET:
        if order.post_only or order.time_in_force is TimeInForce.GTX:
            raise InvalidRequest("post_only", "a market order always takes")
        return "0"
    if order.type is not OrderType.LIMIT:
        raise InvalidRequest("type", "must be LIMIT or MARKET")
    if order.post_only and order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        raise InvalidRequest("post_only", f"contradicts time_in_force {order.time_in_force.name}")
    if not order.price:
        raise InvalidRequest("price", "must be set on a limit order")
    return plain(order.price)


def check_client_order_id(client_order_id: str) -> None:
    """Raises InvalidRequest for an id that is not of the venue's form."""
    if not CLIENT_ORDER_ID.fullmatch(client_order_id):
        raise InvalidRequest(
            "client_order_id", "must be 1 to 28 letters, digits, underscores, hyphens and dots on Gate, nothing else"
        )


def cancel_order(
    symbol: str, order_id: int, client_order_id: str, product: Product, known: KnownOrders, *_: object
) -> Recipe[None]:
    contract = product.contract(symbol)
    return _cancel_of(_names(order_id, client_order_id), client_order_id, contract, known)


def _cancel_of(names: Sequence[str], client_order_id: str, contract: Contract, known: KnownOrders) -> Recipe[None]:
    """Nothing is cancelled that is not known to be of that contract: known_orders.py."""
    try:
        name = names[0]
        if not known.is_of(name, contract.symbol):
            name = yield from _find(names, client_order_id, contract)
            known.note(name, contract.symbol)
        replies.read_done((yield _cancel_request(name)))
    except (OutcomeUnknown, UnexpectedReply) as error:
        raise row_error(error, client_order_id) from None


def _find(names: Sequence[str], client_order_id: str, contract: Contract) -> Recipe[str]:
    """Which of the names finds the order, whatever it says of its size. Raises OrderNotFound."""
    for name in names:
        try:
            row = replies.read_order((yield _order_request(name, Priority.CANCEL)), contract)
        except OrderNotFound:
            if name == names[-1]:
                raise
        else:
            if name == names[0] or _is_called(row, client_order_id):
                return name
    raise OrderNotFound("no order has that name")


def _cancel_request(name: str) -> Request:
    """Ids are of all contracts: that of the order need not be said."""
    return Request(
        "DELETE",
        f"{FUTURES}/orders/{{order_id}}",
        {"order_id": name},
        Access.SIGNED,
        limits.cancelling(1),
        Priority.CANCEL,
        ws_method="futures.order_cancel",
    )


def _names(order_id: int, client_order_id: str) -> tuple[str, ...]:
    """ "the order ID [...] or the custom ID specified by the user when creating the order (i.e. the `text` field)".

    An order that nobody gave a name is told by its id in place of one: a name that may be such an id is tried as both.
    """
    if order_id:
        return (str(order_id),)
    if not client_order_id:
        raise InvalidRequest("order_id", "must be set unless client_order_id is")
    check_client_order_id(client_order_id)
    named = f"{PREFIX}{client_order_id}"
    is_id = ORDER_ID.fullmatch(client_order_id) and int(client_order_id) <= INT64_MAX
    return (named, client_order_id) if is_id else (named,)


def _is_called(row: OrderRow, client_order_id: str) -> bool:
    return client_order_id_of(row.text, replies.number_of(row.id)) == client_order_id


def cancel_orders(
    symbol: str, order_ids: Sequence[int], product: Product, known: KnownOrders, *_: object
) -> Recipe[tuple[ExchangeError | None, ...]]:
    """In batches of twenty, side by side. What is not known to be of that symbol is
    asked for first, side by side as well."""
    return _cancel_rows(order_ids, product.contract(symbol), known)


def _cancel_rows(
    order_ids: Sequence[int], contract: Contract, known: KnownOrders
) -> Recipe[tuple[ExchangeError | None, ...]]:
    not_ours: dict[int, ExchangeError] = yield from _of_others(order_ids, contract, known)
    rows = [not_ours.get(order_id, order_id) for order_id in order_ids]
    return (yield from cancel_many(rows, CANCEL_ROWS, _batch_cancel_request, replies.read_cancelled))


def _of_others(order_ids: Sequence[int], contract: Contract, known: KnownOrders) -> Recipe[dict[int, ExchangeError]]:
    """Those of the orders that are not of that contract or cannot be found out about, with the reason."""
    asked = [each for each in dict.fromkeys(order_ids) if not known.is_of(str(each), contract.symbol)]
    bodies = (yield tuple(_order_request(str(each), Priority.CANCEL) for each in asked)) if asked else ()
    not_ours: dict[int, ExchangeError] = {}
    for order_id, body in zip(asked, bodies, strict=True):
        try:
            replies.read_order(or_raise(body), contract)
            known.note(str(order_id), contract.symbol)
        except ExchangeError as error:
            not_ours[order_id] = row_error(error, "")
    return not_ours


def _batch_cancel_request(order_ids: Sequence[int]) -> Request:
    return Request(
        "POST",
        f"{FUTURES}/batch_cancel_orders",
        {ROWS: tuple(str(order_id) for order_id in order_ids)},
        Access.SIGNED,
        limits.cancelling(len(order_ids)),
        Priority.CANCEL,
        ws_method="futures.order_cancel_ids",
    )


def cancel_all_orders(symbol: str, _known: object, product: Product, *_: object) -> Recipe[None]:
    """Over REST alone where it means all symbols: on the socket the contract is required ("order_cancel_cp")."""
    request = Request(
        "DELETE",
        f"{FUTURES}/orders",
        _of(symbol, product),
        Access.SIGNED,
        limits.cancelling(1),
        Priority.CANCEL,
        ws_method="futures.order_cancel_cp" if symbol else "",
    )
    return _cancel(request)


def _cancel(request: Request) -> Recipe[None]:
    try:
        replies.read_done((yield request))
    except UnexpectedReply as error:
        raise row_error(error, "") from None


def get_order(
    symbol: str, order_id: int, client_order_id: str, product: Product, _: object, traded_orders: TradedOrders
) -> Recipe[Order]:
    """By id or name; where Gate has forgotten the name by its trades (traded_orders.py), so that nobody takes it for
    one that never was."""
    contract = product.contract(symbol)
    names = _names(order_id, client_order_id)
    for name in names:
        try:
            order = yield from _order(name, contract, product)
        except OrderNotFound:
            if order_id:
                raise
        else:
            if name == names[0] or order.client_order_id == client_order_id:
                return order
    traded = yield from _traded_under(client_order_id, contract, traded_orders)
    if not traded:
        raise OrderNotFound(f"no order of {symbol} has that name")
    return (yield from _order(traded, contract, product))


def _order(name: str, contract: Contract, product: Product) -> Recipe[Order]:
    row = replies.read_order((yield _order_request(name)), contract)
    if not replies.says_its_size(row):
        fills = yield from get_fills(contract.symbol, 0, replies.number_of(row.id), product)
        row = sensible("order", replies.sized_by, row, fills, contract)
    return sensible("order", replies.to_order, row, contract)


def _order_request(name: str, priority: Priority = Priority.QUERY) -> Request:
    return Request(
        "GET", f"{FUTURES}/orders/{{order_id}}", {"order_id": name}, Access.SIGNED, limits.one("order"), priority
    )


def _traded_under(client_order_id: str, contract: Contract, orders: TradedOrders) -> Recipe[str]:
    """The id of the order of that name among those that traded lately, or ""."""
    now = (yield from server_time()) // 1000
    yield from orders.wait(contract.name)
    since = orders.unread_since(contract.name, now)
    if since is not None:
        yield from orders.reading(contract.name, now, _traded_since(since, now, contract))
    return orders.find(contract.name, client_order_id)


def _traded_since(since: int, now: int, contract: Contract) -> Recipe[list[tuple[str, str, int]]]:
    params = {"contract": contract.name, "from": since, "to": now + 60, "limit": PAGE}
    traded: list[tuple[str, str, int]] = []
    while True:
        page = {**params, "offset": len(traded)}
        body = yield _signed(f"{FUTURES}/my_trades_timerange", page, "my_trades_timerange")
        rows = replies.read_traded(body)
        traded += rows
        if len(rows) < PAGE:
            return traded


def get_open_orders(symbol: str, product: Product, *_: object) -> Recipe[tuple[Order, ...]]:
    """Page by page: each begins after the last row of the one before."""
    params: dict[str, Any] = {**_of(symbol, product), "status": "open", "limit": PAGE}
    orders: dict[int, Order] = {}
    last = ""
    while True:
        page = {**params, "last_id": last} if last else params
        body = yield _signed(f"{FUTURES}/orders", page, "list_orders")
        listed, after, rows = replies.read_orders(body, product)
        known = len(orders)
        orders.update((order.order_id, order) for order in listed)
        if rows < PAGE or after == last or (listed and len(orders) == known):
            return tuple(orders.values())
        last = after


def get_fills(symbol: str, since_ms: int, order_id: int, product: Product, *_: object) -> Recipe[tuple[Fill, ...]]:
    """Of an order out of the list that can be asked by order, else out of that which can be asked by time."""
    contract = product.contract(symbol)
    params: dict[str, Any] = {"contract": contract.name}
    if order_id:
        fills = yield from _fills("my_trades", {**params, "order": order_id}, contract)
    elif since_ms:
        # How far the range goes that has no end is not found in documentation: others have seen 30 days of it.
        until = (yield from server_time()) // 1000 + 60
        fills = yield from _fills("my_trades_timerange", {**params, "from": since_ms // 1000, "to": until}, contract)
    else:
        fills = yield from _fills("my_trades", params, contract)
    return tuple(fill for fill in fills if fill.time_ms >= since_ms and order_id in (0, fill.order_id))


def _fills(name: str, params: Mapping[str, Any], contract: Contract) -> Recipe[tuple[Fill, ...]]:
    """All pages, oldest first. What is filled meanwhile moves the others back, so that some come twice, none never."""
    found: dict[tuple[int, str], Fill] = {}
    offset = 0
    while True:
        body = yield _signed(f"{FUTURES}/{name}", {**params, "limit": PAGE, "offset": offset}, name)
        listed, rows = replies.read_fills(body, contract)
        known = len(found)
        found.update(((fill.order_id, fill.trade_id), fill) for fill in listed)
        if rows < PAGE or len(found) == known:
            oldest_first = list(found.values())[::-1]
            return tuple(sorted(oldest_first, key=lambda fill: fill.time_ms))
        offset += PAGE


def _signed(path: str, params: Mapping[str, Any], budget: str) -> Request:
    return Request("GET", path, params, Access.SIGNED, limits.one(budget))


def _public(path: str, params: Mapping[str, Any], budget: str) -> Request:
    return Request("GET", path, params, costs=limits.one(budget))


def _of(symbol: str, product: Product) -> dict[str, str]:
    return {"contract": product.contract(symbol).name} if symbol else {}


# --- account ----------------------------------------------------------------------------------------------------


def get_account(product: Product, *_: object) -> Recipe[Account]:
    """The account has no time of its own. That which is asked for first tells what of the stream is older."""
    now_ms = yield from server_time()
    positions = yield from get_positions("", product)
    row = yield from futures_account()
    unified = (yield _UNIFIED) if row.is_unified else None
    return replies.read_account(row, unified, positions, now_ms)


_UNIFIED = Request("GET", "/api/v4/unified/accounts", {}, Access.SIGNED, limits.one("unified_accounts"))


def futures_account() -> Recipe[AccountRow]:
    """The futures account as such, of classic and unified accounts alike."""
    return ask(_signed(f"{FUTURES}/accounts", {}, "accounts"), replies.read_futures_account)


def get_positions(symbol: str, product: Product, *_: object) -> Recipe[tuple[Position, ...]]:
    if symbol:
        product.contract(symbol)
    return _positions(symbol, product)


def _positions(symbol: str, product: Product) -> Recipe[tuple[Position, ...]]:
    """Page by page, of all symbols: one that has none is an error where it is asked for alone."""
    found: dict[str, Position] = {}
    offset = 0
    while True:
        params = {"holding": "true", "limit": PAGE, "offset": offset}
        body = yield _signed(f"{FUTURES}/positions", params, "positions")
        listed, rows = replies.read_positions(body, product)
        found.update((position.symbol, position) for position in listed)
        offset += PAGE
        if rows < PAGE:
            return tuple(each for each in found.values() if not symbol or each.symbol == symbol)


def get_balance(asset: str, *_: object) -> Recipe[Decimal]:
    name = asset.upper()
    if not name.isalnum():
        raise InvalidRequest("asset", "must be a currency such as USDT")
    return _balance(name)


def _balance(asset: str) -> Recipe[Decimal]:
    row = yield from futures_account()
    if not row.is_unified:
        return replies.read_classic_balance(row, asset)
    return replies.read_unified_balance((yield _UNIFIED), asset)


def check() -> Recipe[AccountRow]:
    """The key reads the account, which is in one-way mode, and may trade.

    Which permissions a key has tells a call that subaccounts may not use. That the key may trade is seen by cancelling
    an order that there is not: that there is none is the answer of who may.
    """
    row = yield from futures_account()
    if row.in_dual_mode or row.position_mode not in ("", None, "single"):
        raise PermissionDenied(HEDGE_MODE)
    with suppress(OrderNotFound, OrderRejected, RequestRejected):
        yield _cancel_request(NO_ORDER)
    return row


def user_id() -> Recipe[str]:
    """What subscriptions to private channels must name. The futures account says it in the documentation's examples,
    the account's detail by its description; not every key may read the latter."""
    row = yield from futures_account()
    if row.user:
        return str(row.user)
    return replies.read_user_id((yield _signed("/api/v4/account/detail", {}, "account_detail")))


# --- market -----------------------------------------------------------------------------------------------------


def get_latest_price(symbol: str, product: Product, *_: object) -> Recipe[Decimal]:
    contract = product.contract(symbol)
    request = _public(f"{FUTURES}/tickers", {"contract": contract.name}, "tickers")
    return ask(request, lambda body: market_replies.read_price(body, contract))


def get_tickers(product: Product, *_: object) -> Recipe[tuple[Ticker, ...]]:
    bodies = yield (_public(f"{FUTURES}/tickers", {}, "tickers"), _TIME)
    tickers, time = (or_raise(body) for body in bodies)
    return market_replies.read_tickers(tickers, replies.read_server_time(time), product)


def get_open_interest(symbol: str, product: Product, *_: object) -> Recipe[Decimal]:
    contract = product.contract(symbol)
    params = {"contract": contract.name, "interval": "5m"}
    return ask(
        _public(f"{FUTURES}/contract_stats", params, "contract_stats"),
        lambda body: market_replies.read_open_interest(body, contract),
    )


def get_historical_klines(
    symbol: str, interval: str, limit: int, product: Product, *_: object
) -> Recipe[tuple[Candle, ...]]:
    contract = product.contract(symbol)
    params = {"contract": contract.name, "interval": interval_of(interval), "limit": limit}
    check_limit(limit, MAX_KLINES)
    return _klines(_public(f"{FUTURES}/candlesticks", params, "candlesticks"), contract, interval, limit)


def _klines(request: Request, contract: Contract, interval: str, limit: int) -> Recipe[tuple[Candle, ...]]:
    """The time is asked for first: a candle that had ended by then is told as it ended."""
    now_ms = yield from server_time()
    body = yield request
    found = {candle.open_ms: candle for candle in market_replies.read_candles(body, contract, interval, now_ms)}
    return tuple(found[open_ms] for open_ms in sorted(found)[-limit:])


def get_funding_rate(symbol: str, product: Product, *_: object) -> Recipe[FundingRate]:
    contract = product.contract(symbol)
    bodies = yield (_public(f"{FUTURES}/contracts/{{contract}}", {"contract": contract.name}, "contract"), _TIME)
    rate, time = (or_raise(body) for body in bodies)
    return market_replies.read_funding_rate(rate, replies.read_server_time(time), contract)


def get_funding_rates(product: Product, *_: object) -> Recipe[tuple[FundingRate, ...]]:
    bodies = yield (_public(f"{FUTURES}/contracts", {}, "contracts"), _TIME)
    rates, time = (or_raise(body) for body in bodies)
    return market_replies.read_funding_rates(rates, replies.read_server_time(time), product)


def get_historical_funding_rates(
    symbol: str, limit: int, product: Product, *_: object
) -> Recipe[tuple[FundingRate, ...]]:
    contract = product.contract(symbol)
    check_limit(limit, MAX_FUNDING_RATES)
    return _funding_history(contract, limit)


def _funding_history(contract: Contract, limit: int) -> Recipe[tuple[FundingRate, ...]]:
    """Page by page towards the past, as far as the venue remembers: half a year, others have seen (2026-08)."""
    found: dict[int, FundingRate] = {}
    while len(found) < limit:
        params: dict[str, Any] = {"contract": contract.name, "limit": min(FUNDING_PAGE, limit - len(found))}
        if found:
            params["to"] = min(found) // 1000 - 1
        try:
            body = yield _public(f"{FUTURES}/funding_rate", params, "funding_rate")
        except RequestRejected:
            if not found:
                raise
            break
        page = [rate for rate in market_replies.read_funding_history(body, contract) if rate.time_ms not in found]
        if not page:
            break
        found.update((rate.time_ms, rate) for rate in page)
    return tuple(found[time_ms] for time_ms in sorted(found)[-limit:])


def get_contracts() -> Recipe[bytes]:
    return ask(_public(f"{FUTURES}/contracts", {}, "contracts"), bytes)


# --- session ----------------------------------------------------------------------------------------------------

_TIME = _public("/api/v4/spot/time", {}, "time")
"""The futures have no such call."""


def server_time() -> Recipe[int]:
    return ask(_TIME, replies.read_server_time)
