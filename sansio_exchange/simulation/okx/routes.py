"""Every call that the venue answers: who may make it, how often, and whether it acts.

Limits as in the OKX API guide, read in November 2026; those of acting on orders are in rate_limits.
"""

from collections.abc import Callable

from msgspec import Struct

from sansio_exchange.simulation.okx.account import Accounts
from sansio_exchange.simulation.okx.call import Answer, Call
from sansio_exchange.simulation.okx.market_data import MarketData
from sansio_exchange.simulation.okx.rate_limits import Rule
from sansio_exchange.simulation.okx.trading import Trading

Handler = Callable[[Call], Answer]


class Route(Struct, frozen=True):
    """`rule` is None for acting on orders, which counts for itself. `acts_on_orders` has times of the gateway told."""

    handler: Handler
    rule: Rule | None
    is_private: bool
    acts_on_orders: bool = False


def rest_routes(market: MarketData, trading: Trading, accounts: Accounts) -> dict[tuple[str, str], Route]:
    """By method and path."""
    public = {
        "public/time": (market.time, Rule(10)),
        "public/instruments": (market.instruments, Rule(20, by="instType")),
        "public/funding-rate": (market.funding_rate, Rule(10, by="instId")),
        "public/funding-rate-history": (market.funding_history, Rule(10, by="instId")),
        "public/open-interest": (market.open_interest, Rule(20, by="instId")),
        "public/mark-price": (market.mark_price, Rule(10, by="instId")),
        "public/price-limit": (market.price_limit, Rule(20)),
        "market/tickers": (market.tickers, Rule(20)),
        "market/ticker": (market.ticker, Rule(20)),
        "market/books": (market.book, Rule(40)),
        "market/candles": (market.candles, Rule(40)),
        "market/history-candles": (market.candles, Rule(20)),
        "market/trades": (market.trades, Rule(100)),
        "market/index-tickers": (market.index_tickers, Rule(20)),
        "system/status": (market.status, Rule(1, 5_000)),
    }
    private = {
        "account/instruments": (market.instruments, Rule(20, by="instType")),
        "account/balance": (accounts.balance, Rule(10)),
        "account/positions": (accounts.positions, Rule(10)),
        "account/config": (accounts.config, Rule(5)),
        "account/leverage-info": (accounts.leverage_info, Rule(20)),
        "account/trade-fee": (accounts.trade_fee, Rule(5)),
        "account/bills": (accounts.bills, Rule(5)),
        "account/bills-archive": (accounts.bills, Rule(5)),
        "asset/currencies": (accounts.currencies, Rule(6, 1_000)),
        "trade/order": (trading.order, Rule(60, by="instId")),
        "trade/orders-pending": (trading.pending, Rule(60)),
        "trade/orders-history": (trading.history, Rule(40)),
        "trade/orders-history-archive": (trading.archive, Rule(20)),
        "trade/fills": (trading.fills, Rule(60)),
        "trade/fills-history": (trading.fills_history, Rule(10)),
    }
    settings = {
        "account/set-leverage": (accounts.set_leverage, Rule(40)),
        "account/set-position-mode": (accounts.set_position_mode, Rule(5)),
    }
    orders = {
        "trade/order": trading.place,
        "trade/batch-orders": trading.place,
        "trade/amend-order": trading.amend,
        "trade/amend-batch-orders": trading.amend,
        "trade/cancel-order": trading.cancel,
        "trade/cancel-batch-orders": trading.cancel,
    }
    routes = {("GET", path): Route(handler, rule, is_private=False) for path, (handler, rule) in public.items()}
    routes |= {("GET", path): Route(handler, rule, is_private=True) for path, (handler, rule) in private.items()}
    routes |= {("POST", path): Route(handler, rule, is_private=True) for path, (handler, rule) in settings.items()}
    for path, handler in orders.items():
        routes["POST", path] = Route(handler, None, is_private=True, acts_on_orders=True)
    return {(method, f"/api/v5/{path}"): route for (method, path), route in routes.items()}


def socket_routes(trading: Trading) -> dict[str, Handler]:
    """Operations on the private socket."""
    return {
        "order": trading.place,
        "batch-orders": trading.place,
        "amend-order": trading.amend,
        "batch-amend-orders": trading.amend,
        "cancel-order": trading.cancel,
        "batch-cancel-orders": trading.cancel,
    }
