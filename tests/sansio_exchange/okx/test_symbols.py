"""Instruments: which are ours, their rules in coins, and quantities as numbers of contracts."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.errors import InvalidRequest, UnexpectedReply, UnknownSymbol
from sansio_exchange.market import SymbolRules
from sansio_exchange.okx.symbols import UNLISTED_CODE, Contract, Product, read_instruments
from tests.sansio_exchange.okx.payloads import instrument, product, reply


def test_rules_are_in_coins() -> None:
    assert product().table.find("BTC-USDT-SWAP") == SymbolRules(
        symbol="BTCUSDT",
        venue_symbol="BTC-USDT-SWAP",
        base_asset="BTC",
        quote_asset="USDT",
        tick_size=Decimal("0.1"),
        step_size=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        max_quantity=Decimal(1_000_000),
        max_market_quantity=Decimal(300),
        contract_size=Decimal("0.01"),
        price_precision=1,
        quantity_precision=3,
    )


def test_a_multiplier_counts() -> None:
    rules = product(reply(instrument("PEPE", ctVal="1000", ctMult="10", lotSz="1", minSz="2"))).table.find("PEPEUSDT")
    assert (rules.contract_size, rules.step_size, rules.min_quantity) == (
        *(Decimal(10_000), Decimal(10_000), Decimal(20_000)),
    )
    assert rules.quantity_precision == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"instType": "FUTURES", "instId": "BTC-USDT-260925"},
        {"ctType": "inverse", "instId": "BTC-USD-SWAP", "settleCcy": "BTC"},
        {"settleCcy": "USDC", "instId": "BTC-USDC-SWAP"},
        {"ctType": "inverse"},
        {"settleCcy": "USDC"},
        {"instType": "FUTURES"},
        {"instId": "BTC-USDC-SWAP"},
        {"ctValCcy": "USDT"},
        {"ctVal": ""},
        {"ctVal": "0"},
    ],
    ids=str,
)
def test_what_is_not_ours_is_left_out(changes: dict[str, Any]) -> None:
    made = product(reply(instrument("ETH"), instrument(**changes)))
    assert made.table.names() == ("ETHUSDT",)
    assert made.contract_of(changes.get("instId", "BTC-USDT-SWAP")) is None


def test_what_is_suspended_takes_no_orders_and_is_ours_still() -> None:
    made = product()
    assert made.table.names() == ("BTCUSDT", "ETHUSDT")
    assert made.contract("OLDUSDT").inst_id == "OLD-USDT-SWAP"
    assert made.contract_of("OLD-USDT-SWAP") == made.contract("OLD-USDT-SWAP") == made.contract("OLDUSDT")
    with pytest.raises(UnknownSymbol):
        made.table.find("OLDUSDT")
    with pytest.raises(UnknownSymbol):
        made.contract("NEWUSDT")


def test_an_instrument_without_a_grid_is_not_traded() -> None:
    made = product(reply(instrument("ETH"), instrument(tickSz="")))
    assert made.table.names() == ("ETHUSDT",)


def test_a_symbol_that_is_not_listed_any_more_keeps_its_name_on_the_wire() -> None:
    assert product().inst_id("BTCUSDT") == "BTC-USDT-SWAP"
    assert product().inst_id("GONEUSDT") == "GONE-USDT-SWAP"


@pytest.mark.parametrize("listing", [reply(), reply(instrument(state="suspend")), reply(instrument(ctVal="x"))])
def test_a_listing_without_anything_of_ours_is_no_listing(listing: bytes) -> None:
    with pytest.raises(UnexpectedReply):
        product(listing)


@pytest.mark.parametrize("listing", [b"", b"[]", b"<html>", b'{"data":1}', b'{"data":[{"instId":5}]}'])
def test_a_listing_that_cannot_be_read_is_said_to_be(listing: bytes) -> None:
    with pytest.raises(UnexpectedReply, match="instruments"):
        read_instruments(listing)


@pytest.mark.parametrize(("quantity", "contracts"), [("0.01", "1"), ("0.1", "10"), ("0.123", "12.3"), ("25", "2500")])
def test_coins_as_contracts(quantity: str, contracts: str) -> None:
    assert Contract("BTCUSDT", "BTC-USDT-SWAP", Decimal("0.01")).contracts(Decimal(quantity)) == contracts


@pytest.mark.parametrize("size", ["0.3", "7"])
def test_a_quantity_that_is_no_exact_number_of_contracts_is_refused(size: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Contract("BTCUSDT", "BTC-USDT-SWAP", Decimal(size)).contracts(Decimal("0.1"))
    assert refused.value.field == "quantity"


@given(
    lots=st.integers(1, 10**9),
    size=st.sampled_from(["0.0001", "0.001", "0.01", "0.1", "1", "10", "1000", "1000000"]),
    lot=st.sampled_from(["0.01", "0.1", "1"]),
)
def test_contracts_come_back_as_the_same_coins(lots: int, size: str, lot: str) -> None:
    contract = Contract("BTCUSDT", "BTC-USDT-SWAP", Decimal(size))
    quantity = lots * Decimal(lot) * contract.size
    assert Decimal(contract.contracts(quantity)) * contract.size == quantity


@pytest.mark.parametrize(("said", "code"), [(7, 7), ("7", 7), (None, None), ("", None), ("x", None)])
def test_the_code_for_order_entry(said: Any, code: int | None) -> None:
    assert product(reply(instrument(instIdCode=said))).contract("BTCUSDT").code == code


def test_no_listed_instrument_has_the_code_that_stands_for_one_until_then() -> None:
    some = Product()
    assert {each.code for each in some} == {UNLISTED_CODE}
    some.replace(read_instruments(reply(instrument(), instrument("ETH", instIdCode=None))))
    assert [each.code for each in some] == [10458, None]


def test_until_the_instruments_are_read_documented_sizes_hold() -> None:
    product = Product()
    contract = product.contract_of("BTC-USDT-SWAP")
    assert contract is not None
    assert (contract.symbol, contract.size) == ("BTCUSDT", Decimal("0.01"))
    assert product.contract("DOGEUSDT").size == 1000
    assert product.contract_of("NEW-USDT-SWAP") is None
    assert "BTCUSDT" not in product.table
