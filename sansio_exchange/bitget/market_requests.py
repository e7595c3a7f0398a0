"""Recipes: what is asked of Bitget's market data, which needs no login. Paths, parameters: each endpoint's own page
(2026-09-28).

A single request is built, and its fields are checked, when the recipe is made, not when it runs.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sansio_exchange.bitget import limits, market_replies
from sansio_exchange.bitget.endpoints import PRODUCT, granularity_of
from sansio_exchange.bitget.symbols import Product
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.recipes import ask, check_limit, or_raise
from sansio_exchange.venue import Recipe, Request

CANDLES_PAGE = 1_000
HISTORY_PAGE = 200
MAX_KLINES = 1_500
FUNDING_PAGE = 100
MAX_FUNDING_RATES = 1_000


def get_latest_price(symbol: str, product: Product, *_: object) -> Recipe[Decimal]:
    return ask(_ticker(product.require(symbol)), market_replies.read_price)


def _ticker(symbol: str) -> Request:
    return _public("ticker", {"symbol": symbol}, "ticker")


def _tickers() -> Request:
    return _public("tickers", {}, "tickers")


def get_tickers(product: Product, *_: object) -> Recipe[tuple[Ticker, ...]]:
    return ask(_tickers(), lambda body: market_replies.read_tickers(body, product))


def get_open_interest(symbol: str, product: Product, *_: object) -> Recipe[Decimal]:
    name = product.require(symbol)
    request = _public("open-interest", {"symbol": name}, "open_interest")
    return ask(request, lambda body: market_replies.read_open_interest(body, name, product))


def get_historical_klines(
    symbol: str, interval: str, limit: int, product: Product, *_: object
) -> Recipe[tuple[Candle, ...]]:
    name, granularity = product.require(symbol), granularity_of(interval)
    check_limit(limit, MAX_KLINES)
    return _klines(name, interval, granularity, limit)


def _klines(symbol: str, interval: str, granularity: str, limit: int) -> Recipe[tuple[Candle, ...]]:
    """Page by page towards the past. A page may be shorter than was asked for ("maximum time query range is 90 days"):
    where the list that has the running candle ends, the one of finished candles goes on."""
    found: dict[int, Candle] = {}
    for path, budget, most in (
        ("candles", "candles", CANDLES_PAGE),
        ("history-candles", "history_candles", HISTORY_PAGE),
    ):
        while len(found) < limit:
            # The one at the seam may come again.
            rows = min(most, limit - len(found) + bool(found))
            params = {"symbol": symbol, "granularity": granularity, "limit": str(rows)}
            if found:
                params["endTime"] = str(min(found))
            body = yield _public(path, params, budget)
            page = [each for each in market_replies.read_candles(body, symbol, interval) if each.open_ms not in found]
            if not page:
                break
            found.update((candle.open_ms, candle) for candle in page)
    return tuple(found[open_ms] for open_ms in sorted(found)[-limit:])


def get_funding_rate(symbol: str, product: Product, *_: object) -> Recipe[FundingRate]:
    name = product.require(symbol)
    bodies = yield (_public("current-fund-rate", {"symbol": name}, "funding_rate"), _ticker(name))
    rate, ticker = (or_raise(body) for body in bodies)
    return market_replies.read_funding_rate(rate, ticker, name, product)


def get_funding_rates(product: Product, *_: object) -> Recipe[tuple[FundingRate, ...]]:
    """Without a symbol those of all ("symbol made optional", changelog of 2025-05-09)."""
    bodies = yield (_public("current-fund-rate", {}, "funding_rate"), _tickers())
    rates, tickers = (or_raise(body) for body in bodies)
    return market_replies.read_funding_rates(rates, tickers, product)


def get_historical_funding_rates(
    symbol: str, limit: int, product: Product, *_: object
) -> Recipe[tuple[FundingRate, ...]]:
    name = product.require(symbol)
    check_limit(limit, MAX_FUNDING_RATES)
    return _funding_history(name, limit, product)


def _funding_history(symbol: str, limit: int, product: Product) -> Recipe[tuple[FundingRate, ...]]:
    """Pages are numbered, newest first."""
    found: dict[int, FundingRate] = {}
    number = 1
    while len(found) < limit:
        params = {"symbol": symbol, "pageSize": str(FUNDING_PAGE), "pageNo": str(number)}
        body = yield _public("history-fund-rate", params, "funding_history")
        page = market_replies.read_funding_history(body, symbol, product)
        found.update((rate.time_ms, rate) for rate in page)
        if len(page) < FUNDING_PAGE:
            break
        number += 1
    return tuple(found[time_ms] for time_ms in sorted(found)[-limit:])


def get_contracts() -> Recipe[bytes]:
    return ask(_public("contracts", {}, "contracts"), bytes)


def server_time() -> Recipe[int]:
    return ask(Request("GET", "/api/v2/public/time", costs=limits.one("time")), market_replies.read_server_time)


def _public(path: str, params: Mapping[str, Any], budget: str) -> Request:
    return Request("GET", f"/api/v2/mix/market/{path}", {"productType": PRODUCT, **params}, costs=limits.one(budget))
