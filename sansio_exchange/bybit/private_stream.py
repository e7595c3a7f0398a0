"""Private topics ("Order", "Execution", "Position", "Wallet", WebSocket, 2025-09). Rows of every category come.

How orders and executions become one is told in executions.py.
"""

import msgspec
from msgspec import Struct

from sansio_exchange.bybit.errors import HEDGE_MODE
from sansio_exchange.bybit.executions import Executions
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
from sansio_exchange.numbers import from_text
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.venue import AccountChange, Decoded, Ignored

HEDGED = Unreadable("private", HEDGE_MODE, "")
NOT_TRIGGERED: Decoded = Ignored("a conditional order that waits for its trigger")
NO_FILL: Decoded = Ignored("a funding fee: the wallet says the same")
NOT_UNIFIED: Decoded = Ignored("another account than the unified one")


class Orders(Struct, rename="camel"):
    """`creation_time` is the venue's when it made the message."""

    data: tuple[OrderRow, ...]
    creation_time: int


class ExecutionsPush(Struct, rename="camel"):
    data: tuple[ExecutionRow, ...]
    creation_time: int


class Positions(Struct, rename="camel"):
    data: tuple[PositionRow, ...]
    creation_time: int


class Wallets(Struct, rename="camel"):
    data: tuple[WalletRow, ...]
    creation_time: int


class Private:
    """What reading private topics takes along: the two names of each order, and what was said of it."""

    def __init__(self) -> None:
        self.ids = OrderIds()
        self.executions = Executions()


_orders = msgspec.json.Decoder(Orders)
_executions = msgspec.json.Decoder(ExecutionsPush)
_positions = msgspec.json.Decoder(Positions)
_wallets = msgspec.json.Decoder(Wallets)


def read_orders(data: bytes, private: Private) -> list[Decoded]:
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
            said += private.executions.on_order(to_order(row, private.ids), push.creation_time)
    return said + private.executions.release(push.creation_time)


def read_executions(data: bytes, private: Private) -> list[Decoded]:
    push = _executions.decode(data)
    said: list[Decoded] = []
    for row in push.data:
        if not is_ours(row.category, row.symbol):
            said.append(ANOTHER)
        elif not is_fill(row):
            said.append(NO_FILL)
        else:
            counted = from_text(row.order_qty) - from_text(row.leaves_qty)
            said += private.executions.on_fill(to_fill(row, private.ids), counted, push.creation_time)
    return said + private.executions.release(push.creation_time)


def read_positions(data: bytes, private: Private) -> list[Decoded]:
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
    return said + private.executions.release(push.creation_time)


def read_wallets(data: bytes, private: Private) -> list[Decoded]:
    push = _wallets.decode(data)
    said: list[Decoded] = [
        AccountChange(to_balances(row.coin), (), "wallet", push.creation_time)
        if row.account_type == "UNIFIED"
        else NOT_UNIFIED
        for row in push.data
    ]
    return said + private.executions.release(push.creation_time)


READERS: dict[str, Reader] = {
    "order": read_orders,
    "execution": read_executions,
    "position": read_positions,
    "wallet": read_wallets,
}
"""By topic: a function of the message and what reading them takes along."""
