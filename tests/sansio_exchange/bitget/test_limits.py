"""Which budgets a request draws on."""

from sansio_exchange.bitget import limits


def test_each_endpoint_has_a_limit_by_the_second_and_all_have_one_by_the_minute() -> None:
    budgets = {budget.name: (budget.limit, budget.window) for budget in limits.BUDGETS}
    assert budgets["place"] == (10, 1.0)
    assert budgets["place_batch"] == (5, 1.0)
    assert budgets["cancel"] == budgets["cancel_batch"] == budgets["cancel_all"] == (10, 1.0)
    assert budgets["positions"] == (5, 1.0)
    assert budgets["account_info"] == (1, 1.0)
    assert budgets["candles"] == budgets["time"] == (20, 1.0)
    assert budgets["everything"] == (6000, 60.0)


def test_a_request_draws_on_both() -> None:
    assert limits.one("place_batch") == {"place_batch": 1, "everything": 1}
