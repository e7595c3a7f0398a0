"""The class that joins the folder: requests as they go out, replies as they come in, sockets."""

import json
from typing import Any

import pytest

from sansio_exchange.commands import Credentials, GetLatestPrice, GetPositions, PlaceOrder, PlaceOrders, Topic
from sansio_exchange.errors import ExchangeError, InsufficientFunds, OutcomeUnknown, RateLimited, UnexpectedReply
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.okx import NETWORKS, Okx
from sansio_exchange.okx.requests import CLIENT_ORDER_ID
from sansio_exchange.venue import Endpoints, Request, Venue
from tests.sansio_exchange.okx.asking import BUY, order_with
from tests.sansio_exchange.okx.payloads import ack, okx, reply
from tests.sansio_exchange.recipes import run

CREDENTIALS = Credentials("key", "secret", "phrase")
NOW_MS = 1_700_000_000_000


def sent(action: Any, network: str = "mainnet") -> SendHttp:
    venue = okx(network=network)
    step: Any = next(venue.recipe(action))
    request: Request = step[0] if isinstance(step, tuple) else step
    return venue.sign(7, request, CREDENTIALS, NOW_MS)


def test_it_is_a_venue() -> None:
    venue: Venue = Okx(NETWORKS["mainnet"])
    assert (venue.name, venue.is_unified_margin, venue.max_batch, venue.order_lifetime) == ("okx", True, 20, 5.0)
    assert venue.sockets.keys() == {"public", "business", "private", "trade"}
    assert "trade" not in Okx(Endpoints("https://a", "wss://b", "wss://c")).sockets


# --- requests ---------------------------------------------------------------------------------------------------


def test_a_question_has_its_parameters_in_the_query() -> None:
    http = sent(GetPositions("BTCUSDT"))
    assert (http.method, http.url, http.body) == (
        "GET",
        "https://openapi.okx.com/api/v5/account/positions?instType=SWAP&instId=BTC-USDT-SWAP",
        b"",
    )
    assert http.headers["OK-ACCESS-KEY"] == "key"
    assert "expTime" not in http.headers


def test_a_public_question_carries_no_key() -> None:
    assert sent(GetLatestPrice("BTCUSDT")).headers == {}


def test_an_order_has_its_parameters_in_the_body_and_expires_after_five_seconds() -> None:
    http = sent(PlaceOrder(BUY))
    assert (http.method, http.url) == ("POST", "https://openapi.okx.com/api/v5/trade/order")
    assert json.loads(http.body)["clOrdId"] == "mine1"
    assert http.headers["expTime"] == "1700000005000"
    assert http.headers["Content-Type"] == "application/json"


def test_a_batch_is_a_list() -> None:
    http = sent(PlaceOrders((BUY, order_with(client_order_id="mine2"))))
    assert [row["clOrdId"] for row in json.loads(http.body)] == ["mine1", "mine2"]
    assert http.headers["expTime"] == "1700000005000"


def test_demo_trading_is_said_in_every_request() -> None:
    for action in (PlaceOrder(BUY), GetLatestPrice("BTCUSDT"), GetPositions()):
        assert sent(action, "testnet").headers["x-simulated-trading"] == "1"
        assert "x-simulated-trading" not in sent(action).headers


def test_no_secret_stands_in_a_request() -> None:
    http = sent(PlaceOrder(BUY))
    assert "secret" not in repr(http)


# --- replies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, reply(ack(sCode="51008"), code="1"), InsufficientFunds),
        (200, reply(code="50011"), RateLimited),
        (200, b"<html>", UnexpectedReply),
        (502, b"", OutcomeUnknown),
        (429, b"", RateLimited),
    ],
)
def test_a_refusal_is_raised(status: int, body: bytes, kind: type[ExchangeError]) -> None:
    with pytest.raises(kind):
        okx().read(HttpReply(1, status, {}, body))


def test_an_accepted_reply_is_its_body() -> None:
    partial = reply(ack(), ack(sCode="51008"), code="2")
    for body in (reply(ack()), partial):
        answer = HttpReply(1, 200, {}, body)
        assert okx().read(answer) == body
        assert okx().used(answer) == {}


# --- ids --------------------------------------------------------------------------------------------------------


def test_client_order_ids_are_letters_and_digits_and_never_the_same() -> None:
    venue = okx()
    ids = {
        venue.client_order_id(session, number)
        for session in ("a", "a1", "ax1", "with-hyphen", "x" * 40, "")
        for number in (1, 11, 10**20)
    }
    assert len(ids) == 18
    assert all(CLIENT_ORDER_ID.fullmatch(each) for each in ids)
    assert venue.client_order_id("s7", 12) == "s7x12"


# --- sockets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "url"),
    [
        ("public", "wss://ws.okx.com:8443/ws/v5/public"),
        ("business", "wss://ws.okx.com:8443/ws/v5/business"),
        ("private", "wss://ws.okx.com:8443/ws/v5/private"),
        ("trade", "wss://ws.okx.com:8443/ws/v5/private"),
    ],
)
def test_where_a_socket_is_opened(role: str, url: str) -> None:
    assert run(okx().url(role)) == (url, [])
    assert run(okx().renew(role)) == (None, [])


def test_only_private_sockets_log_in() -> None:
    assert okx().login_frame("public", CREDENTIALS, NOW_MS) == ""
    assert okx().login_frame("business", CREDENTIALS, NOW_MS) == ""
    for role in ("private", "trade"):
        assert json.loads(okx().login_frame(role, CREDENTIALS, NOW_MS))["args"][0]["timestamp"] == "1700000000"


def test_the_private_channels_are_asked_for_one_by_one() -> None:
    frames = [json.loads(frame) for frame in okx().private_frames("private-3")]
    assert [frame["args"][0]["channel"] for frame in frames] == ["orders", "account", "positions"]
    assert [frame["args"][0].get("instType") for frame in frames] == ["SWAP", None, "SWAP"]
    assert {frame["id"] for frame in frames} == {"private3"}
    assert {frame["op"] for frame in frames} == {"subscribe"}
    assert json.loads(frames[1]["args"][0]["extraParams"]) == {"updateInterval": "0"}


def test_a_subscription_names_channel_by_channel_and_is_acknowledged_so() -> None:
    topics = [Topic("price", "BTCUSDT"), Topic("funding", "ETHUSDT"), Topic("price", "GONEUSDT")]
    venue = okx()
    frame = json.loads(venue.subscribe_frame("public-2", topics))
    assert frame == {
        "id": "public2",
        "op": "subscribe",
        "args": [
            {"channel": "trades", "instId": "BTC-USDT-SWAP"},
            {"channel": "funding-rate", "instId": "ETH-USDT-SWAP"},
            {"channel": "mark-price", "instId": "ETH-USDT-SWAP"},
            {"channel": "trades", "instId": "GONE-USDT-SWAP"},
        ],
    }
    assert venue.acknowledgements(topics) == len(frame["args"])
    assert json.loads(venue.unsubscribe_frame("public-3", topics)) == {**frame, "id": "public3", "op": "unsubscribe"}


def test_what_stands_in_a_journal_has_no_secrets() -> None:
    echo = b'{"event":"error","code":"60012","msg":"Invalid request: {\\"passphrase\\":\\"sesame\\"}"}'
    assert b"sesame" not in okx().redact(echo)
