"""From a request as it came to a response."""

import json

import pytest

from tests.sansio_exchange.simulation.bybit.desk import Desk


def test_a_body_has_bybits_members(desk: Desk) -> None:
    response = desk.send("GET", "/v5/market/time")
    body = json.loads(response.body)
    assert set(body) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    assert (body["retCode"], body["retMsg"], body["retExtInfo"], body["time"]) == (0, "OK", {}, desk.now_ms)
    assert response.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v5/market/nothing"), ("POST", "/v5/market/time"), ("GET", "/v5/order/create"), ("PUT", "/")],
)
def test_an_unknown_path_or_method_is_404(desk: Desk, method: str, path: str) -> None:
    response = desk.send(method, path)
    assert (response.status, json.loads(response.body)["retCode"]) == (404, 10017)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '"text"', "null", '{"request": 1}', '{"request": [1]}', '{"category": "linear"}']
)
def test_a_body_that_cannot_be_read_is_a_parameter_error(desk: Desk, body: str) -> None:
    for path in ("order/create", "order/create-batch"):
        assert json.loads(desk.signed("POST", path, body=body).body)["retCode"] == 10001


def test_null_is_as_good_as_absent(desk: Desk) -> None:
    answer = desk.act("order/cancel-all", {"category": "linear", "symbol": None, "settleCoin": "USDT"})
    assert answer["retCode"] == 0
