"""Private channels ("Order Channel", "Account Channel", "Position Channel", 2026-09-28).

Fills are told by the orders channel alone. Its row names the fill that changed the order (tradeId, fillPrice,
baseVolume, fillFee) and the order as it is afterwards (accBaseVolume, priceAvg, status) in one message: cumulative
quantity and fill cannot fall apart. The fill channel has the same fills without the order, at another moment, so that
each would come twice, and one of the two without its order. A row that repeats a fill, as the cancellation of a partly
filled order may, is known by its tradeId to the session's ledger; where rows leave a fill out, the ledger sees that
accBaseVolume exceeds what it was told, and GET /api/v2/mix/order/fills is asked.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from sansio_exchange.account import Balance
from sansio_exchange.bitget.endpoints import PRODUCT
from sansio_exchange.bitget.errors import HEDGE_MODE
from sansio_exchange.bitget.heard import Heard
from sansio_exchange.bitget.orders import HEDGE_MODE as HEDGED_MODE
from sansio_exchange.bitget.public_stream import ANOTHER, Arg, Reader, symbol_of
from sansio_exchange.bitget.replies import OrderRow, PositionSaid, Text, to_order, to_position
from sansio_exchange.bitget.symbols import Product
from sansio_exchange.machine import Unreadable
from sansio_exchange.numbers import ZERO, from_text, int64_from_text
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, OrderUpdate
from sansio_exchange.venue import AccountChange, Decoded

HEDGED = Unreadable("private", HEDGE_MODE, "")


class OrderUpdateRow(OrderRow, frozen=True, kw_only=True, rename="camel"):
    """An order and the execution that changed it, if one did. `base_volume` is that execution's own quantity here."""

    inst_id: str
    status: str
    acc_base_volume: Text = ""
    trade_id: Text = ""
    fill_price: Text = ""
    base_volume: Text = ""
    fill_fee: Text = ""
    fill_fee_coin: Text = ""
    fill_time: Text = ""
    trade_scope: Text = ""
    pnl: Text = ""
    client_o_id: Text = msgspec.field(name="clientOId", default="")
    """So spelled in an older example."""


class AccountPush(Struct, frozen=True, rename="camel"):
    """One margin coin. Equity includes the unrealised profit."""

    margin_coin: str
    equity: Text = ""
    available: Text = ""
    max_open_pos_available: Text = ""
    unrealized_pl: Text = msgspec.field(name="unrealizedPL", default=None)


class PositionUpdateRow(PositionSaid, frozen=True, kw_only=True, rename="camel"):
    """A position."""

    inst_id: str


class Orders(Struct):
    arg: Arg
    data: tuple[OrderUpdateRow, ...]


class Accounts(Struct):
    arg: Arg
    data: tuple[AccountPush, ...]
    ts: str | int = 0


class Positions(Struct):
    arg: Arg
    data: tuple[PositionUpdateRow, ...]
    ts: str | int = 0


_orders = msgspec.json.Decoder(Orders)
_accounts = msgspec.json.Decoder(Accounts)
_positions = msgspec.json.Decoder(Positions)


def read_orders(data: bytes, product: Product, ids: OrderIds, _heard: Heard) -> list[Decoded]:
    message = _orders.decode(data)
    said: list[Decoded] = []
    for row in message.data:
        symbol = symbol_of(message.arg, row.inst_id, product)
        if symbol is None:
            said.append(ANOTHER)
        elif row.pos_mode == HEDGED_MODE:
            said.append(HEDGED)
        else:
            said.append(_order_update(row, symbol, ids))
    return said


def _order_update(row: OrderUpdateRow, symbol: str, ids: OrderIds) -> OrderUpdate:
    if row.client_o_id and not row.client_oid:
        row = msgspec.structs.replace(row, client_oid=row.client_o_id)
    order = to_order(row, symbol, row.status, row.acc_base_volume, ids)
    quantity = from_text(row.base_volume)
    if not row.trade_id or quantity <= 0:
        return OrderUpdate(order)
    return OrderUpdate(
        order,
        Fill(
            trade_id=row.trade_id,
            order_id=order.order_id,
            symbol=symbol,
            side=order.side,
            price=from_text(row.fill_price),
            quantity=quantity,
            fee=-from_text(row.fill_fee),  # "Transaction fee of the latest transaction, negative value"
            fee_asset=row.fill_fee_coin or "",
            realized_pnl=from_text(row.pnl),
            time_ms=int64_from_text(row.fill_time or row.u_time),
            is_maker=row.trade_scope in ("M", "maker"),
        ),
    )


def read_accounts(data: bytes, _product: Product, _ids: OrderIds, _heard: Heard) -> list[Decoded]:
    """A coin whose unrealised profit is not told is left out: its wallet cannot be known. That something changed is
    told all the same, and the session asks for the whole."""
    message = _accounts.decode(data)
    if message.arg.inst_type != PRODUCT:
        return [ANOTHER]
    balances = tuple(_balance(row) for row in message.data if row.equity and row.unrealized_pl is not None)
    return [AccountChange(balances, (), "account", int64_from_text(str(message.ts)))]


def _balance(row: AccountPush) -> Balance:
    wallet = from_text(row.equity) - from_text(row.unrealized_pl)
    available: Decimal = max(ZERO, from_text(row.max_open_pos_available or row.available))
    return Balance(row.margin_coin.upper(), wallet, available)


def read_positions(data: bytes, product: Product, _ids: OrderIds, _heard: Heard) -> list[Decoded]:
    """Whether a position that was closed comes with a size of 0 or is left out of the list was not found in
    documentation, nor whether the list is always whole. So only what a row says is believed, and a message without
    rows says that something changed: the session asks for the whole.

    In hedge mode a symbol comes in two rows of which none is the position: none of them is believed.
    """
    message = _positions.decode(data)
    positions = []
    hedged = another = False
    for row in message.data:
        symbol = symbol_of(message.arg, row.inst_id, product)
        if symbol is None:
            another = True
            continue
        position = to_position(row, symbol)
        if row.pos_mode != HEDGED_MODE:
            positions.append(position)
        elif position.size:
            hedged = True
    said: list[Decoded] = [HEDGED] if hedged else []
    if positions or not (hedged or another or message.arg.inst_type != PRODUCT):
        said.append(AccountChange((), tuple(positions), "positions", int64_from_text(str(message.ts))))
    return said or [ANOTHER]


READERS: dict[str, Reader] = {"orders": read_orders, "account": read_accounts, "positions": read_positions}
"""By channel: a function of the message, our product, the names of orders, and what was heard before."""
