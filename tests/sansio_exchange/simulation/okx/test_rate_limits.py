"""Requests and orders are counted as documented, and what is too much is refused."""

import json

import pytest

from sansio_exchange.simulation.okx.errors import Refused
from sansio_exchange.simulation.okx.rate_limits import Limits, RateLimiter, Rule
from sansio_exchange.simulation.venues import OrderLimits
from tests.sansio_exchange.simulation.okx.desk import BTC, ETH, START_MS, Desk, order, refused


def test_an_endpoint_takes_so_many_requests_in_two_seconds(desk: Desk) -> None:
    for _ in range(10):
        desk.get("public/time")
    assert refused(desk.send("GET", "/api/v5/public/time")) == (429, "50011")
    desk.wait(2000)
    desk.get("public/time")


def test_some_endpoints_count_for_each_instrument(desk: Desk) -> None:
    for _ in range(10):
        desk.get("public/funding-rate", instId=BTC)
    desk.get("public/funding-rate", instId=ETH)
    assert refused(desk.send("GET", "/api/v5/public/funding-rate", f"instId={BTC}")) == (429, "50011")


def test_orders_count_for_each_instrument_and_ways_are_counted_together() -> None:
    desk = Desk(order_limits=OrderLimits(per_ten_seconds=15))
    conn = desk.login()
    for _ in range(2):
        desk.place(sz="0.01")
    row = {**order(sz="0.01", instId=None), "instIdCode": 10459}
    desk.say(conn, {"id": "1", "op": "order", "args": [row]})
    response = desk.signed("POST", "trade/order", body=json.dumps(order()))
    assert refused(response) == (429, "50011")


def test_a_batch_has_a_limit_of_its_own_and_one_order_is_no_batch() -> None:
    limiter = RateLimiter(Limits(orders=1, batch_orders=3))
    limiter.count_orders("order", "a", [BTC], START_MS)
    with pytest.raises(Refused) as caught:
        limiter.count_orders("order", "a", [BTC], START_MS)
    assert caught.value.code == "50011"
    limiter.count_orders("order", "a", [BTC] * 3, START_MS)
    with pytest.raises(Refused):
        limiter.count_orders("order", "a", [BTC] * 2, START_MS)
    limiter.count_orders("order", "a", [ETH], START_MS)
    limiter.count_orders("cancel", "a", [BTC], START_MS)
    limiter.count_orders("order", "b", [BTC], START_MS)
    limiter.count_orders("order", "a", [BTC], START_MS + 2000)


def test_placed_and_amended_orders_count_against_the_account() -> None:
    limiter = RateLimiter(Limits(account_orders=2))
    limiter.count_orders("order", "a", [BTC], START_MS)
    limiter.count_orders("amend", "a", [ETH], START_MS)
    with pytest.raises(Refused) as caught:
        limiter.count_orders("order", "a", ["SOL-USDT-SWAP"], START_MS)
    assert caught.value.code == "50061"
    limiter.count_orders("cancel", "a", [BTC], START_MS)


def test_windows_may_have_other_lengths() -> None:
    limiter = RateLimiter(Limits())
    limiter.spend("status", Rule(1, 5000), "", "", START_MS)
    with pytest.raises(Refused):
        limiter.spend("status", Rule(1, 5000), "", "", START_MS + 4999)
    limiter.spend("status", Rule(1, 5000), "", "", START_MS + 5000)
