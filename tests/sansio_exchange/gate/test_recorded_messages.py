"""Messages that others collected (documentation examples, public samples), by the real code.

Every WebSocket message of the collection is accounted for by its id: it says exactly the events below, or exactly the
reason why there are none. Asserted per payload kind:

account, fill    the balance that a fee or a transfer left; an execution of another contract, read a second time as if
                 it were ours
position         size, entry price, margin type, liquidation price, leverage
ws_ack           acknowledgements under the id of their frame, whatever their channel
error            a refused subscription; a refusal that is of nothing
everything else  of spot or options (another product), order books (not used), or a part cut out of a message
"""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from sansio_exchange.account import Balance, Position
from sansio_exchange.commands import FetchExchangeInfo
from sansio_exchange.errors import RequestRejected
from sansio_exchange.gate import NETWORKS, Gate
from sansio_exchange.machine import Unreadable
from sansio_exchange.venue import AccountChange, Acknowledged, Ignored, LoneFill
from tests.sansio_exchange.recipes import Rows, body, collected, run

LEFT = Decimal("20.031873037")
LONG = Position(
    symbol="BTCUSDT",
    size=Decimal("0.0003"),
    entry_price=Decimal("40000.36666661111"),
    liquidation_price=Decimal("0.1"),
    update_ms=1628736848321,
)
PAID_IN = Decimal("25.035008537")
OURS = {
    "ccxtcomment__pro_handle_balance_2": AccountChange((Balance("USDT", PAID_IN, PAID_IN),), (), "dnw", 1653665088286),
    "ccxtcomment__pro_handle_balance_3": AccountChange((Balance("USDT", LEFT, LEFT),), (), "fee", 1653665311437),
    "hummingbot__position_event_websocket_update_mock_response": AccountChange((), (LONG,), "positions", 1628736848321),
    "ccxtcomment__pro_handle_my_trades": Ignored("other product"),
}
BOOKS = {
    "hummingbot__get_ws_diff_msg_ret": "futures.order_book_update",
    "hummingbot__get_ws_snapshot_msg_ret": "futures.order_book",
}


@pytest.fixture(scope="module")
def rows(shared: Path) -> Rows:
    return collected(shared, "gate")


@pytest.fixture
def venue(rows: Rows) -> Gate:
    """Knows the contracts of a real listing."""
    made = Gate(NETWORKS["mainnet"])
    run(made.recipe(FetchExchangeInfo()), body(rows["cryptofeed__rest_contracts"]["payload"]))
    return made


def of_kind(rows: Rows) -> dict[str, Rows]:
    """The WebSocket messages, sorted out by what they are."""
    kinds: dict[str, Rows] = {}
    for name, row in rows.items():
        if row["kind"] != "ws":
            continue
        said = row["payload"]
        channel = said.get("channel", "") if isinstance(said, dict) else ""
        if name in OURS or name in BOOKS:
            kind = "named"
        elif isinstance(said, dict) and said.get("event") == "subscribe":
            kind = "acknowledged"
        elif channel and not channel.startswith("futures."):
            kind = "another"
        else:
            kind = "cut out"
        kinds.setdefault(kind, {})[name] = row
    return kinds


def test_every_message_of_the_collection_is_accounted_for(rows: Rows) -> None:
    kinds = of_kind(rows)
    assert {kind: len(each) for kind, each in kinds.items()} == {
        "named": 6,
        "acknowledged": 18,
        "another": 22,
        "cut out": 2,
    }


def test_messages_of_ours_say_exactly_this(rows: Rows, venue: Gate) -> None:
    for name, expected in OURS.items():
        assert venue.decode("private", body(rows[name]["payload"])) == [expected], name


def test_order_books_are_not_used(rows: Rows, venue: Gate) -> None:
    for name, channel in BOOKS.items():
        assert venue.decode("public", body(rows[name]["payload"])) == [
            Ignored(f"{channel}: the best prices come by futures.book_ticker")
        ]


def test_messages_of_other_products_are_known_as_such(rows: Rows, venue: Gate) -> None:
    for name, row in of_kind(rows)["another"].items():
        channel = row["payload"]["channel"]
        for role in ("public", "private", "trade"):
            assert venue.decode(role, body(row["payload"])) == [Ignored(f"{channel}: other product")], name


def test_acknowledgements_are_of_their_frame(rows: Rows, venue: Gate) -> None:
    for name, row in of_kind(rows)["acknowledged"].items():
        (said,) = venue.decode("public", body(row["payload"]))
        assert isinstance(said, Acknowledged)
        assert said.frame_id == f"public-{row['payload']['id']}"
        if name == "ccxtcomment__pro_handle_error_message_2":
            assert isinstance(said.error, RequestRejected)
            assert "LUNARLENS_USDT" in said.error.message
        else:
            assert said.error is None


def test_what_is_no_whole_message_is_unreadable(rows: Rows, venue: Gate) -> None:
    for name, row in of_kind(rows)["cut out"].items():
        (said,) = venue.decode("private", body(row["payload"]))
        assert isinstance(said, Unreadable), name
    (said,) = venue.decode("private", body(rows["ccxtcomment__pro_handle_error_message"]["payload"]))
    assert isinstance(said, Unreadable)
    assert said.reason.startswith("refused: Invalid key provided (Gate INVALID_KEY)")


def test_the_execution_could_be_read_if_it_were_ours(rows: Rows, venue: Gate) -> None:
    message = json.loads(json.dumps(rows["ccxtcomment__pro_handle_my_trades"]["payload"]))
    message["result"][0]["contract"] = "BTC_USDT"
    (said,) = venue.decode("private", body(message))
    assert isinstance(said, LoneFill)
    assert (said.fill.trade_id, said.fill.quantity, said.fill.price, said.fill.fee, said.fill.is_maker) == (
        "3335259",
        Decimal("0.0001"),
        Decimal("40000.4"),
        Decimal(0),
        True,
    )
