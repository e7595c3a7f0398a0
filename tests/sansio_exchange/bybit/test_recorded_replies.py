"""Replies that others collected (documentation examples, public samples), by the real code.

Every REST reply of the collection is accounted for, by id or by the request that it answers. What is asserted:

account          wallets: totals and balances; key and account mode; what a check makes of them
error            envelopes of older versions are no replies of this one
fill             executions of linear contracts: price, quantity, fee; those of USDC contracts are another product
funding          settled and live rates
instruments      number of tradable perpetuals and rules of one; other categories have none
kline            open, close, volume
mark_index       tickers and the venue's time
order            ids and states; history and working orders; those of hedge mode refused by name; acknowledgements
position         signed size; inverse and USDC contracts are another product
ticker           values
batch_or_cancel_all, algo_order, open_interest, orderbook, public_trade, other: acknowledged, or no command of ours asks
"""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sansio_exchange.bybit import market_replies, replies
from sansio_exchange.bybit.errors import require_accepted
from sansio_exchange.bybit.symbols import read_instruments, read_rules
from sansio_exchange.errors import ExchangeError, PermissionDenied, RequestRejected, UnexpectedReply
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import NewOrder, OrderType, Side
from tests.sansio_exchange.recipes import Rows, body, collected, names

IDS = OrderIds()


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "bybit")


def enveloped(payload: Any) -> Any:
    """A row that was cut out of its reply, put back into one."""
    if isinstance(payload, dict) and "retCode" in payload:
        return payload
    rows = payload if isinstance(payload, list) else [payload]
    return {"retCode": 0, "retMsg": "OK", "result": {"list": rows}, "retExtInfo": {}, "time": 1_700_000_000_000}


def ours(payload: Any) -> bytes:
    """The reply as it would be of BTCUSDT in one-way mode."""
    message = json.loads(json.dumps(enveloped(payload)))
    for row in message["result"]["list"]:
        row.update(symbol="BTCUSDT", category="linear", **({"positionIdx": 0} if "positionIdx" in row else {}))
    return body(message)


# --- orders, fills, positions -----------------------------------------------------------------------------------

ORDERS: dict[str, tuple[Any, ...]] = {
    "ccxtcomment___fetch_canceled_and_closed_orders": ("SELL", "MARKET", "FILLED", Decimal("0.001"), ""),
    "ccxtcomment___parse_order_2": ("SELL", "MARKET", "FILLED", Decimal("0.001"), ""),
    "ccxtcomment___fetch_order": ("BUY", "OTHER", "CANCELED", Decimal("0.5"), "1672217748277652"),
    "ccxtcomment___fetch_orders_classic": ("SELL", "LIMIT", "CANCELED", Decimal("0.1"), "test-001"),
    "docs__order_order-list_1": ("BUY", "LIMIT", "EXPIRED", Decimal("0.003"), "YLxaWKMiHU"),
    "jkorf__rest_Trading_GetOrderHistory": ("BUY", "LIMIT", "EXPIRED", Decimal("0.003"), "YLxaWKMiHU"),
    "gctinline__TestConstructOrderDetails_data": ("BUY", "LIMIT", "NEW", Decimal("0.10"), "test-000005"),
    "jkorf__rest_Trading_GetOrders": ("BUY", "LIMIT", "NEW", Decimal("0.10"), "test-000005"),
}
WORKING_IN_HEDGE_MODE = ("gctinline__TestConstructOrderDetails_data", "jkorf__rest_Trading_GetOrders")
PAST_IN_HEDGE_MODE = ("docs__order_order-list_1", "jkorf__rest_Trading_GetOrderHistory")


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_reads_as_one_of_one_way_mode(rows: Rows, name: str) -> None:
    (order, *_), _, count = replies.read_orders(ours(rows[name]["payload"]), IDS)
    client_order_id = "" if order.client_order_id == str(order.order_id) else order.client_order_id
    assert (order.side.name, order.type.name, order.status.name, order.quantity, client_order_id) == ORDERS[name]
    assert count >= 1


@pytest.mark.parametrize("name", WORKING_IN_HEDGE_MODE)
def test_an_order_of_hedge_mode_is_refused_by_name(rows: Rows, name: str) -> None:
    with pytest.raises(PermissionDenied, match="hedge mode"):
        replies.read_orders(body(enveloped(rows[name]["payload"])), IDS)


@pytest.mark.parametrize("name", PAST_IN_HEDGE_MODE)
def test_a_past_order_of_hedge_mode_is_left_out(rows: Rows, name: str) -> None:
    orders, _, count = replies.read_orders(body(enveloped(rows[name]["payload"])), IDS)
    assert (orders, count) == ((), 1)


USDC_FILLS = names("""
    ccxtcomment___fetch_my_trades docs__order_execution_1 jkorf__rest_Trading_GetUserTrades
    ccxtcomment___parse_liquidation
""")


@pytest.mark.parametrize("name", USDC_FILLS)
def test_an_execution_of_another_contract_reads_as_if_it_were_ours(rows: Rows, name: str) -> None:
    payload = rows[name]["payload"]
    assert replies.read_fills(body(enveloped(payload)), IDS)[0] == ()
    ((fill,), _, _) = replies.read_fills(ours(payload), IDS)
    assert (fill.price, fill.quantity, fill.fee, fill.is_maker) == (
        *(Decimal("1190.15"), Decimal("0.1"), Decimal("0.071409"), False),
    )


def check_fill(payload: Any) -> None:
    ((fill,), _, _) = replies.read_fills(body(enveloped(payload)), IDS)
    assert (fill.symbol, fill.price, fill.quantity, fill.fee, fill.is_maker) in [
        ("BTCUSDT", Decimal(123498), Decimal("0.001"), Decimal("0.0679239"), False),
        ("QNTUSDT", Decimal("102.8"), Decimal("0.01"), Decimal("0.0000025"), True),
    ]


def check_position(payload: Any) -> None:
    ((position, *_), _, _) = replies.read_positions(body(enveloped(payload)))
    assert (position.symbol, position.size, position.entry_price, position.leverage, position.margin_type) in [
        ("XRPUSDT", Decimal(100), Decimal("0.3615"), 10, "cross"),
        ("ETHUSDT", Decimal("0.10"), Decimal("1198.45"), 4, "isolated"),
        ("BTCUSDT", Decimal("0.01"), Decimal("177489.6"), 0, "cross"),
    ]


def check_position_of_another_contract(payload: Any) -> None:
    assert replies.read_positions(body(enveloped(payload)))[0] == ()
    ((position,), _, _) = replies.read_positions(ours(payload))
    assert position.size == -300


def check_unreadable(payload: Any) -> None:
    """Of an older version, where a time is a number, or the position mode is left out."""
    with pytest.raises(UnexpectedReply, match=r"updatedTime|positionIdx"):
        replies.read_positions(body(enveloped(payload)))


def check_order_of_an_older_version(payload: Any) -> None:
    with pytest.raises(UnexpectedReply, match="reduceOnly"):
        replies.read_orders(body(enveloped(payload)), IDS)


def check_accepted(payload: Any) -> None:
    name = payload["result"]["orderLinkId"]
    order = NewOrder("BTCUSDT", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(1), client_order_id=name)
    accepted = replies.read_ack(body(payload), order, IDS)
    assert IDS.venue_id(accepted.order_id) == payload["result"]["orderId"]
    replies.read_cancelled(body(payload), name)


def check_rows(payload: Any) -> None:
    """Codes in text, as others have collected them."""
    sent = [row["orderLinkId"] for row in payload["result"]["list"]]
    assert [getattr(row, "order_link_id", None) for row in replies.read_acks(body(payload), sent)[0]] == sent


def check_acknowledged(payload: Any) -> None:
    require_accepted(body(payload))
    replies.read_all_cancelled(body(payload))


# --- account, market --------------------------------------------------------------------------------------------


def check_wallet(payload: Any) -> None:
    account = replies.read_account(body(payload), ())
    assert (account.wallet_balance, account.margin_balance, account.available_balance) in [
        (Decimal(0), Decimal("18070.32797922"), Decimal("17887.72614237")),
        (Decimal(0), Decimal("3.00326056"), Decimal("3.00326056")),
    ]
    assert account.update_ms == payload["time"]
    assert {balance.asset for balance in account.balances} == {
        row["coin"] for row in payload["result"]["list"][0]["coin"] if row["walletBalance"]
    }


def check_key(payload: Any) -> None:
    key = replies.read_key(body(payload))
    assert (key.read_only, key.permissions["ContractTrade"]) == (0, ["Order", "Position"])


def check_account_info(payload: Any) -> None:
    info = replies.read_account_info(body(payload))
    assert (info.unified_margin_status, info.margin_mode) == (4, "REGULAR_MARGIN")


def check_instruments(payload: Any) -> None:
    (rules,) = read_rules(read_instruments(body(payload))[0])
    assert (rules.symbol, rules.tick_size, rules.step_size, rules.min_notional) in [
        ("BTCUSDT", Decimal("0.10"), Decimal("0.001"), Decimal(5)),
        ("1000000BABYDOGEUSDT", Decimal("0.0000001"), Decimal(100), Decimal(5)),
    ]


def check_instruments_of_other_categories(payload: Any) -> None:
    with pytest.raises(UnexpectedReply, match="no perpetual in USDT"):
        read_rules(read_instruments(body(payload))[0])


def check_tickers(payload: Any) -> None:
    (ticker,) = market_replies.read_tickers(body(enveloped(payload)))
    (rate,) = market_replies.read_funding_rates(body(enveloped(payload)))
    assert (ticker.symbol, ticker.last_price, ticker.price_change_percent, ticker.open_interest) == (
        *("BTCUSDT", Decimal("19255.50"), Decimal("3.3325"), Decimal("48069.549")),
    )
    assert (rate.rate, rate.next_funding_ms, rate.mark_price) == (Decimal("0.0001"), 1663689600000, Decimal(19255))


def check_spot_tickers(payload: Any) -> None:
    (ticker,) = market_replies.read_tickers(body(enveloped(payload)))
    assert (ticker.last_price, ticker.volume, ticker.open_interest) == (
        Decimal("20533.13"),
        Decimal("11801.27771"),
        Decimal(0),
    )
    assert market_replies.read_funding_rates(body(enveloped(payload))) == ()


def check_tickers_of_other_contracts(payload: Any) -> None:
    assert market_replies.read_tickers(body(enveloped(payload))) == ()
    (ticker,) = market_replies.read_tickers(ours(payload))
    assert ticker.last_price in (16597, 435, Decimal("120635.50"))


def check_settled(payload: Any) -> None:
    (rate,) = market_replies.read_funding_history(body(payload), "ETHPERP")
    assert (rate.rate, rate.time_ms) == (Decimal("0.0001"), 1672041600000)
    assert market_replies.read_funding_history(body(payload), "BTCUSDT") == ()


def check_candles_of_five(payload: Any) -> None:
    """Of mark and premium prices, which have no volume."""
    with pytest.raises(UnexpectedReply, match="at least length 6"):
        market_replies.read_candles(body(payload), "BTCUSDT", "1h")


def check_time(payload: Any) -> None:
    assert replies.read_server_time(body(payload)) in (1688639403423, 1666879482792)


def check_refused(payload: Any) -> None:
    with pytest.raises(RequestRejected, match="SOME ERROR"):
        require_accepted(body(payload))


def check_older_version(payload: Any) -> None:
    with pytest.raises(UnexpectedReply):
        require_accepted(body(payload))


CHECKS: dict[str, Callable[[Any], None]] = {
    "ccxtcomment___parse_trade_3": check_fill,
    "ccxtcomment___parse_trade_6": check_fill,
    "ccxtcomment___fetch_position": check_position,
    "ccxtcomment___fetch_positions_adl_rank": check_position,
    "ccxtcomment___parse_adl_rank": check_position,
    "ccxtcomment___parse_position": check_position,
    "ccxtcomment___parse_position_4": check_position,
    "docs__position_position_1": check_position_of_another_contract,
    "jkorf__rest_Trading_GetPositions": check_position_of_another_contract,
    "ccxtcomment___fetch_positions": check_unreadable,
    "ccxtcomment___parse_position_3": check_unreadable,
    "ccxtcomment___parse_position_2": check_unreadable,
    "ccxtcomment___parse_order": check_order_of_an_older_version,
    "hummingbot__order_creation_request_successful_mock_response_mock_response": check_accepted,
    "jkorf__rest_Trading_EditOrder": check_accepted,
    "ccxtcomment___cancel_orders": check_rows,
    "ccxtcomment___cancel_all_orders": check_acknowledged,
    "ccxtcomment___cancel_all_orders_2": check_acknowledged,
    "gctinline__TestRestResponseRetExtInfoParsing_": check_acknowledged,
    "gctinline__TestRestResponseRetExtInfoParsing__2": check_acknowledged,
    "ccxtcomment___parse_balance_3": check_wallet,
    "hummingbot__balance_request_mock_response_for_base_and_quote_mock_response": check_wallet,
    "jkorf__rest_Account_GetBalances": check_wallet,
    "jkorf__rest_Account_GetApiKeyInfo": check_key,
    "nautilus__http_get_account_info": check_account_info,
    "docs__account_instrument_1": check_instruments,
    "jkorf__rest_ExchangeData_GetLinearInverseSymbols": check_instruments,
    "docs__account_instrument_2": check_instruments_of_other_categories,
    "docs__market_instrument_1": check_instruments_of_other_categories,
    "docs__market_instrument_2": check_instruments_of_other_categories,
    "jkorf__rest_Account_GetAccountSpotSymbols": check_instruments_of_other_categories,
    "hummingbot__all_symbols_including_invalid_pair_mock_response_mock_response": check_instruments_of_other_categories,
    "ccxtcomment___fetch_funding_rates": check_tickers,
    "ccxtcomment___parse_funding_rate": check_tickers,
    "jkorf__rest_ExchangeData_GetSpotTickers": check_spot_tickers,
    "ccxtcomment___parse_ticker": check_spot_tickers,
    "docs__market_tickers_1": check_tickers_of_other_contracts,
    "docs__market_tickers_2": check_tickers_of_other_contracts,
    "jkorf__rest_ExchangeData_GetLinearInverseTickers": check_tickers_of_other_contracts,
    "hummingbot__get_general_info_rest_msg_ret": check_tickers_of_other_contracts,
    "ccxtcomment___fetch_ticker": check_tickers_of_other_contracts,
    "ccxtcomment___parse_ticker_2": check_tickers_of_other_contracts,
    "ccxtcomment___parse_ticker_3": check_tickers_of_other_contracts,
    "jkorf__rest_ExchangeData_GetFundingRateHistory": check_settled,
    "jkorf__rest_ExchangeData_GetMarkPriceKlines": check_candles_of_five,
    "jkorf__rest_ExchangeData_GetPremiumIndexPriceKlines": check_candles_of_five,
    "docs__market_time_1": check_time,
    "ccxtcomment___fetch_time": check_time,
    "hummingbot__configure_erroneous_trade_fills_response_resp": check_refused,
    "ccxtcomment___handle_errors_2": check_older_version,
    "ccxtcomment___describe": check_older_version,
    "hummingbot__configure_erroneous_cancelation_response_response": check_older_version,
    "hummingbot__get_predicted_funding_info_ret": check_older_version,
}

NOT_ASKED_FOR = names("""
    user/delete-api user/get-member-type account/trade-info-for-analysis coin/query-info asset/asset-overview
    broker/account-info account/collateral-info account/fee-rate covert/small-balance-list covert/get-quote
    account/quick-repayment account/set-collateral-switch account/set-limit-px-action account/set-hedging-mode
    user/agreement spot-lever-token/reference spot-lever-token/info exchange/order-record asset/delivery-record
    spot-lever-token/order-record asset/settlement-record spot-lever-token/purchase spot-lever-token/redeem
    position/set-tpsl-mode account/set-collateral-switch-batch order/disconnected-cancel-all account/transaction-log
    asset/fundinghistory market/historical-volatility market/insurance market/risk-limit market/recent-trade
    market/open-interest market/price-limit market/orderbook system/status position/add-margin
    position/set-auto-add-margin
""")
"""Calls that no command of ours needs."""

NOT_ASKED_FOR_BY_NAME = names("""
    ccxtcomment___fetch_derivatives_market_leverage_tiers ccxtcomment___parse_leverage_tiers
    ccxtcomment___parse_trading_fee ccxtcomment___repay_cross_margin docs__account_get-user-setting-config_1
    docs__account_pay-info_1 docs__account_set-delta-mode_1 docs__account_smp-group_1 docs__account_unified-trans-amnt_1
    docs__account_upgrade-unified-account_1 docs__market_fee-group-info_1 docs__market_long-short-ratio_1
    nautilus__http_get_fee_rate docs__position_batch-lvg_1 ccxtcomment___parse_transaction
    ccxtcomment___parse_transaction_2 docs__account_transaction-log_1 ccxtcomment___parse_balance_2
    hummingbot__all_symbols_url_params ccxtcomment___fetch_future_markets ccxtcomment___parse_trade
    docs__market_adl-alert_1 docs__market_index-components_1 docs__market_recent-trade_1
    ccxtcomment___parse_open_interest docs__market_open-interest_1 ccxtcomment___parse_conversion_2
    ccxtcomment___fetch_order_book nautilus__http_get_orderbook ccxtcomment___fetch_long_short_ratio_history
    ccxtcomment___fetch_my_settlement_history ccxtcomment___fetch_status ccxtcomment___fetch_volatility_history
    ccxtcomment___parse_conversion ccxtcomment___parse_settlement ccxtcomment___parse_settlement_2
    ccxtcomment___parse_settlements ccxtcomment___parse_volatility_history gctinline__TestRetExtInfoUnmarshalJSON_
    docs__position_close-pnl_1 docs__position_close-position_1 docs__position_confirm-mmr_1
    ccxtcomment___parse_conversion_3 ccxtcomment___parse_trade_4
""")
"""The same, where the collection does not name the call."""


@pytest.mark.parametrize("name", CHECKS)
def test_a_reply_says_this(rows: Rows, name: str) -> None:
    CHECKS[name](rows[name]["payload"])


def test_every_reply_of_the_collection_is_accounted_for(rows: Rows) -> None:
    found = {name: row for name, row in rows.items() if row["kind"] == "rest"}
    accounted = {*CHECKS, *ORDERS, *USDC_FILLS, *NOT_ASKED_FOR_BY_NAME}
    left = {
        name
        for name, row in found.items()
        if name not in accounted
        and not any((row.get("request") or {}).get("path", "").endswith(f"/{path}") for path in NOT_ASKED_FOR)
    }
    assert left == set()
    assert accounted <= found.keys()


def test_no_reply_that_nobody_asked_for_passes_for_one_of_ours(rows: Rows) -> None:
    """It is read as nothing of ours, or as something that cannot be read; no other error escapes."""
    for name in NOT_ASKED_FOR_BY_NAME:
        data = body(enveloped(rows[name]["payload"]))
        for read in (
            lambda data: replies.read_orders(data, IDS)[0],
            lambda data: replies.read_positions(data)[0],
            lambda data: replies.read_fills(data, IDS)[0],
            lambda data: replies.read_account(data, ()),
            lambda data: market_replies.read_candles(data, "BTCUSDT", "1m"),
            replies.read_key,
        ):
            try:
                assert not read(data), name
            except ExchangeError as error:
                assert isinstance(error, UnexpectedReply | PermissionDenied), name  # noqa: PT017
