"""Private channels: what one row means. How orders and their fills become one is the session's."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Balance, Position
from sansio_exchange.machine import Unreadable
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import AccountChange, Ignored, LoneFill, OrderState
from tests.sansio_exchange.gate.payloads import (
    BALANCE,
    TICKER,
    account,
    gate,
    order_push,
    position,
    push,
    trade_push,
)
from tests.sansio_exchange.recipes import body, run

ANOTHER = Ignored("other product")


def said(*messages: bytes) -> list[Any]:
    venue = gate()
    return [told for message in messages for told in venue.decode("private", message)]


def test_an_order() -> None:
    assert said(push("futures.orders", order_push())) == [
        OrderState(
            Order(
                order_id=15675394,
                client_order_id="mine1",
                symbol="BTCUSDT",
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal("0.002"),
                status=OrderStatus.NEW,
                price=Decimal("37000.1"),
                time_in_force=TimeInForce.GTC,
                created_ms=1700000000123,
                update_ms=1700000000124,
            )
        )
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"size": -20, "left": -20}, {"side": Side.SELL, "quantity": Decimal("0.002")}),
        ({"size": "20.5", "left": "20.5"}, {"quantity": Decimal("0.00205")}),
        ({"price": 0, "tif": "ioc"}, {"type": OrderType.MARKET, "price": Decimal(0)}),
        ({"tif": "poc"}, {"time_in_force": TimeInForce.GTX}),
        ({"is_reduce_only": True}, {"reduce_only": True}),
        ({"text": "web"}, {"client_order_id": "15675394"}),
        ({"id": "58828270140601928"}, {"order_id": 58828270140601928}),
        ({"create_time_ms": 0}, {"created_ms": 1700000000000}),
        (
            {"status": "finished", "finish_as": "cancelled", "finish_time_ms": 1700000009000},
            {"status": OrderStatus.CANCELED, "update_ms": 1700000009000},
        ),
        ({"status": "finished", "finish_as": "poc"}, {"status": OrderStatus.EXPIRED}),
        ({"status": "finished", "finish_as": "small"}, {"status": OrderStatus.REJECTED}),
    ],
)
def test_what_an_order_says(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    (told,) = said(push("futures.orders", order_push(**changes)))
    assert {name: getattr(told.order, name) for name in expected} == expected


def test_a_fill() -> None:
    assert said(push("futures.usertrades", trade_push())) == [
        LoneFill(
            Fill(
                trade_id="3335259",
                order_id=15675394,
                symbol="BTCUSDT",
                side=Side.BUY,
                price=Decimal("37000.1"),
                quantity=Decimal("0.0005"),
                fee=Decimal("-0.000002074115"),
                fee_asset="USDT",
                realized_pnl=Decimal(0),
                time_ms=1700000001321,
                is_maker=True,
            )
        )
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"size": -5}, {"side": Side.SELL, "quantity": Decimal("0.0005")}),
        ({"role": "taker"}, {"is_maker": False}),
        ({"fee": 0, "point_fee": 0.25}, {"fee": Decimal("0.25"), "fee_asset": "POINT"}),
        ({"fee": "0.01"}, {"fee": Decimal("0.01"), "fee_asset": "USDT"}),
        ({"id": 3335259}, {"trade_id": "3335259"}),
        ({"create_time_ms": 0}, {"time_ms": 1700000001000}),
    ],
)
def test_what_a_fill_says(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    (told,) = said(push("futures.usertrades", trade_push(**changes)))
    assert {name: getattr(told.fill, name) for name in expected} == expected


def test_orders_and_fills_of_other_contracts_are_not_ours() -> None:
    assert said(push("futures.orders", order_push(contract="BTC_USD"))) == [ANOTHER]
    assert said(push("futures.usertrades", trade_push(contract="BTC_USD"))) == [ANOTHER]


def test_an_order_without_a_size_is_left_to_its_fills() -> None:
    (told,) = said(push("futures.orders", order_push(size=0, left=0, is_close=True)))
    assert isinstance(told, Ignored)
    assert "neither side nor quantity" in told.reason


# --- account ----------------------------------------------------------------------------------------------------

POSITION = {"contract": "BTC_USDT", "size": "-3", "entry_price": 40000.36666661111, "leverage": 0, "mode": "single"}
POSITION |= {"cross_leverage_limit": 10, "liq_price": 0.1, "margin": 49.99, "realised_pnl": -1.25e-08}
POSITION |= {"time": 1700000001, "time_ms": 1700000001321, "user": "110xxxxx"}


def test_a_position_is_signed_and_in_coins() -> None:
    expected = Position(
        symbol="BTCUSDT",
        size=Decimal("-0.0003"),
        entry_price=Decimal("40000.36666661111"),
        leverage=10,
        margin_type="cross",
        liquidation_price=Decimal("0.1"),
        update_ms=1700000001321,
    )
    assert said(push("futures.positions", POSITION)) == [AccountChange((), (expected,), "positions", 1700000001321)]
    (change,) = said(push("futures.positions", {**POSITION, "leverage": 5, "time_ms": 0}))
    (isolated,) = change.positions
    assert (isolated.margin_type, isolated.leverage, isolated.isolated_margin) == ("isolated", 5, Decimal("49.99"))
    assert isolated.update_ms == 1700000001000


def test_profit_follows_from_the_mark_price_last_heard_of() -> None:
    venue = gate()
    venue.decode("public", push("futures.tickers", {**TICKER, "mark_price": "39000.36666661111"}))
    (change,) = venue.decode("private", push("futures.positions", POSITION))
    assert isinstance(change, AccountChange)
    assert (change.positions[0].unrealized_pnl, change.positions[0].mark_price) == (
        Decimal("0.3"),
        Decimal("39000.36666661111"),
    )


def test_positions_of_hedge_mode_are_not_believed() -> None:
    (told,) = said(push("futures.positions", {**POSITION, "mode": "dual_short"}, {**POSITION, "mode": "dual_long"}))
    assert isinstance(told, Unreadable)
    assert "hedge mode" in told.reason
    assert said(push("futures.positions", {**POSITION, "mode": "dual_short", "size": 0})) == [ANOTHER]
    assert said(push("futures.positions")) == [Ignored("no position is told")]


def test_a_balance() -> None:
    balance = Decimal("9.998739899488")
    change = AccountChange((Balance("USDT", balance, balance),), (), "fee", 1700000001123)
    assert said(push("futures.balances", BALANCE)) == [change]
    without = {name: value for name, value in BALANCE.items() if name != "currency"}
    assert said(push("futures.balances", without)) == [change]


def test_of_a_unified_account_a_balance_says_only_that_something_moved() -> None:
    venue = gate()
    run(venue.check(), body(account(margin_mode=1)), body({}))
    assert venue.is_unified_margin
    assert venue.decode("private", push("futures.balances", BALANCE)) == [AccountChange((), (), "fee", 1700000001123)]


@pytest.mark.parametrize(
    "message",
    [
        push("futures.orders", order_push(size="NaN")),
        push("futures.orders", order_push(left="30")),
        push("futures.orders", order_push(status="ready")),
        push("futures.orders", order_push(id=0)),
        push("futures.orders", order_push(id="x")),
        push("futures.orders", order_push(id=2**63)),
        push("futures.usertrades", trade_push(size=0)),
        push("futures.usertrades", trade_push(id="")),
        push("futures.usertrades", trade_push(price="Infinity")),
        push("futures.positions", {**POSITION, "size": "1E+999"}),
        push("futures.balances", {**BALANCE, "balance": "NaN"}),
        push("futures.positions", position(entry_price=None)),
    ],
)
def test_nonsense_of_ours_is_unreadable(message: bytes) -> None:
    (told,) = said(message)
    assert isinstance(told, Unreadable)
