"""Limits: by address and endpoint, by account and endpoint, and of orders."""

from sansio_exchange.simulation.venues import OrderLimits
from tests.sansio_exchange.simulation.gate.desk import FUTURES, Desk, order, refused


def test_each_public_endpoint_has_200_in_ten_seconds(desk: Desk) -> None:
    answers = [desk.send("GET", "/api/v4/spot/time") for _ in range(201)]
    assert {each.status for each in answers[:200]} == {200}
    assert refused(answers[200]) == (429, "TOO_MANY_REQUESTS")
    assert answers[200].headers["X-Gate-RateLimit-Requests-Remain"] == "0"
    reset = int(answers[200].headers["X-Gate-RateLimit-Reset-Timestamp"])
    assert desk.now_ms // 1000 < reset <= desk.now_ms // 1000 + 10
    assert desk.get(f"{FUTURES}tickers"), "another endpoint counts for itself"
    desk.wait(10_000)
    assert desk.get("spot/time")


def test_private_endpoints_count_for_themselves(desk: Desk) -> None:
    for _ in range(200):
        desk.ask("accounts")
    assert desk.refusal("GET", "accounts") == (429, "TOO_MANY_REQUESTS")
    assert desk.ask("positions") == []


def test_each_order_of_a_batch_counts(desk: Desk) -> None:
    limited = Desk(order_limits=OrderLimits(per_ten_seconds=100))
    assert len(limited.act("POST", "batch_orders", [order()] * 9)) == 9
    assert limited.refusal("POST", "batch_orders", [order()] * 2) == (429, "TOO_MANY_REQUESTS")
    placed = limited.place()
    assert limited.refusal("PUT", f"orders/{placed['id']}", {"size": 3}) == (429, "TOO_MANY_REQUESTS")
    assert limited.act("DELETE", f"orders/{placed['id']}")["finish_as"] == "cancelled", "cancelling counts apart"
    assert len(limited.ask("orders", status="open")) == 9
    limited.wait(1000)
    assert limited.place()


def test_a_refused_signature_counts_for_nobody(desk: Desk) -> None:
    for _ in range(250):
        assert desk.signed("GET", f"{FUTURES}accounts", sign="x").status == 401
    assert desk.ask("accounts")
