"""Private channels: orders, account and positions."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Balance, Position
from sansio_exchange.commands import CancelOrder
from sansio_exchange.machine import Unreadable
from sansio_exchange.okx import Okx
from sansio_exchange.okx.errors import HEDGE_MODE, ISOLATED
from sansio_exchange.okx.orders import SIDES, STATES
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, OrderUpdate, Side, TimeInForce
from sansio_exchange.venue import AccountChange, Ignored
from tests.sansio_exchange.okx.asking import LONG_ID, NUMBER
from tests.sansio_exchange.okx.payloads import ack, asset, okx, order_push, position, push, reply
from tests.sansio_exchange.recipes import run

HEDGED = Unreadable("private", HEDGE_MODE, "")


@pytest.fixture
def venue() -> Okx:
    return okx()


def update(venue: Okx, **changes: Any) -> OrderUpdate:
    (said,) = venue.decode("private", push("orders", order_push(**changes), inst_id="", instType="SWAP"))
    assert isinstance(said, OrderUpdate)
    return said


# --- orders -----------------------------------------------------------------------------------------------------


def test_an_execution(venue: Okx) -> None:
    assert update(venue) == OrderUpdate(
        Order(
            order_id=680800019749904384,
            client_order_id="mine1",
            symbol="BTCUSDT",
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=Decimal("0.20"),
            status=OrderStatus.PARTIALLY_FILLED,
            price=Decimal("51858.1"),
            executed_qty=Decimal("0.05"),
            avg_price=Decimal("51858.1"),
            time_in_force=TimeInForce.GTC,
            created_ms=1708587373361,
            update_ms=1708587373401,
        ),
        Fill(
            trade_id="242589207",
            order_id=680800019749904384,
            symbol="BTCUSDT",
            side=Side.BUY,
            price=Decimal("51858.1"),
            quantity=Decimal("0.05"),
            fee=Decimal("0.0518581"),
            fee_asset="USDT",
            realized_pnl=Decimal("0.25"),
            time_ms=1708587373400,
            is_maker=True,
        ),
    )


def test_a_fee_is_a_cost_and_a_rebate_is_not(venue: Okx) -> None:
    paid, rebated = update(venue).fill, update(venue, fillFee="0.01", execType="T").fill
    assert paid is not None
    assert rebated is not None
    assert (paid.fee > 0, rebated.fee, rebated.is_maker) == (True, Decimal("-0.01"), False)


@pytest.mark.parametrize("changes", [{"tradeId": ""}, {"tradeId": None}, {"fillSz": "0"}, {"fillSz": ""}])
def test_an_update_without_an_execution_has_no_fill(venue: Okx, changes: dict[str, Any]) -> None:
    said = update(venue, **changes)
    assert said.fill is None
    assert said.order.executed_qty == Decimal("0.05"), "what was executed before stays"


def test_a_forced_execution_has_a_negative_trade_id_and_a_reason(venue: Okx) -> None:
    for category, reason in (
        ("full_liquidation", "liquidation"),
        ("partial_liquidation", "liquidation"),
        ("adl", "auto-deleveraging"),
        ("delivery", "settlement of a delisted or delivered contract"),
    ):
        said = update(venue, category=category, tradeId="-7", clOrdId="", execType="")
        assert said.fill is not None
        assert (said.fill.trade_id, said.order.reason) == ("-7", reason)
        assert said.order.client_order_id == "680800019749904384", "ours always has one"


@pytest.mark.parametrize(
    ("order_type", "px", "expected"),
    [
        ("limit", "1", (OrderType.LIMIT, TimeInForce.GTC, 1)),
        ("post_only", "1", (OrderType.LIMIT, TimeInForce.GTX, 1)),
        ("ioc", "1", (OrderType.LIMIT, TimeInForce.IOC, 1)),
        ("fok", "1", (OrderType.LIMIT, TimeInForce.FOK, 1)),
        ("market", "", (OrderType.MARKET, TimeInForce.UNSPECIFIED, 0)),
        ("optimal_limit_ioc", "5", (OrderType.MARKET, TimeInForce.IOC, 0)),
        ("elp", "1", (OrderType.OTHER, TimeInForce.UNSPECIFIED, 1)),
    ],
)
def test_kinds_of_orders(venue: Okx, order_type: str, px: str, expected: tuple[Any, ...]) -> None:
    order = update(venue, ordType=order_type, px=px).order
    assert (order.type, order.time_in_force, order.price) == expected


@pytest.mark.parametrize(
    ("said", "expected"), [("true", True), (True, True), ("false", False), (False, False), ("", False)]
)
def test_reduce_only_comes_as_text_or_as_a_boolean(venue: Okx, said: Any, expected: bool) -> None:
    assert update(venue, reduceOnly=said).order.reduce_only is expected


@pytest.mark.parametrize(
    ("state", "source", "status", "reason"),
    [
        ("live", "", OrderStatus.NEW, ""),
        ("partially_filled", "", OrderStatus.PARTIALLY_FILLED, ""),
        ("filled", "", OrderStatus.FILLED, ""),
        ("canceled", "1", OrderStatus.CANCELED, ""),
        ("canceled", "", OrderStatus.CANCELED, ""),
        ("canceled", "0", OrderStatus.CANCELED, "cancelled by the venue"),
        ("canceled", "3", OrderStatus.CANCELED, "liquidation is near"),
        ("canceled", "13", OrderStatus.EXPIRED, "fill-or-kill order could not be filled at once"),
        ("canceled", "14", OrderStatus.EXPIRED, "the rest of an immediate-or-cancel order"),
        ("canceled", "31", OrderStatus.EXPIRED, "post-only order would have taken liquidity"),
        ("canceled", "32", OrderStatus.EXPIRED, "self-trade prevention"),
        ("canceled", "23", OrderStatus.EXPIRED, "nothing left to reduce"),
        ("mmp_canceled", "39", OrderStatus.CANCELED, "market maker protection"),
        ("rejected", "", OrderStatus.REJECTED, ""),
    ],
)
def test_states_and_why(venue: Okx, state: str, source: str, status: OrderStatus, reason: str) -> None:
    order = update(venue, state=state, cancelSource=source, tradeId="").order
    assert (order.status, order.reason) == (status, reason)


def test_an_amended_order_has_its_new_price_and_quantity(venue: Okx) -> None:
    order = update(venue, px="50000", sz="30", reqId="r1", amendResult="0", tradeId="").order
    assert (order.price, order.quantity) == (Decimal(50_000), Decimal("0.30"))


def test_cumulative_figures_are_the_orders_and_not_the_updates(venue: Okx) -> None:
    said = update(venue, accFillSz="12.5", avgPx="51000.25", fillSz="2.5", fillPx="51111")
    assert (said.order.executed_qty, said.order.avg_price) == (Decimal("0.125"), Decimal("51000.25"))
    assert said.fill is not None
    assert (said.fill.quantity, said.fill.price) == (Decimal("0.025"), Decimal(51_111))


def test_several_orders_in_one_message(venue: Okx) -> None:
    rows = (order_push(), order_push(instId="BTC-USDT", posSide=""), order_push(posSide="long"), order_push(ordId="7"))
    said = venue.decode("private", push("orders", *rows, inst_id=""))
    assert said[1:3] == [Ignored("other product"), HEDGED]
    assert [each.order.order_id for each in said if isinstance(each, OrderUpdate)] == [680800019749904384, 7]


@pytest.mark.parametrize(
    "changes",
    [
        {"ordId": "b0f3-11"},
        {"ordId": ""},
        {"ordId": "-7"},
        {"side": "long"},
        {"state": "somewhere"},
        {"sz": "NaN"},
        {"accFillSz": "1E+50"},
        {"uTime": "soon"},
        {"fillPx": "0. 001"},
        {"fillFee": "-"},
    ],
    ids=str,
)
def test_an_order_that_cannot_be_read_is_said_to_be(venue: Okx, changes: dict[str, Any]) -> None:
    (said,) = venue.decode("private", push("orders", order_push(**changes), inst_id=""))
    assert isinstance(said, Unreadable)
    assert said.source == "private"


def test_an_id_that_exceeds_64_bits_has_a_number_of_its_own(venue: Okx) -> None:
    said = update(venue, ordId=LONG_ID, clOrdId="")
    assert (said.order.order_id, said.order.client_order_id) == (NUMBER, LONG_ID)
    assert said.fill is not None
    assert said.fill.order_id == NUMBER
    _, (asked,) = run(venue.recipe(CancelOrder("BTCUSDT", NUMBER)), reply(ack(ordId=LONG_ID)))
    assert asked.params["ordId"] == LONG_ID, "what the stream named is known"


def test_an_order_that_cannot_be_read_costs_no_other(venue: Okx) -> None:
    rows = (order_push(ordId="b0f3"), order_push(), order_push(state="somewhere"))
    first, second, third = venue.decode("private", push("orders", *rows, inst_id=""))
    assert isinstance(first, Unreadable)
    assert "'b0f3' is no order id" in first.reason
    assert "b0f3" in first.excerpt
    assert isinstance(second, OrderUpdate)
    assert isinstance(third, Unreadable)


def test_every_word_of_the_documentation_is_known() -> None:
    assert {"canceled", "live", "partially_filled", "filled", "mmp_canceled"} <= STATES.keys()
    assert SIDES.keys() == {"buy", "sell"}


# --- account and positions --------------------------------------------------------------------------------------


def test_balances_are_what_is_held_without_unrealised_profit(venue: Okx) -> None:
    push_row = {
        "uTime": "1705564223311",
        "totalEq": "5",
        "details": [asset(), asset(ccy="BTC", availEq="", cashBal="2")],
    }
    assert venue.decode("private", push("account", push_row, inst_id="")) == [
        AccountChange(
            (Balance("USDT", Decimal("1000.5"), Decimal("978.5")), Balance("BTC", Decimal(2), Decimal(978))),
            (),
            "account",
            1705564223311,
        )
    ]


def test_a_currency_of_which_nothing_is_said_keeps_its_balance(venue: Okx) -> None:
    (said,) = venue.decode("private", push("account", {"details": [asset(cashBal="")], "uTime": "1"}, inst_id=""))
    assert said == AccountChange((), (), "account", 1)


def test_positions_are_signed_and_in_coins(venue: Okx) -> None:
    rows = (position(), position(instId="ETH-USDT-SWAP", pos="7", uTime="1"))
    assert venue.decode("private", push("positions", *rows, inst_id="", instType="SWAP")) == [
        AccountChange(
            (),
            (
                Position(
                    symbol="BTCUSDT",
                    size=Decimal("-0.03"),
                    entry_price=Decimal(52000),
                    mark_price=Decimal(51900),
                    unrealized_pnl=Decimal(3),
                    leverage=5,
                    liquidation_price=Decimal("70000.5"),
                    update_ms=1724742632153,
                ),
                Position(
                    symbol="ETHUSDT",
                    size=Decimal("0.7"),
                    entry_price=Decimal(52000),
                    mark_price=Decimal(51900),
                    unrealized_pnl=Decimal(3),
                    leverage=5,
                    liquidation_price=Decimal("70000.5"),
                    update_ms=1,
                ),
            ),
            "positions",
            1724742632153,
        )
    ]


def test_a_closed_position_has_the_size_zero_and_blank_figures(venue: Okx) -> None:
    row = position(pos="0", avgPx="", liqPx="", upl="", lever="", markPx="")
    (said,) = venue.decode("private", push("positions", row, inst_id=""))
    assert isinstance(said, AccountChange)
    assert [(each.size, each.leverage) for each in said.positions] == [(Decimal(0), 0)]


def test_positions_of_hedge_mode_are_not_believed(venue: Okx) -> None:
    rows = (position(posSide="long", pos="3"), position(posSide="short", pos="1"))
    assert venue.decode("private", push("positions", *rows, inst_id="")) == [HEDGED]
    both = venue.decode("private", push("positions", *rows, position(instId="ETH-USDT-SWAP"), inst_id=""))
    assert both[0] == HEDGED
    assert isinstance(both[1], AccountChange)


def test_a_position_in_isolated_margin_is_told_of_and_leaves_the_one_in_cross_margin(venue: Okx) -> None:
    isolated = position(mgnMode="isolated", pos="7", margin="12.5")
    alone = venue.decode("private", push("positions", isolated, inst_id=""))
    assert alone == [Unreadable("private", ISOLATED.format(symbol="BTCUSDT"), "")]
    for rows in ((position(), isolated), (isolated, position())):
        complaint, change = venue.decode("private", push("positions", *rows, inst_id=""))
        assert complaint == alone[0]
        assert isinstance(change, AccountChange)
        assert [each.size for each in change.positions] == [Decimal("-0.03")]


def test_a_closed_position_in_isolated_margin_says_nothing(venue: Okx) -> None:
    closed = position(mgnMode="isolated", pos="0")
    (change,) = venue.decode("private", push("positions", position(), closed, inst_id=""))
    assert isinstance(change, AccountChange)
    assert [each.size for each in change.positions] == [Decimal("-0.03")]
    for row in (closed, position(posSide="long", pos="0")):
        assert venue.decode("private", push("positions", row, inst_id="")) == [Ignored("no position is open")]


def test_positions_of_other_products_and_none_at_all(venue: Okx) -> None:
    assert venue.decode("private", push("positions", position(instId="BTC-USD-SWAP"), inst_id="")) == [
        Ignored("other product")
    ]
    assert venue.decode("private", push("positions", inst_id="")) == [Ignored("no position is open")]


@pytest.mark.parametrize(
    ("channel", "row"),
    [
        ("account", {"details": [asset(cashBal="x")]}),
        ("account", {"details": [{"cashBal": "1"}]}),
        ("account", {"details": "x"}),
        ("positions", position(pos="x")),
        ("positions", position(lever="NaN")),
        ("positions", {"instId": "BTC-USDT-SWAP"}),
    ],
)
def test_what_cannot_be_read_is_said_to_be(venue: Okx, channel: str, row: Any) -> None:
    (said,) = venue.decode("private", push(channel, row, inst_id=""))
    assert isinstance(said, Unreadable)
