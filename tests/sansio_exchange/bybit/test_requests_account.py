"""What is asked of the account, and what keeps it from trading."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Balance, MarginMode
from sansio_exchange.bybit import Bybit
from sansio_exchange.commands import GetAccount, GetBalance, GetPositions
from sansio_exchange.errors import InvalidRequest, PermissionDenied, UnexpectedReply
from sansio_exchange.venue import Request
from tests.sansio_exchange.bybit.payloads import (
    ACCOUNT_INFO,
    KEY,
    TIME_MS,
    bybit,
    coin,
    listed,
    position,
    reply,
    wallet,
)
from tests.sansio_exchange.recipes import run


@pytest.fixture
def venue() -> Bybit:
    return bybit()


def test_the_account_is_told_as_unified(venue: Bybit) -> None:
    account, requests = run(venue.recipe(GetAccount()), [reply({"list": [wallet()]}), listed(position())])
    assert (account.wallet_balance, account.margin_balance, account.available_balance) == (
        *(Decimal("1000.5"), Decimal(1030), Decimal(870)),
    )
    assert (account.maintenance_margin, account.adjusted_equity) == (Decimal("7.5"), Decimal(1031))
    assert (account.is_unified, account.margin_mode, account.update_ms) == (True, MarginMode.UNIFIED, TIME_MS)
    assert account.balances[0] == Balance("USDT", Decimal("1000.5"), Decimal(870))
    assert [each.size for each in account.positions] == [Decimal("-0.3")]
    assert [(request.path, dict(request.params)) for request in requests] == [
        ("/v5/account/wallet-balance", {"accountType": "UNIFIED"}),
        ("/v5/position/list", {"category": "linear", "settleCoin": "USDT", "limit": 200}),
    ]


def test_positions_are_read_page_by_page(venue: Bybit) -> None:
    full = [position(symbol=f"C{number}USDT") for number in range(200)]
    positions, requests = run(venue.recipe(GetPositions()), listed(*full, cursor="a"), listed(position()))
    assert (len(positions), len(requests)) == (201, 2)
    account, _ = run(
        venue.recipe(GetAccount()),
        [reply({"list": [wallet()]}), listed(*full, cursor="a")],
        listed(*full, cursor="a"),
        listed(position()),
    )
    assert len(account.positions) == 201


def test_positions_of_a_symbol(venue: Bybit) -> None:
    empty = position(side="", size="0")
    positions, (request,) = run(venue.recipe(GetPositions("BTCUSDT")), listed(empty, position(symbol="BTCPERP")))
    assert positions == ()
    assert request.params["symbol"] == "BTCUSDT"
    (long,), _ = run(venue.recipe(GetPositions("BTCUSDT")), listed(position(side="Buy", leverage="2.5", liqPrice="9")))
    assert (long.size, long.leverage, long.liquidation_price, long.margin_type) == (
        *(Decimal("0.3"), 2, Decimal(9), "cross"),
    )
    (isolated,), _ = run(venue.recipe(GetPositions("BTCUSDT")), listed(position(tradeMode=1)))
    assert (isolated.margin_type, isolated.isolated_margin) == ("isolated", Decimal(1560))


def test_a_balance(venue: Bybit) -> None:
    answer = reply({"list": [wallet(coin(), coin(coin="BTC", walletBalance="0.5"))]})
    assert run(venue.recipe(GetBalance("btc")), answer)[0] == Decimal("0.5")
    assert run(venue.recipe(GetBalance("ETH")), answer)[0] == 0
    with pytest.raises(InvalidRequest):
        venue.recipe(GetBalance(""))


@pytest.mark.parametrize(
    "wallets", [[], [wallet(), wallet()], [wallet(coin(walletBalance=""))], [wallet(totalMarginBalance="")]]
)
def test_a_wallet_that_does_not_say_enough_is_unexpected(venue: Bybit, wallets: list[Any]) -> None:
    with pytest.raises(UnexpectedReply):
        run(venue.recipe(GetAccount()), [reply({"list": wallets}), listed()])


def checked(key: Any = None, info: Any = None, rows: Any = (), open_rows: Any = ()) -> list[Request]:
    answers = [
        reply({**KEY, **(key or {})}),
        reply({**ACCOUNT_INFO, **(info or {})}),
        listed(*rows),
        listed(*open_rows),
    ]
    return run(bybit().check(), answers)[1]


def test_a_key_that_may_trade_passes() -> None:
    requests = checked(rows=[position(side="", size="0")], open_rows=[position()])
    assert [request.path for request in requests] == [
        *("/v5/user/query-api", "/v5/account/info", "/v5/position/list", "/v5/position/list"),
    ]
    checked(info={"marginMode": "PORTFOLIO_MARGIN", "unifiedMarginStatus": 3})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"key": {"readOnly": 1}}, "may not place orders"),
        ({"key": {"permissions": {"ContractTrade": ["Position"]}}}, "may not place orders"),
        ({"key": {"permissions": {"ContractTrade": None, "Spot": ["SpotTrade"]}}}, "may not place orders"),
        ({"info": {"unifiedMarginStatus": 1}}, "unified trading account"),
        ({"info": {"marginMode": "ISOLATED_MARGIN"}}, "isolated margin"),
        ({"rows": [position(side="", size="0", positionIdx=1)]}, "hedge mode"),
        ({"open_rows": [position(symbol="ETHUSDT", positionIdx=2)]}, "hedge mode"),
    ],
)
def test_what_keeps_an_account_from_trading_is_said(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(PermissionDenied, match=words):
        checked(**wrong)
