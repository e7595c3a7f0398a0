"""Recipes: what each command asks of OKX, step by step. Paths, parameters: each endpoint's own page (2026-07).

Orders go by the order-entry socket where the session has one (`ws_method`) and the listing told the instrument's code.
A single request is built, and its fields are checked, when the recipe is made, not when it runs.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sansio_exchange.account import Account, Position
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
from sansio_exchange.okx import limits, replies
from sansio_exchange.okx.endpoints import bar_of
from sansio_exchange.okx.errors import HEDGE_MODE
from sansio_exchange.okx.order_entry import ROWS
from sansio_exchange.okx.orders import word_for
from sansio_exchange.okx.replies import AckRow
from sansio_exchange.okx.symbols import Contract, Product
from sansio_exchange.orders import Fill, NewOrder, Order, OrderType, TimeInForce
from sansio_exchange.recipes import ask, asking, check_limit, or_raise, row_error
from sansio_exchange.venue import Access, Priority, Recipe, Request

BATCH_ROWS = 20
"""Orders in one batch, to be placed or cancelled: "Maximum 20 orders"."""
PAGE = 100
"""Rows of a list of orders or fills."""
FILLS_KEPT_MS = 3 * 86_400_000
"""GET /api/v5/trade/fills knows the last three days, fills-history the last three months."""
CANDLES_PAGE = 300
RECENT_CANDLES = 1_440
"""GET /api/v5/market/candles goes back so far; further back it is history-candles."""
MAX_KLINES = 1_500
FUNDING_PAGE = 400
MAX_FUNDING_RATES = 1_000

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9]{1,32}")

# --- orders -----------------------------------------------------------------------------------------------------


def place_order(order: NewOrder, product: Product) -> Recipe[Order]:
    contract = product.contract(order.symbol)
    return _place(_place_request(order_params(order, contract), contract), order)


def _place_request(params: Mapping[str, Any], contract: Contract) -> Request:
    return Request(
        "POST",
        "/api/v5/trade/order",
        params,
        Access.SIGNED,
        limits.placing([contract.inst_id]),
        Priority.PLACE,
        ws_method="order" if contract.code is not None else "",
    )


def _place(request: Request, order: NewOrder) -> Recipe[Order]:
    try:
        body = yield request
        (outcome,) = replies.read_acks(body, [order.client_order_id])
        if isinstance(outcome, ExchangeError):
            raise outcome
        return replies.to_accepted(outcome, order)
    except (OutcomeUnknown, UnexpectedReply) as error:
        raise row_error(error, order.client_order_id) from None


def order_params(order: NewOrder, contract: Contract) -> dict[str, Any]:
    """The parameters of a new order; raises InvalidRequest for what OKX's form cannot say.

    `posSide` need not be said in net mode; said, it makes OKX refuse what an account in the other mode would open.
    """
    check_client_order_id(order.client_order_id)
    params: dict[str, Any] = {
        "instId": contract.inst_id,
        "tdMode": "cross",
        "clOrdId": order.client_order_id,
        "side": order.side.name.lower(),
        "posSide": "net",
        "ordType": _order_type(order),
        "sz": contract.contracts(order.quantity),
    }
    if order.type is OrderType.LIMIT:
        if order.price is None:
            raise InvalidRequest("price", "must be set on a limit order")
        params["px"] = plain(order.price)
    if order.reduce_only:
        params["reduceOnly"] = True
    return params


def _order_type(order: NewOrder) -> str:
    if order.type is OrderType.MARKET:
        if order.post_only or order.time_in_force is TimeInForce.GTX:
            raise InvalidRequest("post_only", "a market order always takes")
    elif order.type is not OrderType.LIMIT:
        raise InvalidRequest("type", "must be LIMIT or MARKET")
    elif order.post_only and order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        raise InvalidRequest("post_only", f"contradicts time_in_force {order.time_in_force.name}")
    return word_for(order)


def check_client_order_id(client_order_id: str) -> None:
    """Raises InvalidRequest for an id that is not of the venue's form."""
    if not CLIENT_ORDER_ID.fullmatch(client_order_id):
        raise InvalidRequest("client_order_id", "must be 1 to 32 letters and digits on OKX, nothing else")


def place_orders(orders: Sequence[NewOrder], product: Product) -> Recipe[tuple[Order | ExchangeError, ...]]:
    """In batches of twenty, side by side. One order goes alone: a batch of one counts as one. A row that breaks a rule
    here is not sent and fails alone; a failed batch marks its own rows."""
    outcomes: list[Order | ExchangeError] = []
    rows: list[tuple[int, Contract, dict[str, Any]]] = []
    for at, order in enumerate(orders):
        try:
            contract = product.contract(order.symbol)
            rows.append((at, contract, order_params(order, contract)))
            outcomes.append(OutcomeUnknown("the venue's reply left it out", client_order_id=order.client_order_id))
        except InvalidRequest as error:
            outcomes.append(error)
    if len(rows) == 1:
        at, contract, params = rows[0]
        try:
            outcomes[at] = yield from _place(_place_request(params, contract), orders[at])
        except ExchangeError as error:
            outcomes[at] = error
    elif rows:
        chunks = [rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS)]
        bodies = yield tuple(_batch_request(chunk) for chunk in chunks)
        for chunk, body in zip(chunks, bodies, strict=True):
            acks = _read_rows(body, [orders[at].client_order_id for at, _, _ in chunk])
            for (at, _, _), ack in zip(chunk, acks, strict=True):
                outcomes[at] = _placed(ack, orders[at])
    return tuple(outcomes)


def _batch_request(chunk: Sequence[tuple[int, Contract, dict[str, Any]]]) -> Request:
    contracts = [contract for _, contract, _ in chunk]
    return Request(
        "POST",
        "/api/v5/trade/batch-orders",
        {ROWS: tuple(params for _, _, params in chunk)},
        Access.SIGNED,
        limits.placing([contract.inst_id for contract in contracts]),
        Priority.PLACE,
        ws_method="batch-orders" if all(contract.code is not None for contract in contracts) else "",
    )


def _read_rows(body: bytes | ExchangeError, sent: Sequence[str]) -> Sequence[AckRow | ExchangeError]:
    """One outcome for each row of a batch."""
    if isinstance(body, ExchangeError):
        return [body] * len(sent)
    try:
        return replies.read_acks(body, sent)
    except UnexpectedReply as error:
        return [error] * len(sent)


def _placed(ack: AckRow | ExchangeError, order: NewOrder) -> Order | ExchangeError:
    if not isinstance(ack, ExchangeError):
        try:
            return replies.to_accepted(ack, order)
        except UnexpectedReply as error:
            ack = error
    return row_error(ack, order.client_order_id)


def cancel_order(symbol: str, order_id: int, client_order_id: str, product: Product) -> Recipe[None]:
    """OKX confirms that it will cancel; the orders channel says that it has."""
    contract = product.contract(symbol)
    request = Request(
        "POST",
        "/api/v5/trade/cancel-order",
        {"instId": contract.inst_id, **_which(order_id, client_order_id)},
        Access.SIGNED,
        limits.cancelling([contract.inst_id]),
        Priority.CANCEL,
        ws_method="cancel-order" if contract.code is not None else "",
    )
    return _cancel(request, str(order_id) if order_id else client_order_id, client_order_id)


def _cancel(request: Request, name: str, client_order_id: str) -> Recipe[None]:
    try:
        body = yield request
        (outcome,) = replies.read_acks(body, [name])
        if isinstance(outcome, ExchangeError):
            raise outcome
    except (OutcomeUnknown, UnexpectedReply) as error:
        raise row_error(error, client_order_id) from None


def _which(order_id: int, client_order_id: str) -> dict[str, str]:
    if order_id:
        return {"ordId": str(order_id)}
    if not client_order_id:
        raise InvalidRequest("order_id", "must be set unless client_order_id is")
    check_client_order_id(client_order_id)
    return {"clOrdId": client_order_id}


def cancel_orders(symbol: str, order_ids: Sequence[int], product: Product) -> Recipe[tuple[ExchangeError | None, ...]]:
    """In batches of twenty, side by side; a failed batch marks its own rows."""
    contract = product.contract(symbol)
    return _cancel_rows([(contract, order_id) for order_id in order_ids])


def _cancel_rows(rows: Sequence[tuple[Contract, int]]) -> Recipe[tuple[ExchangeError | None, ...]]:
    chunks = [rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS)]
    outcomes: list[ExchangeError | None] = []
    bodies = (yield tuple(_batch_cancel_request(chunk) for chunk in chunks)) if chunks else ()
    for chunk, body in zip(chunks, bodies, strict=True):
        said = _read_rows(body, [str(order_id) for _, order_id in chunk])
        outcomes += [row_error(each, "") if isinstance(each, ExchangeError) else None for each in said]
    return tuple(outcomes)


def _batch_cancel_request(chunk: Sequence[tuple[Contract, int]]) -> Request:
    return Request(
        "POST",
        "/api/v5/trade/cancel-batch-orders",
        {ROWS: tuple({"instId": contract.inst_id, "ordId": str(order_id)} for contract, order_id in chunk)},
        Access.SIGNED,
        limits.cancelling([contract.inst_id for contract, _ in chunk]),
        Priority.CANCEL,
        ws_method="batch-cancel-orders" if all(contract.code is not None for contract, _ in chunk) else "",
    )


def cancel_all_orders(symbol: str, product: Product) -> Recipe[None]:
    """What is open is listed, then cancelled: OKX has no call for it that an ordinary account may use. An order that
    is gone by then is no failure; every other one is tried before an error is raised. While they are listed nothing has
    changed: what fails then may simply be asked again."""
    working = yield from asking(get_open_orders(symbol, product))
    outcomes = yield from _cancel_rows([(product.contract(order.symbol), order.order_id) for order in working])
    for outcome in outcomes:
        if outcome is not None and not isinstance(outcome, OrderNotFound):
            raise outcome


def get_order(symbol: str, order_id: int, client_order_id: str, product: Product) -> Recipe[Order]:
    contract = product.contract(symbol)
    params = {"instId": contract.inst_id, **_which(order_id, client_order_id)}
    request = _signed("/api/v5/trade/order", params, limits.one("order", contract.inst_id))
    return ask(request, lambda body: replies.read_order(body, product))


def get_open_orders(symbol: str, product: Product) -> Recipe[tuple[Order, ...]]:
    """Page by page, newest first, until a page is short or one comes again."""
    params = {"instType": "SWAP", **_of(symbol, product), "limit": PAGE}
    orders: dict[int, Order] = {}
    seen: set[str] = set()
    after = ""
    while True:
        page = {**params, "after": after} if after else params
        body = yield _signed("/api/v5/trade/orders-pending", page, limits.one("orders_pending"))
        listed, last, rows = replies.read_orders(body, product)
        before = len(seen)
        seen.add(last)
        orders.update((order.order_id, order) for order in listed)
        if rows < PAGE or len(seen) == before:
            return tuple(orders.values())
        after = last


def get_fills(symbol: str, since_ms: int, order_id: int, product: Product) -> Recipe[tuple[Fill, ...]]:
    """Page by page, newest first, out of the list that reaches back far enough; of an order without a time out of the
    short list, and out of the long one if that knows nothing."""
    contract = product.contract(symbol)
    params: dict[str, Any] = {"instType": "SWAP", "instId": contract.inst_id}
    if order_id:
        params["ordId"] = str(order_id)
    if not since_ms:
        fills = yield from _fills("/api/v5/trade/fills", "fills", params, contract)
        if not fills and order_id:
            fills = yield from _fills("/api/v5/trade/fills-history", "fills_history", params, contract)
        return fills
    params["begin"] = since_ms
    now_ms = yield from server_time()
    if since_ms > now_ms - FILLS_KEPT_MS:
        fills = yield from _fills("/api/v5/trade/fills", "fills", params, contract)
    else:
        fills = yield from _fills("/api/v5/trade/fills-history", "fills_history", params, contract)
    return tuple(fill for fill in fills if fill.time_ms >= since_ms)


def _fills(path: str, budget: str, params: Mapping[str, Any], contract: Contract) -> Recipe[tuple[Fill, ...]]:
    """All pages, until one is short or comes again; oldest first."""
    found: dict[tuple[int, str], Fill] = {}
    seen: set[str] = set()
    after = ""
    while True:
        page = {**params, "limit": PAGE, **({"after": after} if after else {})}
        body = yield _signed(path, page, limits.one(budget))
        listed, last, rows = replies.read_fills(body, contract)
        before = len(seen)
        seen.add(last)
        found.update(((fill.order_id, fill.trade_id), fill) for fill in listed)
        if rows < PAGE or not last or len(seen) == before:
            oldest_first = list(found.values())[::-1]
            return tuple(sorted(oldest_first, key=lambda fill: fill.time_ms))
        after = last


def _signed(path: str, params: Mapping[str, Any], costs: Mapping[str, int]) -> Request:
    return Request("GET", path, params, Access.SIGNED, costs)


def _public(path: str, params: Mapping[str, Any], costs: Mapping[str, int]) -> Request:
    return Request("GET", path, params, costs=costs)


def _of(symbol: str, product: Product) -> dict[str, str]:
    return {"instId": product.contract(symbol).inst_id} if symbol else {}


# --- account ----------------------------------------------------------------------------------------------------


def get_account(product: Product) -> Recipe[Account]:
    bodies = yield (_signed("/api/v5/account/balance", {}, limits.one("balance")), _positions("", product))
    balance, positions = (or_raise(body) for body in bodies)
    return replies.read_account(balance, positions, product)


def get_positions(symbol: str, product: Product) -> Recipe[tuple[Position, ...]]:
    return ask(_positions(symbol, product), lambda body: replies.read_positions(body, product))


def _positions(symbol: str, product: Product) -> Request:
    params = {"instType": "SWAP", **_of(symbol, product)}
    return _signed("/api/v5/account/positions", params, limits.one("positions"))


def get_balance(asset: str) -> Recipe[Decimal]:
    name = asset.upper()
    if not name.isalnum():
        raise InvalidRequest("asset", "must be a currency such as USDT")
    request = _signed("/api/v5/account/balance", {"ccy": name}, limits.one("balance"))
    return ask(request, lambda body: replies.read_balance(body, name))


def check() -> Recipe[None]:
    """The key may trade, the account may hold swaps and is in one-way mode."""
    body = yield _signed("/api/v5/account/config", {}, limits.one("account_config"))
    config = replies.read_config(body)
    if "trade" not in [word.strip() for word in config.perm.split(",")]:
        raise PermissionDenied(f"the key may not trade, only {config.perm[:40] or 'nothing'}; give it that permission")
    if config.acct_lv not in ("2", "3", "4"):
        raise PermissionDenied(
            "the account is in spot mode, which knows no swaps; switch it to futures, multi-currency or portfolio"
            f" margin mode (acctLv is {config.acct_lv[:10]})"
        )
    if config.pos_mode != "net_mode":
        raise PermissionDenied(HEDGE_MODE)


# --- market -----------------------------------------------------------------------------------------------------


def get_latest_price(symbol: str, product: Product) -> Recipe[Decimal]:
    return ask(_public("/api/v5/market/ticker", _of(symbol, product), limits.one("ticker")), replies.read_price)


def get_tickers(product: Product) -> Recipe[tuple[Ticker, ...]]:
    swaps = {"instType": "SWAP"}
    bodies = yield (
        _public("/api/v5/market/tickers", swaps, limits.one("tickers")),
        _public("/api/v5/public/open-interest", swaps, limits.one("open_interests")),
    )
    tickers, open_interests = (or_raise(body) for body in bodies)
    return replies.read_tickers(tickers, open_interests, product)


def get_open_interest(symbol: str, product: Product) -> Recipe[Decimal]:
    contract = product.contract(symbol)
    params = {"instType": "SWAP", "instId": contract.inst_id}
    request = _public("/api/v5/public/open-interest", params, limits.one("open_interest", contract.inst_id))
    return ask(request, lambda body: replies.read_open_interest(body, contract, product))


def get_historical_klines(symbol: str, interval: str, limit: int, product: Product) -> Recipe[tuple[Candle, ...]]:
    contract, bar = product.contract(symbol), bar_of(interval)
    check_limit(limit, MAX_KLINES)
    return _klines(contract, interval, bar, limit)


def _klines(contract: Contract, interval: str, bar: str, limit: int) -> Recipe[tuple[Candle, ...]]:
    """Page by page towards the past: the recent ones out of one list, older ones out of another."""
    found: dict[int, Candle] = {}
    while len(found) < limit:
        rows = min(CANDLES_PAGE, limit - len(found))
        params: dict[str, Any] = {"instId": contract.inst_id, "bar": bar, "limit": rows}
        if found:
            params["after"] = min(found)
        is_recent = len(found) + rows <= RECENT_CANDLES
        path, budget = ("candles", "candles") if is_recent else ("history-candles", "history_candles")
        body = yield _public(f"/api/v5/market/{path}", params, limits.one(budget))
        page = [
            candle for candle in replies.read_candles(body, contract.symbol, interval) if candle.open_ms not in found
        ]
        if not page:
            break
        found.update((candle.open_ms, candle) for candle in page)
    return tuple(found[open_ms] for open_ms in sorted(found)[-limit:])


def get_funding_rate(symbol: str, product: Product) -> Recipe[FundingRate]:
    inst_id = product.contract(symbol).inst_id
    bodies = yield (
        _public("/api/v5/public/funding-rate", {"instId": inst_id}, limits.one("funding_rate", inst_id)),
        _mark_price({"instType": "SWAP", "instId": inst_id}, limits.one("mark_price", inst_id)),
    )
    rate, mark_price = (or_raise(body) for body in bodies)
    return replies.read_funding_rate(rate, mark_price, product)


def get_funding_rates(product: Product) -> Recipe[tuple[FundingRate, ...]]:
    """ "`ANY` to return the funding rate info of all perpetual [...] contracts" ("Get funding rate", 2026-06-29)."""
    bodies = yield (
        _public("/api/v5/public/funding-rate", {"instId": "ANY"}, limits.one("funding_rates")),
        _mark_price({"instType": "SWAP"}, limits.one("mark_prices")),
    )
    rates, mark_prices = (or_raise(body) for body in bodies)
    return replies.read_funding_rates(rates, mark_prices, product)


def _mark_price(params: Mapping[str, Any], costs: Mapping[str, int]) -> Request:
    return _public("/api/v5/public/mark-price", params, costs)


def get_historical_funding_rates(symbol: str, limit: int, product: Product) -> Recipe[tuple[FundingRate, ...]]:
    """OKX keeps three months of them."""
    contract = product.contract(symbol)
    check_limit(limit, MAX_FUNDING_RATES)
    return _funding_history(contract, limit)


def _funding_history(contract: Contract, limit: int) -> Recipe[tuple[FundingRate, ...]]:
    found: dict[int, FundingRate] = {}
    while len(found) < limit:
        rows = min(FUNDING_PAGE, limit - len(found))
        params: dict[str, Any] = {"instId": contract.inst_id, "limit": rows}
        if found:
            params["after"] = min(found)
        body = yield _public(
            "/api/v5/public/funding-rate-history", params, limits.one("funding_history", contract.inst_id)
        )
        page = [rate for rate in replies.read_funding_history(body, contract) if rate.time_ms not in found]
        if not page:
            break
        found.update((rate.time_ms, rate) for rate in page)
    return tuple(found[time_ms] for time_ms in sorted(found)[-limit:])


def get_instruments() -> Recipe[bytes]:
    return ask(_public("/api/v5/public/instruments", {"instType": "SWAP"}, limits.one("instruments")), bytes)


# --- session ----------------------------------------------------------------------------------------------------


def server_time() -> Recipe[int]:
    return ask(_public("/api/v5/public/time", {}, limits.one("time")), replies.read_server_time)
