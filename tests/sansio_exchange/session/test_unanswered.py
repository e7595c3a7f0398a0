"""What a caller is told, and what still leaves, when time runs out, the caller goes away or the connector stops."""

from sansio_exchange.commands import CancelAllOrders, CancelOrder, CancelOrders, GetOrder, PlaceOrder, PlaceOrders
from sansio_exchange.errors import DeadlineExceeded, InvalidRequest, NotConnected, OutcomeUnknown, RateLimited
from sansio_exchange.machine import Stop
from sansio_exchange.venue import Budget
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, places

# --- time, and callers that go away -----------------------------------------------------------------------------------


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


# --- the end ----------------------------------------------------------------------------------------------------------


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
