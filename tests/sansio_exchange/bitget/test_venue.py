"""The class that joins the folder: requests as they go out, replies as they come in, sockets."""

import json
from typing import Any

import pytest

from sansio_exchange.bitget import NETWORKS, Bitget
from sansio_exchange.bitget.requests import CLIENT_ORDER_ID
from sansio_exchange.commands import Credentials, GetLatestPrice, GetPositions, PlaceOrder, PlaceOrders, Topic
from sansio_exchange.errors import ExchangeError, InsufficientFunds, OutcomeUnknown, RateLimited, UnexpectedReply
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.session.subscriptions import TOPICS_PER_FRAME
from sansio_exchange.venue import Endpoints, Request, Venue
from tests.sansio_exchange.bitget.asking import BUY, order_with
from tests.sansio_exchange.bitget.payloads import ack, bitget, reply
from tests.sansio_exchange.recipes import run

CREDENTIALS = Credentials("key", "secret", "phrase")
NOW_MS = 1_700_000_000_000


def sent(action: Any, network: str = "mainnet") -> SendHttp:
    venue = bitget(network=network)
    step: Any = next(venue.recipe(action))
    request: Request = step[0] if isinstance(step, tuple) else step
    return venue.sign(7, request, CREDENTIALS, NOW_MS)


def test_it_is_a_venue() -> None:
    venue: Venue = Bitget(NETWORKS["mainnet"])
    assert (venue.name, venue.is_unified_margin, venue.max_batch, venue.order_lifetime) == ("bitget", False, 20, 30.0)
    assert venue.sockets.keys() == {"public", "private"}, "order entry by socket has to be applied for"
    assert Bitget(Endpoints("https://a", "wss://b", "wss://c", "wss://d")).sockets.keys() == {
        "public",
        "private",
        "trade",
    }


# --- requests ---------------------------------------------------------------------------------------------------


def test_a_question_has_its_parameters_in_the_query_in_alphabetical_order() -> None:
    http = sent(GetPositions("BTCUSDT"))
    assert (http.method, http.body) == ("GET", b"")
    path, _, query = http.url.partition("?")
    assert path == "https://api.bitget.com/api/v2/mix/position/single-position"
    assert query == "marginCoin=USDT&productType=USDT-FUTURES&symbol=BTCUSDT"
    assert (http.headers["ACCESS-KEY"], http.headers["ACCESS-PASSPHRASE"]) == ("key", "phrase")
    assert http.headers["ACCESS-TIMESTAMP"] == str(NOW_MS)


def test_a_public_question_carries_no_key() -> None:
    assert sent(GetLatestPrice("BTCUSDT")).headers == {}


def test_an_order_has_its_parameters_in_the_body() -> None:
    http = sent(PlaceOrder(BUY))
    assert (http.method, http.url) == ("POST", "https://api.bitget.com/api/v2/mix/order/place-order")
    assert json.loads(http.body)["clientOid"] == "mine1"
    assert http.headers["Content-Type"] == "application/json"


def test_a_batch_is_an_object_with_a_list() -> None:
    http = sent(PlaceOrders((BUY, order_with(client_order_id="mine2"))))
    assert [row["clientOid"] for row in json.loads(http.body)["orderList"]] == ["mine1", "mine2"]


def test_demo_trading_is_said_in_every_request() -> None:
    for action in (PlaceOrder(BUY), GetLatestPrice("BTCUSDT"), GetPositions()):
        assert sent(action, "testnet").headers["paptrading"] == "1"
        assert "paptrading" not in sent(action).headers


def test_no_secret_stands_in_a_request() -> None:
    assert "secret" not in repr(sent(PlaceOrder(BUY)))


# --- replies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, reply(None, code="40762"), InsufficientFunds),
        (400, reply(None, code="40762"), InsufficientFunds),
        (200, reply(None, code="429"), RateLimited),
        (200, b"<html>", UnexpectedReply),
        (502, b"", OutcomeUnknown),
        (429, b"", RateLimited),
    ],
)
def test_a_refusal_is_raised(status: int, body: bytes, kind: type[ExchangeError]) -> None:
    with pytest.raises(kind):
        bitget().read(HttpReply(1, status, {}, body))


def test_an_accepted_reply_is_its_body() -> None:
    answer = HttpReply(1, 200, {}, reply(ack()))
    assert bitget().read(answer) == reply(ack())
    assert bitget().used(answer) == {}


# --- ids --------------------------------------------------------------------------------------------------------


def test_client_order_ids_are_of_the_venues_form_and_never_the_same() -> None:
    venue = bitget()
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
    ("network", "role", "url"),
    [
        ("mainnet", "public", "wss://ws.bitget.com/v2/ws/public"),
        ("mainnet", "private", "wss://ws.bitget.com/v2/ws/private"),
        ("testnet", "public", "wss://wspap.bitget.com/v2/ws/public"),
        ("testnet", "private", "wss://wspap.bitget.com/v2/ws/private"),
    ],
)
def test_where_a_socket_is_opened(network: str, role: str, url: str) -> None:
    venue = bitget(network=network)
    assert run(venue.url(role)) == (url, [])
    assert run(venue.renew(role)) == (None, [])


def test_order_entry_has_a_connection_of_its_own() -> None:
    venue = Bitget(Endpoints("https://a", "wss://b", "wss://c", "wss://d"))
    assert run(venue.url("trade")) == ("wss://d/v2/ws/private", [])


def test_only_private_sockets_log_in_by_the_second() -> None:
    assert bitget().login_frame("public", CREDENTIALS, NOW_MS) == ""
    for role in ("private", "trade"):
        frame = json.loads(bitget().login_frame(role, CREDENTIALS, NOW_MS))
        assert frame["op"] == "login"
        assert frame["args"][0]["timestamp"] == "1700000000"


def test_the_private_channels_are_asked_for_one_by_one() -> None:
    frames = [json.loads(frame) for frame in bitget().private_frames("private-3")]
    assert frames == [
        {"op": "subscribe", "args": [{"instType": "USDT-FUTURES", "channel": channel, key: "default"}]}
        for channel, key in (("orders", "instId"), ("account", "coin"), ("positions", "instId"))
    ]


def test_a_subscription_names_channel_by_channel_and_is_acknowledged_so() -> None:
    topics = [Topic("price", "BTCUSDT"), Topic("funding", "ETHUSDT"), Topic("kline", "GONEUSDT", "1h")]
    venue = bitget()
    frame = json.loads(venue.subscribe_frame("public-2", topics))
    assert frame == {
        "op": "subscribe",
        "args": [
            {"instType": "USDT-FUTURES", "channel": channel, "instId": symbol}
            for channel, symbol in (("trade", "BTCUSDT"), ("ticker", "ETHUSDT"), ("candle1H", "GONEUSDT"))
        ],
    }
    assert venue.acknowledgements(topics) == len(frame["args"])
    assert json.loads(venue.unsubscribe_frame("public-3", topics)) == {**frame, "op": "unsubscribe"}


def test_the_most_topics_of_the_longest_names_stay_below_4096_bytes() -> None:
    """ "The total length of multiple channel cannot exceed 4096 bytes" ("Websocket API")."""
    topics = [Topic("kline", f"1000000LONGNAME{n:02}USDT", "12h") for n in range(TOPICS_PER_FRAME)]
    assert len(bitget().subscribe_frame("public-1", topics)) <= 4096
    assert len(bitget().unsubscribe_frame("public-1", topics)) <= 4096


def test_what_stands_in_a_journal_has_no_secrets() -> None:
    echo = b'{"event":"error","code":30005,"msg":"Invalid request: {\\"passphrase\\":\\"sesame\\"}"}'
    assert b"sesame" not in bitget().redact(echo)
