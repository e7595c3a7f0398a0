"""Orders and fills that are looked up, listed and searched for."""

from decimal import Decimal

import pytest

from sansio_exchange.commands import GetFills, GetOpenOrders, GetOrder
from sansio_exchange.errors import (
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    RequestRejected,
    UnexpectedReply,
    VenueUnavailable,
)
from sansio_exchange.okx.order_lists import PAGE
from sansio_exchange.venue import Access, Request
from tests.sansio_exchange.okx.asking import LONG_ID, NUMBER, do
from tests.sansio_exchange.okx.payloads import fill, okx, order, reply
from tests.sansio_exchange.recipes import run


def test_an_order_is_looked_up() -> None:
    found, (asked,) = do(GetOrder("BTCUSDT", client_order_id="mine1"), reply(order()))
    assert asked == Request(
        "GET",
        "/api/v5/trade/order",
        {"instId": "BTC-USDT-SWAP", "clOrdId": "mine1"},
        Access.SIGNED,
        {"order BTC-USDT-SWAP": 1},
    )
    assert (found.order_id, found.quantity) == (680800019749904384, Decimal("0.20"))
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", order_id=1), OrderNotFound("51603"))


def test_an_order_without_a_client_order_id_is_found_by_the_one_it_is_told_under() -> None:
    for ord_id in ("680800019749904384", LONG_ID):
        (told,), _ = do(GetOpenOrders(), reply(order(ordId=ord_id, clOrdId="")))
        action = GetOrder("BTCUSDT", client_order_id=told.client_order_id)
        found, asked = do(action, OrderNotFound("51603"), reply(order(ordId=ord_id, clOrdId="")))
        assert found == told
        assert [request.params for request in asked] == [
            {"instId": "BTC-USDT-SWAP", "clOrdId": ord_id},
            {"instId": "BTC-USDT-SWAP", "ordId": ord_id},
        ]


def test_a_client_order_id_of_digits_goes_before_and_names_no_order_of_another_name() -> None:
    found, asked = do(GetOrder("BTCUSDT", client_order_id="7"), reply(order(clOrdId="7")))
    assert (found.client_order_id, len(asked)) == ("7", 1)
    for answer in (reply(order(ordId="7")), OrderNotFound("51603"), RequestRejected("51000")):
        with pytest.raises(OrderNotFound, match="no such name"):
            do(GetOrder("BTCUSDT", client_order_id="7"), OrderNotFound("no such name"), answer)
    for name in ("mine1", "07"):
        with pytest.raises(OrderNotFound):
            do(GetOrder("BTCUSDT", client_order_id=name), OrderNotFound("51603"))


def test_an_order_whose_id_is_no_number_is_said_to_be_unreadable() -> None:
    for ord_id in ("b0f3", "-1", "0", ""):
        with pytest.raises(UnexpectedReply, match="order"):
            do(GetOrder("BTCUSDT", order_id=1), reply(order(ordId=ord_id)))


def test_an_order_of_a_long_id_is_looked_up_by_it() -> None:
    venue = okx()
    (told,), _ = run(venue.recipe(GetOpenOrders()), reply(order(ordId=LONG_ID, clOrdId="")))
    assert (told.order_id, told.client_order_id) == (NUMBER, LONG_ID)
    found, (asked,) = run(venue.recipe(GetOrder("BTCUSDT", NUMBER)), reply(order(ordId=LONG_ID)))
    assert (found.order_id, asked.params["ordId"]) == (NUMBER, LONG_ID)
    (one,), (asked, _) = run(venue.recipe(GetFills("BTCUSDT", order_id=NUMBER)), reply(), reply(fill(ordId=LONG_ID)))
    assert (one.order_id, asked.params["ordId"]) == (NUMBER, LONG_ID)


def test_after_a_restart_an_order_of_a_long_id_is_looked_for_as_far_back_as_the_venue_tells() -> None:
    lists = ["orders-pending", "orders-history", "orders-history-archive"]
    past = order(ordId=LONG_ID, state="filled")
    for at in range(3):
        answers = [reply(order())] * at + [reply(past, order(ordId="5", posSide="net"))]
        found, asked = do(GetOrder("BTCUSDT", NUMBER), *answers)
        assert found.order_id == NUMBER
        assert [request.path.rpartition("/")[2] for request in asked] == lists[: at + 1]
    assert asked[1].params == {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "limit": PAGE}
    assert [request.costs for request in asked[1:]] == [{"orders_history": 1}, {"orders_history_archive": 1}]
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", NUMBER), reply(), reply(), reply())
    full = reply(past, *(order(ordId=str(1000 - n)) for n in range(PAGE - 1)))
    assert len(do(GetOrder("BTCUSDT", NUMBER), reply(), full)[1]) == 2, "the pages behind it are not asked for"
    _, asked = do(GetFills("BTCUSDT", order_id=NUMBER), reply(past), reply(fill(ordId=LONG_ID)), reply())
    assert asked[1].params["ordId"] == LONG_ID


def test_an_order_that_ended_in_hedge_mode_hides_no_other() -> None:
    hedged = order(ordId="9", posSide="long", state="filled")
    found, _ = do(GetOrder("BTCUSDT", NUMBER), reply(), reply(hedged, order(ordId=LONG_ID, state="filled")))
    assert found.order_id == NUMBER
    with pytest.raises(PermissionDenied):
        do(GetOrder("BTCUSDT", NUMBER), reply(hedged))


def test_a_question_without_an_answer_may_be_asked_again() -> None:
    with pytest.raises(VenueUnavailable):
        do(GetOrder("BTCUSDT", order_id=1), OutcomeUnknown("50001"))


def test_open_orders_come_page_by_page() -> None:
    first = reply(*(order(ordId=str(1000 - n)) for n in range(PAGE)))
    second = reply(order(ordId="901"), order(ordId="5"))
    orders, asked = do(GetOpenOrders("BTCUSDT"), first, second)
    assert [request.params.get("after") for request in asked] == [None, "901"]
    assert len(orders) == PAGE + 1, "the order that is on both pages is told once"
    assert asked[0].costs == {"orders_pending": 1}


def test_pages_that_go_in_circles_end() -> None:
    rounds = [reply(*(order(ordId=str(start - n)) for n in range(PAGE))) for start in (1000, 900, 1000)]
    orders, asked = do(GetOpenOrders(), *rounds)
    assert (len(orders), len(asked)) == (2 * PAGE, 3)


def test_an_order_of_hedge_mode_is_refused() -> None:
    for action in (GetOpenOrders(), GetOrder("BTCUSDT", order_id=1)):
        with pytest.raises(PermissionDenied, match="net mode"):
            do(action, reply(order(posSide="long")))


# --- fills ------------------------------------------------------------------------------------------------------
