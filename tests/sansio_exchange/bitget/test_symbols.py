"""Contracts: which are ours, and what their orders must keep to."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_exchange.bitget.symbols import Product, read_contracts
from sansio_exchange.errors import UnexpectedReply, UnknownSymbol
from sansio_exchange.market import SymbolRules
from tests.sansio_exchange.bitget.payloads import contract, product, reply


def rules_of(**changes: Any) -> SymbolRules:
    return product(reply([contract(**changes)])).table.find("BTCUSDT")


def test_the_rules_of_a_contract() -> None:
    assert rules_of() == SymbolRules(
        symbol="BTCUSDT",
        venue_symbol="BTCUSDT",
        base_asset="BTC",
        quote_asset="USDT",
        tick_size=Decimal("0.1"),
        step_size=Decimal("0.0001"),
        min_quantity=Decimal("0.0001"),
        max_quantity=Decimal(1200),
        max_market_quantity=Decimal(220),
        min_notional=Decimal(5),
        price_precision=1,
        quantity_precision=4,
    )


@pytest.mark.parametrize(
    ("changes", "tick", "step"),
    [
        ({"pricePlace": "2", "priceEndStep": "5"}, "0.05", "0.0001"),
        ({"pricePlace": "0", "priceEndStep": "10"}, "10", "0.0001"),
        ({"volumePlace": "0", "sizeMultiplier": "10"}, "0.1", "10"),
        ({"volumePlace": "2", "sizeMultiplier": "0.000001"}, "0.1", "0.01"),
        ({"volumePlace": "3", "sizeMultiplier": "0.005"}, "0.1", "0.005"),
        ({"pricePlace": "7"}, "0.0000001", "0.0001"),
    ],
)
def test_steps_are_made_of_places_and_multipliers(changes: dict[str, str], tick: str, step: str) -> None:
    rules = rules_of(**changes)
    assert (rules.tick_size, rules.step_size) == (Decimal(tick), Decimal(step))


def test_limits_that_are_not_told_are_none() -> None:
    rules = rules_of(maxOrderQty="", maxMarketOrderQty=None, minTradeUSDT="")
    assert (rules.max_quantity, rules.max_market_quantity, rules.min_notional) == (Decimal(0), Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    "changes",
    [
        {"symbolType": "delivery"},
        {"quoteCoin": "USDC", "symbol": "BTCPERP"},
        {"quoteCoin": "USD", "symbol": "BTCUSD"},
        {"symbol": "BTCUSDT_UMCBL"},
        {"baseCoin": "XBT"},
    ],
)
def test_another_product_is_none_of_ours(changes: dict[str, str]) -> None:
    listed = product(reply([contract("ETH"), contract(**changes)]))
    assert listed.table.names() == ("ETHUSDT",)
    assert listed.symbol_of(contract(**changes)["symbol"]) is None


@pytest.mark.parametrize("status", ["listed", "maintain", "limit_open", "restrictedAPI", "off"])
def test_what_does_not_trade_is_not_offered_but_known(status: str) -> None:
    listed = product(reply([contract("ETH"), contract(symbolStatus=status)]))
    assert listed.table.names() == ("ETHUSDT",)
    assert listed.symbol_of("BTCUSDT") == "BTCUSDT"
    assert listed.require("BTCUSDT") == "BTCUSDT"


@pytest.mark.parametrize("changes", [{"priceEndStep": "0"}, {"sizeMultiplier": ""}, {"minTradeNum": None}])
def test_a_contract_without_a_grid_is_not_offered(changes: dict[str, Any]) -> None:
    assert product(reply([contract("ETH"), contract(**changes)])).table.names() == ("ETHUSDT",)


def test_names_in_lower_case_are_known() -> None:
    assert product().symbol_of("ethusdt") == "ETHUSDT"
    with pytest.raises(UnknownSymbol):
        product().require("GONEUSDT")


@pytest.mark.parametrize(
    "listing",
    [
        reply([]),
        reply([contract(symbolStatus="off")]),
        reply([contract(pricePlace="x")]),
        reply([contract(pricePlace="-1")]),
        reply([contract(volumePlace="99")]),
        reply([contract(volumePlace="")]),
        reply([contract(sizeMultiplier="NaN")]),
        reply(None),
        reply([{"baseCoin": "BTC"}]),
        b"{",
        b"<html>",
    ],
)
def test_a_listing_that_cannot_be_read_is_refused(listing: bytes) -> None:
    with pytest.raises(UnexpectedReply):
        product(listing)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_spoiled_row_is_rules_or_an_error_of_ours(data: st.DataObject) -> None:
    row = contract()
    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(st.text(max_size=8) | st.sampled_from(["1E9", "0", None]))
    listed = Product()
    try:
        listed.replace(read_contracts(reply([row])))
    except UnexpectedReply:
        return
    for rules in listed.table:
        assert rules.tick_size > 0
        assert rules.step_size > 0


def test_until_the_contracts_are_read_a_name_says_what_is_ours() -> None:
    product = Product()
    assert product.symbol_of("btcusdt") == product.require("BTCUSDT") == "BTCUSDT"
    assert product.symbol_of("BTCPERP") is None
    assert product.symbol_of("BTCUSDT_260327") is None
    with pytest.raises(UnknownSymbol):
        product.require("BTCPERP")
    assert "BTCUSDT" not in product.table
