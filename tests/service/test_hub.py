"""One upstream subscription per topic, whoever comes and goes, and in whatever order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import anyio
import pytest
from grpclib.const import Status
from h2.events import ResponseReceived

from sansio_exchange import commands, errors
from sansio_exchange.commands import Subscribe, Topic, Unsubscribe
from sansio_exchange.machine import SessionState
from sansio_exchange.market import BookTicker, PriceChange
from service.hub import Hub
from service.stubs.opensqt.market_maker import v1
from tests.service.raw_client import RawClient, connected
from tests.service.serving import FakeDriver, Served, eventually, serving
from tests.service.wire import wire

pytestmark = pytest.mark.anyio

BTC = Topic("price", "BTCUSDT")
REQUEST = v1.SubscribePriceRequest(["BTCUSDT"])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # grpclib's only one


class SlowUpstream:
    """A venue that acknowledges a subscription when it is told to."""

    def __init__(self, driver: FakeDriver) -> None:
        self.acknowledged = anyio.Event()
        self.error: errors.ExchangeError | None = None
        driver.answers[Subscribe] = driver.answers[Unsubscribe] = self._answer

    async def _answer(self, _: Any) -> errors.ExchangeError | None:
        await self.acknowledged.wait()
        return self.error

    def acknowledge(self, error: errors.ExchangeError | None = None) -> None:
        self.error = error
        self.acknowledged.set()
        self.acknowledged = anyio.Event()


@asynccontextmanager
async def started() -> AsyncIterator[tuple[Served, FakeDriver, SlowUpstream, RawClient]]:
    driver = FakeDriver()
    driver.answers[commands.GetLatestPrice] = Decimal(1)
    upstream = SlowUpstream(driver)
    async with serving(driver) as served, connected(served.port) as client:
        yield served, driver, upstream, client


def upstream_calls(driver: FakeDriver) -> list[Any]:
    return [each for each in driver.asked if isinstance(each, Subscribe | Unsubscribe)]


async def test_many_clients_share_one_subscription() -> None:
    async with started() as (served, driver, upstream, client):
        streams = [client.call("SubscribePrice", REQUEST) for _ in range(20)]
        await eventually(lambda: served.hub.streams() == 20 and bool(upstream_calls(driver)))
        upstream.acknowledge()
        for stream in streams:
            await client.until(ResponseReceived, stream)
        served.hub.publish(PriceChange("BTCUSDT", Decimal(5), 1))
        for stream in streams:
            got = await client.messages_until(stream, v1.PriceChange, 1)
            assert got[-1].price.value in ("1", "5")
        for stream in streams[1:]:
            client.h2.reset_stream(stream)
        client.flush()
        await eventually(lambda: served.hub.streams() == 1)
        assert upstream_calls(driver) == [Subscribe(BTC)]
        client.h2.reset_stream(streams[0])
        client.flush()
        await driver.until(lambda: len(upstream_calls(driver)) == 2)
        assert upstream_calls(driver) == [Subscribe(BTC), Unsubscribe(BTC)]


async def test_headers_come_only_when_the_venue_has_acknowledged() -> None:
    async with started() as (_, driver, upstream, client):
        stream = client.call("SubscribePrice", REQUEST)
        await driver.until(lambda: upstream_calls(driver) == [Subscribe(BTC)])
        assert not [each for each in client.events if isinstance(each, ResponseReceived)]
        upstream.acknowledge()
        await client.until(ResponseReceived, stream)


async def test_a_refused_subscription_is_told_to_all_who_wait_and_tried_anew_by_the_next() -> None:
    async with started() as (served, driver, upstream, client):
        streams = [client.call("SubscribePrice", REQUEST) for _ in range(3)]
        await eventually(lambda: served.hub.streams() == 3 and bool(upstream_calls(driver)))
        upstream.acknowledge(errors.VenueUnavailable("maintenance"))
        for stream in streams:
            assert await client.status(stream) == (Status.UNAVAILABLE.value, "maintenance")
        assert served.hub.streams() == 0
        another = client.call("SubscribePrice", REQUEST)
        await driver.until(lambda: len(upstream_calls(driver)) == 2)
        upstream.acknowledge()
        await client.until(ResponseReceived, another)
        assert upstream_calls(driver) == [Subscribe(BTC), Subscribe(BTC)]


async def test_who_comes_while_the_last_ones_unsubscribe_is_under_way_gets_a_new_subscription() -> None:
    async with started() as (served, driver, upstream, client):
        first = client.call("SubscribePrice", REQUEST)
        await driver.until(lambda: bool(upstream_calls(driver)))
        upstream.acknowledge()
        await client.until(ResponseReceived, first)
        client.h2.reset_stream(first)
        client.flush()
        await driver.until(lambda: len(upstream_calls(driver)) == 2)
        second = client.call("SubscribePrice", REQUEST)
        await eventually(lambda: served.hub.streams() == 1)
        upstream.acknowledge()
        await driver.until(lambda: len(upstream_calls(driver)) == 3)
        upstream.acknowledge()
        await client.until(ResponseReceived, second)
        served.hub.publish(PriceChange("BTCUSDT", Decimal(5), 1))
        assert (await client.messages_until(second, v1.PriceChange, 1))[-1].price.value in ("1", "5")
        assert upstream_calls(driver) == [Subscribe(BTC), Unsubscribe(BTC), Subscribe(BTC)]


async def test_who_leaves_while_the_venue_has_not_answered_leaves_nothing_behind() -> None:
    async with started() as (served, driver, upstream, client):
        stream = client.call("SubscribePrice", REQUEST)
        await driver.until(lambda: bool(upstream_calls(driver)))
        client.h2.reset_stream(stream)
        client.flush()
        await eventually(lambda: served.hub.streams() == 0)
        upstream.acknowledge()
        await driver.until(lambda: len(upstream_calls(driver)) == 2)
        upstream.acknowledge()
        assert upstream_calls(driver) == [Subscribe(BTC), Unsubscribe(BTC)]


async def test_an_unsubscribe_that_fails_does_not_keep_the_next_client_out() -> None:
    async with started() as (_, driver, upstream, client):
        first = client.call("SubscribePrice", REQUEST)
        await driver.until(lambda: bool(upstream_calls(driver)))
        upstream.acknowledge()
        await client.until(ResponseReceived, first)
        client.h2.reset_stream(first)
        client.flush()
        await driver.until(lambda: len(upstream_calls(driver)) == 2)
        upstream.acknowledge(errors.NotConnected("no connection"))
        second = client.call("SubscribePrice", REQUEST)
        await driver.until(lambda: len(upstream_calls(driver)) == 3)
        upstream.acknowledge()
        await client.until(ResponseReceived, second)


async def test_who_comes_in_the_same_moment_as_the_last_one_leaves_keeps_the_subscription() -> None:
    driver = FakeDriver()
    async with anyio.create_task_group() as tasks:
        hub = Hub(driver.ask, tasks, exchange="sim", backlog=10, conflated_backlog=200)
        with hub.outbox(wire(), "price") as first:  # type: ignore[arg-type]
            await hub.subscribe(first, [BTC])
        with hub.outbox(wire(), "price") as second, anyio.fail_after(1):  # type: ignore[arg-type]
            await hub.subscribe(second, [BTC])
            assert upstream_calls(driver) == [Subscribe(BTC)]
    assert upstream_calls(driver) == [Subscribe(BTC), Unsubscribe(BTC)]


async def test_events_that_no_stream_carries_go_where_they_are_routed() -> None:
    async with serving() as served:
        seen: list[SessionState] = []
        served.hub.route(SessionState, seen.append)
        state = SessionState(live=False, reason="gone")
        served.hub.publish(state)
        one = Decimal(1)
        served.hub.publish(BookTicker("BTCUSDT", one, one, one, one, 1))  # nobody's: passed over
        served.hub.publish(PriceChange("BTCUSDT", one, 1))  # nobody subscribed
        assert seen == [state]
