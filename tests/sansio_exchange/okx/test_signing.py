"""Known-answer signatures, through the code that signs."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sansio_exchange.commands import Credentials
from sansio_exchange.okx import NETWORKS, Okx
from sansio_exchange.okx.signing import iso_time, signature
from sansio_exchange.venue import Access, Request

VENUE = Okx(NETWORKS["mainnet"])


def vectors(shared: Path) -> list[dict[str, Any]]:
    rows = json.loads((shared / "fixtures" / "signing.json").read_text())
    return [row for row in rows if row["venue"] == "okx" and "typo" not in row["tier"]]


def milliseconds(timestamp: str) -> int:
    from datetime import datetime

    return round(datetime.fromisoformat(timestamp).timestamp() * 1000)


def test_every_known_signature_comes_out_of_the_hmac(shared: Path) -> None:
    rows = vectors(shared)
    assert len(rows) == 3
    for row in rows:
        assert signature(row["secret"], row["prehash"]) == row["signature"], row["source"]


def test_requests_go_out_with_the_known_signature(shared: Path) -> None:
    requests = [row for row in vectors(shared) if row["kind"] == "rest"]
    assert len(requests) == 2
    for row in requests:
        request = Request(row["method"], row["path"], dict(parse_qsl(row["query"])), Access.SIGNED)
        credentials = Credentials(row["key"], row["secret"], row["passphrase"])
        sent = VENUE.sign(1, request, credentials, milliseconds(row["timestamp"]))
        query = f"?{row['query']}" if row["query"] else ""
        assert (sent.method, sent.url) == (row["method"], f"https://openapi.okx.com{row['path']}{query}")
        assert sent.headers == {
            "OK-ACCESS-KEY": row["key"],
            "OK-ACCESS-SIGN": row["signature"],
            "OK-ACCESS-TIMESTAMP": row["timestamp"],
            "OK-ACCESS-PASSPHRASE": row["passphrase"],
        }


def test_the_login_goes_out_with_the_known_signature(shared: Path) -> None:
    (row,) = (row for row in vectors(shared) if row["kind"] == "ws_login")
    credentials = Credentials(row["key"], row["secret"], row["passphrase"])
    frame = json.loads(VENUE.login_frame("private", credentials, int(row["timestamp"]) * 1000 + 999))
    assert frame == {
        "op": "login",
        "args": [
            {
                "apiKey": row["key"],
                "passphrase": row["passphrase"],
                "timestamp": row["timestamp"],
                "sign": row["signature"],
            }
        ],
    }


def test_times_have_milliseconds_and_are_in_utc() -> None:
    assert iso_time(1_607_418_537_715) == "2020-12-08T09:08:57.715Z"
    assert iso_time(1_607_418_537_005) == "2020-12-08T09:08:57.005Z"


def test_the_body_that_is_signed_is_the_body_that_is_sent() -> None:
    credentials = Credentials("key", "secret", "phrase")
    request = Request("POST", "/api/v5/trade/cancel-order", {"instId": "BTC-USDT-SWAP", "ordId": "1"}, Access.SIGNED)
    sent = VENUE.sign(1, request, credentials, 1_607_418_537_715)
    prehash = f"2020-12-08T09:08:57.715ZPOST/api/v5/trade/cancel-order{sent.body.decode()}"
    assert sent.headers["OK-ACCESS-SIGN"] == signature("secret", prehash)
    assert sent.body == b'{"instId":"BTC-USDT-SWAP","ordId":"1"}'
