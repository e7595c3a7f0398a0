"""The account: wallet, positions, settings."""

from decimal import Decimal

import pytest

from tests.sansio_exchange.simulation.bybit.desk import BTC, ETH, Desk, market_order

LEVERAGE = {"category": "linear", "symbol": BTC, "buyLeverage": "10", "sellLeverage": "10"}


def test_a_fresh_wallet(desk: Desk) -> None:
    (row,) = desk.rows("account/wallet-balance", accountType="UNIFIED")
    assert (row["accountType"], row["totalEquity"], row["totalAvailableBalance"]) == ("UNIFIED", "100000", "100000")
    (coin,) = row["coin"]
    assert (coin["coin"], coin["walletBalance"], coin["equity"], coin["availableToWithdraw"]) == (
        "USDT",
        "100000",
        "100000",
        "",
    )
    assert desk.rows("account/wallet-balance", accountType="UNIFIED", coin="BTC,ETH")[0]["coin"] == []
    assert desk.rows("account/wallet-balance", accountType="UNIFIED", coin="BTC,USDT")[0]["coin"] == [coin]
    assert desk.refusal("account/wallet-balance", accountType="SPOT") == 10001
    assert desk.refusal("account/wallet-balance") == 10001


def test_a_wallet_with_a_position_and_an_order_adds_up(desk: Desk) -> None:
    desk.place(**market_order(qty="1"))
    desk.place(symbol=ETH, price="3300", qty="10")
    (row,) = desk.rows("account/wallet-balance", accountType="UNIFIED")
    (coin,) = row["coin"]
    number = {
        name: Decimal(value)
        for name, value in (row | coin).items()
        if value and isinstance(value, str) and name not in {"accountType", "coin"}
    }
    assert number["walletBalance"] + number["unrealisedPnl"] == number["equity"] == number["totalEquity"]
    assert number["totalOrderIM"] + number["totalPositionIM"] == number["totalInitialMargin"]
    assert number["totalEquity"] - number["totalInitialMargin"] == pytest.approx(number["totalAvailableBalance"])
    assert number["totalOrderIM"] == 3300 * 10 / Decimal(20)
    assert number["walletBalance"] - 100_000 == number["cumRealisedPnl"] < 0, "the fee was paid"


def test_positions_are_unsigned_with_a_side(desk: Desk) -> None:
    assert desk.rows("position/list", settleCoin="USDT") == []
    desk.place(**market_order(side="Sell", qty="0.5"))
    (row,) = desk.rows("position/list", settleCoin="USDT")
    assert (row["symbol"], row["side"], row["size"], row["positionIdx"]) == (BTC, "Sell", "0.500", 0)
    assert float(row["positionValue"]) == pytest.approx(float(row["avgPrice"]) * 0.5)
    assert float(row["unrealisedPnl"]) == pytest.approx(
        (float(row["avgPrice"]) - float(row["markPrice"])) * 0.5, abs=1e-3
    )
    assert desk.rows("position/list", symbol=BTC) == [row]
    assert desk.rows("position/list", settleCoin="USDC") == []
    assert desk.rows("position/list", category="inverse") == []


def test_a_liquidation_price_out_of_range_is_left_out(desk: Desk) -> None:
    desk.place(**market_order(side="Sell", qty="0.5"))
    assert desk.rows("position/list", symbol=BTC)[0]["liqPrice"] == ""
    desk.place(**market_order(side="Sell", qty="5"))
    (row,) = desk.rows("position/list", symbol=BTC)
    assert float(row["liqPrice"]) > float(row["markPrice"])


def test_a_symbol_has_a_position_also_without_one(desk: Desk) -> None:
    (row,) = desk.rows("position/list", symbol=BTC)
    assert (row["side"], row["size"], row["avgPrice"], row["leverage"], row["seq"]) == ("", "0", "0", "20", -1)
    assert desk.refusal("position/list") == 10001
    assert desk.refusal("position/list", symbol="BTCUSD") == 10001


def test_realised_profit_counts_fees_and_starts_anew_with_a_position(desk: Desk) -> None:
    desk.place(**market_order(qty="0.1"))
    desk.place(**market_order(qty="0.1", side="Sell"))
    rows = desk.rows("execution/list", symbol=BTC)
    earned = sum(Decimal(row["execPnl"]) - Decimal(row["execFee"]) for row in rows)
    (flat,) = desk.rows("position/list", symbol=BTC)
    assert Decimal(flat["cumRealisedPnl"]) == Decimal(flat["curRealisedPnl"]) == earned < 0
    desk.place(**market_order(qty="0.1"))
    (row,) = desk.rows("position/list", symbol=BTC)
    assert Decimal(row["cumRealisedPnl"]) < Decimal(flat["cumRealisedPnl"]) < Decimal(row["curRealisedPnl"]) < 0


def test_leverage_is_set_for_both_sides_together(desk: Desk) -> None:
    assert desk.act("position/set-leverage", LEVERAGE)["result"] == {}
    assert desk.rows("position/list", symbol=BTC)[0]["leverage"] == "10"
    assert desk.code("position/set-leverage", LEVERAGE) == 110043


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sellLeverage": "11"}, 10001),
        ({"buyLeverage": "101", "sellLeverage": "101"}, 110013),
        ({"buyLeverage": "2.5", "sellLeverage": "2.5"}, 10001),
        ({"buyLeverage": "0", "sellLeverage": "0"}, 10001),
        ({"symbol": "BTCUSD"}, 10001),
        ({"category": "inverse"}, 10001),
    ],
)
def test_leverage_that_cannot_be_is_refused(desk: Desk, change: dict[str, str], code: int) -> None:
    assert desk.code("position/set-leverage", LEVERAGE | change) == code


def test_less_leverage_needs_margin(desk: Desk) -> None:
    desk.place(**market_order(qty="10"))
    assert desk.code("position/set-leverage", LEVERAGE | {"buyLeverage": "2", "sellLeverage": "2"}) == 110044


def test_the_account_is_unified_in_one_way_mode(desk: Desk) -> None:
    info = desk.ask("account/info")
    assert (info["unifiedMarginStatus"], info["marginMode"]) == (5, "REGULAR_MARGIN")
    key = desk.ask("user/query-api")
    assert (key["apiKey"], key["readOnly"], key["uta"]) == ("demo", 0, 1)
    assert key["permissions"]["ContractTrade"] == ["Order", "Position"]
    assert key["secret"] == ""


@pytest.mark.parametrize(("mode", "code"), [(0, 110025), (3, 110029), (1, 10001)])
def test_the_position_mode_stays(desk: Desk, mode: int, code: int) -> None:
    assert desk.code("position/switch-mode", {"category": "linear", "coin": "USDT", "mode": mode}) == code
    assert desk.code("position/switch-mode", {"category": "linear", "mode": mode}) == 10001


def test_fees_and_coins(desk: Desk) -> None:
    (row,) = desk.rows("account/fee-rate", symbol=BTC)
    assert (row["takerFeeRate"], row["makerFeeRate"]) == ("0.00055", "0.0002")
    assert len(desk.rows("account/fee-rate")) == 6
    assert desk.rows("account/fee-rate", category="spot") == []
    assert [row["coin"] for row in desk.ask("asset/coin/query-info", coin="USDT")["rows"]] == ["USDT"]
    assert len(desk.ask("asset/coin/query-info")["rows"]) == 7
