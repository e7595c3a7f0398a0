"""Requests that wait for room: who goes first, who holds whom back, and what becomes of those that wait in vain."""

from functools import partial

import pytest

from sansio_exchange.errors import DeadlineExceeded, RateLimited
from sansio_exchange.venue import Budget, Priority, Recipe, Request
from tests.sansio_exchange.session.test_calls import Desk, ask


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


def test_who_waits_for_room_for_an_instant_is_woken_when_there_is_some() -> None:
    """A Tick before the deadline does nothing, so the deadline must not lie behind the moment."""
    desk = Desk(limit=10)
    desk.start(ask("/full", Priority.CANCEL, cost=10))
    desk.at(59.9996)
    desk.start(ask("/waiting", Priority.CANCEL))
    assert desk.calls.deadline() == pytest.approx(60.0, abs=1e-5)


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
