"""Payloads of the documentation's shapes, with values of our own."""

from decimal import Decimal
from typing import Any

from msgspec import structs

from sansio_exchange.orders import NewOrder, OrderType, Side
from tests.sansio_exchange.recipes import body

LIMIT = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.100"), Decimal("42088.10"), client_order_id="mine-1")
MARKET = NewOrder("BTCUSDT", Side.SELL, OrderType.MARKET, Decimal("1E-3"), client_order_id="mine-2")


def numbered(number: int) -> NewOrder:
    return structs.replace(LIMIT, client_order_id=f"mine-{number}")


def order(**changes: Any) -> dict[str, Any]:
    """A reply to POST /fapi/v1/order."""
    return {
        "clientOrderId": "mine-1",
        "cumQty": "0.000",
        "cumQuote": "0.00000",
        "executedQty": "0.000",
        "orderId": 22542179,
        "avgPrice": "0.00000",
        "origQty": "0.100",
        "price": "42088.10",
        "reduceOnly": False,
        "side": "BUY",
        "positionSide": "BOTH",
        "status": "NEW",
        "stopPrice": "0",
        "closePosition": False,
        "symbol": "BTCUSDT",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "origType": "LIMIT",
        "updateTime": 1566818724722,
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
        **changes,
    }


def trade(**changes: Any) -> dict[str, Any]:
    """A row of GET /fapi/v1/userTrades."""
    return {
        "buyer": False,
        "commission": "0.07819010",
        "commissionAsset": "USDT",
        "id": 698759,
        "maker": True,
        "orderId": 25851813,
        "price": "7819.01",
        "qty": "0.002",
        "quoteQty": "15.63802",
        "realizedPnl": "-0.91539999",
        "side": "SELL",
        "positionSide": "BOTH",
        "symbol": "BTCUSDT",
        "time": 1569514978020,
        **changes,
    }


def symbol(name: str = "BTCUSDT", **changes: Any) -> dict[str, Any]:
    """A symbol of GET /fapi/v1/exchangeInfo."""
    return {
        "symbol": name,
        "pair": name,
        "contractType": "PERPETUAL",
        "status": "TRADING",
        "baseAsset": name.removesuffix("USDT"),
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "filters": [
            {"filterType": "PRICE_FILTER", "maxPrice": "4529764", "minPrice": "556.80", "tickSize": "0.10"},
            {"filterType": "LOT_SIZE", "maxQty": "1000", "minQty": "0.001", "stepSize": "0.001"},
            {"filterType": "MARKET_LOT_SIZE", "maxQty": "120", "minQty": "0.001", "stepSize": "0.001"},
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": "50"},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": "1.0500",
                "multiplierDown": "0.9500",
                "multiplierDecimal": "4",
            },
            {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
        ],
        "OrderType": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
        "liquidationFee": "0.010000",
        "marketTakeBound": "0.05",
        **changes,
    }


def exchange_info(*symbols: dict[str, Any]) -> bytes:
    """GET /fapi/v1/exchangeInfo."""
    return body(
        {
            "exchangeFilters": [],
            "rateLimits": [
                {"interval": "MINUTE", "intervalNum": 1, "limit": 6000, "rateLimitType": "REQUEST_WEIGHT"},
                {"interval": "MINUTE", "intervalNum": 1, "limit": 1200, "rateLimitType": "ORDERS"},
                {"interval": "SECOND", "intervalNum": 10, "limit": 300, "rateLimitType": "ORDERS"},
            ],
            "serverTime": 1565613908500,
            "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "0"}],
            "symbols": list(symbols) or [symbol()],
            "timezone": "UTC",
        }
    )


ACCOUNT: dict[str, Any] = {
    "totalInitialMargin": "21.50000000",
    "totalMaintMargin": "5.00000000",
    "totalWalletBalance": "1000.50000000",
    "totalUnrealizedProfit": "-0.50000000",
    "totalMarginBalance": "1000.00000000",
    "availableBalance": "978.50000000",
    "maxWithdrawAmount": "978.50000000",
    "assets": [
        {
            "asset": "USDT",
            "walletBalance": "1000.50000000",
            "unrealizedProfit": "-0.5",
            "availableBalance": "978.50000000",
            "updateTime": 1625474304765,
        },
        {"asset": "BNB", "walletBalance": "0.00000000", "availableBalance": "0.00000000", "updateTime": 0},
    ],
    "positions": [{"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "-0.010"}],
}
"""GET /fapi/v3/account."""

POSITIONS: list[dict[str, Any]] = [
    {
        "symbol": "BTCUSDT",
        "positionSide": "BOTH",
        "positionAmt": "-0.010",
        "entryPrice": "42000.00",
        "breakEvenPrice": "42010.0",
        "markPrice": "42050.00",
        "unRealizedProfit": "-0.50",
        "liquidationPrice": "99000.10",
        "isolatedMargin": "21.00",
        "notional": "-420.50",
        "marginAsset": "USDT",
        "isolatedWallet": "21.5",
        "updateTime": 1720736417660,
    },
    {"symbol": "ETHUSDT", "positionSide": "BOTH", "positionAmt": "0.000", "entryPrice": "0.0", "updateTime": 0},
    {"symbol": "BTCUSDT_260925", "positionSide": "BOTH", "positionAmt": "1.000", "entryPrice": "1.0", "updateTime": 0},
]
"""GET /fapi/v3/positionRisk: one position of ours, one closed, one of another product."""

SYMBOL_CONFIG: list[dict[str, Any]] = [
    {"symbol": "BTCUSDT", "marginType": "ISOLATED", "isAutoAddMargin": False, "leverage": 20, "maxNotionalValue": "1"},
    {"symbol": "ETHUSDT", "marginType": "CROSSED", "isAutoAddMargin": False, "leverage": 5, "maxNotionalValue": "1"},
]
"""GET /fapi/v1/symbolConfig."""
