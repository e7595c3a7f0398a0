"""Answers and events have every field that documented ones have."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sansio_exchange.simulation.binance.desk import KEY, Desk, market_order, order

BTC: dict[str, object] = {"symbol": "BTCUSDT"}
OF_OTHER_ORDER_TYPES = {"activatePrice", "priceRate"}
OF_COIN_MARGIN = {"cumBase", "pair"}
"""Documented for amendments, where they belong to the coin-margined twin of the call."""
FORMER = {"settlePlan"}
WRITTEN_BOTH_WAYS = {"[]/tranId is int", "/assets[]/autoAssetExchange is str"}
"""Recorded answers have another type than the documentation's examples."""
CALLS: dict[tuple[str, str], dict[str, object]] = {
    ("POST", "/fapi/v1/order"): order(),
    ("GET", "/fapi/v1/openOrders"): {},
    ("GET", "/fapi/v1/userTrades"): BTC,
    ("POST", "/fapi/v1/leverage"): {"leverage": 5, **BTC},
    ("GET", "/fapi/v1/accountConfig"): {},
    ("GET", "/fapi/v2/account"): {},
    ("GET", "/fapi/v3/account"): {},
    ("GET", "/fapi/v1/leverageBracket"): BTC,
    ("GET", "/fapi/v1/income"): {},
    ("GET", "/fapi/v1/multiAssetsMargin"): {},
    ("GET", "/fapi/v1/rateLimit/order"): {},
    ("GET", "/fapi/v1/commissionRate"): BTC,
    ("GET", "/fapi/v1/fundingRate"): BTC,
    ("GET", "/fapi/v1/exchangeInfo"): {},
    ("GET", "/fapi/v1/time"): {},
    ("GET", "/fapi/v2/positionRisk"): BTC,
    ("POST", "/fapi/v1/listenKey"): {},
}


def _data(payload: Any) -> dict[str, Any]:
    """What a wrapped event holds; nothing for other messages."""
    data = payload.get("data") if isinstance(payload, dict) else None
    return data if isinstance(data, dict) else {}


@pytest.fixture(scope="module")
def documented(shared: Path) -> dict[tuple[str, str], Any]:
    """Documented answers by method and path, documented events by ("", name)."""
    found: dict[tuple[str, str], Any] = {}
    for line in (shared / "fixtures" / "binance.jsonl").read_text().splitlines():
        each = json.loads(line)
        if each["id"].startswith("jkorf__rest"):
            found[each["request"]["method"], each["request"]["path"]] = each["payload"]
        elif each["id"].startswith("jkorf__ws_UsdFutures") and "e" in _data(each["payload"]):
            found.setdefault(("", _data(each["payload"])["e"]), _data(each["payload"]))
    return found


def missing(documented: Any, ours: Any, path: str = "") -> list[str]:
    """Fields that the documented value has and ours has not; of lists, the first elements are compared."""
    if isinstance(documented, dict):
        assert isinstance(ours, dict), path
        unknown = documented.keys() - ours.keys() - OF_OTHER_ORDER_TYPES - OF_COIN_MARGIN - FORMER
        found = [f"{path}/{name}" for name in unknown]
        for name in documented.keys() & ours.keys():
            found += missing(documented[name], ours[name], f"{path}/{name}")
        return found
    if isinstance(documented, list):
        assert isinstance(ours, list), path
        return missing(documented[0], ours[0], f"{path}[]") if documented and ours else []
    same = type(documented) is type(ours) or {type(documented), type(ours)} == {int, float}
    return [] if same or documented is None else [f"{path} is {type(ours).__name__}"]


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_answers_have_the_documented_fields(
    desk: Desk, documented: dict[tuple[str, str], Any], call: tuple[str, str]
) -> None:
    desk.call("POST", "v1/order", **market_order())
    desk.place()
    method, path = call
    is_public = path.rpartition("/")[2] in {"fundingRate", "exchangeInfo", "time"}
    if is_public:
        response = desk.send(method, path, urlencode(CALLS[call]))
    elif path.endswith("listenKey"):
        response = desk.send(method, path, headers={"x-mbx-apikey": KEY})
    else:
        response = desk.signed(method, path.removeprefix("/fapi/"), **CALLS[call])
    differences = missing(documented[call], json.loads(response.body))
    assert [each for each in differences if each not in WRITTEN_BOTH_WAYS] == []


def test_events_have_the_documented_fields(desk: Desk, documented: dict[tuple[str, str], Any]) -> None:
    names = ["bookTicker", "aggTrade", "kline_1m", "markPrice@1s", "miniTicker", "depth@100ms"]
    public = desk.open("/ws/" + "/".join(f"btcusdt@{each}" for each in names))
    user = desk.listen()
    desk.call("POST", "v1/order", **market_order())
    desk.call("POST", "v1/leverage", leverage=9, **BTC)
    desk.wait(2000)
    seen = {each["e"]: each for each in desk.take(public) + desk.take(user)}
    for name in (
        "bookTicker",
        "aggTrade",
        "kline",
        "markPriceUpdate",
        "24hrMiniTicker",
        "depthUpdate",
        "ORDER_TRADE_UPDATE",
        "TRADE_LITE",
        "ACCOUNT_UPDATE",
    ):
        differences = missing(documented["", name], seen[name])
        assert [each for each in differences if each not in {"/o/AP", "/o/cr"}] == [], name
