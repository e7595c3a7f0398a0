"""How often one may ask."""

import json

from sansio_exchange.simulation.bitget.rate_limits import Limits
from sansio_exchange.simulation.venues import OrderLimits
from tests.sansio_exchange.simulation.bitget.desk import START_MS, Desk, order, refused, sleepy_venue


def test_an_endpoint_answers_so_often_in_a_second_and_says_what_is_left(desk: Desk) -> None:
    left = []
    for _ in range(20):
        response = desk.send("GET", "/api/v2/public/time")
        left.append(int(response.headers["x-mbx-used-remain-limit"]))
    assert left == list(range(19, -1, -1))
    assert refused(desk.send("GET", "/api/v2/public/time")) == (429, "429")
    assert desk.send("GET", "/api/v2/mix/market/contracts", "productType=usdt-futures").status == 200
    desk.jump(1000)
    assert desk.send("GET", "/api/v2/public/time").status == 200


def test_orders_are_counted_by_endpoint_and_a_refused_one_does_nothing(desk: Desk) -> None:
    for _ in range(10):
        desk.place()
    assert desk.refusal("POST", "mix/order/place-order", **order()) == (429, "429")
    assert len(desk.ask("mix/order/orders-pending")["entrustedList"]) == 10
    assert len(desk.act("mix/order/cancel-all-orders")["successList"]) == 10


def test_limits_may_be_set_for_ten_seconds() -> None:
    desk = Desk(order_limits=OrderLimits(per_ten_seconds=20))
    desk.place()
    desk.place()
    assert desk.refusal("POST", "mix/order/place-order", **order()) == (429, "429")


def test_an_address_that_asks_too_much_waits_five_minutes() -> None:
    desk = Desk(machine=sleepy_venue(START_MS, Limits(requests_per_minute=3)))
    for _ in range(3):
        assert desk.send("GET", "/api/v2/public/time").status == 200
    assert desk.send("GET", "/api/v2/public/time").status == 429
    desk.jump(4 * 60_000)
    assert desk.send("GET", "/api/v2/public/time").status == 429
    desk.jump(60_000)
    assert json.loads(desk.send("GET", "/api/v2/public/time").body)["code"] == "00000"


def test_order_entry_on_the_socket_counts_with_rest(desk: Desk) -> None:
    conn = desk.login()
    desk.take(conn)
    for _ in range(10):
        desk.place()
    arg = {"channel": "place-order", "id": "1", "instId": "BTCUSDT", "instType": "USDT-FUTURES", "params": order()}
    told = desk.reply(conn, {"op": "trade", "args": [arg]})
    assert (told["event"], told["code"]) == ("error", 429)
