"""Orders and fills: what is asked, and what is made of the answers."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.commands import (
    GetFills,
    GetOpenOrders,
    GetOrder,
)
from sansio_exchange.errors import (
    OrderNotFound,
    OutcomeUnknown,
    VenueUnavailable,
)
from sansio_exchange.gate.requests import PAGE
from sansio_exchange.orders import Fill, OrderStatus, OrderType, Side
from tests.sansio_exchange.gate.payloads import (
    FUTURES,
    NOW_MS,
    TIME,
    do,
    fill,
    order,
)
from tests.sansio_exchange.recipes import body


def test_an_order_is_looked_up_by_either_id() -> None:
    found, (asked,) = do(GetOrder("BTCUSDT", 15675394), body(order(left=15, size=20, fill_price="37000")))
    assert (asked.method, asked.path, asked.params) == (
        "GET",
        f"{FUTURES}/orders/{{order_id}}",
        {"order_id": "15675394"},
    )
    assert (found.status, found.executed_qty, found.avg_price) == (
        OrderStatus.PARTIALLY_FILLED,
        Decimal("0.0005"),
        Decimal(37000),
    )
    _, (asked,) = do(GetOrder("BTCUSDT", 0, "mine1"), body(order()))
    assert asked.params == {"order_id": "t-mine1"}


def test_an_order_that_gate_has_forgotten_the_name_of_is_found_by_its_trades() -> None:
    gone = OrderNotFound("no such order")
    trades = [
        {"contract": "BTC_USDT", "order_id": "7", "size": "1", "price": "37000", "trade_id": "1", "text": "t-other"},
        {"contract": "BTC_USDT", "order_id": "8", "size": "1", "price": "37000", "trade_id": "2", "text": "t-mine1"},
    ]
    found, asked = do(GetOrder("BTCUSDT", 0, "mine1"), gone, TIME, body(trades), body(order()))
    assert found.order_id == 15675394
    assert asked[2].path == f"{FUTURES}/my_trades_timerange"
    assert (asked[2].params["from"], asked[2].params["to"]) == (NOW_MS // 1000 - 1_200, NOW_MS // 1000 + 60)
    assert asked[3].params == {"order_id": "8"}


def test_an_order_that_is_neither_found_nor_traded_is_not_there() -> None:
    gone = OrderNotFound("no such order")
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", 0, "mine1"), gone, TIME, body([]))
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", 7), gone)


@pytest.mark.parametrize("changes", [{"contract": "ETH_USDT"}, {"contract": "BTC_USD"}])
def test_an_order_of_another_contract_is_not_the_one(changes: dict[str, Any]) -> None:
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", 15675394), body(order(**changes)))


CLOSED = {"size": "0", "left": "0", "status": "finished", "finish_as": "filled", "fill_price": "37001", "price": "0"}


def test_an_order_that_closed_a_position_has_the_size_that_it_executed() -> None:
    """Placed by another program with size 0: its trades say what it was."""
    fills = [fill(id=2, size=-3), fill(id=1, size=-2)]
    found, asked = do(GetOrder("BTCUSDT", 15675394), body(order(**CLOSED, tif="ioc", text="web")), body(fills))
    assert (asked[1].path, asked[1].params["order"]) == (f"{FUTURES}/my_trades", 15675394)
    assert (found.side, found.type, found.status) == (Side.SELL, OrderType.MARKET, OrderStatus.FILLED)
    assert (found.quantity, found.executed_qty, found.avg_price) == (
        Decimal("0.0005"),
        Decimal("0.0005"),
        Decimal(37001),
    )
    assert found.client_order_id == "15675394"


def test_an_order_that_closes_a_position_and_has_not_ended_cannot_be_told() -> None:
    works = order(size="0", left="0")
    with pytest.raises(OrderNotFound, match="neither side nor quantity"):
        do(GetOrder("BTCUSDT", 15675394), body(works), body([fill()]))
    with pytest.raises(OrderNotFound, match="neither side nor quantity"):
        do(GetOrder("BTCUSDT", 15675394), body(order(**CLOSED)), body([]))


@pytest.mark.parametrize("text", ["web", "-", "api", "", None, "t-15675394"])
def test_an_order_without_a_name_is_found_by_the_one_that_it_is_told_with(text: str | None) -> None:
    found, asked = do(GetOrder("BTCUSDT", 0, "15675394"), OrderNotFound("no"), body(order(text=text)))
    assert [each.params["order_id"] for each in asked] == ["t-15675394", "15675394"]
    assert (found.order_id, found.client_order_id) == (15675394, "15675394")


def test_a_number_that_is_anothers_id_finds_nothing() -> None:
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", 0, "15675394"), OrderNotFound("no"), body(order(text="t-anothers")), TIME, body([]))
    for name in ("0123", "9" * 19, "1.5"):
        with pytest.raises(OrderNotFound):
            do(GetOrder("BTCUSDT", 0, name), OrderNotFound("no"), TIME, body([]))


def test_a_question_that_got_no_answer_may_be_asked_again() -> None:
    with pytest.raises(VenueUnavailable):
        do(GetOrder("BTCUSDT", 1), OutcomeUnknown("HTTP 502"))


def test_open_orders_are_read_page_by_page() -> None:
    rows = [order(id=1000 - each, text=f"t-a{each}") for each in range(PAGE + 3)]
    rows[2] = order(id=998, contract="BTC_USD")
    rows[3] = order(id=997, size="0", left="0")
    orders, asked = do(GetOpenOrders(), body(rows[:PAGE]), body(rows[PAGE:]))
    assert len(orders) == PAGE + 1
    assert [each.params for each in asked] == [
        {"status": "open", "limit": PAGE},
        {"status": "open", "limit": PAGE, "last_id": str(1000 - PAGE + 1)},
    ]
    _, again = do(GetOpenOrders("BTCUSDT"), body(rows[:PAGE]), body(rows[:PAGE]))
    assert again[0].params["contract"] == "BTC_USDT", "and a venue that repeats itself does not keep us"


def test_the_fills_of_an_order() -> None:
    fills, (asked,) = do(GetFills("BTCUSDT", 1699999999999, 15675394), body([fill(id=2), fill(id=1, create_time=5)]))
    assert (asked.path, asked.params) == (
        f"{FUTURES}/my_trades",
        {"contract": "BTC_USDT", "order": 15675394, "limit": PAGE, "offset": 0},
    )
    assert fills == (
        Fill(
            trade_id="2",
            order_id=15675394,
            symbol="BTCUSDT",
            side=Side.BUY,
            price=Decimal("37000.1"),
            quantity=Decimal("0.0005"),
            fee=Decimal("0.01"),
            fee_asset="USDT",
            realized_pnl=Decimal(0),
            time_ms=1700000001321,
        ),
    )


def test_the_fills_since_a_moment_oldest_first_page_by_page() -> None:
    rows = [fill(trade_id=str(1000 - each), id=0, create_time=1700001000 - each) for each in range(PAGE + 2)]
    moved = rows[PAGE - 1 :]
    fills, (_, *asked) = do(GetFills("BTCUSDT", 1700000000999), TIME, body(rows[:PAGE]), body(moved))
    span = {"contract": "BTC_USDT", "from": 1700000000, "to": NOW_MS // 1000 + 60}
    assert [each.params for each in asked] == [{**span, "limit": PAGE, "offset": offset} for offset in (0, PAGE)]
    assert {each.path for each in asked} == {f"{FUTURES}/my_trades_timerange"}
    assert [each.trade_id for each in fills] == [str(each) for each in range(1000 - PAGE - 1, 1001)]
    _, (latest,) = do(GetFills("BTCUSDT"), body([]))
    assert latest.path == f"{FUTURES}/my_trades"
