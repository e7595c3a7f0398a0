"""Where traders ask by gRPC what they else ask the core: the contract's own messages there and back."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from google.rpc.error_details_pb2 import ErrorInfo
from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError
from msgspec import structs

from sansio_exchange import errors
from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    GetAccount,
    GetOpenOrders,
    GetOrder,
    PlaceOrder,
    PlaceOrders,
)
from sansio_exchange.errors import ExchangeError, NotConnected, OutcomeUnknown
from sansio_exchange.machine import Complete
from sansio_exchange.orders import Fill, Order, Side
from sansio_exchange.simulation.world import Killed, World
from service.messages import number, order_of, place_order_request
from service.status import TABLE
from service.stubs.opensqt.market_maker import v1
from tests.simulation.house import House, HouseClient
from tests.simulation.witness import Wrong

CLIENTS = ("maker", "taker", "monitor")
"""Programs, by how they name themselves. Each may do anything with all orders: they are of one account."""
FLOODER = "flooder"
"""One that asks far too much."""
Then = Callable[[Complete], None]
_KINDS = {reason: kind for kind, (_, reason) in TABLE.items()}
_BY_STATUS: dict[Status, type[ExchangeError]] = {
    Status.ALREADY_EXISTS: errors.DuplicateClientOrderId,
    Status.DEADLINE_EXCEEDED: errors.DeadlineExceeded,
    Status.FAILED_PRECONDITION: errors.OrderRejected,
    Status.NOT_FOUND: errors.OrderNotFound,
    Status.RESOURCE_EXHAUSTED: errors.RateLimited,
    Status.UNAVAILABLE: errors.NotConnected,
}
"""What a row of a batch is taken for: it bears a code and no details."""
UNKNOWN = "outcome unknown"


class Desk(Protocol):
    """Where traders ask: a World, or a GrpcDesk."""

    @property
    def now(self) -> float: ...

    @property
    def slept(self) -> float: ...

    def at(self, mono: float, call: Callable[[], None]) -> None: ...

    def begin(self, action: Action, then: Then, *, timeout: float = ..., client: str = ...) -> int: ...

    def abandon(self, command_id: int) -> None: ...


class GrpcDesk:
    """Asks by gRPC what the contract has, and the core else. An answer that nobody can know is Killed."""

    def __init__(self, world: World, house: House) -> None:
        self._world = world
        self._house = house
        self._loop = asyncio.get_running_loop()
        self._clients = {name: HouseClient(house, name) for name in (*CLIENTS, FLOODER)}
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._asked_core: dict[int, int] = {}
        self._numbers = 0
        self._failures: list[BaseException] = []

    @property
    def now(self) -> float:
        return self._world.now

    @property
    def slept(self) -> float:
        return self._world.slept

    def at(self, mono: float, call: Callable[[], None]) -> None:
        self._world.at(mono, call)

    def begin(self, action: Action, then: Then, *, timeout: float = 10.0, client: str = "") -> int:
        self._numbers += 1
        number = self._numbers
        if not _is_in_contract(action):
            self._asked_core[number] = self._world.begin(action, then, timeout=timeout, client=client)
        else:
            task = self._loop.create_task(self._answer(number, self._clients[client], action, timeout, then))
            self._calls[number] = task
            task.add_done_callback(self._over)
        return number

    def abandon(self, command_id: int) -> None:
        if command_id in self._asked_core:
            self._world.abandon(self._asked_core.pop(command_id))
        elif command_id in self._calls:
            self._calls.pop(command_id).cancel()

    def failed(self) -> None:
        """Raises what a call raised that should not."""
        if self._failures:
            raise self._failures[0]

    def _over(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failures.append(error)

    async def _answer(
        self,
        number: int,
        client: HouseClient,
        action: Action,
        timeout: float,  # noqa: ASYNC109 - the call's own deadline
        then: Then,
    ) -> None:
        result, error = None, None
        process, slept, was_asleep = self._house.served, self._world.slept, self._world.is_asleep
        try:
            result = await self._call(client.stub, action, timeout)
        except GRPCError as refused:
            error = _error(refused)
        except ConnectionRefusedError:
            error = NotConnected("nobody listens")
        except (TimeoutError, StreamTerminatedError) as lost:
            error = Killed(f"nobody knows: {lost!r}")
        if isinstance(error, Killed) and not (was_asleep or slept != self._world.slept or process.is_ending):
            raise Wrong(f"told nothing within {timeout} s: {action}: {error}")
        if self._calls.pop(number, None) is not None:
            then(Complete(number, result, error))

    async def _call(self, stub: v1.ExchangeServiceStub, action: Action, timeout: float) -> Any:  # noqa: ASYNC109 - as above
        match action:
            case PlaceOrder(order):
                return _order(await stub.place_order(place_order_request(order), timeout=timeout))
            case PlaceOrders(orders):
                rows = v1.BatchPlaceOrdersRequest(orders=[place_order_request(order) for order in orders])
                return _rows(len(orders), await stub.batch_place_orders(rows, timeout=timeout))
            case CancelOrder(symbol, order_id):
                await stub.cancel_order(v1.CancelOrderRequest(symbol=symbol, order_id=order_id), timeout=timeout)
            case CancelOrders(symbol, order_ids):
                many = v1.BatchCancelOrdersRequest(symbol=symbol, order_ids=list(order_ids))
                return _ends(len(order_ids), await stub.batch_cancel_orders(many, timeout=timeout))
            case CancelAllOrders(symbol):
                await stub.cancel_all_orders(v1.CancelAllOrdersRequest(symbol=symbol), timeout=timeout)
            case GetOrder(symbol, order_id, client_order_id):
                which = v1.GetOrderRequest(symbol=symbol, order_id=order_id, client_order_id=client_order_id)
                return _order(await stub.get_order(which, timeout=timeout))
            case GetAccount():
                return await stub.get_account(v1.GetAccountRequest(), timeout=timeout)
            case GetOpenOrders():
                return await stub.get_open_orders(v1.GetOpenOrdersRequest(), timeout=timeout)
        return None


def _is_in_contract(action: Action) -> bool:
    """Whether it can be asked by gRPC."""
    match action:
        case CancelOrder():
            return action.order_id != 0
        case CancelOrders():
            return bool(action.order_ids)
        case _:
            return isinstance(
                action, PlaceOrder | PlaceOrders | CancelAllOrders | GetOrder | GetAccount | GetOpenOrders
            )


def _order(message: v1.Order) -> Order:
    return structs.replace(order_of(message), fills=tuple(_fill(each) for each in message.trades))


def _fill(message: v1.Trade) -> Fill:
    return Fill(
        trade_id=message.trade_id,
        order_id=message.order_id,
        symbol=message.symbol,
        side=Side(int(message.side)),
        price=number(message.price),
        quantity=number(message.quantity),
        fee=number(message.fee),
        fee_asset=message.fee_asset,
        realized_pnl=number(message.realized_pnl),
        time_ms=0,
    )


def _rows(count: int, reply: v1.BatchPlaceOrdersResponse) -> tuple[Order | ExchangeError, ...]:
    refused = {each.index: _of_row(each) for each in reply.errors}
    placed = iter(reply.orders)
    if len(refused) + len(reply.orders) != count:
        raise Wrong(f"{count} orders were asked for, {reply} was answered")
    return tuple(refused.get(index) or _order(next(placed)) for index in range(count))


def _ends(count: int, reply: v1.BatchCancelOrdersResponse) -> tuple[ExchangeError | None, ...]:
    refused = {each.index: _of_row(each) for each in reply.errors}
    return tuple(refused.get(index) for index in range(count))


def _of_row(row: v1.BatchOrderError) -> ExchangeError:
    status = Status(row.code)
    if row.error_message.startswith(UNKNOWN):
        return OutcomeUnknown(row.error_message, client_order_id=row.client_order_id)
    if status is Status.INVALID_ARGUMENT:
        return errors.InvalidRequest("row", row.error_message)
    if status is Status.INTERNAL:
        raise Wrong(f"an internal error: {row}")
    return _BY_STATUS[status](row.error_message)


def _error(refused: GRPCError) -> ExchangeError:
    """The core's error that the status was made of."""
    message = refused.message or ""
    info = next((each for each in refused.details or () if isinstance(each, ErrorInfo)), None)
    if info is None or info.reason not in _KINDS:
        if refused.status in (Status.DEADLINE_EXCEEDED, Status.CANCELLED) or (info and info.reason == "SHUTTING_DOWN"):
            return Killed(f"nobody knows: {refused}")
        raise Wrong(f"an internal error: {refused}")
    kind = _KINDS[info.reason]
    if issubclass(kind, OutcomeUnknown):
        return OutcomeUnknown(message, client_order_id=info.metadata["client_order_id"])
    if issubclass(kind, errors.InvalidRequest):
        return kind(info.metadata["field"], message)
    return kind(message)
