"""Which recipe answers a command: the same for every venue, whose requests.py has one for each."""

from decimal import Decimal
from typing import Any, Protocol, TypeVarTuple

from sansio_exchange.account import Account, Position
from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    GetAccount,
    GetBalance,
    GetFills,
    GetFundingRate,
    GetFundingRates,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    GetTickers,
    PlaceOrder,
    PlaceOrders,
)
from sansio_exchange.errors import ExchangeError
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.orders import Fill, NewOrder, Order
from sansio_exchange.recipes import asking
from sansio_exchange.venue import Recipe

Context = TypeVarTuple("Context")
"""What the venue's object lends to its recipes: the symbol table, the two names of each order, ..."""


class Requests(Protocol[*Context]):
    """A venue's requests.py. Recipes that need less of the context take the rest as `*_`."""

    def place_order(self, order: NewOrder, /, *context: *Context) -> Recipe[Order]: ...
    def place_orders(
        self, orders: tuple[NewOrder, ...], /, *context: *Context
    ) -> Recipe[tuple[Order | ExchangeError, ...]]: ...
    def cancel_order(self, symbol: str, order_id: int, client_order_id: str, /, *context: *Context) -> Recipe[None]: ...
    def cancel_orders(
        self, symbol: str, order_ids: tuple[int, ...], /, *context: *Context
    ) -> Recipe[tuple[ExchangeError | None, ...]]: ...
    def cancel_all_orders(
        self, symbol: str, known: tuple[tuple[str, int], ...], /, *context: *Context
    ) -> Recipe[None]: ...
    def get_order(self, symbol: str, order_id: int, client_order_id: str, /, *context: *Context) -> Recipe[Order]: ...
    def get_open_orders(self, symbol: str, /, *context: *Context) -> Recipe[tuple[Order, ...]]: ...
    def get_fills(
        self, symbol: str, since_ms: int, order_id: int, /, *context: *Context
    ) -> Recipe[tuple[Fill, ...]]: ...
    def get_account(self, /, *context: *Context) -> Recipe[Account]: ...
    def get_positions(self, symbol: str, /, *context: *Context) -> Recipe[tuple[Position, ...]]: ...
    def get_balance(self, asset: str, /, *context: *Context) -> Recipe[Decimal]: ...
    def get_latest_price(self, symbol: str, /, *context: *Context) -> Recipe[Decimal]: ...
    def get_tickers(self, /, *context: *Context) -> Recipe[tuple[Ticker, ...]]: ...
    def get_open_interest(self, symbol: str, /, *context: *Context) -> Recipe[Decimal]: ...
    def get_historical_klines(
        self, symbol: str, interval: str, limit: int, /, *context: *Context
    ) -> Recipe[tuple[Candle, ...]]: ...
    def get_funding_rate(self, symbol: str, /, *context: *Context) -> Recipe[FundingRate]: ...
    def get_funding_rates(self, /, *context: *Context) -> Recipe[tuple[FundingRate, ...]]: ...
    def get_historical_funding_rates(
        self, symbol: str, limit: int, /, *context: *Context
    ) -> Recipe[tuple[FundingRate, ...]]: ...


def recipe_of(action: Action, requests: Requests[*Context], *context: *Context) -> Recipe[Any]:
    """The recipe that answers `action`. Raises InvalidRequest where a field breaks a rule of the venue."""
    match action:
        case PlaceOrder(order):
            return requests.place_order(order, *context)
        case PlaceOrders(orders):
            return requests.place_orders(orders, *context)
        case CancelOrder(symbol, order_id, client_order_id):
            return requests.cancel_order(symbol, order_id, client_order_id, *context)
        case CancelOrders(symbol, order_ids):
            return requests.cancel_orders(symbol, order_ids, *context)
        case CancelAllOrders(symbol, known):
            return requests.cancel_all_orders(symbol, known, *context)
        case _:
            return asking(_question(action, requests, *context))


def _question(action: Action, requests: Requests[*Context], *context: *Context) -> Recipe[Any]:
    match action:
        case GetOrder(symbol, order_id, client_order_id):
            return requests.get_order(symbol, order_id, client_order_id, *context)
        case GetOpenOrders(symbol):
            return requests.get_open_orders(symbol, *context)
        case GetFills(symbol, since_ms, order_id):
            return requests.get_fills(symbol, since_ms, order_id, *context)
        case GetAccount():
            return requests.get_account(*context)
        case GetPositions(symbol):
            return requests.get_positions(symbol, *context)
        case GetBalance(asset):
            return requests.get_balance(asset, *context)
        case GetLatestPrice(symbol):
            return requests.get_latest_price(symbol, *context)
        case GetTickers():
            return requests.get_tickers(*context)
        case GetOpenInterest(symbol):
            return requests.get_open_interest(symbol, *context)
        case GetHistoricalKlines(symbol, interval, limit):
            return requests.get_historical_klines(symbol, interval, limit, *context)
        case GetFundingRate(symbol):
            return requests.get_funding_rate(symbol, *context)
        case GetFundingRates():
            return requests.get_funding_rates(*context)
        case GetHistoricalFundingRates(symbol, limit):
            return requests.get_historical_funding_rates(symbol, limit, *context)
        case _:
            raise TypeError(f"{type(action).__name__} is answered by the session, not by the venue")
