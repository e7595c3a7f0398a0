"""Orders: what is accepted, with which answer, and what is refused, with which code."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.simulation.bitget.rate_limits import Limits
from tests.sansio_exchange.simulation.bitget.desk import (
    BTC,
    ETH,
    START_MS,
    Desk,
    market_order,
    sleepy_venue,
)


def pending(desk: Desk, **params: object) -> list[Any]:
    return desk.ask("mix/order/orders-pending", **params)["entrustedList"] or []


def test_a_resting_order_is_found_by_either_id_until_it_is_cancelled(desk: Desk) -> None:
    placed = desk.place(clientOid="mine#1")
    assert placed["clientOid"] == "mine#1"
    assert len(placed["orderId"]) == 19
    by_id = desk.ask("mix/order/detail", symbol=BTC, orderId=placed["orderId"])
    assert by_id == desk.ask("mix/order/detail", symbol=BTC, clientOid="mine#1")
    assert (by_id["state"], by_id["size"], by_id["price"], by_id["force"]) == ("live", "0.1", "91000", "gtc")
    assert (by_id["posMode"], by_id["tradeSide"], by_id["reduceOnly"]) == ("one_way_mode", "buy_single", "NO")
    assert [each["orderId"] for each in pending(desk)] == [placed["orderId"]]
    assert desk.act("mix/order/cancel-order", symbol=BTC, orderId=placed["orderId"]) == placed
    assert pending(desk) == []
    (past,) = desk.ask("mix/order/orders-history")["entrustedList"]
    assert (past["orderId"], past["status"], past["cancelReason"]) == (placed["orderId"], "canceled", "normal_cancel")


def test_an_order_without_a_client_id_is_given_one_by_which_it_is_found(desk: Desk) -> None:
    first, second = desk.place(), desk.place()
    assert first["clientOid"].isdigit()
    assert first["clientOid"] != second["clientOid"]
    assert desk.detail(first)["orderId"] == first["orderId"]


def test_where_there_are_no_orders_the_list_is_null(desk: Desk) -> None:
    for path in ("orders-pending", "orders-history"):
        assert desk.ask(f"mix/order/{path}") == {"entrustedList": None, "endId": None}
    for path in ("fills", "fill-history"):
        assert desk.ask(f"mix/order/{path}") == {"fillList": None, "endId": None}


def test_a_market_order_is_filled_and_its_fills_cost_a_negative_fee(desk: Desk) -> None:
    bought = desk.detail(desk.place(**market_order(size="0.02")))
    assert (bought["state"], bought["baseVolume"], bought["price"], bought["orderSource"]) == (
        "filled",
        "0.02",
        "",
        "market",
    )
    fills = desk.ask("mix/order/fills", orderId=bought["orderId"])["fillList"]
    assert fills == desk.ask("mix/order/fill-history", symbol=BTC)["fillList"]
    assert sum(Decimal(each["baseVolume"]) for each in fills) == Decimal("0.02")
    fee = sum(Decimal(each["feeDetail"][0]["totalFee"]) for each in fills)
    value = sum(Decimal(each["price"]) * Decimal(each["baseVolume"]) for each in fills)
    assert fee == Decimal(bought["fee"])
    assert fee == pytest.approx(-value * Decimal("0.0006"), abs=Decimal("1e-6"))
    assert {(each["tradeScope"], each["side"], each["tradeSide"]) for each in fills} == {("taker", "buy", "buy_single")}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"symbol": "NOPEUSDT"}, "40034"),
        ({"symbol": None}, "40019"),
        ({"productType": "NOPE"}, "40020"),
        ({"productType": "COIN-FUTURES"}, "40805"),
        ({"marginMode": None}, "40019"),
        ({"marginMode": "cross"}, "40020"),
        ({"marginMode": "isolated"}, "40805"),
        ({"marginCoin": None}, "40019"),
        ({"marginCoin": "BTC"}, "40020"),
        ({"side": "hold"}, "40020"),
        ({"side": None}, "40019"),
        ({"orderType": "iceberg"}, "40020"),
        ({"orderType": None}, "40019"),
        ({"force": "day"}, "40020"),
        ({"reduceOnly": "true"}, "40020"),
        ({"stpMode": "cancel_both"}, "40805"),
        ({"stpMode": "nope"}, "40020"),
        ({"presetStopLossPrice": "80000"}, "40805"),
        ({"size": None}, "40019"),
        ({"size": "0"}, "40020"),
        ({"size": "-1"}, "40020"),
        ({"size": "NaN"}, "40020"),
        ({"size": "0.10001"}, "40808"),
        ({"size": "0.00005", "price": "91000"}, "40808"),
        ({"size": "1201"}, "45112"),
        ({"size": "221", "orderType": "market"}, "45112"),
        ({"size": "0.0001", "price": "20000"}, "45110"),
        ({"price": None}, "40019"),
        ({"price": "0"}, "40020"),
        ({"price": "91000.05"}, "45115"),
        ({"price": "120000"}, "40815"),
        ({"price": "50000", "side": "sell"}, "40816"),
        ({"size": "100"}, "40762"),
        ({"clientOid": "sp ace"}, "40402"),
        ({"clientOid": "a" * 33}, "40402"),
        ({"reduceOnly": "YES"}, "22002"),
    ],
)
def test_an_order_that_cannot_stand_is_refused(desk: Desk, change: dict[str, object], code: str) -> None:
    assert desk.code(**change) == code
    assert pending(desk) == []


def test_a_quantity_below_the_smallest_is_refused(desk: Desk) -> None:
    assert desk.code(symbol=ETH, size="0.001", price="3300") == "40808"


@pytest.mark.parametrize("force", ["GTC", "ioc", "fok", "post_only"])
def test_how_long_an_order_stands_is_told_in_lower_case(desk: Desk, force: str) -> None:
    detail = desk.detail(desk.place(force=force))
    assert detail["force"] == force.lower()
    assert detail["state"] == ("canceled" if force in {"ioc", "fok"} else "live")


def test_a_post_only_order_that_would_take_is_accepted_and_cancelled(desk: Desk) -> None:
    detail = desk.detail(desk.place(force="post_only", price="96000"))
    assert (detail["state"], detail["baseVolume"], detail["cancelReason"]) == ("canceled", "0", "normal_cancel")


def test_a_client_id_is_unique_among_working_orders_of_all_symbols(desk: Desk) -> None:
    first = desk.place(clientOid="mine")
    assert desk.code(clientOid="mine") == "40786"
    assert desk.code(clientOid="mine", symbol=ETH, price="3300") == "40786"
    desk.act("mix/order/cancel-order", symbol=BTC, clientOid="mine")
    again = desk.place(clientOid="mine")
    assert again["orderId"] != first["orderId"]
    assert desk.detail(again)["orderId"] == again["orderId"], "the newest is meant"


def test_a_cancellation_names_an_order_that_works(desk: Desk) -> None:
    path = "mix/order/cancel-order"
    done = desk.place(**market_order())
    assert desk.refusal("POST", path, symbol=BTC) == (400, "40924")
    assert desk.refusal("POST", path, symbol=BTC, orderId="1") == (200, "40768")
    assert desk.refusal("POST", path, symbol=BTC, orderId="x" * 300) == (200, "40768")
    assert desk.refusal("POST", path, symbol=BTC, clientOid="nope") == (200, "40768")
    assert desk.refusal("POST", path, symbol=BTC, orderId=done["orderId"]) == (200, "22001")
    resting = desk.place()
    assert desk.refusal("POST", path, symbol=ETH, orderId=resting["orderId"]) == (200, "40768")


def test_a_query_for_an_order_that_never_was_has_a_code_of_its_own(desk: Desk) -> None:
    assert desk.refusal("GET", "mix/order/detail", symbol=BTC, orderId="1") == (200, "40109")
    assert desk.refusal("GET", "mix/order/detail", symbol=BTC) == (400, "40924")


def test_a_batch_tells_row_by_row_what_became_of_it(desk: Desk) -> None:
    rows = [
        {"size": "0.1", "price": "91000", "side": "buy", "orderType": "limit", "clientOid": "a"},
        {"size": "100", "price": "91000", "side": "buy", "orderType": "limit", "clientOid": "b"},
        {"size": "0.1", "price": "91001", "side": "buy", "orderType": "limit", "clientOid": "c"},
    ]
    common = {"symbol": BTC, "marginMode": "crossed", "marginCoin": "USDT"}
    placed = desk.act("mix/order/batch-place-order", orderList=rows, **common)
    assert [each["clientOid"] for each in placed["successList"]] == ["a", "c"]
    assert placed["failureList"] == [
        {
            "orderId": "",
            "clientOid": "b",
            "errorMsg": "The order amount exceeds the balance",
            "errorCode": "40762",
        }
    ]
    names = [{"orderId": placed["successList"][0]["orderId"]}, {"clientOid": "c"}, {"clientOid": "nope"}]
    gone = desk.act("mix/order/batch-cancel-orders", symbol=BTC, orderIdList=names)
    assert [each["clientOid"] for each in gone["successList"]] == ["a", "c"]
    assert [(each["clientOid"], each["errorCode"]) for each in gone["failureList"]] == [("nope", "40768")]


def test_a_batch_has_at_most_twenty_rows(desk: Desk) -> None:
    common = {"symbol": BTC, "marginMode": "crossed", "marginCoin": "USDT"}
    path = "mix/order/batch-place-order"
    assert desk.refusal("POST", path, orderList=[{}] * 21, **common) == (400, "40306")
    assert desk.refusal("POST", path, **common) == (400, "40019")
    assert desk.refusal("POST", path, orderList=["text"], **common) == (400, "40017")
    assert desk.refusal("POST", "mix/order/batch-cancel-orders", orderIdList=[{"orderId": "1"}]) == (400, "40019")


def test_all_orders_are_cancelled_of_a_symbol_or_of_all(desk: Desk) -> None:
    for _ in range(2):
        desk.place()
    eth = desk.place(symbol=ETH, price="3300")
    assert len(desk.act("mix/order/batch-cancel-orders", symbol=BTC)["successList"]) == 2
    assert [each["orderId"] for each in pending(desk)] == [eth["orderId"]]
    assert desk.refusal("POST", "mix/order/batch-cancel-orders", symbol=BTC) == (200, "22001")
    gone = desk.act("mix/order/cancel-all-orders", symbol=BTC)
    assert gone == {"successList": [eth], "failureList": []}, "this call knows no symbol"
    assert desk.refusal("POST", "mix/order/cancel-all-orders") == (200, "22001")


def test_a_modified_order_is_another_order(desk: Desk) -> None:
    path = "mix/order/modify-order"
    old = desk.place(clientOid="old", force="post_only")
    change = {"symbol": BTC, "orderId": old["orderId"], "newSize": "0.2", "newPrice": "90000"}
    assert desk.refusal("POST", path, **change) == (400, "40019"), "newClientOid is mandatory"
    assert desk.refusal("POST", path, newClientOid="old", **change) == (200, "40786")
    assert desk.refusal("POST", path, newClientOid="new", **change | {"newPrice": ""}) == (400, "40925")
    assert desk.act(path, newClientOid="new", **change) == {"orderId": old["orderId"], "clientOid": "new"}
    assert desk.detail(old)["state"] == "canceled"
    (new,) = pending(desk)
    assert (new["clientOid"], new["size"], new["price"], new["force"]) == ("new", "0.2", "90000", "post_only")
    assert new["orderId"] != old["orderId"]
    assert desk.refusal("POST", path, newClientOid="third", **change) == (200, "40922"), "the old one is gone"


def test_a_reduce_only_order_takes_the_place_of_those_that_it_leaves_no_room_for(desk: Desk) -> None:
    desk.place(**market_order(size="0.3"))
    sell = {"side": "sell", "price": "99000", "reduceOnly": "YES"}
    first = desk.place(size="0.1", **sell)
    second = desk.place(size="0.2", **sell)
    assert first["orderId"], "both fit into the position"
    third = desk.place(size="0.1", clientOid="third", **sell)
    assert third == {"orderId": None, "clientOid": "third"}
    assert desk.detail(first)["state"] == "canceled"
    assert desk.detail(second)["state"] == desk.detail(third)["state"] == "live"


def test_a_refused_reduce_only_order_takes_no_place(desk: Desk) -> None:
    desk.place(**market_order(size="0.1"))
    sell = {"side": "sell", "price": "99000", "reduceOnly": "YES", "clientOid": "mine"}
    first = desk.place(size="0.1", **sell)
    assert desk.code(size="0.1", **sell) == "40786"
    assert desk.detail(first)["state"] == "live"


def test_a_reduce_only_order_never_opens_a_position(desk: Desk) -> None:
    desk.place(**market_order(size="0.1"))
    closed = desk.detail(desk.place(**market_order(side="sell", size="5", reduceOnly="YES")))
    assert (closed["baseVolume"], closed["reduceOnly"]) == ("0.1", "YES")
    assert desk.ask("mix/position/all-position") == []


def test_orders_are_listed_page_by_page_newest_first(desk: Desk) -> None:
    ids = [desk.place()["orderId"] for _ in range(5)]
    first = desk.ask("mix/order/orders-pending", limit=2)
    assert [each["orderId"] for each in first["entrustedList"]] == ids[:2:-1]
    assert first["endId"] == ids[3]
    rest = desk.ask("mix/order/orders-pending", idLessThan=first["endId"])
    assert [each["orderId"] for each in rest["entrustedList"]] == ids[2::-1]
    assert [each["orderId"] for each in pending(desk, orderId=ids[1])] == [ids[1]]
    assert pending(desk, status="partially_filled") == []
    assert desk.refusal("GET", "mix/order/orders-pending", status="filled") == (400, "40020")
    assert desk.refusal("GET", "mix/order/orders-pending", limit=101) == (400, "40020")


def test_fills_are_listed_page_by_page_across_symbols() -> None:
    desk = Desk()
    for symbol, size in ((BTC, "0.001"), (ETH, "0.1"), (BTC, "0.001")):
        desk.place(**market_order(symbol=symbol, size=size))
        desk.wait(10)
    everything = desk.ask("mix/order/fills")["fillList"]
    assert [each["symbol"] for each in everything] == [BTC, ETH, BTC]
    numbers = [int(each["tradeId"]) for each in everything]
    assert numbers == sorted(numbers, reverse=True)
    page = desk.ask("mix/order/fills", limit=2)
    assert page["endId"] == everything[1]["tradeId"]
    assert desk.ask("mix/order/fills", idLessThan=page["endId"])["fillList"] == everything[2:]
    assert len(desk.ask("mix/order/fills", symbol=ETH)["fillList"]) == 1


def test_fill_history_is_told_a_week_at_a_time(desk: Desk) -> None:
    desk.place(**market_order(size="0.01"))
    eight_days = 8 * 86_400_000
    assert desk.ask("mix/order/fill-history")["fillList"]
    assert desk.ask("mix/order/fill-history", startTime=desk.now_ms - eight_days)["fillList"] is None
    assert desk.ask("mix/order/fills", startTime=desk.now_ms - eight_days)["fillList"]
    assert desk.ask("mix/order/fill-history", endTime=desk.now_ms - 1)["fillList"] is None
    span = {"startTime": desk.now_ms - eight_days, "endTime": desk.now_ms}
    assert desk.refusal("GET", "mix/order/fill-history", **span) == (400, "40705")


@pytest.mark.parametrize("limits", [Limits(symbol_orders=2), Limits(product_orders=2)])
def test_an_account_has_only_so_many_working_orders(limits: Limits) -> None:
    desk = Desk(machine=sleepy_venue(START_MS, limits))
    desk.place()
    desk.place()
    assert desk.code() == "45118"


def test_the_client_id_of_an_order_that_was_refused_is_free() -> None:
    desk = Desk(machine=sleepy_venue(START_MS, balance=10))
    assert desk.code(clientOid="mine") == "40762"
    assert desk.code(clientOid="mine") == "40762"
