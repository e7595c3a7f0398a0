"""Reading the bodies of REST and order-entry replies, but for market data (market_replies.py). Each function raises
UnexpectedReply for what cannot be read.

Shapes: the response tables and examples of each endpoint's page (2025-03 to 2026-09). Numbers are text, "" and null are
how Bitget leaves one out, an empty list may be null. Sizes are in the base coin, fees are negative where they were
paid.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Struct

from sansio_exchange.account import Account, Balance, MarginMode, Position
from sansio_exchange.bitget.endpoints import COIN
from sansio_exchange.bitget.errors import HEDGE_MODE, of_code
from sansio_exchange.bitget.orders import HEDGE_MODE as HEDGED
from sansio_exchange.bitget.orders import SIDES, end_of, force_of, has_ended, kind_of
from sansio_exchange.bitget.symbols import Product
from sansio_exchange.decoding import read_json, sensible
from sansio_exchange.errors import ExchangeError, OutcomeUnknown, PermissionDenied, UnexpectedReply
from sansio_exchange.numbers import ZERO, from_text, int64_from_text
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, NewOrder, Order, OrderStatus, OrderType

T = TypeVar("T")


Text = str | None
"""A number as text; "" and null leave it out."""


class OrderRow(Struct, frozen=True, rename="camel"):
    """What replies and the orders channel say of an order in the same words."""

    order_id: str
    side: str
    order_type: str
    size: Text
    client_oid: Text = ""
    price: Text = ""
    price_avg: Text = ""
    force: Text = ""
    reduce_only: Text = ""
    pos_mode: Text = ""
    trade_side: Text = ""
    cancel_reason: Text = ""
    c_time: Text = ""
    u_time: Text = ""


class ListedOrderRow(OrderRow, frozen=True, kw_only=True, rename="camel"):
    """GET /api/v2/mix/order/detail, which says `state`, and the lists, which say `status`. `base_volume` is all that
    was executed."""

    symbol: str
    base_volume: Text = ""
    state: Text = ""
    status: Text = ""


class OrderList(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/order/orders-pending and orders-history."""

    entrusted_list: tuple[ListedOrderRow, ...] | None
    end_id: Text = ""


class AckRow(Struct, frozen=True, rename="camel"):
    """What was done of one order of a request. The codes belong to a failure."""

    order_id: Text = ""
    client_oid: Text = ""
    error_code: str | int | None = ""
    error_msg: Text = ""


class Acks(Struct, frozen=True, rename="camel"):
    """The reply to a batch."""

    success_list: tuple[AckRow, ...] | None
    failure_list: tuple[AckRow, ...] | None = ()


class FeeRow(Struct, frozen=True, rename="camel"):
    """A fee in one coin; negative where it was paid. What was saved of it by vouchers is not part of it."""

    fee_coin: Text = ""
    total_fee: Text = ""


class FillRow(Struct, frozen=True, rename="camel"):
    """An own execution. `base_volume` is its own quantity."""

    symbol: str
    trade_id: str
    order_id: str
    side: str
    price: Text
    base_volume: Text
    fee_detail: tuple[FeeRow, ...] | None = ()
    profit: Text = ""
    trade_scope: Text = ""
    pos_mode: Text = ""
    c_time: Text = ""


class FillList(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/order/fills."""

    fill_list: tuple[FillRow, ...] | None
    end_id: Text = ""


class AssetRow(Struct, frozen=True):
    """A coin that counts as margin in multi-assets mode."""

    coin: str
    balance: Text = ""
    available: Text = ""


class AccountRow(Struct, frozen=True, rename="camel"):
    """GET /api/v2/mix/account/accounts. The figures of the whole account (union...) belong to multi-assets mode. Equity
    includes the unrealised profit, which is left out in samples that name it for each margin mode."""

    margin_coin: str
    account_equity: Text
    available: Text = ""
    crossed_max_available: Text = ""
    crossed_risk_rate: Text = ""
    unrealized_pl: Text = msgspec.field(name="unrealizedPL", default="")
    crossed_unrealized_pl: Text = msgspec.field(name="crossedUnrealizedPL", default="")
    isolated_unrealized_pl: Text = msgspec.field(name="isolatedUnrealizedPL", default="")
    union_total_margin: Text = ""
    union_available: Text = ""
    union_mm: Text = ""
    asset_mode: Text = ""
    asset_list: tuple[AssetRow, ...] | None = ()


class PositionSaid(Struct, frozen=True, rename="camel"):
    """What replies and the positions channel say of a position in the same words. `total` has no sign."""

    hold_side: str
    total: Text
    open_price_avg: Text = ""
    mark_price: Text = ""
    unrealized_pl: Text = msgspec.field(name="unrealizedPL", default="")
    leverage: str | int | None = ""
    margin_mode: Text = "crossed"
    margin_size: Text = ""
    liquidation_price: Text = ""
    pos_mode: Text = ""
    u_time: Text = ""


class PositionRow(PositionSaid, frozen=True, kw_only=True, rename="camel"):
    """GET /api/v2/mix/position/all-position and single-position."""

    symbol: str


class SettingsRow(Struct, frozen=True, rename="camel"):
    """What is read of GET /api/v2/mix/account/account. Whether it says `assetMode`, as GET .../accounts does, was not
    found in documentation."""

    pos_mode: str
    asset_mode: Text = ""


class KeyRow(Struct, frozen=True):
    """GET /api/v2/spot/account/info."""

    authorities: tuple[str, ...] | None = ()


class _Envelope(Struct, frozen=True, rename="camel"):
    """`request_time` is the venue's clock; samples have it as text as well."""

    data: msgspec.Raw
    request_time: str | int | None = 0


_envelope = msgspec.json.Decoder(_Envelope)
_order = msgspec.json.Decoder(ListedOrderRow)
_orders = msgspec.json.Decoder(OrderList)
_ack = msgspec.json.Decoder(AckRow)
_acks = msgspec.json.Decoder(Acks)
_fills = msgspec.json.Decoder(FillList)
_accounts = msgspec.json.Decoder(tuple[AccountRow, ...] | None)
_positions = msgspec.json.Decoder(tuple[PositionRow, ...] | None)
_settings = msgspec.json.Decoder(SettingsRow)
_key = msgspec.json.Decoder(KeyRow)


def data_of(decoder: "msgspec.json.Decoder[T]", body: bytes, what: str) -> T:
    return read_json(decoder, read_json(_envelope, body, what).data, what)


def request_ms(body: bytes, what: str) -> int:
    said = read_json(_envelope, body, what).request_time
    return sensible(what, int64_from_text, str(said or ""))


def refuse_hedge_mode(position_mode: Text) -> None:
    """Raises PermissionDenied for a row of hedge mode, whose size or order would be taken for the whole position."""
    if position_mode == HEDGED:
        raise PermissionDenied(HEDGE_MODE)


# --- orders and fills -------------------------------------------------------------------------------------------


def _order_id(text: Text, ids: OrderIds) -> int:
    """Bitget's ids are numbers in text, today of 19 digits. Raises ValueError for any other, and names it."""
    if not text or not text.isascii() or not text.isdigit() or not text.strip("0"):
        raise ValueError(f"{(text or '')[:40]!r} is no order id")
    return ids.number(text)


def to_order(row: OrderRow, symbol: str, state: str, executed: Text, ids: OrderIds) -> Order:
    """Raises ValueError and KeyError for nonsense. An order placed without a client order id has its own id for one:
    ours always has one."""
    order_type, time_in_force = kind_of(row.order_type, row.force or "")
    status, reason = end_of(state, order_type, time_in_force, row.cancel_reason or "", row.trade_side or "")
    return Order(
        order_id=_order_id(row.order_id, ids),
        client_order_id=row.client_oid or row.order_id,
        symbol=symbol,
        side=SIDES[row.side],
        type=order_type,
        quantity=from_text(row.size),
        status=status,
        price=ZERO if order_type is OrderType.MARKET else from_text(row.price),
        executed_qty=from_text(executed),
        avg_price=from_text(row.price_avg),
        time_in_force=time_in_force,
        reduce_only=(row.reduce_only or "").lower() == "yes",  # YES in replies, yes in the channel
        created_ms=int64_from_text(row.c_time),
        update_ms=int64_from_text(row.u_time),
        reason=reason,
    )


def _listed(row: ListedOrderRow, symbol: str, ids: OrderIds) -> Order:
    refuse_hedge_mode(row.pos_mode)
    return to_order(row, symbol, row.state or row.status or "", row.base_volume, ids)


def read_order(body: bytes, product: Product, ids: OrderIds) -> Order:
    """GET /api/v2/mix/order/detail."""
    row = data_of(_order, body, "order/detail")
    symbol = product.symbol_of(row.symbol)
    if symbol is None:
        raise UnexpectedReply(f"order/detail: {row.symbol[:40]} is another product")
    return sensible("order/detail", _listed, row, symbol, ids)


def read_orders(body: bytes, product: Product, ids: OrderIds) -> tuple[tuple[Order, ...], str, int]:
    """GET /api/v2/mix/order/orders-pending and orders-history: orders without those of other products, where the next
    page begins, and how many rows there were. Raises PermissionDenied for an order of hedge mode that works; those that
    have ended are left out, for the mode may have changed since."""
    said = data_of(_orders, body, "orders")
    rows = said.entrusted_list or ()
    orders = []
    for row in rows:
        symbol = product.symbol_of(row.symbol)
        if symbol is None or (row.pos_mode == HEDGED and has_ended(row.state or row.status or "")):
            continue
        orders.append(sensible("orders", _listed, row, symbol, ids))
    return tuple(orders), said.end_id or (rows[-1].order_id if rows else ""), len(rows)


def read_ack(body: bytes, order_id: str, client_order_id: str) -> AckRow:
    """The reply to one order, placed or cancelled by one of these ids or both. Raises UnexpectedReply for one that is
    about another order, or about none."""
    row = data_of(_ack, body, "order entry")
    said = ((row.order_id, order_id), (row.client_oid, client_order_id))
    if not (row.order_id or row.client_oid) or any(name and sent and name != sent for name, sent in said):
        raise UnexpectedReply("order entry: the reply is about another order")
    return row


def read_acks(body: bytes, sent: Sequence[str]) -> list[AckRow | ExchangeError]:
    """The rows of a reply to a batch, in the order of `sent`: what each must name, its client order id or order id. A
    row that the reply leaves out has an unknown outcome, and so has one that it has in both lists."""
    said = data_of(_acks, body, "order entry")
    accepted = _by_name(said.success_list)
    refused = _by_name(said.failure_list)
    outcomes: list[AckRow | ExchangeError] = []
    for name in sent:
        if name in accepted and name not in refused:
            outcomes.append(accepted[name])
        elif name in refused and name not in accepted:
            outcomes.append(of_code(refused[name].error_code, refused[name].error_msg))
        else:
            outcomes.append(OutcomeUnknown("the venue's reply does not say what became of it"))
    return outcomes


def _by_name(rows: tuple[AckRow, ...] | None) -> dict[str, AckRow]:
    return {name: row for row in rows or () for name in (row.client_oid, row.order_id) if name}


def read_failures(body: bytes) -> list[ExchangeError]:
    """What a reply to cancelling everything says could not be cancelled."""
    said = data_of(_acks, body, "order entry")
    return [of_code(row.error_code, row.error_msg) for row in said.failure_list or ()]


def to_accepted(row: AckRow, order: NewOrder, accepted_ms: int, ids: OrderIds) -> Order:
    """The order as it was accepted: Bitget tells no more than its id. What became of it the orders channel says.

    "If the total size of the new reduce-only order and the existing reduce-only orders exceeds the position size [...]
    the response for the latest reduce-only order request will not include an `orderId`" ("Place Order"): raises
    OutcomeUnknown, and the order is looked up by its client order id.
    """
    if not row.order_id:
        raise OutcomeUnknown("the venue accepted the order without telling its id")
    order_type, time_in_force = kind_of(order.type.name, force_of(order))
    return Order(
        order_id=sensible("order entry", _order_id, row.order_id, ids),
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        type=order_type,
        quantity=order.quantity,
        status=OrderStatus.NEW,
        price=order.price or ZERO,
        time_in_force=time_in_force,
        reduce_only=order.reduce_only,
        created_ms=accepted_ms,
        update_ms=accepted_ms,
    )


def accepted_at(body: bytes) -> int:
    """The venue's time in a reply to an order, 0 where it has none."""
    return request_ms(body, "order entry")


def read_fills(body: bytes, symbol: str, product: Product, ids: OrderIds) -> tuple[tuple[Fill, ...], str, int]:
    """GET /api/v2/mix/order/fills: fills of that symbol as they come, newest first; where the next page begins, and how
    many rows there were. Those of hedge mode are left out, which no order of ours has: the account was in that mode
    when they happened."""
    said = data_of(_fills, body, "fills")
    rows = said.fill_list or ()
    ours = (row for row in rows if product.symbol_of(row.symbol) == symbol and row.pos_mode != HEDGED)
    fills = [sensible("fills", _to_fill, row, symbol, ids) for row in ours]
    return tuple(fills), said.end_id or (rows[-1].trade_id if rows else ""), len(rows)


def _to_fill(row: FillRow, symbol: str, ids: OrderIds) -> Fill:
    if not row.trade_id:
        raise ValueError("an execution without a trade id")
    fee_asset = next((fee.fee_coin for fee in row.fee_detail or () if fee.fee_coin), "")
    paid = sum((from_text(fee.total_fee) for fee in row.fee_detail or () if fee.fee_coin == fee_asset), ZERO)
    return Fill(
        trade_id=row.trade_id,
        order_id=_order_id(row.order_id, ids),
        symbol=symbol,
        side=SIDES[row.side],
        price=from_text(row.price),
        quantity=from_text(row.base_volume),
        fee=-paid,
        fee_asset=fee_asset or "",
        realized_pnl=from_text(row.profit),
        time_ms=int64_from_text(row.c_time),
        is_maker=row.trade_scope == "maker",
    )


# --- account ----------------------------------------------------------------------------------------------------


def _unrealized(row: AccountRow) -> Decimal:
    if row.unrealized_pl:
        return from_text(row.unrealized_pl)
    return from_text(row.crossed_unrealized_pl) + from_text(row.isolated_unrealized_pl)


def _balances(row: AccountRow) -> tuple[Balance, ...]:
    """USDT, and in multi-assets mode the other coins that count."""
    usdt = Balance(COIN, from_text(row.account_equity) - _unrealized(row), _available(row))
    assets = row.asset_list or () if row.asset_mode == "union" else ()
    others = [Balance(asset.coin, from_text(asset.balance), from_text(asset.available)) for asset in assets]
    return (usdt, *(other for other in others if other.asset != COIN))


def _available(row: AccountRow) -> Decimal:
    """What new cross margin orders may use; what the account holds may be more."""
    return max(ZERO, from_text(row.crossed_max_available or row.available))


def read_account(accounts: bytes, positions: bytes, product: Product) -> Account:
    """The account with its open positions, out of the replies of accounts and all-position.

    In multi-assets mode margin, what is free and what must be maintained are the account's; else they are those of
    USDT, and what must be maintained is the risk rate's share of the equity: positions are liquidated where it reaches
    1 (what it is a ratio of was not found in documentation).
    """
    row = _usdt_row(accounts)
    update_ms = request_ms(accounts, "accounts")

    def make() -> Account:
        is_union = row.asset_mode == "union" and bool(row.union_total_margin)
        equity = from_text(row.account_equity)
        margin = from_text(row.union_total_margin) if is_union else equity
        balances = _balances(row)
        return Account(
            wallet_balance=balances[0].wallet,
            margin_balance=margin,
            available_balance=max(ZERO, from_text(row.union_available)) if is_union else _available(row),
            maintenance_margin=from_text(row.union_mm) if is_union else from_text(row.crossed_risk_rate) * equity,
            adjusted_equity=margin,
            balances=balances,
            positions=read_positions(positions, product),
            is_unified=is_union,
            margin_mode=MarginMode.UNIFIED if is_union else MarginMode.REGULAR,
            update_ms=update_ms,
        )

    return sensible("accounts", make)


def _usdt_row(body: bytes) -> AccountRow:
    rows: tuple[AccountRow, ...] = data_of(_accounts, body, "accounts") or ()
    row = next((row for row in rows if row.margin_coin.upper() == COIN), None)
    if row is None:
        return AccountRow(COIN, "0")
    if not row.account_equity:
        raise UnexpectedReply("accounts: USDT without an equity")
    return row


def read_balance(body: bytes, asset: str) -> Decimal:
    """The wallet balance of one asset; 0 where the account does not hold it."""
    balances: tuple[Balance, ...] = sensible("accounts", _balances, _usdt_row(body))
    return next((balance.wallet for balance in balances if balance.asset == asset), ZERO)


def to_position(row: PositionSaid, symbol: str) -> Position:
    """Raises ValueError and KeyError for nonsense. A leverage that is no whole number is cut."""
    size = from_text(row.total) * {"long": 1, "short": -1}[row.hold_side]
    is_isolated = row.margin_mode == "isolated"
    return Position(
        symbol=symbol,
        size=size,
        entry_price=from_text(row.open_price_avg),
        mark_price=from_text(row.mark_price),
        unrealized_pnl=from_text(row.unrealized_pl),
        leverage=int(from_text(str(row.leverage or ""))),
        margin_type="isolated" if is_isolated else "cross",
        isolated_margin=from_text(row.margin_size) if is_isolated else ZERO,
        # "If the value <= 0, it means the position is at low risk and there is no liquidation price at this time"
        liquidation_price=max(ZERO, from_text(row.liquidation_price)),
        update_ms=int64_from_text(row.u_time),
    )


def read_positions(body: bytes, product: Product) -> tuple[Position, ...]:
    """Open positions."""
    positions = []
    for row in data_of(_positions, body, "positions") or ():
        symbol = product.symbol_of(row.symbol)
        if symbol is not None:
            position = sensible("positions", to_position, row, symbol)
            if position.size:
                refuse_hedge_mode(row.pos_mode)
                positions.append(position)
    return tuple(positions)


def read_settings(body: bytes) -> SettingsRow:
    return data_of(_settings, body, "account")


def read_authorities(body: bytes) -> tuple[str, ...]:
    """What the key may do."""
    return data_of(_key, body, "account/info").authorities or ()
