"""Placing and cancelling: what is asked, with its costs, and what is made of the answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.commands import CancelAllOrders, CancelOrder, CancelOrders, PlaceOrder, PlaceOrders
from sansio_exchange.errors import (
    DuplicateClientOrderId,
    ExchangeError,
    InsufficientFunds,
    InvalidRequest,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    UnexpectedReply,
    UnknownSymbol,
    VenueUnavailable,
)
from sansio_exchange.machine import HttpReply
from sansio_exchange.okx.errors import LIMIT_WAIT
from sansio_exchange.okx.order_lists import PAGE
from sansio_exchange.okx.requests import BATCH_ROWS
from sansio_exchange.orders import Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.venue import Access, Priority, Request
from tests.sansio_exchange.okx.asking import BUY, LONG_ID, NUMBER, do, order_with
from tests.sansio_exchange.okx.payloads import ack, okx, order, reply
from tests.sansio_exchange.recipes import run


def test_an_order_is_placed_in_contracts_and_returned_as_it_was_accepted() -> None:
    placed, (asked,) = do(PlaceOrder(BUY), reply(ack()))
    assert asked == Request(
        "POST",
        "/api/v5/trade/order",
        {
            "instId": "BTC-USDT-SWAP",
            "tdMode": "cross",
            "clOrdId": "mine1",
            "side": "buy",
            "posSide": "net",
            "ordType": "limit",
            "sz": "20",
            "px": "51858.1",
        },
        Access.SIGNED,
        {"place BTC-USDT-SWAP": 1, "new_orders": 1},
        Priority.PLACE,
        "order",
    )
    assert placed == Order(
        order_id=312269865356374016,
        client_order_id="mine1",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.2"),
        status=OrderStatus.NEW,
        price=Decimal("51858.1"),
        time_in_force=TimeInForce.GTC,
        created_ms=1695190491421,
        update_ms=1695190491421,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"time_in_force": TimeInForce.GTC}, {"ordType": "limit", "px": "51858.1"}),
        ({"time_in_force": TimeInForce.IOC}, {"ordType": "ioc", "px": "51858.1"}),
        ({"time_in_force": TimeInForce.FOK}, {"ordType": "fok", "px": "51858.1"}),
        ({"time_in_force": TimeInForce.GTX}, {"ordType": "post_only", "px": "51858.1"}),
        ({"post_only": True}, {"ordType": "post_only", "px": "51858.1"}),
        ({"post_only": True, "time_in_force": TimeInForce.GTC}, {"ordType": "post_only"}),
        ({"type": OrderType.MARKET, "price": None}, {"ordType": "market"}),
        ({"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.IOC}, {"ordType": "market"}),
        ({"reduce_only": True}, {"reduceOnly": True}),
        ({"side": Side.SELL}, {"side": "sell"}),
        ({"price": Decimal("1E-7")}, {"px": "0.0000001"}),
        ({"quantity": Decimal("1E+2")}, {"sz": "10000"}),
    ],
)
def test_what_a_trader_asks_for_is_what_goes_out(changes: dict[str, Any], expected: Mapping[str, Any]) -> None:
    _, (asked,) = do(PlaceOrder(order_with(**changes)), reply(ack()))
    assert expected.items() <= asked.params.items()
    assert ("px" in asked.params) == (changes.get("type") is not OrderType.MARKET)
    assert ("reduceOnly" in asked.params) == changes.get("reduce_only", False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_order_id": "with-hyphen"}, "client_order_id"),
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "a" * 33}, "client_order_id"),
        ({"client_order_id": "ünïcode"}, "client_order_id"),
        ({"price": None}, "price"),
        ({"type": OrderType.OTHER}, "type"),
        ({"type": OrderType.MARKET, "price": None, "post_only": True}, "post_only"),
        ({"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.GTX}, "post_only"),
        ({"post_only": True, "time_in_force": TimeInForce.IOC}, "post_only"),
        ({"quantity": Decimal("0.0123456789012")}, "quantity"),
        ({"symbol": "NEWUSDT"}, "symbol"),
    ],
)
def test_what_okx_cannot_be_asked_names_the_field_and_sends_nothing(changes: dict[str, Any], field: str) -> None:
    venue = okx()
    with pytest.raises(InvalidRequest) as refused:
        venue.recipe(PlaceOrder(order_with(**changes)))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "answer",
    [
        OutcomeUnknown("no reply in time"),
        UnexpectedReply("reply: not JSON"),
        b"{",
        reply(),
        reply(ack(ordId="")),
        reply(ack(ordId="f00")),
        reply(ack(ordId="-1")),
        reply(ack(ordId="0")),
        reply(ack(sCode="", ordId="")),
        reply(ack(clOrdId="another", ordId="1"), ack(clOrdId="one", ordId="2")),
        reply(ack(clOrdId="another", ordId="1")),
        reply(ack(sCode="51149")),
        reply(ack(sCode="51999")),
    ],
    ids=str,
)
def test_an_ambiguous_reply_to_a_placement_leaves_its_outcome_unknown(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        do(PlaceOrder(BUY), answer)
    assert raised.value.client_order_id == "mine1"


def test_an_order_whose_id_exceeds_64_bits_is_accepted_under_a_number_of_its_own() -> None:
    placed, _ = do(PlaceOrder(BUY), reply(ack(ordId=LONG_ID)))
    assert placed.order_id == NUMBER
    placed, _ = do(PlaceOrders((BUY, order_with(client_order_id="mine2"))), [reply(ack(ordId=LONG_ID))])
    assert (placed[0].order_id, placed[0].client_order_id) == (NUMBER, "mine1")


@pytest.mark.parametrize(
    "answer", [InsufficientFunds("no"), RateLimited("slower"), RequestRejected("?"), reply(ack(sCode="51008"))]
)
def test_a_certain_refusal_stays_one(answer: Any) -> None:
    with pytest.raises(ExchangeError) as raised:
        do(PlaceOrder(BUY), answer)
    assert not isinstance(raised.value, OutcomeUnknown)


def test_orders_go_in_batches_and_each_row_has_its_outcome() -> None:
    orders = tuple(order_with(client_order_id=f"mine{n}") for n in range(BATCH_ROWS + 2))
    rows = [ack(clOrdId=f"mine{n}", ordId=str(100 + n)) for n in range(BATCH_ROWS + 2)]
    rows[1] = ack(clOrdId="mine1", ordId="", sCode="51008", sMsg="no money")
    rows[2] = ack(clOrdId="mine2", ordId="", sCode="51149", sMsg="timed out")
    outcomes, asked = do(
        PlaceOrders(orders), [reply(*rows[:BATCH_ROWS], code="2"), reply(*rows[BATCH_ROWS:], code="0")]
    )
    assert [request.path for request in asked] == ["/api/v5/trade/batch-orders"] * 2
    assert [request.ws_method for request in asked] == ["batch-orders"] * 2
    assert asked[0].costs == {"place_batch BTC-USDT-SWAP": BATCH_ROWS, "new_orders": BATCH_ROWS}
    assert asked[1].costs == {"place_batch BTC-USDT-SWAP": 2, "new_orders": 2}
    assert [type(each) for each in outcomes[:4]] == [Order, InsufficientFunds, OutcomeUnknown, Order]
    assert outcomes[2].client_order_id == "mine2"
    assert [each.order_id for each in outcomes[3:]] == list(range(103, 122))


def test_a_row_with_a_code_that_no_documentation_has_may_stand() -> None:
    rows = (ack(clOrdId="mine1"), ack(clOrdId="mine2", ordId="", sCode="51999"))
    (_, placed), _ = do(PlaceOrders((BUY, order_with(client_order_id="mine2"))), [reply(*rows, code="2")])
    assert isinstance(placed, OutcomeUnknown)
    assert placed.client_order_id == "mine2"
    (cancelled,), _ = do(CancelOrders("BTCUSDT", (7,)), [reply(ack(clOrdId="", ordId="7", sCode="51999"), code="2")])
    assert isinstance(cancelled, OutcomeUnknown)


def test_a_row_that_was_refused_says_nothing_of_rows_that_the_reply_leaves_out() -> None:
    orders = (BUY, order_with(client_order_id="mine2"))
    for code in ("51008", "50037"):
        body = okx().read(HttpReply(1, 200, {}, reply(ack(ordId="", sCode=code), code="2")))
        outcomes, _ = do(PlaceOrders(orders), [body])
        assert not isinstance(outcomes[0], OutcomeUnknown)
        assert isinstance(outcomes[1], OutcomeUnknown)


def test_a_row_refused_for_a_rate_limit_names_the_limit_of_its_instrument() -> None:
    """By the names that the budgets have: nobody knows any more which request the row was part of."""
    orders = (BUY, order_with(symbol="ETHUSDT", client_order_id="mine2"), order_with(client_order_id="mine3"))
    rows = (
        ack(ordId="", sCode="50011"),
        ack(clOrdId="mine2", ordId="", sCode="50011", sMsg="slow down"),
        ack(clOrdId="mine3", ordId="", sCode="50061"),
    )
    outcomes, _ = do(PlaceOrders(orders), [reply(*rows, code="1")])
    assert [outcome.budgets for outcome in outcomes] == [
        ("place_batch BTC-USDT-SWAP",),
        ("place_batch ETH-USDT-SWAP",),
        ("new_orders",),
    ]
    assert (outcomes[1].code, outcomes[1].venue_message, outcomes[1].retry_after) == ("50011", "slow down", LIMIT_WAIT)
    assert {name for outcome in outcomes for name in outcome.budgets} <= {budget.name for budget in okx().budgets()}
    refused = reply(ack(clOrdId="", ordId="7"), ack(clOrdId="", ordId="8", sCode="50011"), code="2")
    (_, outcome), _ = do(CancelOrders("BTCUSDT", (7, 8)), [refused])
    assert outcome.budgets == ("cancel_batch BTC-USDT-SWAP",)


def test_a_single_order_in_the_last_batch_names_the_limit_of_single_orders() -> None:
    ids = tuple(range(1, BATCH_ROWS + 2))
    accepted = reply(*(ack(clOrdId="", ordId=str(n)) for n in ids[:BATCH_ROWS]))
    outcomes, _ = do(CancelOrders("BTCUSDT", ids), [accepted, reply(ack(ordId="21", sCode="50011"), code="2")])
    assert outcomes[-1].budgets == ("cancel BTC-USDT-SWAP",)
    for action, row, budget in (
        (PlaceOrder(BUY), ack(ordId="", sCode="50011"), "place BTC-USDT-SWAP"),
        (CancelOrder("BTCUSDT", 7), ack(clOrdId="", ordId="7", sCode="50011"), "cancel BTC-USDT-SWAP"),
    ):
        with pytest.raises(RateLimited) as raised:
            do(action, reply(row, code="2"))
        assert raised.value.budgets == (budget,)


def test_rows_are_found_by_their_ids_where_the_reply_is_short_or_in_another_order() -> None:
    orders = tuple(order_with(client_order_id=f"mine{n}") for n in range(3))
    swapped = reply(*(ack(clOrdId=f"mine{n}", ordId=str(100 + n)) for n in (2, 0, 1)))
    outcomes, _ = do(PlaceOrders(orders), [swapped])
    assert [each.order_id for each in outcomes] == [100, 101, 102]
    short = reply(*(ack(clOrdId=f"mine{n}", ordId=str(100 + n)) for n in (2, 0)), code="2")
    outcomes, _ = do(PlaceOrders(orders), [short])
    assert [type(each) for each in outcomes] == [Order, OutcomeUnknown, Order]
    assert outcomes[1].client_order_id == "mine1"


def test_a_row_that_breaks_a_rule_is_not_sent_and_fails_alone() -> None:
    orders = (BUY, order_with(client_order_id="no good"), order_with(symbol="NEWUSDT"))
    outcomes, (asked,) = do(PlaceOrders(orders), [reply(ack())])
    assert asked.path == "/api/v5/trade/order", "one row alone goes as one"
    assert [type(each) for each in outcomes] == [Order, InvalidRequest, UnknownSymbol]


def test_a_failed_batch_marks_its_own_rows() -> None:
    orders = tuple(order_with(client_order_id=f"mine{n}") for n in range(BATCH_ROWS + 2))
    accepted = reply(*(ack(clOrdId=f"mine{n}", ordId=str(n + 1)) for n in range(BATCH_ROWS)))
    for failure, kind in (
        (OutcomeUnknown("lost"), OutcomeUnknown),
        (b"{", OutcomeUnknown),
        (RateLimited("no"), RateLimited),
    ):
        outcomes, _ = do(PlaceOrders(orders), [accepted, failure])
        assert [type(each) for each in outcomes] == [Order] * BATCH_ROWS + [kind] * 2
    assert outcomes[-1] is not None


def test_a_single_order_of_a_batch_that_is_refused_fails_alone() -> None:
    outcomes, _ = do(PlaceOrders((BUY,)), [DuplicateClientOrderId("used")])
    assert [type(each) for each in outcomes] == [DuplicateClientOrderId]
    assert do(PlaceOrders(()))[0] == ()


# --- cancelling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "which"),
    [
        (CancelOrder("BTCUSDT", order_id=7), {"ordId": "7"}),
        (CancelOrder("BTCUSDT", client_order_id="mine1"), {"clOrdId": "mine1"}),
        (CancelOrder("BTCUSDT", order_id=7, client_order_id="mine1"), {"ordId": "7"}),
    ],
)
def test_an_order_is_cancelled_by_either_id(action: CancelOrder, which: dict[str, str]) -> None:
    result, (asked,) = do(action, reply(ack(ordId="7")))
    assert result is None
    assert asked == Request(
        "POST",
        "/api/v5/trade/cancel-order",
        {"instId": "BTC-USDT-SWAP", **which},
        Access.SIGNED,
        {"cancel BTC-USDT-SWAP": 1},
        Priority.CANCEL,
        "cancel-order",
    )


def test_an_order_of_a_long_id_is_cancelled_by_it() -> None:
    venue = okx()
    run(venue.recipe(PlaceOrder(BUY)), reply(ack(ordId=LONG_ID)))
    _, (asked,) = run(venue.recipe(CancelOrder("BTCUSDT", NUMBER)), reply(ack(ordId=LONG_ID)))
    assert asked.params["ordId"] == LONG_ID
    (outcome,), (asked,) = run(venue.recipe(CancelOrders("BTCUSDT", (NUMBER,))), [reply(ack(ordId=LONG_ID))])
    assert outcome is None
    assert asked.params["rows"] == ({"instId": "BTC-USDT-SWAP", "ordId": LONG_ID},)


def test_after_a_restart_an_order_of_a_long_id_is_looked_for_among_the_working_ones_before_it_is_cancelled() -> None:
    _, asked = do(CancelOrder("BTCUSDT", NUMBER), reply(order(ordId=LONG_ID)), reply(ack(ordId=LONG_ID)))
    assert [request.path.rpartition("/")[2] for request in asked] == ["orders-pending", "cancel-order"]
    assert asked[1].params["ordId"] == LONG_ID
    outcomes, asked = do(
        CancelOrders("BTCUSDT", (NUMBER, NUMBER + 1, 7)),
        reply(order(ordId=LONG_ID)),
        [reply(ack(clOrdId="", ordId="7"), ack(clOrdId="", ordId=LONG_ID))],
    )
    assert [row["ordId"] for row in asked[1].params["rows"]] == [LONG_ID, "7"]
    assert [type(each) for each in outcomes] == [type(None), OrderNotFound, type(None)]
    with pytest.raises(OrderNotFound):
        do(CancelOrder("BTCUSDT", NUMBER), reply(order()))
    for action in (CancelOrder("BTCUSDT", NUMBER), CancelOrders("BTCUSDT", (NUMBER,))):
        with pytest.raises(VenueUnavailable):
            do(action, OutcomeUnknown("nothing was cancelled"))


def test_an_order_without_a_client_order_id_is_cancelled_by_the_one_it_is_told_under() -> None:
    action = CancelOrder("BTCUSDT", client_order_id="680800019749904384")
    gone, unnamed = OrderNotFound("no such name"), reply(order(clOrdId=""))
    cancelled = reply(ack(clOrdId="", ordId="680800019749904384"))
    result, asked = do(action, gone, unnamed, cancelled)
    assert result is None
    assert [(request.method, request.params.get("ordId"), request.params.get("clOrdId")) for request in asked] == [
        ("POST", None, "680800019749904384"),
        ("GET", "680800019749904384", None),
        ("POST", "680800019749904384", None),
    ]
    assert len(do(action, reply(ack(clOrdId="680800019749904384")))[1]) == 1, "a name of digits goes before"
    for answer in (reply(order(clOrdId="mine1")), OrderNotFound("51603"), RequestRejected("51000")):
        with pytest.raises(OrderNotFound, match="no such name"):
            do(action, gone, answer)
    with pytest.raises(VenueUnavailable):
        do(action, gone, OutcomeUnknown("nothing was cancelled"))
    with pytest.raises(OutcomeUnknown):
        do(action, gone, unnamed, OutcomeUnknown("lost"))
    with pytest.raises(OutcomeUnknown):
        do(action, OutcomeUnknown("lost"))


def test_a_cancel_without_an_id_or_with_a_bad_one_is_refused() -> None:
    for action, field in (
        (CancelOrder("BTCUSDT"), "order_id"),
        (CancelOrder("BTCUSDT", client_order_id="a-b"), "client_order_id"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            okx().recipe(action)
        assert refused.value.field == field


def test_a_cancel_says_what_happened() -> None:
    with pytest.raises(OrderNotFound):
        do(CancelOrder("BTCUSDT", order_id=7), OrderNotFound("gone"))
    with pytest.raises(OutcomeUnknown) as raised:
        do(CancelOrder("BTCUSDT", client_order_id="mine1"), reply())
    assert raised.value.client_order_id == "mine1"


def test_cancels_go_in_batches_with_an_outcome_each() -> None:
    ids = tuple(range(1, BATCH_ROWS + 3))
    first = reply(
        *(ack(clOrdId="", ordId=str(n), sCode="51400" if n == 2 else "0") for n in ids[:BATCH_ROWS]), code="2"
    )
    outcomes, asked = do(CancelOrders("BTCUSDT", ids), [first, OutcomeUnknown("lost")])
    assert asked[0].path == "/api/v5/trade/cancel-batch-orders"
    assert asked[0].costs == {"cancel_batch BTC-USDT-SWAP": BATCH_ROWS}
    assert asked[0].priority is Priority.CANCEL
    assert [type(each) for each in outcomes[:3]] == [type(None), OrderNotFound, type(None)]
    assert [type(each) for each in outcomes[-2:]] == [OutcomeUnknown] * 2
    assert do(CancelOrders("BTCUSDT", ()))[0] == ()


def test_all_orders_are_listed_and_cancelled_and_what_is_gone_is_no_failure() -> None:
    listed = reply(order(ordId="1"), order(ordId="2", instId="ETH-USDT-SWAP"), order(ordId="3", instId="BTC-USDT"))
    done = reply(ack(clOrdId="", ordId="1"), ack(clOrdId="", ordId="2", sCode="51400"), code="2")
    result, asked = do(CancelAllOrders(), listed, [done])
    assert result is None
    assert asked[0].params == {"instType": "SWAP", "limit": PAGE}
    assert asked[1].params["rows"] == (
        {"instId": "BTC-USDT-SWAP", "ordId": "1"},
        {"instId": "ETH-USDT-SWAP", "ordId": "2"},
    )
    assert asked[1].costs == {"cancel_batch BTC-USDT-SWAP": 1, "cancel_batch ETH-USDT-SWAP": 1}


def test_what_is_known_to_work_is_cancelled_though_the_list_is_late() -> None:
    listed = reply(order(ordId="1"))
    done = reply(*(ack(clOrdId="", ordId=each) for each in ("1", "2", "3")))
    known = (("BTCUSDT", 1), ("BTCUSDT", 2), ("ETHUSDT", 3))
    _, asked = do(CancelAllOrders("", known), listed, [done])
    assert asked[1].params["rows"] == (
        {"instId": "BTC-USDT-SWAP", "ordId": "1"},
        {"instId": "BTC-USDT-SWAP", "ordId": "2"},
        {"instId": "ETH-USDT-SWAP", "ordId": "3"},
    )


def test_cancelling_nothing_asks_no_more_and_a_failure_is_raised() -> None:
    result, asked = do(CancelAllOrders("BTCUSDT"), reply())
    assert (result, len(asked)) == (None, 1)
    assert asked[0].params["instId"] == "BTC-USDT-SWAP"
    refused = reply(ack(clOrdId="", ordId="680800019749904384", sCode="51410"), ack(), code="2")
    with pytest.raises(OrderRejected):
        do(CancelAllOrders("BTCUSDT"), reply(order()), [refused])
    with pytest.raises(OutcomeUnknown):
        do(CancelAllOrders("BTCUSDT"), reply(order()), [OutcomeUnknown("lost")])


def test_what_fails_while_the_orders_are_listed_has_changed_nothing() -> None:
    with pytest.raises(VenueUnavailable) as raised:
        do(CancelAllOrders("BTCUSDT"), OutcomeUnknown("50004"))
    assert raised.value.retry_after
    full = reply(*(order(ordId=str(1000 - n)) for n in range(PAGE)))
    with pytest.raises(VenueUnavailable):
        do(CancelAllOrders("BTCUSDT"), full, OutcomeUnknown("50004"))
