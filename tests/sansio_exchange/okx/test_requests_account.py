"""The account, its positions, and whether the key may trade."""

from decimal import Decimal

import pytest

from sansio_exchange.account import Account, MarginMode
from sansio_exchange.commands import GetAccount, GetBalance, GetPositions
from sansio_exchange.errors import InvalidRequest, PermissionDenied
from tests.sansio_exchange.okx.asking import do
from tests.sansio_exchange.okx.payloads import CONFIG, balance, okx, position, reply
from tests.sansio_exchange.recipes import run


def test_the_account_with_its_positions() -> None:
    account, asked = do(GetAccount(), [reply(balance()), reply(position(), position(instId="BTC-USD-SWAP"))])
    assert [(request.path, request.costs) for request in asked] == [
        ("/api/v5/account/balance", {"balance": 1}),
        ("/api/v5/account/positions", {"positions": 1}),
    ]
    assert isinstance(account, Account)
    assert (account.wallet_balance, account.margin_balance) == (Decimal("1000.5"), Decimal(1003))
    assert (account.available_balance, account.maintenance_margin) == (Decimal(977), Decimal("7.5"))
    assert (account.is_unified, account.margin_mode) == (True, MarginMode.UNIFIED)
    assert [position.size for position in account.positions] == [Decimal("-0.03")]
    assert account.update_ms == 1705474164160


def test_positions_of_one_symbol() -> None:
    (found,), (asked,) = do(GetPositions("BTCUSDT"), reply(position(), position(pos="0")))
    assert asked.params == {"instType": "SWAP", "instId": "BTC-USDT-SWAP"}
    assert (found.size, found.leverage, found.entry_price) == (Decimal("-0.03"), 5, Decimal(52000))
    with pytest.raises(PermissionDenied):
        do(GetPositions(), reply(position(posSide="short")))


def test_a_position_in_isolated_margin_is_refused_by_name_and_a_closed_one_is_none() -> None:
    """Both may exist of one symbol, and orders change the one in cross margin alone."""
    isolated = position(mgnMode="isolated", pos="7", margin="12.5")
    for rows in ((isolated,), (position(), isolated), (isolated, position())):
        for action, answer in ((GetPositions(), reply(*rows)), (GetAccount(), [reply(balance()), reply(*rows)])):
            with pytest.raises(PermissionDenied, match="BTCUSDT has a position in isolated margin"):
                do(action, answer)
    closed = position(mgnMode="isolated", pos="0")
    assert [each.size for each in do(GetPositions(), reply(position(), closed))[0]] == [Decimal("-0.03")]
    assert do(GetPositions(), reply(closed))[0] == ()


def test_a_balance() -> None:
    amount, (asked,) = do(GetBalance("usdt"), reply(balance()))
    assert (amount, asked.params) == (Decimal("1000.5"), {"ccy": "USDT"})
    assert do(GetBalance("XYZ"), reply(balance()))[0] == 0
    for asset in ("", "U,S", "U&T"):
        with pytest.raises(InvalidRequest):
            do(GetBalance(asset))


def test_the_check_passes_for_a_key_that_may_trade_in_one_way_mode() -> None:
    result, (asked,) = run(okx().check(), reply(CONFIG))
    assert (result, asked.path, asked.costs) == (None, "/api/v5/account/config", {"account_config": 1})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"perm": "read_only"}, "may not trade"),
        ({"perm": ""}, "nothing"),
        ({"perm": "read_only,trader"}, "may not trade"),
        ({"acctLv": "1"}, "spot mode"),
        ({"posMode": "long_short_mode"}, "net mode"),
    ],
)
def test_the_check_says_what_is_wrong(changes: dict[str, str], words: str) -> None:
    with pytest.raises(PermissionDenied, match=words):
        run(okx().check(), reply({**CONFIG, **changes}))
