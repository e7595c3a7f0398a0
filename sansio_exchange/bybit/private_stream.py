"""Private topics ("Order", "Execution", "Position", "Wallet", WebSocket, 2025-09). Rows of every category come.

The order topic counts (cumExecQty) and knows the state; the execution topic names: price, quantity, fee, trade id. They
come apart, in either order; the session joins them.
"""

import msgspec
from msgspec import Struct

from sansio_exchange.bybit.errors import HEDGE_MODE
from sansio_exchange.bybit.orders import WAITING
from sansio_exchange.bybit.public_stream import ANOTHER, Reader
from sansio_exchange.bybit.replies import (
    ExecutionRow,
    OrderRow,
    PositionRow,
    WalletRow,
    is_fill,
    to_balances,
    to_fill,
    to_order,
    to_position,
)
from sansio_exchange.bybit.symbols import is_ours
from sansio_exchange.machine import Unreadable
from sansio_exchange.numbers import Ms
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.venue import AccountChange, Decoded, Ignored, LoneFill, OrderState

HEDGED = Unreadable("private", HEDGE_MODE, "")
NOT_TRIGGERED: Decoded = Ignored("a conditional order that waits for its trigger")
NO_FILL: Decoded = Ignored("a funding fee: the wallet says the same")
NOT_UNIFIED: Decoded = Ignored("another account than the unified one")


class Orders(Struct, rename="camel"):
    """`creation_time` is the venue's when it made the message."""

    data: tuple[OrderRow, ...]
    creation_time: Ms


class ExecutionsPush(Struct, rename="camel"):
    data: tuple[ExecutionRow, ...]
    creation_time: Ms


class Positions(Struct, rename="camel"):
    data: tuple[PositionRow, ...]
    creation_time: Ms


class Wallets(Struct, rename="camel"):
    data: tuple[WalletRow, ...]
    creation_time: Ms


_orders = msgspec.json.Decoder(Orders)
_executions = msgspec.json.Decoder(ExecutionsPush)
_positions = msgspec.json.Decoder(Positions)
_wallets = msgspec.json.Decoder(Wallets)


def read_orders(data: bytes, ids: OrderIds) -> list[Decoded]:
    push = _orders.decode(data)
    said: list[Decoded] = []
    for row in push.data:
        if not is_ours(row.category, row.symbol):
            said.append(ANOTHER)
        elif row.position_idx:
            said.append(HEDGED)
        elif row.order_status in WAITING:
            said.append(NOT_TRIGGERED)
        else:
            said.append(OrderState(to_order(row, ids)))
    return said


def read_executions(data: bytes, ids: OrderIds) -> list[Decoded]:
    push = _executions.decode(data)
    said: list[Decoded] = []
    for row in push.data:
        if not is_ours(row.category, row.symbol):
            said.append(ANOTHER)
        elif not is_fill(row):
            said.append(NO_FILL)
        else:
            said.append(LoneFill(to_fill(row, ids)))
    return said


def read_positions(data: bytes, _: OrderIds) -> list[Decoded]:
    """In hedge mode a symbol comes in two rows of which none is the position: none of them is believed."""
    push = _positions.decode(data)
    ours = [row for row in push.data if is_ours(row.category, row.symbol)]
    positions = tuple(to_position(row) for row in ours if not row.position_idx)
    said: list[Decoded] = [] if ours else [ANOTHER]
    if len(positions) < len(ours):
        said.append(HEDGED)
    if positions:
        newest = max(position.update_ms for position in positions)
        said.append(AccountChange((), positions, "positions", newest))
    return said


def read_wallets(data: bytes, _: OrderIds) -> list[Decoded]:
    push = _wallets.decode(data)
    said: list[Decoded] = [
        AccountChange(to_balances(row.coin), (), "wallet", push.creation_time)
        if row.account_type == "UNIFIED"
        else NOT_UNIFIED
        for row in push.data
    ]
    return said


READERS: dict[str, Reader] = {
    "order": read_orders,
    "execution": read_executions,
    "position": read_positions,
    "wallet": read_wallets,
}
"""By topic: a function of the message and the two names of each order."""
