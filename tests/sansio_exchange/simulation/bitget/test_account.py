"""The account: balance, positions, settings, bills."""

from decimal import Decimal
from typing import Any

import pytest

from tests.sansio_exchange.simulation.bitget.desk import (
    BTC,
    START_MS,
    Desk,
    market_order,
    refused,
    signature,
    sleepy_venue,
)

BALANCE = {"symbol": BTC, "marginCoin": "USDT"}


def balance(desk: Desk) -> Any:
    (row,) = desk.ask("mix/account/accounts")
    return row


def test_an_account_at_rest_is_all_equal(desk: Desk) -> None:
    row = balance(desk)
    names = ("available", "crossedMaxAvailable", "maxTransferOut", "accountEquity", "usdtEquity")
    assert {row[name] for name in names} == {"100000"}
    assert (row["unrealizedPL"], row["locked"], row["assetMode"], row["crossedRiskRate"]) == ("", "0", "single", "0")


def test_an_open_order_is_deducted_from_what_new_orders_may_use_only(desk: Desk) -> None:
    desk.place(size="0.2", price="91000")
    row = balance(desk)
    assert (row["available"], row["locked"], row["crossedMaxAvailable"]) == ("100000", "910", "99090")


def test_a_position_has_a_side_and_a_size_without_sign(desk: Desk) -> None:
    desk.place(**market_order(side="sell", size="0.1"))
    desk.place(side="buy", price="91000", size="0.03", reduceOnly="YES")
    (held,) = desk.ask("mix/position/all-position", marginCoin="USDT")
    assert (held["symbol"], held["holdSide"], held["total"], held["locked"], held["available"]) == (
        BTC,
        "short",
        "0.1",
        "0.03",
        "0.07",
    )
    assert (held["posMode"], held["marginMode"], held["leverage"]) == ("one_way_mode", "crossed", "20")
    assert desk.ask("mix/position/single-position", **BALANCE) == [held | {"autoMargin": "off"}]
    row = balance(desk)
    profit = Decimal(row["accountEquity"]) - Decimal(row["available"])
    assert profit == Decimal(row["unrealizedPL"]) == Decimal(held["unrealizedPL"])


def test_what_is_not_held_is_not_listed(desk: Desk) -> None:
    assert desk.ask("mix/position/all-position") == []
    assert desk.ask("mix/position/single-position", **BALANCE) == []
    assert desk.ask("mix/position/all-position", productType="usdc-futures") == []
    assert desk.ask("mix/account/accounts", productType="coin-futures") == []


def test_leverage_is_set_and_told(desk: Desk) -> None:
    told = desk.act("mix/account/set-leverage", leverage="25", **BALANCE)
    assert (told["crossMarginLeverage"], told["marginMode"]) == ("25", "crossed")
    row = desk.ask("mix/account/account", **BALANCE)
    assert (row["crossedMarginLeverage"], row["posMode"], row["marginMode"]) == ("25", "one_way_mode", "crossed")
    priority = desk.act("mix/account/set-leverage", leverage="25", longLeverage="30", **BALANCE)
    assert priority["crossMarginLeverage"] == "30"


@pytest.mark.parametrize(
    ("leverage", "code"), [("126", "40053"), ("0", "40020"), ("1.5", "40020"), ("", "40019"), ("x", "40020")]
)
def test_leverage_that_cannot_be_is_refused(desk: Desk, leverage: str, code: str) -> None:
    assert desk.refusal("POST", "mix/account/set-leverage", leverage=leverage, **BALANCE) == (400, code)


def test_less_leverage_than_the_margin_carries_is_refused(desk: Desk) -> None:
    desk.place(**market_order(size="10"))
    assert desk.refusal("POST", "mix/account/set-leverage", leverage="1", **BALANCE) == (200, "40893")


def test_modes_that_are_not_offered_are_refused(desk: Desk) -> None:
    path = "mix/account/set-position-mode"
    assert desk.act(path, posMode="one_way_mode") == {"posMode": "one_way_mode"}
    assert desk.refusal("POST", path, posMode="hedge_mode") == (400, "40805")
    desk.jump(1000)
    assert desk.refusal("POST", path, posMode="nope") == (400, "40020")
    path = "mix/account/set-margin-mode"
    assert desk.act(path, marginMode="crossed", **BALANCE)["marginMode"] == "crossed"
    assert desk.refusal("POST", path, marginMode="isolated", **BALANCE) == (400, "40805")


def test_fee_rates_are_told(desk: Desk) -> None:
    rates = desk.ask("common/trade-rate", symbol=BTC, businessType="mix")
    assert rates == {"makerFeeRate": "0.0002", "takerFeeRate": "0.0006"}


def test_funding_is_paid_and_stands_in_the_bills() -> None:
    desk = Desk(machine=sleepy_venue(START_MS))
    desk.place(**market_order(size="0.1"))
    before = Decimal(balance(desk)["available"])
    desk.jump(9 * 3_600_000)
    (bill,) = desk.ask("mix/account/bill")["bills"]
    assert (bill["symbol"], bill["businessType"], bill["coin"]) == (BTC, "contract_settle_fee", "USDT")
    assert before + Decimal(bill["amount"]) == Decimal(balance(desk)["available"])
    assert desk.ask("mix/account/bill", idLessThan=bill["billId"]) == {"bills": [], "endId": None}
    assert desk.ask("mix/account/bill", businessType="open_long")["bills"] == []
    assert desk.ask("mix/account/bill", endTime=START_MS)["bills"] == []


def test_a_key_may_read_and_trade_futures(desk: Desk) -> None:
    assert desk.ask("spot/account/info")["authorities"] == ["coow", "cpow"]


def test_it_is_no_unified_account(desk: Desk) -> None:
    path = "/api/v3/account/settings"
    headers = {
        "access-key": "demo",
        "access-passphrase": "demo",
        "access-timestamp": str(desk.now_ms),
        "access-sign": signature(f"{desk.now_ms}GET{path}"),
    }
    assert refused(desk.send("GET", path, headers=headers)) == (200, "25245")
