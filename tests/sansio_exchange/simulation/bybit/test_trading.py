"""Placing, amending, cancelling: what is accepted, and with what code the rest is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sansio_exchange.simulation.bybit.desk import BTC, ETH, Desk, market_order, order

TOO_LONG = "x" * 37


def test_an_order_is_accepted_and_rests(desk: Desk) -> None:
    order_id = desk.place(orderLinkId="mine_1-A")
    row = desk.order(order_id)
    assert (row["orderLinkId"], row["orderStatus"], row["positionIdx"]) == ("mine_1-A", "New", 0)
    assert (row["price"], row["qty"], row["leavesQty"], row["cumExecQty"]) == ("91000.00", "0.010", "0.010", "0.000")
    assert (row["avgPrice"], row["reduceOnly"], row["timeInForce"]) == ("", False, "GTC")


def test_a_market_order_trades_at_once(desk: Desk) -> None:
    row = desk.order(desk.place(**market_order(qty="0.02")))
    assert (row["orderStatus"], row["orderType"], row["timeInForce"]) == ("Filled", "Market", "IOC")
    assert (row["cumExecQty"], row["leavesQty"]) == ("0.020", "0.000")
    assert float(row["cumExecValue"]) == pytest.approx(float(row["avgPrice"]) * 0.02)
    assert float(row["price"]) > 95_000, "its price is the worst one at which it may trade"


def test_the_price_of_a_market_order_is_ignored(desk: Desk) -> None:
    assert desk.order(desk.place(**market_order(price="1")))["orderStatus"] == "Filled"


def test_numbers_may_be_json_numbers(desk: Desk) -> None:
    assert desk.order(desk.place(qty=0.01, price=91000, reduceOnly=False))["qty"] == "0.010"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category": None}, 10001),
        ({"category": "spot"}, 10001),
        ({"category": "margin"}, 10001),
        ({"symbol": None}, 10001),
        ({"symbol": "BTCUSD"}, 10001),
        ({"side": "buy"}, 10001),
        ({"side": None}, 10001),
        ({"orderType": "limit"}, 10001),
        ({"qty": None}, 10001),
        ({"qty": "0"}, 10001),
        ({"qty": "-0.01"}, 10001),
        ({"qty": "0.0001"}, 10001),
        ({"qty": "0.0105"}, 10001),
        ({"qty": "1190.001"}, 10001),
        ({"qty": "NaN"}, 10001),
        ({"qty": "1e-2"}, 10001),
        ({"price": None}, 10001),
        ({"price": "0"}, 10001),
        ({"price": "91000.05"}, 10001),
        ({"price": "200000"}, 10001),
        ({"price": "120000"}, 110003),
        ({"side": "Sell", "price": "80000"}, 110003),
        ({"orderType": "Market", "qty": "119.001"}, 10001),
        ({"timeInForce": "GTX"}, 10001),
        ({"timeInForce": "RPI"}, 110119),
        ({"positionIdx": 1}, 10001),
        ({"orderLinkId": TOO_LONG}, 10001),
        ({"orderLinkId": "not.allowed"}, 10001),
        ({"orderLinkId": "line\n"}, 10001),
        ({"orderLinkId": "ünlaut"}, 10001),
        ({"reduceOnly": "perhaps"}, 10001),
        ({"closeOnTrigger": True}, 10001),
        ({"triggerPrice": "90000"}, 10001),
        ({"takeProfit": "99000"}, 10001),
        ({"stopLoss": "80000"}, 10001),
        ({"smpType": "CancelBoth"}, 10001),
        ({"orderFilter": "StopOrder"}, 10001),
        ({"qty": "1000"}, 110007),
        ({"reduceOnly": True}, 110017),
    ],
)
def test_what_is_refused_and_with_what_code(desk: Desk, change: dict[str, object], code: int) -> None:
    assert desk.code("order/create", order(**change)) == code
    assert desk.rows("order/realtime", settleCoin="USDT") == [], "nothing was placed"


def test_harmless_parameters_are_no_features(desk: Desk) -> None:
    desk.place(positionIdx=0, takeProfit="0", stopLoss="", closeOnTrigger=False, smpType="None", orderFilter="Order")


def test_an_order_below_the_minimum_notional_is_refused_unless_it_reduces(desk: Desk) -> None:
    tiny = {"symbol": ETH, "side": "Sell", "price": "3500", "qty": "0.01"}
    assert 0.01 * 3500 > 5
    small = order(symbol="DOGEUSDT", price="0.32", qty="15")
    assert desk.code("order/create", small) == 110094
    desk.place(**market_order(symbol="DOGEUSDT", qty="100"))
    desk.place(symbol="DOGEUSDT", side="Sell", price="0.34", qty="10", reduceOnly=True)
    desk.place(**tiny)


def test_a_link_id_is_never_used_twice(desk: Desk) -> None:
    desk.place(orderLinkId="mine")
    assert desk.code("order/create", order(orderLinkId="mine")) == 110072
    desk.act("order/cancel", {"category": "linear", "symbol": BTC, "orderLinkId": "mine"})
    assert desk.code("order/create", order(orderLinkId="mine")) == 110072, "nor when its order is finished"
    assert desk.code("order/create", order(orderLinkId="mine", symbol=ETH, price="3300")) == 110072


def test_a_post_only_order_that_would_take_is_accepted_and_cancelled(desk: Desk) -> None:
    row = desk.order(desk.place(timeInForce="PostOnly", price="96000"))
    assert (row["orderStatus"], row["rejectReason"]) == ("Cancelled", "EC_PostOnlyWillTakeLiquidity")
    assert desk.order(desk.place(timeInForce="PostOnly"))["orderStatus"] == "New"


def test_what_is_not_filled_at_once_ends_with_its_reason(desk: Desk) -> None:
    far = desk.order(desk.place(timeInForce="IOC"))
    assert (far["orderStatus"], far["rejectReason"]) == ("Cancelled", "EC_NoImmediateQtyToFill")
    whole = desk.order(desk.place(timeInForce="FOK", qty="20", price="95001"))
    assert (whole["orderStatus"], whole["rejectReason"]) == ("Cancelled", "EC_CancelForNoFullFill")
    assert whole["cumExecQty"] == "0.000"
    some = desk.order(desk.place(timeInForce="IOC", qty="10", price="95000.10"))
    assert some["orderStatus"] == "Cancelled"
    assert 0 < float(some["cumExecQty"]) < 10
    assert some["leavesQty"] == "0.000", "what is cancelled is not left"


def test_an_amended_order_keeps_its_id(desk: Desk) -> None:
    order_id = desk.place(orderLinkId="mine")
    change = {"category": "linear", "symbol": BTC, "orderId": order_id}
    answer = desk.act("order/amend", change | {"price": "91500", "qty": "0.02"})
    assert answer["result"] == {"orderId": order_id, "orderLinkId": "mine"}
    row = desk.order(order_id)
    assert (row["price"], row["qty"], row["orderStatus"]) == ("91500.00", "0.020", "New")
    by_link = {"category": "linear", "symbol": BTC, "orderLinkId": "mine", "qty": "0.03"}
    assert desk.act("order/amend", by_link)["retCode"] == 0
    assert desk.order(order_id)["price"] == "91500.00"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 10001),
        ({"price": "91000", "qty": "0.01"}, 10001),
        ({"price": "91000.05"}, 10001),
        ({"price": "120000"}, 110003),
        ({"qty": "0"}, 10001),
        ({"qty": "1000"}, 110007),
        ({"takeProfit": "99000"}, 10001),
        ({"price": "91500", "orderId": "0b4c5df0-0000-4000-8000-000000000000"}, 110001),
        ({"price": "91500", "symbol": ETH}, 110001),
        ({"price": "91500", "orderId": "", "orderLinkId": ""}, 10001),
    ],
)
def test_an_amendment_that_cannot_be_leaves_the_order_alone(desk: Desk, change: dict[str, object], code: int) -> None:
    order_id = desk.place()
    before = desk.order(order_id)
    assert desk.code("order/amend", {"category": "linear", "symbol": BTC, "orderId": order_id} | change) == code
    assert desk.order(order_id) == before


def test_an_order_cannot_shrink_to_what_is_filled(desk: Desk) -> None:
    order_id = desk.place(qty="10", price="95000.10")
    filled = desk.order(order_id)["cumExecQty"]
    assert 0 < float(filled) < 10
    change = {"category": "linear", "symbol": BTC, "orderId": order_id, "qty": filled}
    assert desk.code("order/amend", change) == 110064
    assert desk.order(order_id)["orderStatus"] == "PartiallyFilled"


def test_an_order_is_cancelled_by_either_id_and_only_once(desk: Desk) -> None:
    first, second = desk.place(), desk.place(orderLinkId="two")
    named = {"category": "linear", "symbol": BTC}
    assert desk.act("order/cancel", named | {"orderId": first})["result"] == {"orderId": first, "orderLinkId": ""}
    assert desk.code("order/cancel", named | {"orderId": first}) == 110001
    assert desk.act("order/cancel", named | {"orderLinkId": "two"})["result"]["orderId"] == second
    row = desk.order(second)
    assert (row["orderStatus"], row["cancelType"]) == ("Cancelled", "CancelByUser")


def test_the_venues_id_goes_before_the_clients(desk: Desk) -> None:
    first = desk.place()
    desk.place(orderLinkId="two")
    both = {"category": "linear", "symbol": BTC, "orderId": first, "orderLinkId": "two"}
    assert desk.act("order/cancel", both)["result"]["orderId"] == first


def test_an_unknown_order_cannot_be_cancelled(desk: Desk) -> None:
    for names in ({"orderId": "1"}, {"orderId": "é"}, {"orderLinkId": "nobody"}):
        assert desk.code("order/cancel", {"category": "linear", "symbol": BTC} | names) == 110001
    assert desk.code("order/cancel", {"category": "linear", "symbol": BTC}) == 10001


def test_all_orders_of_a_symbol_a_base_or_a_settlement_coin_are_cancelled(desk: Desk) -> None:
    btc, eth = desk.place(), desk.place(symbol=ETH, price="3300")
    assert desk.code("order/cancel-all", {"category": "linear"}) == 10001
    answer = desk.act("order/cancel-all", {"category": "linear", "symbol": BTC, "settleCoin": "USDT"})["result"]
    assert answer == {"list": [{"orderId": btc, "orderLinkId": ""}], "success": "1"}
    assert desk.act("order/cancel-all", {"category": "linear", "settleCoin": "USDC"})["result"]["list"] == []
    assert (
        desk.act("order/cancel-all", {"category": "linear", "baseCoin": "ETH"})["result"]["list"][0]["orderId"] == eth
    )
    desk.place()
    assert len(desk.act("order/cancel-all", {"category": "linear", "settleCoin": "USDT"})["result"]["list"]) == 1


def test_a_batch_has_a_result_for_each_order(desk: Desk) -> None:
    good, bad = order(orderLinkId="good"), order(orderLinkId="bad", qty="0")
    answer = desk.act("order/create-batch", {"category": "linear", "request": [good, bad]})
    assert (answer["retCode"], answer["retMsg"]) == (0, "OK")
    first, second = answer["result"]["list"]
    assert [each["code"] for each in answer["retExtInfo"]["list"]] == [0, 10001]
    assert desk.order(first["orderId"])["orderLinkId"] == "good"
    assert first["createAt"] == str(desk.now_ms)
    assert second == {"category": "linear", "symbol": BTC, "orderId": "", "orderLinkId": "bad", "createAt": ""}


def test_a_batch_is_amended_and_cancelled(desk: Desk) -> None:
    ids = [desk.place(), desk.place()]
    rows = [{"symbol": BTC, "orderId": each, "price": "91500"} for each in ids]
    amended = desk.act("order/amend-batch", {"category": "linear", "request": rows})
    assert [each["code"] for each in amended["retExtInfo"]["list"]] == [0, 0]
    assert {desk.order(each)["price"] for each in ids} == {"91500.00"}
    rows = [{"symbol": BTC, "orderId": ids[0]}, {"symbol": BTC, "orderLinkId": "nobody"}]
    cancelled = desk.act("order/cancel-batch", {"category": "linear", "request": rows})
    assert [each["code"] for each in cancelled["retExtInfo"]["list"]] == [0, 110001]
    assert cancelled["result"]["list"][1] == {
        "category": "linear",
        "symbol": BTC,
        "orderId": "",
        "orderLinkId": "nobody",
    }


def test_a_batch_has_one_to_twenty_orders(desk: Desk) -> None:
    assert desk.code("order/create-batch", {"category": "linear", "request": []}) == 10001
    assert desk.code("order/create-batch", {"category": "linear"}) == 10001
    assert desk.code("order/create-batch", {"category": "linear", "request": [order()] * 21}) == 10001
    assert (
        len(desk.act("order/create-batch", {"category": "linear", "request": [order()] * 20})["result"]["list"]) == 20
    )
    assert desk.code("order/create-batch", {"category": "spot", "request": [order()]}) == 10001


def test_five_hundred_orders_of_a_symbol_may_work(desk: Desk) -> None:
    for _ in range(25):
        desk.act("order/create-batch", {"category": "linear", "request": [order(qty="0.001")] * 20})
    assert desk.code("order/create", order(qty="0.001")) == 110020
    desk.place(symbol=ETH, price="3300")


def test_an_order_that_only_reduces_ends_with_its_position(desk: Desk) -> None:
    desk.place(**market_order())
    reducer = desk.place(side="Sell", price="99000", reduceOnly=True)
    assert desk.order(reducer)["reduceOnly"] is True
    desk.place(**market_order(side="Sell"))
    row = desk.order(reducer)
    assert (row["orderStatus"], row["cancelType"]) == ("Cancelled", "CancelByReduceOnly")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(order())), inner, max_size=3),
    max_leaves=6,
)


@given(change=st.dictionaries(st.sampled_from([*order(), "orderLinkId", "timeInForce", "request"]), JSON, max_size=3))
@settings(max_examples=60)
def test_no_order_whatever_it_says_makes_the_venue_fail(change: dict[str, object]) -> None:
    answer = SHARED_DESK.act("order/create", order() | change)
    assert (answer["retCode"] == 0) == ("orderId" in answer["result"])


SHARED_DESK = Desk()
