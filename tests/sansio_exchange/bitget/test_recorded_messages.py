"""Messages that others collected (documentation examples, public samples), by the real code.

Every WebSocket message of the collection is accounted for by its id: it says exactly the events below, or exactly the
reason why there are none. Asserted of each kind:

account          a row without profit leaves the balances as they are; with it, wallet and what is free
funding          rate, its time, settlement, mark price
kline            prices, volume and whether it is closed; the collected one is of spot, and read as if it were ours
position         size, entry price, margin type, leverage; the collected one is of hedge mode, and refused as such
public_trade     price, quantity and time; collected as a bare row
order, fill      only of the unified account, of spot, and of the channel that nobody subscribes to: known as such
ws_ack           of nothing that was asked for: known as such; and the acknowledgement of what was asked for
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sansio_exchange.account import Balance
from sansio_exchange.bitget import Bitget
from sansio_exchange.commands import Topic
from sansio_exchange.machine import Unreadable
from sansio_exchange.market import Candle, FundingRate, PriceChange
from sansio_exchange.venue import AccountChange, Acknowledged, Ignored
from tests.sansio_exchange.bitget.payloads import bitget, private_push, push
from tests.sansio_exchange.recipes import Rows, body, collected, names

FILLS = "fill: the orders channel says the same"
UNASKED = "an acknowledgement of nothing that is open"
UNIFIED = "unified account: another API"

SAYS: dict[str, list[Any]] = {
    "ccxtcomment__pro_handle_balance_2": [AccountChange((), (), "account", 1701932570822)],
    "ccxtcomment__pro_parse_ws_ticker_2": [
        FundingRate(
            "BTCUSDT", Decimal("0.000096"), 1701843962811, Decimal("0.000096"), 1701849600000, Decimal("43476.4")
        )
    ],
}
OF_NO_USE = {
    "other product": "ccxtcomment__pro_handle_balance ccxtcomment__pro_handle_ohlcv",
    "account-crossed: nobody subscribed to it": "ccxtcomment__pro_handle_balance_3",
    "books5: nobody subscribed to it": "ccxtcomment__pro_handle_order_book",
    FILLS: "ccxtcomment__pro_handle_my_trades ccxtcomment__pro_handle_my_trades_2",
    UNIFIED: "ccxtcomment__pro_handle_my_trades_3 ccxtcomment__pro_handle_order_4 ccxtcomment__pro_handle_ohlcv_2",
    UNASKED: """ccxtcomment__pro_handle_order_book_un_subscription_2 ccxtcomment__pro_handle_message_4
        ccxtcomment__pro_handle_ohlcv_un_subscription ccxtcomment__pro_handle_trades_un_subscription
        jkorf__ws_ack_Futures_Balance jkorf__ws_ack_Futures_Equity jkorf__ws_ack_Futures_Kline
        jkorf__ws_ack_Futures_Order jkorf__ws_ack_Futures_OrderBook jkorf__ws_ack_Futures_Position
        jkorf__ws_ack_Futures_PositionClose jkorf__ws_ack_Futures_Ticker jkorf__ws_ack_Futures_Trade
        jkorf__ws_ack_Futures_TriggerOrder jkorf__ws_ack_Futures_UserTrade""",
}
"""By reason."""
PARTS_OF_MESSAGES = names("""
    ccxtcomment__pro_handle_order ccxtcomment__pro_handle_order_2 ccxtcomment__pro_parse_ws_order
    ccxtcomment__pro_parse_ws_ohlcv ccxtcomment__pro_handle_positions ccxtcomment__pro_handle_positions_2
    ccxtcomment__pro_parse_ws_position_2 ccxtcomment__pro_handle_trades_2 ccxtcomment__pro_parse_ws_trade
    ccxtcomment__pro_parse_ws_trade_2 ccxtcomment__pro_parse_ws_trade_3 ccxtcomment__pro_handle_message
""")
"""Pieces cut out of a message: unreadable by themselves, and said to be."""
OF_CLIENTS = names("ccxtcomment__pro_handle_message_2 ccxtcomment__pro_handle_un_subscription_status")
"""What clients sent: no message of the venue."""


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "bitget")


@pytest.fixture
def venue() -> Bitget:
    return bitget()


def test_every_message_of_the_collection_is_accounted_for(rows: Rows) -> None:
    accounted = [*SAYS, *(name for text in OF_NO_USE.values() for name in names(text)), *PARTS_OF_MESSAGES, *OF_CLIENTS]
    assert len(accounted) == len(set(accounted)), "each once"
    assert set(accounted) == {name for name, row in rows.items() if row["kind"] == "ws"}


@pytest.mark.parametrize("name", SAYS)
def test_a_message_of_ours_says_exactly_this(rows: Rows, venue: Bitget, name: str) -> None:
    assert venue.decode("private", body(rows[name]["payload"])) == SAYS[name]


@pytest.mark.parametrize(
    ("name", "reason"), [(name, reason) for reason, text in OF_NO_USE.items() for name in names(text)]
)
def test_a_message_that_nobody_needs_says_why(rows: Rows, venue: Bitget, name: str, reason: str) -> None:
    for role in ("public", "private", "trade"):
        assert venue.decode(role, body(rows[name]["payload"])) == [Ignored(reason)]


@pytest.mark.parametrize("name", [*PARTS_OF_MESSAGES, *OF_CLIENTS])
def test_what_is_no_message_of_the_venue_is_unreadable(rows: Rows, venue: Bitget, name: str) -> None:
    for role in ("public", "private", "trade"):
        (said,) = venue.decode(role, body(rows[name]["payload"]))
        assert isinstance(said, Unreadable)
        assert said.reason.startswith("not a message of Bitget's channels: ")


def test_a_balance_with_its_profit(rows: Rows, venue: Bitget) -> None:
    message = json.loads(json.dumps(rows["ccxtcomment__pro_handle_balance_2"]["payload"]))
    message["data"][0]["unrealizedPL"] = "1"
    (said,) = venue.decode("private", body(message))
    assert isinstance(said, AccountChange)
    assert said.balances == (Balance("USDT", Decimal("25.14309528"), Decimal("20.77728028")),)


def test_a_position_of_hedge_mode_is_refused_and_one_of_one_way_mode_is_read(rows: Rows, venue: Bitget) -> None:
    row = rows["ccxtcomment__pro_handle_positions_2"]["payload"]
    (refused,) = venue.decode("private", private_push("positions", row))
    assert isinstance(refused, Unreadable)
    assert "hedge mode" in refused.reason
    (said,) = venue.decode("private", private_push("positions", {**row, "posMode": "one_way_mode"}))
    assert isinstance(said, AccountChange)
    (position,) = said.positions
    assert (position.size, position.entry_price, position.leverage) == (Decimal("0.001"), Decimal(43849), 20)
    assert (position.margin_type, position.liquidation_price) == ("cross", Decimal("17629.684814834"))


def test_a_trade(rows: Rows, venue: Bitget) -> None:
    row = rows["ccxtcomment__pro_parse_ws_trade"]["payload"]
    price = PriceChange("BTCUSDT", Decimal("43854.01"), 1701910980366, Decimal("0.0535"))
    assert venue.decode("public", push("trade", row)) == [price]


def test_candles_of_spot_could_be_read(rows: Rows, venue: Bitget) -> None:
    """The first message on a socket repeats what was before: its newest candle is told, closed as its time is over."""
    message = json.loads(json.dumps(rows["ccxtcomment__pro_handle_ohlcv"]["payload"]))
    message["arg"]["instType"] = "USDT-FUTURES"
    assert venue.decode("public", body(message)) == [
        Candle(
            symbol="BTCUSDT",
            interval="1m",
            open_ms=1701871680000,
            open=Decimal("44028.51"),
            high=Decimal("44108.11"),
            low=Decimal("44028.5"),
            close=Decimal("44108.11"),
            volume=Decimal("17.139"),
            is_closed=True,
        )
    ]


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("jkorf__ws_ack_Futures_Ticker", Topic("funding", "BTCUSDT")),
        ("jkorf__ws_ack_Futures_Trade", Topic("price", "BTCUSDT")),
    ],
)
def test_an_acknowledgement_of_what_was_asked_for_says_of_which_frame(
    rows: Rows, venue: Bitget, name: str, topic: Topic
) -> None:
    venue.begin("public", is_successor=False)
    venue.subscribe_frame("public-4", [topic])
    acknowledged = body(rows[name]["payload"])
    assert venue.decode("public", acknowledged) == [Acknowledged("public-4")]
    assert venue.decode("public", acknowledged) == [Ignored(UNASKED)], "once"


def test_acknowledgements_of_the_private_channels(rows: Rows, venue: Bitget) -> None:
    venue.begin("private", is_successor=False)
    for frame_id in ("private-1", "private-2"):
        venue.private_frames(frame_id)
        for name in ("jkorf__ws_ack_Futures_Order", "jkorf__ws_ack_Futures_Position"):
            assert venue.decode("private", body(rows[name]["payload"])) == [Acknowledged(frame_id)]
