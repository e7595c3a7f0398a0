from typing import Any

import msgspec
import pytest

from sansio_exchange.errors import InvalidRequest
from sansio_exchange.venues import make_venue
from service.decode import decode_lines, stream_decoder

ORDER = (
    '{"orderId":7,"symbol":"BTCUSDT","status":"NEW","clientOrderId":"a","price":"10","origQty":"2","executedQty":"0",'
    '"cumQuote":"0","side":"SELL","type":"LIMIT","timeInForce":"GTC","updateTime":5}'
)
TRADE = '{"e":"aggTrade","E":10,"s":"BTCUSDT","a":1,"p":"100.5","q":"2","f":1,"l":1,"T":9,"m":true}'


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


def test_a_wrong_field_is_told_before_anything_is_read() -> None:
    with pytest.raises(InvalidRequest, match="--stream"):
        stream_decoder(make_venue("binance"), "both")
