"""Writes the README's table of venues from what the venues' own code does: python docs/write_venues.py

Each cell is asked for: the venue is brought to life against its local twin, then every method is put to it, and each
option of an order, each candle interval, each character of a client order id.
"""

import string
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import structs

from sansio_exchange.commands import (
    Action,
    CancelOrders,
    Credentials,
    GetHistoricalKlines,
    GetLatestPrice,
    PlaceOrder,
    PlaceOrders,
    Start,
    Topic,
)
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import INTERVALS_MS
from sansio_exchange.orders import NewOrder, OrderType, Side, TimeInForce
from sansio_exchange.session import Connector
from sansio_exchange.simulation.venues import LOCAL_VENUES, make_local_venue
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venue import Request, Venue
from sansio_exchange.venues import NETWORKS, make_venue
from service.methods import ANSWERED_HERE, METHODS, ask_for

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- venues: docs/write_venues.py -->\n", "<!-- end of venues -->\n"
TRADE_ROOT = {"trade": "wss://venue"}
SYMBOL = "BTCUSDT"
ORDER = NewOrder(SYMBOL, Side.BUY, OrderType.LIMIT, Decimal("0.01"), Decimal(90_000), client_order_id="a1")
FIELDS = {
    "symbol": SYMBOL,
    "symbols": SYMBOL,
    "side": "BUY",
    "type": "LIMIT",
    "quantity": "1",
    "price": "90000",
    "client_order_id": "a1",
    "order_id": "1",
    "order_ids": "1,2",
    "asset": "USDT",
    "interval": "1m",
    "limit": "10",
}
MANY = 100
"""Orders to be cancelled at once."""


def table() -> str:
    """The whole table in Markdown."""
    places = [Place(name) for name in NETWORKS]
    head = ["", *(f"`{place.venue.name}`" for place in places)]
    rows = [[label, *(cell(place) for place in places)] for label, cell in lines()]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)) + "\n"


class Place:
    """A venue that knows its symbols, and the ids of orders that work there."""

    def __init__(self, name: str) -> None:
        self.venue = make_venue(name)
        self.with_trade_root = make_venue(name, endpoints=TRADE_ROOT)
        connector = Connector(self.venue, Credentials("demo", "demo", "demo"), session="table", seed=1)
        world = World(connector, make_local_venue(name, seed=1, start_ms=START_MS))
        world.ask(Start(), timeout=30.0)
        price = world.ask(GetLatestPrice(SYMBOL)) * 97 // 100
        orders = tuple(structs.replace(ORDER, price=price, client_order_id="") for _ in range(MANY))
        outcomes = world.ask(PlaceOrders(orders), timeout=60.0)
        self.order_ids = tuple(order.order_id for order in outcomes)


def lines() -> Iterator[tuple[str, Callable[[Place], str]]]:
    yield "networks", lambda place: ", ".join(NETWORKS[place.venue.name])
    yield "local venue", lambda place: yes(place.venue.name in LOCAL_VENUES)
    yield "passphrase", lambda place: yes(needs_passphrase(place.venue))
    yield "unified margin", lambda place: yes(place.venue.is_unified_margin)
    for method in (*ANSWERED_HERE, *METHODS):
        yield f"`{method.title().replace('_', '')}`", lambda place, method=method: way(place, method)
    for label, order in options():
        yield label, lambda place, order=order: yes(takes(place.venue, PlaceOrder(order)))
    yield "client order id", lambda place: client_order_id(place.venue)
    yield "candles not in history", lambda place: listed(each for each in INTERVALS_MS if not offers(place.venue, each))
    yield "candles not streamed", lambda place: listed(each for each in INTERVALS_MS if not streams(place.venue, each))


def options() -> Iterator[tuple[str, NewOrder]]:
    yield "market order", structs.replace(ORDER, type=OrderType.MARKET, price=None)
    for time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        yield time_in_force.name, structs.replace(ORDER, time_in_force=time_in_force)
    yield "post-only", structs.replace(ORDER, post_only=True)
    yield "reduce-only", structs.replace(ORDER, reduce_only=True)


def way(place: Place, method: str) -> str:
    """How a method is carried out."""
    venue = place.venue
    if method in ANSWERED_HERE:
        return "yes"
    if method == "batch_place_orders":
        step = first_step(venue, PlaceOrders((ORDER, structs.replace(ORDER, client_order_id="a2"))))
        return f"{over(place, step)}, {venue.max_batch} a call" if venue.max_batch > 1 else "one by one"
    if method == "batch_cancel_orders":
        step = first_step(venue, CancelOrders(SYMBOL, place.order_ids))
        calls = len(step) if isinstance(step, tuple) else 1
        return f"{over(place, step)}, {MANY // calls} a call"
    known = METHODS[method]
    fields = {field: FIELDS[field] for field in known.fields if field in FIELDS}
    if "order_id" in fields:
        fields.pop("client_order_id", "")  # one of them names the order
        fields["order_id"] = str(place.order_ids[0])
    asked = ask_for(known, fields)
    return "stream" if isinstance(asked, tuple) else over(place, first_step(venue, asked))


def first_step(venue: Venue, action: Action) -> Any:
    return next(venue.recipe(action))


def over(place: Place, step: Any) -> str:
    request = step[0] if isinstance(step, tuple) else step
    assert isinstance(request, Request)
    if request.ws_method and "trade" in place.venue.sockets:
        return "WebSocket, REST"
    if request.ws_method and "trade" in place.with_trade_root.sockets:
        return "REST; WebSocket where `EXCHANGE_WS_TRADE_URL` names it"
    return "REST"


def takes(venue: Venue, action: Action) -> bool:
    try:
        first_step(venue, action)
    except InvalidRequest:
        return False
    return True


def client_order_id(venue: Venue) -> str:
    def fits(text: str) -> bool:
        return takes(venue, PlaceOrder(structs.replace(ORDER, client_order_id=text)))

    longest = max(length for length in range(1, 100) if fits("a" * length))
    marks = "".join(each for each in string.punctuation if fits(f"a{each}a"))
    return f"{longest} letters, digits" + (f", `{marks}`" if marks else "")


def offers(venue: Venue, interval: str) -> bool:
    return takes(venue, GetHistoricalKlines(SYMBOL, interval, 10))


def streams(venue: Venue, interval: str) -> bool:
    try:
        venue.role(Topic("kline", SYMBOL, interval))
    except InvalidRequest:
        return False
    return True


def listed(intervals: Iterable[str]) -> str:
    return ", ".join(intervals) or "none"


def needs_passphrase(venue: Venue) -> bool:
    request = first_step(venue, PlaceOrder(ORDER))
    one, other = (venue.sign(1, request, Credentials("key", "secret", text), START_MS) for text in ("a", "b"))
    return one != other


def yes(holds: bool) -> str:
    return "yes" if holds else "no"


def written(page: str) -> str:
    """The README with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
