"""Requests as they come: path, method, body, and the form of every answer."""

import json

import pytest

from tests.sansio_exchange.simulation.okx.desk import Desk, order, refused


def test_every_answer_has_code_message_and_data(desk: Desk) -> None:
    good = desk.send("GET", "/api/v5/public/time")
    bad = desk.send("GET", "/api/v5/public/instruments")
    assert json.loads(good.body) == {"code": "0", "msg": "", "data": [{"ts": str(desk.now_ms)}]}
    assert json.loads(bad.body) == {"code": "50014", "msg": "Parameter instType can not be empty", "data": []}
    assert (good.status, bad.status, good.headers["Content-Type"]) == (200, 400, "application/json")


def test_unknown_paths_and_methods(desk: Desk) -> None:
    assert refused(desk.send("GET", "/api/v5/nothing")) == (404, "404")
    assert refused(desk.send("DELETE", "/api/v5/trade/order")) == (405, "50115")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("trade/order", "", "50000"),
        ("trade/order", "{", "50002"),
        ("trade/order", "[]", "50002"),
        ("trade/order", '{"sz":"\\ud800"}', "50002"),
        ("trade/batch-orders", "{}", "50002"),
        ("trade/batch-orders", "[1]", "50002"),
        ("trade/batch-orders", "[]", "51000"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(desk: Desk, path: str, body: str, code: str) -> None:
    assert refused(desk.signed("POST", path, body=body)) == (400, code)


def test_a_body_must_be_said_to_be_json(desk: Desk) -> None:
    response = desk.signed("POST", "trade/order", body=json.dumps(order()), **{"content-type": "text/plain"})
    assert refused(response) == (400, "50006")


def test_a_deadline_must_be_a_number(desk: Desk) -> None:
    response = desk.signed("POST", "trade/order", body=json.dumps(order()), exptime="soon")
    assert refused(response) == (400, "51000")
    assert desk.ask("trade/orders-pending") == []


def test_numbers_and_booleans_are_read_as_texts(desk: Desk) -> None:
    assert desk.act("trade/order", order(sz=1, px=91000, reduceOnly=False))["code"] == "0"
