"""Messages that others collected (documentation examples, public samples) and a recorded session, by the real code.

Every WebSocket message of the collection is accounted for by its id: it says exactly the events below, or exactly the
reason why there are none; pieces cut out of messages are unreadable; replies of the order-entry socket give id, body
and use.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from sansio_exchange.account import Balance
from sansio_exchange.binance import NETWORKS, Binance
from sansio_exchange.binance.errors import HEDGE_MODE
from sansio_exchange.commands import FetchExchangeInfo
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, Candle, FundingRate, PriceChange
from sansio_exchange.orders import OrderType
from sansio_exchange.venue import AccountChange, Acknowledged, Ignored, LeverageChange, WsReply
from tests.sansio_exchange.recipes import Rows, body, collected, names, run

OTHER_PRODUCT = Ignored("other product")
HEDGED = Unreadable("private", HEDGE_MODE, "")
NO_EVENT = "not a message of Binance's streams: Object missing required field `e`"


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "binance")


def ignored(name: str, reason: str = "nobody subscribed to it") -> Ignored:
    return Ignored(f"{name}: {reason}")


CANDLE = Candle(
    "BTCUSDT",
    "1m",
    1638747660000,
    Decimal("0.0010"),
    Decimal("0.0025"),
    Decimal("0.0015"),
    Decimal("0.0020"),
    Decimal(1000),
    is_closed=False,
)
CLOSED_CANDLE = Candle(
    "BTCUSDT",
    "1m",
    1638747660000,
    Decimal("0.0010"),
    Decimal("0.0025"),
    Decimal("0.0010"),
    Decimal("0.0020"),
    Decimal(1000),
    is_closed=True,
)
MARK_PRICE = FundingRate(
    "BTCUSDT", Decimal("0.00038167"), 1562305380000, Decimal("0.00038167"), 1562306400000, Decimal("11794.15")
)
TRADE = PriceChange("BTCUSDT", Decimal("0.001"), 123456785, Decimal(100))
STRATEGY = "a strategy that runs at the venue"
WARNING = ignored("MARGIN_CALL", "a warning; the account says the same in figures")

MESSAGES: dict[str, list[Any]] = {
    # market data
    "jkorf__ws_UsdFutures_AggTrades": [structs.replace(TRADE, sequence=5933014)],
    "nautilus__futures_market_data_json_trade_stream": [TRADE],
    "jkorf__ws_UsdFutures_BookTicker": [
        BookTicker(
            "BNBUSDT",
            Decimal("25.35190000"),
            Decimal("31.21000000"),
            Decimal("25.36520000"),
            Decimal("40.66000000"),
            1568014460891,
        )
    ],
    "jkorf__ws_UsdFutures_Klines": [CANDLE],
    "nautilus__futures_market_data_json_kline_stream_open": [CANDLE],
    "nautilus__futures_market_data_json_kline_stream_closed": [CLOSED_CANDLE],
    "jkorf__ws_UsdFutures_MarkPrice": [MARK_PRICE],
    "nautilus__futures_market_data_json_mark_price_stream": [MARK_PRICE],
    # user data
    "jkorf__ws_UsdFutures_AccountUpdate": [
        AccountChange(
            (
                Balance("USDT", Decimal("122624.12345678"), Decimal("100.12345678")),
                Balance("BUSD", Decimal(1), Decimal(0)),
            ),
            (),
            "ORDER",
            1564745798938,
        ),
        HEDGED,
    ],
    "jkorf__ws_UsdFutures_OrderUpdate": [HEDGED],
    "jkorf__ws_UsdFutures_Leverage": [LeverageChange("BTCUSDT", 25, 1611646737476)],
    "jkorf__ws_UsdFutures_MultiAssetMode": [Ignored("multi-assets mode was switched")],
    "jkorf__ws_UsdFutures_TradeUpdate": [
        ignored("TRADE_LITE", "ORDER_TRADE_UPDATE tells the same fill with status and fee")
    ],
    "jkorf__ws_UsdFutures_AlgoOrderUpdate": [
        ignored("ALGO_UPDATE", "a conditional order, which becomes an ordinary one when it triggers")
    ],
    "jkorf__ws_UsdFutures_ConditionalTrigger": [
        ignored(
            "CONDITIONAL_ORDER_TRIGGER_REJECT", "a conditional order that was placed elsewhere could not be triggered"
        )
    ],
    "jkorf__ws_UsdFutures_StrategyUpdate": [ignored("STRATEGY_UPDATE", STRATEGY)],
    "jkorf__ws_UsdFutures_GridUpdate": [ignored("GRID_UPDATE", STRATEGY)],
    "jkorf__ws_UsdFutures_MarginUpdate": [WARNING],
    "hummingbot__test_margin_call_event_margin_call": [WARNING],
    "hummingbot__test_wrong_symbol_margin_call_event_margin_call": [WARNING],
    # market data that nobody asks for
    "jkorf__ws_UsdFutures_AssetIndex": [ignored("assetIndexUpdate")] * 2,
    "jkorf__ws_UsdFutures_ContKlines": [ignored("continuous_kline")],
    "jkorf__ws_UsdFutures_CompositIndex": [ignored("compositeIndex")],
    "jkorf__ws_UsdFutures_Book": [ignored("depthUpdate")],
    "jkorf__ws_UsdFutures_PartialBook": [ignored("depthUpdate")],
    "nautiluspy__ws_depth_diff_update": [ignored("depthUpdate")],
    "nautiluspy__ws_depth_update": [ignored("depthUpdate")],
    "gctinline__TestFormatChannelLevels_websocketDepthUpdate": [ignored("depthUpdate")],
    "gctinline__TestWsDepthUpdate_update1": [ignored("depthUpdate")],
    "gctinline__TestWsDepthUpdate_update2": [ignored("depthUpdate")],
    "jkorf__ws_UsdFutures_Liquidations": [ignored("forceOrder")],
    "ccxtcomment__pro_handle_liquidation": [ignored("forceOrder")],
    "jkorf__ws_UsdFutures_SymbolUpdates": [ignored("contractInfo")],
    "jkorf__ws_UsdFutures_MiniTicker": [ignored("24hrMiniTicker")],
    "gctinline__TestWsTickerUpdate_pressXToJSON": [ignored("24hrTicker")],
    # other products
    "ccxtcomment__pro_handle_balance": [OTHER_PRODUCT],
    "gctinline__TestWsBalanceUpdate_pressXToJSON": [OTHER_PRODUCT],
    "gctinline__TestWsOrderExecutionReport_payload": [OTHER_PRODUCT],
    "gctinline__TestWsTradeUpdate_pressXToJSON": [OTHER_PRODUCT],
    "gctinline__TestWsOCO_pressXToJSON": [OTHER_PRODUCT],
    "gctinline__TestWsOutboundAccountPosition_payload": [OTHER_PRODUCT],
    "ccxtcomment__pro_parse_ws_order": [OTHER_PRODUCT],
    "ccxtcomment__pro_handle_bids_asks": [OTHER_PRODUCT],
    "hummingbot___simulate_user_update_event_resp": [OTHER_PRODUCT],
    # acknowledgements
    "jkorf__ws_ack_UsdFutures_Concurrent": [Acknowledged("|id|")],
}

PARTS_OF_MESSAGES = names("""
    ccxtcomment__pro_parse_ws_trade ccxtcomment__pro_handle_orders_ws ccxtcomment__pro_handle_orders_ws_2
    ccxtcomment__pro_handle_fetch_ohlcv ccxtcomment__pro_handle_trades_ws ccxtcomment__pro_handle_trades_ws_2
    ccxtcomment__pro_parse_ws_ticker_2 jkorf__ws_dialogue_UsdFutures_Concurrent
""")
"""Pieces cut out of a message: unreadable by themselves, and said to be."""

WS_REPLIES: dict[str, dict[str, int]] = {
    "ccxtcomment__pro_handle_account_status_ws": {},
    "jkorf__ws_UsdFutures_Account_GetAccountInfo": {"weight_1m": 20},
    "jkorf__ws_UsdFutures_ExchangeData_GetBookPrices": {"weight_1m": 2},
    "ccxtcomment__pro_handle_edit_order_ws_2": {},
    "ccxtcomment__pro_handle_fetch_order_book": {},
    "jkorf__ws_UsdFutures_ExchangeData_GetOrderBook": {"weight_1m": 5},
    "ccxtcomment__pro_handle_user_data_stream_subscribe": {},
    "ccxtcomment__pro_handle_ticker_ws": {},
    "jkorf__ws_UsdFutures_ExchangeData_GetPrice": {"weight_1m": 2},
}
"""Replies of the order-entry socket, with what they say has been used."""


def test_every_message_of_the_collection_is_accounted_for(rows: Rows) -> None:
    collected = {name for name, row in rows.items() if row["kind"] == "ws"}
    assert collected == MESSAGES.keys() | set(PARTS_OF_MESSAGES) | WS_REPLIES.keys()


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_says_exactly_this(rows: Rows, name: str) -> None:
    assert Binance(NETWORKS["mainnet"]).decode("private", body(rows[name]["payload"])) == MESSAGES[name]


@pytest.mark.parametrize("name", PARTS_OF_MESSAGES)
def test_a_part_of_a_message_is_unreadable(rows: Rows, name: str) -> None:
    said = Binance(NETWORKS["mainnet"]).decode("market", body(rows[name]["payload"]))
    assert said
    assert all(isinstance(each, Unreadable) and each.reason == NO_EVENT for each in said)


@pytest.mark.parametrize("name", WS_REPLIES)
def test_a_reply_of_order_entry_has_id_body_and_use(rows: Rows, name: str) -> None:
    payload = rows[name]["payload"]
    (said,) = Binance(NETWORKS["mainnet"]).decode("trade", body(payload))
    assert isinstance(said, WsReply)
    assert (said.frame_id, said.error) == (str(payload["id"]), None)
    assert json.loads(said.body) == payload["result"]
    assert said.used == WS_REPLIES[name]


def test_an_order_in_the_collections_user_stream_reads_once_it_is_in_one_way_mode(rows: Rows) -> None:
    message = json.loads(body(rows["jkorf__ws_UsdFutures_OrderUpdate"]["payload"]))
    message["data"]["o"]["ps"] = "BOTH"
    (said,) = Binance(NETWORKS["mainnet"]).decode("private", body(message))
    assert (said.order.order_id, said.order.type, said.fill) == (8886774, OrderType.OTHER, None)  # type: ignore[union-attr]  # an OrderUpdate


# --- a recorded session -----------------------------------------------------------------------------------------


def test_a_recorded_session_reads_without_a_rest(shared: Path) -> None:
    venue = Binance(NETWORKS["mainnet"])
    said: dict[str, int] = {}
    for line in (shared / "captures" / "binance_usdm.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["kind"] == "http" and row["url"].endswith("/exchangeInfo"):
            run(venue.recipe(FetchExchangeInfo()), row["body"].encode())
        if row["kind"] == "ws_in":
            for each in venue.decode("public", row["data"].encode()):
                name = each.reason if isinstance(each, Ignored) else type(each).__name__
                said[name] = said.get(name, 0) + 1
    assert len(venue.symbols) == 117
    assert said == {
        "BookTicker": 378,
        "Candle": 42,
        "PriceChange": 58,
        "depthUpdate: nobody subscribed to it": 443,
    }
