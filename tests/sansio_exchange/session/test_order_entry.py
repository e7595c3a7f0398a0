"""Placing one order: which way it goes, and nothing twice however often it is asked for."""

import pytest

from sansio_exchange.commands import PlaceOrder, PlaceOrders, Start
from sansio_exchange.errors import (
    DuplicateClientOrderId,
    InsufficientFunds,
    InvalidRequest,
    NotConnected,
    OutcomeUnknown,
)
from sansio_exchange.orders import OrderStatus
from sansio_exchange.venue import TRADE_MESSAGES, Budget
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, places

# --- one order --------------------------------------------------------------------------------------------------------


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


# --- the same client order id again -----------------------------------------------------------------------------------


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


def test_a_retry_of_a_lost_order_that_runs_out_of_time_does_not_say_that_nothing_was_sent(rest: Stage) -> None:
    rest.rules |= {"/place": "lose reply", "/order": "lose"}
    rest.exchange.hang_up("private")
    rest.settle()
    for _ in range(2):
        command = rest.begin(PlaceOrder(limit("a")), timeout=2)
        rest.advance(2)
        assert isinstance(rest.error(command), OutcomeUnknown)


@pytest.mark.parametrize("how", ["out of time", "abandoned", "one of two in a batch"])
def test_a_retry_that_gave_up_while_it_looked_forgets_nothing_of_the_first(rest: Stage, how: str) -> None:
    rest.rules |= {"/place": "lose reply", "/order": "lose", "private": "refuse"}
    rest.cut("private")
    first = rest.begin(PlaceOrder(limit("a")))
    rest.advance(60)
    assert isinstance(rest.error(first), OutcomeUnknown)
    if how == "one of two in a batch":
        rest.begin(PlaceOrders((limit("a"), limit("b"))), timeout=1)
        rest.begin(PlaceOrder(limit("b")), timeout=5)
    else:
        second = rest.begin(PlaceOrder(limit("a")), timeout=1)
        if how == "abandoned":
            rest.abandon(second)
    rest.advance(1)
    assert rest.connector._ledger.question("a") is not None
    del rest.rules["/place"], rest.rules["/order"]
    third = rest.begin(PlaceOrder(limit("a")), timeout=20)
    rest.advance(20)
    assert rest.result(third).order_id == 1
    assert [order.client_order_id for order in rest.exchange.orders.values()].count("a") == 1


def test_a_taken_id_whose_order_cannot_be_looked_up_may_be_ours(live: Stage) -> None:
    live.exchange.accept(limit("a"))
    live.exchange.drain()
    live.rules["/order"] = "lose"
    command = live.begin(PlaceOrder(limit("a")))
    live.advance(10)
    assert isinstance(live.error(command), OutcomeUnknown)
