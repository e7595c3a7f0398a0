"""Cancels: what worked, what came too late, and what nobody knows."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest

from sansio_exchange.commands import (
    Action,
    CancelAllOrders,
    CancelOrder,
    CancelOrders,
    GetOpenOrders,
    GetOrder,
    PlaceOrder,
    PlaceOrders,
)
from sansio_exchange.errors import InvalidRequest, OrderNotFound, OutcomeUnknown
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.orders import OrderStatus
from sansio_exchange.session import order_ledger
from sansio_exchange.session.placing import SEEN_ON_STREAM_WITHIN
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit
from tests.sansio_exchange.session.test_recovery import told


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


@pytest.mark.parametrize("rule", ["lose reply", "lose"])
def test_cancelling_all_succeeds_once_none_of_those_orders_is_open(rest: Stage, rule: str) -> None:
    rest.ask(PlaceOrders((limit("a"), limit("b"))))
    rest.advance(1)
    rest.rules["/cancel_all"] = rule
    command = rest.begin(CancelAllOrders(), timeout=30)
    rest.advance(6)
    if rule == "lose":
        assert command not in rest.answers
        rest.exchange.end(1)
        rest.exchange.end(2)
    rest.ask(PlaceOrder(limit("newer")))
    rest.advance(10)
    assert rest.result(command) is None
    assert rest.sent.count("/cancel_all") == 1
    assert [order.client_order_id for order in rest.ask(GetOpenOrders())] == ["newer"]


@pytest.mark.parametrize("is_told", [True, False])
def test_cancelling_all_names_what_is_known_to_work(rest: Stage, is_told: bool) -> None:
    """Venues that have no such call, or none for all symbols, are asked what works first, and may answer late."""
    if not is_told:
        rest.exchange.goes_silent("private")
    for name, symbol in (("a", "BTCUSDT"), ("b", "ETHUSDT")):
        rest.ask(PlaceOrder(limit(name, symbol=symbol)))
    named: list[Any] = []

    def answer(request: SendHttp) -> HttpReply:
        named.append(msgspec.json.decode(request.body)["params"]["known"])
        return HttpReply(request.request_id, 200, {}, b'{"ok": null}')

    rest.rules["/cancel_all"] = answer
    rest.ask(CancelAllOrders())
    rest.ask(CancelAllOrders("ETHUSDT"))
    assert named == [[["BTCUSDT", 1], ["ETHUSDT", 2]], [["ETHUSDT", 2]]]


@pytest.mark.parametrize("is_told", [True, False])
def test_a_list_that_leaves_out_an_order_which_works_proves_nothing(rest: Stage, is_told: bool) -> None:
    if not is_told:
        rest.exchange.goes_silent("private")
    rest.ask(PlaceOrder(limit("a")))
    rest.advance(1)
    rest.rules |= {
        "/cancel_all": "lose",
        "/open_orders": lambda request: HttpReply(request.request_id, 200, {}, b'{"ok": []}'),
    }
    command = rest.begin(CancelAllOrders(), timeout=8)
    rest.advance(8)
    assert isinstance(rest.error(command), OutcomeUnknown)


def test_cancelling_all_that_left_some_is_unknown(rest: Stage) -> None:
    rest.ask(PlaceOrder(limit("a")))
    rest.advance(1)
    rest.rules["/cancel_all"] = "lose"
    command = rest.begin(CancelAllOrders(), timeout=20)
    rest.advance(20)
    assert isinstance(rest.error(command), OutcomeUnknown)


def test_cancelling_all_that_is_never_answered_is_unknown(rest: Stage) -> None:
    rest.rules["/cancel_all"] = "hold"
    command = rest.begin(CancelAllOrders(), timeout=3)
    rest.advance(3)
    assert isinstance(rest.error(command), OutcomeUnknown)


CANCELS = {
    "by id": CancelOrder("BTCUSDT", order_id=1),
    "by name": CancelOrder("BTCUSDT", client_order_id="a"),
    "among many": CancelOrders("BTCUSDT", (7, 1)),
    "with all": CancelAllOrders("BTCUSDT"),
}


@pytest.mark.parametrize("cancel", CANCELS.values(), ids=CANCELS)
@pytest.mark.parametrize("comes_late", [False, True])
def test_an_end_that_the_stream_does_not_tell_of_is_told_seconds_after_the_venue_has_answered(
    rest: Stage, cancel: Action, *, comes_late: bool
) -> None:
    """It was told when the open orders were compared the next time: after a minute or more."""
    rest.ask(PlaceOrder(limit("a")))
    rest.advance(5)
    rest.exchange.goes_silent("private")
    if comes_late:
        rest.exchange.end(1)
    with suppress(OrderNotFound):
        rest.ask(cancel)
    assert told(rest) == [OrderStatus.NEW]
    rest.advance(SEEN_ON_STREAM_WITHIN + 1)
    assert told(rest) == [OrderStatus.NEW, OrderStatus.CANCELED]


def test_so_is_that_of_an_order_of_which_nothing_was_told() -> None:
    """It worked before this process began, and was cancelled before its first look."""
    stage = Stage(FakeVenue(trade=False), past_is_known=False)
    stage.exchange.accept(limit("of the process before"))
    stage.go_live()
    stage.exchange.goes_silent("private")
    stage.connector._ledger.forget()
    stage.ask(CancelOrders("BTCUSDT", (1,)))
    stage.advance(SEEN_ON_STREAM_WITHIN + 1)
    assert told(stage)[-1] is OrderStatus.CANCELED


@pytest.mark.parametrize("executed", ["0.4", ""])
@pytest.mark.parametrize("cancel", [CancelOrder("BTCUSDT", 1), CancelOrders("BTCUSDT", (1,))])
def test_but_not_where_a_look_shows_that_it_was_cancelled_at_some_time(cancel: Action, executed: str) -> None:
    """Its cancel got no answer."""
    stage = Stage(FakeVenue(trade=False), past_is_known=False)
    stage.exchange.accept(limit("of long ago"))
    if executed:
        stage.exchange.fill(1, executed)
    stage.exchange.end(1)
    stage.advance(3600)
    stage.go_live()
    stage.rules |= {"/cancel": "lose", "/cancel_many": "lose"}
    assert stage.ask(cancel) in (None, (None,))
    stage.advance(2 * SEEN_ON_STREAM_WITHIN)
    assert stage.updates == []
    assert stage.is_live()


def test_nor_is_an_end_of_before_the_session_that_the_venue_acknowledges_once_more() -> None:
    stage = Stage(FakeVenue(trade=False), past_is_known=False)
    stage.exchange.accept(limit("of long ago"))
    stage.exchange.end(1)
    stage.advance(3600)
    stage.go_live()
    stage.rules["/cancel"] = lambda request: HttpReply(request.request_id, 200, {}, b'{"ok": null}')
    stage.ask(CancelOrder("BTCUSDT", 1))
    stage.advance(2 * SEEN_ON_STREAM_WITHIN)
    assert stage.updates == []
    assert stage.connector._ledger.looked_for() == []


def test_nor_is_one_told_again_that_was_told_so_long_ago_that_it_is_forgotten(
    rest: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_ledger, "FINAL_KEPT", 1)
    for name in ("a", "b"):
        rest.ask(CancelOrder("BTCUSDT", rest.ask(PlaceOrder(limit(name))).order_id))
    rest.advance(5)
    rest.rules["/cancel"] = "lose"
    assert rest.ask(CancelOrder("BTCUSDT", 1)) is None
    rest.advance(2 * SEEN_ON_STREAM_WITHIN)
    assert told(rest) == [OrderStatus.NEW, OrderStatus.CANCELED]


def test_so_is_one_that_a_question_has_shown(rest: Stage) -> None:
    rest.ask(PlaceOrder(limit("a")))
    rest.advance(5)
    rest.exchange.goes_silent("private")
    rest.exchange.end(1)
    assert rest.ask(GetOrder("BTCUSDT", 1)).status is OrderStatus.CANCELED
    rest.advance(SEEN_ON_STREAM_WITHIN + 1)
    assert told(rest) == [OrderStatus.NEW, OrderStatus.CANCELED]


def test_what_the_stream_tells_of_in_time_is_not_asked_for(rest: Stage) -> None:
    for number in range(5):
        rest.ask(PlaceOrder(limit(f"a{number}")))
    rest.advance(5)
    rest.ask(CancelAllOrders())
    with pytest.raises(OrderNotFound):
        rest.ask(CancelOrder("BTCUSDT", order_id=1))
    rest.sent.clear()
    rest.advance(2 * SEEN_ON_STREAM_WITHIN)
    assert rest.sent == []


def test_an_order_that_goes_on_working_though_its_end_was_answered_is_asked_for_once(rest: Stage) -> None:
    order = rest.ask(PlaceOrder(limit("a")))
    rest.advance(5)
    rest.rules["/cancel"] = lambda request: HttpReply(request.request_id, 200, {}, b'{"ok": null}')
    rest.ask(CancelOrder("BTCUSDT", order.order_id))
    rest.sent.clear()
    rest.advance(4 * SEEN_ON_STREAM_WITHIN)
    assert rest.sent.count("/open_orders") == 1
    assert told(rest) == [OrderStatus.NEW]
