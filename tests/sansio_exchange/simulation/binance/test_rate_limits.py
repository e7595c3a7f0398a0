"""Weights and order counts: announced, told, enforced."""

import json

from sansio_exchange.simulation.venues import OrderLimits
from tests.sansio_exchange.simulation.binance.desk import Desk, order, refused

SMALL = OrderLimits(per_ten_seconds=3, per_minute=5, weight_per_minute=50)


def test_announced_limits_are_the_enforced_ones() -> None:
    desk = Desk(order_limits=SMALL)
    limits = {
        (each["rateLimitType"], each["interval"], each["intervalNum"]): each["limit"]
        for each in desk.get("v1/exchangeInfo")["rateLimits"]
    }
    assert limits == {
        ("REQUEST_WEIGHT", "MINUTE", 1): 50,
        ("ORDERS", "SECOND", 10): 3,
        ("ORDERS", "MINUTE", 1): 5,
    }


def test_the_used_weight_is_told_and_starts_anew_each_minute(desk: Desk) -> None:
    assert desk.send("GET", "/fapi/v1/ping").headers["X-MBX-USED-WEIGHT-1M"] == "1"
    assert desk.send("GET", "/fapi/v1/aggTrades", "symbol=BTCUSDT").headers["X-MBX-USED-WEIGHT-1M"] == "21"
    desk.wait(60_000)
    assert desk.send("GET", "/fapi/v1/ping").headers["X-MBX-USED-WEIGHT-1M"] == "1"


def test_too_much_weight_is_refused_until_the_minute_is_over() -> None:
    desk = Desk(order_limits=SMALL)
    for _ in range(2):
        desk.get("v1/aggTrades", symbol="BTCUSDT")
    response = desk.send("GET", "/fapi/v1/aggTrades", "symbol=BTCUSDT")
    assert refused(response) == (429, -1003)
    seconds = int(response.headers["Retry-After"])
    desk.wait(seconds * 1000)
    desk.get("v1/aggTrades", symbol="BTCUSDT")


def test_who_does_not_heed_a_429_is_banned_and_longer_the_second_time() -> None:
    desk = Desk(order_limits=SMALL)
    bans = []
    for _ in range(2):
        for _ in range(100):
            response = desk.send("GET", "/fapi/v1/aggTrades", "symbol=BTCUSDT")
            if response.status == 418:
                break
        assert refused(response) == (418, -1003)
        assert refused(desk.send("GET", "/fapi/v1/ping")) == (418, -1003)
        bans.append(int(response.headers["Retry-After"]))
        desk.wait(bans[-1] * 1000)
        assert desk.send("GET", "/fapi/v1/ping").status == 200
    assert bans == [120, 240]


def test_orders_are_counted_by_ten_seconds_and_by_the_minute() -> None:
    desk = Desk(order_limits=SMALL)
    for number in (1, 2, 3):
        headers = desk.signed("POST", "v1/order", **order()).headers
        assert headers["X-MBX-ORDER-COUNT-10S"] == headers["X-MBX-ORDER-COUNT-1M"] == str(number)
    assert desk.refusal("POST", "v1/order", **order()) == (429, -1015)
    desk.wait(10_000)
    desk.place()
    desk.place()
    response = desk.signed("POST", "v1/order", **order())
    assert refused(response) == (429, -1015)
    assert b"1 MINUTE" in response.body


def test_a_batch_counts_its_orders_for_ten_seconds_and_once_for_the_minute(desk: Desk) -> None:
    response = desk.signed("POST", "v1/batchOrders", batchOrders=json.dumps([order(), order()]))
    assert response.headers["X-MBX-ORDER-COUNT-10S"] == "2"
    assert response.headers["X-MBX-ORDER-COUNT-1M"] == "1"
    assert response.headers["X-MBX-USED-WEIGHT-1M"] == "5"


def test_weights_depend_on_how_much_is_asked_for(desk: Desk) -> None:
    weights = {
        "depth?symbol=BTCUSDT&limit=5": 2,
        "depth?symbol=BTCUSDT&limit=100": 5,
        "depth?symbol=BTCUSDT": 10,
        "depth?symbol=BTCUSDT&limit=1000": 20,
        "klines?symbol=BTCUSDT&interval=1m&limit=99": 1,
        "klines?symbol=BTCUSDT&interval=1m": 5,
        "klines?symbol=BTCUSDT&interval=1m&limit=1500": 10,
        "ticker/24hr?symbol=BTCUSDT": 1,
        "ticker/24hr": 40,
        "ticker/bookTicker": 5,
    }
    before = 0
    for target, weight in weights.items():
        path, _, query = target.partition("?")
        used = int(desk.send("GET", f"/fapi/v1/{path}", query).headers["X-MBX-USED-WEIGHT-1M"])
        assert used - before == weight, target
        before = used
