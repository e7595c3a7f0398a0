"""Recipes under way: order of leaving, time, and what comes back."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sansio_exchange.clock import Now
from sansio_exchange.errors import (
    OF_REQUEST,
    DeadlineExceeded,
    ExchangeError,
    NotConnected,
    OutcomeUnknown,
    RateLimited,
    UnexpectedReply,
)
from sansio_exchange.machine import HttpFailed, HttpReply, SendHttp, SendText
from sansio_exchange.session.calls import LONGEST_REPLY, REFUSALS_WAITED_OUT, Calls
from sansio_exchange.session.rate_budget import RateBudget
from sansio_exchange.session.run import Run
from sansio_exchange.session.venue_clock import VenueClock
from sansio_exchange.venue import EVERYTHING, Budget, Priority, Recipe, Request, Sleep, Together, WsReply
from tests.sansio_exchange.session.fake_venue import CREDENTIALS, FakeVenue

OK = b'{"ok":1}'


class Desk:
    """Calls with a clock of its own, and what became of each recipe."""

    def __init__(self, limit: int = 100, *others: Budget) -> None:
        budgets = [Budget("weight", limit, 60), *others]
        self.calls = Calls(FakeVenue(), CREDENTIALS, RateBudget(budgets), VenueClock())
        self.done: list[Any] = []

    def start(self, recipe: Recipe[Any], deadline: float = 100.0, client: str = "") -> Run:
        def done(result: Any, error: ExchangeError | None) -> None:
            self.done.append(result if error is None else error)

        return self.calls.start(recipe, done, deadline=deadline, client=client)

    def at(self, mono: float) -> None:
        self.calls.now = Now(mono, int(mono * 1000))
        self.calls.tick()

    def left(self) -> list[str]:
        """Paths of what left since the last look."""
        out, self.calls.out = self.calls.out, []
        return [each.url.removeprefix("http://fake") for each in out if isinstance(each, SendHttp)]

    def reply(self, number: int, body: bytes = OK) -> None:
        self.calls.on_http_reply(HttpReply(number, 200, {}, body))


def ask(
    path: str, priority: Priority = Priority.QUERY, cost: int = 1, ws_method: str = "", budget: str = "weight"
) -> Recipe[bytes]:
    body: bytes = yield Request("GET", path, costs={budget: cost}, priority=priority, ws_method=ws_method)
    return body


def test_a_recipe_gets_the_body_of_its_reply() -> None:
    desk = Desk()
    desk.start(ask("/a"))
    assert desk.left() == ["/a"]
    desk.reply(1)
    desk.reply(1)
    assert desk.done == [b"1"]
    assert desk.calls.pending() == 0


def test_requests_side_by_side_never_raise() -> None:
    def recipe() -> Recipe[Any]:
        return (yield (Request("GET", "/a"), Request("GET", "/b"), Request("GET", "/c")))

    desk = Desk()
    desk.start(recipe())
    assert desk.left() == ["/a", "/b", "/c"]
    desk.reply(3)
    desk.reply(1, b'{"error":"OrderNotFound"}')
    desk.calls.on_http_failed(HttpFailed(2, False, "refused"))
    assert [type(each).__name__ for each in desk.done[0]] == ["OrderNotFound", "NotConnected", "bytes"]


def test_who_sleeps_for_no_time_goes_on_at_once() -> None:
    """A reply that is given up within a Tick may lead to that, and then the deadline must lie behind the Tick."""

    def recipe() -> Recipe[Any]:
        yield Sleep(0.0)
        return (yield Request("GET", "/a"))

    desk = Desk()
    desk.at(5.0)
    desk.start(recipe())
    assert desk.calls.deadline() is None
    assert desk.left() == ["/a"]


def test_recipes_side_by_side_wait_for_the_slowest() -> None:
    def slow() -> Recipe[str]:
        yield Sleep(5)
        return "slow"

    def recipe() -> Recipe[Any]:
        empty = yield Together(())
        return empty, (yield Together((slow(), ask("/a"))))

    desk = Desk()
    desk.start(recipe())
    desk.reply(1)
    desk.at(4.9)
    assert desk.done == []
    assert desk.calls.deadline() == 5.0
    desk.at(5.0)
    assert desk.done == [([], ["slow", b"1"])]


def test_a_nonsense_reply_ends_the_recipe_not_the_process() -> None:
    def recipe() -> Recipe[Any]:
        body = yield Request("GET", "/a")
        return {}[body]

    desk = Desk()
    desk.start(recipe())
    desk.reply(1)
    assert isinstance(desk.done[0], UnexpectedReply)


@pytest.mark.parametrize(
    ("priority", "maybe_sent", "error"),
    [
        (Priority.QUERY, True, NotConnected),
        (Priority.QUERY, False, NotConnected),
        (Priority.PLACE, True, OutcomeUnknown),
        (Priority.PLACE, False, NotConnected),
        (Priority.CANCEL, True, OutcomeUnknown),
    ],
)
def test_no_reply_means_what_the_request_was(priority: Priority, maybe_sent: bool, error: type[ExchangeError]) -> None:
    desk = Desk()
    desk.start(ask("/a", priority))
    desk.calls.on_http_failed(HttpFailed(1, maybe_sent, "reset"))
    assert isinstance(desk.done[0], error)


def test_the_urgent_leave_first_and_within_one_priority_nobody_overtakes() -> None:
    desk = Desk(limit=10)
    desk.start(ask("/full", Priority.CANCEL, cost=10))
    for path, priority, cost in (
        ("/q1", Priority.QUERY, 5),
        ("/q2", Priority.QUERY, 1),
        ("/p1", Priority.PLACE, 1),
        ("/c1", Priority.CANCEL, 1),
    ):
        desk.start(ask(path, priority, cost))
    assert desk.left() == ["/full"]
    assert desk.calls.deadline() == 60.0
    desk.at(60.0)
    assert desk.left() == ["/c1", "/p1", "/q1", "/q2"]


def test_nobody_waits_for_a_budget_that_is_not_his() -> None:
    """Many venues limit each instrument or endpoint by itself."""
    desk = Desk()
    desk.start(ask("/1", cost=80))
    desk.start(ask("/2", cost=40), deadline=80.0)
    desk.start(ask("/3", budget="other"))
    desk.start(ask("/4", cost=1), deadline=80.0)
    assert desk.left() == ["/1", "/3"]
    desk.at(60.0)
    assert desk.left() == ["/2", "/4"]


def test_clients_that_wait_for_the_same_budget_take_turns() -> None:
    desk = Desk(limit=4)
    for number in range(9):
        desk.start(ask(f"/flood{number}"), client="flood")
    desk.start(ask("/one"), client="other")
    desk.start(ask("/two"), client="other")
    assert desk.left() == ["/flood0", "/flood1", "/one"], "three of four are for questions, one of them for who comes"
    desk.at(61)
    assert desk.left() == ["/flood2", "/two"]


def test_what_the_session_asks_goes_before_what_clients_ask() -> None:
    desk = Desk(limit=10)
    desk.start(ask("/full", Priority.CANCEL, cost=10), client="a")
    for number in range(4):
        desk.start(ask(f"/a{number}"), client="a")
        desk.start(ask(f"/b{number}"), client="b")
    for number in range(3):
        desk.start(ask(f"/own{number}"))
    assert desk.left() == ["/full"]
    desk.at(60.0)
    assert desk.left()[:5] == ["/own0", "/own1", "/own2", "/a0", "/b0"]


def draw(path: str, priority: Priority, **costs: int) -> Recipe[bytes]:
    """A request that draws on several budgets."""
    body: bytes = yield Request("POST", path, costs=costs, priority=priority)
    return body


def test_a_cancel_that_needs_much_is_not_overtaken_by_orders_that_need_little() -> None:
    desk = Desk()
    for number in range(90):
        desk.at(number / 10)
        desk.start(draw(f"/p{number}", Priority.PLACE, weight=1), client="flood")
    assert len(desk.left()) == 83, "seven eighths of what orders may use"
    desk.start(draw("/cancel", Priority.CANCEL, weight=20), client="careful")
    desk.start(draw("/other", Priority.PLACE, weight=1), client="other")
    assert desk.left() == []
    for tenths in range(599, 604):
        desk.at(tenths / 10)
    assert desk.left() == ["/cancel"], "as soon as four orders are a minute old"
    assert desk.calls.held_back


def test_a_client_does_not_overtake_its_own_cancel_whatever_it_has_used() -> None:
    desk = Desk()
    desk.start(draw("/p", Priority.PLACE, weight=40), client="a")
    desk.start(draw("/q", Priority.PLACE, weight=40), client="b")
    desk.start(draw("/cancel", Priority.CANCEL, weight=21), client="a")
    desk.start(draw("/p1", Priority.PLACE, weight=1), client="a")
    assert desk.left() == ["/p", "/q"]
    desk.at(60.0)
    assert desk.left() == ["/cancel", "/p1"]


def test_who_waits_for_a_cancel_goes_when_nobody_wants_that_any_more() -> None:
    desk = Desk()
    desk.start(draw("/p", Priority.PLACE, weight=83), client="flood")
    run = desk.start(draw("/cancel", Priority.CANCEL, weight=20), client="careful")
    desk.start(draw("/order", Priority.PLACE, weight=1), client="other")
    run.drop()
    desk.at(1.0)
    assert desk.left() == ["/p", "/order"]


def test_who_waits_for_a_cancel_in_vain_hears_of_it_at_the_deadline() -> None:
    desk = Desk()
    desk.start(draw("/p", Priority.PLACE, weight=83), client="flood")
    desk.start(draw("/cancel", Priority.CANCEL, weight=20), client="careful")
    desk.start(draw("/order", Priority.PLACE, weight=1), client="other", deadline=5.0)
    desk.at(1.0)
    assert desk.calls.deadline() == 5.0
    desk.at(5.0)
    assert isinstance(desk.done[0], DeadlineExceeded)


@pytest.mark.parametrize("client", ["other", ""])
def test_a_client_that_floods_with_cancels_holds_back_neither_other_orders_nor_what_the_session_asks(
    client: str,
) -> None:
    desk = Desk()
    for number in range(5):
        desk.start(draw(f"/c{number}", Priority.CANCEL, weight=20), client="flood")
    assert desk.left() == ["/c0", "/c1", "/c2", "/c3"]
    desk.start(draw("/own", Priority.QUERY if client == "" else Priority.PLACE, weight=5), client=client)
    assert desk.left() == ["/own"]


def test_a_cancel_goes_before_the_order_of_somebody_who_has_used_less() -> None:
    desk = Desk()
    for name in "abcde":
        desk.start(draw(f"/{name}", Priority.PLACE, weight=15), client=name)
    desk.start(draw("/cancel", Priority.CANCEL, weight=20), client="f")
    desk.start(draw("/new", Priority.PLACE, weight=8), client="new")
    assert desk.left() == ["/a", "/b", "/c", "/d", "/e"]
    desk.at(60.0)
    assert desk.left() == ["/cancel", "/new"]


def test_a_cancel_holds_back_only_what_draws_on_a_budget_that_it_lacks() -> None:
    desk = Desk(100, Budget("cancels", 10, 60))
    desk.start(draw("/cancel", Priority.CANCEL, weight=10, cancels=10), client="a")
    desk.start(draw("/waits", Priority.CANCEL, weight=10, cancels=10), client="a")
    desk.start(draw("/order", Priority.PLACE, weight=1), client="a")
    desk.start(draw("/question", Priority.QUERY, weight=1), client="a")
    assert desk.left() == ["/cancel", "/order", "/question"]


def test_a_cancel_that_waits_for_the_end_of_a_ban_holds_back_nothing_until_then() -> None:
    desk = Desk(100, Budget("cancels", 100, 60))
    desk.start(draw("/p", Priority.PLACE, weight=85), client="flood")
    desk.calls.ban(30.0, ("cancels",))
    desk.start(draw("/cancel", Priority.CANCEL, weight=20, cancels=20), client="careful")
    desk.start(draw("/order", Priority.PLACE, weight=1), client="careful")
    assert desk.left() == ["/p", "/order"]
    desk.at(30.0)
    desk.start(draw("/late", Priority.PLACE, weight=1), client="other")
    assert desk.left() == []
    desk.at(60.0)
    assert desk.left() == ["/cancel", "/late"]


def test_a_request_overtakes_none_of_the_same_client() -> None:
    desk = Desk(limit=4)
    for number in range(3):
        desk.start(ask(f"/a{number}", cost=2), client="a", deadline=200)
    desk.start(ask("/a3"), client="a", deadline=200)
    desk.at(61)
    desk.at(122)
    assert desk.left() == ["/a0", "/a1", "/a2"]


def test_room_that_is_asked_for_is_waited_for_and_taken() -> None:
    desk = Desk(limit=2)
    went: list[str] = []
    for name in ("a", "b", "c"):
        desk.calls.when_room({"weight": 1}, lambda: True, partial(went.append, name))
    assert went == ["a", "b"]
    desk.at(59.9)
    assert went == ["a", "b"]
    desk.at(60.0)
    assert went == ["a", "b", "c"]


def test_room_that_nobody_wants_any_more_is_not_taken_and_not_waited_for() -> None:
    desk = Desk(limit=1)
    went: list[str] = []
    wanted = {"a": True, "b": True, "c": True}
    for name in wanted:
        desk.calls.when_room({"weight": 1}, partial(wanted.__getitem__, name), partial(went.append, name))
    wanted["b"] = False
    desk.at(59.9)
    assert len(desk.calls._timers) == 1
    desk.at(60.0)
    assert went == ["a", "c"]


def test_what_finds_no_room_before_its_deadline_fails_at_once() -> None:
    desk = Desk(limit=10)
    desk.start(ask("/full", Priority.CANCEL, cost=10))
    desk.start(ask("/late"), deadline=59.0)
    assert isinstance(desk.done[0], RateLimited)
    assert desk.done[0].retry_after == 60.0


def test_what_waits_in_vain_fails_at_its_deadline() -> None:
    desk = Desk(limit=10)
    desk.start(ask("/full", Priority.CANCEL, cost=10))
    desk.start(ask("/heavy", cost=8))
    desk.start(ask("/behind", cost=8), deadline=70.0)
    desk.at(60.0)
    assert desk.left() == ["/full", "/heavy"]
    desk.at(70.0)
    assert isinstance(desk.done[0], DeadlineExceeded)
    assert desk.left() == []


@pytest.mark.parametrize(
    ("budgets", "room_for"),
    [((), set()), (OF_REQUEST, {"orders"}), (("orders",), {"weight"}), (("weight", "orders"), set())],
)
def test_a_refusal_for_the_rate_limit_holds_back_what_it_concerns(budgets: tuple[str, ...], room_for: set[str]) -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    desk.start(ask("/a", ws_method="a"))
    desk.calls.on_frame_reply("trade#1", WsReply("1", error=RateLimited("too many", retry_after=5.0, budgets=budgets)))
    for name in ("weight", "orders"):
        desk.start(ask(f"/{name}", Priority.CANCEL, budget=name))
    assert {path.removeprefix("/") for path in desk.left()} == room_for


def test_a_refusal_of_a_request_without_a_limit_of_its_own_holds_back_whatever_draws_on_the_same() -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    desk.start(ask("/a", ws_method="a", budget=EVERYTHING))
    refusal = RateLimited("too many", retry_after=5.0, budgets=OF_REQUEST)
    desk.calls.on_frame_reply("trade#1", WsReply("1", error=refusal))
    for name in (EVERYTHING, "orders"):
        desk.start(ask(f"/{name}", Priority.CANCEL, budget=name))
    assert desk.left() == ["/orders"]


def test_who_waits_for_room_for_an_instant_is_woken_when_there_is_some() -> None:
    """A Tick before the deadline does nothing, so the deadline must not lie behind the moment."""
    desk = Desk(limit=10)
    desk.start(ask("/full", Priority.CANCEL, cost=10))
    desk.at(59.9996)
    desk.start(ask("/waiting", Priority.CANCEL))
    assert desk.calls.deadline() == pytest.approx(60.0, abs=1e-5)


REFUSED = RateLimited("too many", retry_after=5.0, budgets=OF_REQUEST)


def test_what_the_session_itself_asks_waits_where_it_was_one_too_many() -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    desk.start(ask("/a", ws_method="a"))
    desk.calls.on_frame_reply("trade#1", WsReply("1", error=REFUSED))
    assert len(desk.done) == 0
    desk.calls.out.clear()
    desk.at(4.9)
    assert desk.calls.out == []
    desk.at(5.0)
    assert len(desk.calls.out) == 1
    desk.calls.on_frame_reply("trade#1", WsReply("2", b"1"))
    assert desk.done == [b"1"]


def test_but_not_for_ever() -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    desk.start(ask("/a", ws_method="a"))
    for number in range(REFUSALS_WAITED_OUT + 1):
        assert len(desk.done) == 0
        desk.calls.on_frame_reply("trade#1", WsReply(str(number + 1), error=REFUSED))
        desk.at(5.0 * (number + 1))
    assert desk.done == [REFUSED]


@pytest.mark.parametrize(("client", "priority"), [("somebody", Priority.QUERY), ("", Priority.PLACE)])
def test_any_other_request_is_told_at_once_that_it_was_one_too_many(client: str, priority: Priority) -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    desk.start(ask("/a", priority, ws_method="a"), client=client)
    desk.calls.on_frame_reply("trade#1", WsReply("1", error=REFUSED))
    assert desk.done == [REFUSED]


def test_where_nobody_knows_how_long_to_wait_the_session_does_not_ask_again() -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")

    def free() -> Recipe[Any]:
        return (yield Request("GET", "/a", ws_method="a"))

    desk.start(free())
    desk.calls.on_frame_reply("trade#1", WsReply("1", error=REFUSED))
    assert desk.done == [REFUSED]


def test_a_refused_row_of_a_batch_names_no_request() -> None:
    desk = Desk()
    desk.calls.limited(RateLimited("too many", retry_after=5.0, budgets=OF_REQUEST))
    desk.start(ask("/a"))
    assert desk.left() == ["/a"]


def test_a_dropped_run_sends_nothing_more_and_hears_nothing() -> None:
    desk = Desk(limit=10)
    desk.start(ask("/full", Priority.CANCEL, cost=10))
    run = desk.start(ask("/waiting"))
    run.drop()
    desk.at(60.0)
    assert desk.left() == ["/full"]
    assert len(desk.done) == 0
    assert desk.calls.pending() == 1


def test_a_run_that_was_let_go_may_ask_but_changes_nothing_more() -> None:
    def recipe() -> Recipe[list[Any]]:
        yield from ask("/place", Priority.PLACE)
        found = yield from ask("/order")
        again = yield (Request("POST", "/place", priority=Priority.PLACE),)
        return [found, *again]

    desk = Desk()
    run = desk.start(recipe(), deadline=10.0)
    run.let_go(1.0)
    desk.at(20.0)
    desk.reply(1)
    desk.reply(2)
    assert desk.left() == ["/place", "/order"]
    assert desk.done[0][0] == b"1"
    assert isinstance(desk.done[0][1], DeadlineExceeded)


def test_a_frame_without_answer_ends_after_a_while_and_its_timer_with_its_answer() -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    desk.start(ask("/place", Priority.PLACE, ws_method="place"))
    desk.start(ask("/place", Priority.PLACE, ws_method="place"))
    assert [each.conn for each in desk.calls.out if isinstance(each, SendText)] == ["trade#1"] * 2
    assert desk.calls.on_frame_reply("trade#1", WsReply("1", b"1"))
    assert not desk.calls.on_frame_reply("trade#1", WsReply("1", b"1"))
    assert desk.calls.deadline() == LONGEST_REPLY
    desk.at(LONGEST_REPLY)
    assert desk.done[0] == b"1"
    assert isinstance(desk.done[1], OutcomeUnknown)
    assert desk.calls.deadline() is None


def test_frames_of_a_lost_socket_are_unknown() -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    desk.start(ask("/place", Priority.PLACE, ws_method="place"))
    desk.calls.on_trade_conn_lost("trade#1", "reset")
    assert isinstance(desk.done[0], OutcomeUnknown)
    desk.start(ask("/place", Priority.PLACE, ws_method="place"))
    assert desk.left() == ["/place"]


@pytest.mark.parametrize(
    ("frame_id", "budgets", "room_for"),
    [
        ("1", (), set()),
        ("1", OF_REQUEST, {"orders"}),
        ("1", ("orders",), {"weight"}),
        ("", (), set()),
        ("", OF_REQUEST, set()),
    ],
)
def test_a_refusal_for_the_rate_limit_counts_when_nobody_waits_for_it_any_more(
    frame_id: str, budgets: tuple[str, ...], room_for: set[str]
) -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    desk.start(ask("/a", ws_method="a"), deadline=1.0)
    desk.at(0.6)
    assert isinstance(desk.done[0], NotConnected), "given up"
    refusal = RateLimited("too many", retry_after=5.0, budgets=budgets)
    assert not desk.calls.on_frame_reply("trade#1", WsReply(frame_id, error=refusal))
    for name in ("weight", "orders"):
        desk.start(ask(f"/{name}", Priority.CANCEL, budget=name))
    assert {path.removeprefix("/") for path in desk.left()} == room_for


def test_a_refusal_that_is_told_twice_concerns_what_it_concerned() -> None:
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    desk.start(ask("/a", ws_method="a", budget="orders"))
    refusal = WsReply("1", error=RateLimited("too many", retry_after=5.0, budgets=OF_REQUEST))
    assert desk.calls.on_frame_reply("trade#1", refusal)
    assert not desk.calls.on_frame_reply("trade#1", refusal)
    for name in ("weight", "orders"):
        desk.start(ask(f"/{name}", Priority.CANCEL, budget=name))
    assert desk.left() == ["/weight"]


def test_a_frame_that_was_given_up_early_says_nothing_of_the_socket_before_it_had_its_time() -> None:
    """One hasty client must not cost all others the socket, nor must all of them be hasty to keep a dead one."""
    desk = Desk()
    desk.calls.on_trade_conn("trade#1")
    for _ in range(3):
        desk.start(ask("/place", Priority.PLACE, ws_method="place"), deadline=1.0)
    desk.at(0.6)
    assert desk.calls.pending() == 0
    assert desk.calls.frames_unanswered == 0
    assert not desk.calls.on_frame_reply("trade#1", WsReply("2", b"1"))
    desk.at(LONGEST_REPLY)
    assert desk.calls.frames_unanswered == 2


def placing_two(conn: str) -> Desk:
    """Two placements have left over that socket."""
    desk = Desk()
    desk.calls.on_trade_conn(conn)
    for _ in range(2):
        desk.start(ask("/place", Priority.PLACE, ws_method="place"))
    return desk


def test_what_a_socket_answers_late_is_an_answer_and_what_another_answers_is_none() -> None:
    desk = placing_two("trade#2")
    desk.at(LONGEST_REPLY)
    assert not desk.calls.on_frame_reply("trade#1", WsReply("9", b"1"))
    assert desk.calls.frames_unanswered == 2
    assert not desk.calls.on_frame_reply("trade#2", WsReply("1", b"1"))
    assert desk.calls.frames_unanswered == 0


def test_what_a_socket_left_unanswered_says_nothing_of_the_next() -> None:
    desk = placing_two("trade#1")
    desk.at(1.0)
    desk.start(ask("/place", Priority.PLACE, ws_method="place"))
    desk.at(LONGEST_REPLY)
    assert desk.calls.frames_unanswered == 2
    desk.calls.on_trade_conn("trade#2")
    desk.at(LONGEST_REPLY + 1.0)
    assert desk.calls.pending() == 0
    assert desk.calls.frames_unanswered == 0


def test_cancelled_timers_take_no_room() -> None:
    desk = Desk()
    rung: list[int] = []
    act: Callable[[], None] = lambda: rung.append(1)  # noqa: E731 - one action for many timers
    timers = [desk.calls.at(1e9, act) for _ in range(1000)]
    last = desk.calls.at(2e9, act)
    for timer in timers:
        desk.calls.cancel(timer)
        desk.calls.cancel(timer)
    assert len(desk.calls._timers) <= 2
    assert desk.calls.deadline() == 2e9
    desk.at(3e9)
    desk.calls.cancel(last)
    assert rung == [1]


def test_the_clock_is_measured_from_when_the_question_left() -> None:
    desk = Desk(limit=10)
    desk.start(ask("/full", Priority.CANCEL, cost=10))
    desk.start(desk.calls.measure_clock())
    desk.at(60.0)
    desk.calls.now = Now(60.5, 0)
    desk.reply(2, b'{"ok":1000000}')
    assert desk.calls._clock.ms(Now(60.5, 0)) == 1_000_250


def test_a_limit_that_a_reply_told_holds_from_then_on() -> None:
    desk = Desk(limit=100)
    venue = desk.calls._venue
    venue.used = lambda reply: {"weight": 1}  # type: ignore[method-assign]  # what the venue tells by the way
    venue.budgets = lambda: (Budget("weight", 2, 60),)  # type: ignore[method-assign]  # as above
    desk.start(ask("/a"))
    desk.reply(1)
    desk.start(ask("/b"))
    desk.start(ask("/c", priority=Priority.CANCEL))
    assert desk.left() == ["/a", "/c"], "of two a question may use one"


@pytest.mark.parametrize("cost", [5, 9, 10])
def test_a_large_request_is_not_starved_by_a_flood_of_small_ones_of_others(cost: int) -> None:
    desk = Desk(limit=12)
    left: list[str] = []
    for number in range(400):
        desk.at(float(number))
        desk.start(ask(f"/small{number}", Priority.PLACE), deadline=number + 30.0, client="flood")
        if number == 20:
            desk.start(ask("/large", Priority.PLACE, cost), deadline=400.0, client="calm")
        left += desk.left()
    assert "/large" in left


def test_whoever_has_had_a_fair_share_holds_nobody_up() -> None:
    desk = Desk(limit=20)
    for number in range(30):
        desk.start(ask(f"/flood{number}"), client="flood")
    desk.left()
    desk.start(ask("/one"), client="other")
    assert desk.left() == ["/one"], "there is room that the flood must not take"
