"""Where each venue is asked for what, so that the weather can strike there."""

from collections.abc import Mapping

from msgspec import Struct

ACCOUNT = "demo"


class Site(Struct, frozen=True):
    """Paths of a venue's REST interface; `listen_key` is "" where the private socket needs none."""

    order: str
    batch: str
    fills: str
    open_orders: str
    account: str
    market_role: str
    listen_key: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """The sockets that carry orders and the heartbeat."""
        return "private", "trade", self.market_role

    @property
    def places(self) -> tuple[str, ...]:
        """Everywhere, then each path."""
        return "", self.order, self.batch, self.fills, self.open_orders, self.account


SITES: Mapping[str, Site] = {
    "binance": Site(
        "/fapi/v1/order",
        "/fapi/v1/batchOrders",
        "/fapi/v1/userTrades",
        "/fapi/v1/openOrders",
        "/fapi/v3/account",
        "market",
        "/fapi/v1/listenKey",
    ),
    "okx": Site(
        "/api/v5/trade/order",
        "/api/v5/trade/batch-orders",
        "/api/v5/trade/fills-history",
        "/api/v5/trade/orders-pending",
        "/api/v5/account/balance",
        "public",
    ),
    "bybit": Site(
        "/v5/order/create",
        "/v5/order/create-batch",
        "/v5/execution/list",
        "/v5/order/realtime",
        "/v5/account/wallet-balance",
        "public",
    ),
    "bitget": Site(
        "/api/v2/mix/order/place-order",
        "/api/v2/mix/order/batch-place-order",
        "/api/v2/mix/order/fills",
        "/api/v2/mix/order/orders-pending",
        "/api/v2/mix/account/accounts",
        "public",
    ),
    "gate": Site(
        "/api/v4/futures/usdt/orders",
        "/api/v4/futures/usdt/batch_orders",
        "/api/v4/futures/usdt/my_trades_timerange",
        "/api/v4/futures/usdt/positions",
        "/api/v4/futures/usdt/accounts",
        "public",
    ),
}
