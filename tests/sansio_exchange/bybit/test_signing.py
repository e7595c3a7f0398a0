"""Signatures."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sansio_exchange.bybit.signing import login_args, signature
from sansio_exchange.commands import Credentials, GetOpenOrders, GetOrder, PlaceOrder
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Access, Request
from tests.sansio_exchange.bybit.payloads import bybit

CREDENTIALS = Credentials("test_api_key", "test_secret")
AT = 1_700_000_000_000


@pytest.fixture(scope="module")
def vectors(shared: Path) -> list[dict[str, Any]]:
    found = json.loads((shared / "fixtures" / "signing.json").read_text())
    return [vector for vector in found if vector["venue"] == "bybit"]


def test_every_known_answer(vectors: list[dict[str, Any]]) -> None:
    assert len(vectors) == 3
    for vector in vectors:
        assert signature(vector["secret"], vector["prehash"]) == vector["signature"]


def test_the_known_answers_come_out_of_whole_requests_and_logins(vectors: list[dict[str, Any]]) -> None:
    get, _, login = vectors
    request = Request("GET", "/v5/market/x", {"category": "linear", "symbol": "BTCUSDT"}, Access.SIGNED)
    signed = bybit().sign(1, request, CREDENTIALS, AT)
    assert signed.url.endswith(f"?{get['query']}")
    assert signed.headers == {
        "X-BAPI-API-KEY": "test_api_key",
        "X-BAPI-SIGN": get["signature"],
        "X-BAPI-TIMESTAMP": "1700000000000",
        "X-BAPI-RECV-WINDOW": "5000",
    }
    assert login_args(CREDENTIALS, login["expires"]) == login["frame_args"]


def test_a_login_expires_ten_seconds_ahead_as_a_number() -> None:
    for role in ("private", "trade"):
        frame = json.loads(bybit().login_frame(role, CREDENTIALS, AT))
        assert frame == {"op": "auth", "args": login_args(CREDENTIALS, AT + 10_000)}
        assert type(frame["args"][1]) is int
    assert bybit().login_frame("public", CREDENTIALS, AT) == ""


def test_a_post_signs_its_body_as_it_goes_out() -> None:
    order = NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal(1), client_order_id="m")
    request: Any = next(bybit().recipe(PlaceOrder(order)))
    signed = bybit().sign(1, request, CREDENTIALS, AT)
    assert signed.headers["Content-Type"] == "application/json"
    assert signed.headers["X-BAPI-SIGN"] == signature("test_secret", f"{AT}test_api_key5000{signed.body.decode()}")
    assert json.loads(signed.body)["category"] == "linear"


def test_a_query_is_signed_as_it_is_encoded() -> None:
    request = Request("GET", "/v5/order/realtime", {"cursor": "page%3D1&x"}, Access.SIGNED)
    signed = bybit().sign(1, request, CREDENTIALS, AT)
    query = signed.url.partition("?")[2]
    assert query == "cursor=page%253D1%26x"
    assert signed.headers["X-BAPI-SIGN"] == signature("test_secret", f"{AT}test_api_key5000{query}")
    assert signed.body == b""


def test_what_is_public_carries_no_key() -> None:
    venue = bybit()
    public: Any = next(venue.server_time())
    signed = venue.sign(1, public, CREDENTIALS, AT)
    assert (signed.url, signed.headers) == ("https://api.bybit.com/v5/market/time", {})


@pytest.mark.parametrize("action", [GetOpenOrders(), GetOrder("BTCUSDT", client_order_id="m")])
def test_the_secret_is_nowhere_in_a_request(action: Any) -> None:
    venue = bybit()
    request: Any = next(venue.recipe(action))
    signed = venue.sign(1, request, CREDENTIALS, AT)
    assert "test_secret" not in repr(signed)
