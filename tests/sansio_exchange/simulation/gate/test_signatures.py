"""Who may ask: the documentation's own signature, and everything that is not it."""

from hashlib import sha512
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.simulation.gate.errors import Refused
from sansio_exchange.simulation.gate.signatures import Signatures
from sansio_exchange.simulation.wire import HttpRequest
from tests.sansio_exchange.simulation.gate.desk import START_MS, Desk, refused, signature

SIGNED_MS = 1_541_993_715_000
QUERY = "contract=BTC_USD&status=finished&limit=50"
SIGN = (
    "55f84ea195d6fe57ce62464daaa7c3c02fa9d1dde954e4c898289c9a2407a3d6"
    "fb3faf24deff16790d726b66ac9f74526668b13bd01029199cc4fcc522418b8a"
)
"""Source: Gate API v4, "API Signature string generation", example 1, with key "key" and secret "secret"."""

NO_BODY = sha512(b"").hexdigest()


def documented(**headers: str) -> HttpRequest:
    usual = {"key": "key", "timestamp": "1541993715", "sign": SIGN}
    return HttpRequest(1, "GET", "/api/v4/futures/orders", QUERY, usual | headers, b"")


def test_the_documentations_example_is_accepted() -> None:
    assert Signatures({"key": "secret"}).check_request(documented(), SIGNED_MS) == "key"


@pytest.mark.parametrize(
    ("headers", "label"),
    [
        ({"key": ""}, "MISSING_REQUIRED_HEADER"),
        ({"sign": ""}, "MISSING_REQUIRED_HEADER"),
        ({"timestamp": ""}, "MISSING_REQUIRED_HEADER"),
        ({"key": "nobody"}, "INVALID_KEY"),
        ({"sign": SIGN[::-1]}, "INVALID_SIGNATURE"),
        ({"timestamp": "1541993716"}, "INVALID_SIGNATURE"),
        ({"timestamp": "1541993654"}, "REQUEST_EXPIRED"),
        ({"timestamp": "1541993776"}, "REQUEST_EXPIRED"),
        ({"timestamp": "soon"}, "REQUEST_EXPIRED"),
        ({"timestamp": "1e999"}, "REQUEST_EXPIRED"),
        ({"timestamp": "nan"}, "REQUEST_EXPIRED"),
    ],
)
def test_everything_else_is_not(headers: dict[str, str], label: str) -> None:
    with pytest.raises(Refused) as caught:
        Signatures({"key": "secret"}).check_request(documented(**headers), SIGNED_MS)
    assert (caught.value.label, caught.value.status) == (label, 401)


def test_the_body_is_signed(desk: Desk) -> None:
    usual = desk.signed("POST", "futures/usdt/orders", "", "{}")
    assert refused(usual)[1] == "MISSING_REQUIRED_PARAM", "its signature is good"
    body = '{"contract": "BTC_USDT"}'
    response = desk.signed("POST", "futures/usdt/orders", "", body, sign=signature("something else"))
    assert refused(response) == (401, "INVALID_SIGNATURE")


def test_a_query_may_be_signed_before_it_was_encoded(desk: Desk) -> None:
    timestamp = str(START_MS // 1000)
    lines = ("GET", "/api/v4/futures/usdt/orders", "status=open&contract=BTC USDT", NO_BODY, timestamp)
    response = desk.signed(
        "GET", "futures/usdt/orders", "status=open&contract=BTC+USDT", sign=signature("\n".join(lines))
    )
    assert refused(response) == (400, "CONTRACT_NOT_FOUND")


def test_a_timestamp_may_have_a_fraction() -> None:
    """As in the documentation's example in Python."""
    stamp = "1541993715.25"
    lines = ("GET", "/api/v4/futures/orders", QUERY, NO_BODY, stamp)
    request = documented(timestamp=stamp, sign=signature("\n".join(lines), "secret"))
    assert Signatures({"key": "secret"}).check_request(request, SIGNED_MS) == "key"


@pytest.mark.parametrize("req_param", ["", "{}"])
def test_a_login_signs_no_parameters_or_those_that_it_sends(req_param: str) -> None:
    sign = signature(f"api\nfutures.login\n{req_param}\n1700000000")
    signatures = Signatures({"demo": "demo"})
    assert signatures.check_login("futures.login", "demo", sign, "1700000000", "{}", START_MS) == "demo"
    with pytest.raises(Refused, match="mismatch"):
        signatures.check_login("futures.login", "demo", sign, "1700000001", "{}", START_MS)


@given(st.dictionaries(st.sampled_from(["key", "sign", "timestamp"]), st.text(max_size=20)))
def test_no_header_ends_the_venue(headers: dict[str, Any]) -> None:
    request = HttpRequest(1, "GET", "/api/v4/futures/usdt/accounts", "", headers, b"")
    with pytest.raises(Refused):
        Signatures({"demo": "demo"}).check_request(request, START_MS)
