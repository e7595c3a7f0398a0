"""Private channels: every change once, in the form of its channel."""

from decimal import Decimal

from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.gate.listing import perpetuals
from sansio_exchange.simulation.gate.machine import GateVenueMachine
from sansio_exchange.simulation.venues import GATE_FEES
from tests.sansio_exchange.simulation.gate.desk import (
    BTC,
    ETH,
    KEY,
    PRIVATE,
    START_MS,
    USER,
    Desk,
    market_order,
    sleepy_venue,
)

HOUR_MS = 3_600_000


def test_an_orders_life_is_told(desk: Desk) -> None:
    conn = desk.listen("futures.orders")
    placed = desk.place(text="t-mine")
    desk.act("PUT", f"orders/{placed['id']}", {"size": 7})
    desk.wait(1)
    desk.act("DELETE", f"orders/{placed['id']}")
    rows = [row for result in desk.hear(conn, "futures.orders") for row in result]
    assert [(row["status"], row["finish_as"], row["size"], row["left"]) for row in rows] == [
        ("open", "_new", 10, 10),
        ("open", "_update", 7, 7),
        ("finished", "cancelled", 7, 7),
    ]
    assert {(row["id"], row["text"], row["user"], row["contract"]) for row in rows} == {
        (placed["id"], "t-mine", str(USER), BTC)
    }
    assert [row["finish_time_ms"] for row in rows] == [0, 0, START_MS + 1]
    assert [row["update_time"] for row in rows] == [START_MS, START_MS, START_MS + 1]
    numbers = [row["update_id"] for row in rows]
    assert numbers == sorted(set(numbers))
    assert (rows[0]["price"], rows[0]["mkfr"], rows[0]["tkfr"]) == (91000.0, 0.0002, 0.0005), "numbers"


def test_a_trade_moves_order_fill_balance_and_position(desk: Desk) -> None:
    conn = desk.listen(*PRIVATE)
    desk.place(**market_order(size=-5, text="t-mine"))
    told = [(each["channel"], each["result"]) for each in desk.take(conn)]
    assert [channel for channel, _ in told] == [
        "futures.orders",
        "futures.orders",
        "futures.usertrades",
        "futures.balances",
        "futures.positions",
    ]
    by_channel = dict(told)
    (trade,) = by_channel["futures.usertrades"]
    (row,) = by_channel["futures.orders"]
    assert (row["finish_as"], row["left"], row["fill_price"]) == ("filled", 0, float(trade["price"]))
    assert (trade["size"], trade["role"], trade["text"], trade["order_id"]) == (-5, "taker", "t-mine", str(row["id"]))
    (balance,) = by_channel["futures.balances"]
    assert (balance["type"], balance["currency"], balance["change"]) == ("fee", "usdt", -trade["fee"])
    assert balance["balance"] == float(desk.ask("accounts")["total"]) == 100_000 - trade["fee"]
    (position,) = by_channel["futures.positions"]
    assert (position["size"], position["mode"], position["leverage"]) == (-5, "single", 0)
    assert position["entry_price"] == float(trade["price"])


def test_closing_tells_profit_and_fee_apart_and_a_position_of_0(desk: Desk) -> None:
    desk.place(**market_order(size=1000))
    desk.wait(60_000)
    conn = desk.listen("futures.balances", "futures.positions")
    before = Decimal(desk.ask("accounts")["total"])
    desk.place(**market_order(size=0, close=True))
    after = Decimal(desk.ask("accounts")["total"])
    messages = desk.take(conn)
    rows = [row for each in messages if each["channel"] == "futures.balances" for row in each["result"]]
    assert {row["type"] for row in rows} == {"pnl", "fee"}
    assert abs(sum(Decimal(str(row["change"])) for row in rows) - (after - before)) < Decimal("1e-9")
    assert rows[-1]["balance"] == float(after)
    (position,) = messages[-1]["result"]
    assert (position["size"], position["entry_price"]) == (0, 0)


def test_one_contract_or_all_may_be_listened_to(desk: Desk) -> None:
    conn = desk.open()
    desk.subscribe(conn, "futures.orders", str(USER), ETH)
    desk.place()
    assert desk.hear(conn, "futures.orders") == []
    desk.place(contract=ETH, price="3300")
    ((row,),) = desk.hear(conn, "futures.orders")
    assert row["contract"] == ETH


def test_sizes_are_texts_where_the_handshake_asked_for_them(desk: Desk) -> None:
    conns = [desk.listen(*PRIVATE, headers=headers) for headers in ({}, {"x-gate-size-decimal": "1"})]
    desk.place(**market_order(size=3))
    sizes = [[row["size"] for each in desk.take(conn) for row in each["result"] if "size" in row] for conn in conns]
    assert sizes == [[3, 3, 3, 3], ["3", "3", "3", "3"]]


def test_leverage_is_told_with_the_position(desk: Desk) -> None:
    conn = desk.listen("futures.positions")
    desk.act("POST", f"positions/{BTC}/leverage", leverage=0, cross_leverage_limit=7)
    ((row,),) = desk.hear(conn, "futures.positions")
    assert (row["cross_leverage_limit"], row["size"]) == (7, 0)


def test_funding_is_told_with_its_type() -> None:
    start_ms = START_MS - START_MS % (8 * HOUR_MS) + 8 * HOUR_MS - 5_000
    desk = Desk(machine=sleepy_venue(start_ms), start_ms=start_ms)
    desk.place(**market_order(size=1000))
    conn = desk.listen("futures.balances")
    desk.jump(10_000)
    ((row,),) = desk.hear(conn, "futures.balances")
    assert (row["type"], row["text"]) == ("fund", BTC)
    (booked,) = desk.ask("account_book", type="fund")
    assert float(booked["change"]) == row["change"]
    assert float(booked["balance"]) == row["balance"]


def test_a_liquidation_is_told_as_such() -> None:
    exchange = SimulatedExchange(
        perpetuals()[:1], seed=1, start_ms=START_MS, maintenance_rate=Decimal("0.0095")
    )  # a quarter of a percent against it is enough
    exchange.open_account(KEY, Decimal(12))
    desk = Desk(machine=GateVenueMachine(exchange, {KEY: "demo"}, fees=GATE_FEES))
    desk.act("POST", f"positions/{BTC}/leverage", leverage=0, cross_leverage_limit=100)
    desk.place(**market_order(size=-110))
    conn = desk.listen("futures.orders", "futures.positions")
    for _ in range(60):
        desk.jump(60_000)
        if not desk.ask("positions", holding="true"):
            break
    rows = [row for result in desk.hear(conn, "futures.orders") for row in result]
    assert {(row["is_liq"], row["text"]) for row in rows} == {(True, "liquidation")}
    assert rows[-1]["finish_as"] == "filled"
    assert Decimal(desk.ask("accounts")["total"]) >= 0
