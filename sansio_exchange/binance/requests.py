"""Recipes: what each command asks of Binance, step by step. Paths, parameters and weights: each endpoint's own page.

Orders go by the order-entry socket where the session has one (`ws_method`); lists of orders go over REST alone. A
single request is built, and its fields are checked, when the recipe is made, not when it runs.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import msgspec

from sansio_exchange.account import Account, Position
from sansio_exchange.batches import Placing, cancel_many, place_many, place_one
from sansio_exchange.binance import limits, replies
from sansio_exchange.binance.errors import HEDGE_MODE
from sansio_exchange.binance.limits import FUNDING, weight
from sansio_exchange.binance.symbols import Product
from sansio_exchange.errors import (
    ExchangeError,
    InvalidRequest,
    OutcomeUnknown,
    PermissionDenied,
    UnexpectedReply,
)
from sansio_exchange.market import INTERVALS_MS, Candle, FundingRate, Ticker
from sansio_exchange.numbers import plain
from sansio_exchange.orders import Fill, NewOrder, Order, OrderType, TimeInForce
from sansio_exchange.recipes import ask, check_limit, or_raise, row_error
from sansio_exchange.venue import Access, Priority, Recipe, Request

T = TypeVar("T")
""" "Invalid symbol." """
PLACE_ROWS = 5
"""Orders in one POST /fapi/v1/batchOrders."""
CANCEL_ROWS = 10
"""Ids in one DELETE /fapi/v1/batchOrders."""
FILLS_PAGE = 1_000
FILLS_WINDOW_MS = 7 * 86_400_000
"""GET /fapi/v1/userTrades looks at 7 days at most."""
FILLS_KEPT_MS = 92 * 86_400_000
"""It knows those of the past 3 months alone (change log, 2026-08-26)."""
MAX_KLINES = 1_500
MAX_FUNDING_RATES = 1_000

CLIENT_ORDER_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")

# --- orders -----------------------------------------------------------------------------------------------------


def place_order(order: NewOrder, *_: object) -> Recipe[Order]:
    return place_one(order, _placing())


def place_orders(orders: Sequence[NewOrder], *_: object) -> Recipe[tuple[Order | ExchangeError, ...]]:
    """In batches of five, side by side. One order goes alone, by the faster way."""
    return place_many(orders, _placing())


def _placing() -> Placing[Mapping[str, Any]]:
    return Placing(order_params, _place_request, _read_placed, PLACE_ROWS)


def _place_request(rows: Sequence[Mapping[str, Any]]) -> Request:
    if len(rows) == 1:
        return Request(
            "POST", "/fapi/v1/order", rows[0], Access.SIGNED, limits.PLACE, Priority.PLACE, ws_method="order.place"
        )
    params = {"batchOrders": msgspec.json.encode(rows).decode()}
    return Request("POST", "/fapi/v1/batchOrders", params, Access.SIGNED, limits.PLACE_BATCH, Priority.PLACE)


def _read_placed(body: bytes, rows: Sequence[Mapping[str, Any]]) -> Sequence[Order | ExchangeError]:
    return [replies.read_order(body)] if len(rows) == 1 else replies.read_batch(body)


def order_params(order: NewOrder) -> dict[str, Any]:
    """The parameters of a new order; raises InvalidRequest for what Binance's form cannot say."""
    check_client_order_id(order.client_order_id)
    params: dict[str, Any] = {
        "symbol": order.symbol,
        "side": order.side.name,
        "type": order.type.name,
        "quantity": plain(order.quantity),
    }
    if order.type is OrderType.LIMIT:
        if order.price is None:
            raise InvalidRequest("price", "must be set on a limit order")
        params["price"] = plain(order.price)
        params["timeInForce"] = _time_in_force(order)
    elif order.type is OrderType.MARKET:
        if order.post_only or order.time_in_force is TimeInForce.GTX:
            raise InvalidRequest("post_only", "a market order always takes")
    else:
        raise InvalidRequest("type", "must be LIMIT or MARKET")
    if order.reduce_only:
        params["reduceOnly"] = "true"
    params["newClientOrderId"] = order.client_order_id
    # RESULT waits for the matching engine: the reply tells fills, and a refused post-only order is an error at once.
    params["newOrderRespType"] = "RESULT"
    return params


def _time_in_force(order: NewOrder) -> str:
    if order.post_only:
        if order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
            raise InvalidRequest("post_only", f"contradicts time_in_force {order.time_in_force.name}")
        return "GTX"
    return "GTC" if order.time_in_force is TimeInForce.UNSPECIFIED else order.time_in_force.name


def check_client_order_id(client_order_id: str) -> None:
    """Raises InvalidRequest for an id that is not of the venue's form."""
    if not CLIENT_ORDER_ID.fullmatch(client_order_id):
        raise InvalidRequest("client_order_id", "must be 1 to 36 letters, digits and . : / _ -")


def cancel_order(symbol: str, order_id: int, client_order_id: str, *_: object) -> Recipe[None]:
    request = Request(
        "DELETE",
        "/fapi/v1/order",
        {"symbol": symbol, **_which(order_id, client_order_id)},
        Access.SIGNED,
        weight(1),
        Priority.CANCEL,
        ws_method="order.cancel",
    )
    return _cancel(request, client_order_id)


def _cancel(request: Request, client_order_id: str) -> Recipe[None]:
    """A reply that cannot be read says nothing about what was done."""
    try:
        body = yield request
        replies.read_order(body)
    except (OutcomeUnknown, UnexpectedReply) as error:
        raise row_error(error, client_order_id) from None


def _which(order_id: int, client_order_id: str) -> dict[str, Any]:
    if order_id:
        return {"orderId": order_id}
    if not client_order_id:
        raise InvalidRequest("order_id", "must be set unless client_order_id is")
    check_client_order_id(client_order_id)
    return {"origClientOrderId": client_order_id}


def cancel_orders(symbol: str, order_ids: Sequence[int], *_: object) -> Recipe[tuple[ExchangeError | None, ...]]:
    """In batches of ten, side by side."""
    request = partial(_batch_cancel_request, symbol)
    return cancel_many(order_ids, CANCEL_ROWS, request, lambda body, _: replies.read_batch(body))


def _batch_cancel_request(symbol: str, order_ids: Sequence[int]) -> Request:
    params = {"symbol": symbol, "orderIdList": msgspec.json.encode(list(order_ids)).decode()}
    return Request("DELETE", "/fapi/v1/batchOrders", params, Access.SIGNED, weight(1), Priority.CANCEL)


def cancel_all_orders(symbol: str, known: tuple[tuple[str, int], ...], product: Product) -> Recipe[None]:
    """Ordinary orders; conditional ones are not ours and stay. Every symbol is tried before an error is raised."""
    names = [symbol]
    if not symbol:
        working = yield from get_open_orders("", product)
        names = sorted({order.symbol for order in working} | {name for name, _ in known})
    if not names:
        return
    bodies = yield tuple(
        Request("DELETE", "/fapi/v1/allOpenOrders", {"symbol": name}, Access.SIGNED, weight(1), Priority.CANCEL)
        for name in names
    )
    for body in bodies:
        replies.read_all_cancelled(or_raise(body))


def get_order(symbol: str, order_id: int, client_order_id: str, *_: object) -> Recipe[Order]:
    params = {"symbol": symbol, **_which(order_id, client_order_id)}
    request = Request("GET", "/fapi/v1/order", params, Access.SIGNED, weight(1), ws_method="order.status")
    return ask(request, replies.read_order)


def get_open_orders(symbol: str, product: Product) -> Recipe[tuple[Order, ...]]:
    request = Request("GET", "/fapi/v1/openOrders", _of(symbol), Access.SIGNED, weight(1 if symbol else 40))
    return ask(request, lambda body: replies.read_orders(body, product))


def get_fills(symbol: str, since_ms: int, order_id: int, *_: object) -> Recipe[tuple[Fill, ...]]:
    """Windows of 7 days from `since_ms` on until the first that holds a fill, then page by page by trade id.

    Without `since_ms` the venue looks at the last 7 days. Fills older than 3 months are gone.
    """
    if order_id or not since_ms:
        params = {"symbol": symbol} | ({"orderId": order_id} if order_id else {})
        body = yield _user_trades(params)
        return tuple(fill for fill in replies.read_fills(body) if fill.time_ms >= since_ms)
    bodies = yield (_user_trades({"symbol": symbol, "startTime": since_ms}), _TIME)
    body, now = (or_raise(each) for each in bodies)
    page, now_ms = replies.read_fills(body), replies.read_server_time(now)
    start_ms = max(since_ms, now_ms - FILLS_KEPT_MS - FILLS_WINDOW_MS)
    while not page and (start_ms := start_ms + FILLS_WINDOW_MS) <= now_ms:
        page = replies.read_fills((yield _user_trades({"symbol": symbol, "startTime": start_ms})))
    fills = list(page)
    while page and (len(page) >= FILLS_PAGE or fills[-1].time_ms < now_ms - FILLS_WINDOW_MS):
        newest = int(fills[-1].trade_id)
        page = replies.read_fills((yield _user_trades({"symbol": symbol, "fromId": newest + 1})))
        page = tuple(fill for fill in page if int(fill.trade_id) > newest)
        fills += page
    return tuple(fills)


def _user_trades(params: Mapping[str, Any]) -> Request:
    return Request("GET", "/fapi/v1/userTrades", {**params, "limit": FILLS_PAGE}, Access.SIGNED, weight(5))


def _of(symbol: str) -> dict[str, str]:
    return {"symbol": symbol} if symbol else {}


# --- account ----------------------------------------------------------------------------------------------------


def get_account(product: Product) -> Recipe[Account]:
    bodies = yield (
        Request("GET", "/fapi/v3/account", {}, Access.SIGNED, weight(5)),
        _position_risk(""),
        _symbol_config(""),
    )
    account, positions, configs = (or_raise(body) for body in bodies)
    return replies.read_account(account, positions, configs, product)


def get_positions(symbol: str, product: Product) -> Recipe[tuple[Position, ...]]:
    bodies = yield (_position_risk(symbol), _symbol_config(symbol))
    positions, configs = (or_raise(body) for body in bodies)
    return replies.read_positions(positions, configs, product)


def _position_risk(symbol: str) -> Request:
    return Request("GET", "/fapi/v3/positionRisk", _of(symbol), Access.SIGNED, weight(5))


def _symbol_config(symbol: str) -> Request:
    return Request("GET", "/fapi/v1/symbolConfig", _of(symbol), Access.SIGNED, weight(5))


def get_balance(asset: str, *_: object) -> Recipe[Decimal]:
    if not asset:
        raise InvalidRequest("asset", "must not be empty")
    request = Request("GET", "/fapi/v3/balance", {}, Access.SIGNED, weight(5))
    return ask(request, lambda body: replies.read_balance(body, asset.upper()))


def check() -> Recipe[None]:
    """The account can be read, may trade, and is in one-way mode."""
    body = yield Request("GET", "/fapi/v1/accountConfig", {}, Access.SIGNED, weight(5))
    config = replies.read_account_config(body)
    if not config.can_trade:
        raise PermissionDenied("the venue does not let this account trade (canTrade is false)")
    if config.dual_side_position:
        raise PermissionDenied(HEDGE_MODE)


# --- market -----------------------------------------------------------------------------------------------------


def get_latest_price(symbol: str, *_: object) -> Recipe[Decimal]:
    return ask(Request("GET", "/fapi/v2/ticker/price", {"symbol": symbol}, costs=weight(1)), replies.read_price)


def get_tickers(product: Product) -> Recipe[tuple[Ticker, ...]]:
    request = Request("GET", "/fapi/v1/ticker/24hr", costs=weight(40))
    return ask(request, lambda body: replies.read_tickers(body, product))


def get_open_interest(symbol: str, *_: object) -> Recipe[Decimal]:
    request = Request("GET", "/fapi/v1/openInterest", {"symbol": symbol}, costs=weight(1))
    return ask(request, replies.read_open_interest)


def get_historical_klines(symbol: str, interval: str, limit: int, *_: object) -> Recipe[tuple[Candle, ...]]:
    if interval not in INTERVALS_MS:
        raise InvalidRequest("interval", f"{interval[:20]!r} is not one of {', '.join(INTERVALS_MS)}")
    check_limit(limit, MAX_KLINES)
    params = {"symbol": symbol, "interval": interval, "limit": limit}
    request = Request("GET", "/fapi/v1/klines", params, costs=weight(limits.klines_weight(limit)))
    return ask(request, lambda body: replies.read_klines(body, symbol, interval))


def get_funding_rate(symbol: str, *_: object) -> Recipe[FundingRate]:
    request = Request("GET", "/fapi/v1/premiumIndex", {"symbol": symbol}, costs=weight(1))
    return ask(request, replies.read_funding_rate)


def get_funding_rates(product: Product) -> Recipe[tuple[FundingRate, ...]]:
    request = Request("GET", "/fapi/v1/premiumIndex", costs=weight(10))
    return ask(request, lambda body: replies.read_funding_rates(body, product))


def get_historical_funding_rates(symbol: str, limit: int, *_: object) -> Recipe[tuple[FundingRate, ...]]:
    check_limit(limit, MAX_FUNDING_RATES)
    request = Request("GET", "/fapi/v1/fundingRate", {"symbol": symbol, "limit": limit}, costs={FUNDING: 1})
    return ask(request, replies.read_funding_history)


def get_exchange_info() -> Recipe[bytes]:
    return ask(Request("GET", "/fapi/v1/exchangeInfo", costs=weight(1)), bytes)


# --- session ----------------------------------------------------------------------------------------------------

_TIME = Request("GET", "/fapi/v1/time", costs=weight(1))


def server_time() -> Recipe[int]:
    return ask(_TIME, replies.read_server_time)


def listen_key() -> Recipe[str]:
    """A new listen key, or the one in force with its time prolonged."""
    request = Request("POST", "/fapi/v1/listenKey", access=Access.KEY, costs=weight(1))
    return ask(request, replies.read_listen_key)


def renew_listen_key() -> Recipe[None]:
    yield Request("PUT", "/fapi/v1/listenKey", access=Access.KEY, costs=weight(1))
