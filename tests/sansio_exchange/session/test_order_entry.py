"""Placing, batching and cancelling: nothing twice, nothing lost, and the truth about what nobody knows."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from sansio_exchange.commands import (
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    Credentials,
    GetOpenOrders,
    GetOrder,
    PlaceOrder,
    PlaceOrders,
    Start,
)
from sansio_exchange.errors import (
    ClockSkew,
    DeadlineExceeded,
    DuplicateClientOrderId,
    InsufficientFunds,
    InvalidRequest,
    NotConnected,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    UnknownSymbol,
    VenueUnavailable,
)
from sansio_exchange.machine import HttpReply, SendHttp, Stop
from sansio_exchange.market import FundingRate
from sansio_exchange.orders import Order, OrderStatus, OrderType
from sansio_exchange.session.placing import LIFETIME_MARGIN, RETRIES_END_AFTER
from sansio_exchange.venue import TRADE_MESSAGES, Budget
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit


@pytest.fixture
def live() -> Stage:
    stage = Stage()
    stage.go_live()
    return stage


@pytest.fixture
def rest() -> Stage:
    """A live session without an order-entry socket."""
    stage = Stage(FakeVenue(trade=False))
    stage.go_live()
    return stage


def places(stage: Stage) -> int:
    return sum(path.endswith(("/place", "/place_many")) for path in stage.sent)


# --- one order ----------------------------------------------------------------------------------------------------


def test_an_order_goes_over_the_trade_socket(live: Stage) -> None:
    order = live.ask(PlaceOrder(limit("a")))
    assert order.client_order_id == "a"
    assert order.status is OrderStatus.NEW
    assert live.sent == ["trade/place"]
    assert [update.order.order_id for update in live.updates] == [order.order_id]


def test_an_order_goes_over_http_while_the_trade_socket_is_down(live: Stage) -> None:
    live.rules["trade"] = "refuse"
    live.cut("trade")
    assert live.ask(PlaceOrder(limit("a"))).client_order_id == "a"
    assert live.sent == ["/place"]


def test_the_trade_socket_is_used_again_when_it_is_back(live: Stage) -> None:
    live.cut("trade")
    live.advance(1.0)
    live.ask(PlaceOrder(limit("a")))
    assert live.sent[-1] == "trade/place"


def test_orders_for_which_the_trade_socket_has_no_room_go_over_http() -> None:
    stage = Stage(FakeVenue(budgets=[Budget("weight", 1000, 60), Budget(TRADE_MESSAGES, 2, 1.0)]))
    stage.go_live()
    for name in ("a", "b", "c"):
        stage.ask(PlaceOrder(limit(name)))
    assert stage.sent == ["trade/place", "trade/place", "/place"]
    stage.advance(1.0)
    stage.ask(PlaceOrder(limit("d")))
    assert stage.sent[-1] == "trade/place"


def test_an_order_without_a_client_order_id_gets_one_of_the_session(live: Stage) -> None:
    ids = {live.ask(PlaceOrder(limit())).client_order_id for _ in range(3)}
    assert ids == {"s-1", "s-2", "s-3"}


def test_the_venues_own_symbol_is_understood(live: Stage) -> None:
    assert live.ask(PlaceOrder(limit(symbol="BTC-USDT"))).symbol == "BTCUSDT"


def test_what_breaks_a_rule_never_leaves(live: Stage) -> None:
    for broken in (limit(quantity="0.0001"), limit(price="100.01"), limit(quantity="NaN"), limit(symbol="XUSDT")):
        with pytest.raises(InvalidRequest):
            live.ask(PlaceOrder(broken))
    assert live.sent == []


def test_the_venues_refusal_is_the_answer(live: Stage) -> None:
    with pytest.raises(InsufficientFunds):
        live.ask(PlaceOrder(limit("a", quantity="501")))
    assert live.ask(PlaceOrder(limit("a"))).client_order_id == "a", "a refused id may be used again"


def test_orders_are_not_taken_before_the_first_reconciliation() -> None:
    stage = Stage()
    stage.rules["private"] = "refuse"
    stage.begin(Start())
    stage.advance(1)
    for action in (PlaceOrder(limit("a")), PlaceOrders((limit("a"),))):
        with pytest.raises(NotConnected, match="private socket"):
            stage.ask(action)
    assert places(stage) == 0


# --- an answer that was lost --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["http", "trade"])
def test_an_order_whose_reply_is_lost_is_found_by_its_client_order_id(live: Stage, rest: Stage, how: str) -> None:
    stage = rest if how == "http" else live
    stage.rules["/place" if how == "http" else "trade/place"] = "lose reply"
    command = stage.begin(PlaceOrder(limit("a")))
    if how == "trade":
        stage.cut("trade")
    stage.advance(0.2)
    assert stage.result(command).client_order_id == "a"
    assert places(stage) == 1
    assert len(stage.updates) == 1


def test_a_frame_that_is_never_answered_is_cleared_up(live: Stage) -> None:
    live.rules["trade/place"] = "lose reply"
    command = live.begin(PlaceOrder(limit("a")), timeout=10)
    live.advance(6.0)
    assert live.result(command).client_order_id == "a"
    assert places(live) == 1


def test_a_reply_that_cannot_be_read_is_a_lost_reply(rest: Stage) -> None:
    def garble(request: SendHttp) -> HttpReply:
        rest.exchange.accept(limit("a"))
        return HttpReply(request.request_id, 200, {}, b"<html>")

    rest.rules["/place"] = garble
    command = rest.begin(PlaceOrder(limit("a")))
    rest.advance(0.2)
    assert rest.result(command).order_id == 1
    assert places(rest) == 1


def test_no_such_order_is_believed_only_when_the_order_can_no_longer_be_accepted(rest: Stage) -> None:
    rest.rules["/place"] = "lose"
    command = rest.begin(PlaceOrder(limit("a")), timeout=60)
    rest.advance(9.9)
    assert command not in rest.answers, "it may still be on its way"
    rest.advance(20)
    error = rest.error(command)
    assert isinstance(error, VenueUnavailable)
    assert "a" in error.message
    assert places(rest) == 1


def test_an_order_that_arrives_late_is_found_though_it_was_not_there_at_first(rest: Stage) -> None:
    rest.rules["/place"] = "lose"
    command = rest.begin(PlaceOrder(limit("a")), timeout=60)
    rest.advance(4)
    rest.exchange.accept(limit("a"))
    rest.settle()
    rest.advance(20)
    assert rest.result(command).client_order_id == "a"
    assert places(rest) == 1


def test_what_cannot_be_found_out_in_time_is_unknown_and_the_stream_tells_later(rest: Stage) -> None:
    rest.rules |= {"/place": "lose reply", "/order": "lose"}
    rest.exchange.private.clear()
    rest.cut("private")
    rest.rules["private"] = "refuse"
    command = rest.begin(PlaceOrder(limit("a")), timeout=5)
    rest.advance(5)
    error = rest.error(command)
    assert isinstance(error, OutcomeUnknown)
    assert error.client_order_id == "a"
    assert rest.updates == []
    rest.rules.clear()
    rest.advance(60)
    assert [update.order.client_order_id for update in rest.updates] == ["a"]
    assert places(rest) == 1


def test_an_older_order_of_the_same_id_is_not_the_lost_one(rest: Stage) -> None:
    """Venues free the ids of orders that have ended, and go on knowing these."""
    rest.exchange.accept(limit("a"))
    rest.exchange.fill(1, "1")
    rest.exchange.drain()
    rest.exchange.orders[1] = structs.replace(rest.exchange.orders[1], created_ms=rest.exchange.now_ms - 120_000)
    rest.rules["/place"] = "lose"
    command = rest.begin(PlaceOrder(limit("a")), timeout=40)
    rest.advance(40)
    error = rest.error(command)
    assert isinstance(error, OutcomeUnknown | VenueUnavailable)
    assert "FILLED" not in str(rest.answers[command])


def test_that_nothing_was_placed_is_not_believed_before_all_has_been_told(rest: Stage) -> None:
    """What became of the order may be among what is still to be told, though the venue has forgotten its name."""
    rest.rules["/place"] = "lose"
    rest.rules["private"] = "refuse"
    rest.cut("private")
    command = rest.begin(PlaceOrder(limit("a")), timeout=30)
    rest.advance(30)
    assert isinstance(rest.error(command), OutcomeUnknown)


def test_other_errors_while_looking_say_nothing_about_the_order(rest: Stage) -> None:
    rest.rules["/place"] = "lose reply"
    rest.exchange.keys.clear()
    rest.exchange.keys.add("demo")
    command = rest.begin(PlaceOrder(limit("a")), timeout=5)
    rest.exchange.keys.clear()
    rest.advance(5)
    # The very first look came through; otherwise: unknown, never "authentication failed".
    answer = rest.answers[command]
    assert answer.error is None or isinstance(answer.error, OutcomeUnknown)


def test_a_request_that_never_left_is_not_placed_and_not_looked_for(rest: Stage) -> None:
    rest.rules["/place"] = "refuse"
    with pytest.raises(NotConnected):
        rest.ask(PlaceOrder(limit("a")))
    assert rest.sent == ["/place"]
    rest.rules.clear()
    assert rest.ask(PlaceOrder(limit("a"))).order_id == 1


# --- the same client order id again ---------------------------------------------------------------------------------


def test_the_same_order_again_is_the_same_order(live: Stage) -> None:
    first = live.ask(PlaceOrder(limit("a")))
    assert live.ask(PlaceOrder(limit("a"))) == first
    assert places(live) == 1


def test_the_same_order_again_before_the_stream_has_spoken_is_not_sent_twice(live: Stage) -> None:
    live.exchange.private.clear()
    live.rules["private"] = "refuse"
    live.cut("private")
    first = live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(first.order_id, "1")
    assert live.ask(PlaceOrder(limit("a"))).order_id == first.order_id, "filled at the venue, known by reply only"
    assert places(live) == 1


def test_the_same_order_again_after_it_was_filled_is_the_filled_order(live: Stage) -> None:
    order = live.ask(PlaceOrder(limit("a")))
    live.exchange.fill(order.order_id, "1")
    live.settle()
    assert live.ask(PlaceOrder(limit("a"))).status is OrderStatus.FILLED
    assert places(live) == 1


def test_another_order_with_the_same_id_is_refused(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    with pytest.raises(DuplicateClientOrderId):
        live.ask(PlaceOrder(limit("a", quantity="2")))
    assert places(live) == 1


def test_the_same_order_while_it_is_being_placed_waits_for_the_same_answer(live: Stage) -> None:
    live.rules["trade/place"] = "hold"
    commands = [live.begin(PlaceOrder(limit("a"))) for _ in range(3)]
    with pytest.raises(DuplicateClientOrderId):
        live.ask(PlaceOrder(limit("a", price="99")))
    live.release()
    assert len({live.result(command).order_id for command in commands}) == 1
    assert places(live) == 1


def test_who_joined_and_gave_up_does_not_free_the_id(live: Stage) -> None:
    live.rules["trade/place"] = "hold"
    first = live.begin(PlaceOrder(limit("a")))
    second = live.begin(PlaceOrder(limit("a")), timeout=1)
    live.advance(1)
    assert isinstance(live.error(second), OutcomeUnknown), "it has left, so this is not 'nothing was sent'"
    third = live.begin(PlaceOrder(limit("a")))
    live.release()
    assert live.result(first) == live.result(third)
    assert places(live) == 1


def test_who_joined_keeps_the_search_going_when_the_first_gave_up(rest: Stage) -> None:
    rest.rules |= {"/place": "lose reply", "/order": "lose"}
    rest.exchange.say = lambda role, what: None  # type: ignore[method-assign]
    first = rest.begin(PlaceOrder(limit("a")), timeout=5)
    second = rest.begin(PlaceOrder(limit("a")), timeout=60)
    rest.advance(6)
    assert isinstance(rest.error(first), OutcomeUnknown)
    rest.rules.clear()
    rest.advance(10)
    assert rest.result(second).order_id == 1
    assert places(rest) == 1


def test_who_asks_again_after_outcome_unknown_gets_the_order_without_a_second_one(rest: Stage) -> None:
    rest.rules |= {"/place": "lose reply", "/order": "lose"}
    rest.exchange.say = lambda role, what: None  # type: ignore[method-assign]
    first = rest.begin(PlaceOrder(limit("a")), timeout=2)
    rest.advance(120)
    assert isinstance(rest.error(first), OutcomeUnknown)
    rest.rules.clear()
    assert rest.ask(PlaceOrder(limit("a"))).order_id == 1
    assert places(rest) == 1


def test_who_asks_again_after_outcome_unknown_is_served_when_nothing_was_placed(rest: Stage) -> None:
    rest.rules |= {"/place": "lose", "/order": "lose"}
    first = rest.begin(PlaceOrder(limit("a")), timeout=2)
    rest.advance(120)
    assert isinstance(rest.error(first), OutcomeUnknown)
    rest.rules.clear()
    assert rest.ask(PlaceOrder(limit("a"))).order_id == 1
    assert list(rest.exchange.orders) == [1]


def test_an_id_that_works_since_before_our_time_is_a_retry(live: Stage) -> None:
    stage = Stage()
    stage.exchange.accept(limit("a"))
    stage.go_live()
    assert stage.ask(PlaceOrder(limit("a"))).order_id == 1
    assert places(stage) == 0


# --- what a process before this one placed ------------------------------------------------------------------------

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


def test_an_order_that_nobody_can_be_retrying_any_more_leaves_its_id(restarted: Stage) -> None:
    """Clients that count their ids anew every day are not told of what was filled yesterday."""
    stage = Stage(past_is_known=False)
    stage.exchange.now_ms -= int(RETRIES_END_AFTER * 1000) + 60_000
    stage.exchange.accept(limit("a"))
    stage.exchange.fill(1, "1")
    stage.go_live()
    assert stage.ask(PlaceOrder(limit("a"))).order_id == 2


def test_after_a_restart_an_order_is_placed_when_none_of_its_id_can_come_any_more(restarted: Stage) -> None:
    command = restarted.begin(PlaceOrder(limit("b")), timeout=30)
    restarted.advance(NONE_CAN_COME - 2.5)
    assert places(restarted) == 0
    restarted.advance(8)
    assert restarted.result(command).order_id == 2
    assert places(restarted) == 1


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
    assert isinstance(restarted.error(command), OutcomeUnknown)
    restarted.advance(60)
    assert places(restarted) == 0
    assert restarted.ask(PlaceOrder(limit("b"))).order_id == 2


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


def test_a_retry_of_a_lost_order_that_runs_out_of_time_does_not_say_that_nothing_was_sent(rest: Stage) -> None:
    rest.rules |= {"/place": "lose reply", "/order": "lose"}
    rest.exchange.hang_up("private")
    rest.settle()
    for _ in range(2):
        command = rest.begin(PlaceOrder(limit("a")), timeout=2)
        rest.advance(2)
        assert isinstance(rest.error(command), OutcomeUnknown)


def test_a_taken_id_whose_order_cannot_be_looked_up_may_be_ours(live: Stage) -> None:
    live.exchange.accept(limit("a"))
    live.exchange.drain()
    live.rules["/order"] = "lose"
    command = live.begin(PlaceOrder(limit("a")))
    live.advance(10)
    assert isinstance(live.error(command), OutcomeUnknown)


# --- the end ------------------------------------------------------------------------------------------------------


def test_when_the_connector_stops_each_row_is_told_what_is_known_of_it(rest: Stage) -> None:
    rest.rules |= {"/place": "hold", "/place_many": "hold"}
    one = rest.begin(PlaceOrder(limit("")))
    many = rest.begin(PlaceOrders((limit("b"), limit("", price="0.01"), limit(""))))
    rest.feed(Stop())
    alone, (first, refused, last) = rest.error(one), rest.result(many)
    assert [type(each) for each in (alone, first, refused, last)] == [
        OutcomeUnknown,
        OutcomeUnknown,
        InvalidRequest,
        OutcomeUnknown,
    ]
    assert [str(each).split(":")[0] for each in (alone, first, last)] == [
        f"outcome unknown, client_order_id={client_id}" for client_id in ("s-1", "b", "s-2")
    ]


def test_when_the_connector_stops_what_has_not_left_never_does_and_all_who_wait_hear_the_same() -> None:
    stage = Stage(FakeVenue(trade=False, budgets=[Budget("weight", 20, 60)]))
    stage.go_live()
    for _ in range(30):
        stage.begin(PlaceOrder(limit("")), timeout=90)
    waiting = [
        stage.begin(PlaceOrders((limit("x"), limit("y"))), timeout=90),
        stage.begin(PlaceOrder(limit("y")), timeout=90),
    ]
    stage.sent.clear()
    stage.feed(Stop())
    stage.advance(100)
    told = [*stage.result(waiting[0]), stage.error(waiting[1])]
    assert [type(each) for each in told] == [NotConnected] * 3
    assert "before anything was sent" in told[0].message
    assert places(stage) == 0


def test_when_the_connector_stops_a_cancel_under_way_is_unknown_and_a_question_is_not(rest: Stage) -> None:
    rest.rules |= {"/cancel": "hold", "/order": "hold", "/cancel_all": "hold", "/cancel_many": "hold"}
    cancel = rest.begin(CancelOrder("BTCUSDT", client_order_id="a"))
    cancel_all = rest.begin(CancelAllOrders())
    cancel_many = rest.begin(CancelOrders("BTCUSDT", (1, 2)))
    question = rest.begin(GetOrder("BTCUSDT", client_order_id="a"))
    rest.feed(Stop())
    assert str(rest.error(cancel)).startswith("outcome unknown, client_order_id=a:")
    assert isinstance(rest.error(cancel_all), OutcomeUnknown)
    assert [type(row) for row in rest.result(cancel_many)] == [OutcomeUnknown] * 2
    assert type(rest.error(question)) is NotConnected


# --- batches ------------------------------------------------------------------------------------------------------


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


# --- cancelling ---------------------------------------------------------------------------------------------------


def test_an_order_is_cancelled_by_either_id(live: Stage) -> None:
    a, b = live.ask(PlaceOrder(limit("a"))), live.ask(PlaceOrder(limit("b")))
    assert live.ask(CancelOrder("BTCUSDT", order_id=a.order_id)) is None
    assert live.ask(CancelOrder("BTCUSDT", client_order_id="b")) is None
    assert live.ask(GetOpenOrders()) == ()
    assert b.order_id == 2


def test_cancelling_what_does_not_work_says_so(live: Stage) -> None:
    with pytest.raises(OrderNotFound):
        live.ask(CancelOrder("BTCUSDT", order_id=7))
    with pytest.raises(InvalidRequest):
        live.ask(CancelOrder("BTCUSDT"))


@pytest.mark.parametrize("rule", ["lose", "lose reply"])
def test_a_cancel_whose_reply_is_lost_succeeds_once_it_is_known_to_have_worked(rest: Stage, rule: str) -> None:
    rest.ask(PlaceOrder(limit("a")))
    rest.rules["/cancel"] = rule
    command = rest.begin(CancelOrder("BTCUSDT", client_order_id="a"))
    rest.rules.clear()
    rest.advance(1)
    assert rest.result(command) is None
    assert rest.exchange.orders[1].status is OrderStatus.CANCELED


def test_a_cancel_that_came_too_late_says_so(rest: Stage) -> None:
    rest.ask(PlaceOrder(limit("a")))
    rest.exchange.fill(1, "1")
    rest.settle()
    rest.rules["/cancel"] = "lose"
    with pytest.raises(OrderNotFound, match="FILLED"):
        rest.ask(CancelOrder("BTCUSDT", client_order_id="a"))


def test_a_cancel_that_stays_without_answer_is_unknown(rest: Stage) -> None:
    rest.ask(PlaceOrder(limit("a")))
    rest.rules |= {"/cancel": "lose", "/order": "lose"}
    command = rest.begin(CancelOrder("BTCUSDT", client_order_id="a"), timeout=4)
    rest.advance(4)
    assert isinstance(rest.error(command), OutcomeUnknown)


def test_many_are_cancelled_each_with_its_own_outcome(rest: Stage) -> None:
    rest.ask(PlaceOrders((limit("a"), limit("b"))))
    rows = rest.ask(CancelOrders("BTCUSDT", (1, 7, 2)))
    assert [type(row) for row in rows] == [type(None), OrderNotFound, type(None)]
    assert rest.ask(CancelOrders("BTCUSDT", ())) == ()


def test_many_cancels_whose_reply_is_lost_are_cleared_up(rest: Stage) -> None:
    rest.ask(PlaceOrders((limit("a"), limit("b"))))
    rest.rules["/cancel_many"] = "lose reply"
    command = rest.begin(CancelOrders("BTCUSDT", (1, 2)))
    rest.advance(1)
    assert rest.result(command) == (None, None)


def test_cancelling_all_that_is_never_answered_is_unknown(rest: Stage) -> None:
    rest.rules["/cancel_all"] = "hold"
    command = rest.begin(CancelAllOrders(), timeout=3)
    rest.advance(3)
    assert isinstance(rest.error(command), OutcomeUnknown)


# --- time, and callers that go away ---------------------------------------------------------------------------------


def test_what_is_abandoned_before_it_left_never_leaves() -> None:
    stage = Stage(FakeVenue(trade=False, budgets=[Budget("weight", 20, 60)]))
    stage.go_live()
    for n in range(30):
        stage.begin(PlaceOrder(limit(f"x{n}")), timeout=1)
    stage.sent.clear()
    command = stage.begin(PlaceOrder(limit("a")), timeout=90)
    stage.abandon(command)
    stage.advance(100)
    assert places(stage) == 0
    assert command not in stage.answers
    assert stage.ask(PlaceOrder(limit("a"))).client_order_id == "a"


def test_what_is_abandoned_after_it_left_is_cleared_up_and_told(rest: Stage) -> None:
    rest.rules |= {"/place": "lose reply", "/order": "lose"}
    rest.exchange.hang_up("private")
    rest.settle()
    command = rest.begin(PlaceOrder(limit("a")))
    rest.abandon(command)
    rest.rules.clear()
    rest.advance(1)
    assert command not in rest.answers
    assert [update.order.client_order_id for update in rest.updates] == ["a"]
    assert rest.ask(PlaceOrder(limit("a"))).order_id == 1
    assert places(rest) == 1


def test_an_order_for_which_there_was_no_room_in_time_was_not_sent() -> None:
    stage = Stage(FakeVenue(trade=False, budgets=[Budget("weight", 20, 60)]))
    stage.go_live()
    commands = [stage.begin(PlaceOrder(limit(f"x{n}")), timeout=59.5) for n in range(30)]
    stage.advance(61)
    errors = [answer.error for command in commands if (answer := stage.answers[command]).error is not None]
    assert errors
    assert all(isinstance(error, DeadlineExceeded | RateLimited) for error in errors)
    assert len(stage.exchange.orders) == 30 - len(errors)


def test_a_command_without_time_sends_nothing(live: Stage) -> None:
    for timeout in (0.0, -1.0, float("nan")):
        command = live.begin(PlaceOrder(limit("a")), timeout=timeout)
        assert isinstance(live.error(command), DeadlineExceeded)
    assert live.sent == []


def test_a_batch_under_way_places_nothing_after_the_deadline() -> None:
    stage = Stage(FakeVenue(trade=False, max_batch=1, budgets=[Budget("weight", 20, 60)]))
    stage.go_live()
    command = stage.begin(PlaceOrders(tuple(limit(f"{n}") for n in range(30))), timeout=59)
    stage.advance(59)
    told = stage.result(command)
    before = len(stage.exchange.orders)
    stage.advance(120)
    assert len(stage.exchange.orders) == before
    assert before < 30 == len(told)


# --- the venue's limits and clock -----------------------------------------------------------------------------------


def test_after_too_many_requests_nothing_leaves_until_the_venue_allows_it(rest: Stage) -> None:
    def too_many(request: SendHttp) -> HttpReply:
        return HttpReply(request.request_id, 429, {}, b'{"error":"RateLimited","retry_after":30}')

    rest.rules["/place"] = too_many
    with pytest.raises(RateLimited) as refused:
        rest.ask(PlaceOrder(limit("a")))
    assert refused.value.retry_after == 30
    rest.rules.clear()
    rest.sent.clear()
    command = rest.begin(PlaceOrder(limit("a")), timeout=10)
    error = rest.error(command)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 30
    patient = rest.begin(PlaceOrder(limit("a")), timeout=60)
    cancel = rest.begin(CancelOrder("BTCUSDT", order_id=1), timeout=60)
    rest.advance(29.9)
    assert rest.sent == []
    rest.advance(0.2)
    assert rest.result(patient).client_order_id == "a"
    assert cancel in rest.answers


def test_a_row_refused_for_too_many_orders_holds_the_next_orders_back_too() -> None:
    stage = Stage(FakeVenue(trade=False))
    stage.go_live()
    row = b'{"error": "RateLimited", "message": "too many", "retry_after": 3}'
    stage.rules["/place_many"] = lambda request: HttpReply(
        request.request_id, 200, {}, b'{"ok": [' + row + b"," + row + b"]}"
    )
    rows = stage.ask(PlaceOrders((limit("a"), limit("b"))))
    assert [type(each) for each in rows] == [RateLimited] * 2
    command = stage.begin(PlaceOrder(limit("c")))
    assert places(stage) == 1
    stage.advance(3)
    assert stage.result(command).client_order_id == "c"


def test_a_timestamp_that_the_venue_refuses_is_measured_anew_and_the_order_sent_once_more() -> None:
    stage = Stage(FakeVenue(trade=False))
    stage.wall_ms += 3_600_000
    stage.go_live()
    stage.connector._clock.measured(stage.exchange.now_ms + 10_000, stage.mono, stage.connector._now)
    assert stage.ask(PlaceOrder(limit("a"))).client_order_id == "a"
    assert stage.sent == ["/place", "/time", "/place"]
    assert len(stage.exchange.orders) == 1


def test_a_venue_that_refuses_every_timestamp_is_not_asked_forever(rest: Stage) -> None:
    rest.rules["/place"] = lambda request: HttpReply(request.request_id, 400, {}, b'{"error":"ClockSkew"}')
    with pytest.raises(ClockSkew):
        rest.ask(PlaceOrder(limit("a")))
    assert places(rest) == 2


# --- looking up -----------------------------------------------------------------------------------------------------


def test_an_order_looked_up_names_its_fills(live: Stage) -> None:
    order = live.ask(PlaceOrder(structs.replace(limit("a"), type=OrderType.MARKET, price=None)))
    found = live.ask(GetOrder("BTCUSDT", order_id=order.order_id))
    assert found.executed_qty == Decimal(1)
    assert [fill.quantity for fill in found.fills] == [Decimal(1)]


def test_credentials_never_show_in_an_error(live: Stage) -> None:
    secret = Credentials("key-key-key", "secret-secret")
    assert "secret" not in repr(secret)
