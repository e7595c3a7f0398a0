"""Instruments."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.bybit.symbols import is_ours, read_instruments, read_rules
from sansio_exchange.commands import FetchExchangeInfo
from sansio_exchange.errors import UnexpectedReply, UnknownSymbol
from sansio_exchange.market import SymbolRules
from tests.sansio_exchange.bybit.payloads import INSTRUMENTS, bybit, instrument, listed
from tests.sansio_exchange.recipes import run


def rules(*rows: dict[str, Any]) -> list[SymbolRules]:
    return read_rules(read_instruments(listed(*rows))[0])


def test_rules_are_those_of_coins() -> None:
    (btc,) = rules(instrument())
    assert btc == SymbolRules(
        symbol="BTCUSDT",
        venue_symbol="BTCUSDT",
        base_asset="BTC",
        quote_asset="USDT",
        tick_size=Decimal("0.10"),
        step_size=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        max_quantity=Decimal(1190),
        max_market_quantity=Decimal(500),
        min_notional=Decimal(5),
        min_price=Decimal("0.10"),
        max_price=Decimal("1999999.80"),
        price_precision=1,
        quantity_precision=3,
    )


def test_only_perpetuals_in_usdt_that_trade_now_are_listed() -> None:
    assert bybit().symbols.names() == ("BTCUSDT", "ETHUSDT")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "PreLaunch"},
        {"status": "Delivering"},
        {"contractType": "LinearFutures"},
        {"settleCoin": "USDC"},
        {"quoteCoin": "USDC"},
        {"priceFilter": {"tickSize": ""}},
        {"lotSizeFilter": {"qtyStep": "0", "minOrderQty": "1"}},
    ],
)
def test_what_is_none_of_ours_or_has_no_grid_is_left_out(changes: dict[str, Any]) -> None:
    assert [each.symbol for each in rules(instrument("ETH"), instrument(**changes))] == ["ETHUSDT"]


@pytest.mark.parametrize(
    ("category", "symbol", "ours"),
    [
        ("linear", "BTCUSDT", True),
        ("linear", "1000PEPEUSDT", True),
        ("linear", "BTCPERP", False),
        ("linear", "BTC-26DEC25", False),
        ("linear", "BTCUSDT-26DEC25", False),
        ("spot", "BTCUSDT", False),
        ("inverse", "BTCUSD", False),
        ("option", "BTC-26DEC25-100000-C-USDT", False),
        ("linear", "", False),
    ],
)
def test_ours_are_known_by_category_and_name(category: str, symbol: str, ours: bool) -> None:
    assert is_ours(category, symbol) is ours


def test_a_listing_without_any_is_not_believed() -> None:
    with pytest.raises(UnexpectedReply, match="no perpetual in USDT"):
        rules(instrument(status="Closed"))


@pytest.mark.parametrize("nonsense", ["x", "NaN", "1e999"])
def test_nonsense_names_the_instrument(nonsense: str) -> None:
    with pytest.raises(UnexpectedReply, match="BTCUSDT"):
        rules(instrument(priceFilter={"tickSize": nonsense}))


def test_pages_are_read_to_the_last() -> None:
    """Bybit names a next page after the last, too, and one that goes in circles has an end."""
    venue = bybit()
    full = [instrument(f"C{number}") for number in range(1_000)]
    _, asked = run(venue.recipe(FetchExchangeInfo()), listed(*full, cursor="a"), listed(instrument("LAST"), cursor="b"))
    assert [request.params.get("cursor") for request in asked] == [None, "a"]
    assert len(venue.symbols) == 1_001
    _, asked = run(venue.recipe(FetchExchangeInfo()), *(listed(*full, cursor=cursor) for cursor in ("a", "b", "a")))
    assert [request.params.get("cursor") for request in asked] == [None, "a", "b"]


def test_a_symbol_that_is_gone_is_named() -> None:
    with pytest.raises(UnknownSymbol):
        run(bybit().recipe(FetchExchangeInfo("OLDUSDT")), INSTRUMENTS)
