"""Order entry on the trade socket."""

import pytest

from sansio_exchange.simulation.venues import OrderLimits
from tests.sansio_exchange.simulation.bybit.desk import BTC, Desk, order


def test_an_order_is_placed_amended_and_cancelled(desk: Desk) -> None:
    conn = desk.login("trade")
    placed = desk.trade(conn, "order.create", order(orderLinkId="mine"), reqId="1")
    assert (placed["retCode"], placed["retMsg"], placed["op"], placed["reqId"]) == (0, "OK", "order.create", "1")
    order_id = placed["data"]["orderId"]
    assert placed["data"] == {"orderId": order_id, "orderLinkId": "mine"}
    assert placed["retExtInfo"] == {}
    named = {"category": "linear", "symbol": BTC, "orderId": order_id}
    assert desk.trade(conn, "order.amend", named | {"price": "91500"})["retCode"] == 0
    assert desk.order(order_id)["price"] == "91500.00"
    assert desk.trade(conn, "order.cancel", named)["data"]["orderId"] == order_id
    assert desk.trade(conn, "order.cancel", named)["retCode"] == 110001


def test_a_batch_has_a_result_for_each_order(desk: Desk) -> None:
    conn = desk.login("trade")
    batch = {"category": "linear", "request": [order(category=None), order(category=None, qty="0")]}
    reply = desk.trade(conn, "order.create-batch", batch)
    assert reply["retCode"] == 0
    assert [each["code"] for each in reply["retExtInfo"]["list"]] == [0, 10001]
    assert "reqId" not in reply, "it is returned if it was passed"
    rows = [{"symbol": BTC, "orderId": reply["data"]["list"][0]["orderId"], "qty": "0.02"}]
    for op in ("order.amend-batch", "order.cancel-batch"):
        done = desk.trade(conn, op, {"category": "linear", "request": rows})
        assert done["retExtInfo"]["list"] == [{"code": 0, "msg": "OK"}]


def test_a_refusal_has_the_code_that_rest_has(desk: Desk) -> None:
    conn = desk.login("trade")
    reply = desk.trade(conn, "order.create", order(qty="1000"), reqId="9")
    assert (reply["retCode"], reply["data"], reply["reqId"], reply["op"]) == (110007, {}, "9", "order.create")


def test_it_wants_a_login_once(desk: Desk) -> None:
    conn = desk.open("trade")
    assert desk.trade(conn, "order.create", order())["retCode"] == 10007
    reply = desk.reply(conn, {"reqId": "a", "op": "auth", "args": desk.credentials()})
    assert (reply["retCode"], reply["retMsg"], reply["op"], reply["reqId"]) == (0, "OK", "auth", "a")
    assert desk.reply(conn, {"op": "auth", "args": desk.credentials()})["retCode"] == 20001
    assert desk.trade(conn, "order.create", order())["retCode"] == 0


def test_a_request_id_is_used_once_and_short(desk: Desk) -> None:
    conn = desk.login("trade")
    assert desk.trade(conn, "order.create", order(), reqId="1")["retCode"] == 0
    again = desk.trade(conn, "order.create", order(), reqId="1")
    assert (again["retCode"], again["reqId"]) == (20006, "1")
    assert len(desk.rows("order/realtime", symbol=BTC)) == 1
    assert desk.trade(conn, "order.create", order(), reqId="x" * 37)["retCode"] == 10001
    other = desk.login("trade")
    assert desk.trade(other, "order.create", order(), reqId="1")["retCode"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"op": "order.place"}, 10404),
        ({"op": "subscribe"}, 10404),
        ({"header": {}}, 10001),
        ({"header": {"X-BAPI-TIMESTAMP": "1699999994999"}}, 10002),
        ({"header": {"X-BAPI-TIMESTAMP": "1699999994999", "X-BAPI-RECV-WINDOW": "8000"}}, 0),
        ({"header": {"X-BAPI-TIMESTAMP": 1700000000999}}, 0),
        ({"header": {"X-BAPI-TIMESTAMP": "1700000001000"}}, 10002),
        ({"args": []}, 10001),
        ({"args": [order(), order()]}, 10001),
        ({"args": ["text"]}, 10001),
        ({"args": {}}, 10001),
        ({"args": [order(category="inverse")]}, 10404),
        ({"args": [order(category=None)]}, 10001),
    ],
)
def test_what_is_refused_and_with_what_code(desk: Desk, change: dict[str, object], code: int) -> None:
    conn = desk.login("trade")
    reply = desk.trade(conn, "order.create", order(), **change)
    assert reply["retCode"] == code
    assert len(desk.rows("order/realtime", symbol=BTC)) == (code == 0)


def test_it_counts_together_with_rest() -> None:
    desk = Desk(order_limits=OrderLimits(per_ten_seconds=20))
    conn = desk.login("trade")
    first = desk.trade(conn, "order.create", order())
    assert (first["header"]["X-Bapi-Limit"], first["header"]["X-Bapi-Limit-Status"]) == ("2", "1")
    desk.place()
    third = desk.trade(conn, "order.create", order())
    assert (third["retCode"], third["header"]["X-Bapi-Limit-Status"]) == (10006, "0")
    assert third["header"]["X-Bapi-Limit-Reset-Timestamp"] == str(desk.now_ms + 1000)
