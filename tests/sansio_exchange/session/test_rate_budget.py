"""Never more than the limit in any window, the urgent first, and an honest word on how long to wait."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_exchange.commands import CancelOrder, PlaceOrder, PlaceOrders
from sansio_exchange.errors import RateLimited
from sansio_exchange.machine import HttpReply, SendHttp
from sansio_exchange.session.rate_budget import NOBODY, SHARE, RateBudget
from sansio_exchange.venue import Budget, Priority
from tests.sansio_exchange.session.fake_venue import FakeVenue
from tests.sansio_exchange.session.stage import Stage, limit, places

WEIGHT = Budget("weight", 100, 60.0)


def spend_all(budget: RateBudget, priority: Priority, mono: float, client: str = "anybody") -> int:
    spent = 0
    while budget.wait({"weight": 1}, priority, mono, client, is_fair=False) == 0:
        budget.spend({"weight": 1}, mono, client)
        spent += 1
    return spent


@pytest.mark.parametrize(("priority", "share"), [(Priority.CANCEL, 100), (Priority.PLACE, 95), (Priority.QUERY, 80)])
def test_each_priority_has_its_share(priority: Priority, share: int) -> None:
    assert spend_all(RateBudget([WEIGHT]), priority, 0.0) == share


def test_a_cancel_finds_room_where_queries_find_none() -> None:
    budget = RateBudget([WEIGHT])
    spend_all(budget, Priority.QUERY, 0.0)
    assert budget.wait({"weight": 1}, Priority.QUERY, 0.0, "anybody") == 60.0
    assert budget.wait({"weight": 1}, Priority.PLACE, 0.0) == 0
    spend_all(budget, Priority.PLACE, 0.0)
    assert budget.wait({"weight": 1}, Priority.CANCEL, 0.0) == 0


def spend_of(budget: RateBudget, client: str, priority: Priority = Priority.QUERY, mono: float = 0.0) -> int:
    """As much as `client` finds room for."""
    spent = 0
    while budget.wait({"weight": 1}, priority, mono, client) == 0:
        budget.spend({"weight": 1}, mono, client)
        spent += 1
    return spent


def test_a_client_that_floods_leaves_room_for_others() -> None:
    budget = RateBudget([WEIGHT])
    assert spend_of(budget, "flood") == 70, "seven eighths of what questions may use"
    assert spend_of(budget, "newcomer") == 10
    assert budget.wait({"weight": 1}, Priority.QUERY, 0.0, "flood") == 60.0


def test_every_further_client_finds_room_too() -> None:
    budget = RateBudget([WEIGHT])
    spend_of(budget, "flood")
    for name in "abcde":
        assert budget.wait({"weight": 2}, Priority.QUERY, 0.0, name) == 0
        budget.spend({"weight": 2}, 0.0, name)


def test_a_fair_share_is_what_all_have_who_used_some_and_one_who_may_come() -> None:
    budget = RateBudget([WEIGHT])
    budget.spend({"weight": 20}, 0.0, "a")
    budget.spend({"weight": 20}, 0.0, "b")
    budget.spend({"weight": 30}, 0.0)
    assert budget.wait({"weight": 6}, Priority.QUERY, 0.0, "a") == 0, "26 of 80 is a third"
    assert budget.wait({"weight": 7}, Priority.QUERY, 0.0, "a") > 0
    assert budget.wait({"weight": 1}, Priority.QUERY, 61.0, "a") == 0, "nobody has used any"


def test_a_client_that_floods_with_cancels_leaves_room_for_others_and_for_the_session() -> None:
    budget = RateBudget([WEIGHT])
    assert spend_of(budget, "flood", Priority.CANCEL) == 87
    assert spend_of(budget, NOBODY) == 8
    assert spend_of(budget, "other", Priority.CANCEL) == 5
    budget = RateBudget([WEIGHT])
    assert spend_of(budget, "flood", Priority.CANCEL) == 87
    assert spend_of(budget, "other", Priority.PLACE) == 8


def test_the_session_itself_is_not_held_back_for_others_and_may_ask_as_much_as_others_may_place() -> None:
    budget = RateBudget([WEIGHT])
    assert spend_all(budget, Priority.QUERY, 0.0) == 80
    assert spend_all(budget, Priority.QUERY, 0.0, NOBODY) == 15
    assert spend_all(budget, Priority.CANCEL, 0.0, NOBODY) == 5


def test_shares_survive_new_limits() -> None:
    budget = RateBudget([WEIGHT])
    spend_of(budget, "flood")
    budget.replace([WEIGHT])
    assert budget.wait({"weight": 1}, Priority.QUERY, 0.0, "flood") > 0


def test_a_request_waits_for_the_fullest_of_its_budgets() -> None:
    budget = RateBudget([WEIGHT, Budget("orders", 2, 10.0)])
    budget.spend({"orders": 1, "weight": 1}, 0.0)
    assert budget.wait({"orders": 1, "weight": 1}, Priority.PLACE, 4.0) == 6.0
    assert budget.wait({"weight": 1}, Priority.PLACE, 4.0) == 0
    assert budget.wait({"nobody knows": 9}, Priority.PLACE, 4.0) == 0


def test_what_others_used_counts() -> None:
    budget = RateBudget([WEIGHT])
    budget.spend({"weight": 5}, 0.0)
    budget.observe({"weight": 80, "other": 3}, 1.0)
    assert budget.wait({"weight": 1}, Priority.QUERY, 1.0, "anybody") > 0
    assert budget.wait({"weight": 15}, Priority.PLACE, 1.0) == 0
    budget.observe({"weight": 3}, 1.0)
    assert budget.wait({"weight": 1}, Priority.QUERY, 1.0, "anybody") > 0, "an older count takes nothing back"


def test_a_ban_stops_everything_until_it_is_over() -> None:
    budget = RateBudget([WEIGHT])
    budget.ban(30, 10.0)
    budget.ban(5, 12.0)
    for priority in Priority:
        assert budget.wait({}, priority, 15.0) == 25.0
        assert budget.wait({}, priority, 40.0) == 0


def test_a_ban_from_one_limit_stops_only_what_draws_on_it() -> None:
    """Too many new orders must not keep anybody from cancelling."""
    budget = RateBudget([WEIGHT, Budget("orders", 300, 10.0)])
    budget.ban(10, 0.0, ("orders",))
    assert budget.wait({"weight": 1}, Priority.CANCEL, 1.0) == 0
    assert budget.wait({"orders": 1}, Priority.PLACE, 1.0) == 9.0
    assert budget.wait({"orders": 1}, Priority.PLACE, 10.0) == 0


def test_new_limits_keep_what_was_spent() -> None:
    budget = RateBudget([WEIGHT])
    budget.spend({"weight": 50}, 0.0)
    budget.replace([Budget("weight", 60, 60.0)])
    assert budget.wait({"weight": 10}, Priority.CANCEL, 0.0) == 0
    assert budget.wait({"weight": 11}, Priority.CANCEL, 0.0) > 0


def test_a_request_dearer_than_its_share_goes_when_nothing_else_went() -> None:
    budget = RateBudget([Budget("weight", 10, 60.0)])
    assert budget.wait({"weight": 9}, Priority.QUERY, 0.0) == 0
    budget.spend({"weight": 1}, 0.0)
    assert budget.wait({"weight": 9}, Priority.QUERY, 1.0) == 59.0


STEPS = st.lists(
    st.tuples(st.floats(0, 20, allow_nan=False), st.integers(1, 30), st.sampled_from(Priority)), max_size=60
)


@given(STEPS)
def test_no_window_ever_holds_more_than_the_limit(steps: Sequence[tuple[float, int, Priority]]) -> None:
    budget = RateBudget([WEIGHT])
    mono, left = 0.0, []
    for pause, cost, priority in steps:
        mono += pause
        if budget.wait({"weight": cost}, priority, mono, "anybody", is_fair=False) == 0:
            budget.spend({"weight": cost}, mono, "anybody")
            left.append((mono, cost, priority))
    for end, _, priority in left:
        window = [(at, cost) for at, cost, _ in left if end - 60 < at <= end]
        assert sum(cost for _, cost in window) <= 100
        before = sum(cost for at, cost, _ in left[: left.index((end, _, priority)) + 1] if end - 60 < at <= end)
        assert before <= 100 * SHARE[priority]


@given(STEPS)
def test_after_the_wait_there_is_room_and_a_moment_before_there_is_none(
    steps: Sequence[tuple[float, int, Priority]],
) -> None:
    budget = RateBudget([WEIGHT])
    mono = 0.0
    for pause, cost, priority in steps:
        mono += pause
        wait = budget.wait({"weight": cost}, priority, mono)
        if wait > 1e-3:
            assert budget.wait({"weight": cost}, priority, mono) == wait, "asking changes nothing"
        if wait:
            mono += wait + 1e-6
            assert budget.wait({"weight": cost}, priority, mono) == 0
        budget.spend({"weight": cost}, mono)


# --- what the venue refuses for its limits ----------------------------------------------------------------------------


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
