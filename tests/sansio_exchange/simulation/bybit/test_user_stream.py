"""Private topics."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from sansio_exchange.simulation.bybit.listing import perpetuals
from sansio_exchange.simulation.bybit.machine import BybitVenueMachine
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.venues import BYBIT_CUSTOMS, BYBIT_FEES
from tests.sansio_exchange.simulation.bybit.desk import BTC, START_MS, Desk, market_order, order, sleepy_venue


def rows(messages: list[Any], topic: str) -> list[Any]:
    return [row for message in messages if message.get("topic") == topic for row in message["data"]]


def test_an_order_is_told_from_its_beginning_to_its_end(desk: Desk) -> None:
    conn = desk.listen("order")
    order_id = desk.place(orderLinkId="mine")
    named = {"category": "linear", "symbol": BTC, "orderId": order_id}
    desk.act("order/amend", named | {"price": "91500"})
    desk.act("order/cancel", named)
    told = rows(desk.take(conn), "order")
    assert [(row["orderStatus"], row["price"]) for row in told] == [
        ("New", "91000.00"),
        ("New", "91500.00"),
        ("Cancelled", "91500.00"),
    ]
    assert {(row["orderId"], row["orderLinkId"], row["category"]) for row in told} == {(order_id, "mine", "linear")}


def test_a_market_order_is_told_with_its_executions(desk: Desk) -> None:
    conn = desk.listen("order", "execution")
    order_id = desk.place(**market_order(qty="5"))
    messages = desk.take(conn)
    assert sorted(each["topic"] for each in messages) == ["execution", "order"], "one message of each"
    orders, fills = rows(messages, "order"), rows(messages, "execution")
    assert [row["orderStatus"] for row in orders] == ["New", *["PartiallyFilled"] * (len(fills) - 1), "Filled"]
    assert len(fills) > 1
    for row, fill in zip(orders[1:], fills, strict=True):
        assert (fill["orderId"], fill["leavesQty"]) == (order_id, row["leavesQty"])
    assert sum(Decimal(fill["execFee"]) for fill in fills) == Decimal(orders[-1]["cumExecFee"])
    assert sum(Decimal(fill["execValue"]) for fill in fills) == Decimal(orders[-1]["cumExecValue"])
    assert sum(Decimal(fill["execQty"]) for fill in fills) == Decimal(orders[-1]["cumExecQty"]) == 5


def test_orders_and_executions_take_turns_at_being_first(desk: Desk) -> None:
    conn = desk.listen("order", "execution")
    firsts = set()
    for _ in range(6):
        desk.place(**market_order(qty="0.001"))
        firsts.add(desk.take(conn)[0]["topic"])
    assert firsts == {"order", "execution"}


def test_what_is_told_is_what_rest_says(desk: Desk) -> None:
    conn = desk.listen("order", "execution", "position", "wallet")
    order_id = desk.place(**market_order(orderLinkId="mine"))
    messages = desk.take(conn)
    told = rows(messages, "order")[-1]
    rest = desk.order(order_id)
    assert {name: told[name] for name in rest} == rest
    (fill,) = rows(messages, "execution")
    (listed,) = desk.rows("execution/list", symbol=BTC)
    assert {name: fill[name] for name in listed} == listed
    (position,) = rows(messages, "position")
    (held,) = desk.rows("position/list", symbol=BTC)
    assert position.pop("entryPrice") == held.pop("avgPrice")
    assert {name: position[name] for name in held} == held
    assert rows(messages, "wallet") == desk.rows("account/wallet-balance", accountType="UNIFIED")


def test_a_closed_position_is_told_with_size_0(desk: Desk) -> None:
    conn = desk.listen("position")
    desk.place(**market_order(side="Sell"))
    desk.place(**market_order(reduceOnly=True, qty="1"))
    opened, closed = rows(desk.take(conn), "position")
    assert (opened["side"], opened["size"]) == ("Sell", "0.010")
    assert (closed["side"], closed["size"], closed["entryPrice"]) == ("", "0", "0")


def test_positions_are_told_with_every_change_of_an_order(desk: Desk) -> None:
    conn = desk.listen("position", "wallet")
    desk.place()
    assert [each["topic"] for each in desk.take(conn)] == ["position", "wallet"]


def test_a_topic_may_be_asked_for_by_its_category(desk: Desk) -> None:
    linear, other = desk.listen("order.linear", "execution.linear"), desk.listen("order.spot", "execution.option")
    desk.place(**market_order())
    assert {each["topic"] for each in desk.take(linear)} == {"order.linear", "execution.linear"}
    assert desk.take(other) == []


def test_the_fast_topic_has_trades_with_few_fields(desk: Desk) -> None:
    conn = desk.listen("execution.fast")
    order_id = desk.place(**market_order())
    (row,) = rows(desk.take(conn), "execution.fast")
    assert (row["orderId"], row["side"], row["isMaker"]) == (order_id, "Buy", False)
    assert "execFee" not in row


def test_a_batch_is_told_order_by_order(desk: Desk) -> None:
    conn = desk.listen("order")
    answer = desk.act("order/create-batch", {"category": "linear", "request": [order(), order()]})
    (message,) = desk.take(conn)
    assert [row["orderId"] for row in message["data"]] == [row["orderId"] for row in answer["result"]["list"]]


def test_leverage_is_told_with_the_position(desk: Desk) -> None:
    conn = desk.listen("position")
    desk.act("position/set-leverage", {"category": "linear", "symbol": BTC, "buyLeverage": "5", "sellLeverage": "5"})
    (row,) = rows(desk.take(conn), "position")
    assert (row["leverage"], row["size"]) == ("5", "0")


def test_funding_is_an_execution_and_a_change_of_the_wallet() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    desk.place(**market_order(qty="1", side="Sell"))
    conn = desk.listen("execution", "execution.fast", "wallet", "order")
    before = Decimal(desk.rows("account/wallet-balance", accountType="UNIFIED")[0]["totalWalletBalance"])
    desk.jump(8 * 3_600_000)
    messages = desk.take(conn)
    (row,) = rows(messages, "execution")
    assert (row["execType"], row["orderType"], row["side"], row["execQty"]) == ("Funding", "UNKNOWN", "Sell", "1.000")
    after = Decimal(rows(messages, "wallet")[-1]["totalWalletBalance"])
    assert after == before - Decimal(row["execFee"])
    assert rows(messages, "order") == rows(messages, "execution.fast") == []


def test_a_liquidation_is_told_as_such() -> None:
    fees = structs.replace(BYBIT_FEES, maintenance=Decimal("0.0095"))
    exchange = SimulatedExchange(
        perpetuals()[:1], seed=1, start_ms=START_MS, customs=BYBIT_CUSTOMS, maintenance_rate=fees.maintenance
    )
    exchange.open_account("demo", Decimal(1_000))
    desk = Desk(machine=BybitVenueMachine(exchange, {"demo": "demo"}, fees=fees))
    leverage = {"category": "linear", "symbol": BTC, "buyLeverage": "100", "sellLeverage": "100"}
    assert desk.act("position/set-leverage", leverage)["retCode"] == 0
    desk.place(**market_order(side="Sell", qty="0.9"))
    desk.place(price="91000", qty="0.001")
    conn = desk.listen("order", "execution", "position")
    for _ in range(600):
        desk.wait(10_000)
        desk.say(conn, {"op": "ping"})
        if rows(desk.sent[conn], "execution"):
            break
    messages = desk.take(conn)
    fills = rows(messages, "execution")
    assert {(row["execType"], row["createType"], row["orderLinkId"]) for row in fills} == {
        ("BustTrade", "CreateByLiq", "")
    }
    cancelled = [row for row in rows(messages, "order") if row["orderStatus"] == "Cancelled"]
    assert cancelled[0]["cancelType"] == "CancelAllBeforeLiq"
    assert rows(messages, "position")[-1]["size"] == "0"
    assert {row["orderId"] for row in desk.rows("execution/list", execType="BustTrade")} == {
        row["orderId"] for row in fills
    }


@pytest.mark.parametrize("topic", ["order", "execution", "position", "wallet"])
def test_a_message_says_what_and_when(desk: Desk, topic: str) -> None:
    conn = desk.listen(topic)
    desk.place(**market_order())
    (message,) = desk.take(conn)
    assert set(message) == {"topic", "id", "creationTime", "data"}
    assert (message["topic"], message["creationTime"]) == (topic, desk.now_ms)
