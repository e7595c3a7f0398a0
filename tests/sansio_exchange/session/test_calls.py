"""Recipes under way: order of leaving, time, and what comes back."""

from collections.abc import Callable
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


@pytest.mark.parametrize(("header", "seconds"), [("30", 30), ("2", 5), ("", 5), ("soon", 5)])
def test_a_refusal_lasts_for_as_long_as_its_header_says_where_that_is_longer(header: str, seconds: int) -> None:
    desk = Desk()
    desk.start(ask("/1", Priority.PLACE))
    refusal = b'{"error":"RateLimited","message":"too many","retry_after":5}'
    desk.calls.on_http_reply(HttpReply(1, 429, {"retry-after": header}, refusal))
    desk.start(ask("/2", Priority.CANCEL))
    desk.left()
    desk.at(seconds - 0.1)
    assert desk.left() == []
    desk.at(seconds)
    assert desk.left() == ["/2"]
    assert desk.done[0].retry_after == seconds


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
