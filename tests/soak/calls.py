"""The core's commands as calls of the gRPC contract, and what their answers say of orders."""

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    GetAccount,
    GetHistoricalKlines,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    GetTickers,
    PlaceOrder,
    PlaceOrders,
)
from sansio_exchange.orders import NewOrder
from service.messages import place_order_request
from service.stubs.opensqt.market_maker import v1
from tests.soak.verdict import Placed

UNKNOWN = "outcome unknown"
"""How the message of DEADLINE_EXCEEDED begins where the order may stand; any other failure says that it does not."""


async def call(stub: v1.ExchangeServiceStub, action: Action) -> list[Placed]:
    """What was said of each order that `action` asks for. Raises GRPCError only where it asks for none."""
    match action:
        case PlaceOrder(order):
            try:
                reply = await stub.place_order(place_order_request(order))
            except GRPCError as error:
                return [_failed(order, error.status.value, error.message or "")]
            return [Placed(order.client_order_id, order.symbol, "accepted", reply.order_id)]
        case PlaceOrders(orders):
            try:
                rows = [place_order_request(each) for each in orders]
                replies = await stub.batch_place_orders(v1.BatchPlaceOrdersRequest(rows))
            except GRPCError as error:
                return [_failed(order, error.status.value, error.message or "") for order in orders]
            return batch_outcomes(orders, replies)
        case CancelOrder(symbol, order_id):
            await stub.cancel_order(v1.CancelOrderRequest(symbol=symbol, order_id=order_id))
        case CancelOrders(symbol, order_ids):
            await stub.batch_cancel_orders(v1.BatchCancelOrdersRequest(symbol=symbol, order_ids=list(order_ids)))
        case CancelAllOrders(symbol):
            await stub.cancel_all_orders(v1.CancelAllOrdersRequest(symbol=symbol))
        case GetOrder(symbol, order_id):
            await stub.get_order(v1.GetOrderRequest(symbol=symbol, order_id=order_id))
        case GetOpenOrders(symbol):
            await stub.get_open_orders(v1.GetOpenOrdersRequest(symbol=symbol))
        case GetAccount():
            await stub.get_account(v1.GetAccountRequest())
        case GetPositions(symbol):
            await stub.get_positions(v1.GetPositionsRequest(symbol=symbol))
        case GetTickers():
            await stub.get_tickers(v1.GetTickersRequest())
        case GetHistoricalKlines(symbol, interval, limit):
            await stub.get_historical_klines(v1.GetHistoricalKlinesRequest(symbol, interval, limit))
        case _:
            raise AssertionError(f"nobody asks for {action}")
    return []


def batch_outcomes(orders: tuple[NewOrder, ...], replies: v1.BatchPlaceOrdersResponse) -> list[Placed]:
    """One for each order: the errors name their places, the accepted ones fill the others in order."""
    errors = {error.index: error for error in replies.errors}
    accepted = iter(replies.orders)
    outcomes = []
    for place, order in enumerate(orders):
        error = errors.get(place)
        if error is not None:
            outcomes.append(_failed(order, error.code, error.error_message))
        else:
            outcomes.append(Placed(order.client_order_id, order.symbol, "accepted", next(accepted).order_id))
    return outcomes


def _failed(order: NewOrder, code: int, words: str) -> Placed:
    is_unknown = code == Status.DEADLINE_EXCEEDED.value and words.startswith(UNKNOWN)
    name = Status(code).name
    return Placed(
        order.client_order_id, order.symbol, "unknown" if is_unknown else "refused", words=f"{name}: {words[:160]}"
    )
