"""The order-entry socket: the same calls as REST, in frames."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sansio_exchange.simulation.binance.desk import (
    KEY,
    START_MS,
    Desk,
    market_order,
    order,
    signature,
    sleepy_venue,
)

PATH = "/ws-fapi/v1"
BTC = {"symbol": "BTCUSDT"}


def frame(desk: Desk, method: str, **params: object) -> dict[str, Any]:
    """A signed request."""
    values: dict[str, object] = {**params, "apiKey": KEY, "timestamp": desk.now_ms}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    values["signature"] = signature("&".join(f"{name}={texts[name]}" for name in sorted(texts)))
    return {"id": "42", "method": method, "params": values}


@pytest.fixture
def conn(desk: Desk) -> int:
    return desk.open(PATH)


def test_an_order_lives_its_life(desk: Desk, conn: int) -> None:
    placed = desk.ask(conn, frame(desk, "order.place", **order()))
    assert (placed["id"], placed["status"], placed["result"]["status"]) == ("42", 200, "NEW")
    which = {"orderId": placed["result"]["orderId"], **BTC}
    found = desk.ask(conn, frame(desk, "order.status", **which))["result"]
    assert found == desk.call("GET", "v1/order", **which)
    changed = desk.ask(conn, frame(desk, "order.modify", side="BUY", quantity="0.02", price="90200", **which))
    assert changed["result"]["origQty"] == "0.020"
    assert desk.ask(conn, frame(desk, "order.cancel", **which))["result"]["status"] == "CANCELED"
    again = desk.ask(conn, frame(desk, "order.cancel", **which))
    assert (again["status"], again["error"]) == (400, {"code": -2011, "msg": "Unknown order sent."})


def test_numbers_and_booleans_are_signed_as_they_are_written(desk: Desk, conn: int) -> None:
    values = market_order(quantity=0.01, reduceOnly=False)
    assert desk.ask(conn, frame(desk, "order.place", **values))["result"]["status"] == "FILLED"


def test_accounts_are_those_of_rest(desk: Desk, conn: int) -> None:
    desk.call("POST", "v1/order", **market_order())
    for method, path in {
        "account.balance": "v2/balance",
        "v2/account.balance": "v3/balance",
        "account.status": "v2/account",
        "v2/account.status": "v3/account",
        "account.position": "v2/positionRisk",
        "v2/account.position": "v3/positionRisk",
    }.items():
        assert desk.ask(conn, frame(desk, method))["result"] == desk.call("GET", path), method


def test_prices_need_no_key(desk: Desk, conn: int) -> None:
    answer = desk.ask(conn, {"id": 1, "method": "ticker.price", "params": BTC})
    assert answer["result"] == desk.get("v1/ticker/price", **BTC)
    best = desk.ask(conn, {"id": 1, "method": "ticker.book", "params": BTC})["result"]
    depth = desk.ask(conn, {"id": 1, "method": "depth", "params": {"limit": 5, **BTC}})["result"]
    assert depth["bids"][0] == [best["bidPrice"], best["bidQty"]]
    assert desk.ask(conn, {"id": None, "method": "time"})["result"] == {"serverTime": desk.now_ms}
    assert desk.ask(conn, {"id": None, "method": "ping"})["result"] == {}


def test_limits_are_told_unless_unwanted(desk: Desk, conn: int) -> None:
    placed = desk.ask(conn, frame(desk, "order.place", **order()))
    assert [(each["interval"], each["count"]) for each in placed["rateLimits"]] == [("SECOND", 1), ("MINUTE", 1)]
    (weight,) = desk.ask(conn, frame(desk, "account.balance"))["rateLimits"]
    assert (weight["rateLimitType"], weight["count"]) == ("REQUEST_WEIGHT", 5)
    assert "rateLimits" not in desk.ask(conn, frame(desk, "account.balance", returnRateLimits=False))
    quiet = desk.open(PATH, "returnRateLimits=false")
    assert "rateLimits" not in desk.ask(quiet, frame(desk, "account.balance"))


def test_a_session_cannot_be_opened_with_an_hmac_key(desk: Desk, conn: int) -> None:
    answer = desk.ask(conn, frame(desk, "session.logon"))
    assert (answer["status"], answer["error"]["code"]) == (400, -4056)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"signature": "0" * 64}, 400, -1022),
        ({"apiKey": "stranger"}, 401, -2015),
        ({"timestamp": 1}, 400, -1021),
        ({"quantity": "0.02"}, 400, -1022),
    ],
)
def test_tampered_requests_are_refused(desk: Desk, conn: int, change: dict[str, Any], status: int, code: int) -> None:
    request = frame(desk, "order.place", **order())
    request["params"] |= change
    answer = desk.ask(conn, request)
    assert (answer["status"], answer["error"]["code"]) == (status, code)
    assert desk.call("GET", "v1/openOrders") == []


def test_missing_parts_are_named(desk: Desk, conn: int) -> None:
    for name, code in {"signature": -1102, "timestamp": -1102, "apiKey": -2014}.items():
        request = frame(desk, "account.balance")
        del request["params"][name]
        assert desk.ask(conn, request)["error"]["code"] == code


def test_unknown_methods_and_parameters_are_refused(desk: Desk, conn: int) -> None:
    assert desk.ask(conn, {"id": 1, "method": "order.frobnicate"})["error"]["code"] == -1020
    assert desk.ask(conn, frame(desk, "order.place", **order(reduceonly=True)))["error"]["code"] == -1104


def test_too_many_orders_say_when_to_come_back(desk: Desk, conn: int) -> None:
    for _ in range(300):
        answer = desk.ask(conn, frame(desk, "order.cancel", orderId=1, **BTC))
    for _ in range(301):
        answer = desk.ask(conn, frame(desk, "order.place", **order(price="1")))
    assert (answer["status"], answer["error"]["code"]) == (429, -1015)
    assert answer["error"]["data"]["retryAfter"] > answer["error"]["data"]["serverTime"] == desk.now_ms


def test_a_listen_key_can_be_had_here(desk: Desk, conn: int) -> None:
    request = {"id": 1, "method": "userDataStream.start", "params": {"apiKey": KEY}}
    key = desk.ask(conn, request)["result"]["listenKey"]
    user = desk.open(f"/private/ws/{key}")
    desk.place()
    assert len(desk.take(user)) == 1


@given(
    st.one_of(
        st.binary(max_size=50),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: st.dictionaries(st.sampled_from(["id", "method", "params", "symbol"]), inner, max_size=4),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_frame_is_answered(data: bytes) -> None:
    conn = _shared.open(PATH)
    _shared.say(conn, data)
    assert len(_shared.take(conn)) == 1
    _shared.hang_up(conn)


_shared = Desk(machine=sleepy_venue(START_MS))
