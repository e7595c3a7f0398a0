"""The account: what it holds, what it may be set to, what moved its balance."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.sansio_exchange.simulation.gate.desk import BTC, ETH, START_MS, USER, Desk, market_order


def test_an_untouched_account(desk: Desk) -> None:
    row = desk.ask("accounts")
    assert (row["total"], row["available"], row["currency"], row["user"]) == ("100000", "100000", "USDT", USER)
    assert (row["in_dual_mode"], row["position_mode"], row["margin_mode"], row["enable_credit"]) == (
        False,
        "single",
        0,
        False,
    )
    assert row["history"]["dnw"] == "100000"
    assert desk.ask("positions") == []
    assert desk.ask(f"positions/{BTC}")["size"] == 0
    assert desk.refusal("GET", "positions/GONE_USDT") == (400, "CONTRACT_NOT_FOUND")


def test_a_position_binds_margin(desk: Desk) -> None:
    desk.place(**market_order(size=-1000))
    desk.wait(10_000)
    row, (position,) = desk.ask("accounts"), desk.ask("positions", holding="true")
    assert (position["size"], position["contract"], position["cross_leverage_limit"]) == (-1000, BTC, "20")
    size, mark = Decimal("-0.1"), Decimal(position["mark_price"])
    assert Decimal(position["unrealised_pnl"]) == size * (mark - Decimal(position["entry_price"]))
    assert Decimal(position["value"]) == abs(size * mark)
    assert Decimal(row["position_margin"]) == Decimal(position["initial_margin"]) == abs(size * mark) / 20
    assert Decimal(row["maintenance_margin"]) == abs(size * mark) * Decimal("0.004")
    total, unrealised = Decimal(row["total"]), Decimal(row["unrealised_pnl"])
    assert total + unrealised == Decimal(row["cross_margin_balance"])
    assert Decimal(row["available"]) < total
    assert Decimal(position["liq_price"]) > mark


def test_an_order_binds_margin(desk: Desk) -> None:
    desk.place(size=2000)
    assert Decimal(desk.ask("accounts")["order_margin"]) == Decimal("0.2") * 91_000 / 20
    assert desk.ask(f"positions/{BTC}")["pending_orders"] == 1


def test_a_closed_position_stays_in_the_list_of_all(desk: Desk) -> None:
    desk.place(**market_order())
    desk.place(**market_order(size=0, close=True))
    assert [(row["contract"], row["size"], row["entry_price"]) for row in desk.ask("positions")] == [(BTC, 0, "0")]
    assert desk.ask("positions", holding="true") == []


@pytest.mark.parametrize(
    ("leverage", "cross", "label"),
    [
        ("0", "101", "LEVERAGE_TOO_HIGH"),
        ("0", "0.5", "LEVERAGE_TOO_LOW"),
        ("0", "2.5", "INVALID_PARAM_VALUE"),
        ("10", "", "BAD_REQUEST"),
        ("x", "5", "INVALID_PARAM_VALUE"),
        ("0", "", "MISSING_REQUIRED_PARAM"),
    ],
)
def test_leverage_that_cannot_be_set(desk: Desk, leverage: str, cross: str, label: str) -> None:
    path = f"positions/{BTC}/leverage"
    assert desk.refusal("POST", path, leverage=leverage, cross_leverage_limit=cross) == (400, label)
    assert desk.ask(f"positions/{BTC}")["cross_leverage_limit"] == "20"


def test_leverage_is_set_for_one_contract(desk: Desk) -> None:
    row = desk.act("POST", f"positions/{BTC}/leverage", leverage=0, cross_leverage_limit=50)
    assert (row["contract"], row["leverage"], row["cross_leverage_limit"]) == (BTC, "0", "50")
    assert desk.ask(f"positions/{ETH}")["cross_leverage_limit"] == "20"


def test_dual_mode_is_not_to_be_had(desk: Desk) -> None:
    assert desk.refusal("POST", "dual_mode", dual_mode="true") == (400, "BAD_REQUEST")
    assert desk.refusal("POST", "dual_mode", dual_mode="false") == (400, "NO_CHANGE")


def test_every_change_of_the_balance_is_booked(desk: Desk) -> None:
    desk.place(**market_order(size=500))
    desk.wait(30_000)
    desk.place(**market_order(size=0, close=True))
    rows = desk.ask("account_book")
    assert {row["type"] for row in rows} <= {"fee", "pnl"}
    assert rows[0]["balance"] == desk.ask("accounts")["total"]
    for newer, older in pairwise(rows):
        assert Decimal(newer["balance"]) - Decimal(newer["change"]) == Decimal(older["balance"])
    assert Decimal(rows[-1]["balance"]) - Decimal(rows[-1]["change"]) == 100_000
    fees = desk.ask("account_book", type="fee")
    assert sum(Decimal(row["change"]) for row in fees) == Decimal(desk.ask("accounts")["history"]["fee"])
    assert desk.ask("account_book", contract=ETH) == []
    assert len(desk.ask("account_book", to=START_MS // 1000)) < len(rows)
    assert desk.ask("account_book", limit=1, offset=1) == rows[1:2]


def test_who_the_key_belongs_to_and_what_it_pays(desk: Desk) -> None:
    detail, mode, fee = (
        json.loads(desk.signed("GET", path).body) for path in ("account/detail", "unified/unified_mode", "wallet/fee")
    )
    assert (detail["user_id"], detail["key"]["mode"], mode["mode"]) == (USER, 1, "classic")
    assert (fee["futures_maker_fee"], fee["futures_taker_fee"]) == ("0.0002", "0.0005")
    assert desk.ask("fee", contract=BTC) == {BTC: {"maker_fee": "0.0002", "taker_fee": "0.0005"}}
    assert len(desk.ask("fee")) == 6
