"""Who is let in, and with what words the others are turned away."""

import json
from pathlib import Path

import pytest

from sansio_exchange.simulation.bybit.errors import Refused
from sansio_exchange.simulation.bybit.signatures import Signatures
from sansio_exchange.simulation.wire import HttpRequest
from tests.sansio_exchange.simulation.bybit.desk import BTC, Desk, signature


def code(desk: Desk, **headers: str) -> int:
    answer = json.loads(desk.signed("GET", "account/info", **headers).body)
    return int(answer["retCode"])


def test_a_signed_request_is_answered(desk: Desk) -> None:
    assert code(desk) == 0


def test_a_body_is_signed_as_it_was_sent(desk: Desk) -> None:
    body = '{"category": "linear",  "symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"1","price":"91000"}'
    assert json.loads(desk.signed("POST", "order/create", body=body).body)["retCode"] == 0
    wrong = desk.signed("POST", "order/create", body=body, sign=signature("something else"))
    assert json.loads(wrong.body)["retCode"] == 10004


def test_wrong_credentials_have_codes_of_their_own(desk: Desk) -> None:
    assert code(desk, api_key="nobody") == 10003
    assert code(desk, sign="0" * 64) == 10004
    assert code(desk, sign="é") == 10004


@pytest.mark.parametrize("name", ["api_key", "timestamp", "sign"])
def test_a_missing_header_is_401(desk: Desk, name: str) -> None:
    response = desk.signed("GET", "account/info", **{name: ""})
    assert (response.status, json.loads(response.body)["retCode"]) == (401, 10001)


@pytest.mark.parametrize(
    ("age_ms", "window", "expected"),
    [(5000, "5000", 0), (5001, "5000", 10002), (-999, "5000", 0), (-1000, "5000", 10002), (6000, "8000", 0)],
)
def test_a_timestamp_counts_for_its_window_and_a_second_ahead(
    desk: Desk, age_ms: int, window: str, expected: int
) -> None:
    assert code(desk, timestamp=str(desk.now_ms - age_ms), recv_window=window) == expected


def test_times_that_are_no_numbers_are_refused(desk: Desk) -> None:
    assert code(desk, timestamp="now") == 10001
    assert code(desk, recv_window="-1") == 10001
    assert code(desk, timestamp="9" * 400) == 10001


def test_a_login_counts_until_it_expires(desk: Desk) -> None:
    conn = desk.open("private")
    late = desk.reply(conn, {"op": "auth", "args": desk.credentials(desk.now_ms)})
    assert (late["success"], late["op"]) == (False, "auth")
    assert desk.reply(conn, {"op": "auth", "args": desk.credentials(desk.now_ms + 1)})["success"] is True


def test_an_expiry_may_be_text_but_is_a_whole_number(desk: Desk) -> None:
    conn = desk.open("private")
    key, expires, sign = desk.credentials()
    assert desk.reply(conn, {"op": "auth", "args": [key, f"{expires}.5", sign]})["success"] is False
    assert desk.reply(conn, {"op": "auth", "args": [key, str(expires), sign]})["success"] is True


def test_known_signatures_are_accepted(shared: Path) -> None:
    vectors = [each for each in json.loads((shared / "fixtures/signing.json").read_text()) if each["venue"] == "bybit"]
    assert len(vectors) == 3
    for each in vectors:
        signatures = Signatures({each["key"]: each["secret"]})
        if each["kind"] == "ws_login":
            args = [str(arg) for arg in each["frame_args"]]
            assert signatures.check_login(args, each["expires"] - 1) == each["key"]
            continue
        headers = {
            "x-bapi-api-key": each["key"],
            "x-bapi-timestamp": str(each["timestamp"]),
            "x-bapi-recv-window": str(each["recv_window"]),
            "x-bapi-sign": each["signature"],
        }
        request = HttpRequest(
            1, each["method"], "/v5/any", each.get("query", ""), headers, each.get("body", "").encode()
        )
        assert signatures.check_request(request, each["timestamp"]) == each["key"]
        with pytest.raises(Refused, match="sign"):
            Signatures({each["key"]: "another"}).check_request(request, each["timestamp"])


def test_public_calls_need_no_key(desk: Desk) -> None:
    assert desk.get("market/tickers", symbol=BTC)["list"]
