"""From what a user asked to what the venue is asked: names resolved, rules checked, ids set. Nothing is sent here."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import structs

from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    FetchExchangeInfo,
    GetHistoricalKlines,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    Subscribe,
    Topic,
    Unsubscribe,
)
from sansio_exchange.errors import InvalidRequest
from sansio_exchange.market import INTERVALS_MS
from sansio_exchange.order_rules import check_order
from sansio_exchange.orders import NewOrder
from sansio_exchange.symbols import SymbolTable

MAY_NAME_NO_SYMBOL = (CancelAllOrders, FetchExchangeInfo, GetOpenOrders, GetPositions)
A = TypeVar("A", bound=Action)


def prepare(action: A, symbols: SymbolTable) -> A:
    """`action` with its symbol in canonical form. Raises InvalidRequest for what cannot be asked."""
    if isinstance(action, Subscribe | Unsubscribe):
        return structs.replace(action, topic=_prepare_topic(action.topic, symbols))
    if isinstance(action, CancelOrder | GetOrder) and not action.order_id and not action.client_order_id:
        raise InvalidRequest("order_id", "either order_id or client_order_id must be set")
    if isinstance(action, GetHistoricalKlines):
        check_interval(action.interval)
    symbol = getattr(action, "symbol", None)
    if symbol is None or (not symbol and isinstance(action, MAY_NAME_NO_SYMBOL)):
        return action
    if isinstance(action, FetchExchangeInfo):
        return action  # whether the symbol exists is what it asks
    return structs.replace(action, symbol=symbols.find(symbol).symbol)


def prepare_order(order: NewOrder, symbols: SymbolTable, new_id: Callable[[], str]) -> NewOrder:
    """`order` as it may be sent: canonical symbol, a client order id, within the symbol's rules.

    Raises InvalidRequest naming field and rule.
    """
    rules = symbols.find(order.symbol)
    check_order(order, rules)
    return structs.replace(order, symbol=rules.symbol, client_order_id=order.client_order_id or new_id())


def check_interval(interval: str) -> None:
    if interval not in INTERVALS_MS:
        raise InvalidRequest("interval", f"{interval[:20]!r} is not one of {', '.join(INTERVALS_MS)}")


def _prepare_topic(topic: Topic, symbols: SymbolTable) -> Topic:
    if topic.kind == "kline":
        check_interval(topic.interval)
    return structs.replace(topic, symbol=symbols.find(topic.symbol).symbol)
