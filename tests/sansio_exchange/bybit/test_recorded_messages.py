"""Messages that others collected (documentation examples, public samples), by the real code.

Every WebSocket message of the collection is accounted for by its id: it says exactly the events below, or exactly the
reason why there are none. What is asserted of each kind:

ticker, funding  rate, settlement, mark price; a change without a snapshot tells nothing, spot has no funding
public_trade     price, quantity, time
orderbook        best prices of snapshots of the first level; changes are known as such
order            state; that of spot and options is another product, and read as if it were linear
fill             the execution, told with the first state of its order
position         signed size, entry price, leverage; one of hedge mode is refused by name
account          balances, and what of them is free
order entry      id and body, or the error
ws_ack, ws_login, ping  which frame; whether the login was taken
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sansio_exchange.account import Balance, Position
from sansio_exchange.bybit import NETWORKS, Bybit
from sansio_exchange.bybit.private_stream import HEDGED
from sansio_exchange.bybit.public_stream import ANOTHER, CHANGES, NOTHING_NEW, ONE_SIDED
from sansio_exchange.commands import Credentials
from sansio_exchange.errors import AuthenticationFailed, InsufficientFunds, RequestRejected
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import BookTicker, FundingRate, PriceChange
from sansio_exchange.order_ids import OrderIds
from sansio_exchange.orders import Fill, Side
from sansio_exchange.venue import AccountChange, Acknowledged, Ignored, LoggedIn, LoneFill, OrderState, WsReply
from tests.sansio_exchange.recipes import Rows, body, collected, names

LATER_MS = 1_900_000_000_000
"""After all that was collected: states are believed as they stand."""


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "bybit")


@pytest.fixture
def venue() -> Bybit:
    made = Bybit(NETWORKS["mainnet"])
    made.login_frame("private", Credentials("key", "secret"), LATER_MS)
    return made


PUBLIC: dict[str, list[Any]] = {
    "jkorf__ws_V5_Linear_Trades": [PriceChange("BTCUSDT", Decimal("16578.50"), 1672304486865, Decimal("0.001"))],
    "gctinline__TestWsConnect__3": [PriceChange("BTCUSDT", Decimal("3.6279"), 1690720953111, Decimal("1.3637"))],
    "hummingbot__test_listen_for_trades_successful_trade_event": [ANOTHER],
    "nautilus__ws_orderbook_snapshot": [
        BookTicker(
            "BTCUSDT", Decimal("27450.00"), Decimal("0.500"), Decimal("27451.00"), Decimal("0.750"), 1709891679000
        )
    ],
    "nautilus__ws_orderbook_delta": [CHANGES],
    "docs__websocket_public_orderbook_1": [CHANGES],
    "gctinline__TestWsConnect__2": [CHANGES],
    "gctinline__TestDeltaUpdateOrderbook_data": [ONE_SIDED],
    "hummingbot__get_ws_diff_msg_ret": [ANOTHER],
    "jkorf__ws_V5_Linear_Ticker": [
        FundingRate(
            *("BTCUSDT", Decimal("-0.000212"), 1673272861686, Decimal("-0.000212"), 1673280000000),
            Decimal("17217.33"),
        )
    ],
    "gct__ws_03_tickers.BTCUSDT": [NOTHING_NEW],
    "ccxtcomment__pro_handle_ticker_3": [NOTHING_NEW],
    "docs__websocket_public_ticker_2": [NOTHING_NEW],
    "gct__ws_00_tickers.BTC-USDT": [NOTHING_NEW],
    "gct__ws_01_tickers.BTC-28JUN24-60000-P": [ANOTHER],
    "gct__ws_05_tickers.BTCPERP": [ANOTHER],
    "gct__ws_06_tickers.BTCUSD": [ANOTHER],
    "hummingbot__get_funding_info_event_ret": [ANOTHER],
}

LONG = Position(
    symbol="XRPUSDT",
    size=Decimal(75),
    entry_price=Decimal("0.3615"),
    mark_price=Decimal("0.3374"),
    unrealized_pnl=Decimal("-1.8075"),
    leverage=10,
    update_ms=1672364174449,
)
A_FILL = LoneFill(
    Fill(
        trade_id="7e2ae69c-4edf-5800-a352-893d52b446aa",
        order_id=OrderIds().number("f6e324ff-99c2-4e89-9739-3086e47f9381"),
        symbol="XRPUSDT",
        side=Side.SELL,
        price=Decimal("0.3374"),
        quantity=Decimal(25),
        fee=Decimal("0.005061"),
        fee_asset="USDT",
        realized_pnl=Decimal(0),
        time_ms=1672364174443,
        is_maker=False,
    )
)
PRIVATE: dict[str, list[Any]] = {
    "gct__ws_00_position": [AccountChange((), (LONG,), "positions", 1672364174449)],
    "jkorf__ws_V5_Private_Position": [HEDGED],
    "jkorf__ws_V5_Private_Balance": [
        AccountChange((Balance("BTC", Decimal("0.00102964"), Decimal("0.00102964")),), (), "wallet", 1700034722104)
    ],
    "ccxtcomment__pro_handle_my_trades_2": [A_FILL],
    "jkorf__ws_V5_Private_UserTrades": [A_FILL],
    "ccxtcomment__pro_handle_order_2": [ANOTHER],
    "gct__ws_01_order": [ANOTHER],
    "gctinline__TestWebsocketOrderResponse_response": [ANOTHER],
}

ORDERS: dict[str, tuple[Any, ...]] = {
    "gct__ws_05_order": ("FILLED", "MARKET", Decimal("1.7"), Decimal("4.24"), ""),
    "ccxtcomment__pro_handle_order_2": ("FILLED", "MARKET", Decimal(1), Decimal(75), ""),
    "gct__ws_01_order": ("FILLED", "MARKET", Decimal(1), Decimal(75), ""),
    "gctinline__TestWebsocketOrderResponse_response": (
        *("FILLED", "LIMIT", Decimal("194.1"), Decimal("0.03154"), "019ffefa-ffb4-738f-9c29-ad4fe85302e5"),
    ),
}
"""What they say, as if they were linear."""

OF_NO_USE = {
    "execution.fast: the execution topic says more": "jkorf__ws_V5_Private_MinimalUserTrades",
    "greeks: options are another product": "gct__ws_03_greeks",
    "allLiquidation.ETHUSDT: nobody subscribed to it": "jkorf__ws_V5_Linear_Liquidations",
    "allLiquidation.ROSEUSDT: nobody subscribed to it": "docs__websocket_public_all-liquidation_1",
    "instrument_info.100ms.COINALPHAHBOT: nobody subscribed to it": "hummingbot__get_funding_info_msg_ret",
    "lt.EOS3LUSDT: nobody subscribed to it": "gctinline__TestWsConnect__8",
    "outboundAccountInfo: nobody subscribed to it": "ccxtcomment__pro_handle_balance",
    "spread.execution: nobody subscribed to it": "jkorf__ws_V5_Private_SpreadUserTrade",
    "system.status: nobody subscribed to it": "docs__websocket_system_system-status_2",
    "ticketInfo: nobody subscribed to it": "ccxtcomment__pro_handle_my_trades",
    "tickers_lt.BTCUSDT: nobody subscribed to it": "gctinline__TestWsConnect__7",
    "tickers_lt.EOS3LUSDT: nobody subscribed to it": "ccxtcomment__pro_handle_ticker_4",
}
FULL_BOOK = "docs__websocket_public_full-ob_1"

ENTRY = '{"orderId": "a4c1718e-fe53-4659-a118-1f6ecce04ad9", "orderLinkId": ""}'
REPLIES: dict[str, tuple[Any, ...]] = {
    "jkorf__ws_V5Api_Private_PlaceOrder": ("|2|", {"place": 1}, json.loads(ENTRY)),
    "jkorf__ws_V5Api_Private_CancelOrder": ("|2|", {"cancel": 1}, json.loads(ENTRY)),
    "jkorf__ws_V5Api_Private_EditOrder": ("|2|", {}, json.loads(ENTRY)),
    "docs__websocket_trade_guideline_4": ("test", {"place": 1}, json.loads(ENTRY)),
    "ccxtcomment__pro_handle_order_ws": (
        *("1", {"place": 1}, {"orderId": "1673523595617593600", "orderLinkId": "1673523595617593601"}),
    ),
}
A_REFUSED_ORDER = "ccxtcomment__pro_handle_error_message_2"
A_REFUSED_BATCH = "docs__websocket_trade_guideline_6"

TRADE_LOGINS = names("""
    docs__websocket_trade_guideline_2 ccxtcomment__pro_handle_authenticate jkorf__ws_login_V5Api_Private_CancelOrder
    gctinline__TestWebsocketAuthenticateTradeConnection_
""")
PRIVATE_LOGINS = names("jkorf__ws_login_V5_Private_Balance")
A_REFUSED_LOGIN = "gctinline__TestWebsocketAuthenticateTradeConnection__2"
NOT_LOGGED_IN = "gctinline__TestWebsocketAuthenticatePrivateConnection_"

ACKNOWLEDGEMENTS = {
    "jkorf__ws_ack_V5_Linear_Liquidations": "|1|",
    "jkorf__ws_ack_V5_Private_Balance": "|1|",
    "gctinline__TestCancelBatchOrders_": "1",
    "ccxtcomment__pro_handle_un_subscribe": "3",
}
PONGS = names("""
    ccxtcomment__pro_handle_pong gctinline__TestWsConnect__9 docs__websocket_trade_guideline_8
""")

OF_AN_OLDER_VERSION = names("ccxtcomment__pro_handle_order")
"""An order as version 3 wrote it."""
PARTS_OF_MESSAGES = names("""
    ccxtcomment__pro_parse_ws_balance ccxtcomment__pro_parse_ws_balance_2 ccxtcomment__pro_handle_order_book
    ccxtcomment__pro_parse_ws_liquidation ccxtcomment__pro_parse_ws_ohlcv ccxtcomment__pro_parse_ws_trade
    ccxtcomment__pro_parse_ws_trade_2
""")
"""Pieces cut out of a message: unreadable by themselves, and said to be."""
OF_CLIENTS = names("""
    docs__websocket_system_system-status_1 docs__websocket_trade_guideline_3 docs__websocket_trade_guideline_5
    docs__websocket_trade_guideline_7
    hummingbot__test_listen_for_subscriptions_subscribes_to_trades_diffs_and_funding_info_expected_diff_subscription
    hummingbot__test_listen_for_subscriptions_subscribes_to_trades_diffs_and_funding_info_expected_funding_info_subscription
    hummingbot__test_listen_for_subscriptions_subscribes_to_trades_diffs_and_funding_info_expected_trade_subscription
""")
"""What clients sent: no message of the venue."""
LOGINS_OF_CLIENTS = names("ccxtcomment__pro_handle_error_message docs__websocket_trade_guideline_1")
WHOLE_WALLET = "gct__ws_02_wallet"


def test_every_message_of_the_collection_is_accounted_for(rows: Rows) -> None:
    collected_names = {name for name, row in rows.items() if row["kind"] == "ws"}
    accounted = [
        *(*PUBLIC, *PRIVATE, "gct__ws_05_order", WHOLE_WALLET, FULL_BOOK, *OF_NO_USE.values()),
        *(*REPLIES, A_REFUSED_ORDER, A_REFUSED_BATCH, *TRADE_LOGINS, *PRIVATE_LOGINS, A_REFUSED_LOGIN, NOT_LOGGED_IN),
        *(*ACKNOWLEDGEMENTS, *PONGS, *OF_AN_OLDER_VERSION, *PARTS_OF_MESSAGES, *OF_CLIENTS, *LOGINS_OF_CLIENTS),
    ]
    assert len(accounted) == len(set(accounted)), "each once"
    assert set(accounted) == collected_names


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_message_says_exactly_this(rows: Rows, venue: Bybit, name: str) -> None:
    assert venue.decode("public", body(rows[name]["payload"])) == PUBLIC[name]


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_message_says_exactly_this(rows: Rows, venue: Bybit, name: str) -> None:
    assert venue.decode("private", body(rows[name]["payload"])) == PRIVATE[name]


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_says_exactly_this(rows: Rows, venue: Bybit, name: str) -> None:
    payload = json.loads(json.dumps(rows[name]["payload"]))
    payload["data"][0].update(category="linear", symbol="BTCUSDT")
    (said,) = venue.decode("private", body(payload))
    assert isinstance(said, OrderState)
    order = said.order
    client_order_id = "" if order.client_order_id == str(order.order_id) else order.client_order_id
    assert (order.status.name, order.type.name, order.executed_qty, order.avg_price, client_order_id) == ORDERS[name]


def test_a_wallet_with_many_coins(rows: Rows, venue: Bybit) -> None:
    (said,) = venue.decode("private", body(rows[WHOLE_WALLET]["payload"]))
    assert isinstance(said, AccountChange)
    usdt = next(balance for balance in said.balances if balance.asset == "USDT")
    assert usdt == Balance("USDT", Decimal("11728.54414904"), Decimal("11723.92075829"))


@pytest.mark.parametrize("reason", OF_NO_USE)
def test_a_message_that_nobody_needs_says_why(rows: Rows, venue: Bybit, reason: str) -> None:
    assert venue.decode("private", body(rows[OF_NO_USE[reason]]["payload"])) == [Ignored(reason)]


def test_a_whole_book_is_not_taken_for_best_prices(rows: Rows, venue: Bybit) -> None:
    (said,) = venue.decode("public", body(rows[FULL_BOOK]["payload"]))
    assert isinstance(said, Ignored | Unreadable)


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_of_order_entry_has_id_use_and_body(rows: Rows, venue: Bybit, name: str) -> None:
    (said,) = venue.decode("trade", body(rows[name]["payload"]))
    assert isinstance(said, WsReply)
    assert said.error is None
    assert (said.frame_id, said.used, json.loads(said.body)["result"]) == REPLIES[name]


def test_a_refused_order_says_why(rows: Rows, venue: Bybit) -> None:
    (said,) = venue.decode("trade", body(rows[A_REFUSED_ORDER]["payload"]))
    assert isinstance(said, WsReply)
    assert isinstance(said.error, InsufficientFunds)
    assert "Insufficient balance" in said.error.message


def test_a_refused_batch_is_left_to_its_rows(rows: Rows, venue: Bybit) -> None:
    (said,) = venue.decode("trade", body(rows[A_REFUSED_BATCH]["payload"]))
    assert isinstance(said, WsReply)
    assert (said.error, said.used) == (None, {"place_batch": 3})
    assert [row["code"] for row in json.loads(said.body)["retExtInfo"]["list"]] == [10001] * 3


@pytest.mark.parametrize(("role", "found"), [("trade", TRADE_LOGINS), ("private", PRIVATE_LOGINS)])
def test_logins(rows: Rows, venue: Bybit, role: str, found: list[str]) -> None:
    for name in found:
        assert venue.decode(role, body(rows[name]["payload"])) == [LoggedIn()]


def test_refusals_of_logins(rows: Rows, venue: Bybit) -> None:
    (said,) = venue.decode("trade", body(rows[A_REFUSED_LOGIN]["payload"]))
    assert isinstance(said, LoggedIn)
    assert isinstance(said.error, AuthenticationFailed)
    (refused,) = venue.decode("private", body(rows[NOT_LOGGED_IN]["payload"]))
    assert isinstance(refused, Acknowledged)
    assert isinstance(refused.error, RequestRejected)


@pytest.mark.parametrize("name", ACKNOWLEDGEMENTS)
def test_acknowledgements_name_their_frame(rows: Rows, venue: Bybit, name: str) -> None:
    for role in ("public", "private"):
        assert venue.decode(role, body(rows[name]["payload"])) == [Acknowledged(ACKNOWLEDGEMENTS[name])]


@pytest.mark.parametrize("name", PONGS)
def test_pongs_are_known(rows: Rows, venue: Bybit, name: str) -> None:
    for role in ("public", "private", "trade"):
        assert venue.decode(role, body(rows[name]["payload"])) == [Ignored("pong")]


@pytest.mark.parametrize("name", [*OF_AN_OLDER_VERSION, *PARTS_OF_MESSAGES, *OF_CLIENTS])
def test_what_is_no_message_of_the_venue_is_unreadable(rows: Rows, venue: Bybit, name: str) -> None:
    (said,) = venue.decode("private", body(rows[name]["payload"]))
    assert isinstance(said, Unreadable)


@pytest.mark.parametrize("name", LOGINS_OF_CLIENTS)
def test_what_a_client_sent_is_not_taken_for_a_login_that_was_accepted(rows: Rows, venue: Bybit, name: str) -> None:
    for role in ("private", "trade"):
        (said,) = venue.decode(role, body(rows[name]["payload"]))
        assert isinstance(said, LoggedIn)
        assert isinstance(said.error, AuthenticationFailed)


def test_dialogues_go_as_ours_do(rows: Rows, venue: Bybit) -> None:
    """What the venue says in each recorded dialogue is understood, step by step."""
    dialogues = [row["dialogue"] for row in rows.values() if row.get("dialogue")]
    assert len(dialogues) > 5
    for dialogue in dialogues:
        for step in dialogue:
            if step["dir"] == "server_to_client":
                role = "trade" if "retCode" in step["msg"] else "private"
                (said,) = venue.decode(role, body(step["msg"]))
                assert isinstance(said, LoggedIn | Acknowledged)
                assert said.error is None
