"""Asks the venue and answers for it."""

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from sansio_exchange.commands import Action
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import NewOrder, OrderType, Side
from sansio_exchange.venue import Request
from tests.sansio_exchange.okx.payloads import okx, reply
from tests.sansio_exchange.recipes import run

NOW = 1_708_600_000_000
TIME = reply({"ts": str(NOW)})
LONG_ID = "92233720368547758080"
NUMBER = OrderIds().number(LONG_ID)
"""Under which an order is known whose id exceeds 64 bits."""
BUY = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal("51858.1"), client_order_id="mine1")


def do(action: Action, *answers: Any) -> tuple[Any, list[Request]]:
    return run(okx().recipe(action), *answers)


def order_with(**changes: Any) -> NewOrder:
    return replace(BUY, **changes)


def candles(newest: int, count: int, confirm: str = "1") -> list[list[str]]:
    """Rows as OKX lists them, newest first; only the newest may be running."""
    return [
        [str((newest - n) * 60_000), "1", "2", "0.5", "1.5", "100", "1", "1.5", confirm if n == 0 else "1"]
        for n in range(count)
    ]


def settled(time_ms: int) -> dict[str, str]:
    return {"instId": "BTC-USDT-SWAP", "fundingTime": str(time_ms), "fundingRate": "0.9", "realizedRate": "0.0003"}
