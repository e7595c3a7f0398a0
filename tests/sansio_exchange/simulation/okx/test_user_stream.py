"""Private channels: every change of orders, balance and positions, in OKX's words."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.okx.listing import swaps
from sansio_exchange.simulation.okx.machine import OkxVenueMachine
from sansio_exchange.simulation.okx.signatures import Secrets
from sansio_exchange.simulation.venues import OKX_CUSTOMS, OKX_FEES
from tests.sansio_exchange.simulation.okx.desk import BTC, ETH, KEY, START_MS, Desk, market_order


def orders(desk: Desk, conn: int) -> list[Any]:
    return [each["data"][0] for each in desk.hear(conn, "orders")]


def test_a_resting_order_and_its_end(desk: Desk) -> None:
    conn = desk.listen("orders")
    placed = desk.place(clOrdId="mine", tag="bot7")
    desk.act("trade/cancel-order", {"instId": BTC, "ordId": placed["ordId"]})
    live, gone = orders(desk, conn)
    assert (live["state"], gone["state"], gone["cancelSource"]) == ("live", "canceled", "1")
    for row in (live, gone):
        assert (row["ordId"], row["clOrdId"], row["tag"]) == (placed["ordId"], "mine", "bot7")
        assert (row["px"], row["sz"], row["accFillSz"], row["avgPx"]) == ("91000", "1", "0", "0")
        assert (row["tradeId"], row["fillSz"], row["fillFee"], row["amendResult"]) == ("", "0", "0", "")


def test_a_fill_tells_itself_and_what_the_order_has(desk: Desk) -> None:
    conn = desk.listen("orders", "account", "positions", "balance_and_position")
    desk.place(**market_order(sz="2"))
    (fill,) = desk.ask("trade/fills")
    messages = desk.take(conn)
    assert [each["arg"]["channel"] for each in messages] == [
        "orders",
        "orders",
        "account",
        "positions",
        "balance_and_position",
    ]
    live, done, balance, position, both = (each["data"][0] for each in messages)
    assert (live["state"], done["state"], done["tradeId"]) == ("live", "filled", fill["tradeId"])
    for name in ("fillPx", "fillSz", "fillPnl", "fillTime", "execType"):
        assert done[name] == fill[name]
    assert (done["fillFee"], done["fee"], done["fillFeeCcy"]) == (fill["fee"], fill["fee"], "USDT")
    (detail,) = balance["details"]
    assert Decimal(detail["cashBal"]) == 100_000 + Decimal(fill["fee"])
    assert (balance["imr"], balance["adjEq"]) == ("", ""), "in futures mode they stand with the currency"
    assert (position["pos"], position["avgPx"], position["instId"]) == ("2", fill["fillPx"], BTC)
    assert (both["eventType"], both["posData"][0]["pos"], both["trades"]) == (
        "filled",
        "2",
        [{"instId": BTC, "tradeId": fill["tradeId"]}],
    )
    assert both["balData"][0]["cashBal"] == detail["cashBal"]


def test_fills_of_an_order_add_up(desk: Desk) -> None:
    conn = desk.listen("orders")
    placed = desk.place(**market_order(sz="1000"))
    fills = [each for each in orders(desk, conn) if each["tradeId"]]
    assert len(fills) > 1
    total = fee = Decimal(0)
    for row in fills:
        total += Decimal(row["fillSz"])
        fee += Decimal(row["fillFee"])
        assert (Decimal(row["accFillSz"]), Decimal(row["fee"])) == (total, fee)
    assert [each["state"] for each in fills] == ["partially_filled"] * (len(fills) - 1) + ["filled"]
    (found,) = desk.ask("trade/order", instId=BTC, ordId=placed["ordId"])
    assert (found["accFillSz"], found["fee"], found["tradeId"]) == ("1000", fills[-1]["fee"], fills[-1]["tradeId"])


def test_closing_a_position_tells_its_profit_and_size_zero(desk: Desk) -> None:
    desk.place(**market_order())
    conn = desk.listen("orders", "positions")
    desk.place(**market_order(side="sell", reduceOnly="true"))
    messages = desk.take(conn)
    done, position = messages[1]["data"][0], messages[2]["data"][0]
    assert Decimal(done["fillPnl"]) < 0
    assert (done["reduceOnly"], done["pnl"]) == ("true", done["fillPnl"])
    assert (position["pos"], position["avgPx"], position["upl"]) == ("0", "", "0")


def test_an_amendment_is_told_with_its_request(desk: Desk) -> None:
    placed = desk.place()
    conn = desk.listen("orders")
    change = {"instId": BTC, "ordId": placed["ordId"], "newSz": "2", "reqId": "r1"}
    for _ in range(2):
        desk.act("trade/amend-order", change)
        (row,) = orders(desk, conn)
        assert (row["state"], row["sz"], row["amendResult"], row["reqId"]) == ("live", "2", "0", "r1")
    desk.act("trade/cancel-order", {"instId": BTC, "ordId": placed["ordId"]})
    assert orders(desk, conn)[0]["reqId"] == ""


@pytest.mark.parametrize(
    ("arg", "is_told"),
    [
        ({"instType": "ANY"}, True),
        ({"instType": "SWAP", "instFamily": "BTC-USDT"}, True),
        ({"instType": "SWAP", "instId": BTC}, True),
        ({"instType": "SWAP", "instId": ETH}, False),
        ({"instType": "FUTURES"}, False),
    ],
)
def test_a_subscription_may_be_narrower(desk: Desk, arg: dict[str, str], is_told: bool) -> None:
    conn = desk.login()
    desk.take(conn)
    for channel in ("orders", "positions"):
        desk.subscribe(conn, channel, **arg)
    desk.take(conn)
    desk.place(**market_order())
    told = {each["arg"]["channel"] for each in desk.take(conn)}
    assert told == ({"orders", "positions"} if is_told else set())


def test_balance_and_positions_begin_with_a_snapshot_and_orders_do_not(desk: Desk) -> None:
    desk.place(**market_order())
    conn = desk.login()
    desk.take(conn)
    _, _, balance = desk.subscribe(conn, "account")
    assert (balance["eventType"], balance["lastPage"]) == ("snapshot", True)
    _, _, positions = desk.subscribe(conn, "positions", instType="ANY")
    assert (positions["eventType"], positions["data"][0]["pos"]) == ("snapshot", "1")
    _, _, both = desk.subscribe(conn, "balance_and_position")
    assert both["data"][0]["eventType"] == "snapshot"
    assert len(desk.subscribe(conn, "orders", instType="ANY")) == 2


def test_balance_and_positions_come_every_five_seconds_unless_told_otherwise(desk: Desk) -> None:
    loud, quiet = desk.login(), desk.login()
    for conn, extra in ((loud, {}), (quiet, {"extraParams": '{"updateInterval": "0"}'})):
        desk.subscribe(conn, "account", **extra)
        desk.subscribe(conn, "positions", instType="SWAP", **extra)
        desk.take(conn)
    desk.wait(10_000)
    assert [each["arg"]["channel"] for each in desk.take(loud)] == ["account", "positions"] * 2
    assert desk.take(quiet) == []
    desk.place(**market_order())
    assert [each["eventType"] for each in desk.take(quiet)] == ["event_update"] * 2


def test_leverage_moves_requirements(desk: Desk) -> None:
    desk.place(**market_order())
    conn = desk.listen("account", "positions")
    desk.act("account/set-leverage", {"instId": BTC, "mgnMode": "cross", "lever": "5"})
    balance, position = desk.take(conn)
    assert balance["data"][0]["details"][0]["imr"] == position["data"][0]["imr"]
    assert position["data"][0]["lever"] == "5"


def test_funding_is_told_with_the_balance_and_as_a_bill() -> None:
    desk = Desk(start_ms=1_700_006_400_000 - 2000)
    desk.place(**market_order())
    conn = desk.listen("account", "balance_and_position")
    (before,) = desk.ask("account/balance")
    desk.wait(3000)
    messages = desk.take(conn)
    both = [each["data"][0] for each in messages if each["arg"]["channel"] == "balance_and_position"]
    assert [each["eventType"] for each in both] == ["funding_fee"]
    (bill,) = desk.ask("account/bills", type="8")
    moved = Decimal(both[0]["balData"][0]["cashBal"]) - Decimal(before["details"][0]["cashBal"])
    assert moved == Decimal(bill["balChg"])
    assert (bill["subType"], moved < 0) == ("173", True)
    assert desk.ask("account/bills", type="2") == []
    assert desk.ask("account/bills", after=bill["billId"]) == []


def test_a_liquidation_is_told_as_one() -> None:
    exchange = SimulatedExchange(swaps()[:1], seed=3, start_ms=START_MS, customs=OKX_CUSTOMS, pace=1.0)
    exchange.open_account(KEY, Decimal(100))
    desk = Desk(machine=OkxVenueMachine(exchange, {KEY: Secrets("demo", "demo")}, fees=OKX_FEES))
    desk.act("account/set-leverage", {"instId": BTC, "mgnMode": "cross", "lever": "100"})
    conn = desk.listen("orders", "balance_and_position")
    desk.place(px="90500", sz="0.1")
    desk.place(**market_order(sz="9.5"))
    told: list[Any] = []
    while not told and desk.now_ms < START_MS + 86_400_000:
        desk.take(conn)
        desk.jump(20_000)
        desk.say(conn, b"ping")
        told = [
            each for each in desk.take(conn) if each != "pong" and each["data"][0].get("eventType") != "funding_fee"
        ]
    *changes, both = (each["data"][0] for each in told)
    (cancelled,) = (each for each in changes if each["state"] == "canceled")
    assert (cancelled["cancelSource"], cancelled["category"]) == ("3", "normal")
    done = changes[-1]
    assert (done["category"], done["state"], done["side"]) == ("full_liquidation", "filled", "sell")
    assert (done["clOrdId"], done["accFillSz"], done["execType"]) == ("", "9.5", "T")
    assert (both["eventType"], both["posData"][0]["pos"]) == ("liquidation", "0")


def test_nobody_hears_of_others() -> None:
    exchange = SimulatedExchange(swaps()[:1], seed=3, start_ms=START_MS)
    for name in (KEY, "other"):
        exchange.open_account(name, Decimal(10_000))
    secrets = {name: Secrets("demo", "demo") for name in (KEY, "other")}
    desk = Desk(machine=OkxVenueMachine(exchange, secrets, fees=OKX_FEES))
    other = desk.login(apiKey="other")
    desk.subscribe(other, "orders", instType="ANY")
    desk.subscribe(other, "account")
    desk.take(other)
    desk.place()
    desk.place(**market_order())
    assert desk.take(other) == []
