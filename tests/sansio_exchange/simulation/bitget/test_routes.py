"""Who may make a call, and how often."""

import pytest

from sansio_exchange.simulation.bitget.rate_limits import Limits
from tests.sansio_exchange.simulation.bitget.desk import START_MS, Desk, refused, sleepy_venue

PRIVATE = {
    "GET": (
        "mix/account/account",
        "mix/account/accounts",
        "mix/account/bill",
        "mix/position/all-position",
        "mix/position/single-position",
        "mix/order/detail",
        "mix/order/orders-pending",
        "mix/order/orders-history",
        "mix/order/fills",
        "mix/order/fill-history",
        "common/trade-rate",
    ),
    "POST": (
        "mix/order/place-order",
        "mix/order/batch-place-order",
        "mix/order/modify-order",
        "mix/order/cancel-order",
        "mix/order/batch-cancel-orders",
        "mix/order/cancel-all-orders",
        "mix/account/set-leverage",
        "mix/account/set-position-mode",
        "mix/account/set-margin-mode",
    ),
}
LIMITS = {
    "mix/order/place-order": 10,
    "mix/order/batch-place-order": 5,
    "mix/order/cancel-order": 10,
    "mix/account/set-leverage": 5,
    "mix/position/all-position": 5,
    "mix/order/detail": 10,
}


@pytest.fixture(scope="module")
def shared_desk() -> Desk:
    return Desk(machine=sleepy_venue(START_MS, Limits()))


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, paths in PRIVATE.items() for path in paths])
def test_what_concerns_an_account_needs_a_key(shared_desk: Desk, method: str, path: str) -> None:
    assert refused(shared_desk.send(method, f"/api/v2/{path}")) == (401, "40001")


@pytest.mark.parametrize(("path", "most"), LIMITS.items())
def test_each_endpoint_has_its_documented_limit(shared_desk: Desk, path: str, most: int) -> None:
    shared_desk.jump(1000)
    method = "POST" if path in PRIVATE["POST"] else "GET"
    response = shared_desk.signed(method, path, body="{}" if method == "POST" else "")
    assert response.headers["x-mbx-used-remain-limit"] == str(most - 1)
