"""User data: every change of orders, balance and positions, in the venue's words."""

import json
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from sansio_exchange.account import Account
from sansio_exchange.simulation.binance.machine import BinanceVenueMachine
from sansio_exchange.simulation.exchange import SimulatedExchange
from sansio_exchange.simulation.symbols import default_rules
from sansio_exchange.simulation.venues import FEES
from tests.sansio_exchange.simulation.binance.desk import KEY, START_MS, Desk, market_order, order

BTC = {"symbol": "BTCUSDT"}


def kinds(events: list[Any]) -> list[str]:
    return [each["e"] for each in events]


def test_a_resting_order_and_its_end(desk: Desk) -> None:
    conn = desk.listen()
    placed = desk.place(newClientOrderId="mine")
    desk.call("DELETE", "v1/order", orderId=placed["orderId"], **BTC)
    new, gone = desk.take(conn)
    assert (new["e"], new["o"]["x"], new["o"]["X"]) == ("ORDER_TRADE_UPDATE", "NEW", "NEW")
    assert (gone["e"], gone["o"]["x"], gone["o"]["X"]) == ("ORDER_TRADE_UPDATE", "CANCELED", "CANCELED")
    for event in (new, gone):
        assert (event["o"]["i"], event["o"]["c"], event["o"]["z"]) == (placed["orderId"], "mine", "0.000")
        assert (event["o"]["p"], event["o"]["q"], event["o"]["S"]) == ("90300.00", "0.010", "BUY")


def test_a_fill_tells_trade_fee_position_and_balance(desk: Desk) -> None:
    conn = desk.listen()
    placed = desk.call("POST", "v1/order", **market_order())
    events = desk.take(conn)
    assert kinds(events) == ["ORDER_TRADE_UPDATE", "TRADE_LITE", "ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE"]
    trade, account = events[2]["o"], events[3]["a"]
    (fill,) = desk.call("GET", "v1/userTrades", **BTC)
    assert (trade["x"], trade["X"], trade["t"], trade["l"], trade["L"]) == (
        "TRADE",
        "FILLED",
        fill["id"],
        fill["qty"],
        fill["price"],
    )
    assert (trade["n"], trade["N"], trade["rp"], trade["m"]) == (fill["commission"], "USDT", "0.00000000", False)
    assert (events[1]["t"], events[1]["i"]) == (fill["id"], placed["orderId"])
    (balance,), (position,) = account["B"], account["P"]
    assert account["m"] == "ORDER"
    assert Decimal(balance["wb"]) == 100_000 - Decimal(fill["commission"])
    assert balance["bc"] == "0"
    assert (position["s"], position["pa"], position["ps"]) == ("BTCUSDT", "0.010", "BOTH")


def test_fills_of_an_order_add_up(desk: Desk) -> None:
    conn = desk.listen()
    placed = desk.call("POST", "v1/order", **market_order(quantity="10"))
    trades = [each["o"] for each in desk.take(conn) if each["e"] == "ORDER_TRADE_UPDATE" and each["o"]["x"] == "TRADE"]
    assert len(trades) > 1
    total = Decimal(0)
    for trade in trades:
        total += Decimal(trade["l"])
        assert Decimal(trade["z"]) == total
    assert [each["X"] for each in trades] == ["PARTIALLY_FILLED"] * (len(trades) - 1) + [placed["status"]]


def test_closing_a_position_realises_its_profit_and_sends_size_zero(desk: Desk) -> None:
    desk.call("POST", "v1/order", **market_order())
    conn = desk.listen()
    desk.call("POST", "v1/order", **market_order(side="SELL", reduceOnly="true"))
    events = desk.take(conn)
    trade = next(each["o"] for each in events if each["e"] == "ORDER_TRADE_UPDATE" and each["o"]["x"] == "TRADE")
    assert Decimal(trade["rp"]) < 0
    assert trade["R"] is True
    (position,) = events[-1]["a"]["P"]
    assert (position["pa"], position["ep"], position["up"]) == ("0.000", "0", "0.00000000")


def test_an_immediate_order_that_gets_nothing_expires(desk: Desk) -> None:
    conn = desk.listen()
    answer = desk.call("POST", "v1/order", **order(timeInForce="IOC"))
    assert answer["status"] == "EXPIRED"
    assert [(each["o"]["x"], each["o"]["X"]) for each in desk.take(conn)] == [("NEW", "NEW"), ("EXPIRED", "EXPIRED")]


def test_an_amendment_keeps_the_order(desk: Desk) -> None:
    placed = desk.place()
    conn = desk.listen()
    desk.call("PUT", "v1/order", orderId=placed["orderId"], side="BUY", quantity="0.02", price="90200", **BTC)
    (event,) = desk.take(conn)
    assert (event["o"]["x"], event["o"]["X"], event["o"]["i"]) == ("AMENDMENT", "NEW", placed["orderId"])
    assert (event["o"]["p"], event["o"]["q"]) == ("90200.00", "0.020")


def test_leverage_is_told(desk: Desk) -> None:
    conn = desk.listen()
    desk.call("POST", "v1/leverage", leverage=7, **BTC)
    (event,) = desk.take(conn)
    assert (event["e"], event["ac"]) == ("ACCOUNT_CONFIG_UPDATE", {"s": "BTCUSDT", "l": 7})


def test_funding_is_told_as_a_balance_change() -> None:
    desk = Desk(start_ms=1_700_006_400_000 - 2000)
    desk.call("POST", "v1/order", **market_order())
    conn = desk.listen()
    desk.wait(3000)
    (event,) = [each for each in desk.take(conn) if each["e"] == "ACCOUNT_UPDATE"]
    (income,) = desk.call("GET", "v1/income", incomeType="FUNDING_FEE")
    assert event["a"]["m"] == "FUNDING_FEE"
    assert event["a"]["B"][0]["bc"] == income["income"]


def test_refused_orders_are_not_told(desk: Desk) -> None:
    conn = desk.listen()
    desk.refusal("POST", "v1/order", **order(timeInForce="GTX", price="96000"))
    desk.refusal("POST", "v1/order", **order(timeInForce="FOK"))
    desk.refusal("POST", "v1/order", **order(quantity="500"))
    assert desk.take(conn) == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/ws/{key}", ""),
        ("/private/ws/{key}", ""),
        ("/private/ws", "listenKey={key}"),
        ("/private/stream", "listenKey={key}"),
        ("/stream", "streams={key}"),
    ],
)
def test_every_documented_way_to_listen(desk: Desk, path: str, query: str) -> None:
    key = _key(desk)
    conn = desk.open(path.format(key=key), query.format(key=key))
    desk.place()
    (message,) = desk.take(conn)
    if path.endswith("stream"):
        assert message["stream"] == key
        message = message["data"]
    assert message["e"] == "ORDER_TRADE_UPDATE"


def test_only_the_wanted_events_come(desk: Desk) -> None:
    conn = desk.open("/private/ws", f"listenKey={_key(desk)}&events=ACCOUNT_UPDATE")
    desk.call("POST", "v1/order", **market_order())
    assert kinds(desk.take(conn)) == ["ACCOUNT_UPDATE"]


class Precarious(SimulatedExchange):
    """Says of every account that its margin is nearly used up, while `danger` lasts."""

    danger = False

    def account(self, account: str) -> Account:
        true = super().account(account)
        return structs.replace(true, maintenance_margin=true.margin_balance * Decimal("0.9")) if self.danger else true


def test_margin_running_out_is_told_once_until_the_danger_is_over() -> None:
    exchange = Precarious(default_rules()[:1], seed=1, start_ms=START_MS, pace=0.001)
    exchange.open_account(KEY, Decimal(100_000))
    desk = Desk(machine=BinanceVenueMachine(exchange, {KEY: "demo"}, fees=FEES))
    desk.call("POST", "v1/order", **market_order())
    conn = desk.listen()
    calls = []
    for danger in (False, True, True, False, True):
        exchange.danger = danger
        desk.wait(1000)
        calls.append([each for each in desk.take(conn) if each["e"] == "MARGIN_CALL"])
    assert [len(each) for each in calls] == [0, 1, 0, 0, 1]
    (position,) = calls[1][0]["p"]
    assert (position["s"], position["pa"]) == ("BTCUSDT", "0.010")


def _key(desk: Desk) -> str:
    response = desk.send("POST", "/fapi/v1/listenKey", headers={"x-mbx-apikey": KEY})
    return str(json.loads(response.body)["listenKey"])
