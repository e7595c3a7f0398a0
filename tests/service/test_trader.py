from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import anyio
import pytest
from grpclib.const import Status

from sansio_exchange import commands
from sansio_exchange.commands import CancelAllOrders, CancelOrder, GetOrder, PlaceOrder
from sansio_exchange.errors import InsufficientFunds, OrderNotFound, OutcomeUnknown
from sansio_exchange.market import PriceChange
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderUpdate, Side
from sansio_exchange.simulation.sample_maker import SampleMaker
from service import client as client_module
from service import trader as trader_module
from service.client import Client
from service.status import refusal
from service.trader import Trader, load_rules
from tests.service.serving import Served, eventually, serving

pytestmark = pytest.mark.anyio
PRICE = Decimal(95_000)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(trader_module, "LOOK_AGAIN", 0.0)


def accepted(new: NewOrder, order_id: int, status: OrderStatus = OrderStatus.NEW) -> Order:
    return Order(
        order_id, new.client_order_id, new.symbol, new.side, new.type, new.quantity, status, price=new.price or PRICE
    )


@asynccontextmanager
async def trading(place: Callable[[PlaceOrder], Any]) -> AsyncIterator[tuple[Served, Trader]]:
    """A maker that has seen a price, on a connector whose answer to PlaceOrder is `place`."""
    async with serving() as served, Client(port=served.port) as client, anyio.create_task_group() as tasks:
        served.driver.answers |= {
            commands.GetPositions: (),
            commands.GetLatestPrice: PRICE,
            PlaceOrder: place,
        }
        maker = SampleMaker(await load_rules(client, "BTCUSDT"), quantity=Decimal("0.01"), max_position=Decimal("0.05"))
        trader = Trader(client, maker)
        tasks.start_soon(trader.run, lambda change: None)
        yield served, trader
        tasks.cancel_scope.cancel()


async def test_it_clears_the_table_and_quotes_both_sides() -> None:
    ids = iter(range(1, 100))
    async with trading(lambda action: accepted(action.order, next(ids))) as (served, trader):
        await eventually(lambda: len(trader.round_trips) == 2)
        asked = [type(each) for each in served.driver.asked]
        assert asked.index(CancelAllOrders) < asked.index(PlaceOrder)
        orders = [each.order for each in served.driver.of(PlaceOrder)]
        assert {each.side for each in orders} == {Side.BUY, Side.SELL}
        assert all(each.post_only for each in orders)
    assert len(served.driver.of(CancelAllOrders)) == 2


async def test_a_moved_price_has_the_quotes_cancelled() -> None:
    ids = iter(range(1, 100))
    async with trading(lambda action: accepted(action.order, next(ids))) as (served, trader):
        await eventually(lambda: len(trader.round_trips) == 2)
        served.hub.publish(PriceChange("BTCUSDT", PRICE + 500, 1))
        await eventually(lambda: len(served.driver.of(CancelOrder)) == 2)
        assert {each.order_id for each in served.driver.of(CancelOrder)} == {1, 2}


async def test_an_order_of_unknown_outcome_is_looked_up_and_never_placed_again() -> None:
    """The lookup finds it, at the second attempt."""
    placed: list[NewOrder] = []

    def place(action: PlaceOrder) -> Any:
        placed.append(action.order)
        return OutcomeUnknown("lost", client_order_id=action.order.client_order_id)

    asked = 0

    def look_up(action: GetOrder) -> Any:
        nonlocal asked
        asked += 1
        if asked <= 2:
            return OutcomeUnknown("still lost")
        (order,) = (each for each in placed if each.client_order_id == action.client_order_id)
        return accepted(order, 40 + asked)

    async with trading(place) as (served, trader):
        served.driver.answers[GetOrder] = look_up
        await eventually(lambda: asked >= 4)
        served.hub.publish(PriceChange("BTCUSDT", PRICE + 500, 1))
        await eventually(lambda: len(served.driver.of(CancelOrder)) == 2)
        assert len(placed) == 2
        assert trader.refused == 0


async def test_an_order_that_the_venue_does_not_know_counts_as_refused() -> None:
    async with trading(lambda action: OutcomeUnknown("lost")) as (served, trader):
        served.driver.answers[GetOrder] = OrderNotFound("no such order")
        await eventually(lambda: trader.refused == 2)


async def test_a_refused_order_is_not_looked_up() -> None:
    async with trading(lambda action: InsufficientFunds("no margin")) as (served, trader):
        await eventually(lambda: trader.refused == 2)
        assert served.driver.of(GetOrder) == []


async def test_after_the_order_stream_was_lost_everything_is_cancelled_and_begun_anew() -> None:
    ids = iter(range(1, 100))
    async with trading(lambda action: accepted(action.order, next(ids))) as (served, trader):
        await eventually(lambda: len(trader.round_trips) == 2)
        served.hub.close(refusal(Status.UNAVAILABLE, "SHUTTING_DOWN", "gone"))
        await eventually(lambda: len(served.driver.of(CancelAllOrders)) == 2 and len(trader.round_trips) == 4)
        orders = [each.order.client_order_id for each in served.driver.of(PlaceOrder)]
        assert len(set(orders)) == 4


async def test_a_reply_that_comes_after_contact_was_lost_has_its_order_cancelled() -> None:
    release = anyio.Event()
    first: list[NewOrder] = []

    def place(action: PlaceOrder) -> Any:
        if len(first) < 2:
            first.append(action.order)
            return late(action.order)
        return accepted(action.order, 50 + len(served.driver.of(PlaceOrder)))

    async def late(order: NewOrder) -> Order:
        await release.wait()
        return accepted(order, first.index(order) + 1)

    async with trading(place) as (served, _):
        await eventually(lambda: len(first) == 2)
        served.hub.close(refusal(Status.UNAVAILABLE, "SHUTTING_DOWN", "gone"))
        await eventually(lambda: len(served.driver.of(CancelAllOrders)) == 2)
        release.set()
        await eventually(lambda: {each.order_id for each in served.driver.of(CancelOrder)} >= {1, 2})


async def test_fills_move_the_quotes() -> None:
    ids = iter(range(1, 100))
    async with trading(lambda action: accepted(action.order, next(ids))) as (served, trader):
        await eventually(lambda: len(trader.round_trips) == 2)
        bid = next(each.order for each in served.driver.of(PlaceOrder) if each.order.side is Side.BUY)
        filled = Order(
            7, bid.client_order_id, bid.symbol, bid.side, bid.type, bid.quantity, OrderStatus.FILLED,
            price=PRICE, executed_qty=bid.quantity,
        )  # fmt: skip
        served.hub.publish(OrderUpdate(filled))
        await eventually(lambda: trader._maker.position == bid.quantity)
