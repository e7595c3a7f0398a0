"""Private channels ("Orders", "User Trades", "Positions", "Balances" of "Gate Futures WebSocket v4", 2026-04-14).

Prices, fees and amounts are numbers here, some as small as -2.074115e-06.

futures.orders says how an order stands: how much is left of it, and whether it has finished; not by which trades.
futures.usertrades says the trades: price, size, fee; not what became of the order. Which of the two comes first is not
found in documentation; the session joins them.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.account import Balance
from sansio_exchange.gate.errors import HEDGE_MODE
from sansio_exchange.gate.orders import HEDGE_MODES
from sansio_exchange.gate.public_stream import ANOTHER, Heard, Reader, to_ms
from sansio_exchange.gate.replies import FillRow, OrderRow, PositionRow, says_its_size, to_fill, to_order, to_position
from sansio_exchange.gate.symbols import Product
from sansio_exchange.machine import Unreadable
from sansio_exchange.numbers import ZERO, require_sane
from sansio_exchange.venue import AccountChange, Decoded, Ignored, LoneFill, OrderState

HEDGED = Unreadable("private", HEDGE_MODE, "")
SIZELESS: Decoded = Ignored("an order that closes a position and says neither side nor quantity")
NO_POSITION: Decoded = Ignored("no position is told")


class Orders(Struct):
    result: tuple[OrderRow, ...]
    time: int = 0
    time_ms: int = 0


class UserTrades(Struct):
    result: tuple[FillRow, ...]
    time: int = 0
    time_ms: int = 0


class Positions(Struct):
    result: tuple[PositionRow, ...]
    time: int = 0
    time_ms: int = 0


class BalanceRow(Struct):
    """What a change left. `currency` is newer than the others."""

    balance: Decimal
    type: str = ""
    currency: str = "usdt"
    time: int = 0
    time_ms: int = 0


class Balances(Struct):
    result: tuple[BalanceRow, ...]
    time: int = 0
    time_ms: int = 0


_orders = msgspec.json.Decoder(Orders)
_trades = msgspec.json.Decoder(UserTrades)
_positions = msgspec.json.Decoder(Positions)
_balances = msgspec.json.Decoder(Balances)


def read_orders(data: bytes, product: Product, _: Heard) -> list[Decoded]:
    message = _orders.decode(data)
    said: list[Decoded] = []
    for row in message.result:
        contract = product.contract_of(row.contract)
        if contract is None:
            said.append(ANOTHER)
        elif not says_its_size(row):
            said.append(SIZELESS)
        else:
            said.append(OrderState(to_order(row, contract)))
    return said


def read_user_trades(data: bytes, product: Product, _: Heard) -> list[Decoded]:
    message = _trades.decode(data)
    said: list[Decoded] = []
    for row in message.result:
        contract = product.contract_of(row.contract)
        if contract is None:
            said.append(ANOTHER)
        else:
            said.append(LoneFill(to_fill(row, contract)))
    return said


def read_positions(data: bytes, product: Product, _: Heard) -> list[Decoded]:
    """In hedge mode a symbol comes in two rows of which none is the position: none of them is believed."""
    message = _positions.decode(data)
    rows = message.result
    positions = []
    hedged = False
    for row in rows:
        contract = product.contract_of(row.contract)
        if contract is None:
            continue
        if row.mode in HEDGE_MODES:
            hedged = hedged or bool(row.size)
            continue
        positions.append(to_position(row, contract, product.mark_prices.get(contract.symbol, ZERO)))
    said: list[Decoded] = [HEDGED] if hedged else []
    if positions:
        newest = max(position.update_ms for position in positions)
        said.append(AccountChange((), tuple(positions), "positions", newest))
    return said or [ANOTHER if rows else NO_POSITION]


def read_balances(data: bytes, _product: Product, heard: Heard) -> list[Decoded]:
    """Of a unified account these are not its balances: that something moved is all that is taken from them."""
    message = _balances.decode(data)
    said: list[Decoded] = []
    for row in message.result:
        require_sane(row.balance)
        balance = Balance(row.currency.upper(), row.balance, row.balance)
        told = () if heard.is_unified else (balance,)
        said.append(AccountChange(told, (), row.type, to_ms(row.time_ms, row.time)))
    return said


READERS: dict[str, Reader] = {
    "futures.orders": read_orders,
    "futures.usertrades": read_user_trades,
    "futures.positions": read_positions,
    "futures.balances": read_balances,
}
"""By channel: a function of the message, our product, and what was heard before."""
