"""The lists in which OKX tells orders, working and ended ("Get order List", "Get order history", 2026-07)."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sansio_exchange.errors import OrderNotFound
from sansio_exchange.okx import limits, replies
from sansio_exchange.okx.symbols import Contract, Product
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Order
from sansio_exchange.venue import Access, Recipe, Request

PAGE = 100
"""Rows of a list of orders."""


def find_order(contract: Contract, order_id: int, product: Product, ids: OrderIds) -> Recipe[Order]:
    """The order of that number, whose id at the venue this process has not heard of: among the working ones, then
    among those that ended within a week, then within three months; without any fill OKX knows a cancelled one for two
    hours ("Get order history (last 7 days)"). Raises OrderNotFound."""
    params = {"instType": "SWAP", "instId": contract.inst_id}
    for path, budget, read in (
        ("orders-pending", "orders_pending", replies.read_orders),
        ("orders-history", "orders_history", replies.read_past_orders),
        ("orders-history-archive", "orders_history_archive", replies.read_past_orders),
    ):
        listed = yield from _listed(path, budget, params, partial(read, product=product, ids=ids), wanted=order_id)
        if order_id in listed:
            return listed[order_id]
    raise OrderNotFound(f"order {order_id} is not among the orders that the venue lists of {contract.symbol}")


def get_open_orders(symbol: str, product: Product, ids: OrderIds, *_: object) -> Recipe[tuple[Order, ...]]:
    params = {"instType": "SWAP", **of_symbol(symbol, product)}
    read = partial(replies.read_orders, product=product, ids=ids)
    return tuple((yield from _listed("orders-pending", "orders_pending", params, read)).values())


def _listed(
    path: str,
    budget: str,
    params: Mapping[str, Any],
    read: Callable[[bytes], tuple[tuple[Order, ...], str, int]],
    wanted: int = 0,
) -> Recipe[dict[int, Order]]:
    """Orders by id, page by page, newest first: until a page is short, one comes again, or the wanted one is there."""
    orders: dict[int, Order] = {}
    seen: set[str] = set()
    after = ""
    while True:
        page = {**params, "limit": PAGE, **({"after": after} if after else {})}
        body = yield signed(f"/api/v5/trade/{path}", page, limits.one(budget))
        listed, last, rows = read(body)
        before = len(seen)
        seen.add(last)
        orders.update((order.order_id, order) for order in listed)
        if rows < PAGE or len(seen) == before or wanted in orders:
            return orders
        after = last


def signed(path: str, params: Mapping[str, Any], costs: Mapping[str, int]) -> Request:
    return Request("GET", path, params, Access.SIGNED, costs)


def of_symbol(symbol: str, product: Product) -> dict[str, str]:
    return {"instId": product.contract(symbol).inst_id} if symbol else {}
