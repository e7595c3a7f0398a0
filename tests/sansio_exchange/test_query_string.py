from typing import Any

import pytest

from sansio_exchange.query_string import query_string


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"symbol": "币安人生USDT"}, "symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT"),
        ({"ids": "[1,2]"}, "ids=%5B1%2C2%5D"),
        ({"id": "a b+c/d:e"}, "id=a%20b%2Bc%2Fd%3Ae"),
        ({}, ""),
    ],
)
def test_queries_are_percent_encoded_and_keep_their_order(params: dict[str, Any], query: str) -> None:
    assert query_string(params) == query
