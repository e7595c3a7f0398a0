"""The sample maker over gRPC: it sees and does only what any client of the connector can."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal

import anyio
from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError

from sansio_exchange.market import SymbolRules
from sansio_exchange.orders import NewOrder
from sansio_exchange.simulation.sample_maker import Cancel, Intent, Place, SampleMaker
from service.client import Client
from service.messages import number, order_of, place_order_request
from service.stubs.opensqt.market_maker import v1

_UNKNOWN = frozenset({Status.DEADLINE_EXCEEDED, Status.INTERNAL, Status.UNKNOWN, Status.CANCELLED})
"""Statuses after which an order may stand all the same: it is looked up, never placed again."""
_LOST = (OSError, StreamTerminatedError)
LOOK_AGAIN = 1.0
TIMER = 0.25
"""Seconds between two calls of the maker's timer: how long it may be without quotes when no price comes."""
TIMEOUT = 10.0
CANCEL_SECONDS = 2.0
"""How long leaving may take."""


class Trader:
    """Runs `maker` on `client`. `round_trips` are the seconds that each PlaceOrder took."""

    def __init__(self, client: Client, maker: SampleMaker) -> None:
        self.round_trips: list[float] = []
        self.placed = 0
        self.refused = 0
        self._client = client
        self._maker = maker
        self._symbol = maker.rules.symbol
        self._tasks = asyncio.TaskGroup()
        self._life = 0
        """Counts how often contact was lost: an order that was asked for in an earlier life is cancelled."""

    async def run(self, on_price: Callable[[v1.PriceChange], None]) -> None:
        """Trade until cancelled; then every order is cancelled. `on_price` sees each price first."""
        try:
            async with self._tasks:
                self._tasks.create_task(self._follow_orders())
                self._tasks.create_task(self._follow_positions())
                self._tasks.create_task(self._keep_time())
                async for change in self._client.prices([self._symbol]):
                    on_price(change)
                    self._do(self._maker.on_price(number(change.price), time.monotonic()))
        finally:
            with anyio.move_on_after(CANCEL_SECONDS, shield=True):
                await self._cancel_all()

    async def _follow_orders(self) -> None:
        def linked(reason: str) -> None:
            self._life += 1
            self._maker.reset()
            if not reason:
                self._tasks.create_task(self._begin(self._life))

        async for update in self._client.orders(linked):
            self._do(self._maker.on_order(order_of(update), time.monotonic()))

    async def _begin(self, life: int) -> None:
        """With the order stream open: nothing working, and the position known."""
        while life == self._life:
            try:
                await self._client.stub.cancel_all_orders(v1.CancelAllOrdersRequest(symbol=self._symbol))
                found = await self._client.stub.get_positions(v1.GetPositionsRequest(symbol=self._symbol))
            except (GRPCError, *_LOST):
                await asyncio.sleep(LOOK_AGAIN)
            else:
                size = sum((number(each.size) for each in found.positions), Decimal(0))
                self._do(self._maker.on_position(size, time.monotonic()) if life == self._life else [])
                return

    async def _follow_positions(self) -> None:
        async for position in self._client.positions(self._symbol):
            if self._maker.is_started:
                self._do(self._maker.on_position(number(position.size), time.monotonic()))

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(TIMER)
            self._do(self._maker.on_timer(time.monotonic()))

    def _do(self, intents: list[Intent]) -> None:
        for intent in intents:
            match intent:
                case Place(order):
                    self._tasks.create_task(self._place(order, self._life))
                case Cancel():
                    self._tasks.create_task(self._cancel(intent))

    async def _place(self, order: NewOrder, life: int) -> None:
        self.placed += 1
        started = time.perf_counter()
        try:
            reply = await self._client.stub.place_order(place_order_request(order), timeout=TIMEOUT)
        except GRPCError as error:
            if error.status in _UNKNOWN:
                await self._look_up(order, life)
            else:
                self._refuse(order, life)
        except _LOST:
            await self._look_up(order, life)
        else:
            self.round_trips.append(time.perf_counter() - started)
            await self._take(reply, life)

    async def _take(self, reply: v1.Order, life: int) -> None:
        if life == self._life:
            self._do(self._maker.on_order(order_of(reply), time.monotonic()))
        else:
            await self._cancel(Cancel(reply.symbol, reply.order_id, reply.client_order_id))

    def _refuse(self, order: NewOrder, life: int) -> None:
        self.refused += 1
        if life == self._life:
            self._do(self._maker.on_refused(order.client_order_id, time.monotonic()))

    async def _look_up(self, order: NewOrder, life: int) -> None:
        """Nobody said what became of the order: ask until somebody does."""
        request = v1.GetOrderRequest(symbol=order.symbol, client_order_id=order.client_order_id)
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                await self._take(await self._client.stub.get_order(request), life)
                return
            except GRPCError as error:
                if error.status is Status.NOT_FOUND:
                    self._refuse(order, life)
                    return
            except _LOST:
                pass

    async def _cancel(self, cancel: Cancel) -> None:
        """Whether it succeeded, the order's own updates tell; the maker asks again if none comes."""
        try:
            await self._client.stub.cancel_order(
                v1.CancelOrderRequest(symbol=cancel.symbol, order_id=cancel.order_id), timeout=TIMEOUT
            )
        except (GRPCError, *_LOST):
            pass

    async def _cancel_all(self) -> None:
        try:
            await self._client.stub.cancel_all_orders(v1.CancelAllOrdersRequest(symbol=self._symbol))
        except (GRPCError, *_LOST):
            pass  # the connector is gone, and says at its next start what still works


async def load_rules(client: Client, symbol: str) -> SymbolRules:
    """What the symbol's orders must keep to. Raises GRPCError."""
    info = await client.stub.get_symbol_info(v1.GetSymbolInfoRequest(symbol=symbol))
    return SymbolRules(
        symbol=info.symbol,
        venue_symbol=info.symbol,
        base_asset=info.base_asset,
        quote_asset=info.quote_asset,
        tick_size=number(info.tick_size),
        step_size=number(info.step_size),
        min_quantity=number(info.min_quantity),
        min_notional=number(info.min_notional),
    )
