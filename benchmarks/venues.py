"""Every venue the same way: its own local twin's messages through the core, and orders on it through gRPC."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from statistics import median
from typing import Any

from benchmarks.processes import CONNECTOR_PORT, VENUE_PORT, connector, venue, wait_for_port
from benchmarks.rows import Row, report
from sansio_exchange.clock import Now
from sansio_exchange.commands import Credentials, GetSymbolInfo, PlaceOrder, Start, Subscribe, Topic
from sansio_exchange.machine import Effect, Input, Publish, WsMessage
from sansio_exchange.market import BookTicker, Candle, PriceChange
from sansio_exchange.orders import NewOrder, OrderType, OrderUpdate, Side
from sansio_exchange.session import Connector
from sansio_exchange.simulation.venues import LOCAL_VENUES, make_local_venue
from sansio_exchange.simulation.world import START_MS, World
from sansio_exchange.venues import make_venue
from service.client import Client
from service.stubs.google.type import Decimal as DecimalMessage
from service.stubs.opensqt.market_maker import v1

ROOTS = {"rest": "https://venue", "public": "wss://venue", "private": "wss://venue", "trade": "wss://venue"}
REPEATS = 4_000
ROUNDS = 5
KINDS: tuple[tuple[str, type, float], ...] = (
    ("trade", PriceChange, 6.0),
    ("book ticker", BookTicker, 6.0),
    ("kline", Candle, 6.0),
    ("order update", OrderUpdate, 12.0),
)
"""Name, event, target in microseconds."""
ORDERS = 30
PAUSE = 0.15
"""Seconds between two orders, within every venue's documented limit."""


class Listening:
    """A session that remembers one message of each kind of event, the last one."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self.messages: dict[type, tuple[WsMessage, int]] = {}
        """And how many events of the kind it brought."""

    def handle(self, item: Input, now: Now) -> list[Effect]:
        effects = self._connector.handle(item, now)
        if isinstance(item, WsMessage):
            for effect in effects:
                if isinstance(effect, Publish):
                    kind = type(effect.event)
                    events = sum(isinstance(each, Publish) and type(each.event) is kind for each in effects)
                    self.messages[kind] = item, events
        return effects

    def deadline(self) -> float | None:
        return self._connector.deadline()


def measure_messages(name: str) -> None:
    """CPU from a message's bytes to its event: of public ones through the session, of order updates the reading alone,
    since a repeated one is no news to the session."""
    language = make_venue(name, endpoints=ROOTS)
    session = Connector(language, Credentials("demo", "demo", "demo"), session="bench", seed=1, past_is_known=True)
    listening = Listening(session)
    world = World(listening, make_local_venue(name, seed=1, start_ms=START_MS))
    world.ask(Start(), timeout=30)
    for topic in (Topic("price", "BTCUSDT"), Topic("book", "BTCUSDT"), Topic("kline", "BTCUSDT", "1m")):
        world.ask(Subscribe(topic))
    rules = world.ask(GetSymbolInfo("BTCUSDT"))
    quantity = max(rules.min_quantity, Decimal("0.01"))
    world.ask(PlaceOrder(NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, quantity)))
    world.run_until(world.now + 30)
    now = Now(world.now, START_MS + 60_000)
    for label, kind, target in KINDS:
        message, events = listening.messages[kind]
        if kind is OrderUpdate:
            cost = cpu(partial(language.decode, message.conn.partition("#")[0]), message.data)
        else:
            cost = cpu(lambda item: session.handle(item, now), message)
        report(Row("venues", f"{name}: {label}, message to event", cost / events, "us CPU", target))


def cpu(call: Callable[[Any], Any], argument: Any) -> float:
    """Microseconds of CPU per call, the best of ROUNDS: the others waited for the machine."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(REPEATS):
            call(argument)
        best = min(best, (time.process_time() - begun) / REPEATS * 1e6)
    return best


async def round_trips() -> list[float]:
    """Milliseconds from call to reply of orders that rest, each cancelled again, untimed."""
    took: list[float] = []
    async with Client(port=CONNECTOR_PORT) as client:
        latest = await client.stub.get_latest_price(v1.GetLatestPriceRequest(symbol="BTCUSDT"))
        assert latest.price is not None
        order = v1.PlaceOrderRequest(
            symbol="BTCUSDT",
            side=v1.OrderSide.BUY,
            type=v1.OrderType.LIMIT,
            quantity=DecimalMessage("0.01"),
            price=DecimalMessage(f"{float(latest.price.value) * 0.97:.0f}"),
        )
        for _ in range(ORDERS):
            begun = time.perf_counter()
            placed = await client.stub.place_order(order)
            took.append((time.perf_counter() - begun) * 1000)
            await client.stub.cancel_order(v1.CancelOrderRequest(symbol="BTCUSDT", order_id=placed.order_id))
            await asyncio.sleep(PAUSE)
    return took


def measure_orders(name: str) -> None:
    with venue(exchange=name):
        wait_for_port(VENUE_PORT)
        with connector(EXCHANGE=name):
            took = asyncio.run(round_trips())
    report(Row("venues", f"{name}: PlaceOrder through gRPC, p50", median(took), "ms"))


def main() -> None:
    for name in LOCAL_VENUES:
        measure_messages(name)
        measure_orders(name)


if __name__ == "__main__":
    main()
