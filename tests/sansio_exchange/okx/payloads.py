"""Payloads of the documentation's shapes, with values of our own."""

from typing import Any

from sansio_exchange.okx import NETWORKS, Okx
from sansio_exchange.okx.symbols import Product, read_instruments
from tests.sansio_exchange.recipes import body, run


def reply(*rows: Any, code: str = "0", msg: str = "") -> bytes:
    """The envelope of every reply."""
    return body({"code": code, "msg": msg, "data": list(rows)})


def instrument(base: str = "BTC", **changes: Any) -> dict[str, Any]:
    """A linear swap of GET /api/v5/public/instruments: contracts of 0.01 coin, lots of 0.1 contracts."""
    return {
        "alias": "",
        "baseCcy": "",
        "category": "1",
        "ctMult": "1",
        "ctType": "linear",
        "ctVal": "0.01",
        "ctValCcy": base,
        "expTime": "",
        "instFamily": f"{base}-USDT",
        "instId": f"{base}-USDT-SWAP",
        "instType": "SWAP",
        "lever": "100",
        "lotSz": "0.1",
        "maxLmtSz": "100000000",
        "maxMktSz": "30000",
        "minSz": "0.1",
        "quoteCcy": "",
        "settleCcy": "USDT",
        "state": "live",
        "ruleType": "normal",
        "tickSz": "0.1",
        "uly": f"{base}-USDT",
        "instIdCode": {"BTC": 10458, "ETH": 10459}.get(base, 20000),
        **changes,
    }


INSTRUMENTS = reply(instrument(), instrument("ETH", ctVal="0.1", tickSz="0.01"), instrument("OLD", state="suspend"))


def product(listing: bytes = INSTRUMENTS) -> Product:
    """Ours, as the listing tells it."""
    made = Product()
    made.replace(read_instruments(listing))
    return made


def okx(listing: bytes = INSTRUMENTS, network: str = "mainnet") -> Okx:
    """A venue that knows its instruments."""
    from sansio_exchange.commands import FetchExchangeInfo

    venue = Okx(NETWORKS[network])
    run(venue.recipe(FetchExchangeInfo()), listing)
    return venue


def order(**changes: Any) -> dict[str, Any]:
    """A row of GET /api/v5/trade/order."""
    return {
        "accFillSz": "0",
        "avgPx": "",
        "cTime": "1708587373361",
        "cancelSource": "",
        "category": "normal",
        "clOrdId": "mine1",
        "fee": "0",
        "feeCcy": "USDT",
        "fillPx": "",
        "fillSz": "0",
        "instId": "BTC-USDT-SWAP",
        "instType": "SWAP",
        "lever": "5",
        "ordId": "680800019749904384",
        "ordType": "limit",
        "posSide": "net",
        "px": "51858.1",
        "reduceOnly": "false",
        "side": "buy",
        "state": "live",
        "sz": "20",
        "tdMode": "cross",
        "tradeId": "",
        "uTime": "1708587373362",
        **changes,
    }


def order_push(**changes: Any) -> dict[str, Any]:
    """A row of the orders channel: an execution of 5 contracts of an order of 20."""
    return order(
        **{
            "accFillSz": "5",
            "avgPx": "51858.1",
            "execType": "M",
            "fillFee": "-0.0518581",
            "fillFeeCcy": "USDT",
            "fillPnl": "0.25",
            "fillPx": "51858.1",
            "fillSz": "5",
            "fillTime": "1708587373400",
            "state": "partially_filled",
            "tradeId": "242589207",
            "uTime": "1708587373401",
            "amendResult": "",
            "code": "0",
            "msg": "",
            **changes,
        }
    )


def fill(**changes: Any) -> dict[str, Any]:
    """A row of GET /api/v5/trade/fills."""
    return {
        "side": "sell",
        "fillSz": "3",
        "fillPx": "51858",
        "fee": "-0.0777870",
        "fillPnl": "1.5",
        "ordId": "680800019749904384",
        "instType": "SWAP",
        "instId": "BTC-USDT-SWAP",
        "clOrdId": "",
        "posSide": "net",
        "billId": "680800019754098688",
        "subType": "2",
        "fillTime": "1708587373361",
        "execType": "T",
        "tradeId": "744876980",
        "feeCcy": "USDT",
        "ts": "1708587373362",
        **changes,
    }


def ack(**changes: Any) -> dict[str, Any]:
    """A row of a reply to placing."""
    return {
        "clOrdId": "mine1",
        "ordId": "312269865356374016",
        "tag": "",
        "ts": "1695190491421",
        "sCode": "0",
        "sMsg": "",
        "subCode": "",
        **changes,
    }


def position(**changes: Any) -> dict[str, Any]:
    """A row of GET /api/v5/account/positions and of the positions channel: short 3 contracts."""
    return {
        "avgPx": "52000",
        "instId": "BTC-USDT-SWAP",
        "instType": "SWAP",
        "lever": "5",
        "liqPx": "70000.5",
        "margin": "",
        "markPx": "51900",
        "mgnMode": "cross",
        "pos": "-3",
        "posSide": "net",
        "uTime": "1724742632153",
        "upl": "3",
        **changes,
    }


def asset(**changes: Any) -> dict[str, Any]:
    """A currency of the account."""
    return {
        "ccy": "USDT",
        "availBal": "978",
        "availEq": "978.5",
        "cashBal": "1000.5",
        "eq": "1003.5",
        "mmr": "",
        "uTime": "1705449605015",
        "upl": "3",
        **changes,
    }


def balance(*assets: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """GET /api/v5/account/balance of an account in multi-currency mode."""
    return {
        "adjEq": "1003",
        "availEq": "977",
        "imr": "30",
        "mmr": "7.5",
        "totalEq": "1003.6",
        "uTime": "1705474164160",
        "details": list(assets) or [asset(), asset(ccy="BTC", cashBal="0", availEq="0", availBal="0", eq="0")],
        **changes,
    }


CONFIG: dict[str, Any] = {"acctLv": "2", "posMode": "net_mode", "perm": "read_only,trade", "uid": "1", "level": "Lv1"}


def ticker(**changes: Any) -> dict[str, Any]:
    """A row of GET /api/v5/market/tickers."""
    return {
        "instType": "SWAP",
        "instId": "BTC-USDT-SWAP",
        "last": "52000",
        "open24h": "50000",
        "vol24h": "200000",
        "volCcy24h": "2000",
        "ts": "1597026383085",
        **changes,
    }


def push(channel: str, *rows: Any, inst_id: str = "BTC-USDT-SWAP", **arg: Any) -> bytes:
    """A message of a channel."""
    named = {"instId": inst_id} if inst_id else {}
    return body({"arg": {"channel": channel, **named, **arg}, "data": list(rows)}).replace(b'": ', b'":')


TRADE = {"instId": "BTC-USDT-SWAP", "tradeId": "1", "px": "51858.1", "sz": "2", "side": "buy", "ts": "1740394561686"}
BEST = {"asks": [["51858.2", "40", "0", "4"]], "bids": [["51858.1", "30", "0", "3"]], "ts": "1670324386802", "seqId": 1}
CANDLE = ["1597026360000", "3.721", "3.743", "3.677", "3.708", "8422", "84.22", "313", "1"]
RATE = {
    "instId": "BTC-USDT-SWAP",
    "instType": "SWAP",
    "method": "current_period",
    "fundingRate": "0.0001",
    "fundingTime": "1700726400000",
    "nextFundingRate": "",
    "nextFundingTime": "1700755200000",
    "ts": "1700724675402",
}
MARK = {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "markPx": "42000.5", "ts": "1700724676500"}
