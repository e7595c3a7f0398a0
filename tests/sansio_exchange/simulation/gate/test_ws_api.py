"""Order entry on the socket: login, acknowledgements, results, refusals."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.simulation.venues import OrderLimits
from tests.sansio_exchange.simulation.gate.desk import (
    BTC,
    KEY,
    START_MS,
    USER,
    Desk,
    order,
    signature,
    sleepy_venue,
)

_shared = Desk(machine=sleepy_venue(START_MS))


def failed(answer: Any) -> tuple[str, str]:
    """Status and label of a refusal."""
    return answer["header"]["status"], answer["data"]["errs"]["label"]


def test_a_login_is_answered_with_the_user(desk: Desk) -> None:
    answer = desk.reply(desk.open(), desk.login_frame())
    assert (answer["request_id"], answer["header"]["channel"]) == ("login", "futures.login")
    assert answer["data"] == {"result": {"api_key": KEY, "uid": str(USER)}}
    assert "ack" not in answer


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"api_key": "nobody"}, "INVALID_KEY"),
        ({"signature": "x"}, "INVALID_SIGNATURE"),
        ({"timestamp": str(START_MS // 1000 - 61)}, "REQUEST_EXPIRED"),
        ({"signature": signature(f"api\nfutures.order_place\n\n{START_MS // 1000}")}, "INVALID_SIGNATURE"),
    ],
)
def test_a_wrong_login_is_refused_and_nothing_can_be_placed(desk: Desk, change: dict[str, str], label: str) -> None:
    conn = desk.open()
    assert failed(desk.reply(conn, desk.login_frame(**change))) == ("401", label)
    assert failed(desk.call(conn, "futures.order_place", order())) == ("401", "AUTHENTICATION_FAILED")
    assert desk.ask("orders", status="open") == []


def test_a_private_subscription_is_no_login(desk: Desk) -> None:
    conn = desk.listen("futures.orders")
    assert failed(desk.call(conn, "futures.order_place", order())) == ("401", "AUTHENTICATION_FAILED")


def test_a_placement_is_acknowledged_and_then_answered_before_its_channel_speaks(desk: Desk) -> None:
    conn = desk.login()
    desk.subscribe(conn, "futures.orders", str(USER), "!all")
    param = order(text="t-mine")
    desk.say(conn, desk.api("futures.order_place", param, req_id="r7"))
    ack, answer, told = desk.take(conn)
    assert (ack["ack"], ack["request_id"], ack["header"]["status"]) == (True, "r7", "200")
    assert ack["data"]["result"] == {"req_header": None, "req_id": "r7", "req_param": param}
    assert (answer["ack"], answer["request_id"]) == (False, "r7")
    assert answer["data"]["result"] == desk.ask("orders/t-mine")
    assert told["channel"] == "futures.orders"
    header = answer["header"]
    assert (header["response_time"], header["event"], header["channel"]) == (
        str(START_MS),
        "api",
        "futures.order_place",
    )
    assert (header["x_gate_ratelimit_limit"], header["x_gate_ratelimit_requests_remain"]) == (100, 99)
    assert (header["x_gat_ratelimit_reset_timestamp"], header["x_in_time"]) == (START_MS, START_MS * 1000)


def test_every_call_of_rest_is_there(desk: Desk) -> None:
    conn = desk.login()
    placed = desk.call(conn, "futures.order_place", order())["data"]["result"]
    name = {"order_id": str(placed["id"])}
    assert desk.call(conn, "futures.order_status", name)["data"]["result"] == placed
    amended = desk.call(conn, "futures.order_amend", name | {"price": "90000", "size": 4})["data"]["result"]
    assert (amended["price"], amended["size"]) == ("90000", 4)
    (listed,) = desk.call(conn, "futures.order_list", {"contract": BTC, "status": "open"})["data"]["result"]
    assert listed == amended
    cancelled = desk.call(conn, "futures.order_cancel", name)
    assert cancelled["data"]["result"]["finish_as"] == "cancelled"
    assert "ack" not in cancelled
    rows = desk.call(conn, "futures.order_batch_place", [order(text="t-1"), order(price="143000"), order(text="t-3")])
    assert [row["succeeded"] for row in rows["data"]["result"]] == [True, False, True]
    ids = [str(row["id"]) for row in rows["data"]["result"] if row["succeeded"]]
    (first,) = desk.call(conn, "futures.order_cancel_ids", ids[:1])["data"]["result"]
    assert (first["id"], first["succeeded"]) == (ids[0], True)
    (rest,) = desk.call(conn, "futures.order_cancel_cp", {"contract": BTC})["data"]["result"]
    assert str(rest["id"]) == ids[1]
    assert desk.ask("orders", status="open") == []


def test_a_refused_placement_says_why_after_its_acknowledgement(desk: Desk) -> None:
    conn = desk.login()
    desk.say(conn, desk.api("futures.order_place", order(price="96000", tif="poc")))
    ack, answer = desk.take(conn)
    assert (ack["ack"], answer["ack"]) == (True, False)
    assert failed(answer) == ("400", "ORDER_POC_IMMEDIATE")
    assert answer["data"]["errs"]["message"]


@pytest.mark.parametrize(
    ("channel", "param", "status", "label"),
    [
        ("futures.order_cancel", {"order_id": "1"}, "404", "ORDER_NOT_FOUND"),
        ("futures.order_cancel", {}, "400", "MISSING_REQUIRED_PARAM"),
        ("futures.order_cancel_cp", {}, "400", "MISSING_REQUIRED_PARAM"),
        ("futures.order_cancel", [], "400", "INVALID_REQUEST_BODY"),
        ("futures.order_cancel_ids", {}, "400", "INVALID_REQUEST_BODY"),
        ("futures.order_batch_place", {}, "400", "INVALID_REQUEST_BODY"),
        ("futures.order_place", [], "400", "INVALID_REQUEST_BODY"),
        ("futures.order_list", {"status": "all"}, "400", "INVALID_PARAM_VALUE"),
        ("futures.order_dance", {}, "404", "NOT_FOUND"),
    ],
)
def test_refusals_have_the_labels_of_rest(desk: Desk, channel: str, param: Any, status: str, label: str) -> None:
    assert failed(desk.call(desk.login(), channel, param)) == (status, label)


def test_a_request_without_an_id_or_out_of_time_is_refused(desk: Desk) -> None:
    conn = desk.login()
    assert failed(desk.call(conn, "futures.order_place", order(), req_id="")) == ("400", "MISSING_REQUIRED_PARAM")
    late = {"x-gate-exptime": str(START_MS - 1)}
    assert failed(desk.call(conn, "futures.order_place", order(), req_header=late)) == ("400", "REQUEST_EXPIRED")
    frame = desk.api("futures.order_place", order()) | {"time": START_MS // 1000 - 61}
    assert failed(desk.reply(conn, frame)) == ("400", "REQUEST_EXPIRED")
    assert desk.ask("orders", status="open") == []


def test_orders_over_the_limit_are_refused_without_acknowledgement() -> None:
    desk = Desk(order_limits=OrderLimits(per_ten_seconds=30))
    conn = desk.login()
    for _ in range(3):
        assert "result" in desk.call(conn, "futures.order_place", order())["data"]
    desk.say(conn, desk.api("futures.order_place", order()))
    (answer,) = desk.take(conn)
    assert failed(answer) == ("429", "TOO_MANY_REQUESTS")
    assert answer["header"]["x_gat_ratelimit_reset_timestamp"] == START_MS + 1000
    assert "x_gate_ratelimit_requests_remain" not in answer["header"], "hidden if 0"
    assert desk.refusal("POST", "orders", order()) == (429, "TOO_MANY_REQUESTS"), "REST counts with it"
    desk.wait(1000)
    assert "result" in desk.call(conn, "futures.order_place", order())["data"]


def test_sizes_are_texts_where_the_handshake_asked_for_them(desk: Desk) -> None:
    conn = desk.login(headers={"x-gate-size-decimal": "1"})
    assert desk.call(conn, "futures.order_place", order())["data"]["result"]["size"] == "10"


@given(st.sampled_from(["order_place", "order_batch_place", "order_cancel", "order_cancel_ids", "login"]), st.binary())
def test_any_payload_is_answered(name: str, junk: bytes) -> None:
    conn = _shared.login()
    payload = json.dumps({"req_id": "r", "req_param": junk.decode("latin-1")})
    for raw in (payload, "[]", "null", '{"req_param": 1}', '{"req_id": 5}'):
        time = _shared.now_ms // 1000
        frame = f'{{"time": {time}, "channel": "futures.{name}", "event": "api", "payload": {raw}}}'
        _shared.say(conn, frame.encode())
        assert _shared.take(conn)[-1]["data"]["errs"]["label"]
    _shared.hang_up(conn)
