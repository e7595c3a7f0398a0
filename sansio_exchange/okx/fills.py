"""Own executions, which OKX tells in two lists: GET /api/v5/trade/fills has the last three days, fills-history the last
three months ("Get transaction details", 2026-06 to 2026-09). The second one may be asked six times less often: it is
asked only for what the first cannot have."""

from collections.abc import Callable, Mapping
from typing import Any

from sansio_exchange.okx import limits, replies
from sansio_exchange.okx.order_lists import find_order
from sansio_exchange.okx.symbols import Contract, Product
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill
from sansio_exchange.venue import Access, Recipe, Request

PAGE = 100
"""Rows of a list."""
KEPT_MS = 3 * 86_400_000
"""How far back the short list goes."""
MARGIN_MS = 60_000
"""What begins so close to its end is asked of both."""

_Fills = dict[tuple[int, str], Fill]


def get_fills(
    symbol: str, since_ms: int, order_id: int, product: Product, ids: OrderIds, asked_at_ms: Callable[[], int]
) -> Recipe[tuple[Fill, ...]]:
    """Page by page, newest first. The short list is asked in any case, the long one as well where the answer may begin
    before that: an order of which no time is named may have begun to trade at any.

    `asked_at_ms` tells the venue's time when a request was last signed: by that of the first page is known how far the
    short list goes, and nobody has to ask for the time. Without an order and a time it is the short list's three days.
    """
    contract = product.contract(symbol)
    params: dict[str, Any] = {"instType": "SWAP", "instId": contract.inst_id}
    if order_id:
        if ids.venue_id(order_id) is None:
            yield from find_order(contract, order_id, product, ids)
        params["ordId"] = ids.venue_id(order_id)
    if since_ms:
        params["begin"] = since_ms
    found = yield from _listed("fills", "fills", params, contract, ids)
    if _is_older(since_ms, asked_at_ms()) if since_ms else order_id:
        found |= yield from _listed("fills-history", "fills_history", params, contract, ids)
    oldest_first = [fill for fill in list(found.values())[::-1] if fill.time_ms >= since_ms]
    return tuple(sorted(oldest_first, key=lambda fill: fill.time_ms))


def _is_older(since_ms: int, asked_at_ms: int) -> bool:
    """Whether the short list may not go back so far; one that was asked nobody knows when may not."""
    return not asked_at_ms or since_ms < asked_at_ms - KEPT_MS + MARGIN_MS


def _listed(path: str, budget: str, params: Mapping[str, Any], contract: Contract, ids: OrderIds) -> Recipe[_Fills]:
    """All pages, until one is short or comes again."""
    found: _Fills = {}
    seen: set[str] = set()
    after = ""
    while True:
        page = {**params, "limit": PAGE, **({"after": after} if after else {})}
        body = yield Request("GET", f"/api/v5/trade/{path}", page, Access.SIGNED, limits.one(budget))
        listed, last, rows = replies.read_fills(body, contract, ids)
        before = len(seen)
        seen.add(last)
        found.update(((fill.order_id, fill.trade_id), fill) for fill in listed)
        if rows < PAGE or not last or len(seen) == before:
            return found
        after = last
