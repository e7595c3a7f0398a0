"""Contracts as symbols, contracts as coins."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.errors import InvalidRequest, UnexpectedReply, UnknownSymbol
from sansio_exchange.gate.symbols import Contract, Product, read_contracts
from sansio_exchange.market import SymbolRules
from tests.sansio_exchange.gate.payloads import contract, product
from tests.sansio_exchange.recipes import body


def rules(**changes: Any) -> SymbolRules:
    return product(body([contract(**changes)])).table.find("BTCUSDT")


def test_a_contract_becomes_the_rules_of_its_symbol() -> None:
    assert rules(market_order_size_max="5000") == SymbolRules(
        symbol="BTCUSDT",
        venue_symbol="BTC_USDT",
        base_asset="BTC",
        quote_asset="USDT",
        tick_size=Decimal("0.1"),
        step_size=Decimal("0.0001"),
        min_quantity=Decimal("0.0001"),
        max_quantity=Decimal(100),
        max_market_quantity=Decimal("0.5"),
        price_floor_ratio=Decimal("0.8"),
        price_cap_ratio=Decimal("1.2"),
        contract_size=Decimal("0.0001"),
        price_precision=1,
        quantity_precision=4,
    )


def test_sizes_may_be_numbers_and_parts_of_a_contract_are_left_to_others() -> None:
    assert rules(order_size_min=3, order_size_max=10).min_quantity == Decimal("0.0003")
    assert rules(order_size_min="0.1", enable_decimal=True).min_quantity == Decimal("0.0001")
    assert rules(order_size_min="1.5", enable_decimal=True).min_quantity == Decimal("0.0002")
    assert rules(order_size_max="10.7").max_quantity == Decimal("0.001")


def test_what_does_not_trade_is_known_and_not_tradable() -> None:
    ours = product()
    assert ours.table.names() == ("BTCUSDT", "ETHUSDT")
    old = ours.contract_of("OLD_USDT")
    assert old is not None
    assert old.symbol == "OLDUSDT"
    assert ours.contract_of("BTC_USD") is None
    assert ours.name_of("GONEUSDT") == "GONE_USDT"
    with pytest.raises(UnknownSymbol):
        ours.contract("GONEUSDT")


def test_listings_of_before_the_status_say_it_by_delisting() -> None:
    listing = [contract(status="", in_delisting=False), contract("ETH", status="", in_delisting=True)]
    assert product(body(listing)).table.names() == ("BTCUSDT",)
    listing = [contract(), contract("NEW", status="prelaunch"), contract("HOT", status="circuit_breaker")]
    assert product(body(listing)).table.names() == ("BTCUSDT",)


def test_quantities_are_whole_contracts_or_refused() -> None:
    ours = Contract("BTCUSDT", "BTC_USDT", Decimal("0.0001"))
    assert ours.contracts(Decimal("0.2")) == 2000
    assert ours.contracts(Decimal("1E+2")) == 1_000_000
    with pytest.raises(InvalidRequest, match=r"quantity: 0\.00015 is no whole number of contracts"):
        ours.contracts(Decimal("0.00015"))


def test_the_next_settlement_is_counted_on_from_the_listing() -> None:
    ours = product().contract("BTCUSDT")
    first, every = 1_700_006_400_000, 28_800_000
    assert ours.next_funding_ms(first - 1) == first
    assert ours.next_funding_ms(first) == first + every
    assert ours.next_funding_ms(first + 3 * every + 5) == first + 4 * every
    assert Contract("A", "A", Decimal(1)).next_funding_ms(5) == 0


@pytest.mark.parametrize(
    "listing",
    [
        b"",
        b"<html>",
        b"{}",
        b"[]",
        b"[5]",
        body([contract(quanto_multiplier="NaN")]),
        body([contract(quanto_multiplier="x")]),
        body([contract(order_price_round="Infinity")]),
        body([contract(order_size_max="1E+999")]),
        body([contract(quanto_multiplier="0")]),
        body([contract(order_price_round="0")]),
        body([contract(status="delisted")]),
    ],
)
def test_a_listing_without_a_contract_that_trades_is_no_listing(listing: bytes) -> None:
    with pytest.raises(UnexpectedReply):
        product(listing)


def test_the_listing_may_leave_out_what_is_not_read() -> None:
    assert read_contracts(b'[{"name":"A_USDT"}]')[0].name == "A_USDT"


def test_until_the_contracts_are_read_documented_sizes_hold() -> None:
    product = Product()
    contract = product.contract_of("BTC_USDT")
    assert contract is not None
    assert (contract.symbol, contract.size) == ("BTCUSDT", Decimal("0.0001"))
    assert product.contract_of("NEW_USDT") is None
    assert "BTCUSDT" not in product.table
    assert product.trades("BTCUSDT")


def test_a_contract_is_found_by_either_name() -> None:
    """Replies that somebody keeps, and who asks without a session, name it as Gate does."""
    ours = product()
    assert ours.contract("BTC_USDT") is ours.contract("BTCUSDT")
    with pytest.raises(UnknownSymbol):
        ours.contract("BTC_USD")
