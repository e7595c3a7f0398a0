"""Which budgets a request draws on. All windows are two seconds."""

from sansio_exchange.okx import limits
from sansio_exchange.venue import CONNECTIONS


def test_each_instrument_has_budgets_of_its_own() -> None:
    budgets = {budget.name: (budget.limit, budget.window) for budget in limits.budgets(["A-USDT-SWAP", "B-USDT-SWAP"])}
    assert budgets["place A-USDT-SWAP"] == (60, 2.0)
    assert budgets["place_batch B-USDT-SWAP"] == (300, 2.0)
    assert budgets["cancel A-USDT-SWAP"] == (60, 2.0)
    assert budgets["cancel_batch A-USDT-SWAP"] == (300, 2.0)
    assert budgets["order B-USDT-SWAP"] == (60, 2.0)
    assert budgets["new_orders"] == (1000, 2.0)
    assert budgets["account_config"] == (5, 2.0)
    assert budgets.pop(CONNECTIONS) == (3, 1.0)
    assert {window for _, window in budgets.values()} == {2.0}


def test_one_order_draws_on_the_limit_of_single_orders_and_on_the_accounts() -> None:
    assert limits.placing(["A"]) == {"place A": 1, "new_orders": 1}
    assert limits.cancelling(["A"]) == {"cancel A": 1}


def test_a_batch_counts_its_orders_instrument_by_instrument() -> None:
    assert limits.placing(["A", "A", "B"]) == {"place_batch A": 2, "place_batch B": 1, "new_orders": 3}
    assert limits.cancelling(["A", "B", "B"]) == {"cancel_batch A": 1, "cancel_batch B": 2}


def test_a_question_draws_on_its_own_limit() -> None:
    assert limits.one("balance") == {"balance": 1}
    assert limits.one("order", "A") == {"order A": 1}
