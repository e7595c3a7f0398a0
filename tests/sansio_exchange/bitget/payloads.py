"""Payloads of the documentation's shapes, with values of our own."""

from typing import Any

from sansio_exchange.bitget import NETWORKS, Bitget
from sansio_exchange.bitget.symbols import Product, read_contracts
from sansio_exchange.commands import FetchExchangeInfo
from tests.sansio_exchange.recipes import body, run

NOW = 1_708_600_000_000


def reply(data: Any, code: str = "00000", msg: str = "success", request_ms: Any = NOW) -> bytes:
    """The envelope of every reply."""
    return body({"code": code, "msg": msg, "requestTime": request_ms, "data": data})


def contract(base: str = "BTC", **changes: Any) -> dict[str, Any]:
    """A perpetual of GET /api/v2/mix/market/contracts: ticks of 0.1, steps of 0.0001."""
    return {
        "symbol": f"{base}USDT",
        "baseCoin": base,
        "quoteCoin": "USDT",
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
        "feeRateUpRatio": "0.005",
        "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0006",
        "openCostUpRatio": "0.01",
        "supportMarginCoins": ["USDT"],
        "minTradeNum": "0.0001",
        "priceEndStep": "1",
        "volumePlace": "4",
        "pricePlace": "1",
        "sizeMultiplier": "0.0001",
        "symbolType": "perpetual",
        "minTradeUSDT": "5",
        "maxSymbolOrderNum": "200",
        "maxProductOrderNum": "1000",
        "maxPositionNum": "150",
        "symbolStatus": "normal",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "deliveryTime": "",
        "deliveryStartTime": "",
        "deliveryPeriod": "",
        "launchTime": "",
        "fundInterval": "8",
        "minLever": "1",
        "maxLever": "150",
        "posLimit": "0.1",
        "maintainTime": "",
        "maxMarketOrderQty": "220",
        "maxOrderQty": "1200",
        **changes,
    }


ETH = contract("ETH", pricePlace="2", volumePlace="2", sizeMultiplier="0.01", minTradeNum="0.01")
CONTRACTS = reply([contract(), ETH, contract("OLD", symbolStatus="maintain")])


def product(listing: bytes = CONTRACTS) -> Product:
    """Ours, as the listing tells it."""
    made = Product()
    made.replace(read_contracts(listing))
    return made


def bitget(listing: bytes = CONTRACTS, network: str = "mainnet") -> Bitget:
    """A venue that knows its contracts."""
    venue = Bitget(NETWORKS[network])
    run(venue.recipe(FetchExchangeInfo()), listing)
    return venue


def ack(**changes: Any) -> dict[str, Any]:
    """What is said of an order that was accepted."""
    return {"orderId": "1111465253393825792", "clientOid": "mine1", **changes}


def refusal(code: str, **changes: Any) -> dict[str, Any]:
    """A row of failureList."""
    return {"orderId": "", "clientOid": "mine1", "errorMsg": "no", "errorCode": code, **changes}


def batch(accepted: list[Any], refused: list[Any] | None = None) -> bytes:
    """The reply to a batch."""
    return reply({"successList": accepted, "failureList": refused or []})


def order(**changes: Any) -> dict[str, Any]:
    """An order of one-way mode as lists have it; the detail says `state` for `status`."""
    return {
        "symbol": "BTCUSDT",
        "size": "0.2",
        "orderId": "1111465253393825792",
        "clientOid": "mine1",
        "baseVolume": "0",
        "fee": "0",
        "price": "51858.1",
        "priceAvg": "",
        "status": "live",
        "side": "buy",
        "force": "gtc",
        "totalProfits": "0",
        "posSide": "net",
        "marginCoin": "USDT",
        "quoteVolume": "0",
        "leverage": "20",
        "marginMode": "crossed",
        "reduceOnly": "NO",
        "enterPointSource": "API",
        "tradeSide": "buy_single",
        "posMode": "one_way_mode",
        "orderType": "limit",
        "orderSource": "normal",
        "cTime": "1708587373361",
        "uTime": "1708587373362",
        **changes,
    }


def orders(*rows: Any, end: Any = None) -> bytes:
    """A list of orders."""
    return reply({"entrustedList": list(rows) or None, "endId": end or (rows[-1]["orderId"] if rows else None)})


def order_push(**changes: Any) -> dict[str, Any]:
    """A row of the orders channel: an execution of 0.05 of an order of 0.2."""
    return {
        "instId": "BTCUSDT",
        "orderId": "1111465253393825792",
        "clientOid": "mine1",
        "price": "51858.1",
        "size": "0.2",
        "posMode": "one_way_mode",
        "enterPointSource": "API",
        "tradeSide": "buy_single",
        "notionalUsd": "10371.6",
        "orderType": "limit",
        "force": "gtc",
        "side": "buy",
        "posSide": "net",
        "marginMode": "crossed",
        "marginCoin": "USDT",
        "fillPrice": "51858.1",
        "tradeId": "1111465255553892353",
        "baseVolume": "0.05",
        "fillTime": "1708587373400",
        "fillFee": "-0.518581",
        "fillFeeCoin": "USDT",
        "tradeScope": "M",
        "accBaseVolume": "0.05",
        "fillNotionalUsd": "2592.9",
        "priceAvg": "51858.1",
        "status": "partially_filled",
        "cancelReason": "",
        "leverage": "20",
        "feeDetail": [{"feeCoin": "USDT", "fee": "-0.518581"}],
        "pnl": "0.25",
        "uTime": "1708587373401",
        "cTime": "1708587373361",
        "reduceOnly": "no",
        "stpMode": "none",
        "totalProfits": "0.25",
        **changes,
    }


def fill(**changes: Any) -> dict[str, Any]:
    """A row of GET /api/v2/mix/order/fills."""
    return {
        "tradeId": "1111465255553892353",
        "symbol": "BTCUSDT",
        "orderId": "1111465253393825792",
        "price": "51858",
        "baseVolume": "0.03",
        "feeDetail": [{"deduction": "no", "feeCoin": "USDT", "totalDeductionFee": "0", "totalFee": "-0.0777870"}],
        "side": "sell",
        "quoteVolume": "1555.74",
        "profit": "1.5",
        "enterPointSource": "api",
        "tradeSide": "sell_single",
        "posMode": "one_way_mode",
        "tradeScope": "taker",
        "cTime": "1708587373361",
        **changes,
    }


def fills(*rows: Any, end: Any = None) -> bytes:
    """A list of fills."""
    return reply({"fillList": list(rows) or None, "endId": end or (rows[-1]["tradeId"] if rows else None)})


def account(**changes: Any) -> dict[str, Any]:
    """A row of GET /api/v2/mix/account/accounts, in single-asset mode."""
    return {
        "marginCoin": "USDT",
        "locked": "0",
        "available": "990",
        "crossedMaxAvailable": "977",
        "isolatedMaxAvailable": "977",
        "maxTransferOut": "970",
        "accountEquity": "1003",
        "usdtEquity": "1003",
        "btcEquity": "0.02",
        "crossedRiskRate": "0.0075",
        "unrealizedPL": "2.5",
        "coupon": "0",
        "unionTotalMargin": "",
        "unionAvailable": "",
        "unionMm": "",
        "assetList": [],
        "isolatedMargin": "0",
        "crossedMargin": "26",
        "crossedUnrealizedPL": "2.5",
        "isolatedUnrealizedPL": "0",
        "assetMode": "single",
        **changes,
    }


def position(**changes: Any) -> dict[str, Any]:
    """A short position, as GET /api/v2/mix/position/all-position has it."""
    return {
        "symbol": "BTCUSDT",
        "marginCoin": "USDT",
        "holdSide": "short",
        "openDelegateSize": "0",
        "marginSize": "78",
        "available": "0.03",
        "locked": "0",
        "total": "0.03",
        "leverage": "20",
        "achievedProfits": "0",
        "openPriceAvg": "52000",
        "marginMode": "crossed",
        "posMode": "one_way_mode",
        "unrealizedPL": "2.5",
        "liquidationPrice": "85000.5",
        "keepMarginRate": "0.004",
        "markPrice": "51916.7",
        "breakEvenPrice": "51990",
        "totalFee": "",
        "deductedFee": "0.5",
        "marginRatio": "0.0075",
        "assetMode": "single",
        "cTime": "1705474164000",
        "uTime": "1705474164160",
        **changes,
    }


def position_push(**changes: Any) -> dict[str, Any]:
    """A row of the positions channel: the instrument has another name there, and the leverage is a number."""
    row = position(**{"posId": "1", "frozen": "0", "leverage": 20, **changes})
    return {"instId": row.pop("symbol"), **row}


def ticker(**changes: Any) -> dict[str, Any]:
    """A row of GET /api/v2/mix/market/tickers."""
    return {
        "symbol": "BTCUSDT",
        "lastPr": "52000",
        "askPr": "52000.1",
        "bidPr": "51999.9",
        "bidSz": "0.703",
        "askSz": "13.894",
        "high24h": "52500",
        "low24h": "49500",
        "ts": "1708600000001",
        "change24h": "0.04",
        "baseVolume": "2000",
        "quoteVolume": "104000000",
        "usdtVolume": "104000000",
        "openUtc": "51000",
        "changeUtc24h": "0.0196",
        "indexPrice": "52001.5",
        "fundingRate": "0.0001",
        "holdingAmount": "50.5",
        "deliveryStartTime": None,
        "deliveryTime": None,
        "deliveryStatus": "",
        "open24h": "50000",
        "markPrice": "52000.5",
        **changes,
    }


RATE = {
    "symbol": "BTCUSDT",
    "fundingRate": "0.0001",
    "fundingRateInterval": "8",
    "nextUpdate": "1708617600000",
    "minFundingRate": "-0.003",
    "maxFundingRate": "0.003",
}
SETTINGS = {"marginCoin": "USDT", "accountEquity": "1003", "marginMode": "crossed", "posMode": "one_way_mode"}
KEY = {"userId": "1", "ips": "127.0.0.1", "authorities": ["coow", "cpow", "stor"], "traderType": "not_trader"}

# --- messages ---------------------------------------------------------------------------------------------------

TRADE = {"ts": "1708600000100", "price": "52000.5", "size": "0.001", "side": "buy", "tradeId": "1111461"}
BEST = {
    "asks": [["52000.1", "13.894"]],
    "bids": [["51999.9", "0.703"]],
    "checksum": 0,
    "seq": 123,
    "pseq": 0,
    "ts": "1708600000200",
}
CANDLE = ["1708599960000", "51990", "52010.5", "51980", "52000.5", "12.5", "649875", "649875"]
TICKER = {
    "instId": "BTCUSDT",
    "lastPr": "52000.5",
    "bidPr": "51999.9",
    "askPr": "52000.1",
    "bidSz": "0.703",
    "askSz": "13.894",
    "open24h": "50000",
    "high24h": "52500",
    "low24h": "49500",
    "change24h": "0.04",
    "fundingRate": "0.0001",
    "nextFundingTime": "1708617600000",
    "markPrice": "52000.7",
    "indexPrice": "52001.5",
    "holdingAmount": "50.5",
    "baseVolume": "2000",
    "quoteVolume": "104000000",
    "openUtc": "51000",
    "symbolType": "1",
    "symbol": "BTCUSDT",
    "deliveryPrice": "0",
    "ts": "1708600000300",
}
ACCOUNT_PUSH = {
    "marginCoin": "USDT",
    "frozen": "0.00000000",
    "available": "990",
    "maxOpenPosAvailable": "977",
    "maxTransferOut": "970",
    "equity": "1003",
    "usdtEquity": "1003",
    "crossedRiskRate": "0.0075",
    "unrealizedPL": "2.5",
    "unionTotalMargin": "0",
    "unionAvailable": "0",
    "unionMm": "0",
    "assetsMode": "single",
}


def push(channel: str, *rows: Any, ts: Any = NOW + 400, action: str = "snapshot", **arg: str) -> bytes:
    """A message of a channel, about BTCUSDT unless `arg` says otherwise."""
    about = arg or {"instId": "BTCUSDT"}
    message = {"action": action, "arg": {"instType": "USDT-FUTURES", "channel": channel, **about}, "data": list(rows)}
    return body({**message, "ts": ts})


def private_push(channel: str, *rows: Any, ts: Any = NOW + 400) -> bytes:
    """A message of a private channel about everything."""
    return push(channel, *rows, ts=ts, **{"coin" if channel == "account" else "instId": "default"})
