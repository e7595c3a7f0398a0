"""Balance, positions and settings."""

import json
from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.simulation.okx.account import amount, user_id
from tests.sansio_exchange.simulation.okx.desk import BTC, ETH, Desk, market_order, order, refused

CROSS = {"instId": BTC, "mgnMode": "cross"}


def detail(desk: Desk) -> dict[str, Decimal]:
    (row,) = desk.ask("account/balance")
    (found,) = row["details"]
    assert found["ccy"] == "USDT"
    return {name: Decimal(found[name] or 0) for name in ("eq", "cashBal", "availEq", "upl", "imr", "mmr", "ordFrozen")}


def test_an_untouched_balance_is_free(desk: Desk) -> None:
    found = detail(desk)
    assert found["eq"] == found["cashBal"] == found["availEq"] == 100_000
    assert found["imr"] == found["upl"] == 0
    assert desk.ask("account/balance", ccy="BTC")[0]["details"] == []


def test_positions_and_orders_hold_margin(desk: Desk) -> None:
    desk.place(sz="10")
    ordered = detail(desk)
    assert ordered["ordFrozen"] == ordered["imr"] == Decimal(91000) * 10 * Decimal("0.01") / 20
    desk.place(**market_order(sz="10"))
    desk.wait(5000)
    found = detail(desk)
    (position,) = desk.ask("account/positions")
    assert found["eq"] == found["cashBal"] + found["upl"]
    assert found["upl"] == Decimal(position["upl"])
    assert found["mmr"] == Decimal(position["mmr"]) == Decimal(position["notionalUsd"]) * Decimal("0.004")
    assert Decimal(position["imr"]) == Decimal(position["notionalUsd"]) / 20
    assert found["imr"] == Decimal(position["imr"]) + found["ordFrozen"]
    assert found["availEq"] == found["eq"] - found["imr"]


def test_a_short_position_is_negative(desk: Desk) -> None:
    desk.place(**market_order(side="sell", sz="3"))
    (position,) = desk.ask("account/positions", instType="SWAP")
    assert (position["pos"], position["posSide"], position["mgnMode"]) == ("-3", "net", "cross")
    assert desk.ask("account/positions", instId=ETH) == desk.ask("account/positions", instType="FUTURES") == []
    assert desk.ask("account/positions", posId=position["posId"]) == [position]


def test_the_account_is_in_futures_and_net_mode(desk: Desk) -> None:
    (config,) = desk.ask("account/config")
    assert (config["acctLv"], config["posMode"], config["perm"]) == ("2", "net_mode", "read_only,trade")
    assert desk.act("account/set-position-mode", {"posMode": "net_mode"})["data"] == [{"posMode": "net_mode"}]
    assert desk.act("account/set-position-mode", {"posMode": "long_short_mode"})["code"] == "50062"


def test_leverage_is_set_and_told(desk: Desk) -> None:
    assert desk.act("account/set-leverage", CROSS | {"lever": "7"})["code"] == "0"
    (first, second) = desk.ask("account/leverage-info", instId=f"{BTC},{ETH}", mgnMode="cross")
    assert (first["lever"], first["posSide"], second["lever"]) == ("7", "net", "20")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lever": "101"}, 200, "59102"),
        ({"lever": "0"}, 400, "51000"),
        ({"lever": "1.5"}, 400, "51000"),
        ({"lever": ""}, 400, "50014"),
        ({"mgnMode": "isolated"}, 200, "50062"),
        ({"mgnMode": "none"}, 400, "51000"),
        ({"instId": "NOPE"}, 200, "51001"),
    ],
)
def test_leverage_that_cannot_be_is_refused(desk: Desk, change: dict[str, Any], status: int, code: str) -> None:
    body = json.dumps(CROSS | {"lever": "5"} | change)
    assert refused(desk.signed("POST", "account/set-leverage", body=body)) == (status, code)


def test_less_leverage_needs_margin(desk: Desk) -> None:
    desk.place(**order(sz="1500"))
    assert desk.act("account/set-leverage", CROSS | {"lever": "2"})["code"] == "59108"


def test_fees_are_negative_and_those_of_usdt_contracts_apart(desk: Desk) -> None:
    (fees,) = desk.ask("account/trade-fee", instType="SWAP", instFamily="BTC-USDT")
    assert (fees["makerU"], fees["takerU"]) == ("-0.0002", "-0.0005")


def test_coins_can_neither_come_nor_go(desk: Desk) -> None:
    assert {each["ccy"] for each in desk.ask("asset/currencies")} >= {"USDT", "BTC"}
    assert not any(each["canWd"] or each["canDep"] for each in desk.ask("asset/currencies"))


def test_amounts_have_eight_decimals_at_most() -> None:
    assert amount(Decimal("1.123456789")) == "1.12345679"
    assert amount(Decimal("-0.000000001")) == "0"


def test_users_have_numbers_of_their_own() -> None:
    assert user_id("a") == user_id("a") != user_id("b")
    assert user_id("a").isdigit()
