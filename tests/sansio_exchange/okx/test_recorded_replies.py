"""Replies that others collected (documentation examples, public samples), by the real code.

Every REST reply of the collection is accounted for, by id or by the request that it answers. What is asserted:

account          totals and balances in futures and in multi-currency mode; mode, position mode and permission
error            the type of the error
fill             executions, read as if they were of BTC-USDT-SWAP: quantity in coins, fee as a cost
funding          live and settled rates: values
instruments      number of tradable swaps, rules of one of them, that options and delivery contracts are left out
kline            open, close, volume in coins, which one is running
mark_index       the mark price, as part of a funding rate
open_interest    the figure
order            ids and states, of other products too, read as if they were ours; acknowledgements of placing
position         signed size; those of hedge mode or isolated margin refused by name, and read once that is taken out
ticker, time     values
batch_or_cancel_all, algo_order, orderbook, public_trade, other: no command of ours asks for them
"""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sansio_exchange.account import Balance
from sansio_exchange.errors import ExchangeError, OutcomeUnknown, PermissionDenied, RequestRejected, UnexpectedReply
from sansio_exchange.market import FundingRate
from sansio_exchange.okx import replies
from sansio_exchange.okx.errors import require_accepted
from sansio_exchange.okx.replies import AckRow, ConfigRow
from sansio_exchange.okx.symbols import Product, read_instruments
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Order
from tests.sansio_exchange.okx.payloads import product, reply
from tests.sansio_exchange.recipes import Rows, body, collected, names

PRODUCT = product()
BTC = PRODUCT.contract("BTCUSDT")
NOTHING = reply()
IDS = OrderIds()


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "okx")


def enveloped(payload: Any) -> Any:
    """A row that was cut out of its reply, put back into one."""
    return payload if isinstance(payload, dict) and "data" in payload else {"code": "0", "data": [payload]}


def ours(payload: Any) -> bytes:
    """The reply as it would be of BTC-USDT-SWAP in one-way mode and in cross margin."""
    message = json.loads(json.dumps(enveloped(payload)))
    for row in message["data"]:
        of_ours = {"instId": "BTC-USDT-SWAP", "posSide": "net", "mgnMode": "cross"}
        row.update({name: new for name, new in of_ours.items() if name in row})
    return body(message)


def brief(order: Order) -> tuple[Any, ...]:
    return (order.order_id, order.client_order_id, order.side.name, order.type.name, order.status.name, order.quantity)


# --- orders, fills, positions: of other products, as if they were ours -------------------------------------------

ORDERS: dict[str, tuple[Any, ...]] = {
    "jkorf__rest_Trading_GetOrderDetails": (
        *(680800019749904384, "680800019749904384", "BUY", "MARKET", "FILLED", Decimal(1)),
    ),
    "jkorf__rest_Trading_GetOrderArchive": (
        *(680800019749904384, "680800019749904384", "BUY", "MARKET", "FILLED", Decimal(1)),
    ),
    "jkorf__rest_Trading_GetOrderHistory": (
        *(680800019749904384, "680800019749904384", "BUY", "MARKET", "FILLED", Decimal(1)),
    ),
    "jkorf__rest_Trading_GetOrders": (
        *(301835739059335168, "301835739059335168", "BUY", "LIMIT", "NEW", Decimal("0.01")),
    ),
    "ccxtcomment___fetch_canceled_orders": (
        *(410059580352409602, "410059580352409602", "BUY", "LIMIT", "CANCELED", Decimal("0.000005452")),
    ),
    "ccxtcomment___fetch_closed_orders": (
        *(317251910906576896, "317251910906576896", "BUY", "LIMIT", "NEW", Decimal("0.00001")),
    ),
    "ccxtcomment___parse_order_3": (
        *(317251910906576896, "317251910906576896", "BUY", "LIMIT", "NEW", Decimal("0.00001")),
    ),
}
WITH_A_SLIP = names("ccxtcomment___fetch_order")
"""A space has got into its numbers."""


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_reads_as_if_it_were_ours(rows: Rows, name: str) -> None:
    payload = enveloped(rows[name]["payload"])
    assert replies.read_orders(body(payload), PRODUCT, IDS)[0] == ()
    with pytest.raises(UnexpectedReply, match="another product"):
        replies.read_order(body({**payload, "data": payload["data"][:1]}), PRODUCT, IDS)
    (first, *_), _, _ = replies.read_orders(ours(payload), PRODUCT, IDS)
    assert brief(first) == ORDERS[name]


@pytest.mark.parametrize("name", WITH_A_SLIP)
def test_a_number_with_a_space_in_it_is_none(rows: Rows, name: str) -> None:
    with pytest.raises(UnexpectedReply, match="is not a number"):
        replies.read_orders(ours(rows[name]["payload"]), PRODUCT, IDS)


def check_fills(payload: Any) -> None:
    assert replies.read_fills(body(enveloped(payload)), BTC, IDS)[0] == ()
    (fill, *_), last, _ = replies.read_fills(ours(payload), BTC, IDS)
    assert (fill.trade_id, fill.side.name, fill.is_maker, fill.fee > 0) == (
        *((payload if "fillSz" in payload else payload["data"][0])["tradeId"], "BUY", False, True),
    )
    assert (fill.price, fill.quantity, fill.fee) in [
        (Decimal(51858), Decimal("0.0000192834"), Decimal("0.00000192834")),
        (Decimal("2654.98"), Decimal("0.00007533"), Decimal("0.000007533")),
    ]
    assert last


def check_position(payload: Any) -> None:
    with pytest.raises(PermissionDenied, match="net mode"):
        replies.read_positions(body(enveloped(payload)), PRODUCT)
    (position,) = replies.read_positions(ours(payload), PRODUCT)
    assert (position.size, position.entry_price, position.mark_price) == (
        *(Decimal("0.01"), Decimal("34131.1"), Decimal("4786.459271773621")),
    )
    assert (position.leverage, position.margin_type, position.liquidation_price) == (
        *(2, "cross", Decimal("12608.959083877446")),
    )


def check_positions_of_another_product(payload: Any) -> None:
    assert replies.read_positions(body(payload), PRODUCT) == ()
    with pytest.raises(PermissionDenied, match="BTCUSDT has a position in isolated margin"):
        replies.read_positions(ours(payload).replace(b'"cross"', b'"isolated"'), PRODUCT)
    first = replies.read_positions(ours(payload), PRODUCT)[0]
    assert (first.size, first.entry_price, first.margin_type) == (Decimal("0.01"), Decimal("2566.31"), "cross")


# --- account ----------------------------------------------------------------------------------------------------


def check_balance(payload: Any) -> None:
    account = replies.read_account(body(payload), NOTHING, PRODUCT)
    assert (account.wallet_balance, account.margin_balance) == (
        Decimal("4850.435693622894"),
        Decimal("55415.624719833286"),
    )
    assert account.balances[0] == Balance("USDT", Decimal("4850.435693622894"), Decimal("4834.3170936228935"))
    assert (account.is_unified, account.maintenance_margin) == (True, Decimal("0.3428274116"))


def check_balance_of_a_coin(payload: Any) -> None:
    account = replies.read_account(body(payload), NOTHING, PRODUCT)
    assert (account.wallet_balance, account.balances) == (
        Decimal(0),
        (Balance("BTC", Decimal("0.049"), Decimal("0.049")),),
    )


def check_balance_with_a_slip(payload: Any) -> None:
    with pytest.raises(UnexpectedReply, match=r"'28 \.21006347' is not a number"):
        replies.read_account(body(payload), NOTHING, PRODUCT)
    assert replies.read_balance(body(payload), "USDT") == Decimal("28.21006347")


def check_balance_of_which_nothing_is_said(payload: Any) -> None:
    account = replies.read_account(body(payload), NOTHING, PRODUCT)
    assert account.balances == ()
    assert account.margin_balance == Decimal("10679688.0460531643092577")


def check_asset(payload: Any) -> None:
    account = replies.read_account(reply({"details": [payload]}), NOTHING, PRODUCT)
    assert (account.wallet_balance, account.margin_balance, account.available_balance) == (
        *(Decimal(100), Decimal(100), Decimal(100)),
    )


def check_config(payload: Any) -> None:
    config = replies.read_config(body(payload))
    assert config in (
        ConfigRow("3", "net_mode", "read_only,withdraw,trade"),
        ConfigRow("2", "long_short_mode", "read_only,withdraw,trade"),
    )


# --- instruments ------------------------------------------------------------------------------------------------


def check_swaps(payload: Any) -> None:
    listed = Product()
    listed.replace(read_instruments(body(payload)))
    assert len(listed.table) == 126
    assert "BTC-USD-SWAP" not in {rules.venue_symbol for rules in listed.table}
    rules = listed.table.find("BTCUSDT")
    assert (rules.tick_size, rules.step_size, rules.contract_size) == (Decimal("0.1"), Decimal("0.01"), Decimal("0.01"))
    shib = listed.table.find("SHIB-USDT-SWAP")
    assert (shib.contract_size, shib.step_size) == (Decimal(1_000_000), Decimal(1_000_000))
    assert listed.contract("BTCUSDT").code is None, "from before the codes: traded over REST"


def check_other_instruments(payload: Any) -> None:
    with pytest.raises(UnexpectedReply, match="no linear swap"):
        Product().replace(read_instruments(body(enveloped(payload))))


# --- market -----------------------------------------------------------------------------------------------------


def check_candles(payload: Any) -> None:
    candles = replies.read_candles(body(payload), "BTCUSDT", "1m")
    assert [(each.open_ms, each.open, each.close, each.volume, each.is_closed) for each in candles] == [
        (1678928760000, Decimal("24341.4"), Decimal(24323), Decimal("2.5819"), False),
        (1678928700000, Decimal("24324.1"), Decimal("24341.4"), Decimal("10.5401"), True),
        (1678928640000, Decimal("24300.2"), Decimal("24324.1"), Decimal("13.5937"), True),
    ]


MARK = {"instId": "BTC-USDT-SWAP", "markPx": "200"}


def check_funding(payload: Any) -> None:
    rate = Decimal("0.0000792386885340")
    assert replies.read_funding_rate(body(payload), reply(MARK), PRODUCT) == FundingRate(
        "BTCUSDT", rate, 1703070685309, rate, 1703088000000, Decimal(200)
    )


def check_funding_of_another_product(payload: Any) -> None:
    assert replies.read_funding_rates(body(enveloped(payload)), reply(MARK), PRODUCT) == ()
    (rate,) = replies.read_funding_rates(ours(payload), reply(MARK), PRODUCT)
    assert (rate.rate, rate.next_funding_ms) in [
        (Decimal("0.00027815"), 1634256000000),
        (Decimal("0.0001875391284828"), 1700726400000),
        (Decimal("0.0000792386885340"), 1703088000000),
    ]


def check_settled(payload: Any) -> None:
    rates = replies.read_funding_history(body(payload), BTC)
    assert [(each.time_ms, each.rate) for each in rates] == [(1597026383085, Decimal("0.017"))] * 2


def check_settled_of_another_product(payload: Any) -> None:
    assert replies.read_funding_history(body(payload), BTC) == ()
    rates = replies.read_funding_history(ours(payload), BTC)
    assert [(each.time_ms, each.rate) for each in rates] == [
        (1703059200000, Decimal("0.0000746572360545")),
        (1703030400000, Decimal("0.0002279755647389")),
    ]


def check_mark_price(payload: Any) -> None:
    funding = {"instId": "BTC-USDT-SWAP", "fundingRate": "0.1", "fundingTime": "2", "ts": "1"}
    rate = replies.read_funding_rate(reply(funding), ours(payload), PRODUCT)
    assert rate.mark_price in (200, Decimal("84660.1"))


def check_open_interest(payload: Any) -> None:
    assert replies.read_open_interest(body(payload), BTC, PRODUCT) == Decimal("555.55")


def check_ticker(payload: Any) -> None:
    assert replies.read_tickers(body(payload), NOTHING, PRODUCT) == ()
    ticker = replies.read_tickers(ours(payload), NOTHING, PRODUCT)[0]
    assert (ticker.last_price, ticker.price_change) in [
        (Decimal("0.07319"), Decimal("-0.00482")),
        (Decimal("9999.99"), Decimal("999.99")),
        (Decimal("9999.9"), Decimal("999.9")),
    ]
    assert replies.read_price(body({**payload, "data": payload["data"][:1]})) == ticker.last_price


def check_time(payload: Any) -> None:
    assert replies.read_server_time(body(payload)) in (1621247923668, 1597026383085)


# --- acknowledgements and refusals ------------------------------------------------------------------------------


def check_accepted(payload: Any) -> None:
    listed = body(enveloped(payload))
    require_accepted(listed)
    first = enveloped(payload)["data"][0]
    (row,) = replies.read_acks(listed, [first["clOrdId"]])
    assert isinstance(row, AckRow)
    assert (row.ord_id, row.s_code) == (first["ordId"], "0")


def refused_with(kind: type[ExchangeError]) -> Callable[[Any], None]:
    def check(payload: Any) -> None:
        with pytest.raises(kind):
            require_accepted(body(payload))

    return check


CHECKS: dict[str, Callable[[Any], None]] = {
    "ccxtcomment___fetch_accounts": check_config,
    "jkorf__rest_Account_GetAccountConfiguration": check_config,
    "jkorf__rest_Account_GetAccountBalance": check_balance,
    "ccxtcomment___fetch_balance": check_balance_with_a_slip,
    "ccxtcomment___fetch_balance_2": check_balance_of_a_coin,
    "hummingbot__balance_request_mock_response_for_base_and_quote_ret": check_balance_of_which_nothing_is_said,
    "hummingbot__balance_request_mock_response_only_base_ret": check_balance_of_which_nothing_is_said,
    "nautilus__http_balance_detail_old_fields": check_asset,
    "ccxtcomment___fetch_my_trades": check_fills,
    "ccxtcomment___parse_trade_3": check_fills,
    "jkorf__rest_Trading_GetUserTrades": check_fills,
    "ccxtcomment___parse_position": check_position,
    "ccxtcomment___fetch_position": check_positions_of_another_product,
    "jkorf__rest_Account_GetAccountPositions": check_positions_of_another_product,
    "cryptofeed__rest_instruments_2": check_swaps,
    "cryptofeed__rest_instruments_3": check_other_instruments,
    "cryptofeed__rest_instruments_4": check_other_instruments,
    "cryptofeed__rest_instruments_5": check_other_instruments,
    "hummingbot__trading_rules_request_mock_response_response": check_other_instruments,
    "jkorf__rest_ExchangeData_GetSymbols": check_other_instruments,
    "ccxtcomment___parse_market": check_other_instruments,
    "ccxtcomment___fetch_ohlcv": check_candles,
    "jkorf__rest_ExchangeData_GetFundingRates": check_funding,
    "ccxtcomment___fetch_funding_rate": check_funding_of_another_product,
    "ccxtcomment___parse_funding_rate": check_funding_of_another_product,
    "ccxtcomment___parse_funding_rate_2": check_funding_of_another_product,
    "hummingbot__get_funding_info_rest_msg_ret": check_funding_of_another_product,
    "ccxtcomment___fetch_funding_rate_history": check_settled,
    "jkorf__rest_ExchangeData_GetFundingRateHistory": check_settled_of_another_product,
    "jkorf__rest_ExchangeData_GetMarkPrices": check_mark_price,
    "nautilus__http_get_mark_price": check_mark_price,
    "hummingbot__get_mark_price_info_rest_msg_ret": check_mark_price,
    "jkorf__rest_ExchangeData_GetOpenInterests": check_open_interest,
    "ccxtcomment___fetch_ticker": check_ticker,
    "hummingbot__get_last_traded_prices_rest_msg_ret": check_ticker,
    "hummingbot__latest_prices_request_mock_response_ret": check_ticker,
    "ccxtcomment___fetch_time": check_time,
    "jkorf__rest_ExchangeData_GetServerTime": check_time,
    "ccxtcomment___parse_order": check_accepted,
    "ccxtcomment___parse_order_2": check_accepted,
    "ccxtcomment___edit_order": check_accepted,
    "hummingbot__order_creation_request_successful_mock_response_ret": check_accepted,
    "ccxtcomment___create_order_request": refused_with(RequestRejected),
    "gctinline__TestOrderPushData__39": refused_with(RequestRejected),
    "hummingbot__configure_failed_set_leverage_mock_response": refused_with(OutcomeUnknown),
}

NOT_ASKED_FOR = names("""
    account/leverage-info affiliate/invitee/detail asset/asset-valuation asset/currencies account/trade-fee
    account/max-avail-size finance/savings/balance asset/transfer-state account/set-account-switch-precheck
    account/account-level-switch-preset finance/savings/purchase-redempt account/set-auto-repay asset/transfer
    stat/margin/loan-ratio trade/account-rate-limit trade/order-algo trade/orders-algo-history trade/amend-batch-orders
    trade/amend-order trade/order-precheck asset/balances asset/bills contracts/open-interest-volume
    contracts/long-short-account-ratio market/index-candles market/platform-24-volume market/index-components
    market/index-tickers market/open-oracle public/premium-history market/trades
    public/discount-rate-interest-free-quota option/open-interest-volume-strike market/books
    public/delivery-exercise-history public/insurance-fund trading-data/support-coin option/taker-block-volume
    stat/taker-volume public/settlement-history public/underlying account/account-position-risk
    position/margin-balance trade/close-position public/block-trades trade/one-click-repay-currency-list
    public/estimated-settlement-info public/estimated-price public/price-limit
""")
"""Calls that no command of ours needs."""

NOT_ASKED_FOR_BY_NAME = names("""
    ccxtcomment___fetch_leverage ccxtcomment___fetch_market_leverage_tiers ccxtcomment___fetch_trading_fee
    ccxtcomment___fetch_underlying_assets ccxtcomment___parse_margin_modification ccxtcomment___parse_settlement_2
    ccxtcomment___parse_trading_fee ccxtcomment___repay_cross_margin ccxtcomment___set_leverage
    gctinline__TestAdjustMarginBalance_gridAIParamJSON nautilus__http_get_trade_fee_response
    ccxtcomment___cancel_orders_2 ccxtcomment___fetch_closed_orders_2 ccxtcomment___fetch_open_orders_2
    ccxtcomment___fetch_order_2 ccxtcomment___parse_order_4 gctinline__TestAmendGridAlgoOrder_stopGridAlgoOrderJSON
    nautilus__http_get_orders_algo_pending nautilus__http_get_orders_algo_pending_close_fraction
    ccxtcomment___cancel_all_orders_after gctinline__TestPlaceOrder_placeMultipleOrderParamsJSON
    ccxtcomment___parse_transaction ccxtcomment___fetch_balance_3
    hummingbot__empty_funding_payment_mock_response_ret gctinline__TestExtractIndexCandlestick_data
    hummingbot__get_index_price_info_rest_msg_ret ccxtcomment___parse_open_interest
    gctinline__TestGetCounterparties_createRFQInputJSON gctinline__TestPlaceOrder_placeOrderArgs
    nautilus__http_get_order_book ccxtcomment___fetch_settlement_history ccxtcomment___parse_conversion
    ccxtcomment___parse_settlement ccxtcomment___parse_settlements ccxtcomment___parse_position_2
    ccxtcomment___set_position_mode nautilus__http_get_account_positions-history nautilus__http_get_position_tiers
    nautilus__http_set_position_mode_response ccxtcomment___parse_conversion_3 ccxtcomment___parse_trade_2
    nautilus__http_get_trades
""")
"""The same, where the collection does not name the call."""


@pytest.mark.parametrize("name", CHECKS)
def test_a_reply_says_this(rows: Rows, name: str) -> None:
    CHECKS[name](rows[name]["payload"])


def test_every_reply_of_the_collection_is_accounted_for(rows: Rows) -> None:
    found = {name: row for name, row in rows.items() if row["kind"] == "rest"}
    accounted = CHECKS.keys() | ORDERS.keys() | set(WITH_A_SLIP) | set(NOT_ASKED_FOR_BY_NAME)
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
            lambda data: replies.read_orders(data, PRODUCT, IDS),
            lambda data: replies.read_positions(data, PRODUCT),
            lambda data: replies.read_fills(data, BTC, IDS),
            lambda data: replies.read_account(data, NOTHING, PRODUCT),
            lambda data: replies.read_candles(data, "BTCUSDT", "1m"),
            replies.read_config,
        ):
            try:
                read(data)
            except ExchangeError as error:
                assert isinstance(error, UnexpectedReply | PermissionDenied), name  # noqa: PT017
