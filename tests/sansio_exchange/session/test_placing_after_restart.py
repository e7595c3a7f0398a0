"""What a process before this one placed: its ids are looked up before they are used again."""

from typing import Any

import pytest

from sansio_exchange.commands import PlaceOrder, PlaceOrders
from sansio_exchange.errors import DeadlineExceeded, DuplicateClientOrderId, OutcomeUnknown
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.market import FundingRate
from sansio_exchange.orders import OrderStatus
from sansio_exchange.session.placing import LIFETIME_MARGIN, RETRIES_END_AFTER
from sansio_exchange.venue import Budget
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, places
from tests.sansio_exchange.session.test_recovery import away, back, fills

NONE_CAN_COME = FakeVenue.order_lifetime + LIFETIME_MARGIN
"""Seconds after the start until which what was signed before it can still be accepted."""


@pytest.fixture
def restarted() -> Stage:
    """Just live, at a venue where "a" was placed and filled before, so that its id is free again."""
    stage = Stage(past_is_known=False)
    stage.exchange.accept(limit("a"))
    stage.exchange.fill(1, "1")
    stage.go_live()
    return stage


def test_a_retry_after_a_restart_gets_the_order_that_has_ended(restarted: Stage) -> None:
    order = restarted.ask(PlaceOrder(limit("a")))
    assert (order.order_id, order.status) == (1, OrderStatus.FILLED)
    assert restarted.ask(PlaceOrder(limit("a"))) == order
    restarted.advance(120)
    assert restarted.sent.count("/order") == 1
    assert places(restarted) == 0
    told = [event for event in restarted.events if not isinstance(event, FundingRate)]
    assert told == [], "nothing is expected of the stream, and its past is not news"


def test_an_id_of_an_order_that_ended_before_a_restart_is_not_another_orders(restarted: Stage) -> None:
    with pytest.raises(DuplicateClientOrderId, match="used for another order"):
        restarted.ask(PlaceOrder(limit("a", quantity="2")))
    assert places(restarted) == 0


@pytest.fixture
def long_after() -> Stage:
    """The same, so long after that order that nobody can be retrying it any more, unless he waited for the start."""
    stage = Stage(past_is_known=False)
    stage.exchange.now_ms -= int(RETRIES_END_AFTER * 1000) + 60_000
    stage.exchange.accept(limit("a"))
    stage.exchange.fill(1, "1")
    stage.go_live()
    return stage


def test_an_order_that_nobody_can_be_retrying_any_more_leaves_its_id(long_after: Stage) -> None:
    """Clients that count their ids anew every day are not told of what was filled yesterday."""
    assert long_after.ask(PlaceOrder(limit("a", quantity="2"))).order_id == 2


def test_one_like_it_is_refused_since_it_may_be_a_retry_all_the_same(long_after: Stage) -> None:
    with pytest.raises(DuplicateClientOrderId, match="ended FILLED with 1 executed"):
        long_after.ask(PlaceOrder(limit("a")))
    assert places(long_after) == 0


@pytest.mark.parametrize("executed", ["0.4", "1"])
def test_an_order_is_as_old_as_its_end(executed: str) -> None:
    """It rested for long, filled just before the restart, and its caller did not hear of it."""
    stage = Stage(past_is_known=False)
    stage.exchange.now_ms -= int(RETRIES_END_AFTER * 1000) + 60_000
    stage.exchange.accept(limit("a"))
    stage.exchange.now_ms += int(RETRIES_END_AFTER * 1000) + 59_000
    stage.exchange.fill(1, executed)
    stage.go_live()
    assert stage.ask(PlaceOrder(limit("a"))).order_id == 1
    assert list(stage.exchange.orders) == [1]


def test_after_a_restart_an_order_is_placed_when_none_of_its_id_can_come_any_more(restarted: Stage) -> None:
    command = restarted.begin(PlaceOrder(limit("b")), timeout=30)
    restarted.advance(NONE_CAN_COME - 2.5)
    assert places(restarted) == 0
    restarted.advance(8)
    assert restarted.result(command).order_id == 2
    assert places(restarted) == 1


@pytest.mark.parametrize("after", [0.5, 1.6, 5.0])
def test_the_question_that_settles_it_is_asked_as_soon_as_its_answer_can_be_believed(
    restarted: Stage, after: float
) -> None:
    restarted.advance(after)
    command = restarted.begin(PlaceOrder(limit("b")), timeout=9)
    restarted.advance(9)
    assert restarted.result(command).order_id == 2


def test_an_order_on_its_way_across_a_restart_is_not_placed_beside_it(restarted: Stage) -> None:
    command = restarted.begin(PlaceOrder(limit("b")), timeout=30)
    restarted.advance(3)
    restarted.exchange.accept(limit("b"))
    restarted.settle()
    restarted.exchange.fill(2, "1")
    restarted.settle()
    restarted.advance(20)
    assert restarted.result(command).order_id == 2
    assert list(restarted.exchange.orders) == [1, 2]
    assert restarted.is_live()


def test_who_cannot_wait_so_long_is_told_that_an_earlier_order_may_come(restarted: Stage) -> None:
    command = restarted.begin(PlaceOrder(limit("b")), timeout=2)
    restarted.advance(2)
    error = restarted.error(command)
    assert isinstance(error, OutcomeUnknown)
    assert "nothing was sent" in error.message
    restarted.advance(60)
    assert places(restarted) == 0
    assert restarted.ask(PlaceOrder(limit("b"))).order_id == 2


@pytest.mark.parametrize("rows", [1, 2])
def test_who_is_told_that_nothing_was_sent_can_rely_on_it_once_the_venue_has_said_so(rows: int) -> None:
    """No order of this id stands, and the order did not leave for want of room."""
    stage = Stage(FakeVenue(trade=False, budgets=[Budget("weight", 40, 60)]), past_is_known=False)
    stage.go_live()
    stage.advance(20)
    stage.rules["/order"] = "hold"
    orders = tuple(limit(f"b{number}") for number in range(rows))
    command = stage.begin(PlaceOrder(orders[0]) if rows == 1 else PlaceOrders(orders), timeout=70)
    for _ in range(100):
        stage.begin(PlaceOrder(limit("")), timeout=200)
    stage.release()
    stage.advance(70)
    assert stage.sent.count("/order") == rows
    error = stage.error(command) if rows == 1 else stage.result(command)[0]
    assert isinstance(error, DeadlineExceeded)
    assert not isinstance(error, OutcomeUnknown)


def test_an_id_made_here_is_new_to_the_venue(restarted: Stage) -> None:
    restarted.ask(PlaceOrder(limit("")))
    assert restarted.sent == ["trade/place"]


def test_when_nobody_can_be_retrying_any_more_ids_are_not_looked_up(restarted: Stage) -> None:
    restarted.advance(RETRIES_END_AFTER)
    restarted.sent.clear()
    restarted.ask(PlaceOrder(limit("b")))
    assert restarted.sent == ["trade/place"]


def test_where_nobody_has_traded_before_ids_are_not_looked_up(live: Stage) -> None:
    live.ask(PlaceOrder(limit("b")))
    assert live.sent == ["trade/place"]


def nonsense(request: SendHttp) -> HttpReply:
    return HttpReply(request.request_id, 200, {}, b"<html>")


@pytest.mark.parametrize("rule", ["lose", "refuse", "hold", nonsense])
def test_an_order_is_not_placed_where_nobody_can_say_whether_it_stands(restarted: Stage, rule: Any) -> None:
    restarted.advance(60)
    restarted.rules["/order"] = rule
    command = restarted.begin(PlaceOrder(limit("a")))
    restarted.advance(20)
    assert isinstance(restarted.error(command), OutcomeUnknown)
    restarted.rules.clear()
    restarted.release()
    assert places(restarted) == 0
    assert restarted.ask(PlaceOrder(limit("a"))).order_id == 1


@pytest.mark.parametrize("max_batch", [1, 5])
def test_of_a_batch_retried_after_a_restart_only_what_is_new_is_placed(max_batch: int) -> None:
    stage = Stage(FakeVenue(trade=False, max_batch=max_batch), past_is_known=False)
    stage.exchange.accept(limit("a"))
    stage.exchange.fill(1, "1")
    stage.go_live()
    stage.advance(60)
    rows = stage.ask(PlaceOrders((limit("b"), limit("a"), limit("", price="99"), limit("c"))))
    assert [row.order_id for row in rows] == [2, 1, 3, 4]
    assert len(stage.exchange.orders) == 4
    assert stage.sent.count("/order") == 3


def test_a_batch_that_is_given_up_while_its_ids_are_looked_up_is_not_placed(restarted: Stage) -> None:
    restarted.rules["/order"] = "hold"
    command = restarted.begin(PlaceOrders((limit("b"), limit("c"))), timeout=1)
    restarted.advance(1)
    assert [type(row) for row in restarted.result(command)] == [OutcomeUnknown] * 2
    restarted.release()
    restarted.advance(60)
    assert places(restarted) == 0


def test_what_became_since_the_start_of_an_order_sent_before_it_is_news(restarted: Stage) -> None:
    """It arrives and fills while no private socket stands, and the caller asks for it again."""
    away(restarted)
    restarted.advance(1)
    order = restarted.exchange.accept(limit("b"))
    restarted.exchange.fill(order.order_id, "1")
    assert restarted.ask(PlaceOrder(limit("b"))).status is OrderStatus.FILLED
    back(restarted)
    restarted.advance(30)
    assert fills(restarted) == ["2"]
    assert restarted.is_live()
