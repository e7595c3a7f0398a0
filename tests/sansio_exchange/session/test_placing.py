"""Orders whose answer was lost are found out by client order id, never sent again; and which order is the same one."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from sansio_exchange.commands import CancelOrder, GetOrder, PlaceOrder, PlaceOrders
from sansio_exchange.errors import DuplicateClientOrderId, NotConnected, OrderNotFound, OutcomeUnknown, VenueUnavailable
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.orders import NewOrder, Order, OrderStatus, OrderType, Side, TimeInForce
from sansio_exchange.session.placing import is_retry
from tests.sansio_exchange.session.stage import Stage, limit, places

STANDS = Order(
    1,
    "a",
    "BTCUSDT",
    Side.BUY,
    OrderType.LIMIT,
    Decimal("1.0"),
    OrderStatus.FILLED,
    Decimal("100.00"),
    time_in_force=TimeInForce.GTC,
)


def test_the_same_order_is_a_retry_however_its_numbers_are_written() -> None:
    assert is_retry(limit("a"), STANDS)


@pytest.mark.parametrize(
    "other",
    [
        limit("b"),
        limit("a", quantity="2"),
        limit("a", price="99"),
        limit("a", symbol="ETHUSDT"),
        structs.replace(limit("a"), side=Side.SELL),
        structs.replace(limit("a"), type=OrderType.MARKET, price=None),
        structs.replace(limit("a"), time_in_force=TimeInForce.IOC),
        structs.replace(limit("a"), post_only=True),
    ],
)
def test_another_order_is_none(other: NewOrder) -> None:
    assert not is_retry(other, STANDS)


@pytest.mark.parametrize(
    ("same", "told"),
    [
        (structs.replace(limit("a"), time_in_force=TimeInForce.GTC), TimeInForce.GTC),
        (structs.replace(limit("a"), time_in_force=TimeInForce.FOK), TimeInForce.FOK),
        (structs.replace(limit("a"), time_in_force=TimeInForce.GTX), TimeInForce.GTX),
        (structs.replace(limit("a"), time_in_force=TimeInForce.GTC, post_only=True), TimeInForce.GTX),
        (structs.replace(limit("a"), time_in_force=TimeInForce.IOC), TimeInForce.UNSPECIFIED),
    ],
)
def test_how_long_an_order_is_to_work_may_be_said_in_several_ways_or_not_at_all(
    same: NewOrder, told: TimeInForce
) -> None:
    assert is_retry(same, structs.replace(STANDS, time_in_force=told))


@pytest.mark.parametrize("told", TimeInForce)
def test_how_long_a_market_order_works_says_nothing(told: TimeInForce) -> None:
    order = structs.replace(limit("a"), type=OrderType.MARKET, price=None, time_in_force=TimeInForce.FOK)
    assert is_retry(order, structs.replace(STANDS, type=OrderType.MARKET, price=Decimal(0), time_in_force=told))


def test_the_same_id_for_another_time_in_force_is_refused(live: Stage) -> None:
    live.ask(PlaceOrder(limit("a")))
    with pytest.raises(DuplicateClientOrderId):
        live.ask(PlaceOrder(structs.replace(limit("a"), time_in_force=TimeInForce.IOC)))


# --- an answer that was lost ------------------------------------------------------------------------------------------


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


NONSENSE = [b"<html>", b'{"ok": {"order_id": "NaN"}}']
"""The second is what the venue's own recipe did not foresee."""


def garble(stage: Stage, path: str, body: bytes, act: Callable[[], object]) -> None:
    """The venue does what it is asked for there, and answers nonsense."""

    def answer(request: SendHttp) -> HttpReply:
        act()
        return HttpReply(request.request_id, 200, {}, body)

    stage.rules[path] = answer


@pytest.mark.parametrize("body", NONSENSE)
def test_a_reply_that_cannot_be_read_is_a_lost_reply(rest: Stage, body: bytes) -> None:
    garble(rest, "/place", body, lambda: rest.exchange.accept(limit("a")))
    command = rest.begin(PlaceOrder(limit("a")))
    rest.advance(0.2)
    assert rest.result(command).order_id == 1
    assert places(rest) == 1


@pytest.mark.parametrize("body", NONSENSE)
def test_so_it_is_of_a_batch(rest: Stage, body: bytes) -> None:
    garble(rest, "/place_many", body, lambda: rest.exchange.accept(limit("a")))
    command = rest.begin(PlaceOrders((limit("a"), limit("b"))), timeout=20)
    rest.advance(20)
    found, refused = rest.result(command)
    assert found.order_id == 1
    assert isinstance(refused, VenueUnavailable)
    assert places(rest) == 1


@pytest.mark.parametrize("body", NONSENSE)
def test_so_it_is_of_a_cancel(rest: Stage, body: bytes) -> None:
    order = rest.ask(PlaceOrder(limit("a")))
    garble(rest, "/cancel", body, lambda: rest.exchange.end(order.order_id))
    command = rest.begin(CancelOrder("BTCUSDT", order.order_id))
    rest.advance(0.2)
    assert rest.result(command) is None


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


def test_that_an_order_was_not_placed_says_nothing_of_one_that_is_being_placed_anew(rest: Stage) -> None:
    """Two may be finding out what became of the first."""
    placing, ledger = rest.connector._placing, rest.connector._ledger
    question = ledger.unresolved(limit("a"), believe_after=-1.0)
    asking = placing._find_out(question, OutcomeUnknown("lost", client_order_id="a"))
    next(asking)
    ledger.not_placed("a")
    ledger.ask(limit("a"), ms=1)
    with pytest.raises(VenueUnavailable):
        asking.throw(OrderNotFound("no such order"))
    assert ledger.may_come("a")


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


def test_a_lost_order_is_found_though_another_program_amended_it(rest: Stage) -> None:
    rest.exchange.goes_silent("private")
    rest.rules |= {"/place": "lose reply", "/order": "hold"}
    command = rest.begin(PlaceOrder(limit("a")))
    rest.exchange.orders[1] = structs.replace(rest.exchange.orders[1], price=Decimal(99), quantity=Decimal(2))
    rest.rules.clear()
    rest.release()
    rest.advance(1)
    assert (rest.result(command).order_id, rest.result(command).price) == (1, Decimal(99))


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
    rest.rules.clear()
    assert rest.ask(PlaceOrder(limit("a"))).order_id == 2, "nor is it for who asks again"


@pytest.mark.parametrize("is_counted", [False, True])
def test_an_order_that_was_sent_before_a_long_sleep_is_no_older_one(rest: Stage, is_counted: bool) -> None:
    rest.exchange.goes_silent("private")
    rest.rules["/place"] = "hold reply"
    rest.begin(PlaceOrder(limit("a")))
    rest.exchange.end(1, OrderStatus.CANCELED)
    rest.sleep(3600, is_counted=is_counted)
    rest.lose_held()
    rest.rules.clear()
    rest.cut("private")
    rest.advance(60)
    assert [update.order.status for update in rest.updates] == [OrderStatus.NEW, OrderStatus.CANCELED]
    assert rest.ask(PlaceOrder(limit("a"))).order_id == 1
    assert places(rest) == 1


def test_an_order_of_the_same_id_in_another_symbol_is_not_the_lost_one(rest: Stage) -> None:
    rest.rules["/place"] = "lose"
    command = rest.begin(PlaceOrder(limit("a")), timeout=40)
    rest.exchange.accept(limit("a", symbol="ETHUSDT", price="50"))
    rest.settle()
    rest.advance(40)
    assert isinstance(rest.error(command), VenueUnavailable)


def test_nor_does_it_end_the_search_for_it(rest: Stage) -> None:
    rest.exchange.goes_silent("private")
    rest.rules |= {"/place": "lose reply", "/order": "lose"}
    rest.begin(PlaceOrder(limit("a")))
    rest.exchange.end(1)
    rest.cut("private")
    rest.advance(5)
    rest.exchange.accept(limit("a", symbol="ETHUSDT", price="50"))
    rest.settle()
    rest.rules.clear()
    rest.advance(60)
    assert [update.order.status for update in rest.updates if update.order.symbol == "BTCUSDT"] == [
        OrderStatus.NEW,
        OrderStatus.CANCELED,
    ]


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


def test_that_there_is_no_such_order_is_not_said_of_one_that_may_still_arrive(rest: Stage) -> None:
    rest.rules["/place"] = "hold"
    placing = rest.begin(PlaceOrder(limit("a")), timeout=3)
    rest.advance(3)
    assert isinstance(rest.error(placing), OutcomeUnknown)
    for action in (GetOrder("BTCUSDT", client_order_id="a"), CancelOrder("BTCUSDT", client_order_id="a")):
        command = rest.begin(action)
        rest.advance(1)
        assert isinstance(rest.error(command), OutcomeUnknown)
    rest.release()
    rest.advance(1)
    rest.ask(CancelOrder("BTCUSDT", client_order_id="a"))
    assert rest.exchange.orders[1].status is OrderStatus.CANCELED


@pytest.mark.parametrize("by", ["order id", "client order id"])
@pytest.mark.parametrize("told", [True, False])
def test_nor_is_it_said_of_one_that_was_accepted(rest: Stage, by: str, told: bool) -> None:
    """Lists lag behind the matching engine."""
    if not told:
        rest.exchange.goes_silent("private")
    placed = rest.ask(PlaceOrder(limit("a")))
    del rest.exchange.orders[1]
    asked = GetOrder("BTCUSDT", 1) if by == "order id" else GetOrder("BTCUSDT", 0, "a")
    assert rest.ask(asked) == placed
    with pytest.raises(OrderNotFound):
        rest.ask(structs.replace(asked, symbol="ETHUSDT"))


def test_what_became_of_one_that_the_venue_has_forgotten_is_not_made_up_while_nobody_listens(rest: Stage) -> None:
    rest.ask(PlaceOrder(limit("a")))
    rest.rules["private"] = "refuse"
    rest.cut("private")
    del rest.exchange.orders[1]
    with pytest.raises(OutcomeUnknown):
        rest.ask(GetOrder("BTCUSDT", 1))


def test_that_there_is_no_such_order_is_said_of_one_that_was_never_sent(rest: Stage) -> None:
    for action in (GetOrder("BTCUSDT", client_order_id="a"), CancelOrder("BTCUSDT", client_order_id="a")):
        with pytest.raises(OrderNotFound):
            rest.ask(action)
