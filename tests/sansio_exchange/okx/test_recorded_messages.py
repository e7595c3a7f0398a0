"""Messages that others collected (documentation examples, public samples), by the real code.

Every WebSocket message of the collection is accounted for by its id: it says exactly the events below, or exactly the
reason why there are none. Nearly all are of spot or of other contracts: they are known as another product, and read a
second time as if they were of BTC-USDT-SWAP in one-way mode, with these values asserted:

book_ticker      prices and quantities
funding          rate, time, settlement; mark prices are known and tell nothing by themselves
kline            open, close, volume, whether it is closed; rows of an older form are unreadable
order            state and, where there is one, the execution with its fee
position         size, entry price, margin type, liquidation price
public_trade     price and quantity
account          a currency of which nothing is said leaves the balances as they are
ws_ack, ws_login acknowledgements without the id that OKX gives today; the login
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sansio_exchange.commands import FetchExchangeInfo
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.okx import NETWORKS, Okx
from sansio_exchange.orders import OrderUpdate
from sansio_exchange.venue import AccountChange, Acknowledged, Ignored, LoggedIn, WsReply
from tests.sansio_exchange.recipes import Rows, body, collected, names, run

ANOTHER = Ignored("other product")


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "okx")


@pytest.fixture
def venue(rows: Rows) -> Okx:
    """Knows the swaps of a real listing."""
    made = Okx(NETWORKS["mainnet"])
    run(made.recipe(FetchExchangeInfo()), body(rows["cryptofeed__rest_instruments_2"]["payload"]))
    return made


def ours(payload: Any) -> bytes:
    """The message as it would be of BTC-USDT-SWAP in one-way mode and cross margin, its days those of UTC."""
    message = json.loads(json.dumps(payload))
    if "instId" in message["arg"]:
        message["arg"]["instId"] = "BTC-USDT-SWAP"
    message["arg"]["channel"] = message["arg"]["channel"].replace("candle1D", "candle1Dutc")
    for row in message["data"]:
        if isinstance(row, dict):
            of_ours = {"instId": "BTC-USDT-SWAP", "posSide": "net", "mgnMode": "cross"}
            row.update({name: new for name, new in of_ours.items() if name in row})
    return body(message)


def brief(said: Any) -> tuple[Any, ...]:
    """What is asserted of each kind."""
    match said:
        case PriceChange():
            return (said.symbol, said.price, said.quantity, said.time_ms)
        case BookTicker():
            return (said.bid, said.bid_quantity, said.ask, said.ask_quantity, said.time_ms)
        case Candle():
            return (said.interval, said.open_ms, said.open, said.close, said.volume, said.is_closed)
        case FundingRate():
            return (said.rate, said.time_ms, said.next_funding_ms)
        case OrderUpdate(order, None):
            return (order.order_id, order.side.name, order.type.name, order.status.name, order.quantity)
        case OrderUpdate(order, fill):
            assert fill is not None
            return (order.order_id, order.status.name, order.executed_qty, fill.trade_id, fill.price, fill.fee)
        case AccountChange(balances, positions):
            return (
                balances,
                *((each.size, each.entry_price, each.margin_type, each.liquidation_price) for each in positions),
            )
        case Ignored(reason) | Unreadable(_, reason, _):
            return (reason,)
    raise AssertionError(said)


def numbers(*values: Any) -> tuple[Any, ...]:
    """Numbers in text as decimals."""
    return tuple(
        Decimal(value) if isinstance(value, str) and value.replace(".", "").isdigit() else value for value in values
    )


UNREADABLE = "not a message of OKX's channels: "
OLD_CANDLE = (UNREADABLE + "Expected `array` of at least length 9, got 7 - at `$.data[0]`",)
MARK = ("a mark price that changes nothing told",)
LONG = numbers("0.01", "2566.31", "cross", "2352.8496681818233")
FILLED = (452197707845865472, "FILLED", Decimal("0.00001"), "242589207", Decimal("31527.1"), Decimal("0.02522168"))

OF_OTHER_PRODUCTS: dict[str, list[tuple[Any, ...]]] = {
    "ccxtcomment__pro_handle_bid_ask_2": [numbers("36232.1", "0.0000572212", "36232.2", "0.018826134", 1651826598363)],
    "nautilus__ws_bbo_tbt": [numbers("8476.97", "2.56", "8476.98", "4.15", 1597026383085)],
    "hummingbot__get_ws_funding_info_msg_ret": [numbers("0.0000691810863830", 1706148300320, 1706169600000)],
    "jkorf__ws_Unified_ExchangeData_FundingRate": [numbers("0.0001875391284828", 1700724675402, 1700726400000)],
    "gctinline__TestOrderPushData__24": [(UNREADABLE + "Object missing required field `ts` - at `$.data[0]`",)],
    "jkorf__ws_Unified_ExchangeData_MarkPrice": [MARK],
    "gctinline__TestOrderPushData__17": [MARK],
    "gct__ws_01_trades": [numbers("BTCUSDT", "95635.3", "0.0000011194", 1740394561686)],
    "jkorf__ws_Unified_ExchangeData_Trades": [numbers("BTCUSDT", "42219.9", "0.0012060306", 1630048897897)],
    "nautilus__ws_trades": [numbers("BTCUSDT", "42219.9", "0.0012060306", 1630048897897)],
    "ccxtcomment__pro_handle_orders": [(370257534141235201, "SELL", "LIMIT", "NEW", Decimal("0.00007526"))],
    "gct__ws_00_orders": [FILLED],
    "jkorf__ws_Unified_Trading_Order": [FILLED],
    "gct__ws_01_orders": [(620258920632008725, "SELL", "MARKET", "NEW", Decimal("0.10"))],
    "gct__ws_02_orders": [
        (
            620258920632008725,
            "PARTIALLY_FILLED",
            Decimal("0.0000038128"),
            "435550732",
            Decimal("26228.1"),
            Decimal("0.010000249968"),
        )
    ],
    "gct__ws_03_orders": [(620258920632008725, "SELL", "MARKET", "FILLED", Decimal("0.10"))],
    "gctinline__TestOrderPushData__31": [((), LONG)],
    "gctinline__TestOrderPushData__32": [((), LONG, LONG)],
    "jkorf__ws_Unified_Trading_Position": [((), LONG)],
}
"""What they would say if they were ours."""

HONG_KONG_DAYS: dict[str, list[tuple[Any, ...]]] = {
    "jkorf__ws_Unified_ExchangeData_Klines": [numbers("1d", 1597026383085, "8533.02", "8548.26", "529.5858061", False)],
    "nautilus__ws_candle": [numbers("1d", 1597026383085, "8533.02", "8548.26", "529.5858061", True)],
    "gctinline__TestWsProcessCandlesIntervalMapping_payload": [OLD_CANDLE],
    "gctinline__TestPushDataDynamic__2": [OLD_CANDLE],
}
"""Candles of a channel that nobody subscribes to, because its days begin by another clock."""

OURS: dict[str, list[Any]] = {
    "nautilus__ws_funding_rate": [
        FundingRate("BTCUSDT", Decimal("0.0001"), 1744590349506, Decimal("0.0001"), 1744590349506)
    ],
    "hummingbot__balance_event_websocket_update_ret": [AccountChange((), (), "account", 1597026383085)],
    "jkorf__ws_login_UnifiedApi_AmendMultipleOrders": [LoggedIn()],
}

NOBODY_SUBSCRIBED = {
    "algo-advance": "jkorf__ws_Unified_Trading_AdvancedAlgoOrder gctinline__TestOrderPushData__2",
    "algo-recurring-buy": "gctinline__TestOrderPushData__36",
    "block-tickers": "gctinline__TestOrderPushData__29",
    "books": """gctinline__TestOrderPushData__20 hummingbot__get_ws_order_book_diff_msg_ret
        hummingbot__get_ws_order_book_snapshot_msg_ret
        hummingbot__test_listen_for_order_book_diffs_logs_exception_incomplete_resp
        hummingbot__test_listen_for_order_book_snapshots_successful_snapshot_event
        jkorf__ws_Unified_ExchangeData_OrderBook nautilus__ws_books_snapshot nautilus__ws_books_update
        gctinline__TestPushDataDynamic__3""",
    "books5": "gctinline__TestWsProcessOrderbook5_ob5payload",
    "candle1D": " ".join(HONG_KONG_DAYS),
    "estimated-price": "jkorf__ws_Unified_ExchangeData_EstimatedPrice",
    "grid-orders-contract": "gctinline__TestOrderPushData__10",
    "grid-orders-spot": "gctinline__TestOrderPushData__9",
    "grid-sub-orders": "gctinline__TestOrderPushData__12",
    "index-candle1D": "jkorf__ws_Unified_ExchangeData_IndexKlines",
    "index-candle30m": "gctinline__TestWsProcessIndexCandlesIntervalMapping_payload gctinline__TestOrderPushData__25",
    "index-tickers": """hummingbot__get_ws_index_price_info_msg_ret jkorf__ws_Unified_ExchangeData_IndexTicker
        gctinline__TestOrderPushData__26""",
    "instruments": "gctinline__TestOrderPushData__13 jkorf__ws_Unified_ExchangeData_Symbol",
    "mark-price-candle1D": "gctinline__TestOrderPushData__18",
    "open-interest": "jkorf__ws_Unified_ExchangeData_Interest",
    "opt-summary": "gctinline__TestOrderPushData__23",
    "option-trades": "gctinline__TestOrderPushData__21",
    "orders-algo": "jkorf__ws_Unified_Trading_AlgoOrder",
    "price-limit": "gctinline__TestOrderPushData__19 jkorf__ws_Unified_ExchangeData_PriceLimit",
    "public-block-trades": "gctinline__TestOrderPushData__22",
    "quotes": "gctinline__TestOrderPushData__7",
    "sprd-books5": "gctinline__TestBusinessWSCandleSubscriptions_processSpreadOrderbookJSON",
    "sprd-orders": "gctinline__TestBusinessWSCandleSubscriptions_wsProcessSpreadOrdersJSON",
    "sprd-public-trades": "gctinline__TestBusinessWSCandleSubscriptions_wsProcessPublicSpreadTradesJSON",
    "sprd-tickers": "gctinline__TestBusinessWSCandleSubscriptions_okxSpreadPublicTickerJSON",
    "status": "gctinline__TestOrderPushData__27 jkorf__ws_Unified_ExchangeData_SystemStatus",
    "struc-block-trades": "gctinline__TestOrderPushData__8",
    "tickers": "gctinline__TestPushDataDynamic_ jkorf__ws_Unified_ExchangeData_Ticker",
    "trades-all": "ccxtcomment__pro_handle_trades_2",
}
"""By channel."""

OF_NO_USE = {
    "balance_and_position: account and positions channels say the same": """gctinline__TestOrderPushData__33
        jkorf__ws_Unified_Account_BalanceAndPosition""",
    "liquidation-warning: a warning; the account says the same in figures": "gctinline__TestOrderPushData__3",
}

PARTS_OF_MESSAGES = names("""
    ccxtcomment__pro_handle_funding_rate ccxtcomment__pro_handle_place_orders ccxtcomment__pro_parse_ws_liquidation
    ccxtcomment__pro_parse_ws_my_liquidation gctinline__TestGenerateSubscriptions_ ccxtcomment__pro_handle_trades
    gctinline__TestTrackEquivalentSubscriptionsOnExistingConnection_QualifiedChannel ccxtcomment__pro_handle_ticker
    jkorf__ws_dialogue_Unified_ExchangeData_Concurrent
""")
"""Pieces cut out of a message, or several together: unreadable by themselves, and said to be."""
OF_CLIENTS = names("""
    ccxtcomment__pro_handle_error_message
    hummingbot__test_subscribe_channels_successful_expected_funding_info_subscription
    hummingbot__test_subscribe_channels_successful_expected_mark_price_subscription
    hummingbot__test_subscribe_channels_successful_expected_order_book_subscription
""")
"""What clients sent: no message of the venue."""
WS_REPLIES = names("ccxtcomment__pro_handle_cancel_all_orders ccxtcomment__pro_handle_cancel_orders")


def acknowledgements(rows: Rows) -> set[str]:
    return {name for name, row in rows.items() if row["category"] == "ws_ack"} | {
        "ccxtcomment__pro_handle_unsubscription"
    }


def test_every_message_of_the_collection_is_accounted_for(rows: Rows) -> None:
    collected_names = {name for name, row in rows.items() if row["kind"] == "ws"}
    accounted = [
        *OF_OTHER_PRODUCTS,
        *OURS,
        *(name for text in (*NOBODY_SUBSCRIBED.values(), *OF_NO_USE.values()) for name in names(text)),
        *(*PARTS_OF_MESSAGES, *OF_CLIENTS, *WS_REPLIES),
        *acknowledgements(rows),
    ]
    assert len(accounted) == len(set(accounted)), "each once"
    assert set(accounted) == collected_names


@pytest.mark.parametrize("name", OF_OTHER_PRODUCTS)
def test_a_message_of_another_product_is_known_as_such_and_could_be_read(rows: Rows, venue: Okx, name: str) -> None:
    payload = rows[name]["payload"]
    assert venue.decode("private", body(payload)) == [ANOTHER]
    assert [brief(said) for said in venue.decode("private", ours(payload))] == OF_OTHER_PRODUCTS[name]


@pytest.mark.parametrize("name", HONG_KONG_DAYS)
def test_candles_could_be_read(rows: Rows, venue: Okx, name: str) -> None:
    assert [brief(said) for said in venue.decode("business", ours(rows[name]["payload"]))] == HONG_KONG_DAYS[name]


@pytest.mark.parametrize("name", OURS)
def test_a_message_of_ours_says_exactly_this(rows: Rows, venue: Okx, name: str) -> None:
    assert venue.decode("private", body(rows[name]["payload"])) == OURS[name]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *(
            (name, f"{channel}: nobody subscribed to it")
            for channel, text in NOBODY_SUBSCRIBED.items()
            for name in names(text)
        ),
        *((name, reason) for reason, text in OF_NO_USE.items() for name in names(text)),
    ],
)
def test_a_message_that_nobody_needs_says_why(rows: Rows, venue: Okx, name: str, reason: str) -> None:
    assert venue.decode("public", body(rows[name]["payload"])) == [Ignored(reason)]


@pytest.mark.parametrize("name", [*PARTS_OF_MESSAGES, *OF_CLIENTS])
def test_what_is_no_message_of_the_venue_is_unreadable(rows: Rows, venue: Okx, name: str) -> None:
    for role in ("public", "private", "trade"):
        (said,) = venue.decode(role, body(rows[name]["payload"]))
        assert isinstance(said, Unreadable)
        assert said.reason.startswith(UNREADABLE)


@pytest.mark.parametrize("name", WS_REPLIES)
def test_a_reply_of_order_entry_has_id_and_body(rows: Rows, venue: Okx, name: str) -> None:
    payload = rows[name]["payload"]
    assert venue.decode("trade", body(payload)) == [WsReply("1512", body(payload))]


def test_acknowledgements_of_old_have_no_id(rows: Rows, venue: Okx) -> None:
    assert len(acknowledgements(rows)) == 17
    for name in acknowledgements(rows):
        assert venue.decode("public", body(rows[name]["payload"])) == [Acknowledged("")]
        assert venue.decode("public", body({**rows[name]["payload"], "id": "public3"})) == [Acknowledged("public-3")]


def test_dialogues_go_as_ours_do(rows: Rows, venue: Okx) -> None:
    """What the venue says in each recorded dialogue is understood, step by step."""
    dialogues = [row["dialogue"] for row in rows.values() if row.get("dialogue")]
    assert len(dialogues) > 10
    for dialogue in dialogues:
        for step in dialogue:
            if step["dir"] == "server_to_client":
                (said,) = venue.decode("private", body(step["msg"]))
                assert said in (LoggedIn(), Acknowledged(""))
            elif step["dir"] == "server_to_client_update":
                for each in venue.decode("private", body(step["msg"])):
                    assert isinstance(each, Ignored)
