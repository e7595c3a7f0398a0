"""Payloads of the documentation's shapes, with values of our own."""

from typing import Any

from sansio_exchange.bybit import NETWORKS, Bybit
from sansio_exchange.commands import FetchExchangeInfo
from tests.sansio_exchange.recipes import body, run

UUID = "c1956690-b731-4191-97c0-94b00422231b"
OTHER_UUID = "f6e324ff-99c2-4e89-9739-3086e47f9381"
TIME_MS = 1_700_000_000_500


def reply(result: Any = None, code: Any = 0, msg: str = "OK", ext: Any = None, time: Any = TIME_MS) -> bytes:
    """The envelope of every reply."""
    return body({"retCode": code, "retMsg": msg, "result": result or {}, "retExtInfo": ext or {}, "time": time})


def listed(*rows: Any, cursor: str = "", **more: Any) -> bytes:
    """A page of a list."""
    return reply({"category": "linear", "list": list(rows), "nextPageCursor": cursor, **more})


def batch(*rows: tuple[dict[str, Any], int]) -> bytes:
    """The reply to a batch: what each row names, and its code."""
    ext = {"list": [{"code": code, "msg": "OK" if code == 0 else "no"} for _, code in rows]}
    return reply({"list": [row for row, _ in rows]}, ext=ext)


def instrument(base: str = "BTC", **changes: Any) -> dict[str, Any]:
    """A row of GET /v5/market/instruments-info."""
    return {
        "symbol": f"{base}USDT",
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": base,
        "quoteCoin": "USDT",
        "settleCoin": "USDT",
        "priceScale": "2",
        "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
        "lotSizeFilter": {
            "maxOrderQty": "1190.000",
            "minOrderQty": "0.001",
            "qtyStep": "0.001",
            "postOnlyMaxOrderQty": "1190.000",
            "maxMktOrderQty": "500.000",
            "minNotionalValue": "5",
        },
        "fundingInterval": 480,
        **changes,
    }


INSTRUMENTS = listed(
    instrument(),
    instrument("ETH"),
    instrument("OLD", status="Closed"),
    instrument("BTC", symbol="BTCPERP", quoteCoin="USDC", settleCoin="USDC"),
    instrument("BTC", symbol="BTCUSDT-26DEC25", contractType="LinearFutures"),
)


def bybit(network: str = "mainnet") -> Bybit:
    """A venue that knows its instruments."""
    venue = Bybit(NETWORKS[network])
    run(venue.recipe(FetchExchangeInfo()), INSTRUMENTS)
    return venue


def order(**changes: Any) -> dict[str, Any]:
    """A row of GET /v5/order/realtime and, with its category, of the order topic."""
    return {
        "category": "linear",
        "orderId": UUID,
        "orderLinkId": "mine-1",
        "symbol": "BTCUSDT",
        "price": "51858.1",
        "qty": "2.000",
        "side": "Buy",
        "isLeverage": "",
        "positionIdx": 0,
        "orderStatus": "New",
        "createType": "CreateByUser",
        "cancelType": "UNKNOWN",
        "rejectReason": "EC_NoError",
        "avgPrice": "",
        "leavesQty": "2.000",
        "cumExecQty": "0",
        "cumExecValue": "0",
        "timeInForce": "GTC",
        "orderType": "Limit",
        "stopOrderType": "",
        "reduceOnly": False,
        "smpGroup": 0,
        "createdTime": "1700000000100",
        "updatedTime": "1700000000102",
        **changes,
    }


def execution(**changes: Any) -> dict[str, Any]:
    """A row of GET /v5/execution/list and of the execution topic: half a coin of an order of two."""
    return {
        "category": "linear",
        "symbol": "BTCUSDT",
        "execFee": "0.5",
        "execId": "7e2ae69c-4edf-5800-a352-893d52b446aa",
        "execPrice": "51858.1",
        "execQty": "0.500",
        "execPnl": "1.25",
        "execType": "Trade",
        "execTime": "1700000000200",
        "isMaker": True,
        "feeRate": "0.0001",
        "feeCurrency": "",
        "leavesQty": "1.500",
        "orderId": UUID,
        "orderLinkId": "mine-1",
        "orderPrice": "51858.1",
        "orderQty": "2.000",
        "orderType": "Limit",
        "side": "Buy",
        "seq": 4688002127,
        **changes,
    }


def position(**changes: Any) -> dict[str, Any]:
    """A row of GET /v5/position/list: short 0.3 coins."""
    return {
        "positionIdx": 0,
        "symbol": "BTCUSDT",
        "side": "Sell",
        "size": "0.3",
        "avgPrice": "52000",
        "tradeMode": 0,
        "leverage": "10",
        "positionBalance": "1560",
        "markPrice": "51900",
        "liqPrice": "",
        "unrealisedPnl": "30",
        "updatedTime": "1700000000300",
        **changes,
    }


def position_push(**changes: Any) -> dict[str, Any]:
    """A row of the position topic, where the entry price has another name."""
    row = position(category="linear", **changes)
    return {**row, "entryPrice": row.pop("avgPrice")}


def coin(**changes: Any) -> dict[str, Any]:
    return {
        "coin": "USDT",
        "equity": "1030.5",
        "walletBalance": "1000.5",
        "locked": "0",
        "totalOrderIM": "10.5",
        "totalPositionIM": "150",
        "totalPositionMM": "7.5",
        "unrealisedPnl": "30",
        "availableToWithdraw": "",
        **changes,
    }


def wallet(*coins: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The unified account."""
    return {
        "accountType": "UNIFIED",
        "totalEquity": "1031",
        "totalMarginBalance": "1030",
        "totalAvailableBalance": "870",
        "totalMaintenanceMargin": "7.5",
        "coin": list(coins) or [coin(), coin(coin="BTC", walletBalance="0", equity="0")],
        **changes,
    }


KEY: dict[str, Any] = {"readOnly": 0, "permissions": {"ContractTrade": ["Order", "Position"], "NFT": None}, "uta": 1}
ACCOUNT_INFO: dict[str, Any] = {"unifiedMarginStatus": 6, "marginMode": "REGULAR_MARGIN", "updatedTime": "1"}


def ticker(**changes: Any) -> dict[str, Any]:
    """A row of GET /v5/market/tickers."""
    return {
        "symbol": "BTCUSDT",
        "lastPrice": "52000",
        "markPrice": "51999.5",
        "prevPrice24h": "50000",
        "price24hPcnt": "0.04",
        "openInterest": "68744.761",
        "turnover24h": "104000000",
        "volume24h": "2000",
        "fundingRate": "0.0001",
        "nextFundingTime": "1700006400000",
        **changes,
    }


def push(topic: str, data: Any, **more: Any) -> bytes:
    """A message of a public topic, written as Bybit writes it."""
    return body({"topic": topic, "type": "snapshot", "ts": TIME_MS, "data": data, **more}).replace(b'": ', b'":')


def private_push(topic: str, *rows: Any, time: int = TIME_MS) -> bytes:
    """A message of a private topic."""
    message = {"id": "592324803b2785-26fa-4214-9963", "topic": topic, "creationTime": time, "data": list(rows)}
    return body(message).replace(b'": ', b'":')


TRADE: dict[str, Any] = {
    "T": 1_700_000_000_400,
    "s": "BTCUSDT",
    "S": "Buy",
    "v": "0.02",
    "p": "51858.10",
    "L": "PlusTick",
    "i": "20f43950-d8dd-5b31-9112-a178eb6023af",
    "BT": False,
}
BEST = {"s": "BTCUSDT", "b": [["51858.10", "0.5"]], "a": [["51858.20", "0.25"]], "u": 18521288, "seq": 7961638724}
BAR = {
    "start": 1_700_000_000_000,
    "end": 1_700_000_059_999,
    "interval": "1",
    "open": "51800",
    "close": "51858.1",
    "high": "51900",
    "low": "51750.5",
    "volume": "2.081",
    "turnover": "107000",
    "confirm": False,
    "timestamp": 1_700_000_000_400,
}


def acknowledgement(**changes: Any) -> bytes:
    """Of a subscription."""
    return body({"success": True, "ret_msg": "", "conn_id": "c", "req_id": "public-1", "op": "subscribe", **changes})
