"""Order entry on the private socket: the same calls, instruments by their code."""

from typing import Any

import pytest

from tests.sansio_exchange.simulation.okx.desk import BTC, BTC_CODE, Desk, order


def row(**params: object) -> dict[str, object]:
    return {**order(**({"instId": None} | params)), "instIdCode": BTC_CODE}


def ask(desk: Desk, conn: int, op: str, *args: dict[str, object], **frame: object) -> Any:
    return desk.reply(conn, {"id": "7", "op": op, "args": list(args), **frame})


def test_an_order_lives_on_the_socket(desk: Desk) -> None:
    conn = desk.listen()
    placed = ask(desk, conn, "order", row(clOrdId="mine"))
    (result,) = placed["data"]
    assert placed == {
        "id": "7",
        "op": "order",
        "code": "0",
        "msg": "",
        "data": [result],
        "inTime": f"{desk.now_ms}000",
        "outTime": f"{desk.now_ms}000",
    }
    named = {"instIdCode": BTC_CODE, "ordId": result["ordId"]}
    amended = ask(desk, conn, "amend-order", named | {"newSz": "2", "reqId": "r1"})
    assert (amended["code"], amended["data"][0]["reqId"]) == ("0", "r1")
    assert desk.ask("trade/order", instId=BTC, ordId=result["ordId"])[0]["sz"] == "2"
    assert ask(desk, conn, "cancel-order", named)["code"] == "0"
    refused = ask(desk, conn, "cancel-order", named)
    assert (refused["code"], refused["data"][0]["sCode"]) == ("1", "51400")


def test_batches_answer_row_by_row(desk: Desk) -> None:
    conn = desk.listen()
    placed = ask(desk, conn, "batch-orders", row(), row(sz="0"))
    assert (placed["code"], [each["sCode"] for each in placed["data"]]) == ("2", ["0", "51000"])
    named = [{"instIdCode": BTC_CODE, "ordId": each} for each in (placed["data"][0]["ordId"], "5")]
    amended = ask(desk, conn, "batch-amend-orders", *(each | {"newSz": "2"} for each in named))
    assert [each["sCode"] for each in amended["data"]] == ["0", "51503"]
    cancelled = ask(desk, conn, "batch-cancel-orders", *named)
    assert [each["sCode"] for each in cancelled["data"]] == ["0", "51400"]


@pytest.mark.parametrize(
    ("args", "code"),
    [([order()], "50014"), ([{**order(), "instIdCode": 5}], "51001"), ([row(instId="NOPE")], "0")],
)
def test_the_instrument_is_named_by_its_code_alone(desk: Desk, args: list[dict[str, object]], code: str) -> None:
    conn = desk.listen()
    assert ask(desk, conn, "order", *args)["data"][0]["sCode"] == code


def test_a_request_may_expire(desk: Desk) -> None:
    conn = desk.listen()
    late = ask(desk, conn, "order", row(), expTime=str(desk.now_ms - 1))
    assert (late["code"], late["data"][0]["sCode"]) == ("1", "50036")
    assert ask(desk, conn, "order", row(), expTime=desk.now_ms)["code"] == "0"


@pytest.mark.parametrize(
    ("op", "args", "frame"),
    [("order", [], {}), ("order", [row(), row()], {}), ("order", [row()], {"expTime": "soon"})],
)
def test_arguments_that_make_no_sense_are_refused(
    desk: Desk, op: str, args: list[dict[str, object]], frame: dict[str, object]
) -> None:
    conn = desk.listen()
    answer = ask(desk, conn, op, *args, **frame)
    assert (answer["code"], answer["data"]) == ("60013", [])
    assert desk.ask("trade/orders-pending") == []


def test_only_who_is_logged_in_may_trade(desk: Desk) -> None:
    conn = desk.open("private")
    answer = ask(desk, conn, "order", row())
    assert (answer["event"], answer["code"], answer["id"]) == ("error", "60011", "7")


def test_too_many_orders_are_refused_as_a_whole(desk: Desk) -> None:
    conn = desk.listen()
    for _ in range(60):
        assert ask(desk, conn, "order", row(sz="0.01"))["code"] == "0"
        desk.take(conn)
    answer = ask(desk, conn, "order", row(sz="0.01"))
    assert (answer["code"], answer["data"]) == ("50011", [])
