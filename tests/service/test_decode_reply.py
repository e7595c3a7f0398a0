from pathlib import Path
from typing import Any

import msgspec
import pytest

from sansio_exchange.commands import PlaceOrder, PlaceOrders
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.gate.symbols import DOCUMENTED_SIZES
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.venues import NETWORKS, make_venue
from service.decode import decode_lines
from service.decode_reply import reply_decoder
from tests.sansio_exchange.both_sides import BothSides

ORDER = (
    '{"orderId":7,"symbol":"BTCUSDT","status":"NEW","clientOrderId":"a","price":"10","origQty":"2","executedQty":"0",'
    '"cumQuote":"0","side":"SELL","type":"LIMIT","timeInForce":"GTC","updateTime":5}'
)
TRADE = '{"e":"aggTrade","E":10,"s":"BTCUSDT","a":1,"p":"100.5","q":"2","f":1,"l":1,"T":9,"m":true}'
ACCOUNT = (
    '{"totalWalletBalance":"10","totalMarginBalance":"11","availableBalance":"9","assets":'
    '[{"asset":"USDT","walletBalance":"10","availableBalance":"9","updateTime":3}],"positions":[]}'
)
POSITION = (
    '{"symbol":"BTCUSDT","positionSide":"BOTH","positionAmt":"-0.5","entryPrice":"100","markPrice":"101",'
    '"unRealizedProfit":"-0.5","liquidationPrice":"0","isolatedMargin":"0","updateTime":4}'
)


def replies(name: str, *lines: str, **fields: str) -> list[Any]:
    return replies_of("binance", name, *lines, **fields)


def replies_of(exchange: str, name: str, *lines: str, **fields: str) -> list[Any]:
    decode = reply_decoder(make_venue(exchange), name, fields)
    return [msgspec.json.decode(line) for line in decode_lines([line.encode() for line in lines], decode)]


def test_a_reply_becomes_the_result_of_its_method() -> None:
    for name in ("place_order", "get_order"):
        (said,) = replies(name, ORDER)
        assert (said["kind"], said["order_id"], said["side"], said["quantity"]) == ("Order", 7, "SELL", "2")
    assert replies("get_latest_price", '{"symbol":"BTCUSDT","price":"100.10","time":1}') == ["100.10"]
    assert replies("cancel_order", ORDER) == [None]


def test_the_rows_of_a_result_tell_the_number_of_their_input_line() -> None:
    _, (order,) = replies("get_open_orders", "[]", f"[{ORDER}]")
    assert (order["kind"], order["line"], order["order_id"]) == ("Order", 2, 7)


def test_a_batch_is_told_row_by_row() -> None:
    (rows,) = replies("batch_place_orders", f'[{ORDER},{{"code":-2019,"msg":"Margin is insufficient."}}]')
    assert [row["kind"] for row in rows] == ["Order", "InsufficientFunds"]
    assert rows[1]["code"] == "-2019"


def test_an_error_body_becomes_the_error() -> None:
    (said,) = replies("place_order", '{"code":-2019,"msg":"Margin is insufficient."}')
    assert (said["kind"], said["code"]) == ("InsufficientFunds", "-2019")


def test_an_answer_of_the_order_entry_socket_is_taken_as_well() -> None:
    said = replies(
        "place_order",
        f'{{"id":"1","status":200,"result":{ORDER},"rateLimits":[]}}',
        '{"id":"2","status":400,"error":{"code":-2019,"msg":"Margin is insufficient."}}',
    )
    assert [each["kind"] for each in said] == ["Order", "InsufficientFunds"]


def test_answers_of_the_order_entry_socket_may_be_given_together() -> None:
    (order,) = replies("get_order", f'[{{"id":"1","status":200,"result":{ORDER},"rateLimits":[]}}]')
    assert (order["kind"], order["order_id"]) == ("Order", 7)


@pytest.mark.parametrize("base", DOCUMENTED_SIZES)
def test_an_order_in_contracts_of_any_documented_size_is_read(base: str) -> None:
    line = f'{{"id":7,"text":"t-a","contract":"{base}_USDT","size":3,"left":3,"price":"1","tif":"gtc","status":"open"}}'
    (order,) = replies_of("gate", "place_order", line)
    assert (order["kind"], order["symbol"]) == ("Order", f"{base}USDT")


@pytest.mark.parametrize("exchange", NETWORKS)
def test_a_reply_names_the_order_that_was_sent(exchange: str) -> None:
    """What a venue's answer has to fit is taken from the answer where it is not given."""
    sides = BothSides(exchange)
    asked = {
        "place_order": PlaceOrder(sides.limit("mine1")),
        "batch_place_orders": PlaceOrders((sides.limit("mine2"), sides.limit("mine3"))),
    }
    placed = []
    for name, action in asked.items():
        before = len(sides.replies)
        sides.do(action)
        decode = reply_decoder(make_venue(exchange), name, {})
        for line in decode_lines([each.body for each in sides.replies[before:]], decode):
            said = msgspec.json.decode(line)
            placed += said if isinstance(said, list) else [said]
    assert [(each["kind"], each["client_order_id"]) for each in placed] == [
        ("Order", "mine1"),
        ("Order", "mine2"),
        ("Order", "mine3"),
    ]


def test_a_frame_of_order_entry_is_taken_where_the_network_has_no_socket_for_it() -> None:
    venue = make_venue("bitget", endpoints={"trade": ""})
    assert "trade" not in venue.sockets
    line = (
        b'{"event":"trade","arg":[{"id":"6a","instType":"USDT-FUTURES","channel":"place-order","instId":"BTCUSDT",'
        b'"params":{"orderId":"121","clientOid":"mine1"}}],"code":0,"msg":"Success","ts":1}'
    )
    (said,) = reply_decoder(venue, "place_order", {})(line)
    assert (said.order_id, said.client_order_id) == (121, "mine1")


@pytest.mark.parametrize("name", ["place_order", "batch_place_orders", "get_account", "get_tickers", "get_symbols"])
@pytest.mark.parametrize("line", ["<html>", '{"a":1}', "3", '"x"'])
def test_a_reply_that_cannot_be_read_gives_a_line_with_the_reason(name: str, line: str) -> None:
    (said,) = replies(name, line)
    assert (said["kind"], said["source"]) == ("Unreadable", name)
    assert said["reason"]
    assert said["excerpt"] == line


def test_of_several_requests_the_reply_to_any_one_is_enough() -> None:
    (account,) = replies("get_account", ACCOUNT)
    assert (account["kind"], account["wallet_balance"]) == ("Account", "10")
    (positions,) = replies("get_positions", f"[{POSITION}]")
    assert [each["size"] for each in positions] == ["-0.5"]


def test_of_several_requests_the_replies_may_be_given_together() -> None:
    (account,) = replies("get_account", f"[{ACCOUNT},[{POSITION}],[]]")
    assert account["wallet_balance"] == "10"
    assert [each["size"] for each in account["positions"]] == ["-0.5"]


def test_the_exchange_info_answers_for_symbols() -> None:
    info = (
        '{"symbols":[{"symbol":"BTCUSDT","contractType":"PERPETUAL","status":"TRADING","baseAsset":"BTC",'
        '"quoteAsset":"USDT","marginAsset":"USDT","pricePrecision":2,"quantityPrecision":3,"filters":'
        '[{"filterType":"PRICE_FILTER","tickSize":"0.10","minPrice":"1","maxPrice":"1000000"}]}]}'
    )
    assert replies("get_symbols", info) == [["BTCUSDT"]]
    (rules,) = replies("get_symbol_info", info, symbol="BTCUSDT")
    assert (rules["kind"], rules["tick_size"]) == ("SymbolRules", "0.10")
    (unknown,) = replies("get_symbol_info", info, symbol="NONEUSDT")
    assert (unknown["kind"], unknown["field"]) == ("UnknownSymbol", "symbol")


def test_the_reply_to_a_subscription_is_its_stream() -> None:
    (said,) = replies("subscribe_price", TRADE)
    assert said["kind"] == "PriceChange"


def test_a_wrong_field_is_told_before_anything_is_read() -> None:
    with pytest.raises(InvalidRequest, match="colour: is not a field of GetBalanceRequest"):
        reply_decoder(make_venue("binance"), "get_balance", {"colour": "red"})
    with pytest.raises(InvalidRequest, match="METHOD"):
        reply_decoder(make_venue("binance"), "buy", {})


OKX_CANCELLED = '{"code":"0","msg":"","data":[{"clOrdId":"","ordId":"1","sCode":"0","sMsg":""}]}'
OKX_SPOT = '{"code":"0","msg":"","data":[{"instId":"BTC-USDT","clOrdId":"a","ordId":"1","sCode":"0","sMsg":""}]}'


@pytest.mark.parametrize("method", ["place_order", "cancel_order", "batch_cancel_orders", "get_order"])
def test_a_line_that_names_another_product_says_so_and_the_next_one_is_read(method: str) -> None:
    first, second = replies_of("okx", method, OKX_SPOT, "3")
    assert (first["kind"], first["line"], first["field"]) == ("UnknownSymbol", 1, "symbol")
    assert "BTC-USDT" in first["message"]
    assert (second["kind"], second["line"]) == ("Unreadable", 2)
    assert replies_of("okx", "cancel_order", OKX_SPOT, OKX_CANCELLED)[1] is None


def test_the_same_of_another_contract() -> None:
    cancelled = '{"id":7,"contract":"%s","size":1,"left":1,"price":"1","status":"finished","finish_as":"cancelled"}'
    first, second = replies_of("gate", "cancel_order", cancelled % "XYZ_USD", cancelled % "BTC_USDT")
    assert (first["kind"], first["field"]) == ("UnknownSymbol", "symbol")
    assert second is None


@pytest.mark.parametrize(
    ("exchange", "line"),
    [
        ("bitget", '{"code":"00000","msg":"success","data":{"orderId":"7","clientOid":"a b!"}}'),
        ("gate", '{"id":7,"text":"t-a b!","contract":"BTC_USDT","size":1,"left":1,"price":"1","status":"open"}'),
    ],
)
def test_the_same_of_an_order_whose_name_no_order_of_ours_can_have(exchange: str, line: str) -> None:
    first, second = replies_of(exchange, "place_order", line, "3")
    assert (first["kind"], first["field"]) == ("InvalidRequest", "client_order_id")
    assert (second["kind"], second["line"]) == ("Unreadable", 2)


UUID = "94f8a1c0-fe53-4659-a118-1f6ecce04ad9"
OTHER_UUID = "a4c1718e-fe53-4659-a118-1f6ecce04ad9"
BYBIT = '{"retCode":0,"retMsg":"OK","result":%s,"retExtInfo":%s,"time":1}'


@pytest.mark.parametrize("name", ["x", ""])
def test_an_order_is_cancelled_by_whatever_id_the_venue_gives_it(name: str) -> None:
    line = BYBIT % (f'{{"orderId":"{UUID}","orderLinkId":"{name}"}}', "{}")
    assert replies_of("bybit", "cancel_order", line) == [None]
    assert replies_of("bybit", "cancel_order", line, order_id=str(OrderIds().number(UUID))) == [None]
    frame = (
        f'{{"reqId":"2","retCode":0,"retMsg":"OK","op":"order.cancel","data":{{"orderId":"{UUID}","orderLinkId":"{name}"}},'
        '"retExtInfo":{},"header":{"Timenow":"1711001595209"},"connId":"c"}'
    )
    assert replies_of("bybit", "cancel_order", frame) == [None]


def test_an_order_that_was_cancelled_by_its_name_is_known_by_it() -> None:
    gone = '{"code":"1","msg":"","data":[{"clOrdId":"mine1","ordId":"","sCode":"51400","sMsg":"gone"}]}'
    (said,) = replies_of("okx", "cancel_order", gone)
    assert (said["kind"], said["code"]) == ("OrderNotFound", "51400")


@pytest.mark.parametrize(
    ("exchange", "line"),
    [
        (
            "bybit",
            BYBIT
            % (
                f'{{"list":[{{"orderId":"{UUID}","orderLinkId":"x"}},{{"orderId":"{OTHER_UUID}","orderLinkId":""}}]}}',
                '{"list":[{"code":0,"msg":"OK"},{"code":110001,"msg":"order not exists"}]}',
            ),
        ),
        ("gate", '[{"id":"7","succeeded":true},{"id":"8","succeeded":false,"message":"ORDER_NOT_FOUND"}]'),
    ],
)
def test_each_row_of_cancelled_orders_is_known_by_its_id(exchange: str, line: str) -> None:
    ((first, second),) = replies_of(exchange, "batch_cancel_orders", line)
    assert first is None
    assert second["kind"] == "OrderNotFound"


def test_an_error_is_told_of_another_order_than_the_one_that_was_named() -> None:
    line = BYBIT % (f'{{"orderId":"{UUID}","orderLinkId":"x"}}', "{}")
    (said,) = replies_of("bybit", "cancel_order", line, order_id="7")
    assert said["kind"] == "Unreadable"
    assert "another order" in said["reason"]


def test_a_market_order_and_an_order_by_its_name_may_be_asked_for() -> None:
    assert replies("place_order", ORDER, type="MARKET")[0]["kind"] == "Order"
    assert replies("get_order", ORDER, client_order_id="a")[0]["kind"] == "Order"


def test_a_line_that_is_not_the_reply_to_any_request_is_not_passed_over() -> None:
    """The other requests are taken as empty: then there is no such order, whatever the line says."""
    (said,) = replies_of("bybit", "get_order", '{"retCode":0,"retMsg":"OK","result":{"x":1},"time":1}', order_id="7")
    assert said["kind"] == "Unreadable"


@pytest.mark.parametrize("exchange", NETWORKS)
@pytest.mark.parametrize("method", ["place_order", "cancel_order", "batch_cancel_orders", "get_order", "get_account"])
def test_every_payload_ever_seen_gives_a_line(exchange: str, method: str, shared: Path) -> None:
    rows = [msgspec.json.decode(line) for line in (shared / "fixtures" / f"{exchange}.jsonl").read_bytes().splitlines()]
    payloads = [msgspec.json.encode(row.get("payload")) for row in rows]
    decode = reply_decoder(make_venue(exchange), method, {})
    for payload in payloads:
        assert list(decode_lines([payload], decode))
