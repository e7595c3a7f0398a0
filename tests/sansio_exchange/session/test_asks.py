"""What a user asks is resolved and checked before anything is sent."""

import pytest

from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    FetchExchangeInfo,
    GetAccount,
    GetHistoricalKlines,
    GetOpenOrders,
    GetOrder,
    GetPositions,
    Subscribe,
    Topic,
)
from sansio_exchange.errors import InvalidRequest, UnknownSymbol
from sansio_exchange.session.asks import prepare, prepare_order
from sansio_exchange.symbols import SymbolTable
from tests.sansio_exchange.session.fake_venue import RULES
from tests.sansio_exchange.session.stage import limit

SYMBOLS = SymbolTable(RULES)


def test_symbols_become_canonical() -> None:
    assert prepare(CancelOrder("btc-usdt", order_id=1), SYMBOLS) == CancelOrder("BTCUSDT", order_id=1)
    assert prepare(Subscribe(Topic("price", "BTC-USDT")), SYMBOLS) == Subscribe(Topic("price", "BTCUSDT"))


@pytest.mark.parametrize(
    "action", [CancelAllOrders(), GetOpenOrders(), GetPositions(), FetchExchangeInfo(), GetAccount()]
)
def test_no_symbol_means_all_where_that_is_allowed(action: Action) -> None:
    assert prepare(action, SYMBOLS) == action


def test_the_symbol_whose_existence_is_asked_may_be_unknown() -> None:
    assert prepare(FetchExchangeInfo("NEWUSDT"), SYMBOLS) == FetchExchangeInfo("NEWUSDT")


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (CancelOrder("NOPE", order_id=1), "symbol"),
        (CancelOrder("", order_id=1), "symbol"),
        (CancelOrder("BTCUSDT"), "order_id"),
        (GetOrder("BTCUSDT"), "order_id"),
        (GetHistoricalKlines("BTCUSDT", "7m", 5), "interval"),
        (Subscribe(Topic("kline", "BTCUSDT")), "interval"),
        (Subscribe(Topic("price", "")), "symbol"),
    ],
)
def test_what_cannot_be_asked_names_its_field(action: Action, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        prepare(action, SYMBOLS)
    assert refused.value.field == field


def test_an_order_gets_an_id_unless_it_has_one() -> None:
    assert prepare_order(limit(symbol="btcusdt"), SYMBOLS, lambda: "new") == limit("new")
    assert prepare_order(limit("mine"), SYMBOLS, lambda: "new") == limit("mine")
    with pytest.raises(UnknownSymbol):
        prepare_order(limit(symbol="NOPE"), SYMBOLS, lambda: "new")
