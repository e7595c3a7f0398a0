"""Symbols are found by either form, in any case."""

import pytest

from sansio_exchange.errors import UnknownSymbol
from sansio_exchange.symbols import SymbolTable
from tests.sansio_exchange.session.fake_venue import RULES

TABLE = SymbolTable(RULES)


@pytest.mark.parametrize("text", ["BTCUSDT", "btcusdt", "BTC-USDT", "btc-usdt"])
def test_both_forms_are_understood(text: str) -> None:
    assert TABLE.find(text).symbol == "BTCUSDT"


@pytest.mark.parametrize("text", ["", "BTC", "BTC_USDT", "x" * 10_000, "\x00"])
def test_what_is_not_tradable_names_the_field(text: str) -> None:
    with pytest.raises(UnknownSymbol) as refused:
        TABLE.find(text, "symbols[3]")
    assert refused.value.field == "symbols[3]"
    assert len(refused.value.message) < 200


def test_names_are_sorted_and_what_is_replaced_is_gone() -> None:
    table = SymbolTable(RULES)
    assert table.names() == ("BTCUSDT", "ETHUSDT")
    assert len(table) == 2
    assert "ETHUSDT" in table
    table.replace(RULES[:1])
    assert [rules.symbol for rules in table] == ["BTCUSDT"]
    assert table.of_venue("ETH-USDT") is None
    assert table.of_venue("BTC-USDT") is RULES[0]
