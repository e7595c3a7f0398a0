"""Rolling windows, by account and by address."""

import json
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.simulation.bybit.rate_limits import RollingWindow
from sansio_exchange.simulation.wire import HttpResponse
from tests.sansio_exchange.simulation.bybit.desk import BTC, Desk, order


def code(response: HttpResponse) -> int:
    return int(json.loads(response.body)["retCode"])


def create(desk: Desk) -> HttpResponse:
    return desk.signed("POST", "order/create", body=json.dumps(order()))


@given(steps=st.lists(st.tuples(st.integers(0, 700), st.integers(1, 4)), max_size=40))
def test_no_second_has_more_than_its_share(steps: list[tuple[int, int]]) -> None:
    window, now, granted = RollingWindow(1000), 0, list[tuple[int, int]]()
    for delay, amount in steps:
        now += delay
        quota = window.spend(amount, 5, now)
        granted.append((now, quota.granted))
        used = sum(each for when, each in granted if when > now - 1000)
        assert used <= 5
        assert quota.left == 5 - used
        assert quota.granted == amount or quota.left == 0, "nothing is held back"


def test_ten_orders_a_second_are_accepted_and_the_answer_says_how_many_are_left() -> None:
    desk = Desk(order_limits=None)
    for left in range(9, -1, -1):
        response = create(desk)
        assert code(response) == 0
        assert (response.headers["X-Bapi-Limit"], response.headers["X-Bapi-Limit-Status"]) == ("10", str(left))
        assert response.headers["X-Bapi-Limit-Reset-Timestamp"] == str(desk.now_ms)
    desk.jump(600)
    refused = create(desk)
    assert (refused.status, code(refused), refused.headers["X-Bapi-Limit-Status"]) == (200, 10006, "0")
    assert refused.headers["X-Bapi-Limit-Reset-Timestamp"] == str(desk.now_ms + 400)
    desk.jump(399)
    assert code(create(desk)) == 10006
    desk.jump(1)
    assert code(create(desk)) == 0


def test_each_endpoint_counts_for_itself() -> None:
    desk = Desk(order_limits=None)
    ids = [desk.place() for _ in range(10)]
    for each in ids:
        assert desk.act("order/cancel", {"category": "linear", "symbol": BTC, "orderId": each})["retCode"] == 0
    assert desk.act("order/cancel-all", {"category": "linear", "symbol": BTC})["retCode"] == 0


def test_the_orders_of_a_batch_beyond_the_limit_fail_alone() -> None:
    desk = Desk(order_limits=None)
    answer = desk.act("order/create-batch", {"category": "linear", "request": [order()] * 12})
    assert [each["code"] for each in answer["retExtInfo"]["list"]] == [0] * 10 + [10006] * 2
    assert [bool(each["orderId"]) for each in answer["result"]["list"]] == [True] * 10 + [False] * 2
    assert len(desk.rows("order/realtime", symbol=BTC)) == 10
    assert desk.code("order/create-batch", {"category": "linear", "request": [order()]}) == 10006
    desk.place()


def test_a_request_that_is_not_signed_counts_for_no_account() -> None:
    desk = Desk(order_limits=None)
    for _ in range(20):
        assert code(desk.signed("POST", "order/create", body=json.dumps(order()), sign="0" * 64)) == 10004
    desk.place()


def test_an_address_may_send_600_requests_in_five_seconds(desk: Desk) -> None:
    def ask() -> HttpResponse:
        return desk.send("GET", "/v5/market/time", urlencode({}))

    assert {ask().status for _ in range(600)} == {200}
    refused = ask()
    assert (refused.status, code(refused)) == (403, 10018)
    desk.jump(5000)
    assert ask().status == 200
