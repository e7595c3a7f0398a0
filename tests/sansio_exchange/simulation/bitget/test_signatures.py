"""Who asks: headers of requests and logins of sockets."""

from urllib.parse import quote

import pytest

from tests.sansio_exchange.simulation.bitget.desk import Desk, refused, signature

PATH = "mix/account/accounts"
QUERY = "productType=USDT-FUTURES"


def test_a_signed_request_is_answered(desk: Desk) -> None:
    assert desk.signed("GET", PATH, QUERY).status == 200


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("access_key", "", "40001"),
        ("access_sign", "", "40002"),
        ("access_timestamp", "", "40003"),
        ("access_passphrase", "", "40011"),
        ("access_key", "stranger", "40006"),
        ("access_timestamp", "2026-01-01T00:00:00Z", "40005"),
        ("access_timestamp", "-1", "40005"),
        ("access_timestamp", "1" * 40, "40005"),
        ("access_sign", "wrong", "40009"),
        ("access_sign", "schl\u00fcssel", "40009"),
        ("access_passphrase", "wrong", "40012"),
    ],
)
def test_a_header_that_is_not_right_is_named(desk: Desk, header: str, value: str, code: str) -> None:
    assert refused(desk.signed("GET", PATH, QUERY, **{header: value})) == (401, code)


@pytest.mark.parametrize(("off_ms", "status"), [(-30_000, 200), (30_000, 200), (-30_001, 401), (30_001, 401)])
def test_a_request_is_good_for_thirty_seconds(desk: Desk, off_ms: int, status: int) -> None:
    timestamp = str(desk.now_ms + off_ms)
    sign = signature(f"{timestamp}GET/api/v2/{PATH}?{QUERY}")
    response = desk.signed("GET", PATH, QUERY, access_timestamp=timestamp, access_sign=sign)
    assert response.status == status
    if status != 200:
        assert refused(response) == (401, "40008")


def test_query_method_and_body_are_signed(desk: Desk) -> None:
    timestamp = str(desk.now_ms)
    for payload in (f"GET/api/v2/{PATH}", f"POST/api/v2/{PATH}?{QUERY}", f"GET/api/v2/{PATH}?{QUERY}x"):
        response = desk.signed("GET", PATH, QUERY, access_sign=signature(timestamp + payload))
        assert refused(response) == (401, "40009")


def test_a_query_is_signed_as_sent_or_as_read(desk: Desk) -> None:
    read = f"{QUERY}&symbol=\u5e01\u5b89"
    sent = f"{QUERY}&symbol={quote(read.rpartition('=')[2])}"
    for signed in (read, sent):
        sign = signature(f"{desk.now_ms}GET/api/v2/{PATH}?{signed}")
        assert desk.signed("GET", PATH, sent, access_sign=sign).status == 200


def test_a_login_is_signed_with_seconds(desk: Desk) -> None:
    conn = desk.login()
    assert desk.take(conn) == [{"event": "login", "code": 0}]
    assert conn not in desk.ended


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"apiKey": "stranger"}, 30011),
        ({"apiKey": None}, 30011),
        ({"passphrase": "wrong"}, 30012),
        ({"timestamp": "soon"}, 30013),
        ({"timestamp": "1"}, 30014),
        ({"timestamp": "1700000000000"}, 30014),
        ({"sign": "wrong"}, 30015),
    ],
)
def test_a_login_that_fails_ends_the_socket(desk: Desk, change: dict[str, object], code: int) -> None:
    conn = desk.login(**change)
    (told,) = desk.take(conn)
    assert (told["event"], told["code"]) == ("error", code)
    assert conn in desk.ended
