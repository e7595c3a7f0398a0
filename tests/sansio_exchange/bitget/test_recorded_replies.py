"""Replies that others collected (documentation examples, public samples), by the real code.

Every REST reply of the collection is accounted for by its id. Asserted of each kind:

account          totals and balances; the position mode; collected ones are of other coins, and read as if of USDT
contracts        the rules of a real listing; those of other quote coins are none of ours, a torn one is unreadable
order            id, side, type, quantity, price, status; all are of hedge mode: refused as such, past ones of a list
                 left out, then read as ours
fill             price, quantity, fee, profit; of hedge mode: left out, then read as ours
acknowledgement  the ids; of a batch by row; what is not in it is unknown
candles          open, close, volume, closed
funding          rate and next settlement; settled rates with their times
ticker           price, change, volume, open interest
open interest, time, refusal
"""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sansio_exchange.account import Balance
from sansio_exchange.bitget import market_replies, replies
from sansio_exchange.bitget.errors import require_accepted
from sansio_exchange.bitget.symbols import Product, read_contracts
from sansio_exchange.errors import ExchangeError, OutcomeUnknown, PermissionDenied, UnexpectedReply
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import OrderStatus, OrderType, Side
from tests.sansio_exchange.bitget.payloads import product, reply
from tests.sansio_exchange.recipes import Rows, body, collected, names

PRODUCT = product()
IDS = OrderIds()
NOTHING = reply([])


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "bitget")


def enveloped(payload: Any) -> Any:
    """As it came, or as it would have if it had not been cut out."""
    return payload if isinstance(payload, dict) and "code" in payload else json.loads(reply(payload))


def ours(payload: Any) -> bytes:
    """The reply as it would be of one-way mode and of USDT."""
    text = json.dumps(enveloped(payload)).replace("hedge_mode", "one_way_mode")
    for coin in ("HBOT", "COINALPHA"):
        text = text.replace(f'"marginCoin": "{coin}"', '"marginCoin": "USDT"')
    return text.encode()


# --- orders and fills -------------------------------------------------------------------------------------------


def check_orders(payload: Any) -> None:
    (order,), _, count = replies.read_orders(ours(payload), PRODUCT, IDS)
    if order.status.is_final:
        assert replies.read_orders(body(payload), PRODUCT, IDS)[0] == ()
    else:
        with pytest.raises(PermissionDenied, match="hedge mode"):
            replies.read_orders(body(payload), PRODUCT, IDS)
    assert (order.side, order.type, order.quantity, order.price, order.executed_qty, count) == (
        Side.BUY,
        OrderType.LIMIT,
        Decimal("0.002"),
        Decimal(25000),
        Decimal(0),
        1,
    )
    assert (order.order_id, order.client_order_id, order.status) in [
        (1111498800817143808, "1111498800850698240", OrderStatus.CANCELED),
        (1111488897767604224, "1111488897805352960", OrderStatus.NEW),
    ]


def check_order(payload: Any) -> None:
    with pytest.raises(PermissionDenied, match="hedge mode"):
        replies.read_order(body(payload), PRODUCT, IDS)
    order = replies.read_order(ours(payload), PRODUCT, IDS)
    assert (order.order_id, order.client_order_id, order.status) == (
        1111465253393825792,
        "1111465253431574529",
        OrderStatus.NEW,
    )
    assert (order.quantity, order.price, order.created_ms) == (Decimal("0.001"), Decimal(27000), 1700719887120)


def check_fills(payload: Any) -> None:
    past, _, count = replies.read_fills(body(payload), "BTCUSDT", PRODUCT, IDS)
    assert (past, count > 0) == ((), True)
    (fill,), following, _ = replies.read_fills(ours(payload), "BTCUSDT", PRODUCT, IDS)
    assert (fill.trade_id, fill.order_id, following) == (
        "1111468664328269825",
        1111468664264753162,
        "1099351587643699201",
    )
    assert (fill.price, fill.quantity, fill.fee, fill.fee_asset, fill.realized_pnl, fill.is_maker) == (
        Decimal("37271.4"),
        Decimal("0.001"),
        Decimal("0.02236284"),
        "USDT",
        Decimal("-0.0007"),
        False,
    )


def check_ack(payload: Any) -> None:
    said = payload["data"]
    row = replies.read_ack(body(payload), "", "")
    assert (row.order_id, row.client_oid) == (said["orderId"], said["clientOid"])


def check_batch(payload: Any) -> None:
    (said,) = payload["data"]["successList"]
    row, unknown = replies.read_acks(body(payload), [said["clientOid"], "another"])
    assert not isinstance(row, ExchangeError)
    assert (row.order_id, row.client_oid) == (said["orderId"], said["clientOid"])
    assert isinstance(unknown, OutcomeUnknown)
    assert replies.read_failures(body(payload)) == []


# --- account ----------------------------------------------------------------------------------------------------


def check_empty_account(payload: Any) -> None:
    account = replies.read_account(body(enveloped(payload)), NOTHING, PRODUCT)
    assert (account.wallet_balance, account.balances) == (Decimal(0), (Balance("USDT", Decimal(0), Decimal(0)),))


def check_row_of_an_account(payload: Any) -> None:
    check_empty_account([payload])


def check_account(payload: Any) -> None:
    """The sum of both profits, as the first field is empty; of other coins' collateral the totals are not told."""
    check_empty_account(payload)
    account = replies.read_account(ours(payload), NOTHING, PRODUCT)
    assert (account.wallet_balance, account.margin_balance, account.available_balance) in [
        (Decimal(1977), Decimal(2000), Decimal(2000)),
        (Decimal(-8), Decimal(15), Decimal(10)),
    ]
    assert account.balances[1:] in [(), (Balance("COINALPHA", Decimal(15), Decimal(10)),)]


def check_position_mode(payload: Any) -> None:
    assert replies.read_settings(body(payload)).pos_mode in ("hedge_mode", "one_way_mode")


# --- contracts --------------------------------------------------------------------------------------------------


def check_contracts(payload: Any) -> None:
    listed = Product()
    listed.replace(read_contracts(body(payload)))
    (rules,) = listed.table
    assert (rules.symbol, rules.tick_size, rules.step_size) == ("BTCUSDT", Decimal("0.1"), Decimal("0.001"))
    assert (rules.min_quantity, rules.min_notional, rules.max_quantity) == (Decimal("0.001"), Decimal(5), Decimal(0))


def check_no_contracts(payload: Any) -> None:
    with pytest.raises(UnexpectedReply, match="no perpetual in USDT trades"):
        Product().replace(read_contracts(body(payload)))


# --- market -----------------------------------------------------------------------------------------------------


def check_candles(payload: Any) -> None:
    (candle,) = market_replies.read_candles(body(enveloped(payload)), "BTCUSDT", "1m")
    assert (candle.open_ms, candle.open, candle.high, candle.low, candle.close, candle.volume, candle.is_closed) == (
        1645911960000,
        Decimal(39406),
        Decimal(39407),
        Decimal("39374.5"),
        Decimal(39379),
        Decimal("35.526"),
        True,
    )


def check_funding(payload: Any) -> None:
    said = enveloped(payload)
    rate = market_replies.read_funding_rate(
        body(said if isinstance(said["data"], list) else {**said, "data": [payload]}), NOTHING, "BTCUSDT", PRODUCT
    )
    assert (rate.rate, rate.next_funding_ms) in [
        (Decimal("0.00001"), 1750924800000),
        (Decimal("-0.000013"), 1745510400000),
    ]


def check_settled(payload: Any) -> None:
    rates = market_replies.read_funding_history(body(payload), "BTCUSDT", PRODUCT)
    assert [(each.time_ms, each.rate) for each in rates] in [
        [(1652396400000, Decimal("-0.0003"))],
        [(1695776400000, Decimal("0.0005")), (1695715200000, Decimal("0.000013"))],
    ]


def check_ticker(payload: Any) -> None:
    said = enveloped(payload)
    listed = body(said if isinstance(said["data"], list) else {**said, "data": [payload]})
    (ticker,) = market_replies.read_tickers(listed, PRODUCT)
    assert market_replies.read_price(listed) == ticker.last_price == Decimal("104823.8")
    assert (ticker.price_change, ticker.price_change_percent) == (Decimal("491.5"), Decimal("0.4711"))
    assert (ticker.volume, ticker.open_interest) == (Decimal("79089.5675"), Decimal("7452.6421"))


def check_ticker_of_another_symbol(payload: Any) -> None:
    assert market_replies.read_tickers(body(payload), PRODUCT) == ()
    assert market_replies.read_price(body(payload)) == Decimal("29904.5")


def check_open_interest(payload: Any) -> None:
    assert market_replies.read_open_interest(body(enveloped(payload)), "BTCUSDT", PRODUCT) == Decimal("52234.134")


def check_time(payload: Any) -> None:
    assert market_replies.read_server_time(body(payload)) in (1700111073740, 1688008631614)


def check_refusal(payload: Any) -> None:
    """A code of an older API: no documentation of this one has it."""
    with pytest.raises(OutcomeUnknown, match="30038"):
        require_accepted(body(payload))


CHECKS: dict[str, Callable[[Any], None]] = {
    "ccxtcomment___fetch_canceled_and_closed_orders_4": check_orders,
    "ccxtcomment___fetch_open_orders_4": check_orders,
    "ccxtcomment___fetch_order_2": check_order,
    "ccxtcomment___fetch_my_trades_3": check_fills,
    "ccxtcomment___cancel_order": check_ack,
    "hummingbot__order_creation_request_successful_mock_response_ret": check_ack,
    "ccxtcomment___cancel_all_orders_3": check_batch,
    "ccxtcomment___fetch_balance_4": check_empty_account,
    "ccxtcomment___parse_balance_2": check_row_of_an_account,
    "hummingbot___configure_balance_response_response": check_empty_account,
    "hummingbot__balance_request_mock_response_for_base_and_quote_ret": check_account,
    "hummingbot__balance_request_mock_response_only_base_ret": check_account,
    "jkorf__rest_Account_GetBalance": check_position_mode,
    "jkorf__rest_Account_SetPositionMode": check_position_mode,
    "ccxtcomment___set_position_mode_2": check_position_mode,
    "ccxtcomment___fetch_trading_fees_3": check_contracts,
    "hummingbot___all_usd_symbols_request_mock_response_ret": check_no_contracts,
    "hummingbot___all_usdc_symbols_request_mock_response_ret": check_no_contracts,
    "hummingbot__configure_erroneous_trading_rules_response_response": check_no_contracts,
    "hummingbot__trading_rules_request_erroneous_mock_response_ret": check_no_contracts,
    "ccxtcomment___fetch_ohlcv": check_candles,
    "ccxtcomment___fetch_funding_rate": check_funding,
    "ccxtcomment___fetch_funding_rate_2": check_funding,
    "ccxtcomment___parse_funding_rate": check_funding,
    "ccxtcomment___fetch_funding_rate_history_2": check_settled,
    "jkorf__rest_ExchangeData_GetHistoricalFundingRate": check_settled,
    "ccxtcomment___fetch_ticker_2": check_ticker,
    "ccxtcomment___parse_ticker_3": check_ticker,
    "hummingbot__latest_prices_request_mock_response_ret": check_ticker_of_another_symbol,
    "ccxtcomment___fetch_open_interest_2": check_open_interest,
    "ccxtcomment___parse_open_interest": check_open_interest,
    "ccxtcomment___fetch_time": check_time,
    "hummingbot__network_status_request_successful_mock_response_ret": check_time,
    "ccxtcomment___describe": check_refusal,
}

NOT_OURS = {
    "spot, margin and their loans": """
        fetch_balance fetch_balance_2 fetch_balance_3 fetch_canceled_and_closed_orders_3
        fetch_market_leverage_tiers_2 fetch_market_leverage_tiers_3 fetch_open_orders_3 fetch_trading_fee
        fetch_trading_fees fetch_trading_fees_2 parse_balance repay_cross_margin cancel_all_orders_2 fetch_my_trades
        fetch_my_trades_2 fetch_open_orders fetch_order fetch_ticker fetch_tickers_2 parse_ticker_2
        fetch_my_liquidations fetch_my_liquidations_2""",
    "plan orders, whose trigger the venue watches": """
        cancel_order_2 cancel_order_4 fetch_canceled_and_closed_orders_2 fetch_canceled_and_closed_orders_5
        fetch_open_orders_2 fetch_open_orders_5 fetch_uta_canceled_and_closed_orders_2""",
    "the unified account, another API": """
        cancel_all_orders fetch_market_leverage_tiers_4 fetch_uta_markets_2 fetch_uta_markets_3 fetch_my_trades_4
        fetch_balance_6 fetch_funding_history fetch_funding_rate_history parse_funding_history_2 parse_uta_balance_2
        fetch_open_interest parse_open_interest_2 fetch_open_orders_6 fetch_order_3
        fetch_uta_canceled_and_closed_orders fetch_order_book close_position set_position_mode fetch_trades_3
        fetch_ticker_4 parse_ticker_4 parse_ticker_5""",
    "money in and out, conversions, bills": """
        parse_transaction fetch_funding_history_2 parse_funding_history parse_conversion_2 parse_conversion_3
        hummingbot__empty_funding_payment_mock_response_ret jkorf__rest_Account_GetLedger""",
    "settings that no command of ours changes": """
        modify_margin_helper parse_market_leverage_tiers hummingbot__set_leverage_request_mock_response_ret
        jkorf__rest_Account_AdjustMargin jkorf__rest_Account_SetLeverage
        hummingbot__set_position_mode_request_mock_response_ret jkorf__rest_ExchangeData_GetPositionTiers""",
    "market data that no command of ours asks for": """
        jkorf__rest_ExchangeData_GetRecentTrades fetch_funding_interval_2 fetch_funding_rate_3 parse_funding_rate_3
        parse_funding_rate_4 jkorf__rest_ExchangeData_GetNextFundingTime jkorf__rest_ExchangeData_GetPrices
        jkorf__rest_ExchangeData_GetOrderBook fetch_long_short_ratio_history_2 fetch_trades_2 parse_ticker
        fetch_positions_2""",
}
"""By reason; names without a source are comments of ccxt."""


def not_ours() -> list[str]:
    return [
        name if name.startswith(("hummingbot", "jkorf")) else f"ccxtcomment___{name}"
        for text in NOT_OURS.values()
        for name in names(text)
    ]


@pytest.mark.parametrize("name", CHECKS)
def test_a_reply_says_this(rows: Rows, name: str) -> None:
    CHECKS[name](rows[name]["payload"])


def test_every_reply_of_the_collection_is_accounted_for(rows: Rows) -> None:
    accounted = [*CHECKS, *not_ours()]
    assert len(accounted) == len(set(accounted)), "each once"
    assert set(accounted) == {name for name, row in rows.items() if row["kind"] == "rest"}


def test_no_reply_that_nobody_asked_for_passes_for_an_order_a_fill_or_a_position(rows: Rows) -> None:
    """It is unreadable or refused; no other error escapes."""
    for name in not_ours():
        data = body(enveloped(rows[name]["payload"]))
        for read in (
            lambda data: replies.read_order(data, PRODUCT, IDS),
            lambda data: replies.read_orders(data, PRODUCT, IDS)[0],
            lambda data: replies.read_fills(data, "BTCUSDT", PRODUCT, IDS)[0],
            lambda data: replies.read_positions(data, PRODUCT),
            lambda data: market_replies.read_candles(data, "BTCUSDT", "1m"),
        ):
            try:
                assert not read(data), name
            except ExchangeError as error:
                assert isinstance(error, UnexpectedReply | PermissionDenied), name  # noqa: PT017
