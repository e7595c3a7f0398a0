"""Every call that the venue answers: who may make it, and what it counts for.

Limits as in Gate API v4, "Frequency limit rule", read in November 2026; see rate_limits.
"""

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from sansio_exchange.simulation.gate.account import Accounts
from sansio_exchange.simulation.gate.call import Answer, Call
from sansio_exchange.simulation.gate.market_data import MarketData
from sansio_exchange.simulation.gate.rate_limits import RateLimiter, Rule
from sansio_exchange.simulation.gate.trading import Trading

Handler = Callable[[Call], Answer]
PREFIX = "/api/v4/"
NAMED = "{}"
"""Stands in a path for what the call is about."""


class Body(Enum):
    """What a call reads of its body."""

    NOTHING = 0
    ROW = 1
    ROWS = 2
    IDS = 3


class Route(Struct, frozen=True):
    handler: Handler
    rule: Rule
    is_private: bool
    body: Body = Body.NOTHING


def rest_routes(
    market: MarketData, trading: Trading, accounts: Accounts, limiter: RateLimiter
) -> dict[tuple[str, str], Route]:
    """By method and path, where "{}" stands for a name."""
    futures = "futures/usdt/"
    public = {
        "spot/time": market.time,
        f"{futures}contracts": market.contracts,
        f"{futures}contracts/{NAMED}": market.contract,
        f"{futures}tickers": market.tickers,
        f"{futures}order_book": market.book,
        f"{futures}trades": market.trades,
        f"{futures}candlesticks": market.candles,
        f"{futures}funding_rate": market.funding_history,
        f"{futures}contract_stats": market.statistics,
        "futures/btc/contracts": market.none_listed,
        "delivery/usdt/contracts": market.none_listed,
        "delivery/btc/contracts": market.none_listed,
        "options/underlyings": market.none_listed,
        "margin/currency_pairs": market.none_listed,
        "spot/currency_pairs": market.none_listed,
        "spot/currencies": market.none_listed,
    }
    private = {
        f"{futures}accounts": accounts.balance,
        f"{futures}account_book": accounts.account_book,
        f"{futures}positions": accounts.positions,
        f"{futures}positions/{NAMED}": accounts.position,
        f"{futures}fee": accounts.fees,
        f"{futures}orders": trading.orders,
        f"{futures}orders/{NAMED}": trading.order,
        f"{futures}orders_timerange": trading.orders_between,
        f"{futures}my_trades": trading.fills,
        f"{futures}my_trades_timerange": trading.fills_between,
        "wallet/fee": accounts.wallet_fee,
    }
    others = {"account/detail": accounts.detail, "unified/unified_mode": accounts.unified_mode}
    settings = {
        f"{futures}positions/{NAMED}/leverage": accounts.set_leverage,
        f"{futures}dual_mode": accounts.set_dual_mode,
    }
    limits = limiter.limits
    routes: dict[tuple[str, str], Route] = {}
    for path, handler in public.items():
        routes["GET", path] = Route(handler, Rule(path, limits.requests), is_private=False)
    for path, handler in private.items():
        routes["GET", path] = Route(handler, Rule(path, limits.requests), is_private=True)
    for path, handler in others.items():
        routes["GET", path] = Route(handler, Rule(path, limits.other_requests), is_private=True)
    for path, handler in settings.items():
        routes["POST", path] = Route(handler, Rule(path, limits.requests), is_private=True)
    placing, cancelling = limiter.placing, limiter.cancelling
    one = f"{futures}orders/{NAMED}"
    routes |= {
        ("POST", f"{futures}orders"): Route(trading.place, placing, is_private=True, body=Body.ROW),
        ("POST", f"{futures}batch_orders"): Route(trading.place_batch, placing, is_private=True, body=Body.ROWS),
        ("PUT", one): Route(trading.amend, placing, is_private=True, body=Body.ROW),
        ("DELETE", one): Route(trading.cancel, cancelling, is_private=True),
        ("DELETE", f"{futures}orders"): Route(trading.cancel_all, cancelling, is_private=True),
        ("POST", f"{futures}batch_cancel_orders"): Route(
            trading.cancel_many, cancelling, is_private=True, body=Body.IDS
        ),
    }
    return {(method, PREFIX + path): route for (method, path), route in routes.items()}


def socket_routes(trading: Trading) -> dict[str, Handler]:
    """Channels of order entry."""
    return {
        "futures.order_place": trading.place,
        "futures.order_batch_place": trading.place_batch,
        "futures.order_amend": trading.amend,
        "futures.order_cancel": trading.cancel,
        "futures.order_cancel_ids": trading.cancel_many,
        "futures.order_cancel_cp": trading.cancel_all,
        "futures.order_list": trading.orders,
        "futures.order_status": trading.order,
    }
