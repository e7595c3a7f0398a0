"""Known-answer signatures, through the code that signs."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sansio_exchange.commands import Credentials
from sansio_exchange.gate import NETWORKS, Gate
from sansio_exchange.gate.signing import rest_headers, signature, subscription_auth
from sansio_exchange.venue import Access, Request

VENUE = Gate(NETWORKS["mainnet"])


def vectors(shared: Path, kind: str = "") -> list[dict[str, Any]]:
    rows = json.loads((shared / "fixtures" / "signing.json").read_text())
    return [
        row for row in rows if row["venue"] == "gate" and "typo" not in row["tier"] and row["kind"].startswith(kind)
    ]


def test_every_known_signature_comes_out_of_the_hmac(shared: Path) -> None:
    rows = vectors(shared)
    assert len(rows) == 8
    for row in rows:
        assert signature(row["secret"], row["prehash"]) == row["signature"], row["source"]


def test_requests_are_signed_with_their_query_and_the_digest_of_their_body(shared: Path) -> None:
    rows = vectors(shared, "rest")
    assert len(rows) == 6
    for row in rows:
        credentials, seconds = Credentials(row.get("key", "key"), row["secret"]), int(row["timestamp"])
        headers = rest_headers(credentials, seconds * 1000 + 999, row["method"], row["path"], row["query"], row["body"])
        assert headers == {
            "KEY": credentials.key,
            "Timestamp": str(seconds),
            "SIGN": row["signature"],
        }, row["source"]


def test_questions_go_out_with_the_known_signature(shared: Path) -> None:
    rows = [row for row in vectors(shared, "rest") if row["method"] == "GET"]
    assert len(rows) == 4
    for row in rows:
        request = Request("GET", row["path"], dict(parse_qsl(row["query"])), Access.SIGNED)
        sent = VENUE.sign(1, request, Credentials(row.get("key", ""), row["secret"]), int(row["timestamp"]) * 1000)
        query = f"?{row['query']}" if row["query"] else ""
        assert (sent.method, sent.url) == ("GET", f"https://api.gateio.ws{row['path']}{query}")
        assert sent.headers["SIGN"] == row["signature"]


def test_names_beyond_ascii_go_encoded_and_are_signed_as_they_are() -> None:
    request = Request("GET", "/api/v4/futures/usdt/orders", {"contract": "币安_USDT", "limit": 5}, Access.SIGNED)
    sent = VENUE.sign(1, request, Credentials("key", "secret"), 1_700_000_000_000)
    assert sent.url.endswith("/orders?contract=%E5%B8%81%E5%AE%89_USDT&limit=5")
    empty = hashlib.sha512(b"").hexdigest()
    prehash = f"GET\n/api/v4/futures/usdt/orders\ncontract=币安_USDT&limit=5\n{empty}\n1700000000"
    assert sent.headers["SIGN"] == signature("secret", prehash)
    named = Request("GET", "/api/v4/futures/usdt/contracts/{contract}", {"contract": "币安_USDT"})
    assert VENUE.sign(1, named, Credentials("", ""), 0).url.endswith("/contracts/%E5%B8%81%E5%AE%89_USDT")


def test_subscriptions_are_signed_with_channel_event_and_time(shared: Path) -> None:
    rows = vectors(shared, "ws_subscribe_auth")
    assert len(rows) == 2
    for row in rows:
        said = dict(parse_qsl(row["prehash"]))
        auth = subscription_auth(Credentials("k", row["secret"]), row["timestamp"], said["channel"], said["event"])
        assert auth == {"method": "api_key", "KEY": "k", "SIGN": row["signature"]}


def test_the_body_that_is_signed_is_the_body_that_is_sent() -> None:
    request = Request("POST", "/api/v4/futures/usdt/orders", {"contract": "BTC_USDT", "size": -5}, Access.SIGNED)
    sent = VENUE.sign(1, request, Credentials("key", "secret"), 1_700_000_000_999)
    assert sent.body == b'{"contract":"BTC_USDT","size":-5}'
    digest = hashlib.sha512(sent.body).hexdigest()
    prehash = f"POST\n/api/v4/futures/usdt/orders\n\n{digest}\n1700000000"
    assert sent.headers["SIGN"] == signature("secret", prehash)


def test_the_login_signs_that_it_says_nothing() -> None:
    frame = json.loads(VENUE.login_frame("trade", Credentials("key", "secret"), 1_700_000_000_999))
    assert frame == {
        "time": 1700000000,
        "channel": "futures.login",
        "event": "api",
        "payload": {
            "req_id": "futures.login",
            "api_key": "key",
            "signature": signature("secret", "api\nfutures.login\n\n1700000000"),
            "timestamp": "1700000000",
        },
    }
