"""Order entry on the private socket."""

from typing import Any

from tests.sansio_exchange.simulation.bitget.desk import BTC, FUTURES, Desk, order


def arg(channel: str, **params: object) -> dict[str, Any]:
    return {"channel": channel, "id": "7", "instId": BTC, "instType": FUTURES, "params": params}


def params_of_an_order(**change: object) -> dict[str, object]:
    return {name: value for name, value in order(**change).items() if name != "symbol"}


def test_an_order_is_placed_and_cancelled(desk: Desk) -> None:
    conn = desk.login()
    desk.take(conn)
    told = desk.reply(conn, {"op": "trade", "args": [arg("place-order", **params_of_an_order(clientOid="mine"))]})
    assert (told["event"], told["code"], told["msg"]) == ("trade", 0, "Success")
    (about,) = told["arg"]
    assert (about["id"], about["channel"], about["instId"], about["instType"]) == ("7", "place-order", BTC, FUTURES)
    assert about["params"]["clientOid"] == "mine"
    assert desk.detail(about["params"])["orderId"] == about["params"]["orderId"]
    gone = desk.reply(conn, {"op": "trade", "args": [arg("cancel-order", clientOid="mine")]})
    assert (gone["event"], gone["arg"][0]["params"]) == ("trade", about["params"])
    assert desk.detail(about["params"])["state"] == "canceled"


def test_what_is_refused_is_told_with_its_id(desk: Desk) -> None:
    conn = desk.login()
    desk.take(conn)
    many = {"op": "trade", "args": [arg("place-order", **params_of_an_order(size="100", clientOid="big"))]}
    told = desk.reply(conn, many)
    assert (told["event"], told["code"], told["arg"][0]["id"]) == ("error", 25203, "7")
    assert told["arg"][0]["params"]["clientOid"] == "big"
    for change, code in (
        ({}, 25204),
        ({"id": "spade \u2660"}, 40017),
        ({"id": ""}, 40017),
        ({"instType": "SPOT"}, 40017),
        ({"instId": "NOPE"}, 40034),
        ({"params": "text"}, 40017),
        ({"channel": "dance"}, 30001),
    ):
        message = {"op": "trade", "args": [arg("cancel-order", orderId="1") | change]}
        assert desk.reply(conn, message)["code"] == code
    assert desk.reply(conn, {"op": "trade", "args": [arg("cancel-order")] * 2})["code"] == 30016
