"""What each private channel says."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Balance, Position
from sansio_exchange.bitget.errors import HEDGE_MODE
from sansio_exchange.machine import Unreadable
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side, TimeInForce
from sansio_exchange.venue import AccountChange, Decoded, Ignored
from tests.sansio_exchange.bitget.payloads import (
    ACCOUNT_PUSH,
    NOW,
    bitget,
    order_push,
    position_push,
    private_push,
)

OTHER = [Ignored("other product")]
HEDGED = Unreadable("private", HEDGE_MODE, "")
NO_FILL = {"tradeId": "", "fillPrice": "", "baseVolume": "", "fillFee": "", "fillTime": ""}


def said(message: bytes) -> list[Decoded]:
    return bitget().decode("private", message)


def update(**changes: Any) -> OrderUpdate:
    (answer,) = said(private_push("orders", order_push(**changes)))
    assert isinstance(answer, OrderUpdate)
    return answer


# --- orders -----------------------------------------------------------------------------------------------------


def test_a_fill_comes_with_the_order_as_it_is_afterwards() -> None:
    assert update() == OrderUpdate(
        Order(
            order_id=1111465253393825792,
            client_order_id="mine1",
            symbol="BTCUSDT",
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=Decimal("0.2"),
            status=OrderStatus.PARTIALLY_FILLED,
            price=Decimal("51858.1"),
            executed_qty=Decimal("0.05"),
            avg_price=Decimal("51858.1"),
            time_in_force=TimeInForce.GTC,
            created_ms=1708587373361,
            update_ms=1708587373401,
        ),
        Fill(
            trade_id="1111465255553892353",
            order_id=1111465253393825792,
            symbol="BTCUSDT",
            side=Side.BUY,
            price=Decimal("51858.1"),
            quantity=Decimal("0.05"),
            fee=Decimal("0.518581"),
            fee_asset="USDT",
            realized_pnl=Decimal("0.25"),
            time_ms=1708587373400,
            is_maker=True,
        ),
    )


def test_the_executed_quantity_is_the_whole_orders_and_not_the_last_fills() -> None:
    later = update(baseVolume="0.01", accBaseVolume="0.06", tradeId="9", tradeScope="T", fillFee="0.1")
    assert later.order.executed_qty == Decimal("0.06")
    assert later.fill is not None
    assert (later.fill.quantity, later.fill.is_maker) == (Decimal("0.01"), False)
    assert later.fill.fee == Decimal("-0.1"), "a rebate is a negative cost"


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"status": "live", "accBaseVolume": "0", "priceAvg": "0"}, OrderStatus.NEW, ""),
        ({"status": "canceled", "cancelReason": "normal_cancel"}, OrderStatus.CANCELED, ""),
        ({"status": "canceled", "cancelReason": "stp_cancel"}, OrderStatus.EXPIRED, "self-trade prevention"),
        (
            {"status": "canceled", "force": "ioc"},
            OrderStatus.EXPIRED,
            "the rest of an immediate-or-cancel order",
        ),
        ({"status": "filled", "accBaseVolume": "0.2"}, OrderStatus.FILLED, ""),
    ],
)
def test_a_change_without_a_fill(changes: dict[str, str], status: OrderStatus, reason: str) -> None:
    changed = update(**{**NO_FILL, **changes})
    assert (changed.fill, changed.order.status, changed.order.reason) == (None, status, reason)


def test_fields_of_a_fill_may_be_missing() -> None:
    row = {name: value for name, value in order_push(status="live").items() if name not in {*NO_FILL, "priceAvg"}}
    (answer,) = said(private_push("orders", row))
    assert isinstance(answer, OrderUpdate)
    assert (answer.fill, answer.order.avg_price) == (None, Decimal(0))


def test_a_market_order_has_no_price_and_no_force() -> None:
    order = update(orderType="market", price="0", force="gtc").order
    assert (order.type, order.price, order.time_in_force) == (OrderType.MARKET, Decimal(0), TimeInForce.UNSPECIFIED)


def test_a_liquidation_says_so() -> None:
    order = update(tradeSide="burst_sell_single", side="sell", status="filled", enterPointSource="SYS").order
    assert (order.side, order.reason) == (Side.SELL, "liquidation")


def test_words_that_are_spelled_in_two_ways() -> None:
    assert update(reduceOnly="yes").order.reduce_only
    assert update(reduceOnly="YES").order.reduce_only
    assert not update(reduceOnly="no").order.reduce_only
    row = order_push()
    row["clientOId"] = row.pop("clientOid")
    (answer,) = said(private_push("orders", row))
    assert isinstance(answer, OrderUpdate)
    assert answer.order.client_order_id == "mine1"


def test_an_order_without_a_client_id_gets_its_own_for_one() -> None:
    assert update(clientOid="").order.client_order_id == "1111465253393825792"


def test_an_id_that_is_too_long_for_us_has_a_number_and_a_way_back() -> None:
    venue = bitget()
    (answer,) = venue.decode("private", private_push("orders", order_push(orderId="13333333333333333333")))
    assert isinstance(answer, OrderUpdate)
    assert 2**62 <= answer.order.order_id < 2**63
    assert answer.fill is not None
    assert answer.fill.order_id == answer.order.order_id


def test_rows_of_others_are_told_apart() -> None:
    rows = (order_push(instId="BTCUSDM24"), order_push(posMode="hedge_mode"), order_push())
    answers = said(private_push("orders", *rows))
    assert answers[:2] == [*OTHER, HEDGED]
    assert isinstance(answers[2], OrderUpdate)
    assert said(private_push("orders", order_push()).replace(b"USDT-FUTURES", b"COIN-FUTURES")) == OTHER


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "thinking"},
        {"side": "open_long"},
        {"size": "NaN"},
        {"orderId": ""},
        {"orderId": "abc"},
        {"accBaseVolume": "x"},
        {"fillPrice": "1e999"},
        {"uTime": "now"},
        {"orderId": None},
    ],
)
def test_nonsense_is_unreadable(changes: dict[str, Any]) -> None:
    (answer,) = said(private_push("orders", order_push(**changes)))
    assert isinstance(answer, Unreadable)


# --- account ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ts", [NOW + 400, str(NOW + 400)])
def test_the_wallet_is_the_equity_without_the_unrealised_profit(ts: Any) -> None:
    assert said(private_push("account", ACCOUNT_PUSH, ts=ts)) == [
        AccountChange((Balance("USDT", Decimal("1000.5"), Decimal(977)),), (), "account", NOW + 400)
    ]


def test_what_is_free_may_be_told_in_another_field_and_is_never_negative() -> None:
    for changes, free in (({"maxOpenPosAvailable": ""}, 990), ({"maxOpenPosAvailable": "-3"}, 0)):
        (change,) = said(private_push("account", {**ACCOUNT_PUSH, **changes}))
        assert isinstance(change, AccountChange)
        assert change.balances[0].available == free


@pytest.mark.parametrize("missing", ["unrealizedPL", "equity"])
def test_a_coin_whose_wallet_cannot_be_known_is_left_out(missing: str) -> None:
    row = {name: value for name, value in ACCOUNT_PUSH.items() if name != missing}
    assert said(private_push("account", row)) == [AccountChange((), (), "account", NOW + 400)]


def test_without_a_position_the_profit_may_be_empty() -> None:
    (change,) = said(private_push("account", {**ACCOUNT_PUSH, "unrealizedPL": ""}))
    assert isinstance(change, AccountChange)
    assert change.balances[0].wallet == 1003


def test_an_account_of_another_product() -> None:
    assert said(private_push("account", ACCOUNT_PUSH).replace(b"USDT-FUTURES", b"SPOT")) == OTHER


# --- positions --------------------------------------------------------------------------------------------------


def test_a_short_position_is_negative() -> None:
    assert said(private_push("positions", position_push())) == [
        AccountChange(
            (),
            (
                Position(
                    symbol="BTCUSDT",
                    size=Decimal("-0.03"),
                    entry_price=Decimal(52000),
                    mark_price=Decimal("51916.7"),
                    unrealized_pnl=Decimal("2.5"),
                    leverage=20,
                    margin_type="cross",
                    liquidation_price=Decimal("85000.5"),
                    update_ms=1705474164160,
                ),
            ),
            "positions",
            NOW + 400,
        )
    ]


def told(*rows: Any) -> Position:
    (change,) = said(private_push("positions", *rows))
    assert isinstance(change, AccountChange)
    return change.positions[0]


def test_a_long_an_isolated_and_a_closed_position() -> None:
    assert told(position_push(holdSide="long")).size == Decimal("0.03")
    isolated = told(position_push(marginMode="isolated"))
    assert (isolated.margin_type, isolated.isolated_margin) == ("isolated", Decimal(78))
    assert told(position_push(total="0")).size == 0
    assert told(position_push(liquidationPrice="-5")).liquidation_price == 0
    assert told(position_push(leverage="12.5")).leverage == 12


def test_a_list_without_positions_says_that_something_changed() -> None:
    assert said(private_push("positions")) == [AccountChange((), (), "positions", NOW + 400)]


def test_positions_of_hedge_mode_are_not_believed() -> None:
    hedged = position_push(posMode="hedge_mode")
    assert said(private_push("positions", hedged)) == [HEDGED]
    (first, change) = said(private_push("positions", hedged, position_push()))
    assert first == HEDGED
    assert isinstance(change, AccountChange)
    assert len(change.positions) == 1


def test_positions_of_another_product() -> None:
    assert said(private_push("positions", position_push(symbol="BTCUSDM24"))) == OTHER
    assert said(private_push("positions").replace(b"USDT-FUTURES", b"COIN-FUTURES")) == OTHER


@pytest.mark.parametrize("changes", [{"holdSide": "net"}, {"total": "much"}, {"leverage": "x"}, {"uTime": "1e3"}])
def test_a_position_that_makes_no_sense_is_unreadable(changes: dict[str, Any]) -> None:
    (answer,) = said(private_push("positions", position_push(**changes)))
    assert isinstance(answer, Unreadable)
