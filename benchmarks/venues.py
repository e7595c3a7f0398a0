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
LISTENING = 60.0
"""Seconds of the venue's time."""
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
    """A session whose inputs are remembered, with what each of them brought."""

    def __init__(self, session: Connector) -> None:
        self._session = session
        self.heard: list[tuple[Input, Now, type | None, int]] = []
        """Beside the input the kind of its events and how many there were."""

    def handle(self, item: Input, now: Now) -> list[Effect]:
        effects = self._session.handle(item, now)
        kinds = [type(each.event) for each in effects if isinstance(each, Publish)]
        kind = kinds[0] if isinstance(item, WsMessage) and len(set(kinds)) == 1 else None
        self.heard.append((item, now, kind, len(kinds)))
        return effects

    def deadline(self) -> float | None:
        return self._session.deadline()


def make_session(name: str) -> Connector:
    language = make_venue(name, endpoints=ROOTS)
    return Connector(language, Credentials("demo", "demo", "demo"), session="bench", seed=1, past_is_known=True)


def measure_messages(name: str) -> None:
    """CPU from a message's bytes to its event: of public ones through the session, each message once in every round,
    since a repeated one may be no news; of order updates the reading alone."""
    listening = Listening(make_session(name))
    world = World(listening, make_local_venue(name, seed=1, start_ms=START_MS))
    world.ask(Start(), timeout=30)
    for topic in (Topic("price", "BTCUSDT"), Topic("book", "BTCUSDT"), Topic("kline", "BTCUSDT", "1m")):
        world.ask(Subscribe(topic))
    rules = world.ask(GetSymbolInfo("BTCUSDT"))
    quantity = max(rules.min_quantity, Decimal("0.01"))
    world.ask(PlaceOrder(NewOrder("BTCUSDT", Side.BUY, OrderType.MARKET, quantity)))
    world.run_until(world.now + LISTENING)
    rounds = [replay(make_session(name), listening) for _ in range(ROUNDS)]
    for label, kind, target in KINDS:
        if kind is OrderUpdate:
            language = make_venue(name, endpoints=ROOTS)
            message, events = next((item, events) for item, _, of, events in listening.heard if of is kind)
            assert isinstance(message, WsMessage)
            cost = cpu(partial(language.decode, message.conn.partition("#")[0]), message.data) / events
        else:
            cost = min(each[kind] for each in rounds)
        report(Row("venues", f"{name}: {label}, message to event", cost, "us CPU", target))


def replay(session: Connector, listening: Listening) -> dict[type, float]:
    """Microseconds of each kind of event: the median over its messages."""
    took: dict[type, list[float]] = {}
    for item, now, kind, events in listening.heard:
        begun = time.perf_counter()
        session.handle(item, now)
        if kind is not None:
            took.setdefault(kind, []).append((time.perf_counter() - begun) / events * 1e6)
    return {kind: median(each) for kind, each in took.items()}


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
