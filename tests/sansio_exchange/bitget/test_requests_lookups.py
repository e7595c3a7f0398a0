"""Looking up orders and fills."""

from decimal import Decimal
from typing import Any

import pytest

from sansio_exchange.bitget.requests import KEPT_MS, LOOKED_THROUGH, PAGE
from sansio_exchange.commands import CancelOrder, CancelOrders, GetFills, GetOpenOrders, GetOrder
from sansio_exchange.errors import OrderNotFound, OutcomeUnknown, PermissionDenied, UnexpectedReply, VenueUnavailable
from sansio_exchange.orders import Fill, OrderStatus, Side
from sansio_exchange.venue import Access, Request
from tests.sansio_exchange.bitget.asking import LONG_ID, LONG_NUMBER, TIME, detail, do
from tests.sansio_exchange.bitget.payloads import NOW, ack, batch, bitget, fill, fills, order, orders, reply
from tests.sansio_exchange.recipes import run

# --- looking up -------------------------------------------------------------------------------------------------------


def test_an_order_is_looked_up() -> None:
    found, (asked,) = do(GetOrder("BTCUSDT", client_order_id="mine1"), detail())
    assert asked == Request(
        "GET",
        "/api/v2/mix/order/detail",
        {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "clientOid": "mine1"},
        Access.SIGNED,
        {"order": 1, "everything": 1},
    )
    assert (found.order_id, found.quantity, found.status) == (1111465253393825792, Decimal("0.2"), OrderStatus.NEW)
    filled = detail(status="filled", baseVolume="0.2", priceAvg="51858.1", reduceOnly="yes")
    found, (asked,) = do(GetOrder("BTCUSDT", order_id=1111465253393825792), filled)
    assert asked.params["orderId"] == "1111465253393825792"
    assert (found.executed_qty, found.avg_price, found.reduce_only) == (Decimal("0.2"), Decimal("51858.1"), True)
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", order_id=1), OrderNotFound("40109"))


def test_an_order_that_cannot_be_read_is_not_taken_for_none() -> None:
    for answer in (reply(None), detail(orderId="b0f3"), detail(status=""), detail(symbol="BTCUSDM24"), b"{"):
        with pytest.raises(UnexpectedReply, match="order"):
            do(GetOrder("BTCUSDT", order_id=1), answer)


def test_a_question_without_an_answer_may_be_asked_again() -> None:
    with pytest.raises(VenueUnavailable):
        do(GetOrder("BTCUSDT", order_id=1), OutcomeUnknown("40010"))


def numbered(*ids: int) -> bytes:
    return orders(*(order(orderId=str(number)) for number in ids))


def test_open_orders_come_page_by_page_and_partly_filled_ones_as_well() -> None:
    first, second = numbered(*range(1000, 1000 - PAGE, -1)), numbered(901, 5)
    partly = orders(order(orderId="4", status="partially_filled", baseVolume="0.1"), order(orderId="5"))
    found, asked = do(GetOpenOrders("BTCUSDT"), first, second, partly)
    assert asked[0].params == {"productType": "USDT-FUTURES", "symbol": "BTCUSDT", "limit": "100"}
    assert [request.params.get("idLessThan") for request in asked] == [None, "901", None]
    assert [request.params.get("status") for request in asked] == [None, None, "partially_filled"]
    assert asked[0].costs == {"orders_pending": 1, "everything": 1}
    assert len(found) == PAGE + 2, "what is on two pages is told once"
    assert found[-1].status is OrderStatus.PARTIALLY_FILLED


def test_no_open_orders() -> None:
    found, asked = do(GetOpenOrders(), orders(), orders())
    assert (found, asked[0].params) == ((), {"productType": "USDT-FUTURES", "limit": "100"})


def test_orders_of_other_products_are_left_out() -> None:
    found, _ = do(GetOpenOrders(), orders(order(), order(symbol="ETHUSDM24", orderId="2")), orders())
    assert [each.symbol for each in found] == ["BTCUSDT"]


def test_a_list_that_does_not_go_on_is_not_taken_for_complete() -> None:
    page = numbered(*range(1000, 1000 - PAGE, -1))
    other = numbered(*range(900, 900 - PAGE, -1))
    for pages in ((page, page), (page, other, page)):
        with pytest.raises(UnexpectedReply, match="goes on"):
            do(GetOpenOrders(), *pages)


def test_an_order_of_hedge_mode_is_refused() -> None:
    with pytest.raises(PermissionDenied, match="one-way mode"):
        do(GetOpenOrders(), orders(order(posMode="hedge_mode")))
    with pytest.raises(PermissionDenied, match="one-way mode"):
        do(GetOrder("BTCUSDT", order_id=1), detail(posMode="hedge_mode"))


def test_past_orders_and_fills_of_hedge_mode_keep_no_others_from_being_told() -> None:
    hedged = (order(orderId="1", posMode="hedge_mode", status=state) for state in ("filled", "canceled", "cancelled"))
    history = orders(*hedged, order(orderId=LONG_ID, status="filled"))
    found, _ = do(GetOrder("BTCUSDT", LONG_NUMBER), orders(), orders(), history, detail(orderId=LONG_ID))
    assert found.order_id == LONG_NUMBER
    told, _ = do(GetFills("BTCUSDT"), fills(fill(tradeId="1", posMode="hedge_mode"), fill(tradeId="2")))
    assert [each.trade_id for each in told] == ["2"]


def test_an_order_of_hedge_mode_in_a_state_that_is_not_known_is_refused() -> None:
    with pytest.raises(PermissionDenied, match="one-way mode"):
        do(GetOpenOrders(), orders(order(posMode="hedge_mode", status="resting")))


# --- an order that has no client order id --------------------------------------------------------------------------

OWN_ID = "1111465253393825792"


def test_it_is_found_by_the_name_under_which_it_is_told() -> None:
    (told,), _ = do(GetOpenOrders(), orders(order(clientOid="")), orders())
    assert told.client_order_id == OWN_ID
    found, asked = do(GetOrder("BTCUSDT", client_order_id=OWN_ID), OrderNotFound("40109"), detail(clientOid=""))
    assert (found.order_id, found.client_order_id) == (int(OWN_ID), OWN_ID)
    assert [request.params.get("clientOid") for request in asked] == [OWN_ID, None]
    assert asked[1].params["orderId"] == OWN_ID


def test_who_has_that_name_goes_first() -> None:
    found, (asked,) = do(GetOrder("BTCUSDT", client_order_id=OWN_ID), detail(orderId="7", clientOid=OWN_ID))
    assert (found.order_id, asked.params["clientOid"]) == (7, OWN_ID)


def test_an_order_that_has_another_name_is_not_taken_for_it() -> None:
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", client_order_id=OWN_ID), OrderNotFound("40109"), detail(clientOid="mine1"))


@pytest.mark.parametrize("name", ["mine1", "123456789012345", "0111465253393825792", "111146525339382579212", "1" * 32])
def test_a_name_that_is_no_order_id_is_asked_for_once(name: str) -> None:
    with pytest.raises(OrderNotFound):
        do(GetOrder("BTCUSDT", client_order_id=name), OrderNotFound("40109"))


# --- an order whose id at the venue is not known any more -------------------------------------------------------------


def test_it_is_found_among_the_open_ones() -> None:
    open_ones = orders(order(), order(orderId=LONG_ID)), orders()
    found, asked = do(GetOrder("BTCUSDT", order_id=LONG_NUMBER), *open_ones, detail(orderId=LONG_ID))
    assert found.order_id == LONG_NUMBER
    assert [request.path.rpartition("/")[2] for request in asked] == ["orders-pending"] * 2 + ["detail"]
    assert asked[-1].params["orderId"] == LONG_ID


def test_it_is_found_among_those_that_ended() -> None:
    history = orders(order(orderId="1", status="canceled"), order(orderId=LONG_ID, status="filled"))
    said = (orders(), orders(), history, detail(orderId=LONG_ID, status="filled"))
    found, asked = do(GetOrder("BTCUSDT", order_id=LONG_NUMBER), *said)
    assert (found.order_id, found.status) == (LONG_NUMBER, OrderStatus.FILLED)
    assert (asked[2].path, asked[2].params["symbol"]) == ("/api/v2/mix/order/orders-history", "BTCUSDT")
    assert asked[2].costs == {"orders_history": 1, "everything": 1}


def ended(page: int) -> bytes:
    """A full page of orders that ended, none of which is looked for."""
    return numbered(*range(9_000 - page * PAGE, 9_000 - (page + 1) * PAGE, -1))


def test_it_is_not_looked_for_in_all_pages_of_three_months() -> None:
    pages = [ended(page) for page in range(LOOKED_THROUGH)]
    for action in (
        GetOrder("BTCUSDT", LONG_NUMBER),
        CancelOrder("BTCUSDT", LONG_NUMBER),
        GetFills("BTCUSDT", order_id=LONG_NUMBER),
    ):
        with pytest.raises(OrderNotFound, match="newest 500"):
            do(action, orders(), orders(), *pages)


def test_the_rest_is_not_read_once_it_is_found() -> None:
    found = orders(*(order(orderId=str(number)) for number in range(9_000, 9_001 - PAGE, -1)), order(orderId=LONG_ID))
    _, asked = do(GetOrder("BTCUSDT", LONG_NUMBER), orders(), orders(), found, detail(orderId=LONG_ID))
    assert [request.path.rpartition("/")[2] for request in asked[2:]] == ["orders-history", "detail"]


def test_many_are_looked_for_at_once() -> None:
    other = LONG_NUMBER + 1
    open_ones = (orders(order(orderId=LONG_ID)), orders())
    outcomes, asked = do(
        CancelOrders("BTCUSDT", (LONG_NUMBER, other, other)), *open_ones, orders(), [batch([ack(orderId=LONG_ID)])]
    )
    assert [type(each) for each in outcomes] == [type(None), OrderNotFound, OrderNotFound]
    assert len(asked) == 4


def test_orders_of_which_the_lists_cannot_be_read_are_not_said_to_be_none() -> None:
    outcomes, asked = do(CancelOrders("BTCUSDT", (7, LONG_NUMBER)), OutcomeUnknown("lost"), [batch([ack(orderId="7")])])
    assert [type(each) for each in outcomes] == [type(None), VenueUnavailable]
    assert asked[-1].params["orderIdList"] == ({"orderId": "7"},)
    with pytest.raises(VenueUnavailable):
        do(CancelOrder("BTCUSDT", LONG_NUMBER), OutcomeUnknown("lost"))


def test_it_is_not_found_anywhere() -> None:
    for action in (GetOrder("BTCUSDT", LONG_NUMBER), CancelOrder("BTCUSDT", LONG_NUMBER)):
        with pytest.raises(OrderNotFound):
            do(action, orders(), orders(), orders())


def test_it_is_cancelled_once_it_is_found() -> None:
    open_ones = (orders(order(orderId=LONG_ID)), orders())
    result, asked = do(CancelOrder("BTCUSDT", LONG_NUMBER), *open_ones, reply(ack(orderId=LONG_ID)))
    assert (result, asked[-1].params["orderId"]) == (None, LONG_ID)
    outcomes, asked = do(CancelOrders("BTCUSDT", (7, LONG_NUMBER)), *open_ones, [batch([ack(orderId=LONG_ID)])])
    assert asked[-1].params["orderIdList"] == ({"orderId": "7"}, {"orderId": LONG_ID})
    assert [type(each) for each in outcomes] == [OutcomeUnknown, type(None)]
    nothing = (orders(), orders(), orders())
    outcomes, _ = do(CancelOrders("BTCUSDT", (7, LONG_NUMBER)), *nothing, [batch([ack(orderId="7")])])
    assert [type(each) for each in outcomes] == [type(None), OrderNotFound]


def test_its_fills_are_asked_for_once_it_is_found() -> None:
    of_order = fills(fill(orderId=LONG_ID))
    found, asked = do(GetFills("BTCUSDT", order_id=LONG_NUMBER), orders(order(orderId=LONG_ID)), orders(), of_order)
    assert asked[-1].params["orderId"] == LONG_ID
    assert [each.order_id for each in found] == [LONG_NUMBER]


def test_once_it_was_heard_of_it_is_asked_for_by_its_id() -> None:
    venue = bitget()
    run(venue.recipe(GetOpenOrders()), orders(order(orderId=LONG_ID)), orders())
    _, (asked,) = run(venue.recipe(GetOrder("BTCUSDT", LONG_NUMBER)), detail(orderId=LONG_ID))
    assert asked.params["orderId"] == LONG_ID


# --- fills ------------------------------------------------------------------------------------------------------------


def test_fills_come_page_by_page_oldest_first_and_once() -> None:
    since = NOW - 1_000_000
    rows = [fill(tradeId=str(500 - n), cTime=str(NOW - n)) for n in range(PAGE + 2)]
    found, asked = do(
        GetFills("BTCUSDT", since_ms=since), TIME, fills(*rows[:PAGE]), fills(rows[PAGE - 1], *rows[PAGE:])
    )
    assert [request.path for request in asked] == ["/api/v2/public/time", *["/api/v2/mix/order/fills"] * 2]
    assert asked[1].params == {
        "productType": "USDT-FUTURES",
        "symbol": "BTCUSDT",
        "startTime": str(since),
        "limit": "100",
    }
    assert asked[2].params["idLessThan"] == "401"
    assert asked[1].costs == {"fills": 1, "everything": 1}
    assert [each.trade_id for each in found] == [str(n) for n in range(399, 501)]


def test_fills_are_told_as_far_back_as_the_venue_goes() -> None:
    _, asked = do(GetFills("BTCUSDT", since_ms=1), TIME, fills())
    assert asked[1].params["startTime"] == str(NOW - KEPT_MS)


def test_a_fill_from_before_is_not_told_and_another_symbols_or_orders_neither() -> None:
    rows = [
        fill(cTime=str(NOW)),
        fill(tradeId="9", cTime=str(NOW - 9)),
        fill(tradeId="8", symbol="ETHUSDT"),
        fill(tradeId="7", cTime=str(NOW), orderId="5"),
    ]
    found, _ = do(GetFills("BTCUSDT", NOW - 5, 1111465253393825792), TIME, fills(*rows))
    assert [each.trade_id for each in found] == ["1111465255553892353"]


def test_the_fills_of_an_order() -> None:
    found, (asked,) = do(GetFills("BTCUSDT", order_id=7), fills(fill(orderId="7")))
    assert asked.params["orderId"] == "7"
    assert found == (
        Fill(
            trade_id="1111465255553892353",
            order_id=7,
            symbol="BTCUSDT",
            side=Side.SELL,
            price=Decimal(51858),
            quantity=Decimal("0.03"),
            fee=Decimal("0.0777870"),
            fee_asset="USDT",
            realized_pnl=Decimal("1.5"),
            time_ms=1708587373361,
        ),
    )


@pytest.mark.parametrize(
    ("details", "fee", "asset"),
    [
        ([{"feeCoin": "USDT", "totalFee": "0.02"}], "-0.02", "USDT"),
        ([{"deduction": "yes", "feeCoin": "BGB", "totalFee": "-0.017"}], "0.017", "BGB"),
        ([{"feeCoin": "BGB", "totalFee": "-1"}, {"feeCoin": "BGB", "totalFee": "-2"}], "3", "BGB"),
        ([{"feeCoin": "", "totalFee": ""}], "0", ""),
        ([], "0", ""),
        (None, "0", ""),
    ],
)
def test_fees(details: Any, fee: str, asset: str) -> None:
    (found,), _ = do(GetFills("BTCUSDT"), fills(fill(feeDetail=details, tradeScope="maker")))
    assert (found.fee, found.fee_asset, found.is_maker) == (Decimal(fee), asset, True)


def test_fills_that_do_not_go_on_are_not_taken_for_complete() -> None:
    page = fills(*(fill(tradeId=str(500 - n)) for n in range(PAGE)))
    with pytest.raises(UnexpectedReply, match="goes on"):
        do(GetFills("BTCUSDT"), page, page)


@pytest.mark.parametrize("changes", [{"tradeId": ""}, {"price": "x"}, {"side": "?"}, {"orderId": ""}])
def test_a_fill_that_makes_no_sense_is_unreadable(changes: dict[str, str]) -> None:
    with pytest.raises(UnexpectedReply):
        do(GetFills("BTCUSDT"), fills(fill(**changes)))
