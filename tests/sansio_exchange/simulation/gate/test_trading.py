"""Orders: how they are placed, refused, amended, cancelled and found."""

import json
from typing import Any

import pytest

from tests.sansio_exchange.simulation.gate.desk import (
    BTC,
    ETH,
    START_MS,
    USER,
    Desk,
    market_order,
    order,
    refused,
    sleepy_venue,
)


def best(desk: Desk) -> tuple[float, float]:
    book = desk.get("futures/usdt/order_book", contract=BTC, limit=1)
    return float(book["bids"][0]["p"]), float(book["asks"][0]["p"])


def test_a_resting_order_stands_as_it_was_placed(desk: Desk) -> None:
    placed = desk.place(text="t-mine", size=-3, price="99000.0", tif="poc", reduce_only=False)
    assert placed == desk.ask(f"orders/{placed['id']}") == desk.ask("orders/t-mine")
    assert (placed["status"], placed["size"], placed["left"], placed["price"]) == ("open", -3, -3, "99000")
    assert (placed["tif"], placed["text"], placed["user"], placed["fill_price"]) == ("poc", "t-mine", USER, "0")
    assert "finish_as" not in placed
    assert placed["create_time"] == START_MS / 1000


def test_a_price_is_rounded_to_the_tick(desk: Desk) -> None:
    """As in the documentation's examples: 31503.280000 is placed as 31503.3."""
    assert desk.place(price="91503.280000")["price"] == "91503.3"


def test_a_market_order_is_ioc_at_price_0(desk: Desk) -> None:
    filled = desk.place(**market_order(size=100))
    assert (filled["status"], filled["finish_as"], filled["left"], filled["price"]) == ("finished", "filled", 0, "0")
    assert float(filled["fill_price"]) == best(desk)[1]
    fills = desk.ask("my_trades", order=filled["id"])
    assert sum(each["size"] for each in fills) == 100
    assert {each["role"] for each in fills} == {"taker"}
    assert all(float(each["fee"]) > 0 for each in fills)
    (row,) = desk.ask("positions", holding="true")
    assert (row["size"], row["leverage"], row["mode"]) == (100, "0", "single")


def test_an_immediate_order_ends_with_what_it_got(desk: Desk) -> None:
    missed = desk.place(tif="ioc")
    assert (missed["status"], missed["finish_as"], missed["left"]) == ("finished", "ioc", 10)


def test_a_whole_position_is_closed_by_size_0(desk: Desk) -> None:
    desk.place(**market_order(size=-70))
    assert desk.refusal("POST", "orders", market_order(size=0)) == (400, "INVALID_PARAM_VALUE")
    closed = desk.place(**market_order(size=0, close=True))
    assert (closed["size"], closed["is_close"], closed["is_reduce_only"]) == (70, True, True)
    assert desk.ask("positions", holding="true") == []
    assert desk.refusal("POST", "orders", market_order(size=0, close=True)) == (400, "POSITION_EMPTY")


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"contract": None}, "MISSING_REQUIRED_PARAM"),
        ({"contract": "GONE_USDT"}, "CONTRACT_NOT_FOUND"),
        ({"size": None}, "MISSING_REQUIRED_PARAM"),
        ({"size": 0}, "INVALID_PARAM_VALUE"),
        ({"size": "1.5"}, "INVALID_PARAM_VALUE"),
        ({"size": "many"}, "INVALID_PARAM_VALUE"),
        ({"size": 10, "close": True}, "INVALID_PARAM_VALUE"),
        ({"size": 1_000_001}, "SIZE_TOO_LARGE"),
        ({"price": "-1"}, "INVALID_PARAM_VALUE"),
        ({"price": "0"}, "INVALID_PARAM_VALUE"),
        ({"price": None}, "INVALID_PARAM_VALUE"),
        ({"price": "47000"}, "PRICE_TOO_DEVIATED"),
        ({"price": "143000"}, "PRICE_TOO_DEVIATED"),
        ({"tif": "day"}, "INVALID_PARAM_VALUE"),
        ({"text": "mine"}, "INVALID_PARAM_VALUE"),
        ({"text": "t-"}, "INVALID_PARAM_VALUE"),
        ({"text": "t-" + "x" * 29}, "INVALID_PARAM_VALUE"),
        ({"text": "t-a b"}, "INVALID_PARAM_VALUE"),
        ({"stp_act": "cn"}, "INVALID_PARAM_VALUE"),
        ({"auto_size": "close_long"}, "INVALID_PARAM_VALUE"),
        ({"iceberg": 5}, "BAD_REQUEST"),
        ({"reduce_only": "perhaps"}, "INVALID_PARAM_VALUE"),
        ({"reduce_only": True}, "INCREASE_POSITION"),
        ({"size": 900_000}, "INSUFFICIENT_AVAILABLE"),
        ({"price": "96000", "tif": "poc"}, "ORDER_POC_IMMEDIATE"),
        ({"tif": "fok"}, "ORDER_FOK"),
    ],
)
def test_what_cannot_stand_is_refused_by_its_label(desk: Desk, change: dict[str, Any], label: str) -> None:
    assert desk.refusal("POST", "orders", order(**change)) == (400, label)
    assert desk.ask("orders", status="open") == desk.ask("orders", status="finished") == []


def test_the_longest_text_is_28_bytes_after_its_prefix(desk: Desk) -> None:
    text = "t-" + "Az09_-." * 4
    assert desk.place(text=text)["text"] == text


def test_a_fill_or_kill_order_counts_what_is_there_without_its_own(desk: Desk) -> None:
    _, ask = best(desk)
    within = sum(level["s"] for level in desk.get("futures/usdt/order_book", contract=BTC, limit=1)["asks"])
    mine = desk.place(size=-4, price=str(ask), text="t-own")
    assert desk.refusal("POST", "orders", order(size=within + 1, price=str(ask), tif="fok")) == (400, "ORDER_FOK")
    filled = desk.place(size=within, price=str(ask), tif="fok")
    assert (filled["finish_as"], filled["tif"]) == ("filled", "fok")
    assert desk.ask(f"orders/{mine['id']}")["status"] == "open", "the other orders came before it"


def test_too_many_working_orders_in_a_contract(desk: Desk) -> None:
    for _ in range(10):
        assert all(row["succeeded"] for row in desk.act("POST", "batch_orders", [order(size=1)] * 10))
        desk.wait(1000)
    assert desk.refusal("POST", "orders", order(size=1)) == (400, "TOO_MANY_ORDERS")
    assert desk.place(contract=ETH, price="3300")["status"] == "open"


# batches


def test_each_row_of_a_batch_succeeds_or_fails_for_itself(desk: Desk) -> None:
    rows = [
        order(text="t-1"),
        order(price="143000"),
        order(contract="GONE_USDT"),
        order(text="t-4", size=-1, price="99000"),
    ]
    results = desk.act("POST", "batch_orders", rows)
    assert [row["succeeded"] for row in results] == [True, False, False, True]
    assert [row.get("label") for row in results] == [None, "PRICE_TOO_DEVIATED", "CONTRACT_NOT_FOUND", None]
    assert [row.get("text") for row in results] == ["t-1", None, None, "t-4"]
    assert results[1].keys() == {"succeeded", "label", "detail"}


def test_a_batch_with_a_malformed_row_does_nothing(desk: Desk) -> None:
    for rows in ([order(), order(tif="day")], [order(), order(size=None)], [], [order()] * 11):
        status, _ = desk.refusal("POST", "batch_orders", rows)
        assert status == 400
    assert desk.ask("orders", status="open") == []


def test_orders_are_cancelled_in_batches(desk: Desk) -> None:
    first, second = (desk.place()["id"] for _ in range(2))
    desk.act("DELETE", f"orders/{second}")
    results = desk.act("POST", "batch_cancel_orders", [str(first), str(second), "77"])
    assert [(row["id"], row["succeeded"], row["message"]) for row in results] == [
        (str(first), True, ""),
        (str(second), False, "ORDER_FINISHED"),
        ("77", False, "ORDER_NOT_FOUND"),
    ]
    assert {row["user_id"] for row in results} == {USER}
    assert desk.refusal("POST", "batch_cancel_orders", ["1"] * 21) == (400, "INVALID_PARAM_VALUE")
    assert desk.refusal("POST", "batch_cancel_orders", [{}]) == (400, "INVALID_REQUEST_BODY")


# cancelling and amending


def test_an_order_is_cancelled_once(desk: Desk) -> None:
    placed = desk.place(text="t-mine")
    done = desk.act("DELETE", "orders/t-mine")
    assert (done["id"], done["status"], done["finish_as"]) == (placed["id"], "finished", "cancelled")
    assert desk.refusal("DELETE", f"orders/{placed['id']}") == (400, "ORDER_FINISHED")
    assert desk.refusal("DELETE", "orders/t-mine") == (400, "ORDER_FINISHED")
    assert desk.refusal("DELETE", "orders/1") == (404, "ORDER_NOT_FOUND")
    assert desk.refusal("DELETE", "orders/t-nobodys") == (404, "CLIENT_ID_NOT_FOUND")
    assert desk.refusal("DELETE", "orders/x") == (404, "ORDER_NOT_FOUND")


def test_all_orders_are_cancelled_of_a_contract_or_a_side_or_at_all(desk: Desk) -> None:
    for change in ({}, {"size": -1, "price": "99000"}, {"contract": ETH, "price": "3300"}):
        desk.place(**change)
    (bid,) = desk.act("DELETE", "orders", contract=BTC, side="bid")
    assert (bid["size"], bid["finish_as"]) == (10, "cancelled")
    assert desk.refusal("DELETE", "orders", side="both") == (400, "INVALID_PARAM_VALUE")
    assert len(desk.ask("orders", status="open")) == 2
    assert [row["contract"] for row in desk.act("DELETE", "orders")] == [BTC, ETH]
    assert desk.act("DELETE", "orders", contract=BTC) == []


def test_an_order_is_amended(desk: Desk) -> None:
    placed = desk.place(size=10)
    path = f"orders/{placed['id']}"
    amended = desk.act("PUT", path, {"size": 8, "price": "90000", "amend_text": "lower"})
    assert (amended["size"], amended["price"], amended["amend_text"]) == (8, "90000", "lower")
    for body, label in (
        ({"size": 8, "price": "90000"}, "NO_CHANGE"),
        ({}, "MISSING_REQUIRED_PARAM"),
        ({"size": -8}, "INVALID_PARAM_VALUE"),
        ({"size": 0}, "INVALID_PARAM_VALUE"),
        ({"price": "9"}, "PRICE_TOO_DEVIATED"),
        ({"size": 900_000}, "INSUFFICIENT_AVAILABLE"),
    ):
        assert desk.refusal("PUT", path, body) == (400, label)
    assert desk.ask(path)["size"] == 8, "it stands as it was"


def test_a_post_only_order_is_not_amended_into_the_other_side(desk: Desk) -> None:
    placed = desk.place(tif="poc")
    assert desk.refusal("PUT", f"orders/{placed['id']}", {"price": "99000"}) == (400, "ORDER_POC_IMMEDIATE")
    assert desk.ask(f"orders/{placed['id']}")["status"] == "open"


# looking up


def test_a_text_that_is_used_again_means_the_newer_order(desk: Desk) -> None:
    first, second, third = (
        desk.place(text="t-twice", size=size, contract=contract, price=price)
        for size, contract, price in ((1, BTC, "91000"), (2, BTC, "91000"), (3, ETH, "3300"))
    )
    assert len({first["id"], second["id"], third["id"]}) == 3
    assert second["text"] == "t-twice"
    assert desk.ask("orders/t-twice")["id"] == third["id"]
    desk.act("DELETE", "orders", contract=ETH)
    assert desk.ask("orders/t-twice")["id"] == third["id"], "until it is too long ago"
    assert {row["text"] for row in desk.ask("orders", status="open")} == {"t-twice"}


def test_orders_are_forgotten_in_time() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    cancelled, filled = desk.place(text="t-gone"), desk.place(**market_order(text="t-done"))
    desk.act("DELETE", f"orders/{cancelled['id']}")
    desk.jump(60_000)
    assert desk.ask("orders/t-gone")["finish_as"] == "cancelled"
    desk.jump(1)
    assert desk.refusal("GET", "orders/t-gone") == (404, "CLIENT_ID_NOT_FOUND")
    assert desk.refusal("GET", "orders/t-done") == (404, "CLIENT_ID_NOT_FOUND")
    assert desk.ask(f"orders/{cancelled['id']}")["text"] == "t-gone"
    desk.jump(540_000)
    assert desk.refusal("GET", f"orders/{cancelled['id']}") == (404, "ORDER_NOT_FOUND")
    assert [row["id"] for row in desk.ask("orders", status="finished")] == [filled["id"]]
    assert desk.ask(f"orders/{filled['id']}")["finish_as"] == "filled"


def test_lists_of_orders_are_paged_and_newest_first(desk: Desk) -> None:
    ids = [desk.place(size=1)["id"] for _ in range(5)]
    other = desk.place(contract=ETH, price="3300")["id"]
    assert [row["id"] for row in desk.ask("orders", status="open")] == [other, *reversed(ids)]
    assert [row["id"] for row in desk.ask("orders", status="open", contract=BTC, limit=2)] == ids[:2:-1]
    assert [row["id"] for row in desk.ask("orders", status="open", contract=BTC, limit=2, offset=2)] == ids[2:0:-1]
    assert [row["id"] for row in desk.ask("orders", status="open", last_id=ids[2])] == ids[1::-1]
    response = desk.signed("GET", "futures/usdt/orders", "status=open&limit=4&offset=3")
    assert len(json.loads(response.body)) == 3
    assert [response.headers[f"X-Pagination-{name}"] for name in ("Limit", "Offset", "Total")] == ["4", "3", "6"]
    for query in ("", "status=all", "status=open&limit=0", "status=open&limit=1001", "status=open&offset=-1"):
        assert refused(desk.signed("GET", "futures/usdt/orders", query))[0] == 400


def test_fills_are_listed_by_order_and_by_time(desk: Desk) -> None:
    first = desk.place(**market_order(size=1))
    desk.wait(5_000)
    second = desk.place(**market_order(size=-1, text="t-second"))
    newest, oldest = desk.ask("my_trades")
    assert (newest["order_id"], oldest["order_id"]) == (str(second["id"]), str(first["id"]))
    assert (newest["size"], newest["text"], isinstance(newest["id"], int)) == (-1, "t-second", True)
    assert desk.ask("my_trades", order=first["id"]) == [oldest]
    assert desk.ask("my_trades", contract=ETH) == []
    (later,) = desk.ask("my_trades_timerange", **{"from": START_MS // 1000 + 1})
    assert later["trade_id"] == str(newest["id"])
    assert "id" not in later
    assert len(desk.ask("my_trades_timerange", to=START_MS // 1000)) == 1
    assert desk.ask("my_trades_timerange", role="maker") == []
    assert len(desk.ask("orders_timerange", **{"from": START_MS // 1000 + 1})) == 1
