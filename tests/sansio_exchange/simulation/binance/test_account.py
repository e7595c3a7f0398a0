"""The account: balances, positions, settings, income."""

from decimal import Decimal

import pytest

from tests.sansio_exchange.simulation.binance.desk import Desk, market_order

BTC = {"symbol": "BTCUSDT"}
FUNDING_MS = 1_700_006_400_000
"""2023-11-15 00:00 UTC; funding is settled every eight hours."""


def test_a_new_account_has_its_balance_and_nothing_else(desk: Desk) -> None:
    (asset,) = desk.call("GET", "v2/balance")
    assert (asset["asset"], asset["balance"], asset["availableBalance"]) == (
        "USDT",
        "100000.00000000",
        "100000.00000000",
    )
    assert desk.call("GET", "v3/account")["positions"] == []
    assert desk.call("GET", "v3/positionRisk") == []
    assert {each["positionAmt"] for each in desk.call("GET", "v2/positionRisk", **BTC)} == {"0.000"}


@pytest.mark.parametrize(("side", "size"), [("BUY", "0.010"), ("SELL", "-0.010")])
def test_a_position_shows_everywhere_with_its_sign(desk: Desk, side: str, size: str) -> None:
    traded = desk.call("POST", "v1/order", **market_order(side=side))
    (new,) = desk.call("GET", "v3/positionRisk", **BTC)
    (old,) = desk.call("GET", "v2/positionRisk", **BTC)
    (held,) = desk.call("GET", "v3/account")["positions"]
    assert new["positionAmt"] == old["positionAmt"] == held["positionAmt"] == size
    assert Decimal(new["entryPrice"]) == Decimal(traded["avgPrice"])
    assert new["unRealizedProfit"] == old["unRealizedProfit"] == held["unrealizedProfit"]
    listed = {each["symbol"]: each for each in desk.call("GET", "v2/account")["positions"]}
    assert listed["BTCUSDT"]["positionAmt"] == size
    assert listed["ETHUSDT"]["positionAmt"] == "0.000"


def test_margin_is_held_for_positions_and_orders(desk: Desk) -> None:
    desk.call("POST", "v1/leverage", leverage=10, **BTC)
    desk.call("POST", "v1/order", **market_order())
    desk.place()
    account = desk.call("GET", "v3/account")
    notional = abs(Decimal(account["positions"][0]["notional"]))
    assert Decimal(account["totalPositionInitialMargin"]) == pytest.approx(notional / 10)
    assert Decimal(account["totalOpenOrderInitialMargin"]) > 0
    held = Decimal(account["totalPositionInitialMargin"]) + Decimal(account["totalOpenOrderInitialMargin"])
    assert Decimal(account["availableBalance"]) == pytest.approx(Decimal(account["totalMarginBalance"]) - held)


def test_leverage_is_set_within_bounds(desk: Desk) -> None:
    assert desk.call("POST", "v1/leverage", leverage=33, **BTC)["leverage"] == 33
    assert desk.call("GET", "v1/symbolConfig", **BTC)[0]["leverage"] == 33
    assert desk.refusal("POST", "v1/leverage", leverage=126, **BTC) == (400, -4028)
    assert desk.refusal("POST", "v1/leverage", leverage=0, **BTC) == (400, -4028)
    assert desk.refusal("POST", "v1/leverage", **BTC) == (400, -1102)


def test_modes_can_be_asked_for_and_not_changed(desk: Desk) -> None:
    assert desk.call("GET", "v1/positionSide/dual") == {"dualSidePosition": False}
    assert desk.refusal("POST", "v1/positionSide/dual", dualSidePosition="false") == (400, -4059)
    assert desk.refusal("POST", "v1/positionSide/dual", dualSidePosition="true") == (400, -4084)
    assert desk.call("GET", "v1/multiAssetsMargin") == {"multiAssetsMargin": False}
    assert desk.refusal("POST", "v1/multiAssetsMargin", multiAssetsMargin="true") == (400, -4084)
    assert desk.refusal("POST", "v1/marginType", marginType="CROSSED", **BTC) == (400, -4046)
    assert desk.refusal("POST", "v1/marginType", marginType="ISOLATED", **BTC) == (400, -4084)
    assert desk.call("GET", "v1/accountConfig")["canTrade"] is True


def test_the_told_fees_are_the_charged_ones(desk: Desk) -> None:
    rates = desk.call("GET", "v1/commissionRate", **BTC)
    desk.call("POST", "v1/order", **market_order())
    (fill,) = desk.call("GET", "v1/userTrades", **BTC)
    paid = Decimal(fill["commission"]) / (Decimal(fill["price"]) * Decimal(fill["qty"]))
    assert paid == pytest.approx(Decimal(rates["takerCommissionRate"]))


def test_the_told_maintenance_rate_is_the_applied_one(desk: Desk) -> None:
    desk.call("POST", "v1/order", **market_order())
    (brackets,) = desk.call("GET", "v1/leverageBracket", **BTC)
    account = desk.call("GET", "v3/account")
    notional = Decimal(account["positions"][0]["notional"])
    expected = notional * Decimal(str(brackets["brackets"][0]["maintMarginRatio"]))
    assert Decimal(account["totalMaintMargin"]) == pytest.approx(expected)


def test_income_lists_what_moved_the_wallet(desk: Desk) -> None:
    desk.call("POST", "v1/order", **market_order())
    desk.wait(60_000)
    desk.call("POST", "v1/order", **market_order(side="SELL"))
    rows = desk.call("GET", "v1/income")
    assert {each["incomeType"] for each in rows} == {"COMMISSION", "REALIZED_PNL"}
    wallet = Decimal(desk.call("GET", "v3/balance")[0]["balance"])
    assert wallet == 100_000 + sum(Decimal(each["income"]) for each in rows)
    commissions = desk.call("GET", "v1/income", incomeType="COMMISSION", **BTC)
    assert len(commissions) == 2


def test_funding_is_income_too() -> None:
    desk = Desk(start_ms=FUNDING_MS - 2000)
    desk.call("POST", "v1/order", **market_order())
    desk.wait(3000)
    (funding,) = desk.call("GET", "v1/income", incomeType="FUNDING_FEE")
    assert (funding["symbol"], funding["asset"]) == ("BTCUSDT", "USDT")
    rows = desk.call("GET", "v1/income")
    wallet = Decimal(desk.call("GET", "v3/balance")[0]["balance"])
    assert wallet == 100_000 + sum(Decimal(each["income"]) for each in rows)
