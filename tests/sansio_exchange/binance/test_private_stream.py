"""What the user data stream says, in documentation-shaped messages."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Balance, Position
from sansio_exchange.binance.errors import HEDGE_MODE
from sansio_exchange.binance.messages import decode
from sansio_exchange.binance.symbols import Product, read_exchange_info
from sansio_exchange.machine import Unreadable
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side, TimeInForce
from sansio_exchange.venue import AccountChange, Decoded, Ignored, LeverageChange, SessionExpired
from tests.sansio_exchange.binance.payloads import exchange_info, symbol
from tests.sansio_exchange.recipes import body

OTHER_PRODUCT = Ignored("other product")
HEDGED = Unreadable("private", HEDGE_MODE, "")


def order_update(**changes: Any) -> dict[str, Any]:
    """ORDER_TRADE_UPDATE of a limit order that was just accepted."""
    return {
        "e": "ORDER_TRADE_UPDATE",
        "E": 1568879465651,
        "T": 1568879465650,
        "o": {
            "s": "BTCUSDT",
            "c": "mine-1",
            "S": "SELL",
            "o": "LIMIT",
            "f": "GTC",
            "q": "0.010",
            "p": "42000.00",
            "ap": "0",
            "sp": "0",
            "x": "NEW",
            "X": "NEW",
            "i": 8886774,
            "l": "0",
            "z": "0",
            "L": "0",
            "N": "USDT",
            "n": "0",
            "T": 1568879465650,
            "t": 0,
            "b": "0",
            "a": "9.91",
            "m": False,
            "R": False,
            "wt": "CONTRACT_PRICE",
            "ot": "LIMIT",
            "ps": "BOTH",
            "cp": False,
            "rp": "0",
            "pP": False,
            "si": 0,
            "ss": 0,
            "V": "EXPIRE_MAKER",
            "pm": "NONE",
            "gtd": 0,
            "er": "0",
            **changes,
        },
    }


def filled(**changes: Any) -> dict[str, Any]:
    """The same when a part of it was filled."""
    told = {"x": "TRADE", "X": "PARTIALLY_FILLED", "l": "0.004", "z": "0.006", "L": "42000.50", "ap": "42000.20"}
    return order_update(**{**told, "t": 77, "n": "0.03", "rp": "-1.5", "m": True, **changes})


def say(message: Any, product: Product | None = None) -> list[Decoded]:
    return decode("private", body(message), product or Product())


def update(message: Any) -> OrderUpdate:
    (said,) = say(message)
    assert isinstance(said, OrderUpdate)
    return said


# --- orders -----------------------------------------------------------------------------------------------------


def test_a_new_order() -> None:
    assert update(order_update()) == OrderUpdate(
        Order(
            order_id=8886774,
            client_order_id="mine-1",
            symbol="BTCUSDT",
            side=Side.SELL,
            type=OrderType.LIMIT,
            quantity=Decimal("0.010"),
            status=OrderStatus.NEW,
            price=Decimal(42000),
            time_in_force=TimeInForce.GTC,
            created_ms=1568879465650,
            update_ms=1568879465650,
        )
    )


def test_a_fill() -> None:
    said = update(filled())
    assert said.order == Order(
        order_id=8886774,
        client_order_id="mine-1",
        symbol="BTCUSDT",
        side=Side.SELL,
        type=OrderType.LIMIT,
        quantity=Decimal("0.010"),
        status=OrderStatus.PARTIALLY_FILLED,
        price=Decimal(42000),
        executed_qty=Decimal("0.006"),
        avg_price=Decimal("42000.20"),
        time_in_force=TimeInForce.GTC,
        update_ms=1568879465650,
    )
    assert said.fill == Fill(
        trade_id="77",
        order_id=8886774,
        symbol="BTCUSDT",
        side=Side.SELL,
        price=Decimal("42000.50"),
        quantity=Decimal("0.004"),
        fee=Decimal("0.03"),
        fee_asset="USDT",
        realized_pnl=Decimal("-1.5"),
        time_ms=1568879465650,
        is_maker=True,
    )


def test_a_rebate_is_a_negative_fee_and_a_missing_commission_none() -> None:
    rebate = update(filled(n="-0.02", N="BNB")).fill
    assert rebate is not None
    assert (rebate.fee, rebate.fee_asset) == (Decimal("-0.02"), "BNB")
    message = filled()
    del message["o"]["n"], message["o"]["N"]
    free = update(message).fill
    assert free is not None
    assert (free.fee, free.fee_asset) == (Decimal(0), "")


@pytest.mark.parametrize(
    ("execution", "status", "ours"),
    [
        ("NEW", "NEW", OrderStatus.NEW),
        ("AMENDMENT", "NEW", OrderStatus.NEW),
        ("AMENDMENT", "PARTIALLY_FILLED", OrderStatus.PARTIALLY_FILLED),
        ("CANCELED", "CANCELED", OrderStatus.CANCELED),
        ("EXPIRED", "EXPIRED", OrderStatus.EXPIRED),
        ("EXPIRED", "EXPIRED_IN_MATCH", OrderStatus.EXPIRED),
        ("CALCULATED", "NEW", OrderStatus.NEW),
        ("CALCULATED", "NEW_INSURANCE", OrderStatus.NEW),
        ("CALCULATED", "NEW_ADL", OrderStatus.NEW),
    ],
)
def test_what_is_no_trade_is_no_fill(execution: str, status: str, ours: OrderStatus) -> None:
    said = update(order_update(x=execution, X=status))
    assert (said.order.status, said.fill) == (ours, None)


def test_a_liquidation_that_filled_something_is_a_fill() -> None:
    said = update(filled(x="CALCULATED", X="FILLED", c="autoclose-1596107620040000020"))
    assert said.fill == update(filled(X="FILLED", c="autoclose-1596107620040000020")).fill
    assert said.fill is not None


def test_an_execution_without_a_trade_id_is_no_fill() -> None:
    """It could be told apart from no other: the fills are asked for instead."""
    assert update(filled(t=0)).fill is None


def test_a_trade_of_nothing_is_no_fill() -> None:
    assert update(order_update(x="TRADE", X="PARTIALLY_FILLED")).fill is None


@pytest.mark.parametrize(
    ("client_order_id", "reason"),
    [
        ("autoclose-1596107620040000020", "liquidation"),
        ("adl_autoclose", "auto-deleveraging"),
        ("settlement_autoclose-1", "settlement of a delisted or delivered contract"),
    ],
)
def test_forced_orders_are_orders_like_others(client_order_id: str, reason: str) -> None:
    said = update(filled(c=client_order_id, X="FILLED"))
    assert (said.order.client_order_id, said.order.reason) == (client_order_id, reason)
    assert said.order.status is OrderStatus.FILLED
    assert said.fill is not None


def test_a_conditional_order_that_was_triggered_is_what_it_became() -> None:
    assert update(order_update(o="MARKET", ot="STOP_MARKET")).order.type is OrderType.MARKET
    assert update(order_update(o="TRAILING_STOP_MARKET")).order.type is OrderType.OTHER


def test_times_in_force() -> None:
    for text, ours in (("GTX", TimeInForce.GTX), ("IOC", TimeInForce.IOC), ("GTD", TimeInForce.UNSPECIFIED)):
        assert update(order_update(f=text)).order.time_in_force is ours


def test_orders_of_other_products() -> None:
    product = Product()
    product.replace(read_exchange_info(exchange_info(symbol("BTCUSDT"), symbol("OLDUSDT", status="SETTLING"))).symbols)
    assert say(order_update(s="ETHUSDT"), product) == [OTHER_PRODUCT]
    assert say(order_update(s="BTCUSD_PERP")) == [OTHER_PRODUCT]
    assert say({**order_update(), "i": "SfsR"}) == [OTHER_PRODUCT]
    assert say({"e": "executionReport", "s": "BTCUSDT"}) == [OTHER_PRODUCT]
    (settled,) = say(filled(s="OLDUSDT"), product)
    assert isinstance(settled, OrderUpdate)


@pytest.mark.parametrize("side", ["LONG", "SHORT"])
def test_an_order_of_hedge_mode_is_not_misread(side: str) -> None:
    assert say(filled(ps=side)) == [HEDGED]


@pytest.mark.parametrize(
    "changes",
    [
        {"S": "HOLD"},
        {"X": "MAYBE"},
        {"q": "NaN"},
        {"L": "1E+99"},
        {"n": "Infinity"},
        {"i": "8886774"},
        {"i": 0},
        {"i": 2**63},
        {"l": None},
    ],
)
def test_nonsense_in_an_order_update_is_unreadable(changes: dict[str, Any]) -> None:
    (said,) = say(filled(**changes))
    assert isinstance(said, Unreadable)
    assert "ORDER_TRADE_UPDATE" in said.excerpt


# --- account ----------------------------------------------------------------------------------------------------


def account_update(*positions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "e": "ACCOUNT_UPDATE",
        "E": 1564745798939,
        "T": 1564745798938,
        "a": {
            "m": "ORDER",
            "B": [{"a": "USDT", "wb": "122624.12345678", "cw": "100.12345678", "bc": "50.12345678"}],
            "P": list(positions),
        },
        **changes,
    }


def position(**changes: Any) -> dict[str, Any]:
    row = {"s": "BTCUSDT", "pa": "-0.5", "ep": "42000.1", "bep": "42001", "cr": "200", "up": "-1.25"}
    return {**row, "mt": "isolated", "iw": "1050.5", "ps": "BOTH", **changes}


def test_balances_and_positions_that_changed() -> None:
    (change,) = say(account_update(position(), position(s="ETHUSDT", pa="0", mt="cross"), position(s="BTCUSD_PERP")))
    assert change == AccountChange(
        balances=(Balance("USDT", Decimal("122624.12345678"), Decimal("100.12345678")),),
        positions=(
            Position(
                symbol="BTCUSDT",
                size=Decimal("-0.5"),
                entry_price=Decimal("42000.1"),
                unrealized_pnl=Decimal("-1.25"),
                margin_type="isolated",
                isolated_margin=Decimal("1050.5"),
                update_ms=1564745798938,
            ),
            Position(
                symbol="ETHUSDT",
                size=Decimal(0),
                entry_price=Decimal("42000.1"),
                unrealized_pnl=Decimal("-1.25"),
                isolated_margin=Decimal("1050.5"),
                update_ms=1564745798938,
            ),
        ),
        reason="ORDER",
        time_ms=1564745798938,
    )


def test_funding_changes_a_balance_alone() -> None:
    (change,) = say(
        {"e": "ACCOUNT_UPDATE", "T": 9, "a": {"m": "FUNDING_FEE", "B": [{"a": "USDT", "wb": "1", "cw": "1"}], "P": []}}
    )
    assert change == AccountChange((Balance("USDT", Decimal(1), Decimal(1)),), (), "FUNDING_FEE", 9)


def test_none_of_the_rows_of_hedge_mode_is_taken_for_the_position() -> None:
    """The row BOTH is empty there: believed, it would close the position."""
    both, long, short = (
        position(pa=amount, ps=side) for amount, side in (("0", "BOTH"), ("20", "LONG"), ("-1", "SHORT"))
    )
    change, hedged = say(account_update(both, long, short, position(s="ETHUSDT")))
    assert isinstance(change, AccountChange)
    assert [each.symbol for each in change.positions] == ["ETHUSDT"]
    assert change.balances
    assert hedged == HEDGED


def test_accounts_of_other_products() -> None:
    assert say(account_update(position(), i="SfsR")) == [OTHER_PRODUCT]
    assert say({"e": "outboundAccountPosition", "B": []}) == [OTHER_PRODUCT]
    assert say({"e": "balanceUpdate", "a": "BTC"}) == [OTHER_PRODUCT]


def test_leverage() -> None:
    message = {"e": "ACCOUNT_CONFIG_UPDATE", "E": 2, "T": 1, "ac": {"s": "BTCUSDT", "l": 25}}
    assert say(message) == [LeverageChange("BTCUSDT", 25, 1)]
    assert say({**message, "ac": {"s": "BTCUSD_PERP", "l": 25}}) == [OTHER_PRODUCT]
    assert say({"e": "ACCOUNT_CONFIG_UPDATE", "E": 2, "T": 1, "ai": {"j": True}}) == [
        Ignored("multi-assets mode was switched")
    ]


# --- the session and the rest -----------------------------------------------------------------------------------


def test_the_end_of_the_listen_key_ends_the_session() -> None:
    message = {"e": "listenKeyExpired", "E": 1576653824250, "listenKey": "WsCMN0a4KHUPTQuX6IUnqEZfB1inxmv1qR4kbf1"}
    assert say(message) == [SessionExpired("the listen key expired")]
    assert say({"stream": "listenKeyExpired", "data": message}) == [SessionExpired("the listen key expired")]


@pytest.mark.parametrize(
    "name",
    [
        "TRADE_LITE",
        "ALGO_UPDATE",
        "CONDITIONAL_ORDER_TRIGGER_REJECT",
        "STRATEGY_UPDATE",
        "GRID_UPDATE",
        "MARGIN_CALL",
    ],
)
def test_events_of_no_use_are_ignored_with_the_reason(name: str) -> None:
    (said,) = say({"e": name, "E": 1, "s": "BTCUSDT", "o": {"s": "BTCUSDT"}})
    assert isinstance(said, Ignored)
    assert said.reason.startswith(f"{name}: ")
