"""`request` and `decode` with every method on every venue: what the local venue answers is read without asking it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    Credentials,
    PlaceOrder,
    PlaceOrders,
    Topic,
)
from sansio_exchange.lines import to_line
from sansio_exchange.orders import Order, Side
from sansio_exchange.venues import NETWORKS, make_venue
from service.decode import decode_lines
from service.decode_reply import reply_decoder
from service.methods import METHODS, ask_for
from service.request import show_request
from tests.sansio_exchange.both_sides import PRIVATE as PRIVATE_SOCKET
from tests.sansio_exchange.both_sides import TRADE, BothSides, market

README = Path(__file__).parents[2] / "README.md"
PUBLIC = 3
ENTRY = [name for name in METHODS if "order" in name and not name.startswith(("get_", "subscribe_"))]
"""Methods that may go over the order-entry socket."""
QUESTIONS = [name for name in METHODS if name not in ENTRY and not name.startswith("subscribe_")]
STREAMS = [name for name in METHODS if name.startswith("subscribe_")]
KEY = Credentials("demo", "demo", "demo")
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "90000"}
TOLD = {
    "subscribe_price": {"PriceChange"},
    "subscribe_klines": {"Candle"},
    "subscribe_funding_rate": {"FundingRate"},
    "subscribe_orders": {"OrderUpdate", "OrderState"},
    "subscribe_account": {"Account", "AccountChange"},
    "subscribe_positions": {"Position", "AccountChange"},
}
"""What a stream says, by the method that asks for it."""


class Listening(BothSides):
    """Keeps what the order-entry socket said, as it came."""

    def __init__(self, name: str, way: str) -> None:
        self.frames: list[bytes] = []
        super().__init__(name, way)

    def received(self, conn: int) -> list[bytes]:
        came = super().received(conn)
        if conn == TRADE:
            self.frames += came
        return came


@cache
def listening(exchange: str) -> Listening:
    """One for all questions: nothing is cancelled there."""
    return Listening(exchange, "rest")


def fields_of(method: str, known: Mapping[str, str]) -> dict[str, str]:
    """Of the method's fields those that are known."""
    return {name: known[name] for name in METHODS[method].fields if name in known}


def decoded(exchange: str, method: str, lines: Sequence[bytes], **fields: str) -> list[Any]:
    """What a tool that has never asked the venue makes of them."""
    decode = reply_decoder(make_venue(exchange), method, fields)
    return [msgspec.json.decode(line) for line in decode_lines(lines, decode)]


def as_told(result: Any) -> Any:
    """The same as JSON, each object and row with its line."""
    told = msgspec.json.decode(to_line(result))
    for each in told if isinstance(told, list) else [told]:
        if isinstance(each, dict):
            each["line"] = 1
    return told


# --- request ------------------------------------------------------------------------------------------------------


def shown(exchange: str, method: str, *, over_ws: bool) -> list[dict[str, str]]:
    known = {**ORDER, "orders": json.dumps([ORDER, ORDER]), "order_id": "7", "order_ids": "7,8", "asset": "USDT"}
    known |= {"symbols": "BTCUSDT,ETHUSDT", "interval": "1m", "limit": "10"}
    lines = show_request(
        make_venue(exchange), method, fields_of(method, known), KEY, 1_700_000_000_000, over_ws=over_ws
    )
    return [json.loads(line) for line in lines]


def by_websocket() -> Iterator[tuple[str, str]]:
    """Methods and venues of which the README's table says so."""
    for line in README.read_text(encoding="utf-8").splitlines():
        name, *ways = [cell.strip() for cell in line.split("|")[1:-1]] or [""]
        for exchange, way in zip(NETWORKS, ways, strict=False):
            if way.startswith("WebSocket"):
                yield from ((method, exchange) for method in METHODS if f"`{method.title().replace('_', '')}`" == name)


def test_the_readme_names_what_goes_over_the_order_entry_socket() -> None:
    assert {("place_order", "okx"), ("cancel_order", "bybit"), ("get_order", "binance")} < set(by_websocket())


@pytest.mark.parametrize("exchange", NETWORKS)
@pytest.mark.parametrize("method", METHODS)
def test_each_request_is_a_call_or_a_frame(exchange: str, method: str) -> None:
    lines = shown(exchange, method, over_ws=False)
    assert lines
    for line in lines:
        assert line.keys() in ({"method", "url", "headers", "body"}, {"url", "frame"})
        if "frame" in line:
            assert isinstance(json.loads(line["frame"]), dict)
        else:
            assert line["url"].startswith("https://")


@pytest.mark.parametrize(("method", "exchange"), [*by_websocket()])
def test_what_goes_over_the_order_entry_socket_is_shown_as_its_frame(exchange: str, method: str) -> None:
    (line,) = shown(exchange, method, over_ws=True)
    assert line["url"].startswith("wss://")
    assert isinstance(json.loads(line["frame"]), dict)


# --- decode -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exchange", NETWORKS)
@pytest.mark.parametrize("method", QUESTIONS)
def test_an_answer_gives_the_result_of_its_method(exchange: str, method: str) -> None:
    sides = listening(exchange)
    known = {"symbol": "BTCUSDT", "order_id": str(working(exchange).order_id), "asset": "USDT", "interval": "1m"}
    fields = fields_of(method, {**known, "limit": "5"})
    action = ask_for(METHODS[method], fields)
    assert not isinstance(action, tuple)
    result, bodies = asked(sides, action)
    rules = sides.venue.symbols.find("BTCUSDT")
    expected = as_told({"get_symbols": sides.venue.symbols.names(), "get_symbol_info": rules}.get(method, result))
    assert decoded(exchange, method, [together(bodies)], **fields) == [expected]
    alone = [kinds(each) for body in bodies for each in decoded(exchange, method, [body], **fields)]
    assert kinds(expected) in alone


def together(bodies: Sequence[bytes]) -> bytes:
    """The replies to one method as one line."""
    return b"[" + b",".join(bodies) + b"]" if len(bodies) > 1 else bodies[0]


def kinds(told: Any) -> Any:
    """What it is, whatever it says."""
    if isinstance(told, list):
        return [kinds(each) for each in told]
    return told["kind"] if isinstance(told, dict) else type(told)


@pytest.mark.parametrize("exchange", NETWORKS)
@pytest.mark.parametrize("way", ["rest", "trade"])
def test_an_answer_to_orders_gives_their_outcome(exchange: str, way: str) -> None:
    """They are called what the answer calls them; nothing is told of the request."""
    sides = Listening(exchange, way)

    def answered(method: str, action: Action) -> tuple[Any, Any]:
        result, lines = asked(sides, action)
        return result, decoded(exchange, method, lines)[-1]

    order, told = answered("place_order", PlaceOrder(sides.limit("each1")))
    assert (told["kind"], told["order_id"], told["client_order_id"]) == ("Order", order.order_id, "each1")
    orders, told = answered("batch_place_orders", PlaceOrders((sides.limit("each2"), sides.limit("each3"))))
    assert [(each["order_id"], each["client_order_id"]) for each in told] == [
        (each.order_id, each.client_order_id) for each in orders
    ]
    assert answered("cancel_order", CancelOrder("BTCUSDT", order.order_id)) == (None, None)
    ids = tuple(each.order_id for each in orders)
    assert answered("batch_cancel_orders", CancelOrders("BTCUSDT", ids)) == ((None, None), [None, None])
    sides.do(PlaceOrder(sides.limit("each4")))
    _, lines = asked(sides, CancelAllOrders("BTCUSDT"))
    assert decoded(exchange, "cancel_all_orders", [together(lines)]) == [None]


@pytest.mark.parametrize("exchange", NETWORKS)
@pytest.mark.parametrize("method", STREAMS)
def test_a_stream_gives_its_events(exchange: str, method: str) -> None:
    lines = heard(exchange)[method in ("subscribe_orders", "subscribe_account", "subscribe_positions")]
    told = {each["kind"] for each in decoded(exchange, method, lines)}
    assert "Unreadable" not in told
    assert told & TOLD[method]


@cache
def heard(exchange: str) -> tuple[list[bytes], list[bytes]]:
    """What came of the public topics, and on the private socket while an order was filled."""
    sides = listening(exchange)
    topics = [Topic("price", "BTCUSDT"), Topic("kline", "BTCUSDT", "1m"), Topic("funding", "BTCUSDT")]
    for conn, topic in enumerate(topics, PUBLIC):
        role = sides.venue.role(topic)
        sides.open(conn, role)
        sides.send(conn, sides.venue.subscribe_frame(str(conn), [topic]))
    sides.open_private()
    quantity = sides.venue.symbols.find("BTCUSDT").min_quantity * 3
    sides.do(PlaceOrder(market(Side.BUY, str(quantity), "heard")))
    sides.wait(3_000)
    return (
        [data for conn, _ in enumerate(topics, PUBLIC) for data in sides.received(conn)],
        sides.received(PRIVATE_SOCKET),
    )


@cache
def working(exchange: str) -> Order:
    """An order that works, beside a position."""
    sides = listening(exchange)
    quantity = sides.venue.symbols.find("BTCUSDT").min_quantity * 3
    sides.do(PlaceOrder(market(Side.BUY, str(quantity), "taken")))
    order: Order = sides.do(PlaceOrder(sides.limit("rests")))
    return order


def asked(sides: Listening, action: Action) -> tuple[Any, list[bytes]]:
    """Its result, and the bodies, then frames, that said so. A second later, for the sake of the rate limits."""
    sides.jump(1_100)
    sides.received(TRADE)
    before = len(sides.replies)
    sides.frames.clear()
    result = sides.do(action)
    return result, [reply.body for reply in sides.replies[before:]] + sides.frames
