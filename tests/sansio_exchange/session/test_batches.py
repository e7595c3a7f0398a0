"""Many orders in one command: each row has its own outcome."""

import pytest

from sansio_exchange.commands import CancelOrder, PlaceOrder, PlaceOrders
from sansio_exchange.errors import (
    DuplicateClientOrderId,
    InsufficientFunds,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    UnknownSymbol,
)
from sansio_exchange.orders import Order, OrderStatus
from sansio_exchange.venue import Budget
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, places


def test_each_row_of_a_batch_has_its_own_outcome(live: Stage) -> None:
    rows = live.ask(
        PlaceOrders(
            (
                limit("a"),
                limit("b", quantity="501"),
                limit("c", price="0.01"),
                limit("a"),
                limit("d", symbol="NOPE"),
                limit("e"),
            )
        )
    )
    kinds = [type(row) for row in rows]
    assert kinds == [Order, InsufficientFunds, InvalidRequest, DuplicateClientOrderId, UnknownSymbol, Order]
    assert live.sent == ["/place_many"]
    assert len(live.exchange.orders) == 2


def test_an_empty_batch_is_answered(live: Stage) -> None:
    assert live.ask(PlaceOrders(())) == ()
    assert live.sent == []


@pytest.mark.parametrize("max_batch", [1, 5])
def test_a_batch_whose_reply_is_lost_is_cleared_up_row_by_row(max_batch: int) -> None:
    stage = Stage(FakeVenue(trade=False, max_batch=max_batch))
    stage.go_live()
    stage.rules |= {"/place": "lose reply", "/place_many": "lose reply"}
    command = stage.begin(PlaceOrders(tuple(limit(f"{n}") for n in range(7))))
    stage.advance(1)
    rows = stage.result(command)
    assert [row.client_order_id for row in rows] == [f"{n}" for n in range(7)]
    assert len(stage.exchange.orders) == 7
    assert len(stage.updates) == 7


def test_rows_of_a_batch_that_nobody_knows_of_are_unknown_at_the_deadline(rest: Stage) -> None:
    rest.rules |= {"/place_many": "lose", "/order": "lose"}
    command = rest.begin(PlaceOrders((limit("a"), limit("b"), limit("c", price="0.01"))), timeout=3)
    rest.advance(3)
    rows = rest.result(command)
    assert [type(row) for row in rows] == [OutcomeUnknown, OutcomeUnknown, InvalidRequest]
    assert [row.client_order_id for row in rows[:2]] == ["a", "b"]


def test_a_batch_asked_again_joins_the_one_under_way(rest: Stage) -> None:
    rest.rules["/place_many"] = "hold"
    first = rest.begin(PlaceOrders((limit("a"), limit("b"))))
    second = rest.begin(PlaceOrders((limit("b"), limit("c"))))
    single = rest.begin(PlaceOrder(limit("a")))
    rest.release()
    assert rest.result(first)[1] == rest.result(second)[0]
    assert rest.result(single) == rest.result(first)[0]
    assert len(rest.exchange.orders) == 3


def test_a_batch_that_is_given_up_before_it_leaves_frees_its_ids() -> None:
    stage = Stage(FakeVenue(trade=False, budgets=[Budget("weight", 20, 60)]))
    stage.go_live()
    for n in range(30):
        stage.begin(PlaceOrder(limit(f"x{n}")), timeout=1)
    stage.sent.clear()
    command = stage.begin(PlaceOrders((limit("a"), limit("b"))), timeout=90)
    stage.abandon(command)
    stage.advance(100)
    assert places(stage) == 0
    assert len(stage.ask(PlaceOrders((limit("a"), limit("b"))))) == 2
    assert len(stage.connector._order_entry) == 0


def test_a_row_whose_caller_has_left_does_not_leave_for_the_sake_of_another() -> None:
    """What has not been sent when its caller leaves never is, though others wait for other rows of the batch."""
    stage = Stage(FakeVenue(trade=False, budgets=[Budget("weight", 20, 60)]))
    stage.go_live()
    for n in range(30):
        stage.begin(PlaceOrder(limit(f"x{n}")), timeout=1)
    first = stage.begin(PlaceOrders((limit("a"), limit("b"), limit("c"))), timeout=80)
    second = stage.begin(PlaceOrders((limit("c"), limit("a"))), timeout=90)
    stage.abandon(first)
    stage.advance(100)
    assert [order.client_order_id for order in stage.result(second)] == ["c", "a"]
    assert "b" not in {order.client_order_id for order in stage.exchange.orders.values()}
    assert len(stage.connector._order_entry) == 0


def test_a_batch_for_which_there_is_no_room_holds_nothing_else_back() -> None:
    """That it was refused here says nothing of the venue: above all no cancel must wait for it."""
    stage = Stage(FakeVenue(trade=False, budgets=[Budget("weight", 20, 60)]))
    stage.go_live()
    standing = stage.ask(PlaceOrder(limit("a")))
    for n in range(30):
        stage.begin(PlaceOrder(limit(f"x{n}")), timeout=1)
    rows = stage.ask(PlaceOrders((limit("b"), limit("c"))), timeout=1)
    assert [type(row) for row in rows] == [RateLimited, RateLimited]
    stage.ask(CancelOrder("BTCUSDT", standing.order_id))
    assert stage.exchange.orders[standing.order_id].status is OrderStatus.CANCELED
