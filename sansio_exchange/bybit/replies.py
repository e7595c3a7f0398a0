"""Reading the bodies of replies about orders and the account, of REST and of order entry; market_replies.py has the
others. Each function raises UnexpectedReply for what cannot be read.

Shapes: the response examples of each endpoint's page (2025-09). Numbers are text, "" is how Bybit leaves one out.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from sansio_exchange.account import Account, Balance, MarginMode, Position
from sansio_exchange.bybit.errors import HEDGE_MODE, is_accepted, of_code, read_rows
from sansio_exchange.bybit.orders import (
    SIDES,
    TYPE_WORDS,
    WAITING,
    has_ended,
    reason_of,
    status_of,
    time_in_force_of,
    time_word,
    type_of,
)
from sansio_exchange.bybit.symbols import CATEGORY, SETTLE_COIN, Text, is_ours
from sansio_exchange.decoding import read_json, sensible
from sansio_exchange.errors import ExchangeError, OutcomeUnknown, PermissionDenied, UnexpectedReply
from sansio_exchange.numbers import ZERO, from_text, int64_from_text
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType

T = TypeVar("T")


class OrderRow(Struct, frozen=True, rename="camel"):
    """An order, as queries and the order topic tell it. `category` stands in the row on the topic alone."""

    symbol: str
    order_id: str
    side: str
    order_type: str
    order_status: str
    qty: Text
    category: str = CATEGORY
    order_link_id: Text = ""
    price: Text = ""
    cum_exec_qty: Text = ""
    avg_price: Text = ""
    time_in_force: str = ""
    stop_order_type: str = ""
    reduce_only: bool = False
    position_idx: int = 0
    cancel_type: str = ""
    reject_reason: str = ""
    create_type: str = ""
    created_time: Text = ""
    updated_time: Text = ""


class ExecutionRow(Struct, frozen=True, rename="camel"):
    """An own execution, as the list and the execution topic tell it. `exec_pnl` stands on the topic alone."""

    symbol: str
    order_id: str
    exec_id: str
    side: str
    exec_price: Text
    exec_qty: Text
    category: str = CATEGORY
    exec_type: str = ""
    exec_fee: Text = ""
    fee_currency: Text = ""
    exec_pnl: Text = ""
    exec_time: Text = ""
    is_maker: bool = False
    order_qty: Text = ""
    leaves_qty: Text = ""


class AckRow(Struct, frozen=True, rename="camel"):
    """What was accepted: no more than the two ids."""

    order_id: Text = ""
    order_link_id: Text = ""


class CoinRow(Struct, frozen=True, rename="camel"):
    """What the account holds of one coin. Portfolio margin has no margin figures by coin."""

    coin: str
    wallet_balance: Text = ""
    equity: Text = ""
    locked: Text = ""
    total_order_im: Text = msgspec.field(name="totalOrderIM", default="")
    total_position_im: Text = msgspec.field(name="totalPositionIM", default="")


class WalletRow(Struct, frozen=True, rename="camel"):
    """GET /v5/account/wallet-balance and the wallet topic. The figures of the whole account are in USD."""

    coin: tuple[CoinRow, ...]
    account_type: str = ""
    total_equity: Text = ""
    total_margin_balance: Text = ""
    total_available_balance: Text = ""
    total_maintenance_margin: Text = ""


class PositionRow(Struct, frozen=True, rename="camel"):
    """GET /v5/position/list, and the position topic, where the entry price has another name. `size` has no sign."""

    symbol: str
    side: Text
    size: Text
    position_idx: int
    category: str = CATEGORY
    avg_price: Text = ""
    entry_price: Text = ""
    mark_price: Text = ""
    unrealised_pnl: Text = ""
    leverage: Text = ""
    liq_price: Text = ""
    trade_mode: int = 0
    position_balance: Text = ""
    updated_time: Text = ""


class KeyRow(Struct, frozen=True, rename="camel"):
    """GET /v5/user/query-api."""

    read_only: int
    permissions: dict[str, list[str] | None]


class AccountInfoRow(Struct, frozen=True, rename="camel"):
    """GET /v5/account/info."""

    unified_margin_status: int
    margin_mode: str


class ListOf(Struct, Generic[T], frozen=True, rename="camel"):
    """A list, or one page of it."""

    list: tuple[T, ...]
    next_page_cursor: Text = ""


class _Time(Struct, frozen=True, rename="camel"):
    time_second: str
    time_nano: str


class Reply(Struct, frozen=True, rename="camel"):
    """The envelope. `time` is when the venue answered."""

    result: msgspec.Raw
    ret_ext_info: msgspec.Raw = msgspec.Raw(b"")
    time: int | str = 0


_reply = msgspec.json.Decoder(Reply)
_orders = msgspec.json.Decoder(ListOf[OrderRow])
_executions = msgspec.json.Decoder(ListOf[ExecutionRow])
_positions = msgspec.json.Decoder(ListOf[PositionRow])
_ack = msgspec.json.Decoder(AckRow)
_acks = msgspec.json.Decoder(ListOf[AckRow])
_wallets = msgspec.json.Decoder(ListOf[WalletRow])
_keys = msgspec.json.Decoder(KeyRow)
_account_infos = msgspec.json.Decoder(AccountInfoRow)
_times = msgspec.json.Decoder(_Time)


def open_reply(body: bytes, what: str) -> tuple[msgspec.Raw, int]:
    """The result, and the venue's time of it in ms."""
    reply = read_json(_reply, body, what)
    return reply.result, sensible(what, int64_from_text, str(reply.time))


# --- orders and fills -------------------------------------------------------------------------------------------


def to_order(row: OrderRow, ids: OrderIds) -> Order:
    """Raises ValueError and KeyError for nonsense. An order placed without a client order id gets its own id for one:
    ours always has one."""
    order_id = ids.number(row.order_id)
    kind = type_of(row.order_type, row.stop_order_type)
    executed = from_text(row.cum_exec_qty)
    return Order(
        order_id=order_id,
        client_order_id=row.order_link_id or str(order_id),
        symbol=row.symbol,
        side=SIDES[row.side],
        type=kind,
        quantity=from_text(row.qty),
        status=status_of(
            row.order_status, row.time_in_force, row.cancel_type, row.reject_reason, has_fills=executed > 0
        ),
        price=ZERO if kind is OrderType.MARKET else from_text(row.price),
        executed_qty=executed,
        avg_price=from_text(row.avg_price),
        time_in_force=time_in_force_of(row.time_in_force, row.order_type),
        reduce_only=row.reduce_only,
        created_ms=int64_from_text(row.created_time),
        update_ms=int64_from_text(row.updated_time),
        reason=reason_of(row.cancel_type, row.reject_reason, row.create_type),
    )


def refuse_hedge_mode(position_idx: int) -> None:
    """Raises PermissionDenied for a row of hedge mode, whose size or order would be taken for the whole position."""
    if position_idx:
        raise PermissionDenied(HEDGE_MODE)


def read_orders(body: bytes, ids: OrderIds) -> tuple[tuple[Order, ...], str, int]:
    """GET /v5/order/realtime and /v5/order/history: orders without those of other products and conditional ones that
    wait for their trigger, the cursor of the next page, and how many rows there were. Raises PermissionDenied for an
    order of hedge mode that works; those that have ended are left out, for the mode may have changed since."""
    result, _ = open_reply(body, "orders")
    page = read_json(_orders, result, "orders")
    orders = []
    for row in page.list:
        if is_ours(row.category, row.symbol) and row.order_status not in WAITING:
            if row.position_idx and has_ended(row.order_status):
                continue
            refuse_hedge_mode(row.position_idx)
            orders.append(sensible("orders", to_order, row, ids))
    return tuple(orders), page.next_page_cursor or "", len(page.list)


def read_ack(body: bytes, order: NewOrder, ids: OrderIds) -> Order:
    """The reply to placing one order."""
    result, time_ms = open_reply(body, "order entry")
    return to_accepted(read_json(_ack, result, "order entry"), order, time_ms, ids)


def to_accepted(row: AckRow, order: NewOrder, time_ms: int, ids: OrderIds) -> Order:
    """The order as it was accepted: NEW, without fills, made when the venue answered.

    Bybit tells no more than its ids, before the order is in the book: "The ack of create order request indicates that
    the request is successfully accepted. Please use websocket order stream to confirm the order status" ("Place Order";
    the same for batches, "the request is asynchronous", "Websocket Trade Guideline"). What becomes of it, even a
    refusal after all, the order topic says, and the session expects it there. An answer about another order than the
    one that was sent is none.
    """
    if not row.order_id:
        raise UnexpectedReply("order entry: accepted without an order id")
    if row.order_link_id != order.client_order_id:
        raise UnexpectedReply("order entry: the venue answered for another order")
    return Order(
        order_id=ids.number(row.order_id),
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        type=order.type,
        quantity=order.quantity,
        status=OrderStatus.NEW,
        price=order.price or ZERO,
        time_in_force=time_in_force_of(time_word(order), TYPE_WORDS[order.type]),
        reduce_only=order.reduce_only,
        created_ms=time_ms,
        update_ms=time_ms,
    )


def read_acks(body: bytes, sent: Sequence[str]) -> tuple[list[AckRow | ExchangeError], int]:
    """The rows of a reply to a batch, in the order of `sent`: what each row must name, its client order id or order id;
    and the venue's time. Codes stand in a second list that is "completely consistent" with the first. A row that the
    reply leaves out, or that is another's, has an unknown outcome."""
    reply = read_json(_reply, body, "order entry")
    rows = read_json(_acks, reply.result, "order entry").list
    codes = read_rows(reply.ret_ext_info)
    time_ms = sensible("order entry", int64_from_text, str(reply.time))
    if len(rows) != len(codes):
        raise UnexpectedReply(f"order entry: {len(rows)} rows and {len(codes)} codes")
    said = list(zip(rows, codes, strict=True))
    outcomes: list[AckRow | ExchangeError] = []
    for at, name in enumerate(sent):
        found = said[at] if len(said) == len(sent) else None
        if found is None or (name not in _names(found[0]) and _names(found[0])):
            found = next((each for each in said if name in _names(each[0])), None)
        if found is None:
            outcomes.append(OutcomeUnknown("the venue's reply left it out"))
        elif is_accepted(found[1].code):
            outcomes.append(found[0])
        else:
            outcomes.append(of_code(found[1].code, found[1].msg))
    return outcomes, time_ms


def _names(row: AckRow) -> set[str]:
    return {name for name in (row.order_id, row.order_link_id) if name}


def read_cancelled(body: bytes, name: str) -> None:
    """The reply to cancelling one order, which was called by its order id or client order id. An answer about another
    order is none."""
    names = _names(read_json(_ack, open_reply(body, "order entry")[0], "order entry"))
    if names and name not in names:
        raise UnexpectedReply("order entry: the venue answered for another order")


def read_all_cancelled(body: bytes) -> None:
    """The reply to cancelling all orders of a symbol."""
    open_reply(body, "order entry")


def is_fill(row: ExecutionRow) -> bool:
    """Funding fees stand among the executions, too."""
    return row.exec_type != "Funding"


def to_fill(row: ExecutionRow, ids: OrderIds) -> Fill:
    """Raises ValueError and KeyError for nonsense. The fee is positive where it is paid: 0.0006 x the value in the
    example of "Get Trade History"."""
    if not row.exec_id:
        raise ValueError("an execution without an id")
    quantity = from_text(row.exec_qty)
    if quantity <= 0:
        raise ValueError("an execution without a quantity")
    return Fill(
        trade_id=row.exec_id,
        order_id=ids.number(row.order_id),
        symbol=row.symbol,
        side=SIDES[row.side],
        price=from_text(row.exec_price),
        quantity=quantity,
        fee=from_text(row.exec_fee),
        fee_asset=row.fee_currency or SETTLE_COIN,
        realized_pnl=from_text(row.exec_pnl),
        time_ms=int64_from_text(row.exec_time),
        is_maker=row.is_maker,
    )


def read_fills(body: bytes, ids: OrderIds) -> tuple[tuple[Fill, ...], str, int]:
    """GET /v5/execution/list: fills of ours as they come, newest first; the cursor of the next page, and how many rows
    there were."""
    result, _ = open_reply(body, "executions")
    page = read_json(_executions, result, "executions")
    fills = [
        sensible("executions", to_fill, row, ids)
        for row in page.list
        if is_ours(row.category, row.symbol) and is_fill(row)
    ]
    return tuple(fills), page.next_page_cursor or "", len(page.list)


# --- account ----------------------------------------------------------------------------------------------------


def to_balances(rows: Iterable[CoinRow]) -> tuple[Balance, ...]:
    """Raises ValueError for nonsense. A coin without a balance is left out: nothing said is not the same as 0."""
    return tuple(_to_balance(row) for row in rows if row.wallet_balance)


def _to_balance(row: CoinRow) -> Balance:
    """Free is what this coin covers by itself, without orders and positions; margin is the whole account's, and what it
    says of a coin that may be withdrawn is "deprecated" since 2025-01."""
    taken = from_text(row.total_order_im) + from_text(row.total_position_im) + from_text(row.locked)
    return Balance(row.coin, from_text(row.wallet_balance), max(ZERO, from_text(row.equity) - taken))


def _wallet(body: bytes) -> tuple[WalletRow, int]:
    result, time_ms = open_reply(body, "wallet-balance")
    rows = read_json(_wallets, result, "wallet-balance").list
    if len(rows) != 1:
        raise UnexpectedReply(f"wallet-balance: {len(rows)} accounts where there should be one")
    return rows[0], time_ms


def read_account(body: bytes, positions: Sequence[Position]) -> Account:
    """The account with its open positions.

    Margin, what is free and what must be maintained are the account's, in USD; the wallet is what it holds of USDT.
    """
    row, time_ms = _wallet(body)
    usdt = next((each for each in row.coin if each.coin == SETTLE_COIN), CoinRow(SETTLE_COIN, wallet_balance="0"))
    if not usdt.wallet_balance or not row.total_margin_balance:
        raise UnexpectedReply("wallet-balance: no balance of USDT, or none of the account's margin")

    def make() -> Account:
        return Account(
            wallet_balance=from_text(usdt.wallet_balance),
            margin_balance=from_text(row.total_margin_balance),
            available_balance=max(ZERO, from_text(row.total_available_balance)),
            maintenance_margin=from_text(row.total_maintenance_margin),
            adjusted_equity=from_text(row.total_equity),
            balances=to_balances(row.coin),
            positions=tuple(positions),
            is_unified=True,
            margin_mode=MarginMode.UNIFIED,
            update_ms=time_ms,
        )

    return sensible("wallet-balance", make)


def read_balance(body: bytes, asset: str) -> Decimal:
    """The wallet balance of one asset; 0 where the account does not hold it."""
    row, _ = _wallet(body)
    for coin in row.coin:
        if coin.coin == asset:
            return sensible("wallet-balance", from_text, coin.wallet_balance)
    return ZERO


def to_position(row: PositionRow) -> Position:
    """Raises ValueError and KeyError for nonsense. A leverage that is no whole number is cut; portfolio margin has
    none. `side` is "" or "None" where nothing is open."""
    size = from_text(row.size)
    if size:
        size *= _SIGNS[row.side or ""]
    return Position(
        symbol=row.symbol,
        size=size,
        entry_price=from_text(row.avg_price or row.entry_price),
        mark_price=from_text(row.mark_price),
        unrealized_pnl=from_text(row.unrealised_pnl),
        leverage=int(from_text(row.leverage)),
        margin_type="isolated" if row.trade_mode == 1 else "cross",
        isolated_margin=from_text(row.position_balance) if row.trade_mode == 1 else ZERO,
        liquidation_price=from_text(row.liq_price),
        update_ms=int64_from_text(row.updated_time),
    )


_SIGNS = {"Buy": 1, "Sell": -1}


def read_positions(body: bytes) -> tuple[tuple[Position, ...], str, int]:
    """GET /v5/position/list: open positions of ours, the cursor of the next page, and how many rows there were.
    Raises PermissionDenied where one is of hedge mode, open or not."""
    result, _ = open_reply(body, "positions")
    page = read_json(_positions, result, "positions")
    positions = []
    for row in page.list:
        if is_ours(row.category, row.symbol):
            refuse_hedge_mode(row.position_idx)
            position = sensible("positions", to_position, row)
            if position.size:
                positions.append(position)
    return tuple(positions), page.next_page_cursor or "", len(page.list)


def read_key(body: bytes) -> KeyRow:
    return read_json(_keys, open_reply(body, "query-api")[0], "query-api")


def read_account_info(body: bytes) -> AccountInfoRow:
    return read_json(_account_infos, open_reply(body, "account/info")[0], "account/info")


# --- session ----------------------------------------------------------------------------------------------------

_FAR_FUTURE_MS = 253_402_300_799_000
"""The end of the year 9999: beyond, there is no timestamp to be signed."""


def read_server_time(body: bytes) -> int:
    row = read_json(_times, open_reply(body, "time")[0], "time")
    ms = sensible("time", int64_from_text, row.time_nano) // 1_000_000
    if not 0 < ms < _FAR_FUTURE_MS:
        raise UnexpectedReply(f"time: {row.time_nano[:40]!r} is no time")
    return ms
