"""REST: paths, bodies, headers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sansio_exchange.simulation.gate.desk import BTC, FUTURES, START_MS, Desk, order, refused, sleepy_venue

_shared = Desk(machine=sleepy_venue(START_MS))


@pytest.mark.parametrize(
    "path", ["/", "/api/v4", "/api/v4/futures/usdt/nothing", "/api/v4/futures/USDT/orders", "/x/y/z"]
)
def test_an_unknown_path_is_not_found(desk: Desk, path: str) -> None:
    assert refused(desk.send("GET", path)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "spot/time"), ("GET", f"{FUTURES}batch_orders"), ("POST", f"{FUTURES}orders/1")]
)
def test_a_known_path_with_another_method_is_not_allowed(desk: Desk, method: str, path: str) -> None:
    assert refused(desk.send(method, f"/api/v4/{path}")) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"contract": {}}', '{"size": [1]}'])
def test_a_body_that_is_no_object_of_texts_and_numbers_is_refused(desk: Desk, body: str) -> None:
    status, label = refused(desk.signed("POST", f"{FUTURES}orders", "", body))
    assert (status, label in {"INVALID_REQUEST_BODY", "INVALID_PARAM_VALUE", "MISSING_REQUIRED_PARAM"}) == (400, True)


def test_sizes_are_numbers_or_texts_for_whoever_asks(desk: Desk) -> None:
    path = f"{FUTURES}order_book"
    numbers, texts = (
        json.loads(desk.send("GET", f"/api/v4/{path}", f"contract={BTC}", headers=headers).body)["asks"][0]["s"]
        for headers in ({}, {"x-gate-size-decimal": "1"})
    )
    assert isinstance(numbers, int)
    assert texts == str(numbers)
    body = json.dumps(order(size="-7", price="99000"))
    placed = json.loads(desk.signed("POST", f"{FUTURES}orders", "", body, x_gate_size_decimal="1").body)
    assert (placed["size"], placed["left"]) == ("-7", "-7")
    assert desk.ask(f"orders/{placed['id']}")["size"] == -7


def test_a_placed_order_is_created(desk: Desk) -> None:
    assert desk.signed("POST", f"{FUTURES}orders", "", json.dumps(order())).status == 201


def test_responses_tell_what_is_left_of_the_limit(desk: Desk) -> None:
    response = desk.send("GET", "/api/v4/spot/time")
    assert response.headers["X-Gate-RateLimit-Limit"] == "200"
    assert response.headers["X-Gate-RateLimit-Requests-Remain"] == "199"
    assert response.headers["X-Gate-RateLimit-Reset-Timestamp"] == str(START_MS // 1000)
    assert response.headers["X-In-Time"] == f"{START_MS}000"


def test_a_request_that_comes_after_its_time_is_not_carried_out(desk: Desk) -> None:
    for moment, label in ((START_MS - 1, "REQUEST_EXPIRED"), ("soon", "INVALID_PARAM_VALUE")):
        response = desk.signed("POST", f"{FUTURES}orders", "", json.dumps(order()), x_gate_exptime=str(moment))
        assert refused(response) == (400, label)
    assert desk.ask("orders", status="open") == []
    assert desk.signed("POST", f"{FUTURES}orders", "", json.dumps(order()), x_gate_exptime=str(START_MS)).status == 201


@given(st.text(max_size=40), st.text(max_size=40), st.binary(max_size=40))
def test_any_request_is_answered(path: str, query: str, body: bytes) -> None:
    response = _shared.send("POST", f"/api/v4/{path}", query, body.decode("latin-1"))
    assert json.loads(response.body)["label"]
    signed = _shared.signed("POST", f"{FUTURES}orders", "", body.decode("latin-1"))
    assert signed.status in {400, 404, 429}


def test_products_that_are_not_traded_here_are_empty_lists(desk: Desk) -> None:
    for path in ("spot/currency_pairs", "margin/currency_pairs", "delivery/usdt/contracts", "options/underlyings"):
        assert desk.get(path) == []
