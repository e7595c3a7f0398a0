"""Which budgets a request draws on, and what replies say of them."""

import json

import pytest

from sansio_exchange.bybit import NETWORKS, Bybit, limits
from sansio_exchange.commands import Credentials, GetOpenOrders
from sansio_exchange.machine import HttpReply
from sansio_exchange.venue import Request
from tests.sansio_exchange.bybit.payloads import listed

CREDENTIALS = Credentials("key", "secret")


def test_documented_limits() -> None:
    budgets = {budget.name: (budget.limit, budget.window) for budget in limits.budgets({})}
    assert budgets["place"] == budgets["cancel"] == budgets["place_batch"] == budgets["cancel_all"] == (10, 1.0)
    assert budgets["orders"] == budgets["executions"] == budgets["positions"] == budgets["wallet"] == (50, 1.0)
    assert budgets["key_info"] == (10, 1.0)
    assert budgets["everything"] == (600, 5.0)


def test_a_batch_counts_its_orders_and_is_one_request() -> None:
    assert limits.rows(limits.PLACE_BATCH, 7) == {"place_batch": 7, "everything": 1}
    assert limits.one(limits.ORDERS) == {"orders": 1, "everything": 1}
    assert limits.one() == {"everything": 1}


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-bapi-limit": "10", "x-bapi-limit-status": "9"}, (10, 1)),
        ({"x-bapi-limit": "200", "x-bapi-limit-status": "0"}, (200, 200)),
        ({"x-bapi-limit": "10", "x-bapi-limit-status": "11"}, (10, 0)),
        ({"x-bapi-limit": "0", "x-bapi-limit-status": "0"}, None),
        ({"x-bapi-limit": "99999999", "x-bapi-limit-status": "0"}, None),
        ({"x-bapi-limit": "10"}, None),
        ({"x-bapi-limit": "ten", "x-bapi-limit-status": "-1"}, None),
        ({}, None),
    ],
)
def test_headers_say_the_limit_and_what_is_left(headers: dict[str, str], told: tuple[int, int] | None) -> None:
    assert limits.read_headers(headers) == told


def test_what_headers_say_is_taken_for_the_endpoint_that_was_asked() -> None:
    venue = Bybit(NETWORKS["mainnet"])
    request = next(venue.recipe(GetOpenOrders()))
    assert isinstance(request, Request)
    venue.sign(7, request, CREDENTIALS, 1)
    reply = HttpReply(7, 200, {"x-bapi-limit": "60", "x-bapi-limit-status": "55"}, listed())
    assert venue.used(reply) == {"orders": 5}
    assert {budget.name: budget.limit for budget in venue.budgets()}["orders"] == 60
    assert venue.used(reply) == {}, "said once"


def test_a_reply_to_what_has_no_limit_of_its_own_says_nothing() -> None:
    venue = Bybit(NETWORKS["mainnet"])
    request = next(venue.server_time())
    assert isinstance(request, Request)
    venue.sign(8, request, CREDENTIALS, 1)
    assert venue.used(HttpReply(8, 200, {"x-bapi-limit": "60", "x-bapi-limit-status": "55"}, b"")) == {}


def test_replies_of_the_order_entry_socket_say_the_same() -> None:
    venue = Bybit(NETWORKS["mainnet"])
    header = {"X-Bapi-Limit": "150", "X-Bapi-Limit-Status": "147", "Timenow": "1740453408556"}
    frame = {"reqId": "9-1", "retCode": 0, "op": "order.create-batch", "data": {"list": []}, "header": header}
    (said,) = venue.decode("trade", json.dumps(frame).encode())
    assert said.used == {"place_batch": 3}  # type: ignore[union-attr]  # a WsReply
    assert {budget.name: budget.limit for budget in venue.budgets()}["place_batch"] == 150
