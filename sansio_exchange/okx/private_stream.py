"""Private channels ("Order channel" 2026-07-23, "Account channel" 2026-07-11, "Positions channel" 2026-06-30).

Of one instrument "each tradeId should only be returned once, and the later messages that have the same tradeId should
be discarded"; the session's ledger does that. fillSz, fillPx, fillFee and tradeId belong to the update that carries
them, accFillSz and avgPx to the whole order.
"""

import msgspec
from msgspec import Struct

from sansio_exchange.machine import Unreadable
from sansio_exchange.numbers import from_text, int64_from_text
from sansio_exchange.okx.echoes import excerpt, scrub
from sansio_exchange.okx.errors import HEDGE_MODE, ISOLATED
from sansio_exchange.okx.orders import HEDGE_SIDES
from sansio_exchange.okx.public_stream import ANOTHER, Reader
from sansio_exchange.okx.replies import AssetRow, OrderRow, PositionRow, to_balances, to_order, to_position
from sansio_exchange.okx.symbols import Contract, Product
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, OrderUpdate
from sansio_exchange.venue import AccountChange, Decoded, Ignored

HEDGED = Unreadable("private", HEDGE_MODE, "")
NO_POSITION: Decoded = Ignored("no position is open")


class OrderUpdateRow(OrderRow, frozen=True, rename="camel"):
    """An order and the execution that changed it, if one did."""

    trade_id: str | None = ""
    fill_px: str | None = ""
    fill_sz: str | None = ""
    fill_fee: str | None = ""
    fill_fee_ccy: str | None = ""
    fill_pnl: str | None = ""
    fill_time: str | None = ""
    exec_type: str | None = ""


class AccountPush(Struct, frozen=True, rename="camel"):
    """The account: some currencies, or all."""

    details: tuple[AssetRow, ...] = ()
    u_time: str | None = ""


class Orders(Struct):
    data: tuple[OrderUpdateRow, ...]


class Accounts(Struct):
    data: tuple[AccountPush, ...]


class Positions(Struct):
    data: tuple[PositionRow, ...]


_orders = msgspec.json.Decoder(Orders)
_accounts = msgspec.json.Decoder(Accounts)
_positions = msgspec.json.Decoder(Positions)


def read_orders(data: bytes, product: Product, ids: OrderIds, _funding: object) -> list[Decoded]:
    """Row by row: one that cannot be read costs no other."""
    said: list[Decoded] = []
    for row in _orders.decode(data).data:
        contract = product.contract_of(row.inst_id)
        if contract is None:
            said.append(ANOTHER)
        elif row.pos_side in HEDGE_SIDES:
            said.append(HEDGED)
        else:
            said.append(_order_said(row, contract, ids))
    return said


def _order_said(row: OrderUpdateRow, contract: Contract, ids: OrderIds) -> Decoded:
    try:
        return _order_update(row, contract, ids)
    except (ValueError, KeyError) as error:
        return Unreadable("private", f"not an order: {scrub(str(error))}", excerpt(msgspec.json.encode(row)))


def _order_update(row: OrderUpdateRow, contract: Contract, ids: OrderIds) -> OrderUpdate:
    order = to_order(row, contract, ids)
    if not row.trade_id or not row.fill_sz:
        return OrderUpdate(order)
    quantity = from_text(row.fill_sz) * contract.size
    if quantity <= 0:
        return OrderUpdate(order)
    return OrderUpdate(
        order,
        Fill(
            trade_id=row.trade_id,
            order_id=order.order_id,
            symbol=contract.symbol,
            side=order.side,
            price=from_text(row.fill_px),
            quantity=quantity,
            fee=-from_text(row.fill_fee),  # "negative number represents the user transaction fee charged"
            fee_asset=row.fill_fee_ccy or "",
            realized_pnl=from_text(row.fill_pnl),
            time_ms=int64_from_text(row.fill_time or row.u_time),
            is_maker=row.exec_type == "M",
        ),
    )


def read_accounts(data: bytes, _product: Product, _ids: OrderIds, _funding: object) -> list[Decoded]:
    return [
        AccountChange(
            to_balances(push.details),
            (),
            "account",
            int64_from_text(push.u_time),
        )
        for push in _accounts.decode(data).data
    ]


def read_positions(data: bytes, product: Product, _ids: OrderIds, _funding: object) -> list[Decoded]:
    """In hedge mode a symbol comes in two rows of which none is the position: none of them is believed. A position in
    isolated margin is another beside the one in cross margin: it is told of, and not believed either."""
    rows = _positions.decode(data).data
    positions = []
    complaints: dict[str, Decoded] = {}
    is_ours = False
    for row in rows:
        contract = product.contract_of(row.inst_id)
        if contract is None:
            continue
        is_ours = True
        position = to_position(row, contract)
        if row.pos_side in HEDGE_SIDES:
            if position.size:
                complaints[""] = HEDGED
        elif position.margin_type == "isolated":
            if position.size:
                reason = ISOLATED.format(symbol=position.symbol)
                complaints[position.symbol] = Unreadable("private", reason, "")
        else:
            positions.append(position)
    said = list(complaints.values())
    if positions:
        newest = max(position.update_ms for position in positions)
        said.append(AccountChange((), tuple(positions), "positions", newest))
    return said or [ANOTHER if rows and not is_ours else NO_POSITION]


READERS: dict[str, Reader] = {"orders": read_orders, "account": read_accounts, "positions": read_positions}
"""By channel: a function of the message, our product, and the ids of orders."""
