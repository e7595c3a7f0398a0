"""The user data stream ("User Data Streams"): what is read of each event, and what it means.

TRADE_LITE comes earlier than ORDER_TRADE_UPDATE for the same fill and tells neither status nor fee; conditional orders
live in ALGO_UPDATE until they trigger and become ordinary ones. Neither is an order update.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from sansio_exchange.account import Balance, Position
from sansio_exchange.binance.errors import HEDGE_MODE
from sansio_exchange.binance.orders import HEDGE_SIDES, SIDES, STATUSES, OrderId, order_type, reason_of, time_in_force
from sansio_exchange.binance.symbols import OTHER_PRODUCT, Product
from sansio_exchange.machine import Unreadable
from sansio_exchange.numbers import ZERO, Ms, require_sane
from sansio_exchange.orders import Fill, Order, OrderUpdate
from sansio_exchange.venue import AccountChange, Decoded, Ignored, LeverageChange, SessionExpired

ANOTHER: Decoded = Ignored(OTHER_PRODUCT)
EXECUTIONS = frozenset({"TRADE", "CALCULATED"})
"""Execution types that can fill something; CALCULATED is a liquidation ("Event: Order Update")."""
HEDGED = Unreadable("private", HEDGE_MODE, "")


class OrderBody(Struct, gc=False):
    """An order and the execution that changed it, by the venue's letters.

    `x` execution type, `X` status, `o` type, `f` time in force, `q` quantity, `p` price, `ap` average price, `l` last
    filled, `z` filled in all, `L` last price, `n`/`N` commission and its asset, `T` trade time, `t` trade id, `m`
    maker, `R` reduce-only, `rp` realised profit, `ps` position side.
    """

    s: str
    c: str
    S: str
    o: str
    f: str
    q: Decimal
    p: Decimal
    x: str
    X: str
    i: OrderId
    l: Decimal  # noqa: E741  the venue's name
    z: Decimal
    T: Ms
    ap: Decimal = ZERO
    L: Decimal = ZERO
    n: Decimal = ZERO
    N: str = ""
    t: int = 0
    m: bool = False
    R: bool = False
    ps: str = "BOTH"
    rp: Decimal = ZERO


class OrderTradeUpdate(Struct, tag_field="e", tag="ORDER_TRADE_UPDATE", gc=False):
    """`i`, the account's alias, is on COIN-M's alone."""

    o: OrderBody
    i: str = ""


class BalanceBody(Struct, gc=False):
    """`wb` wallet balance, `cw` the part of it that is not tied to isolated positions."""

    a: str
    wb: Decimal
    cw: Decimal


class PositionBody(Struct, gc=False):
    """`pa` amount, `ep` entry price, `up` unrealised profit, `mt` margin type, `iw` isolated wallet."""

    s: str
    pa: Decimal
    ep: Decimal = ZERO
    up: Decimal = ZERO
    mt: str = "cross"
    iw: Decimal = ZERO
    ps: str = "BOTH"


class AccountBody(Struct, gc=False):
    """`m` the reason (ORDER, FUNDING_FEE, DEPOSIT, ...)."""

    m: str = ""
    B: tuple[BalanceBody, ...] = ()
    P: tuple[PositionBody, ...] = ()


class AccountUpdate(Struct, tag_field="e", tag="ACCOUNT_UPDATE", gc=False):
    """What changed of balances and positions. `i` is on COIN-M's alone."""

    a: AccountBody
    T: Ms = 0
    i: str = ""


class ConfigBody(Struct, gc=False):
    """The leverage `l` of symbol `s`."""

    s: str
    l: int  # noqa: E741  the venue's name


class ConfigUpdate(Struct, tag_field="e", tag="ACCOUNT_CONFIG_UPDATE", gc=False):
    """Either a symbol's leverage (`ac`) or the account's multi-assets mode, which is not read."""

    ac: ConfigBody | None = None
    T: Ms = 0


class ListenKeyExpired(Struct, tag_field="e", tag="listenKeyExpired", gc=False):
    """Nothing more comes on this stream. The key in it is not read."""


PrivateEvent = OrderTradeUpdate | AccountUpdate | ConfigUpdate | ListenKeyExpired


def read_order_update(event: OrderTradeUpdate, product: Product) -> Decoded:
    """A fill only where an execution of type TRADE or CALCULATED (liquidation) filled something under a trade id;
    CALCULATED with status NEW fills nothing. Orders of liquidation and deleveraging are orders like others."""
    o = event.o
    symbol = product.canonical(o.s)
    if symbol is None or event.i:
        return ANOTHER
    if o.ps in HEDGE_SIDES:
        return HEDGED
    side = SIDES[o.S]
    require_sane(o.q, o.p, o.ap, o.z, o.l)
    order = Order(
        order_id=o.i,
        client_order_id=o.c,
        symbol=symbol,
        side=side,
        type=order_type(o.o),
        quantity=o.q,
        status=STATUSES[o.X],
        price=o.p,
        executed_qty=o.z,
        avg_price=o.ap,
        time_in_force=time_in_force(o.f),
        reduce_only=o.R,
        created_ms=o.T if o.x == "NEW" else 0,
        update_ms=o.T,
        reason=reason_of(o.X, o.c),
    )
    if o.x not in EXECUTIONS or o.l <= 0 or not o.t:
        return OrderUpdate(order)
    require_sane(o.L, o.n, o.rp)
    return OrderUpdate(
        order,
        Fill(
            trade_id=str(o.t),
            order_id=o.i,
            symbol=symbol,
            side=side,
            price=o.L,
            quantity=o.l,
            fee=o.n,
            fee_asset=o.N,
            realized_pnl=o.rp,
            time_ms=o.T,
            is_maker=o.m,
        ),
    )


def read_account_update(event: AccountUpdate, product: Product) -> Sequence[Decoded]:
    """Balances' free part is the cross wallet balance, all that the event tells. In hedge mode a symbol comes in two or
    three rows of which none is the position: none of them is believed."""
    if event.i:
        return (ANOTHER,)
    body = event.a
    hedged = {row.s for row in body.P if row.ps in HEDGE_SIDES}
    positions = []
    for row in body.P:
        symbol = product.canonical(row.s)
        if symbol is None or row.s in hedged:
            continue
        require_sane(row.pa, row.ep, row.up, row.iw)
        positions.append(
            Position(
                symbol=symbol,
                size=row.pa,
                entry_price=row.ep,
                unrealized_pnl=row.up,
                margin_type="isolated" if row.mt == "isolated" else "cross",
                isolated_margin=row.iw,
                update_ms=event.T,
            )
        )
    for balance in body.B:
        require_sane(balance.wb, balance.cw)
    balances = tuple(Balance(each.a, each.wb, each.cw) for each in body.B)
    change = AccountChange(balances, tuple(positions), body.m, event.T)
    return (change, HEDGED) if hedged else (change,)


def read_config_update(event: ConfigUpdate, product: Product) -> Decoded:
    if event.ac is None:
        return Ignored("multi-assets mode was switched")
    symbol = product.canonical(event.ac.s)
    return ANOTHER if symbol is None else LeverageChange(symbol, event.ac.l, event.T)


def read_listen_key_expired(_event: ListenKeyExpired, _product: Product) -> Decoded:
    return SessionExpired("the listen key expired")


READERS: dict[type[Any], Any] = {
    OrderTradeUpdate: read_order_update,
    AccountUpdate: read_account_update,
    ConfigUpdate: read_config_update,
    ListenKeyExpired: read_listen_key_expired,
}
"""By type of event: a function of the event and our product."""

UNUSED = {
    "TRADE_LITE": "ORDER_TRADE_UPDATE tells the same fill with status and fee",
    "ALGO_UPDATE": "a conditional order, which becomes an ordinary one when it triggers",
    "CONDITIONAL_ORDER_TRIGGER_REJECT": "a conditional order that was placed elsewhere could not be triggered",
    "STRATEGY_UPDATE": "a strategy that runs at the venue",
    "GRID_UPDATE": "a strategy that runs at the venue",
    "MARGIN_CALL": "a warning; the account says the same in figures",
}
"""Private events that are understood and of no use, with the reason."""
OF_OTHER_PRODUCTS = frozenset(
    {
        "balanceUpdate",
        "executionReport",
        "externalLockUpdate",
        "listStatus",
        "openOrderLoss",
        "orderReport",
        "outboundAccountPosition",
        "liabilityChange",
    }
)
"""Private events of spot, margin, portfolio margin and equities."""
