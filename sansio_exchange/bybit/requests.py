"""Recipes: what each command asks of Bybit, step by step. Paths, parameters: each endpoint's own page (2025-09).

Orders go by the order-entry socket where the session has one (`ws_method`). A single request is built, and its fields
are checked, when the recipe is made, not when it runs.

Bybit calls orders by UUIDs. Which one is meant by a number of ours that this process has not heard of (`_venue_id`),
the venue is asked: every order that it lists is known from then on. An order that was placed without a client order id
is told with its number for one, and found by it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from msgspec import structs

from sansio_exchange.account import Account, Position
from sansio_exchange.batches import Placing, accepted, cancel_many, place_many, place_one
from sansio_exchange.bybit import limits, market_replies, replies
from sansio_exchange.bybit.endpoints import interval_of
from sansio_exchange.bybit.errors import HEDGE_MODE
from sansio_exchange.bybit.orders import SIDE_WORDS, TYPE_WORDS, time_word
from sansio_exchange.bybit.symbols import CATEGORY, SETTLE_COIN, InstrumentRow, read_instruments
from sansio_exchange.errors import (
    ExchangeError,
    InvalidRequest,
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    UnexpectedReply,
)
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.numbers import plain
from sansio_exchange.order_ids import PLAIN, OrderIds
from sansio_exchange.orders import Fill, NewOrder, Order, OrderType, TimeInForce
from sansio_exchange.recipes import ask, asking, check_limit, or_raise, row_error
from sansio_exchange.venue import Access, Priority, Recipe, Request

BATCH_ROWS = 10
"""Orders in one batch, to be placed or cancelled: "A maximum of [...] 10 orders (linear)" ("Batch Place Order"). The
socket's page has 20, but ten a second are all that an account of the default level may send."""
ORDERS_PAGE = 50
FILLS_PAGE = 100
FILLS_WINDOW_MS = 7 * 86_400_000
"""GET /v5/execution/list looks at 7 days at most, and at the last 7 where it is told none."""
FILLS_KEPT_MS = 730 * 86_400_000
POSITIONS_PAGE = 200
INSTRUMENTS_PAGE = 1_000
CANDLES_PAGE = 1_000
MAX_KLINES = 1_500
FUNDING_PAGE = 200
MAX_FUNDING_RATES = 1_000

Row = tuple[NewOrder, dict[str, Any]]
"""An order and its parameters."""

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
_NUMBER = re.compile(r"[1-9][0-9]{18}")

_ORDERS = "/v5/order/realtime"
"""Working orders, and the last 500 that have ended ("Get Open & Closed Orders")."""
_HISTORY = "/v5/order/history"
"""Orders that have ended: those that were cancelled or rejected without any fill for 24 hours, all others for 7 days,
and beyond only those with fills, which are not listed unless their time is named ("Get Order History", 2026-01). So an
order that somebody cancelled two days ago cannot be told from one that never was."""

# --- orders -----------------------------------------------------------------------------------------------------


def place_order(order: NewOrder, ids: OrderIds) -> Recipe[Order]:
    return place_one(order, _placing(ids))


def place_orders(orders: Sequence[NewOrder], ids: OrderIds) -> Recipe[tuple[Order | ExchangeError, ...]]:
    """In batches of ten, side by side. One order goes alone."""
    return place_many(orders, _placing(ids))


def _placing(ids: OrderIds) -> Placing[Row]:
    def read(body: bytes, rows: Sequence[Row]) -> Sequence[Order | ExchangeError]:
        orders = [order for order, _ in rows]
        if len(orders) == 1:
            return [replies.read_ack(body, orders[0], ids)]
        acks, time_ms = replies.read_acks(body, [order.client_order_id for order in orders])
        return accepted(acks, orders, partial(replies.to_accepted, time_ms=time_ms, ids=ids))

    return Placing(lambda order: (order, order_params(order)), _place_request, read, BATCH_ROWS)


def _place_request(rows: Sequence[Row]) -> Request:
    listed = [params for _, params in rows]
    alone = len(rows) == 1
    return Request(
        "POST",
        "/v5/order/create" if alone else "/v5/order/create-batch",
        {"category": CATEGORY, **(listed[0] if alone else {"request": listed})},
        Access.SIGNED,
        limits.one(limits.PLACE) if alone else limits.rows(limits.PLACE_BATCH, len(rows)),
        Priority.PLACE,
        ws_method="order.create" if alone else "order.create-batch",
    )


def order_params(order: NewOrder) -> dict[str, Any]:
    """The parameters of a new order but its category; raises InvalidRequest for what Bybit's form cannot say.

    `positionIdx` need not be said in one-way mode; said, it makes Bybit refuse what would be another position in hedge
    mode.
    """
    check_client_order_id(order.client_order_id)
    if order.type not in TYPE_WORDS:
        raise InvalidRequest("type", "must be LIMIT or MARKET")
    params: dict[str, Any] = {
        "symbol": order.symbol,
        "side": SIDE_WORDS[order.side],
        "orderType": TYPE_WORDS[order.type],
        "qty": plain(order.quantity),
        "positionIdx": 0,
        "orderLinkId": order.client_order_id,
    }
    if order.type is OrderType.LIMIT:
        if order.price is None:
            raise InvalidRequest("price", "must be set on a limit order")
        if order.post_only and order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
            raise InvalidRequest("post_only", f"contradicts time_in_force {order.time_in_force.name}")
        params["price"] = plain(order.price)
        params["timeInForce"] = time_word(order)
    elif order.post_only or order.time_in_force is TimeInForce.GTX:
        raise InvalidRequest("post_only", "a market order always takes")
    if order.reduce_only:
        params["reduceOnly"] = True
    return params


def check_client_order_id(client_order_id: str) -> None:
    """Raises InvalidRequest for an id that is not of the venue's form."""
    if not CLIENT_ORDER_ID.fullmatch(client_order_id):
        raise InvalidRequest("client_order_id", "must be 1 to 36 letters, digits, - and _ on Bybit, nothing else")


def cancel_order(symbol: str, order_id: int, client_order_id: str, ids: OrderIds) -> Recipe[None]:
    """Bybit confirms that it will cancel; the order topic says that it has."""
    which = _which(order_id, client_order_id, ids)
    if which is None or ("orderLinkId" in which and _as_number(client_order_id)):
        return _find_and_cancel(symbol, order_id, client_order_id, ids)
    return _cancel(symbol, which, client_order_id)


def _cancel_request(symbol: str, which: Mapping[str, str]) -> Request:
    return Request(
        "POST",
        "/v5/order/cancel",
        {"category": CATEGORY, "symbol": symbol, **which},
        Access.SIGNED,
        limits.one(limits.CANCEL),
        Priority.CANCEL,
        ws_method="order.cancel",
    )


def _find_and_cancel(symbol: str, order_id: int, client_order_id: str, ids: OrderIds) -> Recipe[None]:
    yield from asking(get_open_orders(symbol, ids))
    which = _which(order_id, client_order_id, ids)
    if which is None:
        raise _not_working(order_id, symbol)
    yield from _cancel(symbol, which, client_order_id)


def _cancel(symbol: str, which: Mapping[str, str], client_order_id: str) -> Recipe[None]:
    (name,) = which.values()
    try:
        body = yield _cancel_request(symbol, which)
        replies.read_cancelled(body, name)
    except (OutcomeUnknown, UnexpectedReply) as error:
        raise row_error(error, client_order_id) from None


def _which(order_id: int, client_order_id: str, ids: OrderIds) -> dict[str, str] | None:
    """The order's name as a parameter, None where its UUID is not known. Raises InvalidRequest where none is given."""
    if order_id:
        venue_id = ids.venue_id(order_id)
        return None if venue_id is None else {"orderId": venue_id}
    if not client_order_id:
        raise InvalidRequest("order_id", "must be set unless client_order_id is")
    check_client_order_id(client_order_id)
    number = _as_number(client_order_id)
    venue_id = ids.venue_id(number) if number else None
    return {"orderLinkId": client_order_id} if venue_id is None else {"orderId": venue_id}


def _as_number(client_order_id: str) -> int:
    """Our number of an order, where a client order id may stand for it; 0 where not. A caller's own id may look so,
    too."""
    number = int(client_order_id) if _NUMBER.fullmatch(client_order_id) else 0
    return number if PLAIN <= number < 2 * PLAIN else 0


def cancel_orders(symbol: str, order_ids: Sequence[int], ids: OrderIds) -> Recipe[tuple[ExchangeError | None, ...]]:
    """In batches of ten, side by side. One that is not known and not listed as
    working is not found."""
    if any(ids.venue_id(order_id) is None for order_id in order_ids):
        yield from asking(get_open_orders(symbol, ids))
    names = ((ids.venue_id(order_id), order_id) for order_id in order_ids)
    rows = [name if name is not None else _not_working(order_id, symbol) for name, order_id in names]
    request = partial(_batch_cancel_request, symbol)
    return (yield from cancel_many(rows, BATCH_ROWS, request, lambda body, sent: replies.read_acks(body, sent)[0]))


def _not_working(order_id: int, symbol: str) -> OrderNotFound:
    return OrderNotFound(f"order {order_id} is not among the working orders of {symbol}")


def _batch_cancel_request(symbol: str, venue_ids: Sequence[str]) -> Request:
    return Request(
        "POST",
        "/v5/order/cancel-batch",
        {"category": CATEGORY, "request": tuple({"symbol": symbol, "orderId": venue_id} for venue_id in venue_ids)},
        Access.SIGNED,
        limits.rows(limits.CANCEL_BATCH, len(venue_ids)),
        Priority.CANCEL,
        ws_method="order.cancel-batch",
    )


def cancel_all_orders(symbol: str, known: tuple[tuple[str, int], ...], ids: OrderIds) -> Recipe[None]:
    """Symbol by symbol, for by its settlement coin Bybit would cancel those of dated futures, too; and ordinary orders
    alone, for the stops of a position are not ours to take away. A symbol cannot have more than the 500 that one call
    cancels. Every symbol is tried before an error is raised."""
    names = [symbol]
    if not symbol:
        working = yield from asking(get_open_orders("", ids))
        names = sorted({order.symbol for order in working} | {name for name, _ in known})
    if not names:
        return
    bodies = yield tuple(
        Request(
            "POST",
            "/v5/order/cancel-all",
            {"category": CATEGORY, "symbol": name, "orderFilter": "Order"},
            Access.SIGNED,
            limits.one(limits.CANCEL_ALL),
            Priority.CANCEL,
        )
        for name in names
    )
    for body in bodies:
        replies.read_all_cancelled(or_raise(body))


def get_order(symbol: str, order_id: int, client_order_id: str, ids: OrderIds) -> Recipe[Order]:
    """Among working and recent orders, then in the history, which "may delay" and goes back further. Raises
    OrderNotFound where neither has it, or not any more."""
    which = _which(order_id, client_order_id, ids)
    number = 0 if order_id else _as_number(client_order_id)
    if which is not None and number:
        return _find_by_name_or_number(symbol, number, which, ids)
    return _find_order(symbol, order_id, which, ids)


def _find_by_name_or_number(symbol: str, number: int, which: Mapping[str, str], ids: OrderIds) -> Recipe[Order]:
    """The order with that number for a client order id, be it given or for want of any. Raises OrderNotFound."""
    try:
        found = yield from _find_order(symbol, number, which, ids)
    except OrderNotFound:
        if "orderId" in which:
            raise
        found = yield from _find_order(symbol, number, None, ids)
    if found.client_order_id != str(number):
        raise OrderNotFound("the order of that number has another client order id")
    return found


def _find_order(symbol: str, order_id: int, which: Mapping[str, str] | None, ids: OrderIds) -> Recipe[Order]:
    by = which or {"orderId": (yield from _venue_id(symbol, order_id, ids))}
    for path, budget in ((_ORDERS, limits.ORDERS), (_HISTORY, limits.ORDER_HISTORY)):
        body = yield _signed(path, {"category": CATEGORY, "symbol": symbol, **by}, limits.one(budget))
        for order in replies.read_orders(body, ids)[0]:
            if order.symbol == symbol:
                return order
    raise OrderNotFound("the venue lists no such order")


def _venue_id(symbol: str, order_id: int, ids: OrderIds) -> Recipe[str]:
    """The UUID of an order; working ones are looked through first, then recent ones, then the history of 7 days. Raises
    OrderNotFound."""
    of_symbol = {"category": CATEGORY, "symbol": symbol}
    for path, params, budget in (
        (_ORDERS, of_symbol, limits.ORDERS),
        (_ORDERS, {**of_symbol, "openOnly": 1}, limits.ORDERS),
        (_HISTORY, of_symbol, limits.ORDER_HISTORY),
    ):
        yield from _pages(
            _signed(path, {**params, "limit": ORDERS_PAGE}, limits.one(budget)),
            lambda body: replies.read_orders(body, ids),
            until=lambda: ids.venue_id(order_id) is not None,
        )
        found = ids.venue_id(order_id)
        if found is not None:
            return found
    raise OrderNotFound(f"order {order_id} is not among the orders that the venue lists of {symbol}")


def get_open_orders(symbol: str, ids: OrderIds) -> Recipe[tuple[Order, ...]]:
    """Page by page, newest first; conditional orders that wait for their trigger are none."""
    params = {"category": CATEGORY, **_of(symbol), "orderFilter": "Order", "limit": ORDERS_PAGE}
    listed = yield from _pages(
        _signed(_ORDERS, params, limits.one(limits.ORDERS)), lambda body: replies.read_orders(body, ids)
    )
    return tuple({order.order_id: order for order in listed}.values())


def get_fills(symbol: str, since_ms: int, order_id: int, ids: OrderIds) -> Recipe[tuple[Fill, ...]]:
    """Of an order all that are listed ("other input parameters will be ignored" beside its id); of a symbol in windows
    of 7 days from `since_ms` on, without it the last 7 days. Fills older than two years are gone."""
    if order_id:
        venue_id = ids.venue_id(order_id)
        if venue_id is None:
            venue_id = yield from _venue_id(symbol, order_id, ids)
        fills = yield from _fills({"category": CATEGORY, "symbol": symbol, "orderId": venue_id}, ids)
    elif not since_ms:
        fills = yield from _fills({"category": CATEGORY, "symbol": symbol}, ids)
    else:
        fills = []
        now_ms = yield from server_time()
        start_ms = max(since_ms, now_ms - FILLS_KEPT_MS)
        while start_ms <= now_ms:
            window = {"startTime": start_ms, "endTime": start_ms + FILLS_WINDOW_MS}
            fills += yield from _fills({"category": CATEGORY, "symbol": symbol, **window}, ids)
            start_ms += FILLS_WINDOW_MS
    found = {(fill.order_id, fill.trade_id): fill for fill in fills if fill.symbol == symbol}
    return tuple(sorted((fill for fill in found.values() if fill.time_ms >= since_ms), key=lambda fill: fill.time_ms))


def _fills(params: Mapping[str, Any], ids: OrderIds) -> Recipe[list[Fill]]:
    """All pages, oldest first."""
    request = _signed("/v5/execution/list", {**params, "limit": FILLS_PAGE}, limits.one(limits.EXECUTIONS))
    return (yield from _pages(request, lambda body: replies.read_fills(body, ids)))[::-1]


T = TypeVar("T")
Page = tuple[Sequence[T], str, int]
"""What is ours of it, the cursor of the next, and how many rows there were."""


def _pages(
    first: Request, read: Callable[[bytes], Page[T]], until: Callable[[], bool] = lambda: False
) -> Recipe[list[T]]:
    """What stands on all pages of the list that `first` begins; no further `until` says enough. A page that is not full
    is the last, and so is one whose next has been before."""
    found: list[T] = []
    seen = {""}
    request = first
    while True:
        listed, cursor, rows = read((yield request))
        found += listed
        if rows < first.params["limit"] or cursor in seen or until():
            return found
        seen.add(cursor)
        request = structs.replace(first, params={**first.params, "cursor": cursor})


def _signed(path: str, params: Mapping[str, Any], costs: Mapping[str, int]) -> Request:
    return Request("GET", path, params, Access.SIGNED, costs)


def _public(path: str, params: Mapping[str, Any]) -> Request:
    return Request("GET", path, params, costs=limits.one())


def _of(symbol: str) -> dict[str, str]:
    return {"symbol": symbol} if symbol else {"settleCoin": SETTLE_COIN}


# --- account ----------------------------------------------------------------------------------------------------

_WALLET = _signed("/v5/account/wallet-balance", {"accountType": "UNIFIED"}, limits.one(limits.WALLET))


def get_account(*_: object) -> Recipe[Account]:
    bodies = yield (_WALLET, _positions(""))
    wallet, first_page = (or_raise(body) for body in bodies)
    positions, _cursor, rows = replies.read_positions(first_page)
    if rows >= POSITIONS_PAGE:
        positions = yield from get_positions("")
    return replies.read_account(wallet, positions)


def get_positions(symbol: str, *_: object) -> Recipe[tuple[Position, ...]]:
    return tuple((yield from _pages(_positions(symbol), replies.read_positions)))


def _positions(symbol: str) -> Request:
    params = {"category": CATEGORY, **_of(symbol), "limit": POSITIONS_PAGE}
    return _signed("/v5/position/list", params, limits.one(limits.POSITIONS))


def get_balance(asset: str, *_: object) -> Recipe[Decimal]:
    name = asset.upper()
    if not name.isalnum():
        raise InvalidRequest("asset", "must be a coin such as USDT")
    return ask(_WALLET, lambda body: replies.read_balance(body, name))


def check(symbol: str) -> Recipe[None]:
    """The key may trade contracts, the account is a unified one with cross margin, and in one-way mode.

    Bybit has a position mode for each symbol: looked at are `symbol` and what is open. Orders of any other symbol in
    hedge mode Bybit refuses, for they name a position that does not exist there.
    """
    bodies = yield (
        _signed("/v5/user/query-api", {}, limits.one(limits.KEY_INFO)),
        _signed("/v5/account/info", {}, limits.one()),
        _positions(symbol),
        _positions(""),
    )
    key_body, info_body, of_symbol, open_ones = (or_raise(body) for body in bodies)
    key = replies.read_key(key_body)
    may_trade = "Order" in (key.permissions.get("ContractTrade") or ())
    if key.read_only or not may_trade:
        raise PermissionDenied("the key may not place orders of contracts; give it that permission")
    info = replies.read_account_info(info_body)
    if info.unified_margin_status < 3:
        raise PermissionDenied(
            "the account is a classic one; upgrade it to a unified trading account"
            f" (unifiedMarginStatus is {info.unified_margin_status})"
        )
    if info.margin_mode == "ISOLATED_MARGIN":
        raise PermissionDenied("the account is in isolated margin mode; switch it to cross margin (Margin Mode)")
    try:
        replies.read_positions(of_symbol)
        replies.read_positions(open_ones)
    except PermissionDenied:
        raise PermissionDenied(HEDGE_MODE) from None


# --- market -----------------------------------------------------------------------------------------------------


def _ticker(symbol: str) -> Request:
    return _public("/v5/market/tickers", {"category": CATEGORY, "symbol": symbol})


_TICKERS = _public("/v5/market/tickers", {"category": CATEGORY})


def get_latest_price(symbol: str, *_: object) -> Recipe[Decimal]:
    return ask(_ticker(symbol), lambda body: market_replies.read_price(body, symbol))


def get_tickers(*_: object) -> Recipe[tuple[Ticker, ...]]:
    return ask(_TICKERS, market_replies.read_tickers)


def get_open_interest(symbol: str, *_: object) -> Recipe[Decimal]:
    """As the ticker has it: that of now, where /v5/market/open-interest has that of the last five minutes."""
    return ask(_ticker(symbol), lambda body: market_replies.read_open_interest(body, symbol))


def get_historical_klines(symbol: str, interval: str, limit: int, *_: object) -> Recipe[tuple[Candle, ...]]:
    code = interval_of(interval)
    check_limit(limit, MAX_KLINES)
    return _klines(symbol, interval, code, limit)


def _klines(symbol: str, interval: str, code: str, limit: int) -> Recipe[tuple[Candle, ...]]:
    """Page by page towards the past."""
    found: dict[int, Candle] = {}
    while len(found) < limit:
        rows = min(CANDLES_PAGE, limit - len(found))
        params: dict[str, Any] = {"category": CATEGORY, "symbol": symbol, "interval": code, "limit": rows}
        if found:
            params["end"] = min(found) - 1
        body = yield _public("/v5/market/kline", params)
        page = [candle for candle in market_replies.read_candles(body, symbol, interval) if candle.open_ms not in found]
        if not page:
            break
        found.update((candle.open_ms, candle) for candle in page)
    return tuple(found[open_ms] for open_ms in sorted(found)[-limit:])


def get_funding_rate(symbol: str, *_: object) -> Recipe[FundingRate]:
    return ask(_ticker(symbol), lambda body: market_replies.read_funding_rate(body, symbol))


def get_funding_rates(*_: object) -> Recipe[tuple[FundingRate, ...]]:
    return ask(_TICKERS, market_replies.read_funding_rates)


def get_historical_funding_rates(symbol: str, limit: int, *_: object) -> Recipe[tuple[FundingRate, ...]]:
    check_limit(limit, MAX_FUNDING_RATES)
    return _funding_history(symbol, limit)


def _funding_history(symbol: str, limit: int) -> Recipe[tuple[FundingRate, ...]]:
    """Page by page towards the past."""
    found: dict[int, FundingRate] = {}
    while len(found) < limit:
        params: dict[str, Any] = {
            "category": CATEGORY,
            "symbol": symbol,
            "limit": min(FUNDING_PAGE, limit - len(found)),
        }
        if found:
            params["endTime"] = min(found) - 1
        body = yield _public("/v5/market/funding/history", params)
        page = [rate for rate in market_replies.read_funding_history(body, symbol) if rate.time_ms not in found]
        if not page:
            break
        found.update((rate.time_ms, rate) for rate in page)
    return tuple(found[time_ms] for time_ms in sorted(found)[-limit:])


def get_instruments() -> Recipe[list[InstrumentRow]]:
    """Page by page: there are more than 500, which is what one page has by default."""
    params = {"category": CATEGORY, "limit": INSTRUMENTS_PAGE}
    return (yield from _pages(_public("/v5/market/instruments-info", params), read_instruments))


# --- session ----------------------------------------------------------------------------------------------------


def server_time() -> Recipe[int]:
    return ask(_public("/v5/market/time", {}), replies.read_server_time)
