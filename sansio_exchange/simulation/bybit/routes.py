"""Every call that the venue answers: who may make it, and how often.

Limits as in Bybit's "Rate Limit Rules" (docs/v5/rate-limit), read in November 2026, for a unified account; those of
calls that are not named there are only those of the address.
"""

from collections.abc import Callable

from msgspec import Struct

from sansio_exchange.simulation.bybit.account import Accounts
from sansio_exchange.simulation.bybit.call import Answer, Call
from sansio_exchange.simulation.bybit.history import History
from sansio_exchange.simulation.bybit.market_data import MarketData
from sansio_exchange.simulation.bybit.rate_limits import Limits, Rule
from sansio_exchange.simulation.bybit.trading import Trading

Handler = Callable[[Call], Answer]


class Route(Struct, frozen=True):
    """`rule` is None where an account may ask as often as it likes."""

    handler: Handler
    rule: Rule | None
    is_private: bool


def rest_routes(
    market: MarketData, trading: Trading, history: History, accounts: Accounts, limits: Limits
) -> dict[tuple[str, str], Route]:
    """By method and path."""
    public = {
        "market/time": market.time,
        "market/instruments-info": market.instruments,
        "market/tickers": market.tickers,
        "market/orderbook": market.book,
        "market/kline": market.candles,
        "market/recent-trade": market.trades,
        "market/funding/history": market.funding_history,
        "market/open-interest": market.open_interest,
        "market/price-limit": market.price_limit,
    }
    queries: dict[str, tuple[Handler, int]] = {
        "order/realtime": (history.realtime, 50),
        "order/history": (history.orders, 50),
        "execution/list": (history.executions, 50),
        "position/list": (accounts.positions, 50),
        "account/wallet-balance": (accounts.wallet, 50),
        "account/info": (accounts.info, 0),
        "account/fee-rate": (accounts.fee_rate, 10),
        "user/query-api": (accounts.api_key, 10),
        "asset/coin/query-info": (accounts.coins, 5),
    }
    actions: dict[str, tuple[Handler, int]] = {
        "order/create": (trading.place, limits.orders),
        "order/amend": (trading.amend, limits.orders),
        "order/cancel": (trading.cancel, limits.orders),
        "order/cancel-all": (trading.cancel_all, limits.orders),
        "order/create-batch": (trading.place_batch, limits.orders),
        "order/amend-batch": (trading.amend_batch, limits.orders),
        "order/cancel-batch": (trading.cancel_batch, limits.orders),
        "position/set-leverage": (accounts.set_leverage, 10),
        "position/switch-mode": (accounts.switch_mode, 0),
    }
    routes = {("GET", path): Route(handler, None, is_private=False) for path, handler in public.items()}
    for method, calls in (("GET", queries), ("POST", actions)):
        for path, (handler, most) in calls.items():
            routes[method, path] = Route(handler, Rule(path, most) if most else None, is_private=True)
    return {(method, f"/v5/{path}"): route for (method, path), route in routes.items()}


def socket_routes(routes: dict[tuple[str, str], Route]) -> dict[str, Route]:
    """Operations on the trade socket, each what REST has under its name."""
    names = ("create", "amend", "cancel", "create-batch", "amend-batch", "cancel-batch")
    return {f"order.{name}": routes["POST", f"/v5/order/{name}"] for name in names}
