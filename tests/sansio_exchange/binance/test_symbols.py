from decimal import Decimal

import pytest

from sansio_exchange.binance.symbols import Product, read_exchange_info
from sansio_exchange.errors import UnexpectedReply
from sansio_exchange.market import SymbolRules
from tests.sansio_exchange.binance.payloads import exchange_info, symbol


def product(*rows: dict[str, object]) -> Product:
    made = Product()
    made.replace(read_exchange_info(exchange_info(*rows)).symbols)
    return made


def test_rules_come_from_the_filters() -> None:
    assert product(symbol()).table.find("BTCUSDT") == SymbolRules(
        symbol="BTCUSDT",
        venue_symbol="BTCUSDT",
        base_asset="BTC",
        quote_asset="USDT",
        tick_size=Decimal("0.10"),
        step_size=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        max_quantity=Decimal(1000),
        max_market_quantity=Decimal(120),
        min_notional=Decimal(50),
        min_price=Decimal("556.80"),
        max_price=Decimal(4529764),
        price_floor_ratio=Decimal("0.9500"),
        price_cap_ratio=Decimal("1.0500"),
        price_precision=2,
        quantity_precision=3,
    )


def test_a_filter_that_is_not_there_sets_no_limit() -> None:
    rules = product(symbol(filters=[])).table.find("BTCUSDT")
    assert not any((rules.tick_size, rules.min_notional, rules.max_quantity))


def test_only_perpetuals_in_usdt_that_trade_now_are_tradable() -> None:
    ours = product(
        symbol("BTCUSDT"),
        symbol("LUNAUSDT", status="SETTLING"),
        symbol("NEWUSDT", status="PENDING_TRADING", contractType=""),
        symbol("BTCUSDT_260925", contractType="CURRENT_QUARTER"),
        symbol("TSLAUSDT", contractType="TRADIFI_PERPETUAL"),
        symbol("BTCUSDC", quoteAsset="USDC", marginAsset="USDC"),
        symbol("BTCBUSD", quoteAsset="BUSD", marginAsset="BUSD"),
    )
    assert ours.table.names() == ("BTCUSDT",)


def test_a_contract_that_is_being_settled_is_ours_still() -> None:
    ours = product(symbol("BTCUSDT"), symbol("LUNAUSDT", status="SETTLING"), symbol("BTCUSDC", quoteAsset="USDC"))
    assert ours.canonical("BTCUSDT") == "BTCUSDT"
    assert ours.canonical("LUNAUSDT") == "LUNAUSDT"
    assert ours.canonical("BTCUSDC") is None
    assert ours.canonical("ETHUSDT") is None


def test_before_any_exchange_info_symbols_stand_as_they_are() -> None:
    ours = Product()
    assert ours.canonical("ANYUSDT") == "ANYUSDT"
    assert ours.canonical("BTCUSD_PERP") is None
    assert ours.canonical("BTCUSDT_260925") is None


def test_a_venue_without_any_tradable_symbol_is_not_believed() -> None:
    ours = product(symbol("BTCUSDT"))
    with pytest.raises(UnexpectedReply, match="no perpetual"):
        ours.replace(read_exchange_info(exchange_info(symbol("BTCUSDT", status="CLOSE"))).symbols)
    assert ours.table.names() == ("BTCUSDT",)


@pytest.mark.parametrize(
    "text", [b"", b"<html>", b"{}", b'{"symbols":[{"symbol":1}]}', b"\xff", b'{"symbols":[{"symbol":"A","filters":5}]}']
)
def test_what_is_no_exchange_info_is_an_unexpected_reply(text: bytes) -> None:
    with pytest.raises(UnexpectedReply, match="exchangeInfo"):
        read_exchange_info(text)
