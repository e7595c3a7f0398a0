"""Replies that others collected (documentation examples, public samples), by the real code.

Every REST payload of the collection is accounted for by its id. Single rows stand where the venue sends lists: they are
read as a list of one. Read, with these values asserted:

account       wallet, margin and available balance, of classic and unified accounts; the user's id
order         side, type, quantity, state, executed quantity, price, client order id; why a row of a batch was refused
fill          trade id, side, price, quantity, maker or taker; public trades likewise, as the channel has them
balance       what a fee left, as the channel has it
position      size, entry and mark price, profit, leverage, margin type
instruments   symbols, grid and contract size of every contract that trades
funding       rate, settlement, mark price
ticker        price, change, volumes, open interest
open_interest contracts as coins

The others are of spot, margin, options and delivery, of calls that are not used, or of what clients send.
"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sansio_exchange.account import Balance
from sansio_exchange.commands import (
    FetchExchangeInfo,
    GetAccount,
    GetFills,
    GetFundingRate,
    GetOpenInterest,
    GetOrder,
    GetPositions,
    GetTickers,
)
from sansio_exchange.errors import InsufficientFunds, OrderNotFound, PermissionDenied, UnexpectedReply
from sansio_exchange.gate import NETWORKS, Gate
from sansio_exchange.gate.replies import read_batch, read_user_id
from sansio_exchange.market import PriceChange
from sansio_exchange.venue import AccountChange
from tests.sansio_exchange.gate.payloads import TIME, account, contract, order_with, product, push
from tests.sansio_exchange.recipes import Rows, body, collected, names, run

LISTING = "cryptofeed__rest_contracts"

ACCOUNTS: dict[str, tuple[str, str, str]] = {
    "ccxtcomment___fetch_balance_3": ("12.51345151332", "25.828551513326", "0"),
    "ccxtcomment___fetch_balance_4": ("1", "1", "1"),
    "ccxtcomment___fetch_balance_5": ("32", "32", "32"),
    "hummingbot__balance_request_mock_response_for_base_and_quote_mock_response": ("2000", "5371.248828", "2000"),
}
ORDERS: dict[str, tuple[Any, ...]] = {
    "ccxtcomment___cancel_all_orders": ("BUY", "LIMIT", "10", "CANCELED", "0", "0.8", "139797004085"),
    "ccxtcomment___fetch_orders_by_status_3": ("SELL", "MARKET", "0.0001", "FILLED", "0.0001", "0", "82750739203"),
    "ccxtcomment___parse_order_2": ("BUY", "MARKET", "10", "FILLED", "10", "0", "123028481731"),
}
FILLS: dict[str, tuple[Any, ...]] = {
    "ccxtcomment___fetch_my_trades_2": ("DOGEUSDT", "26884791", "SELL", "0.136888", "50", False, 1645465199547),
    "ccxtcomment___fetch_my_trades_3": ("BTCUSDT", "121234231", "BUY", "100.123", "0.01", False, 1514764800123),
    "ccxtcomment___parse_trade_5": ("DOGEUSDT", "26884791", "SELL", "0.136888", "50", False, 1645465199547),
    "ccxtcomment___parse_trade_6": ("BTCUSDT", "121234231", "BUY", "100.123", "0.01", False, 1514764800123),
}
PUBLIC_TRADES: dict[str, tuple[Any, ...]] = {
    "ccxtcomment___parse_trade_2": ("BTCUSDT", "95594.8", "0.0105", 1739814676707),
    "jkorf__rest_ExchangeData_GetTrades": ("BTCUSDT", "100.123", "0.01", 1514764800000),
}
BALANCES: dict[str, tuple[str, int]] = {
    "gctinline__TestProcessBalancePushData_": ("2214.191673190433", 1755738515671),
    "gctinline__TestProcessBalancePushData__2": ("2214.189114310433", 1755738516430),
}
POSITIONS: dict[str, tuple[Any, ...]] = {
    "ccxtcomment___fetch_positions": ("BTCUSDT", "0.0001", "46030.3", "46028.28", "-0.000202", 0, "cross"),
    "ccxtcomment___parse_position": ("BTCUSDT", "0.0001", "46030.3", "46051.6", "0.00213", 0, "cross"),
    "ccxtcomment___parse_margin_modification": ("ETHUSDT", "0.01", "1203.45", "1192.57", "-0.1088", 5, "isolated"),
    "hummingbot__configure_failed_set_leverage_mock_response": (
        "BTCUSDT",
        "-0.944",
        "3779.55",
        "3780.32",
        "-0.000507486844",
        200,
        "isolated",
    ),
}
HEDGED = names("hummingbot__test_update_position_mode_response hummingbot__test_update_position_mode_response_2")
FUNDING = names("""
    ccxtcomment___fetch_funding_rate ccxtcomment___parse_funding_rate
""")
LISTINGS = names("""
    hummingbot__all_symbols_request_mock_response_mock_response hummingbot__get_funding_info_msg_ret
    hummingbot__all_symbols_including_invalid_pair_mock_response_mock_response
    hummingbot__trading_rules_request_erroneous_mock_response_mock_response
""")
SINGLE = {
    LISTING,
    "ccxtcomment___fetch_balance_6",
    "ccxtcomment___load_unified_status",
    "ccxtcomment___parse_order_5",
    "ccxtcomment___parse_ticker_2",
    "ccxtcomment___fetch_open_interest_history",
}


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "gate")


@pytest.fixture
def venue(rows: Rows) -> Gate:
    """Knows the contracts of a real listing."""
    made = Gate(NETWORKS["mainnet"])
    run(made.recipe(FetchExchangeInfo()), body(rows[LISTING]["payload"]))
    return made


def as_list(payload: Any) -> bytes:
    return body(payload if isinstance(payload, list) else [payload])


def decimals(*values: Any) -> tuple[Any, ...]:
    def number(value: Any) -> Any:
        is_number = isinstance(value, str) and value.replace(".", "").replace("-", "").isdigit() and len(value) < 16
        return Decimal(value) if is_number else value

    return tuple(map(number, values))


def unused(payload: Any) -> str:
    """Why nothing of ours is read from it."""
    first = payload[0] if isinstance(payload, list) and payload else payload
    if not isinstance(first, dict):
        return "an order book or a candle of spot"
    tests: list[tuple[str, Callable[[Any], bool]]] = [
        (
            "spot, margin and wallet",
            lambda row: bool(
                {"currency_pair", "currency", "base", "funding", "min_borrow_amount", "amount"} & row.keys()
            ),
        ),
        ("options and delivery", lambda row: "-20" in str(row.get("contract", row.get("name", "")))),
        ("an order book", lambda row: bool({"asks", "p"} & row.keys())),
        ("candles without a volume", lambda row: row.keys() <= {"t", "b", "c", "h", "l", "o"}),
        ("liquidations and settlements", lambda row: bool({"order_price", "settle_price", "pnl"} & row.keys())),
        ("risk limits", lambda row: "risk_limit" in row),
        ("account book", lambda row: {"change", "balance"} <= row.keys()),
        ("what clients send", lambda row: "rule" in row),
    ]
    return next((reason for reason, is_so in tests if is_so(first)), "")


def test_every_reply_of_the_collection_is_accounted_for(rows: Rows) -> None:
    read = {*ACCOUNTS, *ORDERS, *FILLS, *PUBLIC_TRADES, *BALANCES, *POSITIONS, *HEDGED, *FUNDING, *LISTINGS, *SINGLE}
    rest = {name for name, row in rows.items() if row["kind"] == "rest"}
    assert read <= rest
    reasons = {name: unused(rows[name]["payload"]) for name in rest - read}
    assert [name for name, reason in reasons.items() if not reason] == []
    assert (len(rest), len(read)) == (87, 33)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_a_futures_account(rows: Rows, venue: Gate, name: str) -> None:
    said, _ = run(venue.recipe(GetAccount()), TIME, b"[]", body(rows[name]["payload"]))
    assert (said.wallet_balance, said.margin_balance, said.available_balance) == tuple(map(Decimal, ACCOUNTS[name]))
    assert not said.is_unified


def test_a_unified_account(rows: Rows, venue: Gate) -> None:
    unified = body(rows["ccxtcomment___fetch_balance_6"]["payload"])
    said, _ = run(venue.recipe(GetAccount()), TIME, b"[]", body(account(margin_mode=1)), unified)
    assert (said.wallet_balance, said.margin_balance, said.available_balance, said.maintenance_margin) == decimals(
        "16.1", Decimal("3382495.944473949183"), Decimal("3381470.892007440383"), Decimal("205.01049330176")
    )
    assert {each.asset for each in said.balances} == {"ETH", "POINT", "USDT"}


def test_the_users_id(rows: Rows) -> None:
    assert read_user_id(body(rows["ccxtcomment___load_unified_status"]["payload"])) == "10406147"


@pytest.mark.parametrize("name", ORDERS)
def test_an_order(rows: Rows, venue: Gate, name: str) -> None:
    payload = rows[name]["payload"]
    row = payload[0] if isinstance(payload, list) else payload
    symbol = row["contract"].replace("_", "")
    order, _ = run(venue.recipe(GetOrder(symbol, row["id"])), body(row))
    side, kind, quantity, status, executed, price, client_id = ORDERS[name]
    assert (order.side.name, order.type.name, order.status.name) == (side, kind, status)
    assert (order.quantity, order.executed_qty, order.price) == tuple(map(Decimal, (quantity, executed, price)))
    assert order.client_order_id == client_id
    with pytest.raises(OrderNotFound):
        run(venue.recipe(GetOrder("ETHUSDT", row["id"])), body(row))


def test_why_a_row_of_a_batch_was_refused(rows: Rows) -> None:
    asked = order_with(client_order_id="d18baf9ac44d82e2")
    reply = as_list(rows["ccxtcomment___parse_order_5"]["payload"])
    (refused,) = read_batch(reply, [(asked, product().contract("BTCUSDT"))])
    assert isinstance(refused, InsufficientFunds)


@pytest.mark.parametrize("name", FILLS)
def test_a_fill(rows: Rows, venue: Gate, name: str) -> None:
    symbol, trade_id, side, price, quantity, is_maker, time_ms = FILLS[name]
    (fill,), _ = run(venue.recipe(GetFills(symbol)), as_list(rows[name]["payload"]))
    assert (fill.trade_id, fill.side.name, fill.is_maker, fill.time_ms) == (trade_id, side, is_maker, time_ms)
    assert (fill.price, fill.quantity, fill.fee) == (Decimal(price), Decimal(quantity), 0)


@pytest.mark.parametrize("name", PUBLIC_TRADES)
def test_a_public_trade_as_the_channel_would_have_it(rows: Rows, venue: Gate, name: str) -> None:
    payload = rows[name]["payload"]
    row = payload[0] if isinstance(payload, list) else payload
    symbol, price, quantity, time_ms = PUBLIC_TRADES[name]
    assert venue.decode("public", push("futures.trades", row)) == [
        PriceChange(symbol, Decimal(price), time_ms, Decimal(quantity))
    ]


@pytest.mark.parametrize("name", BALANCES)
def test_a_balance_as_the_channel_would_have_it(rows: Rows, venue: Gate, name: str) -> None:
    """The rows alone were collected."""
    left, time_ms = Decimal(BALANCES[name][0]), BALANCES[name][1]
    (row,) = rows[name]["payload"]
    assert venue.decode("private", push("futures.balances", row)) == [
        AccountChange((Balance("USDT", left, left),), (), "fee", time_ms)
    ]


@pytest.mark.parametrize("name", POSITIONS)
def test_a_position(rows: Rows, venue: Gate, name: str) -> None:
    (said,), _ = run(venue.recipe(GetPositions()), as_list(rows[name]["payload"]))
    symbol, size, entry, mark, profit, leverage, kind = POSITIONS[name]
    assert (said.symbol, said.leverage, said.margin_type) == (symbol, leverage, kind)
    assert (said.size, said.entry_price, said.mark_price, said.unrealized_pnl) == tuple(
        map(Decimal, (size, entry, mark, profit))
    )


def test_a_position_of_hedge_mode_is_refused(rows: Rows, venue: Gate) -> None:
    one_way, hedged = (as_list(rows[name]["payload"]) for name in HEDGED)
    (said,), _ = run(venue.recipe(GetPositions()), one_way)
    assert said.size == Decimal("0.944")
    with pytest.raises(PermissionDenied, match="hedge mode"):
        run(venue.recipe(GetPositions()), hedged)


def test_every_contract_of_the_listing_trades(rows: Rows, venue: Gate) -> None:
    payload = rows[LISTING]["payload"]
    assert len(venue.symbols) == sum(not row["in_delisting"] for row in payload)
    knc = venue.symbols.find("KNC_USDT")
    assert (knc.symbol, knc.tick_size, knc.step_size) == ("KNCUSDT", Decimal("0.0001"), Decimal(1))
    btc = venue.symbols.find("BTCUSDT")
    assert (btc.step_size, btc.min_quantity) == (Decimal("0.0001"), Decimal("0.0001"))


def test_listings_of_others(rows: Rows) -> None:
    symbols: dict[str, tuple[str, ...]] = {}
    for name in LISTINGS:
        made = Gate(NETWORKS["mainnet"])
        try:
            run(made.recipe(FetchExchangeInfo()), as_list(rows[name]["payload"]))
        except UnexpectedReply as error:
            symbols[name] = (error.message,)
        else:
            symbols[name] = made.symbols.names()
    assert set(symbols.values()) == {("contracts: no linear contract in USDT trades",)}, "none is one of USDT"


@pytest.mark.parametrize("name", FUNDING)
def test_a_funding_rate(rows: Rows, venue: Gate, name: str) -> None:
    payload = rows[name]["payload"]
    row = payload[0] if isinstance(payload, list) else payload
    rate, _ = run(venue.recipe(GetFundingRate("BTCUSDT")), [body(row), TIME])
    assert (rate.rate, rate.mark_price, rate.next_funding_ms) == (
        Decimal("0.002053"),
        Decimal("37985.6"),
        1610035200000,
    )


def test_a_ticker(rows: Rows) -> None:
    venue = Gate(NETWORKS["mainnet"])
    run(venue.recipe(FetchExchangeInfo()), body([contract()]))
    (said,), _ = run(venue.recipe(GetTickers()), [as_list(rows["ccxtcomment___parse_ticker_2"]["payload"]), TIME])
    assert (said.last_price, said.price_change_percent, said.volume, said.quote_volume, said.open_interest) == decimals(
        "6432", "4.43", "28613220", "184040233284", "3232.3904"
    )
    assert round(said.price_change, 4) == Decimal("272.8503")


def test_open_interest(rows: Rows, venue: Gate) -> None:
    reply = as_list(rows["ccxtcomment___fetch_open_interest_history"]["payload"])
    assert run(venue.recipe(GetOpenInterest("BTCUSDT")), reply)[0] == Decimal("285.1725")
