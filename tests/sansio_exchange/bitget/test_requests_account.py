"""The account, and whether the key may trade."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.account import Account, Balance, MarginMode
from sansio_exchange.commands import GetAccount, GetBalance, GetPositions
from sansio_exchange.errors import ExchangeError, InvalidRequest, PermissionDenied, RateLimited, UnexpectedReply
from tests.sansio_exchange.bitget.asking import do
from tests.sansio_exchange.bitget.payloads import KEY, NOW, SETTINGS, account, bitget, position, reply
from tests.sansio_exchange.recipes import run


def test_the_account_with_its_positions() -> None:
    found, asked = do(GetAccount(), [reply([account()]), reply([position(), position(symbol="BTCUSDM24")])])
    assert [(request.path, request.costs) for request in asked] == [
        ("/api/v2/mix/account/accounts", {"accounts": 1, "everything": 1}),
        ("/api/v2/mix/position/all-position", {"positions": 1, "everything": 1}),
    ]
    assert isinstance(found, Account)
    assert (found.wallet_balance, found.margin_balance) == (Decimal("1000.5"), Decimal(1003))
    assert (found.available_balance, found.maintenance_margin) == (Decimal(977), Decimal("7.5225"))
    assert (found.is_unified, found.margin_mode) == (False, MarginMode.REGULAR)
    assert found.balances == (Balance("USDT", Decimal("1000.5"), Decimal(977)),)
    assert [each.size for each in found.positions] == [Decimal("-0.03")]
    assert found.update_ms == NOW


def test_an_account_of_many_assets() -> None:
    union = account(
        assetMode="union",
        unionTotalMargin="5000",
        unionAvailable="4000",
        unionMm="15",
        assetList=[{"coin": "BTC", "balance": "1.2", "available": "1.1"}, {"coin": "USDT", "balance": "9"}],
    )
    found, _ = do(GetAccount(), [reply([union]), reply(None)])
    assert (found.wallet_balance, found.margin_balance, found.available_balance) == (Decimal("1000.5"), 5000, 4000)
    assert (found.maintenance_margin, found.is_unified, found.margin_mode) == (15, True, MarginMode.UNIFIED)
    assert found.balances[1:] == (Balance("BTC", Decimal("1.2"), Decimal("1.1")),)


@pytest.mark.parametrize(
    ("changes", "wallet"),
    [
        ({"unrealizedPL": "", "crossedUnrealizedPL": "3", "isolatedUnrealizedPL": "-1"}, "1001"),
        ({"unrealizedPL": "", "crossedUnrealizedPL": None, "isolatedUnrealizedPL": None}, "1003"),
        ({"unrealizedPL": "-2.5"}, "1005.5"),
    ],
)
def test_the_unrealised_profit_is_told_in_one_field_or_two(changes: dict[str, Any], wallet: str) -> None:
    assert do(GetBalance("USDT"), reply([account(**changes)]))[0] == Decimal(wallet)


def test_an_account_that_holds_nothing_or_says_nothing() -> None:
    found, _ = do(GetAccount(), [reply([]), reply([])])
    assert (found.wallet_balance, found.margin_balance, found.positions) == (0, 0, ())
    with pytest.raises(UnexpectedReply, match="equity"):
        do(GetAccount(), [reply([account(accountEquity="")]), reply([])])
    with pytest.raises(RateLimited):
        do(GetAccount(), [reply([account()]), RateLimited("no")])


def test_positions_of_one_symbol_and_of_all() -> None:
    (found,), (asked,) = do(GetPositions("BTCUSDT"), reply([position(), position(total="0")]))
    assert asked.path == "/api/v2/mix/position/single-position"
    assert asked.params == {"productType": "USDT-FUTURES", "symbol": "BTCUSDT", "marginCoin": "USDT"}
    assert (found.size, found.leverage, found.entry_price) == (Decimal("-0.03"), 20, Decimal(52000))
    assert do(GetPositions(), reply([position()]))[1][0].path == "/api/v2/mix/position/all-position"
    with pytest.raises(PermissionDenied):
        do(GetPositions(), reply([position(posMode="hedge_mode")]))


def test_a_balance() -> None:
    amount, (asked,) = do(GetBalance("usdt"), reply([account()]))
    assert (amount, asked.params) == (Decimal("1000.5"), {"productType": "USDT-FUTURES"})
    assert do(GetBalance("XYZ"), reply([account()]))[0] == 0
    for asset in ("", "U,S", "U&T"):
        with pytest.raises(InvalidRequest):
            do(GetBalance(asset))


def test_the_check_passes_for_a_key_that_may_trade_in_one_way_mode() -> None:
    result, asked = run(bitget().check(), [reply(SETTINGS), reply(KEY)])
    assert result is None
    assert [(request.path, request.costs) for request in asked] == [
        ("/api/v2/mix/account/account", {"account": 1, "everything": 1}),
        ("/api/v2/spot/account/info", {"account_info": 1, "everything": 1}),
    ]
    assert asked[0].params == {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}
    assert run(bitget().check(), [reply(SETTINGS), reply({**KEY, "authorities": ["trade", "readonly"]})])[0] is None


def test_multi_assets_mode_is_unified_margin_whoever_tells_of_it_first() -> None:
    venue = bitget()
    told = []
    for recipe, answers in (
        (venue.check(), [reply({**SETTINGS, "assetMode": "union"}), reply(KEY)]),
        (venue.recipe(GetAccount()), [reply([account(assetMode="single")]), reply([])]),
        (venue.recipe(GetAccount()), [reply([account(assetMode="union", unionTotalMargin="5")]), reply([])]),
    ):
        run(recipe, answers)
        told.append(venue.is_unified_margin)
    assert told == [True, False, True]


def test_a_key_for_futures_alone_cannot_ask_what_it_may_do() -> None:
    assert run(bitget().check(), [reply(SETTINGS), PermissionDenied("40014")])[0] is None


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ((reply(SETTINGS), reply({**KEY, "authorities": ["coor", "cpor"]})), PermissionDenied, "may not trade"),
        ((reply(SETTINGS), reply({**KEY, "authorities": ["readonly"]})), PermissionDenied, "readonly"),
        ((reply(SETTINGS), reply({**KEY, "authorities": None})), PermissionDenied, "nothing"),
        ((reply({**SETTINGS, "posMode": "hedge_mode"}), reply(KEY)), PermissionDenied, "one-way mode"),
        ((PermissionDenied("40014"), reply(KEY)), PermissionDenied, "40014"),
        ((reply(SETTINGS), RateLimited("slower")), RateLimited, "slower"),
        ((reply(None), reply(KEY)), UnexpectedReply, "account"),
    ],
)
def test_the_check_says_what_is_wrong(answers: tuple[Any, Any], kind: type[ExchangeError], words: str) -> None:
    with pytest.raises(kind, match=words):
        run(bitget().check(), [*answers])
