"""Recipes: what each command asks of OKX, step by step. Paths, parameters: each endpoint's own page (2026-07).

Orders go by the order-entry socket where the session has one (`ws_method`) and the listing told the instrument's code.
A single request is built, and its fields are checked, when the recipe is made, not when it runs.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from sansio_exchange.account import Account, Position
from sansio_exchange.batches import Placing, accepted, cancel_many, place_many, place_one
from sansio_exchange.errors import (
    OF_REQUEST,
    ExchangeError,
    InvalidRequest,
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    RequestRejected,
    UnexpectedReply,
)
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.numbers import plain
from sansio_exchange.okx import limits, replies
from sansio_exchange.okx.endpoints import bar_of
from sansio_exchange.okx.errors import HEDGE_MODE
from sansio_exchange.okx.fills import get_fills as get_fills
from sansio_exchange.okx.order_entry import ROWS
from sansio_exchange.okx.order_lists import find_order, of_symbol, signed
from sansio_exchange.okx.order_lists import get_open_orders as get_open_orders
from sansio_exchange.okx.orders import word_for
from sansio_exchange.okx.replies import AckRow
from sansio_exchange.okx.symbols import Contract, Product
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import NewOrder, Order, OrderType, TimeInForce
from sansio_exchange.recipes import ask, asking, check_limit, or_raise, row_error
from sansio_exchange.venue import Access, Priority, Recipe, Request

BATCH_ROWS = 20
"""Orders in one batch, to be placed or cancelled: "Maximum 20 orders"."""
CANDLES_PAGE = 300
RECENT_CANDLES = 1_440
"""GET /api/v5/market/candles goes back so far; further back it is history-candles."""
MAX_KLINES = 1_500
FUNDING_PAGE = 400
MAX_FUNDING_RATES = 1_000

Row = tuple[NewOrder, Contract, dict[str, Any]]
"""An order, its instrument, its parameters."""

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9]{1,32}")

# --- orders -----------------------------------------------------------------------------------------------------


def place_order(order: NewOrder, product: Product, ids: OrderIds, *_: object) -> Recipe[Order]:
    return place_one(order, _placing(product, ids))


def place_orders(
    orders: Sequence[NewOrder], product: Product, ids: OrderIds, *_: object
) -> Recipe[tuple[Order | ExchangeError, ...]]:
    """In batches of twenty, side by side. One order goes alone: a batch of one counts as one."""
    return place_many(orders, _placing(product, ids))


def _placing(product: Product, ids: OrderIds) -> Placing[Row]:
    def check(order: NewOrder) -> Row:
        contract = product.contract(order.symbol)
        return order, contract, order_params(order, contract)

    def read(body: bytes, rows: Sequence[Row]) -> Sequence[Order | ExchangeError]:
        costs = limits.placing([contract.inst_id for _, contract, _ in rows])
        acks = _read_rows(body, costs, [(order.client_order_id, contract) for order, contract, _ in rows])
        return accepted(acks, [order for order, _, _ in rows], partial(replies.to_accepted, ids=ids))

    return Placing(check, _place_request, read, BATCH_ROWS)


def _place_request(rows: Sequence[Row]) -> Request:
    contracts = [contract for _, contract, _ in rows]
    listed = tuple(params for _, _, params in rows)
    alone = len(rows) == 1
    return Request(
        "POST",
        "/api/v5/trade/order" if alone else "/api/v5/trade/batch-orders",
        listed[0] if alone else {ROWS: listed},
        Access.SIGNED,
        limits.placing([contract.inst_id for contract in contracts]),
        Priority.PLACE,
        ws_method=_ws_method("order" if alone else "batch-orders", contracts),
    )


def _ws_method(name: str, contracts: Sequence[Contract]) -> str:
    return name if all(contract.code is not None for contract in contracts) else ""


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


def _read_rows(
    body: bytes, costs: Mapping[str, int], sent: Sequence[tuple[str, Contract]]
) -> Sequence[AckRow | ExchangeError]:
    """One outcome for each order of a request with these costs, by its name. A row that was refused for a rate limit
    names that limit as the session knows it: by then nobody knows which request it belonged to, and each instrument has
    limits of its own."""
    acks = replies.read_acks(body, [name for name, _ in sent])
    return [
        _with_budgets(ack, limits.of_instrument(costs, contract.inst_id))
        for ack, (_, contract) in zip(acks, sent, strict=True)
    ]


def _with_budgets(outcome: AckRow | ExchangeError, budgets: tuple[str, ...]) -> AckRow | ExchangeError:
    if not isinstance(outcome, RateLimited) or outcome.budgets != OF_REQUEST:
        return outcome
    return RateLimited(
        outcome.message,
        code=outcome.code,
        venue_message=outcome.venue_message,
        retry_after=outcome.retry_after,
        budgets=budgets,
    )


def cancel_order(
    symbol: str, order_id: int, client_order_id: str, product: Product, ids: OrderIds, *_: object
) -> Recipe[None]:
    """OKX confirms that it will cancel; the orders channel says that it has."""
    contract = product.contract(symbol)
    which = _which(order_id, client_order_id, ids)
    if which is None:
        return _find_and_cancel(contract, order_id, client_order_id, product, ids)
    if _may_be_an_id(which):
        return _cancel_named(contract, client_order_id, product, ids)
    return _cancel(_cancel_request(contract, which), client_order_id)


def _cancel_request(contract: Contract, which: Mapping[str, str]) -> Request:
    return Request(
        "POST",
        "/api/v5/trade/cancel-order",
        {"instId": contract.inst_id, **which},
        Access.SIGNED,
        limits.cancelling([contract.inst_id]),
        Priority.CANCEL,
        ws_method=_ws_method("cancel-order", [contract]),
    )


def _find_and_cancel(
    contract: Contract, order_id: int, client_order_id: str, product: Product, ids: OrderIds
) -> Recipe[None]:
    yield from asking(get_open_orders(contract.symbol, product, ids))
    which = _which(order_id, client_order_id, ids)
    if which is None:
        raise _not_working(order_id, contract)
    yield from _cancel(_cancel_request(contract, which), client_order_id)


def _cancel_named(contract: Contract, name: str, product: Product, ids: OrderIds) -> Recipe[None]:
    """By the client order id; where there is none of that name, the order that goes by its own id for want of one."""
    try:
        return (yield from _cancel(_cancel_request(contract, {"clOrdId": name}), name))
    except OrderNotFound:
        if (yield from asking(_going_by_its_id(contract, name, product, ids))) is None:
            raise
    yield from _cancel(_cancel_request(contract, {"ordId": name}), name)


def _going_by_its_id(contract: Contract, name: str, product: Product, ids: OrderIds) -> Recipe[Order | None]:
    """The order without a client order id whose id is `name`, under which it is told; None where there is none."""
    try:
        found = yield from _order(contract, {"ordId": name}, product, ids)
    except (OrderNotFound, RequestRejected):  # no such order, or no id at all
        return None
    return found if found.client_order_id == name else None


def _not_working(order_id: int, contract: Contract) -> OrderNotFound:
    return OrderNotFound(f"order {order_id} is not among the working orders of {contract.symbol}")


def _cancel(request: Request, client_order_id: str) -> Recipe[None]:
    try:
        body = yield request
        (ack,) = replies.read_acks(body, [request.params.get("ordId") or client_order_id])
        outcome = _with_budgets(ack, limits.of_instrument(request.costs, request.params["instId"]))
        if isinstance(outcome, ExchangeError):
            raise outcome
    except (OutcomeUnknown, UnexpectedReply) as error:
        raise row_error(error, client_order_id) from None


def _which(order_id: int, client_order_id: str, ids: OrderIds) -> dict[str, str] | None:
    """The order's name as a parameter, None where its id at the venue is not known. Raises InvalidRequest where none is
    given."""
    if order_id:
        venue_id = ids.venue_id(order_id)
        return None if venue_id is None else {"ordId": venue_id}
    if not client_order_id:
        raise InvalidRequest("order_id", "must be set unless client_order_id is")
    check_client_order_id(client_order_id)
    return {"clOrdId": client_order_id}


def _may_be_an_id(which: Mapping[str, str]) -> bool:
    """Whether the client order id that is asked for may be the order's own id, which orders without one are told
    under."""
    name = which.get("clOrdId", "")
    return name.isdigit() and name[0] != "0"


def cancel_orders(
    symbol: str, order_ids: Sequence[int], product: Product, ids: OrderIds, *_: object
) -> Recipe[tuple[ExchangeError | None, ...]]:
    """In batches of twenty, side by side. One that is not known and not listed as
    working is not found."""
    contract = product.contract(symbol)
    return _cancel_rows([(contract, order_id) for order_id in order_ids], product, ids)


def _cancel_rows(
    rows: Sequence[tuple[Contract, int]], product: Product, ids: OrderIds
) -> Recipe[tuple[ExchangeError | None, ...]]:
    for symbol in dict.fromkeys(contract.symbol for contract, order_id in rows if ids.venue_id(order_id) is None):
        yield from asking(get_open_orders(symbol, product, ids))
    named = ((ids.venue_id(order_id), order_id, contract) for contract, order_id in rows)
    return (
        yield from cancel_many(
            [(name, of) if name is not None else _not_working(order_id, of) for name, order_id, of in named],
            BATCH_ROWS,
            _batch_cancel_request,
            _read_cancelled,
        )
    )


def _read_cancelled(body: bytes, chunk: Sequence[tuple[str, Contract]]) -> Sequence[AckRow | ExchangeError]:
    return _read_rows(body, limits.cancelling([contract.inst_id for _, contract in chunk]), chunk)


def _batch_cancel_request(chunk: Sequence[tuple[str, Contract]]) -> Request:
    return Request(
        "POST",
        "/api/v5/trade/cancel-batch-orders",
        {ROWS: tuple({"instId": contract.inst_id, "ordId": venue_id} for venue_id, contract in chunk)},
        Access.SIGNED,
        limits.cancelling([contract.inst_id for _, contract in chunk]),
        Priority.CANCEL,
        ws_method=_ws_method("batch-cancel-orders", [contract for _, contract in chunk]),
    )


def cancel_all_orders(
    symbol: str, known: tuple[tuple[str, int], ...], product: Product, ids: OrderIds, *_: object
) -> Recipe[None]:
    """What is open is listed, then cancelled: OKX has no call for it that an ordinary account may use. An order that
    is gone by then is no failure; every other one is tried before an error is raised. While they are listed nothing has
    changed: what fails then may simply be asked again."""
    working = yield from asking(get_open_orders(symbol, product, ids))
    orders = dict.fromkeys([*((order.symbol, order.order_id) for order in working), *known])
    outcomes = yield from _cancel_rows([(product.contract(name), order_id) for name, order_id in orders], product, ids)
    for outcome in outcomes:
        if outcome is not None and not isinstance(outcome, OrderNotFound):
            raise outcome


def get_order(
    symbol: str, order_id: int, client_order_id: str, product: Product, ids: OrderIds, *_: object
) -> Recipe[Order]:
    contract = product.contract(symbol)
    which = _which(order_id, client_order_id, ids)
    if which is None:
        return find_order(contract, order_id, product, ids)
    if _may_be_an_id(which):
        return _order_named(contract, client_order_id, product, ids)
    return _order(contract, which, product, ids)


def _order_named(contract: Contract, name: str, product: Product, ids: OrderIds) -> Recipe[Order]:
    """By the client order id; where there is none of that name, the order that goes by its own id for want of one."""
    try:
        return (yield from _order(contract, {"clOrdId": name}, product, ids))
    except OrderNotFound:
        found = yield from _going_by_its_id(contract, name, product, ids)
        if found is None:
            raise
        return found


def _order(contract: Contract, which: Mapping[str, str], product: Product, ids: OrderIds) -> Recipe[Order]:
    params = {"instId": contract.inst_id, **which}
    request = signed("/api/v5/trade/order", params, limits.one("order", contract.inst_id))
    return ask(request, lambda body: replies.read_order(body, product, ids))


def _public(path: str, params: Mapping[str, Any], costs: Mapping[str, int]) -> Request:
    return Request("GET", path, params, costs=costs)


# --- account ----------------------------------------------------------------------------------------------------


def get_account(product: Product, *_: object) -> Recipe[Account]:
    bodies = yield (signed("/api/v5/account/balance", {}, limits.one("balance")), _positions("", product))
    balance, positions = (or_raise(body) for body in bodies)
    return replies.read_account(balance, positions, product)


def get_positions(symbol: str, product: Product, *_: object) -> Recipe[tuple[Position, ...]]:
    return ask(_positions(symbol, product), lambda body: replies.read_positions(body, product))


def _positions(symbol: str, product: Product) -> Request:
    params = {"instType": "SWAP", **of_symbol(symbol, product)}
    return signed("/api/v5/account/positions", params, limits.one("positions"))


def get_balance(asset: str, *_: object) -> Recipe[Decimal]:
    name = asset.upper()
    if not name.isalnum():
        raise InvalidRequest("asset", "must be a currency such as USDT")
    request = signed("/api/v5/account/balance", {"ccy": name}, limits.one("balance"))
    return ask(request, lambda body: replies.read_balance(body, name))


def check() -> Recipe[None]:
    """The key may trade, the account may hold swaps and is in one-way mode."""
    body = yield signed("/api/v5/account/config", {}, limits.one("account_config"))
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


def get_latest_price(symbol: str, product: Product, *_: object) -> Recipe[Decimal]:
    return ask(_public("/api/v5/market/ticker", of_symbol(symbol, product), limits.one("ticker")), replies.read_price)


def get_tickers(product: Product, *_: object) -> Recipe[tuple[Ticker, ...]]:
    swaps = {"instType": "SWAP"}
    bodies = yield (
        _public("/api/v5/market/tickers", swaps, limits.one("tickers")),
        _public("/api/v5/public/open-interest", swaps, limits.one("open_interests")),
    )
    tickers, open_interests = (or_raise(body) for body in bodies)
    return replies.read_tickers(tickers, open_interests, product)


def get_open_interest(symbol: str, product: Product, *_: object) -> Recipe[Decimal]:
    contract = product.contract(symbol)
    params = {"instType": "SWAP", "instId": contract.inst_id}
    request = _public("/api/v5/public/open-interest", params, limits.one("open_interest", contract.inst_id))
    return ask(request, lambda body: replies.read_open_interest(body, contract, product))


def get_historical_klines(
    symbol: str, interval: str, limit: int, product: Product, *_: object
) -> Recipe[tuple[Candle, ...]]:
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


def get_funding_rate(symbol: str, product: Product, *_: object) -> Recipe[FundingRate]:
    inst_id = product.contract(symbol).inst_id
    bodies = yield (
        _public("/api/v5/public/funding-rate", {"instId": inst_id}, limits.one("funding_rate", inst_id)),
        _mark_price({"instType": "SWAP", "instId": inst_id}, limits.one("mark_price", inst_id)),
    )
    rate, mark_price = (or_raise(body) for body in bodies)
    return replies.read_funding_rate(rate, mark_price, product)


def get_funding_rates(product: Product, *_: object) -> Recipe[tuple[FundingRate, ...]]:
    """ "`ANY` to return the funding rate info of all perpetual [...] contracts" ("Get funding rate", 2026-06-29)."""
    bodies = yield (
        _public("/api/v5/public/funding-rate", {"instId": "ANY"}, limits.one("funding_rates")),
        _mark_price({"instType": "SWAP"}, limits.one("mark_prices")),
    )
    rates, mark_prices = (or_raise(body) for body in bodies)
    return replies.read_funding_rates(rates, mark_prices, product)


def _mark_price(params: Mapping[str, Any], costs: Mapping[str, int]) -> Request:
    return _public("/api/v5/public/mark-price", params, costs)


def get_historical_funding_rates(
    symbol: str, limit: int, product: Product, *_: object
) -> Recipe[tuple[FundingRate, ...]]:
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
