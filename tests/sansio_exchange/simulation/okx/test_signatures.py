"""Who asks is checked: key, passphrase, time, signature; on REST and at the login."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.simulation.okx.errors import Refused
from sansio_exchange.simulation.okx.parameters import Parameters
from sansio_exchange.simulation.okx.signatures import Secrets, Signatures
from sansio_exchange.simulation.wire import HttpRequest
from tests.sansio_exchange.simulation.okx.desk import KEY, START_MS, Desk, iso, refused, signature

PATH = "/api/v5/account/balance"


def headers(now_ms: int, **change: str) -> dict[str, str]:
    timestamp = change.get("ok_access_timestamp", iso(now_ms))
    usual = {
        "ok-access-key": KEY,
        "ok-access-passphrase": "demo",
        "ok-access-timestamp": timestamp,
        "ok-access-sign": signature(f"{timestamp}GET{PATH}"),
    }
    return usual | {name.replace("_", "-"): value for name, value in change.items()}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ok_access_key": ""}, "50103"),
        ({"ok_access_passphrase": ""}, "50104"),
        ({"ok_access_sign": ""}, "50106"),
        ({"ok_access_timestamp": ""}, "50107"),
        ({"ok_access_key": "other"}, "50111"),
        ({"ok_access_timestamp": "1700000000"}, "50112"),
        ({"ok_access_timestamp": "2023-13-01T00:00:00.000Z"}, "50112"),
        ({"ok_access_timestamp": "2023-11-14T22:13:20Z"}, "50112"),
        ({"ok_access_timestamp": iso(START_MS - 30_001)}, "50102"),
        ({"ok_access_timestamp": iso(START_MS + 30_001)}, "50102"),
        ({"ok_access_passphrase": "wrong"}, "50105"),
        ({"ok_access_sign": "wrong"}, "50113"),
        ({"ok_access_sign": "\u00e9"}, "50113"),
    ],
)
def test_a_request_that_is_not_signed_right_is_refused(desk: Desk, change: dict[str, str], code: str) -> None:
    assert refused(desk.send("GET", PATH, headers=headers(desk.now_ms, **change))) == (401, code)


@pytest.mark.parametrize("off_ms", [-30_000, 30_000])
def test_a_timestamp_may_be_off_by_thirty_seconds(desk: Desk, off_ms: int) -> None:
    assert desk.send("GET", PATH, headers=headers(desk.now_ms + off_ms)).status == 200


def test_query_and_body_are_signed(desk: Desk) -> None:
    good = headers(desk.now_ms)
    assert refused(desk.send("GET", PATH, "ccy=BTC", headers=good)) == (401, "50113")
    assert desk.ask("account/balance", ccy="USDT")[0]["details"]
    timestamp = iso(desk.now_ms)
    sign = signature(f'{timestamp}POST/api/v5/trade/order{{"sz":"1"}}')
    forged = good | {"ok-access-sign": sign, "content-type": "application/json"}
    assert refused(desk.send("POST", "/api/v5/trade/order", body='{"sz":"9"}', headers=forged)) == (401, "50113")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"apiKey": "other"}, "60005"),
        ({"timestamp": "soon"}, "60004"),
        ({"timestamp": "nan"}, "60004"),
        ({"timestamp": None}, "60004"),
        ({"timestamp": "1699999969"}, "60006"),
        ({"passphrase": "wrong"}, "60024"),
        ({"sign": "wrong"}, "60007"),
    ],
)
def test_a_login_that_is_not_signed_right_is_refused(desk: Desk, change: dict[str, Any], code: str) -> None:
    conn = desk.login(**change)
    (answer,) = desk.take(conn)
    assert (answer["event"], answer["code"]) == ("error", code)
    assert desk.subscribe(conn, "account")[0]["code"] == "60011"


@given(st.dictionaries(st.sampled_from(["ok-access-key", "ok-access-sign", "ok-access-timestamp"]), st.text()))
def test_any_headers_are_checked(strange: dict[str, str]) -> None:
    signatures = Signatures({KEY: Secrets("demo", "demo")})
    request = HttpRequest(1, "GET", PATH, "", headers(START_MS) | strange, b"")
    if not strange:
        assert signatures.check_request(request, START_MS) == KEY
        return
    with pytest.raises(Refused):
        signatures.check_request(request, START_MS)


@given(st.text())
def test_any_time_of_a_login_is_checked(text: str) -> None:
    login = Parameters({"apiKey": KEY, "passphrase": "demo", "timestamp": text, "sign": ""})
    with pytest.raises(Refused):
        Signatures({KEY: Secrets("demo", "demo")}).check_login(login, START_MS)


def test_a_number_will_do_for_the_time_of_a_login(desk: Desk) -> None:
    """Some clients send it so."""
    conn = desk.login(timestamp=desk.now_ms // 1000)
    assert [each["event"] for each in desk.take(conn)] == ["login"]
