"""Known-answer signatures, through the code that signs."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sansio_exchange.bitget import NETWORKS, Bitget
from sansio_exchange.bitget.signing import signature
from sansio_exchange.commands import Credentials
from sansio_exchange.venue import Access, Request

VENUE = Bitget(NETWORKS["mainnet"])


def vectors(shared: Path) -> list[dict[str, Any]]:
    rows = json.loads((shared / "fixtures" / "signing.json").read_text())
    return [row for row in rows if row["venue"] == "bitget" and "typo" not in row["tier"]]


def test_every_known_signature_comes_out_of_the_hmac(shared: Path) -> None:
    rows = vectors(shared)
    assert len(rows) == 5
    for row in rows:
        assert signature(row["secret"], row["prehash"]) == row["signature"], row["source"]


def test_requests_go_out_with_the_known_signature(shared: Path) -> None:
    requests = [row for row in vectors(shared) if row["kind"] == "rest"]
    assert len(requests) == 4
    for row in requests:
        params = json.loads(row["body"]) if row.get("body") else dict(parse_qsl(row["query"]))
        request = Request(row["method"], row["path"], params, Access.SIGNED)
        credentials = Credentials("key", row["secret"], "phrase")
        sent = VENUE.sign(1, request, credentials, int(row["timestamp"]))
        query = f"?{row['query']}" if row.get("query") else ""
        assert (sent.method, sent.url) == (row["method"], f"https://api.bitget.com{row['path']}{query}")
        assert sent.body.decode() == row.get("body", "")
        assert {name: value for name, value in sent.headers.items() if name.startswith("ACCESS-")} == {
            "ACCESS-KEY": "key",
            "ACCESS-SIGN": row["signature"],
            "ACCESS-TIMESTAMP": row["timestamp"],
            "ACCESS-PASSPHRASE": "phrase",
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


def test_the_query_is_signed_and_sent_in_alphabetical_order() -> None:
    request = Request("GET", "/x", {"symbol": "BTCUSDT", "limit": "20"}, Access.SIGNED)
    sent = VENUE.sign(1, request, Credentials("key", "secret", "phrase"), 1_700_000_000_000)
    assert sent.url == "https://api.bitget.com/x?limit=20&symbol=BTCUSDT"
    assert sent.headers["ACCESS-SIGN"] == signature("secret", "1700000000000GET/x?limit=20&symbol=BTCUSDT")


def test_the_body_that_is_signed_is_the_body_that_is_sent() -> None:
    request = Request("POST", "/api/v2/mix/order/cancel-order", {"symbol": "BTCUSDT", "orderId": "1"}, Access.SIGNED)
    sent = VENUE.sign(1, request, Credentials("key", "secret", "phrase"), 1_700_000_000_000)
    prehash = f"1700000000000POST/api/v2/mix/order/cancel-order{sent.body.decode()}"
    assert sent.headers["ACCESS-SIGN"] == signature("secret", prehash)
    assert sent.body == b'{"symbol":"BTCUSDT","orderId":"1"}'
