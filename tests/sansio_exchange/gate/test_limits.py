"""Rate budgets."""

from sansio_exchange.gate.limits import BUDGETS, ORDERS, one, orders


def test_orders_have_a_hundred_a_second_and_endpoints_two_hundred_in_ten() -> None:
    by_name = {budget.name: (budget.limit, budget.window) for budget in BUDGETS}
    assert len(by_name) == len(BUDGETS)
    assert by_name.pop(ORDERS) == (100, 1.0)
    assert set(by_name.values()) == {(200, 10.0)}


def test_each_order_of_a_batch_counts() -> None:
    assert orders(10) == {ORDERS: 10}
    assert one("accounts") == {"accounts": 1}
