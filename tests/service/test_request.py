import hashlib
import hmac
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from sansio_exchange.commands import Credentials
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venues import make_venue
from service.request import show_request

NOW_MS = 1_700_000_000_000
KEY = Credentials("the-key", "the-secret", "the-passphrase")
LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "9000"}


def show(
    name: str, fields: dict[str, str], *, over_ws: bool = False, exchange: str = "binance"
) -> list[dict[str, object]]:
    lines = list(show_request(make_venue(exchange), name, fields, KEY, NOW_MS, over_ws=over_ws))
    assert not any("the-secret" in line or "the-passphrase" in line for line in lines)
    return [msgspec.json.decode(line) for line in lines]


def test_an_order_over_http_is_signed_over_its_query() -> None:
    (shown,) = show("place_order", {**LIMIT, "client_order_id": "mine-1"})
    assert shown["method"] == "POST"
    assert shown["headers"] == {"X-MBX-APIKEY": "the-key"}
    assert shown["body"] == ""
    url = urlsplit(str(shown["url"]))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://fapi.binance.com/fapi/v1/order"
    said = dict(parse_qsl(url.query))
    assert said["timestamp"] == str(NOW_MS)
    assert said["newClientOrderId"] == "mine-1"
    signed, _, signature = url.query.rpartition("&signature=")
    assert signature == hmac.new(b"the-secret", signed.encode(), hashlib.sha256).hexdigest()


def test_an_order_over_websocket_is_a_signed_frame() -> None:
    (shown,) = show("place_order", LIMIT, over_ws=True)
    assert shown["url"] == "wss://ws-fapi.binance.com/ws-fapi/v1"
    frame = msgspec.json.decode(str(shown["frame"]))
    assert frame["method"] == "order.place"
    params = frame["params"]
    assert params["timestamp"] == NOW_MS
    signed = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "signature")
    assert params["signature"] == hmac.new(b"the-secret", signed.encode(), hashlib.sha256).hexdigest()


def test_the_same_call_at_the_same_time_gives_the_same_bytes() -> None:
    assert show("place_order", LIMIT) == show("place_order", LIMIT)


def test_a_call_of_several_requests_shows_each() -> None:
    assert len(show("get_account", {})) == 3


def test_a_subscription_is_its_socket_and_frame() -> None:
    (shown,) = show("subscribe_price", {"symbols": "BTCUSDT,ETHUSDT"})
    assert str(shown["url"]).startswith("wss://fstream.binance.com/")
    assert msgspec.json.decode(str(shown["frame"]))["params"] == ["btcusdt@aggTrade", "ethusdt@aggTrade"]


def test_the_order_stream_begins_with_the_request_for_a_listen_key() -> None:
    (shown,) = show("subscribe_orders", {})
    assert (shown["method"], shown["url"]) == ("POST", "https://fapi.binance.com/fapi/v1/listenKey")


def test_what_the_venue_takes_over_http_only_is_said_so() -> None:
    with pytest.raises(InvalidRequest, match="--ws: binance takes the first request of get_account over HTTP only"):
        show("get_account", {}, over_ws=True)


def test_what_the_venue_takes_over_http_by_default_is_said_so() -> None:
    with pytest.raises(InvalidRequest, match="--ws: cancel_order goes to bitget over HTTP by default"):
        show("cancel_order", {"symbol": "BTCUSDT", "order_id": "7"}, over_ws=True, exchange="bitget")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("place_order", LIMIT),
        ("cancel_order", {"symbol": "BTCUSDT", "order_id": "7"}),
        ("batch_cancel_orders", {"symbol": "BTCUSDT", "order_ids": "7,8"}),
    ],
)
def test_a_code_that_only_the_listing_tells_is_left_open(name: str, fields: dict[str, str]) -> None:
    (shown,) = show(name, fields, over_ws=True, exchange="okx")
    rows = msgspec.json.decode(str(shown["frame"]))["args"]
    assert {(row["instIdCode"], "instId" in row) for row in rows} == {(0, False)}


def test_each_frame_has_a_line_of_its_own() -> None:
    lines = show("subscribe_klines", {"symbols": "BTCUSDT,ETHUSDT", "interval": "1m"}, exchange="gate")
    assert [msgspec.json.decode(str(each["frame"]))["payload"] for each in lines] == [
        ["1m", "BTC_USDT"],
        ["1m", "ETH_USDT"],
    ]
