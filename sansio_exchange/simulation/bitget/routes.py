"""Every call that the venue answers: who may make it, and how often.

Limits in requests per second as each endpoint's page names them (bitget.com/api-doc), of November 2025: by address
where no key is needed, else by account.
"""

from collections.abc import Callable

from msgspec import Struct

from sansio_exchange.simulation.bitget.account import Accounts
from sansio_exchange.simulation.bitget.call import Call
from sansio_exchange.simulation.bitget.market_data import MarketData
from sansio_exchange.simulation.bitget.rate_limits import Limits
from sansio_exchange.simulation.bitget.trading import Trading

Handler = Callable[[Call], object]
PLACE = "/api/v2/mix/order/place-order"
CANCEL = "/api/v2/mix/order/cancel-order"


class Route(Struct, frozen=True):
    """`most` requests per second."""

    handler: Handler
    most: int
    is_private: bool


def rest_routes(
    market: MarketData, trading: Trading, accounts: Accounts, limits: Limits
) -> dict[tuple[str, str], Route]:
    """By method and path."""
    public: dict[str, tuple[Handler, int]] = {
        "/api/v2/public/time": (market.time, 20),
        "/api/v2/spot/public/symbols": (market.nothing, 20),
        "/api/v2/spot/public/coins": (market.coins, 3),
        "/api/v2/margin/currencies": (market.nothing, 10),
        "/api/v2/mix/market/contracts": (market.contracts, 20),
        "/api/v2/mix/market/tickers": (market.tickers, 20),
        "/api/v2/mix/market/ticker": (market.ticker, 20),
        "/api/v2/mix/market/merge-depth": (market.book, 20),
        "/api/v2/mix/market/candles": (market.candles, 20),
        "/api/v2/mix/market/history-candles": (market.history_candles, 20),
        "/api/v2/mix/market/fills": (market.trades, 20),
        "/api/v2/mix/market/fills-history": (market.trade_history, 10),
        "/api/v2/mix/market/open-interest": (market.open_interest, 20),
        "/api/v2/mix/market/symbol-price": (market.prices, 20),
        "/api/v2/mix/market/current-fund-rate": (market.funding_rate, 20),
        "/api/v2/mix/market/funding-time": (market.funding_time, 20),
        "/api/v2/mix/market/history-fund-rate": (market.funding_history, 20),
    }
    private: dict[str, tuple[Handler, int]] = {
        "/api/v2/mix/account/account": (accounts.account, 10),
        "/api/v2/mix/account/accounts": (accounts.accounts, 10),
        "/api/v2/mix/account/bill": (accounts.bills, 10),
        "/api/v2/spot/account/info": (accounts.key, 1),
        "/api/v2/mix/position/all-position": (accounts.positions, 5),
        "/api/v2/mix/position/single-position": (accounts.position, 10),
        "/api/v2/mix/order/detail": (trading.detail, 10),
        "/api/v2/mix/order/orders-pending": (trading.pending, 10),
        "/api/v2/mix/order/orders-history": (trading.history, 10),
        "/api/v2/mix/order/fills": (trading.fills, 10),
        "/api/v2/mix/order/fill-history": (trading.fill_history, 10),
        "/api/v2/common/trade-rate": (accounts.trade_rate, 10),
        "/api/v3/account/settings": (accounts.unified_settings, 20),
    }
    acting: dict[str, tuple[Handler, int]] = {
        PLACE: (trading.place, limits.orders),
        CANCEL: (trading.cancel, limits.orders),
        "/api/v2/mix/order/batch-place-order": (trading.place_batch, limits.batches),
        "/api/v2/mix/order/modify-order": (trading.modify, limits.orders),
        "/api/v2/mix/order/batch-cancel-orders": (trading.cancel_batch, limits.orders),
        "/api/v2/mix/order/cancel-all-orders": (trading.cancel_all, limits.orders),
        "/api/v2/mix/account/set-leverage": (accounts.set_leverage, 5),
        "/api/v2/mix/account/set-position-mode": (accounts.set_position_mode, 5),
        "/api/v2/mix/account/set-margin-mode": (accounts.set_margin_mode, 5),
    }
    routes = {("GET", path): Route(handler, most, is_private=False) for path, (handler, most) in public.items()}
    routes |= {("GET", path): Route(handler, most, is_private=True) for path, (handler, most) in private.items()}
    routes |= {("POST", path): Route(handler, most, is_private=True) for path, (handler, most) in acting.items()}
    return routes
