"""The class that joins the folder, as the session sees it."""

import json
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange import commands
from sansio_exchange.binance import NETWORKS, Binance
from sansio_exchange.commands import (
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    Credentials,
    FetchExchangeInfo,
    GetAccount,
    GetBalance,
    GetFills,
    GetFundingRate,
    GetFundingRates,
    GetHistoricalFundingRates,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenInterest,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    GetTickers,
    PlaceOrder,
    PlaceOrders,
    Topic,
)
from sansio_exchange.errors import (
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    UnknownSymbol,
    VenueUnavailable,
)
from sansio_exchange.machine import HttpReply
from sansio_exchange.market import PriceChange
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Access, Budget, Endpoints, Request, Venue
from tests.sansio_exchange.binance.payloads import exchange_info, order, symbol
from tests.sansio_exchange.recipes import body, run

CREDENTIALS = Credentials("the key", "the secret")
MARKET = NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal("0.1"), client_order_id="mine-1")


@pytest.fixture
def binance() -> Binance:
    return Binance(NETWORKS["mainnet"])


def test_it_is_a_venue(binance: Binance) -> None:
    venue: Venue = binance
    assert (venue.name, venue.max_batch, venue.order_lifetime, venue.is_unified_margin) == ("binance", 5, 5.0, False)
    assert set(venue.sockets) == {"public", "market", "private", "trade"}
    assert set(Binance(Endpoints("http://x", "ws://x", "ws://x")).sockets) == {"public", "market", "private"}


ACTIONS: list[Any] = [
    PlaceOrder(MARKET),
    PlaceOrders((MARKET,)),
    CancelOrder("BTCUSDT", order_id=7),
    CancelOrders("BTCUSDT", (7,)),
    CancelAllOrders(),
    GetOrder("BTCUSDT", order_id=7),
    GetOpenOrders(),
    GetFills("BTCUSDT"),
    GetAccount(),
    GetPositions(),
    GetBalance("USDT"),
    GetLatestPrice("BTCUSDT"),
    GetTickers(),
    GetOpenInterest("BTCUSDT"),
    GetHistoricalKlines("BTCUSDT", "1m", 10),
    FetchExchangeInfo(),
    GetFundingRate("BTCUSDT"),
    GetFundingRates(),
    GetHistoricalFundingRates("BTCUSDT", 10),
]
OF_THE_SESSION = {
    "Start",
    "Subscribe",
    "Unsubscribe",
    "ReplaceCredentials",
    "GetSymbols",
    "GetSymbolInfo",
}


def test_every_action_is_answered_by_a_recipe_or_by_the_session(binance: Binance) -> None:
    answered = {type(action).__name__ for action in ACTIONS}
    assert answered | OF_THE_SESSION == {kind.__name__ for kind in commands.Action.__args__}
    for action in ACTIONS:
        step: Any = next(binance.recipe(action))
        assert all(isinstance(each, Request) for each in (step if isinstance(step, tuple) else (step,)))
    with pytest.raises(TypeError, match="answered by the session"):
        binance.recipe(commands.GetSymbols())


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (CancelOrder("BTCUSDT"), "order_id"),
        (GetOrder("BTCUSDT"), "order_id"),
        (GetBalance(""), "asset"),
        (GetHistoricalKlines("BTCUSDT", "1m", 1_501), "limit"),
        (GetHistoricalKlines("BTCUSDT", "9m", 1), "interval"),
        (GetHistoricalFundingRates("BTCUSDT", 0), "limit"),
        (PlaceOrder(NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal(1))), "client_order_id"),
    ],
)
def test_a_broken_rule_is_told_when_the_recipe_is_made(binance: Binance, action: Any, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        binance.recipe(action)
    assert refused.value.field == field


def test_a_question_has_no_unknown_outcome(binance: Binance) -> None:
    for recipe in (
        binance.recipe(GetOpenOrders()),
        binance.recipe(GetOrder("BTCUSDT", order_id=1)),
        binance.recipe(FetchExchangeInfo()),
        binance.check(),
        binance.server_time(),
        binance.url("private"),
        binance.renew("private"),
    ):
        with pytest.raises(VenueUnavailable, match=r"^the venue answers with HTTP 502$") as unavailable:
            run(recipe, OutcomeUnknown("the venue answers with HTTP 502"))
        assert unavailable.value.retry_after
    with pytest.raises(OutcomeUnknown):
        run(binance.recipe(PlaceOrder(MARKET)), OutcomeUnknown("the venue failed (HTTP 502)"))


# --- symbols and budgets ----------------------------------------------------------------------------------------


def test_exchange_info_tells_symbols_and_limits(binance: Binance) -> None:
    assert Budget("weight_1m", 2_400, 60) in binance.budgets()
    result, _ = run(binance.recipe(FetchExchangeInfo()), exchange_info(symbol("BTCUSDT"), symbol("ETHUSDT")))
    assert result is None
    assert binance.symbols.names() == ("BTCUSDT", "ETHUSDT")
    assert Budget("weight_1m", 6_000, 60) in binance.budgets()
    run(binance.recipe(FetchExchangeInfo("ETHUSDT")), exchange_info(symbol("BTCUSDT"), symbol("ETHUSDT")))
    with pytest.raises(UnknownSymbol):
        run(binance.recipe(FetchExchangeInfo("ETHUSDT")), exchange_info(symbol("BTCUSDT")))
    assert binance.symbols.names() == ("BTCUSDT",)


def test_symbols_are_those_that_streams_are_read_by(binance: Binance) -> None:
    message = b'{"e":"aggTrade","E":1,"s":"ETHUSDT","p":"1.5","q":"2","T":3}'
    assert binance.decode("market", message) == [PriceChange("ETHUSDT", Decimal("1.5"), 3, Decimal(2))]
    run(binance.recipe(FetchExchangeInfo()), exchange_info())
    assert not isinstance(binance.decode("market", message)[0], PriceChange)


@given(session=st.text(max_size=60), number=st.integers(0, 10**12))
def test_client_order_ids_are_of_the_venues_form(session: str, number: int) -> None:
    made = Binance(NETWORKS["mainnet"]).client_order_id(session, number)
    assert re.fullmatch(r"[.A-Z:/a-z0-9_-]{1,36}", made)


def test_client_order_ids_are_unique_and_say_whose_they_are(binance: Binance) -> None:
    assert binance.client_order_id("a1b2c3", 17) == "a1b2c3-17"
    made = {binance.client_order_id(session, number) for session in ("a", "ü", "x" * 40) for number in range(100)}
    assert len(made) == 300


# --- requests ---------------------------------------------------------------------------------------------------


def test_a_public_request_carries_no_key(binance: Binance) -> None:
    sent = binance.sign(3, Request("GET", "/fapi/v1/klines", {"symbol": "BTCUSDT", "limit": 5}), CREDENTIALS, 1)
    assert sent.url == "https://fapi.binance.com/fapi/v1/klines?symbol=BTCUSDT&limit=5"
    assert (sent.request_id, sent.method, sent.headers, sent.body) == (3, "GET", {}, b"")
    assert binance.sign(3, Request("GET", "/fapi/v1/time"), CREDENTIALS, 1).url.endswith("/fapi/v1/time")


def test_the_user_stream_takes_the_key_alone(binance: Binance) -> None:
    sent = binance.sign(4, Request("POST", "/fapi/v1/listenKey", access=Access.KEY), CREDENTIALS, 1)
    assert sent.url == "https://fapi.binance.com/fapi/v1/listenKey"
    assert sent.headers == {"X-MBX-APIKEY": "the key"}


def test_a_signed_request_carries_key_window_timestamp_and_signature(binance: Binance) -> None:
    sent = binance.sign(5, Request("GET", "/fapi/v3/account", access=Access.SIGNED), CREDENTIALS, 1_700_000_000_000)
    query = parse_qs(urlsplit(sent.url).query)
    assert (query["recvWindow"], query["timestamp"]) == (["5000"], ["1700000000000"])
    assert re.fullmatch(r"[0-9a-f]{64}", query["signature"][0])
    assert sent.headers == {"X-MBX-APIKEY": "the key"}
    assert "the secret" not in repr(sent)


def test_accepted_replies_are_their_body_and_refused_ones_an_error(binance: Binance) -> None:
    assert binance.read(HttpReply(1, 200, {}, b"{}")) == b"{}"
    with pytest.raises(InsufficientFunds):
        binance.read(HttpReply(1, 400, {}, b'{"code":-2019,"msg":"Margin is insufficient."}'))
    assert binance.used(HttpReply(1, 200, {"x-mbx-used-weight-1m": "5"}, b"")) == {"weight_1m": 5}


@given(status=st.integers(300, 599), data=st.binary(max_size=80), retry=st.text(max_size=12))
def test_any_refusal_is_an_error_of_ours(status: int, data: bytes, retry: str) -> None:
    venue = Binance(NETWORKS["mainnet"])
    with pytest.raises(ExchangeError) as refused:
        venue.read(HttpReply(1, status, {"retry-after": retry, "date": retry}, data))
    assert refused.value.message


# --- sockets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "url"),
    [
        ("public", "wss://fstream.binance.com/public/ws"),
        ("market", "wss://fstream.binance.com/market/ws"),
        ("trade", "wss://ws-fapi.binance.com/ws-fapi/v1"),
    ],
)
def test_addresses_that_need_no_asking(binance: Binance, role: str, url: str) -> None:
    assert run(binance.url(role)) == (url, [])


def test_every_private_session_begins_with_a_listen_key(binance: Binance) -> None:
    url, asked = run(binance.url("private"), b'{"listenKey":"abc"}')
    assert url.startswith("wss://fstream.binance.com/private/ws?listenKey=abc&events=ORDER_TRADE_UPDATE/")
    assert asked[0].method == "POST"
    assert run(binance.renew("private"), b"{}")[1][0].method == "PUT"
    assert binance.login_frame("private", CREDENTIALS, 1) == ""
    assert binance.private_frames("1") == ()


def test_subscriptions_name_streams_and_have_integer_ids(binance: Binance) -> None:
    topics = [Topic("price", "BTCUSDT"), Topic("funding", "ETHUSDT")]
    assert json.loads(binance.subscribe_frame("12", topics)) == {
        "method": "SUBSCRIBE",
        "params": ["btcusdt@aggTrade", "ethusdt@markPrice@1s"],
        "id": 12,
    }
    assert json.loads(binance.unsubscribe_frame("x", topics[:1])) == {
        "method": "UNSUBSCRIBE",
        "params": ["btcusdt@aggTrade"],
        "id": "x",
    }
    assert binance.role(Topic("book", "BTCUSDT")) == "public"


def test_an_order_entry_frame_goes_out_and_its_reply_comes_back(binance: Binance) -> None:
    recipe = binance.recipe(PlaceOrder(MARKET))
    request = next(recipe)
    assert isinstance(request, Request)
    frame = json.loads(binance.trade_frame("5", request, CREDENTIALS, 1_700_000_000_000))
    assert (frame["id"], frame["method"], frame["params"]["apiKey"]) == ("5", "order.place", "the key")
    assert "the secret" not in json.dumps(frame)
    (reply,) = binance.decode("trade", body({"id": "5", "status": 200, "result": order()}))
    with pytest.raises(StopIteration) as stop:
        recipe.send(reply.body)  # type: ignore[union-attr]  # what was decoded is a WsReply
    assert stop.value.value.order_id == 22542179


def test_journals_get_no_keys(binance: Binance) -> None:
    assert binance.redact(b'{"listenKey":"abc"}') == b'{"listenKey":"redacted"}'
