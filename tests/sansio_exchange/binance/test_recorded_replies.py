"""Replies that others collected (documentation examples, public samples), by the real code.

Every REST reply of the collection is accounted for, by id or by the request that it answers. What is asserted:

account          balances, account totals, symbol configuration, account configuration: values
batch            rows one by one: order or error
error            the type of the error
fill             fills: values; those of hedge mode refused by name
funding          live and settled rates: values
instruments      number of tradable symbols, rules of one of them, what is left out
kline            candles: values
listenkey        the key
open_interest    the figure
order            orders: values; those of hedge mode refused by name, and read once their position side is taken out
position         open positions: values; those of hedge mode refused by name
ticker, time     values
algo_order, book_ticker, orderbook, public_trade, other: no command of ours asks for them
spot, margin, options, COIN-M, wallet and gift-card payloads: of another product
"""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sansio_exchange.account import Balance
from sansio_exchange.binance import NETWORKS, Binance, replies
from sansio_exchange.binance.errors import of_reply
from sansio_exchange.binance.replies import AccountConfig
from sansio_exchange.binance.symbols import Product
from sansio_exchange.commands import FetchExchangeInfo
from sansio_exchange.errors import (
    AuthenticationFailed,
    ExchangeError,
    OrderNotFound,
    PermissionDenied,
    ReduceOnlyRejected,
    RequestRejected,
    UnexpectedReply,
)
from sansio_exchange.market import FundingRate, Ticker
from sansio_exchange.orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce
from tests.sansio_exchange.recipes import Rows, body, collected, names, run

PRODUCT = Product()


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "binance")


def one_way(payload: Any) -> Any:
    """The payload as it would be in one-way mode."""
    return json.loads(json.dumps(payload).replace('"SHORT"', '"BOTH"').replace('"LONG"', '"BOTH"'))


def orders(payload: Any) -> tuple[Order, ...]:
    return replies.read_orders(body(payload), PRODUCT)


def order(payload: Any) -> Order:
    return replies.read_order(body(payload))


def brief(read: Order) -> tuple[Any, ...]:
    return (read.order_id, read.client_order_id, read.side.name, read.type.name, read.status.name, read.quantity)


HEDGED_ORDERS: dict[str, tuple[Any, ...]] = {
    "jkorf__rest_Trading_PlaceOrder": (22542179, "testOrder", "BUY", "OTHER", "NEW", 10),
    "jkorf__rest_Trading_CancelOrder": (283194212, "myOrder1", "BUY", "OTHER", "CANCELED", 11),
    "hummingbot__test_cancel_order_successful_cancel_response": (283194212, "ODI1", "BUY", "OTHER", "CANCELED", 11),
    "jkorf__rest_Trading_EditOrder": (20072994037, "LJ9R4QZDihCaS8UAOOLpgW", "BUY", "LIMIT", "NEW", 1),
    "jkorf__rest_Trading_GetOpenOrder": (1917641, "abc", "BUY", "OTHER", "NEW", Decimal("0.40")),
    "hummingbot__test_update_order_status_successful_order": (8886774, "OID1", "SELL", "LIMIT", "PARTIALLY_FILLED", 1),
    "ccxtcomment___parse_order_18": (
        264895013409,
        "x-xcKtGhcu6278f1adbdf14f74ab432e",
        "BUY",
        "LIMIT",
        "NEW",
        Decimal("0.010"),
    ),
}
"""Single orders of hedge mode."""


@pytest.mark.parametrize("name", HEDGED_ORDERS)
def test_an_order_of_hedge_mode_is_refused_and_otherwise_read(rows: Rows, name: str) -> None:
    with pytest.raises(PermissionDenied, match="hedge mode"):
        order(rows[name]["payload"])
    assert brief(order(one_way(rows[name]["payload"]))) == HEDGED_ORDERS[name]


def check_order_9(payload: Any) -> None:
    assert order(payload) == Order(
        order_id=258649539704,
        client_order_id="x-xcKtGhcu02573c6f15e544e990057b",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.010"),
        status=OrderStatus.NEW,
        price=Decimal(35000),
        time_in_force=TimeInForce.GTC,
        created_ms=1707110415436,
        update_ms=1707110415436,
    )


def check_order_16(payload: Any) -> None:
    read = order(payload)
    assert brief(read) == (3697213934, "x-xcKtGhcufb20c5a7761a4aa09aa156", "BUY", "LIMIT", "NEW", Decimal("0.010"))
    assert (read.price, read.created_ms, read.update_ms) == (Decimal(33000), 1707892893502, 1707892893515)


def check_order_4(payload: Any) -> None:
    read = order(payload)
    assert (read.executed_qty, read.avg_price) == (Decimal(1), Decimal(10))  # of the turnover: no average price is told


def check_cancelled_orders(payload: Any) -> None:
    (read,) = orders(payload)
    assert brief(read) == (
        259235347005,
        "x-xcKtGhcu402881c9103f42bdb4183b",
        "BUY",
        "LIMIT",
        "CANCELED",
        Decimal("0.010"),
    )


def check_open_orders(payload: Any) -> None:
    with pytest.raises(PermissionDenied):
        orders(payload)
    (read,) = orders(one_way(payload))
    assert brief(read) == (1917641, "abc", "BUY", "OTHER", "NEW", Decimal("0.40"))


def check_forced_orders(payload: Any) -> None:
    liquidation, *deleveraging = orders(one_way(payload))
    assert (liquidation.client_order_id, liquidation.reason) == ("autoclose-1596107620040000020", "liquidation")
    assert (liquidation.status, liquidation.avg_price) == (OrderStatus.FILLED, Decimal("10913.21"))
    assert [each.reason for each in deleveraging] == ["auto-deleveraging"] * len(deleveraging)


def check_batch(payload: Any) -> None:
    hedged, refused = replies.read_batch(body(payload))
    assert isinstance(hedged, PermissionDenied)
    assert isinstance(refused, ReduceOnlyRejected)
    assert isinstance(replies.read_batch(body(one_way(payload)))[0], Order)


def check_refused_row(payload: Any) -> None:
    (refused,) = replies.read_batch(body(payload))
    assert isinstance(refused, OrderNotFound)


def check_fills(payload: Any) -> None:
    listed = payload if isinstance(payload, list) else [payload]
    with pytest.raises(PermissionDenied):
        replies.read_fills(body(listed))
    assert replies.read_fills(body(one_way(listed))) == (
        Fill(
            trade_id="4575108247",
            order_id=261942655610,
            symbol="BTCUSDT",
            side=Side.SELL,
            price=Decimal("47263.40"),
            quantity=Decimal("0.010"),
            fee=Decimal("0.18905360"),
            fee_asset="USDT",
            realized_pnl=Decimal("27.384"),
            time_ms=1707530039409,
        ),
    )


def check_documented_fill(payload: Any) -> None:
    (fill,) = replies.read_fills(body(one_way(payload)))
    assert (fill.trade_id, fill.price, fill.fee, fill.is_maker) == (
        "698759",
        Decimal("7819.01"),
        Decimal("-0.0781901"),
        False,
    )


def check_rebated_fill(payload: Any) -> None:
    (fill,) = replies.read_fills(body([payload]))
    assert (fill.fee, fill.is_maker, fill.realized_pnl) == (Decimal("-0.00076959"), True, Decimal("-0.00009534"))


NO_POSITIONS = b"[]"


def check_account(payload: Any) -> None:
    account = replies.read_account(body(payload), NO_POSITIONS, b"[]", PRODUCT)
    total = (
        Decimal("103.12345678") if len(payload["assets"]) == 2 and "feeTier" not in payload else Decimal("23.72469206")
    )
    assert (account.wallet_balance, account.margin_balance, account.maintenance_margin) == (total, total, Decimal(0))
    assert account.balances[0] == Balance("USDT", Decimal("23.72469206"), Decimal("23.72469206"))
    assert account.health_score == 1


def check_account_config(payload: Any) -> None:
    assert replies.read_account_config(body(payload)) == AccountConfig(can_trade=True, dual_side_position=True)


def check_balances(payload: Any) -> None:
    assert replies.read_balance(body(payload), "BNB") == Decimal("0.01")
    assert replies.read_balance(body(payload), "USDT") == 0


def check_symbol_config(payload: Any) -> None:
    held = [{"symbol": "BTCUSDT", "positionAmt": "1"}, {"symbol": "ETHUSDT", "positionAmt": "-2"}]
    positions = replies.read_positions(body(held), body(payload), PRODUCT)
    assert [(each.symbol, each.leverage, each.margin_type) for each in positions] == [
        ("BTCUSDT", 25, "isolated"),
        ("ETHUSDT", 20, "cross"),
    ]


def check_positions(payload: Any) -> None:
    listed = payload if isinstance(payload, list) else [payload]
    with pytest.raises(PermissionDenied):
        replies.read_positions(body(listed), b"[]", PRODUCT)
    (position,) = replies.read_positions(body(one_way(listed)), b"[]", PRODUCT)
    assert (position.symbol, position.size, position.entry_price) == ("BTCUSDT", Decimal("0.01"), Decimal(44525))
    assert (position.mark_price, position.unrealized_pnl) == (Decimal("45464.1735922"), Decimal("9.39173592"))
    assert (position.liquidation_price, position.update_ms) == (Decimal("38007.16308568"), 1707371879042)


def check_no_position(payload: Any) -> None:
    assert replies.read_positions(body(payload), b"[]", PRODUCT) == ()


def check_premium_index(payload: Any) -> None:
    assert replies.read_funding_rate(body(payload)) == FundingRate(
        "BTCUSDT",
        Decimal("0.00038246"),
        1597370495002,
        Decimal("0.00038246"),
        1597392000000,
        Decimal("11793.63104562"),
    )


def check_times_as_text(payload: Any) -> None:
    """An old sample has times as text, which the venue does not send."""
    read: Callable[[bytes], object] = (
        replies.read_funding_rate if "lastFundingRate" in payload else replies.read_funding_history
    )
    with pytest.raises(UnexpectedReply, match="Expected"):
        read(body(payload if "lastFundingRate" in payload else [payload]))


def check_funding_rates(payload: Any) -> None:
    rates = replies.read_funding_history(body(payload))
    assert [(each.time_ms, each.rate, each.mark_price) for each in rates] == [
        (1698768000000, Decimal("0.0001"), Decimal("34287.54619963")),
        (1698796800000, Decimal("0.0001"), Decimal("34651.4")),
    ]


def check_old_funding_rates(payload: Any) -> None:
    rates = replies.read_funding_history(body(payload))
    assert [(each.time_ms, each.rate, each.mark_price) for each in rates] == [
        (1570608000000, Decimal("-0.0375"), Decimal(0)),
        (1570636800000, Decimal("0.0001"), Decimal(0)),
    ]


def check_exchange_info(payload: Any) -> None:
    venue = Binance(NETWORKS["mainnet"])
    run(venue.recipe(FetchExchangeInfo("BTCUSDT")), body(payload))
    assert len(venue.symbols) == 117
    rules = venue.symbols.find("BTCUSDT")
    assert (rules.tick_size, rules.step_size, rules.min_notional) == (Decimal("0.01"), Decimal("0.001"), Decimal(5))
    assert not {"BTCBUSD", "BTCUSDT_210924", "BTCSTUSDT"} & set(venue.symbols.names())


def check_small_exchange_info(payload: Any) -> None:
    venue = Binance(NETWORKS["mainnet"])
    run(venue.recipe(FetchExchangeInfo()), body(payload))
    rules = venue.symbols.find("BLZUSDT")
    assert (rules.tick_size, rules.step_size, rules.max_market_quantity) == (
        Decimal("0.0001"),
        Decimal(1),
        Decimal(590119),
    )
    assert (rules.price_floor_ratio, rules.price_cap_ratio) == (Decimal("0.85"), Decimal("1.15"))


def check_spot_exchange_info(payload: Any) -> None:
    with pytest.raises(UnexpectedReply, match="no perpetual"):
        run(Binance(NETWORKS["mainnet"]).recipe(FetchExchangeInfo()), body(payload))


def check_klines(payload: Any) -> None:
    (candle,) = replies.read_klines(body(payload), "BTCUSDT", "1m")
    assert (candle.open, candle.high, candle.low, candle.close) == (
        Decimal("0.01634790"),
        Decimal("0.8"),
        Decimal("0.015758"),
        Decimal("0.015771"),
    )
    assert (candle.open_ms, candle.volume) == (1499040000000, Decimal("148976.11427815"))


def check_more_klines(payload: Any) -> None:
    candles = replies.read_klines(body(payload), "BTCUSDT", "1m")
    assert [candle.open_ms for candle in candles] == [1591478520000, 1591478580000, 1591478640000]
    assert [candle.is_closed for candle in candles] == [True, True, False]


def check_listen_key(payload: Any) -> None:
    assert replies.read_listen_key(body(payload)) == payload["listenKey"]


def check_nothing(payload: Any) -> None:
    assert payload == {}  # read by nobody: that it came is all


def check_open_interest(payload: Any) -> None:
    assert replies.read_open_interest(body(payload)) in (Decimal("10659.509"), Decimal("23581.677"))


def check_ticker(payload: Any) -> None:
    assert replies.read_tickers(body([payload]), PRODUCT) == (
        Ticker(
            "BTCUSDT",
            Decimal("47028.59"),
            Decimal("-155.63"),
            Decimal("-0.330"),
            Decimal("471823.103"),
            Decimal("22175129357.20"),
            1630042423017,
        ),
    )


def check_documented_ticker(payload: Any) -> None:
    (ticker,) = replies.read_tickers(body([payload]), PRODUCT)
    assert (ticker.last_price, ticker.price_change, ticker.price_change_percent, ticker.open_interest) == (
        Decimal("4.000002"),
        Decimal("-94.999998"),
        Decimal("-95.96"),
        Decimal(0),
    )


def check_price(payload: Any) -> None:
    assert replies.read_price(body(payload)) == Decimal("11492.32")


def check_time(payload: Any) -> None:
    assert replies.read_server_time(body(payload)) in (1620099477465, 1499827319559)


def refused_with(kind: type[ExchangeError]) -> Callable[[Any], None]:
    def check(payload: Any) -> None:
        assert type(of_reply(400, {}, body(payload))) is kind

    return check


def check_done(payload: Any) -> None:
    replies.read_all_cancelled(body(payload))


CHECKS: dict[str, Callable[[Any], None]] = {
    "ccxtcomment___fetch_balance_4": check_balances,
    "hummingbot__test_update_balances_response": check_account,
    "jkorf__rest_Account_GetAccountInfo": check_account,
    "jkorf__rest_Account_GetAccountInfoV3": check_account,
    "jkorf__rest_Account_GetAccountConfiguration": check_account_config,
    "nautiluspy__rest_account_symbol_config": check_symbol_config,
    "ccxtcomment___fetch_orders_5": check_cancelled_orders,
    "ccxtcomment___parse_order_9": check_order_9,
    "ccxtcomment___parse_order_16": check_order_16,
    "ccxtcomment___parse_order_4": check_order_4,
    "ccxtcomment___fetch_my_liquidations_2": check_forced_orders,
    "jkorf__rest_Trading_GetForcedOrders": check_forced_orders,
    "jkorf__rest_Trading_GetOpenOrders": check_open_orders,
    "jkorf__rest_Trading_EditMultipleOrders": check_batch,
    "jkorf__rest_Trading_PlaceMultipleOrders": check_batch,
    "ccxtcomment___cancel_all_orders": check_done,
    "hummingbot__test_cancel_all_successful_cancel_response": check_done,
    "ccxtcomment___handle_errors": refused_with(AuthenticationFailed),
    "ccxtcomment___handle_errors_2": refused_with(RequestRejected),
    "ccxtcomment___handle_errors_3": check_refused_row,
    "ccxtcomment___parse_order_8": refused_with(RequestRejected),
    "gct__rest_fapi_v1_ticker_24hr_0": refused_with(RequestRejected),
    "ccxtcomment___fetch_my_trades_3": check_fills,
    "ccxtcomment___parse_trade_8": check_fills,
    "jkorf__rest_Trading_GetUserTrades": check_documented_fill,
    "ccxtcomment___parse_trade_4": check_rebated_fill,
    "ccxtcomment___fetch_funding_rate": check_times_as_text,
    "ccxtcomment___fetch_funding_rate_history": check_times_as_text,
    "jkorf__rest_ExchangeData_GetFundingRates": check_funding_rates,
    "nautiluspy__rest_market_funding_rate": check_old_funding_rates,
    "nautiluspy__rest_market_premium_index": check_premium_index,
    "cryptofeed__rest_exchangeInfo": check_exchange_info,
    "jkorf__rest_ExchangeData_GetExchangeInfo": check_small_exchange_info,
    "ccxtcomment___fetch_markets_3": check_spot_exchange_info,
    "nautiluspy__rest_market_klines": check_klines,
    "ccxtcomment___fetch_ohlcv": check_more_klines,
    "jkorf__rest_Account_StartUserStream": check_listen_key,
    "jkorf__rest_Account_KeepAliveUserStream": check_nothing,
    "nautiluspy__rest_market_open_interest": check_open_interest,
    "ccxtcomment___fetch_open_interest": check_open_interest,
    "ccxtcomment___fetch_positions_risk_3": check_positions,
    "ccxtcomment___parse_position_risk_3": check_positions,
    "jkorf__rest_Account_GetPositionInformation": check_no_position,
    "gct__rest_fapi_v1_ticker_24hr_1": check_ticker,
    "nautiluspy__rest_market_ticker_24hr": check_documented_ticker,
    "gct__rest_fapi_v1_ticker_price_0": check_price,
    "gct__rest_fapi_v1_time_0": check_time,
    "jkorf__rest_ExchangeData_GetServerTime": check_time,
}

NOT_ASKED_FOR = names("""
    algoOrder algo/futures/subOrders algo/futures/historicalOrders algo/futures/openOrders allAlgoOrders
    algo/futures/newOrderTwap leverage marginType leverageBracket income multiAssetsMargin rateLimit/order
    apiTradingStatus commissionRate assetIndex insuranceBalance ticker/bookTicker fundingInfo indexPriceKlines
    markPriceKlines premiumIndexKlines indexInfo constituents depth positionMargin data/topLongShortPositionRatio
    aggTrades trades orderAmendment ticker/price
""")
"""Calls that no command of ours needs; of ticker/price the list of all symbols."""

NOT_ASKED_FOR_BY_NAME = names("""
    ccxtcomment___fetch_leverage_tiers ccxtcomment___modify_margin_helper nautiluspy__rest_market_asset_index
    nautiluspy__rest_market_global_long_short_account_ratio nautiluspy__rest_market_top_long_short_account_ratio
    nautiluspy__rest_wallet_commission_rate_btcusdt_quarterly ccxtcomment___fetch_open_order_5
    ccxtcomment___parse_order_11 ccxtcomment___parse_order_12 ccxtcomment___parse_order_20
    ccxtcomment___parse_order_21 ccxtcomment___parse_order_22 nautiluspy__rest_market_book_ticker
    ccxtcomment___fetch_funding_intervals ccxtcomment___parse_funding_rate_2 nautiluspy__rest_market_blvt_nav_kline
    nautiluspy__rest_market_mark_price_klines ccxtcomment___fetch_markets_7 nautiluspy__rest_market_agg_trades
    nautiluspy__rest_market_taker_long_short_ratio nautiluspy__rest_market_trades
    ccxtcomment___fetch_open_interest_history_2 nautiluspy__rest_market_open_interest_historical
    ccxtcomment___fetch_order_book nautiluspy__rest_market_depth ccxtcomment___fetch_adl_rank
    ccxtcomment___parse_income ccxtcomment___parse_long_short_ratio ccxtcomment___parse_long_short_ratio_2
    ccxtcomment___parse_adl_rank_2 nautiluspy__rest_market_top_long_short_position_ratio
    gctinline__TestSubscribeBadResp_ ccxtcomment___parse_trade_2
""")
"""The same, where the collection does not name the call."""

OF_OTHER_PRODUCTS = names("""
    ccxtcomment___fetch_balance ccxtcomment___fetch_balance_2 ccxtcomment___fetch_balance_5
    ccxtcomment___fetch_balance_6 ccxtcomment___fetch_my_liquidations ccxtcomment___fetch_orders_4
    ccxtcomment___fetch_orders_7 ccxtcomment___fetch_trading_fees_2 ccxtcomment___mint_tokenized_asset
    ccxtcomment___parse_order_10 ccxtcomment___parse_order_14 ccxtcomment___parse_order_19
    ccxtcomment___parse_trade_3 ccxtcomment___redeem_tokenized_asset ccxtcomment___fetch_my_trades
    ccxtcomment___fetch_my_trades_2 ccxtcomment___fetch_my_trades_4 ccxtcomment___fetch_my_trades_6
    ccxtcomment___parse_trade_10 ccxtcomment___parse_trade_11 ccxtcomment___parse_trade_6
    ccxtcomment___parse_trade_9 ccxtcomment___parse_transaction ccxtcomment___parse_transaction_2
    ccxtcomment___parse_transaction_3 ccxtcomment___fetch_markets_6 ccxtcomment___fetch_markets_8
    ccxtcomment___fetch_open_interest_2 ccxtcomment___fetch_open_interest_3 ccxtcomment___fetch_orders
    ccxtcomment___fetch_orders_3 ccxtcomment___fetch_orders_8 ccxtcomment___parse_conversion_2
    ccxtcomment___parse_order ccxtcomment___parse_order_17 ccxtcomment___parse_order_23
    ccxtcomment___parse_order_24 ccxtcomment___parse_order_25 ccxtcomment___parse_order_26
    ccxtcomment___parse_order_27 ccxtcomment___parse_order_6 ccxtcomment___parse_order_7
    gctinline__TestFuturesNewOrderRequest_Unmarshal_inp ccxtcomment___fetch_order_book_2
    ccxtcomment___fetch_my_liquidations_3 ccxtcomment___fetch_my_settlement_history ccxtcomment___fetch_ohlcv_2
    ccxtcomment___parse_conversion ccxtcomment___parse_liquidation_3 ccxtcomment___parse_ohlcv
    ccxtcomment___parse_settlement ccxtcomment___parse_settlement_2 ccxtcomment___redeem_gift_code
    ccxtcomment___fetch_position ccxtcomment___fetch_positions_risk_2 ccxtcomment___parse_account_position_2
    ccxtcomment___parse_position_risk ccxtcomment___parse_position_risk_2 ccxtcomment___fetch_my_dust_trades
    ccxtcomment___parse_conversion_3 ccxtcomment___parse_conversion_5 ccxtcomment___parse_trade_5
    ccxtcomment___parse_trade_7 ccxtcomment___parse_ticker ccxtcomment___parse_ticker_3
    ccxtcomment___parse_ticker_4 ccxtcomment___parse_ticker_6 ccxtcomment___parse_ticker_7
""")
"""Spot, margin, options, COIN-M, conversion, wallet."""


@pytest.mark.parametrize("name", CHECKS)
def test_a_reply_says_this(rows: Rows, name: str) -> None:
    CHECKS[name](rows[name]["payload"])


def test_every_reply_of_the_collection_is_accounted_for(rows: Rows) -> None:
    collected = {name: row for name, row in rows.items() if row["kind"] == "rest"}
    accounted = CHECKS.keys() | HEDGED_ORDERS.keys()
    accounted |= set(NOT_ASKED_FOR_BY_NAME) | set(OF_OTHER_PRODUCTS)
    left = {
        name
        for name, row in collected.items()
        if name not in accounted
        and not any((row.get("request") or {}).get("path", "").endswith(f"/{path}") for path in NOT_ASKED_FOR)
    }
    assert left == set()
    assert accounted <= collected.keys()


def test_no_reply_of_another_product_passes_for_one_of_ours(rows: Rows) -> None:
    """Orders and positions of other products are left out of lists or are unreadable, never an error that escapes."""
    for name in OF_OTHER_PRODUCTS:
        payload = rows[name]["payload"]
        listed = payload if isinstance(payload, list) else [payload]
        for read in (
            lambda data: replies.read_orders(data, PRODUCT),
            lambda data: replies.read_positions(data, b"[]", PRODUCT),
            replies.read_fills,
            replies.read_account_config,
        ):
            try:
                read(body(listed))
            except ExchangeError as error:
                assert isinstance(error, UnexpectedReply | PermissionDenied), name  # noqa: PT017
