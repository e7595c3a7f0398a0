from typing import Any

import msgspec
import pytest

from sansio_exchange.commands import PlaceOrder, PlaceOrders
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venues import NETWORKS, make_venue
from service.decode import decode_lines, reply_decoder, stream_decoder
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
    decode = reply_decoder(make_venue("binance"), name, fields)
    return [msgspec.json.decode(line) for line in decode_lines([line.encode() for line in lines], decode)]


def stream(kind: str, *lines: str) -> list[Any]:
    decode = stream_decoder(make_venue("binance"), kind)
    return [msgspec.json.decode(line) for line in decode_lines([line.encode() for line in lines], decode)]


FILLED = (
    '{"e":"ORDER_TRADE_UPDATE","E":10,"T":9,"o":{"s":"BTCUSDT","c":"a","S":"BUY","o":"LIMIT","f":"GTC","q":"1",'
    '"p":"10","x":"NEW","X":"NEW","i":7,"l":"0","z":"0","T":9}}'
)
WALLET = '{"e":"ACCOUNT_UPDATE","E":10,"T":9,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"10","cw":"10","bc":"0"}],"P":[]}}'


def test_a_public_message_becomes_its_events() -> None:
    (said,) = stream("public", TRADE)
    assert said["kind"] == "PriceChange"
    assert (said["symbol"], said["price"], said["time_ms"]) == ("BTCUSDT", "100.5", 9)


@pytest.mark.parametrize(
    ("line", "of", "kind"),
    [
        (TRADE, "public", "PriceChange"),
        (FILLED, "private", "OrderUpdate"),
        (WALLET, "private", "AccountChange"),
        ('{"e":"listenKeyExpired","E":1,"listenKey":"k"}', "private", "SessionExpired"),
    ],
)
def test_a_message_of_another_stream_is_ignored_and_said_so(line: str, of: str, kind: str) -> None:
    (said,) = stream(of, line)
    assert said["kind"] == kind
    (said,) = stream("public" if of == "private" else "private", line)
    assert said == {"kind": "Ignored", "line": 1, "reason": f"{kind}: belongs to the {of} stream"}


def test_an_answer_of_the_order_entry_socket_belongs_to_neither_stream() -> None:
    answer = f'{{"id":"1","status":200,"result":{ORDER},"rateLimits":[]}}'
    for kind in ("public", "private"):
        (said,) = stream(kind, answer)
        assert said["reason"] == "WsReply: belongs to the order-entry stream"


def test_objects_tell_the_number_of_their_input_line() -> None:
    batch = f"[{TRADE},{TRADE}]"
    said = stream("public", TRADE, "", batch, "nonsense")
    assert [(each["kind"], each["line"]) for each in said] == [
        ("PriceChange", 1),
        ("PriceChange", 3),
        ("PriceChange", 3),
        ("Unreadable", 4),
    ]
    assert list(said[0])[:2] == ["kind", "line"]
    _, (order,) = replies("get_open_orders", "[]", f"[{ORDER}]")
    assert (order["kind"], order["line"], order["order_id"]) == ("Order", 2, 7)


def test_every_line_gives_at_least_one() -> None:
    lines = list(decode_lines([b"x"], lambda line: []))
    assert [msgspec.json.decode(line)["kind"] for line in lines] == ["Ignored"]


def test_blank_lines_are_passed_over_and_the_order_of_lines_is_kept() -> None:
    said = stream("public", TRADE, "", "  ", '{"id":1,"result":null}', TRADE)
    assert [each["kind"] for each in said] == ["PriceChange", "Acknowledged", "PriceChange"]


@pytest.mark.parametrize("line", ["<html>502</html>", '{"e":"aggTrade","s":', "7", '{"e":"aggTrade","s":"BTCUSDT"}'])
def test_what_cannot_be_read_gives_a_line_with_the_reason(line: str) -> None:
    for kind in ("public", "private"):
        (said,) = stream(kind, line)
        assert (said["kind"], said["source"]) == ("Unreadable", kind)
        assert said["reason"]


def test_what_is_of_no_use_is_ignored_with_the_reason() -> None:
    (said,) = stream("private", '{"e":"TRADE_LITE","E":1,"s":"BTCUSDT"}')
    assert said["kind"] == "Ignored"
    assert "ORDER_TRADE_UPDATE" in said["reason"]


def test_a_reply_becomes_the_result_of_its_method() -> None:
    for name in ("place_order", "get_order"):
        (said,) = replies(name, ORDER)
        assert (said["kind"], said["order_id"], said["side"], said["quantity"]) == ("Order", 7, "SELL", "2")
    assert replies("get_latest_price", '{"symbol":"BTCUSDT","price":"100.10","time":1}') == ["100.10"]
    assert replies("cancel_order", ORDER) == [None]


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
    with pytest.raises(InvalidRequest, match="--stream"):
        stream_decoder(make_venue("binance"), "both")
