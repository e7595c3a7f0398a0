"""Rate budgets."""

from sansio_exchange.gate.limits import BUDGETS, CANCELLING, PLACING, cancelling, one, placing
from sansio_exchange.session.rate_budget import RateBudget
from sansio_exchange.venue import EVERYTHING, Priority


def test_orders_have_a_hundred_a_second_and_endpoints_two_hundred_in_ten() -> None:
    by_name = {budget.name: (budget.limit, budget.window) for budget in BUDGETS}
    assert len(by_name) == len(BUDGETS)
    assert by_name.pop(EVERYTHING) == (100, 1.0), "the socket's, of placing and cancelling together"
    assert by_name.pop(PLACING) == (100, 1.0)
    assert by_name.pop(CANCELLING) == (200, 1.0)
    assert set(by_name.values()) == {(200, 10.0)}


def test_each_order_of_a_batch_counts() -> None:
    assert placing(10) == {PLACING: 10, EVERYTHING: 10}
    assert cancelling(20) == {CANCELLING: 20, EVERYTHING: 20}
    assert one("accounts") == {"accounts": 1}


def test_a_cancel_does_not_wait_because_placements_were_too_many() -> None:
    assert placing(1).keys() & cancelling(1).keys() == {EVERYTHING}, "what a refusal of one of them spares"
    budget = RateBudget(BUDGETS)
    budget.ban(10.0, 0.0, [name for name in placing(1) if name != EVERYTHING])
    assert budget.wait(placing(1), Priority.PLACE, 0.0) == 10.0
    assert budget.wait(cancelling(20), Priority.CANCEL, 0.0) == 0
    budget.spend(placing(95), 0.0)
    assert budget.wait(cancelling(6), Priority.CANCEL, 0.5) == 0.5, "on the socket they share one limit"
