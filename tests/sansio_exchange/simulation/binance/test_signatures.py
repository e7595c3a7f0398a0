"""Who may ask: key, signature over what was sent, time."""

import json
from pathlib import Path

import pytest

from sansio_exchange.simulation.binance.errors import Refused
from sansio_exchange.simulation.binance.signatures import Signatures, without_signature
from tests.sansio_exchange.simulation.binance.desk import KEY, Desk, refused, signature

BALANCE = "/fapi/v3/balance"
HEADERS = {"x-mbx-apikey": KEY}


def test_known_answers_are_accepted(shared: Path) -> None:
    vectors = [
        each
        for each in json.loads((shared / "fixtures" / "signing.json").read_text())
        if each["venue"] == "binance" and each["alg"] == "sha256" and each["encoding"] == "hex"
    ]
    assert vectors
    for each in vectors:
        Signatures({"k": each["secret"]}).check_signature("k", each["prehash"], each["signature"])


def test_the_signature_covers_query_and_body_as_sent(desk: Desk) -> None:
    query = f"symbol=BTCUSDT&timestamp={desk.now_ms}"
    body = "leverage=11"
    signed = f"{body}&signature={signature(query + body)}"
    response = desk.send("POST", "/fapi/v1/leverage", query, signed, HEADERS)
    assert json.loads(response.body)["leverage"] == 11


def test_percent_signs_are_signed_as_they_stand(desk: Desk) -> None:
    query = f"symbol=BTC%55SDT&timestamp={desk.now_ms}"
    response = desk.send("GET", "/fapi/v1/openOrders", f"{query}&signature={signature(query)}", headers=HEADERS)
    assert response.status == 200


def test_a_changed_parameter_breaks_the_signature(desk: Desk) -> None:
    query = f"timestamp={desk.now_ms}"
    query = f"{query}&signature={signature(query)}&recvWindow=6000"
    assert refused(desk.send("GET", BALANCE, query, headers=HEADERS)) == (400, -1022)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({}, (401, -2014)), ({"x-mbx-apikey": "no key"}, (401, -2014)), ({"x-mbx-apikey": "stranger"}, (401, -2015))],
)
def test_keys_are_checked(desk: Desk, headers: dict[str, str], expected: tuple[int, int]) -> None:
    query = f"timestamp={desk.now_ms}"
    response = desk.send("GET", BALANCE, f"{query}&signature={signature(query)}", headers=headers)
    assert refused(response) == expected


def test_an_unsigned_call_lacks_a_mandatory_parameter(desk: Desk) -> None:
    assert refused(desk.send("GET", BALANCE, f"timestamp={desk.now_ms}", headers=HEADERS)) == (400, -1102)


@pytest.mark.parametrize(
    ("offset_ms", "window", "code"),
    [(-5000, "", 0), (-5001, "", -1021), (-59_000, "60000", 0), (999, "", 0), (1000, "", -1021), (0, "60001", -1131)],
)
def test_timestamps_must_lie_within_the_window(desk: Desk, offset_ms: int, window: str, code: int) -> None:
    query = f"timestamp={desk.now_ms + offset_ms}" + (f"&recvWindow={window}" if window else "")
    response = desk.send("GET", BALANCE, f"{query}&signature={signature(query)}", headers=HEADERS)
    if code:
        assert refused(response) == (400, code)
    else:
        assert response.status == 200


def test_a_missing_timestamp_is_named(desk: Desk) -> None:
    response = desk.send("GET", BALANCE, f"recvWindow=5000&signature={signature('recvWindow=5000')}", headers=HEADERS)
    assert refused(response) == (400, -1102)
    assert b"timestamp" in response.body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1&signature=f", ("a=1", "f")),
        ("a=1&signature=f&b=2", ("a=1&b=2", "f")),
        ("signature=f&b=2", ("b=2", "f")),
        ("a=1", ("a=1", "")),
        ("", ("", "")),
    ],
)
def test_the_signature_is_taken_out_wherever_it_stands(text: str, expected: tuple[str, str]) -> None:
    assert without_signature(text) == expected


def test_secrets_are_compared_whole() -> None:
    signatures = Signatures({"k": "s"})
    with pytest.raises(Refused, match="not valid"):
        signatures.check_signature("k", "a=1", signature("a=1", "s")[:-1])
