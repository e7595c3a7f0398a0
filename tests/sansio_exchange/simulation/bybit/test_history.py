"""Looking up orders and executions."""

from urllib.parse import quote

import pytest

from tests.sansio_exchange.simulation.bybit.desk import BTC, ETH, START_MS, Desk, market_order, sleepy_venue

DAY_MS = 86_400_000


def ids(rows: list[dict[str, str]]) -> list[str]:
    return [row["orderId"] for row in rows]


def cancel(desk: Desk, order_id: str) -> None:
    assert desk.act("order/cancel", {"category": "linear", "symbol": BTC, "orderId": order_id})["retCode"] == 0


def test_working_orders_are_listed_newest_first(desk: Desk) -> None:
    placed = [desk.place(), desk.place(), desk.place(symbol=ETH, price="3300")]
    filled = desk.place(**market_order())
    assert ids(desk.rows("order/realtime", settleCoin="USDT")) == placed[::-1]
    assert ids(desk.rows("order/realtime", symbol=BTC)) == placed[1::-1]
    assert ids(desk.rows("order/realtime", baseCoin="ETH")) == placed[2:]
    assert ids(desk.rows("order/realtime", symbol=BTC, openOnly=1)) == [filled]
    assert desk.rows("order/realtime", settleCoin="USDC") == []


def test_one_of_symbol_base_and_settlement_coin_is_required(desk: Desk) -> None:
    assert desk.refusal("order/realtime") == 10001
    assert desk.refusal("order/realtime", symbol="BTCUSD") == 10001
    assert desk.refusal("order/realtime", category="none", symbol=BTC) == 10001
    assert desk.rows("order/realtime", category="spot", symbol=BTC) == []


def test_an_id_finds_its_order_in_any_state(desk: Desk) -> None:
    order_id = desk.place(orderLinkId="mine")
    assert desk.order(order_id)["orderStatus"] == "New"
    cancel(desk, order_id)
    assert desk.order(order_id)["orderStatus"] == "Cancelled"
    assert ids(desk.rows("order/realtime", symbol=BTC, orderLinkId="mine")) == [order_id]
    assert desk.rows("order/realtime", symbol=BTC, orderLinkId="other") == []
    assert desk.rows("order/realtime", symbol=BTC, orderId="other") == []


def test_a_page_comes_with_a_cursor_to_the_next(desk: Desk) -> None:
    placed = [desk.place() for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = desk.ask("order/realtime", symbol=BTC, limit=2, cursor=cursor)
        seen += ids(page["list"])
        cursor = page["nextPageCursor"]
        assert "%" in cursor, "it comes percent-encoded"
    assert seen == placed[::-1]
    assert desk.ask("order/realtime", symbol=BTC, limit=2, cursor=cursor) == {
        "category": "linear",
        "list": [],
        "nextPageCursor": "",
    }


def test_a_cursor_may_come_back_as_it_was_or_decoded(desk: Desk) -> None:
    first, second = desk.place(), desk.place()
    cursor = desk.ask("order/realtime", symbol=BTC, limit=1)["nextPageCursor"]
    for query in (
        f"category=linear&symbol={BTC}&cursor={cursor}",
        f"category=linear&symbol={BTC}&cursor={quote(cursor)}",
    ):
        response = desk.signed("GET", "order/realtime", query)
        assert first.encode() in response.body
        assert second.encode() not in response.body
    assert desk.refusal("order/realtime", symbol=BTC, cursor="nonsense") == 10001


@pytest.mark.parametrize(("path", "most"), [("order/realtime", 50), ("order/history", 50), ("execution/list", 100)])
def test_a_page_is_bounded(desk: Desk, path: str, most: int) -> None:
    assert desk.rows(path, symbol=BTC, limit=most) == []
    assert desk.refusal(path, symbol=BTC, limit=most + 1) == 10001
    assert desk.refusal(path, symbol=BTC, limit=0) == 10001


def test_the_newest_500_finished_orders_are_found_in_real_time(desk: Desk) -> None:
    first = desk.place(**market_order(qty="0.001"))
    second = desk.place(**market_order(qty="0.001"))
    for _ in range(499):
        desk.now_ms += 1
        desk.place(**market_order(qty="0.001", side="Sell"))
    assert desk.rows("order/realtime", symbol=BTC, orderId=first) == []
    assert ids(desk.rows("order/realtime", symbol=BTC, orderId=second)) == [second]
    assert ids(desk.rows("order/history", symbol=BTC, orderId=first)) == [first]


def test_history_has_finished_orders_by_status(desk: Desk) -> None:
    open_id, cancelled, filled = desk.place(), desk.place(), desk.place(**market_order())
    cancel(desk, cancelled)
    assert ids(desk.rows("order/history", symbol=BTC)) == [filled, cancelled]
    assert ids(desk.rows("order/history", orderStatus="Filled")) == [filled]
    assert ids(desk.rows("order/history", orderStatus="Cancelled", baseCoin="BTC")) == [cancelled]
    assert desk.rows("order/history", symbol=BTC, orderId=open_id) == []


def test_a_cancelled_order_without_fills_is_kept_for_a_day() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    filled, cancelled = desk.place(**market_order()), desk.place()
    cancel(desk, cancelled)
    desk.jump(DAY_MS)
    assert ids(desk.rows("order/history", symbol=BTC)) == [cancelled, filled]
    desk.jump(1)
    assert ids(desk.rows("order/history", symbol=BTC)) == [filled]
    assert desk.rows("order/history", symbol=BTC, orderId=cancelled) == []


def test_a_query_spans_seven_days_at_most() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    old = desk.place(**market_order())
    desk.jump(7 * DAY_MS + 1)
    new = desk.place(**market_order(side="Sell"))
    assert ids(desk.rows("order/history")) == [new]
    assert ids(desk.rows("order/history", startTime=START_MS)) == [old]
    assert ids(desk.rows("order/history", endTime=desk.now_ms)) == [new]
    assert ids(desk.rows("order/history", orderId=old)) == [old], "an id goes before times"
    assert set(ids(desk.rows("execution/list", execType="Trade"))) == {new}
    assert set(ids(desk.rows("execution/list", execType="Trade", startTime=START_MS))) == {old}
    assert set(ids(desk.rows("execution/list", orderId=old))) == {old}
    for path in ("order/history", "execution/list"):
        assert desk.refusal(path, startTime=START_MS, endTime=START_MS + 7 * DAY_MS + 1) == 10001
        assert desk.refusal(path, startTime=START_MS, endTime=START_MS - 1) == 10001


def test_executions_are_listed_newest_first_with_what_was_left(desk: Desk) -> None:
    order_id = desk.place(**market_order(qty="5", orderLinkId="big"))
    rows = desk.rows("execution/list", symbol=BTC)
    assert len(rows) > 1
    assert {row["orderId"] for row in rows} == {order_id}
    assert {row["orderLinkId"] for row in rows} == {"big"}
    assert [float(row["leavesQty"]) for row in rows] == sorted(float(row["leavesQty"]) for row in rows)
    assert rows[0]["leavesQty"] == "0.000"
    assert sum(float(row["execQty"]) for row in rows) == pytest.approx(5)
    order = desk.order(order_id)
    assert sum(float(row["execFee"]) for row in rows) == pytest.approx(float(order["cumExecFee"]))
    assert sum(float(row["execValue"]) for row in rows) == pytest.approx(float(order["cumExecValue"]), rel=1e-12)
    assert {(row["execType"], row["isMaker"], row["feeRate"]) for row in rows} == {("Trade", False, "0.00055")}
    assert len({row["execId"] for row in rows}) == len(rows)


def test_executions_are_paged(desk: Desk) -> None:
    desk.place(**market_order(qty="5"))
    desk.place(**market_order(symbol=ETH, qty="50"))
    everything = [row["execId"] for row in desk.rows("execution/list")]
    seen: list[str] = []
    cursor = ""
    while True:
        page = desk.ask("execution/list", limit=2, cursor=cursor)
        if not page["list"]:
            break
        seen += [row["execId"] for row in page["list"]]
        cursor = page["nextPageCursor"]
    assert seen == everything
    assert len(set(seen)) == len(seen) > 4


def test_executions_are_found_by_type_symbol_and_order(desk: Desk) -> None:
    first = desk.place(**market_order(orderLinkId="first"))
    second = desk.place(**market_order(symbol=ETH))
    assert ids(desk.rows("execution/list", baseCoin="BTC")) == [first]
    assert ids(desk.rows("execution/list", symbol=ETH, execType="Trade")) == [second]
    assert desk.rows("execution/list", execType="BustTrade") == []
    assert desk.rows("execution/list", execType="Funding") == []
    assert ids(desk.rows("execution/list", orderLinkId="first", symbol=ETH)) == [first], "an id goes before the symbol"
    assert desk.rows("execution/list", orderLinkId="nobody") == []


def test_funding_is_an_execution_that_is_no_trade() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    desk.place(**market_order(qty="1"))
    next_ms = int(desk.get("market/tickers", symbol=BTC)["list"][0]["nextFundingTime"])
    desk.jump(next_ms - desk.now_ms)
    (row,) = desk.rows("execution/list", execType="Funding")
    assert (row["orderType"], row["execQty"], row["side"], row["leavesQty"]) == ("UNKNOWN", "1.000", "Buy", "0")
    value = float(row["execPrice"])
    assert float(row["execFee"]) == pytest.approx(value * float(row["feeRate"]), abs=1e-6)
    assert row["execId"] in {each["execId"] for each in desk.rows("execution/list")}
    assert row["execId"] not in {each["execId"] for each in desk.rows("execution/list", execType="Trade")}
    assert float(row["execFee"]) != 0
