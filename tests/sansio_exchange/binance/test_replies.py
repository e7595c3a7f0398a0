from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.account import Account, Balance, Position
from sansio_exchange.binance import replies
from sansio_exchange.binance.symbols import Product
from sansio_exchange.errors import (
    ExchangeError,
    InsufficientFunds,
    PermissionDenied,
    UnexpectedReply,
)
from sansio_exchange.market import Candle, FundingRate, Ticker
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce
from tests.sansio_exchange.binance.payloads import ACCOUNT, POSITIONS, SYMBOL_CONFIG, order, trade
from tests.sansio_exchange.recipes import body

PRODUCT = Product()


# --- orders -----------------------------------------------------------------------------------------------------


def test_an_order() -> None:
    assert replies.read_order(body(order())) == Order(
        order_id=22542179,
        client_order_id="mine-1",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.100"),
        status=OrderStatus.NEW,
        price=Decimal("42088.10"),
        time_in_force=TimeInForce.GTC,
        created_ms=1566818724722,
        update_ms=1566818724722,
    )


@pytest.mark.parametrize(("status", "created_ms"), [("NEW", 1566818724722), ("FILLED", 0), ("CANCELED", 0)])
def test_an_order_that_is_new_was_accepted_when_it_last_changed(status: str, created_ms: int) -> None:
    """Only queries tell the time of placing."""
    assert replies.read_order(body(order(status=status))).created_ms == created_ms


@pytest.mark.parametrize("order_id", [0, -1, 2**63, 2**64])
def test_what_can_be_no_orders_id_is_unexpected(order_id: int) -> None:
    with pytest.raises(UnexpectedReply, match="orderId"):
        replies.read_order(body(order(orderId=order_id)))
    with pytest.raises(UnexpectedReply, match="orderId"):
        replies.read_fills(body([trade(orderId=order_id)]))


def test_fills_and_times_of_an_order() -> None:
    read = replies.read_order(
        body(
            order(
                status="FILLED",
                executedQty="0.100",
                avgPrice="42000.5",
                side="SELL",
                timeInForce="GTX",
                reduceOnly=True,
                time=1566818724000,
            )
        )
    )
    assert (read.side, read.status, read.time_in_force) == (Side.SELL, OrderStatus.FILLED, TimeInForce.GTX)
    assert (read.executed_qty, read.avg_price, read.reduce_only) == (Decimal("0.100"), Decimal("42000.5"), True)
    assert (read.created_ms, read.update_ms) == (1566818724000, 1566818724722)


def test_the_average_price_follows_from_the_turnover_where_it_is_not_told() -> None:
    row = order(status="FILLED", executedQty="0.100", cumQuote="4200.00")
    del row["avgPrice"]
    assert replies.read_order(body(row)).avg_price == Decimal(42000)
    del row["cumQuote"]
    assert replies.read_order(body(row)).avg_price == 0


@pytest.mark.parametrize(
    "kind", ["STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET", "LIQUIDATION"]
)
def test_orders_of_conditional_kinds_are_of_another_type(kind: str) -> None:
    assert replies.read_order(body(order(type=kind))).type is OrderType.OTHER


@pytest.mark.parametrize(
    ("status", "ours", "reason"),
    [
        ("NEW", OrderStatus.NEW, ""),
        ("PARTIALLY_FILLED", OrderStatus.PARTIALLY_FILLED, ""),
        ("FILLED", OrderStatus.FILLED, ""),
        ("CANCELED", OrderStatus.CANCELED, ""),
        ("REJECTED", OrderStatus.REJECTED, ""),
        ("EXPIRED", OrderStatus.EXPIRED, ""),
        ("EXPIRED_IN_MATCH", OrderStatus.EXPIRED, "self-trade prevention"),
        ("NEW_INSURANCE", OrderStatus.NEW, ""),
        ("NEW_ADL", OrderStatus.NEW, ""),
    ],
)
def test_statuses(status: str, ours: OrderStatus, reason: str) -> None:
    read = replies.read_order(body(order(status=status)))
    assert (read.status, read.reason) == (ours, reason)


@pytest.mark.parametrize("change", [{"side": "HOLD"}, {"status": "MAYBE"}, {"origQty": "NaN"}, {"price": "1E+99"}])
def test_nonsense_in_an_order_is_an_unexpected_reply(change: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedReply):
        replies.read_order(body(order(**change)))


@pytest.mark.parametrize("side", ["LONG", "SHORT"])
def test_rows_of_hedge_mode_are_not_misread(side: str) -> None:
    for read in (
        lambda: replies.read_order(body(order(positionSide=side))),
        lambda: replies.read_orders(body([order(positionSide=side)]), PRODUCT),
        lambda: replies.read_fills(body([trade(positionSide=side)])),
        lambda: replies.read_positions(body([{**POSITIONS[0], "positionSide": side}]), body([]), PRODUCT),
    ):
        with pytest.raises(PermissionDenied, match="hedge mode"):
            read()


def test_lists_leave_other_products_out() -> None:
    rows = [order(), order(symbol="BTCUSD_PERP"), order(symbol="ETHUSDT", orderId=2)]
    assert [each.order_id for each in replies.read_orders(body(rows), PRODUCT)] == [22542179, 2]


def test_a_batch_answers_row_by_row() -> None:
    rows = [order(), {"code": -2019, "msg": "Margin is insufficient."}, {"what": "else"}]
    placed, refused, unreadable = replies.read_batch(body(rows))
    assert placed == replies.read_order(body(order()))
    assert type(refused) is InsufficientFunds
    assert type(unreadable) is UnexpectedReply


def test_fills_are_ordered_by_time_and_id() -> None:
    rows = [trade(id=11, time=5), trade(id=9, time=5), trade(id=30, time=4)]
    fills = replies.read_fills(body(rows))
    assert [fill.trade_id for fill in fills] == ["30", "9", "11"]
    assert fills[0] == Fill(
        trade_id="30",
        order_id=25851813,
        symbol="BTCUSDT",
        side=Side.SELL,
        price=Decimal("7819.01"),
        quantity=Decimal("0.002"),
        fee=Decimal("0.07819010"),
        fee_asset="USDT",
        realized_pnl=Decimal("-0.91539999"),
        time_ms=4,
        is_maker=True,
    )


# --- account ----------------------------------------------------------------------------------------------------

SHORT = Position(
    symbol="BTCUSDT",
    size=Decimal("-0.010"),
    entry_price=Decimal("42000.00"),
    mark_price=Decimal("42050.00"),
    unrealized_pnl=Decimal("-0.50"),
    leverage=20,
    margin_type="isolated",
    isolated_margin=Decimal("21.00"),
    liquidation_price=Decimal("99000.10"),
    update_ms=1720736417660,
)


def test_the_account_with_its_open_positions() -> None:
    account = replies.read_account(body(ACCOUNT), body(POSITIONS), body(SYMBOL_CONFIG), PRODUCT)
    assert account == Account(
        wallet_balance=Decimal("1000.5"),
        margin_balance=Decimal(1000),
        available_balance=Decimal("978.5"),
        maintenance_margin=Decimal(5),
        adjusted_equity=Decimal(1000),
        balances=(Balance("USDT", Decimal("1000.5"), Decimal("978.5")),),
        positions=(SHORT,),
        update_ms=1625474304765,
    )
    assert account.health_score == Decimal("0.9950")


def test_a_position_without_a_configuration_is_cross_of_unknown_leverage() -> None:
    (position,) = replies.read_positions(body(POSITIONS), body([]), PRODUCT)
    assert (position.leverage, position.margin_type) == (0, "cross")


def test_a_balance_is_what_the_wallet_holds() -> None:
    rows = body([{"asset": "BNB", "balance": "0.5"}, {"asset": "USDT", "balance": "122607.35"}])
    assert replies.read_balance(rows, "USDT") == Decimal("122607.35")
    assert replies.read_balance(rows, "DOGE") == 0


# --- market -----------------------------------------------------------------------------------------------------


def test_candles_come_oldest_first_and_the_last_one_runs() -> None:
    row = [1499040000000, "1.5", "2.0", "1.0", "1.7", "148.1", 1499040059999, "2434.1", 308, "1756.8", "28.4", "0"]
    first, last = replies.read_klines(body([row, [1499040060000, *row[1:]]]), "BTCUSDT", "1m")
    assert first == Candle(
        "BTCUSDT",
        "1m",
        1499040000000,
        Decimal("1.5"),
        Decimal("2.0"),
        Decimal("1.0"),
        Decimal("1.7"),
        Decimal("148.1"),
        is_closed=True,
    )
    assert (last.open_ms, last.is_closed) == (1499040060000, False)
    assert replies.read_klines(b"[]", "BTCUSDT", "1m") == ()


def premium(**changes: Any) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT",
        "markPrice": "11793.63104562",
        "indexPrice": "11781.80495970",
        "lastFundingRate": "-0.00038246",
        "nextFundingTime": 1597392000000,
        "interestRate": "0.00010000",
        "time": 1597370495002,
        **changes,
    }


def test_the_rate_of_the_coming_funding() -> None:
    rate = FundingRate(
        symbol="BTCUSDT",
        rate=Decimal("-0.00038246"),
        time_ms=1597370495002,
        predicted_rate=Decimal("-0.00038246"),
        next_funding_ms=1597392000000,
        mark_price=Decimal("11793.63104562"),
    )
    assert replies.read_funding_rate(body(premium())) == rate
    rows = [premium(), premium(symbol="BTCUSDT_260925", lastFundingRate="")]
    assert replies.read_funding_rates(body(rows), PRODUCT) == (rate,)
    with pytest.raises(UnexpectedReply, match="premiumIndex"):
        replies.read_funding_rate(body(premium(lastFundingRate="")))


def test_settled_rates_come_oldest_first() -> None:
    rows = [
        {"symbol": "BTCUSDT", "fundingRate": "0.0001", "fundingTime": 9, "markPrice": "34651.4"},
        {"symbol": "BTCUSDT", "fundingRate": "-0.03750000", "fundingTime": 4, "markPrice": ""},
    ]
    assert replies.read_funding_history(body(rows)) == (
        FundingRate("BTCUSDT", Decimal("-0.0375"), 4),
        FundingRate("BTCUSDT", Decimal("0.0001"), 9, mark_price=Decimal("34651.4")),
    )


def test_tickers_know_no_open_interest() -> None:
    row = {
        "symbol": "BTCUSDT",
        "priceChange": "-94.9",
        "priceChangePercent": "-95.960",
        "lastPrice": "4.2",
        "volume": "8913.3",
        "quoteVolume": "15.3",
        "openTime": 1499783499040,
        "closeTime": 1499869899040,
    }
    assert replies.read_tickers(body([row, {**row, "symbol": "BTCUSDT_260925"}]), PRODUCT) == (
        Ticker(
            "BTCUSDT",
            Decimal("4.2"),
            Decimal("-94.9"),
            Decimal("-95.960"),
            Decimal("8913.3"),
            Decimal("15.3"),
            1499869899040,
        ),
    )


def test_single_figures() -> None:
    assert replies.read_price(b'{"symbol":"BTCUSDT","price":"6000.01","time":1}') == Decimal("6000.01")
    assert replies.read_open_interest(b'{"openInterest":"10659.509","symbol":"BTCUSDT"}') == Decimal("10659.509")
    assert replies.read_server_time(b'{"serverTime":1499827319559}') == 1499827319559


@pytest.mark.parametrize("key", ["", "a/b", "a?b", "a b", "a#b", "ü", "--"])
def test_a_listen_key_cannot_lead_the_address_astray(key: str) -> None:
    with pytest.raises(UnexpectedReply, match="listenKey"):
        replies.read_listen_key(body({"listenKey": key}))
    assert replies.read_listen_key(b'{"listenKey":"pqia91ma-19a5_s61"}') == "pqia91ma-19a5_s61"


# --- nonsense ---------------------------------------------------------------------------------------------------

READERS: dict[str, Callable[[bytes], object]] = {
    "order": replies.read_order,
    "orders": lambda data: replies.read_orders(data, PRODUCT),
    "batch": replies.read_batch,
    "fills": replies.read_fills,
    "account": lambda data: replies.read_account(data, data, data, PRODUCT),
    "positions": lambda data: replies.read_positions(data, data, PRODUCT),
    "account config": replies.read_account_config,
    "balance": lambda data: replies.read_balance(data, "USDT"),
    "price": replies.read_price,
    "open interest": replies.read_open_interest,
    "tickers": lambda data: replies.read_tickers(data, PRODUCT),
    "klines": lambda data: replies.read_klines(data, "BTCUSDT", "1m"),
    "funding rate": replies.read_funding_rate,
    "funding rates": lambda data: replies.read_funding_rates(data, PRODUCT),
    "funding history": replies.read_funding_history,
    "server time": replies.read_server_time,
    "listen key": replies.read_listen_key,
}
SAMPLES = [
    body(each) for each in (order(), [order()], [trade()], ACCOUNT, POSITIONS, SYMBOL_CONFIG, premium(), [premium()])
]


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    """A sample cut short or with a piece of it replaced."""
    data = draw(st.sampled_from(SAMPLES))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, len(data)))
    middle = draw(st.sampled_from([b"", b"null", b'"', b"{", b"[[", b"-1", b'"NaN"', b"1E999999", b"\xff", b"9" * 400]))
    return data[:start] + middle + data[end:]


@given(data=mutilated() | st.binary(max_size=40))
def test_no_reply_escapes_as_anything_but_an_error_of_ours(data: bytes) -> None:
    for read in READERS.values():
        with suppress(ExchangeError):
            read(data)


def test_brackets_without_end_are_an_unexpected_reply() -> None:
    data = b'{"x":' + b"[" * 100_000
    for read in READERS.values():
        with pytest.raises(UnexpectedReply):
            read(data)


@pytest.mark.parametrize("name", READERS)
def test_a_page_instead_of_json_is_an_unexpected_reply(name: str) -> None:
    with pytest.raises(UnexpectedReply):
        READERS[name](b"<html><body>Please wait</body></html>")


def test_a_web_page_is_called_one() -> None:
    with pytest.raises(UnexpectedReply, match=r"^time: the answer is not JSON but looks like a web page$"):
        replies.read_server_time(b"\n<!doctype html><html>Sign in</html>")
