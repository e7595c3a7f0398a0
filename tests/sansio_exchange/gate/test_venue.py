"""The class that joins the folder: requests as they go out, replies as they come in, sockets."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.commands import (
    CancelOrder,
    Credentials,
    GetFundingRate,
    GetLatestPrice,
    GetOpenOrders,
    GetOrder,
    PlaceOrder,
    PlaceOrders,
    Topic,
)
from sansio_exchange.errors import ExchangeError, InsufficientFunds, OutcomeUnknown, RateLimited
from sansio_exchange.gate import NETWORKS, Gate
from sansio_exchange.gate.requests import CLIENT_ORDER_ID
from sansio_exchange.gate.signing import subscription_auth
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.venue import Endpoints, Request, Venue
from tests.sansio_exchange.gate.payloads import (
    BUY,
    NOW_MS,
    account,
    gate,
    gate_with_orders,
    order,
    order_with,
)
from tests.sansio_exchange.recipes import body, run

CREDENTIALS = Credentials("key", "secret")
ROOT = "https://api.gateio.ws/api/v4/futures/usdt"


def sent(action: Any) -> SendHttp:
    venue = gate_with_orders(7)
    step: Any = next(venue.recipe(action))
    request: Request = step[0] if isinstance(step, tuple) else step
    return venue.sign(7, request, CREDENTIALS, NOW_MS)


def test_it_is_a_venue() -> None:
    venue: Venue = Gate(NETWORKS["mainnet"])
    assert (venue.name, venue.is_unified_margin, venue.max_batch, venue.order_lifetime) == ("gate", False, 10, 5.0)
    assert venue.sockets.keys() == {"public", "private", "trade"}
    assert "trade" not in Gate(Endpoints("https://a", "wss://b", "wss://c")).sockets


# --- requests ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "method", "url"),
    [
        (GetOpenOrders("BTCUSDT"), "GET", f"{ROOT}/orders?contract=BTC_USDT&status=open&limit=100"),
        (GetOrder("BTCUSDT", 7), "GET", f"{ROOT}/orders/7"),
        (GetOrder("BTCUSDT", 0, "a.b_c-d"), "GET", f"{ROOT}/orders/t-a.b_c-d"),
        (CancelOrder("BTCUSDT", 7), "DELETE", f"{ROOT}/orders/7"),
        (GetFundingRate("BTCUSDT"), "GET", f"{ROOT}/contracts/BTC_USDT"),
    ],
)
def test_a_parameter_stands_where_the_path_names_it_or_in_the_query(action: Any, method: str, url: str) -> None:
    http = sent(action)
    assert (http.method, http.url, http.body) == (method, url, b"")
    assert http.headers["X-Gate-Size-Decimal"] == "1"
    assert "x-gate-exptime" not in http.headers


def test_a_public_question_carries_no_key() -> None:
    assert sent(GetLatestPrice("BTCUSDT")).headers == {"X-Gate-Size-Decimal": "1"}


def test_an_order_has_its_parameters_in_the_body_and_expires_after_five_seconds() -> None:
    http = sent(PlaceOrder(BUY))
    assert (http.method, http.url) == ("POST", f"{ROOT}/orders")
    assert json.loads(http.body)["text"] == "t-mine1"
    assert http.headers["x-gate-exptime"] == str(NOW_MS + 5_000)
    assert http.headers["Content-Type"] == "application/json"


def test_a_batch_is_a_list() -> None:
    http = sent(PlaceOrders((BUY, order_with(client_order_id="mine2"))))
    assert [row["text"] for row in json.loads(http.body)] == ["t-mine1", "t-mine2"]
    assert http.headers["x-gate-exptime"] == str(NOW_MS + 5_000)


def test_no_secret_stands_in_a_request() -> None:
    assert "secret" not in repr(sent(PlaceOrder(BUY)))


# --- replies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (400, body({"label": "INSUFFICIENT_AVAILABLE", "message": "no"}), InsufficientFunds),
        (429, body({"label": "TOO_MANY_REQUESTS", "message": "Request Rate limit Exceeded (311)"}), RateLimited),
        (500, body({"label": "INTERNAL", "message": "x"}), OutcomeUnknown),
        (502, b"<html>", OutcomeUnknown),
        (202, body(order()), OutcomeUnknown),
    ],
)
def test_a_refusal_is_raised(status: int, answer: bytes, kind: type[ExchangeError]) -> None:
    with pytest.raises(kind):
        gate().read(HttpReply(1, status, {}, answer))


@settings(max_examples=200, deadline=None)
@given(st.integers(100, 599), st.binary(max_size=40))
def test_a_reply_is_accepted_or_raises_an_error_of_ours(status: int, answer: bytes) -> None:
    try:
        assert gate().read(HttpReply(1, status, {}, answer)) == answer
        assert status in (200, 201)
    except ExchangeError:
        assert status not in (200, 201)


def test_an_accepted_reply_is_its_body() -> None:
    for status in (200, 201):
        answer = HttpReply(1, status, {"x-gate-ratelimit-requests-remain": "1"}, b"[]")
        assert gate().read(answer) == b"[]"
        assert gate().used(answer) == {}


# --- ids --------------------------------------------------------------------------------------------------------


def test_client_order_ids_are_of_the_venues_form_and_never_the_same() -> None:
    venue = gate()
    ids = {
        venue.client_order_id(session, number)
        for session in ("a", "a1", "ax1", "with-hyphen", "x" * 40, "")
        for number in (1, 11, 10**20)
    }
    assert len(ids) == 18
    assert all(CLIENT_ORDER_ID.fullmatch(each) for each in ids)
    assert venue.client_order_id("s7", 12) == "s7x12"


# --- sockets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["public", "trade"])
def test_where_a_socket_is_opened(role: str) -> None:
    assert run(gate().url(role)) == ("wss://fx-ws.gateio.ws/v4/ws/usdt", [])
    assert run(gate(network="testnet").url(role)) == ("wss://ws-testnet.gate.com/v4/ws/futures/usdt", [])
    assert run(gate().renew(role)) == (None, [])


def private_frames(venue: Gate) -> list[dict[str, Any]]:
    assert venue.login_frame("private", CREDENTIALS, NOW_MS + 999) == ""
    return [json.loads(frame) for frame in venue.private_frames("private-3")]


@pytest.mark.parametrize(
    ("answers", "user_id"),
    [
        ((body(account(user=1666)),), "1666"),
        ((body(account(user="6333333")),), "6333333"),
        ((body({"available": "1"}), body({"user_id": 1667201533})), "1667201533"),
    ],
)
def test_each_private_channel_is_asked_for_with_the_users_id_and_signed(
    answers: tuple[bytes, ...], user_id: str
) -> None:
    venue = gate()
    url, asked = run(venue.url("private"), *answers)
    assert url == "wss://fx-ws.gateio.ws/v4/ws/usdt"
    assert [each.path for each in asked] == ["/api/v4/futures/usdt/accounts", "/api/v4/account/detail"][: len(answers)]
    frames = private_frames(venue)
    assert [(frame["channel"], frame["payload"]) for frame in frames] == [
        ("futures.orders", [user_id, "!all"]),
        ("futures.usertrades", [user_id, "!all"]),
        ("futures.positions", [user_id, "!all"]),
        ("futures.balances", [user_id]),
    ]
    for frame in frames:
        seconds = NOW_MS // 1000
        assert (frame["id"], frame["event"], frame["time"]) == (3, "subscribe", seconds)
        assert frame["auth"] == subscription_auth(CREDENTIALS, seconds, frame["channel"], "subscribe")
    assert "secret" not in json.dumps(frames)


def test_only_order_entry_logs_in() -> None:
    assert gate().login_frame("public", CREDENTIALS, NOW_MS) == ""
    assert json.loads(gate().login_frame("trade", CREDENTIALS, NOW_MS))["channel"] == "futures.login"


def test_topics_are_asked_for_channel_by_channel_under_one_id() -> None:
    topics = [
        Topic("price", "BTCUSDT"),
        Topic("kline", "ETHUSDT", "1h"),
        Topic("price", "GONEUSDT"),
        Topic("kline", "BTCUSDT", "1h"),
    ]
    venue = gate()
    frames = [json.loads(frame) for frame in venue.subscribe_frame("public-2", topics)]
    assert frames == [
        {"time": 1, "id": 2, "channel": channel, "event": "subscribe", "payload": payload}
        for channel, payload in (
            ("futures.trades", ["BTC_USDT", "GONE_USDT"]),
            ("futures.candlesticks", ["1h", "ETH_USDT"]),
            ("futures.candlesticks", ["1h", "BTC_USDT"]),
        )
    ]
    assert venue.acknowledgements(topics) == len(frames)
    ended = [json.loads(frame) for frame in venue.unsubscribe_frame("public-3", topics)]
    assert [{**frame, "id": 2, "event": "subscribe"} for frame in ended] == frames


def test_what_stands_in_a_journal_has_no_secrets() -> None:
    said = body({"data": {"result": {"api_key": "ea83fad2604399da16bf97e6eea772a6", "uid": "1"}}})
    assert json.loads(gate().redact(said)) == {"data": {"result": {"api_key": "redacted", "uid": "1"}}}
