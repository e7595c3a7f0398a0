"""Asks the venue and answers for it."""

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from sansio_exchange.commands import Action
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Request
from tests.sansio_exchange.bitget.payloads import NOW, bitget, order, reply
from tests.sansio_exchange.recipes import run

TIME = reply({"serverTime": str(NOW)})
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal("51858.1"), client_order_id="mine1")
LONG_ID = "13333333333333333333"
LONG_NUMBER = OrderIds().number(LONG_ID)
"""An order whose id does not fit into 64 bits."""


def do(action: Action, *answers: Any) -> tuple[Any, list[Request]]:
    return run(bitget().recipe(action), *answers)


def order_with(**changes: Any) -> NewOrder:
    return replace(BUY, **changes)


def rows(newest: int, count: int) -> list[list[str]]:
    """Candles by the minute as Bitget lists them, oldest first."""
    return [[str((newest - n) * 60_000), "1", "2", "0.5", "1.5", "100", "150"] for n in range(count)][::-1]


def settled(number: int) -> dict[str, str]:
    return {"symbol": "BTCUSDT", "fundingRate": "0.0005", "fundingTime": str(number * 28_800_000)}


def detail(**changes: Any) -> bytes:
    row = order(**changes)
    return reply({"state": row.pop("status"), **row})
