"""Orders: what is accepted, with which answer, and what is refused, with which code."""

import json
from typing import Any

import pytest

from tests.sansio_exchange.simulation.binance.desk import Desk, market_order, order

BTC = {"symbol": "BTCUSDT"}


def test_a_resting_order_is_found_by_either_id_until_it_is_cancelled(desk: Desk) -> None:
    placed = desk.place(newClientOrderId="mine")
    assert (placed["status"], placed["origQty"], placed["price"]) == ("NEW", "0.010", "90300.00")
    by_id = desk.call("GET", "v1/order", orderId=placed["orderId"], **BTC)
    by_client_id = desk.call("GET", "v1/openOrder", origClientOrderId="mine", **BTC)
    assert by_id == by_client_id
    assert by_id["time"] == desk.now_ms
    assert [each["orderId"] for each in desk.call("GET", "v1/openOrders")] == [placed["orderId"]]
    assert desk.call("DELETE", "v1/order", origClientOrderId="mine", **BTC)["status"] == "CANCELED"
    assert desk.call("GET", "v1/openOrders") == []
    assert desk.call("GET", "v1/order", orderId=placed["orderId"], **BTC)["status"] == "CANCELED"
    assert desk.refusal("GET", "v1/openOrder", orderId=placed["orderId"], **BTC) == (400, -2013)


def test_a_market_order_is_filled_and_its_fill_listed(desk: Desk) -> None:
    bought = desk.call("POST", "v1/order", **market_order())
    assert (bought["status"], bought["executedQty"]) == ("FILLED", "0.010")
    (fill,) = desk.call("GET", "v1/userTrades", **BTC)
    assert (fill["orderId"], fill["qty"], fill["maker"]) == (bought["orderId"], "0.010", False)
    assert float(fill["commission"]) == pytest.approx(float(fill["price"]) * 0.01 * 0.0005)


def test_an_acknowledgement_tells_nothing_of_fills(desk: Desk) -> None:
    answer = desk.call("POST", "v1/order", **market_order(newOrderRespType=None))
    assert (answer["status"], answer["executedQty"], answer["cumQuote"]) == ("NEW", "0.000", "0.00000")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"symbol": "NOPEUSDT"}, -1121),
        ({"symbol": None}, -1102),
        ({"side": "HOLD"}, -1117),
        ({"side": None}, -1102),
        ({"type": "ICEBERG"}, -1116),
        ({"type": "STOP_MARKET"}, -4120),
        ({"timeInForce": "DAY"}, -1115),
        ({"timeInForce": None}, -1102),
        ({"quantity": None}, -1102),
        ({"quantity": "0"}, -4003),
        ({"quantity": "-1"}, -4003),
        ({"quantity": "NaN"}, -1100),
        ({"quantity": "0.0001"}, -1111),
        ({"quantity": "1001"}, -4005),
        ({"price": None}, -1102),
        ({"price": "0"}, -4001),
        ({"price": "90300.05"}, -4014),
        ({"price": "90300.001"}, -1111),
        ({"price": "100"}, -4013),
        ({"price": "5000000"}, -4002),
        ({"price": "120000"}, -4016),
        ({"price": "80000", "side": "SELL"}, -4024),
        ({"quantity": "0.001"}, -4164),
        ({"quantity": "100"}, -2019),
        ({"positionSide": "LONG"}, -4061),
        ({"positionSide": "UP"}, -1130),
        ({"newClientOrderId": "no spaces"}, -1100),
        ({"newClientOrderId": "x" * 37}, -4015),
        ({"newOrderRespType": "FULL"}, -1130),
        ({"reduceOnly": "yes"}, -1130),
        ({"reduceOnly": "true"}, -2022),
        ({"stopPrice": "1"}, -1106),
        ({"timeInForce": "GTX", "price": "96000"}, -5022),
        ({"timeInForce": "FOK"}, -5021),
    ],
)
def test_a_bad_order_is_refused_and_leaves_nothing(desk: Desk, change: dict[str, Any], code: int) -> None:
    assert desk.refusal("POST", "v1/order", **order(**change)) == (400, code)
    assert desk.call("GET", "v1/openOrders") == []
    assert desk.call("GET", "v1/allOrders", **BTC) == []


def test_a_market_order_has_neither_price_nor_time_in_force(desk: Desk) -> None:
    assert desk.refusal("POST", "v1/order", **market_order(price="95000")) == (400, -1106)
    assert desk.refusal("POST", "v1/order", **market_order(timeInForce="GTC")) == (400, -1106)
    assert desk.refusal("POST", "v1/order", **market_order(quantity="121")) == (400, -4005)


def test_a_client_id_is_unique_among_working_orders(desk: Desk) -> None:
    desk.place(newClientOrderId="one")
    assert desk.refusal("POST", "v1/order", **order(newClientOrderId="one")) == (400, -4116)
    desk.call("DELETE", "v1/order", origClientOrderId="one", **BTC)
    desk.place(newClientOrderId="one")


def test_reduce_only_orders_need_no_minimum_but_a_position(desk: Desk) -> None:
    desk.call("POST", "v1/order", **market_order())
    closed = desk.call("POST", "v1/order", **market_order(side="SELL", quantity="0.001", reduceOnly="true"))
    assert closed["status"] == "FILLED"


def test_working_orders_are_limited_per_symbol() -> None:
    desk = Desk()
    desk.call("POST", "v1/leverage", leverage=125, **BTC)
    for number in range(200):
        if number % 200 == 0:
            desk.wait(60_000)
        if number % 100 == 0:
            desk.wait(10_000)
        desk.place(quantity="0.002")
    desk.wait(10_000)
    assert desk.refusal("POST", "v1/order", **order(quantity="0.002")) == (400, -2025)


def test_an_amendment_changes_price_and_quantity(desk: Desk) -> None:
    placed = desk.place()
    change = {"orderId": placed["orderId"], "side": "BUY", "quantity": "0.020", "price": "90200", **BTC}
    amended = desk.call("PUT", "v1/order", **change)
    assert (amended["orderId"], amended["origQty"], amended["price"]) == (placed["orderId"], "0.020", "90200.00")
    assert desk.refusal("PUT", "v1/order", **change) == (400, -5027)
    assert desk.refusal("PUT", "v1/order", **{**change, "side": "SELL"}) == (400, -1130)
    assert desk.refusal("PUT", "v1/order", **{**change, "orderId": 1}) == (400, -2013)
    assert desk.refusal("PUT", "v1/order", **{**change, "price": "90200.05"}) == (400, -4014)
    desk.call("DELETE", "v1/order", orderId=placed["orderId"], **BTC)
    assert desk.refusal("PUT", "v1/order", **{**change, "price": "90100"}) == (400, -2013)


def test_an_unknown_order_has_one_code_for_cancelling_and_one_for_asking(desk: Desk) -> None:
    assert desk.refusal("DELETE", "v1/order", orderId=1, **BTC) == (400, -2011)
    assert desk.refusal("GET", "v1/order", orderId=1, **BTC) == (400, -2013)
    assert desk.refusal("GET", "v1/order", **BTC) == (400, -1102)


def test_each_row_of_a_batch_has_its_own_answer(desk: Desk) -> None:
    rows = [order(newClientOrderId="a"), order(price="1"), order(newClientOrderId="a"), order(newClientOrderId="b")]
    answers = desk.call("POST", "v1/batchOrders", batchOrders=json.dumps(rows))
    assert [each.get("code") or each["clientOrderId"] for each in answers] == ["a", -4013, -4116, "b"]
    assert len(desk.call("GET", "v1/openOrders")) == 2


def test_batches_have_a_size(desk: Desk) -> None:
    for rows in ([], [order()] * 6):
        assert desk.refusal("POST", "v1/batchOrders", batchOrders=json.dumps(rows)) == (400, -4082)
    assert desk.refusal("POST", "v1/batchOrders", batchOrders="{") == (400, -1130)
    ids = json.dumps(list(range(1, 12)))
    assert desk.refusal("DELETE", "v1/batchOrders", orderIdList=ids, **BTC) == (400, -4082)


def test_many_are_cancelled_at_once_by_either_id(desk: Desk) -> None:
    first, second = desk.place(), desk.place(newClientOrderId="two")
    by_id = desk.call("DELETE", "v1/batchOrders", orderIdList=f"[{first['orderId']},1]", **BTC)
    assert [each.get("status") or each["code"] for each in by_id] == ["CANCELED", -2011]
    by_client_id = desk.call("DELETE", "v1/batchOrders", origclientorderidlist='["two"]', **BTC)
    assert [each["orderId"] for each in by_client_id] == [second["orderId"]]


def test_many_are_amended_at_once(desk: Desk) -> None:
    placed = desk.place()
    row = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.02", "price": "90100"}
    rows = [{**row, "orderId": placed["orderId"]}, {**row, "orderId": 5}]
    answers = desk.call("PUT", "v1/batchOrders", batchOrders=json.dumps(rows))
    assert answers[0]["origQty"] == "0.020"
    assert answers[1]["code"] == -2013


def test_all_of_a_symbol_are_cancelled_at_once(desk: Desk) -> None:
    desk.place()
    desk.place(symbol="ETHUSDT", price="3300", quantity="1")
    assert desk.call("DELETE", "v1/allOpenOrders", **BTC)["code"] == 200
    assert [each["symbol"] for each in desk.call("GET", "v1/openOrders")] == ["ETHUSDT"]
    assert desk.call("GET", "v1/openOrders", **BTC) == []


def test_history_is_cut_from_the_end_unless_a_beginning_is_named(desk: Desk) -> None:
    ids = [desk.place()["orderId"] for _ in range(3)]
    assert [each["orderId"] for each in desk.call("GET", "v1/allOrders", limit=2, **BTC)] == ids[1:]
    assert [each["orderId"] for each in desk.call("GET", "v1/allOrders", orderId=ids[0], limit=2, **BTC)] == ids[:2]
    late = desk.now_ms + 1
    assert desk.call("GET", "v1/allOrders", startTime=late, **BTC) == []
    assert desk.refusal("GET", "v1/allOrders", startTime=1, endTime=late, **BTC) == (400, -1127)
    desk.call("POST", "v1/order", **market_order())
    (fill,) = desk.call("GET", "v1/userTrades", **BTC)
    assert desk.call("GET", "v1/userTrades", fromId=fill["id"] + 1, **BTC) == []
    assert desk.call("GET", "v1/userTrades", orderId=fill["orderId"], **BTC) == [fill]
    assert desk.refusal("GET", "v1/userTrades", fromId=1, startTime=late, **BTC) == (400, -1128)
