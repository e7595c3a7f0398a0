import pytest

from sansio_exchange.binance.limits import (
    DOCUMENTED,
    RateLimit,
    klines_weight,
    read_budgets,
    used_by_headers,
    used_by_limits,
)
from sansio_exchange.venue import Budget


@pytest.mark.parametrize(
    ("limit", "weight"),
    [(1, 1), (99, 1), (100, 2), (499, 2), (500, 5), (1_000, 5), (1_001, 10), (1_500, 10)],
)
def test_klines_weigh_by_their_number(limit: int, weight: int) -> None:
    assert klines_weight(limit) == weight


def test_the_venues_own_limits_replace_the_documented_ones() -> None:
    told = read_budgets(
        [
            RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 6_000),
            RateLimit("ORDERS", "SECOND", 10, 100),
            RateLimit("ORDERS", "DAY", 1, 200_000),
            RateLimit("RAW_REQUESTS", "MINUTE", 5, 61_000),
            RateLimit("ORDERS", "FORTNIGHT", 1, 1),
            RateLimit("ORDERS", "MINUTE", 1, 0),
        ]
    )
    assert set(told) == {
        Budget("weight_1m", 6_000, 60),
        Budget("orders_10s", 100, 10),
        Budget("orders_1m", 1_200, 60),
        Budget("orders_1d", 200_000, 86_400),
        Budget("funding_5m", 500, 300),
    }


def test_without_any_told_limit_the_documented_ones_stay() -> None:
    assert set(read_budgets([])) == set(DOCUMENTED)


def test_headers_count_by_budget() -> None:
    headers = {
        "x-mbx-used-weight-1m": "41",
        "x-mbx-order-count-10s": "3",
        "x-mbx-order-count-1m": "17",
        "x-mbx-used-weight": "99",
        "x-mbx-used-weight-1h": "many",
        "x-mbx-order-count-1d": "9" * 50,
        "content-type": "application/json",
    }
    assert used_by_headers(headers) == {"weight_1m": 41, "orders_10s": 3, "orders_1m": 17}


def test_rate_limits_of_a_reply_count_by_budget() -> None:
    limits = [
        RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 2_400, 7),
        RateLimit("ORDERS", "SECOND", 10, 300, 2),
        RateLimit("ORDERS", "MINUTE", 1, 1_200, None),
    ]
    assert used_by_limits(limits) == {"weight_1m": 7, "orders_10s": 2}
