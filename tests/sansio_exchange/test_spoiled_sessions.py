"""Whatever comes on sockets and in replies in the middle of a session, `handle` raises nothing and goes on."""

from collections import Counter
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from sansio_exchange.clock import Now
from sansio_exchange.commands import (
    CancelOrder,
    CancelOrders,
    Credentials,
    GetAccount,
    GetHistoricalKlines,
    GetLatestPrice,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    PlaceOrder,
    PlaceOrders,
    Start,
    Subscribe,
    Topic,
)
from sansio_exchange.machine import Command, Complete, Effect, HttpReply, Input, WsMessage
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.session import Connector
from sansio_exchange.simulation.venues import make_local_venue
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venues import NETWORKS, make_venue
from tests.sansio_exchange.spoiling import spoil, spoil_bytes

Journal = list[tuple[Input, Now]]
ROOTS = {"rest": "https://venue", "public": "wss://venue", "private": "wss://venue", "trade": "wss://venue"}


def connector(name: str) -> Connector:
    language = make_venue(name, endpoints=ROOTS)
    return Connector(language, Credentials("demo", "demo", "demo"), session="t", seed=1, past_is_known=True)


class Recorder:
    """A session whose inputs are kept."""

    def __init__(self, name: str) -> None:
        self._session = connector(name)
        self.journal: Journal = []

    def handle(self, item: Input, now: Now) -> list[Effect]:
        self.journal.append((item, now))
        return self._session.handle(item, now)

    def deadline(self) -> float | None:
        return self._session.deadline()


@cache
def spoken(name: str) -> Journal:
    """What a session hears in which a little of everything is asked for."""
    recorder = Recorder(name)
    world = World(recorder, make_local_venue(name, seed=1, start_ms=START_MS))
    world.ask(Start(), timeout=30)
    for topic in (*(Topic(kind, "BTCUSDT") for kind in ("price", "book", "funding")), Topic("kline", "BTCUSDT", "1m")):
        world.ask(Subscribe(topic))
    price = world.ask(GetLatestPrice("BTCUSDT")) * 97 // 100
    order = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.01"), price, client_order_id="a1")
    placed = world.ask(PlaceOrder(order))
    world.ask(PlaceOrder(NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, Decimal("0.01"), client_order_id="a2")))
    rows = world.ask(PlaceOrders(tuple(structs.replace(order, client_order_id=f"b{number}") for number in range(3))))
    world.ask(CancelOrder("BTCUSDT", placed.order_id))
    world.ask(CancelOrders("BTCUSDT", tuple(row.order_id for row in rows[:2])))
    for question in (
        GetOrder("BTCUSDT", placed.order_id),
        GetOpenOrders(),
        GetAccount(),
        GetPositions(),
        GetHistoricalKlines("BTCUSDT", "1m", 5),
    ):
        world.ask(question)
    world.disconnect("private")
    world.run_until(world.now + 5)
    return recorder.journal


def said_by_the_venue(journal: Journal) -> list[int]:
    return [place for place, (item, _) in enumerate(journal) if isinstance(item, WsMessage | HttpReply)]


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_session_that_hears_spoiled_messages_goes_on(name: str, data: st.DataObject) -> None:
    journal = list(spoken(name))
    for place in data.draw(st.lists(st.sampled_from(said_by_the_venue(journal)), min_size=1, max_size=8, unique=True)):
        item, now = journal[place]
        if isinstance(item, WsMessage):
            journal[place] = structs.replace(item, data=_spoiled(data, item.data)), now
        elif isinstance(item, HttpReply):
            status = data.draw(st.sampled_from([item.status, item.status, 200, 400, 403, 418, 429, 500, 503]))
            journal[place] = structs.replace(item, status=status, body=_spoiled(data, item.body)), now
    session = connector(name)
    completed: Counter[int] = Counter()
    for item, now in journal:
        completed.update(each.command_id for each in session.handle(item, now) if isinstance(each, Complete))
        session.deadline()
    asked = {item.id for item, _ in journal if isinstance(item, Command)}
    assert set(completed) <= asked
    assert set(completed.values()) <= {1}


def _spoiled(data: st.DataObject, body: bytes) -> bytes:
    has_fields = b'":' in body and body.startswith((b"{", b"["))
    return spoil(data, body) if has_fields else spoil_bytes(data, body)
