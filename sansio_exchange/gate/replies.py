"""Reading the bodies of replies about orders and the account, of REST and of order entry; market_replies.py has the
others. Each function raises UnexpectedReply for what cannot be read.

Shapes: the response examples of "Futures", "Unified" and "Account" of "Gate API v4.106.88" (2026-05-27). Sizes are
contracts here, whole numbers or text, negative for sales; outside they are coins. Times are seconds with decimals.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct, structs

from sansio_exchange.account import Account, Balance, MarginMode, Position
from sansio_exchange.decoding import read_json, sensible
from sansio_exchange.errors import ExchangeError, OrderNotFound, OutcomeUnknown, PermissionDenied, UnexpectedReply
from sansio_exchange.gate.errors import HEDGE_MODE, of_label
from sansio_exchange.gate.limits import CANCELLING, PLACING
from sansio_exchange.gate.orders import (
    HEDGE_MODES,
    client_order_id_of,
    kind_of,
    reason_of,
    side_of,
    status_of,
    word_for,
)
from sansio_exchange.gate.public_stream import to_ms
from sansio_exchange.gate.symbols import Contract, Product
from sansio_exchange.numbers import ZERO, from_text, int64_from_text, require_sane
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, Side

Text = str | None
"""A number as text; "" and null leave it out."""
Id = int | str


class OrderRow(Struct, frozen=True):
    """An order, as replies and the orders channel tell it. `left` is not in every reply of order entry.

    `update_time` is in seconds in replies and in milliseconds on the channel.
    """

    id: Id
    contract: str
    size: Decimal
    status: str
    left: Decimal | None = None
    price: Decimal = ZERO
    fill_price: Decimal = ZERO
    tif: str = ""
    text: Text = ""
    finish_as: Text = ""
    is_reduce_only: bool = False
    create_time: Decimal | None = None
    create_time_ms: Decimal | None = None
    update_time: Decimal | None = None
    finish_time: Decimal | None = None
    finish_time_ms: Decimal | None = None


class AckRow(Struct, frozen=True):
    """What was done of one order of a batch: an order, or a label that says why not. A cancellation says its label in
    `message`."""

    succeeded: bool = False
    id: Id = 0
    text: Text = ""
    label: Text = ""
    message: Text = ""
    detail: Text = ""


class FillRow(Struct, frozen=True):
    """An own execution. Its id is `trade_id` in the list by time, `id` in the others.

    `fee` is a cost, of a maker who gets a rebate negative; where points paid it, it is 0 and `point_fee` is not.
    """

    contract: str
    order_id: Id
    size: Decimal
    price: Decimal
    id: Id = ""
    trade_id: Id = ""
    role: str = ""
    fee: Decimal = ZERO
    point_fee: Decimal = ZERO
    create_time: Decimal = ZERO
    create_time_ms: Decimal = ZERO
    text: str = ""


class AccountRow(Struct, frozen=True):
    """GET /futures/usdt/accounts. `total` is the balance without unrealised profit, of classic accounts alone.

    `margin_mode`: 0 classic, 1 multi-currency, 2 portfolio, 3 single-currency margin.
    """

    available: Text
    total: Text = ""
    unrealised_pnl: Text = ""
    maintenance_margin: Text = ""
    cross_available: Text = ""
    cross_maintenance_margin: Text = ""
    in_dual_mode: bool = False
    position_mode: Text = ""
    enable_credit: bool = False
    margin_mode: int = 0
    user: Id = ""

    @property
    def is_unified(self) -> bool:
        return self.enable_credit or self.margin_mode != 0


class UnifiedBalance(Struct, frozen=True):
    """What a unified account holds of one currency. Which figures are given depends on its mode."""

    available: Text = ""
    equity: Text = ""
    cross_balance: Text = ""
    mm: Text = ""
    margin_balance: Text = ""
    available_margin: Text = ""


class UnifiedRow(Struct, frozen=True):
    """GET /unified/accounts. The totals are in USD, of multi-currency and portfolio margin mode alone."""

    balances: Mapping[str, UnifiedBalance] = {}
    total_margin_balance: Text = ""
    total_available_margin: Text = ""
    total_maintenance_margin: Text = ""


class PositionRow(Struct, frozen=True):
    """GET /futures/usdt/positions and the positions channel, which has numbers for text, and neither mark price nor
    profit. `leverage` 0 means cross margin; `lever` is newer and tells it in either mode."""

    contract: str
    size: Decimal
    mode: str = "single"
    entry_price: Decimal = ZERO
    mark_price: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    leverage: Decimal = ZERO
    cross_leverage_limit: Decimal = ZERO
    lever: Text = ""
    pos_margin_mode: Text = ""
    margin: Decimal = ZERO
    liq_price: Decimal = ZERO
    update_time: Decimal = ZERO
    time: Decimal = ZERO
    time_ms: Decimal = ZERO


class DetailRow(Struct, frozen=True):
    """GET /account/detail."""

    user_id: int


class TimeRow(Struct, frozen=True):
    """GET /spot/time: milliseconds."""

    server_time: int


_order = msgspec.json.Decoder(OrderRow)
_orders = msgspec.json.Decoder(tuple[OrderRow, ...])
_acks = msgspec.json.Decoder(tuple[AckRow, ...])
_raw_rows = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_fills = msgspec.json.Decoder(tuple[FillRow, ...])
_account = msgspec.json.Decoder(AccountRow)
_unified = msgspec.json.Decoder(UnifiedRow)
_positions = msgspec.json.Decoder(tuple[PositionRow, ...])
_detail = msgspec.json.Decoder(DetailRow)
_time = msgspec.json.Decoder(TimeRow)


def refuse_hedge_mode(mode: str) -> None:
    """Raises PermissionDenied for a row of hedge mode, whose size would be taken for the whole position."""
    if mode in HEDGE_MODES:
        raise PermissionDenied(HEDGE_MODE)


def number_of(identity: Id) -> int:
    """An id, told as a number or as text. Raises ValueError for what is none."""
    number = int64_from_text(str(identity))
    if number <= 0:
        raise ValueError("an id that is none")
    return number


# --- orders and fills -------------------------------------------------------------------------------------------


def to_order(row: OrderRow, contract: Contract) -> Order:
    """Raises ValueError for nonsense. `row.size` must not be 0: see `says_its_size`."""
    size, finish_as, text = contract.size, row.finish_as or "", row.text or ""
    left = row.left
    if left is None:
        left = ZERO if row.status == "finished" and finish_as == "filled" else row.size
    require_sane(row.size, left, row.price, row.fill_price)
    quantity, executed = abs(row.size), abs(row.size) - abs(left)
    if executed < 0:
        raise ValueError("more is left of an order than there was")
    order_type, time_in_force = kind_of(row.price, row.tif)
    status = status_of(row.status, finish_as, quantity, executed)
    order_id = number_of(row.id)
    created_ms = to_ms(row.create_time_ms or ZERO, row.create_time or ZERO)
    return Order(
        order_id=order_id,
        client_order_id=client_order_id_of(text, order_id),
        symbol=contract.symbol,
        side=side_of(row.size),
        type=order_type,
        quantity=quantity * size,
        status=status,
        price=row.price,
        executed_qty=executed * size,
        avg_price=row.fill_price if executed else ZERO,
        time_in_force=time_in_force,
        reduce_only=row.is_reduce_only,
        created_ms=created_ms,
        update_ms=max(
            created_ms, to_ms(row.finish_time_ms or ZERO, row.finish_time or ZERO), to_ms(row.update_time or ZERO)
        ),
        reason=reason_of(status, finish_as, text),
    )


def says_its_size(row: OrderRow) -> bool:
    """An order that closes a position, whatever it is, is asked for with size 0. Where it is told so as well, neither
    its side nor its quantity can be.

    Once executed it has been seen with its size (github.com/ccxt/ccxt, pull request 20398, 2023-12-15); what is said of
    one that works is not found in documentation.
    """
    return bool(row.size)


def read_order(body: bytes, contract: Contract) -> OrderRow:
    """GET /futures/usdt/orders/{order_id}: ids are of all contracts. Raises OrderNotFound for one of another."""
    row = read_json(_order, body, "order")
    if row.contract != contract.name:
        raise OrderNotFound(f"the order is one of {row.contract[:40]}, not of {contract.symbol}")
    return row


def sized_by(row: OrderRow, fills: Sequence[Fill], contract: Contract) -> OrderRow:
    """An order without a size that has ended, with the one that it executed. Raises OrderNotFound where nothing can be
    told: while it works, nobody says how much it still is to do."""
    if row.status != "finished" or not fills:
        raise OrderNotFound("the order closes a position and says neither side nor quantity")
    executed = sum((fill.quantity for fill in fills), ZERO) / contract.size
    return structs.replace(row, size=executed if fills[0].side is Side.BUY else -executed, left=ZERO)


def read_orders(body: bytes, product: Product) -> tuple[tuple[Order, ...], str, int]:
    """GET /futures/usdt/orders: orders without those of other products, the id of the last row, and how many rows there
    were."""
    rows = read_json(_orders, body, "orders")
    orders = []
    for row in rows:
        contract = product.contract_of(row.contract)
        if contract is not None and says_its_size(row):
            orders.append(sensible("orders", to_order, row, contract))
    return tuple(orders), str(rows[-1].id) if rows else "", len(rows)


def read_placed(body: bytes | msgspec.Raw, order: NewOrder, contract: Contract) -> Order:
    """The order as it was accepted. What was asked for is taken from `order`, what became of it from the reply, as far
    as that tells: not every one has `left`."""
    row = read_json(_order, body, "order entry")
    told = sensible("order entry", to_order, row, contract) if says_its_size(row) else None
    if told is None or told.client_order_id != order.client_order_id or row.contract != contract.name:
        raise UnexpectedReply("order entry: the reply is of another order")
    is_known = row.left is not None or told.status is OrderStatus.FILLED
    return Order(
        order_id=told.order_id,
        client_order_id=order.client_order_id,
        symbol=contract.symbol,
        side=order.side,
        type=order.type,
        quantity=order.quantity,
        status=told.status if is_known else OrderStatus.NEW,
        price=order.price or ZERO,
        executed_qty=told.executed_qty if is_known else ZERO,
        avg_price=told.avg_price if is_known else ZERO,
        time_in_force=told.time_in_force if row.tif else kind_of(row.price, word_for(order))[1],
        reduce_only=order.reduce_only,
        created_ms=told.created_ms,
        update_ms=told.update_ms,
        reason=told.reason if is_known else "",
    )


def read_batch(body: bytes, sent: Sequence[tuple[NewOrder, Contract]]) -> list[Order | ExchangeError]:
    """POST /futures/usdt/batch_orders: "the order corresponds to the orders in the request body". A row that the reply
    leaves out, or that is another's, has an unknown outcome."""
    rows = read_json(_raw_rows, body, "order entry")
    acks = read_json(_acks, body, "order entry")
    outcomes: list[Order | ExchangeError] = []
    for at, (order, contract) in enumerate(sent):
        if at >= len(acks):
            outcomes.append(OutcomeUnknown("the venue's reply left it out"))
        elif not acks[at].succeeded:
            outcomes.append(_refusal(acks[at], order))
        else:
            try:
                outcomes.append(read_placed(rows[at], order, contract))
            except UnexpectedReply as error:
                outcomes.append(error)
    return outcomes


def _refusal(ack: AckRow, order: NewOrder) -> ExchangeError:
    """Why a row was not done; not every refusal repeats the name of its order."""
    if ack.text and client_order_id_of(ack.text, 0) != order.client_order_id:
        return OutcomeUnknown("the venue's reply is of another order")
    if not ack.label:
        return OutcomeUnknown("the venue refused without saying why")
    return of_label(ack.label, ack.message or ack.detail or "", budgets=(PLACING,))


def read_cancelled(body: bytes, order_ids: Sequence[int]) -> list[ExchangeError | None]:
    """POST /futures/usdt/batch_cancel_orders: one row for each id, which names it."""
    rows = {str(row.id): row for row in read_json(_acks, body, "batch cancel")}
    return [_cancelled(rows.get(str(order_id))) for order_id in order_ids]


def _cancelled(row: AckRow | None) -> ExchangeError | None:
    if row is None:
        return OutcomeUnknown("the venue's reply left it out")
    if row.succeeded:
        return None
    label = row.label or row.message
    if not label:
        return OutcomeUnknown("the venue refused without saying why")
    return of_label(label, row.detail or "", budgets=(CANCELLING,))


def read_done(body: bytes) -> None:
    """The reply to a cancellation: the order, or the orders. That they came says that it was done."""
    read_json(_anything, body, "cancel")


_anything = msgspec.json.Decoder(Any)


def read_fills(body: bytes, contract: Contract) -> tuple[tuple[Fill, ...], int]:
    """GET /futures/usdt/my_trades and my_trades_timerange: fills of that contract as they come, and how many rows there
    were."""
    rows = read_json(_fills, body, "my_trades")
    fills = [sensible("my_trades", to_fill, row, contract) for row in rows if row.contract == contract.name]
    return tuple(fills), len(rows)


def read_traded(body: bytes) -> list[tuple[str, str, int]]:
    """Out of GET /futures/usdt/my_trades_timerange: of each row the order's name, its id, and the second."""
    return [sensible("my_trades", _traded, row) for row in read_json(_fills, body, "my_trades")]


def _traded(row: FillRow) -> tuple[str, str, int]:
    return client_order_id_of(row.text, 0), str(row.order_id), to_ms(row.create_time_ms, row.create_time) // 1000


def to_fill(row: FillRow, contract: Contract) -> Fill:
    """Raises ValueError for nonsense. Gate tells no realised profit of a trade."""
    trade_id = str(row.trade_id or row.id)
    if not trade_id or not row.size:
        raise ValueError("an execution without a trade id or without a size")
    require_sane(row.size, row.price, row.fee, row.point_fee)
    in_points = not row.fee and bool(row.point_fee)
    return Fill(
        trade_id=trade_id,
        order_id=number_of(row.order_id),
        symbol=contract.symbol,
        side=side_of(row.size),
        price=row.price,
        quantity=abs(row.size) * contract.size,
        fee=row.point_fee if in_points else row.fee,
        fee_asset="POINT" if in_points else "USDT",
        realized_pnl=ZERO,
        time_ms=to_ms(row.create_time_ms, row.create_time),
        is_maker=row.role == "maker",
    )


# --- account ----------------------------------------------------------------------------------------------------


def read_futures_account(body: bytes) -> AccountRow:
    return read_json(_account, body, "accounts")


def read_account(row: AccountRow, unified: bytes | None, positions: tuple[Position, ...], now_ms: int) -> Account:
    """The account with its open positions, as of `now_ms` or later. `unified` is the reply of unified/accounts, which
    unified accounts have.

    In multi-currency and portfolio margin mode margin, what is free and what must be maintained are the account's, in
    USD; in single-currency mode they are those of USDT.
    """
    make = _classic if unified is None else _unified_account
    said = None if unified is None else read_json(_unified, unified, "unified/accounts")
    return structs.replace(sensible("accounts", make, row, said, positions), update_ms=now_ms)


def _classic(row: AccountRow, _unified_row: UnifiedRow | None, positions: tuple[Position, ...]) -> Account:
    """Cross margin has figures of its own in the newer classic mode."""
    wallet = from_text(row.total)
    available = from_text(row.cross_available or row.available)
    margin = wallet + from_text(row.unrealised_pnl)
    return Account(
        wallet_balance=wallet,
        margin_balance=margin,
        available_balance=max(ZERO, available),
        maintenance_margin=from_text(row.maintenance_margin) or from_text(row.cross_maintenance_margin),
        adjusted_equity=margin,
        balances=(Balance("USDT", wallet, available),),
        positions=positions,
    )


def _unified_account(row: AccountRow, said: UnifiedRow | None, positions: tuple[Position, ...]) -> Account:
    assert said is not None
    usdt = said.balances.get("USDT", UnifiedBalance())
    is_single = row.margin_mode == 3
    margin = from_text(usdt.margin_balance if is_single else said.total_margin_balance)
    available = from_text(usdt.available_margin if is_single else said.total_available_margin)
    return Account(
        wallet_balance=_wallet(usdt),
        margin_balance=margin,
        available_balance=max(ZERO, available),
        maintenance_margin=from_text(usdt.mm if is_single else said.total_maintenance_margin),
        adjusted_equity=margin,
        balances=tuple(
            Balance(currency, _wallet(each), from_text(each.available)) for currency, each in said.balances.items()
        ),
        positions=positions,
        is_unified=True,
        margin_mode=MarginMode.PORTFOLIO if row.margin_mode == 2 else MarginMode.UNIFIED,
    )


def _wallet(balance: UnifiedBalance) -> Decimal:
    """Portfolio margin mode has no cross balance: its equity is all there is."""
    return from_text(balance.cross_balance) or from_text(balance.equity)


def read_classic_balance(row: AccountRow, asset: str) -> Decimal:
    """A futures account settled in USDT holds nothing else."""
    return sensible("accounts", from_text, row.total) if asset == "USDT" else ZERO


def read_unified_balance(body: bytes, asset: str) -> Decimal:
    """0 where the account does not hold it."""
    held = read_json(_unified, body, "unified/accounts").balances.get(asset)
    return ZERO if held is None else sensible("unified/accounts", _wallet, held)


def to_position(row: PositionRow, contract: Contract, mark_price: Decimal) -> Position:
    """Raises ValueError for nonsense. Where the row has neither mark price nor profit they follow from the mark price
    last heard of, if one was."""
    size = row.size * contract.size
    mark = mark_price if row.mark_price is None else row.mark_price
    profit = row.unrealised_pnl
    if profit is None:
        profit = size * (mark - row.entry_price) if mark else ZERO
    is_isolated = row.pos_margin_mode == "isolated" if row.pos_margin_mode else bool(row.leverage)
    leverage = from_text(row.lever) or row.leverage or row.cross_leverage_limit
    require_sane(size, row.entry_price, mark, profit, row.margin, row.liq_price, leverage)
    return Position(
        symbol=contract.symbol,
        size=size,
        entry_price=row.entry_price,
        mark_price=mark,
        unrealized_pnl=profit,
        leverage=int(leverage),
        margin_type="isolated" if is_isolated else "cross",
        isolated_margin=row.margin if is_isolated else ZERO,
        liquidation_price=row.liq_price,
        update_ms=to_ms(row.time_ms, row.time, row.update_time),
    )


def read_positions(body: bytes, product: Product) -> tuple[tuple[Position, ...], int]:
    """Open positions, and how many rows there were."""
    rows = read_json(_positions, body, "positions")
    positions = []
    for row in rows:
        contract = product.contract_of(row.contract)
        if contract is not None and row.size:
            refuse_hedge_mode(row.mode)
            position = sensible("positions", to_position, row, contract, ZERO)
            if position.mark_price:
                product.mark_prices[contract.symbol] = position.mark_price
            positions.append(position)
    return tuple(positions), len(rows)


def read_user_id(body: bytes) -> str:
    """GET /account/detail."""
    return str(read_json(_detail, body, "account/detail").user_id)


# --- session ----------------------------------------------------------------------------------------------------


def read_server_time(body: bytes) -> int:
    row = read_json(_time, body, "time")
    if row.server_time <= 0:
        raise UnexpectedReply("time: says no time")
    return sensible("time", to_ms, row.server_time)
